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
 * Sends a mail through mixes, in the place of sendmail.
 */

#include <sys/types.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "compat/compat.h"
#include "compat/confine.h"
#include "compat/rng_system.h"
#include "config.h"
#include "later.h"
#include "letter.h"
#include "mixmail_conf.h"
#include "options.h"
#include "places.h"
#include "prepare.h"
#include "roster_state.h"
#include "say.h"
#include "scrub.h"
#include "send.h"
#include "sources.h"
#include "update.h"

static void
read_conf_file(struct mixmail_conf *conf, const char *path, int required)
{
	char why[512];

	switch (mixmail_conf_read(conf, path, why, sizeof(why))) {
	case -1:
		say_fatal(EX_CONFIG, "%s", why);
	case 1:
		if (required)
			say_fatal(EX_CONFIG, "%s: %s", path, strerror(ENOENT));
	}
}

static void
read_conf(struct mixmail_conf *conf, const struct options *options)
{
	char path[PROTO_PATH_MAX];

	mixmail_conf_init(conf);
	if (options->conf != NULL)
		read_conf_file(conf, options->conf, 1);
	else {
		read_conf_file(conf, MIX_SYSCONFDIR "/mixmail.conf", 0);
		if (places_home(path, ".mixmail.conf") == 0)
			read_conf_file(conf, path, 0);
	}
	if (options->sender == NULL || strcmp(options->sender, "<>") == 0)
		return;
	if (mail_address_single(options->sender, strlen(options->sender),
	    conf->from) == -1)
		say_fatal(EX_USAGE, "the sender \"%s\" is not a mail address",
		    options->sender);
}

/* What is said of a roster, "the roster x" or "the rosters x and y". */
static const char *
roster_name(const struct places *places)
{
	static char text[2 * PROTO_PATH_MAX + 32];

	if (places->directory[0] != '\0' && places->cached)
		snprintf(text, sizeof(text), "rosters %s and %s",
		    places->directory, places->cache);
	else
		snprintf(text, sizeof(text), "roster %s",
		    places->directory[0] != '\0' ? places->directory :
		    places->cache);
	return text;
}

/* What to do for a newer roster. */
static const char *
advice(const struct places *places)
{
	return places->cache[0] != '\0' ? "run mixmail -u" :
	    "fetch the mixes' certificates again";
}

static void
warn_old(const struct roster *roster, const struct places *places, time_t now)
{
	char text[32];
	time_t newest;
	struct tm *tm;

	if (!roster_is_old(roster, now, &newest))
		return;
	if ((tm = gmtime(&newest)) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M", tm) == 0)
		strlcpy(text, "long ago", sizeof(text));
	say("warning: the %s %s old: the newest key in it is of %s UTC; %s",
	    roster_name(places), strncmp(roster_name(places), "rosters", 7) ==
	    0 ? "are" : "is", text, advice(places));
}

static void
read_roster(struct roster *roster, const struct mixmail_conf *conf,
    const struct options *options, time_t now)
{
	size_t counts[ROSTER_NERRORS] = { 0 };
	struct places places;

	places_find(&places, conf, options);
	if (places.directory[0] == '\0' && !places.cached)
		say_fatal(EX_CONFIG, "there is no roster yet; %s",
		    advice(&places));
	sources_trust(roster, conf, now);
	sources_read(roster, &places, now, counts);
	if (options->verbose) {
		say("usable mixes in the %s: %zu", roster_name(&places),
		    roster->nmixes);
		sources_say("certificates left out", counts);
	}
	if (roster->nmixes == 0)
		say_fatal(EX_CONFIG, "the %s has no certificate of a mix that "
		    "can be used now; %s", roster_name(&places),
		    advice(&places));
	warn_old(roster, &places, now);
}

/* -u: the sandbox lets it write, and connect. */
static int
update_roster(const struct mixmail_conf *conf, const struct options *options,
    time_t now)
{
	struct options any = *options;
	struct roster trust;
	struct places places;
	int status;

	if (conf->nkeyservers == 0)
		say_fatal(EX_CONFIG, "no keyserver is configured: add "
		    "keyserver hkps://host to ~/.mixmail.conf");
	any.roster = NULL;
	places_find(&places, conf, &any);
	if (places.cache[0] == '\0')
		say_fatal(EX_CONFIG, "there is no place for the roster: HOME "
		    "isn't set");
	if (confine("stdio rpath wpath cpath fattr inet dns") == -1)
		say_fatal(EX_OSERR, "pledge: %s", strerror(errno));
	roster_init(&trust);
	sources_trust(&trust, conf, now);
	status = update(conf, places.cache, &trust, now, options->verbose);
	roster_clear(&trust);
	return status;
}

static void
read_letter(struct letter *letter, const struct mixmail_conf *conf,
    const struct options *options)
{
	switch (letter_read(letter, STDIN_FILENO, !options->ignore_dots,
	    conf->size)) {
	case LETTER_OK:
		break;
	case LETTER_IO:
		say_fatal(EX_IOERR, "the mail can't be read: %s",
		    strerror(errno));
	case LETTER_TOO_LARGE:
		say_fatal(EX_DATAERR, "the mail is too large: over %u octets",
		    conf->size);
	}
}

static void
find_recipients(struct rcpts *rcpts, const struct letter *letter,
    const struct options *options)
{
	enum rcpt_error error = RCPT_OK;
	const char *what = "";
	int i;

	for (i = 0; i < options->nrcpts && error == RCPT_OK; i++) {
		what = options->rcpts[i];
		error = rcpts_add(rcpts, what, strlen(what));
	}
	if (error == RCPT_BAD)
		say_fatal(EX_USAGE, "the recipient \"%s\" is not a full mail "
		    "address", what);
	if (error == RCPT_OK && options->from_header)
		error = letter_recipients(letter, rcpts);
	if (error == RCPT_BAD)
		say_fatal(EX_DATAERR, "To, Cc or Bcc has something that is "
		    "not a full mail address");
	if (error == RCPT_MANY)
		say_fatal(EX_USAGE, "more than %d recipients", RCPT_MAX);
	if (rcpts->n == 0)
		say_fatal(EX_USAGE, "no recipient: give them as arguments, or "
		    "say -t to take those of To, Cc and Bcc");
}

static int
exit_status(enum prepare_error error)
{
	switch (error) {
	case PREPARE_NO_PATH:
		return EX_UNAVAILABLE;
	case PREPARE_TOO_LARGE:
		return EX_DATAERR;
	default:
		return EX_OSERR;
	}
}

static void
scrub(struct letter *letter, const struct prepare *p,
    const struct options *options)
{
	struct scrub how;

	how.anonymous = options->anonymous;
	how.verbose = options->verbose;
	how.now = p->now;
	how.rng = p->rng;
	if (!options->anonymous &&
	    (options->keep_headers || p->conf->keep_headers))
		return;
	if (scrub_letter(&how, letter) == -1)
		say_fatal(EX_OSERR, "%s", strerror(errno));
}

static void
show_paths(const struct parcel *parcel)
{
	size_t i, j;

	for (i = 0; i < parcel->npaths; i++) {
		fprintf(stderr, "mixmail: to %s by way of", parcel->rcpt);
		for (j = 0; j < parcel->nhops; j++)
			fprintf(stderr, "%s %s", j == 0 ? "" : ",",
			    parcel->paths[i][j].address);
		putc('\n', stderr);
	}
}

/* Finds out for all whether they can be sealed before any of them is sent. */
static struct parcel *
prepare_all(const struct prepare *p, const struct letter *letter,
    const struct rcpts *rcpts, int verbose)
{
	enum prepare_error error;
	struct parcel *parcels;
	char why[768];
	size_t i;
	int repeats = 0;

	if ((parcels = calloc(rcpts->n, sizeof(*parcels))) == NULL)
		say_fatal(EX_OSERR, "%s", strerror(errno));
	for (i = 0; i < rcpts->n; i++) {
		error = prepare_parcel(p, letter, rcpts->list[i], &parcels[i],
		    why, sizeof(why));
		if (error != PREPARE_OK)
			say_fatal(exit_status(error), "%s; nothing was sent",
			    why);
		if (verbose)
			show_paths(&parcels[i]);
		repeats |= parcel_repeats(&parcels[i]);
	}
	if (repeats)
		say("warning: a path goes through a mix twice (usable mixes "
		    "in the roster: %zu): that weakens the anonymity",
		    p->roster->nmixes);
	return parcels;
}

/* The mixes, a line each, with -v. */
static void
show_mixes(const struct roster *roster)
{
	char modes[64], until[32];
	const struct roster_mix *mix;
	size_t i;

	for (i = 0; i < roster->nmixes; i++) {
		mix = &roster->mixes[i];
		roster_modes_text(mix, modes, sizeof(modes));
		roster_until_text(mix, until, sizeof(until));
		printf("mix %s %s %s until %s\n", mix->address, modes,
		    roster_rank_name(mix->rank), until);
	}
}

/* -b: what to compare with others. */
static void
show_roster(const struct roster *roster, int verbose)
{
	char digest[ROSTER_DIGEST_TEXT];

	if (verbose)
		show_mixes(roster);
	roster_digest_text(roster, digest);
	printf("digest %s\nmixes %zu\n", digest, roster->nmixes);
	if (roster->nmixes < PATH_LENGTH_MIN)
		say("warning: with fewer than %d mixes paths go through one "
		    "twice: that weakens the anonymity", PATH_LENGTH_MIN);
	if (fflush(stdout) == EOF)
		say_fatal(EX_IOERR, "standard output: %s", strerror(errno));
}

/* One message alone has nothing that it could be told to belong to. */
static int
is_spread(const struct prepare *p, const struct options *options,
    const struct parcel *parcels, size_t n)
{
	return p->conf->spread > 0 && !options->print_only &&
	    (n > 1 || parcels[0].total > 1);
}

static int
send_mail(const struct prepare *p, const struct options *options,
    const char *argv0)
{
	static struct rcpts rcpts;
	struct letter letter;
	struct parcel *parcels;
	struct outgoing *outgoing;
	int status, spread;

	read_letter(&letter, p->conf, options);
	find_recipients(&rcpts, &letter, options);
	scrub(&letter, p, options);
	parcels = prepare_all(p, &letter, &rcpts, options->verbose);
	if ((outgoing = malloc(sizeof(*outgoing))) == NULL)
		say_fatal(EX_OSERR, "%s", strerror(errno));
	outgoing_init(outgoing, p, &letter, parcels, rcpts.n);
	spread = is_spread(p, options, parcels, rcpts.n);
	if (options->print_only)
		status = send_print(outgoing);
	else if (spread)
		status = later_put(outgoing, options->verbose);
	else
		status = send_submit(outgoing, options->verbose);
	outgoing_clear(outgoing);
	free(outgoing);
	free(parcels);
	letter_clear(&letter);
	if (spread && status == EX_OK)
		later_start(argv0, options);
	return status;
}

int
main(int argc, char *argv[])
{
	static struct prepare prepare;
	struct options options;
	struct mixmail_conf conf;
	struct roster roster;
	int status = EX_OK;

	if (options_read(&options, argc, argv) == -1)
		return EX_USAGE;
	signal(SIGPIPE, SIG_IGN);
	read_conf(&conf, &options);
	if (options.path != NULL &&
	    prepare_fix_path(&prepare, options.path) == -1)
		say_fatal(EX_USAGE, "the path \"%s\" has to be at most %d "
		    "mixes' addresses or host names with commas between them",
		    options.path, MIX_PATH_MAX);
	prepare.conf = &conf;
	prepare.roster = &roster;
	prepare.rng = &rng_system;
	prepare.now = time(NULL);
	if (options.send_outbox) {
		if (confine("stdio rpath wpath cpath flock inet dns") == -1)
			say_fatal(EX_OSERR, "pledge: %s", strerror(errno));
		return later_send(&conf, &options);
	}
	if (options.update)
		return update_roster(&conf, &options, prepare.now);
	roster_init(&roster);
	read_roster(&roster, &conf, &options, prepare.now);
	if (confine(options.print_only || options.show_roster ? "stdio" :
	    conf.spread > 0 ? "stdio rpath wpath cpath inet dns proc exec" :
	    "stdio rpath inet dns") == -1)
		say_fatal(EX_OSERR, "pledge: %s", strerror(errno));
	if (options.show_roster)
		show_roster(&roster, options.verbose);
	else
		status = send_mail(&prepare, &options, argv[0]);
	roster_clear(&roster);
	return status;
}
