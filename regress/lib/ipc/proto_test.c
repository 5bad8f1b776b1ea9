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
 * Who may send what to whom, said a second time and in another form than in
 * proto.c: every type is tried between every two roles in every length that
 * could be mistaken for a right one.
 */

#include <sys/types.h>

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "compat/imsg.h"
#include "ipc/proto.h"

#define ALL_ROLES	"smtp crypto seal keys pool queue relay "	\
	"deliver resolver directory control"
#define ANY_TYPE	400	/* beyond the last one */

/* A message of a type; receivers and senders are lists of words. */
struct row {
	uint32_t	 type;
	const char	*from;
	const char	*to;
	size_t		 size;
	size_t		 item;	/* counted in the first four octets */
	size_t		 max;
	int		 fd;
};

#define EXACTLY(s)	sizeof(struct s), 0, 0, 0
#define NOTHING		0, 0, 0, 0
#define WITH_FD(s)	sizeof(struct s), 0, 0, 1
#define OCTETS(s, max)	sizeof(struct s), 1, max, 0
#define LIST(s, i, max)	sizeof(struct s), i, max, 0

static const struct row table[] = {
	{ PROTO_BOOT, "parent", ALL_ROLES, EXACTLY(proto_boot) },
	{ PROTO_HELLO, ALL_ROLES, "parent", EXACTLY(proto_hello) },
	{ PROTO_PEER, "parent", ALL_ROLES, WITH_FD(proto_peer) },
	{ PROTO_CONF_BEGIN, "parent", ALL_ROLES, EXACTLY(proto_conf_begin) },
	{ PROTO_CONF_GLOBAL, "parent", ALL_ROLES, EXACTLY(proto_conf_global) },
	{ PROTO_CONF_LISTEN, "parent", "smtp control",
	    WITH_FD(proto_conf_listen) },
	{ PROTO_CONF_ROUTE, "parent", "relay", EXACTLY(proto_conf_route) },
	{ PROTO_CONF_AUTH, "parent", "relay", EXACTLY(proto_conf_auth) },
	{ PROTO_CONF_DOMAIN, "parent", "crypto relay deliver",
	    EXACTLY(proto_conf_domain) },
	{ PROTO_CONF_KEYSERVER, "parent", "directory",
	    EXACTLY(proto_conf_keyserver) },
	{ PROTO_CONF_FORWARD, "parent", "resolver",
	    EXACTLY(proto_conf_forward) },
	{ PROTO_CONF_SELF, "parent", "resolver", EXACTLY(proto_conf_self) },
	{ PROTO_CONF_BLOB, "parent",
	    "seal relay crypto directory resolver",
	    OCTETS(proto_conf_blob, 16384) },
	{ PROTO_CONF_TLS, "parent", "keys", WITH_FD(proto_conf_tls) },
	{ PROTO_CONF_END, "parent", ALL_ROLES, NOTHING },
	{ PROTO_CONF_ACCEPT, ALL_ROLES, "parent", EXACTLY(proto_conf_accept) },
	{ PROTO_CONF_REJECT, ALL_ROLES, "parent", EXACTLY(proto_conf_reject) },
	{ PROTO_CONF_SWITCH, "parent", ALL_ROLES, NOTHING },
	{ PROTO_CONF_DROP, "parent", ALL_ROLES, NOTHING },
	{ PROTO_STOP, "parent", ALL_ROLES, NOTHING },
	{ PROTO_STOPPED, ALL_ROLES, "parent", NOTHING },

	{ PROTO_CREDIT, "queue", "smtp", EXACTLY(proto_credit) },
	{ PROTO_FRAME, "smtp", "crypto", EXACTLY(proto_frame) },
	{ PROTO_RESULT, "crypto", "queue", EXACTLY(proto_result) },
	{ PROTO_COMMITTED, "queue", "smtp", EXACTLY(proto_committed) },
	{ PROTO_ADD, "queue", "pool", LIST(proto_add,
	    sizeof(struct proto_add_item), 512) },
	{ PROTO_FIRE, "pool", "queue", LIST(proto_fire, 4, 512) },
	{ PROTO_BODY, "queue", "relay deliver", EXACTLY(proto_body) },
	{ PROTO_OUTCOME, "relay deliver", "queue", EXACTLY(proto_outcome) },
	{ PROTO_MAKE, "pool", "seal", EXACTLY(proto_make) },
	{ PROTO_MADE, "seal", "pool", EXACTLY(proto_made) },
	{ PROTO_DUMMY, "seal", "queue", EXACTLY(proto_dummy) },
	{ PROTO_LMTP_OPEN, "deliver", "parent", EXACTLY(proto_lmtp_open) },
	{ PROTO_LMTP_SOCKET, "parent", "deliver",
	    WITH_FD(proto_lmtp_socket) },
	{ PROTO_LMTP_FAILED, "parent", "deliver",
	    EXACTLY(proto_lmtp_failed) },

	{ PROTO_LOG_CREATE, "keys", "queue", EXACTLY(proto_log_create) },
	{ PROTO_LOG_READY, "queue", "keys", EXACTLY(proto_log_ready) },
	{ PROTO_LOG_REMOVE, "keys", "queue", EXACTLY(proto_log_remove) },
	{ PROTO_SUBKEY, "keys", "crypto", EXACTLY(proto_subkey) },
	{ PROTO_SUBKEY_DROP, "keys", "crypto", EXACTLY(proto_subkey_drop) },
	{ PROTO_KEYS_READY, "keys", "crypto", NOTHING },
	{ PROTO_STORAGE_KEY, "keys", "crypto relay deliver",
	    EXACTLY(proto_storage_key) },
	{ PROTO_STORAGE_DROP, "keys", "crypto relay deliver",
	    EXACTLY(proto_storage_drop) },
	{ PROTO_STORAGE_USED, "queue", "keys", EXACTLY(proto_storage_used) },
	{ PROTO_TLS_CHAIN, "keys", "smtp", OCTETS(proto_tls_chain, 32768) },
	{ PROTO_SIGN, "smtp", "keys", EXACTLY(proto_sign) },
	{ PROTO_SIGNED, "keys", "smtp", EXACTLY(proto_signed) },
	{ PROTO_CLOCK, "keys", "crypto queue", EXACTLY(proto_clock) },

	{ PROTO_LOOKUP, "relay directory", "resolver", EXACTLY(proto_lookup) },
	{ PROTO_LOOKED_UP, "resolver", "relay directory",
	    LIST(proto_looked_up, sizeof(struct proto_mx), 16) },
	{ PROTO_STS_GET, "relay", "directory", EXACTLY(proto_sts_get) },
	{ PROTO_STS, "directory", "relay", EXACTLY(proto_sts) },
	{ PROTO_ROSTER, "directory", "seal", OCTETS(proto_roster, 16384) },
	{ PROTO_OWN_CERT, "keys", "directory", OCTETS(proto_own_cert, 16384) },

	{ PROTO_CTL_STATUS, "mixctl", "control", EXACTLY(proto_ctl) },
	{ PROTO_CTL_STATUS, "control", "parent smtp crypto seal keys pool "
	    "queue relay deliver resolver directory", EXACTLY(proto_ctl) },
	{ PROTO_CTL_ROTATE, "mixctl", "control", EXACTLY(proto_ctl) },
	{ PROTO_CTL_ROTATE, "control", "keys", EXACTLY(proto_ctl) },
	{ PROTO_CTL_RELOAD, "mixctl", "control", EXACTLY(proto_ctl) },
	{ PROTO_CTL_RELOAD, "control", "parent", EXACTLY(proto_ctl) },
	{ PROTO_CTL_STOP, "mixctl", "control", EXACTLY(proto_ctl) },
	{ PROTO_CTL_STOP, "control", "parent", EXACTLY(proto_ctl) },
	{ PROTO_CTL_CERT, "mixctl", "control", EXACTLY(proto_ctl) },
	{ PROTO_CTL_CERT, "control", "keys", EXACTLY(proto_ctl) },
	{ PROTO_CTL_CLOCK, "mixctl", "control", EXACTLY(proto_ctl) },
	{ PROTO_CTL_CLOCK, "control", "keys", EXACTLY(proto_ctl) },
	{ PROTO_CTL_DIRECTORY, "mixctl", "control", EXACTLY(proto_ctl) },
	{ PROTO_CTL_DIRECTORY, "control", "directory", EXACTLY(proto_ctl) },
	{ PROTO_DIR, "directory", "control", EXACTLY(proto_dir) },
	{ PROTO_DIR, "control", "mixctl", EXACTLY(proto_dir) },
	{ PROTO_DIR_SERVER, "directory", "control",
	    EXACTLY(proto_dir_server) },
	{ PROTO_DIR_SERVER, "control", "mixctl", EXACTLY(proto_dir_server) },
	{ PROTO_DIR_WARNING, "directory", "control",
	    EXACTLY(proto_dir_warning) },
	{ PROTO_DIR_WARNING, "control", "mixctl",
	    EXACTLY(proto_dir_warning) },
	{ PROTO_DIR_TRUSTER, "directory", "control",
	    EXACTLY(proto_dir_truster) },
	{ PROTO_DIR_TRUSTER, "control", "mixctl",
	    EXACTLY(proto_dir_truster) },
	{ PROTO_DIR_MIXES, "directory", "control", LIST(proto_dir_mixes,
	    sizeof(struct proto_dir_mix), 128) },
	{ PROTO_DIR_MIXES, "control", "mixctl", LIST(proto_dir_mixes,
	    sizeof(struct proto_dir_mix), 128) },
	{ PROTO_CTL_QUEUE, "mixctl", "control", EXACTLY(proto_ctl) },
	{ PROTO_CTL_QUEUE, "control", "queue", EXACTLY(proto_ctl) },
	{ PROTO_QUEUE_ROWS, "queue", "control", LIST(proto_queue_rows,
	    sizeof(struct proto_queue_row), 256) },
	{ PROTO_QUEUE_ROWS, "control", "mixctl", LIST(proto_queue_rows,
	    sizeof(struct proto_queue_row), 256) },
	{ PROTO_CTL_PREPARE, "mixctl", "control",
	    EXACTLY(proto_ctl_prepare) },
	{ PROTO_CTL_PREPARE, "control", "keys", EXACTLY(proto_ctl_prepare) },
	{ PROTO_CTL_IMPORT, "mixctl", "control",
	    OCTETS(proto_ctl_import, 16384) },
	{ PROTO_CTL_IMPORT, "control", "keys",
	    OCTETS(proto_ctl_import, 16384) },
	{ PROTO_CTL_CERT_DATA, "keys", "control",
	    OCTETS(proto_ctl_cert_data, 16384) },
	{ PROTO_CTL_CERT_DATA, "control", "mixctl",
	    OCTETS(proto_ctl_cert_data, 16384) },
	{ PROTO_CTL_DONE, "parent keys directory queue", "control",
	    EXACTLY(proto_ctl_done) },
	{ PROTO_CTL_DONE, "control", "mixctl", EXACTLY(proto_ctl_done) },
	{ PROTO_STATUS_ROLE, "parent", "control", EXACTLY(proto_status_role) },
	{ PROTO_STATUS_SMTP, "smtp", "control", EXACTLY(proto_status_smtp) },
	{ PROTO_STATUS_CRYPTO, "crypto", "control",
	    EXACTLY(proto_status_crypto) },
	{ PROTO_STATUS_SEAL, "seal", "control", EXACTLY(proto_status_seal) },
	{ PROTO_STATUS_KEYS, "keys", "control", EXACTLY(proto_status_keys) },
	{ PROTO_STATUS_POOL, "pool", "control", EXACTLY(proto_status_pool) },
	{ PROTO_STATUS_QUEUE, "queue", "control",
	    EXACTLY(proto_status_queue) },
	{ PROTO_STATUS_RELAY, "relay", "control",
	    EXACTLY(proto_status_relay) },
	{ PROTO_STATUS_DELIVER, "deliver", "control",
	    EXACTLY(proto_status_deliver) },
	{ PROTO_STATUS_ROLE, "control", "mixctl", EXACTLY(proto_status_role) },
	{ PROTO_STATUS_SMTP, "control", "mixctl", EXACTLY(proto_status_smtp) },
	{ PROTO_STATUS_CRYPTO, "control", "mixctl",
	    EXACTLY(proto_status_crypto) },
	{ PROTO_STATUS_SEAL, "control", "mixctl", EXACTLY(proto_status_seal) },
	{ PROTO_STATUS_KEYS, "control", "mixctl", EXACTLY(proto_status_keys) },
	{ PROTO_STATUS_POOL, "control", "mixctl", EXACTLY(proto_status_pool) },
	{ PROTO_STATUS_QUEUE, "control", "mixctl",
	    EXACTLY(proto_status_queue) },
	{ PROTO_STATUS_RELAY, "control", "mixctl",
	    EXACTLY(proto_status_relay) },
	{ PROTO_STATUS_DELIVER, "control", "mixctl",
	    EXACTLY(proto_status_deliver) },
	{ PROTO_STATUS_RESOLVER, "resolver", "control",
	    EXACTLY(proto_status_resolver) },
	{ PROTO_STATUS_RESOLVER, "control", "mixctl",
	    EXACTLY(proto_status_resolver) },
	{ PROTO_STATUS_DIRECTORY, "directory", "control",
	    EXACTLY(proto_status_directory) },
	{ PROTO_STATUS_DIRECTORY, "control", "mixctl",
	    EXACTLY(proto_status_directory) },
};

static const char *const names[] = { "parent", "smtp", "crypto", "seal",
	"keys", "pool", "queue", "relay", "deliver", "resolver", "directory",
	"control", "mixctl" };

/* Whether a name is one of a list's words. */
static int
is_in(const char *list, const char *name)
{
	size_t len = strlen(name);
	const char *p;

	for (p = list; (p = strstr(p, name)) != NULL; p += len)
		if ((p == list || p[-1] == ' ') &&
		    (p[len] == ' ' || p[len] == '\0'))
			return (1);

	return (0);
}

/* The only row for a type between two roles, or NULL. */
static const struct row *
find(uint32_t type, size_t from, size_t to)
{
	const struct row *found = NULL;
	size_t i;

	for (i = 0; i < nitems(table); i++)
		if (table[i].type == type &&
		    is_in(table[i].from, names[from]) &&
		    is_in(table[i].to, names[to])) {
			ATF_REQUIRE_MSG(found == NULL, "two rows for %u", type);
			found = &table[i];
		}

	return (found);
}

static int
should_fit(const struct row *row, size_t len, uint32_t n)
{
	if (row == NULL)
		return (0);
	if (row->item == 0)
		return (len == row->size);

	return (n <= row->max && len == row->size + n * row->item);
}

/* Tries one message with a count in front; how many were accepted. */
static size_t
try(uint32_t type, size_t from, size_t to, size_t len, uint32_t n)
{
	static uint8_t buf[128 * 1024];
	const struct row *row = find(type, from, to);
	const struct proto_rule *rule;
	int expected = should_fit(row, len, n);

	ATF_REQUIRE(len <= sizeof(buf));
	memcpy(buf, &n, sizeof(n));
	rule = proto_check(type, (enum role)from, (enum role)to, buf, len);
	ATF_REQUIRE_MSG((rule != NULL) == expected, "type %u from %s to %s, "
	    "%zu octets, count %u: %s", type, names[from], names[to], len, n,
	    rule != NULL ? "accepted" : "refused");
	if (rule == NULL)
		return (0);
	ATF_REQUIRE_EQ(type, rule->type);
	ATF_REQUIRE_EQ(from, (size_t)rule->from);
	ATF_REQUIRE_EQ(to, (size_t)rule->to);
	ATF_REQUIRE_EQ_MSG(row->fd, rule->with_fd, "type %u", type);

	return (1);
}

/* All lengths near those of a row, which may be another pair's. */
static size_t
try_lengths(uint32_t type, size_t from, size_t to, const struct row *row)
{
	const uint32_t counts[] = { 0, 1, 2, (uint32_t)row->max,
	    (uint32_t)row->max + 1 };
	const uint32_t wrong[] = { 0, 1, 0xffffffff, 0x80000000,
	    (uint32_t)row->max };
	size_t i, j, len, accepted = 0;

	for (i = 0; i < nitems(counts); i++) {
		len = row->size + counts[i] * row->item;
		accepted += try(type, from, to, len, counts[i]);
		accepted += try(type, from, to, len + 1, counts[i]);
		accepted += try(type, from, to, len, counts[i] + 1);
		if (len > 0)
			accepted += try(type, from, to, len - 1, counts[i]);
		for (j = 0; j < nitems(wrong); j++)
			accepted += try(type, from, to, len, wrong[j]);
	}
	for (len = 0; len < 24; len++)
		accepted += try(type, from, to, len, 0);

	return (accepted);
}

static size_t
try_type(uint32_t type, size_t from, size_t to)
{
	const struct row *row = find(type, from, to);
	size_t i, accepted = 0;

	if (row != NULL)
		accepted = try_lengths(type, from, to, row);
	for (i = 0; i < nitems(table); i++)
		if (row == NULL && table[i].type == type)
			accepted += try_lengths(type, from, to, &table[i]);
	accepted += try(type, from, to, 0, 0);

	return (accepted);
}

ATF_TC_WITHOUT_HEAD(rules_let_pass_exactly_what_they_should);
ATF_TC_BODY(rules_let_pass_exactly_what_they_should, tc)
{
	size_t from, to, allowed = 0, pairs = 0;
	uint32_t type;

	for (from = 0; from < nitems(names); from++)
		for (to = 0; to < nitems(names); to++)
			for (type = 0; type < ANY_TYPE; type++) {
				if (find(type, from, to) != NULL)
					allowed++;
				pairs += try_type(type, from, to) > 0;
			}
	/* Whatever the table allows was accepted in at least one length. */
	ATF_REQUIRE_EQ(allowed, pairs);
	/* And the program has no rule for a type that was not tried. */
	ATF_REQUIRE_EQ_MSG(allowed, proto_nrules, "%zu are in the table, %zu "
	    "in the program", allowed, proto_nrules);
}

ATF_TC_WITHOUT_HEAD(rules_name_each_pair_and_type_once);
ATF_TC_BODY(rules_name_each_pair_and_type_once, tc)
{
	size_t i, j;

	for (i = 0; i < proto_nrules; i++) {
		ATF_REQUIRE(proto_rules[i].type > 0 &&
		    proto_rules[i].type < ANY_TYPE);
		for (j = 0; j < i; j++)
			ATF_REQUIRE_MSG(proto_rules[i].type !=
			    proto_rules[j].type ||
			    proto_rules[i].from != proto_rules[j].from ||
			    proto_rules[i].to != proto_rules[j].to,
			    "rules %zu and %zu", j, i);
	}
}

ATF_TC_WITHOUT_HEAD(largest_messages_fit_a_channel);
ATF_TC_BODY(largest_messages_fit_a_channel, tc)
{
	const struct proto_rule *r;

	for (r = proto_rules; r < proto_rules + proto_nrules; r++) {
		ATF_REQUIRE_MSG(IMSG_HEADER_SIZE + r->size + r->max * r->item <=
		    PROTO_MAX_SIZE, "type %u", r->type);
		/* The count lies in the first four octets. */
		ATF_REQUIRE(r->item == 0 || r->size >= sizeof(uint32_t));
	}
}

ATF_TC_WITHOUT_HEAD(rules_refuse_roles_that_do_not_exist);
ATF_TC_BODY(rules_refuse_roles_that_do_not_exist, tc)
{
	struct proto_ctl ctl = { 1 };

	ATF_REQUIRE(proto_check(PROTO_CTL_STATUS, ROLE_MIXCTL, ROLE_CONTROL,
	    &ctl, sizeof(ctl)) != NULL);
	ATF_REQUIRE(proto_check(PROTO_CTL_STATUS, (enum role)(ROLE_COUNT + 1),
	    ROLE_CONTROL,
	    &ctl, sizeof(ctl)) == NULL);
	ATF_REQUIRE(proto_check(PROTO_CTL_STATUS, ROLE_CONTROL, (enum role)-1,
	    &ctl, sizeof(ctl)) == NULL);
	ATF_REQUIRE(proto_check(PROTO_STOP, ROLE_PARENT, ROLE_SMTP, NULL,
	    0) != NULL);
}

ATF_TC_WITHOUT_HEAD(channels_are_between_these_pairs_only);
ATF_TC_BODY(channels_are_between_these_pairs_only, tc)
{
	static const char *const peers[] = {
		ALL_ROLES,				/* parent */
		"parent crypto keys queue control",
		"parent smtp keys queue control",
		"parent pool queue directory control",
		"parent smtp crypto queue relay deliver directory control",
		"parent seal queue control",
		"parent smtp crypto seal keys pool relay deliver control",
		"parent keys queue resolver directory control",
		"parent keys queue control",
		"parent relay directory control",
		"parent seal keys relay resolver control",
		("parent smtp crypto seal keys pool queue relay deliver "
		    "resolver directory mixctl"),
		"control"				/* mixctl */
	};
	size_t a, b;

	for (a = 0; a < nitems(names); a++)
		for (b = 0; b < nitems(names); b++)
			ATF_REQUIRE_EQ_MSG(is_in(peers[a], names[b]),
			    proto_paired((enum role)a, (enum role)b),
			    "%s and %s", names[a], names[b]);
}

ATF_TC_WITHOUT_HEAD(strings_end_within_their_arrays);
ATF_TC_BODY(strings_end_within_their_arrays, tc)
{
	char text[4] = { 'a', 'b', 'c', '\0' };

	ATF_REQUIRE_EQ(1, proto_string(text, 4));
	ATF_REQUIRE_EQ(0, proto_string(text, 3));
	text[0] = '\0';
	ATF_REQUIRE_EQ(1, proto_string(text, 1));
	ATF_REQUIRE_EQ(0, proto_string(text, 0));
}

ATF_TC_WITHOUT_HEAD(roles_have_names_both_ways);
ATF_TC_BODY(roles_have_names_both_ways, tc)
{
	int i;

	ATF_REQUIRE_EQ(ROLE_COUNT + 1, (int)nitems(names));
	for (i = 0; i <= ROLE_COUNT; i++)
		ATF_REQUIRE_STREQ(names[i], role_name((enum role)i));
	for (i = 0; i < ROLE_COUNT; i++)
		ATF_REQUIRE_EQ(i, role_by_name(names[i]));
	/* No process is to be started as one. */
	ATF_REQUIRE_EQ(-1, role_by_name("mixctl"));
	ATF_REQUIRE_EQ(-1, role_by_name(""));
	ATF_REQUIRE_EQ(-1, role_by_name("smtpd"));
	ATF_REQUIRE_STREQ("unknown", role_name((enum role)(ROLE_COUNT + 1)));
	ATF_REQUIRE_STREQ("unknown", role_name((enum role)-1));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, rules_let_pass_exactly_what_they_should);
	ATF_TP_ADD_TC(tp, rules_name_each_pair_and_type_once);
	ATF_TP_ADD_TC(tp, largest_messages_fit_a_channel);
	ATF_TP_ADD_TC(tp, rules_refuse_roles_that_do_not_exist);
	ATF_TP_ADD_TC(tp, channels_are_between_these_pairs_only);
	ATF_TP_ADD_TC(tp, strings_end_within_their_arrays);
	ATF_TP_ADD_TC(tp, roles_have_names_both_ways);

	return (atf_no_error());
}
