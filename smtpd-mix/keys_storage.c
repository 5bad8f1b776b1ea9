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

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "compat/rng_system.h"
#include "spool/le.h"

#include "keyfile.h"
#include "keys_storage.h"
#include "log.h"
#include "proc.h"
#include "sealed.h"

#define PREFIX		"storage-"
#define DAY_SECONDS	86400
#define KEY_LEN		32
#define SUM_LEN		16
#define FILE_LEN	(KEY_LEN + SUM_LEN)

_Static_assert(KEY_LEN == sizeof(((struct proto_storage_key *)0)->key),
    "a storage key");

static struct storage_keys storage;

/* Days whose file can't be used; it is kept as long as mail needs the key. */
static struct {
	uint32_t	days[STORAGE_KEYS_MAX];
	size_t		n;
} damaged;
static uint32_t lost;		/* days of mail that is held */

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

/* An altered key would open nothing, and what it seals would be lost. */
static int
checksum(uint32_t day, const uint8_t key[KEY_LEN], uint8_t sum[SUM_LEN])
{
	static const char label[12] = "storage key";
	uint8_t text[sizeof(label) + 4 + KEY_LEN], md[EVP_MAX_MD_SIZE];
	int ok;

	memcpy(text, label, sizeof(label));
	le_put(text + sizeof(label), day, 4);
	memcpy(text + sizeof(label) + 4, key, KEY_LEN);
	ok = EVP_Digest(text, sizeof(text), md, NULL, EVP_sha256(), NULL);
	memcpy(sum, md, SUM_LEN);
	explicit_bzero(text, sizeof(text));
	explicit_bzero(md, sizeof(md));

	return (ok == 1 ? 0 : -1);
}

static int
write_key(const struct proto_storage_key *row)
{
	uint8_t file[FILE_LEN];
	char name[32];
	int error;

	memcpy(file, row->key, KEY_LEN);
	file_name(row->day, name);
	error = checksum(row->day, row->key, file + KEY_LEN);
	if (error == 0)
		error = keyfile_write(name, file, sizeof(file));
	explicit_bzero(file, sizeof(file));

	return (error);
}

/* One of before there were checksums gets its own.  0; -1: not a key. */
static int
read_key(const char *name, struct proto_storage_key *row)
{
	uint8_t file[FILE_LEN], sum[SUM_LEN];
	size_t len;
	int error = -1;

	if (keyfile_read(name, file, sizeof(file), &len) == 0) {
		memcpy(row->key, file, KEY_LEN);
		if (len == KEY_LEN)
			error = write_key(row);
		else if (len == FILE_LEN &&
		    checksum(row->day, row->key, sum) == 0)
			error = CRYPTO_memcmp(sum, file + KEY_LEN,
			    SUM_LEN) == 0 ? 0 : -1;
	}
	explicit_bzero(file, sizeof(file));

	return (error);
}

static void
load_one(const char *name)
{
	struct proto_storage_key row;
	const char *errstr;

	memset(&row, 0, sizeof(row));
	row.day = (uint32_t)strtonum(name + strlen(PREFIX), 0, UINT32_MAX,
	    &errstr);
	if (errstr != NULL || storage.n + damaged.n >= STORAGE_KEYS_MAX)
		log_warnx("%s: not a storage key of ours; not used", name);
	else if (read_key(name, &row) == -1) {
		damaged.days[damaged.n++] = row.day;
		log_warnx("%s is damaged: exit mail of that day can't be "
		    "opened; it is tried until it expires", name);
	} else if (storage_keys_add(&storage, &row) == -1)
		log_warnx("%s: one storage key too many", name);
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

static int
is_damaged(uint32_t day)
{
	size_t i;

	for (i = 0; i < damaged.n; i++)
		if (damaged.days[i] == day)
			return (1);

	return (0);
}

/*
 * The day whose key seals today.  Another key under the name of one that is
 * damaged would make mail that waits for it look broken: so the next day's
 * begins early.
 */
static uint32_t
sealing_day(time_t now)
{
	uint32_t day = day_of(now);

	while (is_damaged(day))
		day++;

	return (day);
}

/* The key of the day, made if it isn't there, is the current one. */
static int
make_current(uint32_t day)
{
	struct proto_storage_key row, *old;
	int error = 0;

	memset(&row, 0, sizeof(row));
	if ((old = find(day)) != NULL)
		row = *old;
	else {
		row.day = day;
		rng_fill(&rng_system, row.key, sizeof(row.key));
		error = write_key(&row);
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
	uint32_t day = sealing_day(now);
	struct proto_storage_key *key = find(day);

	if (key != NULL && key->current)
		return (0);
	if (make_current(day) == -1) {
		log_warn("storage key of the day");
		return (-1);
	}
	keys_storage_send();

	return (0);
}

static void
destroy_file(uint32_t day)
{
	char name[32];

	file_name(day, name);
	if (keyfile_destroy(name) == -1)
		log_warn("%s: not destroyed", name);
}

static void
drop_before(uint32_t oldest_day)
{
	struct proto_storage_drop row;
	size_t i = 0;

	while (i < storage.n) {
		if (storage.keys[i].day >= oldest_day ||
		    storage.keys[i].current) {
			i++;
			continue;
		}
		row.day = storage.keys[i].day;
		destroy_file(row.day);
		storage_keys_drop(&storage, row.day);
		send_all(PROTO_STORAGE_DROP, &row, sizeof(row));
	}
	for (i = 0; i < damaged.n; )
		if (damaged.days[i] < oldest_day) {
			destroy_file(damaged.days[i]);
			damaged.days[i] = damaged.days[--damaged.n];
		} else
			i++;
}

void
keys_storage_used(const struct proto_storage_used *used)
{
	uint32_t i, missing = 0;

	if (used->n > PROTO_STORAGE_DAYS_MAX)
		fatalx("queue counts more days than there can be");
	drop_before(used->oldest_day);
	for (i = 0; i < used->n; i++)
		missing += find(used->days[i]) == NULL;
	if (missing > lost)
		log_warnx("the storage keys of %u days are lost: their exit "
		    "mail can't be opened; it is tried until it expires",
		    missing);
	lost = missing;
}

void
keys_storage_status(struct proto_status_keys *row)
{
	row->storage_keys = (uint32_t)storage.n;
	row->storage_lost = lost;
}
