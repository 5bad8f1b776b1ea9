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

#include <stddef.h>
#include <string.h>

#include "ipc/proto.h"

#include "conf_names.h"

const struct conf_name conf_modes[] = {
	{ "middleman",		MIX_MODE_MIDDLEMAN },
	{ "exitprivate",	MIX_MODE_EXITPRIVATE },
	{ "exitpublic",		MIX_MODE_EXITPUBLIC },
	{ NULL,			0 }
};

const struct conf_name conf_tls[] = {
	{ "off",		CONF_TLS_OFF },
	{ "opportunistic",	CONF_TLS_OPPORTUNISTIC },
	{ "require",		CONF_TLS_REQUIRE },
	{ "verify",		CONF_TLS_VERIFY },
	{ "implicit",		CONF_TLS_IMPLICIT },
	{ NULL,			0 }
};

const struct conf_name conf_algorithms[] = {
	{ "curve25519",		CONF_ALG_CURVE25519 },
	{ "rsa2048",		CONF_ALG_RSA2048 },
	{ "rsa3072",		CONF_ALG_RSA3072 },
	{ "rsa4096",		CONF_ALG_RSA4096 },
	{ NULL,			0 }
};

int
conf_name_value(const struct conf_name *names, const char *name)
{
	for (; names->name != NULL; names++) {
		if (strcmp(names->name, name) == 0)
			return names->value;
	}
	return -1;
}

const char *
conf_name_of(const struct conf_name *names, int value)
{
	for (; names->name != NULL; names++) {
		if (names->value == value)
			return names->name;
	}
	return NULL;
}
