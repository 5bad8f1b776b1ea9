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
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "compat/compat.h"
#include "places.h"

#include "later.h"
#include "outbox.h"
#include "say.h"
#include "submit.h"

#define AGAIN_FIRST	5	/* seconds, after a failure */
#define AGAIN_MAX	300
#define TOO_LATE	86400	/* keys and mixes will not have it any more */

static void
open_outbox(const struct mixmail_conf *conf, struct outbox *outbox)
{
	char path[PROTO_PATH_MAX];

	if (conf->outbox[0] != '\0')
		strlcpy(path, conf->outbox, sizeof(path));
	else if (places_home(path, ".mixmail/outbox") == -1)
		say_fatal(EX_CONFIG, "there is no place for the outbox: HOME "
		    "isn't set");
	if (outbox_open(outbox, path) == -1)
		say_fatal(EX_TEMPFAIL, "the outbox %s: %s", path,
		    strerror(errno));
}

static int
fill(struct outbox_batch *batch, struct outgoing *o)
{
	const struct prepare *p = o->prepare;
	const struct sealed *sealed;
	int more;

	while ((more = outgoing_next(o, &sealed)) == 1) {
		if (outbox_add(batch, p->now + (time_t)rng_uniform(p->rng,
		    p->conf->spread + 1), p->conf->from, sealed) == -1)
			return -1;
		outgoing_done(o);
	}
	if (more == -1)
		errno = ENOMEM;
	return more;
}

int
later_put(struct outgoing *o, int verbose)
{
	const struct mixmail_conf *conf = o->prepare->conf;
	struct outbox outbox;
	struct outbox_batch batch;

	open_outbox(conf, &outbox);
	if (outbox_begin(&outbox, &batch) == -1)
		say_fatal(EX_TEMPFAIL, "the outbox: %s; nothing was sent",
		    strerror(errno));
	if (fill(&batch, o) == -1 || outbox_commit(&outbox, &batch) == -1) {
		say("the outbox: %s; nothing was sent", strerror(errno));
		outbox_abort(&outbox, &batch);
		return EX_TEMPFAIL;
	}
	outbox_end(&batch);
	outbox_close(&outbox);
	if (verbose || isatty(STDERR_FILENO))
		say("%zu messages are sent over the next %u seconds; if that "
		    "is broken off, mixmail -q sends the rest", batch.n,
		    conf->spread);
	return EX_OK;
}

/* The new process has nothing of the mail: it begins anew. */
static void
run(const char *argv0, const struct options *options)
{
	char *argv[6];
	char name[] = "mixmail", q[] = "-q", w[] = "-w", c[] = "-C";
	char *conf = NULL;
	int fd, n = 0;

	if (options->conf != NULL && (conf = strdup(options->conf)) == NULL)
		_exit(EX_OSERR);
	if (setsid() == -1 || (fd = open("/dev/null", O_RDWR)) == -1)
		_exit(EX_OSERR);
	(void)dup2(fd, STDIN_FILENO);
	(void)dup2(fd, STDOUT_FILENO);
	(void)dup2(fd, STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
	argv[n++] = name;
	argv[n++] = q;
	argv[n++] = w;
	if (conf != NULL) {
		argv[n++] = c;
		argv[n++] = conf;
	}
	argv[n] = NULL;
	execvp(argv0, argv);
	_exit(EX_OSERR);
}

void
later_start(const char *argv0, const struct options *options)
{
	pid_t pid;

	if ((pid = fork()) == -1)
		say("warning: %s: run mixmail -q to send the mail",
		    strerror(errno));
	if (pid == 0)
		run(argv0, options);
}

/* Sending from the outbox. */
struct sender {
	struct mixmail_conf	 conf;	/* its sender is the message's */
	struct outbox		 outbox;
	struct outbox_item	 item;
	struct sealed		 sealed;
	size_t			 left;
	size_t			 sent;
	size_t			 given_up;
	int			 error;
};

/* The first one that may still go. */
static int
find(struct sender *s)
{
	time_t now;
	int found;

	for (;;) {
		now = time(NULL);
		found = outbox_first(&s->outbox, now, &s->item, &s->left);
		if (found != 1 || now - s->item.due <= TOO_LATE)
			break;
		if (outbox_remove(&s->outbox, &s->item) == -1)
			return -1;
		s->given_up++;
	}
	return found;
}

/* For submit(): what is due. */
static int
next(void *arg, const struct sealed **sealed)
{
	struct sender *s = arg;
	int found;

	if ((found = find(s)) == 1 && s->item.due > time(NULL))
		return 0;
	if (found == 1 && outbox_read(&s->outbox, &s->item,
	    s->conf.from, &s->sealed) == -1)
		found = -1;
	if (found == -1)
		s->error = errno;
	if (found == 1)
		*sealed = &s->sealed;
	return found;
}

/* If it can't be removed it goes again: the mix takes it once. */
static void
taken(void *arg)
{
	struct sender *s = arg;

	s->sent++;
	if (outbox_remove(&s->outbox, &s->item) == -1)
		say("the outbox: %s", strerror(errno));
}

/* Sends what is due now.  The status. */
static int
send_due(struct sender *s)
{
	struct submit_source source = { next, taken, s };
	enum submit_error error = SUBMIT_OK;
	char why[768];
	int found;

	s->error = 0;
	if ((found = find(s)) == 1 && s->item.due <= time(NULL))
		error = submit(&s->conf, &source, why, sizeof(why));
	if (found == -1 || s->error != 0) {
		say("the outbox: %s", strerror(found == -1 ? errno :
		    s->error));
		return EX_IOERR;
	}
	if (error != SUBMIT_OK) {
		say("%s", why);
		return EX_TEMPFAIL;
	}
	return EX_OK;
}

/* Until the next one is due, or after a failure some time, more each time. */
static void
wait_for_next(const struct sender *s, int status, unsigned int *again)
{
	time_t now = time(NULL);

	if (status != EX_OK) {
		*again = *again == 0 ? AGAIN_FIRST : *again * 2;
		if (*again > AGAIN_MAX)
			*again = AGAIN_MAX;
		sleep(*again);
		return;
	}
	*again = 0;
	if (s->item.due > now)
		sleep((unsigned int)(s->item.due - now));
}

/* Whoever put more there meanwhile waits for the lock. */
static int
send_all(struct sender *s, int wait)
{
	unsigned int again = 0;
	int status;

	for (;;) {
		status = send_due(s);
		if (!wait || find(s) != 1)
			return status;
		wait_for_next(s, status, &again);
	}
}

int
later_send(const struct mixmail_conf *conf, const struct options *options)
{
	struct sender *s;
	int status;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		say_fatal(EX_OSERR, "%s", strerror(errno));
	s->conf = *conf;
	open_outbox(conf, &s->outbox);
	if (outbox_lock(&s->outbox, options->wait) == 0)
		status = send_all(s, options->wait);
	else if (errno == EWOULDBLOCK) {
		status = EX_OK;
		if (options->verbose)
			say("another mixmail is sending");
	} else {
		status = EX_TEMPFAIL;
		say("the outbox: %s", strerror(errno));
	}
	if (options->verbose && find(s) != -1)
		say("%zu messages sent, %zu wait", s->sent, s->left);
	if (s->given_up > 0)
		say("%zu messages could not be sent for a day and were given "
		    "up: mails they are parts of are not delivered",
		    s->given_up);
	outbox_close(&s->outbox);
	free(s);
	return status;
}
