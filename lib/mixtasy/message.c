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

#include <string.h>
#include <strings.h>

#include "compat/compat.h"
#include "mail/address.h"
#include "mail/header.h"
#include "mixtasy/field.h"
#include "mixtasy/message.h"
#include "openpgp/armor.h"

/* The values of the two fields that count, and how often they were seen. */
struct outer_fields {
	unsigned int	ntypes;
	unsigned int	ntos;
	char		type[32];
	char		to[MAIL_ADDRESS_MAX];
};

int
mix_remailer_type_known(const char *value)
{
	return (strcmp(value, "Mixtasy v1") == 0 ||
	    strcmp(value, "Mixtasy 1") == 0);
}

/* Fields that only a message inside may have, thesis table 6.1. */
static int
is_inner_only(const struct mail_field *field)
{
	return (mail_field_is(field, "Mixtasy-ID") ||
	    mail_field_is(field, "Mixtasy-Type") ||
	    mail_field_is(field, "Part"));
}

static enum mix_outer_error
take_field(const struct mail_field *field, struct outer_fields *f)
{
	char value[1024];
	ssize_t n;

	if (is_inner_only(field))
		return (MIX_OUTER_HEADER);
	if (mail_field_is(field, "Remailer-Type")) {
		if (f->ntypes++ != 0)
			return (MIX_OUTER_HEADER);
		if (mail_field_unfold(field, f->type, sizeof(f->type)) == -1)
			return (MIX_OUTER_TYPE);
	} else if (mail_field_is(field, "To")) {
		if (f->ntos++ != 0)
			return (MIX_OUTER_HEADER);
		n = mail_field_unfold(field, value, sizeof(value));
		if (n == -1 ||
		    mail_address_single(value, (size_t)n, f->to) == -1)
			return (MIX_OUTER_TO);
	}
	return (MIX_OUTER_OK);
}

/* Reads the header; *body_at is where it ends. */
static enum mix_outer_error
read_header(const char *text, size_t len, struct outer_fields *f,
    size_t *body_at)
{
	struct mail_header header;
	struct mail_field field;
	enum mix_outer_error error;
	int r;

	memset(f, 0, sizeof(*f));
	if (len > MIX_OUTER_HEADER_MAX)
		len = MIX_OUTER_HEADER_MAX;
	mail_header_init(&header, text, len);
	while ((r = mail_header_next(&header, &field)) == 1) {
		error = take_field(&field, f);
		if (error != MIX_OUTER_OK)
			return (error);
	}
	*body_at = header.pos;
	/* At the end of what may be looked at there was no empty line. */
	return (r == -1 || header.pos == len ? MIX_OUTER_HEADER :
	    MIX_OUTER_OK);
}

static enum mix_outer_error
read_body(const char *text, size_t len, uint8_t body[MIX_BODY_LEN])
{
	/* Room for some more, to tell a wrong size from broken armor. */
	uint8_t buf[MIX_BODY_LEN + 1024];
	ssize_t n;

	n = pgp_armor_decode(PGP_ARMOR_MESSAGE, text, len, buf, sizeof(buf),
	    NULL);
	if (n == -1)
		return (MIX_OUTER_ARMOR);
	if (n != MIX_BODY_LEN)
		return (MIX_OUTER_SIZE);
	memcpy(body, buf, MIX_BODY_LEN);
	return (MIX_OUTER_OK);
}

enum mix_outer_error
mix_outer_read(const char *text, size_t len, const char *self,
    uint8_t body[MIX_BODY_LEN])
{
	struct outer_fields f;
	enum mix_outer_error error;
	size_t at;

	error = read_header(text, len, &f, &at);
	if (error != MIX_OUTER_OK)
		return (error);
	if (!mix_remailer_type_known(f.type))
		return (MIX_OUTER_TYPE);
	if (f.ntos == 0 || strcasecmp(f.to, self) != 0)
		return (MIX_OUTER_TO);
	return (read_body(text + at, len - at, body));
}

const char *
mix_outer_strerror(enum mix_outer_error error)
{
	switch (error) {
	case MIX_OUTER_OK:
		return ("no error");
	case MIX_OUTER_HEADER:
		return ("the header is broken, too long, or has a field "
		    "that must not be there or be there twice");
	case MIX_OUTER_TYPE:
		return ("not a Mixtasy v1 message");
	case MIX_OUTER_TO:
		return ("not addressed to this mix");
	case MIX_OUTER_ARMOR:
		return ("the body is not an armored message, or is damaged");
	case MIX_OUTER_SIZE:
		return ("the body does not have the size of a mix message");
	}
	return ("unknown error");
}

char *
mix_field_write(char *p, const char *name, const char *value)
{
	size_t n;

	n = strlen(name);
	memcpy(p, name, n);
	p += n;
	*p++ = ':';
	*p++ = ' ';
	n = strlen(value);
	memcpy(p, value, n);
	p += n;
	*p++ = '\r';
	*p++ = '\n';
	return (p);
}

size_t
mix_outer_write(const char *from, const char *to,
    const uint8_t body[MIX_BODY_LEN], char *out)
{
	char *p = out;

	if (from != NULL)
		p = mix_field_write(p, "From", from);
	p = mix_field_write(p, "Remailer-Type", MIX_REMAILER_TYPE);
	p = mix_field_write(p, "To", to);
	*p++ = '\r';
	*p++ = '\n';
	p += pgp_armor_encode(PGP_ARMOR_MESSAGE, body, MIX_BODY_LEN, 1, p);
	return ((size_t)(p - out));
}
