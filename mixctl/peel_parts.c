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

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"
#include "mixctl/peel_parts.h"
#include "mixctl/readall.h"

#define PREFIX		"part-"
#define TEMPORARY	"new-part"
#define HEX_LEN		(2 * MIX_PARTS_KEY_LEN)
#define NAME_LEN	128

/* What the name of a file says. */
struct part_name {
	uint8_t		key[MIX_PARTS_KEY_LEN];
	uint32_t	total;
	uint32_t	part;
	uint64_t	since;
};

static void
write_name(const struct part_name *name, char text[NAME_LEN])
{
	char hex[HEX_LEN + 1];
	size_t i;

	for (i = 0; i < MIX_PARTS_KEY_LEN; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", name->key[i]);
	(void)snprintf(text, NAME_LEN, PREFIX "%s-%u-%u-%llu", hex,
	    name->total, name->part, (unsigned long long)name->since);
}

/* Only what write_name() writes.  1 or 0. */
static int
read_name(const char *text, struct part_name *name)
{
	const char *hex = text + sizeof(PREFIX) - 1;
	char again[NAME_LEN];
	unsigned long long since;
	unsigned int octet;
	size_t i;

	if (strncmp(text, PREFIX, sizeof(PREFIX) - 1) != 0 ||
	    strnlen(hex, HEX_LEN) != HEX_LEN)
		return (0);
	for (i = 0; i < MIX_PARTS_KEY_LEN; i++) {
		if (sscanf(hex + 2 * i, "%2x", &octet) != 1)
			return (0);
		name->key[i] = (uint8_t)octet;
	}
	if (sscanf(hex + HEX_LEN, "-%9u-%9u-%18llu", &name->total, &name->part,
	    &since) != 3)
		return (0);
	name->since = since;
	write_name(name, again);
	return (strcmp(text, again) == 0 && name->part >= 1 &&
	    name->part <= name->total && name->total <= MIX_PARTS_MAX);
}

/* Calls fn for every part in the directory until it returns other than 0. */
static int
each_part(const struct peel_state *state,
    int (*fn)(void *, const char *, const struct part_name *), void *arg)
{
	struct part_name name;
	struct dirent *entry;
	DIR *dir;
	int fd, r = 0;

	fd = openat(state->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || (dir = fdopendir(fd)) == NULL) {
		warn("%s", state->path);
		if (fd != -1)
			close(fd);
		return (-1);
	}
	while (r == 0 && (entry = readdir(dir)) != NULL)
		if (read_name(entry->d_name, &name))
			r = fn(arg, entry->d_name, &name);
	closedir(dir);
	return (r);
}

/* Puts a part that is there into the table. */
static int
note(void *arg, const char *text, const struct part_name *name)
{
	struct mix_parts *parts = arg;
	struct mix_parts_set *set = mix_parts_find(parts, name->key);

	(void)text;
	if (set == NULL) {
		set = calloc(1, sizeof(*set) +
		    MIX_PARTS_TAKEN_LEN(name->total));
		if (set == NULL) {
			warn("parts");
			return (-1);
		}
		set->taken = (uint8_t *)(set + 1);
		memcpy(set->key, name->key, sizeof(set->key));
		set->total = name->total;
		set->since = name->since;
		mix_parts_begin(parts, set);
	}
	if (set->since > name->since)
		set->since = name->since;
	if (name->total == set->total && !mix_parts_has(set, name->part))
		(void)mix_parts_take(parts, set, name->part);
	return (0);
}

static void
clear(struct mix_parts *parts)
{
	struct mix_parts_set *set;

	while ((set = RB_ROOT(&parts->sets)) != NULL) {
		mix_parts_end(parts, set);
		free(set);
	}
}

static int
load(const struct peel_state *state, struct mix_parts *parts)
{
	mix_parts_init(parts);
	parts->limits.parts = mix_parts_most(MIX_PARTS_OCTETS);
	parts->limits.sets = MIX_PARTS_SETS;
	parts->limits.held = MIX_PARTS_HELD / MIX_HASHED_LEN;
	parts->limits.keep = MIX_PARTS_KEEP;
	if (each_part(state, note, parts) == 0)
		return (0);
	clear(parts);
	return (-1);
}

struct removal {
	const struct peel_state	*state;
	const uint8_t		*key;
};

static int
remove_one(void *arg, const char *text, const struct part_name *name)
{
	const struct removal *r = arg;

	if (memcmp(name->key, r->key, MIX_PARTS_KEY_LEN) != 0 ||
	    unlinkat(r->state->dirfd, text, 0) == 0)
		return (0);
	warn("%s/%s", r->state->path, text);
	return (-1);
}

static int
remove_parts(const struct peel_state *state, const uint8_t *key)
{
	struct removal r = { state, key };

	return (each_part(state, remove_one, &r));
}

/* Remembered, so that parts that come late don't begin anew.  0 or -1. */
static int
drop(const struct peel_state *state, const struct mix_peeled *peeled,
    const uint8_t *key)
{
	if (peel_state_add(state, peeled, key) == -1)
		return (-1);
	return (remove_parts(state, key));
}

static int
drop_expired(const struct peel_state *state, struct mix_parts *parts,
    const struct mix_peeled *peeled, uint64_t now)
{
	struct mix_parts_set *set;
	int r = 0;

	while (r == 0 && (set = mix_parts_expired(parts, now)) != NULL) {
		r = drop(state, peeled, set->key);
		mix_parts_end(parts, set);
		free(set);
	}
	return (r);
}

static int
write_durably(const struct peel_state *state, const struct mix_peeled *peeled)
{
	int fd, r = -1;

	fd = openat(state->dirfd, TEMPORARY,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1)
		return (-1);
	if (write_all(fd, peeled->body, peeled->body_len) == 0)
		r = fsync(fd);
	if (close(fd) == -1)
		r = -1;
	return (r);
}

/* The file is durable before the digest is: what counts as seen is there. */
static int
store(const struct peel_state *state, const struct mix_peeled *peeled,
    const struct part_name *name)
{
	char text[NAME_LEN];

	write_name(name, text);
	if (write_durably(state, peeled) == 0 && renameat(state->dirfd,
	    TEMPORARY, state->dirfd, text) == 0 && fsync(state->dirfd) == 0)
		return (peel_state_add(state, peeled, peeled->digest));
	warn("%s", state->path);
	return (-1);
}

/* A part that is not kept; its digest is. */
static enum peel_part
refuse(const struct peel_state *state, const struct mix_peeled *peeled,
    const char *why, const char **reason)
{
	*reason = why;
	return (peel_state_add(state, peeled, peeled->digest) == -1 ?
	    PEEL_PART_ERROR : PEEL_PART_DROPPED);
}

/* The part is good; whole is what it makes the mail. */
static enum peel_part
keep(const struct peel_state *state, const struct mix_peeled *peeled,
    const struct part_name *name, int whole)
{
	if (store(state, peeled, name) == -1)
		return (PEEL_PART_ERROR);
	if (!whole)
		return (PEEL_PART_HELD);
	return (peel_state_add(state, peeled, name->key) == -1 ?
	    PEEL_PART_ERROR : PEEL_PART_WHOLE);
}

static enum peel_part
judge(const struct peel_state *state, struct mix_parts *parts,
    const struct mix_peeled *peeled, const struct part_name *name,
    const char **reason)
{
	const struct mix_parts_set *set;

	switch (mix_parts_judge(parts, name->key, name->part, name->total)) {
	case MIX_PARTS_TAKEN:
		return (refuse(state, peeled, "a part with this number is "
		    "here already", reason));
	case MIX_PARTS_REFUSED:
		if (peeled->verdict == MIX_DESTROY_SET)
			break;
		return (refuse(state, peeled, "too many parts of incomplete "
		    "mails are here", reason));
	case MIX_PARTS_FIRST:
	case MIX_PARTS_MORE:
		break;
	}
	if (peeled->verdict == MIX_DESTROY_SET) {
		if (drop(state, peeled, name->key) == -1)
			return (PEEL_PART_ERROR);
		return (refuse(state, peeled,
		    mix_reason_text(peeled->reason), reason));
	}
	set = mix_parts_find(parts, name->key);
	return (keep(state, peeled, name,
	    (set == NULL ? 0 : set->n) + 1 == name->total));
}

enum peel_part
peel_parts_take(const struct peel_state *state, const struct peel_key *key,
    time_t now, const struct mix_peeled *peeled, const char **reason)
{
	struct part_name name;
	struct mix_parts parts;
	enum peel_part result = PEEL_PART_ERROR;
	int seen;

	name.total = peeled->total;
	name.part = peeled->part;
	name.since = (uint64_t)now;
	if (mix_parts_key(peeled->id, peeled->total, name.key) == -1) {
		warnx("no SHA-256");
		return (PEEL_PART_ERROR);
	}
	if (load(state, &parts) == -1)
		return (PEEL_PART_ERROR);
	if (drop_expired(state, &parts, peeled, (uint64_t)now) == -1)
		seen = -1;
	else
		seen = peel_state_seen(state, key, now, name.key);
	if (seen == 0)
		result = judge(state, &parts, peeled, &name, reason);
	else if (seen == 1)
		result = refuse(state, peeled, "a part of a mail that was "
		    "delivered or given up", reason);
	clear(&parts);
	return (result);
}

struct search {
	struct part_name	wanted;
	char			found[NAME_LEN];
};

static int
match(void *arg, const char *text, const struct part_name *name)
{
	struct search *s = arg;

	if (name->part != s->wanted.part ||
	    memcmp(name->key, s->wanted.key, sizeof(name->key)) != 0)
		return (0);
	(void)strlcpy(s->found, text, sizeof(s->found));
	return (1);
}

/* Copies one part; memory has room for no more than that. */
static int
copy(const struct peel_state *state, const char *file, int out)
{
	uint8_t buf[MIX_BODY_LEN];
	ssize_t n = -1;
	int fd, r = -1;

	if ((fd = openat(state->dirfd, file, O_RDONLY | O_CLOEXEC)) != -1)
		n = read_all(fd, buf, sizeof(buf));
	if (n == -1)
		warn("%s/%s", state->path, file);
	else if ((r = write_all(out, buf, (size_t)n)) == -1)
		warn("standard output");
	if (fd != -1)
		close(fd);
	explicit_bzero(buf, sizeof(buf));
	return (r);
}

int
peel_parts_write(const struct peel_state *state,
    const struct mix_peeled *peeled, int fd)
{
	struct search s;
	int r;

	memset(&s, 0, sizeof(s));
	if (mix_parts_key(peeled->id, peeled->total, s.wanted.key) == -1)
		return (-1);
	for (s.wanted.part = 1; s.wanted.part <= peeled->total;
	    s.wanted.part++) {
		if ((r = each_part(state, match, &s)) == 0)
			warnx("%s: part %u is gone", state->path,
			    s.wanted.part);
		if (r != 1 || copy(state, s.found, fd) == -1)
			return (-1);
	}
	return (remove_parts(state, s.wanted.key));
}
