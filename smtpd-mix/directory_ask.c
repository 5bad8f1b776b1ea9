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

#include <event.h>
#include <string.h>

#include "compat/clock.h"
#include "compat/compat.h"

#include "directory_ask.h"
#include "directory_net.h"
#include "log.h"

#define TIMEOUT		180	/* seconds for one request, through Tor too */
#define LONGEST		3600	/* and for a survey: who is slower has failed */
#define COMPARED	(7 * STORE_DAY)	/* a roster that shrank is compared with
					   what was for so long */

struct slot {
	uint64_t	 request;
	size_t		 i;
};

static struct ask_env {
	const struct role_conf	*conf;
	struct store		*store;
	struct servers		*servers;
	void			(*done)(void);
	void			(*gave)(struct server *, const uint8_t *,
				    size_t, const struct store_mix *);
	struct event		 timer;
	struct event		 deadline;
	int			 late;		/* that is over */
	struct survey		*survey;	/* NULL: none is going on */
	struct server		*asked[SURVEY_SERVERS_MAX];	/* by it */
	struct slot		 slots[SURVEY_SERVERS_MAX];
	size_t			 n;
	int			 full;		/* it is one of all servers */
	struct ask_result	 result;
} env;

static void	pump(void);
static void	begin(int full);
static void	deadline_fired(int, short, void *);

struct ask_result *
ask_result(void)
{
	return (&env.result);
}

static void
wait_for(const struct timeval *tv)
{
	evtimer_del(&env.timer);
	evtimer_add(&env.timer, tv);
	env.result.next = clock_wall() + tv->tv_sec;
}

static void
timer_fired(int fd, short what, void *arg)
{
	(void)fd, (void)what, (void)arg;
	env.result.next = 0;
	begin(1);
}

void
ask_init(struct store *store, struct servers *servers, void (*done)(void),
    void (*gave)(struct server *, const uint8_t *, size_t,
    const struct store_mix *))
{
	size_t i;

	env.store = store;
	env.servers = servers;
	env.done = done;
	env.gave = gave;
	for (i = 0; i < nitems(env.slots); i++)
		env.slots[i].i = i;
	evtimer_set(&env.timer, timer_fired, NULL);
	evtimer_set(&env.deadline, deadline_fired, NULL);
}

static void
abandon(void)
{
	size_t i;

	for (i = 0; i < env.n; i++) {
		net_cancel(env.slots[i].request);
		env.slots[i].request = 0;
	}
	evtimer_del(&env.deadline);
	survey_free(env.survey);
	env.survey = NULL;
	env.n = 0;
}

void
ask_soon(uint32_t seconds)
{
	struct timeval tv;

	if (env.servers->n == 0 || env.survey != NULL)
		return;
	servers_soon(seconds, &tv);
	wait_for(&tv);
}

void
ask_configure(const struct role_conf *conf, int changed)
{
	size_t i;

	env.conf = conf;
	if (!changed)
		return;
	abandon();
	evtimer_del(&env.timer);
	env.result.next = 0;
	/* Bits stand for servers by their place in the list. */
	for (i = 0; i < env.store->n; i++)
		env.store->mixes[i].given = env.store->mixes[i].giving = 0;
}

static void
retry_fired(int fd, short what, void *arg)
{
	struct server *server = arg;

	(void)fd, (void)what;
	server->due = 1;
	begin(0);
}

void
ask_server_new(struct server *server)
{
	evtimer_set(&server->retry, retry_fired, server);
}

void
ask_server_gone(struct server *server)
{
	evtimer_del(&server->retry);
}

void
ask_end(void)
{
	size_t i;

	abandon();
	evtimer_del(&env.timer);
	for (i = 0; i < env.servers->n; i++)
		ask_server_gone(env.servers->list[i]);
}

/* Each certificate that a server gave. */
static void
take(void *arg, size_t i, const uint8_t *cert, size_t len)
{
	struct server *server = env.asked[i];
	time_t now = clock_wall();
	enum roster_error error;
	struct store_mix *m;

	(void)arg;
	error = store_add(env.store, cert, len, now, &m);
	if (error == ROSTER_NO_MEMORY)
		env.result.surplus++;
	else
		env.result.found[error]++;
	if (m == NULL)
		return;
	m->giving |= (uint32_t)1 << server->i;
	store_given(m, now);
	env.gave(server, cert, len, m);
}

static void
answered(void *arg, const struct fetch_answer *a)
{
	struct slot *slot = arg;
	struct survey_answer answer;

	slot->request = 0;
	if (env.survey == NULL)
		return;
	memset(&answer, 0, sizeof(answer));
	answer.status = a->result == FETCH_FAILED ? 0 : a->status;
	answer.too_large = a->result == FETCH_TOO_LARGE;
	answer.body = a->body;
	answer.len = a->len;
	answer.error = a->error;
	survey_take(env.survey, slot->i, &answer);
	pump();
}

/* A server that answers octet by octet must not hold up the others for days. */
static void
too_late(size_t i)
{
	struct survey_answer answer;

	memset(&answer, 0, sizeof(answer));
	answer.error = "it takes too long for all that it lists";
	survey_take(env.survey, i, &answer);
}

static void
deadline_fired(int fd, short what, void *arg)
{
	size_t i;

	(void)fd, (void)what, (void)arg;
	env.late = 1;
	for (i = 0; i < env.n; i++) {
		if (env.slots[i].request == 0)
			continue;
		net_cancel(env.slots[i].request);
		env.slots[i].request = 0;
		too_late(i);
	}
	pump();
}

static void
request(const struct survey_request *r)
{
	const struct server *server = env.asked[r->server];
	struct survey_answer answer;
	struct net_request n;

	if (env.late) {
		too_late(r->server);
		return;
	}
	memset(&n, 0, sizeof(n));
	n.host = server->where.host;
	n.tls = server->where.tls;
	n.url = r->url;
	n.max = r->max;
	n.timeout = TIMEOUT;
	memset(&answer, 0, sizeof(answer));
	env.slots[r->server].request = net_start(&n, answered,
	    &env.slots[r->server], &answer.error);
	if (env.slots[r->server].request == 0)
		survey_take(env.survey, r->server, &answer);
}

/* Which servers: all, or those whose time to be asked again has come. */
static size_t
choose(struct hkp_server where[SURVEY_SERVERS_MAX], int full)
{
	struct server *server;
	size_t i, n = 0;

	for (i = 0; i < env.servers->n; i++) {
		server = env.servers->list[i];
		if (!full && !server->due)
			continue;
		server->due = 0;
		evtimer_del(&server->retry);
		env.asked[n] = server;
		where[n++] = server->where;
	}

	return (n);
}

/* So that they are asked for where a search is cut off. */
static void
know_mixes(void)
{
	const struct store_mix *m;

	for (m = env.store->mixes; m < env.store->mixes + env.store->n; m++)
		if (m->address[0] != '\0')
			(void)survey_know(env.survey, m->fpr, m->address);
}

static void
begin(int full)
{
	static const struct timeval longest = { LONGEST, 0 };
	struct hkp_server where[SURVEY_SERVERS_MAX];
	struct survey_conf conf;

	if (env.survey != NULL)
		return;		/* what is due is asked after it */
	if ((env.n = choose(where, full)) == 0)
		return;
	memset(&conf, 0, sizeof(conf));
	conf.servers = where;
	conf.nservers = env.n;
	conf.now = clock_wall();
	conf.take = take;
	if ((env.survey = survey_new(&conf)) == NULL)
		fatal("survey");
	env.full = full;
	if (full) {
		memset(env.result.found, 0, sizeof(env.result.found));
		memset(env.result.listed, 0, sizeof(env.result.listed));
		env.result.surplus = 0;
		env.result.next = 0;
		evtimer_del(&env.timer);
	}
	env.late = 0;
	evtimer_add(&env.deadline, &longest);
	know_mixes();
	pump();
}

/* To the log once, until something else is to be said. */
static void
say(struct server *server, const struct survey_warning *w)
{
	if (w->kind != server->warning.kind || w->n != server->warning.n ||
	    server->warning_text[0] == '\0') {
		survey_warning_text(env.survey, w, server->warning_text);
		log_warnx("%s", server->warning_text);
	} else
		survey_warning_text(env.survey, w, server->warning_text);
	server->warning = *w;
}

static void
say_shrank(const struct survey_warning *w)
{
	char text[SURVEY_WARNING_TEXT];

	survey_warning_text(env.survey, w, text);
	if (strcmp(text, env.result.shrank) != 0)
		log_warnx("%s", text);
	strlcpy(env.result.shrank, text, sizeof(env.result.shrank));
}

static int
any_answered(void)
{
	size_t i;

	for (i = 0; i < env.n; i++)
		if (!survey_report(env.survey, i)->failed)
			return (1);

	return (0);
}

static void
say_all(size_t now)
{
	struct survey_warning list[SURVEY_WARNINGS_MAX];
	int warned[SURVEY_SERVERS_MAX] = { 0 }, shrank = 0;
	size_t i, n;

	n = survey_warnings(env.survey, env.full ? env.result.before : 0, now,
	    list);
	for (i = 0; i < n; i++) {
		if (list[i].kind == SURVEY_W_SHRANK) {
			say_shrank(&list[i]);
			shrank = 1;
			continue;
		}
		say(env.asked[list[i].server], &list[i]);
		warned[list[i].server] = 1;
	}
	for (i = 0; i < env.n; i++)
		if (!warned[i])
			env.asked[i]->warning_text[0] = '\0';
	if (env.full && !shrank && any_answered())
		env.result.shrank[0] = '\0';
}

/* What came of one server; and when it is asked again if that was nothing. */
static void
settle(struct server *server, const struct survey_report *report)
{
	struct timeval tv;
	size_t i;

	server->report = *report;
	server->asked = clock_wall();
	for (i = 0; i < SURVEY_NREFUSALS; i++)
		env.result.listed[i] += report->refused[i];
	if (!report->failed) {
		server->failures = 0;
		server->answered = server->asked;
		server->next = 0;
		return;
	}
	server->failures++;
	servers_back_off(server->failures, env.conf->global.directory_every,
	    &tv);
	server->next = server->asked + tv.tv_sec;
	evtimer_del(&server->retry);
	evtimer_add(&server->retry, &tv);
}

/* Which servers have which mixes; a server that failed says nothing new. */
static void
settle_mixes(void)
{
	uint32_t good = 0;
	size_t i;

	for (i = 0; i < env.n; i++)
		if (!survey_report(env.survey, i)->failed)
			good |= (uint32_t)1 << env.asked[i]->i;
	for (i = 0; i < env.store->n; i++) {
		env.store->mixes[i].given &= ~good;
		env.store->mixes[i].given |= env.store->mixes[i].giving;
	}
}

/* Mixes that can be used, of those that this survey found. */
static size_t
count_found(void)
{
	size_t i, n = 0;

	for (i = 0; i < env.store->n; i++)
		n += env.store->mixes[i].giving != 0 &&
		    env.store->mixes[i].state == ROSTER_OK;

	return (n);
}

/*
 * The most that there were in the last days: so what goes away slowly is seen
 * too, and a warning stays for as long.
 */
static void
compare_next(size_t now)
{
	time_t t = clock_wall();

	if (now < env.result.before && t >= env.result.before_since &&
	    t - env.result.before_since < COMPARED)
		return;
	env.result.before = now;
	env.result.before_since = t;
}

static void
finish(void)
{
	struct timeval tv;
	size_t i, now;

	for (i = 0; i < env.n; i++)
		settle(env.asked[i], survey_report(env.survey, i));
	settle_mixes();
	store_judge(env.store, clock_wall());
	now = count_found();
	/* Where nobody answers, nothing is said about the roster. */
	say_all(any_answered() ? now : env.result.before);
	if (env.full && any_answered())
		compare_next(now);
	for (i = 0; i < env.store->n; i++)
		env.store->mixes[i].giving = 0;
	evtimer_del(&env.deadline);
	survey_free(env.survey);
	env.survey = NULL;
	env.result.last = clock_wall();
	if (env.full || env.result.next == 0) {
		servers_around(env.conf->global.directory_every, &tv);
		wait_for(&tv);
	}
	env.done();
	begin(0);
}

static void
pump(void)
{
	struct survey_request r;

	while (survey_next(env.survey, &r))
		request(&r);
	if (survey_done(env.survey))
		finish();
}
