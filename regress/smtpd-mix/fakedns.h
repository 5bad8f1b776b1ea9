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

#ifndef REGRESS_FAKEDNS_H
#define REGRESS_FAKEDNS_H

#include <sys/types.h>
#include <sys/queue.h>

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "dns/answer.h"
#include "fakeproc.h"
#include "lib/dns/message.h"
#include "log.h"
#include "resolver_query.h"
#include "roles.h"

/*
 * The resolver role with the DNS played by hand: what it asks is kept, and
 * answered by the test.  To be included by one test program, whose
 * resolver_query.o it stands in for.
 */
#define DOMAIN	"a.example"

/* What has been asked and not answered. */
struct query {
	TAILQ_ENTRY(query) entry;
	char		 name[DNS_NAME_MAX];
	uint16_t	 type;
	query_done	*done;
	void		*arg;
};

static TAILQ_HEAD(, query) asked = TAILQ_HEAD_INITIALIZER(asked);
static struct message m;
static uint64_t last_id;

struct resolver *
resolver_new(const struct role_conf *conf, char *err, size_t len)
{
	(void)conf, (void)err, (void)len;

	return (malloc(1));
}

void
resolver_free(struct resolver *r)
{
	free(r);
}

struct query *
query_new(struct resolver *r, const char *name, uint16_t type,
    query_done *done, void *arg)
{
	struct query *q;

	(void)r;
	ATF_REQUIRE((q = calloc(1, sizeof(*q))) != NULL);
	strlcpy(q->name, name, sizeof(q->name));
	q->type = type;
	q->done = done;
	q->arg = arg;
	TAILQ_INSERT_TAIL(&asked, q, entry);

	return (q);
}

void
query_forget(struct query *q)
{
	TAILQ_REMOVE(&asked, q, entry);
	free(q);
}

static inline unsigned int
waiting(void)
{
	const struct query *q;
	unsigned int n = 0;

	TAILQ_FOREACH(q, &asked, entry)
		n++;

	return (n);
}

static inline struct query *
find(const char *name, uint16_t type)
{
	struct query *q;

	TAILQ_FOREACH(q, &asked, entry)
		if (q->type == type && strcmp(q->name, name) == 0)
			return (q);

	return (NULL);
}

/* Answers what must have been asked, with the message m or nothing. */
static inline void
reply(const char *name, uint16_t type, enum query_state state)
{
	struct query *q;

	ATF_REQUIRE_MSG((q = find(name, type)) != NULL, "%s type %u: not "
	    "asked", name, type);
	TAILQ_REMOVE(&asked, q, entry);
	if (state == QUERY_SECURE || state == QUERY_INSECURE)
		q->done(q->arg, state, m.buf, m.len);
	else
		q->done(q->arg, state, NULL, 0);
	free(q);
}

/* The same, with no such record. */
static inline void
reply_nothing(const char *name, uint16_t type, enum query_state state)
{
	message_begin(&m, name, type, 0);
	message_soa(&m, "example", 300, 300);
	reply(name, type, state);
}

static inline void
reply_a(const char *name, const char *address, enum query_state state)
{
	message_begin(&m, name, DNS_TYPE_A, 0);
	message_a(&m, name, 300, address);
	reply(name, DNS_TYPE_A, state);
	reply_nothing(name, DNS_TYPE_AAAA, state);
}

static inline void
reply_mx(const char *host, enum query_state state)
{
	message_begin(&m, DOMAIN, DNS_TYPE_MX, 0);
	message_mx(&m, DOMAIN, 300, 10, host);
	reply(DOMAIN, DNS_TYPE_MX, state);
}

/* The end of a lookup that isn't about policies. */
static inline void
no_sts(void)
{
	reply_nothing("_mta-sts." DOMAIN, DNS_TYPE_TXT, QUERY_INSECURE);
}

static inline void
begin(void)
{
	log_init("resolver", 1, 0);
	strcpy(fake.conf.global.hostname, "mix.example.net");
	fake_start(&resolver_ops);
	resolver_ops.switched(&fake.conf);
}

static inline void
ask(enum role from, enum proto_lookup_kind kind, const char *name)
{
	struct proto_lookup row;

	memset(&row, 0, sizeof(row));
	row.id = ++last_id;
	row.kind = kind;
	row.port = 25;
	strlcpy(row.name, name, sizeof(row.name));
	fake_message(from, PROTO_LOOKUP, &row, sizeof(row));
}

static inline void
begin_mail(void)
{
	begin();
	ask(ROLE_RELAY, PROTO_LOOKUP_MAIL, DOMAIN);
}

/* The answer to the last question; it must be there, and the only one. */
static inline const struct proto_looked_up *
answered(enum proto_dns status)
{
	const struct proto_looked_up *a;

	a = fake_take(ROLE_RELAY, PROTO_LOOKED_UP);
	ATF_REQUIRE_MSG(a != NULL, "no answer");
	ATF_REQUIRE_EQ(last_id, a->id);
	ATF_REQUIRE_EQ_MSG(status, a->status, "status %u", a->status);
	ATF_REQUIRE_EQ(0, fake_count(ROLE_RELAY, PROTO_LOOKED_UP));

	return (a);
}

static inline const struct proto_mx *
hosts_of(const struct proto_looked_up *a)
{
	return ((const void *)(a + 1));
}

static inline const struct proto_status_resolver *
status(void)
{
	static struct proto_status_resolver copy;
	const struct proto_status_resolver *s;
	struct proto_ctl row = { 7 };

	fake_message(ROLE_CONTROL, PROTO_CTL_STATUS, &row, sizeof(row));
	s = fake_take(ROLE_CONTROL, PROTO_STATUS_RESOLVER);
	ATF_REQUIRE(s != NULL);
	ATF_REQUIRE_EQ(7, s->id);
	copy = *s;

	return (&copy);
}

static inline const struct proto_mx *
only_host(void)
{
	const struct proto_looked_up *a = answered(PROTO_DNS_OK);

	ATF_REQUIRE_EQ(1, a->n);

	return (&hosts_of(a)[0]);
}

#endif
