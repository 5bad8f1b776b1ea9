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

/*
 * Whether dummies can be told from mails: permutation tests on what lies in the
 * spool of a mix, and on what it sends.  The next mix for all is one whose keys
 * the test holds, so that what is what can be found out.
 *
 *	likeness [-f] [-o bodies] rest secret spool-directory
 *	likeness [-o bodies] wire secret sink-directory
 *
 * Rest reads the spool and the replay logs of a mix that isn't running; only
 * what was written while both kinds came is compared, with -f only what has
 * left the pool.  Wire reads what smtp_sink has got.  Both print a line for
 * each feature, its name and p, and a line "planted" with the same for an octet
 * that is changed in all dummies.  With -o a digest of each body goes to a
 * file, a line each.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "compat/compat.h"
#include "compat/rng_system.h"
#include "lib/layers.h"
#include "lib/stats.h"
#include "lib/testutil.h"
#include "openpgp/armor.h"
#include "openpgp/cert.h"
#include "spool/disk.h"
#include "spool/replaylog.h"
#include "spool/slot.h"
#include "spool/spool_priv.h"

#define THINGS_MAX	4096
#define SUBKEYS_MAX	16
#define ROUNDS		1100
#define MAIL		0	/* kinds */
#define DUMMY		1

/* Mails that end so much later than the one before are of another batch. */
#define GAP		0.25	/* seconds */

/* Where the planted octets are. */
#define PLANTED_HEADER	96
#define PLANTED_BODY	20000

static struct thing {
	uint8_t		kind;
	uint32_t	id;		/* rest: slot */
	uint64_t	batch;		/* rest */
	uint8_t		state;		/* rest */
	uint32_t	draw;		/* decides where batches are equal */
	uint8_t		digest[SPOOL_DIGEST_LEN];
	double		size;		/* wire: all octets of it */
	double		time;		/* wire: when it was complete */
	uint32_t	firing;		/* wire: which batch it was of */
	uint8_t		head[SPOOL_HEADER_LEN];	/* of the slot; SMTP commands
						   and header of the mail */
	uint8_t		body[SPOOL_BODY_LEN];
} *things;
static size_t nthings;

static struct mix_peel_env	 env;
static struct mix_subkey	 subkeys[SUBKEYS_MAX];
static FILE			*bodies;
static int			 fired_only;

static void
read_secret(const char *path)
{
	struct pgp_secsubkey found[SUBKEYS_MAX];
	struct pgp_seckey primary;
	char uid[PGP_UID_MAX + 1];
	size_t len, n, i;
	int has_primary;
	uint8_t *text;
	ssize_t bin;

	if ((text = test_read_file(path, &len)) == NULL)
		err(1, "%s", path);
	bin = pgp_armor_decode(PGP_ARMOR_PRIVATE_KEY, (char *)text, len, text,
	    len, NULL);
	if (bin == -1 || pgp_seccert_read(text, (size_t)bin, time(NULL),
	    &primary, &has_primary, found, SUBKEYS_MAX, &n, uid) == -1)
		errx(1, "%s: not a secret key", path);
	for (i = 0; i < n; i++) {
		subkeys[i].key = found[i].key;
		subkeys[i].expires = found[i].expires;
	}
	layers_env("mixtasy@next.example", subkeys, n, &rng_system, &env);
	env.now = time(NULL);
	free(text);
}

static uint8_t
kind_of(const uint8_t *body)
{
	static struct mix_peeled peeled;

	mix_peel(&env, body, &peeled);
	switch (peeled.verdict) {
	case MIX_DELIVER:
		return (MAIL);
	case MIX_DISCARD:
		return (DUMMY);
	default:
		errx(1, "neither a mail nor a dummy: %s",
		    mix_reason_text(peeled.reason));
	}
}

static void
tell_body(const uint8_t *body)
{
	uint8_t md[EVP_MAX_MD_SIZE];
	char *hex;

	if (bodies == NULL)
		return;
	if (EVP_Digest(body, MIX_BODY_LEN, md, NULL, EVP_sha256(), NULL) != 1)
		errx(1, "no SHA-256");
	hex = test_hex(md, 32);
	fprintf(bodies, "%s\n", hex);
	free(hex);
}

/* One more, of which only the body is known. */
static struct thing *
new_thing(const uint8_t body[MIX_BODY_LEN])
{
	struct thing *thing;

	if (nthings == THINGS_MAX)
		errx(1, "too many messages");
	thing = &things[nthings++];
	memcpy(thing->body, body, MIX_BODY_LEN);
	thing->kind = kind_of(body);
	thing->draw = rng_uniform(&rng_system, UINT32_MAX);
	tell_body(body);
	return (thing);
}

/* What the tests want: columns of things. */
static uint8_t	 kinds[THINGS_MAX];
static uint32_t	 firings[THINGS_MAX];
static double	 values[THINGS_MAX];
static struct stats stats = { 0, kinds, NULL, ROUNDS, &rng_system };

static void
take_kinds(void)
{
	size_t i;

	for (i = 0; i < nthings; i++) {
		kinds[i] = things[i].kind;
		firings[i] = things[i].firing;
	}
	stats.n = nthings;
}

static void
tell(const char *name, double p)
{
	printf("%s %.5f\n", name, p);
	fflush(stdout);
}

enum column { COLUMN_HEAD, COLUMN_BODY };

/* A copy of all heads or bodies in a row; octet planted at place of dummies. */
static uint8_t *
rows(enum column column, size_t width, int planted, size_t place)
{
	uint8_t *all, *row;
	size_t i;

	if ((all = reallocarray(NULL, nthings, width)) == NULL)
		err(1, "rows");
	for (i = 0; i < nthings; i++) {
		row = all + i * width;
		memcpy(row, column == COLUMN_HEAD ? things[i].head :
		    things[i].body, width);
		if (planted && things[i].kind == DUMMY)
			row[place] = 1;
	}
	return (all);
}

static double
head_p(int planted)
{
	uint8_t *all = rows(COLUMN_HEAD, SPOOL_HEADER_LEN, planted,
	    PLANTED_HEADER);
	double p = stats_octets(&stats, all, SPOOL_HEADER_LEN);

	free(all);
	return (p);
}

static double
body_p(size_t width, int planted)
{
	uint8_t *all = rows(COLUMN_BODY, width, planted, PLANTED_BODY);
	double p = stats_bits(&stats, all, width);

	free(all);
	return (p);
}

static void
test_octets(size_t body_width)
{
	tell("header", head_p(0));
	tell("body", body_p(body_width, 0));
	tell("planted header", head_p(1));
}

static void
tell_counts(void)
{
	unsigned int dummies = 0;
	size_t i;

	for (i = 0; i < nthings; i++)
		dummies += things[i].kind == DUMMY;
	if (dummies == 0 || dummies == nthings)
		errx(1, "%zu messages, of one kind", nthings);
	printf("mails %zu\ndummies %u\n", nthings - dummies, dummies);
}

/*
 * The spool.
 */
static void
read_slot(int fd, uint32_t id, struct checksum *c)
{
	uint8_t head[SPOOL_HEADER_LEN], body[SPOOL_BODY_LEN];
	uint8_t sum[CHECKSUM_LEN];
	struct spool_slot slot;
	struct thing *thing;

	if (pread(fd, head, sizeof(head), spool_header_offset(id)) !=
	    (ssize_t)sizeof(head))
		err(1, "header of slot %u", id);
	if (slot_decode(c, id, head, &slot, sum) != 0)
		errx(1, "slot %u can't be read", id);
	if (slot.class != SPOOL_FORWARD)
		return;
	if (pread(fd, body, sizeof(body), spool_body_offset(id)) !=
	    (ssize_t)sizeof(body))
		err(1, "body of slot %u", id);
	thing = new_thing(body);
	thing->id = id;
	thing->batch = slot.batch;
	thing->state = slot.state;
	memcpy(thing->digest, slot.digest, sizeof(thing->digest));
	memcpy(thing->head, head, sizeof(thing->head));
	memcpy(thing->body, body, sizeof(thing->body));
}

static void
read_spool(int dir)
{
	struct checksum *c = checksum_new();
	struct stat st;
	uint32_t id;
	int fd;

	if (c == NULL || (fd = openat(dir, "spool", O_RDONLY)) == -1 ||
	    fstat(fd, &st) == -1)
		err(1, "spool");
	for (id = 0; spool_extents_end(id / SPOOL_EXTENT_SLOTS + 1) <=
	    st.st_size; id++)
		read_slot(fd, id, c);
	checksum_free(c);
	close(fd);
}

static struct {
	uint8_t	(*digests)[SPOOL_DIGEST_LEN];
	size_t	n;
} records;

static void
got_record(void *arg, const uint8_t digest[SPOOL_DIGEST_LEN])
{
	(void)arg;
	if (records.n == THINGS_MAX)
		errx(1, "too many replay records");
	memcpy(records.digests[records.n++], digest, SPOOL_DIGEST_LEN);
}

static void
got_log(void *arg, const uint8_t keyid[8])
{
	struct replaylog *log;
	uint64_t expires;

	if (replaylog_open(arg, keyid, got_record, NULL, &expires, &log) !=
	    REPLAYLOG_OK)
		errx(1, "a replay log can't be read");
	replaylog_close(log);
}

static int
by_octets(const void *a, const void *b)
{
	return (memcmp(a, b, SPOOL_DIGEST_LEN));
}

/* Each slot has its record, each record its slot. */
static void
check_records(int dir)
{
	struct disk disk;
	size_t i;

	disk_posix(&disk, dir);
	if ((records.digests = calloc(THINGS_MAX, SPOOL_DIGEST_LEN)) == NULL)
		err(1, "records");
	if (replaylog_list(&disk, got_log, &disk) == -1)
		err(1, "replay logs");
	qsort(records.digests, records.n, SPOOL_DIGEST_LEN, by_octets);
	for (i = 0; i < nthings; i++)
		if (bsearch(things[i].digest, records.digests, records.n,
		    SPOOL_DIGEST_LEN, by_octets) == NULL)
			errx(1, "a %s without a replay record",
			    things[i].kind == DUMMY ? "dummy" : "mail");
	if (records.n != nthings)
		errx(1, "%zu replay records of %zu messages", records.n,
		    nthings);
}

static int
by_batch(const void *a, const void *b)
{
	const struct thing *x = a, *y = b;

	if (x->batch != y->batch)
		return (x->batch < y->batch ? -1 : 1);
	return ((x->draw > y->draw) - (x->draw < y->draw));
}

static int
by_id(const void *a, const void *b)
{
	const struct thing *x = a, *y = b;

	return ((x->id > y->id) - (x->id < y->id));
}

/* Leaves what doesn't wait in the pool. */
static void
cut_pool(void)
{
	size_t i, n = 0;

	for (i = 0; i < nthings; i++)
		if (things[i].state != SPOOL_POOLED)
			things[n++] = things[i];
	nthings = n;
}

/* Leaves what was written while mails and dummies came. */
static void
cut_ends(void)
{
	size_t first[2] = { nthings, nthings }, last[2] = { 0, 0 }, i, end;

	for (i = nthings; i-- > 0;)
		first[things[i].kind] = i;
	for (i = 0; i < nthings; i++)
		last[things[i].kind] = i;
	i = first[MAIL] > first[DUMMY] ? first[MAIL] : first[DUMMY];
	end = last[MAIL] < last[DUMMY] ? last[MAIL] : last[DUMMY];
	nthings = end < i ? 0 : end + 1 - i;
	memmove(things, things + i, nthings * sizeof(*things));
}

/* When they were written, as far as batches tell. */
static void
test_batches(void)
{
	size_t i, j, end;

	qsort(things, nthings, sizeof(*things), by_batch);
	take_kinds();
	for (i = 0; i < nthings; i++)
		values[i] = (double)i;
	tell("time of writing", stats_means(&stats, values));
	tell("order of writing", stats_runs(&stats));
	for (i = 0; i < nthings; i = end) {
		for (end = i; end < nthings &&
		    things[end].batch == things[i].batch; end++)
			;
		for (j = i; j < end; j++)
			values[j] = (double)(end - i);
	}
	tell("written together", stats_means(&stats, values));
}

static void
test_places(void)
{
	size_t i;

	qsort(things, nthings, sizeof(*things), by_id);
	take_kinds();
	for (i = 0; i < nthings; i++)
		values[i] = things[i].id;
	tell("place", stats_means(&stats, values));
	tell("order of places", stats_runs(&stats));
}

static void
do_rest(const char *path)
{
	int dir;

	if ((dir = open(path, O_RDONLY | O_DIRECTORY)) == -1)
		err(1, "%s", path);
	read_spool(dir);
	check_records(dir);
	if (fired_only)
		cut_pool();
	qsort(things, nthings, sizeof(*things), by_batch);
	cut_ends();
	tell_counts();
	test_batches();
	test_places();
	test_octets(SPOOL_BODY_LEN);
	/* It takes long, and is the same for bodies on the wire. */
	tell("planted body", body_p(SPOOL_BODY_LEN, 1));
}

/*
 * The wire.
 */
static void
read_time(const char *dir, unsigned int c, unsigned int m, struct thing *thing)
{
	char path[1024];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/mail.%u.%u", dir, c, m);
	if (stat(path, &st) == -1)
		err(1, "%s", path);
	thing->time = (double)st.st_mtim.tv_sec +
	    (double)st.st_mtim.tv_nsec / 1e9;
}

static const char *
find(const char *text, const char *end, const char *what)
{
	return (memmem(text, (size_t)(end - text), what, strlen(what)));
}

/* What is in front of the armor, and what is behind it. */
static void
take_head(struct thing *thing, const char *begin, const char *armor,
    const char *after, const char *end)
{
	size_t front = (size_t)(armor - begin), back = (size_t)(end - after);

	if (front + back > sizeof(thing->head))
		errx(1, "a header of %zu octets", front + back);
	memcpy(thing->head, begin, front);
	memcpy(thing->head + front, after, back);
}

/* The armor must be the one form that there is. */
static size_t
read_armor(const char *armor, const char *end, uint8_t body[MIX_BODY_LEN])
{
	static char again[2 * MIX_BODY_LEN];
	size_t len = 0;

	if (pgp_armor_decode(PGP_ARMOR_MESSAGE, armor, (size_t)(end - armor),
	    body, MIX_BODY_LEN, &len) != MIX_BODY_LEN)
		errx(1, "not the body of a mix message");
	if (pgp_armor_encode(PGP_ARMOR_MESSAGE, body, MIX_BODY_LEN, 1,
	    again) != len || memcmp(armor, again, len) != 0)
		errx(1, "armor of another form");
	return (len);
}

/* A transaction from its MAIL on; start is where the one before ended. */
static const char *
read_transaction(const char *start, const char *begin, const char *stop)
{
	uint8_t body[MIX_BODY_LEN];
	const char *armor, *end;
	struct thing *thing;
	size_t len;

	armor = find(begin, stop, "-----BEGIN PGP MESSAGE-----\r\n");
	end = find(begin, stop, "\r\n.\r\n");
	if (armor == NULL || end == NULL || armor > end)
		errx(1, "no mix message");
	end += 5;
	len = read_armor(armor, end, body);
	thing = new_thing(body);
	thing->size = (double)(end - start);
	take_head(thing, begin, armor, armor + len, end);
	return (end);
}

/* All of a connection.  0: there is no such one. */
static int
read_connection(const char *dir, unsigned int c)
{
	const char *at, *begin, *stop;
	char path[1024];
	unsigned int m;
	size_t len;
	char *text;

	(void)snprintf(path, sizeof(path), "%s/client.%u", dir, c);
	if ((text = (char *)test_read_file(path, &len)) == NULL)
		return (0);
	at = text;
	stop = text + len;
	for (m = 1; (begin = find(at, stop, "MAIL FROM:")) != NULL; m++) {
		at = read_transaction(at, begin, stop);
		read_time(dir, c, m, &things[nthings - 1]);
	}
	free(text);
	return (1);
}

static void
take_firings(void)
{
	uint32_t firing = 0;
	size_t i;

	for (i = 0; i < nthings; i++) {
		if (i > 0 && things[i].time - things[i - 1].time > GAP)
			firing++;
		things[i].firing = firing;
	}
}

static int
begins(size_t i)
{
	return (i == 0 || things[i].firing != things[i - 1].firing);
}

static int
ends(size_t i)
{
	return (i + 1 == nthings || begins(i + 1));
}

/* All within batches: how many of which kind are in one is no secret. */
static void
test_order(void)
{
	size_t i;

	stats.stratum = firings;
	tell("order in the batch", stats_runs(&stats));
	for (i = 0; i < nthings; i++)
		values[i] = begins(i) ? 0 : values[i - 1] + 1;
	tell("place in the batch", stats_means(&stats, values));
	for (i = 0; i < nthings; i++)
		values[i] = begins(i);
	tell("first of the batch", stats_means(&stats, values));
	for (i = 0; i < nthings; i++)
		values[i] = ends(i);
	tell("last of the batch", stats_means(&stats, values));
	for (i = 0; i < nthings; i++)
		values[i] = begins(i) ? 0 : things[i].time - things[i - 1].time;
	tell("time on the wire", stats_means(&stats, values));
	stats.stratum = NULL;
}

static void
test_sizes(void)
{
	size_t i;

	for (i = 0; i < nthings; i++)
		values[i] = things[i].size;
	tell("size", stats_means(&stats, values));
}

static void
do_wire(const char *dir)
{
	unsigned int c = 1;

	while (read_connection(dir, c))
		c++;
	take_firings();
	take_kinds();
	tell_counts();
	printf("batches %u\n", firings[nthings - 1] + 1);
	test_order();
	test_sizes();
	test_octets(MIX_BODY_LEN);
}

static void
usage(void)
{
	errx(2, "usage: likeness [-f] [-o bodies] rest | wire secret "
	    "directory");
}

int
main(int argc, char *argv[])
{
	int c;

	while ((c = getopt(argc, argv, "fo:")) != -1) {
		switch (c) {
		case 'f':
			fired_only = 1;
			break;
		case 'o':
			if ((bodies = fopen(optarg, "w")) == NULL)
				err(1, "%s", optarg);
			break;
		default:
			usage();
		}
	}
	if (argc - optind != 3)
		usage();
	argv += optind;
	if ((things = calloc(THINGS_MAX, sizeof(*things))) == NULL)
		err(1, "things");
	read_secret(argv[1]);
	if (strcmp(argv[0], "rest") == 0)
		do_rest(argv[2]);
	else if (strcmp(argv[0], "wire") == 0)
		do_wire(argv[2]);
	else
		usage();
	if (bodies != NULL && fclose(bodies) != 0)
		err(1, "bodies");
	return (0);
}
