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
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "compat/rng_system.h"

#include "keyfile.h"
#include "keys_storage.h"
#include "log.h"
#include "proc.h"
#include "sealed.h"

#define PREFIX		"storage-"
#define DAY_SECONDS	86400

static struct storage_keys storage;

static uint32_t
day_of(time_t now)
{
	return ((uint32_t)(now / DAY_SECONDS));
}

static void
file_name(uint32_t day, char name[32])
{
	(void)snprintf(name, 32, PREFIX "%u", day);
}

static void
load_one(const char *name)
{
	struct proto_storage_key row;
	const char *errstr;
	size_t len;

	memset(&row, 0, sizeof(row));
	row.day = (uint32_t)strtonum(name + strlen(PREFIX), 0, UINT32_MAX,
	    &errstr);
	if (errstr != NULL ||
	    keyfile_read(name, row.key, sizeof(row.key), &len) == -1 ||
	    len != sizeof(row.key) || storage_keys_add(&storage, &row) == -1)
		log_warnx("%s: not a storage key of ours; not used", name);
	explicit_bzero(&row, sizeof(row));
}

static struct proto_storage_key *
find(uint32_t day)
{
	size_t i;

	for (i = 0; i < storage.n; i++)
		if (storage.keys[i].day == day)
			return (&storage.keys[i]);

	return (NULL);
}

/* The key of today, made if it isn't there, is the current one. */
static int
make_current(uint32_t day)
{
	struct proto_storage_key row, *old;
	char name[32];
	int error = 0;

	memset(&row, 0, sizeof(row));
	if ((old = find(day)) != NULL)
		row = *old;
	else {
		row.day = day;
		rng_fill(&rng_system, row.key, sizeof(row.key));
		file_name(day, name);
		error = keyfile_write(name, row.key, sizeof(row.key));
	}
	row.current = 1;
	if (error == 0)
		error = storage_keys_add(&storage, &row);
	explicit_bzero(&row, sizeof(row));

	return (error);
}

int
keys_storage_load(void)
{
	return (keyfile_list(PREFIX, load_one));
}

static void
send_all(uint32_t type, const void *row, size_t len)
{
	unsigned int i;

	for (i = 0; i < proc_instances(ROLE_CRYPTO); i++)
		(void)proc_send(ROLE_CRYPTO, i, type, row, len);
	(void)proc_send(ROLE_RELAY, 0, type, row, len);
	(void)proc_send(ROLE_DELIVER, 0, type, row, len);
}

void
keys_storage_send(void)
{
	size_t i;

	for (i = 0; i < storage.n; i++)
		send_all(PROTO_STORAGE_KEY, &storage.keys[i],
		    sizeof(storage.keys[i]));
}

int
keys_storage_tick(time_t now)
{
	struct proto_storage_key *key = find(day_of(now));

	if (key != NULL && key->current)
		return (0);
	if (make_current(day_of(now)) == -1) {
		log_warn("storage key of the day");
		return (-1);
	}
	keys_storage_send();

	return (0);
}

void
keys_storage_used(uint32_t oldest_day)
{
	struct proto_storage_drop row;
	char name[32];
	size_t i = 0;

	while (i < storage.n) {
		if (storage.keys[i].day >= oldest_day ||
		    storage.keys[i].current) {
			i++;
			continue;
		}
		row.day = storage.keys[i].day;
		file_name(row.day, name);
		if (keyfile_destroy(name) == -1)
			log_warn("%s: not destroyed", name);
		storage_keys_drop(&storage, row.day);
		send_all(PROTO_STORAGE_DROP, &row, sizeof(row));
	}
}
