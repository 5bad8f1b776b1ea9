/*
 * Copyright (c) 2026 The smtpd-mix developers
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

#include <sys/types.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "mixctl/peel_state.h"
#include "spool/disk.h"
#include "spool/replaylog.h"

struct lookup {
	const uint8_t	*digest;
	int		 found;
};

int
peel_state_open(const char *path, struct peel_state *state)
{
	state->path = path;
	if (mkdir(path, 0700) == -1 && errno != EEXIST) {
		warn("%s", path);
		return (-1);
	}
	state->dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (state->dirfd == -1) {
		warn("%s", path);
		return (-1);
	}
	/* Two calls at once must not take the same message for new. */
	if (flock(state->dirfd, LOCK_EX) == -1) {
		warn("%s", path);
		close(state->dirfd);
		return (-1);
	}
	return (0);
}

void
peel_state_close(struct peel_state *state)
{
	close(state->dirfd);
	state->dirfd = -1;
}

static void
compare(void *arg, const uint8_t digest[SPOOL_DIGEST_LEN])
{
	struct lookup *lookup = arg;

	if (memcmp(digest, lookup->digest, SPOOL_DIGEST_LEN) == 0)
		lookup->found = 1;
}

static const char *
log_error(enum replaylog_error error)
{
	switch (error) {
	case REPLAYLOG_OK:
		break;
	case REPLAYLOG_MISSING:
		return ("replay record is missing");
	case REPLAYLOG_DAMAGED:
		return ("replay record is damaged");
	case REPLAYLOG_IO:
		return (strerror(errno));
	}
	return ("no error");
}

/* Whether the digest is in the log of the subkey: 1, 0; no log is none. */
static int
look_up(const struct peel_state *state, const struct disk *disk,
    const uint8_t keyid[PGP_KEYID_LEN], struct lookup *lookup)
{
	struct replaylog *log;
	enum replaylog_error error;
	uint64_t expires;

	error = replaylog_open(disk, keyid, compare, lookup, &expires, &log);
	if (error == REPLAYLOG_OK)
		replaylog_close(log);
	else if (error != REPLAYLOG_MISSING) {
		warnx("%s: %s", state->path, log_error(error));
		return (-1);
	}
	return (lookup->found);
}

int
peel_state_seen(const struct peel_state *state, const struct peel_key *key,
    time_t now, const uint8_t digest[SPOOL_DIGEST_LEN])
{
	struct lookup lookup = { digest, 0 };
	struct disk disk;
	size_t i;
	int r = 0;

	disk_posix(&disk, state->dirfd);
	for (i = 0; i < key->nsubkeys && r == 0; i++)
		if (key->subkeys[i].expires == 0 ||
		    now < (time_t)key->subkeys[i].expires)
			r = look_up(state, &disk,
			    key->subkeys[i].key.pub.keyid, &lookup);
	return (r);
}

/* A subkey that never opened a message here has no log yet. */
int
peel_state_add(const struct peel_state *state, const struct mix_peeled *peeled,
    const uint8_t digest[SPOOL_DIGEST_LEN])
{
	struct lookup lookup = { digest, 0 };
	struct disk disk;
	struct replaylog *log;
	enum replaylog_error error;
	uint64_t expires;
	int r = -1;

	disk_posix(&disk, state->dirfd);
	error = replaylog_create(&disk, peeled->keyid, peeled->key_expires);
	if (error == REPLAYLOG_OK)
		error = replaylog_open(&disk, peeled->keyid, compare, &lookup,
		    &expires, &log);
	if (error != REPLAYLOG_OK) {
		warnx("%s: %s", state->path, log_error(error));
		return (-1);
	}
	if (replaylog_append(log, digest) == 0 &&
	    replaylog_sync(log) == 0)
		r = 0;
	else
		warn("%s", state->path);
	replaylog_close(log);
	return (r);
}

int
peel_state_record(const struct peel_state *state, const struct peel_key *key,
    time_t now, const struct mix_peeled *peeled)
{
	int r;

	r = peel_state_seen(state, key, now, peeled->digest);
	if (r != 0)
		return (r == -1 ? -1 : 0);
	return (peel_state_add(state, peeled, peeled->digest) == -1 ? -1 : 1);
}
