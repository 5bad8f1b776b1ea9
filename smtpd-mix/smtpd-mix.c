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

#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"
#include "config.h"

#include "conf.h"
#include "conf_send.h"
#include "parent.h"
#include "roles.h"

#define DEFAULT_FILE	MIX_SYSCONFDIR "/smtpd-mix.conf"

static const struct role_ops *const roles[ROLE_COUNT] = {
	NULL, &smtp_ops, &crypto_ops, &seal_ops, &keys_ops, &pool_ops,
	&queue_ops, &relay_ops, &deliver_ops, &resolver_ops, &directory_ops,
	&control_ops
};

static void __attribute__((__noreturn__))
usage(void)
{
	fprintf(stderr, "usage: smtpd-mix [-dnv] [-f file]\n");
	exit(2);
}

/* -x: what the parent says to its own children. */
static void __attribute__((__noreturn__))
run_role(const char *name, unsigned int instance, int foreground)
{
	int role = role_by_name(name);

	if (role <= ROLE_PARENT)
		usage();
	proc_run(roles[role], instance, foreground);
}

/* Our own program, for the roles: a path that a chdir doesn't change. */
static void
own_path(const char *argv0, char path[PATH_MAX])
{
	const char *dirs, *end;
	char try[PATH_MAX];

	if (strchr(argv0, '/') != NULL) {
		if (realpath(argv0, path) == NULL)
			err(1, "%s", argv0);
		return;
	}
	dirs = getenv("PATH");
	while (dirs != NULL && *dirs != '\0') {
		end = dirs + strcspn(dirs, ":");
		if (snprintf(try, sizeof(try), "%.*s/%s", (int)(end - dirs),
		    dirs, argv0) < (int)sizeof(try) &&
		    access(try, X_OK) == 0 && realpath(try, path) != NULL)
			return;
		dirs = *end == ':' ? end + 1 : end;
	}
	errx(1, "start me by my path: %s is not in PATH", argv0);
}

/*
 * What a start would stumble over.  Others than root may not read all files,
 * and users can be made later.
 */
static int
check_places(struct conf *conf, const char *file)
{
	int privileged = geteuid() == 0;
	struct conf_files files;
	char errbuf[1024];

	if (privileged && conf_users(conf, errbuf, sizeof(errbuf)) == -1)
		fprintf(stderr, "%s: warning: %s\n", file, errbuf);
	if (conf_files_open(&files, conf, errbuf, sizeof(errbuf)) == -1) {
		fprintf(stderr, "%s: %s%s\n", file, privileged ? "" :
		    "warning: ", errbuf);
		return (privileged ? -1 : 0);
	}
	conf_files_close(&files);

	return (0);
}

static int
check_only(const char *file)
{
	struct conf *conf;

	if ((conf = conf_load(file, stderr)) == NULL)
		return (1);
	if (check_places(conf, file) == -1) {
		conf_free(conf);
		return (1);
	}
	conf_print(conf, stdout);
	conf_free(conf);
	fprintf(stderr, "configuration OK\n");

	return (0);
}

int
main(int argc, char *argv[])
{
	const char *file = DEFAULT_FILE, *role = NULL;
	char path[PATH_MAX];
	struct conf *conf;
	const char *errstr;
	unsigned int instance = 0;
	int ch, foreground = 0, check = 0, verbose = 0;

	while ((ch = getopt(argc, argv, "df:i:nvx:")) != -1) {
		switch (ch) {
		case 'd':
			foreground = 1;
			break;
		case 'f':
			file = optarg;
			break;
		case 'i':
			instance = (unsigned int)strtonum(optarg, 0,
			    PROTO_WORKERS_MAX - 1, &errstr);
			if (errstr != NULL)
				usage();
			break;
		case 'n':
			check = 1;
			break;
		case 'v':
			verbose = 1;
			break;
		case 'x':
			role = optarg;
			break;
		default:
			usage();
		}
	}
	if (argc != optind)
		usage();
	if (role != NULL)
		run_role(role, instance, foreground);
	if (check)
		return (check_only(file));

	own_path(argv[0], path);
	if ((conf = conf_load(file, stderr)) == NULL)
		return (1);
	if (verbose)
		conf->global.verbose = 1;
	/* A relative file must still be found at a reload. */
	if (file[0] != '/' && (file = realpath(file, NULL)) == NULL)
		err(1, "configuration");
	return (parent_run(path, file, conf, foreground));
}
