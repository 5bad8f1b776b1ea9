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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"

#include "keyfile.h"
#include "keys_prepared.h"
#include "log.h"

static struct {
	struct keys_prepared	list[KEYS_PREPARED_MAX];
	size_t			n;
} env;

static int
by_time(const void *a, const void *b)
{
	const struct keys_prepared *x = a, *y = b;

	return (x->pub.created < y->pub.created ? -1 :
	    x->pub.created > y->pub.created);
}

static void
add(const struct keys_subkey *s)
{
	env.list[env.n].pub = s->key.key.pub;
	env.list[env.n].expires = s->key.expires;
	env.n++;
}

static void
load_one(const char *name)
{
	struct keys_subkey s;
	const char *wrong;

	wrong = keys_subkey_read(KEYS_PREPARED_PREFIX, name, &s);
	if (wrong == NULL && env.n == KEYS_PREPARED_MAX)
		wrong = "more than can be prepared";
	if (wrong == NULL)
		add(&s);
	else
		log_warnx("%s: %s; not used", name, wrong);
	explicit_bzero(&s, sizeof(s));
}

void
keys_prepared_load(void)
{
	env.n = 0;
	if (keyfile_list(KEYS_PREPARED_PREFIX, load_one) == -1)
		fatal("keys directory");
	qsort(env.list, env.n, sizeof(env.list[0]), by_time);
}

const struct keys_prepared *
keys_prepared_list(size_t *n)
{
	*n = env.n;

	return (env.list);
}

static int
make_one(const struct proto_conf_global *g, uint64_t created)
{
	struct keys_subkey s;
	int error = -1;

	errno = ERANGE;
	if (created + g->subkey_lifetime <= UINT32_MAX) {
		errno = 0;
		if (keys_subkey_generate(&s, g, (time_t)created) == 0)
			error = keys_subkey_save(KEYS_PREPARED_PREFIX, &s);
		if (error == 0)
			add(&s);
		explicit_bzero(&s, sizeof(s));
	}

	return (error);
}

int
keys_prepared_make(const struct proto_conf_global *g, uint64_t first,
    uint32_t count, char *errbuf, size_t errlen)
{
	uint32_t i, step = g->subkey_lifetime / 2;
	uint64_t after;

	if (count > KEYS_PREPARED_MAX - env.n) {
		(void)snprintf(errbuf, errlen, "at most %d subkeys can be "
		    "prepared, and there are %zu", KEYS_PREPARED_MAX, env.n);
		return (-1);
	}
	if (env.n > 0) {
		after = (uint64_t)env.list[env.n - 1].pub.created + step;
		if (first < after)
			first = after;
	}
	for (i = 0; i < count; i++)
		if (make_one(g, first + (uint64_t)i * step) == -1) {
			(void)snprintf(errbuf, errlen, "no subkey prepared: %s",
			    errno != 0 ? strerror(errno) :
			    "libcrypto makes no key");
			return (-1);
		}

	return (0);
}

static void
forget(size_t i)
{
	env.n--;
	memmove(&env.list[i], &env.list[i + 1],
	    (env.n - i) * sizeof(env.list[0]));
}

static void
destroy(size_t i)
{
	char name[KEYS_NAME_MAX];

	keys_subkey_name(KEYS_PREPARED_PREFIX, env.list[i].pub.keyid, name);
	if (keyfile_destroy(name) == -1)
		log_warn("%s: not destroyed", name);
	forget(i);
}

/* The file of one becomes that of a live subkey. */
static int
promote(const struct keys_prepared *p, struct keys_subkey *s)
{
	char from[KEYS_NAME_MAX], to[KEYS_NAME_MAX];
	const char *wrong;

	keys_subkey_name(KEYS_PREPARED_PREFIX, p->pub.keyid, from);
	keys_subkey_name(KEYS_LIVE_PREFIX, p->pub.keyid, to);
	wrong = keys_subkey_read(KEYS_PREPARED_PREFIX, from, s);
	if (wrong == NULL && keyfile_rename(from, to) == -1)
		wrong = strerror(errno);
	if (wrong != NULL) {
		log_warnx("%s: %s; not used", from, wrong);
		explicit_bzero(s, sizeof(*s));
		return (-1);
	}
	s->state = KEYS_WAITS;
	s->fresh = 1;

	return (0);
}

struct keys_subkey *
keys_prepared_take(struct keys_subkeys *subkeys, time_t now,
    int (*usable)(const struct keys_prepared *))
{
	struct keys_subkey *s = &subkeys->list[subkeys->n];
	size_t i = env.n;

	if (subkeys->n == KEYS_SUBKEYS_MAX)
		return (NULL);
	while (i > 0) {
		i--;
		if ((time_t)env.list[i].pub.created > now ||
		    (time_t)env.list[i].expires <= now ||
		    !usable(&env.list[i]))
			continue;
		if (promote(&env.list[i], s) == -1)
			continue;
		forget(i);
		while (i > 0)
			destroy(--i);
		subkeys->n++;
		return (s);
	}

	return (NULL);
}

void
keys_prepared_expire(time_t now)
{
	size_t i = 0;

	while (i < env.n)
		if ((time_t)env.list[i].expires <= now)
			destroy(i);
		else
			i++;
}
