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

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"
#include "config.h"
#include "spool/check.h"
#include "spool/replaylog.h"

#include "mixctl/spool.h"

#define DEFAULT_SPOOL	MIX_LOCALSTATEDIR "/spool/smtpd-mix"
#define HALF_MADE	"replay.new"

/* The exit status. */
enum verdict {
	IN_ORDER,
	TO_REPAIR,
	BEYOND_REPAIR		/* or it can't be looked at */
};

struct work {
	const char	*path;
	struct disk	 disk;
	struct disk	 dry;
	int		 repair;
	int		 quiet;
	enum verdict	 verdict;
};

static void
found(struct work *w, enum verdict verdict)
{
	if (verdict > w->verdict)
		w->verdict = verdict;
}

/* What was found, and what becomes of it. */
static void
say(struct work *w, uint64_t n, const char *what, const char *fate)
{
	if (n == 0)
		return;
	found(w, TO_REPAIR);
	if (!w->quiet)
		printf("%s: %" PRIu64 "; %s%s\n", what, n,
		    w->repair ? "" : "to be ", fate);
}

static void
open_spool(struct work *w, const char *path)
{
	int fd;

	if ((fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1) {
		if (errno == ENOENT)
			errx(2, "%s: no such directory; name the spool with -d",
			    path);
		err(2, "%s", path);
	}
	w->path = path;
	if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno == EWOULDBLOCK)
			errx(2, "%s: smtpd-mix uses it; stop it first", path);
		err(2, "%s", path);
	}
	disk_posix(&w->disk, fd);
	disk_dry(&w->dry, &w->disk);
}

static const struct disk *
disk_of(const struct work *w)
{
	return (w->repair ? &w->disk : &w->dry);
}

/*
 * A message is to be overwritten: whoever sends it again must find it recorded.
 * A log that is gone or damaged lets nobody in.
 */
static int
record(void *arg, const struct spool_slot *slot)
{
	static const uint8_t none[SPOOL_KEYID_LEN];
	struct work *w = arg;
	struct replaylog *log;
	uint64_t expires;
	int rc;

	if (!w->repair || memcmp(slot->keyid, none, sizeof(none)) == 0)
		return (0);
	switch (replaylog_open(&w->disk, slot->keyid, NULL, NULL, &expires,
	    &log)) {
	case REPLAYLOG_OK:
		break;
	case REPLAYLOG_IO:
		return (-1);
	default:
		return (0);
	}
	rc = replaylog_append(log, slot->digest);
	if (rc == 0)
		rc = replaylog_sync(log);
	replaylog_close(log);

	return (rc);
}

static void
check_log(void *arg, const uint8_t keyid[8])
{
	struct work *w = arg;
	struct replaylog *log;
	uint64_t expires;
	char name[17];
	int i;

	for (i = 0; i < 8; i++)
		(void)snprintf(name + 2 * i, 3, "%02X", keyid[i]);
	switch (replaylog_open(disk_of(w), keyid, NULL, NULL, &expires, &log)) {
	case REPLAYLOG_OK:
		if (replaylog_was_torn(log))
			say(w, 1, "replay logs with a torn end", "cut off");
		replaylog_close(log);
		return;
	case REPLAYLOG_IO:
		err(2, "replay log of subkey %s", name);
	default:
		found(w, BEYOND_REPAIR);
		if (!w->quiet)
			printf("replay log of subkey %s is damaged: the subkey "
			    "can't be used; see mixctl rotate\n", name);
	}
}

static void
check_name(void *arg, const char *name)
{
	struct work *w = arg;

	if (strcmp(name, HALF_MADE) != 0)
		return;
	say(w, 1, "replay logs that were never used", "removed");
	if (w->repair && w->disk.unlink(w->disk.ctx, name) == -1)
		err(2, "%s", name);
}

static void
check_logs(struct work *w)
{
	const struct disk *disk = disk_of(w);

	if (replaylog_list(disk, check_log, w) == -1 ||
	    disk->list(disk->ctx, check_name, w) == -1)
		err(2, "replay logs");
}

static void
say_slots(struct work *w, const struct spool_check *c)
{
	const struct spool_recovery *f = &c->found;

	say(w, f->torn, "messages that were never acknowledged", "dropped");
	say(w, f->pending_freed, "pieces of mails that were never whole, or "
	    "are delivered", "dropped");
	say(w, f->wiped, "free slots with what was in them", "overwritten");
	say(w, f->damaged - f->foreign, "slots whose header can't be read, "
	    "LOST", "overwritten");
	say(w, f->broken, "messages whose body can't be read, LOST",
	    "overwritten");
	if (f->foreign == 0) {
		say(w, f->orphaned, "pieces of mails of which others are lost",
		    "overwritten");
		return;
	}
	found(w, BEYOND_REPAIR);
	if (!w->quiet)
		printf("slots of another format: %u, and %u pieces that may "
		    "belong to them; left alone\n", f->foreign, f->orphaned);
}

static void
check(struct work *w)
{
	struct spool_check c;
	char errbuf[128];

	if (spool_check(&w->disk, w->repair, record, w, &c, errbuf,
	    sizeof(errbuf)) == -1)
		errx(2, "%s: %s", w->path, errbuf);
	if (!w->quiet)
		printf("spool of format %u: %u slots, %u in use; %u bodies "
		    "were read\n", c.format, c.slots, c.found.live,
		    c.found.bodies_checked);
	say(w, 2 - c.superblocks, "damaged superblocks, of two",
	    "written anew");
	say(w, c.excess, "octets behind the last slot", "cut off");
	say_slots(w, &c);
	check_logs(w);
}

/* What is not in order now is more than could be repaired. */
static enum verdict
check_again(struct work *w)
{
	w->repair = 0;
	w->quiet = 1;
	w->verdict = IN_ORDER;
	check(w);
	if (w->verdict == IN_ORDER)
		return (IN_ORDER);
	printf("not all could be repaired: see mixctl spool check\n");

	return (BEYOND_REPAIR);
}

int
spool_main(int argc, char *argv[])
{
	const char *path = DEFAULT_SPOOL;
	struct work w;
	int ch;

	memset(&w, 0, sizeof(w));
	if (argc < 2)
		return (-1);
	w.repair = strcmp(argv[1], "repair") == 0;
	if (!w.repair && strcmp(argv[1], "check") != 0)
		return (-1);
	argc--;
	argv++;
	while ((ch = getopt(argc, argv, "d:")) != -1) {
		if (ch != 'd')
			return (-1);
		path = optarg;
	}
	if (optind != argc)
		return (-1);
	open_spool(&w, path);
	check(&w);
	if (w.repair && w.verdict != IN_ORDER)
		w.verdict = check_again(&w);
	if (w.verdict == IN_ORDER)
		printf("in order\n");
	if (fflush(stdout) == EOF)
		err(2, "standard output");

	return ((int)w.verdict);
}
