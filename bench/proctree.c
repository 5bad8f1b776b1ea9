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

#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proctree.h"

#define PROCESSES_MAX	8192

struct process {
	pid_t	pid, parent;
	double	reaped;		/* seconds of children waited for */
	double	used;		/* its own, in ticks */
	int	inside;
};

static struct process	all[PROCESSES_MAX];
static size_t		nall;

static FILE *
open_proc(pid_t pid, const char *name)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	return (fopen(path, "r"));
}

/* A process that has gone meanwhile is left out. */
static void
read_process(pid_t pid)
{
	struct process *p = &all[nall];
	double tick = 1.0 / (double)sysconf(_SC_CLK_TCK);
	unsigned long user, sys;
	long parent, reaped_user, reaped_sys;
	char line[1024], *s;
	FILE *f;

	if ((f = open_proc(pid, "stat")) == NULL)
		return;
	/* The name, in parentheses, may hold anything. */
	if (fgets(line, sizeof(line), f) != NULL &&
	    (s = strrchr(line, ')')) != NULL &&
	    sscanf(s + 1, " %*c %ld %*d %*d %*d %*d %*u %*u %*u %*u %*u"
	    " %lu %lu %ld %ld", &parent, &user, &sys, &reaped_user,
	    &reaped_sys) == 5) {
		p->pid = pid;
		p->parent = (pid_t)parent;
		p->used = (double)(user + sys) * tick;
		p->reaped = (double)(reaped_user + reaped_sys) * tick;
		p->inside = 0;
		nall++;
	}
	fclose(f);
}

static void
read_all(void)
{
	struct dirent *entry;
	DIR *dir;

	if ((dir = opendir("/proc")) == NULL)
		err(1, "/proc");
	nall = 0;
	while ((entry = readdir(dir)) != NULL && nall < PROCESSES_MAX) {
		if (isdigit((unsigned char)entry->d_name[0]))
			read_process((pid_t)atol(entry->d_name));
	}
	closedir(dir);
}

static struct process *
find_process(pid_t pid)
{
	size_t i;

	for (i = 0; i < nall; i++) {
		if (all[i].pid == pid)
			return (&all[i]);
	}
	return (NULL);
}

/* Marks the descendants of root, and root. */
static void
read_tree(pid_t root)
{
	struct process *p, *parent;
	size_t i;
	int more;

	read_all();
	if ((p = find_process(root)) == NULL)
		errx(1, "process %ld is not there", (long)root);
	p->inside = 1;
	do {
		more = 0;
		for (i = 0; i < nall; i++) {
			p = &all[i];
			parent = find_process(p->parent);
			if (!p->inside && parent != NULL && parent->inside)
				p->inside = more = 1;
		}
	} while (more);
}

/*
 * The same as in stat, but in nanoseconds and not in ticks; a process without
 * threads is taken for granted.
 */
static double
own_cpu(const struct process *p)
{
	unsigned long long ns;
	double seconds = p->used;
	FILE *f;

	if ((f = open_proc(p->pid, "schedstat")) != NULL) {
		if (fscanf(f, "%llu", &ns) == 1)
			seconds = (double)ns / 1e9;
		fclose(f);
	}
	return (seconds);
}

double
proctree_cpu(pid_t root)
{
	double sum = 0;
	size_t i;

	read_tree(root);
	for (i = 0; i < nall; i++) {
		if (all[i].inside)
			sum += own_cpu(&all[i]) + all[i].reaped;
	}
	return (sum);
}

static double
own_memory(pid_t pid)
{
	unsigned long kib = 0;
	char line[256];
	FILE *f;

	if ((f = open_proc(pid, "status")) == NULL)
		return (0);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "RssAnon: %lu", &kib) == 1)
			break;
	}
	fclose(f);
	return ((double)kib * 1024);
}

double
proctree_memory(pid_t root)
{
	double sum = 0;
	size_t i;

	read_tree(root);
	for (i = 0; i < nall; i++) {
		if (all[i].inside)
			sum += own_memory(all[i].pid);
	}
	return (sum);
}
