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
 * lib/openpgp from the command line, for interop_test.sh to try against other
 * programs.  Files are armored but for messages, which are binary.
 *
 *	pgptool generate ed25519|rsa uid expires cert secret
 *	pgptool list now cert		(also of a secret key)
 *	pgptool opinion now cert truster
 *	pgptool secrets now secret
 *	pgptool revoke secret cert	(a revoked certificate on stdout)
 *	pgptool encrypt now cert	(stdin to stdout)
 *	pgptool session now secret	(session key of a message on stdin)
 *	pgptool decrypt now secret	(stdin to stdout)
 */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compat/rng_system.h"
#include "openpgp/armor.h"
#include "openpgp/cert.h"
#include "openpgp/certification.h"
#include "openpgp/packet.h"
#include "openpgp/session.h"

#include "lib/testutil.h"

#define BUF_SIZE	(1 << 20)
#define SUBKEYS		16

static uint8_t	buf[BUF_SIZE], out[BUF_SIZE];
static char	text[2 * BUF_SIZE];

static void
put_hex(const char *what, const uint8_t *p, size_t len)
{
	char *hex = test_hex(p, len);

	printf("%s%s", what, hex);
	free(hex);
}

static void
write_armored(const char *path, enum pgp_armor_type type, const uint8_t *p,
    size_t len)
{
	size_t n;

	n = pgp_armor_encode(type, p, len, 0, text);
	if (path == NULL)
		fwrite(text, 1, n, stdout);
	else if (test_write_file(path, text, n) == -1)
		err(1, "%s", path);
}

/* Reads a certificate or a secret key into buf. */
static size_t
read_armored(const char *path)
{
	uint8_t *file;
	size_t len;
	ssize_t n;

	if ((file = test_read_file(path, &len)) == NULL)
		err(1, "%s", path);
	n = pgp_armor_decode(PGP_ARMOR_PUBLIC_KEY, (char *)file, len, buf,
	    sizeof(buf), NULL);
	if (n == -1)
		n = pgp_armor_decode(PGP_ARMOR_PRIVATE_KEY, (char *)file, len,
		    buf, sizeof(buf), NULL);
	if (n == -1)
		errx(1, "%s: no key in it", path);
	free(file);
	return ((size_t)n);
}

static time_t
number(const char *s)
{
	return ((time_t)strtoll(s, NULL, 10));
}

static void
cmd_generate(char **argv)
{
	int rsa = strcmp(argv[0], "rsa") == 0;
	time_t now = time(NULL), expires = number(argv[2]);
	struct pgp_seckey primary, sub;
	ssize_t len, n;

	if (pgp_key_generate(&primary, rsa ? PGP_ALG_RSA : PGP_ALG_EDDSA,
	    2048, now) == -1 || pgp_key_generate(&sub, rsa ? PGP_ALG_RSA :
	    PGP_ALG_ECDH, 2048, now) == -1)
		errx(1, "generate");
	if ((len = pgp_cert_begin(&primary, argv[1], expires, now,
	    buf)) == -1 || (n = pgp_cert_add_subkey(&primary, &sub.pub,
	    expires, now, buf + len)) == -1)
		errx(1, "certificate");
	len += n;
	write_armored(argv[3], PGP_ARMOR_PUBLIC_KEY, buf, (size_t)len);
	n = pgp_seccert_write(buf, (size_t)len, &primary, &sub, 1, out,
	    sizeof(out));
	if (n == -1)
		errx(1, "secret key");
	write_armored(argv[4], PGP_ARMOR_PRIVATE_KEY, out, (size_t)n);
}

static void
parse(const char *path, time_t now, struct pgp_cert *cert)
{
	enum pgp_cert_error error;

	error = pgp_cert_parse(buf, read_armored(path), now, 0, cert, NULL);
	if (error != PGP_CERT_OK)
		errx(1, "%s: %s", path, pgp_cert_strerror(error));
}

static void
cmd_list(char **argv)
{
	time_t now = number(argv[0]);
	struct pgp_cert cert;
	size_t i;

	parse(argv[1], now, &cert);
	put_hex("primary ", cert.primary.fpr, PGP_FPR_LEN);
	printf(" alg %u expires %u%s\n", cert.primary.alg, cert.expires,
	    cert.revoked ? " revoked" : "");
	printf("uid %s\n", cert.uid);
	for (i = 0; i < cert.nsubkeys; i++) {
		put_hex("subkey ", cert.subkeys[i].pub.fpr, PGP_FPR_LEN);
		printf(" alg %u expires %u%s%s\n", cert.subkeys[i].pub.alg,
		    cert.subkeys[i].expires,
		    cert.subkeys[i].revoked ? " revoked" : "",
		    pgp_subkey_usable(&cert.subkeys[i], now) ? " usable" : "");
	}
	pgp_cert_clear(&cert);
}

/* What the truster says about the certificate: "class expires", or "none". */
static void
cmd_opinion(char **argv)
{
	time_t now = number(argv[0]);
	struct pgp_truster truster;
	struct pgp_opinion opinion;
	enum pgp_cert_error error;
	enum pgp_class class;
	struct pgp_cert cert;
	size_t len;

	error = pgp_truster_read(buf, read_armored(argv[2]), now, &truster,
	    NULL);
	if (error != PGP_CERT_OK)
		errx(1, "%s: %s", argv[2], pgp_cert_strerror(error));
	len = read_armored(argv[1]);
	error = pgp_cert_parse(buf, len, now, 0, &cert, NULL);
	if (error != PGP_CERT_OK)
		errx(1, "%s: %s", argv[1], pgp_cert_strerror(error));
	pgp_opinions(buf, len, &cert, &truster, 1, now, &opinion);
	class = pgp_opinion_class(&opinion, now);
	if (class == PGP_CLASS_NONE)
		printf("none\n");
	else
		printf("%x %u\n", class, opinion.expires);
	pgp_cert_clear(&cert);
}

struct secrets {
	struct pgp_seckey	primary;
	int			has_primary;
	struct pgp_secsubkey	subs[SUBKEYS];
	size_t			n;
	char			uid[PGP_UID_MAX + 1];
};

static void
read_secrets(const char *path, time_t now, struct secrets *s)
{
	size_t len = read_armored(path);

	if (pgp_seccert_read(buf, len, now, &s->primary, &s->has_primary,
	    s->subs, SUBKEYS, &s->n, s->uid) == -1)
		errx(1, "%s: no secret key that we can use", path);
}

static void
cmd_secrets(char **argv)
{
	struct secrets s;
	size_t i;

	read_secrets(argv[1], number(argv[0]), &s);
	printf("%s\n", s.has_primary ? "primary" : "no primary");
	for (i = 0; i < s.n; i++) {
		put_hex("subkey ", s.subs[i].key.pub.fpr, PGP_FPR_LEN);
		printf("\n");
	}
}

static void
cmd_revoke(char **argv)
{
	uint8_t sig[PGP_CERT_SUBKEY_MAX];
	struct secrets s;
	size_t len;
	ssize_t n;

	read_secrets(argv[0], time(NULL), &s);
	if ((n = pgp_cert_revoke(&s.primary, time(NULL), sig)) == -1)
		errx(1, "revocation");
	len = read_armored(argv[1]);
	memcpy(buf + len, sig, (size_t)n);
	write_armored(NULL, PGP_ARMOR_PUBLIC_KEY, buf, len + (size_t)n);
}

/* Literal packet of indeterminate length in tag 9 likewise, as mixes do. */
static size_t
make_message(const struct pgp_pubkey *pub, size_t len, uint8_t *msg)
{
	static uint8_t plain[BUF_SIZE];
	struct pgp_session session;
	size_t at;
	ssize_t n;

	at = pgp_packet_header_indeterminate(plain, PGP_TAG_LITERAL);
	pgp_literal_prefix(plain + at);
	at += PGP_LITERAL_PREFIX_LEN;
	memcpy(plain + at, buf, len);
	pgp_session_new(&session, &rng_system);
	if ((n = pgp_pkesk_write(pub, &session, msg)) == -1)
		errx(1, "session key");
	msg += n;
	msg += pgp_packet_header_indeterminate(msg, PGP_TAG_SED);
	if (pgp_sed_encrypt(&session, &rng_system, plain, at + len,
	    msg) == -1)
		errx(1, "encryption");
	return ((size_t)n + 1 + PGP_SED_PREFIX + at + len);
}

static void
cmd_encrypt(char **argv)
{
	time_t now = number(argv[0]);
	struct pgp_cert cert;
	size_t i;

	parse(argv[1], now, &cert);
	for (i = 0; i < cert.nsubkeys; i++) {
		if (pgp_subkey_usable(&cert.subkeys[i], now))
			break;
	}
	if (i == cert.nsubkeys)
		errx(1, "%s: no usable subkey", argv[1]);
	fwrite(out, 1, make_message(&cert.subkeys[i].pub, fread(buf, 1,
	    sizeof(buf) / 2, stdin), out), stdout);
	pgp_cert_clear(&cert);
}

/* Opens the PKESK of the message in buf; returns where the next packet is. */
static size_t
open_session(size_t len, const struct secrets *s, struct pgp_session *session)
{
	struct pgp_packet pkt;
	struct pgp_pkesk pkesk;
	size_t i;

	if (pgp_packet_read(buf, len, &pkt) == -1 ||
	    pkt.tag != PGP_TAG_PKESK ||
	    pgp_pkesk_read(pkt.body, pkt.body_len, &pkesk) == -1)
		errx(1, "no PKESK");
	for (i = 0; i < s->n; i++) {
		if (memcmp(s->subs[i].key.pub.keyid, pkesk.keyid,
		    PGP_KEYID_LEN) == 0)
			break;
	}
	if (i == s->n || pgp_pkesk_decrypt(&pkesk, &s->subs[i].key,
	    &rng_system, session) == -1)
		errx(1, "no session key");
	return (pkt.header_len + pkt.body_len);
}

static void
cmd_session(char **argv)
{
	struct pgp_session session;
	struct secrets s;
	char start[16];
	size_t len;

	read_secrets(argv[1], number(argv[0]), &s);
	len = fread(buf, 1, sizeof(buf), stdin);
	open_session(len, &s, &session);
	snprintf(start, sizeof(start), "%u:", session.cipher);
	put_hex(start, session.key, session.key_len);
	printf("\n");
}

static void
cmd_decrypt(char **argv)
{
	static uint8_t sed[BUF_SIZE];
	struct pgp_session session;
	struct pgp_literal lit;
	struct pgp_packet pkt;
	struct secrets s;
	size_t len, at, used;
	ssize_t n;

	read_secrets(argv[1], number(argv[0]), &s);
	len = fread(buf, 1, sizeof(buf), stdin);
	at = open_session(len, &s, &session);
	if (pgp_packet_read(buf + at, len - at, &pkt) == -1 ||
	    pkt.tag != PGP_TAG_SED)
		errx(1, "no tag 9");
	if (pkt.length == PGP_LEN_PARTIAL) {
		n = pgp_packet_join(buf + at, len - at, sed, sizeof(sed),
		    &used);
		if (n == -1)
			errx(1, "broken chunks");
		pkt.body = sed;
		pkt.body_len = (size_t)n;
	}
	if (pgp_sed_decrypt(&session, pkt.body, pkt.body_len, out) == -1)
		errx(1, "decryption");
	n = pgp_packet_join(out, pkt.body_len - PGP_SED_PREFIX, buf,
	    sizeof(buf), &used);
	if (n == -1 || pgp_literal_read(buf, (size_t)n, &lit) == -1)
		errx(1, "no literal packet");
	fwrite(lit.data, 1, lit.data_len, stdout);
}

int
main(int argc, char *argv[])
{
	static const struct {
		const char	*name;
		int		 nargs;
		void		(*run)(char **);
	} commands[] = {
		{ "generate", 5, cmd_generate },
		{ "list", 2, cmd_list },
		{ "opinion", 3, cmd_opinion },
		{ "secrets", 2, cmd_secrets },
		{ "revoke", 2, cmd_revoke },
		{ "encrypt", 2, cmd_encrypt },
		{ "session", 2, cmd_session },
		{ "decrypt", 2, cmd_decrypt }
	};
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (argc > 1 && strcmp(argv[1], commands[i].name) == 0 &&
		    argc - 2 == commands[i].nargs) {
			commands[i].run(argv + 2);
			return (0);
		}
	}
	fprintf(stderr, "usage: pgptool command argument ...\n");
	return (2);
}
