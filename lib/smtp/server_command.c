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

#include "smtp/server_command.h"

static const struct {
	const char	*name;
	enum smtp_verb	 verb;
} verbs[] = {
	{ "HELO", SMTP_VERB_HELO },
	{ "EHLO", SMTP_VERB_EHLO },
	{ "MAIL", SMTP_VERB_MAIL },
	{ "RCPT", SMTP_VERB_RCPT },
	{ "DATA", SMTP_VERB_DATA },
	{ "RSET", SMTP_VERB_RSET },
	{ "NOOP", SMTP_VERB_NOOP },
	{ "QUIT", SMTP_VERB_QUIT },
	{ "HELP", SMTP_VERB_HELP },
	{ "VRFY", SMTP_VERB_VRFY },
	{ "STARTTLS", SMTP_VERB_STARTTLS },
	{ "EXPN", SMTP_VERB_UNSUPPORTED },
	{ "AUTH", SMTP_VERB_UNSUPPORTED },
	{ "BDAT", SMTP_VERB_UNSUPPORTED },
	{ "ETRN", SMTP_VERB_UNSUPPORTED },
	{ "TURN", SMTP_VERB_UNSUPPORTED },
	{ "SEND", SMTP_VERB_UNSUPPORTED },
	{ "SOML", SMTP_VERB_UNSUPPORTED },
	{ "SAML", SMTP_VERB_UNSUPPORTED },
	{ "GET", SMTP_VERB_HTTP },
	{ "POST", SMTP_VERB_HTTP },
	{ "PUT", SMTP_VERB_HTTP },
	{ "HEAD", SMTP_VERB_HTTP },
	{ "OPTIONS", SMTP_VERB_HTTP },
	{ "CONNECT", SMTP_VERB_HTTP }
};

/* What of an argument has not been taken yet. */
struct rest {
	const char	*s;
	size_t		 len;
};

static void
skip(struct rest *r, size_t n)
{
	r->s += n;
	r->len -= n;
}

static void
skip_spaces(struct rest *r)
{
	while (r->len > 0 && r->s[0] == ' ')
		skip(r, 1);
}

static size_t
word_len(const char *s, size_t len)
{
	const char	*space;

	space = memchr(s, ' ', len);
	return space == NULL ? len : (size_t)(space - s);
}

static int
is_word(const char *s, size_t len, const char *word)
{
	return strlen(word) == len && strncasecmp(s, word, len) == 0;
}

static int
has_control(const char *s, size_t len)
{
	size_t	i;

	for (i = 0; i < len; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 127)
			return 1;
	return 0;
}

static enum smtp_verb
verb_of(const char *s, size_t len)
{
	size_t	i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (is_word(s, len, verbs[i].name))
			return verbs[i].verb;
	return SMTP_VERB_UNKNOWN;
}

void
smtp_command_parse(const char *line, size_t len, struct smtp_command *cmd)
{
	struct rest	r = { line, len };
	size_t		n;

	n = word_len(line, len);
	skip(&r, n);
	skip_spaces(&r);
	while (r.len > 0 && r.s[r.len - 1] == ' ')
		r.len--;
	cmd->arg = r.s;
	cmd->arg_len = r.len;
	if (n == 0 || has_control(line, len))
		cmd->verb = SMTP_VERB_GARBAGE;
	else
		cmd->verb = verb_of(line, n);
}

int
smtp_command_helo_valid(const char *s, size_t len)
{
	size_t	i;

	for (i = 0; i < len; i++)
		if (s[i] <= ' ' || s[i] > '~')
			return 0;
	return len > 0 && len <= 255;
}

/* Takes "<...>"; *inner is what is between.  A quoted > doesn't end it. */
static int
take_path(struct rest *r, struct rest *inner)
{
	size_t	i;
	int	quoted = 0;

	if (r->len == 0 || r->s[0] != '<')
		return -1;
	for (i = 1; i < r->len; i++) {
		if (quoted && r->s[i] == '\\')
			i++;
		else if (r->s[i] == '"')
			quoted = !quoted;
		else if (r->s[i] == '>' && !quoted)
			break;
	}
	if (i >= r->len || (i + 1 < r->len && r->s[i + 1] != ' '))
		return -1;
	inner->s = r->s + 1;
	inner->len = i - 1;
	skip(r, i + 1);
	return 0;
}

static enum smtp_syntax
take_keyword_and_path(struct rest *r, const char *keyword, struct rest *path)
{
	size_t	n = strlen(keyword);

	if (r->len < n || strncasecmp(r->s, keyword, n) != 0)
		return SMTP_SYNTAX_BAD;
	skip(r, n);
	skip_spaces(r);
	if (take_path(r, path) == -1)
		return SMTP_SYNTAX_BAD;
	if (path->len > 0 && path->s[0] == '@')
		return SMTP_SYNTAX_ROUTE;
	return SMTP_SYNTAX_OK;
}

static enum smtp_syntax
copy_address(const struct rest *path, char *out)
{
	if (!mail_address_valid(path->s, path->len))
		return SMTP_SYNTAX_ADDRESS;
	memcpy(out, path->s, path->len);
	out[path->len] = '\0';
	mail_address_normalise(out);
	return SMTP_SYNTAX_OK;
}

/* RFC 1870 section 4: 1 to 20 digits. */
static int
parse_size(const char *s, size_t len, uint64_t *size)
{
	unsigned int	digit;
	size_t		i;

	*size = 0;
	if (len == 0 || len > 20)
		return -1;
	for (i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		digit = (unsigned int)(s[i] - '0');
		if (*size > (UINT64_MAX - digit) / 10)
			*size = UINT64_MAX;
		else
			*size = *size * 10 + digit;
	}
	return 0;
}

static enum smtp_syntax
size_parameter(struct smtp_mail_args *args, const char *value, size_t len)
{
	if (args->has_size || parse_size(value, len, &args->size) == -1)
		return SMTP_SYNTAX_PARAMETER;
	args->has_size = 1;
	return SMTP_SYNTAX_OK;
}

static enum smtp_syntax
body_parameter(struct smtp_mail_args *args, const char *value, size_t len)
{
	if (args->has_body)
		return SMTP_SYNTAX_PARAMETER;
	args->has_body = 1;
	args->body_8bit = is_word(value, len, "8BITMIME");
	return args->body_8bit || is_word(value, len, "7BIT") ?
	    SMTP_SYNTAX_OK : SMTP_SYNTAX_PARAMETER;
}

static enum smtp_syntax
mail_parameter(struct smtp_mail_args *args, const char *s, size_t len)
{
	const char	*equals, *value;
	size_t		 name_len, value_len;

	equals = memchr(s, '=', len);
	name_len = equals == NULL ? len : (size_t)(equals - s);
	value = equals == NULL ? s + len : equals + 1;
	value_len = len - (size_t)(value - s);
	if (name_len == 0)
		return SMTP_SYNTAX_BAD;
	if (is_word(s, name_len, "SIZE"))
		return size_parameter(args, value, value_len);
	if (is_word(s, name_len, "BODY"))
		return body_parameter(args, value, value_len);
	return SMTP_SYNTAX_UNKNOWN_PARAMETER;
}

enum smtp_syntax
smtp_command_mail(const char *arg, size_t len, struct smtp_mail_args *args)
{
	struct rest		r = { arg, len }, path = { NULL, 0 };
	enum smtp_syntax	e;
	size_t			n;

	memset(args, 0, sizeof(*args));
	if ((e = take_keyword_and_path(&r, "FROM:", &path)) != SMTP_SYNTAX_OK)
		return e;
	if (path.len > 0 &&
	    (e = copy_address(&path, args->from)) != SMTP_SYNTAX_OK)
		return e;
	for (skip_spaces(&r); r.len > 0; skip_spaces(&r)) {
		n = word_len(r.s, r.len);
		args->nparameters++;
		if ((e = mail_parameter(args, r.s, n)) != SMTP_SYNTAX_OK)
			return e;
		skip(&r, n);
	}
	return SMTP_SYNTAX_OK;
}

enum smtp_syntax
smtp_command_rcpt(const char *arg, size_t len, char rcpt[MAIL_ADDRESS_MAX])
{
	struct rest		r = { arg, len }, path = { NULL, 0 };
	enum smtp_syntax	e;

	rcpt[0] = '\0';
	if ((e = take_keyword_and_path(&r, "TO:", &path)) != SMTP_SYNTAX_OK)
		return e;
	if (is_word(path.s, path.len, "postmaster"))
		memcpy(rcpt, "postmaster", sizeof("postmaster"));
	else if ((e = copy_address(&path, rcpt)) != SMTP_SYNTAX_OK)
		return e;
	skip_spaces(&r);
	return r.len > 0 ? SMTP_SYNTAX_UNKNOWN_PARAMETER : SMTP_SYNTAX_OK;
}
