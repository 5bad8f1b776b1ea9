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

#include <stdio.h>
#include <string.h>

#include "conf_parse.h"
#include "maildir_root.h"
#include "parts_limits.h"

/* Below these a mix works, but hides less than it should: for tests only. */
#define SHORT_INTERVAL	60
#define SMALL_POOL	10
#define SHORT_LIFETIME	3600
#define SHORT_SURVEYS	600

/* A subkey outlives three hop delays and this, else it isn't used as fourth. */
#define SUBKEY_MARGIN	7200

/* Of two numbers that contradict each other, the one that was given. */
static const struct conf_place *
either(const struct conf_parse *p, int first, int second)
{
	return &p->places[p->places[first].file != NULL ? first : second];
}

static void
check_routes(struct conf_parse *p)
{
	const struct conf *conf = p->conf;
	size_t i;
	int verify = 0;

	for (i = 0; i < conf->nroutes; i++)
		verify |= conf->routes[i].tls == CONF_TLS_VERIFY ||
		    conf->routes[i].tls == CONF_TLS_IMPLICIT;
	if (verify && conf->ca_file[0] == '\0')
		conf_complain_at(p, &p->places[CONF_ONCE_CA], "tls verify "
		    "needs certificates to trust, and this system's aren't at "
		    "a known place; add ca file \"path\"");
}

/* Senders take a private exit for recipients at its own name, see path.c. */
static int
serves_its_name(const struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->ndomains; i++)
		if (strcmp(conf->domains[i].domain, conf->global.hostname) == 0)
			return (1);

	return (0);
}

static void
check_modes(struct conf_parse *p)
{
	const struct conf *conf = p->conf;
	uint32_t exits = MIX_MODE_EXITPRIVATE | MIX_MODE_EXITPUBLIC;

	if ((conf->global.modes & MIX_MODE_EXITPRIVATE) && conf->ndomains == 0)
		conf_complain_at(p, &p->places[CONF_ONCE_MODE],
		    "mode exitprivate needs a domain to deliver to; add "
		    "domain name maildir \"directory\"");
	if ((conf->global.modes & exits) == MIX_MODE_EXITPRIVATE &&
	    conf->ndomains != 0 && !serves_its_name(conf))
		conf_warn_at(p, &p->domain, "no domain is the hostname: "
		    "senders that don't configure an exit take a mix with "
		    "exitprivate only for recipients at its hostname");
	if ((conf->global.modes & exits) == 0 && conf->ndomains != 0)
		conf_warn_at(p, &p->domain, "a domain has no effect without "
		    "mode exitprivate or exitpublic");
}

static void
check_pool(struct conf_parse *p)
{
	const struct proto_conf_global *global = &p->conf->global;
	const struct conf_place *at = p->places;

	if (global->pool_interval < SHORT_INTERVAL)
		conf_warn_at(p, &at[CONF_POOL_INTERVAL], "pool interval is "
		    "below a minute: for tests only");
	if (global->pool_minimum < SMALL_POOL)
		conf_warn_at(p, &at[CONF_POOL_MINIMUM], "pool minimum is "
		    "below %d: such a pool hides little, for tests only",
		    SMALL_POOL);
	if (global->dummies_none)
		conf_warn_at(p, &at[CONF_ONCE_NO_DUMMIES], "test dummies none: "
		    "for tests only");
	if (global->test_sandbox)
		conf_warn_at(p, &at[CONF_ONCE_TEST_SANDBOX], "test sandbox: "
		    "for tests only");
	if (global->test_clock)
		conf_warn_at(p, &at[CONF_ONCE_TEST_CLOCK], "test clock: "
		    "for tests only, keys are destroyed by it");
	if ((uint64_t)global->pool_minimum + global->pool_threshold >
	    global->spool_slots)
		conf_complain_at(p, either(p, CONF_SPOOL_SLOTS,
		    CONF_POOL_MINIMUM), "spool slots %u are "
		    "too few for pool minimum %u and threshold %u: it could "
		    "never fire", global->spool_slots, global->pool_minimum,
		    global->pool_threshold);
}

static void
check_times(struct conf_parse *p)
{
	const struct proto_conf_global *global = &p->conf->global;
	const struct conf_place *at = p->places;

	if (global->subkey_lifetime < SHORT_LIFETIME)
		conf_warn_at(p, &at[CONF_SUBKEY_LIFETIME], "subkey lifetime is "
		    "below an hour: for tests only");
	if (global->subkey_lifetime <
	    3 * (uint64_t)global->hop_delay + SUBKEY_MARGIN)
		conf_warn_at(p, either(p, CONF_SUBKEY_LIFETIME,
		    CONF_HOP_DELAY), "subkey lifetime is shorter than "
		    "three hop delays and two hours: senders can't use this "
		    "mix as the fourth");
	if (global->retry_first > global->retry_max)
		conf_complain_at(p, either(p, CONF_RETRY_FIRST,
		    CONF_RETRY_MAXIMUM), "retry first is longer than retry "
		    "maximum");
	if (global->retry_first > global->expire)
		conf_complain_at(p, either(p, CONF_RETRY_EXPIRE,
		    CONF_RETRY_FIRST), "retry first is longer than retry "
		    "expire: nothing would be tried again");
}

static void
check_limits(struct conf_parse *p)
{
	const struct proto_conf_global *global = &p->conf->global;

	if (global->max_connections_address > global->max_connections)
		conf_complain_at(p, either(p, CONF_LIMIT_ADDRESS,
		    CONF_LIMIT_CONNECTIONS), "limit per address is higher "
		    "than limit connections");
	if (global->max_mail_size / PROTO_PIECE_LEN + 2 >
	    global->spool_slots / 2)
		conf_complain_at(p, either(p, CONF_LIMIT_MAIL_SIZE,
		    CONF_SPOOL_SLOTS), "limit mail size is too large: such a "
		    "mail would take more than half of the spool slots");
}

/* What nobody has asked for is cut down to the spool without a word. */
static int
is_standard(const struct conf_parse *p, enum conf_scalar_id id)
{
	return conf_scalar_get(&p->conf->global, id) ==
	    conf_scalars[id].standard;
}

static void
check_parts(struct conf_parse *p)
{
	const struct proto_conf_global *global = &p->conf->global;
	const struct conf_place *at = p->places;
	struct mix_parts_limits limits;

	parts_limits(global, &limits);
	if (limits.held < global->parts_octets / PARTS_SLOT_LEN &&
	    !is_standard(p, CONF_MULTIPART_OCTETS))
		conf_warn_at(p, &at[CONF_MULTIPART_OCTETS], "multipart octets "
		    "are more than half of the spool slots hold: that half is "
		    "the limit");
	if (limits.parts < mix_parts_most(global->parts_size) &&
	    !(is_standard(p, CONF_MULTIPART_SIZE) &&
	    is_standard(p, CONF_MULTIPART_OCTETS)))
		conf_warn_at(p, either(p, CONF_MULTIPART_SIZE,
		    CONF_MULTIPART_OCTETS), "multipart size is more than there "
		    "is room for: no mail may have more than %u parts",
		    limits.parts);
}

static void
check_directory(struct conf_parse *p)
{
	const struct conf *conf = p->conf;
	const struct conf_place *at = p->places;
	size_t i;
	int tls = 0;

	for (i = 0; i < conf->nkeyservers; i++)
		tls |= strncmp(conf->keyservers[i].server, "hkps:", 5) == 0;
	if (tls && conf->ca_file[0] == '\0')
		conf_complain_at(p, &at[CONF_ONCE_CA], "a keyserver by hkps "
		    "needs certificates to trust, and this system's aren't at "
		    "a known place; add ca file \"path\"");
	if (conf->global.directory_every < SHORT_SURVEYS)
		conf_warn_at(p, &at[CONF_DIRECTORY_EVERY], "directory every "
		    "is below ten minutes: for tests only, keyservers bear no "
		    "more");
}

static void
check_postmaster(struct conf_parse *p)
{
	static const struct conf_place here;

	if (p->conf->global.postmaster_via == CONF_VIA_NONE)
		conf_warn_at(p, &here, "there is no postmaster: mail to "
		    "postmaster will be refused, which RFC 5321 forbids; add "
		    "postmaster maildir \"directory\"");
	if (p->conf->global.undeliverable &&
	    p->conf->global.postmaster_via == CONF_VIA_NONE)
		conf_complain_at(p, &p->places[CONF_ONCE_UNDELIVERABLE],
		    "undeliverable postmaster needs a postmaster; add "
		    "postmaster maildir \"directory\"");
}

/* deliver is confined to the directory that holds all Maildirs. */
static void
check_maildirs(struct conf_parse *p)
{
	struct proto_boot boot;

	memset(&boot, 0, sizeof(boot));
	maildir_root(p->conf, &boot);
	if (strcmp(boot.chroot_dir, "/") == 0)
		conf_complain_at(p, &p->maildir, "the Maildirs have only / in "
		    "common; put all of them, postmaster's too, below one "
		    "other directory");
}

void
conf_check(struct conf_parse *p)
{
	if (p->conf->global.hostname[0] == '\0')
		conf_complain(p, "there is no hostname; add hostname "
		    "mix.example.org");
	check_modes(p);
	check_routes(p);
	check_pool(p);
	check_times(p);
	check_limits(p);
	check_parts(p);
	check_directory(p);
	check_postmaster(p);
	check_maildirs(p);
}
