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
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"

#include "conf_lex.h"

/* What is being read: a file, or the value of a macro. */
struct conf_source {
	struct conf_source *below;
	const char	*name;		/* NULL: a macro's value */
	char		*buf;
	size_t		 len;
	size_t		 pos;
	int		 line;
	int		 ended;		/* the last line's end was given */
};

struct conf_macro {
	struct conf_macro *next;
	const char	*name;
	const char	*value;
};

/* Text that stays until the end: nobody else needs to free any. */
struct conf_text {
	struct conf_text *next;
	char		 s[];
};

static const char *
keep(struct conf_lex *lex, const char *s, size_t len)
{
	struct conf_text *text;

	if ((text = malloc(sizeof(*text) + len + 1)) == NULL) {
		strlcpy(lex->error, strerror(errno), sizeof(lex->error));
		return NULL;
	}
	memcpy(text->s, s, len);
	text->s[len] = '\0';
	text->next = lex->texts;
	lex->texts = text;
	return text->s;
}

/* Reads all of fd; a pipe will do as well as a file. */
static char *
read_all(int fd, size_t *len)
{
	char *buf = NULL, *larger;
	size_t size = 0;
	ssize_t n;

	*len = 0;
	do {
		if (*len == size) {
			size = size == 0 ? 8192 : 2 * size;
			if (size > CONF_FILE_SIZE_MAX) {
				errno = EFBIG;
				goto fail;
			}
			if ((larger = realloc(buf, size)) == NULL)
				goto fail;
			buf = larger;
		}
		if ((n = read(fd, buf + *len, size - *len)) == -1) {
			if (errno != EINTR)
				goto fail;
			continue;
		}
		*len += (size_t)n;
	} while (n != 0);
	return buf;
fail:
	free(buf);
	return NULL;
}

static void
push(struct conf_lex *lex, struct conf_source *src)
{
	src->below = lex->top;
	lex->top = src;
}

static void
pop(struct conf_lex *lex)
{
	struct conf_source *src = lex->top;

	lex->top = src->below;
	free(src->buf);
	free(src);
}

static int
push_file(struct conf_lex *lex, const char *path)
{
	struct conf_source *src;
	int fd;

	if ((src = calloc(1, sizeof(*src))) == NULL)
		goto fail;
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		goto fail;
	src->buf = read_all(fd, &src->len);
	close(fd);
	if (src->buf == NULL)
		goto fail;
	src->line = 1;
	if ((src->name = keep(lex, path, strlen(path))) == NULL)
		goto fail;
	push(lex, src);
	return 0;
fail:
	snprintf(lex->error, sizeof(lex->error), "can't read \"%s\": %s", path,
	    strerror(errno));
	if (src != NULL)
		free(src->buf);
	free(src);
	return -1;
}

int
conf_lex_open(struct conf_lex *lex, const char *path)
{
	memset(lex, 0, sizeof(*lex));
	lex->file = path;
	return push_file(lex, path);
}

void
conf_lex_close(struct conf_lex *lex)
{
	struct conf_macro *macro;
	struct conf_text *text;

	while (lex->top != NULL)
		pop(lex);
	while ((macro = lex->macros) != NULL) {
		lex->macros = macro->next;
		free(macro);
	}
	while ((text = lex->texts) != NULL) {
		lex->texts = text->next;
		free(text);
	}
}

/* The file that is being read, below the macros that are being expanded. */
static struct conf_source *
present_file(const struct conf_lex *lex)
{
	struct conf_source *src = lex->top;

	while (src != NULL && src->name == NULL)
		src = src->below;
	return src;
}

int
conf_lex_include(struct conf_lex *lex, const char *path)
{
	const struct conf_source *src;
	const char *slash;
	char full[2 * CONF_WORD_MAX];
	int depth = 0;

	for (src = lex->top; src != NULL; src = src->below)
		depth++;
	if (depth >= CONF_INCLUDE_MAX) {
		snprintf(lex->error, sizeof(lex->error),
		    "files include each other more than %d deep",
		    CONF_INCLUDE_MAX);
		return -1;
	}
	if (++lex->nincludes > CONF_INCLUDES_MAX) {
		snprintf(lex->error, sizeof(lex->error),
		    "more than %d files are included", CONF_INCLUDES_MAX);
		return -1;
	}
	src = present_file(lex);
	slash = src == NULL ? NULL : strrchr(src->name, '/');
	if (path[0] == '/' || slash == NULL)
		return push_file(lex, path);
	if (snprintf(full, sizeof(full), "%.*s/%s", (int)(slash - src->name),
	    src->name, path) >= (int)sizeof(full)) {
		strlcpy(lex->error, "the path is too long", sizeof(lex->error));
		return -1;
	}
	return push_file(lex, full);
}

static struct conf_macro *
find_macro(struct conf_lex *lex, const char *name, size_t len)
{
	struct conf_macro *macro;

	for (macro = lex->macros; macro != NULL; macro = macro->next) {
		if (strlen(macro->name) == len &&
		    memcmp(macro->name, name, len) == 0)
			return macro;
	}
	return NULL;
}

static int
is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_';
}

int
conf_lex_define(struct conf_lex *lex, const char *name, const char *value)
{
	struct conf_macro *macro;
	const char *s;

	for (s = name; is_name_char(*s); s++)
		continue;
	if (*s != '\0' || s == name) {
		snprintf(lex->error, sizeof(lex->error), "\"%.64s\" can't be "
		    "a macro: use letters, digits and _", name);
		return -1;
	}
	if ((macro = find_macro(lex, name, strlen(name))) == NULL) {
		if ((macro = calloc(1, sizeof(*macro))) == NULL) {
			strlcpy(lex->error, strerror(errno),
			    sizeof(lex->error));
			return -1;
		}
		macro->name = name;
		macro->next = lex->macros;
		lex->macros = macro;
	}
	macro->value = value;
	return 0;
}

static void
skip_line(struct conf_source *src)
{
	while (src->pos < src->len && src->buf[src->pos] != '\n')
		src->pos++;
}

static enum conf_token
bad(struct conf_lex *lex, const char *why)
{
	while (lex->top->name == NULL)
		pop(lex);
	skip_line(lex->top);
	strlcpy(lex->error, why, sizeof(lex->error));
	return CONF_TOK_BAD;
}

/* A backslash at the end of a line: passes over both. */
static int
continued(struct conf_source *src)
{
	if (src->len - src->pos < 2 || src->buf[src->pos] != '\\' ||
	    src->buf[src->pos + 1] != '\n')
		return 0;
	src->pos += 2;
	src->line++;
	return 1;
}

/* Passes over what separates words. */
static void
skip_blanks(struct conf_source *src)
{
	char c;

	while (src->pos < src->len) {
		c = src->buf[src->pos];
		if (c == ' ' || c == '\t')
			src->pos++;
		else if (c == '#' && src->name != NULL)
			skip_line(src);
		else if (!continued(src))
			break;
	}
}

static int
is_control(char c)
{
	return (unsigned char)c < ' ' || c == '\177';
}

static enum conf_token
finish_word(struct conf_lex *lex, const char *word, size_t len,
    enum conf_token token, const char **text)
{
	if ((*text = keep(lex, word, len)) == NULL) {
		*text = "";
		return bad(lex, "out of memory");
	}
	return token;
}

static enum conf_token
quoted(struct conf_lex *lex, struct conf_source *src, const char **text)
{
	char word[CONF_WORD_MAX];
	size_t len = 0;
	char c;

	for (src->pos++; src->pos < src->len; src->pos++) {
		while (continued(src))
			continue;
		if (src->pos == src->len)
			break;
		c = src->buf[src->pos];
		if (c == '"') {
			src->pos++;
			return finish_word(lex, word, len, CONF_TOK_QUOTED,
			    text);
		}
		if (c == '\n')
			break;
		if (c == '\\') {
			if (++src->pos == src->len)
				break;
			c = src->buf[src->pos];
			if (c != '"' && c != '\\')
				return bad(lex, "in quotes a backslash can "
				    "only stand before \" and \\");
		}
		if (is_control(c))
			return bad(lex, "a control character in quotes");
		if (len == sizeof(word))
			return bad(lex, "the text in quotes is too long");
		word[len++] = c;
	}
	return bad(lex, "the closing quote is missing");
}

/* In a macro's value a hash mark is a character like others. */
static enum conf_token
plain(struct conf_lex *lex, struct conf_source *src, const char **text)
{
	const char *ends = src->name == NULL ? "=\"$" : "#=\"$";
	size_t start = src->pos;
	char c;

	for (; src->pos < src->len; src->pos++) {
		c = src->buf[src->pos];
		if (c == '\\' && src->len - src->pos >= 2 &&
		    src->buf[src->pos + 1] == '\n')
			break;
		if (c == '\\')
			return bad(lex, "a backslash is only for the end of "
			    "a line and for quotes");
		if (c == ' ' || c == '\t' || c == '\n')
			break;
		if (is_control(c))
			return bad(lex, "a control character");
		if (strchr(ends, c) != NULL)
			break;
	}
	if (src->pos - start > CONF_WORD_MAX)
		return bad(lex, "the word is too long");
	return finish_word(lex, src->buf + start, src->pos - start,
	    CONF_TOK_WORD, text);
}

/* $name: goes on with the value in its place. */
static int
expand(struct conf_lex *lex, struct conf_source *src)
{
	const struct conf_macro *macro;
	struct conf_source *value;
	size_t start;
	char why[128];

	if (src->name == NULL) {
		bad(lex, "a macro's value can't have a $ outside of quotes");
		return -1;
	}
	start = ++src->pos;
	while (src->pos < src->len && is_name_char(src->buf[src->pos]))
		src->pos++;
	macro = find_macro(lex, src->buf + start, src->pos - start);
	if (macro == NULL) {
		snprintf(why, sizeof(why), "the macro $%.*s isn't defined",
		    (int)(src->pos - start > 64 ? 64 : src->pos - start),
		    src->buf + start);
		bad(lex, why);
		return -1;
	}
	if ((value = calloc(1, sizeof(*value))) == NULL ||
	    (value->buf = strdup(macro->value)) == NULL) {
		free(value);
		bad(lex, "out of memory");
		return -1;
	}
	value->len = strlen(value->buf);
	push(lex, value);
	return 0;
}

/* At the end of a file its last line ends too, if it doesn't by itself. */
static int
at_end(struct conf_lex *lex, struct conf_source *src, enum conf_token *token)
{
	if (src->name != NULL && !src->ended) {
		src->ended = 1;
		*token = CONF_TOK_LINE;
		return 1;
	}
	if (src->below == NULL) {
		*token = CONF_TOK_END;
		return 1;
	}
	pop(lex);
	return 0;
}

static void
note_place(struct conf_lex *lex)
{
	const struct conf_source *src = present_file(lex);

	lex->file = src->name;
	lex->line = src->line;
}

enum conf_token
conf_lex_next(struct conf_lex *lex, const char **text)
{
	struct conf_source *src;
	enum conf_token token;

	*text = "";
	for (;;) {
		src = lex->top;
		skip_blanks(src);
		note_place(lex);
		if (src->pos == src->len) {
			if (at_end(lex, src, &token))
				return token;
			continue;
		}
		switch (src->buf[src->pos]) {
		case '\n':
			src->pos++;
			src->line++;
			return CONF_TOK_LINE;
		case '=':
			src->pos++;
			return CONF_TOK_EQUALS;
		case '"':
			return quoted(lex, src, text);
		case '$':
			if (expand(lex, src) == -1)
				return CONF_TOK_BAD;
			continue;
		default:
			return plain(lex, src, text);
		}
	}
}

void
conf_quote(FILE *f, const char *word)
{
	putc('"', f);
	for (; *word != '\0'; word++) {
		if (*word == '"' || *word == '\\')
			putc('\\', f);
		putc(*word, f);
	}
	putc('"', f);
}
