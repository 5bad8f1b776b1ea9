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

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "smtp/server.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct smtp_server_limits limits = { 3000, 50, 20, 5, 5 };

/* A sum over what a session showed; and, apart, where its text must end. */
struct session {
	struct smtp_server	s;
	uint64_t		trace;
	int			in_text;
	char			tail[5];	/* last octets of the text */
};

static void
trace(struct session *ses, const char *s, size_t len)
{
	size_t	i;

	for (i = 0; i < len; i++)
		ses->trace = (ses->trace ^ (uint8_t)s[i]) * 1099511628211u;
}

/* Replies are whole printable lines, whatever the client said. */
static void
send_replies(struct session *ses)
{
	struct smtp_server	*s = &ses->s;
	size_t			 i;

	assert(s->reply_len <= sizeof(s->reply));
	assert(s->reply_len == 0 || (s->reply_len > 5 &&
	    memcmp(s->reply + s->reply_len - 2, "\r\n", 2) == 0));
	for (i = 0; i < s->reply_len; i++)
		assert((s->reply[i] >= ' ' && s->reply[i] <= '~') ||
		    s->reply[i] == '\r' || s->reply[i] == '\n');
	trace(ses, s->reply, s->reply_len);
	smtp_server_sent(s, s->reply_len);
}

/* Where a text ends is told by its last five octets and nothing else. */
static void
watch_text(struct session *ses, const char *p, size_t len, int done)
{
	size_t	i;
	int	end;

	for (i = 0; i < len && ses->in_text; i++) {
		memmove(ses->tail, ses->tail + 1, 4);
		ses->tail[4] = p[i];
		end = memcmp(ses->tail, "\r\n.\r\n", 5) == 0;
		assert(end == (done && i == len - 1));
	}
}

static void
obey(struct session *ses, enum smtp_event ev)
{
	struct smtp_server	*s = &ses->s;
	char			 c = (char)('A' + ev);

	if (ev != SMTP_EV_NEED && ev != SMTP_EV_REPLY)
		trace(ses, &c, 1);
	switch (ev) {
	case SMTP_EV_RCPT:
		assert(memchr(s->rcpt, '\0', sizeof(s->rcpt)) != NULL);
		trace(ses, s->rcpt, strlen(s->rcpt));
		smtp_server_rcpt(s, s->rcpt[0] == 'x' ? 550 : 250, NULL, NULL);
		break;
	case SMTP_EV_DATA:
		ses->in_text = s->rcpt[0] != 'y';
		memcpy(ses->tail, "\0\0\0\r\n", 5);
		smtp_server_data(s, ses->in_text ? 354 : 452, NULL, NULL);
		break;
	case SMTP_EV_TEXT:
		assert(s->text_len >= 2 && s->text_len <= SMTP_TEXT_MAX);
		assert(memchr(s->text, '\n', s->text_len) ==
		    s->text + s->text_len - 1);
		assert(memchr(s->text, '\r', s->text_len) ==
		    s->text + s->text_len - 2);
		trace(ses, s->text, s->text_len);
		break;
	case SMTP_EV_DONE:
		ses->in_text = 0;
		smtp_server_done(s, 250, NULL, NULL);
		break;
	default:
		break;
	}
}

/* Feeds one piece; 0 when the session is over. */
static int
feed(struct session *ses, const char *p, size_t len)
{
	enum smtp_event	ev;
	size_t		used;

	do {
		ev = smtp_server_input(&ses->s, p, len, &used);
		assert(used <= len && (ev != SMTP_EV_NEED || used == len));
		watch_text(ses, p, used, ev == SMTP_EV_DONE);
		p += used;
		len -= used;
		send_replies(ses);
		obey(ses, ev);
		send_replies(ses);
	} while (ev != SMTP_EV_NEED && ev != SMTP_EV_CLOSE);
	return ev != SMTP_EV_CLOSE;
}

/* Octets 0x80 stand for TLS coming up: what is before them is a segment. */
static uint64_t
run(const char *p, size_t len, size_t piece)
{
	static struct session	ses;
	const char		*mark;
	size_t			n;

	memset(&ses, 0, sizeof(ses));
	smtp_server_init(&ses.s, "mix.example", &limits, 1);
	while (len > 0) {
		mark = memchr(p, 0x80, len);
		n = mark == NULL ? len : (size_t)(mark - p);
		if (n == 0) {
			smtp_server_tls(&ses.s);
			n = 1;
		} else {
			n = n < piece ? n : piece;
			if (!feed(&ses, p, n))
				break;
		}
		p += n;
		len -= n;
	}
	return ses.trace;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char	*s = (const char *)data;
	uint64_t	 whole;

	whole = run(s, len, SIZE_MAX);
	assert(run(s, len, 1) == whole);
	assert(run(s, len, 7) == whole);
	return 0;
}
