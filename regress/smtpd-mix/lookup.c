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

/*
 * Asks the resolver role, as relay does, from a shell:
 *
 *	lookup program conf word ...
 *
 * starts it in its sandbox with a configuration, and does what the words say:
 *	mail name	the servers of a domain, with TLSA for port 25
 *	host name	the addresses of a host
 *	wait		until all have been answered
 *	reload		the configuration file anew
 *	status		its figures
 *	run command	a command of the shell
 *	memory		how many KiB it has resident, where /proc tells
 * Prints each answer in a line of its own, and then one for each host:
 *	name: ok|none|null|later|bogus secure|insecure ttl N refused N sts ID
 *	name: preference host tlsa none|usable|unusable|failed address ...
 *	name: preference host record usage selector matching hash
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <err.h>
#include <event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"

#include "child.h"
#include "conf.h"
#include "conf_send.h"
#include "listen.h"
#include "log.h"

#define QUESTIONS_MAX	1024
#define SECONDS		90	/* for all */

static struct lookup_env {
	const char	*file;
	struct child	 child;
	struct conf	*conf;
	struct channel	 relay;
	struct channel	 control;
	uint64_t	 generation;
	int		 hello;
	int		 live;
	int		 status;	/* the figures are there */
	int		 silent;	/* not to be printed */
	uint64_t	 asked;		/* of them */
	const char	*names[QUESTIONS_MAX];
	int		 answered[QUESTIONS_MAX];
	unsigned int	 nasked;
	unsigned int	 nanswered;
} env;

static void
gone(struct channel *ch, int broken)
{
	errx(1, "%s is gone%s", role_name(ch->peer),
	    broken ? ", with a broken message" : "");
}

static const char *
address(const struct proto_addr *addr)
{
	static char text[INET6_ADDRSTRLEN];

	if (inet_ntop(addr->family == 4 ? AF_INET : AF_INET6, addr->octets,
	    text, sizeof(text)) == NULL)
		errx(1, "an address of family %u", addr->family);

	return (text);
}

static void
print_tlsa(const char *name, const struct proto_mx *mx)
{
	const struct proto_tlsa *t;
	uint32_t i, k;

	for (i = 0; i < mx->ntlsa; i++) {
		t = &mx->tlsa[i];
		printf("%s: %u %s record %u %u %u ", name, mx->preference,
		    mx->host, t->usage, t->selector, t->matching);
		for (k = 0; k < t->len; k++)
			printf("%02x", t->data[k]);
		putchar('\n');
	}
}

static void
print_host(const char *name, const struct proto_mx *mx)
{
	static const char *const states[] = { "none", "usable", "unusable",
	    "failed" };
	uint32_t i;

	printf("%s: %u %s tlsa %s", name, mx->preference, mx->host,
	    states[mx->tlsa_state]);
	for (i = 0; i < mx->naddrs; i++)
		printf(" %s", address(&mx->addrs[i]));
	putchar('\n');
	print_tlsa(name, mx);
}

static void
print_answer(const char *name, const struct proto_looked_up *a)
{
	static const char *const words[] = { "ok", "none", "null", "later",
	    "bogus" };
	const struct proto_mx *hosts = (const void *)(a + 1);
	uint32_t i;

	printf("%s: %s %s ttl %u refused %u sts %s\n", name, words[a->status],
	    a->secure ? "secure" : "insecure", a->ttl, a->refused,
	    a->sts_id[0] == '\0' ? "none" : a->sts_id);
	for (i = 0; i < a->n; i++)
		print_host(name, &hosts[i]);
	fflush(stdout);
}

static void
relay_message(struct channel *ch, const struct role_msg *msg)
{
	const struct proto_looked_up *a = msg->data;

	(void)ch;
	if (a->id >= env.nasked || env.answered[a->id])
		errx(1, "an answer to no question");
	env.answered[a->id] = 1;
	env.nanswered++;
	print_answer(env.names[a->id], a);
}

static void
control_message(struct channel *ch, const struct role_msg *msg)
{
	const struct proto_status_resolver *s = msg->data;

	(void)ch;
	env.status = 1;
	env.asked = s->asked;
	if (env.silent)
		return;
	printf("asked %" PRIu64 " waiting %" PRIu64 " found %" PRIu64
	    " none %" PRIu64 " later %" PRIu64 " bogus %" PRIu64
	    " refused %" PRIu64 " validating %u\n", s->asked, s->waiting,
	    s->found, s->none, s->later, s->bogus, s->refused, s->validating);
	printf("error: %s\n", s->last_error);
	fflush(stdout);
}

static void
parent_message(struct channel *ch, const struct role_msg *msg)
{
	const struct proto_conf_reject *reject = msg->data;

	switch (msg->type) {
	case PROTO_HELLO:
		env.hello = 1;
		break;
	case PROTO_CONF_ACCEPT:
		channel_send(ch, PROTO_CONF_SWITCH, NULL, 0, -1);
		env.live = 1;
		break;
	case PROTO_CONF_REJECT:
		errx(3, "rejected: %s", reject->text);
	default:
		break;
	}
}

static void
run_until(const int *flag)
{
	while (!*flag)
		event_loop(EVLOOP_ONCE);
}

/* Makes it a peer; ours is the other end. */
static void
introduce(struct channel *ch, enum role role,
    void (*message)(struct channel *, const struct role_msg *))
{
	struct proto_peer row = { role, 0 };
	struct iovec iov = { &row, sizeof(row) };
	int fds[2], i;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == -1)
		err(1, "socketpair");
	for (i = 0; i < 2; i++)
		if (fcntl(fds[i], F_SETFL, O_NONBLOCK) == -1 ||
		    fcntl(fds[i], F_SETFD, FD_CLOEXEC) == -1)
			err(1, "fcntl");
	channel_send(&env.child.ch, PROTO_PEER, &iov, 1, fds[1]);
	channel_init(ch, fds[0], role, ROLE_RESOLVER, 0);
	ch->message = message;
	ch->gone = gone;
	channel_start(ch);
}

static void
configure(void)
{
	struct conf_files files;
	struct listeners listeners;
	char errbuf[1024];
	size_t i;

	conf_free(env.conf);
	if ((env.conf = conf_load(env.file, stderr)) == NULL)
		errx(1, "%s: see above", env.file);
	if (conf_files_open(&files, env.conf, errbuf, sizeof(errbuf)) == -1)
		errx(3, "%s", errbuf);
	memset(&listeners, 0, sizeof(listeners));
	for (i = 0; i < env.conf->nlistens; i++)
		listeners.list[listeners.n++].row = env.conf->listens[i];
	env.live = 0;
	conf_send(&env.child.ch, ++env.generation, env.conf, &files,
	    &listeners, -1);
	conf_files_close(&files);
	run_until(&env.live);
}

static void
start(const char *program)
{
	if ((env.conf = conf_load(env.file, stderr)) == NULL)
		errx(1, "%s: see above", env.file);
	child_start(&env.child, program, ROLE_RESOLVER, 0, 1);
	env.child.ch.message = parent_message;
	env.child.ch.gone = gone;
	child_boot(&env.child, env.conf, 0);
	channel_start(&env.child.ch);
	run_until(&env.hello);
	introduce(&env.relay, ROLE_RELAY, relay_message);
	introduce(&env.control, ROLE_CONTROL, control_message);
	configure();
}

static void
ask(enum proto_lookup_kind kind, const char *name)
{
	struct proto_lookup row;
	struct iovec iov = { &row, sizeof(row) };

	if (env.nasked == QUESTIONS_MAX)
		errx(1, "too many questions");
	memset(&row, 0, sizeof(row));
	row.id = env.nasked;
	row.kind = kind;
	row.port = 25;
	if (strlcpy(row.name, name, sizeof(row.name)) >= sizeof(row.name))
		errx(1, "the name is too long");
	env.names[env.nasked++] = name;
	channel_send(&env.relay, PROTO_LOOKUP, &iov, 1, -1);
}

static void
wait_all(void)
{
	while (env.nanswered < env.nasked)
		event_loop(EVLOOP_ONCE);
}

static void
show_status(void)
{
	struct proto_ctl row = { 1 };
	struct iovec iov = { &row, sizeof(row) };

	env.status = 0;
	channel_send(&env.control, PROTO_CTL_STATUS, &iov, 1, -1);
	run_until(&env.status);
}

static void
run_command(const char *command)
{
	if (system(command) != 0)
		errx(1, "%s failed", command);
}

/* After all questions have got there. */
static void
reload(void)
{
	env.silent = 1;
	do
		show_status();
	while (env.asked < env.nasked);
	env.silent = 0;
	configure();
}

static void
show_memory(void)
{
	char path[64], line[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%ld/status",
	    (long)env.child.pid);
	if ((f = fopen(path, "r")) == NULL)
		err(1, "%s", path);
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "VmRSS:", 6) == 0)
			printf("memory %ld\n", strtol(line + 6, NULL, 10));
	fclose(f);
	fflush(stdout);
}

static const struct {
	const char	*word;
	void		(*obey)(void);
} orders[] = {
	{ "wait",	wait_all },
	{ "reload",	reload },
	{ "status",	show_status },
	{ "memory",	show_memory }
};

/* Does what a word says; returns how many words that took. */
static int
obey(char **word)
{
	size_t i;

	for (i = 0; i < nitems(orders); i++)
		if (strcmp(word[0], orders[i].word) == 0) {
			orders[i].obey();
			return (1);
		}
	if (strcmp(word[0], "mail") == 0 && word[1] != NULL)
		ask(PROTO_LOOKUP_MAIL, word[1]);
	else if (strcmp(word[0], "host") == 0 && word[1] != NULL)
		ask(PROTO_LOOKUP_HOST, word[1]);
	else if (strcmp(word[0], "run") == 0 && word[1] != NULL)
		run_command(word[1]);
	else
		errx(2, "what is %s?", word[0]);

	return (2);
}

int
main(int argc, char *argv[])
{
	char **word;

	if (argc < 3)
		errx(2, "usage: lookup program conf word ...");
	log_init("lookup", 1, 0);
	signal(SIGPIPE, SIG_IGN);
	alarm(SECONDS);
	event_init();
	env.file = argv[2];
	start(argv[1]);
	for (word = argv + 3; *word != NULL; word += obey(word))
		;
	wait_all();
	channel_close(&env.relay);
	channel_close(&env.control);
	channel_close(&env.child.ch);

	return (0);
}
