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
#include "mail/header.h"
#include "mail/lines.h"

#include "letter.h"

/* Octets that are read at least before more memory is taken. */
#define READ_FIRST	(64 * 1024)

/* Makes room for twice as much, at most for one octet more than may be. */
static int
grow(char **buf, size_t *room, size_t max)
{
	char *p;
	size_t more;

	more = *room == 0 ? READ_FIRST : 2 * *room;
	if (more > max + 1)
		more = max + 1;
	if ((p = realloc(*buf, more)) == NULL)
		return -1;
	*buf = p;
	*room = more;
	return 0;
}

/* Reads up to one octet more than may be.  NULL: errno. */
static char *
read_input(int fd, size_t max, size_t *len)
{
	char *buf = NULL;
	size_t room = 0;
	ssize_t n = 1;

	for (*len = 0; n != 0 && *len <= max; ) {
		if (*len == room && grow(&buf, &room, max) == -1)
			n = -1;
		else
			n = read(fd, buf + *len, room - *len);
		if (n == -1 && errno != EINTR) {
			free(buf);
			return NULL;
		}
		if (n > 0)
			*len += (size_t)n;
	}
	return buf;
}

/* The length of the line at s with its end. */
static size_t
line_len(const char *s, size_t len)
{
	const char *end = memchr(s, '\n', len);

	return end == NULL ? len : (size_t)(end - s) + 1;
}

/* Where a line of a single dot is, or the end. */
static size_t
find_dot(const char *s, size_t len)
{
	size_t at, n;

	for (at = 0; at < len; at += n) {
		n = line_len(s + at, len - at);
		if (s[at] == '.' && (n == 1 || (n == 2 && s[at + 1] == '\n') ||
		    (n == 3 && s[at + 1] == '\r')))
			return at;
	}
	return len;
}

/* Converts the ends of lines; text has MAIL_LINES_OUT(len) octets. */
static size_t
convert(const char *s, size_t len, char *text)
{
	struct mail_lines lines;
	size_t n;

	if (len >= 5 && memcmp(s, "From ", 5) == 0) {
		n = line_len(s, len);
		s += n;
		len -= n;
	}
	mail_lines_init(&lines, 0);
	n = mail_lines_convert(&lines, s, len, text);
	return n + mail_lines_finish(&lines, text + n);
}

/* Finds the header: it ends at an empty line, or where a line is no field. */
static void
find_header(struct letter *letter)
{
	struct mail_header header;
	struct mail_field field;
	size_t end = 0;

	mail_header_init(&header, letter->text, letter->len);
	while (mail_header_next(&header, &field) == 1)
		end = header.pos;
	letter->header_len = end;
	letter->body = header.pos;
}

enum letter_error
letter_read(struct letter *letter, int fd, int dot, size_t max)
{
	char *input;
	size_t len;

	memset(letter, 0, sizeof(*letter));
	if ((input = read_input(fd, max, &len)) == NULL)
		return LETTER_IO;
	if (len > max) {
		free(input);
		return LETTER_TOO_LARGE;
	}
	if (dot)
		len = find_dot(input, len);
	letter->text = malloc(MAIL_LINES_OUT(len));
	if (letter->text != NULL) {
		letter->len = convert(input, len, letter->text);
		find_header(letter);
	}
	free(input);
	return letter->text == NULL ? LETTER_IO : LETTER_OK;
}

void
letter_clear(struct letter *letter)
{
	free(letter->text);
	memset(letter, 0, sizeof(*letter));
}

int
letter_set_header(struct letter *letter, const char *header, size_t len)
{
	size_t body_len = letter->len - letter->body;
	char *text;

	if ((text = malloc(len + 2 + body_len)) == NULL)
		return -1;
	memcpy(text, header, len);
	memcpy(text + len, "\r\n", 2);
	memcpy(text + len + 2, letter->text + letter->body, body_len);
	free(letter->text);
	letter->text = text;
	letter->len = len + 2 + body_len;
	letter->header_len = len;
	letter->body = len + 2;
	return 0;
}

static enum rcpt_error
add_one(struct rcpts *rcpts, char address[MAIL_ADDRESS_MAX])
{
	size_t i;

	mail_address_normalise(address);
	for (i = 0; i < rcpts->n; i++) {
		if (mail_address_equal(rcpts->list[i], address))
			return RCPT_OK;
	}
	if (rcpts->n == RCPT_MAX)
		return RCPT_MANY;
	strlcpy(rcpts->list[rcpts->n++], address, MAIL_ADDRESS_MAX);
	return RCPT_OK;
}

enum rcpt_error
rcpts_add(struct rcpts *rcpts, const char *list, size_t len)
{
	char address[MAIL_ADDRESS_MAX];
	enum rcpt_error error;
	size_t pos = 0;
	int more;

	while ((more = mail_address_next(list, len, &pos, address)) == 1) {
		if ((error = add_one(rcpts, address)) != RCPT_OK)
			return error;
	}
	return more == 0 ? RCPT_OK : RCPT_BAD;
}

static int
is_visible(const struct mail_field *field)
{
	return mail_field_is(field, "To") || mail_field_is(field, "Cc");
}

enum rcpt_error
letter_recipients(const struct letter *letter, struct rcpts *rcpts)
{
	struct mail_header header;
	struct mail_field field;
	enum rcpt_error error;

	mail_header_init(&header, letter->text, letter->header_len);
	while (mail_header_next(&header, &field) == 1) {
		if (!is_visible(&field) && !mail_field_is(&field, "Bcc"))
			continue;
		error = rcpts_add(rcpts, field.value, field.value_len);
		if (error != RCPT_OK)
			return error;
	}
	return RCPT_OK;
}

/* Whether there is one To, and in it the recipient alone. */
static int
is_sole(const struct letter *letter, const char *rcpt)
{
	struct mail_header header;
	struct mail_field field;
	char address[MAIL_ADDRESS_MAX];
	int sole = 0, n = 0;

	mail_header_init(&header, letter->text, letter->header_len);
	while (mail_header_next(&header, &field) == 1) {
		if (!mail_field_is(&field, "To"))
			continue;
		n++;
		sole = mail_address_single(field.value, field.value_len,
		    address) == 0 && mail_address_equal(address, rcpt);
	}
	return n == 1 && sole;
}

/*
 * Prints a mailbox: as it stands at s, with its name, if that is nothing
 * but this address; else the address.
 */
static void
put_mailbox(FILE *f, const char *s, size_t len, const char *address)
{
	char single[MAIL_ADDRESS_MAX];

	while (len > 0 && strchr(", \t\r\n;", s[0]) != NULL) {
		s++;
		len--;
	}
	while (len > 0 && strchr(", \t\r\n;", s[len - 1]) != NULL)
		len--;
	if (mail_address_single(s, len, single) == 0 &&
	    mail_address_equal(single, address))
		fwrite(s, 1, len, f);
	else
		fputs(address, f);
}

/*
 * Walks all mailboxes of To and Cc, and prints those that are the recipient,
 * only the first of them, or those that aren't.  Returns how many.
 */
static size_t
put_visible(FILE *f, const struct letter *letter, const char *rcpt, int equal)
{
	struct mail_header header;
	struct mail_field field;
	char address[MAIL_ADDRESS_MAX];
	size_t pos, start, n = 0;

	mail_header_init(&header, letter->text, letter->header_len);
	while (mail_header_next(&header, &field) == 1) {
		if (!is_visible(&field))
			continue;
		for (pos = start = 0; mail_address_next(field.value,
		    field.value_len, &pos, address) == 1; start = pos) {
			if (mail_address_equal(address, rcpt) != equal ||
			    (equal && n > 0))
				continue;
			if (!equal)
				fputs(n == 0 ? "Cc: " : ",\r\n ", f);
			put_mailbox(f, field.value + start, pos - start,
			    address);
			n++;
		}
	}
	return n;
}

static void
put_recipients(FILE *f, const struct letter *letter, const char *rcpt)
{
	fputs("To: ", f);
	if (put_visible(f, letter, rcpt, 1) == 0)
		fputs(rcpt, f);
	fputs("\r\n", f);
	if (put_visible(f, letter, rcpt, 0) != 0)
		fputs("\r\n", f);
}

static int
is_dropped(const struct mail_field *field)
{
	return mail_field_is(field, "Bcc") ||
	    mail_field_is(field, "Resent-Bcc") ||
	    mail_field_is(field, "Received") ||
	    mail_field_is(field, "Return-Path");
}

static void
put_header(FILE *f, const struct letter *letter, const char *rcpt)
{
	struct mail_header header;
	struct mail_field field;
	int done = is_sole(letter, rcpt), rewrite = !done;

	mail_header_init(&header, letter->text, letter->header_len);
	while (mail_header_next(&header, &field) == 1) {
		if (rewrite && is_visible(&field)) {
			if (!done)
				put_recipients(f, letter, rcpt);
			done = 1;
		} else if (!is_dropped(&field))
			fwrite(field.raw, 1, field.raw_len, f);
	}
	if (!done)
		put_recipients(f, letter, rcpt);
}

char *
letter_for(const struct letter *letter, const char *rcpt, size_t *len)
{
	char *text = NULL;
	FILE *f;
	int failed;

	if ((f = open_memstream(&text, len)) == NULL)
		return NULL;
	put_header(f, letter, rcpt);
	fputs("\r\n", f);
	fwrite(letter->text + letter->body, 1, letter->len - letter->body, f);
	failed = ferror(f);
	if (fclose(f) != 0 || failed) {
		free(text);
		return NULL;
	}
	return text;
}
