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

#include <curl/curl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "fetch/target.h"
#include "fetch/transfer.h"

/* An address in brackets, with a comma. */
#define ADDR_TEXT	48
#define ADDRS_MAX	16

/* Octets of all headers of an answer. */
#define HEADER_MAX	65536

static size_t
take_body(char *data, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	uint8_t *more;

	n *= size;
	if (n > t->max - t->len) {
		t->too_large = 1;
		return (0);
	}
	if ((more = realloc(t->body, t->len + n + 1)) == NULL)
		return (0);
	memcpy(more + t->len, data, n);
	t->body = more;
	t->len += n;
	return (n);
}

/* libcurl keeps the header in memory, however long it is. */
static size_t
take_header(char *data, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;

	(void)data;
	n *= size;
	t->header += n;
	if (t->header > HEADER_MAX) {
		t->too_large = 1;
		return (0);
	}
	return (n);
}

/* libcurl calls it before it looks up a name. */
static int
no_lookup(void *state, void *reserved, void *arg)
{
	(void)state;
	(void)reserved;
	(void)arg;
	return (1);
}

static CURLcode
set_protocols(CURL *e)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	return (curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https"));
#else
	return (curl_easy_setopt(e, CURLOPT_PROTOCOLS,
	    (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS)));
#endif
}

#define SET(option, value)						\
	(bad |= curl_easy_setopt(t->easy, (option), (value)) != CURLE_OK)

/* What holds for every request. */
static int
set_manner(struct transfer *t)
{
	int bad = 0;

	bad |= set_protocols(t->easy) != CURLE_OK;
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_HTTPHEADER, t->headers);
	SET(CURLOPT_ERRORBUFFER, t->error);
	SET(CURLOPT_HEADERFUNCTION, take_header);
	SET(CURLOPT_HEADERDATA, t);
	SET(CURLOPT_WRITEFUNCTION, take_body);
	SET(CURLOPT_WRITEDATA, t);
	SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)t->max);
	return (bad ? -1 : 0);
}

/* The environment's proxies are never taken: "" says so. */
static int
set_proxy(struct transfer *t, const char *proxy)
{
	char text[300] = "";
	int bad = 0;

	if (proxy != NULL && snprintf(text, sizeof(text), "socks5h://%s",
	    proxy) >= (int)sizeof(text))
		return (-1);
	SET(CURLOPT_PROXY, text);
	SET(CURLOPT_NOPROXY, "");
	SET(CURLOPT_SOCKS5_AUTH, (long)CURLAUTH_BASIC);
	return (bad ? -1 : 0);
}

/* The directory that libcurl was built with would be trusted beside it. */
static int
set_ca(struct transfer *t, void *ca, size_t len)
{
	struct curl_blob blob;
	int bad = 0;

	if (ca == NULL)
		return (0);
	blob.data = ca;
	blob.len = len;
	blob.flags = CURL_BLOB_NOCOPY;
	SET(CURLOPT_CAINFO, (char *)NULL);
	SET(CURLOPT_CAPATH, (char *)NULL);
	SET(CURLOPT_CAINFO_BLOB, &blob);
	return (bad ? -1 : 0);
}

static int
set_request(struct transfer *t, const struct fetch_request *r)
{
	int bad = 0;

	SET(CURLOPT_TIMEOUT, (long)r->timeout);
	SET(CURLOPT_CONNECTTIMEOUT, (long)r->timeout);
	if (r->post != NULL) {
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->postlen);
		SET(CURLOPT_COPYPOSTFIELDS, r->post);
	}
	return (bad ? -1 : 0);
}

/*
 * Puts the addresses into libcurl's memory of names.  With them nothing may be
 * looked up any more, which libcurl would do by a thread.
 */
static int
set_target(struct transfer *t, const char *url)
{
	char *text;
	size_t size;
	int bad = 0;

	SET(CURLOPT_URL, url);
	curl_slist_free_all(t->resolve);
	t->resolve = NULL;
	if (t->addrs != NULL && !t->target.numeric && !t->proxied) {
		size = strlen(t->target.host) + strlen(t->addrs) + 16;
		if ((text = malloc(size)) == NULL)
			return (-1);
		snprintf(text, size, "%s:%s:%s", t->target.host,
		    t->target.port, t->addrs);
		t->resolve = curl_slist_append(NULL, text);
		free(text);
		bad |= t->resolve == NULL;
	}
	SET(CURLOPT_RESOLVER_START_FUNCTION,
	    t->resolve == NULL ? (curl_resolver_start_callback)NULL :
	    no_lookup);
	SET(CURLOPT_RESOLVE, t->resolve);
	return (bad ? -1 : 0);
}

#undef SET

/* Addresses in libcurl's form: IPv6 in brackets, commas between. */
static int
join_addrs(struct transfer *t, const struct fetch_request *r)
{
	size_t i, size;
	int is6;

	if (r->naddrs == 0)
		return (0);
	if (r->naddrs > ADDRS_MAX)
		return (-1);
	size = r->naddrs * ADDR_TEXT + 1;
	if ((t->addrs = calloc(1, size)) == NULL)
		return (-1);
	for (i = 0; i < r->naddrs; i++) {
		is6 = strchr(r->addrs[i], ':') != NULL;
		if (i > 0)
			strlcat(t->addrs, ",", size);
		strlcat(t->addrs, is6 ? "[" : "", size);
		if (strlen(r->addrs[i]) > ADDR_TEXT - 3 ||
		    strspn(r->addrs[i], "0123456789abcdefABCDEF:.") !=
		    strlen(r->addrs[i]))
			return (-1);
		strlcat(t->addrs, r->addrs[i], size);
		strlcat(t->addrs, is6 ? "]" : "", size);
	}
	return (0);
}

/* Whether a name would have to be looked up though none may be. */
static int
needs_lookup(const struct transfer *t)
{
	return (t->no_lookup && !t->proxied && !t->target.numeric &&
	    t->addrs == NULL);
}

static int
prepare(struct transfer *t, const struct fetch_request *r)
{
	int numeric = 1;

	t->max = r->max;
	t->no_lookup = r->no_lookup;
	t->proxied = r->proxy != NULL;
	t->posts = r->post != NULL;
	t->redirects = t->posts ? 0 : r->redirects;
	if (r->proxy != NULL && !target_proxy_valid(r->proxy, &numeric))
		return (-1);
	if (target_read(r->url, &t->target) == -1 || join_addrs(t, r) == -1 ||
	    needs_lookup(t) || (t->no_lookup && !numeric))
		return (-1);
	/* libcurl would wait for "100 Continue" before a large POST. */
	if ((t->easy = curl_easy_init()) == NULL ||
	    (t->headers = curl_slist_append(NULL, "Expect:")) == NULL)
		return (-1);
	if (set_manner(t) == -1 || set_proxy(t, r->proxy) == -1 ||
	    set_ca(t, r->ca, r->calen) == -1 || set_request(t, r) == -1)
		return (-1);
	return (set_target(t, r->url));
}

struct transfer *
transfer_new(const struct fetch_request *r)
{
	struct transfer *t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return (NULL);
	if (prepare(t, r) == -1) {
		transfer_free(t);
		return (NULL);
	}
	return (t);
}

void
transfer_free(struct transfer *t)
{
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->headers);
	curl_slist_free_all(t->resolve);
	free(t->addrs);
	free(t->body);
	free(t);
}

static int
same_host(const struct target *a, const struct target *b)
{
	return (strcasecmp(a->host, b->host) == 0);
}

/* Where it may go: *to is filled. */
static int
may_redirect(struct transfer *t, const char *url, struct target *to)
{
	if (target_read(url, to) == -1 || !to->tls) {
		t->refused = "redirected to what is not https";
		return (0);
	}
	if (!same_host(&t->target, to) && t->no_lookup && !t->proxied) {
		t->refused = "redirected to another host";
		return (0);
	}
	return (1);
}

int
transfer_redirect(struct transfer *t, CURLcode code)
{
	struct target to;
	char *url = NULL;

	if (code != CURLE_OK || t->redirects == 0 ||
	    curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &url) !=
	    CURLE_OK || url == NULL || !may_redirect(t, url, &to))
		return (0);
	if (!same_host(&t->target, &to)) {
		free(t->addrs);
		t->addrs = NULL;
	}
	t->redirects--;
	t->target = to;
	t->len = 0;
	return (set_target(t, url) == 0);
}

/* One line of printable octets. */
static void
set_error(struct fetch_answer *a, const char *text)
{
	char *p;

	strlcpy(a->error, text, sizeof(a->error));
	for (p = a->error; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
			*p = '?';
}

void
transfer_answer(const struct transfer *t, CURLcode code,
    struct fetch_answer *a)
{
	static const uint8_t nothing[1];
	long status = 0;

	memset(a, 0, sizeof(*a));
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	a->status = (int)status;
	a->body = t->body == NULL ? nothing : t->body;
	a->len = t->len;
	if (t->too_large || code == CURLE_FILESIZE_EXCEEDED) {
		a->result = FETCH_TOO_LARGE;
		set_error(a, "the answer is too large");
	} else if (code == CURLE_OUT_OF_MEMORY) {
		/* Curl says so of an endless line in the header, too. */
		a->result = FETCH_FAILED;
		a->status = 0;
		set_error(a, "out of memory, or a line of the header too long");
	} else if (code != CURLE_OK) {
		a->result = FETCH_FAILED;
		a->status = 0;
		set_error(a, t->error[0] != '\0' ? t->error :
		    curl_easy_strerror(code));
	} else if (t->refused != NULL) {
		a->result = FETCH_FAILED;
		set_error(a, t->refused);
	}
	if (a->result != FETCH_OK)
		a->len = 0;
}
