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
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "hkp/hkp.h"
#include "mail/address.h"
#include "openpgp/armor.h"

static const struct {
	const char	*prefix;
	int		 tls;
	uint32_t	 port;
} schemes[] = {
	{ "hkps://",	1, 443 },
	{ "hkp://",	0, 11371 },
	{ "https://",	1, 443 },
	{ "http://",	0, 80 }
};

static int
is_ipv6(const char *s)
{
	unsigned char octets[sizeof(struct in6_addr)];

	return (inet_pton(AF_INET6, s, octets) == 1);
}

static int
valid_host(const char *s)
{
	unsigned char octets[sizeof(struct in_addr)];

	return (inet_pton(AF_INET, s, octets) == 1 || is_ipv6(s) ||
	    strcmp(s, "localhost") == 0 || mail_domain_valid(s, strlen(s)));
}

static int
read_port(const char *text, uint32_t *port)
{
	const char *why;

	if (text[0] == '/' && text[1] == '\0')
		return (0);
	if (text[0] == '\0')
		return (0);
	if (text[0] != ':' || text[1] < '0' || text[1] > '9')
		return (-1);
	*port = (uint32_t)strtonum(text + 1, 1, 65535, &why);
	return (why == NULL ? 0 : -1);
}

/* The host and what is behind it: a port, a slash, or nothing. */
static int
read_host(const char *text, struct hkp_server *server)
{
	const char *end, *rest;
	size_t len;

	if (text[0] == '[') {
		if ((end = strchr(++text, ']')) == NULL)
			return (-1);
		rest = end + 1;
	} else
		rest = end = text + strcspn(text, ":/");
	len = (size_t)(end - text);
	if (len == 0 || len >= sizeof(server->host))
		return (-1);
	memcpy(server->host, text, len);
	server->host[len] = '\0';
	if (!valid_host(server->host) ||
	    is_ipv6(server->host) != (text[-1] == '['))
		return (-1);
	return (read_port(rest, &server->port));
}

int
hkp_server_read(const char *text, struct hkp_server *server)
{
	size_t i, len;

	memset(server, 0, sizeof(*server));
	for (i = 0; i < nitems(schemes); i++) {
		len = strlen(schemes[i].prefix);
		if (strncmp(text, schemes[i].prefix, len) != 0)
			continue;
		server->tls = schemes[i].tls;
		server->port = schemes[i].port;
		return (read_host(text + len, server));
	}
	return (-1);
}

void
hkp_server_write(const struct hkp_server *server, char text[HKP_SERVER_TEXT])
{
	int six = is_ipv6(server->host);
	char port[8] = "";

	if (server->port != (server->tls ? 443 : 11371))
		snprintf(port, sizeof(port), ":%u", server->port & 0xffff);
	snprintf(text, HKP_SERVER_TEXT, "hkp%s://%s%s%s%s",
	    server->tls ? "s" : "", six ? "[" : "", server->host,
	    six ? "]" : "", port);
}

void
hkp_id_write(const uint8_t fpr[PGP_FPR_LEN], char id[HKP_ID_MAX])
{
	size_t i;

	for (i = 0; i < PGP_FPR_LEN; i++)
		snprintf(id + 2 * i, 3, "%02X", fpr[i]);
}

int
hkp_id_match(const char *a, const char *b)
{
	size_t alen = strlen(a), blen = strlen(b);

	if (alen > blen)
		return (strcmp(a + alen - blen, b) == 0);
	return (strcmp(a, b + blen - alen) == 0);
}

static int
is_plain(char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	    c == '~');
}

/* Writes text urlencoded; the length, not terminated. */
static size_t
urlencode(const char *text, size_t len, char *out)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		if (is_plain(text[i])) {
			out[n++] = text[i];
			continue;
		}
		out[n++] = '%';
		out[n++] = hex[(unsigned char)text[i] >> 4];
		out[n++] = hex[(unsigned char)text[i] & 0xf];
	}
	return (n);
}

static int
write_url(const struct hkp_server *server, const char *path,
    char url[HKP_URL_MAX])
{
	int n, six = is_ipv6(server->host);

	n = snprintf(url, HKP_URL_MAX, "%s://%s%s%s:%u/pks/%s",
	    server->tls ? "https" : "http", six ? "[" : "", server->host,
	    six ? "]" : "", server->port, path);
	return (n < HKP_URL_MAX ? 0 : -1);
}

/* exact=off: words count, wherever they stand in a user id. */
int
hkp_search_url(const struct hkp_server *server, const char *words,
    char url[HKP_URL_MAX])
{
	static const char how[] =
	    "lookup?op=index&options=mr&fingerprint=on&exact=off&search=";
	char path[sizeof(how) + 3 * 128];
	size_t n = sizeof(how) - 1, len = strlen(words);

	if (len > 128)
		return (-1);
	memcpy(path, how, n);
	n += urlencode(words, len, path + n);
	path[n] = '\0';
	return (write_url(server, path, url));
}

int
hkp_get_url(const struct hkp_server *server, const char *id,
    char url[HKP_URL_MAX])
{
	char path[128];

	snprintf(path, sizeof(path), "lookup?op=get&options=mr&search=0x%s",
	    id);
	return (write_url(server, path, url));
}

int
hkp_add_url(const struct hkp_server *server, char url[HKP_URL_MAX])
{
	return (write_url(server, "add", url));
}

char *
hkp_add_body(const uint8_t *cert, size_t len, size_t *bodylen)
{
	static const char name[] = "keytext=";
	size_t size, n = sizeof(name) - 1;
	char *armor, *body;

	size = pgp_armor_size(PGP_ARMOR_PUBLIC_KEY, len, 0);
	if ((armor = malloc(size)) == NULL)
		return (NULL);
	size = pgp_armor_encode(PGP_ARMOR_PUBLIC_KEY, cert, len, 0, armor);
	if ((body = malloc(n + 3 * size + 1)) != NULL) {
		memcpy(body, name, n);
		n += urlencode(armor, size, body + n);
		body[n] = '\0';
		*bodylen = n;
	}
	free(armor);
	return (body);
}
