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
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mixing/rng.h"

#include "conf.h"
#include "conf_names.h"
#include "conf_scalar.h"
#include "lib/testutil.h"
#include "mixing/clock.h"

/* Loads text as a file "t"; what is said about it goes to said. */
static struct conf *
load(const char *text, char *said, size_t size)
{
	struct conf *conf;
	FILE *err;
	size_t n;

	ATF_REQUIRE_EQ(0, test_write_file("t", text, strlen(text)));
	ATF_REQUIRE((err = tmpfile()) != NULL);
	conf = conf_load("t", err);
	rewind(err);
	n = fread(said, 1, size - 1, err);
	said[n] = '\0';
	fclose(err);
	return conf;
}

static struct conf *
load_good(const char *text)
{
	struct conf *conf;
	char said[4096];

	if ((conf = load(text, said, sizeof(said))) == NULL)
		atf_tc_fail("refused: %s\n%s", said, text);
	return conf;
}

static char *
print(const struct conf *conf)
{
	char *text;
	size_t len;
	FILE *f;

	ATF_REQUIRE((f = open_memstream(&text, &len)) != NULL);
	conf_print(conf, f);
	fclose(f);
	return text;
}

static void
require_equal(const struct conf *a, const struct conf *b)
{
	int role;

	ATF_REQUIRE(memcmp(&a->global, &b->global, sizeof(a->global)) == 0);
	ATF_REQUIRE_EQ(a->nlistens, b->nlistens);
	ATF_REQUIRE(memcmp(a->listens, b->listens,
	    a->nlistens * sizeof(a->listens[0])) == 0);
	ATF_REQUIRE_EQ(a->nroutes, b->nroutes);
	ATF_REQUIRE(a->nroutes == 0 || memcmp(a->routes, b->routes,
	    a->nroutes * sizeof(a->routes[0])) == 0);
	ATF_REQUIRE_EQ(a->ndomains, b->ndomains);
	ATF_REQUIRE(a->ndomains == 0 || memcmp(a->domains, b->domains,
	    a->ndomains * sizeof(a->domains[0])) == 0);
	ATF_REQUIRE_EQ(a->nlists, b->nlists);
	ATF_REQUIRE(a->nlists == 0 || memcmp(a->lists, b->lists,
	    a->nlists * sizeof(a->lists[0])) == 0);
	for (role = 0; role < ROLE_COUNT; role++)
		ATF_REQUIRE_STREQ(a->users[role].name, b->users[role].name);
	ATF_REQUIRE_STREQ(a->spool_dir, b->spool_dir);
	ATF_REQUIRE_STREQ(a->keys_dir, b->keys_dir);
	ATF_REQUIRE_STREQ(a->cache_dir, b->cache_dir);
	ATF_REQUIRE_STREQ(a->roster_dir, b->roster_dir);
	ATF_REQUIRE_STREQ(a->trust_dir, b->trust_dir);
	ATF_REQUIRE_EQ(a->nkeyservers, b->nkeyservers);
	ATF_REQUIRE(memcmp(a->keyservers, b->keyservers,
	    a->nkeyservers * sizeof(a->keyservers[0])) == 0);
	ATF_REQUIRE_STREQ(a->control_socket, b->control_socket);
	ATF_REQUIRE_STREQ(a->control_group, b->control_group);
	ATF_REQUIRE_STREQ(a->chroot_dir, b->chroot_dir);
	ATF_REQUIRE_STREQ(a->ca_file, b->ca_file);
	ATF_REQUIRE_STREQ(a->anchor_file, b->anchor_file);
	ATF_REQUIRE_EQ(a->nforwards, b->nforwards);
	ATF_REQUIRE(memcmp(a->forwards, b->forwards,
	    a->nforwards * sizeof(a->forwards[0])) == 0);
	ATF_REQUIRE_STREQ(a->tls_cert, b->tls_cert);
	ATF_REQUIRE_STREQ(a->tls_key, b->tls_key);
}

static void
require_round_trip(const struct conf *conf)
{
	struct conf *again;
	char *first, *second;

	first = print(conf);
	again = load_good(first);
	require_equal(conf, again);
	second = print(again);
	ATF_REQUIRE_STREQ(first, second);
	free(first);
	free(second);
	conf_free(again);
}

static const char every_keyword[] =
    "# every keyword, none with its default\n"
    "dir = \"/srv/mix\"\n"
    "modes = \"middleman exitprivate exitpublic\"\n"
    "hostname Mix1.Example.ORG\n"
    "listen on 192.0.2.1 port 2525 no tls\n"
    "listen on *\n"
    "listen on 2001:DB8::1 port 26\n"
    "tls certificate \"/a b/c\\\"d\" key \"/k\\\\ey\"\n"
    "ca file /etc/ca.pem\n"
    "mode $modes\n"
    "domain \"Example.net\" maildir \"/var/mail/%u/Maildir\"\n"
    "domain example.com host 127.0.0.1 port 2526\n"
    "domain example.edu host ::1\n"
    "domain lmtp1.example lmtp \"/run/dovecot/lmtp\" "
    "recipients file /srv/list\n"
    "domain lmtp2.example lmtp ::1 port 24\n"
    "recipients file \"/srv/all\"\n"
    "undeliverable postmaster\n"
    "route mix2.example.org host 127.0.0.12 port 2525 tls off\n"
    "route mix3.example.org host 127.0.0.13 tls require\n"
    "route mix4.example.org host ::1 port 5 tls verify\n"
    "route mix5.example.org mx tls require\n"
    "route mix6.example.org host Smart.Example.net port 465 tls implicit "
    "auth file /srv/secret\n"
    "route mix7.example.org host 127.0.0.7 tls verify "
    "name Other.example.net auth file \"/srv/other secret\"\n"
    "route \"*\" host 127.0.0.1 \\\n"
    "    port 27 # the rest\n"
    "postmaster host 127.0.0.9 port 28 to \"root@example.org\"\n"
    "spool $dir slots 2048\n"
    "keys /srv/keys\n"
    "cache /srv/cache\n"
    "roster /srv/roster\n"
    "trust /srv/trust\n"
    "directory keyserver hkps://Keys.example.org every 3h\n"
    "directory keyserver hkp://[2001:db8::9]:80 no publish\n"
    "directory proxy ::1 port 9050\n"
    "resolver forward ::1 forward 192.0.2.53 port 5353\n"
    "resolver trust anchor /srv/root.key\n"
    "control /srv/sock group wheel\n"
    "chroot /srv/empty\n"
    "pool interval 10m minimum 50 threshold 2 rate 0.5\n"
    "dummies flush 2 to 4 timer 1 to 3\n"
    "test dummies none\n"
    "test sandbox\n"
    "subkey algorithm rsa3072 lifetime 3d\n"
    "hop delay 3h\n"
    "retry first 1m maximum 2h expire 12h\n"
    "workers 2\n"
    "limit connections 400 per address 10 commands 50 errors 5\n"
    "limit transactions 500 mail size 5M timeout 2m\n"
    "multipart size 5M sets 100 octets 32M keep 2d\n"
    "relay connections 50 per destination 2\n"
    "user smtp 1001\nuser crypto c\nuser seal s\nuser keys k\n"
    "user pool p\nuser queue q\nuser relay r\nuser deliver d\n"
    "user resolver n\nuser directory f\n"
    "user control _x-y.z\n"
    "log verbose";

ATF_TC_WITHOUT_HEAD(conf_reads_every_keyword);
ATF_TC_BODY(conf_reads_every_keyword, tc)
{
	const struct proto_conf_global *global;
	struct conf *conf;

	conf = load_good(every_keyword);
	global = &conf->global;
	ATF_CHECK_STREQ("mix1.example.org", global->hostname);
	ATF_CHECK_STREQ("mixtasy@mix1.example.org", global->address);
	ATF_CHECK_EQ(MIX_MODE_MIDDLEMAN | MIX_MODE_EXITPRIVATE |
	    MIX_MODE_EXITPUBLIC, global->modes);
	ATF_REQUIRE_EQ(3, conf->nlistens);
	ATF_CHECK_STREQ("192.0.2.1", conf->listens[0].address);
	ATF_CHECK_EQ(2525, conf->listens[0].port);
	ATF_CHECK_EQ(0, conf->listens[0].tls);
	ATF_CHECK_STREQ("0.0.0.0", conf->listens[1].address);
	ATF_CHECK_EQ(25, conf->listens[1].port);
	ATF_CHECK_EQ(1, conf->listens[1].tls);
	ATF_CHECK_STREQ("2001:db8::1", conf->listens[2].address);
	ATF_CHECK_STREQ("/a b/c\"d", conf->tls_cert);
	ATF_CHECK_STREQ("/k\\ey", conf->tls_key);
	ATF_CHECK_STREQ("/etc/ca.pem", conf->ca_file);
	ATF_REQUIRE_EQ(5, conf->ndomains);
	ATF_CHECK_STREQ("example.net", conf->domains[0].domain);
	ATF_CHECK_EQ(CONF_VIA_MAILDIR, conf->domains[0].via);
	ATF_CHECK_STREQ("/var/mail/%u/Maildir", conf->domains[0].to);
	ATF_CHECK_EQ(CONF_VIA_HOST, conf->domains[1].via);
	ATF_CHECK_STREQ("127.0.0.1", conf->domains[1].to);
	ATF_CHECK_EQ(2526, conf->domains[1].port);
	ATF_CHECK_EQ(25, conf->domains[2].port);
	ATF_CHECK_EQ(CONF_VIA_LMTP, conf->domains[3].via);
	ATF_CHECK_STREQ("/run/dovecot/lmtp", conf->domains[3].to);
	ATF_CHECK_EQ(0, conf->domains[3].port);
	ATF_CHECK_EQ(1, conf->domains[3].recipients);
	ATF_CHECK_EQ(24, conf->domains[4].port);
	ATF_CHECK_EQ(0, conf->domains[4].recipients);
	ATF_REQUIRE_EQ(2, conf->nlists);
	ATF_CHECK_STREQ("lmtp1.example", conf->lists[0].domain);
	ATF_CHECK_STREQ("/srv/list", conf->lists[0].path);
	ATF_CHECK_STREQ("", conf->lists[1].domain);
	ATF_CHECK_STREQ("/srv/all", conf->lists[1].path);
	ATF_CHECK_EQ(1, conf->global.recipients);
	ATF_CHECK_EQ(1, conf->global.undeliverable);
	ATF_REQUIRE_EQ(7, conf->nroutes);
	ATF_CHECK_EQ(CONF_TLS_OFF, conf->routes[0].tls);
	ATF_CHECK_EQ(CONF_TLS_REQUIRE, conf->routes[1].tls);
	ATF_CHECK_EQ(CONF_TLS_VERIFY, conf->routes[2].tls);
	ATF_CHECK_EQ(CONF_ROUTE_MX, conf->routes[3].kind);
	ATF_CHECK_EQ(CONF_TLS_REQUIRE, conf->routes[3].tls);
	ATF_CHECK_EQ(25, conf->routes[3].port);
	ATF_CHECK_EQ(CONF_ROUTE_HOST, conf->routes[4].kind);
	ATF_CHECK_EQ(CONF_TLS_IMPLICIT, conf->routes[4].tls);
	ATF_CHECK_STREQ("smart.example.net", conf->routes[4].host);
	ATF_CHECK_EQ(1, conf->routes[4].auth);
	ATF_CHECK_EQ(CONF_ROUTE_ADDRESS, conf->routes[5].kind);
	ATF_CHECK_STREQ("other.example.net", conf->routes[5].name);
	ATF_REQUIRE_EQ(2, conf->nauths);
	ATF_CHECK_STREQ("mix6.example.org", conf->auths[0].domain);
	ATF_CHECK_STREQ("/srv/secret", conf->auths[0].file);
	ATF_CHECK_STREQ("/srv/other secret", conf->auths[1].file);
	ATF_CHECK_EQ(CONF_TLS_OPPORTUNISTIC, conf->routes[6].tls);
	ATF_CHECK_STREQ("*", conf->routes[6].domain);
	ATF_CHECK_EQ(27, conf->routes[6].port);
	ATF_CHECK_EQ(50, global->relay_connections);
	ATF_CHECK_EQ(2, global->relay_per_destination);
	ATF_CHECK_EQ(CONF_VIA_HOST, global->postmaster_via);
	ATF_CHECK_STREQ("127.0.0.9", global->postmaster_to);
	ATF_CHECK_EQ(28, global->postmaster_port);
	ATF_CHECK_STREQ("root@example.org", global->postmaster_rcpt);
	ATF_CHECK_STREQ("/srv/mix", conf->spool_dir);
	ATF_CHECK_EQ(2048, global->spool_slots);
	ATF_CHECK_STREQ("/srv/keys", conf->keys_dir);
	ATF_CHECK_STREQ("/srv/cache", conf->cache_dir);
	ATF_CHECK_STREQ("/srv/roster", conf->roster_dir);
	ATF_CHECK_STREQ("/srv/trust", conf->trust_dir);
	ATF_REQUIRE_EQ(2, conf->nkeyservers);
	ATF_CHECK_STREQ("hkps://keys.example.org",
	    conf->keyservers[0].server);
	ATF_CHECK_STREQ("hkp://[2001:db8::9]:80", conf->keyservers[1].server);
	ATF_CHECK_EQ(3 * 3600, global->directory_every);
	ATF_CHECK_EQ(1, global->directory_silent);
	ATF_CHECK_STREQ("::1", global->proxy);
	ATF_CHECK_EQ(9050, global->proxy_port);
	ATF_REQUIRE_EQ(2, conf->nforwards);
	ATF_CHECK_STREQ("::1", conf->forwards[0].address);
	ATF_CHECK_EQ(53, conf->forwards[0].port);
	ATF_CHECK_STREQ("192.0.2.53", conf->forwards[1].address);
	ATF_CHECK_EQ(5353, conf->forwards[1].port);
	ATF_CHECK_STREQ("/srv/root.key", conf->anchor_file);
	ATF_CHECK_STREQ("/srv/sock", conf->control_socket);
	ATF_CHECK_STREQ("wheel", conf->control_group);
	ATF_CHECK_STREQ("/srv/empty", conf->chroot_dir);
	ATF_CHECK_EQ(600, global->pool_interval);
	ATF_CHECK_EQ(50, global->pool_minimum);
	ATF_CHECK_EQ(2, global->pool_threshold);
	ATF_CHECK_EQ(500000, global->pool_rate);
	ATF_CHECK_EQ(2, global->dummies_flush.low);
	ATF_CHECK_EQ(4, global->dummies_flush.high);
	ATF_CHECK_EQ(1, global->dummies_timer.low);
	ATF_CHECK_EQ(3, global->dummies_timer.high);
	ATF_CHECK_EQ(1, global->dummies_none);
	ATF_CHECK_EQ(1, global->test_sandbox);
	ATF_CHECK_EQ(CONF_ALG_RSA3072, global->subkey_alg);
	ATF_CHECK_EQ(3 * 86400, global->subkey_lifetime);
	ATF_CHECK_EQ(3 * 3600, global->hop_delay);
	ATF_CHECK_EQ(60, global->retry_first);
	ATF_CHECK_EQ(7200, global->retry_max);
	ATF_CHECK_EQ(12 * 3600, global->expire);
	ATF_CHECK_EQ(2, global->workers);
	ATF_CHECK_EQ(400, global->max_connections);
	ATF_CHECK_EQ(10, global->max_connections_address);
	ATF_CHECK_EQ(50, global->max_commands);
	ATF_CHECK_EQ(5, global->max_errors);
	ATF_CHECK_EQ(500, global->max_transactions);
	ATF_CHECK_EQ(5 * 1024 * 1024, global->max_mail_size);
	ATF_CHECK_EQ(120, global->timeout);
	ATF_CHECK_EQ(5 * 1024 * 1024, global->parts_size);
	ATF_CHECK_EQ(100, global->parts_sets);
	ATF_CHECK_EQ(32 * 1024 * 1024, global->parts_octets);
	ATF_CHECK_EQ(2 * 86400, global->parts_keep);
	ATF_CHECK_STREQ("1001", conf->users[ROLE_SMTP].name);
	ATF_CHECK_STREQ("k", conf->users[ROLE_KEYS].name);
	ATF_CHECK_STREQ("p", conf->users[ROLE_POOL].name);
	ATF_CHECK_STREQ("_x-y.z", conf->users[ROLE_CONTROL].name);
	ATF_CHECK_EQ(1, global->verbose);
	conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(conf_prints_every_keyword_as_it_reads_it);
ATF_TC_BODY(conf_prints_every_keyword_as_it_reads_it, tc)
{
	struct conf *conf;

	conf = load_good(every_keyword);
	require_round_trip(conf);
	conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(conf_has_documented_defaults);
ATF_TC_BODY(conf_has_documented_defaults, tc)
{
	struct conf *conf;

	conf = load_good("hostname mix.example.org\n");
	ATF_REQUIRE_EQ(2, conf->nlistens);
	ATF_CHECK_STREQ("0.0.0.0", conf->listens[0].address);
	ATF_CHECK_STREQ("::", conf->listens[1].address);
	ATF_CHECK_EQ(25, conf->listens[1].port);
	ATF_CHECK_EQ(1, conf->listens[1].tls);
	ATF_CHECK_EQ(MIX_MODE_MIDDLEMAN, conf->global.modes);
	ATF_CHECK_EQ(900, conf->global.pool_interval);
	ATF_CHECK_EQ(45, conf->global.pool_minimum);
	ATF_CHECK_EQ(650000, conf->global.pool_rate);
	ATF_CHECK_EQ(2 * 86400, conf->global.subkey_lifetime);
	ATF_CHECK_EQ(86400, conf->global.expire);
	ATF_CHECK_EQ(0, conf->nkeyservers);
	ATF_CHECK_EQ(6 * 3600, conf->global.directory_every);
	ATF_CHECK_STREQ("", conf->global.proxy);
	ATF_CHECK_EQ(0, conf->nforwards);
	ATF_CHECK_STREQ("", conf->anchor_file);
	ATF_CHECK_EQ(CONF_VIA_NONE, conf->global.postmaster_via);
	ATF_CHECK_STREQ("_mixqueue", conf->users[ROLE_QUEUE].name);
	ATF_CHECK_STREQ("", conf->tls_cert);
	require_round_trip(conf);
	conf_free(conf);
}

static void
random_word(const struct rng *rng, char *to, size_t size, const char *before)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyz0123456789_.-/ \"\\$#={}\303\244";
	size_t i, len;

	len = 1 + rng_uniform(rng, 40);
	i = (size_t)snprintf(to, size, "%s", before);
	while (len-- > 0)
		to[i++] = letters[rng_uniform(rng, sizeof(letters) - 1)];
	to[i] = '\0';
}

static void
random_rows(const struct rng *rng, struct conf *conf)
{
	struct proto_conf_domain *domain;
	struct proto_conf_route *route;
	size_t i;

	conf->ndomains = 1 + rng_uniform(rng, 8);
	conf->domains = calloc(conf->ndomains, sizeof(*conf->domains));
	conf->nroutes = rng_uniform(rng, 30);
	conf->routes = calloc(conf->nroutes + 1, sizeof(*conf->routes));
	ATF_REQUIRE(conf->domains != NULL && conf->routes != NULL);
	for (i = 0; i < conf->ndomains; i++) {
		domain = &conf->domains[i];
		snprintf(domain->domain, sizeof(domain->domain),
		    "d%zu.example.%s", i, i % 2 ? "org" : "net");
		domain->via = CONF_VIA_MAILDIR;
		if (rng_uniform(rng, 2) == 0) {
			domain->via = CONF_VIA_HOST;
			domain->port = 1 + rng_uniform(rng, 65535);
			strcpy(domain->to, "2001:db8::25");
		} else
			random_word(rng, domain->to, sizeof(domain->to),
			    "/mail/%u/");
	}
	for (i = 0; i < conf->nroutes; i++) {
		route = &conf->routes[i];
		snprintf(route->domain, sizeof(route->domain), "r%zu.example",
		    i);
		if (i == 7)
			strcpy(route->domain, "*");
		snprintf(route->host, sizeof(route->host), "10.0.%u.%u",
		    rng_uniform(rng, 256), rng_uniform(rng, 256));
		if (strcmp(route->domain, "*") == 0)
			memset(route->domain + 1, 0, sizeof(route->domain) - 1);
		route->port = 1 + rng_uniform(rng, 65535);
		route->tls = rng_uniform(rng, 4);
	}
}

static void
random_listens(const struct rng *rng, struct conf *conf)
{
	size_t i;

	conf->nlistens = 1 + rng_uniform(rng, CONF_LISTEN_MAX);
	for (i = 0; i < conf->nlistens; i++) {
		snprintf(conf->listens[i].address,
		    sizeof(conf->listens[i].address), "192.0.2.%zu", i + 1);
		conf->listens[i].port = 1 + rng_uniform(rng, 65535);
		conf->listens[i].tls = rng_uniform(rng, 2);
	}
}

/* Any value that the check of the whole can't object to. */
static void
random_scalars(const struct rng *rng, struct proto_conf_global *global)
{
	const struct conf_scalar *scalar;
	int id;

	for (id = 0; id < CONF_NSCALARS; id++) {
		scalar = &conf_scalars[id];
		conf_scalar_set(global, (enum conf_scalar_id)id,
		    scalar->low + rng_uniform(rng, scalar->high - scalar->low +
		    1));
	}
	global->spool_slots = 10000000;
	global->retry_first = 1 + rng_uniform(rng, 86400);
	global->retry_max = global->retry_first + rng_uniform(rng, 1000);
	global->expire = global->retry_first + rng_uniform(rng, 86400);
	global->max_connections_address = 1 + rng_uniform(rng,
	    global->max_connections);
}

static struct conf *
random_conf(const struct rng *rng)
{
	struct conf *conf;
	struct proto_conf_global *global;
	int role;

	ATF_REQUIRE((conf = conf_new()) != NULL);
	global = &conf->global;
	strcpy(global->hostname, "mix.example.org");
	strcpy(global->address, "mixtasy@mix.example.org");
	global->modes = 1 + rng_uniform(rng, 7);
	global->verbose = rng_uniform(rng, 2);
	global->dummies_none = rng_uniform(rng, 2);
	global->test_sandbox = rng_uniform(rng, 2);
	global->dummies_flush.low = 1 + rng_uniform(rng, 10);
	global->dummies_flush.high = global->dummies_flush.low +
	    rng_uniform(rng, 10);
	global->dummies_timer.low = rng_uniform(rng, 10);
	global->dummies_timer.high = 10 + rng_uniform(rng, 90);
	global->subkey_alg = rng_uniform(rng, 4);
	random_scalars(rng, global);
	random_listens(rng, conf);
	random_rows(rng, conf);
	memset(conf->spool_dir, 0, sizeof(conf->spool_dir));
	random_word(rng, conf->spool_dir, sizeof(conf->spool_dir), "/");
	memset(conf->keys_dir, 0, sizeof(conf->keys_dir));
	random_word(rng, conf->keys_dir, sizeof(conf->keys_dir), "/");
	memset(conf->ca_file, 0, sizeof(conf->ca_file));
	random_word(rng, conf->ca_file, sizeof(conf->ca_file), "/");
	if (rng_uniform(rng, 2)) {
		random_word(rng, conf->tls_cert, sizeof(conf->tls_cert), "/");
		random_word(rng, conf->tls_key, sizeof(conf->tls_key), "/");
	}
	switch (global->postmaster_via = rng_uniform(rng, 3)) {
	case CONF_VIA_MAILDIR:
		random_word(rng, global->postmaster_to,
		    sizeof(global->postmaster_to), "/mail/post/");
		break;
	case CONF_VIA_HOST:
		strcpy(global->postmaster_to, "::1");
		global->postmaster_port = 1 + rng_uniform(rng, 65535);
		strcpy(global->postmaster_rcpt, "\"a b\\\"\"@example.org");
		break;
	}
	for (role = ROLE_PARENT + 1; role < ROLE_COUNT; role++)
		snprintf(conf->users[role].name,
		    sizeof(conf->users[role].name), "%u",
		    rng_uniform(rng, UINT32_MAX));
	return conf;
}

ATF_TC_WITHOUT_HEAD(conf_prints_random_ones_as_it_reads_them);
ATF_TC_BODY(conf_prints_random_ones_as_it_reads_them, tc)
{
	struct test_rng state;
	struct rng rng;
	struct conf *conf;
	int i;

	rng = test_rng(&state, 42);
	for (i = 0; i < 300; i++) {
		conf = random_conf(&rng);
		require_round_trip(conf);
		conf_free(conf);
	}
}

ATF_TC_WITHOUT_HEAD(conf_takes_a_hash_mark_in_a_macro_as_it_is);
ATF_TC_BODY(conf_takes_a_hash_mark_in_a_macro_as_it_is, tc)
{
	struct conf *conf;

	conf = load_good("k = \"/a#b\"\nr = \"#\"\n"
	    "hostname mix.example.org\nkeys $k # a comment\n");
	ATF_CHECK_STREQ("/a#b", conf->keys_dir);
	conf_free(conf);
}

struct complaint {
	const char	*text;
	const char	*said;
};

#define HOST	"hostname mix.example.org\n"

static const struct complaint complaints[] = {
	{ "", "t:1: there is no hostname" },
	{ "\n\n# nothing\n", "t:4: there is no hostname" },
	{ "hostname mix\n", "t:1: hostname \"mix\" is not a full" },
	{ "hostname\n", "t:1: something is missing; write: hostname name" },
	{ HOST HOST, "t:2: hostname is set already, at t:1" },
	{ HOST "frobnicate 12\n", "t:2: unknown keyword \"frobnicate\"" },
	{ HOST "= 1\n", "t:2: unknown keyword" },
	{ HOST "\nlisten 192.0.2.1\n", "t:3: \"192.0.2.1\" can't be here; "
	    "write: listen on" },
	{ HOST "listen on mix.example.org\n", "t:2: listen on \"mix" },
	{ HOST "listen on 192.0.2.1 port 0\n", "t:2: port 0 is out of range: "
	    "from 1 to 65535" },
	{ HOST "listen on * port 65536\n", "t:2: port 65536 is out of" },
	{ HOST "listen on *\nlisten on 0.0.0.0 port 25\n",
	    "t:3: listen on 0.0.0.0 port 25 is there already" },
	{ HOST "tls certificate /a\n", "t:2: something is missing; write: " },
	{ HOST "tls certificate a key /b\n", "t:2: tls certificate \"a\" has "
	    "to be an absolute path" },
	{ HOST "ca file ca.pem\n", "t:2: ca file \"ca.pem\" has to be" },
	{ HOST "mode\n", "t:2: something is missing; write: mode" },
	{ HOST "mode exit\n", "t:2: mode \"exit\" is none of" },
	{ HOST "mode exitprivate\n", "t:2: mode exitprivate needs a domain" },
	{ HOST "domain x maildir /m/%u\n", "t:2: domain \"x\" is not a full" },
	{ HOST "domain a.b maildir m\n", "t:2: maildir \"m\" has to be an" },
	{ HOST "domain a.b maildir /m/%d\n", "t:2: maildir \"/m/%d\": after" },
	{ HOST "domain a.b maildir /%u/M\n", "t:2: the Maildirs have only /" },
	{ HOST "domain a.b maildir /mail/%u\npostmaster maildir /p/M\n",
	    "t:3: the Maildirs have only / in common" },
	{ HOST "resolver forward ns.example\n",
	    "t:2: forward \"ns.example\" is not a numeric" },
	{ HOST "resolver forward ::1 port 53\nresolver forward ::1\n",
	    "t:3: forward ::1 port 53 is there already" },
	{ HOST "resolver trust anchor root.key\n",
	    "t:2: resolver trust anchor \"root.key\" has to be" },
	{ HOST "resolver trust anchor /a\nresolver trust anchor /b\n",
	    "t:3: resolver trust anchor is set already" },
	{ HOST "resolver\n", "t:2: something is missing; write: resolver" },
	{ HOST "domain a.b lmtp run/lmtp\n", "t:2: lmtp \"run/lmtp\" is nei" },
	{ HOST "domain a.b lmtp 127.0.0.1\n", "t:2: lmtp \"127.0.0.1\" is" },
	{ HOST "domain a.b lmtp b.c port 24\n", "t:2: lmtp \"b.c\" is not a" },
	{ HOST "domain a.b lmtp /s port 24\n", "t:2: lmtp \"/s\" is a socket" },
	{ HOST "domain a.b lmtp /s recipients file list\n",
	    "t:2: recipients file \"list\" has to be an absolute" },
	{ HOST "recipients file /a\nrecipients file /b\n",
	    "t:3: recipients is set already" },
	{ HOST "undeliverable postmaster\n",
	    "t:2: undeliverable postmaster needs a postmaster" },
	{ HOST "postmaster lmtp /s to nobody\n", "t:2: postmaster to \"nob" },
	{ HOST "domain a.b host b.c\n", "t:2: host \"b.c\" is not a numeric" },
	{ HOST "domain a.b host ::1\ndomain A.B host ::2\n",
	    "t:3: domain a.b is there already" },
	{ HOST "route a.b host 127.0.0.1 tls maybe\n", "t:2: tls \"maybe\" is "
	    "none of" },
	{ HOST "route a.b host 127.0.0.256\n", "t:2: host \"127.0.0.256\"" },
	{ HOST "route a.b host localhost\n", "t:2: host \"localhost\"" },
	{ HOST "route a.b host [::1]\n", "t:2: host \"[::1]\"" },
	{ HOST "route a.b mx port 26\n", "t:2: \"port\" can't be here" },
	{ HOST "route a.b mx tls implicit\n", "t:2: tls implicit is for" },
	{ HOST "route a.b host ::1 tls require name c.d\n",
	    "t:2: name has no effect" },
	{ HOST "route a.b host ::1 tls verify name d\n", "t:2: name \"d\"" },
	{ HOST "route a.b host ::1 tls require auth file /x\n",
	    "t:2: auth needs tls verify" },
	{ HOST "route a.b host ::1 tls verify auth file x\n",
	    "t:2: auth file \"x\" has to be an absolute path" },
	{ HOST "route * host ::1 tls verify auth file /x\n",
	    "t:2: route \"*\" with auth has to say" },
	{ HOST "relay per destination 17\n",
	    "t:2: relay per destination 17 is out of range" },
	{ HOST "route * host ::1\nroute * host ::2\n",
	    "t:3: route * is there" },
	{ HOST "postmaster maildir /m/%u\n", "t:2: maildir \"/m/%u\": a post" },
	{ HOST "postmaster host ::1 to root\n", "t:2: postmaster to \"root\"" },
	{ HOST "spool here\n", "t:2: spool \"here\" has to be" },
	{ HOST "spool /a slots 10\n", "t:2: spool slots 10 is out of range: "
	    "from 1024 to" },
	{ HOST "spool /a slots 1024\npool minimum 1024\n",
	    "t:2: spool slots 1024 are too few" },
	{ HOST "control /a group \"a b\"\n", "t:2: \"a b\" can't be a group" },
	{ HOST "pool\n", "t:2: something is missing; write: pool" },
	{ HOST "pool interval 3x\n",
	    "t:2: pool interval \"3x\" is not a time" },
	{ HOST "pool interval 0\n", "t:2: pool interval 0 is out of range: "
	    "from 1s to 1d" },
	{ HOST "pool interval 99999999999\n", "t:2: pool interval \"9999" },
	{ HOST "pool rate 1.1\n", "t:2: pool rate 1.1 is out of range" },
	{ HOST "pool rate 0\n", "t:2: pool rate 0 is out of range: from "
	    "0.000001 to 1" },
	{ HOST "pool rate .\n", "t:2: pool rate \".\" is not a fraction" },
	{ HOST "pool rate 0.1234567\n", "t:2: pool rate \"0.1234567\" is not" },
	{ HOST "pool minimum 1 minimum 2\n", "t:2: pool minimum is set" },
	{ HOST "dummies flush 0 to 2\n", "t:2: dummies flush 0 is out of" },
	{ HOST "dummies flush 3 to 2\n", "t:2: dummies flush 3 to 2: the" },
	{ HOST "dummies none\n", "t:2: \"none\" can't be here; write: dum" },
	{ HOST "test dummies\n", "t:2: something is missing; write: test" },
	{ HOST "subkey algorithm rsa1024\n", "t:2: subkey algorithm \"rsa10" },
	{ HOST "subkey lifetime 1y\n", "t:2: subkey lifetime \"1y\" is not" },
	{ HOST "retry first 5h\n", "t:2: retry first is longer than retry" },
	{ HOST "retry first 2h expire 1h\n", "t:2: retry first is longer than "
	    "retry expire" },
	{ HOST "workers 17\n", "t:2: workers 17 is out of range: from 0 to" },
	{ HOST "limit connections 5\n", "t:2: limit per address is higher" },
	{ HOST "limit mail size 1G\n", "t:2: limit mail size is too large" },
	{ HOST "multipart\n", "t:2: something is missing; write: multipart" },
	{ HOST "multipart size 1K\n", "t:2: multipart size 1K is out of " },
	{ HOST "multipart sets 0\n", "t:2: multipart sets 0 is out of range" },
	{ HOST "multipart keep 31d\n", "t:2: multipart keep 31d is out of" },
	{ HOST "multipart octets 1G octets 2G\n",
	    "t:2: multipart octets is set" },
	{ HOST "limit mail size 10X\n", "t:2: limit mail size \"10X\" is not "
	    "octets" },
	{ HOST "user parent root\n", "t:2: \"parent\" is no role" },
	{ HOST "user smtp \"\"\n", "t:2: \"\" can't be a user" },
	{ HOST "user smtp a\nuser smtp b\n", "t:3: this role's user is set" },
	{ HOST "log quiet\n", "t:2: \"quiet\" can't be here; write: log" },
	{ HOST "x = \"a\n", "t:2: the closing quote is missing" },
	{ HOST "keys \"/a\\b\"\n", "t:2: in quotes a backslash" },
	{ HOST "keys /a\\b\n", "t:2: a backslash is only for" },
	{ HOST "keys \"/a\tb\"\n", "t:2: a control character in quotes" },
	{ HOST "keys /a\001\n", "t:2: a control character" },
	{ HOST "a-b = c\n", "t:2: \"a-b\" can't be a macro" },
	{ HOST "keys $k\n", "t:2: the macro $k isn't defined" },
	{ HOST "k = \"#\"\nkeys $k\n", "t:3: keys \"#\" has to be" },
	{ HOST "k = \"$k\"\nkeys $k\n", "t:3: a macro's value can't have a $" },
	{ HOST "include \"/nonexistent\"\n", "t:2: can't read \"/nonexist" },
	{ HOST "include t\n", "t:2: files include each other more than" },
	{ HOST "keys \\\n  a\n", "t:3: keys \"a\" has to be" },
	{ HOST "keys \\\n\\\n\n", "t:4: something is missing; write: keys" }
};

ATF_TC_WITHOUT_HEAD(conf_complains_with_file_and_line);
ATF_TC_BODY(conf_complains_with_file_and_line, tc)
{
	const struct complaint *c;
	struct conf *conf;
	char said[8192];
	size_t i;

	for (i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++) {
		c = &complaints[i];
		conf = load(c->text, said, sizeof(said));
		ATF_CHECK_MSG(conf == NULL, "accepted: %s", c->text);
		ATF_CHECK_MSG(strstr(said, c->said) != NULL,
		    "%sit says: %s", c->text, said);
		conf_free(conf);
	}
}

ATF_TC_WITHOUT_HEAD(conf_complains_about_each_bad_line);
ATF_TC_BODY(conf_complains_about_each_bad_line, tc)
{
	struct conf *conf;
	char said[4096];

	conf = load("a\nlisten\nb b\n\"open\nmode x\n" HOST, said,
	    sizeof(said));
	ATF_CHECK(conf == NULL);
	ATF_CHECK(strncmp(said, "t:1: ", 5) == 0);
	ATF_CHECK(strstr(said, "\nt:2: ") != NULL);
	ATF_CHECK(strstr(said, "\nt:3: ") != NULL);
	ATF_CHECK(strstr(said, "\nt:4: ") != NULL);
	ATF_CHECK(strstr(said, "\nt:5: ") != NULL);
	ATF_CHECK(strstr(said, "\nt:6: ") == NULL);
}

ATF_TC_WITHOUT_HEAD(conf_names_a_missing_file);
ATF_TC_BODY(conf_names_a_missing_file, tc)
{
	char line[256];
	FILE *err;

	ATF_REQUIRE((err = tmpfile()) != NULL);
	ATF_CHECK(conf_load("nowhere.conf", err) == NULL);
	rewind(err);
	ATF_REQUIRE(fgets(line, sizeof(line), err) != NULL);
	ATF_CHECK(strstr(line, "nowhere.conf") != NULL);
	ATF_CHECK(strstr(line, "No such file") != NULL);
	fclose(err);
}

static const struct complaint warnings[] = {
	{ HOST "mode exitprivate\ndomain elsewhere.example host ::1\n",
	    ": warning: no domain is the hostname: senders that" },
	{ HOST, "t:2: warning: there is no postmaster" },
	{ HOST "domain a.b maildir /m/%u\n",
	    "t:2: warning: a domain has no effect" },
	{ HOST "pool interval 59s\n", "t:2: warning: pool interval is below" },
	{ HOST "pool minimum 9\n", "t:2: warning: pool minimum is below 10" },
	{ HOST "test dummies none\n", "t:2: warning: test dummies none" },
	{ HOST "test sandbox\n", "t:2: warning: test sandbox" },
	{ HOST "subkey lifetime 59m\n", "t:2: warning: subkey lifetime is "
	    "below an hour" },
	{ HOST "multipart octets 1G\n", "t:2: warning: multipart octets are "
	    "more than half" },
	{ HOST "multipart size 1G\n", "t:2: warning: multipart size is more "
	    "than there is room for" },
	{ HOST "hop delay 16h\n", "t:2: warning: subkey lifetime is shorter "
	    "than three hop delays" }
};

ATF_TC_WITHOUT_HEAD(conf_warns_and_accepts);
ATF_TC_BODY(conf_warns_and_accepts, tc)
{
	const struct complaint *c;
	struct conf *conf;
	char said[4096];
	size_t i;

	for (i = 0; i < sizeof(warnings) / sizeof(warnings[0]); i++) {
		c = &warnings[i];
		conf = load(c->text, said, sizeof(said));
		ATF_CHECK_MSG(conf != NULL, "refused: %s%s", c->text, said);
		ATF_CHECK_MSG(strstr(said, c->said) != NULL,
		    "%sit says: %s", c->text, said);
		conf_free(conf);
	}
}

ATF_TC_WITHOUT_HEAD(conf_is_silent_about_a_good_one);
ATF_TC_BODY(conf_is_silent_about_a_good_one, tc)
{
	struct conf *conf;
	char said[4096];

	conf = load(HOST "route * host ::1\npostmaster maildir /p/M\n", said,
	    sizeof(said));
	ATF_CHECK(conf != NULL);
	ATF_CHECK_STREQ("", said);
	conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(conf_includes_files_and_names_them_in_errors);
ATF_TC_BODY(conf_includes_files_and_names_them_in_errors, tc)
{
	static const char one[] = "k = /from/one\ninclude sub/two\n";
	struct conf *conf;
	char said[4096];

	ATF_REQUIRE_EQ(0, system("mkdir sub"));
	ATF_REQUIRE_EQ(0, test_write_file("one", one, strlen(one)));
	ATF_REQUIRE_EQ(0, test_write_file("sub/two", "include three", 13));
	ATF_REQUIRE_EQ(0, test_write_file("sub/three", "workers 3", 9));
	conf = load_good("include one\n" HOST "keys $k\n");
	ATF_CHECK_STREQ("/from/one", conf->keys_dir);
	ATF_CHECK_EQ(3, conf->global.workers);
	conf_free(conf);

	ATF_REQUIRE_EQ(0, test_write_file("sub/three", "\nworkers x", 10));
	conf = load("include one\n" HOST "keys x\n", said, sizeof(said));
	ATF_CHECK(conf == NULL);
	ATF_CHECK(strstr(said, "sub/three:2: workers \"x\"") != NULL);
	ATF_CHECK(strstr(said, "\nt:3: keys \"x\"") != NULL);
}

ATF_TC_WITHOUT_HEAD(conf_takes_a_clock_from_a_file);
ATF_TC_BODY(conf_takes_a_clock_from_a_file, tc)
{
	static const char *const bad[] = {
		"", "soon", "5 perhaps", "no 5"
	};
	struct conf *conf, *again;
	char text[PATH_MAX + 64], dir[PATH_MAX], said[4096], *printed;
	size_t i;

	ATF_REQUIRE(getcwd(dir, sizeof(dir)) != NULL);
	snprintf(text, sizeof(text), HOST "test clock \"%s/clock\"\n", dir);
	ATF_REQUIRE_EQ(0, test_write_file("clock", "-3600 yes 7\n", 12));
	conf = load(text, said, sizeof(said));
	ATF_REQUIRE(conf != NULL);
	ATF_CHECK(strstr(said, "t:2: warning: test clock") != NULL);
	ATF_CHECK_EQ(1, conf->global.test_clock);
	ATF_CHECK_EQ(-3600, conf->global.clock_offset);
	ATF_CHECK_EQ(CLOCK_SYNC_YES, conf->global.clock_sync);
	ATF_CHECK_EQ(7, conf->global.clock_boot);
	printed = print(conf);
	again = load_good(printed);
	require_equal(conf, again);
	conf_free(again);
	conf_free(conf);
	free(printed);

	ATF_REQUIRE_EQ(0, test_write_file("clock", "86400", 5));
	conf = load_good(text);
	ATF_CHECK_EQ(86400, conf->global.clock_offset);
	ATF_CHECK_EQ(CLOCK_SYNC_UNKNOWN, conf->global.clock_sync);
	conf_free(conf);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ATF_REQUIRE_EQ(0, test_write_file("clock", bad[i],
		    strlen(bad[i])));
		ATF_CHECK(load(text, said, sizeof(said)) == NULL);
		ATF_CHECK(strstr(said, "t:2: test clock") != NULL);
	}
}

ATF_TC_WITHOUT_HEAD(conf_users_takes_numbers_as_they_are);
ATF_TC_BODY(conf_users_takes_numbers_as_they_are, tc)
{
	struct conf *conf;
	char why[1024];
	int role;

	conf = load_good(HOST);
	for (role = ROLE_PARENT + 1; role < ROLE_COUNT; role++)
		snprintf(conf->users[role].name,
		    sizeof(conf->users[role].name), "%d", 40000 + role);
	ATF_REQUIRE_EQ(0, conf_users(conf, why, sizeof(why)));
	ATF_CHECK_EQ(40000 + ROLE_QUEUE, conf->users[ROLE_QUEUE].uid);
	ATF_CHECK_EQ(40000 + ROLE_QUEUE, conf->users[ROLE_QUEUE].gid);

	strcpy(conf->users[ROLE_QUEUE].name, "40001");
	ATF_REQUIRE_EQ(-1, conf_users(conf, why, sizeof(why)));
	ATF_CHECK(strstr(why, "smtp and queue are the same") != NULL);
	strcpy(conf->users[ROLE_QUEUE].name, "root");
	ATF_REQUIRE_EQ(-1, conf_users(conf, why, sizeof(why)));
	ATF_CHECK(strstr(why, "is root") != NULL);
	strcpy(conf->users[ROLE_QUEUE].name, "4294967296");
	ATF_REQUIRE_EQ(-1, conf_users(conf, why, sizeof(why)));
	ATF_CHECK(strstr(why, "is not a user's number") != NULL);
	conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(conf_users_names_the_command_that_makes_them);
ATF_TC_BODY(conf_users_names_the_command_that_makes_them, tc)
{
	struct conf *conf;
	char why[1024];
	int role;

	conf = load_good(HOST);
	for (role = ROLE_PARENT + 1; role < ROLE_COUNT; role++)
		snprintf(conf->users[role].name,
		    sizeof(conf->users[role].name), "_mixnone%d", role);
	ATF_REQUIRE_EQ(-1, conf_users(conf, why, sizeof(why)));
	ATF_CHECK(strstr(why, "for u in _mixnone1 _mixnone2 ") != NULL);
	ATF_CHECK(strstr(why, "useradd ") != NULL);
	ATF_CHECK(strcmp(why + strlen(why) - 6, "; done") == 0);
	ATF_CHECK(strchr(why, '\n') == NULL);
	for (role = ROLE_SMTP + 1; role < ROLE_COUNT; role++)
		snprintf(conf->users[role].name,
		    sizeof(conf->users[role].name), "%d", 40000 + role);
	ATF_REQUIRE_EQ(-1, conf_users(conf, why, sizeof(why)));
	ATF_CHECK(strstr(why, "_mixnone1") != NULL);
	ATF_CHECK(strstr(why, "for u") == NULL);
	conf_free(conf);
}

static const struct complaint restarts[] = {
	{ "hostname mix2.example.org\n", "hostname" },
	{ HOST "mode middleman exitpublic\n", "mode" },
	{ HOST "workers 3\n", "workers" },
	{ HOST "spool /other\n", "spool" },
	{ HOST "spool /var/spool/smtpd-mix slots 2048\n", "spool slots" },
	{ HOST "keys /other\n", "keys" },
	{ HOST "control /other\n", "control" },
	{ HOST "control /var/run/smtpd-mix.sock group g\n", "control group" },
	{ HOST "chroot /other\n", "chroot" },
	{ HOST "user queue other\n", "user" },
	{ HOST "domain a.b maildir /other/%u/M\n", "a Maildir at" },
	{ HOST "domain a.b maildir /mail2/%u/M\n", "a Maildir at" }
};

ATF_TC_WITHOUT_HEAD(conf_reloadable_names_what_needs_a_restart);
ATF_TC_BODY(conf_reloadable_names_what_needs_a_restart, tc)
{
	struct conf *running, *next;
	char why[256];
	size_t i;

	running = load_good(HOST "domain c.d maildir /mail/%u/M\n");
	for (i = 0; i < sizeof(restarts) / sizeof(restarts[0]); i++) {
		next = load_good(restarts[i].text);
		ATF_CHECK_EQ(-1, conf_reloadable(running, next, why,
		    sizeof(why)));
		ATF_CHECK_MSG(strstr(why, restarts[i].said) != NULL,
		    "%sit says: %s", restarts[i].text, why);
		conf_free(next);
	}
	conf_free(running);
}

ATF_TC_WITHOUT_HEAD(conf_reloadable_takes_the_rest);
ATF_TC_BODY(conf_reloadable_takes_the_rest, tc)
{
	struct conf *running, *next;
	char why[256];

	running = load_good(HOST "domain c.d maildir /mail/%u/M\n");
	next = load_good(HOST "domain a.b maildir /mail/b/%u/Other\n"
	    "pool interval 1h minimum 60\nroute a.b host ::1\nlog verbose\n"
	    "listen on 192.0.2.7\nsubkey algorithm rsa2048 lifetime 3d\n");
	ATF_CHECK_EQ(0, conf_reloadable(running, next, why, sizeof(why)));
	conf_free(next);
	conf_free(running);
}

ATF_TC_WITHOUT_HEAD(conf_reads_the_sample);
ATF_TC_BODY(conf_reads_the_sample, tc)
{
	struct conf *conf;
	char line[256];
	FILE *err;

	ATF_REQUIRE((err = tmpfile()) != NULL);
	conf = conf_load(test_path("etc/smtpd-mix.conf"), err);
	rewind(err);
	ATF_CHECK(fgets(line, sizeof(line), err) == NULL);
	ATF_REQUIRE(conf != NULL);
	require_round_trip(conf);
	conf_free(conf);
	fclose(err);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, conf_reads_every_keyword);
	ATF_TP_ADD_TC(tp, conf_prints_every_keyword_as_it_reads_it);
	ATF_TP_ADD_TC(tp, conf_has_documented_defaults);
	ATF_TP_ADD_TC(tp, conf_prints_random_ones_as_it_reads_them);
	ATF_TP_ADD_TC(tp, conf_takes_a_hash_mark_in_a_macro_as_it_is);
	ATF_TP_ADD_TC(tp, conf_complains_with_file_and_line);
	ATF_TP_ADD_TC(tp, conf_complains_about_each_bad_line);
	ATF_TP_ADD_TC(tp, conf_names_a_missing_file);
	ATF_TP_ADD_TC(tp, conf_warns_and_accepts);
	ATF_TP_ADD_TC(tp, conf_is_silent_about_a_good_one);
	ATF_TP_ADD_TC(tp, conf_includes_files_and_names_them_in_errors);
	ATF_TP_ADD_TC(tp, conf_takes_a_clock_from_a_file);
	ATF_TP_ADD_TC(tp, conf_users_takes_numbers_as_they_are);
	ATF_TP_ADD_TC(tp, conf_users_names_the_command_that_makes_them);
	ATF_TP_ADD_TC(tp, conf_reloadable_names_what_needs_a_restart);
	ATF_TP_ADD_TC(tp, conf_reloadable_takes_the_rest);
	ATF_TP_ADD_TC(tp, conf_reads_the_sample);
	return atf_no_error();
}
