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

#include "dns/anchor.h"

/* The nth record of a file; "!" if it is refused, "" at the end. */
static const char *
record(const char *text, int n)
{
	static char out[DNS_ANCHOR_MAX];
	size_t pos = 0, len = strlen(text);
	int more = 1;

	while (n-- >= 0 && more == 1)
		more = dns_anchor_next(text, len, &pos, out);

	return (more == 1 ? out : more == 0 ? "" : "!");
}

ATF_TC_WITHOUT_HEAD(anchors_are_read_one_by_one);
ATF_TC_BODY(anchors_are_read_one_by_one, tc)
{
	static const char text[] =
	    "; a comment\n"
	    "\n"
	    ".  IN\tDS 20326 8 2 E06D ; more\r\n"
	    ". 172800 IN DNSKEY 257 3 8 ( AwEA\n"
	    "\tAaz/ ; half of it\n"
	    "\tFU= ) ;{id = 20326}\n"
	    "example. DS 1 13 2 00";

	ATF_REQUIRE_STREQ(". IN DS 20326 8 2 E06D", record(text, 0));
	ATF_REQUIRE_STREQ(". 172800 IN DNSKEY 257 3 8 AwEA Aaz/ FU=",
	    record(text, 1));
	ATF_REQUIRE_STREQ("example. DS 1 13 2 00", record(text, 2));
	ATF_REQUIRE_STREQ("", record(text, 3));
}

ATF_TC_WITHOUT_HEAD(anchors_are_nothing_else);
ATF_TC_BODY(anchors_are_nothing_else, tc)
{
	static const char *const bad[] = {
		". IN NS a.root-servers.net.\n", "DS 1 2 3 00\n",
		"$ORIGIN ds ds\n", ". IN DS ( 1 8 2 00\n", ". IN DS ) 1\n",
		". IN DS 1 8 2 \"\001\"\n", "<?xml version=\"1.0\"?>\n",
		". 1 IN A DS\n"
	};
	char *longer;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_STREQ_MSG("!", record(bad[i], 0), "%s", bad[i]);
	ATF_REQUIRE((longer = malloc(DNS_ANCHOR_MAX + 100)) != NULL);
	memset(longer, 'A', DNS_ANCHOR_MAX + 99);
	memcpy(longer, ". DNSKEY 257 3 8 ", 17);
	longer[DNS_ANCHOR_MAX + 99] = '\0';
	ATF_REQUIRE_STREQ("!", record(longer, 0));
	free(longer);
}

ATF_TC_WITHOUT_HEAD(anchors_of_the_root_are_two_records);
ATF_TC_BODY(anchors_of_the_root_are_two_records, tc)
{
	size_t i;

	for (i = 0; dns_root_anchors[i] != NULL; i++)
		ATF_CHECK_STREQ(dns_root_anchors[i],
		    record(dns_root_anchors[i], 0));
	ATF_REQUIRE_EQ(2, i);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, anchors_are_read_one_by_one);
	ATF_TP_ADD_TC(tp, anchors_are_nothing_else);
	ATF_TP_ADD_TC(tp, anchors_of_the_root_are_two_records);

	return (atf_no_error());
}
