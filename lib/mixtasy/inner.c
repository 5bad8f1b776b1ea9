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

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "compat/compat.h"
#include "mail/address.h"
#include "mail/header.h"
#include "mixtasy/field.h"
#include "mixtasy/message.h"

enum inner_field {
	INNER_FROM,
	INNER_ID,
	INNER_KIND,
	INNER_PART,
	INNER_REMAILER,
	INNER_TO,
	INNER_VERIFICATION,
	INNER_NFIELDS
};

static const char *const field_names[INNER_NFIELDS] = {
	"From", "Mixtasy-ID", "Mixtasy-Type", "Part", "Remailer-Type", "To",
	"Verification"
};

#define INNER_VALUE_MAX	320

struct inner_fields {
	int	seen[INNER_NFIELDS];
	char	value[INNER_NFIELDS][INNER_VALUE_MAX];
};

/* Fields that the protocol doesn't know are passed over. */
static int
take_field(const struct mail_field *field, struct inner_fields *f)
{
	size_t i;

	for (i = 0; i < INNER_NFIELDS; i++) {
		if (!mail_field_is(field, field_names[i]))
			continue;
		if (f->seen[i])
			return (-1);
		f->seen[i] = 1;
		return (mail_field_unfold(field, f->value[i],
		    sizeof(f->value[i])) == -1 ? -1 : 0);
	}
	return (0);
}

/* Collects the fields of a header that ends, with its empty line, in text. */
static int
collect(const char *text, size_t len, struct inner_fields *f,
    size_t *header_len)
{
	struct mail_header header;
	struct mail_field field;
	int r;

	memset(f, 0, sizeof(*f));
	mail_header_init(&header, text, len);
	while ((r = mail_header_next(&header, &field)) == 1)
		if (take_field(&field, f) == -1)
			return (-1);
	if (r == -1 || header.pos >= len)
		return (-1);
	*header_len = header.pos;
	/* It is the first line, in front of text: never a second time. */
	return (f->seen[INNER_VERIFICATION] ? -1 : 0);
}

static void
lower(char *s)
{
	for (; *s != '\0'; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s += 'a' - 'A';
}

/* A mix address, in lower case, into out; an empty value is none. */
static int
take_address(const char *value, char out[MIX_ADDRESS_MAX])
{
	if (!mail_address_is_mix(value, strlen(value)) ||
	    strlcpy(out, value, MIX_ADDRESS_MAX) >= MIX_ADDRESS_MAX)
		return (-1);
	lower(out);
	return (0);
}

static enum mix_inner_error
read_intermediate(const struct inner_fields *f, const char *self,
    struct mix_inner *inner)
{
	inner->type = MIX_INTERMEDIATE;
	if (f->seen[INNER_PART])
		return (MIX_INNER_PART);
	if (!f->seen[INNER_TO] ||
	    take_address(f->value[INNER_TO], inner->to) == -1)
		return (MIX_INNER_ADDRESS);
	if (!f->seen[INNER_FROM])
		return (MIX_INNER_OK);
	if (strcasecmp(f->value[INNER_FROM], self) != 0 ||
	    take_address(f->value[INNER_FROM], inner->from) == -1)
		return (MIX_INNER_ADDRESS);
	return (MIX_INNER_OK);
}

int
mix_id_valid(const char *id)
{
	size_t i;

	for (i = 0; id[i] != '\0'; i++)
		if (i + 1 >= MIX_ID_MAX || id[i] <= ' ' || id[i] > '~')
			return (0);
	return (i > 0);
}

/* Decimal digits only, at most nine; returns what follows, or NULL. */
static const char *
read_number(const char *s, uint32_t *n)
{
	size_t i;

	*n = 0;
	for (i = 0; isdigit((unsigned char)s[i]); i++) {
		if (i == 9)
			return (NULL);
		*n = *n * 10 + (uint32_t)(s[i] - '0');
	}
	return (i == 0 ? NULL : s + i);
}

static int
read_part(const char *value, uint32_t max_parts, struct mix_inner *inner)
{
	const char *p;

	if ((p = read_number(value, &inner->part)) == NULL || *p != '/' ||
	    (p = read_number(p + 1, &inner->total)) == NULL || *p != '\0')
		return (-1);
	if (inner->part < 1 || inner->part > inner->total ||
	    inner->total > max_parts)
		return (-1);
	return (0);
}

static int
read_kind(const char *value, enum mix_type *type)
{
	if (strcmp(value, "singlepart") == 0)
		*type = MIX_SINGLEPART;
	else if (strcmp(value, "multipart") == 0)
		*type = MIX_MULTIPART;
	else if (strcmp(value, "dummy") == 0)
		*type = MIX_DUMMY;
	else
		return (-1);
	return (0);
}

static enum mix_inner_error
read_final(const struct inner_fields *f, uint32_t max_parts,
    struct mix_inner *inner)
{
	if (f->seen[INNER_TO] || f->seen[INNER_FROM])
		return (MIX_INNER_ADDRESS);
	if (!f->seen[INNER_KIND] ||
	    read_kind(f->value[INNER_KIND], &inner->type) == -1)
		return (MIX_INNER_TYPE);
	if (!f->seen[INNER_ID] || !mix_id_valid(f->value[INNER_ID]))
		return (MIX_INNER_STRUCTURE);
	(void)strlcpy(inner->id, f->value[INNER_ID], sizeof(inner->id));

	if (inner->type != MIX_MULTIPART)
		return (f->seen[INNER_PART] ? MIX_INNER_PART : MIX_INNER_OK);
	if (!f->seen[INNER_PART] ||
	    read_part(f->value[INNER_PART], max_parts, inner) == -1)
		return (MIX_INNER_PART);
	return (MIX_INNER_OK);
}

enum mix_inner_error
mix_inner_read(const char *text, size_t len, const char *self,
    uint32_t max_parts, struct mix_inner *inner)
{
	struct inner_fields f;

	memset(inner, 0, sizeof(*inner));
	if (collect(text, len, &f, &inner->header_len) == -1)
		return (MIX_INNER_STRUCTURE);
	if (!mix_remailer_type_known(f.value[INNER_REMAILER]))
		return (MIX_INNER_TYPE);
	if (f.seen[INNER_KIND] || f.seen[INNER_ID])
		return (read_final(&f, max_parts, inner));
	return (read_intermediate(&f, self, inner));
}

static char *
write_final(const struct mix_inner *inner, char *p)
{
	char part[32];

	p = mix_field_write(p, "Mixtasy-ID", inner->id);
	p = mix_field_write(p, "Mixtasy-Type",
	    inner->type == MIX_SINGLEPART ? "singlepart" :
	    inner->type == MIX_MULTIPART ? "multipart" : "dummy");
	if (inner->type == MIX_MULTIPART) {
		(void)snprintf(part, sizeof(part), "%u/%u", inner->part,
		    inner->total);
		p = mix_field_write(p, "Part", part);
	}
	return (mix_field_write(p, "Remailer-Type", MIX_REMAILER_TYPE));
}

/* All fields in ASCII order of their names. */
size_t
mix_inner_write(const struct mix_inner *inner, char *out)
{
	char *p = out;

	if (inner->type == MIX_INTERMEDIATE) {
		p = mix_field_write(p, "From", inner->from);
		p = mix_field_write(p, "Remailer-Type", MIX_REMAILER_TYPE);
		p = mix_field_write(p, "To", inner->to);
	} else
		p = write_final(inner, p);
	*p++ = '\r';
	*p++ = '\n';
	return ((size_t)(p - out));
}
