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

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat/compat.h"
#include "compat/rng_system.h"
#include "mail/address.h"
#include "mixctl/peel.h"
#include "mixctl/peel_key.h"
#include "mixctl/peel_parts.h"
#include "mixctl/peel_state.h"
#include "mixctl/readall.h"
#include "mixtasy/layer.h"
#include "mixtasy/message.h"

#define PEEL_OK		0
#define PEEL_DESTROYED	1
#define PEEL_ERROR	2

/* A mix message needs some 43 KB; mail systems may have added to its header. */
#define PEEL_MESSAGE_MAX	(1024 * 1024)

struct options {
	const char	*key;
	const char	*statedir;	/* NULL: none */
	time_t		 now;
};

static int
usage(void)
{
	fprintf(stderr, "usage: mixctl peel -k secretkey [-t unixtime] "
	    "[-s statedir] < message\n");
	return (PEEL_ERROR);
}

static int
parse_time(const char *s, time_t *now)
{
	const char *error;

	*now = (time_t)strtonum(s, 0, UINT32_MAX, &error);
	if (error == NULL)
		return (0);
	warnx("the time %s is %s", s, error);
	return (-1);
}

/* 0, or the exit status. */
static int
parse_options(int argc, char **argv, struct options *o)
{
	int ch;

	memset(o, 0, sizeof(*o));
	o->now = time(NULL);
	optind = 1;
	while ((ch = getopt(argc, argv, "k:s:t:")) != -1) {
		switch (ch) {
		case 'k':
			o->key = optarg;
			break;
		case 's':
			o->statedir = optarg;
			break;
		case 't':
			if (parse_time(optarg, &o->now) == -1)
				return (PEEL_ERROR);
			break;
		default:
			return (usage());
		}
	}
	return (o->key == NULL || optind != argc ? usage() : 0);
}

static int
destroyed(const char *reason)
{
	warnx("destroyed: %s", reason);
	return (PEEL_DESTROYED);
}

static int
output(const void *buf, size_t len)
{
	if (write_all(STDOUT_FILENO, buf, len) == 0)
		return (PEEL_OK);
	warn("standard output");
	return (PEEL_ERROR);
}

/* Writes what the daemon would send on. */
static int
emit(const struct peel_key *key, const struct mix_peeled *peeled)
{
	static char text[MIX_OUTER_LEN_MAX];
	size_t len;

	switch (peeled->verdict) {
	case MIX_FORWARD:
		len = mix_outer_write(key->self, peeled->next, peeled->body,
		    text);
		return (output(text, len));
	case MIX_DELIVER:
		return (output(peeled->body, peeled->body_len));
	case MIX_DISCARD:
		return (PEEL_OK);
	case MIX_HOLD:
		return (destroyed("one part of several: only with -s are "
		    "parts put together"));
	case MIX_DESTROY:
	case MIX_DESTROY_SET:
		break;
	}
	return (destroyed(mix_reason_text(peeled->reason)));
}

static void
peel(const struct peel_key *key, time_t now, const uint8_t *body,
    struct mix_peeled *peeled)
{
	const char *const domains[] = { mail_address_domain(key->self) };
	struct mix_peel_env env;

	memset(&env, 0, sizeof(env));
	env.self = key->self;
	env.keys = key->subkeys;
	env.nkeys = key->nsubkeys;
	env.now = now;
	env.modes = key->modes;
	env.domains = domains;
	env.ndomains = 1;
	env.max_parts = mix_parts_most(MIX_PARTS_OCTETS);
	env.repeat_check = 1;
	env.rng = &rng_system;
	mix_peel(&env, body, peeled);
}

static int
take_part(const struct options *o, const struct peel_key *key,
    const struct peel_state *state, const struct mix_peeled *peeled)
{
	const char *reason = NULL;

	switch (peel_state_seen(state, key, o->now, peeled->digest)) {
	case 0:
		break;
	case 1:
		return (destroyed(mix_reason_text(MIX_REASON_REPLAY)));
	default:
		return (PEEL_ERROR);
	}
	switch (peel_parts_take(state, key, o->now, peeled, &reason)) {
	case PEEL_PART_HELD:
		return (PEEL_OK);
	case PEEL_PART_WHOLE:
		return (peel_parts_write(state, peeled, STDOUT_FILENO) == -1 ?
		    PEEL_ERROR : PEEL_OK);
	case PEEL_PART_DROPPED:
		return (destroyed(reason));
	case PEEL_PART_ERROR:
		break;
	}
	return (PEEL_ERROR);
}

/*
 * The digest is durable before the first octet is written: a message whose
 * output is lost counts as seen, and what came out once never does again.
 */
static int
take(const struct options *o, const struct peel_key *key,
    const struct peel_state *state, const struct mix_peeled *peeled)
{
	int new = 1;

	if (state != NULL && (peeled->verdict == MIX_HOLD ||
	    peeled->verdict == MIX_DESTROY_SET))
		return (take_part(o, key, state, peeled));
	if (peeled->verdict != MIX_DESTROY && state != NULL)
		new = peel_state_record(state, key, o->now, peeled);
	if (new == 1)
		return (emit(key, peeled));
	if (new == 0)
		return (destroyed(mix_reason_text(MIX_REASON_REPLAY)));
	return (PEEL_ERROR);
}

static int
process(const struct options *o, const struct peel_key *key,
    const struct peel_state *state, const char *text, size_t len)
{
	static struct mix_peeled peeled;
	uint8_t body[MIX_BODY_LEN];
	enum mix_outer_error error;
	int status;

	error = mix_outer_read(text, len, key->self, body);
	if (error != MIX_OUTER_OK)
		return (destroyed(mix_outer_strerror(error)));
	peel(key, o->now, body, &peeled);
	status = take(o, key, state, &peeled);
	explicit_bzero(&peeled, sizeof(peeled));
	return (status);
}

static int
process_input(const struct options *o, const struct peel_key *key,
    const struct peel_state *state)
{
	static char text[PEEL_MESSAGE_MAX + 1];
	ssize_t n;

	n = read_all(STDIN_FILENO, text, sizeof(text));
	if (n == -1) {
		warn("standard input");
		return (PEEL_ERROR);
	}
	if (n > PEEL_MESSAGE_MAX)
		return (destroyed("larger than a mix message can be"));
	return (process(o, key, state, text, (size_t)n));
}

int
peel_main(int argc, char **argv)
{
	struct options o;
	struct peel_key key;
	struct peel_state state;
	int status;

	if ((status = parse_options(argc, argv, &o)) != 0)
		return (status);
	(void)signal(SIGPIPE, SIG_IGN);
	if (peel_key_read(o.key, o.now, &key) == -1)
		return (PEEL_ERROR);
	status = PEEL_ERROR;
	if (o.statedir == NULL)
		status = process_input(&o, &key, NULL);
	else if (peel_state_open(o.statedir, &state) == 0) {
		status = process_input(&o, &key, &state);
		peel_state_close(&state);
	}
	peel_key_clear(&key);
	return (status);
}
