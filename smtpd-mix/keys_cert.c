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
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"
#include "mixtasy/layer.h"
#include "openpgp/cert.h"
#include "openpgp/packet.h"

#include "keyfile.h"
#include "keys_cert.h"

#define PRIMARY_MAX	(PGP_SECKEY_BODY_MAX + 6)

int
keys_cert_offline(void)
{
	return (access(KEYS_PRIMARY_FILE, F_OK) == -1 && errno == ENOENT);
}

void
keys_cert_uid(const struct proto_conf_global *g, char uid[PGP_UID_MAX + 1])
{
	static const struct {
		unsigned int	 mode;
		const char	*name;
	} modes[] = {
		{ MIX_MODE_MIDDLEMAN, "middleman" },
		{ MIX_MODE_EXITPRIVATE, "exitprivate" },
		{ MIX_MODE_EXITPUBLIC, "exitpublic" }
	};
	char list[64] = "";
	size_t i;

	for (i = 0; i < nitems(modes); i++) {
		if ((g->modes & modes[i].mode) == 0)
			continue;
		if (list[0] != '\0')
			strlcat(list, ",", sizeof(list));
		strlcat(list, modes[i].name, sizeof(list));
	}
	(void)snprintf(uid, PGP_UID_MAX + 1, "%s (mixtasy-mode:%s) <%s>",
	    g->hostname, list, g->address);
}

/* The secret key packet of the file; the caller wipes it. */
static int
primary_read(struct pgp_seckey *key)
{
	uint8_t buf[PRIMARY_MAX];
	struct pgp_packet pkt;
	size_t len;
	int error = -1;

	if (keyfile_read(KEYS_PRIMARY_FILE, buf, sizeof(buf), &len) == -1)
		return (-1);
	errno = EINVAL;
	if (pgp_packet_read(buf, len, &pkt) == 0 &&
	    pkt.tag == PGP_TAG_SECRET_KEY && pkt.length == PGP_LEN_DEFINITE)
		error = pgp_seckey_read(pkt.body, pkt.body_len, key);
	explicit_bzero(buf, sizeof(buf));

	return (error);
}

static int
primary_make(time_t now, uint8_t fpr[PGP_FPR_LEN])
{
	struct pgp_seckey key;
	uint8_t body[PGP_SECKEY_BODY_MAX], buf[PRIMARY_MAX];
	size_t body_len, header_len;
	int error = -1;

	if (pgp_key_generate(&key, PGP_ALG_EDDSA, 0, now) == 0) {
		body_len = pgp_seckey_write(&key, body);
		header_len = pgp_packet_header(buf, PGP_TAG_SECRET_KEY,
		    body_len);
		memcpy(buf + header_len, body, body_len);
		memcpy(fpr, key.pub.fpr, PGP_FPR_LEN);
		error = keyfile_write(KEYS_PRIMARY_FILE, buf,
		    header_len + body_len);
	}
	explicit_bzero(&key, sizeof(key));
	explicit_bzero(body, sizeof(body));
	explicit_bzero(buf, sizeof(buf));

	return (error);
}

int
keys_cert_primary(const struct proto_conf_global *g, time_t now, int others,
    uint8_t fpr[PGP_FPR_LEN], char *errbuf, size_t errlen)
{
	struct pgp_seckey key;

	(void)g;
	if (primary_read(&key) == 0) {
		memcpy(fpr, key.pub.fpr, PGP_FPR_LEN);
		explicit_bzero(&key, sizeof(key));
		return (0);
	}
	if (errno == ENOENT && !others && primary_make(now, fpr) == 0)
		return (0);
	if (errno == ENOENT || errno == EINVAL)
		(void)snprintf(errbuf, errlen, "%s is %s: restore it from "
		    "your backup, or empty the keys directory to begin as a "
		    "new mix", KEYS_PRIMARY_FILE,
		    errno == ENOENT ? "missing" : "damaged");
	else
		(void)snprintf(errbuf, errlen, "%s: %s", KEYS_PRIMARY_FILE,
		    strerror(errno));

	return (-1);
}

/* Builds the certificate; its length, or -1. */
static ssize_t
build(const struct proto_conf_global *g, time_t now,
    const struct keys_cert_subkey *subkeys, size_t n, uint8_t *out)
{
	struct pgp_seckey primary;
	char uid[PGP_UID_MAX + 1];
	ssize_t len, total = -1;
	size_t i;

	if (primary_read(&primary) == -1)
		return (-1);
	keys_cert_uid(g, uid);
	if ((len = pgp_cert_begin(&primary, uid, 0, now, out)) == -1)
		goto done;
	for (i = 0; i < n; i++) {
		ssize_t more;

		if (len + PGP_CERT_SUBKEY_MAX > KEYS_CERT_MAX)
			goto done;
		more = pgp_cert_add_subkey(&primary, subkeys[i].pub,
		    (time_t)subkeys[i].expires, now, out + len);
		if (more == -1)
			goto done;
		len += more;
	}
	total = len;
done:
	explicit_bzero(&primary, sizeof(primary));

	return (total);
}

int
keys_cert_publish(const struct proto_conf_global *g, time_t now,
    const struct keys_cert_subkey *subkeys, size_t n, char *errbuf,
    size_t errlen)
{
	uint8_t *buf;
	ssize_t len;
	int error = -1;

	if ((buf = malloc(KEYS_CERT_MAX)) == NULL) {
		strlcpy(errbuf, "keys: out of memory", errlen);
		return (-1);
	}
	errno = EINVAL;
	if ((len = build(g, now, subkeys, n, buf)) == -1)
		(void)snprintf(errbuf, errlen, "keys: %s: %s",
		    KEYS_PRIMARY_FILE, strerror(errno));
	else if (keyfile_write(KEYS_CERT_FILE, buf, (size_t)len) == -1)
		(void)snprintf(errbuf, errlen, "keys: %s: %s", KEYS_CERT_FILE,
		    strerror(errno));
	else
		error = 0;
	free(buf);

	return (error);
}
