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
#include <stdlib.h>
#include <string.h>

#include "hkp/hkp.h"

ATF_TC_WITHOUT_HEAD(servers_are_read_and_written);
ATF_TC_BODY(servers_are_read_and_written, tc)
{
	static const struct {
		const char	*text, *host, *canonical;
		int		 tls;
		uint32_t	 port;
	} rows[] = {
		{ "hkps://keys.example.org", "keys.example.org",
		    "hkps://keys.example.org", 1, 443 },
		{ "hkp://keys.example.org/", "keys.example.org",
		    "hkp://keys.example.org", 0, 11371 },
		{ "hkp://127.0.0.1:80", "127.0.0.1", "hkp://127.0.0.1:80", 0,
		    80 },
		{ "https://keys.example.org:443", "keys.example.org",
		    "hkps://keys.example.org", 1, 443 },
		{ "http://localhost", "localhost", "hkp://localhost:80", 0,
		    80 },
		{ "hkps://[2001:db8::1]:8443", "2001:db8::1",
		    "hkps://[2001:db8::1]:8443", 1, 8443 }
	};
	struct hkp_server server;
	char text[HKP_SERVER_TEXT];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ATF_REQUIRE_EQ(0, hkp_server_read(rows[i].text, &server));
		ATF_REQUIRE_EQ(rows[i].tls, server.tls);
		ATF_REQUIRE_EQ(rows[i].port, server.port);
		ATF_REQUIRE_STREQ(rows[i].host, server.host);
		hkp_server_write(&server, text);
		ATF_REQUIRE_STREQ(rows[i].canonical, text);
	}
}

ATF_TC_WITHOUT_HEAD(servers_of_another_form_are_refused);
ATF_TC_BODY(servers_of_another_form_are_refused, tc)
{
	static const char *const texts[] = { "", "hkps://", "keys.example.org",
	    "ldap://keys.example.org", "hkps://keys", "hkps://a.example:0",
	    "hkps://a.example:65536", "hkps://a.example:+1",
	    "hkps://a.example:", "hkps://a.example/pks", "hkps://u@a.example",
	    "hkps://a.example:1/", "hkps://[::1", "hkps://[a.example]",
	    "hkps://::1", "hkps://a.example\r\nX: y", "hkps://a b.example" };
	struct hkp_server server;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ATF_REQUIRE_EQ_MSG(-1, hkp_server_read(texts[i], &server),
		    "%s", texts[i]);
}

ATF_TC_WITHOUT_HEAD(requests_have_their_urls);
ATF_TC_BODY(requests_have_their_urls, tc)
{
	static const uint8_t fpr[PGP_FPR_LEN] = { 0x55, 0x3a, 0xff };
	struct hkp_server server;
	char url[HKP_URL_MAX], id[HKP_ID_MAX], longer[130];

	ATF_REQUIRE_EQ(0, hkp_server_read("hkps://keys.example.org", &server));
	ATF_REQUIRE_EQ(0, hkp_search_url(&server, "mixtasy a&b", url));
	ATF_REQUIRE_STREQ("https://keys.example.org:443/pks/lookup?op=index"
	    "&options=mr&fingerprint=on&exact=off&search=mixtasy%20a%26b", url);
	hkp_id_write(fpr, id);
	ATF_REQUIRE_EQ(0, hkp_get_url(&server, id, url));
	ATF_REQUIRE_STREQ("https://keys.example.org:443/pks/lookup?op=get"
	    "&options=mr&search=0x553AFF0000000000000000000000000000000000",
	    url);
	ATF_REQUIRE_EQ(0, hkp_server_read("hkp://[::1]", &server));
	ATF_REQUIRE_EQ(0, hkp_add_url(&server, url));
	ATF_REQUIRE_STREQ("http://[::1]:11371/pks/add", url);
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	ATF_REQUIRE_EQ(-1, hkp_search_url(&server, longer, url));
}

ATF_TC_WITHOUT_HEAD(ids_match_when_one_is_the_others_end);
ATF_TC_BODY(ids_match_when_one_is_the_others_end, tc)
{
	ATF_REQUIRE(hkp_id_match("0011223344556677", "AA0011223344556677"));
	ATF_REQUIRE(hkp_id_match("AA0011223344556677", "0011223344556677"));
	ATF_REQUIRE(hkp_id_match("AA", "AA"));
	ATF_REQUIRE(!hkp_id_match("AA", "AB"));
	ATF_REQUIRE(!hkp_id_match("AA00", "BBAA"));
}

ATF_TC_WITHOUT_HEAD(submission_is_armor_in_a_form);
ATF_TC_BODY(submission_is_armor_in_a_form, tc)
{
	static const uint8_t cert[] = { 0xfb, 0xff, 0xbf, 0x3e };
	static const char begin[] = "keytext=-----BEGIN%20PGP%20PUBLIC%20KEY"
	    "%20BLOCK-----%0A%0A%2B%2F%2B%2FPg%3D%3D%0A%3D";
	char *body;
	size_t len;

	ATF_REQUIRE((body = hkp_add_body(cert, sizeof(cert), &len)) != NULL);
	ATF_REQUIRE_EQ(strlen(body), len);
	ATF_REQUIRE(strncmp(body, begin, sizeof(begin) - 1) == 0);
	ATF_REQUIRE(strstr(body, "-----END%20PGP%20PUBLIC") != NULL);
	ATF_REQUIRE(strpbrk(body, " +/\n") == NULL);
	free(body);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, servers_are_read_and_written);
	ATF_TP_ADD_TC(tp, servers_of_another_form_are_refused);
	ATF_TP_ADD_TC(tp, requests_have_their_urls);
	ATF_TP_ADD_TC(tp, ids_match_when_one_is_the_others_end);
	ATF_TP_ADD_TC(tp, submission_is_armor_in_a_form);
	return (atf_no_error());
}
