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

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "mixing/siphash.h"
#include "spool/le.h"
#include "spool/replaylog.h"

/*
 * Records of 32 octets, so that none lies across two sectors: what it says
 * (20), its place in the log with its kind (4), a check over both (8).  The
 * check is keyed by the subkey's id, the place is the record's number: a record
 * that is stale, misdirected or from another log is a bad one.
 *
 * A sync mark is appended after a sync returned: whatever is before it is on
 * the disk, so that a bad record there is damage.  After the last mark a bad
 * record is where a crash tore the log; it and what follows were never synced
 * past, so the slots with those digests are there still.
 */
#define RECORD_LEN	32
#define SAYS_LEN	20
#define CHUNK_RECORDS	1024
#define PLACE_MAX	0x3fffffffU

enum kind {
	KIND_HEADER = 1,
	KIND_DIGEST,
	KIND_MARK
};

_Static_assert(SPOOL_DIGEST_LEN == SAYS_LEN, "a digest fills a record");

#define LOG_MAGIC	"mixrepl1"
#define NAME_PREFIX	"replay-"
#define NAME_LEN	(sizeof(NAME_PREFIX) - 1 + 16)
/* One at a time is made; a fixed name leaves at most one behind. */
#define NAME_NEW	"replay.new"

struct replaylog {
	struct disk	disk;
	int		handle;
	uint8_t		key[SIPHASH_KEY_LEN];
	uint32_t	records;	/* the place of the next one */
	int		unmarked;	/* appended since the last mark */
	int		failed;
	int		torn;
};

static void
name_of(const uint8_t keyid[8], char name[NAME_LEN + 1])
{
	unsigned int i;

	memcpy(name, NAME_PREFIX, sizeof(NAME_PREFIX));
	for (i = 0; i < 8; i++)
		snprintf(name + strlen(NAME_PREFIX) + 2 * i, 3, "%02x",
		    keyid[i]);
}

static void
key_of(const uint8_t keyid[8], uint8_t key[SIPHASH_KEY_LEN])
{
	memcpy(key, keyid, 8);
	memcpy(key + 8, LOG_MAGIC, 8);
}

static void
encode(const uint8_t key[SIPHASH_KEY_LEN], enum kind kind, uint32_t place,
    const uint8_t says[SAYS_LEN], uint8_t record[RECORD_LEN])
{
	memcpy(record, says, SAYS_LEN);
	le_put(record + SAYS_LEN, (uint32_t)kind << 30 | place, 4);
	le_put(record + SAYS_LEN + 4, siphash(key, record, SAYS_LEN + 4), 8);
}

/* The kind of a record, or 0: a bad one. */
static unsigned int
decode(const uint8_t key[SIPHASH_KEY_LEN], uint32_t place,
    const uint8_t record[RECORD_LEN])
{
	uint32_t kind_place = (uint32_t)le_get(record + SAYS_LEN, 4);

	if (le_get(record + SAYS_LEN + 4, 8) !=
	    siphash(key, record, SAYS_LEN + 4) ||
	    (kind_place & PLACE_MAX) != place ||
	    (kind_place >> 30 == KIND_HEADER) != (place == 0))
		return (0);
	return (kind_place >> 30);
}

static int
write_record(struct replaylog *log, enum kind kind,
    const uint8_t says[SAYS_LEN])
{
	uint8_t record[RECORD_LEN];

	if (log->failed || log->records >= PLACE_MAX) {
		errno = log->failed ? EIO : EFBIG;
		return (-1);
	}
	encode(log->key, kind, log->records, says, record);
	if (log->disk.pwrite(log->disk.ctx, log->handle, record, RECORD_LEN,
	    (off_t)log->records * RECORD_LEN) == -1)
		return (-1);
	log->records++;
	return (0);
}

static int
write_mark(struct replaylog *log)
{
	uint8_t says[SAYS_LEN];

	memset(says, 0, sizeof(says));
	le_put(says, log->records, 8);
	return (write_record(log, KIND_MARK, says));
}

/* What a walk over the log found. */
struct walk {
	uint32_t	limit;		/* records to look at, at most */
	uint32_t	marked;		/* records up to the last mark */
	uint32_t	good;		/* records before the first bad one */
	int		bad_seen;
	void		(*fn)(void *, const uint8_t *);
	void		*arg;
};

static void
walk_record(struct walk *w, const struct replaylog *log, uint32_t place,
    const uint8_t record[RECORD_LEN])
{
	unsigned int kind = decode(log->key, place, record);

	if (kind == 0)
		w->bad_seen = 1;
	else if (kind == KIND_MARK)
		w->marked = place + 1;
	else if (kind == KIND_DIGEST && w->fn != NULL)
		w->fn(w->arg, record);
	if (!w->bad_seen)
		w->good = place + 1;
}

static int
walk(struct replaylog *log, struct walk *w)
{
	uint8_t *chunk;
	uint32_t place, i, n;
	ssize_t got = 0;

	if ((chunk = malloc(CHUNK_RECORDS * RECORD_LEN)) == NULL)
		return (-1);
	for (place = 0; place < w->limit; place += n) {
		n = w->limit - place;
		if (n > CHUNK_RECORDS)
			n = CHUNK_RECORDS;
		got = log->disk.pread(log->disk.ctx, log->handle, chunk,
		    n * RECORD_LEN, (off_t)place * RECORD_LEN);
		if (got != (ssize_t)n * RECORD_LEN)
			break;
		for (i = 0; i < n; i++)
			walk_record(w, log, place + i,
			    chunk + i * RECORD_LEN);
	}
	free(chunk);
	return (place < w->limit ? -1 : 0);
}

static enum replaylog_error
read_header(struct replaylog *log, uint64_t *expires)
{
	uint8_t record[RECORD_LEN];
	ssize_t n;

	n = log->disk.pread(log->disk.ctx, log->handle, record, RECORD_LEN, 0);
	if (n == -1)
		return (REPLAYLOG_IO);
	if (n != RECORD_LEN || decode(log->key, 0, record) != KIND_HEADER ||
	    memcmp(record, LOG_MAGIC, 8) != 0)
		return (REPLAYLOG_DAMAGED);
	*expires = le_get(record + 8, 8);
	return (REPLAYLOG_OK);
}

/*
 * Finds the end of the log, and cuts off what a crash tore: durably, before
 * anything is appended, so that no old record comes back behind a new one.
 */
static enum replaylog_error
find_end(struct replaylog *log)
{
	struct walk w;
	off_t size;

	size = log->disk.size(log->disk.ctx, log->handle);
	if (size == -1)
		return (REPLAYLOG_IO);
	if (size / RECORD_LEN > PLACE_MAX)
		return (REPLAYLOG_DAMAGED);
	memset(&w, 0, sizeof(w));
	w.limit = (uint32_t)(size / RECORD_LEN);
	if (walk(log, &w) == -1)
		return (REPLAYLOG_IO);
	if (w.good == 0 || w.good < w.marked)
		return (REPLAYLOG_DAMAGED);
	log->records = w.good;
	log->unmarked = w.good > w.marked;
	if (size == (off_t)w.good * RECORD_LEN)
		return (REPLAYLOG_OK);
	log->torn = 1;
	if (log->disk.truncate(log->disk.ctx, log->handle,
	    (off_t)w.good * RECORD_LEN) == -1 ||
	    log->disk.sync(log->disk.ctx, log->handle) == -1)
		return (REPLAYLOG_IO);
	return (REPLAYLOG_OK);
}

static enum replaylog_error
load(struct replaylog *log, void (*fn)(void *, const uint8_t *), void *arg,
    uint64_t *expires)
{
	struct walk w;
	enum replaylog_error e;

	if ((e = read_header(log, expires)) != REPLAYLOG_OK ||
	    (e = find_end(log)) != REPLAYLOG_OK)
		return (e);

	/* Its creator may have been killed before it had done this. */
	if (log->disk.sync_dir(log->disk.ctx) == -1)
		return (REPLAYLOG_IO);
	memset(&w, 0, sizeof(w));
	w.limit = log->records;
	w.fn = fn;
	w.arg = arg;
	if (walk(log, &w) == -1 || w.good != log->records)
		return (REPLAYLOG_IO);
	return (REPLAYLOG_OK);
}

static void
release(struct replaylog *log)
{
	log->disk.close(log->disk.ctx, log->handle);
	free(log);
}

/* errno says why it is NULL. */
static struct replaylog *
open_file(const struct disk *disk, const uint8_t keyid[8], const char *name,
    int create)
{
	struct replaylog *log;

	if ((log = calloc(1, sizeof(*log))) == NULL)
		return (NULL);
	log->disk = *disk;
	key_of(keyid, log->key);
	log->handle = disk->open(disk->ctx, name, create);
	if (log->handle == -1) {
		free(log);
		return (NULL);
	}
	return (log);
}

enum replaylog_error
replaylog_open(const struct disk *disk, const uint8_t keyid[8],
    void (*fn)(void *, const uint8_t digest[SPOOL_DIGEST_LEN]), void *arg,
    uint64_t *expires, struct replaylog **result)
{
	char name[NAME_LEN + 1];
	struct replaylog *log;
	enum replaylog_error e;

	*result = NULL;
	name_of(keyid, name);
	if ((log = open_file(disk, keyid, name, 0)) == NULL)
		return (errno == ENOENT ? REPLAYLOG_MISSING : REPLAYLOG_IO);
	if ((e = load(log, fn, arg, expires)) != REPLAYLOG_OK) {
		release(log);
		return (e);
	}
	*result = log;
	return (REPLAYLOG_OK);
}

static int
write_new(struct replaylog *log, uint64_t expires)
{
	uint8_t says[SAYS_LEN];

	memset(says, 0, sizeof(says));
	memcpy(says, LOG_MAGIC, 8);
	le_put(says + 8, expires, 8);
	if (log->disk.truncate(log->disk.ctx, log->handle, 0) == -1 ||
	    write_record(log, KIND_HEADER, says) == -1)
		return (-1);
	return (log->disk.sync(log->disk.ctx, log->handle));
}

enum replaylog_error
replaylog_create(const struct disk *disk, const uint8_t keyid[8],
    uint64_t expires)
{
	char name[NAME_LEN + 1];
	struct replaylog *log;
	enum replaylog_error e;
	uint64_t there;
	int rc;

	/* Never over one that may know digests. */
	e = replaylog_open(disk, keyid, NULL, NULL, &there, &log);
	if (e == REPLAYLOG_OK)
		release(log);
	if (e != REPLAYLOG_MISSING)
		return (e);

	if ((log = open_file(disk, keyid, NAME_NEW, 1)) == NULL)
		return (REPLAYLOG_IO);
	rc = write_new(log, expires);
	release(log);
	name_of(keyid, name);
	if (rc == -1 || disk->rename(disk->ctx, NAME_NEW, name) == -1 ||
	    disk->sync_dir(disk->ctx) == -1)
		return (REPLAYLOG_IO);
	return (REPLAYLOG_OK);
}

int
replaylog_was_torn(const struct replaylog *log)
{
	return (log->torn);
}

int
replaylog_append(struct replaylog *log,
    const uint8_t digest[SPOOL_DIGEST_LEN])
{
	if (write_record(log, KIND_DIGEST, digest) == -1)
		return (-1);
	log->unmarked = 1;
	return (0);
}

int
replaylog_sync(struct replaylog *log)
{
	if (log->failed) {
		errno = EIO;
		return (-1);
	}
	if (!log->unmarked)
		return (0);
	if (log->disk.sync(log->disk.ctx, log->handle) == -1) {
		log->failed = 1;
		return (-1);
	}
	/* Without its mark the sync counts all the same; the next try marks. */
	if (write_mark(log) == 0)
		log->unmarked = 0;
	return (0);
}

void
replaylog_close(struct replaylog *log)
{
	if (log == NULL)
		return;
	/* The second makes the mark durable. */
	if (replaylog_sync(log) == 0)
		(void)log->disk.sync(log->disk.ctx, log->handle);
	release(log);
}

int
replaylog_remove(const struct disk *disk, const uint8_t keyid[8])
{
	char name[NAME_LEN + 1];

	/* Not there: removed just before a crash, but perhaps not durably. */
	name_of(keyid, name);
	if (disk->unlink(disk->ctx, name) == -1 && errno != ENOENT)
		return (-1);
	return (disk->sync_dir(disk->ctx));
}

struct listing {
	void	(*fn)(void *, const uint8_t *);
	void	*arg;
};

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if (c >= 'a' && c <= 'f')
		return (c - 'a' + 10);
	return (-1);
}

static void
list_name(void *arg, const char *name)
{
	const char *hex = name + strlen(NAME_PREFIX);
	struct listing *listing = arg;
	uint8_t keyid[8];
	int i, high, low;

	if (strlen(name) != NAME_LEN ||
	    strncmp(name, NAME_PREFIX, strlen(NAME_PREFIX)) != 0)
		return;
	for (i = 0; i < 8; i++) {
		high = hex_digit(hex[2 * i]);
		low = hex_digit(hex[2 * i + 1]);
		if (high == -1 || low == -1)
			return;
		keyid[i] = (uint8_t)(high << 4 | low);
	}
	listing->fn(listing->arg, keyid);
}

int
replaylog_list(const struct disk *disk,
    void (*fn)(void *, const uint8_t keyid[8]), void *arg)
{
	struct listing listing = { fn, arg };

	return (disk->list(disk->ctx, list_name, &listing));
}
