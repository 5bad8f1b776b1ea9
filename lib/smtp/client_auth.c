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

#include <openssl/evp.h>

#include <stdint.h>
#include <string.h>

#include "compat/compat.h"
#include "smtp/client_priv.h"

#define TEXT_MAX	256		/* of a user or a password */
#define PLAIN_MAX	(2 * TEXT_MAX)
#define BASE64(n)	(((n) + 2) / 3 * 4 + 1)

void
smtp_client_mechanisms(struct smtp_client *c, const char *s, size_t len)
{
	size_t	i = 0, n;

	while (i < len) {
		for (n = 0; i + n < len && s[i + n] != ' '; n++)
			continue;
		c->peer_plain |= smtp_client_keyword(s + i, n, "PLAIN");
		c->peer_login |= smtp_client_keyword(s + i, n, "LOGIN");
		i += n + 1;
	}
}

/* Says a verb, or nothing, and octets in base64. */
static void
put_secret(struct smtp_client *c, const char *verb, const uint8_t *octets,
    size_t len)
{
	uint8_t	text[BASE64(PLAIN_MAX)];

	EVP_EncodeBlock(text, octets, (int)len);
	smtp_client_put(c, "%s%s\r\n", verb, (const char *)text);
	explicit_bzero(text, sizeof(text));
}

/* RFC 4616: no authorization identity, the user, the password. */
static void
say_plain(struct smtp_client *c)
{
	size_t	user = strlen(c->auth_user), pass = strlen(c->auth_password);
	uint8_t	octets[PLAIN_MAX];

	octets[0] = '\0';
	memcpy(octets + 1, c->auth_user, user);
	octets[1 + user] = '\0';
	memcpy(octets + 2 + user, c->auth_password, pass);
	put_secret(c, "AUTH PLAIN ", octets, 2 + user + pass);
	explicit_bzero(octets, sizeof(octets));
	smtp_client_await(c, SMTP_CS_AUTH);
}

static void
say_text(struct smtp_client *c, const char *text, enum smtp_client_state wait)
{
	put_secret(c, "", (const uint8_t *)text, strlen(text));
	smtp_client_await(c, wait);
}

static void
cannot(struct smtp_client *c, const char *why)
{
	c->auth_failed = 1;
	smtp_client_fail(c, 0, why);
}

void
smtp_client_auth(struct smtp_client *c)
{
	if (c->auth_user == NULL || c->authenticated) {
		c->state = SMTP_CS_READY;
		return;
	}
	if (!c->tls_active)
		cannot(c, "no TLS, so no password");
	else if (strlen(c->auth_user) >= TEXT_MAX ||
	    strlen(c->auth_password) >= TEXT_MAX)
		cannot(c, "user or password is too long");
	else if (c->peer_plain)
		say_plain(c);
	else if (c->peer_login) {
		smtp_client_put(c, "AUTH LOGIN\r\n");
		smtp_client_await(c, SMTP_CS_AUTH_USER);
	} else
		cannot(c, "server offers neither AUTH PLAIN nor LOGIN");
}

void
smtp_client_got_auth(struct smtp_client *c)
{
	if (c->state == SMTP_CS_AUTH && c->reply.code == 235) {
		c->authenticated = 1;
		c->state = SMTP_CS_READY;
	} else if (c->state == SMTP_CS_AUTH_USER && c->reply.code == 334)
		say_text(c, c->auth_user, SMTP_CS_AUTH_PASSWORD);
	else if (c->state == SMTP_CS_AUTH_PASSWORD && c->reply.code == 334)
		say_text(c, c->auth_password, SMTP_CS_AUTH);
	else {
		c->auth_failed = 1;
		smtp_client_fail(c, c->reply.code, c->reply.text);
	}
}
