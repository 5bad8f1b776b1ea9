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
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "config.h"

#include "places.h"

static int
join(char path[PROTO_PATH_MAX], const char *dir, const char *name)
{
	if (dir == NULL || dir[0] != '/')
		return -1;
	return snprintf(path, PROTO_PATH_MAX, "%s/%s", dir, name) <
	    PROTO_PATH_MAX ? 0 : -1;
}

int
places_home(char path[PROTO_PATH_MAX], const char *name)
{
	return join(path, getenv("HOME"), name);
}

static int
exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

static void
find_directory(struct places *p, const struct mixmail_conf *conf)
{
	if (conf->roster[0] != '\0') {
		strlcpy(p->directory, conf->roster, sizeof(p->directory));
		return;
	}
	if (places_home(p->directory, ".mixmail/mixes") == 0 &&
	    exists(p->directory))
		return;
	strlcpy(p->directory, MIX_SYSCONFDIR "/smtpd-mix/mixes",
	    sizeof(p->directory));
	/* Keyservers do without. */
	if (conf->nkeyservers > 0 && !exists(p->directory))
		p->directory[0] = '\0';
}

static void
find_cache(struct places *p, const struct mixmail_conf *conf)
{
	if (conf->nkeyservers == 0)
		return;
	if (conf->cache[0] != '\0')
		strlcpy(p->cache, conf->cache, sizeof(p->cache));
	else if (join(p->cache, getenv("XDG_CACHE_HOME"), "mixmail/roster") ==
	    -1 && places_home(p->cache, ".cache/mixmail/roster") == -1)
		p->cache[0] = '\0';
	p->cached = p->cache[0] != '\0' && exists(p->cache);
}

void
places_find(struct places *p, const struct mixmail_conf *conf,
    const struct options *options)
{
	memset(p, 0, sizeof(*p));
	if (options->roster != NULL) {
		strlcpy(p->directory, options->roster, sizeof(p->directory));
		return;
	}
	find_directory(p, conf);
	find_cache(p, conf);
}
