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

/* What mixctl makes of the answers of the roles. */

#include <sys/types.h>

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"

#include "mixctl/status.h"

static struct status	status;

static void
take(uint32_t type, const void *row, size_t len)
{
	status_take(&status, type, row, len);
}

ATF_TC_WITHOUT_HEAD(text_is_ended_and_fit_for_a_terminal);
ATF_TC_BODY(text_is_ended_and_fit_for_a_terminal, tc)
{
	struct proto_status_relay relay;
	struct proto_status_role role;
	size_t i;

	memset(&relay, 0, sizeof(relay));
	strlcpy(relay.last_error, "a\033[2J\n\r\t\177\200\377z ~",
	    sizeof(relay.last_error));
	take(PROTO_STATUS_RELAY, &relay, sizeof(relay));
	ATF_REQUIRE_STREQ("a?[2J??????z ~", status.relay.last_error);

	memset(&role, 'x', sizeof(role));
	take(PROTO_STATUS_ROLE, &role, sizeof(role));
	ATF_REQUIRE_EQ(1, status.nroles);
	i = sizeof(status.roles[0].sandbox) - 1;
	ATF_REQUIRE_EQ('\0', status.roles[0].sandbox[i]);
	ATF_REQUIRE_EQ('x', status.roles[0].sandbox[i - 1]);
}

ATF_TC_WITHOUT_HEAD(counts_stay_within_their_arrays);
ATF_TC_BODY(counts_stay_within_their_arrays, tc)
{
	struct proto_status_keys keys;
	struct proto_status_role role;
	int i;

	memset(&keys, 0, sizeof(keys));
	keys.nkeys = 0xffffffff;
	take(PROTO_STATUS_KEYS, &keys, sizeof(keys));
	ATF_REQUIRE_EQ(PROTO_STATUS_KEYS_MAX, status.keys.nkeys);
	memset(&role, 0, sizeof(role));
	for (i = 0; i < 1000; i++)
		take(PROTO_STATUS_ROLE, &role, sizeof(role));
	ATF_REQUIRE_EQ(nitems(status.roles), status.nroles);
}

ATF_TC_WITHOUT_HEAD(workers_are_added_up);
ATF_TC_BODY(workers_are_added_up, tc)
{
	struct proto_status_crypto crypto;

	memset(&crypto, 0, sizeof(crypto));
	crypto.subkeys = 2;
	crypto.frames = 10;
	crypto.destroyed[MIX_REASON_KEY] = 3;
	crypto.locked = 1;
	take(PROTO_STATUS_CRYPTO, &crypto, sizeof(crypto));
	ATF_REQUIRE_EQ(1, status.crypto.locked);
	crypto.subkeys = 1;
	crypto.locked = 0;
	take(PROTO_STATUS_CRYPTO, &crypto, sizeof(crypto));
	ATF_REQUIRE_EQ(20, status.crypto.frames);
	ATF_REQUIRE_EQ(6, status.crypto.destroyed[MIX_REASON_KEY]);
	ATF_REQUIRE_EQ(2, status.crypto.subkeys);
	/* Not locked in one is not locked. */
	ATF_REQUIRE_EQ(0, status.crypto.locked);
	crypto.locked = 1;
	take(PROTO_STATUS_CRYPTO, &crypto, sizeof(crypto));
	ATF_REQUIRE_EQ(0, status.crypto.locked);
}

ATF_TC_WITHOUT_HEAD(reasons_have_names_of_their_own);
ATF_TC_BODY(reasons_have_names_of_their_own, tc)
{
	size_t i, j;

	for (i = 0; i < MIX_NREASONS; i++) {
		ATF_REQUIRE(status_reason_name(i) != NULL);
		for (j = 0; j < i; j++)
			ATF_REQUIRE(strcmp(status_reason_name(i),
			    status_reason_name(j)) != 0);
	}
	ATF_REQUIRE(status_reason_name(MIX_NREASONS) == NULL);
	ATF_REQUIRE_STREQ("replay", status_reason_name(MIX_REASON_REPLAY));
	ATF_REQUIRE_STREQ("key", status_reason_name(MIX_REASON_KEY));
	ATF_REQUIRE_STREQ("armor", status_outer_name(MIX_OUTER_ARMOR));
	ATF_REQUIRE(status_outer_name(8) == NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, text_is_ended_and_fit_for_a_terminal);
	ATF_TP_ADD_TC(tp, counts_stay_within_their_arrays);
	ATF_TP_ADD_TC(tp, workers_are_added_up);
	ATF_TP_ADD_TC(tp, reasons_have_names_of_their_own);

	return (atf_no_error());
}
