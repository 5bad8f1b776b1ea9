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

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "mail/address.h"

#include "recipients.h"

struct text {
	char	*s;
	size_t	 len;
	size_t	 size;
};

static void
lower(char *s)
{
	for (; *s != '\0'; s++)
		*s = (char)tolower((unsigned char)*s);
}

static int
append(struct text *text, const char *s)
{
	size_t n = strlen(s), size = text->size == 0 ? 4096 : text->size;
	char *larger;

	while (size < text->len + n + 1)
		size *= 2;
	if (size > RECIPIENTS_MAX_LEN) {
		errno = EFBIG;
		return (-1);
	}
	if (size != text->size) {
		if ((larger = realloc(text->s, size)) == NULL)
			return (-1);
		text->s = larger;
		text->size = size;
	}
	memcpy(text->s + text->len, s, n);
	text->len += n;
	text->s[text->len++] = '\n';

	return (0);
}

static int
is_ours(const struct conf *conf, const char *domain)
{
	size_t i;

	for (i = 0; i < conf->ndomains; i++)
		if (strcmp(conf->domains[i].domain, domain) == 0)
			return (1);

	return (0);
}

/* Cuts a line to what counts of it; NULL if that is nothing. */
static char *
trim(char *line)
{
	size_t n;

	line[strcspn(line, "#\r\n")] = '\0';
	line += strspn(line, " \t");
	n = strlen(line);
	while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t'))
		line[--n] = '\0';

	return (n == 0 ? NULL : line);
}

/* What is wrong with a line, or NULL: then entry is its form for crypto. */
static const char *
read_line(const struct conf *conf, const struct conf_list *list,
    const char *line, char *entry, size_t size)
{
	const char *domain = mail_address_domain(line);
	char probe[MAIL_ADDRESS_MAX];
	int n;

	if (*domain == '\0') {
		n = snprintf(probe, sizeof(probe), "%s@x", line);
		if (n >= (int)sizeof(probe) ||
		    !mail_address_valid(probe, (size_t)n))
			return ("not an address or local part");
		(void)snprintf(entry, size, "%s@%s", line, list->domain);
		lower(entry);
		return (NULL);
	}
	if (!mail_address_valid(line, strlen(line)))
		return ("not an address or local part");
	(void)strlcpy(entry, line, size);
	lower(entry);
	domain = mail_address_domain(entry);
	if (list->domain[0] != '\0' ? strcmp(domain, list->domain) != 0 :
	    !is_ours(conf, domain))
		return ("not of a domain that the list is for");

	return (NULL);
}

static int
read_list(const struct conf *conf, const struct conf_list *list,
    struct text *text, char *errbuf, size_t errlen)
{
	char buf[1024], entry[MAIL_ADDRESS_MAX + PROTO_HOST_MAX];
	const char *wrong;
	unsigned int number = 0;
	char *line;
	FILE *f;

	if ((f = fopen(list->path, "r")) == NULL)
		goto fail;
	while (fgets(buf, sizeof(buf), f) != NULL) {
		number++;
		wrong = NULL;
		if (strlen(buf) == sizeof(buf) - 1)
			wrong = "line too long";
		else if ((line = trim(buf)) != NULL && (wrong = read_line(conf,
		    list, line, entry, sizeof(entry))) == NULL &&
		    append(text, entry) == -1)
			goto fail;
		if (wrong != NULL) {
			(void)snprintf(errbuf, errlen, "%s:%u: %s",
			    list->path, number, wrong);
			fclose(f);
			return (-1);
		}
	}
	if (ferror(f))
		goto fail;
	fclose(f);

	return (0);
fail:
	(void)snprintf(errbuf, errlen, "recipients file: %s: %s", list->path,
	    strerror(errno));
	if (f != NULL)
		fclose(f);

	return (-1);
}

int
recipients_read(const struct conf *conf, uint8_t **out, size_t *len,
    char *errbuf, size_t errlen)
{
	struct text text = { NULL, 0, 0 };
	size_t i;

	*out = NULL;
	*len = 0;
	for (i = 0; i < conf->nlists; i++)
		if (read_list(conf, &conf->lists[i], &text, errbuf,
		    errlen) == -1) {
			free(text.s);
			return (-1);
		}
	*out = (uint8_t *)text.s;
	*len = text.len;

	return (0);
}

static int
compare(const void *a, const void *b)
{
	return (strcmp(*(char *const *)a, *(char *const *)b));
}

int
recipients_index(struct recipients *r, char *text, size_t len)
{
	char *p, *end = text + len, *lf;
	size_t n = 0;

	for (p = text; p < end; p++)
		n += *p == '\n';
	r->n = 0;
	if ((r->lines = calloc(n + 1, sizeof(*r->lines))) == NULL)
		return (-1);
	for (p = text; p < end; p = lf + 1) {
		if ((lf = memchr(p, '\n', (size_t)(end - p))) == NULL)
			break;
		*lf = '\0';
		r->lines[r->n++] = p;
	}
	qsort(r->lines, r->n, sizeof(*r->lines), compare);

	return (0);
}

void
recipients_free(struct recipients *r)
{
	free(r->lines);
	r->lines = NULL;
	r->n = 0;
}

static int
listed(const struct recipients *r, const char *local, size_t len,
    const char *domain)
{
	char key[MAIL_ADDRESS_MAX];
	const char *p = key;

	if (snprintf(key, sizeof(key), "%.*s@%s", (int)len, local, domain) >=
	    (int)sizeof(key))
		return (0);
	lower(key);

	return (bsearch(&p, r->lines, r->n, sizeof(*r->lines), compare) !=
	    NULL);
}

/* Whether there is a list that a domain's recipients must be in. */
static int
restricted(const struct role_conf *conf, const char *domain)
{
	size_t i;

	for (i = 0; i < conf->ndomains; i++)
		if (strcasecmp(conf->domains[i].domain, domain) == 0)
			return (conf->global.recipients != 0 ||
			    conf->domains[i].recipients != 0);

	return (0);
}

int
recipients_known(const struct recipients *r, const struct role_conf *conf,
    const char *rcpt)
{
	const char *domain = mail_address_domain(rcpt);
	size_t len, plain;

	if (*domain == '\0' || !restricted(conf, domain))
		return (1);
	len = (size_t)(domain - 1 - rcpt);
	plain = rcpt[0] == '"' ? len : strcspn(rcpt, "+@");

	return (listed(r, rcpt, len, domain) || listed(r, rcpt, len, "") ||
	    (plain > 0 && plain < len && (listed(r, rcpt, plain, domain) ||
	    listed(r, rcpt, plain, ""))));
}
