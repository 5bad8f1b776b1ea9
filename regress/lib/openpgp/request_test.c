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

#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "compat/compat.h"
#include "openpgp/request.h"

#define NOW	1800000000

static struct pgp_request	req, again;
static char			text[PGP_REQUEST_MAX];

static void
fill(size_t n)
{
	struct pgp_seckey key;
	size_t i;

	memset(&req, 0, sizeof(req));
	memset(req.fpr, 0xa5, sizeof(req.fpr));
	strlcpy(req.uid, "mix1 (mixtasy-mode:middleman) <mixtasy@mix1.ex>",
	    sizeof(req.uid));
	for (i = 0; i < n; i++) {
		ATF_REQUIRE_EQ(0, pgp_key_generate(&key, i == 1 ?
		    PGP_ALG_RSA : PGP_ALG_ECDH, 2048,
		    NOW + (time_t)i * 86400));
		req.keys[i].pub = key.pub;
		req.keys[i].expires = key.pub.created + 172800;
		req.nkeys++;
	}
}

ATF_TC_WITHOUT_HEAD(request_is_read_as_it_was_written);
ATF_TC_BODY(request_is_read_as_it_was_written, tc)
{
	ssize_t len;
	size_t i;

	fill(3);
	ATF_REQUIRE((len = pgp_request_write(&req, text, sizeof(text))) > 0);
	ATF_CHECK_EQ((size_t)len, strlen(text));
	ATF_REQUIRE_EQ(0, pgp_request_read(text, (size_t)len, &again));
	ATF_CHECK_EQ(0, memcmp(req.fpr, again.fpr, sizeof(req.fpr)));
	ATF_CHECK_STREQ(req.uid, again.uid);
	ATF_REQUIRE_EQ(3, again.nkeys);
	for (i = 0; i < 3; i++) {
		ATF_CHECK_EQ(0, memcmp(req.keys[i].pub.fpr,
		    again.keys[i].pub.fpr, PGP_FPR_LEN));
		ATF_CHECK_EQ(req.keys[i].expires, again.keys[i].expires);
	}
	ATF_CHECK_EQ(-1, pgp_request_write(&req, text, (size_t)len));
}

ATF_TC_WITHOUT_HEAD(largest_request_fits);
ATF_TC_BODY(largest_request_fits, tc)
{
	struct pgp_seckey key;
	size_t i;

	fill(0);
	ATF_REQUIRE_EQ(0, pgp_key_generate(&key, PGP_ALG_RSA, 4096, NOW));
	for (i = 0; i < PGP_REQUEST_KEYS_MAX; i++) {
		req.keys[i].pub = key.pub;
		req.keys[i].expires = UINT32_MAX;
	}
	req.nkeys = PGP_REQUEST_KEYS_MAX;
	memset(req.uid, 'x', PGP_UID_MAX);
	ATF_CHECK(pgp_request_write(&req, text, sizeof(text)) > 0);
	ATF_CHECK_EQ(0, pgp_request_read(text, strlen(text), &again));
	ATF_CHECK_EQ(PGP_REQUEST_KEYS_MAX, again.nkeys);
}

/* One that is cut off anywhere is refused, not taken for a shorter one. */
ATF_TC_WITHOUT_HEAD(request_that_is_cut_off_is_refused);
ATF_TC_BODY(request_that_is_cut_off_is_refused, tc)
{
	size_t len, n;

	fill(3);
	ATF_REQUIRE(pgp_request_write(&req, text, sizeof(text)) > 0);
	len = strlen(text);
	for (n = 0; n < len; n++)
		ATF_REQUIRE_EQ(-1, pgp_request_read(text, n, &again));
}

static void
refused(const char *from, const char *to)
{
	static char changed[PGP_REQUEST_MAX];
	const char *at = strstr(text, from);

	ATF_REQUIRE(at != NULL);
	snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - text), text,
	    to, at + strlen(from));
	ATF_CHECK_MSG(pgp_request_read(changed, strlen(changed),
	    &again) == -1, "%s", changed);
}

ATF_TC_WITHOUT_HEAD(broken_requests_are_refused);
ATF_TC_BODY(broken_requests_are_refused, tc)
{
	struct pgp_seckey key;

	fill(1);
	ATF_REQUIRE(pgp_request_write(&req, text, sizeof(text)) > 0);
	refused("request 1", "request 2");
	refused("key A5", "key G5");
	refused("key A5", "key A5A5");
	refused("user-id mix1", "user-id \033[2J");
	refused("user-id mix1", "name mix1");
	refused("end\n", "user-id mix2\nend\n");
	refused("subkey 1800172800", "subkey 1800000000");
	refused("subkey 1800172800", "subkey soon");
	refused("subkey 1800172800 ", "subkey 1800172800 AAAA");
	refused("subkey 1800172800 ", "subkey 1800172800 ?");
	refused("subkey 1800172800 ", "subkey 1800172800\n");
	/* A key that signs. */
	ATF_REQUIRE_EQ(0, pgp_key_generate(&key, PGP_ALG_EDDSA, 0, NOW));
	req.keys[0].pub = key.pub;
	ATF_REQUIRE(pgp_request_write(&req, text, sizeof(text)) > 0);
	ATF_CHECK_EQ(-1, pgp_request_read(text, strlen(text), &again));
	req.nkeys = 0;
	ATF_REQUIRE(pgp_request_write(&req, text, sizeof(text)) > 0);
	ATF_CHECK_EQ(-1, pgp_request_read(text, strlen(text), &again));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, request_is_read_as_it_was_written);
	ATF_TP_ADD_TC(tp, largest_request_fits);
	ATF_TP_ADD_TC(tp, request_that_is_cut_off_is_refused);
	ATF_TP_ADD_TC(tp, broken_requests_are_refused);

	return (atf_no_error());
}
