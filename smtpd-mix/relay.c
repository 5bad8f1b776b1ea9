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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "log.h"
#include "mail/address.h"
#include "proc.h"
#include "relay_dest.h"
#include "role_conf.h"
#include "roles.h"
#include "route.h"
#include "sealed.h"
#include "smtp/dane.h"
#include "spool/spool.h"

/*
 * The role that dials: sends what queue hands out to the next mix, or to the
 * host that an exit mail or one to postmaster is for.
 */
#define STOP_SECONDS	3
#define STOP_LOOKS	20	/* a second */

static struct relay_env {
	struct relay_table	 table;
	struct route_table	 routes;
	struct storage_keys	 keys;
	struct route_dest	 postmaster;
	char			 postmaster_rcpt[MAIL_ADDRESS_MAX];

	/* the mail in parts that queue is handing out */
	uint64_t		 parts;		/* 0: none */
	struct route_dest	 parts_to;
	char			 parts_rcpt[MAIL_ADDRESS_MAX];
	struct event		 tick;
	struct event		 stop;
	int			 stop_looks;
	int			 stopped;
} env;

static void
answer(struct relay_job *job, enum proto_outcome_kind outcome)
{
	struct proto_outcome row;

	memset(&row, 0, sizeof(row));
	row.id = job->body.id;
	row.outcome = outcome;
	(void)proc_send(ROLE_QUEUE, 0, PROTO_OUTCOME, &row, sizeof(row));
	freezero(job, sizeof(*job));
}

static int
payload(const struct relay_job *job, uint8_t *buf, size_t *len)
{
	char rcpt[MAIL_ADDRESS_MAX];
	int error;

	error = sealed_open(&env.keys, &job->body, rcpt, buf, len);
	explicit_bzero(rcpt, sizeof(rcpt));

	return (error);
}

/* Who an exit mail is for; its text is not looked at. */
static int
exit_recipient(struct relay_job *job)
{
	uint8_t clear[SEALED_PAYLOAD_MAX];
	size_t len;
	int error;

	error = sealed_open(&env.keys, &job->body, job->rcpt, clear, &len);
	explicit_bzero(clear, sizeof(clear));

	return (error);
}

static int
route_recipient(struct relay_job *job, struct route_dest *to,
    enum proto_outcome_kind *outcome, enum proto_why *why)
{
	int error;

	if ((error = exit_recipient(job)) != 0) {
		if (error == SEALED_BROKEN)
			*outcome = PROTO_FAILED;
		return (-1);
	}
	if (route_exit(&env.routes, mail_address_domain(job->rcpt), to) == 0)
		return (0);
	env.table.host.status.no_route++;
	*why = PROTO_WHY_ROUTE;

	return (-1);
}

/* The first part says whom the others are for, and which way they go. */
static int
route_part(struct relay_job *job, struct route_dest *to,
    enum proto_outcome_kind *outcome, enum proto_why *why)
{
	if (job->body.set_index == 1) {
		env.parts = 0;
		if (route_recipient(job, to, outcome, why) == -1)
			return (-1);
		env.parts = job->body.set;
		env.parts_to = *to;
		strlcpy(env.parts_rcpt, job->rcpt, sizeof(env.parts_rcpt));
		return (0);
	}
	if (env.parts == 0 || env.parts != job->body.set)
		return (-1);
	*to = env.parts_to;
	strlcpy(job->rcpt, env.parts_rcpt, sizeof(job->rcpt));
	if (job->body.set_index == job->body.set_total - 1) {
		env.parts = 0;
		explicit_bzero(env.parts_rcpt, sizeof(env.parts_rcpt));
	}

	return (0);
}

static int
route_postmaster(struct route_dest *to)
{
	if (env.postmaster.host[0] == '\0')
		return (-1);
	*to = env.postmaster;

	return (0);
}

/* Finds recipient and route.  0, or the outcome if there is none. */
static int
route_job(struct relay_job *job, struct route_dest *to,
    enum proto_outcome_kind *outcome, enum proto_why *why)
{
	int error;

	*outcome = PROTO_DEFERRED;
	switch (job->body.undeliverable ? SPOOL_POSTMASTER : job->body.class) {
	case SPOOL_FORWARD:
		strlcpy(job->rcpt, job->body.next, sizeof(job->rcpt));
		error = route_mix(&env.routes, mail_address_domain(job->rcpt),
		    to);
		break;
	case SPOOL_EXIT:
		return (route_recipient(job, to, outcome, why));
	case SPOOL_PART:
		return (route_part(job, to, outcome, why));
	case SPOOL_POSTMASTER:
		strlcpy(job->rcpt, env.postmaster_rcpt, sizeof(job->rcpt));
		error = route_postmaster(to);
		break;
	default:
		fatalx("queue sent a body of class %u", job->body.class);
	}
	if (error == -1) {
		env.table.host.status.no_route++;
		*why = PROTO_WHY_ROUTE;
	}

	return (error);
}

static void
got_body(const struct proto_body *body)
{
	enum proto_outcome_kind outcome;
	struct relay_job *job;
	struct route_dest to;
	enum proto_why why = PROTO_WHY_OURS;

	if (!proto_string(body->next, sizeof(body->next)) ||
	    body->body_len > sizeof(body->body) || body->set_total == 0 ||
	    body->set_index >= body->set_total)
		fatalx("queue sent a broken body");
	if ((job = calloc(1, sizeof(*job))) == NULL)
		fatal("body");
	job->body = *body;
	if (route_job(job, &to, &outcome, &why) == 0) {
		relay_table_add(&env.table, &to, job);
		return;
	}
	relay_dest_answer(&env.table, NULL, job, outcome, why);
}

/* The CA bundle of a configuration, or NULL. */
static const struct role_blob *
ca_blob(const struct role_conf *conf)
{
	size_t i;

	for (i = 0; i < conf->nblobs; i++)
		if (conf->blobs[i].kind == PROTO_BLOB_CA &&
		    conf->blobs[i].len > 0)
			return (&conf->blobs[i]);

	return (NULL);
}

static struct tls_config *
tls_config(void)
{
	struct tls_config *config;

	if ((config = tls_config_new()) == NULL)
		fatalx("no TLS configuration");
	/* relay_trust_check() does that, when the handshake is done. */
	tls_config_insecure_noverifycert(config);
	tls_config_insecure_noverifyname(config);

	return (config);
}

static int
needs_ca(const struct role_conf *conf)
{
	size_t i;

	for (i = 0; i < conf->nroutes; i++)
		if (conf->routes[i].tls == CONF_TLS_VERIFY ||
		    conf->routes[i].tls == CONF_TLS_IMPLICIT)
			return (1);

	return (0);
}

static int
check_host(const char *host, uint32_t port, char *err, size_t errlen)
{
	struct sockaddr_storage ss;
	socklen_t len;

	if (route_sockaddr(host, port, &ss, &len) == 0)
		return (0);
	snprintf(err, errlen, "%.100s port %u is no numeric address", host,
	    port);

	return (-1);
}

static int
check_hosts(const struct role_conf *conf, char *err, size_t errlen)
{
	const struct proto_conf_global *g = &conf->global;
	size_t i;

	for (i = 0; i < conf->nroutes; i++)
		if (conf->routes[i].kind == CONF_ROUTE_ADDRESS &&
		    check_host(conf->routes[i].host, conf->routes[i].port,
		    err, errlen) == -1)
			return (-1);
	for (i = 0; i < conf->ndomains; i++)
		if (conf->domains[i].via == CONF_VIA_HOST &&
		    check_host(conf->domains[i].to, conf->domains[i].port,
		    err, errlen) == -1)
			return (-1);
	if (g->postmaster_via == CONF_VIA_HOST)
		return (check_host(g->postmaster_to, g->postmaster_port, err,
		    errlen));

	return (0);
}

static int
relay_accept(const struct role_conf *conf, char *err, size_t errlen)
{
	const struct role_blob *ca = ca_blob(conf);
	X509_STORE *cas = NULL;

	if (check_hosts(conf, err, errlen) == -1)
		return (-1);
	if (ca == NULL && needs_ca(conf)) {
		snprintf(err, errlen,
		    "a route with TLS verification needs a CA file");
		return (-1);
	}
	if (ca != NULL && (cas = dane_store_new(ca->data, ca->len)) == NULL) {
		snprintf(err, errlen, "the CA file holds no certificate");
		return (-1);
	}
	X509_STORE_free(cas);

	return (0);
}

static void
set_postmaster(const struct proto_conf_global *g)
{
	memset(&env.postmaster, 0, sizeof(env.postmaster));
	if (g->postmaster_via != CONF_VIA_HOST)
		return;
	strlcpy(env.postmaster.host, g->postmaster_to,
	    sizeof(env.postmaster.host));
	env.postmaster.port = g->postmaster_port;
	env.postmaster.tls = CONF_TLS_OPPORTUNISTIC;
	strlcpy(env.postmaster_rcpt, g->postmaster_rcpt,
	    sizeof(env.postmaster_rcpt));
}

static void
relay_switched(struct role_conf *conf)
{
	struct relay_host *host = &env.table.host;
	const struct role_blob *ca = ca_blob(conf);

	host->conf = conf->global;
	env.routes.routes = conf->routes;
	env.routes.nroutes = conf->nroutes;
	env.routes.domains = conf->domains;
	env.routes.ndomains = conf->ndomains;
	set_postmaster(&conf->global);
	host->auths = conf->auths;
	host->nauths = conf->nauths;
	host->auth_trouble[0] = '\0';
	X509_STORE_free(host->cas);
	host->cas = ca == NULL ? NULL : dane_store_new(ca->data, ca->len);
	relay_table_changed(&env.table);
}

static void
set_tick(void)
{
	struct timeval tv = { 1, 0 };

	evtimer_add(&env.tick, &tv);
}

static void
stopped(void)
{
	if (env.stopped)
		return;
	env.stopped = 1;
	evtimer_del(&env.stop);
	storage_keys_wipe(&env.keys);
	proc_stopped();
}

static void
on_tick(int fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	(void)arg;
	relay_table_tick(&env.table);
	set_tick();
}

/* Looks often whether the last connection has ended; at last ends it. */
static void
on_stop(int fd, short events, void *arg)
{
	struct timeval soon = { 0, 1000000 / STOP_LOOKS };

	(void)fd;
	(void)events;
	(void)arg;
	if (++env.stop_looks > STOP_SECONDS * STOP_LOOKS)
		relay_table_kill(&env.table);
	if (env.table.host.status.connections == 0)
		stopped();
	else
		evtimer_add(&env.stop, &soon);
}

static void
relay_init(unsigned int instance)
{
	(void)instance;
	relay_table_init(&env.table);
	env.table.answer = answer;
	env.table.host.payload = payload;
	env.table.host.tls = tls_config();
	evtimer_set(&env.tick, on_tick, NULL);
	evtimer_set(&env.stop, on_stop, NULL);
	set_tick();
}

static void
send_status(const struct proto_ctl *request)
{
	struct proto_status_relay *status = &env.table.host.status;

	relay_table_status(&env.table);
	status->id = request->id;
	(void)proc_send(ROLE_CONTROL, 0, PROTO_STATUS_RELAY, status,
	    sizeof(*status));
}

static void
got_storage_key(const struct proto_storage_key *row)
{
	if (storage_keys_add(&env.keys, row) == -1)
		log_warnx("too many storage keys");
}

static void
relay_message(const struct role_msg *msg)
{
	const struct proto_storage_drop *drop;

	switch (msg->type) {
	case PROTO_BODY:
		got_body(msg->data);
		break;
	case PROTO_LOOKED_UP:
		relay_ask_dns(&env.table, msg->data, msg->len);
		break;
	case PROTO_STS:
		relay_ask_sts(&env.table, msg->data);
		break;
	case PROTO_STORAGE_KEY:
		got_storage_key(msg->data);
		break;
	case PROTO_STORAGE_DROP:
		drop = msg->data;
		storage_keys_drop(&env.keys, drop->day);
		break;
	case PROTO_CTL_STATUS:
		send_status(msg->data);
		break;
	default:
		fatalx("unexpected message %u from %s", msg->type,
		    role_name(msg->from));
	}
}

static void
relay_stop(void)
{
	relay_table_stop(&env.table);
	on_stop(-1, 0, NULL);
}

const struct role_ops relay_ops = {
	.role = ROLE_RELAY,
	.init = relay_init,
	.accept = relay_accept,
	.switched = relay_switched,
	.message = relay_message,
	.stop = relay_stop
};
