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
#include "openpgp/cert.h"
#include "openpgp/packet.h"

#include "keyfile.h"
#include "keys_signed.h"
#include "log.h"

struct octets {
	uint8_t	buf[KEYS_CERT_MAX];
	size_t	len;
};

/* One part of a certificate: a key and what is signed about it. */
struct part {
	const uint8_t	*p;
	size_t		 len;
};

static struct {
	struct octets	 signed_;	/* as imported; len 0: none */
	struct pgp_cert	 cert;		/* what is in it */
	struct octets	 before;	/* published until now */
	struct octets	 out;
} env;

/*
 * Parses as of the end of 32 bit time: the bindings of subkeys that begin later
 * are dated then.  What has expired is in it too.
 */
static int
parse(const struct octets *o, struct pgp_cert *cert)
{
	return (pgp_cert_parse(o->buf, o->len, (time_t)UINT32_MAX, 0, cert,
	    NULL) == PGP_CERT_OK ? 0 : -1);
}

int
keys_signed_load(uint8_t fpr[PGP_FPR_LEN])
{
	struct octets *o = &env.signed_;

	o->len = 0;
	if (keyfile_read(KEYS_SIGNED_FILE, o->buf, sizeof(o->buf),
	    &o->len) == -1) {
		if (errno != ENOENT)
			log_warn("%s", KEYS_SIGNED_FILE);
		o->len = 0;
		return (0);
	}
	pgp_cert_clear(&env.cert);
	if (parse(o, &env.cert) == -1) {
		log_warnx("%s: not a certificate; not used", KEYS_SIGNED_FILE);
		o->len = 0;
		return (0);
	}
	memcpy(fpr, env.cert.primary.fpr, PGP_FPR_LEN);

	return (1);
}

static int
has(const struct pgp_cert *cert, const struct keys_prepared *p)
{
	const struct pgp_subkey *s;
	size_t i;

	for (i = 0; i < cert->nsubkeys; i++) {
		s = &cert->subkeys[i];
		if (memcmp(s->pub.fpr, p->pub.fpr, PGP_FPR_LEN) == 0)
			return (s->expires == p->expires &&
			    pgp_subkey_usable(s, (time_t)p->pub.created));
	}

	return (0);
}

int
keys_signed_has(const struct keys_prepared *p)
{
	return (env.signed_.len > 0 && has(&env.cert, p));
}

static int
count(const struct pgp_cert *cert)
{
	const struct keys_prepared *list;
	size_t i, n;
	int found = 0;

	list = keys_prepared_list(&n);
	for (i = 0; i < n; i++)
		found += has(cert, &list[i]);

	return (found);
}

/* How many prepared subkeys it is good for; 0 with the reason. */
static int
check(const struct proto_conf_global *g, const uint8_t fpr[PGP_FPR_LEN],
    const struct pgp_cert *cert, char *errbuf, size_t errlen)
{
	char uid[PGP_UID_MAX + 1];
	int n;

	keys_cert_uid(g, uid);
	if (memcmp(cert->primary.fpr, fpr, PGP_FPR_LEN) != 0)
		strlcpy(errbuf, "it is by another key than this mix's",
		    errlen);
	else if (cert->revoked || cert->expires != 0)
		strlcpy(errbuf, "its key has expired, will, or is revoked",
		    errlen);
	else if (cert->nuids != 1 || strcmp(cert->uid, uid) != 0)
		(void)snprintf(errbuf, errlen, "it is not for \"%.160s\": "
		    "prepare and sign anew", uid);
	else if ((n = count(cert)) == 0)
		strlcpy(errbuf, "it is for none of the prepared subkeys",
		    errlen);
	else
		return (n);

	return (0);
}

int
keys_signed_import(const struct proto_conf_global *g,
    const uint8_t fpr[PGP_FPR_LEN], const uint8_t *buf, size_t len,
    char *errbuf, size_t errlen)
{
	struct pgp_cert cert;
	int n = 0;

	if (len > sizeof(env.out.buf)) {
		strlcpy(errbuf, "it is too large", errlen);
		return (-1);
	}
	memcpy(env.out.buf, buf, len);
	env.out.len = len;
	if (parse(&env.out, &cert) == -1) {
		strlcpy(errbuf, "it is not an OpenPGP certificate", errlen);
		return (-1);
	}
	if ((n = check(g, fpr, &cert, errbuf, errlen)) > 0 &&
	    keyfile_write(KEYS_SIGNED_FILE, buf, len) == -1) {
		(void)snprintf(errbuf, errlen, "%s: %s", KEYS_SIGNED_FILE,
		    strerror(errno));
		n = 0;
	}
	if (n == 0) {
		pgp_cert_clear(&cert);
		return (-1);
	}
	env.signed_ = env.out;
	pgp_cert_clear(&env.cert);
	env.cert = cert;

	return (n);
}

/* The packet at pos and all behind it up to the next key. */
static int
part_at(const struct octets *o, size_t pos, struct part *part,
    struct pgp_packet *key)
{
	struct pgp_packet pkt;
	size_t at = pos;

	while (at < o->len) {
		if (pgp_packet_read(o->buf + at, o->len - at, &pkt) == -1 ||
		    pkt.length != PGP_LEN_DEFINITE)
			return (-1);
		if (at == pos)
			*key = pkt;
		else if (pkt.tag == PGP_TAG_PUBLIC_SUBKEY ||
		    pkt.tag == PGP_TAG_PUBLIC_KEY)
			break;
		at += pkt.header_len + pkt.body_len;
	}
	part->p = o->buf + pos;
	part->len = at - pos;

	return (at > pos ? 0 : -1);
}

/* The part of a subkey. */
static int
part_of(const struct octets *o, const struct pgp_pubkey *pub,
    struct part *part)
{
	struct pgp_pubkey found;
	struct pgp_packet key;
	size_t pos = 0;

	while (part_at(o, pos, part, &key) == 0) {
		if (key.tag == PGP_TAG_PUBLIC_SUBKEY &&
		    pgp_pubkey_read(key.body, key.body_len, &found) == 0 &&
		    memcmp(found.fpr, pub->fpr, PGP_FPR_LEN) == 0)
			return (0);
		pos += part->len;
	}

	return (-1);
}

static int
append(struct octets *o, const struct part *part)
{
	if (part->len > sizeof(o->buf) - o->len)
		return (-1);
	memcpy(o->buf + o->len, part->p, part->len);
	o->len += part->len;

	return (0);
}

static int
assemble(const struct keys_cert_subkey *list, size_t n)
{
	struct pgp_packet key;
	struct part part;
	size_t i;

	env.out.len = 0;
	if (part_at(&env.signed_, 0, &part, &key) == -1 ||
	    key.tag != PGP_TAG_PUBLIC_KEY || append(&env.out, &part) == -1)
		return (-1);
	for (i = 0; i < n; i++)
		if ((part_of(&env.signed_, list[i].pub, &part) == 0 ||
		    part_of(&env.before, list[i].pub, &part) == 0) &&
		    append(&env.out, &part) == -1)
			return (-1);

	return (0);
}

int
keys_signed_publish(const struct proto_conf_global *g,
    const struct keys_cert_subkey *list, size_t n, char *errbuf,
    size_t errlen)
{
	char uid[PGP_UID_MAX + 1];

	keys_cert_uid(g, uid);
	if (strcmp(env.cert.uid, uid) != 0) {
		(void)snprintf(errbuf, errlen, "%s is not for \"%.128s\": "
		    "mixctl prepare, sign, import", KEYS_SIGNED_FILE, uid);
		return (-1);
	}
	if (keyfile_read(KEYS_CERT_FILE, env.before.buf,
	    sizeof(env.before.buf), &env.before.len) == -1)
		env.before.len = 0;
	if (assemble(list, n) == -1) {
		(void)snprintf(errbuf, errlen, "%s: broken, or too large",
		    KEYS_SIGNED_FILE);
		return (-1);
	}
	if (keyfile_write(KEYS_CERT_FILE, env.out.buf, env.out.len) == -1) {
		(void)snprintf(errbuf, errlen, "%s: %s", KEYS_CERT_FILE,
		    strerror(errno));
		return (-1);
	}

	return (0);
}
