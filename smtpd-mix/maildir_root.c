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

#include <stdio.h>
#include <string.h>

#include "compat/compat.h"

#include "maildir_root.h"

/*
 * The part of a Maildir's path that doesn't vary: up to the directory before
 * the component that holds %u, or the directory above the Maildir itself,
 * which deliver may have to make.
 */
static void
fixed_part(const char *path, char *out, size_t outmax)
{
	char *p;

	strlcpy(out, path, outmax);
	if ((p = strstr(out, "%u")) != NULL)
		*p = '\0';
	if ((p = strrchr(out, '/')) != NULL)
		*p = '\0';
	if (out[0] == '\0')
		strlcpy(out, "/", outmax);
}

/* Shortens root until it holds dir too. */
static void
common(char *root, const char *dir)
{
	size_t i, last = 0;

	for (i = 0; root[i] != '\0' && root[i] == dir[i]; i++)
		if (root[i] == '/')
			last = i;
	if ((root[i] == '\0' && (dir[i] == '/' || dir[i] == '\0' ||
	    strcmp(root, "/") == 0)) || (dir[i] == '\0' && root[i] == '/')) {
		root[i] = '\0';
		return;
	}
	root[last == 0 ? 1 : last] = '\0';
}

static void
add(struct proto_boot *b, const char *path)
{
	char dir[PROTO_PATH_MAX];

	fixed_part(path, dir, sizeof(dir));
	if (b->chroot_dir[0] == '\0')
		strlcpy(b->chroot_dir, dir, sizeof(b->chroot_dir));
	else
		common(b->chroot_dir, dir);
}

void
maildir_root(const struct conf *conf, struct proto_boot *b)
{
	size_t i;

	b->chroot_dir[0] = '\0';
	b->nrw = 0;
	for (i = 0; i < conf->ndomains; i++)
		if (conf->domains[i].via == CONF_VIA_MAILDIR)
			add(b, conf->domains[i].to);
	if (conf->global.postmaster_via == CONF_VIA_MAILDIR)
		add(b, conf->global.postmaster_to);
	if (b->chroot_dir[0] == '\0') {
		strlcpy(b->chroot_dir, conf->chroot_dir,
		    sizeof(b->chroot_dir));
		return;
	}
	strlcpy(b->rw[0], b->privileged ? "/" : b->chroot_dir,
	    sizeof(b->rw[0]));
	b->nrw = 1;
}
