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
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "say.h"
#include "send.h"
#include "submit.h"

/* Messages on their way to the server. */
struct sending {
	struct outgoing	*outgoing;
	int		 verbose;
	int		 terminal;
	int		 unfinished;	/* a line of progress without its end */
};

int
send_print(struct outgoing *o)
{
	const struct sealed *sealed;
	int more;

	while ((more = outgoing_next(o, &sealed)) == 1) {
		fwrite(sealed->text, 1, sealed->len, stdout);
		outgoing_done(o);
	}
	if (more == -1) {
		say("out of memory");
		return EX_OSERR;
	}
	if (fflush(stdout) == EOF || ferror(stdout)) {
		say("standard output: %s", strerror(errno));
		return EX_IOERR;
	}
	return EX_OK;
}

/* On a terminal each part; else, if verbose, each tenth of them. */
static void
show_progress(struct sending *s, const struct parcel *parcel, uint32_t done)
{
	uint32_t tenth = parcel->total < 10 ? 1 : parcel->total / 10;

	if (s->terminal) {
		fprintf(stderr, "\rmixmail: to %s: %u of %u parts sent",
		    parcel->rcpt, done, parcel->total);
		s->unfinished = done < parcel->total;
		if (!s->unfinished)
			putc('\n', stderr);
		fflush(stderr);
	} else if (s->verbose && (done % tenth == 0 || done == parcel->total))
		say("to %s: %u of %u parts sent", parcel->rcpt, done,
		    parcel->total);
}

static int
next(void *arg, const struct sealed **sealed)
{
	struct sending *s = arg;

	return outgoing_next(s->outgoing, sealed);
}

static void
taken(void *arg)
{
	struct sending *s = arg;
	struct outgoing *o = s->outgoing;
	const struct parcel *parcel = &o->parcels[o->at];
	const char *host = o->prepare->conf->host;

	if (parcel->total > 1)
		show_progress(s, parcel, o->done + 1);
	else if (s->verbose)
		say("%s took the message for %s, to %s", host, parcel->rcpt,
		    parcel->paths[0][0].address);
	outgoing_done(o);
}

/* Says in one line what went and what didn't. */
static void
say_failed(const struct outgoing *o, const char *why)
{
	size_t i, from = o->at;

	fprintf(stderr, "mixmail: %s; ", why);
	if (o->at == 0 && o->done == 0)
		fputs("nothing was sent", stderr);
	for (i = 0; i < o->at; i++)
		fprintf(stderr, "%s%s", i == 0 ? "sent to " : ", ",
		    o->parcels[i].rcpt);
	if (o->done > 0) {
		fprintf(stderr, "%sthe mail to %s was not delivered in full: "
		    "%u of %u parts were sent", o->at == 0 ? "" : "; ",
		    o->parcels[o->at].rcpt, o->done, o->parcels[o->at].total);
		from++;
	}
	for (i = from; from != 0 && i < o->nparcels; i++)
		fprintf(stderr, "%s%s", i == from ? "; not sent to " : ", ",
		    o->parcels[i].rcpt);
	putc('\n', stderr);
}

int
send_submit(struct outgoing *o, int verbose)
{
	struct sending s;
	struct submit_source source;
	enum submit_error error;
	char why[768];

	s.outgoing = o;
	s.verbose = verbose;
	s.terminal = isatty(STDERR_FILENO);
	s.unfinished = 0;
	source.next = next;
	source.taken = taken;
	source.arg = &s;
	error = submit(o->prepare->conf, &source, why, sizeof(why));
	if (s.unfinished)
		putc('\n', stderr);
	if (error == SUBMIT_OK)
		return EX_OK;
	say_failed(o, why);
	return error == SUBMIT_REFUSED && o->done == 0 ? EX_UNAVAILABLE :
	    EX_TEMPFAIL;
}
