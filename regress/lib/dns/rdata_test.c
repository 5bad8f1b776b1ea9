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

#include <openssl/evp.h>

#include <atf-c.h>
#include <string.h>

#include "dns/rdata.h"
#include "lib/dns/message.h"

static struct message m;
static struct dns_rdata data;

/* The data of the one record that a message has. */
static void
take(const char *name, uint16_t type)
{
	struct dns_answer a;

	ATF_REQUIRE_EQ(0, dns_answer_open(&a, m.buf, m.len, name, type));
	ATF_REQUIRE_EQ(1, dns_answer_next(&a, &data));
}

static int
mx_is_read(const char *host, struct dns_mx *mx)
{
	message_begin(&m, "a.example", DNS_TYPE_MX, 0);
	message_mx(&m, "a.example", 60, 4660, host);
	take("a.example", DNS_TYPE_MX);

	return (dns_mx_read(&data, mx));
}

ATF_TC_WITHOUT_HEAD(mx_is_read_with_its_host);
ATF_TC_BODY(mx_is_read_with_its_host, tc)
{
	struct dns_mx mx;

	ATF_REQUIRE(mx_is_read("Mail-1.Example", &mx));
	ATF_REQUIRE_EQ(4660, mx.preference);
	ATF_REQUIRE_STREQ("mail-1.example", mx.host);
	ATF_REQUIRE(mx_is_read("", &mx));
	ATF_REQUIRE_STREQ("", mx.host);
	ATF_REQUIRE(!mx_is_read("a b.example", &mx));
}

ATF_TC_WITHOUT_HEAD(mx_is_refused_when_its_length_is_wrong);
ATF_TC_BODY(mx_is_refused_when_its_length_is_wrong, tc)
{
	struct dns_mx mx;

	ATF_REQUIRE(mx_is_read("mail.example", &mx));
	data.len--;
	ATF_REQUIRE(!dns_mx_read(&data, &mx));
	data.len = 2;
	ATF_REQUIRE(!dns_mx_read(&data, &mx));
	message_begin(&m, "a.example", DNS_TYPE_MX, 0);
	message_record(&m, "a.example", DNS_TYPE_MX, 60, 6);
	message_octets(&m, "\0\1\1a\0x", 6);
	take("a.example", DNS_TYPE_MX);
	ATF_REQUIRE(!dns_mx_read(&data, &mx));
}

/* Whether such a record can be used. */
static int
tlsa_is_read(unsigned int usage, unsigned int selector, unsigned int matching,
    size_t len, struct proto_tlsa *tlsa)
{
	message_begin(&m, "a.example", DNS_TYPE_TLSA, 0);
	message_tlsa(&m, "a.example", 60, usage, selector, matching, len);
	take("a.example", DNS_TYPE_TLSA);

	return (dns_tlsa_read(&data, tlsa));
}

ATF_TC_WITHOUT_HEAD(tlsa_is_read_where_smtp_can_use_it);
ATF_TC_BODY(tlsa_is_read_where_smtp_can_use_it, tc)
{
	struct proto_tlsa t;
	unsigned int usage, selector, matching;
	size_t len;

	for (usage = 0; usage < 256; usage++)
		for (selector = 0; selector < 4; selector++)
			for (matching = 1; matching < 4; matching++) {
				len = matching == 2 ? 64 : 32;
				ATF_CHECK_EQ((usage == 2 || usage == 3) &&
				    selector < 2 && matching < 3,
				    tlsa_is_read(usage, selector, matching,
				    len, &t));
			}
	ATF_REQUIRE(tlsa_is_read(3, 1, 2, 64, &t));
	ATF_REQUIRE_EQ(3, t.usage);
	ATF_REQUIRE_EQ(1, t.selector);
	ATF_REQUIRE_EQ(2, t.matching);
	ATF_REQUIRE_EQ(64, t.len);
	ATF_REQUIRE_EQ('x', t.data[63]);
}

ATF_TC_WITHOUT_HEAD(tlsa_is_refused_with_a_digest_of_wrong_length);
ATF_TC_BODY(tlsa_is_refused_with_a_digest_of_wrong_length, tc)
{
	static const size_t lens[] = { 0, 1, 20, 31, 33, 63, 65, 1000 };
	struct proto_tlsa t;
	size_t i;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		ATF_CHECK(!tlsa_is_read(3, 1, 1, lens[i], &t));
		ATF_CHECK(!tlsa_is_read(3, 1, 2, lens[i], &t));
	}
	ATF_CHECK(!tlsa_is_read(3, 1, 0, 0, &t));
	ATF_REQUIRE(tlsa_is_read(3, 1, 1, 32, &t));
	data.len = 2;
	ATF_REQUIRE(!dns_tlsa_read(&data, &t));
}

ATF_TC_WITHOUT_HEAD(tlsa_that_is_not_hashed_is_hashed);
ATF_TC_BODY(tlsa_that_is_not_hashed_is_hashed, tc)
{
	struct proto_tlsa t;
	uint8_t whole[700], digest[32];

	ATF_REQUIRE(tlsa_is_read(3, 0, 0, sizeof(whole), &t));
	memset(whole, 'x', sizeof(whole));
	ATF_REQUIRE_EQ(1, EVP_Digest(whole, sizeof(whole), digest, NULL,
	    EVP_sha256(), NULL));
	ATF_REQUIRE_EQ(1, t.matching);
	ATF_REQUIRE_EQ(32, t.len);
	ATF_REQUIRE_EQ(0, memcmp(digest, t.data, sizeof(digest)));
}

static int
sts(const char *text, char id[DNS_STS_ID_MAX])
{
	message_begin(&m, "_mta-sts.a.example", DNS_TYPE_TXT, 0);
	message_txt(&m, "_mta-sts.a.example", 60, text);
	take("_mta-sts.a.example", DNS_TYPE_TXT);

	return (dns_sts_id_read(&data, id));
}

ATF_TC_WITHOUT_HEAD(sts_id_is_read);
ATF_TC_BODY(sts_id_is_read, tc)
{
	static const char *const good[] = {
		"v=STSv1; id=20160831085700Z;", "v=STSv1;id=20160831085700Z",
		"v=STSv1; id=20160831085700Z ; ext=a/b ;",
		"v=STSv1; x=1; id=20160831085700Z; y=2",
		"v=STSv1;\tid=20160831085700Z\t;"
	};
	char id[DNS_STS_ID_MAX];
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ATF_CHECK_EQ_MSG(1, sts(good[i], id), "%s", good[i]);
		ATF_CHECK_STREQ("20160831085700Z", id);
	}
	ATF_REQUIRE_EQ(1, sts("v=STSv1; id=abcdefghijklmnopqrstuvwxyzABCDEF;",
	    id));
	ATF_REQUIRE_EQ(32, strlen(id));
}

ATF_TC_WITHOUT_HEAD(sts_id_is_refused_when_it_is_malformed);
ATF_TC_BODY(sts_id_is_refused_when_it_is_malformed, tc)
{
	static const char *const bad[] = {
		"v=STSv1;", "v=STSv1; id=;", "v=STSv1; id=a-b;",
		"v=STSv1; id=a; id=b;", "v=STSv1; ID=a;", "v=STSv1; id = a;",
		"v=STSv1; id=abcdefghijklmnopqrstuvwxyzABCDEFG;",
		"v=STSv1; nonsense; id=a;", "v=STSv1;; id=a;",
		"v=STSv1; =1; id=a;", "v=STSv1; x=a b; id=a;"
	};
	char id[DNS_STS_ID_MAX];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ATF_CHECK_EQ_MSG(-1, sts(bad[i], id), "%s", bad[i]);
		ATF_CHECK_STREQ("", id);
	}
}

ATF_TC_WITHOUT_HEAD(sts_id_is_not_looked_for_in_other_records);
ATF_TC_BODY(sts_id_is_not_looked_for_in_other_records, tc)
{
	static const char *const others[] = {
		"", "v=spf1 -all", "v=STSv1", "v=stsv1; id=a;",
		" v=STSv1; id=a;", "v=STSv2; id=a;", "v=STSv1 ; id=a;"
	};
	char id[DNS_STS_ID_MAX];
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ATF_CHECK_EQ_MSG(0, sts(others[i], id), "%s", others[i]);
}

ATF_TC_WITHOUT_HEAD(sts_id_may_be_split_over_strings);
ATF_TC_BODY(sts_id_may_be_split_over_strings, tc)
{
	char id[DNS_STS_ID_MAX];

	message_begin(&m, "a.example", DNS_TYPE_TXT, 0);
	message_record(&m, "a.example", DNS_TYPE_TXT, 60, 17);
	message_octets(&m, "\3v=S\0\7TSv1; i\3d=7", 17);
	take("a.example", DNS_TYPE_TXT);
	ATF_REQUIRE_EQ(1, dns_sts_id_read(&data, id));
	ATF_REQUIRE_STREQ("7", id);
	/* A string that is longer than the record. */
	message_begin(&m, "a.example", DNS_TYPE_TXT, 0);
	message_record(&m, "a.example", DNS_TYPE_TXT, 60, 14);
	message_octets(&m, "\16v=STSv1; id=7", 14);
	take("a.example", DNS_TYPE_TXT);
	ATF_REQUIRE_EQ(0, dns_sts_id_read(&data, id));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, mx_is_read_with_its_host);
	ATF_TP_ADD_TC(tp, mx_is_refused_when_its_length_is_wrong);
	ATF_TP_ADD_TC(tp, tlsa_is_read_where_smtp_can_use_it);
	ATF_TP_ADD_TC(tp, tlsa_is_refused_with_a_digest_of_wrong_length);
	ATF_TP_ADD_TC(tp, tlsa_that_is_not_hashed_is_hashed);
	ATF_TP_ADD_TC(tp, sts_id_is_read);
	ATF_TP_ADD_TC(tp, sts_id_is_refused_when_it_is_malformed);
	ATF_TP_ADD_TC(tp, sts_id_is_not_looked_for_in_other_records);
	ATF_TP_ADD_TC(tp, sts_id_may_be_split_over_strings);

	return (atf_no_error());
}
