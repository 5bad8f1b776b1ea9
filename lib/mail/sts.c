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

#include "mail/sts.h"

#define LABEL_MAX	63
#define DIGITS_MAX	10

/* A part of the text; not terminated. */
struct span {
	const char	*p;
	size_t		 len;
};

/* What has been seen of a policy, by field. */
struct seen {
	int	version;
	int	mode;
	int	max_age;
};

static int
span_is(const struct span *s, const char *word)
{
	return (strlen(word) == s->len && memcmp(s->p, word, s->len) == 0);
}

static int
is_blank(char c)
{
	return (c == ' ' || c == '\t');
}

static void
trim(struct span *s)
{
	while (s->len > 0 && is_blank(s->p[0])) {
		s->p++;
		s->len--;
	}
	while (s->len > 0 && is_blank(s->p[s->len - 1]))
		s->len--;
}

/* Cuts the next line, which LF or CRLF ends, from the text. */
static struct span
next_line(struct span *text)
{
	struct span line = *text;
	const char *lf;

	if ((lf = memchr(text->p, '\n', text->len)) == NULL) {
		text->p += text->len;
		text->len = 0;
	} else {
		line.len = (size_t)(lf - text->p);
		text->p = lf + 1;
		text->len -= line.len + 1;
	}
	if (lf != NULL && line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;

	return (line);
}

/* Control characters have no place in a policy. */
static int
is_text(const struct span *s)
{
	size_t i;
	unsigned char c;

	for (i = 0; i < s->len; i++) {
		c = (unsigned char)s->p[i];
		if ((c < ' ' && c != '\t') || c == 0x7f)
			return (0);
	}

	return (1);
}

static int
is_letdig(char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9'));
}

/* Labels of letters, digits, hyphens and (in use, if wrong) underscores. */
static int
host_valid(const char *s, size_t len)
{
	size_t i, label = 0;

	if (len == 0 || len >= STS_HOST_MAX)
		return (0);
	for (i = 0; i < len; i++) {
		if (s[i] == '.') {
			if (label == 0 || s[i - 1] == '-')
				return (0);
			label = 0;
			continue;
		}
		if (!is_letdig(s[i]) && s[i] != '_' &&
		    (s[i] != '-' || label == 0))
			return (0);
		if (++label > LABEL_MAX)
			return (0);
	}

	return (label > 0 && s[len - 1] != '-');
}

int
sts_mx_valid(const char *pattern, size_t len)
{
	if (len >= 2 && pattern[0] == '*' && pattern[1] == '.') {
		if (len >= STS_HOST_MAX)
			return (0);
		pattern += 2;
		len -= 2;
	}

	return (host_valid(pattern, len));
}

static int
add_mx(struct sts_policy *policy, const struct span *value)
{
	char *to;
	size_t i;

	if (!sts_mx_valid(value->p, value->len))
		return (-1);
	if (policy->nmx == STS_MX_MAX)
		return (0);
	to = policy->mx[policy->nmx++];
	for (i = 0; i < value->len; i++) {
		to[i] = value->p[i];
		if (to[i] >= 'A' && to[i] <= 'Z')
			to[i] = (char)(to[i] + ('a' - 'A'));
	}
	to[i] = '\0';

	return (0);
}

static int
set_mode(struct sts_policy *policy, const struct span *value)
{
	if (span_is(value, "enforce"))
		policy->mode = STS_ENFORCE;
	else if (span_is(value, "testing"))
		policy->mode = STS_TESTING;
	else if (span_is(value, "none"))
		policy->mode = STS_NONE;
	else
		return (-1);

	return (0);
}

static int
set_age(struct sts_policy *policy, const struct span *value)
{
	uint64_t age = 0;
	size_t i;

	if (value->len == 0 || value->len > DIGITS_MAX)
		return (-1);
	for (i = 0; i < value->len; i++) {
		if (value->p[i] < '0' || value->p[i] > '9')
			return (-1);
		age = age * 10 + (uint64_t)(value->p[i] - '0');
	}
	policy->max_age = age > STS_AGE_MAX ? STS_AGE_MAX : (uint32_t)age;

	return (0);
}

/* A field of which the first counts; -1: that one is wrong. */
static int
take_field(struct sts_policy *policy, struct seen *seen,
    const struct span *name, const struct span *value)
{
	if (span_is(name, "mx"))
		return (add_mx(policy, value));
	if (span_is(name, "version") && !seen->version++)
		return (span_is(value, "STSv1") ? 0 : -1);
	if (span_is(name, "mode") && !seen->mode++)
		return (set_mode(policy, value));
	if (span_is(name, "max_age") && !seen->max_age++)
		return (set_age(policy, value));

	return (0);
}

static int
take_line(struct sts_policy *policy, struct seen *seen,
    const struct span *line)
{
	struct span name = *line, value;
	const char *colon;

	if ((colon = memchr(line->p, ':', line->len)) == NULL)
		return (-1);
	name.len = (size_t)(colon - line->p);
	value.p = colon + 1;
	value.len = line->len - name.len - 1;
	trim(&name);
	trim(&value);

	return (take_field(policy, seen, &name, &value));
}

int
sts_policy_parse(const char *text, size_t len, struct sts_policy *policy)
{
	struct span rest = { text, len }, line;
	struct seen seen;

	memset(policy, 0, sizeof(*policy));
	memset(&seen, 0, sizeof(seen));
	if (len > STS_TEXT_MAX)
		return (-1);
	while (rest.len > 0) {
		line = next_line(&rest);
		if (!is_text(&line))
			return (-1);
		trim(&line);
		if (line.len > 0 && take_line(policy, &seen, &line) == -1)
			return (-1);
	}
	if (!seen.version || !seen.mode || !seen.max_age)
		return (-1);

	return (policy->mode != STS_NONE && policy->nmx == 0 ? -1 : 0);
}

static int
same_name(const char *name, const char *host, size_t len)
{
	return (strlen(name) == len && strncasecmp(name, host, len) == 0);
}

int
sts_mx_match(const char *pattern, const char *host)
{
	size_t len = strlen(host);
	const char *dot;

	if (len > 0 && host[len - 1] == '.')
		len--;
	if (strncmp(pattern, "*.", 2) != 0)
		return (len > 0 && same_name(pattern, host, len));
	if ((dot = memchr(host, '.', len)) == NULL || dot == host)
		return (0);

	return (same_name(pattern + 1, dot, len - (size_t)(dot - host)));
}
