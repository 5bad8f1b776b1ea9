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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"
#include "config.h"

#include "client.h"
#include "directory.h"
#include "offline.h"
#include "peel.h"
#include "queue.h"
#include "spool.h"
#include "status.h"

#define DEFAULT_SOCKET	MIX_LOCALSTATEDIR "/run/smtpd-mix.sock"

static void __attribute__((__noreturn__))
usage(void)
{
	fprintf(stderr,
	    "usage: mixctl [-s socket] directory | queue | rank | status [-j]\n"
	    "       mixctl [-s socket] cert | reload | rotate | stop\n"
	    "       mixctl [-s socket] clock accept\n"
	    "       mixctl [-s socket] import | keys | pool\n"
	    "       mixctl [-s socket] prepare [-n count]\n"
	    "       mixctl revoke | sign -k secretkey\n"
	    "       mixctl spool check | repair [-d directory]\n"
	    "       mixctl peel -k secretkey [-s statedir] [-t unixtime]\n");
	exit(2);
}

static int
status(const char *path, int argc, char *argv[])
{
	static struct status s;
	struct proto_ctl_done done;
	struct client c;
	int ch, json = 0;

	while ((ch = getopt(argc, argv, "j")) != -1) {
		if (ch != 'j')
			usage();
		json = 1;
	}
	if (optind != argc)
		usage();
	client_open(&c, path);
	client_request(&c, PROTO_CTL_STATUS);
	client_answer(&c, status_take, &s, &done);
	client_close(&c);
	if (json)
		status_print_json(&s);
	else
		status_print_text(&s);
	if (fflush(stdout) == EOF)
		err(2, "standard output");

	return (0);
}

/* A part of the status, in detail. */
static int
show(const char *path, int argc, void (*print)(const struct status *))
{
	static struct status s;
	struct proto_ctl_done done;
	struct client c;

	if (argc != 1)
		usage();
	client_open(&c, path);
	client_request(&c, PROTO_CTL_STATUS);
	client_answer(&c, status_take, &s, &done);
	client_close(&c);
	print(&s);
	if (fflush(stdout) == EOF)
		err(2, "standard output");

	return (0);
}

/* The exit status of a command that finds -1 in its arguments. */
static int
used(int end)
{
	if (end == -1)
		usage();

	return (end);
}

/* A request whose answer is yes, or no and why. */
static int
simple(const char *path, int argc, uint32_t type)
{
	struct proto_ctl_done done;
	struct client c;

	if (argc != 1)
		usage();
	client_open(&c, path);
	client_request(&c, type);
	client_answer(&c, client_print, NULL, &done);
	client_close(&c);
	if (!done.ok)
		errx(1, "%s", done.text);
	if (done.text[0] != '\0')
		fprintf(stderr, "%s\n", done.text);
	if (fflush(stdout) == EOF)
		err(2, "standard output");

	return (0);
}

int
main(int argc, char *argv[])
{
	static const struct {
		const char	*name;
		uint32_t	 type;
	} commands[] = {
		{ "cert", PROTO_CTL_CERT },
		{ "reload", PROTO_CTL_RELOAD },
		{ "rotate", PROTO_CTL_ROTATE },
		{ "stop", PROTO_CTL_STOP }
	};
	const char *path = DEFAULT_SOCKET;
	size_t i;
	int ch;

	/* "+": glibc would look for options behind the command too. */
	while ((ch = getopt(argc, argv, "+s:")) != -1) {
		if (ch != 's')
			usage();
		path = optarg;
	}
	argc -= optind;
	argv += optind;
	if (argc < 1)
		usage();
	optind = 1;
	if (strcmp(argv[0], "peel") == 0)
		return (peel_main(argc, argv));
	if (strcmp(argv[0], "status") == 0)
		return (status(path, argc, argv));
	if (strcmp(argv[0], "keys") == 0)
		return (show(path, argc, status_print_keys));
	if (strcmp(argv[0], "pool") == 0)
		return (show(path, argc, status_print_pool));
	if (strcmp(argv[0], "queue") == 0)
		return (used(queue_main(path, argc, argv)));
	if (strcmp(argv[0], "spool") == 0)
		return (used(spool_main(argc, argv)));
	if (strcmp(argv[0], "directory") == 0)
		return (used(directory_main(path, argc, argv)));
	if (strcmp(argv[0], "rank") == 0)
		return (used(rank_main(path, argc, argv)));
	if (strcmp(argv[0], "prepare") == 0)
		return (used(prepare_main(path, argc, argv)));
	if (strcmp(argv[0], "sign") == 0)
		return (used(sign_main(argc, argv)));
	if (strcmp(argv[0], "revoke") == 0)
		return (used(revoke_main(argc, argv)));
	if (strcmp(argv[0], "import") == 0)
		return (used(import_main(path, argc, argv)));
	if (strcmp(argv[0], "clock") == 0) {
		if (argc != 2 || strcmp(argv[1], "accept") != 0)
			usage();
		return (simple(path, 1, PROTO_CTL_CLOCK));
	}
	for (i = 0; i < nitems(commands); i++)
		if (strcmp(argv[0], commands[i].name) == 0)
			return (simple(path, argc, commands[i].type));
	usage();
}
