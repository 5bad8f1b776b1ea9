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

#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "compat/rng_system.h"

#include "directory_servers.h"
#include "log.h"

#define FIRST_RETRY	60	/* seconds */

static struct server *
find(const struct servers *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->list[i] != NULL && strcmp(s->list[i]->name, name) == 0)
			return (s->list[i]);

	return (NULL);
}

static struct server *
server_new(const char *name)
{
	struct server *server;

	if ((server = calloc(1, sizeof(*server))) == NULL)
		fatal("keyservers");
	strlcpy(server->name, name, sizeof(server->name));
	if (hkp_server_read(name, &server->where) == -1)
		fatalx("the parent sent a broken keyserver");

	return (server);
}

static int
is_in(const struct servers *s, const struct server *server)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->list[i] == server)
			return (1);

	return (0);
}

int
servers_configure(struct servers *s, const struct role_conf *conf,
    void (*come)(struct server *), void (*gone)(struct server *))
{
	struct servers old = *s;
	struct server *server;
	int changed;
	size_t i;

	changed = old.n != conf->nkeyservers;
	memset(s, 0, sizeof(*s));
	for (i = 0; i < conf->nkeyservers && i < SURVEY_SERVERS_MAX; i++) {
		server = find(&old, conf->keyservers[i].server);
		changed |= server == NULL || server->i != i;
		if (server == NULL) {
			server = server_new(conf->keyservers[i].server);
			come(server);
		}
		server->i = i;
		s->list[s->n++] = server;
	}
	for (i = 0; i < old.n; i++) {
		if (is_in(s, old.list[i]))
			continue;
		gone(old.list[i]);
		free(old.list[i]);
	}

	return (changed);
}

static void
set_ms(uint64_t ms, struct timeval *tv)
{
	tv->tv_sec = (time_t)(ms / 1000);
	tv->tv_usec = (suseconds_t)(ms % 1000 * 1000);
}

void
servers_around(uint32_t seconds, struct timeval *tv)
{
	uint64_t ms = (uint64_t)seconds * 1000;

	set_ms(ms - ms / 4 + rng_uniform(&rng_system, (uint32_t)(ms / 2)), tv);
}

void
servers_back_off(unsigned int failures, uint32_t most, struct timeval *tv)
{
	uint32_t seconds = FIRST_RETRY;

	while (failures-- > 1 && seconds < most)
		seconds *= 2;
	servers_around(seconds < most ? seconds : most, tv);
}

void
servers_soon(uint32_t seconds, struct timeval *tv)
{
	set_ms(rng_uniform(&rng_system, seconds * 1000), tv);
}
