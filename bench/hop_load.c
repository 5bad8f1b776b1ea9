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
 * Sends mix messages through a mix, and the same ones through a peer, and takes
 * what comes out.
 *
 *	hop_load [-r rounds] -c cert -s port mix-port mix-pid peer-port peer-pid
 *	    connections,per-connection,messages[,tls] ...
 *	hop_load -m messages -c cert mix-port mix-pid
 *
 * In each round both get the same new messages, one after the other, and the
 * order changes from round to round.  CPU is counted from the first connection
 * until all has gone out to port -s and the queues are empty.  Prints a line
 * for each setting:
 *
 *	setting ms-mix ms-peer lowest-ratio highest-ratio rate-mix rate-peer
 *	    again
 *
 * ms: of CPU for a message; the ratios are those of single rounds; rate:
 * messages a second until the last has gone out; again: how often the mix said
 * "later".
 *
 * With -m the mix is one that keeps its messages: prints the octets of memory
 * that each adds.
 */

#include <sys/types.h>

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat/compat.h"
#include "compat/rng_system.h"
#include "hop_client.h"
#include "hop_sink.h"
#include "lib/layers.h"
#include "mixtasy/layer.h"
#include "proctree.h"

#define HOPS		2	/* to the first, more look the same */
#define DRAIN_SECONDS	120
#define POLL_US		2000
#define SETTLE_US	1200000	/* until queues have forgotten what went out */
#define ROUNDS_MAX	100
#define WARM_MESSAGES	300

struct target {
	const char	*port;
	pid_t		 pid;
	double		 cpu, wall;	/* seconds, of all rounds */
	double		 cpu_round;
};

struct setting {
	unsigned int	 connections, per_connection;
	size_t		 messages;
	int		 tls;
};

static struct mix_hop	hops[HOPS];

static double
now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec + (double)ts.tv_nsec / 1e9);
}

/* The mix that is measured is the first hop; the others exist nowhere. */
static void
make_path(const char *path)
{
	layers_read_hop(path, &hops[0]);
	layers_hops(HOPS - 1, PGP_ALG_ECDH, "next", hops + 1, NULL);
}

static void
seal(struct hop_mail *mail)
{
	static char text[MIX_OUTER_LEN_MAX];
	uint8_t body[MIX_BODY_LEN];
	struct mix_final final;

	memset(&final, 0, sizeof(final));
	final.type = MIX_DUMMY;
	mix_id_new(&rng_system, final.id);
	if (mix_seal(&final, hops, HOPS, &rng_system, body) == -1)
		errx(1, "can't be sealed");
	mail->len = mix_outer_write(NULL, hops[0].address, body, text);
	if ((mail->text = malloc(mail->len)) == NULL)
		err(1, NULL);
	memcpy(mail->text, text, mail->len);
}

static struct hop_mail *
make_mails(size_t n)
{
	struct hop_mail *mails;
	size_t i;

	if ((mails = calloc(n, sizeof(*mails))) == NULL)
		err(1, NULL);
	for (i = 0; i < n; i++)
		seal(&mails[i]);
	return (mails);
}

static void
free_mails(struct hop_mail *mails, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(mails[i].text);
	free(mails);
}

static void
wait_for_sink(unsigned long count, const struct target *t)
{
	double end = now() + DRAIN_SECONDS;

	while (hop_sink_count() < count) {
		if (now() > end)
			errx(1, "port %s: %lu messages didn't come out",
			    t->port, count - hop_sink_count());
		usleep(POLL_US);
	}
}

static void
run_target(struct target *t, struct hop_job *job, unsigned long *again)
{
	unsigned long sunk = hop_sink_count();
	double cpu = proctree_cpu(t->pid), start = now();

	job->port = t->port;
	hop_client_run(job, again);
	wait_for_sink(sunk + job->n, t);
	t->wall += now() - start;
	usleep(SETTLE_US);
	t->cpu_round = proctree_cpu(t->pid) - cpu;
	t->cpu += t->cpu_round;
}

static void
run_round(struct target targets[2], const struct setting *s, unsigned int round,
    unsigned long again[2])
{
	struct hop_mail *mails = make_mails(s->messages);
	struct hop_job job = {
		.rcpt = hops[0].address,
		.connections = s->connections,
		.per_connection = s->per_connection,
		.tls = s->tls,
		.mails = mails,
		.n = s->messages
	};
	unsigned int first = round % 2;

	run_target(&targets[first], &job, &again[first]);
	run_target(&targets[!first], &job, &again[!first]);
	free_mails(mails, s->messages);
}

static void
run_setting(struct target targets[2], const struct setting *s,
    unsigned int rounds)
{
	double ratio, low = 0, high = 0, all;
	unsigned long again[2] = { 0, 0 };
	unsigned int i;

	targets[0].cpu = targets[0].wall = 0;
	targets[1].cpu = targets[1].wall = 0;
	for (i = 0; i < rounds; i++) {
		run_round(targets, s, i, again);
		ratio = targets[1].cpu_round / targets[0].cpu_round;
		if (i == 0 || ratio < low)
			low = ratio;
		if (i == 0 || ratio > high)
			high = ratio;
	}
	all = (double)s->messages * rounds;
	printf("%u,%u,%zu%s %.4f %.4f %.2f %.2f %.1f %.1f %lu\n",
	    s->connections, s->per_connection, s->messages,
	    s->tls ? ",tls" : "", 1000 * targets[0].cpu / all,
	    1000 * targets[1].cpu / all, low, high, all / targets[0].wall,
	    all / targets[1].wall, again[0]);
	fflush(stdout);
}

static void
run_memory(const struct target *t, size_t n)
{
	struct hop_mail *mails = make_mails(WARM_MESSAGES + n);
	struct hop_job job = {
		.port = t->port,
		.rcpt = hops[0].address,
		.connections = 10,
		.per_connection = 100,
		.mails = mails,
		.n = WARM_MESSAGES
	};
	unsigned long again = 0;
	double before;

	hop_client_run(&job, &again);
	usleep(SETTLE_US);
	before = proctree_memory(t->pid);
	job.mails = mails + WARM_MESSAGES;
	job.n = n;
	hop_client_run(&job, &again);
	usleep(SETTLE_US);
	printf("%.1f\n", (proctree_memory(t->pid) - before) / (double)n);
	free_mails(mails, WARM_MESSAGES + n);
}

static void
read_setting(const char *text, struct setting *s)
{
	char tls[8] = "";
	int n;

	n = sscanf(text, "%u,%u,%zu,%7s", &s->connections, &s->per_connection,
	    &s->messages, tls);
	if (n < 3 || s->connections == 0 || s->per_connection == 0 ||
	    s->messages == 0 || (n == 4 && strcmp(tls, "tls") != 0))
		errx(1, "%s: not a setting", text);
	s->tls = n == 4;
}

static void
read_target(struct target *t, char *const *argv)
{
	memset(t, 0, sizeof(*t));
	t->port = argv[0];
	t->pid = (pid_t)atol(argv[1]);
}

static void
usage(void)
{
	fprintf(stderr, "usage: hop_load [-r rounds] -c cert -s port mix-port"
	    " mix-pid peer-port peer-pid setting ...\n"
	    "       hop_load -m messages -c cert mix-port mix-pid\n");
	exit(2);
}

int
main(int argc, char *argv[])
{
	struct target targets[2];
	struct setting setting;
	unsigned int rounds = 2;
	size_t memory = 0;
	const char *cert = NULL, *sink = NULL;
	int c;

	while ((c = getopt(argc, argv, "c:m:r:s:")) != -1) {
		switch (c) {
		case 'c':
			cert = optarg;
			break;
		case 'm':
			memory = strtoul(optarg, NULL, 10);
			break;
		case 'r':
			rounds = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 's':
			sink = optarg;
			break;
		default:
			usage();
		}
	}
	argc -= optind;
	argv += optind;
	if (cert == NULL || argc < 2 || rounds == 0 || rounds > ROUNDS_MAX ||
	    (memory == 0 && (sink == NULL || argc < 5)))
		usage();
	signal(SIGPIPE, SIG_IGN);
	make_path(cert);
	read_target(&targets[0], argv);
	if (memory != 0) {
		run_memory(&targets[0], memory);
		return (0);
	}
	read_target(&targets[1], argv + 2);
	hop_sink_start(sink);
	for (argv += 4; *argv != NULL; argv++) {
		read_setting(*argv, &setting);
		run_setting(targets, &setting, rounds);
	}
	return (0);
}
