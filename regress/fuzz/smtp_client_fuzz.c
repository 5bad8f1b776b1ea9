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

#include "smtp/client.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct session {
	struct smtp_client	 c;
	unsigned int		 mails;		/* begun */
	unsigned int		 results;
	enum smtp_action	 due;
};

/* What is sent are whole lines of ours. */
static void
take_out(struct smtp_client *c)
{
	size_t	i;

	assert(c->out_len > 0 && c->out_len <= sizeof(c->out));
	assert(c->out[c->out_len - 1] == '\n');
	for (i = 0; i < c->out_len; i++)
		assert((c->out[i] >= ' ' && c->out[i] <= '~') ||
		    c->out[i] == '\r' || c->out[i] == '\n');
	smtp_client_sent(c, c->out_len);
}

static void
check_result(const struct smtp_client_result *r)
{
	const char	*p;

	assert(memchr(r->text, '\0', sizeof(r->text)) != NULL);
	for (p = r->text; *p != '\0'; p++)
		assert(*p >= ' ' && *p <= '~');
	assert(r->outcome != SMTP_DELIVERED ||
	    (r->final_sent && r->code / 100 == 2));
	assert(r->outcome != SMTP_PERMFAIL || r->code / 100 == 5);
}

/* The server is silent: goes on with the session. */
static void
go_on(struct session *ses)
{
	enum smtp_action	due = ses->due;
	char			out[MAIL_LINES_OUT(4)];

	ses->due = SMTP_CL_READ;
	if (due == SMTP_CL_READY && ses->mails < 3) {
		ses->mails++;
		smtp_client_mail(&ses->c, "", "a@b.example", 4, 1);
	} else if (due == SMTP_CL_READY)
		smtp_client_quit(&ses->c);
	else if (due == SMTP_CL_DATA) {
		assert(smtp_client_text(&ses->c, ".\n.\n", 4, out) == 8);
		smtp_client_text_end(&ses->c);
	} else if (due == SMTP_CL_STARTTLS)
		smtp_client_tls(&ses->c);
}

/* Feeds one piece and obeys; 0 when the session is over. */
static int
feed(struct session *ses, const char *p, size_t len)
{
	enum smtp_action	act;
	size_t			used;

	for (;;) {
		act = smtp_client_input(&ses->c, p, len, &used);
		assert(used <= len);
		p += used;
		len -= used;
		if (act == SMTP_CL_WRITE) {
			take_out(&ses->c);
			continue;
		}
		if (act == SMTP_CL_RESULT) {
			check_result(&ses->c.result);
			ses->results++;
			continue;
		}
		if (act == SMTP_CL_CLOSED)
			return 0;
		if (act != SMTP_CL_READ)
			ses->due = act;
		if (len == 0 && ses->due == SMTP_CL_READ)
			return 1;
		if (len == 0)
			go_on(ses);
	}
}

/* Each mail has one result, however the session ends. */
static void
run(const char *p, size_t len, size_t piece, enum smtp_tls_wish wish, int auth)
{
	static struct session	ses;
	size_t			n;
	int			open = 1;

	memset(&ses, 0, sizeof(ses));
	ses.due = SMTP_CL_READ;
	smtp_client_init(&ses.c, "c.example", wish);
	if (auth) {
		ses.c.auth_user = "user";
		ses.c.auth_password = "secret";
	}
	for (; open && len > 0; p += n, len -= n) {
		n = len < piece ? len : piece;
		open = feed(&ses, p, n);
	}
	if (open) {
		smtp_client_broken(&ses.c, "hung up");
		(void)feed(&ses, "", 0);
	}
	assert(ses.results == ses.mails);
	check_result(&ses.c.result);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char		*s = (const char *)data;
	enum smtp_tls_wish	 wish;

	for (wish = SMTP_TLS_OFF; wish <= SMTP_TLS_REQUIRE; wish++) {
		run(s, len, SIZE_MAX, wish, 0);
		run(s, len, 1, wish, 0);
		run(s, len, 5, wish, 0);
		run(s, len, SIZE_MAX, wish, 1);
	}
	return 0;
}
