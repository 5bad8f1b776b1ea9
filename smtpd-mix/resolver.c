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

#include "log.h"
#include "proc.h"
#include "roles.h"

static struct resolver_env {
	struct proto_status_resolver stats;
} env;

static void
status(const struct proto_ctl *request)
{
	env.stats.id = request->id;
	(void)proc_send(ROLE_CONTROL, 0, PROTO_STATUS_RESOLVER, &env.stats,
	    sizeof(env.stats));
}

static void
resolver_init(unsigned int instance)
{
	(void)instance;
}

static void
resolver_message(const struct role_msg *msg)
{
	if (msg->type == PROTO_CTL_STATUS)
		status(msg->data);
}

const struct role_ops resolver_ops = {
	.role = ROLE_RESOLVER,
	.init = resolver_init,
	.message = resolver_message
};
