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
#include <sys/socket.h>
#include <sys/time.h>

#include <event.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <atf-c.h>

#include "keys_tls.h"
#include "mixtasy/message.h"
#include "smtp_session.h"
#include "tls_io.h"

#define FRAMES_MAX	16
#define TXN		4242

static struct smtp_host		 host;
static struct smtp_session	*session;
static struct proto_frame	 frames[FRAMES_MAX];
static size_t			 nframes;
static int			 gone;
static int			 fd = -1;
static char			 got[65536];	/* from the session, all */
static size_t			 got_len;
static size_t			 got_seen;
static char			 mail[MIX_OUTER_LEN_MAX];
static uint8_t			 body[MIX_BODY_LEN];

static void
take_frame(const struct proto_frame *frame)
{
	ATF_REQUIRE(nframes < FRAMES_MAX);
	frames[nframes++] = *frame;
}

static uint64_t
number(struct smtp_session *s)
{
	(void)s;

	return (TXN);
}

static void
is_gone(struct smtp_session *s)
{
	(void)s;
	gone++;
	session = NULL;
}

static void
setup_host(void)
{
	struct proto_conf_global *conf = &host.conf;

	signal(SIGPIPE, SIG_IGN);
	ATF_REQUIRE(event_init() != NULL);
	smtp_credits_init(&host.credits);
	host.frame = take_frame;
	host.txn = number;
	host.gone = is_gone;
	strcpy(conf->hostname, "mix1.example");
	strcpy(conf->address, "mixtasy@mix1.example");
	conf->max_commands = 100;
	conf->max_errors = 20;
	conf->max_transactions = 10;
	conf->max_mail_size = 200000;
	conf->timeout = 30;
	conf->postmaster_via = CONF_VIA_MAILDIR;
}

static void
connect_client(int offer_tls)
{
	struct smtp_peer peer;
	struct sockaddr_storage ss;
	int fds[2];

	memset(&ss, 0, sizeof(ss));
	smtp_peer_set(&peer, (struct sockaddr *)&ss);
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	ATF_REQUIRE(fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0);
	ATF_REQUIRE(fcntl(fds[1], F_SETFL, O_NONBLOCK) == 0);
	session = smtp_session_new(&host, fds[0], &peer, offer_tls);
	ATF_REQUIRE(session != NULL);
	fd = fds[1];
	got_len = got_seen = 0;
}

/* Lets the session do what it can. */
static void
turn(void)
{
	ssize_t n;

	event_loop(EVLOOP_NONBLOCK);
	while (fd != -1 && got_len < sizeof(got) - 1 &&
	    (n = read(fd, got + got_len, sizeof(got) - 1 - got_len)) > 0)
		got_len += (size_t)n;
	got[got_len] = '\0';
}

/* Waits, seconds at most, until what has not been seen yet holds text. */
static int
reply_within(const char *text, int seconds)
{
	time_t end = time(NULL) + seconds + 1;
	char *p;

	do {
		turn();
		if ((p = strstr(got + got_seen, text)) != NULL) {
			got_seen = (size_t)(p - got) + strlen(text);
			return (1);
		}
		usleep(1000);
	} while (time(NULL) < end);
	fprintf(stderr, "wanted %s, got %s\n", text, got + got_seen);

	return (0);
}

#define EXPECT(text)	ATF_REQUIRE(reply_within(text, 10))

static void
say_n(const char *text, size_t len)
{
	ssize_t n;

	while (len > 0) {
		if ((n = write(fd, text, len)) > 0) {
			text += n;
			len -= (size_t)n;
		} else
			turn();
	}
}

static void
say(const char *text)
{
	say_n(text, strlen(text));
}

static void
begin(void)
{
	setup_host();
	connect_client(0);
	EXPECT("220 mix1.example");
	say("EHLO client.example\r\n");
	EXPECT("250 ENHANCEDSTATUSCODES\r\n");
}

static void
envelope(const char *rcpt)
{
	char line[400];

	snprintf(line, sizeof(line),
	    "MAIL FROM:<a@client.example>\r\nRCPT TO:<%s>\r\nDATA\r\n", rcpt);
	say(line);
}

static void
send_mix_mail(const char *to)
{
	size_t i, len;

	for (i = 0; i < sizeof(body); i++)
		body[i] = (uint8_t)(i * 31 + i / 256);
	len = mix_outer_write(NULL, to, body, mail);
	say_n(mail, len);
	say(".\r\n");
}

ATF_TC_WITHOUT_HEAD(session_is_no_relay);
ATF_TC_BODY(session_is_no_relay, tc)
{
	begin();
	smtp_credits_add(&host.credits, 5, 0);
	envelope("someone@elsewhere.example");
	EXPECT("250 2.1.0");
	EXPECT("550 5.7.1");
	EXPECT("554 5.5.1");
	say("RCPT TO:<mixtasy@mix2.example>\r\n");
	EXPECT("550 5.7.1");
	say("RCPT TO:<postmaster@mix2.example>\r\n");
	EXPECT("550 5.7.1");
	say("RCPT TO:<MIXTASY@Mix1.Example>\r\n");
	EXPECT("250 2.1.5");
	ATF_CHECK_EQ(3, host.status.rejected);
}

ATF_TC_WITHOUT_HEAD(session_takes_one_recipient_a_mail);
ATF_TC_BODY(session_takes_one_recipient_a_mail, tc)
{
	begin();
	say("MAIL FROM:<>\r\nRCPT TO:<mixtasy@mix1.example>\r\n");
	EXPECT("250 2.1.5");
	say("RCPT TO:<mixtasy@mix1.example>\r\n");
	EXPECT("452 4.5.3");
	say("RCPT TO:<postmaster>\r\n");
	EXPECT("452 4.5.3");
	say("RSET\r\nMAIL FROM:<>\r\nRCPT TO:<Postmaster>\r\n");
	EXPECT("250 2.1.5");
}

ATF_TC_WITHOUT_HEAD(session_refuses_postmaster_without_a_place_for_it);
ATF_TC_BODY(session_refuses_postmaster_without_a_place_for_it, tc)
{
	begin();
	host.conf.postmaster_via = CONF_VIA_NONE;
	say("MAIL FROM:<>\r\nRCPT TO:<postmaster@mix1.example>\r\n");
	EXPECT("550 5.1.1");
}

ATF_TC_WITHOUT_HEAD(session_hands_a_mix_message_on_and_answers_when_committed);
ATF_TC_BODY(session_hands_a_mix_message_on_and_answers_when_committed, tc)
{
	begin();
	smtp_credits_add(&host.credits, 1, 0);
	envelope("mixtasy@mix1.example");
	EXPECT("354 ");
	ATF_CHECK_EQ(0, host.credits.n);
	send_mix_mail("mixtasy@mix1.example");
	turn();
	turn();
	ATF_REQUIRE_EQ(1, nframes);
	ATF_CHECK_EQ(PROTO_FRAME_MIX, frames[0].kind);
	ATF_CHECK_EQ(TXN, frames[0].txn);
	ATF_CHECK_EQ(MIX_BODY_LEN, frames[0].body_len);
	ATF_CHECK_EQ(0, memcmp(body, frames[0].body, MIX_BODY_LEN));
	ATF_CHECK(strstr(got + got_seen, "250 2.0.0") == NULL);
	smtp_session_committed(session, 1);
	EXPECT("250 2.0.0");
	ATF_CHECK_EQ(1, host.status.accepted);
	say("QUIT\r\n");
	EXPECT("221 ");
	ATF_CHECK_EQ(1, gone);
	ATF_CHECK_EQ(0, host.credits.n);
}

ATF_TC_WITHOUT_HEAD(session_answers_451_when_the_commit_failed);
ATF_TC_BODY(session_answers_451_when_the_commit_failed, tc)
{
	begin();
	smtp_credits_add(&host.credits, 1, 0);
	envelope("mixtasy@mix1.example");
	EXPECT("354 ");
	send_mix_mail("mixtasy@mix1.example");
	turn();
	ATF_REQUIRE_EQ(1, nframes);
	smtp_session_committed(session, 0);
	EXPECT("451 4.3.0");
	ATF_CHECK_EQ(1, host.status.tempfailed);
}

ATF_TC_WITHOUT_HEAD(session_rejects_broken_messages_and_gives_the_credit_back);
ATF_TC_BODY(session_rejects_broken_messages_and_gives_the_credit_back, tc)
{
	begin();
	smtp_credits_add(&host.credits, 1, 0);
	envelope("mixtasy@mix1.example");
	EXPECT("354 ");
	say("Subject: hello\r\n\r\nNot a mix message.\r\n.\r\n");
	EXPECT("550 5.6.0");
	ATF_CHECK_EQ(1, host.credits.n);
	ATF_CHECK_EQ(1, host.status.bad_message[MIX_OUTER_TYPE]);
	envelope("mixtasy@mix1.example");
	EXPECT("354 ");
	send_mix_mail("mixtasy@mix2.example");
	EXPECT("550 5.6.0");
	ATF_CHECK_EQ(1, host.status.bad_message[MIX_OUTER_TO]);
	ATF_CHECK_EQ(1, host.credits.n);
	envelope("mixtasy@mix1.example");
	EXPECT("354 ");
	say("bare\nline\r\n.\r\n");
	EXPECT("550 5.6.0");
	ATF_CHECK_EQ(1, host.credits.n);
	ATF_CHECK_EQ(0, nframes);
	ATF_CHECK_EQ(3, host.status.rejected);
}

static void
send_from_nobody(const char *text)
{
	say("MAIL FROM:<>\r\nRCPT TO:<mixtasy@mix1.example>\r\nDATA\r\n");
	EXPECT("354 ");
	say(text);
	say(".\r\n");
}

#define REPORT(action, domain)						\
	"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\n"	\
	"Content-Type: message/delivery-status\r\n\r\n"		\
	"Reporting-MTA: dns; y\r\n\r\n"				\
	"Final-Recipient: rfc822; mixtasy@" domain "\r\n"		\
	"Action: " action "\r\n\r\n--x--\r\n"

ATF_TC_WITHOUT_HEAD(session_counts_reports_and_forgets_them);
ATF_TC_BODY(session_counts_reports_and_forgets_them, tc)
{
	const struct proto_report_domain *d = host.status.report_domains;
	char text[512];
	int i;

	begin();
	smtp_credits_add(&host.credits, 1, 0);
	host.conf.max_transactions = 0;
	send_from_nobody(REPORT("failed", "a.example"));
	EXPECT("250 2.0.0");
	send_from_nobody(REPORT("delayed", "A.Example"));
	EXPECT("250 2.0.0");
	send_from_nobody("From: MAILER-DAEMON@b.example\r\n\r\nSorry.\r\n");
	EXPECT("250 2.0.0");
	ATF_CHECK_EQ(1, host.status.reports_failed);
	ATF_CHECK_EQ(1, host.status.reports_delayed);
	ATF_CHECK_EQ(1, host.status.reports_free_form);
	ATF_CHECK_STREQ("a.example", d[0].domain);
	ATF_CHECK_EQ(1, d[0].failed);
	ATF_CHECK_EQ(1, d[0].delayed);
	/* Invented domains push each other out, and no others. */
	for (i = 0; i < 6; i++) {
		snprintf(text, sizeof(text), REPORT("failed", "x%d.example"),
		    i);
		send_from_nobody(text);
		EXPECT("250 2.0.0");
	}
	ATF_CHECK_STREQ("a.example", d[0].domain);
	ATF_CHECK_EQ(0, host.status.accepted);
	ATF_CHECK_EQ(0, host.status.rejected);
	ATF_CHECK_EQ(0, nframes);
	ATF_CHECK_EQ(1, host.credits.n);
}

ATF_TC_WITHOUT_HEAD(session_takes_reports_from_nobody_alone);
ATF_TC_BODY(session_takes_reports_from_nobody_alone, tc)
{
	begin();
	smtp_credits_add(&host.credits, 1, 0);
	envelope("mixtasy@mix1.example");
	EXPECT("354 ");
	say(REPORT("failed", "a.example") ".\r\n");
	EXPECT("550 5.6.0");
	ATF_CHECK_EQ(0, host.status.reports_failed);
	send_from_nobody("Subject: hello\r\n\r\nNo report.\r\n");
	EXPECT("550 5.6.0");
	ATF_CHECK_EQ(0, host.status.reports_free_form);
	ATF_CHECK_EQ(1, host.credits.n);
}

ATF_TC_WITHOUT_HEAD(session_waits_for_a_credit);
ATF_TC_BODY(session_waits_for_a_credit, tc)
{
	begin();
	envelope("mixtasy@mix1.example");
	EXPECT("250 2.1.5");
	turn();
	ATF_CHECK_EQ(got_seen + strlen(" recipient ok\r\n"), got_len);
	smtp_credits_add(&host.credits, 1, 0);
	EXPECT("354 ");
}

ATF_TC_WITHOUT_HEAD(session_answers_452_when_there_is_no_room);
ATF_TC_BODY(session_answers_452_when_there_is_no_room, tc)
{
	begin();
	smtp_credits_add(&host.credits, 0, 1);
	envelope("mixtasy@mix1.example");
	EXPECT("452 4.3.1");
	smtp_credits_add(&host.credits, 0, 0);
	say("DATA\r\n");
	turn();
	turn();
	ATF_CHECK(strstr(got + got_seen, "452") == NULL);
	smtp_credits_add(&host.credits, 0, 1);
	EXPECT("452 4.3.1");
	ATF_CHECK_EQ(2, host.status.tempfailed);
}

ATF_TC_WITHOUT_HEAD(session_gives_back_the_credit_of_a_client_that_went);
ATF_TC_BODY(session_gives_back_the_credit_of_a_client_that_went, tc)
{
	begin();
	smtp_credits_add(&host.credits, 1, 0);
	envelope("mixtasy@mix1.example");
	EXPECT("354 ");
	say("Remailer-Type:");
	close(fd);
	fd = -1;
	turn();
	turn();
	ATF_CHECK_EQ(1, gone);
	ATF_CHECK_EQ(1, host.credits.n);
	ATF_CHECK_EQ(0, nframes);
}

/* Sends n lines of 62 octets to postmaster, without the final dot. */
static void
send_lines(unsigned int n)
{
	char line[80];
	unsigned int i;

	for (i = 0; i < n; i++) {
		snprintf(line, sizeof(line), "%060u\r\n", i);
		say(line);
		if (i % 64 == 0)
			turn();
	}
}

ATF_TC_WITHOUT_HEAD(session_cuts_a_mail_to_postmaster_into_a_set);
ATF_TC_BODY(session_cuts_a_mail_to_postmaster_into_a_set, tc)
{
	static char whole[FRAMES_MAX * PROTO_PIECE_LEN];
	size_t i, len = 0;

	begin();
	smtp_credits_add(&host.credits, 10, 0);
	envelope("postmaster");
	EXPECT("354 ");
	send_lines(1000);
	say(".\r\n");
	turn();
	turn();
	ATF_REQUIRE_EQ(4, nframes);
	for (i = 0; i < 3; i++) {
		ATF_CHECK_EQ(PROTO_FRAME_POSTMASTER, frames[i].kind);
		ATF_CHECK_EQ(i + 1, frames[i].set_index);
		ATF_CHECK_EQ(frames[3].set, frames[i].set);
		ATF_CHECK_EQ(TXN, frames[i].txn);
		ATF_CHECK(i == 2 || frames[i].body_len == PROTO_PIECE_LEN);
		memcpy(whole + len, frames[i].body, frames[i].body_len);
		len += frames[i].body_len;
	}
	ATF_CHECK_EQ(0, frames[3].set_index);
	ATF_CHECK_EQ(4, frames[3].set_total);
	ATF_CHECK_EQ(0, frames[3].body_len);
	ATF_CHECK(frames[3].set != 0);
	ATF_CHECK_EQ(0, strncmp(whole, "Received: from ", 15));
	ATF_REQUIRE(len > 62000);
	for (i = 0; i < 1000; i++)
		ATF_REQUIRE_EQ((long)i, strtol(whole + len - 62 * (1000 - i),
		    NULL, 10));
	smtp_session_committed(session, 1);
	EXPECT("250 2.0.0");
	ATF_CHECK_EQ(6, host.credits.n);
}

ATF_TC_WITHOUT_HEAD(session_stops_reading_without_a_credit_for_a_piece);
ATF_TC_BODY(session_stops_reading_without_a_credit_for_a_piece, tc)
{
	begin();
	smtp_credits_add(&host.credits, 1, 0);
	envelope("postmaster");
	EXPECT("354 ");
	send_lines(500);
	say(".\r\n");
	turn();
	turn();
	ATF_CHECK_EQ(0, nframes);
	smtp_credits_add(&host.credits, 1, 0);
	turn();
	turn();
	ATF_CHECK_EQ(1, nframes);
	smtp_credits_add(&host.credits, 1, 0);
	turn();
	turn();
	ATF_REQUIRE_EQ(3, nframes);
	ATF_CHECK_EQ(3, frames[2].set_total);
	smtp_session_committed(session, 0);
	EXPECT("451 4.3.0");
}

ATF_TC_WITHOUT_HEAD(session_breaks_a_set_off_when_the_client_goes);
ATF_TC_BODY(session_breaks_a_set_off_when_the_client_goes, tc)
{
	begin();
	smtp_credits_add(&host.credits, 3, 0);
	envelope("postmaster");
	EXPECT("354 ");
	send_lines(500);
	turn();
	ATF_REQUIRE_EQ(1, nframes);
	close(fd);
	fd = -1;
	turn();
	turn();
	ATF_REQUIRE_EQ(2, nframes);
	ATF_CHECK_EQ(0, frames[1].set_index);
	ATF_CHECK_EQ(0, frames[1].set_total);
	ATF_CHECK_EQ(frames[0].set, frames[1].set);
	ATF_CHECK_EQ(1, host.credits.n);
}

ATF_TC_WITHOUT_HEAD(session_refuses_what_is_too_large_for_postmaster);
ATF_TC_BODY(session_refuses_what_is_too_large_for_postmaster, tc)
{
	begin();
	smtp_credits_add(&host.credits, 12, 0);
	envelope("postmaster");
	EXPECT("354 ");
	send_lines(4000);
	say(".\r\n");
	EXPECT("552 5.3.4");
	ATF_REQUIRE(nframes > 1);
	ATF_CHECK_EQ(0, frames[nframes - 1].set_index);
	ATF_CHECK_EQ(0, frames[nframes - 1].set_total);
}

ATF_TC_WITHOUT_HEAD(session_fails_a_set_that_the_queue_gave_up);
ATF_TC_BODY(session_fails_a_set_that_the_queue_gave_up, tc)
{
	begin();
	smtp_credits_add(&host.credits, 12, 0);
	envelope("postmaster");
	EXPECT("354 ");
	send_lines(500);
	turn();
	ATF_REQUIRE_EQ(1, nframes);
	smtp_session_committed(session, 0);
	send_lines(1000);
	say(".\r\n");
	EXPECT("452 4.3.1");
	ATF_CHECK_EQ(2, nframes);
}

ATF_TC_WITHOUT_HEAD(session_sends_idle_clients_away_at_a_stop);
ATF_TC_BODY(session_sends_idle_clients_away_at_a_stop, tc)
{
	begin();
	host.stopping = 1;
	smtp_session_stop(session);
	EXPECT("421 ");
	ATF_CHECK_EQ(1, gone);
}

ATF_TC_WITHOUT_HEAD(session_answers_what_is_committed_during_a_stop);
ATF_TC_BODY(session_answers_what_is_committed_during_a_stop, tc)
{
	begin();
	smtp_credits_add(&host.credits, 1, 0);
	envelope("mixtasy@mix1.example");
	EXPECT("354 ");
	send_mix_mail("mixtasy@mix1.example");
	turn();
	turn();
	ATF_REQUIRE_EQ(1, nframes);
	host.stopping = 1;
	smtp_session_stop(session);
	turn();
	ATF_CHECK_EQ(0, gone);
	smtp_session_committed(session, 1);
	EXPECT("250 2.0.0");
	EXPECT("421 ");
	ATF_CHECK_EQ(1, gone);
}

ATF_TC_WITHOUT_HEAD(session_ends_when_a_client_drips);
ATF_TC_BODY(session_ends_when_a_client_drips, tc)
{
	time_t start = time(NULL);

	setup_host();
	host.conf.timeout = 2;
	connect_client(0);
	EXPECT("220 ");
	while (!gone && time(NULL) < start + 10) {
		if (write(fd, "x", 1) == -1)
			break;
		turn();
		usleep(100000);
	}
	EXPECT("421 ");
	ATF_CHECK_EQ(1, gone);
}

ATF_TC_WITHOUT_HEAD(session_ends_when_a_client_reads_no_replies);
ATF_TC_BODY(session_ends_when_a_client_reads_no_replies, tc)
{
	time_t start = time(NULL);

	setup_host();
	host.conf.timeout = 2;
	host.conf.max_commands = 0;
	connect_client(0);
	EXPECT("220 ");
	while (!gone && time(NULL) < start + 20) {
		(void)!write(fd, "NOOP\r\nNOOP\r\nNOOP\r\n", 18);
		event_loop(EVLOOP_NONBLOCK);
	}
	ATF_CHECK_EQ(1, gone);
}

ATF_TC_WITHOUT_HEAD(session_survives_pipelining_beyond_its_buffers);
ATF_TC_BODY(session_survives_pipelining_beyond_its_buffers, tc)
{
	int i;

	setup_host();
	host.conf.max_commands = 0;
	connect_client(0);
	for (i = 0; i < 2000; i++)
		say("NOOP\r\n");
	say("QUIT\r\n");
	EXPECT("221 ");
	for (i = 0, got_seen = 0; i < 2000; i++)
		EXPECT("250 2.0.0");
}

static int
sign_here(const struct proto_sign *in, struct proto_signed *out)
{
	keys_tls_sign(in, out);

	return (0);
}

static struct tls_io	secure;

static void
on_secure(void *arg, enum tls_io_event what)
{
	const char *p;
	size_t n;

	(void)arg;
	ATF_REQUIRE_MSG(what != TLS_IO_FAILED, "%s", tls_io_error(&secure));
	p = tls_io_peek(&secure, &n);
	ATF_REQUIRE(got_len + n < sizeof(got));
	memcpy(got + got_len, p, n);
	got_len += n;
	tls_io_take(&secure, n);
}

static void
start_tls_as_client(void)
{
	struct tls_config *config = tls_config_new();

	ATF_REQUIRE(config != NULL);
	tls_config_insecure_noverifycert(config);
	tls_config_insecure_noverifyname(config);
	ATF_REQUIRE_EQ(0, tls_io_open(&secure, fd, 0, 4096, on_secure, NULL));
	fd = -1;
	ATF_REQUIRE_EQ(0, tls_io_connect(&secure, config, NULL));
	tls_config_free(config);
}

ATF_TC_WITHOUT_HEAD(session_starts_tls_and_forgets_what_came_before);
ATF_TC_BODY(session_starts_tls_and_forgets_what_came_before, tc)
{
	const uint8_t *chain;
	char err[256];
	size_t len;

	setup_host();
	ATF_REQUIRE_EQ(0, keys_tls_generate("mix1.example", time(NULL), err,
	    sizeof(err)));
	keys_tls_switch();
	ATF_REQUIRE_EQ(0, tls_remote_init(sign_here));
	chain = keys_tls_chain(&len);
	host.tls = tls_server_new(chain, len, err, sizeof(err));
	ATF_REQUIRE_MSG(host.tls != NULL, "%s", err);
	connect_client(1);
	say("EHLO client.example\r\n");
	EXPECT("250-STARTTLS");
	say("STARTTLS\r\nMAIL FROM:<injected@client.example>\r\n");
	EXPECT("220 2.0.0");
	start_tls_as_client();
	while (!secure.secure)
		event_loop(EVLOOP_ONCE);
	tls_io_write(&secure, "EHLO client.example\r\nRCPT TO:<x@y.z>\r\n",
	    38);
	EXPECT("250-mix1.example");
	EXPECT("503 5.5.1");
	ATF_CHECK(strstr(got + got_seen, "STARTTLS") == NULL);
	ATF_CHECK_EQ(1, host.status.tls);
	tls_io_close(&secure);
	turn();
	ATF_CHECK_EQ(1, gone);
	tls_server_unref(host.tls);
}

ATF_TC_WITHOUT_HEAD(peers_share_an_ipv6_network_of_64_bits);
ATF_TC_BODY(peers_share_an_ipv6_network_of_64_bits, tc)
{
	struct sockaddr_in6 sin6;
	struct sockaddr_in sin;
	struct smtp_peer a, b;

	memset(&sin6, 0, sizeof(sin6));
	sin6.sin6_family = AF_INET6;
	sin6.sin6_addr.s6_addr[0] = 0x20;
	sin6.sin6_addr.s6_addr[7] = 1;
	smtp_peer_set(&a, (struct sockaddr *)&sin6);
	ATF_CHECK_STREQ("[IPv6:2000:0:0:1::]", a.literal);
	sin6.sin6_addr.s6_addr[15] = 9;
	smtp_peer_set(&b, (struct sockaddr *)&sin6);
	ATF_CHECK(smtp_peer_same(&a, &b));
	sin6.sin6_addr.s6_addr[7] = 2;
	smtp_peer_set(&b, (struct sockaddr *)&sin6);
	ATF_CHECK(!smtp_peer_same(&a, &b));
	memset(&sin6.sin6_addr, 0, sizeof(sin6.sin6_addr));
	memset(sin6.sin6_addr.s6_addr + 10, 0xff, 2);
	sin6.sin6_addr.s6_addr[12] = 127;
	sin6.sin6_addr.s6_addr[15] = 1;
	smtp_peer_set(&a, (struct sockaddr *)&sin6);
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	memcpy(&sin.sin_addr, sin6.sin6_addr.s6_addr + 12, 4);
	smtp_peer_set(&b, (struct sockaddr *)&sin);
	ATF_CHECK(smtp_peer_same(&a, &b));
	ATF_CHECK_STREQ("[127.0.0.1]", a.literal);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, session_is_no_relay);
	ATF_TP_ADD_TC(tp, session_takes_one_recipient_a_mail);
	ATF_TP_ADD_TC(tp, session_refuses_postmaster_without_a_place_for_it);
	ATF_TP_ADD_TC(tp,
	    session_hands_a_mix_message_on_and_answers_when_committed);
	ATF_TP_ADD_TC(tp, session_answers_451_when_the_commit_failed);
	ATF_TP_ADD_TC(tp,
	    session_rejects_broken_messages_and_gives_the_credit_back);
	ATF_TP_ADD_TC(tp, session_counts_reports_and_forgets_them);
	ATF_TP_ADD_TC(tp, session_takes_reports_from_nobody_alone);
	ATF_TP_ADD_TC(tp, session_waits_for_a_credit);
	ATF_TP_ADD_TC(tp, session_answers_452_when_there_is_no_room);
	ATF_TP_ADD_TC(tp, session_gives_back_the_credit_of_a_client_that_went);
	ATF_TP_ADD_TC(tp, session_cuts_a_mail_to_postmaster_into_a_set);
	ATF_TP_ADD_TC(tp, session_stops_reading_without_a_credit_for_a_piece);
	ATF_TP_ADD_TC(tp, session_breaks_a_set_off_when_the_client_goes);
	ATF_TP_ADD_TC(tp, session_refuses_what_is_too_large_for_postmaster);
	ATF_TP_ADD_TC(tp, session_fails_a_set_that_the_queue_gave_up);
	ATF_TP_ADD_TC(tp, session_sends_idle_clients_away_at_a_stop);
	ATF_TP_ADD_TC(tp, session_answers_what_is_committed_during_a_stop);
	ATF_TP_ADD_TC(tp, session_ends_when_a_client_drips);
	ATF_TP_ADD_TC(tp, session_ends_when_a_client_reads_no_replies);
	ATF_TP_ADD_TC(tp, session_survives_pipelining_beyond_its_buffers);
	ATF_TP_ADD_TC(tp, session_starts_tls_and_forgets_what_came_before);
	ATF_TP_ADD_TC(tp, peers_share_an_ipv6_network_of_64_bits);

	return (atf_no_error());
}
