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

#include "mail/address.h"

#define LOCAL_MAX	64
#define DOMAIN_MAX	255
#define LABEL_MAX	63

/* A position in hostile text; peek() never goes past the end. */
struct scan {
	const char	*s;
	size_t		 len;
	size_t		 pos;
};

enum mailbox {
	MAILBOX_BAD,
	MAILBOX_ADDRESS,
	MAILBOX_GROUP		/* "name:" was taken, its members follow */
};

static int
is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static int
is_alnum(int c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int
is_atext(int c)
{
	return is_alnum(c) ||
	    (c > ' ' && c < 127 && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static int
is_printable(int c)
{
	return c >= ' ' && c < 127;
}

/* Length of the dot-string at s; 0 if there is none. */
static size_t
dot_string_len(const char *s, size_t len)
{
	size_t	i;
	int	after_atom = 0;

	for (i = 0; i < len; i++) {
		if (is_atext((unsigned char)s[i]))
			after_atom = 1;
		else if (s[i] == '.' && after_atom)
			after_atom = 0;
		else
			break;
	}
	return after_atom ? i : 0;
}

/* Length of the quoted string at s, quotes included; 0 if there is none. */
static size_t
quoted_string_len(const char *s, size_t len)
{
	size_t	i;

	if (len == 0 || s[0] != '"')
		return 0;
	for (i = 1; i < len; i++) {
		if (s[i] == '"')
			return i + 1;
		if (s[i] == '\\' && ++i == len)
			return 0;
		if (!is_printable((unsigned char)s[i]))
			return 0;
	}
	return 0;
}

static int
label_valid(const char *s, size_t len)
{
	size_t	i;

	if (len == 0 || len > LABEL_MAX || s[0] == '-' || s[len - 1] == '-')
		return 0;
	for (i = 0; i < len; i++)
		if (!is_alnum((unsigned char)s[i]) && s[i] != '-')
			return 0;
	return 1;
}

static int
all_digits(const char *s, size_t len)
{
	size_t	i;

	for (i = 0; i < len; i++)
		if (!is_digit((unsigned char)s[i]))
			return 0;
	return 1;
}

/*
 * How many labels the domain has; 0 if it isn't one.  A last label of digits
 * alone would make it look like an IPv4 address, and no such domain exists.
 */
static unsigned int
domain_labels(const char *s, size_t len)
{
	const char	*dot;
	size_t		 n;
	unsigned int	 labels = 0;

	if (len == 0 || len > DOMAIN_MAX)
		return 0;
	for (;;) {
		dot = memchr(s, '.', len);
		n = dot == NULL ? len : (size_t)(dot - s);
		if (!label_valid(s, n))
			return 0;
		labels++;
		if (dot == NULL)
			return all_digits(s, n) ? 0 : labels;
		s += n + 1;
		len -= n + 1;
	}
}

int
mail_domain_valid(const char *s, size_t len)
{
	return domain_labels(s, len) >= 2;
}

int
mail_address_valid(const char *s, size_t len)
{
	size_t	n;

	n = quoted_string_len(s, len);
	if (n == 0)
		n = dot_string_len(s, len);
	if (n == 0 || n > LOCAL_MAX || n == len || s[n] != '@')
		return 0;
	return domain_labels(s + n + 1, len - n - 1) > 0;
}

const char *
mail_address_domain(const char *address)
{
	const char	*at;

	/* The last one: a quoted local part may hold others. */
	at = strrchr(address, '@');
	return at == NULL ? address + strlen(address) : at + 1;
}

int
mail_address_equal(const char *a, const char *b)
{
	const char	*da = mail_address_domain(a);
	const char	*db = mail_address_domain(b);

	return da - a == db - b && memcmp(a, b, (size_t)(da - a)) == 0 &&
	    strcasecmp(da, db) == 0;
}

void
mail_address_normalise(char *address)
{
	size_t	i;

	i = (size_t)(mail_address_domain(address) - address);
	for (; address[i] != '\0'; i++)
		if (address[i] >= 'A' && address[i] <= 'Z')
			address[i] = (char)(address[i] - 'A' + 'a');
}

int
mail_address_is_mix(const char *s, size_t len)
{
	static const char	local[] = "mixtasy@";
	const size_t		n = sizeof(local) - 1;

	return len > n && strncasecmp(s, local, n) == 0 &&
	    mail_domain_valid(s + n, len - n);
}

static int
peek(const struct scan *sc)
{
	return sc->pos < sc->len ? (unsigned char)sc->s[sc->pos] : -1;
}

/* Skips one comment, which may hold others; a counter, not recursion. */
static int
skip_comment(struct scan *sc)
{
	size_t	depth = 0;
	int	c;

	while ((c = peek(sc)) != -1) {
		sc->pos++;
		if (c == '\\' && peek(sc) != -1)
			sc->pos++;
		else if (c == '(')
			depth++;
		else if (c == ')' && --depth == 0)
			return 0;
	}
	return -1;
}

static int
skip_cfws(struct scan *sc)
{
	int	c;

	while ((c = peek(sc)) != -1) {
		if (c == '(') {
			if (skip_comment(sc) == -1)
				return -1;
		} else if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			sc->pos++;
		else
			break;
	}
	return 0;
}

/* Skips a quoted string of a display name, where anything may be quoted. */
static int
skip_quoted(struct scan *sc)
{
	int	c;

	sc->pos++;
	while ((c = peek(sc)) != -1) {
		sc->pos++;
		if (c == '"')
			return 0;
		if (c == '\0' || (c == '\\' && peek(sc) == -1))
			return -1;
		if (c == '\\')
			sc->pos++;
	}
	return -1;
}

/*
 * Skips a quoted string or a run of atoms and dots.  Octets over 127 pass, as
 * names hold them; mail_address_valid() refuses them in an address.
 */
static int
skip_word(struct scan *sc)
{
	size_t	start = sc->pos;
	int	c;

	if (peek(sc) == '"')
		return skip_quoted(sc);
	while ((c = peek(sc)) != -1 && (is_atext(c) || c == '.' || c > 127))
		sc->pos++;
	return sc->pos == start ? -1 : 0;
}

/* At the '@': takes the domain and puts the address together. */
static enum mailbox
take_domain(struct scan *sc, const char *local, size_t local_len, char *out)
{
	size_t	start, n;
	int	c;

	sc->pos++;
	if (skip_cfws(sc) == -1)
		return MAILBOX_BAD;
	start = sc->pos;
	while ((c = peek(sc)) != -1 && (is_alnum(c) || c == '-' || c == '.'))
		sc->pos++;
	n = sc->pos - start;
	if (local_len > LOCAL_MAX || n > DOMAIN_MAX)
		return MAILBOX_BAD;
	memcpy(out, local, local_len);
	out[local_len] = '@';
	memcpy(out + local_len + 1, sc->s + start, n);
	n += local_len + 1;
	out[n] = '\0';
	return mail_address_valid(out, n) ? MAILBOX_ADDRESS : MAILBOX_BAD;
}

static enum mailbox
take_angle_address(struct scan *sc, char *out)
{
	size_t	start, end;

	sc->pos++;
	if (skip_cfws(sc) == -1)
		return MAILBOX_BAD;
	start = sc->pos;
	if (skip_word(sc) == -1)
		return MAILBOX_BAD;
	end = sc->pos;
	if (skip_cfws(sc) == -1 || peek(sc) != '@' ||
	    take_domain(sc, sc->s + start, end - start, out) !=
	    MAILBOX_ADDRESS || skip_cfws(sc) == -1 || peek(sc) != '>')
		return MAILBOX_BAD;
	sc->pos++;
	return MAILBOX_ADDRESS;
}

/* Takes "a@b", "name <a@b>" or "name:"; the first word decides nothing yet. */
static enum mailbox
take_mailbox(struct scan *sc, char *out)
{
	size_t	start, end;

	if (skip_cfws(sc) == -1)
		return MAILBOX_BAD;
	if (peek(sc) == '<')
		return take_angle_address(sc, out);
	start = sc->pos;
	if (skip_word(sc) == -1)
		return MAILBOX_BAD;
	end = sc->pos;
	if (skip_cfws(sc) == -1)
		return MAILBOX_BAD;
	if (peek(sc) == '@')
		return take_domain(sc, sc->s + start, end - start, out);
	while (peek(sc) != '<' && peek(sc) != ':')
		if (skip_word(sc) == -1 || skip_cfws(sc) == -1)
			return MAILBOX_BAD;
	if (peek(sc) == '<')
		return take_angle_address(sc, out);
	sc->pos++;
	return MAILBOX_GROUP;
}

int
mail_address_single(const char *s, size_t len, char out[MAIL_ADDRESS_MAX])
{
	struct scan	sc = { s, len, 0 };

	if (take_mailbox(&sc, out) == MAILBOX_ADDRESS &&
	    skip_cfws(&sc) == 0 && sc.pos == len)
		return 0;
	out[0] = '\0';
	return -1;
}

/* Takes one mailbox and the separator behind it. */
static int
take_list_member(struct scan *sc, char *out)
{
	enum mailbox	what;
	int		c;

	what = take_mailbox(sc, out);
	if (what == MAILBOX_GROUP)
		return 0;
	if (what != MAILBOX_ADDRESS || skip_cfws(sc) == -1)
		return -1;
	c = peek(sc);
	if (c == -1)
		return 1;
	sc->pos++;
	return c == ',' || c == ';' ? 1 : -1;
}

int
mail_address_next(const char *s, size_t len, size_t *pos,
    char out[MAIL_ADDRESS_MAX])
{
	struct scan	sc = { s, len, *pos };
	int		r = 0;

	while (r == 0) {
		if (skip_cfws(&sc) == -1)
			r = -1;
		else if (peek(&sc) == -1)
			break;
		else if (peek(&sc) == ',' || peek(&sc) == ';')
			sc.pos++;
		else
			r = take_list_member(&sc, out);
	}
	if (r != 1)
		out[0] = '\0';
	*pos = r == -1 ? len : sc.pos;
	return r;
}
