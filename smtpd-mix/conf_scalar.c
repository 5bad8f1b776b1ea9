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

#include "conf_scalar.h"

#define MINUTE	60
#define HOUR	(60 * MINUTE)
#define DAY	(24 * HOUR)
#define WEEK	(7 * DAY)
#define KIB	1024
#define MIB	(1024 * KIB)
#define GIB	(1024 * MIB)

#define AT(field)	offsetof(struct proto_conf_global, field)

const struct conf_scalar conf_scalars[CONF_NSCALARS] = {
	[CONF_WORKERS] = { "workers", AT(workers), CONF_NUMBER,
	    0, PROTO_WORKERS_MAX, 0 },
	[CONF_POOL_INTERVAL] = { "pool interval", AT(pool_interval),
	    CONF_SECONDS, 1, DAY, 15 * MINUTE },
	[CONF_POOL_MINIMUM] = { "pool minimum", AT(pool_minimum), CONF_NUMBER,
	    0, 1000000, 45 },
	[CONF_POOL_THRESHOLD] = { "pool threshold", AT(pool_threshold),
	    CONF_NUMBER, 1, 1000000, 1 },
	[CONF_POOL_RATE] = { "pool rate", AT(pool_rate), CONF_MILLIONTHS,
	    1, 1000000, 650000 },
	[CONF_SUBKEY_LIFETIME] = { "subkey lifetime", AT(subkey_lifetime),
	    CONF_SECONDS, MINUTE, 90 * DAY, 2 * DAY },
	[CONF_HOP_DELAY] = { "hop delay", AT(hop_delay), CONF_SECONDS,
	    1, WEEK, 4 * HOUR },
	[CONF_SPOOL_SLOTS] = { "spool slots", AT(spool_slots), CONF_NUMBER,
	    1024, 16777216, 16384 },
	[CONF_RETRY_FIRST] = { "retry first", AT(retry_first), CONF_SECONDS,
	    1, DAY, 5 * MINUTE },
	[CONF_RETRY_MAXIMUM] = { "retry maximum", AT(retry_max), CONF_SECONDS,
	    1, WEEK, 4 * HOUR },
	[CONF_RETRY_EXPIRE] = { "retry expire", AT(expire), CONF_SECONDS,
	    1, 30 * DAY, DAY },
	[CONF_LIMIT_CONNECTIONS] = { "limit connections", AT(max_connections),
	    CONF_NUMBER, 1, 60000, 500 },
	[CONF_LIMIT_ADDRESS] = { "limit per address",
	    AT(max_connections_address), CONF_NUMBER, 1, 60000, 20 },
	[CONF_LIMIT_COMMANDS] = { "limit commands", AT(max_commands),
	    CONF_NUMBER, 5, 1000000, 100 },
	[CONF_LIMIT_ERRORS] = { "limit errors", AT(max_errors), CONF_NUMBER,
	    1, 1000000, 10 },
	[CONF_LIMIT_TRANSACTIONS] = { "limit transactions",
	    AT(max_transactions), CONF_NUMBER, 1, 1000000000, 1000 },
	[CONF_LIMIT_MAIL_SIZE] = { "limit mail size", AT(max_mail_size),
	    CONF_OCTETS, 128 * KIB, GIB, 10 * MIB },
	[CONF_LIMIT_TIMEOUT] = { "limit timeout", AT(timeout), CONF_SECONDS,
	    1, HOUR, 5 * MINUTE },
	[CONF_MULTIPART_SIZE] = { "multipart size", AT(parts_size),
	    CONF_OCTETS, 64 * KIB, GIB, MIX_PARTS_OCTETS },
	[CONF_MULTIPART_SETS] = { "multipart sets", AT(parts_sets),
	    CONF_NUMBER, 1, 1000000, MIX_PARTS_SETS },
	[CONF_MULTIPART_OCTETS] = { "multipart octets", AT(parts_octets),
	    CONF_OCTETS, MIB, 3U * GIB, MIX_PARTS_HELD },
	[CONF_MULTIPART_KEEP] = { "multipart keep", AT(parts_keep),
	    CONF_SECONDS, 1, 30 * DAY, MIX_PARTS_KEEP },
	[CONF_DIRECTORY_EVERY] = { "directory every", AT(directory_every),
	    CONF_SECONDS, 1, WEEK, 6 * HOUR },
	[CONF_RELAY_CONNECTIONS] = { "relay connections",
	    AT(relay_connections), CONF_NUMBER, 1, 1000, 100 },
	[CONF_RELAY_PER_DESTINATION] = { "relay per destination",
	    AT(relay_per_destination), CONF_NUMBER, 1, 16, 4 }
};

struct unit {
	char		letter;
	uint32_t	factor;
};

/* From the largest to the smallest, for writing. */
static const struct unit seconds[] = {
	{ 'w', WEEK }, { 'd', DAY }, { 'h', HOUR }, { 'm', MINUTE },
	{ 's', 1 }, { '\0', 0 }
};
static const struct unit octets[] = {
	{ 'G', GIB }, { 'M', MIB }, { 'K', KIB }, { '\0', 0 }
};
static const struct unit none[] = {
	{ '\0', 0 }
};

static const struct unit *
units_of(enum conf_kind kind)
{
	switch (kind) {
	case CONF_SECONDS:
		return seconds;
	case CONF_OCTETS:
		return octets;
	default:
		return none;
	}
}

uint32_t
conf_scalar_get(const struct proto_conf_global *global, enum conf_scalar_id id)
{
	uint32_t value;

	memcpy(&value, (const char *)global + conf_scalars[id].offset,
	    sizeof(value));
	return value;
}

void
conf_scalar_set(struct proto_conf_global *global, enum conf_scalar_id id,
    uint32_t value)
{
	memcpy((char *)global + conf_scalars[id].offset, &value,
	    sizeof(value));
}

/* Reads decimal digits; returns what follows, NULL: none, or too many. */
static const char *
read_digits(const char *s, uint64_t *value)
{
	const char *start = s;

	*value = 0;
	for (; *s >= '0' && *s <= '9'; s++) {
		*value = *value * 10 + (uint64_t)(*s - '0');
		if (*value > UINT32_MAX)
			return NULL;
	}
	return s == start ? NULL : s;
}

static int
read_millionths(const char *s, uint32_t *value)
{
	uint64_t whole, unit;

	if ((s = read_digits(s, &whole)) == NULL || whole > 1000)
		return -1;
	whole *= 1000000;
	if (*s == '.') {
		s++;
		for (unit = 100000; *s >= '0' && *s <= '9'; s++, unit /= 10) {
			if (unit == 0)
				return -1;
			whole += unit * (uint64_t)(*s - '0');
		}
		if (unit == 100000)
			return -1;
	}
	*value = (uint32_t)whole;
	return *s == '\0' ? 0 : -1;
}

int
conf_value_read(enum conf_kind kind, const char *s, uint32_t *value)
{
	const struct unit *unit;
	uint64_t n;

	if (kind == CONF_MILLIONTHS)
		return read_millionths(s, value);
	if ((s = read_digits(s, &n)) == NULL)
		return -1;
	if (*s != '\0') {
		for (unit = units_of(kind); unit->letter != '\0'; unit++) {
			if (unit->letter == *s)
				break;
		}
		if (unit->letter == '\0' || s[1] != '\0')
			return -1;
		n *= unit->factor;
	}
	if (n > UINT32_MAX)
		return -1;
	*value = (uint32_t)n;
	return 0;
}

static void
write_millionths(uint32_t value, char text[CONF_VALUE_MAX])
{
	size_t len;

	snprintf(text, CONF_VALUE_MAX, "%u.%06u", value / 1000000,
	    value % 1000000);
	len = strlen(text);
	while (text[len - 1] == '0')
		text[--len] = '\0';
	if (text[len - 1] == '.')
		text[--len] = '\0';
}

void
conf_value_write(enum conf_kind kind, uint32_t value,
    char text[CONF_VALUE_MAX])
{
	const struct unit *unit;

	if (kind == CONF_MILLIONTHS) {
		write_millionths(value, text);
		return;
	}
	for (unit = units_of(kind); unit->letter != '\0'; unit++) {
		if (value != 0 && value % unit->factor == 0) {
			snprintf(text, CONF_VALUE_MAX, "%u%c",
			    value / unit->factor, unit->letter);
			return;
		}
	}
	snprintf(text, CONF_VALUE_MAX, "%u", value);
}
