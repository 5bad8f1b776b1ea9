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
#include <sys/socket.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <arpa/inet.h>

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"

#include "hkp/hkp.h"
#include "mail/address.h"

#include "conf_names.h"
#include "conf_parse.h"

static void	print_at(struct conf_parse *, const struct conf_place *,
		    const char *, const char *, va_list)
		    __attribute__((format(printf, 4, 0)));

static void
print_at(struct conf_parse *p, const struct conf_place *place,
    const char *kind, const char *fmt, va_list ap)
{
	const char *file = place->file;
	int line = place->line;

	if (file == NULL) {
		file = p->lex.file;
		line = p->lex.line;
	}
	fprintf(p->err, "%s:%d: %s", file, line, kind);
	vfprintf(p->err, fmt, ap);
	putc('\n', p->err);
}

void
conf_complain(struct conf_parse *p, const char *fmt, ...)
{
	static const struct conf_place here;
	va_list ap;

	va_start(ap, fmt);
	print_at(p, &here, "", fmt, ap);
	va_end(ap);
	p->nerrors++;
}

void
conf_complain_at(struct conf_parse *p, const struct conf_place *place,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_at(p, place, "", fmt, ap);
	va_end(ap);
	p->nerrors++;
}

void
conf_warn_at(struct conf_parse *p, const struct conf_place *place,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_at(p, place, "warning: ", fmt, ap);
	va_end(ap);
}

/* Whether this is the first time; else complains. */
int
conf_once(struct conf_parse *p, int once, const char *name)
{
	struct conf_place *place = &p->places[once];

	if (place->file != NULL) {
		conf_complain(p, "%s is set already, at %s:%d", name,
		    place->file, place->line);
		return 0;
	}
	place->file = p->lex.file;
	place->line = p->lex.line;
	return 1;
}

/*
 * Sets a string.  What is behind its end is cleared: rows go to other
 * processes as they are.
 */
int
conf_set_string(struct conf_parse *p, char *to, size_t size, const char *name,
    const char *text)
{
	size_t len = strlen(text);

	if (len >= size) {
		conf_complain(p, "%s is too long: at most %zu octets", name,
		    size - 1);
		return 0;
	}
	memset(to, 0, size);
	memcpy(to, text, len);
	return 1;
}

static const char *
kind_form(enum conf_kind kind)
{
	switch (kind) {
	case CONF_SECONDS:
		return "a time like 30s, 15m, 4h or 2d";
	case CONF_OCTETS:
		return "octets like 65536, 512K or 10M";
	case CONF_MILLIONTHS:
		return "a fraction like 0.65, at most six digits";
	default:
		return "a number";
	}
}

static int
read_value(struct conf_parse *p, enum conf_kind kind, const char *name,
    uint32_t low, uint32_t high, const char *text, uint32_t *value)
{
	char from[CONF_VALUE_MAX], to[CONF_VALUE_MAX];

	if (conf_value_read(kind, text, value) == -1) {
		conf_complain(p, "%s \"%.64s\" is not %s", name, text,
		    kind_form(kind));
		return 0;
	}
	if (*value < low || *value > high) {
		conf_value_write(kind, low, from);
		conf_value_write(kind, high, to);
		conf_complain(p, "%s %.64s is out of range: from %s to %s",
		    name, text, from, to);
		return 0;
	}
	return 1;
}

void
conf_set_number(struct conf_parse *p, enum conf_scalar_id id,
    const char *text)
{
	const struct conf_scalar *scalar = &conf_scalars[id];
	uint32_t value;

	if (conf_once(p, (int)id, scalar->name) &&
	    read_value(p, scalar->kind, scalar->name, scalar->low,
	    scalar->high, text, &value))
		conf_scalar_set(&p->conf->global, id, value);
}

void
conf_set_range(struct conf_parse *p, int once, const char *name,
    struct proto_range *range, uint32_t least, const char *low,
    const char *high)
{
	uint32_t from, to;

	if (!conf_once(p, once, name) ||
	    !read_value(p, CONF_NUMBER, name, least, CONF_DUMMIES_MAX, low,
	    &from) ||
	    !read_value(p, CONF_NUMBER, name, least, CONF_DUMMIES_MAX, high,
	    &to))
		return;
	if (from > to) {
		conf_complain(p, "%s %u to %u: the first has to be the smaller",
		    name, from, to);
		return;
	}
	range->low = from;
	range->high = to;
}

void
conf_set_path(struct conf_parse *p, char path[PROTO_PATH_MAX],
    const char *name, const char *text)
{
	if (text[0] != '/') {
		conf_complain(p, "%s \"%.64s\" has to be an absolute path",
		    name, text);
		return;
	}
	conf_set_string(p, path, PROTO_PATH_MAX, name, text);
}

/*
 * "seconds [yes|no|unknown [boot]]": what is added to the wall clock, whether
 * the system calls it synchronised, and a number of the boot.
 */
static int
read_clock(FILE *f, struct proto_conf_global *global)
{
	static const char *const words[] = { "unknown", "no", "yes" };
	char word[16] = "unknown";
	long long offset;
	unsigned int i;
	int n;

	n = fscanf(f, "%lld %15s %u", &offset, word, &global->clock_boot);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (n >= 1 && strcmp(word, words[i]) == 0) {
			global->clock_offset = offset;
			global->clock_sync = i;
			global->test_clock = 1;
			return 0;
		}
	}
	return -1;
}

void
conf_set_clock(struct conf_parse *p, const char *file)
{
	struct conf *conf = p->conf;
	unsigned int before = p->nerrors;
	int error;
	FILE *f;

	conf_set_path(p, conf->test_clock, "test clock", file);
	if (p->nerrors != before)
		return;
	if ((f = fopen(file, "r")) == NULL) {
		conf_complain(p, "test clock \"%.256s\": %s", file,
		    strerror(errno));
		return;
	}
	error = read_clock(f, &conf->global);
	fclose(f);
	if (error)
		conf_complain(p, "test clock \"%.256s\": write in it: seconds "
		    "[yes|no|unknown [boot]]", file);
}

/* Names of users and groups, as useradd(8) takes them everywhere. */
static int
valid_account(const char *s)
{
	if (*s == '\0' || *s == '-')
		return 0;
	for (; *s != '\0'; s++) {
		if (!isalnum((unsigned char)*s) && strchr("_-.", *s) == NULL)
			return 0;
	}
	return 1;
}

void
conf_set_socket(struct conf_parse *p, const char *text, const char *group)
{
	struct conf *conf = p->conf;
	struct sockaddr_un sun;

	if (strlen(text) >= sizeof(sun.sun_path)) {
		conf_complain(p, "control is too long: a socket's path has at "
		    "most %zu octets", sizeof(sun.sun_path) - 1);
		return;
	}
	conf_set_path(p, conf->control_socket, "control", text);
	if (group == NULL)
		return;
	if (!valid_account(group)) {
		conf_complain(p, "\"%.64s\" can't be a group", group);
		return;
	}
	conf_set_string(p, conf->control_group, sizeof(conf->control_group),
	    "group", group);
}

static void
lower(char *s)
{
	for (; *s != '\0'; s++)
		*s = (char)tolower((unsigned char)*s);
}

int
conf_set_domain(struct conf_parse *p, char to[PROTO_HOST_MAX], const char *name,
    const char *text)
{
	if (!mail_domain_valid(text, strlen(text))) {
		conf_complain(p, "%s \"%.64s\" is not a full domain name like "
		    "mix.example.org", name, text);
		return 0;
	}
	if (!conf_set_string(p, to, PROTO_HOST_MAX, name, text))
		return 0;
	lower(to);
	return 1;
}

void
conf_set_hostname(struct conf_parse *p, const char *text)
{
	struct proto_conf_global *global = &p->conf->global;

	if (!conf_once(p, CONF_ONCE_HOSTNAME, "hostname") ||
	    !conf_set_domain(p, global->hostname, "hostname", text))
		return;
	snprintf(global->address, sizeof(global->address), "mixtasy@%s",
	    global->hostname);
}

void
conf_add_mode(struct conf_parse *p, const char *text)
{
	uint32_t *modes = &p->conf->global.modes;
	int mode;

	if ((mode = conf_name_value(conf_modes, text)) == -1) {
		conf_complain(p, "mode \"%.64s\" is none of middleman, "
		    "exitprivate, exitpublic", text);
		return;
	}
	*modes |= (uint32_t)mode;
}

void
conf_set_algorithm(struct conf_parse *p, const char *text)
{
	int algorithm;

	if (!conf_once(p, CONF_ONCE_ALGORITHM, "subkey algorithm"))
		return;
	if ((algorithm = conf_name_value(conf_algorithms, text)) == -1) {
		conf_complain(p, "subkey algorithm \"%.64s\" is none of "
		    "curve25519, rsa2048, rsa3072, rsa4096", text);
		return;
	}
	p->conf->global.subkey_alg = (uint32_t)algorithm;
}

void
conf_set_user(struct conf_parse *p, const char *name, const char *user)
{
	struct conf_user *to;
	int role;

	role = role_by_name(name);
	if (role <= ROLE_PARENT || role >= ROLE_COUNT) {
		conf_complain(p, "\"%.64s\" is no role that has a user: smtp, "
		    "crypto, seal, keys, pool, queue, relay, deliver, "
		    "resolver, directory, control", name);
		return;
	}
	if (!conf_once(p, CONF_ONCE_USER + role, "this role's user"))
		return;
	if (!valid_account(user)) {
		conf_complain(p, "\"%.64s\" can't be a user", user);
		return;
	}
	to = &p->conf->users[role];
	conf_set_string(p, to->name, sizeof(to->name), "user", user);
}

/* Writes a numeric address in its usual form. */
int
conf_set_address(struct conf_parse *p, char to[64], const char *name,
    const char *text)
{
	unsigned char addr[sizeof(struct in6_addr)];
	int family = strchr(text, ':') == NULL ? AF_INET : AF_INET6;

	memset(to, 0, 64);
	if (inet_pton(family, text, addr) != 1 ||
	    inet_ntop(family, addr, to, 64) == NULL) {
		conf_complain(p, "%s \"%.64s\" is not a numeric address like "
		    "192.0.2.1 or 2001:db8::1", name, text);
		return 0;
	}
	return 1;
}

int
conf_set_port(struct conf_parse *p, uint32_t *port, const char *text)
{
	if (text == NULL) {
		*port = 25;
		return 1;
	}
	return read_value(p, CONF_NUMBER, "port", 1, 65535, text, port);
}

void
conf_add_listen(struct conf_parse *p, const char *address, const char *port,
    int tls)
{
	struct conf *conf = p->conf;
	struct proto_conf_listen listen;
	size_t i;

	memset(&listen, 0, sizeof(listen));
	listen.tls = (uint32_t)tls;
	if (strcmp(address, "*") == 0)
		address = "0.0.0.0";
	if (!conf_set_address(p, listen.address, "listen on", address) ||
	    !conf_set_port(p, &listen.port, port))
		return;
	for (i = 0; i < conf->nlistens; i++) {
		if (conf->listens[i].port == listen.port &&
		    strcmp(conf->listens[i].address, listen.address) == 0) {
			conf_complain(p, "listen on %s port %u is there "
			    "already", listen.address, listen.port);
			return;
		}
	}
	if (conf->nlistens == CONF_LISTEN_MAX) {
		conf_complain(p, "more than %d times listen", CONF_LISTEN_MAX);
		return;
	}
	conf->listens[conf->nlistens++] = listen;
}

void
conf_add_keyserver(struct conf_parse *p, const char *url)
{
	struct conf *conf = p->conf;
	struct proto_conf_keyserver row;
	struct hkp_server server;
	size_t i;

	if (hkp_server_read(url, &server) == -1) {
		conf_complain(p, "keyserver \"%.64s\" is not of the form "
		    "hkps://host or hkp://host, with :port if it isn't the "
		    "usual one", url);
		return;
	}
	lower(server.host);
	memset(&row, 0, sizeof(row));
	hkp_server_write(&server, row.server);
	for (i = 0; i < conf->nkeyservers; i++) {
		if (strcmp(conf->keyservers[i].server, row.server) == 0) {
			conf_complain(p, "keyserver %s is there already",
			    row.server);
			return;
		}
	}
	if (conf->nkeyservers == SURVEY_SERVERS_MAX) {
		conf_complain(p, "more than %d keyservers",
		    SURVEY_SERVERS_MAX);
		return;
	}
	conf->keyservers[conf->nkeyservers++] = row;
}

void
conf_set_proxy(struct conf_parse *p, const char *address, const char *port)
{
	struct proto_conf_global *global = &p->conf->global;

	if (conf_set_address(p, global->proxy, "proxy", address))
		(void)conf_set_port(p, &global->proxy_port, port);
}

/* Room for one more row in an array that grows by doubling. */
void *
conf_grow(struct conf_parse *p, void *rows, size_t n, size_t max, size_t size,
    const char *name)
{
	void *larger;

	if (n == max) {
		conf_complain(p, "more than %zu times %s", max, name);
		return NULL;
	}
	if (n != 0 && (n & (n - 1)) != 0)
		return rows;
	larger = recallocarray(rows, n, n == 0 ? 1 : 2 * n, size);
	if (larger == NULL)
		conf_complain(p, "%s", strerror(errno));
	return larger;
}
