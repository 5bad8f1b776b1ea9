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
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "mail/address.h"

#include "log.h"
#include "proc.h"
#include "resolver_lookup.h"
#include "resolver_query.h"
#include "roles.h"

/* A question that was asked, while it has no answer. */
struct asked {
	TAILQ_ENTRY(asked) entry;
	enum role	 from;
	struct proto_lookup question;
	struct lookup	*lookup;
};

static struct resolver_env {
	TAILQ_HEAD(, asked)	 waiting;
	unsigned int		 nwaiting[ROLE_COUNT];
	struct resolver		*live;
	struct resolver		*next;		/* accepted, not switched to */
	struct proto_status_resolver stats;
} env;

static void
count(const struct lookup_answer *a)
{
	switch (a->head.status) {
	case PROTO_DNS_OK:
		env.stats.found++;
		break;
	case PROTO_DNS_NONE:
	case PROTO_DNS_NULL_MX:
		env.stats.none++;
		break;
	case PROTO_DNS_BOGUS:
		env.stats.bogus++;
		break;
	default:
		env.stats.later++;
	}
	env.stats.refused += a->head.refused;
	if (a->error != NULL && a->head.status != PROTO_DNS_NONE)
		strlcpy(env.stats.last_error, a->error,
		    sizeof(env.stats.last_error));
}

static void
send_answer(enum role to, const struct proto_lookup *question,
    struct lookup_answer *a)
{
	struct iovec iov[2] = {
		{ &a->head, sizeof(a->head) },
		{ a->hosts, a->head.n * sizeof(a->hosts[0]) }
	};

	count(a);
	log_debug("%s: %s", question->name, a->error == NULL ? "answered" :
	    a->error);
	(void)proc_sendv(to, 0, PROTO_LOOKED_UP, iov, a->head.n > 0 ? 2 : 1);
}

static void
forget(struct asked *asked)
{
	TAILQ_REMOVE(&env.waiting, asked, entry);
	env.nwaiting[asked->from]--;
	env.stats.waiting--;
	free(asked);
}

static void
looked_up(void *arg, const struct lookup_answer *a)
{
	struct asked *asked = arg;
	struct lookup_answer copy = *a;

	send_answer(asked->from, &asked->question, &copy);
	forget(asked);
}

static void
answer_at_once(enum role to, const struct proto_lookup *question,
    enum proto_dns status, const char *error)
{
	struct lookup_answer a;

	lookup_answer_none(&a, question, status, error);
	send_answer(to, question, &a);
}

static void
start(enum role from, const struct proto_lookup *question)
{
	struct asked *asked;

	if ((asked = calloc(1, sizeof(*asked))) == NULL)
		fatal("lookup");
	asked->from = from;
	asked->question = *question;
	asked->lookup = lookup_new(env.live, proc_conf(), question, looked_up,
	    asked);
	if (asked->lookup == NULL)
		fatal("lookup");
	TAILQ_INSERT_TAIL(&env.waiting, asked, entry);
	env.nwaiting[from]++;
	env.stats.waiting++;
}

static void
ask(enum role from, const struct proto_lookup *question)
{
	env.stats.asked++;
	if (!proto_string(question->name, sizeof(question->name)) ||
	    question->kind > PROTO_LOOKUP_HOST || question->port > 65535)
		fatalx("%s asked a broken question", role_name(from));
	if (!mail_domain_valid(question->name, strlen(question->name)))
		answer_at_once(from, question, PROTO_DNS_NONE,
		    "not a domain name");
	else if (env.nwaiting[from] >= PROTO_LOOKUPS_MAX || env.live == NULL)
		answer_at_once(from, question, PROTO_DNS_LATER,
		    "too many questions at once");
	else
		start(from, question);
}

/* Nobody waits for an answer that will not come. */
static void
answer_all_later(void)
{
	struct asked *asked;

	while ((asked = TAILQ_FIRST(&env.waiting)) != NULL) {
		lookup_free(asked->lookup);
		answer_at_once(asked->from, &asked->question, PROTO_DNS_LATER,
		    "the configuration was reloaded");
		forget(asked);
	}
}

static void
status(const struct proto_ctl *request)
{
	env.stats.id = request->id;
	(void)proc_send(ROLE_CONTROL, 0, PROTO_STATUS_RESOLVER, &env.stats,
	    sizeof(env.stats));
}

static void
resolver_init(unsigned int instance)
{
	(void)instance;
	TAILQ_INIT(&env.waiting);
}

static int
resolver_accept(const struct role_conf *conf, char *err, size_t len)
{
	resolver_free(env.next);
	env.next = resolver_new(conf, err, len);

	return (env.next == NULL ? -1 : 0);
}

static void
resolver_switched(struct role_conf *conf)
{
	(void)conf;
	answer_all_later();
	resolver_free(env.live);
	env.live = env.next;
	env.next = NULL;
	env.stats.validating = env.live != NULL;
}

static void
resolver_message(const struct role_msg *msg)
{
	switch (msg->type) {
	case PROTO_LOOKUP:
		ask(msg->from, msg->data);
		break;
	case PROTO_CTL_STATUS:
		status(msg->data);
		break;
	}
}

const struct role_ops resolver_ops = {
	.role = ROLE_RESOLVER,
	.init = resolver_init,
	.accept = resolver_accept,
	.switched = resolver_switched,
	.message = resolver_message
};
