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

#include <string.h>

#include "compat/compat.h"
#include "mixtasy/layer.h"

#include "status.h"

static void
take_crypto(struct status *s, const struct proto_status_crypto *c)
{
	size_t i;

	if (s->crypto.subkeys < c->subkeys)
		s->crypto.subkeys = c->subkeys;
	s->crypto.frames += c->frames;
	s->crypto.forwarded += c->forwarded;
	s->crypto.exits += c->exits;
	s->crypto.parts += c->parts;
	s->crypto.dummies += c->dummies;
	for (i = 0; i < MIX_NREASONS; i++)
		s->crypto.destroyed[i] += c->destroyed[i];
	s->crypto.locked = (s->have & 1U << ROLE_CRYPTO) == 0 ? c->locked :
	    s->crypto.locked && c->locked;
}

/* What a role says is shown on a terminal: no end, no commands, no surprise. */
void
status_clean(char *text, size_t size)
{
	size_t i;

	text[size - 1] = '\0';
	for (i = 0; text[i] != '\0'; i++)
		if (text[i] < ' ' || text[i] > '~')
			text[i] = '?';
}

void
status_take(void *arg, uint32_t type, const void *data, size_t len)
{
	struct status *s = arg;
	enum role role;
	size_t i;

#define TAKE(t, r, member)						\
	case t:								\
		memcpy(&s->member, data, sizeof(s->member));		\
		role = r;						\
		break

	(void)len;
	switch (type) {
	TAKE(PROTO_STATUS_SMTP, ROLE_SMTP, smtp);
	TAKE(PROTO_STATUS_SEAL, ROLE_SEAL, seal);
	TAKE(PROTO_STATUS_KEYS, ROLE_KEYS, keys);
	TAKE(PROTO_STATUS_POOL, ROLE_POOL, pool);
	TAKE(PROTO_STATUS_QUEUE, ROLE_QUEUE, queue);
	TAKE(PROTO_STATUS_RELAY, ROLE_RELAY, relay);
	TAKE(PROTO_STATUS_DELIVER, ROLE_DELIVER, deliver);
	TAKE(PROTO_STATUS_RESOLVER, ROLE_RESOLVER, resolver);
	TAKE(PROTO_STATUS_DIRECTORY, ROLE_DIRECTORY, directory);
	case PROTO_STATUS_CRYPTO:
		take_crypto(s, data);
		role = ROLE_CRYPTO;
		break;
	case PROTO_STATUS_ROLE:
		if (s->nroles == nitems(s->roles))
			return;
		memcpy(&s->roles[s->nroles], data, sizeof(s->roles[0]));
		status_clean(s->roles[s->nroles].sandbox,
		    sizeof(s->roles[0].sandbox));
		s->nroles++;
		return;
	default:
		return;
	}
#undef TAKE
	status_clean(s->keys.hold, sizeof(s->keys.hold));
	for (i = 0; i < PROTO_REPORT_DOMAINS; i++)
		status_clean(s->smtp.report_domains[i].domain,
		    sizeof(s->smtp.report_domains[i].domain));
	status_clean(s->queue.full, sizeof(s->queue.full));
	status_clean(s->relay.last_error, sizeof(s->relay.last_error));
	status_clean(s->relay.state, sizeof(s->relay.state));
	status_clean(s->deliver.last_error, sizeof(s->deliver.last_error));
	status_clean(s->resolver.last_error, sizeof(s->resolver.last_error));
	status_clean(s->directory.warning, sizeof(s->directory.warning));
	if (s->keys.nkeys > PROTO_STATUS_KEYS_MAX)
		s->keys.nkeys = PROTO_STATUS_KEYS_MAX;
	if (s->keys.nprepared > PROTO_STATUS_PREPARED_MAX)
		s->keys.nprepared = PROTO_STATUS_PREPARED_MAX;
	s->have |= 1U << role;
}

const char *
status_outer_name(size_t i)
{
	static const char *const names[] = {
		"ok", "header", "type", "address", "armor", "size"
	};

	return (i < nitems(names) ? names[i] : NULL);
}

const char *
status_reason_name(size_t i)
{
	static const char *const names[MIX_NREASONS] = {
		"other", "packets", "key", "repeat", "session", "literal",
		"verification", "header", "address", "type", "part", "mode",
		"recipient", "replay",
		"unknown-recipient"
	};

	return (i < nitems(names) ? names[i] : NULL);
}
