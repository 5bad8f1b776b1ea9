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

#include <curl/curl.h>

#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "fetch/target.h"

/* Whether host (IPv6: in brackets) is an address. */
static int
is_address(const char *host, size_t len)
{
	unsigned char octets[sizeof(struct in6_addr)];
	char text[INET6_ADDRSTRLEN];

	if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
		if (len - 2 >= sizeof(text))
			return (0);
		memcpy(text, host + 1, len - 2);
		text[len - 2] = '\0';
		return (inet_pton(AF_INET6, text, octets) == 1);
	}
	if (len >= sizeof(text))
		return (0);
	memcpy(text, host, len);
	text[len] = '\0';
	return (inet_pton(AF_INET, text, octets) == 1);
}

static int
copy_part(CURLU *u, CURLUPart part, unsigned int flags, char *to, size_t size)
{
	char *text;
	int ok;

	if (curl_url_get(u, part, &text, flags) != CURLUE_OK)
		return (-1);
	ok = strlcpy(to, text, size) < size && text[0] != '\0';
	curl_free(text);
	return (ok ? 0 : -1);
}

int
target_read(const char *url, struct target *t)
{
	char scheme[8];
	CURLU *u;
	int error = -1;

	if ((u = curl_url()) == NULL)
		return (-1);
	if (curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER) ==
	    CURLUE_OK &&
	    copy_part(u, CURLUPART_SCHEME, 0, scheme, sizeof(scheme)) == 0 &&
	    copy_part(u, CURLUPART_HOST, 0, t->host, sizeof(t->host)) == 0 &&
	    copy_part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT, t->port,
	    sizeof(t->port)) == 0)
		error = 0;
	curl_url_cleanup(u);
	if (error == -1)
		return (-1);
	t->tls = strcmp(scheme, "https") == 0;
	t->numeric = is_address(t->host, strlen(t->host));
	return (t->tls || strcmp(scheme, "http") == 0 ? 0 : -1);
}

static int
is_host(const char *s, size_t len)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

	return (len > 0 && len < 256 && strspn(s, ok) >= len);
}

int
target_proxy_valid(const char *proxy, int *numeric)
{
	const char *colon = strrchr(proxy, ':');
	const char *why;
	size_t len;

	if (colon == NULL)
		return (0);
	strtonum(colon + 1, 1, 65535, &why);
	len = (size_t)(colon - proxy);
	*numeric = is_address(proxy, len);
	return (why == NULL && (*numeric || is_host(proxy, len)));
}
