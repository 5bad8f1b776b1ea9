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

#include <openssl/sha.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "lib/testutil.h"
#include "lib/vectors.h"
#include "mixtasy/roster.h"
#include "openpgp/armor.h"
#include "openpgp/cert.h"

/* An armored body after a mutation that appends. */
#define BODY_ROOM	(2 * MIX_BODY_LEN)

struct text {
	char	*buf;
	size_t	 len;
};

const char *
vectors_path(const char *name)
{
	char path[1024];

	(void)snprintf(path, sizeof(path), "regress/vectors/mixtasy-v1/%s",
	    name);
	return (test_path(path));
}

static void *
read_vector(const char *name, size_t *len)
{
	void *buf;

	if ((buf = test_read_file(vectors_path(name), len)) == NULL)
		err(1, "%s", vectors_path(name));
	return (buf);
}

json_t *
vectors_manifest(void)
{
	json_error_t error;
	json_t *manifest;

	manifest = json_load_file(vectors_path("manifest.json"), 0, &error);
	if (manifest == NULL)
		errx(1, "manifest.json: line %d: %s", error.line, error.text);
	return (manifest);
}

const char *
vectors_string(const json_t *object, const char *name)
{
	const char *s = json_string_value(json_object_get(object, name));

	if (s == NULL)
		errx(1, "manifest.json: no string %s", name);
	return (s);
}

long long
vectors_integer(const json_t *object, const char *name)
{
	const json_t *v = json_object_get(object, name);

	if (!json_is_integer(v))
		errx(1, "manifest.json: no number %s", name);
	return (json_integer_value(v));
}

static void *
allocate(size_t len)
{
	void *p;

	if ((p = malloc(len)) == NULL)
		err(1, NULL);
	return (p);
}

/* Replaces count occurrences (-1: all) of a string in the text. */
static struct text
replace(struct text in, const char *old, const char *new, long long count)
{
	size_t oldlen = strlen(old), newlen = strlen(new);
	struct text out = { NULL, 0 };
	const char *p = in.buf, *found;

	out.buf = allocate((in.len + 1) * (newlen + 1) + 1);
	while (count != 0 && (found = memmem(p,
	    in.len - (size_t)(p - in.buf), old, oldlen)) != NULL) {
		memcpy(out.buf + out.len, p, (size_t)(found - p));
		out.len += (size_t)(found - p);
		memcpy(out.buf + out.len, new, newlen);
		out.len += newlen;
		p = found + oldlen;
		count--;
	}
	memcpy(out.buf + out.len, p, in.len - (size_t)(p - in.buf));
	out.len += in.len - (size_t)(p - in.buf);
	out.buf[out.len] = '\0';
	free(in.buf);
	return (out);
}

static size_t
unhex(const json_t *m, uint8_t *out, size_t size)
{
	ssize_t n = test_unhex(vectors_string(m, "hex"), out, size);

	if (n <= 0)
		errx(1, "manifest.json: bad hex");
	return ((size_t)n);
}

/* Changes a binary body as the mutation says; returns its new length. */
static size_t
mutate_body(const json_t *m, const char *op, uint8_t *body, size_t len)
{
	uint8_t octets[256];
	size_t i, n, offset = 0;

	if (strcmp(op, "truncate") == 0)
		return ((size_t)vectors_integer(m, "size"));
	if (strcmp(op, "append") == 0) {
		n = unhex(m, octets, sizeof(octets));
		memcpy(body + len, octets, n);
		return (len + n);
	}
	offset = (size_t)vectors_integer(m, "offset");
	if (offset >= len)
		errx(1, "manifest.json: offset beyond the body");
	if (strcmp(op, "flip") == 0) {
		body[offset] ^= (uint8_t)vectors_integer(m, "mask");
		return (len);
	}
	n = unhex(m, octets, sizeof(octets));
	if (strcmp(op, "set") == 0 && n <= len - offset)
		memcpy(body + offset, octets, n);
	else if (strcmp(op, "fill") == 0) {
		for (i = offset; i < len; i++)
			body[i] = octets[(i - offset) % n];
	} else
		errx(1, "manifest.json: unknown op %s", op);
	return (len);
}

/* Takes the armor off, changes the body, puts armor on. */
static struct text
mutate_armored(const json_t *m, const char *op, struct text in)
{
	static uint8_t body[BODY_ROOM];
	struct text out;
	const char *armor;
	size_t head, len;
	ssize_t n;

	armor = strstr(in.buf, "-----BEGIN PGP");
	n = pgp_armor_decode(PGP_ARMOR_MESSAGE, in.buf, in.len, body,
	    sizeof(body), NULL);
	if (armor == NULL || n == -1)
		errx(1, "vector can't be decoded");
	len = mutate_body(m, op, body, (size_t)n);
	head = (size_t)(armor - in.buf);
	out.buf = allocate(head + pgp_armor_size(PGP_ARMOR_MESSAGE, len, 1) +
	    1);
	memcpy(out.buf, in.buf, head);
	out.len = head + pgp_armor_encode(PGP_ARMOR_MESSAGE, body, len, 1,
	    out.buf + head);
	out.buf[out.len] = '\0';
	free(in.buf);
	return (out);
}

char *
vectors_message(const json_t *step, size_t *len)
{
	const json_t *m = json_object_get(step, "mutate");
	const char *op;
	struct text text;

	text.buf = read_vector(vectors_string(step, m == NULL ? "file" :
	    "base"), &text.len);
	if (m != NULL) {
		op = vectors_string(m, "op");
		if (strcmp(op, "replace") == 0)
			text = replace(text, vectors_string(m, "old"),
			    vectors_string(m, "new"),
			    vectors_integer(m, "count"));
		else
			text = mutate_armored(m, op, text);
	}
	*len = text.len;
	return (text.buf);
}

int
vectors_same_as_file(const char *name, const void *buf, size_t len)
{
	size_t want_len;
	void *want = read_vector(name, &want_len);
	int same;

	same = want_len == len && memcmp(want, buf, len) == 0;
	free(want);
	return (same);
}

int
vectors_same_sha256(const char *hex, const void *buf, size_t len)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	char *got;
	int same;

	SHA256(buf, len, digest);
	got = test_hex(digest, sizeof(digest));
	same = strcmp(got, hex) == 0;
	free(got);
	return (same);
}

void
vectors_key(const char *name, time_t now, struct vectors_key *key)
{
	static uint8_t bin[65536];
	struct pgp_seckey primary;
	struct pgp_secsubkey subs[VECTORS_SUBKEYS_MAX];
	char uid[PGP_UID_MAX + 1], *text;
	size_t i, len, n;
	ssize_t binlen;
	int has_primary;

	memset(key, 0, sizeof(*key));
	text = read_vector(name, &len);
	binlen = pgp_armor_decode(PGP_ARMOR_PRIVATE_KEY, text, len, bin,
	    sizeof(bin), NULL);
	free(text);
	if (binlen == -1)
		errx(1, "%s: not an armored secret key", name);
	if (pgp_seccert_read(bin, (size_t)binlen, now, &primary, &has_primary,
	    subs, VECTORS_SUBKEYS_MAX, &n, uid) == -1)
		return;
	key->modes = roster_modes(uid);
	for (i = 0; i < n; i++) {
		if (subs[i].revoked || (subs[i].flags & PGP_FLAG_ENCRYPT) == 0)
			continue;
		key->subkeys[key->n].key = subs[i].key;
		key->subkeys[key->n++].expires = subs[i].expires;
	}
}
