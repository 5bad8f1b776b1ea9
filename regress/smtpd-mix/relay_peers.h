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

#ifndef REGRESS_RELAY_PEERS_H
#define REGRESS_RELAY_PEERS_H

#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include <atf-c.h>

#include "compat/compat.h"
#include "compat/rng_system.h"
#include "fakeproc.h"
#include "relay_dest.h"
#include "spool/spool.h"

/*
 * Servers at 127.0.0.1, .2, ... of one port, all in this process, and a table
 * of destinations that are looked up.  For one test program.
 */
#define PEERS_MAX	8
#define PEER_CONNS_MAX	32
#define JOBS_MAX	2048
#define NONE		99

/* The first prefix that fits is answered so; "" closes, NULL: never. */
struct answer {
	const char	*prefix;
	const char	*reply;
};

static const struct answer obliging[] = {
	{ "GREETING", "220 peer\r\n" },
	{ "EHLO", "250-peer\r\n250 PIPELINING\r\n" },
	{ "MAIL", "250 ok\r\n" },
	{ "RCPT", "250 ok\r\n" },
	{ "DATA", "354 go\r\n" },
	{ ".", "250 taken\r\n" },
	{ "QUIT", "221 bye\r\n" },
	{ "", "500 what\r\n" }
};

struct peer_conn {
	int		 fd;
	int		 in_text;
	int		 deaf;		/* reads no more */
	int64_t		 due;		/* when a reply goes, ms; 0: none */
	const char	*reply;
	char		 line[2048];
	size_t		 len;
};

struct peer {
	int		 lfd;
	const struct answer *answers;	/* before the obliging ones */
	int		 delay;		/* ms, before the final reply */
	int		 deaf_text;	/* reads no text */
	unsigned int	 limit;		/* of connections, or 0 */
	unsigned int	 accepted;
	unsigned int	 taken;		/* mails */
	unsigned int	 open;		/* connections, now ... */
	unsigned int	 most;		/* ... and at most */
	char		 commands[4096];
	struct peer_conn conns[PEER_CONNS_MAX];
};

static struct relay_table table;
static struct peer	peers[PEERS_MAX];
static size_t		npeers;
static uint32_t		peers_port;
static unsigned int	outcomes[JOBS_MAX];
static unsigned int	noutcomes;
static time_t		skipped;
static const struct role_ops peers_ops = { .role = ROLE_RELAY };

static time_t
peers_now(void)
{
	return ((time_t)(fake_ms() / 1000) + skipped);
}

static void
peers_answer(struct relay_job *job, enum proto_outcome_kind outcome)
{
	ATF_REQUIRE_EQ(NONE, outcomes[job->body.id]);
	outcomes[job->body.id] = outcome;
	noutcomes++;
	free(job);
}

static int
peers_payload(const struct relay_job *job, uint8_t *buf, size_t *len)
{
	memcpy(buf, job->body.body, job->body.body_len);
	*len = job->body.body_len;

	return (0);
}

static inline void
peers_setup(void)
{
	size_t i;

	signal(SIGPIPE, SIG_IGN);
	ATF_REQUIRE(event_init() != NULL);
	fake.ops = &peers_ops;
	for (i = 0; i < JOBS_MAX; i++)
		outcomes[i] = NONE;
	relay_table_init(&table);
	table.answer = peers_answer;
	table.now = peers_now;
	table.host.payload = peers_payload;
	table.host.tls = tls_config_new();
	tls_config_insecure_noverifycert(table.host.tls);
	tls_config_insecure_noverifyname(table.host.tls);
	strcpy(table.host.conf.hostname, "mix1.example");
	strcpy(table.host.conf.address, "mixtasy@mix1.example");
	table.host.conf.retry_first = 60;
	table.host.conf.relay_connections = 100;
	table.host.conf.relay_per_destination = 4;
}

/* A server at the next address; listening: 0 for a port that is closed. */
static inline struct peer *
peers_add(const struct answer *answers, int listening)
{
	struct peer *p = &peers[npeers++];
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);
	int i;

	for (i = 0; i < PEER_CONNS_MAX; i++)
		p->conns[i].fd = -1;
	p->answers = answers;
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons((uint16_t)peers_port);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)npeers - 1);
	p->lfd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ATF_REQUIRE(p->lfd != -1);
	if (bind(p->lfd, (struct sockaddr *)&sin, len) == -1)
		atf_tc_skip("127.0.0.%zu is not ours", npeers);
	ATF_REQUIRE_EQ(0, getsockname(p->lfd, (struct sockaddr *)&sin, &len));
	peers_port = ntohs(sin.sin_port);
	if (listening)
		ATF_REQUIRE_EQ(0, listen(p->lfd, 16));

	return (p);
}

static void
conn_close(struct peer *p, struct peer_conn *c)
{
	if (c->fd == -1)
		return;
	close(c->fd);
	memset(c, 0, sizeof(*c));
	c->fd = -1;
	p->open--;
}

static void
conn_say(struct peer *p, struct peer_conn *c, const char *reply)
{
	if (reply == NULL)
		c->deaf = 1;
	else if (reply[0] == '\0' ||
	    write(c->fd, reply, strlen(reply)) == -1)
		conn_close(p, c);
}

static const char *
reply_to(const struct peer *p, const char *line)
{
	const struct answer *a;

	for (a = p->answers; a != NULL && a->prefix != NULL; a++)
		if (strncasecmp(line, a->prefix, strlen(a->prefix)) == 0)
			return (a->reply);
	for (a = obliging; ; a++)
		if (strncasecmp(line, a->prefix, strlen(a->prefix)) == 0)
			return (a->reply);
}

static void
conn_line(struct peer *p, struct peer_conn *c)
{
	const char *reply;
	int dot = strcmp(c->line, ".\r\n") == 0;

	if (c->in_text && !dot)
		return;
	if (!c->in_text)
		(void)strlcat(p->commands, c->line, sizeof(p->commands));
	reply = reply_to(p, c->line);
	c->in_text = reply != NULL && strncmp(reply, "354", 3) == 0;
	c->deaf |= c->in_text && p->deaf_text;
	if (dot && reply != NULL)
		p->taken += reply[0] == '2';
	if (dot && p->delay > 0) {
		c->due = fake_ms() + p->delay;
		c->reply = reply;
	} else
		conn_say(p, c, reply);
}

static void
conn_run(struct peer *p, struct peer_conn *c)
{
	ssize_t n;

	if (c->due != 0 && fake_ms() >= c->due) {
		c->due = 0;
		conn_say(p, c, c->reply);
	}
	while (c->fd != -1 && !c->deaf && c->due == 0) {
		if ((n = read(c->fd, c->line + c->len, 1)) == -1)
			return;
		if (n == 0) {
			conn_close(p, c);
			return;
		}
		if (c->line[c->len++] != '\n' &&
		    c->len < sizeof(c->line) - 1)
			continue;
		c->line[c->len] = '\0';
		c->len = 0;
		conn_line(p, c);
	}
}

static void
peer_run(struct peer *p)
{
	int fd, i;

	fd = accept4(p->lfd, NULL, NULL, SOCK_NONBLOCK);
	for (i = 0; i < PEER_CONNS_MAX; i++) {
		if (fd != -1 && p->conns[i].fd == -1) {
			p->conns[i].fd = fd;
			fd = -1;
			p->accepted++;
			if (++p->open > p->most)
				p->most = p->open;
			conn_say(p, &p->conns[i], p->limit != 0 &&
			    p->open > p->limit ? "421 too many\r\n" :
			    reply_to(p, "GREETING"));
		}
		conn_run(p, &p->conns[i]);
	}
	ATF_REQUIRE_EQ(-1, fd);
}

static inline void
peers_turn(void)
{
	size_t i;

	event_loop(EVLOOP_NONBLOCK);
	for (i = 0; i < npeers; i++)
		peer_run(&peers[i]);
}

static inline int
peers_outcomes(unsigned int n, int seconds)
{
	int64_t end = fake_ms() + seconds * 1000;

	while (noutcomes < n && fake_ms() < end) {
		peers_turn();
		usleep(200);
	}

	return (noutcomes >= n);
}

#define WAIT_FOR(n)	ATF_REQUIRE_MSG(peers_outcomes(n, 10), "%u of %u", \
	noutcomes, (unsigned int)(n))

static inline void
peers_idle(int ms)
{
	int64_t end = fake_ms() + ms;

	while (fake_ms() < end) {
		peers_turn();
		usleep(200);
	}
}

/* A mail for a domain by MX. */
static inline void
peers_mail(uint32_t id, const char *domain)
{
	struct relay_job *job = calloc(1, sizeof(*job));
	struct route_dest to;

	ATF_REQUIRE(job != NULL);
	job->body.id = id;
	job->body.class = SPOOL_EXIT;
	job->body.set_total = 1;
	job->body.body_len = (uint32_t)strlen("A: b\n\nc\n");
	memcpy(job->body.body, "A: b\n\nc\n", job->body.body_len);
	(void)snprintf(job->rcpt, sizeof(job->rcpt), "bob@%s", domain);
	memset(&to, 0, sizeof(to));
	to.kind = ROUTE_MX;
	(void)strlcpy(to.host, domain, sizeof(to.host));
	to.port = peers_port;
	relay_table_add(&table, &to, job);
}

/* What resolver says next. */
static struct {
	struct proto_looked_up	dns;
	struct proto_mx		hosts[PROTO_MX_MAX];
} told;

static inline void
tell_begin(enum proto_dns status)
{
	memset(&told, 0, sizeof(told));
	told.dns.status = status;
	told.dns.ttl = 300;
}

/* A host at a peer's address. */
static inline struct proto_mx *
tell_host(const char *name, uint32_t preference, const struct peer *p)
{
	struct proto_mx *mx = &told.hosts[told.dns.n++];

	(void)strlcpy(mx->host, name, sizeof(mx->host));
	mx->preference = preference;
	mx->naddrs = 1;
	mx->addrs[0].family = 4;
	mx->addrs[0].octets[0] = 127;
	mx->addrs[0].octets[3] = (uint8_t)(p - peers + 1);

	return (mx);
}

/* Answers the next question, which has to be for that name; "": for any. */
static inline void
tell(const char *name)
{
	const struct proto_lookup *q = fake_take(ROLE_RESOLVER, PROTO_LOOKUP);

	ATF_REQUIRE_MSG(q != NULL, "no question for %s", name);
	if (name[0] != '\0')
		ATF_REQUIRE_STREQ(name, q->name);
	ATF_CHECK_EQ(peers_port, q->port);
	told.dns.id = q->id;
	relay_ask_dns(&table, &told.dns, sizeof(told.dns) +
	    told.dns.n * sizeof(told.hosts[0]));
}

/* Answers the question for a policy. */
static inline void
tell_sts(enum proto_sts_mode mode, const char *pattern, int failed)
{
	static struct proto_sts sts;
	const struct proto_sts_get *q;

	q = fake_take(ROLE_DIRECTORY, PROTO_STS_GET);
	ATF_REQUIRE(q != NULL);
	memset(&sts, 0, sizeof(sts));
	sts.number = q->number;
	sts.mode = mode;
	sts.failed = failed != 0;
	sts.max_age = 3600;
	if (pattern != NULL) {
		sts.nmx = 1;
		(void)strlcpy(sts.mx[0], pattern, sizeof(sts.mx[0]));
	}
	relay_ask_sts(&table, &sts);
}

/* Both answers of the usual case: one host, no policy. */
static inline void
tell_one(const char *domain, const struct peer *p)
{
	tell_begin(PROTO_DNS_OK);
	tell_host("mx.example", 10, p);
	tell(domain);
	tell_sts(PROTO_STS_NONE, NULL, 0);
}

#endif
