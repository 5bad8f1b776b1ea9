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
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat/compat.h"

#include "child.h"
#include "conf_send.h"
#include "listen.h"
#include "lmtp_dial.h"
#include "log.h"
#include "parent.h"
#include "places.h"
#include "sandbox.h"
#include "stop.h"

#define START_SECONDS	20	/* for all roles to be in their sandboxes */
#define RELOAD_SECONDS	10
#define LOCKED_MEMORY	(64UL * 1024 * 1024)

enum parent_state {
	PARENT_START,		/* waits for hellos */
	PARENT_CONFIGURE,	/* waits for the roles to accept next */
	PARENT_RUN,
	PARENT_STOP,		/* waits for one role after the other */
	PARENT_END		/* all have stopped */
};

static struct parent_env {
	const char	*file;
	struct conf	*conf;		/* live */
	struct conf	*next;		/* being accepted */
	struct listeners listeners;
	struct listeners next_listeners;
	int		 control_fd;
	int		 privileged;
	int		 foreground;
	uint64_t	 generation;
	uint64_t	 started;
	enum parent_state state;
	int		 exit_status;
	uint64_t	 ctl_reload;	/* mixctl's request, 0: none */
	int		 reload_again;	/* SIGHUP came too early for one */
	struct children	 children;
	struct event	 timer;
	struct event	 signals[4];
} env;

static void	timer_fired(int, short, void *);
static void	reload(uint64_t);

static void
timer_set(int seconds)
{
	struct timeval tv = { seconds, 0 };

	evtimer_del(&env.timer);
	evtimer_add(&env.timer, &tv);
}

static int
get_hello(const struct child *c)
{
	return (c->hello);
}

static int
get_accepted(const struct child *c)
{
	return (c->accepted);
}

static const char *
who_lacks(int (*get)(const struct child *))
{
	const struct child *c = children_lacking(&env.children, get);

	return (c == NULL ? "nobody" : role_name(c->role));
}

/* Answers a request of mixctl; 0 is none. */
static void
ctl_done(uint64_t id, int ok, const char *text)
{
	struct proto_ctl_done done;
	struct iovec iov = { &done, sizeof(done) };
	size_t i;

	if (id == 0)
		return;
	memset(&done, 0, sizeof(done));
	done.id = id;
	done.ok = (uint32_t)ok;
	strlcpy(done.text, text, sizeof(done.text));
	for (i = 0; i < env.children.n; i++)
		if (env.children.list[i].role == ROLE_CONTROL)
			channel_send(&env.children.list[i].ch, PROTO_CTL_DONE,
			    &iov, 1, -1);
}

static void
reload_done(int ok, const char *text)
{
	uint64_t id = env.ctl_reload;

	if (ok)
		log_info("%s", text);
	else
		log_warnx("%s", text);
	env.ctl_reload = 0;
	ctl_done(id, ok, text);
}

/* The file may have changed after it was read. */
static void
reload_if_asked(void)
{
	int again = env.reload_again;

	env.reload_again = 0;
	if (again)
		reload(0);
}

/* Sends next to all roles; they answer ACCEPT or REJECT. */
static int
configure(char *errbuf, size_t errlen)
{
	struct conf_files files;
	struct child *c;

	if (conf_files_open(&files, env.next, errbuf, errlen) == -1)
		return (-1);
	env.generation++;
	for (c = env.children.list; c < env.children.list + env.children.n;
	    c++) {
		c->accepted = 0;
		conf_send(&c->ch, env.generation, env.next, &files,
		    &env.next_listeners, env.control_fd);
	}
	conf_files_close(&files);
	env.state = PARENT_CONFIGURE;
	timer_set(RELOAD_SECONDS);

	return (0);
}

/* All have accepted: from now on it is the live configuration. */
static void
configured(void)
{
	int first = env.conf == NULL;

	evtimer_del(&env.timer);
	children_send(&env.children, PROTO_CONF_SWITCH);
	listeners_close(&env.listeners);
	env.listeners = env.next_listeners;
	env.next_listeners.n = 0;
	conf_free(env.conf);
	env.conf = env.next;
	env.next = NULL;
	env.state = PARENT_RUN;
	log_verbose((int)env.conf->global.verbose);
	if (first)
		log_info("started: %s, %zu roles", env.conf->global.address,
		    env.children.n);
	else
		reload_done(1, "configuration reloaded");
	reload_if_asked();
}

static void
not_configured(const char *who, const char *text)
{
	char line[PROTO_TEXT_MAX * 2];

	evtimer_del(&env.timer);
	(void)snprintf(line, sizeof(line), "%s: %s", who, text);
	if (env.conf == NULL)
		fatalx("configuration: %s", line);
	children_send(&env.children, PROTO_CONF_DROP);
	listeners_revert(&env.next_listeners, &env.listeners, env.conf);
	conf_free(env.next);
	env.next = NULL;
	env.state = PARENT_RUN;
	(void)snprintf(line, sizeof(line), "configuration not reloaded: "
	    "%s: %s", who, text);
	reload_done(0, line);
	reload_if_asked();
}

/* Keeps the first line of what the parser says, for mixctl; logs all. */
static struct conf *
load(const char *file, char *first, size_t len)
{
	struct conf *conf;
	char *text = NULL, *line, *rest;
	size_t size = 0;
	FILE *err;

	if ((err = open_memstream(&text, &size)) == NULL)
		fatal("reload");
	conf = conf_load(file, err);
	fclose(err);
	first[0] = '\0';
	rest = text;
	while ((line = strsep(&rest, "\n")) != NULL && line[0] != '\0') {
		if (first[0] == '\0' || conf == NULL)
			strlcpy(first, line, len);
		log_warnx("%s", line);
	}
	free(text);

	return (conf);
}

/* For mixctl's request, or by a signal (0). */
static void
reload(uint64_t request)
{
	char errbuf[PROTO_TEXT_MAX];
	struct conf *next;

	if (env.state != PARENT_RUN) {
		ctl_done(request, 0, "not reloaded: a reload is going on, or "
		    "the daemon is stopping");
		env.reload_again = request == 0;
		return;
	}
	env.ctl_reload = request;
	if ((next = load(env.file, errbuf, sizeof(errbuf))) == NULL) {
		reload_done(0, errbuf);
		return;
	}
	if ((env.privileged && conf_users(next, errbuf,
	    sizeof(errbuf)) == -1) ||
	    conf_reloadable(env.conf, next, errbuf, sizeof(errbuf)) == -1 ||
	    listeners_open(&env.next_listeners, &env.listeners, next, errbuf,
	    sizeof(errbuf)) == -1) {
		conf_free(next);
		reload_done(0, errbuf);
		return;
	}
	env.next = next;
	if (configure(errbuf, sizeof(errbuf)) == -1)
		not_configured("parent", errbuf);
}

/* The last role has stopped: the loop ends; what is due still comes. */
static void
stopped(void)
{
	env.state = PARENT_END;
	event_loopexit(NULL);
}

static void
stop(int status)
{
	if (env.state == PARENT_STOP || env.state == PARENT_END)
		return;
	env.state = PARENT_STOP;
	env.exit_status = status;
	evtimer_del(&env.timer);
	log_info("stopping");
	/* smtp has the last ones, and stops first. */
	listeners_close(&env.listeners);
	stop_roles(&env.children, stopped);
}

static void
timer_fired(int fd, short what, void *arg)
{
	(void)fd, (void)what, (void)arg;
	switch (env.state) {
	case PARENT_START:
		fatalx("%s did not start within %d seconds",
		    who_lacks(get_hello), START_SECONDS);
	case PARENT_CONFIGURE:
		not_configured(who_lacks(get_accepted), "does not answer");
		break;
	default:
		break;
	}
}

static void
status(struct child *control, const struct role_msg *msg)
{
	const struct proto_ctl *req = msg->data;
	struct proto_status_role row;
	struct iovec iov = { &row, sizeof(row) };
	const struct child *c;
	size_t i;

	for (i = 0; i < env.children.n; i++) {
		c = &env.children.list[i];
		memset(&row, 0, sizeof(row));
		row.id = req->id;
		row.role = c->role;
		row.instance = c->instance;
		row.pid = (uint32_t)c->pid;
		row.started = c->started;
		strlcpy(row.sandbox, c->sandbox, sizeof(row.sandbox));
		channel_send(&control->ch, PROTO_STATUS_ROLE, &iov, 1, -1);
	}
	/* The parent's own row ends the list. */
	memset(&row, 0, sizeof(row));
	row.id = req->id;
	row.role = ROLE_PARENT;
	row.pid = (uint32_t)getpid();
	row.started = env.started;
	strlcpy(row.sandbox, sandbox_describe(), sizeof(row.sandbox));
	channel_send(&control->ch, PROTO_STATUS_ROLE, &iov, 1, -1);
}

static void
hello(struct child *c, const struct role_msg *msg)
{
	const struct proto_hello *row = msg->data;
	char errbuf[PROTO_TEXT_MAX];

	if (row->version != PROTO_VERSION || row->role != c->role ||
	    row->instance != c->instance ||
	    !proto_string(row->sandbox, sizeof(row->sandbox)))
		fatalx("%s is of another version: install all of one build",
		    role_name(c->role));
	memcpy(c->sandbox, row->sandbox, sizeof(c->sandbox));
	c->hello = 1;
	if (env.state != PARENT_START ||
	    children_lacking(&env.children, get_hello) != NULL)
		return;
	children_introduce(&env.children);
	if (configure(errbuf, sizeof(errbuf)) == -1)
		fatalx("%s", errbuf);
}

static void
ctl_stop(const struct role_msg *msg)
{
	ctl_done(((const struct proto_ctl *)msg->data)->id, 1, "stopping");
	stop(0);
}

/* An answer to a reload that was given up says nothing about this one. */
static void
accepted(struct child *c, const struct proto_conf_accept *row)
{
	if (env.state != PARENT_CONFIGURE || row->generation != env.generation)
		return;
	c->accepted = 1;
	if (children_lacking(&env.children, get_accepted) == NULL)
		configured();
}

static void
rejected(const struct child *c, const struct proto_conf_reject *row)
{
	if (env.state != PARENT_CONFIGURE || row->generation != env.generation)
		return;
	not_configured(role_name(c->role), proto_string(row->text,
	    sizeof(row->text)) ? row->text : "refuses it");
}

static void
child_message(struct channel *ch, const struct role_msg *msg)
{
	struct child *c = ch->arg;

	switch (msg->type) {
	case PROTO_HELLO:
		hello(c, msg);
		break;
	case PROTO_CONF_ACCEPT:
		accepted(c, msg->data);
		break;
	case PROTO_CONF_REJECT:
		rejected(c, msg->data);
		break;
	case PROTO_STOPPED:
		c->stopped = 1;
		stop_look();
		break;
	case PROTO_CTL_STATUS:
		status(c, msg);
		break;
	case PROTO_CTL_RELOAD:
		reload(((const struct proto_ctl *)msg->data)->id);
		break;
	case PROTO_CTL_STOP:
		ctl_stop(msg);
		break;
	case PROTO_LMTP_OPEN:
		lmtp_dial(ch, env.conf, msg->data);
		break;
	default:
		fatalx("%s sent a message of type %u", role_name(c->role),
		    msg->type);
	}
}

static void
child_gone(struct channel *ch, int broken)
{
	struct child *c = ch->arg;

	if (broken)
		log_warnx("%s sent a broken message", role_name(c->role));
	/* Why it ended, SIGCHLD tells; a process that lives on must not. */
	if (c->pid != 0)
		kill(c->pid, SIGKILL);
	stop_look();
}

/* No role ends before its channel is closed, unless something is wrong. */
static void
child_ended(struct child *c, int status)
{
	const char *then = env.state >= PARENT_STOP ? "" : "; stopping all";

	c->pid = 0;
	if (WIFSIGNALED(status))
		log_warnx("%s was killed by signal %d%s", role_name(c->role),
		    WTERMSIG(status), then);
	else
		log_warnx("%s exited with status %d%s", role_name(c->role),
		    WEXITSTATUS(status), then);
	env.exit_status = 1;
	channel_close(&c->ch);
	stop(1);
	stop_look();
}

static void
signal_fired(int sig, short what, void *arg)
{
	struct child *c;
	pid_t pid;
	int status_;

	(void)what, (void)arg;
	switch (sig) {
	case SIGTERM:
	case SIGINT:
		stop(0);
		break;
	case SIGHUP:
		reload(0);
		break;
	case SIGCHLD:
		while ((pid = waitpid(-1, &status_, WNOHANG)) > 0)
			if ((c = child_by_pid(&env.children, pid)) != NULL)
				child_ended(c, status_);
		break;
	}
}

static void
signals_set(void)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
	size_t i;

	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < nitems(numbers); i++) {
		signal_set(&env.signals[i], numbers[i], signal_fired, NULL);
		signal_add(&env.signals[i], NULL);
	}
}

static void
start_roles(const char *program)
{
	struct child *c;
	unsigned int i;
	int role;

	for (role = 0; role < ROLE_COUNT; role++)
		for (i = 0; i < child_count((enum role)role, env.next); i++) {
			c = &env.children.list[env.children.n++];
			child_start(c, program, (enum role)role, i,
			    env.foreground);
			c->ch.message = child_message;
			c->ch.gone = child_gone;
		}
	for (c = env.children.list; c < env.children.list + env.children.n;
	    c++) {
		child_boot(c, env.next, env.privileged);
		channel_start(&c->ch);
	}
	timer_set(START_SECONDS);
}

/* The parent keeps root and files, and gives up what it has no use for. */
static void
enter_sandbox(void)
{
	struct sandbox_spec spec = { .profile = SANDBOX_PARENT,
	    .privileged = env.privileged };
	char errbuf[PROTO_TEXT_MAX];

	if (sandbox_enter(&spec, errbuf, sizeof(errbuf)) == -1)
		fatalx("sandbox: %s", errbuf);
}

/* crypto locks its secrets in memory, which takes more than some allow. */
static void
raise_limits(void)
{
	struct rlimit rl = { LOCKED_MEMORY, LOCKED_MEMORY };

	if (setrlimit(RLIMIT_MEMLOCK, &rl) == -1)
		log_debug("locked memory limit stays as it is");
}

int
parent_run(const char *program, const char *file, struct conf *conf,
    int foreground)
{
	char errbuf[PROTO_TEXT_MAX];

	/* What the caller had open is no business of ours, or of the roles. */
	closefrom(STDERR_FILENO + 1);
	env.file = file;
	env.next = conf;
	env.foreground = foreground;
	env.privileged = geteuid() == 0;
	env.started = (uint64_t)time(NULL);
	/* To the terminal as long as there is one. */
	log_init("parent", 1, (int)conf->global.verbose);
	if (!env.privileged)
		log_warnx("not started as root: no chroot and no users of "
		    "their own for the roles");
	if ((env.privileged && conf_users(conf, errbuf,
	    sizeof(errbuf)) == -1) ||
	    places_make(conf, env.privileged, errbuf, sizeof(errbuf)) == -1 ||
	    listeners_open(&env.next_listeners, &env.listeners, conf, errbuf,
	    sizeof(errbuf)) == -1 ||
	    (env.control_fd = listen_control(conf, errbuf,
	    sizeof(errbuf))) == -1)
		fatalx("%s", errbuf);
	if (!foreground && daemon(0, 0) == -1)
		fatal("daemon");
	log_init("parent", foreground, (int)conf->global.verbose);
	raise_limits();

	event_init();
	evtimer_set(&env.timer, timer_fired, NULL);
	signals_set();
	start_roles(program);
	enter_sandbox();
	event_dispatch();

	children_end(&env.children);
	(void)unlink(env.conf != NULL ? env.conf->control_socket :
	    env.next->control_socket);
	log_info("stopped");

	return (env.exit_status);
}
