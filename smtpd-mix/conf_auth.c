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

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"

#include "conf_auth.h"

#define FILE_MAX	(2 * PROTO_AUTH_MAX)

/* Why a file can't hold a secret, or NULL. */
static const char *
unfit(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return ("not a file");
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return ("belongs to somebody else");
	if (st->st_mode & (S_IRWXG | S_IRWXO))
		return ("others may read it: chmod 600");
	if (st->st_size > FILE_MAX)
		return ("too long");

	return (NULL);
}

/* A line without its end, of text that can be said in SMTP. */
static int
take_line(char **text, char to[PROTO_AUTH_MAX])
{
	char *line = strsep(text, "\n");

	if (line == NULL)
		return (-1);
	line[strcspn(line, "\r")] = '\0';

	return (line[0] == '\0' || strlcpy(to, line, PROTO_AUTH_MAX) >=
	    PROTO_AUTH_MAX ? -1 : 0);
}

static const char *
parse(char *text, struct proto_conf_auth *row)
{
	if (take_line(&text, row->user) == -1 ||
	    take_line(&text, row->password) == -1)
		return ("the user has to be in the first line, the password in "
		    "the second");
	if (text != NULL && text[strspn(text, "\r\n")] != '\0')
		return ("more than two lines");

	return (NULL);
}

static const char *
read_open(int fd, struct proto_conf_auth *row)
{
	char text[FILE_MAX + 1];
	const char *why;
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) == -1)
		return (strerror(errno));
	if ((why = unfit(&st)) != NULL)
		return (why);
	if ((n = read(fd, text, sizeof(text) - 1)) == -1)
		return (strerror(errno));
	text[n] = '\0';
	why = strlen(text) != (size_t)n ? "not a text" : parse(text, row);
	explicit_bzero(text, sizeof(text));

	return (why);
}

static const char *
read_one(const char *path, struct proto_conf_auth *row)
{
	const char *why;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1)
		return (strerror(errno));
	why = read_open(fd, row);
	close(fd);

	return (why);
}

int
conf_auth_read(const struct conf *conf, struct proto_conf_auth **rows,
    size_t *n, char *errbuf, size_t errlen)
{
	const char *why = NULL;
	size_t i;

	*rows = NULL;
	*n = 0;
	if (conf->nauths == 0)
		return (0);
	if ((*rows = calloc(conf->nauths, sizeof(**rows))) == NULL) {
		(void)snprintf(errbuf, errlen, "%s", strerror(errno));
		return (-1);
	}
	*n = conf->nauths;
	for (i = 0; i < conf->nauths && why == NULL; i++) {
		(void)strlcpy((*rows)[i].domain, conf->auths[i].domain,
		    sizeof((*rows)[i].domain));
		if ((why = read_one(conf->auths[i].file, &(*rows)[i])) != NULL)
			(void)snprintf(errbuf, errlen, "auth file: %s: %s",
			    conf->auths[i].file, why);
	}
	if (why == NULL)
		return (0);
	freezero(*rows, *n * sizeof(**rows));
	*rows = NULL;
	*n = 0;

	return (-1);
}
