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

#include <event.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <atf-c.h>

#include "keys_tls.h"
#include "tls_io.h"

#define OUT_MAX		16384
#define BIG		300000

/* One end of a connection: sends total octets, counts what comes. */
struct end {
	struct tls_io	io;
	size_t		to_send, sent, got;
	int		wrong;		/* an octet that wasn't sent */
	int		secured, eof, failed, timeout;
	int		slow;		/* takes an octet at a time */
};

static struct end	server, client;
static int		sign_refused;
static unsigned int	nsigned;

static int
sign_here(const struct proto_sign *in, struct proto_signed *out)
{
	nsigned++;
	if (sign_refused)
		return (-1);
	keys_tls_sign(in, out);

	return (0);
}

static char
octet(size_t i)
{
	return ((char)(i * 7 + i / 251));
}

static void
pump(struct end *end)
{
	const char *p;
	char c;
	size_t n, i;

	p = tls_io_peek(&end->io, &n);
	if (end->slow && n > 100)
		n = 100;
	for (i = 0; i < n; i++)
		if (p[i] != octet(end->got + i))
			end->wrong = 1;
	end->got += n;
	tls_io_take(&end->io, n);
	while (end->sent < end->to_send) {
		c = octet(end->sent);
		if (tls_io_write(&end->io, &c, 1) == 0)
			break;
		end->sent++;
	}
}

static void
on_io(void *arg, enum tls_io_event what)
{
	struct end *end = arg;

	switch (what) {
	case TLS_IO_READABLE:
	case TLS_IO_WRITABLE:
		pump(end);
		break;
	case TLS_IO_SECURED:
		end->secured = 1;
		pump(end);
		break;
	case TLS_IO_EOF:
		end->eof = 1;
		break;
	case TLS_IO_FAILED:
		end->failed = 1;
		break;
	case TLS_IO_TIMEOUT:
		end->timeout = 1;
		break;
	case TLS_IO_CONNECTED:
		break;
	}
}

static void
open_pair(void)
{
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	ATF_REQUIRE(event_init() != NULL);
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	ATF_REQUIRE(fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0);
	ATF_REQUIRE(fcntl(fds[1], F_SETFL, O_NONBLOCK) == 0);
	ATF_REQUIRE_EQ(0, tls_io_open(&server.io, fds[0], 0, OUT_MAX, on_io,
	    &server));
	ATF_REQUIRE_EQ(0, tls_io_open(&client.io, fds[1], 0, OUT_MAX, on_io,
	    &client));
}

/* Runs the loop until the condition holds, 20 seconds at most. */
#define RUN_UNTIL(condition) do {					\
	time_t end_ = time(NULL) + 20;					\
	while (!(condition) && time(NULL) < end_)			\
		event_loop(EVLOOP_ONCE);				\
	ATF_REQUIRE(condition);						\
} while (0)

static void
begin_tls(const char *ca, const char *name, uint32_t protocols)
{
	struct tls_server *context;
	struct tls_config *config;
	char err[256];
	const uint8_t *chain;
	size_t len;

	chain = keys_tls_chain(&len);
	context = tls_server_new(chain, len, err, sizeof(err));
	ATF_REQUIRE_MSG(context != NULL, "%s", err);
	config = tls_config_new();
	ATF_REQUIRE_EQ(0, tls_config_set_protocols(config, protocols));
	if (ca != NULL)
		ATF_REQUIRE_EQ(0, tls_config_set_ca_mem(config, chain, len));
	else {
		tls_config_insecure_noverifycert(config);
		tls_config_insecure_noverifyname(config);
	}
	ATF_REQUIRE_EQ(0, tls_io_accept(&server.io, context));
	ATF_REQUIRE_EQ(0, tls_io_connect(&client.io, config, name));
	tls_config_free(config);
	tls_server_unref(context);
}

/* A key that is made before this keeps its own methods: keys' part here. */
static void
remote(void)
{
	ATF_REQUIRE_EQ(0, tls_remote_init(sign_here));
}

static void
own_key(void)
{
	char err[256];

	ATF_REQUIRE_EQ_MSG(0, keys_tls_generate("mix1.example", time(NULL),
	    err, sizeof(err)), "%s", err);
	keys_tls_switch();
	remote();
}

/* An operator's RSA pair, which keys_tls_load() takes. */
static void
rsa_key(void)
{
	char err[256];
	EVP_PKEY *key = EVP_RSA_gen(2048);
	X509 *cert = X509_new();
	FILE *cf = fopen("rsa.crt", "w+"), *kf = fopen("rsa.key", "w+");

	ATF_REQUIRE(key != NULL && cert != NULL && cf != NULL && kf != NULL);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 5);
	X509_set_pubkey(cert, key);
	ATF_REQUIRE(X509_sign(cert, key, EVP_sha256()) > 0);
	ATF_REQUIRE(PEM_write_X509(cf, cert) && fflush(cf) == 0);
	ATF_REQUIRE(PEM_write_PrivateKey(kf, key, NULL, NULL, 0, NULL, NULL));
	ATF_REQUIRE(fflush(kf) == 0);
	ATF_REQUIRE_EQ_MSG(0, keys_tls_load(fileno(cf), fileno(kf), err,
	    sizeof(err)), "%s", err);
	keys_tls_switch();
	remote();
	fclose(cf);
	fclose(kf);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static void
exchange(void)
{
	server.to_send = 1000;
	client.to_send = BIG;
	pump(&server);
	pump(&client);
	RUN_UNTIL(server.got == BIG && client.got == 1000);
	ATF_CHECK(!server.wrong && !client.wrong);
}

ATF_TC_WITHOUT_HEAD(tls_io_carries_octets_in_the_clear);
ATF_TC_BODY(tls_io_carries_octets_in_the_clear, tc)
{
	open_pair();
	exchange();
	tls_io_close(&client.io);
	RUN_UNTIL(server.eof);
}

ATF_TC_WITHOUT_HEAD(tls_io_bounds_what_it_buffers);
ATF_TC_BODY(tls_io_bounds_what_it_buffers, tc)
{
	static char block[OUT_MAX * 2];

	open_pair();
	tls_io_reading(&server.io, 0);
	ATF_CHECK_EQ(OUT_MAX, tls_io_room(&client.io));
	ATF_CHECK_EQ(OUT_MAX, tls_io_write(&client.io, block, sizeof(block)));
	ATF_CHECK_EQ(0, tls_io_room(&client.io));
	ATF_CHECK_EQ(0, tls_io_write(&client.io, block, 1));
	ATF_CHECK_EQ(OUT_MAX, tls_io_unsent(&client.io));
}

static int
waits_for(const struct end *end, short what)
{
	return (event_pending(&end->io.ev, what, NULL) != 0);
}

ATF_TC_WITHOUT_HEAD(tls_io_sends_without_waiting_for_the_socket);
ATF_TC_BODY(tls_io_sends_without_waiting_for_the_socket, tc)
{
	char c = octet(0);

	open_pair();
	ATF_REQUIRE_EQ(1, tls_io_write(&client.io, &c, 1));
	/* Not before its caller is through. */
	ATF_CHECK_EQ(1, tls_io_unsent(&client.io));
	ATF_CHECK(!waits_for(&client, EV_WRITE));
	RUN_UNTIL(server.got == 1);
	ATF_CHECK_EQ(0, tls_io_unsent(&client.io));
	ATF_CHECK(!waits_for(&client, EV_WRITE));
}

ATF_TC_WITHOUT_HEAD(tls_io_waits_for_a_full_socket);
ATF_TC_BODY(tls_io_waits_for_a_full_socket, tc)
{
	open_pair();
	tls_io_reading(&server.io, 0);
	client.to_send = 4 * BIG;
	pump(&client);
	RUN_UNTIL(waits_for(&client, EV_WRITE));
	ATF_CHECK(tls_io_unsent(&client.io) > 0);
	ATF_CHECK_EQ(0, server.got);
	tls_io_reading(&server.io, 1);
	RUN_UNTIL(server.got == 4 * BIG);
	ATF_CHECK(!server.wrong);
	RUN_UNTIL(tls_io_unsent(&client.io) == 0);
	ATF_CHECK(!waits_for(&client, EV_WRITE));
}

ATF_TC_WITHOUT_HEAD(tls_io_is_not_woken_for_what_it_does_not_read);
ATF_TC_BODY(tls_io_is_not_woken_for_what_it_does_not_read, tc)
{
	open_pair();
	tls_io_reading(&server.io, 0);
	client.to_send = 1000;
	pump(&client);
	RUN_UNTIL(!waits_for(&server, EV_READ));
	ATF_CHECK_EQ(0, server.got);
	ATF_CHECK_EQ(0, tls_io_unsent(&client.io));
	tls_io_reading(&server.io, 1);
	RUN_UNTIL(server.got == 1000);
	ATF_CHECK(!server.wrong);
}

ATF_TC_WITHOUT_HEAD(tls_io_secures_with_a_remote_ec_key);
ATF_TC_BODY(tls_io_secures_with_a_remote_ec_key, tc)
{
	own_key();
	open_pair();
	begin_tls(NULL, NULL, TLS_PROTOCOLS_DEFAULT);
	RUN_UNTIL(server.secured && client.secured);
	ATF_CHECK_EQ(1, nsigned);
	exchange();
}

ATF_TC_WITHOUT_HEAD(tls_io_secures_with_a_remote_rsa_key);
ATF_TC_BODY(tls_io_secures_with_a_remote_rsa_key, tc)
{
	rsa_key();
	open_pair();
	begin_tls(NULL, NULL, TLS_PROTOCOL_TLSv1_3);
	RUN_UNTIL(server.secured && client.secured);
	ATF_CHECK_EQ(1, nsigned);
	exchange();
}

ATF_TC_WITHOUT_HEAD(tls_io_speaks_tls_1_2_too);
ATF_TC_BODY(tls_io_speaks_tls_1_2_too, tc)
{
	rsa_key();
	open_pair();
	begin_tls(NULL, NULL, TLS_PROTOCOL_TLSv1_2);
	RUN_UNTIL(server.secured && client.secured);
	ATF_CHECK_EQ(1, nsigned);
	ATF_CHECK_STREQ("TLSv1.2", tls_conn_version(client.io.tls));
	exchange();
}

ATF_TC_WITHOUT_HEAD(tls_io_hands_out_what_libtls_keeps);
ATF_TC_BODY(tls_io_hands_out_what_libtls_keeps, tc)
{
	int rounds = 0;

	own_key();
	open_pair();
	begin_tls(NULL, NULL, TLS_PROTOCOLS_DEFAULT);
	RUN_UNTIL(server.secured && client.secured);
	server.slow = 1;
	client.to_send = 40000;
	pump(&client);
	while (server.got < 40000) {
		event_loop(EVLOOP_NONBLOCK);
		pump(&server);
		ATF_REQUIRE(++rounds < 100000);
	}
	ATF_CHECK(!server.wrong);
}

ATF_TC_WITHOUT_HEAD(tls_io_verifies_a_certificate_and_its_name);
ATF_TC_BODY(tls_io_verifies_a_certificate_and_its_name, tc)
{
	own_key();
	open_pair();
	begin_tls("own", "mix1.example", TLS_PROTOCOLS_DEFAULT);
	RUN_UNTIL(server.secured && client.secured);
	tls_io_close(&server.io);
	tls_io_close(&client.io);
	memset(&client, 0, sizeof(client));
	open_pair();
	begin_tls("own", "mix2.example", TLS_PROTOCOLS_DEFAULT);
	RUN_UNTIL(client.failed);
	ATF_CHECK(!client.secured);
	ATF_CHECK(tls_io_error(&client.io)[0] != '\0');
}

ATF_TC_WITHOUT_HEAD(tls_io_fails_without_a_signature);
ATF_TC_BODY(tls_io_fails_without_a_signature, tc)
{
	own_key();
	sign_refused = 1;
	open_pair();
	begin_tls(NULL, NULL, TLS_PROTOCOLS_DEFAULT);
	RUN_UNTIL(server.failed && (client.failed || client.eof));
	ATF_CHECK(!server.secured && !client.secured);
}

ATF_TC_WITHOUT_HEAD(tls_io_fails_when_the_peer_speaks_no_tls);
ATF_TC_BODY(tls_io_fails_when_the_peer_speaks_no_tls, tc)
{
	struct tls_server *context;
	char err[256];
	const uint8_t *chain;
	size_t len;

	own_key();
	open_pair();
	chain = keys_tls_chain(&len);
	context = tls_server_new(chain, len, err, sizeof(err));
	ATF_REQUIRE(context != NULL);
	ATF_REQUIRE_EQ(0, tls_io_accept(&server.io, context));
	client.to_send = 1000;
	pump(&client);
	RUN_UNTIL(server.failed);
	tls_server_unref(context);
	tls_io_close(&server.io);
}

ATF_TC_WITHOUT_HEAD(tls_io_drops_what_came_before_tls);
ATF_TC_BODY(tls_io_drops_what_came_before_tls, tc)
{
	size_t left;

	own_key();
	open_pair();
	server.slow = 1;
	client.to_send = 150;
	pump(&client);
	RUN_UNTIL(server.got == 100);
	(void)tls_io_peek(&server.io, &left);
	ATF_REQUIRE_EQ(50, left);
	begin_tls(NULL, NULL, TLS_PROTOCOLS_DEFAULT);
	RUN_UNTIL(server.secured && client.secured);
	(void)tls_io_peek(&server.io, &left);
	ATF_CHECK_EQ(0, left);
}

ATF_TC_WITHOUT_HEAD(tls_io_tells_that_time_is_up);
ATF_TC_BODY(tls_io_tells_that_time_is_up, tc)
{
	open_pair();
	tls_io_timeout(&server.io, 1);
	RUN_UNTIL(server.timeout);
	ATF_CHECK(!client.timeout);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, tls_io_carries_octets_in_the_clear);
	ATF_TP_ADD_TC(tp, tls_io_bounds_what_it_buffers);
	ATF_TP_ADD_TC(tp, tls_io_sends_without_waiting_for_the_socket);
	ATF_TP_ADD_TC(tp, tls_io_waits_for_a_full_socket);
	ATF_TP_ADD_TC(tp, tls_io_is_not_woken_for_what_it_does_not_read);
	ATF_TP_ADD_TC(tp, tls_io_secures_with_a_remote_ec_key);
	ATF_TP_ADD_TC(tp, tls_io_secures_with_a_remote_rsa_key);
	ATF_TP_ADD_TC(tp, tls_io_speaks_tls_1_2_too);
	ATF_TP_ADD_TC(tp, tls_io_hands_out_what_libtls_keeps);
	ATF_TP_ADD_TC(tp, tls_io_verifies_a_certificate_and_its_name);
	ATF_TP_ADD_TC(tp, tls_io_fails_without_a_signature);
	ATF_TP_ADD_TC(tp, tls_io_fails_when_the_peer_speaks_no_tls);
	ATF_TP_ADD_TC(tp, tls_io_drops_what_came_before_tls);
	ATF_TP_ADD_TC(tp, tls_io_tells_that_time_is_up);

	return (atf_no_error());
}
