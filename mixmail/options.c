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

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "options.h"

static int
usage(void)
{
	fprintf(stderr, "usage: mixmail [-aikntv] [-C file] [-f address] "
	    "[-p mix,...] [-R directory]\n               [recipient ...]\n"
	    "       mixmail -b [-v] [-C file] [-R directory]\n"
	    "       mixmail -q [-vw] [-C file]\n"
	    "       mixmail -u [-v] [-C file]\n");
	return -1;
}

/*
 * -b alone is ours.  With sendmail it says what kind of program to be; we are
 * only the one that sends.
 */
static int
set_behaviour(struct options *options, const char *arg)
{
	if (arg == NULL)
		options->show_roster = 1;
	if (arg == NULL || strcmp(arg, "m") == 0)
		return 0;
	fprintf(stderr, "mixmail: -b%s isn't supported: it only sends mail\n",
	    arg);
	return -1;
}

/* Options of sendmail that change nothing here are passed over. */
int
options_read(struct options *options, int argc, char *argv[])
{
	int c;

	memset(options, 0, sizeof(*options));
	while ((c = getopt(argc, argv,
	    "aB:b::C:e:F:f:GikL:mN:nO:o:p:qR:r:tUuV:vw")) != -1) {
		switch (c) {
		case 'a':
			options->anonymous = 1;
			break;
		case 'b':
			if (set_behaviour(options, optarg) == -1)
				return -1;
			break;
		case 'C':
			options->conf = optarg;
			break;
		case 'f':
		case 'r':
			options->sender = optarg;
			break;
		case 'i':
			options->ignore_dots = 1;
			break;
		case 'k':
			options->keep_headers = 1;
			break;
		case 'n':
			options->print_only = 1;
			break;
		case 'o':
			if (strcmp(optarg, "i") == 0)
				options->ignore_dots = 1;
			break;
		case 'p':
			options->path = optarg;
			break;
		case 'q':
			options->send_outbox = 1;
			break;
		case 'R':
			options->roster = optarg;
			break;
		case 't':
			options->from_header = 1;
			break;
		case 'u':
			options->update = 1;
			break;
		case 'v':
			options->verbose = 1;
			break;
		case 'w':
			options->wait = 1;
			break;
		case '?':
			return usage();
		default:
			break;
		}
	}
	options->rcpts = argv + optind;
	options->nrcpts = argc - optind;
	return 0;
}
