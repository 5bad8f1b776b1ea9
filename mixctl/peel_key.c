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

#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"
#include "mixctl/peel_key.h"
#include "mixctl/readall.h"
#include "mixtasy/roster.h"
#include "openpgp/armor.h"
#include "openpgp/cert.h"
#include "openpgp/packet.h"

#define KEY_FILE_MAX	(1024 * 1024)
#define KEY_SUBKEYS_MAX	256

/* String-to-key of GnuPG's stub for a secret that is elsewhere. */
#define S2K_STUB	101

struct key_file {
	uint8_t	*buf;		/* binary packets */
	size_t	 len;
	size_t	 room;
};

static void
file_clear(struct key_file *file)
{
	if (file->buf != NULL)
		explicit_bzero(file->buf, file->room);
	free(file->buf);
	memset(file, 0, sizeof(*file));
}

/* Takes the armor off, in place of the text. */
static int
unarmor(struct key_file *file)
{
	uint8_t *bin;
	ssize_t n;

	if ((bin = malloc(file->room)) == NULL)
		return (-1);
	n = pgp_armor_decode(PGP_ARMOR_PRIVATE_KEY, (const char *)file->buf,
	    file->len, bin, file->room, NULL);
	explicit_bzero(file->buf, file->room);
	free(file->buf);
	file->buf = bin;
	file->len = n == -1 ? 0 : (size_t)n;
	return (n == -1 ? -1 : 0);
}

static int
read_file(const char *path, struct key_file *file)
{
	int fd;
	ssize_t n;

	file->room = KEY_FILE_MAX + 1;
	if ((file->buf = malloc(file->room)) == NULL) {
		warn("%s", path);
		return (-1);
	}
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1) {
		warn("%s", path);
		return (-1);
	}
	n = read_all(fd, file->buf, file->room);
	if (n == -1)
		warn("%s", path);
	else if (n > KEY_FILE_MAX)
		warnx("%s: larger than a key can be", path);
	close(fd);
	if (n == -1 || n > KEY_FILE_MAX)
		return (-1);
	file->len = (size_t)n;
	/* A packet begins with an octet whose high bit is set. */
	if ((n == 0 || (file->buf[0] & 0x80) == 0) && unarmor(file) == -1) {
		warnx("%s: not an OpenPGP secret key", path);
		return (-1);
	}
	return (0);
}

/* Whether the secret packet is that of pub and has a passphrase. */
static int
is_protected(const struct pgp_packet *pkt, const struct pgp_pubkey *pub)
{
	uint8_t body[PGP_PUBKEY_BODY_MAX];
	const uint8_t *secret;
	size_t n;

	n = pgp_pubkey_write(pub, body);
	if (pkt->body_len < n + 3 || memcmp(pkt->body, body, n) != 0)
		return (0);
	secret = pkt->body + n;
	return (secret[0] != 0 && secret[2] != S2K_STUB);
}

static int
any_protected(const struct key_file *file, const struct pgp_cert *cert)
{
	struct pgp_packet pkt;
	size_t at = 0, i;

	while (pgp_packet_read(file->buf + at, file->len - at, &pkt) == 0) {
		at += pkt.header_len + pkt.body_len;
		if (pkt.tag == PGP_TAG_SECRET_KEY &&
		    is_protected(&pkt, &cert->primary))
			return (1);
		for (i = 0; pkt.tag == PGP_TAG_SECRET_SUBKEY &&
		    i < cert->nsubkeys; i++)
			if (is_protected(&pkt, &cert->subkeys[i].pub))
				return (1);
	}
	return (0);
}

/* Says why there is no secret subkey, at any time, to work with. */
static void
complain(const char *path, const struct key_file *file)
{
	struct pgp_cert cert;
	size_t consumed;

	if (pgp_cert_parse(file->buf, file->len, UINT32_MAX, 0, &cert,
	    &consumed) != PGP_CERT_OK) {
		warnx("%s: not an OpenPGP secret key that can be used", path);
		return;
	}
	if (any_protected(file, &cert))
		warnx("%s: the secret key is protected by a passphrase", path);
	else
		warnx("%s: no secret encryption subkey", path);
	pgp_cert_clear(&cert);
}

static int
is_encryption(const struct pgp_secsubkey *sub)
{
	return ((sub->flags & PGP_FLAG_ENCRYPT) != 0 && !sub->revoked);
}

/* The certificate at one time; its encryption subkeys to key.  Returns n. */
static size_t
take_subkeys(const struct key_file *file, time_t now, struct peel_key *key,
    char uid[PGP_UID_MAX + 1])
{
	struct pgp_seckey primary;
	struct pgp_secsubkey *subs;
	size_t i, n = 0;
	int has_primary;

	key->nsubkeys = 0;
	if ((subs = calloc(KEY_SUBKEYS_MAX, sizeof(*subs))) == NULL)
		return (0);
	if (pgp_seccert_read(file->buf, file->len, now, &primary, &has_primary,
	    subs, KEY_SUBKEYS_MAX, &n, uid) == -1)
		n = 0;
	for (i = 0; i < n; i++) {
		if (!is_encryption(&subs[i]))
			continue;
		key->subkeys[key->nsubkeys].key = subs[i].key;
		key->subkeys[key->nsubkeys++].expires = subs[i].expires;
	}
	explicit_bzero(&primary, sizeof(primary));
	freezero(subs, KEY_SUBKEYS_MAX * sizeof(*subs));
	return (key->nsubkeys);
}

static int
take_key(const char *path, const struct key_file *file, time_t now,
    struct peel_key *key)
{
	char uid[PGP_UID_MAX + 1];

	/* A key of a later time than now is a key, but opens nothing. */
	if (take_subkeys(file, now, key, uid) == 0) {
		if (take_subkeys(file, UINT32_MAX, key, uid) == 0) {
			complain(path, file);
			return (-1);
		}
		key->nsubkeys = 0;
	}
	if (roster_uid_address(uid, key->self) == -1) {
		warnx("%s: the user id is not a mix address", path);
		return (-1);
	}
	key->modes = roster_modes(uid);
	return (0);
}

int
peel_key_read(const char *path, time_t now, struct peel_key *key)
{
	struct key_file file = { NULL, 0, 0 };
	int r = -1;

	memset(key, 0, sizeof(*key));
	key->subkeys = calloc(KEY_SUBKEYS_MAX, sizeof(*key->subkeys));
	if (key->subkeys == NULL)
		warn("%s", path);
	else if (read_file(path, &file) == 0)
		r = take_key(path, &file, now, key);
	file_clear(&file);
	if (r == -1)
		peel_key_clear(key);
	return (r);
}

void
peel_key_clear(struct peel_key *key)
{
	freezero(key->subkeys, KEY_SUBKEYS_MAX * sizeof(*key->subkeys));
	memset(key, 0, sizeof(*key));
}
