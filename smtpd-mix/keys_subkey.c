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

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "compat/compat.h"

#include "keyfile.h"
#include "keys_subkey.h"
#include "log.h"

/* A file: magic, expiry in seconds (4 octets, big-endian), key material. */
#define MAGIC		"MIXSUB1\n"
#define MAGIC_LEN	8
#define FILE_MAX	(MAGIC_LEN + 4 + PGP_SECKEY_BODY_MAX)

/* For the callback of keyfile_list(), which has no argument. */
static struct keys_subkeys *loading;

void
keys_subkey_name(const char *prefix, const uint8_t id[PGP_KEYID_LEN],
    char name[KEYS_NAME_MAX])
{
	(void)snprintf(name, KEYS_NAME_MAX,
	    "%s%02x%02x%02x%02x%02x%02x%02x%02x", prefix,
	    id[0], id[1], id[2], id[3], id[4], id[5], id[6], id[7]);
}

static int
decode(const uint8_t *buf, size_t len, struct keys_subkey *s)
{
	const uint8_t *p = buf + MAGIC_LEN;

	if (len < MAGIC_LEN + 4 || memcmp(buf, MAGIC, MAGIC_LEN) != 0)
		return (-1);
	s->key.expires = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];

	if (pgp_seckey_read(p + 4, len - MAGIC_LEN - 4, &s->key.key) == -1)
		return (-1);

	return (s->key.key.pub.alg == PGP_ALG_ECDH ||
	    s->key.key.pub.alg == PGP_ALG_RSA ? 0 : -1);
}

int
keys_subkey_save(const char *prefix, const struct keys_subkey *s)
{
	uint8_t buf[FILE_MAX];
	char name[KEYS_NAME_MAX];
	size_t len;
	int error;

	memcpy(buf, MAGIC, MAGIC_LEN);
	buf[MAGIC_LEN] = (uint8_t)(s->key.expires >> 24);
	buf[MAGIC_LEN + 1] = (uint8_t)(s->key.expires >> 16);
	buf[MAGIC_LEN + 2] = (uint8_t)(s->key.expires >> 8);
	buf[MAGIC_LEN + 3] = (uint8_t)s->key.expires;
	len = MAGIC_LEN + 4;
	len += pgp_seckey_write(&s->key.key, buf + len);
	keys_subkey_name(prefix, s->key.key.pub.keyid, name);
	error = keyfile_write(name, buf, len);
	explicit_bzero(buf, sizeof(buf));

	return (error);
}

const char *
keys_subkey_read(const char *prefix, const char *name, struct keys_subkey *s)
{
	const char *wrong = NULL;
	uint8_t buf[FILE_MAX];
	char own[KEYS_NAME_MAX];
	size_t len;

	memset(s, 0, sizeof(*s));
	if (keyfile_read(name, buf, sizeof(buf), &len) == -1)
		wrong = strerror(errno);
	else if (decode(buf, len, s) == -1)
		wrong = "not a subkey of ours";
	else {
		/* By another name it would not be destroyed in time. */
		keys_subkey_name(prefix, s->key.key.pub.keyid, own);
		if (strcmp(own, name) != 0)
			wrong = "named after another subkey";
	}
	explicit_bzero(buf, sizeof(buf));

	return (wrong);
}

static void
load_one(const char *name)
{
	struct keys_subkey *s;
	const char *wrong;

	if (loading->n == KEYS_SUBKEYS_MAX) {
		log_warnx("%s: more than %d subkeys; not used", name,
		    KEYS_SUBKEYS_MAX);
		return;
	}
	s = &loading->list[loading->n];
	if ((wrong = keys_subkey_read(KEYS_LIVE_PREFIX, name, s)) == NULL)
		loading->n++;
	else {
		log_warnx("%s: %s; not used", name, wrong);
		explicit_bzero(s, sizeof(*s));
	}
}

void
keys_subkeys_load(struct keys_subkeys *subkeys)
{
	loading = subkeys;
	if (keyfile_list(KEYS_LIVE_PREFIX, load_one) == -1)
		fatal("keys directory");
}

int
keys_subkey_generate(struct keys_subkey *s, const struct proto_conf_global *g,
    time_t now)
{
	static const unsigned int bits[] = { 0, 2048, 3072, 4096 };
	uint8_t alg = PGP_ALG_ECDH;

	if (g->subkey_alg >= nitems(bits))
		return (-1);
	if (g->subkey_alg != CONF_ALG_CURVE25519)
		alg = PGP_ALG_RSA;
	memset(s, 0, sizeof(*s));
	s->key.expires = (uint32_t)now + g->subkey_lifetime;
	s->state = KEYS_WAITS;
	s->fresh = 1;

	return (pgp_key_generate(&s->key.key, alg, bits[g->subkey_alg], now));
}

struct keys_subkey *
keys_subkeys_make(struct keys_subkeys *subkeys,
    const struct proto_conf_global *g, time_t now, char *errbuf, size_t errlen)
{
	struct keys_subkey *s;

	if (subkeys->n == KEYS_SUBKEYS_MAX) {
		(void)snprintf(errbuf, errlen, "%d subkeys are live already: "
		    "wait until one expires", KEYS_SUBKEYS_MAX);
		return (NULL);
	}
	s = &subkeys->list[subkeys->n];
	errno = 0;
	if (keys_subkey_generate(s, g, now) == -1 ||
	    keys_subkey_save(KEYS_LIVE_PREFIX, s) == -1) {
		(void)snprintf(errbuf, errlen, "no new subkey: %s",
		    errno != 0 ? strerror(errno) : "libcrypto makes no key");
		explicit_bzero(s, sizeof(*s));
		return (NULL);
	}
	subkeys->n++;

	return (s);
}

struct keys_subkey *
keys_subkeys_find(struct keys_subkeys *subkeys,
    const uint8_t keyid[PGP_KEYID_LEN])
{
	size_t i;

	for (i = 0; i < subkeys->n; i++)
		if (memcmp(subkeys->list[i].key.key.pub.keyid, keyid,
		    PGP_KEYID_LEN) == 0)
			return (&subkeys->list[i]);

	return (NULL);
}

void
keys_subkeys_destroy(struct keys_subkeys *subkeys, struct keys_subkey *s)
{
	char name[KEYS_NAME_MAX];

	keys_subkey_name(KEYS_LIVE_PREFIX, s->key.key.pub.keyid, name);
	if (keyfile_destroy(name) == -1)
		log_warn("%s: not destroyed", name);
	subkeys->n--;
	*s = subkeys->list[subkeys->n];
	explicit_bzero(&subkeys->list[subkeys->n], sizeof(*s));
}

uint64_t
keys_subkeys_newest(const struct keys_subkeys *subkeys)
{
	uint64_t newest = 0;
	size_t i;

	for (i = 0; i < subkeys->n; i++)
		if (subkeys->list[i].key.key.pub.created > newest)
			newest = subkeys->list[i].key.key.pub.created;

	return (newest);
}
