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

/* Subkeys in their files: what is read, left alone, or destroyed. */

#include <sys/types.h>
#include <sys/stat.h>

#include <atf-c.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"

#include "keys_subkey.h"
#include "lib/testutil.h"

#define NOW	1800000000

static struct keys_subkeys	subkeys, again;
static char			errbuf[256];

static struct keys_subkey *
make(uint32_t alg, time_t now)
{
	struct proto_conf_global g;
	struct keys_subkey *s;

	memset(&g, 0, sizeof(g));
	g.subkey_alg = alg;
	g.subkey_lifetime = 172800;
	s = keys_subkeys_make(&subkeys, &g, now, errbuf, sizeof(errbuf));
	ATF_REQUIRE_MSG(s != NULL, "%s", errbuf);

	return (s);
}

static const char *
file_of(const struct keys_subkey *s)
{
	static char name[KEYS_NAME_MAX];

	keys_subkey_name(KEYS_LIVE_PREFIX, s->key.key.pub.keyid, name);

	return (name);
}

/* Reads all files anew; what it says goes to the file log. */
static void
load(void)
{
	int fd = open("log", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int saved = dup(STDERR_FILENO);

	ATF_REQUIRE(fd != -1 && saved != -1);
	ATF_REQUIRE(dup2(fd, STDERR_FILENO) != -1);
	memset(&again, 0, sizeof(again));
	keys_subkeys_load(&again);
	ATF_REQUIRE(dup2(saved, STDERR_FILENO) != -1);
	close(saved);
	close(fd);
}

static int
said(const char *text)
{
	size_t len;
	char *log = (char *)test_read_file("log", &len);
	int found;

	ATF_REQUIRE(log != NULL);
	found = strstr(log, text) != NULL;
	free(log);

	return (found);
}

ATF_TC_WITHOUT_HEAD(a_subkey_is_read_as_it_was_made);
ATF_TC_BODY(a_subkey_is_read_as_it_was_made, tc)
{
	static const uint32_t algs[] = { CONF_ALG_CURVE25519,
	    CONF_ALG_RSA2048 };
	struct keys_subkey *s, *r;
	struct stat st;
	size_t i;

	for (i = 0; i < nitems(algs); i++) {
		s = make(algs[i], NOW + (time_t)i);
		ATF_REQUIRE_EQ(NOW + i, s->key.key.pub.created);
		ATF_REQUIRE_EQ(NOW + i + 172800, s->key.expires);
		ATF_REQUIRE_EQ(KEYS_WAITS, s->state);
		ATF_REQUIRE_EQ(1, s->fresh);
		ATF_REQUIRE_EQ(0, stat(file_of(s), &st));
		ATF_REQUIRE_EQ(0600, st.st_mode & 07777);
	}
	ATF_REQUIRE_EQ(NOW + 1, keys_subkeys_newest(&subkeys));
	load();
	ATF_REQUIRE_EQ(2, again.n);
	for (i = 0; i < nitems(algs); i++) {
		s = &subkeys.list[i];
		r = keys_subkeys_find(&again, s->key.key.pub.keyid);
		ATF_REQUIRE(r != NULL);
		ATF_REQUIRE_EQ(0, memcmp(&s->key, &r->key, sizeof(r->key)));
		/* It has a replay log from before, and waits for it. */
		ATF_REQUIRE_EQ(KEYS_WAITS, r->state);
		ATF_REQUIRE_EQ(0, r->fresh);
	}
	ATF_REQUIRE_EQ(NOW + 1, keys_subkeys_newest(&again));
	ATF_REQUIRE(said("") && !said("not used"));
}

ATF_TC_WITHOUT_HEAD(a_broken_file_is_named_and_left);
ATF_TC_BODY(a_broken_file_is_named_and_left, tc)
{
	struct keys_subkey *good;
	uint8_t *file, *copy;
	char name[64];
	size_t len, cut;

	good = make(CONF_ALG_CURVE25519, NOW);
	ATF_REQUIRE((file = test_read_file(file_of(good), &len)) != NULL);
	ATF_REQUIRE((copy = malloc(len + 1)) != NULL);
	strlcpy(name, KEYS_LIVE_PREFIX "0123456789abcdef", sizeof(name));
	/* Cut anywhere, too long, with another magic, of another key. */
	for (cut = 0; cut < len; cut += 7) {
		ATF_REQUIRE_EQ(0, test_write_file(name, file, cut));
		load();
		ATF_REQUIRE_EQ_MSG(1, again.n, "cut at %zu", cut);
		ATF_REQUIRE(said(name) && said("not a subkey of ours"));
		ATF_REQUIRE_EQ(0, access(name, F_OK));
	}
	memcpy(copy, file, len);
	copy[len] = 0;
	ATF_REQUIRE_EQ(0, test_write_file(name, copy, len + 1));
	load();
	ATF_REQUIRE_EQ(1, again.n);
	ATF_REQUIRE(said(name));
	copy[0] ^= 1;
	ATF_REQUIRE_EQ(0, test_write_file(name, copy, len));
	load();
	ATF_REQUIRE_EQ(1, again.n);
	ATF_REQUIRE(said(name) && said("not a subkey of ours"));
	ATF_REQUIRE_EQ(0, test_write_file(name, file, len));
	load();
	ATF_REQUIRE_EQ(1, again.n);
	ATF_REQUIRE(said(name) && said("named after another subkey"));
	ATF_REQUIRE_EQ(0, access(name, F_OK));
	ATF_REQUIRE(keys_subkeys_find(&again, good->key.key.pub.keyid) !=
	    NULL);
	free(file);
	free(copy);
}

ATF_TC_WITHOUT_HEAD(what_only_looks_like_a_subkey_is_left);
ATF_TC_BODY(what_only_looks_like_a_subkey_is_left, tc)
{
	ATF_REQUIRE_EQ(0, mkdir(KEYS_LIVE_PREFIX "directory", 0700));
	ATF_REQUIRE_EQ(0, symlink("/etc/passwd", KEYS_LIVE_PREFIX "link"));
	ATF_REQUIRE_EQ(0, test_write_file("other", "x", 1));
	load();
	ATF_REQUIRE_EQ(0, again.n);
	ATF_REQUIRE(said("directory") && said("link") && !said("other"));
	ATF_REQUIRE_EQ(0, keys_subkeys_newest(&again));
}

ATF_TC_WITHOUT_HEAD(a_destroyed_subkey_is_nowhere);
ATF_TC_BODY(a_destroyed_subkey_is_nowhere, tc)
{
	uint8_t first[PGP_KEYID_LEN], last[PGP_KEYID_LEN];
	struct keys_subkey *s;
	char name[KEYS_NAME_MAX];
	int i;

	for (i = 0; i < 3; i++)
		(void)make(CONF_ALG_CURVE25519, NOW + i);
	memcpy(first, subkeys.list[0].key.key.pub.keyid, sizeof(first));
	memcpy(last, subkeys.list[2].key.key.pub.keyid, sizeof(last));
	strlcpy(name, file_of(&subkeys.list[0]), sizeof(name));

	keys_subkeys_destroy(&subkeys, &subkeys.list[0]);
	ATF_REQUIRE_EQ(-1, access(name, F_OK));
	ATF_REQUIRE_EQ(2, subkeys.n);
	ATF_REQUIRE(keys_subkeys_find(&subkeys, first) == NULL);
	ATF_REQUIRE((s = keys_subkeys_find(&subkeys, last)) != NULL);
	ATF_REQUIRE_EQ(NOW + 2, s->key.key.pub.created);
	/* Nor behind the end of the list. */
	s = &subkeys.list[2];
	ATF_REQUIRE_EQ(0, s->key.expires);
	for (i = 0; i < (int)sizeof(s->key.key.scalar); i++)
		ATF_REQUIRE_EQ(0, s->key.key.scalar[i]);
	load();
	ATF_REQUIRE_EQ(2, again.n);
}

ATF_TC_WITHOUT_HEAD(there_are_at_most_so_many);
ATF_TC_BODY(there_are_at_most_so_many, tc)
{
	struct proto_conf_global g;
	struct keys_subkey *s;
	int i;

	for (i = 0; i < KEYS_SUBKEYS_MAX; i++)
		(void)make(CONF_ALG_CURVE25519, NOW);
	memset(&g, 0, sizeof(g));
	ATF_REQUIRE(keys_subkeys_make(&subkeys, &g, NOW, errbuf,
	    sizeof(errbuf)) == NULL);
	ATF_REQUIRE(strstr(errbuf, "16 subkeys are live already") != NULL);
	/* One file more than that, as after a change of the limit. */
	ATF_REQUIRE((s = calloc(1, sizeof(*s))) != NULL);
	ATF_REQUIRE_EQ(0, keys_subkey_generate(s, &g, NOW));
	ATF_REQUIRE_EQ(0, keys_subkey_save(KEYS_LIVE_PREFIX, s));
	load();
	ATF_REQUIRE_EQ(KEYS_SUBKEYS_MAX, again.n);
	ATF_REQUIRE(said("more than 16 subkeys"));
	free(s);
}

ATF_TC_WITHOUT_HEAD(a_subkey_that_cannot_be_kept_is_not_made);
ATF_TC_BODY(a_subkey_that_cannot_be_kept_is_not_made, tc)
{
	struct proto_conf_global g;

	memset(&g, 0, sizeof(g));
	g.subkey_lifetime = 172800;
	/* In the way of the temporary file. */
	ATF_REQUIRE_EQ(0, mkdir(".new", 0700));
	ATF_REQUIRE(keys_subkeys_make(&subkeys, &g, NOW, errbuf,
	    sizeof(errbuf)) == NULL);
	ATF_REQUIRE_MSG(strstr(errbuf, "no new subkey: File exists") != NULL,
	    "%s", errbuf);
	ATF_REQUIRE_EQ(0, subkeys.n);
}

ATF_TC_WITHOUT_HEAD(a_subkey_of_no_algorithm_is_not_made);
ATF_TC_BODY(a_subkey_of_no_algorithm_is_not_made, tc)
{
	struct proto_conf_global g;

	memset(&g, 0, sizeof(g));
	g.subkey_alg = CONF_ALG_RSA4096 + 1;
	ATF_REQUIRE(keys_subkeys_make(&subkeys, &g, NOW, errbuf,
	    sizeof(errbuf)) == NULL);
	ATF_REQUIRE_EQ(0, subkeys.n);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_subkey_is_read_as_it_was_made);
	ATF_TP_ADD_TC(tp, a_broken_file_is_named_and_left);
	ATF_TP_ADD_TC(tp, what_only_looks_like_a_subkey_is_left);
	ATF_TP_ADD_TC(tp, a_destroyed_subkey_is_nowhere);
	ATF_TP_ADD_TC(tp, there_are_at_most_so_many);
	ATF_TP_ADD_TC(tp, a_subkey_that_cannot_be_kept_is_not_made);
	ATF_TP_ADD_TC(tp, a_subkey_of_no_algorithm_is_not_made);

	return (atf_no_error());
}
