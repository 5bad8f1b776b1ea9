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
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"

#include "directory_cache.h"
#include "directory_file.h"
#include "keyfile.h"
#include "log.h"

/*
 * A line, 3 numbers, a hash; then for each mix 3 numbers, how many copies there
 * are, each of them with its length, and a hash, so that what comes before a
 * damage is kept.  The format of before is without the third number, since when
 * the mix has been usable.
 */
static const char	magic[] = "smtpd-mix cache 2\n";
static const char	magic1[] = "smtpd-mix cache 1\n";

_Static_assert(sizeof(magic) == sizeof(magic1), "compared alike");

#define FILE_MAX	(STORE_OCTETS_MAX + STORE_MIXES_MAX * 128 + 4096)

static void
put_all(struct file_out *out, const struct store *s, const struct ask_result *r)
{
	const struct store_mix *m;
	size_t i, k;

	file_put(out, magic, sizeof(magic) - 1);
	file_put_number(out, (uint64_t)r->last);
	file_put_number(out, r->before);
	file_put_number(out, (uint64_t)r->before_since);
	file_put_hash(out);
	for (i = 0; i < s->n; i++) {
		m = &s->mixes[i];
		if (m->ncopies == 0)
			continue;
		file_put_number(out, m->added);
		file_put_number(out, m->seen);
		file_put_number(out, m->since);
		file_put_number(out, m->ncopies);
		for (k = 0; k < m->ncopies; k++) {
			file_put_number(out, m->copies[k].len);
			file_put(out, m->copies[k].data, m->copies[k].len);
		}
		file_put_hash(out);
	}
}

int
cache_write(struct store *s, const struct ask_result *r)
{
	struct file_out out = { NULL, 0, 0 };
	int error;

	put_all(&out, s, r);
	if ((out.buf = malloc(out.len)) == NULL)
		return (-1);
	out.len = out.from = 0;
	put_all(&out, s, r);
	error = keyfile_write(CACHE_FILE, out.buf, out.len);
	free(out.buf);
	if (error == 0)
		s->changed = 0;

	return (error);
}

/* The format; -1: the header is damaged. */
static int
get_header(struct file_in *in, struct ask_result *r)
{
	uint64_t last, before, since;
	const uint8_t *line;

	if (file_get(in, &line, sizeof(magic) - 1) == -1 ||
	    (memcmp(line, magic, sizeof(magic) - 1) != 0 &&
	    memcmp(line, magic1, sizeof(magic) - 1) != 0) ||
	    file_get_number(in, &last) == -1 ||
	    file_get_number(in, &before) == -1 ||
	    file_get_number(in, &since) == -1 || file_get_hash(in) == -1 ||
	    before > STORE_MIXES_MAX)
		return (-1);
	r->last = (time_t)last;
	r->before = (size_t)before;
	r->before_since = (time_t)since;

	return (memcmp(line, magic, sizeof(magic) - 1) == 0 ? 2 : 1);
}

struct cached {
	uint64_t	 added;
	uint64_t	 seen;
	uint64_t	 since;
	uint64_t	 n;
	struct {
		const uint8_t	*data;
		size_t		 len;
	} copies[STORE_COPIES_MAX];
};

static void
take(struct store *s, const struct cached *c, time_t now)
{
	struct store_mix *m;
	uint64_t i;

	for (i = 0; i < c->n; i++) {
		(void)store_add(s, c->copies[i].data, c->copies[i].len, now,
		    &m);
		if (m == NULL)
			continue;
		m->added = c->added;
		m->seen = c->seen;
		m->since = c->since;
	}
}

static int
get_times(struct file_in *in, int format, struct cached *c)
{
	c->since = 0;
	if (file_get_number(in, &c->added) == -1 ||
	    file_get_number(in, &c->seen) == -1)
		return (-1);

	return (format == 1 ? 0 : file_get_number(in, &c->since));
}

static int
get_mix(struct file_in *in, int format, struct store *s, time_t now)
{
	struct cached c;
	uint64_t i, len;

	if (get_times(in, format, &c) == -1 ||
	    file_get_number(in, &c.n) == -1 || c.n > STORE_COPIES_MAX)
		return (-1);
	for (i = 0; i < c.n; i++) {
		if (file_get_number(in, &len) == -1 || len > in->len ||
		    file_get(in, &c.copies[i].data, (size_t)len) == -1)
			return (-1);
		c.copies[i].len = (size_t)len;
	}
	if (file_get_hash(in) == -1)
		return (-1);
	take(s, &c, now);

	return (0);
}

static void
parse(struct file_in *in, struct store *s, struct ask_result *r, time_t now)
{
	int format;

	if ((format = get_header(in, r)) == -1) {
		log_warnx("the cache of certificates is damaged: it begins "
		    "anew");
		return;
	}
	while (in->at < in->len)
		if (get_mix(in, format, s, now) == -1) {
			log_warnx("the cache of certificates is damaged: "
			    "%zu mixes of it are kept", s->n);
			s->changed = 1;
			return;
		}
	s->changed = 0;
}

void
cache_read(struct store *s, struct ask_result *r, time_t now)
{
	struct file_in in = { NULL, 0, 0, 0 };
	uint8_t *buf;

	if ((buf = malloc(FILE_MAX)) == NULL)
		fatal("cache");
	in.buf = buf;
	if (keyfile_read(CACHE_FILE, buf, FILE_MAX, &in.len) == 0)
		parse(&in, s, r, now);
	else if (errno != ENOENT)
		log_warn("the cache of certificates");
	free(buf);
}
