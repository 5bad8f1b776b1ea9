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
#include <sys/uio.h>

#include <stdio.h>
#include <string.h>

#include "compat/clock.h"
#include "compat/compat.h"
#include "openpgp/armor.h"
#include "openpgp/request.h"

#include "keyfile.h"
#include "keys.h"
#include "keys_cert.h"
#include "keys_prepared.h"
#include "keys_storage.h"
#include "keys_signed.h"

void
keys_ctl_done(uint64_t id, int ok, const char *text)
{
	struct proto_ctl_done done;

	memset(&done, 0, sizeof(done));
	done.id = id;
	done.ok = (uint32_t)ok;
	strlcpy(done.text, text, sizeof(done.text));
	(void)proc_send(ROLE_CONTROL, 0, PROTO_CTL_DONE, &done, sizeof(done));
}

/* Text for mixctl's standard output, in pieces. */
static void
send_text(uint64_t id, char *text, size_t len)
{
	struct proto_ctl_cert_data row;
	struct iovec iov[2];
	size_t pos;

	for (pos = 0; pos < len; pos += row.n) {
		memset(&row, 0, sizeof(row));
		row.id = id;
		row.n = (uint32_t)(len - pos < PROTO_BLOB_PIECE ?
		    len - pos : PROTO_BLOB_PIECE);
		iov[0].iov_base = &row;
		iov[0].iov_len = sizeof(row);
		iov[1].iov_base = text + pos;
		iov[1].iov_len = row.n;
		(void)proc_sendv(ROLE_CONTROL, 0, PROTO_CTL_CERT_DATA, iov, 2);
	}
}

void
keys_ctl_cert(const struct proto_ctl *req)
{
	static uint8_t cert[KEYS_CERT_MAX];
	static char text[KEYS_CERT_MAX * 3 / 2 + 256];
	size_t len;

	if (keyfile_read(KEYS_CERT_FILE, cert, sizeof(cert), &len) == -1) {
		keys_ctl_done(req->id, 0, "there is no certificate yet");
		return;
	}
	if (pgp_armor_size(PGP_ARMOR_PUBLIC_KEY, len, 0) > sizeof(text)) {
		keys_ctl_done(req->id, 0, "the certificate is too large");
		return;
	}
	send_text(req->id, text, pgp_armor_encode(PGP_ARMOR_PUBLIC_KEY, cert,
	    len, 0, text));
	keys_ctl_done(req->id, 1, "");
}

static void
add_key(struct pgp_request *req, const struct pgp_pubkey *pub,
    uint32_t expires)
{
	req->keys[req->nkeys].pub = *pub;
	req->keys[req->nkeys].expires = expires;
	req->nkeys++;
}

/* All that shall be in the certificate: what is live, what will be. */
static void
request(const struct keys_env *env, struct pgp_request *req)
{
	const struct keys_prepared *list;
	const struct keys_subkey *s;
	size_t i, n;

	memset(req, 0, sizeof(*req));
	memcpy(req->fpr, env->fpr, sizeof(req->fpr));
	keys_cert_uid(&env->conf->global, req->uid);
	for (i = 0; i < env->subkeys->n; i++) {
		s = &env->subkeys->list[i];
		add_key(req, &s->key.key.pub, s->key.expires);
	}
	list = keys_prepared_list(&n);
	for (i = 0; i < n; i++)
		add_key(req, &list[i].pub, list[i].expires);
}

void
keys_ctl_prepare(const struct keys_env *env, uint64_t first,
    const struct proto_ctl_prepare *msg)
{
	static struct pgp_request req;
	static char text[PGP_REQUEST_MAX];
	char errbuf[PROTO_TEXT_MAX];
	ssize_t len;

	if (keys_prepared_make(&env->conf->global, first, msg->count, errbuf,
	    sizeof(errbuf)) == -1) {
		keys_ctl_done(msg->id, 0, errbuf);
		return;
	}
	request(env, &req);
	if (req.nkeys == 0 ||
	    (len = pgp_request_write(&req, text, sizeof(text))) == -1) {
		keys_ctl_done(msg->id, 0, "there are no subkeys to be signed");
		return;
	}
	send_text(msg->id, text, (size_t)len);
	keys_ctl_done(msg->id, 1, "");
}

static void
take(const struct keys_env *env, uint64_t id, const uint8_t *buf, size_t len,
    int *taken)
{
	char text[PROTO_TEXT_MAX];
	size_t all;
	int n;

	n = keys_signed_import(&env->conf->global, env->fpr, buf, len, text,
	    sizeof(text));
	*taken = n != -1;
	if (*taken) {
		(void)keys_prepared_list(&all);
		(void)snprintf(text, sizeof(text), "%d of %zu prepared "
		    "subkeys are signed", n, all);
	}
	keys_ctl_done(id, *taken, text);
}

int
keys_ctl_import(const struct keys_env *env, const struct proto_ctl_import *msg)
{
	static uint8_t buf[KEYS_CERT_MAX];
	static uint64_t id;
	static size_t len;
	int taken = 0;

	if (id != msg->id)
		len = 0;
	id = msg->id;
	if (msg->n > sizeof(buf) - len) {
		keys_ctl_done(id, 0, "it is too large");
		id = 0;
		return (0);
	}
	memcpy(buf + len, msg + 1, msg->n);
	len += msg->n;
	if (msg->last) {
		take(env, id, buf, len, &taken);
		id = 0;
	}

	return (taken);
}

static void
status_prepared(struct proto_status_keys *row)
{
	const struct keys_prepared *list;
	size_t i, n;

	list = keys_prepared_list(&n);
	row->offline = (uint32_t)keys_cert_offline();
	row->nprepared = (uint32_t)n;
	for (i = 0; i < n; i++) {
		memcpy(row->prepared[i].keyid, list[i].pub.keyid,
		    sizeof(row->prepared[i].keyid));
		row->prepared[i].created = list[i].pub.created;
		row->prepared[i].expires = list[i].expires;
		row->prepared[i].alg = list[i].pub.alg;
		row->prepared[i].is_signed =
		    (uint32_t)keys_signed_has(&list[i]);
	}
}

void
keys_ctl_status(const struct keys_env *env, const char *hold,
    uint64_t next_rotation, const struct proto_ctl *req)
{
	struct proto_status_keys row;
	const struct keys_subkey *s;
	size_t i;

	memset(&row, 0, sizeof(row));
	row.id = req->id;
	row.now = (uint64_t)clock_wall();
	memcpy(row.fpr, env->fpr, sizeof(row.fpr));
	row.nkeys = (uint32_t)env->subkeys->n;
	row.next_rotation = next_rotation;
	for (i = 0; i < env->subkeys->n; i++) {
		s = &env->subkeys->list[i];
		memcpy(row.keys[i].keyid, s->key.key.pub.keyid,
		    sizeof(row.keys[i].keyid));
		row.keys[i].created = s->key.key.pub.created;
		row.keys[i].expires = s->key.expires;
		row.keys[i].alg = s->key.key.pub.alg;
		row.keys[i].live = s->state == KEYS_LIVE;
	}
	status_prepared(&row);
	keys_storage_status(&row);
	strlcpy(row.hold, hold, sizeof(row.hold));
	(void)proc_send(ROLE_CONTROL, 0, PROTO_STATUS_KEYS, &row,
	    sizeof(row));
}
