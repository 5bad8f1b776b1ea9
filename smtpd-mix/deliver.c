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
#include <sys/stat.h>

#include <errno.h>
#include <event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"
#include "mail/address.h"
#include "mail/lines.h"
#include "spool/spool.h"

#include "deliver_lmtp.h"
#include "log.h"
#include "maildir.h"
#include "proc.h"
#include "roles.h"
#include "sealed.h"

/*
 * The role that takes mail for this mix's own domains, and postmaster's, to
 * Maildirs and LMTP servers.  In a Maildir a payload's line ends become the
 * system's; nothing is added.
 */
#define STOP_SECONDS	3
#define STOP_LOOKS	20	/* a second */
#define PENDING		UINT32_MAX	/* no outcome yet */

static struct deliver_env {
	struct storage_keys	keys;
	struct proto_status_deliver counts;
	uint8_t			payload[SEALED_PAYLOAD_MAX];
	char			text[SEALED_PAYLOAD_MAX];

	/* the mail being written; of a set over several bodies */
	struct maildir		mail;
	struct mail_lines	lines;
	uint64_t		set;	/* 0: none */
	uint32_t		next;	/* the piece that comes next */

	struct lmtp_host	lmtp;
	char			hostname[PROTO_HOST_MAX];
	char			sender[MIX_ADDRESS_MAX];
	/* the set that goes by LMTP: where, and to whom */
	uint64_t		lmtp_set;	/* 0: none */
	struct lmtp_place	lmtp_place;
	char			lmtp_rcpt[MAIL_ADDRESS_MAX];
	struct event		stop;
	int			stop_looks;
} env;

/* Why it didn't work, for mixctl: never with a path or an address in it. */
static uint32_t
later(const char *what, int error)
{
	snprintf(env.counts.last_error, sizeof(env.counts.last_error),
	    "%s: %s", what, strerror(error));

	return (PROTO_DEFERRED);
}

static uint32_t
never(const char *why)
{
	strlcpy(env.counts.last_error, why, sizeof(env.counts.last_error));

	return (PROTO_FAILED);
}

/* One of our domains, by its name and the way to it. */
static const struct proto_conf_domain *
domain_by(const char *domain, enum conf_via via)
{
	const struct role_conf *conf = proc_conf();
	size_t i;

	for (i = 0; i < conf->ndomains; i++)
		if (conf->domains[i].via == via &&
		    strcasecmp(conf->domains[i].domain, domain) == 0)
			return (&conf->domains[i]);

	return (NULL);
}

/* Mail to postmaster, and what could go to nobody else. */
static int
for_postmaster(const struct proto_body *body)
{
	return (body->class == SPOOL_POSTMASTER || body->undeliverable != 0);
}

/* Opens the Maildir for a template; missing is what its lack means. */
static uint32_t
begin(const char *template, const char *user, const uint8_t token[16],
    uint32_t missing)
{
	char full[PROTO_PATH_MAX], inside[PROTO_PATH_MAX];
	size_t must, stripped;

	if (maildir_path(template, user, full, sizeof(full), &must) == -1)
		return (never("the path of a Maildir is too long"));
	if (proc_path_inside(full, inside, sizeof(inside)) == -1)
		return (later("Maildir", EXDEV));
	stripped = strlen(full) - strlen(inside);
	must = must > stripped ? must - stripped : 0;
	switch (maildir_begin(&env.mail, inside, must, token)) {
	case MAILDIR_OK:
		mail_lines_init(&env.lines, 0);
		return (PROTO_DELIVERED);
	case MAILDIR_MISSING:
		return (missing == PROTO_FAILED ? never("no such user") :
		    later("Maildir", ENOENT));
	default:
		return (later("Maildir", errno));
	}
}

static uint32_t
begin_exit(const struct proto_body *body, const char *rcpt)
{
	const char *domain = mail_address_domain(rcpt);
	const struct proto_conf_domain *row;
	char user[MAILDIR_USER_MAX];

	if (*domain == '\0' ||
	    (row = domain_by(domain, CONF_VIA_MAILDIR)) == NULL)
		return (never("not a domain of this mix"));
	if (maildir_user(rcpt, (size_t)(domain - 1 - rcpt), user) == -1)
		return (never("no such user"));

	return (begin(row->to, user, body->token,
	    strstr(row->to, "%u") != NULL ? PROTO_FAILED : PROTO_DEFERRED));
}

static uint32_t
begin_postmaster(const struct proto_body *body)
{
	const struct proto_conf_global *conf = &proc_conf()->global;

	if (conf->postmaster_via != CONF_VIA_MAILDIR)
		return (later("postmaster", ENOENT));

	return (begin(conf->postmaster_to, "", body->token, PROTO_DEFERRED));
}

static uint32_t
write_lines(size_t len)
{
	size_t n;

	n = mail_lines_to_unix(&env.lines, (const char *)env.payload, len,
	    env.text);

	return (maildir_write(&env.mail, env.text, n) == -1 ?
	    later("Maildir", errno) : PROTO_DELIVERED);
}

static uint32_t
commit(void)
{
	char end[2];
	size_t n = mail_lines_finish_unix(&env.lines, end);

	if (maildir_write(&env.mail, end, n) == -1 ||
	    maildir_commit(&env.mail) == -1)
		return (later("Maildir", errno));

	return (PROTO_DELIVERED);
}

static void
give_up(void)
{
	maildir_abort(&env.mail);
	env.set = 0;
}

/*
 * A piece of a set; the first begins the mail, the last ends it.  Of a mail in
 * parts the first alone has a recipient.
 */
static uint32_t
piece(const struct proto_body *body, const char *rcpt, size_t len)
{
	uint32_t outcome;

	if (body->set_index == 1) {
		give_up();
		outcome = for_postmaster(body) ? begin_postmaster(body) :
		    begin_exit(body, rcpt);
		if (outcome != PROTO_DELIVERED)
			return (outcome);
		env.set = body->set;
		env.next = 1;
	}
	/* One before it has failed: it was sent before queue knew. */
	if (env.set == 0 || env.set != body->set ||
	    env.next != body->set_index)
		return (PROTO_DEFERRED);
	env.next++;
	outcome = write_lines(len);
	if (outcome == PROTO_DELIVERED &&
	    body->set_index + 1 == body->set_total) {
		outcome = commit();
		env.set = 0;
	}
	if (outcome != PROTO_DELIVERED)
		give_up();

	return (outcome);
}

static uint32_t
single(const struct proto_body *body, const char *rcpt, size_t len)
{
	uint32_t outcome;

	give_up();
	outcome = for_postmaster(body) ? begin_postmaster(body) :
	    begin_exit(body, rcpt);
	if (outcome != PROTO_DELIVERED)
		return (outcome);
	if ((outcome = write_lines(len)) == PROTO_DELIVERED)
		outcome = commit();
	if (outcome != PROTO_DELIVERED)
		maildir_abort(&env.mail);

	return (outcome);
}

/* The LMTP server for postmaster or a recipient: 1; or 0, there is none. */
static int
find_server(const struct proto_body *body, const char *rcpt)
{
	const struct proto_conf_global *g = &proc_conf()->global;
	const struct proto_conf_domain *row;

	if (for_postmaster(body)) {
		if (g->postmaster_via != CONF_VIA_LMTP)
			return (0);
		strlcpy(env.lmtp_place.to, g->postmaster_to,
		    sizeof(env.lmtp_place.to));
		env.lmtp_place.port = g->postmaster_port;
		strlcpy(env.lmtp_rcpt, g->postmaster_rcpt,
		    sizeof(env.lmtp_rcpt));
		return (1);
	}
	row = domain_by(mail_address_domain(rcpt), CONF_VIA_LMTP);
	if (row == NULL)
		return (0);
	strlcpy(env.lmtp_place.to, row->to, sizeof(env.lmtp_place.to));
	env.lmtp_place.port = row->port;
	strlcpy(env.lmtp_rcpt, rcpt, sizeof(env.lmtp_rcpt));

	return (1);
}

static void
lmtp_hand_on(const struct proto_body *body)
{
	const struct proto_conf_global *g = &proc_conf()->global;
	struct lmtp_job *job;

	if ((job = calloc(1, sizeof(*job))) == NULL)
		fatal("body");
	job->body = *body;
	strlcpy(job->rcpt, env.lmtp_rcpt, sizeof(job->rcpt));
	/* Neither changes in a running daemon. */
	strlcpy(env.hostname, g->hostname, sizeof(env.hostname));
	strlcpy(env.sender, g->address, sizeof(env.sender));
	lmtp_add(&env.lmtp, &env.lmtp_place, job);
}

/* Whether a body goes by LMTP; then it is on its way. */
static int
by_lmtp(const struct proto_body *body, const char *rcpt)
{
	int later_piece = body->set_total > 1 && body->set_index > 1;

	if (later_piece) {
		if (env.lmtp_set == 0 || env.lmtp_set != body->set)
			return (0);
	} else {
		env.lmtp_set = 0;
		if (!find_server(body, rcpt))
			return (0);
		if (body->set_total > 1)
			env.lmtp_set = body->set;
	}
	/* Of this set nothing more comes after its last piece. */
	lmtp_hand_on(body);
	if (body->set_index + 1 == body->set_total) {
		env.lmtp_set = 0;
		explicit_bzero(env.lmtp_rcpt, sizeof(env.lmtp_rcpt));
	}

	return (1);
}

static uint32_t
deliver(const struct proto_body *body)
{
	char rcpt[MAIL_ADDRESS_MAX];
	uint32_t outcome;
	size_t len;

	switch (sealed_open(&env.keys, body, rcpt, env.payload, &len)) {
	case 0:
		break;
	case SEALED_NO_KEY:
		return (later("storage key", ENOENT));
	default:
		return (never("a body of the spool can't be opened"));
	}
	if (by_lmtp(body, rcpt))
		outcome = PENDING;
	else if (body->class == SPOOL_POSTMASTER || body->class == SPOOL_PART)
		outcome = piece(body, rcpt, len);
	else
		outcome = single(body, rcpt, len);
	explicit_bzero(rcpt, sizeof(rcpt));
	explicit_bzero(env.payload, sizeof(env.payload));
	explicit_bzero(env.text, sizeof(env.text));

	return (outcome);
}

/* What is delivered is counted by mails, not pieces. */
static void
count(const struct proto_body *body, uint32_t outcome)
{
	if (outcome == PROTO_DEFERRED)
		env.counts.deferred++;
	else if (outcome == PROTO_FAILED)
		env.counts.refused++;
	else if (body->set_index + 1 == body->set_total)
		env.counts.delivered++;
}

static void
body_done(const struct proto_body *body, uint32_t what)
{
	struct proto_outcome outcome;

	memset(&outcome, 0, sizeof(outcome));
	outcome.id = body->id;
	outcome.outcome = what;
	if (what == PROTO_FAILED)
		log_info("a mail can't be delivered: %s",
		    env.counts.last_error);
	count(body, what);
	proc_send(ROLE_QUEUE, 0, PROTO_OUTCOME, &outcome, sizeof(outcome));
}

static void
got_body(const struct proto_body *body)
{
	uint32_t outcome = deliver(body);

	if (outcome != PENDING)
		body_done(body, outcome);
}

static int
lmtp_payload(const struct proto_body *body, uint8_t *payload, size_t *len)
{
	char rcpt[MAIL_ADDRESS_MAX];
	int error;

	error = sealed_open(&env.keys, body, rcpt, payload, len);
	explicit_bzero(rcpt, sizeof(rcpt));

	return (error);
}

static void
lmtp_outcome(struct lmtp_job *job, enum proto_outcome_kind outcome)
{
	if (outcome != PROTO_DELIVERED && env.lmtp.last_error[0] != '\0')
		strlcpy(env.counts.last_error, env.lmtp.last_error,
		    sizeof(env.counts.last_error));
	body_done(&job->body, outcome);
	freezero(job, sizeof(*job));
}

static void
lmtp_dial(const struct proto_lmtp_open *open)
{
	proc_send(ROLE_PARENT, 0, PROTO_LMTP_OPEN, open, sizeof(*open));
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
		lmtp_kill();
	if (env.lmtp.busy > 0) {
		evtimer_add(&env.stop, &soon);
		return;
	}
	storage_keys_wipe(&env.keys);
	proc_stopped();
}

static void
init(unsigned int instance)
{
	(void)instance;
	env.mail.dirfd = env.mail.fd = -1;
	env.lmtp.hostname = env.hostname;
	env.lmtp.sender = env.sender;
	env.lmtp.payload = lmtp_payload;
	env.lmtp.outcome = lmtp_outcome;
	env.lmtp.dial = lmtp_dial;
	evtimer_set(&env.stop, on_stop, NULL);
	umask(007);
}

static void
message(const struct role_msg *msg)
{
	const struct proto_storage_drop *drop = msg->data;
	const struct proto_lmtp_socket *opened = msg->data;
	const struct proto_lmtp_failed *failed = msg->data;
	const struct proto_ctl *ctl = msg->data;

	switch (msg->type) {
	case PROTO_BODY:
		got_body(msg->data);
		break;
	case PROTO_LMTP_SOCKET:
		lmtp_dialled(opened->id, msg->fd, 0);
		break;
	case PROTO_LMTP_FAILED:
		lmtp_dialled(failed->id, -1, (int)failed->error);
		break;
	case PROTO_STORAGE_KEY:
		if (storage_keys_add(&env.keys, msg->data) == -1)
			log_warnx("too many storage keys");
		break;
	case PROTO_STORAGE_DROP:
		storage_keys_drop(&env.keys, drop->day);
		break;
	case PROTO_CTL_STATUS:
		env.counts.id = ctl->id;
		proc_send(ROLE_CONTROL, 0, PROTO_STATUS_DELIVER, &env.counts,
		    sizeof(env.counts));
		break;
	default:
		break;
	}
}

static void
stop(void)
{
	give_up();
	lmtp_stop();
	on_stop(-1, 0, NULL);
}

const struct role_ops deliver_ops = {
	.role = ROLE_DELIVER,
	.init = init,
	.message = message,
	.stop = stop
};
