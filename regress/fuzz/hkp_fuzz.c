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

/*
 * What keyservers answer: an index is read to its end, a survey whose servers
 * give this to every question ends, and a certificate is stripped once.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "hkp/hkp.h"
#include "hkp/strip.h"
#include "hkp/survey.h"

#define REQUESTS_MAX	20000
#define NOW		((time_t)1700000000)

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(int ok)
{
	if (!ok)
		abort();
}

static void
read_index(const char *text, size_t len)
{
	struct hkp_index x;
	struct hkp_key key;
	size_t n = 0;

	hkp_index_init(&x, text, len);
	while (hkp_index_next(&x, &key)) {
		n++;
		check(strlen(key.id) == 40 || strlen(key.id) == 16);
		check(key.nmixes <= key.nuids);
		check((key.nmixes > 0) == (key.address[0] != '\0'));
		check(key.created >= 0 && key.expires >= 0);
	}
	check(x.left == 0 && x.at == text + len);
	check(n + x.unusable == x.keys);
}

/* The canonical form of a server is a server, the same one. */
static void
read_server(const char *data, size_t len)
{
	struct hkp_server a, b;
	char text[HKP_SERVER_TEXT], url[HKP_URL_MAX], again[HKP_URL_MAX];

	if (len >= sizeof(text))
		return;
	memcpy(text, data, len);
	text[len] = '\0';
	if (hkp_server_read(text, &a) == -1)
		return;
	hkp_server_write(&a, text);
	check(hkp_server_read(text, &b) == 0);
	check(hkp_add_url(&a, url) == 0 && hkp_add_url(&b, again) == 0);
	check(strcmp(url, again) == 0);
}

/* What was taken out once leaves nothing to be taken out. */
static void
strip(const uint8_t *cert, size_t len)
{
	uint8_t *once, *twice;
	size_t n;

	once = malloc(len);
	twice = malloc(len);
	if (once != NULL && twice != NULL) {
		n = hkp_strip(cert, len, NOW, NULL, 0, once);
		check(n <= len);
		check(n == 0 || (hkp_strip(once, n, NOW, NULL, 0, twice) ==
		    n && memcmp(once, twice, n) == 0));
	}
	free(once);
	free(twice);
}

static void
take(void *arg, size_t server, const uint8_t *cert, size_t len)
{
	check(server < 2 && len > 0 && (cert[0] & 0x80) != 0);
	if (++*(size_t *)arg == 1)
		strip(cert, len);
}

static void
make_survey(const uint8_t *data, size_t len)
{
	struct hkp_server servers[2];
	struct survey_conf conf;
	struct survey_request r;
	struct survey_answer a;
	struct survey *s;
	size_t taken = 0, n = 0;

	check(hkp_server_read("hkp://a.example", &servers[0]) == 0);
	check(hkp_server_read("hkps://b.example", &servers[1]) == 0);
	memset(&conf, 0, sizeof(conf));
	conf.servers = servers;
	conf.nservers = 2;
	conf.now = NOW;
	conf.keys_max = 64;
	conf.take = take;
	conf.arg = &taken;
	if ((s = survey_new(&conf)) == NULL)
		return;
	while (survey_next(s, &r)) {
		check(++n < REQUESTS_MAX);
		memset(&a, 0, sizeof(a));
		a.status = 200;
		a.body = data;
		a.len = len;
		survey_take(s, r.server, &a);
	}
	check(survey_done(s));
	check(survey_report(s, 0)->given + survey_report(s, 1)->given ==
	    taken);
	check(survey_keys(s) <= 64);
	survey_free(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	read_index((const char *)data, len);
	read_server((const char *)data, len);
	make_survey(data, len);
	return (0);
}
