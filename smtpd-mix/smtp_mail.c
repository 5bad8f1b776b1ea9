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

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "compat/compat.h"
#include "mixtasy/message.h"
#include "smtp/server.h"
#include "smtp_mail.h"
#include "smtp_report.h"

/* A piece, and the line that went over its end. */
#define PIECE_ROOM	(PROTO_PIECE_LEN + 2 * SMTP_TEXT_MAX)

static struct smtp_mail_env {
	struct proto_frame	frame;
} env;

enum smtp_mail_kind
smtp_mail_kind_of(const struct proto_conf_global *conf, const char *rcpt)
{
	const char *at = strrchr(rcpt, '@');

	if (strcasecmp(rcpt, conf->address) == 0)
		return (SMTP_MAIL_MIX);
	if (at == NULL)
		return (strcasecmp(rcpt, "postmaster") == 0 ?
		    SMTP_MAIL_POSTMASTER : SMTP_MAIL_NONE);
	if (at - rcpt == 10 && strncasecmp(rcpt, "postmaster", 10) == 0 &&
	    strcasecmp(at + 1, conf->hostname) == 0)
		return (SMTP_MAIL_POSTMASTER);

	return (SMTP_MAIL_NONE);
}

size_t
smtp_mail_size_limit(const struct proto_conf_global *conf)
{
	if (conf->postmaster_via == CONF_VIA_NONE ||
	    conf->max_mail_size < SMTP_MAIL_MIX_MAX)
		return (SMTP_MAIL_MIX_MAX);

	return (conf->max_mail_size);
}

void
smtp_mail_begin(struct smtp_mail *m, struct smtp_host *host,
    enum smtp_mail_kind kind, uint64_t txn)
{
	memset(m, 0, sizeof(*m));
	m->kind = kind;
	m->host = host;
	m->txn = txn;
	m->limit = kind == SMTP_MAIL_MIX ? SMTP_MAIL_MIX_MAX :
	    host->conf.max_mail_size;
	while (kind == SMTP_MAIL_POSTMASTER && m->set == 0)
		arc4random_buf(&m->set, sizeof(m->set));
}

/* Makes room; what can't be kept counts as too large. */
static int
grow(struct smtp_mail *m, size_t need)
{
	size_t size = m->size == 0 ? 8192 : m->size;
	char *buf;

	if (need <= m->size)
		return (0);
	while (size < need)
		size *= 2;
	if ((buf = realloc(m->buf, size)) == NULL)
		return (-1);
	m->buf = buf;
	m->size = size;

	return (0);
}

void
smtp_mail_text(struct smtp_mail *m, const char *text, size_t len)
{
	if (m->too_large || m->failed)
		return;
	m->total += len;
	if (m->total > m->limit || (m->kind == SMTP_MAIL_POSTMASTER &&
	    m->len + len > PIECE_ROOM) || grow(m, m->len + len) == -1) {
		m->too_large = 1;
		return;
	}
	memcpy(m->buf + m->len, text, len);
	m->len += len;
}

int
smtp_mail_wants_credit(const struct smtp_mail *m)
{
	return (m->kind == SMTP_MAIL_POSTMASTER && !m->too_large &&
	    !m->failed && m->len >= PROTO_PIECE_LEN);
}

static struct proto_frame *
new_frame(const struct smtp_mail *m)
{
	memset(&env.frame, 0, sizeof(env.frame));
	env.frame.txn = m->txn;
	env.frame.set = m->set;
	env.frame.kind = m->kind == SMTP_MAIL_MIX ? PROTO_FRAME_MIX :
	    PROTO_FRAME_POSTMASTER;

	return (&env.frame);
}

static void
send_frame(const struct smtp_mail *m)
{
	m->host->frame(&env.frame);
	explicit_bzero(&env.frame, sizeof(env.frame));
}

void
smtp_mail_send_piece(struct smtp_mail *m)
{
	struct proto_frame *frame = new_frame(m);
	size_t n = m->len < PROTO_PIECE_LEN ? m->len : PROTO_PIECE_LEN;

	frame->set_index = ++m->npieces;
	frame->body_len = (uint32_t)n;
	memcpy(frame->body, m->buf, n);
	memmove(m->buf, m->buf + n, m->len - n);
	m->len -= n;
	send_frame(m);
}

/* The frame that ends a set: total slots, or 0 to break it off. */
static void
send_head(const struct smtp_mail *m, uint32_t total)
{
	new_frame(m)->set_total = total;
	send_frame(m);
}

static void
forget(struct smtp_mail *m)
{
	freezero(m->buf, m->size);
	memset(m, 0, sizeof(*m));
}

void
smtp_mail_fail(struct smtp_mail *m)
{
	m->failed = 1;
}

int
smtp_mail_end_wants_credit(const struct smtp_mail *m)
{
	return (m->kind == SMTP_MAIL_POSTMASTER && !m->too_large &&
	    !m->failed && m->len > 0);
}

static int
refuse(struct smtp_mail_answer *answer, int code, const char *status,
    const char *text)
{
	answer->code = code;
	answer->status = status;
	answer->text = text;

	return (0);
}

static int
end_mix(struct smtp_mail *m, struct smtp_mail_answer *answer)
{
	struct proto_frame *frame = new_frame(m);
	enum mix_outer_error error;

	error = mix_outer_read(m->len > 0 ? m->buf : "", m->len,
	    m->host->conf.address, frame->body);
	if (error != MIX_OUTER_OK && m->null_sender &&
	    smtp_report_count(&m->host->status, m->buf, m->len))
		return (refuse(answer, 250, "2.0.0", "report taken"));
	if (error != MIX_OUTER_OK) {
		if ((size_t)error < nitems(m->host->status.bad_message))
			m->host->status.bad_message[error]++;
		return (refuse(answer, 550, "5.6.0",
		    mix_outer_strerror(error)));
	}
	frame->body_len = MIX_BODY_LEN;
	send_frame(m);

	return (1);
}

static int
end_postmaster(struct smtp_mail *m)
{
	if (m->len > 0)
		smtp_mail_send_piece(m);
	send_head(m, m->npieces + 1);

	return (1);
}

int
smtp_mail_end(struct smtp_mail *m, struct smtp_mail_answer *answer)
{
	int sent;

	if (m->failed)
		sent = refuse(answer, 452, "4.3.1",
		    "no room for the mail, try again later");
	else if (m->too_large)
		sent = refuse(answer, 552, "5.3.4", "message too large");
	else if (m->kind == SMTP_MAIL_MIX)
		sent = end_mix(m, answer);
	else
		sent = end_postmaster(m);
	if (sent)
		forget(m);
	else
		smtp_mail_drop(m);

	return (sent);
}

void
smtp_mail_drop(struct smtp_mail *m)
{
	struct smtp_host *host = m->host;

	if (m->kind == SMTP_MAIL_NONE)
		return;
	if (m->npieces > 0)
		send_head(m, 0);
	else
		smtp_credits_add(&host->credits, 1, host->credits.full);
	forget(m);
}
