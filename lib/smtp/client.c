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

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "compat/compat.h"
#include "smtp/client.h"
#include "smtp/client_priv.h"

void
smtp_client_put(struct smtp_client *c, const char *fmt, ...)
{
	size_t	room = sizeof(c->out) - c->out_len;
	va_list	ap;
	int	n;

	va_start(ap, fmt);
	n = vsnprintf(c->out + c->out_len, room, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < room)
		c->out_len += (size_t)n;
}

void
smtp_client_await(struct smtp_client *c, enum smtp_client_state wait)
{
	c->state = wait;
	c->expect = 1;
}

static void
set_result(struct smtp_client *c, enum smtp_outcome outcome, int code,
    const char *text)
{
	c->result.outcome = outcome;
	c->result.code = code;
	smtp_reply_printable(c->result.text, text);
}

void
smtp_client_fail(struct smtp_client *c, int code, const char *text)
{
	if (c->in_mail ? !c->refused : !c->have_result)
		set_result(c, SMTP_TEMPFAIL, code, text);
	c->have_result |= c->in_mail;
	c->in_mail = 0;
	c->have_action = 0;
	c->out_len = 0;
	c->expect = 0;
	c->state = SMTP_CS_CLOSED;
}

/* The mail's result stands; what it left on the server is cleared. */
static void
finish(struct smtp_client *c, int reset)
{
	c->in_mail = 0;
	c->have_result = 1;
	c->expect = 0;
	c->state = SMTP_CS_READY;
	if (reset) {
		smtp_client_put(c, "RSET\r\n");
		smtp_client_await(c, SMTP_CS_RSET);
	}
}

void
smtp_client_init(struct smtp_client *c, const char *hostname,
    enum smtp_tls_wish wish)
{
	memset(c, 0, sizeof(*c));
	c->hostname = hostname;
	c->tls_wish = wish;
	c->result.outcome = SMTP_TEMPFAIL;
	smtp_reply_init(&c->reply);
	smtp_client_await(c, SMTP_CS_GREETING);
}

static void
say_hello(struct smtp_client *c, int extended)
{
	const char	*verb = c->lmtp ? "LHLO" : extended ? "EHLO" : "HELO";

	c->peer_size = 0;
	c->peer_esize = 0;
	c->peer_pipelining = c->peer_8bitmime = c->peer_starttls = 0;
	c->peer_plain = c->peer_login = 0;
	smtp_client_put(c, "%s %.255s\r\n", verb, c->hostname);
	smtp_client_await(c, extended ? SMTP_CS_EHLO : SMTP_CS_HELO);
}

/* RFC 1870: digits, 0 for "no fixed limit"; nonsense counts as unknown. */
static size_t
size_limit(const char *s, size_t len)
{
	unsigned int	digit;
	size_t		i, n = 0;

	for (i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return 0;
		digit = (unsigned int)(s[i] - '0');
		if (n > (SIZE_MAX - digit) / 10)
			return SIZE_MAX;
		n = n * 10 + digit;
	}
	return n;
}

int
smtp_client_keyword(const char *s, size_t len, const char *keyword)
{
	return strlen(keyword) == len && strncasecmp(s, keyword, len) == 0;
}

/* A line of the reply to EHLO; the first is the server's name. */
static void
learn_extension(struct smtp_client *c)
{
	const char	*s = c->reply.arg, *space;
	size_t		 len = c->reply.arg_len, n;

	if (c->reply.nlines == 1)
		return;
	space = memchr(s, ' ', len);
	n = space == NULL ? len : (size_t)(space - s);
	if (smtp_client_keyword(s, n, "PIPELINING"))
		c->peer_pipelining = 1;
	else if (smtp_client_keyword(s, n, "8BITMIME"))
		c->peer_8bitmime = 1;
	else if (smtp_client_keyword(s, n, "STARTTLS"))
		c->peer_starttls = 1;
	else if (smtp_client_keyword(s, n, "AUTH"))
		smtp_client_mechanisms(c, s + n, len - n);
	else if (smtp_client_keyword(s, n, "SIZE")) {
		c->peer_esize = 1;
		c->peer_size = n == len ? 0 : size_limit(s + n + 1,
		    len - n - 1);
	}
}

static void
greeted(struct smtp_client *c)
{
	if (c->tls_active || c->tls_wish == SMTP_TLS_OFF)
		smtp_client_auth(c);
	else if (c->peer_starttls) {
		smtp_client_put(c, "STARTTLS\r\n");
		smtp_client_await(c, SMTP_CS_STARTTLS);
	} else if (c->tls_wish == SMTP_TLS_REQUIRE) {
		c->tls_missing = 1;
		smtp_client_fail(c, 0, "server offers no STARTTLS");
	} else
		smtp_client_auth(c);
}

static void
fail_by_reply(struct smtp_client *c)
{
	smtp_client_fail(c, c->reply.code, c->reply.text);
}

static void
got_greeting(struct smtp_client *c)
{
	if (c->reply.code == 220)
		say_hello(c, 1);
	else
		fail_by_reply(c);
}

static void
got_ehlo(struct smtp_client *c)
{
	if (c->reply.code / 100 == 2)
		greeted(c);
	else if (c->reply.code / 100 == 5 && !c->lmtp)
		say_hello(c, 0);
	else
		fail_by_reply(c);
}

static void
got_helo(struct smtp_client *c)
{
	if (c->reply.code / 100 == 2)
		greeted(c);
	else
		fail_by_reply(c);
}

static void
got_starttls(struct smtp_client *c)
{
	if (c->reply.code == 220) {
		c->state = SMTP_CS_TLS;
		c->have_action = 1;
	} else if (c->tls_wish == SMTP_TLS_OPPORTUNISTIC &&
	    c->reply.code / 100 >= 4)
		smtp_client_auth(c);
	else {
		c->tls_missing = 1;
		fail_by_reply(c);
	}
}

static void
put_rcpt(struct smtp_client *c)
{
	smtp_client_put(c, "RCPT TO:<%s>\r\n", c->to);
	smtp_client_await(c, SMTP_CS_RCPT);
}

static void
put_data(struct smtp_client *c)
{
	smtp_client_put(c, "DATA\r\n");
	smtp_client_await(c, SMTP_CS_DATA);
}

/*
 * A reply refuses the mail: notes why, unless an earlier one did.  Returns
 * whether the reply was of a kind that can.
 */
static int
refuse(struct smtp_client *c)
{
	if (c->reply.code / 100 < 4) {
		smtp_client_fail(c, 0, "reply doesn't fit its command");
		return 0;
	}
	if (!c->refused)
		set_result(c, c->reply.code / 100 == 5 ? SMTP_PERMFAIL :
		    SMTP_TEMPFAIL, c->reply.code, c->reply.text);
	c->refused = 1;
	return 1;
}

/* A refused MAIL or RCPT: over, unless other commands are on their way. */
static void
got_refusal(struct smtp_client *c)
{
	if (refuse(c) && c->expect == 0)
		finish(c, c->mail_ok);
}

static void
got_mail(struct smtp_client *c)
{
	c->mail_ok = c->reply.code / 100 == 2;
	if (c->expect > 0)
		c->state = SMTP_CS_RCPT;
	else if (c->mail_ok)
		put_rcpt(c);
	if (!c->mail_ok)
		got_refusal(c);
}

static void
got_rcpt(struct smtp_client *c)
{
	int	ok = c->reply.code / 100 == 2;

	if (c->expect > 0)
		c->state = SMTP_CS_DATA;
	else if (ok)
		put_data(c);
	if (!ok)
		got_refusal(c);
}

/*
 * A server that answers 354 though it refused the recipient gets an empty text
 * (RFC 2920 section 3.1): it has nobody to give it to.
 */
static void
got_data(struct smtp_client *c)
{
	if (c->reply.code != 354) {
		if (refuse(c))
			finish(c, c->mail_ok);
	} else if (c->refused) {
		smtp_client_put(c, ".\r\n");
		smtp_client_await(c, SMTP_CS_LONE_DOT);
	} else {
		mail_lines_init(&c->lines, 1);
		c->text_seen = 0;
		c->state = SMTP_CS_TEXT;
		c->have_action = 1;
	}
}

static void
got_final(struct smtp_client *c)
{
	if (c->reply.code / 100 == 2) {
		set_result(c, SMTP_DELIVERED, c->reply.code, c->reply.text);
		finish(c, 0);
	} else if (refuse(c))
		finish(c, 0);
}

static void
got_reset(struct smtp_client *c)
{
	if (c->reply.code / 100 == 2)
		c->state = SMTP_CS_READY;
	else
		fail_by_reply(c);
}

/* A whole reply to the command that c->state tells. */
static void
got_reply(struct smtp_client *c)
{
	c->expect--;
	if (c->reply.code == 421) {
		fail_by_reply(c);
		return;
	}
	switch (c->state) {
	case SMTP_CS_GREETING:
		got_greeting(c);
		break;
	case SMTP_CS_EHLO:
		got_ehlo(c);
		break;
	case SMTP_CS_HELO:
		got_helo(c);
		break;
	case SMTP_CS_STARTTLS:
		got_starttls(c);
		break;
	case SMTP_CS_AUTH:
	case SMTP_CS_AUTH_USER:
	case SMTP_CS_AUTH_PASSWORD:
		smtp_client_got_auth(c);
		break;
	case SMTP_CS_MAIL:
		got_mail(c);
		break;
	case SMTP_CS_RCPT:
		got_rcpt(c);
		break;
	case SMTP_CS_DATA:
		got_data(c);
		break;
	case SMTP_CS_FINAL:
		got_final(c);
		break;
	case SMTP_CS_LONE_DOT:
		finish(c, 0);
		break;
	case SMTP_CS_RSET:
		got_reset(c);
		break;
	default:
		c->state = SMTP_CS_CLOSED;
		break;
	}
}

/*
 * Takes one line of a reply.  What comes behind the last reply that is due is
 * an attempt to be taken for the reply to the next command.
 */
static void
take_reply(struct smtp_client *c, const char *buf, size_t len, size_t *used)
{
	size_t	n;
	int	last = c->expect == 1;

	switch (smtp_reply_input(&c->reply, buf + *used, len - *used, &n)) {
	case SMTP_REPLY_BAD:
		smtp_client_fail(c, 0, c->reply.why);
		break;
	case SMTP_REPLY_LINE:
	case SMTP_REPLY_END:
		*used += n;
		if (c->state == SMTP_CS_EHLO)
			learn_extension(c);
		if (!c->reply.ended)
			break;
		got_reply(c);
		if (last && *used < len && c->state != SMTP_CS_TLS &&
		    c->state != SMTP_CS_CLOSED)
			smtp_client_fail(c, 0, "reply out of turn");
		break;
	default:
		*used += n;
		break;
	}
}

/* What to do when no reply is due. */
static enum smtp_action
idle_action(struct smtp_client *c)
{
	if (c->state == SMTP_CS_READY)
		return SMTP_CL_READY;
	if (!c->have_action)
		return SMTP_CL_READ;
	c->have_action = 0;
	return c->state == SMTP_CS_TLS ? SMTP_CL_STARTTLS : SMTP_CL_DATA;
}

enum smtp_action
smtp_client_input(struct smtp_client *c, const char *buf, size_t len,
    size_t *used)
{
	*used = 0;
	for (;;) {
		if (c->have_result) {
			c->have_result = 0;
			return SMTP_CL_RESULT;
		}
		if (c->state == SMTP_CS_CLOSED) {
			*used = len;
			return SMTP_CL_CLOSED;
		}
		if (c->out_len > 0)
			return SMTP_CL_WRITE;
		if (c->state == SMTP_CS_TLS)
			*used = len;	/* RFC 3207: injected in the clear */
		if (c->expect == 0 && *used == len)
			return idle_action(c);
		if (*used == len)
			return SMTP_CL_READ;
		if (c->expect == 0)
			smtp_client_fail(c, 0, "reply out of turn");
		else
			take_reply(c, buf, len, used);
	}
}

static int
mail_args_valid(const char *from, const char *to)
{
	return (from[0] == '\0' || mail_address_valid(from, strlen(from))) &&
	    (strcasecmp(to, "postmaster") == 0 ||
	    mail_address_valid(to, strlen(to)));
}

static void
put_mail(struct smtp_client *c, size_t size, int body_8bit)
{
	smtp_client_put(c, "MAIL FROM:<%s>", c->from);
	if (c->peer_esize)
		smtp_client_put(c, " SIZE=%zu", size);
	if (body_8bit && c->peer_8bitmime)
		smtp_client_put(c, " BODY=8BITMIME");
	smtp_client_put(c, "\r\n");
	if (c->peer_pipelining) {
		put_rcpt(c);
		put_data(c);
	}
	smtp_client_await(c, SMTP_CS_MAIL);
	if (c->peer_pipelining)
		c->expect = 3;
}

void
smtp_client_mail(struct smtp_client *c, const char *from, const char *to,
    size_t size, int body_8bit)
{
	memset(&c->result, 0, sizeof(c->result));
	c->result.outcome = SMTP_TEMPFAIL;
	c->in_mail = 1;
	c->refused = c->mail_ok = 0;
	if (c->state != SMTP_CS_READY)
		smtp_client_fail(c, 0, "session isn't ready for a mail");
	else if (!mail_args_valid(from, to)) {
		set_result(c, SMTP_PERMFAIL, 553, "that is no mailbox");
		finish(c, 0);
	} else if (c->peer_size > 0 && size > c->peer_size) {
		set_result(c, SMTP_PERMFAIL, 552,
		    "larger than the server takes");
		finish(c, 0);
	} else {
		(void)snprintf(c->from, sizeof(c->from), "%s", from);
		(void)snprintf(c->to, sizeof(c->to), "%s", to);
		put_mail(c, size, body_8bit);
	}
}

size_t
smtp_client_text(struct smtp_client *c, const char *in, size_t len, char *out)
{
	if (c->state != SMTP_CS_TEXT)
		return 0;
	c->text_seen = 1;
	return mail_lines_convert(&c->lines, in, len, out);
}

void
smtp_client_text_ended(struct smtp_client *c)
{
	c->text_seen = 1;
}

void
smtp_client_text_end(struct smtp_client *c)
{
	char	end[2];

	if (c->state != SMTP_CS_TEXT)
		return;
	c->have_action = 0;
	if (mail_lines_finish(&c->lines, end) > 0 || !c->text_seen)
		smtp_client_put(c, "\r\n");
	smtp_client_put(c, ".\r\n");
	smtp_client_await(c, SMTP_CS_FINAL);
}

void
smtp_client_quit(struct smtp_client *c)
{
	if (c->state != SMTP_CS_READY) {
		smtp_client_fail(c, 0, "session ended before its time");
		return;
	}
	smtp_client_put(c, "QUIT\r\n");
	smtp_client_await(c, SMTP_CS_QUIT);
}

void
smtp_client_tls(struct smtp_client *c)
{
	if (c->state != SMTP_CS_TLS)
		return;
	c->tls_active = 1;
	c->have_action = 0;
	smtp_reply_init(&c->reply);
	say_hello(c, 1);
}

void
smtp_client_sent(struct smtp_client *c, size_t n)
{
	if (n > c->out_len)
		n = c->out_len;
	memmove(c->out, c->out + n, c->out_len - n);
	c->out_len -= n;
	explicit_bzero(c->out + c->out_len, n);
	if (c->state == SMTP_CS_FINAL && c->out_len == 0)
		c->result.final_sent = 1;
}

void
smtp_client_broken(struct smtp_client *c, const char *why)
{
	smtp_client_fail(c, 0, why);
}
