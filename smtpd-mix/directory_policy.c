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

#include <errno.h>
#include <event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/clock.h"
#include "compat/compat.h"
#include "mail/address.h"
#include "mail/sts.h"

#include "directory_file.h"
#include "directory_net.h"
#include "directory_policy.h"
#include "keyfile.h"
#include "log.h"

#define FETCH_SECONDS	30
#define WRITE_SECONDS	5	/* after a change: more come at once */
#define LOOK_SECONDS	3600	/* for those that want to be fetched again */
#define LOOK_FETCHES	4	/* then, and no more */
#define ID_MAX		36

struct policy {
	TAILQ_ENTRY(policy)	 entry;
	char			 domain[PROTO_HOST_MAX];
	char			 id[ID_MAX];	/* of the policy */
	int			 have;
	struct sts_policy	 policy;
	time_t			 fetched;
	char			 failed_id[ID_MAX];
	time_t			 failed;	/* the last time; 0: never */
	uint64_t		 request;	/* 0: none */
	char			 asked_id[ID_MAX];
	uint64_t		 waiting[POLICY_WAITING_MAX];
	size_t			 nwaiting;
};
TAILQ_HEAD(policies, policy);

static struct policy_env {
	struct policies	 list;		/* the one asked for last is first */
	size_t		 n;
	size_t		 nfetches;
	struct event	 look;
	struct event	 write;
	int		 changed;
} env;

/* With a magic line, then records with a hash each, as the other file. */
static const char	magic[] = "smtpd-mix policies 1\n";
#define FILE_MAX	(POLICY_MAX * (sizeof(struct sts_policy) + 1024))

static int
is_valid(const struct policy *p, time_t now)
{
	return (p->have && p->fetched <= now &&
	    now - p->fetched < (time_t)p->policy.max_age);
}

static struct policy *
find(const char *domain)
{
	struct policy *p;

	TAILQ_FOREACH(p, &env.list, entry)
		if (strcasecmp(p->domain, domain) == 0)
			break;

	return (p);
}

static void
forget(struct policy *p)
{
	TAILQ_REMOVE(&env.list, p, entry);
	env.n--;
	free(p);
}

/* Room for one more: what nobody has asked for the longest time goes. */
static int
make_room(void)
{
	struct policy *p;

	if (env.n < POLICY_MAX)
		return (0);
	TAILQ_FOREACH_REVERSE(p, &env.list, policies, entry)
		if (p->request == 0) {
			forget(p);
			return (0);
		}

	return (-1);
}

static struct policy *
policy_new(const char *domain)
{
	struct policy *p;

	if (make_room() == -1 || (p = calloc(1, sizeof(*p))) == NULL)
		return (NULL);
	strlcpy(p->domain, domain, sizeof(p->domain));
	TAILQ_INSERT_HEAD(&env.list, p, entry);
	env.n++;

	return (p);
}

static void
fill(struct proto_sts *row, const struct policy *p, time_t now)
{
	static const uint32_t modes[] = {
		[STS_NONE] = PROTO_STS_NONE,
		[STS_TESTING] = PROTO_STS_TESTING,
		[STS_ENFORCE] = PROTO_STS_ENFORCE
	};
	size_t i;

	row->mode = modes[p->policy.mode];
	row->max_age = (uint32_t)(p->fetched + p->policy.max_age - now);
	for (i = 0; i < p->policy.nmx && i < PROTO_STS_MX_MAX; i++)
		strlcpy(row->mx[i], p->policy.mx[i], sizeof(row->mx[i]));
	row->nmx = (uint32_t)i;
}

/* failed: what there is to say if no policy is kept. */
static void
answer(uint64_t number, const struct policy *p, int failed)
{
	time_t now = clock_wall();
	struct proto_sts row;

	memset(&row, 0, sizeof(row));
	row.number = number;
	if (p != NULL && is_valid(p, now))
		fill(&row, p, now);
	else
		row.failed = (uint32_t)failed;
	(void)proc_send(ROLE_RELAY, 0, PROTO_STS, &row, sizeof(row));
}

static void
answer_all(struct policy *p)
{
	size_t i;

	for (i = 0; i < p->nwaiting; i++)
		answer(p->waiting[i], p, 1);
	p->nwaiting = 0;
}

static void
put(struct file_out *out, const struct policy *p)
{
	const struct sts_policy *s = &p->policy;
	size_t i;

	file_put(out, p->domain, sizeof(p->domain));
	file_put(out, p->id, sizeof(p->id));
	file_put_number(out, (uint64_t)p->fetched);
	file_put_number(out, s->mode);
	file_put_number(out, s->max_age);
	file_put_number(out, s->nmx);
	for (i = 0; i < s->nmx; i++)
		file_put(out, s->mx[i], sizeof(s->mx[i]));
	file_put_hash(out);
}

/* The one asked for last comes last: it is put first when it is read. */
static void
put_all(struct file_out *out, time_t now)
{
	const struct policy *p;

	file_put(out, magic, sizeof(magic) - 1);
	TAILQ_FOREACH_REVERSE(p, &env.list, policies, entry)
		if (is_valid(p, now))
			put(out, p);
}

static void
write_file(void)
{
	struct file_out out = { NULL, 0, 0 };
	time_t now = clock_wall();

	if (!env.changed)
		return;
	/* By one time: what fits is what was counted. */
	put_all(&out, now);
	if ((out.buf = malloc(out.len)) == NULL)
		return;
	out.len = out.from = 0;
	put_all(&out, now);
	if (keyfile_write(POLICY_FILE, out.buf, out.len) == -1)
		log_warn("the cache of MTA-STS policies");
	else
		env.changed = 0;
	free(out.buf);
}

static void
write_fired(int fd, short what, void *arg)
{
	(void)fd, (void)what, (void)arg;
	write_file();
}

static void
write_soon(void)
{
	static const struct timeval tv = { WRITE_SECONDS, 0 };

	env.changed = 1;
	if (!evtimer_pending(&env.write, NULL))
		evtimer_add(&env.write, &tv);
}

/* A string in an array of a fixed size. */
static int
get_text(struct file_in *in, char *to, size_t size)
{
	const uint8_t *octets;

	if (file_get(in, &octets, size) == -1 || octets[size - 1] != '\0')
		return (-1);
	memcpy(to, octets, size);

	return (0);
}

static int
get_policy(struct file_in *in, struct policy *p)
{
	struct sts_policy *s = &p->policy;
	uint64_t fetched, mode, max_age, nmx, i;

	memset(p, 0, sizeof(*p));
	if (get_text(in, p->domain, sizeof(p->domain)) == -1 ||
	    get_text(in, p->id, sizeof(p->id)) == -1 ||
	    file_get_number(in, &fetched) == -1 ||
	    file_get_number(in, &mode) == -1 ||
	    file_get_number(in, &max_age) == -1 ||
	    file_get_number(in, &nmx) == -1 || mode > STS_ENFORCE ||
	    max_age > STS_AGE_MAX || nmx > STS_MX_MAX)
		return (-1);
	p->fetched = (time_t)fetched;
	s->mode = (enum sts_mode)mode;
	s->max_age = (uint32_t)max_age;
	for (i = 0; i < nmx; i++)
		if (get_text(in, s->mx[i], sizeof(s->mx[i])) == -1)
			return (-1);
	s->nmx = (size_t)nmx;
	p->have = 1;

	return (file_get_hash(in));
}

static int
parse(struct file_in *in, time_t now)
{
	static struct policy one;
	const uint8_t *line;
	struct policy *p;

	if (file_get(in, &line, sizeof(magic) - 1) == -1 ||
	    memcmp(line, magic, sizeof(magic) - 1) != 0)
		return (-1);
	while (in->at < in->len) {
		if (get_policy(in, &one) == -1)
			return (-1);
		if (!is_valid(&one, now) || find(one.domain) != NULL ||
		    (p = policy_new(one.domain)) == NULL)
			continue;
		memcpy(p->id, one.id, sizeof(p->id));
		p->have = 1;
		p->policy = one.policy;
		p->fetched = one.fetched;
	}

	return (0);
}

static void
read_file(time_t now)
{
	struct file_in in = { NULL, 0, 0, 0 };
	uint8_t *buf;

	if ((buf = malloc(FILE_MAX)) == NULL)
		fatal("cache");
	in.buf = buf;
	if (keyfile_read(POLICY_FILE, buf, FILE_MAX, &in.len) == 0) {
		if (parse(&in, now) == -1)
			log_warnx("the cache of MTA-STS policies is damaged: "
			    "%zu of them are kept", env.n);
	} else if (errno != ENOENT)
		log_warn("the cache of MTA-STS policies");
	free(buf);
}

/* 0; -1: what came is no policy. */
static int
take(struct policy *p, const struct fetch_answer *a)
{
	struct sts_policy policy;

	if (a->result != FETCH_OK || a->status != 200 ||
	    sts_policy_parse((const char *)a->body, a->len, &policy) == -1)
		return (-1);
	p->policy = policy;
	p->have = 1;
	p->fetched = clock_wall();
	p->failed = 0;
	memcpy(p->id, p->asked_id, sizeof(p->id));
	write_soon();

	return (0);
}

static void
fetched(void *arg, const struct fetch_answer *a)
{
	struct policy *p = arg;

	p->request = 0;
	env.nfetches--;
	if (take(p, a) == -1) {
		log_debug("the MTA-STS policy of %s: %s", p->domain,
		    a->error[0] != '\0' ? a->error : "it isn't there, or "
		    "isn't one");
		p->failed = clock_wall();
		memcpy(p->failed_id, p->asked_id, sizeof(p->failed_id));
	}
	answer_all(p);
}

/* 0; -1: not now. */
static int
fetch(struct policy *p, const char *id)
{
	char url[PROTO_HOST_MAX + 64], host[PROTO_HOST_MAX + 16];
	struct net_request n;
	const char *why;

	if (p->request != 0)
		return (0);
	if (env.nfetches == POLICY_FETCHES_MAX)
		return (-1);
	(void)snprintf(host, sizeof(host), "mta-sts.%s", p->domain);
	(void)snprintf(url, sizeof(url), "https://%s/.well-known/mta-sts.txt",
	    host);
	if (strlen(host) >= PROTO_HOST_MAX)
		return (-1);
	memset(&n, 0, sizeof(n));
	n.host = host;
	n.tls = 1;
	n.url = url;
	n.max = STS_TEXT_MAX;
	n.timeout = FETCH_SECONDS;
	if ((p->request = net_start(&n, fetched, p, &why)) == 0) {
		log_debug("the MTA-STS policy of %s: %s", p->domain, why);
		return (-1);
	}
	env.nfetches++;
	strlcpy(p->asked_id, id, sizeof(p->asked_id));

	return (0);
}

static int
failed_lately(const struct policy *p, const char *id, time_t now)
{
	return (p->failed != 0 && p->failed <= now &&
	    now - p->failed < POLICY_FAILED_KEEP &&
	    strcmp(p->failed_id, id) == 0);
}

/* So that it never runs out while the domain's server can't be reached. */
static int
wants_fetch(const struct policy *p, time_t now)
{
	return (is_valid(p, now) && p->request == 0 &&
	    now - p->fetched > (time_t)p->policy.max_age / 2 &&
	    (p->failed == 0 || now - p->failed > LOOK_SECONDS / 2));
}

static void
look_fired(int fd, short what, void *arg)
{
	static const struct timeval tv = { LOOK_SECONDS, 0 };
	time_t now = clock_wall();
	struct policy *p;
	size_t n = 0;

	(void)fd, (void)what, (void)arg;
	TAILQ_FOREACH(p, &env.list, entry)
		if (n < LOOK_FETCHES && wants_fetch(p, now))
			n += fetch(p, p->id) == 0;
	evtimer_add(&env.look, &tv);
}

static int
is_right(const struct proto_sts_get *get)
{
	return (proto_string(get->domain, sizeof(get->domain)) &&
	    proto_string(get->id, sizeof(get->id)) &&
	    mail_domain_valid(get->domain, strlen(get->domain)));
}

/* The policy has to be fetched, unless that can't be or has just failed. */
static void
wait_for(struct policy *p, const struct proto_sts_get *get, time_t now)
{
	if (p == NULL)
		p = policy_new(get->domain);
	if (p == NULL || failed_lately(p, get->id, now) ||
	    p->nwaiting == POLICY_WAITING_MAX || fetch(p, get->id) == -1)
		answer(get->number, p, 1);
	else
		p->waiting[p->nwaiting++] = get->number;
}

void
policy_get(const struct proto_sts_get *get)
{
	time_t now = clock_wall();
	struct policy *p;

	if (!is_right(get)) {
		answer(get->number, NULL, 0);
		return;
	}
	if ((p = find(get->domain)) != NULL) {
		TAILQ_REMOVE(&env.list, p, entry);
		TAILQ_INSERT_HEAD(&env.list, p, entry);
	}
	if (p != NULL && is_valid(p, now) && (get->id[0] == '\0' ||
	    strcmp(get->id, p->id) == 0)) {
		answer(get->number, p, 0);
		if (wants_fetch(p, now))
			(void)fetch(p, p->id);
	} else if (get->id[0] == '\0')
		answer(get->number, p, 0);	/* none is announced */
	else
		wait_for(p, get, now);
}

size_t
policy_count(void)
{
	const struct policy *p;
	size_t n = 0;

	TAILQ_FOREACH(p, &env.list, entry)
		n += is_valid(p, clock_wall()) != 0;

	return (n);
}

void
policy_init(time_t now)
{
	static const struct timeval tv = { LOOK_SECONDS, 0 };

	TAILQ_INIT(&env.list);
	evtimer_set(&env.look, look_fired, NULL);
	evtimer_set(&env.write, write_fired, NULL);
	evtimer_add(&env.look, &tv);
	read_file(now);
}

void
policy_end(void)
{
	struct policy *p;

	evtimer_del(&env.look);
	evtimer_del(&env.write);
	write_file();
	while ((p = TAILQ_FIRST(&env.list)) != NULL) {
		answer_all(p);
		net_cancel(p->request);
		forget(p);
	}
	env.nfetches = 0;
}
