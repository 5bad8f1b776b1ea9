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

#include <arpa/inet.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "compat/compat.h"
#include "mixtasy/layer.h"
#include "mixtasy/parts.h"
#include "mixtasy/path.h"

#include "mixmail_conf.h"
#include "smtpd-mix/conf_lex.h"
#include "smtpd-mix/conf_names.h"
#include "smtpd-mix/conf_scalar.h"

#define LINE_WORDS	8

/* For size: less than a header is no use, more no number of parts counts. */
#define SIZE_MIN	1024
#define SIZE_MAX_SET	(1024 * 1024 * 1024)

/* The words of a line. */
struct line {
	const char	*words[LINE_WORDS];
	size_t		 n;
	char		 why[160];
};

void
mixmail_conf_init(struct mixmail_conf *conf)
{
	memset(conf, 0, sizeof(*conf));
	strlcpy(conf->host, "localhost", sizeof(conf->host));
	conf->port = 25;
	conf->tls = CONF_TLS_OPPORTUNISTIC;
	conf->timeout = 60;
	conf->hops = PATH_LENGTH_MIN;
	conf->hop_delay = 4 * 60 * 60;
	conf->size = MIX_PARTS_OCTETS;
}

int
mixmail_mix_address(const char *text, char address[MIX_ADDRESS_MAX])
{
	size_t len = strlen(text);
	int n;

	if (mail_address_is_mix(text, len))
		n = snprintf(address, MIX_ADDRESS_MAX, "%s", text);
	else if (mail_domain_valid(text, len))
		n = snprintf(address, MIX_ADDRESS_MAX, "mixtasy@%s", text);
	else
		return -1;
	return n < MIX_ADDRESS_MAX ? 0 : -1;
}

static int
complain(struct line *line, const char *why)
{
	strlcpy(line->why, why, sizeof(line->why));
	return -1;
}

static int
set_string(struct line *line, char *to, size_t size, const char *text)
{
	if (strlcpy(to, text, size) >= size)
		return complain(line, "that is too long");
	return 0;
}

static const char *
form_of(enum conf_kind kind)
{
	switch (kind) {
	case CONF_SECONDS:
		return "seconds, or a time like 30s or 4h,";
	case CONF_OCTETS:
		return "octets, or a size like 500K or 10M,";
	default:
		return "a number";
	}
}

static int
set_number(struct line *line, uint32_t *to, enum conf_kind kind,
    uint32_t low, uint32_t high, const char *text)
{
	uint32_t value;

	if (conf_value_read(kind, text, &value) == -1 || value < low ||
	    value > high) {
		snprintf(line->why, sizeof(line->why), "\"%.32s\" has to be "
		    "%s from %u to %u", text, form_of(kind), low, high);
		return -1;
	}
	*to = value;
	return 0;
}

static int
valid_host(const char *host)
{
	unsigned char addr[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, addr) == 1 ||
	    inet_pton(AF_INET6, host, addr) == 1 ||
	    strcmp(host, "localhost") == 0 ||
	    mail_domain_valid(host, strlen(host));
}

static int
set_server(struct mixmail_conf *conf, struct line *line)
{
	size_t i = 2;
	int tls;

	if (line->n < 2 || !valid_host(line->words[1]))
		return complain(line, "server needs a host name or address");
	conf->port = 25;
	conf->tls = CONF_TLS_OPPORTUNISTIC;
	if (set_string(line, conf->host, sizeof(conf->host),
	    line->words[1]) == -1)
		return -1;
	if (i + 1 < line->n && strcmp(line->words[i], "port") == 0) {
		if (set_number(line, &conf->port, CONF_NUMBER, 1, 65535,
		    line->words[i + 1]) == -1)
			return -1;
		i += 2;
	}
	if (i + 1 < line->n && strcmp(line->words[i], "tls") == 0) {
		if ((tls = conf_name_value(conf_tls, line->words[i + 1])) == -1)
			return complain(line, "tls has to be one of off, "
			    "opportunistic, require, verify");
		conf->tls = (uint32_t)tls;
		i += 2;
	}
	if (i != line->n)
		return complain(line, "write: server host [port number] "
		    "[tls off|opportunistic|require|verify]");
	return 0;
}

static int
set_path(struct line *line, char path[PROTO_PATH_MAX], const char *text)
{
	if (text[0] != '/')
		return complain(line, "that has to be an absolute path");
	return set_string(line, path, PROTO_PATH_MAX, text);
}

static int
set_from(struct mixmail_conf *conf, struct line *line)
{
	if (!mail_address_valid(line->words[1], strlen(line->words[1])))
		return complain(line, "from has to be a mail address");
	return set_string(line, conf->from, sizeof(conf->from),
	    line->words[1]);
}

static int
set_first(struct mixmail_conf *conf, struct line *line)
{
	if (mixmail_mix_address(line->words[1], conf->first) == -1)
		return complain(line, "first has to be a mix's address or "
		    "host name");
	return 0;
}

static int
add_exit(struct mixmail_conf *conf, struct line *line)
{
	struct mixmail_exit *exit;

	if (conf->nexits == MIXMAIL_EXITS_MAX)
		return complain(line, "too many exits");
	exit = &conf->exits[conf->nexits];
	if (strlcpy(exit->domain, line->words[1], sizeof(exit->domain)) >=
	    sizeof(exit->domain) ||
	    mixmail_mix_address(line->words[2], exit->mix) == -1)
		return complain(line, "exit has to be a mail domain and the "
		    "address or host name of its mix");
	conf->nexits++;
	return 0;
}

const char *
mixmail_conf_exit(const struct mixmail_conf *conf, const char *domain)
{
	size_t i;

	/* The last one holds: a user's file is read after the system's. */
	for (i = conf->nexits; i > 0; i--)
		if (strcasecmp(conf->exits[i - 1].domain, domain) == 0)
			return conf->exits[i - 1].mix;
	return NULL;
}

/* Those of several files add up. */
static int
add_keyserver(struct mixmail_conf *conf, struct line *line)
{
	struct hkp_server server;

	if (hkp_server_read(line->words[1], &server) == -1)
		return complain(line, "keyserver has to be "
		    "hkps://host[:port] or hkp://host[:port]");
	if (conf->nkeyservers == MIXMAIL_KEYSERVERS_MAX)
		return complain(line, "too many keyservers");
	conf->keyservers[conf->nkeyservers++] = server;
	return 0;
}

static int
set_proxy(struct mixmail_conf *conf, struct line *line)
{
	const char *host = line->words[1];
	uint32_t port;

	if (!valid_host(host) || strcmp(line->words[2], "port") != 0)
		return complain(line, "write: proxy host port number");
	if (set_number(line, &port, CONF_NUMBER, 1, 65535,
	    line->words[3]) == -1)
		return -1;
	snprintf(conf->proxy, sizeof(conf->proxy),
	    strchr(host, ':') != NULL ? "[%.*s]:%u" : "%.*s:%u",
	    PROTO_HOST_MAX - 4, host, port);
	return 0;
}

static int
is(const struct line *line, size_t n, const char *first, const char *second)
{
	return line->n == n && strcmp(line->words[0], first) == 0 &&
	    (second == NULL || strcmp(line->words[1], second) == 0);
}

/* Where the certificates of mixes come from. */
static int
set_roster(struct mixmail_conf *conf, struct line *line)
{
	if (is(line, 2, "roster", NULL))
		return set_path(line, conf->roster, line->words[1]);
	if (is(line, 2, "keyserver", NULL))
		return add_keyserver(conf, line);
	if (is(line, 4, "proxy", NULL))
		return set_proxy(conf, line);
	if (is(line, 2, "cache", NULL))
		return set_path(line, conf->cache, line->words[1]);
	if (is(line, 2, "trust", NULL))
		return set_path(line, conf->trust, line->words[1]);
	snprintf(line->why, sizeof(line->why), "\"%.32s\" can't be understood "
	    "so; see mixmail(1)", line->words[0]);
	return -1;
}

static int
set_line(struct mixmail_conf *conf, struct line *line)
{
	if (strcmp(line->words[0], "server") == 0)
		return set_server(conf, line);
	if (is(line, 3, "ca", "file"))
		return set_path(line, conf->ca_file, line->words[2]);
	if (is(line, 2, "hops", NULL))
		return set_number(line, &conf->hops, CONF_NUMBER,
		    PATH_LENGTH_MIN, MIX_PATH_MAX, line->words[1]);
	if (is(line, 3, "hop", "delay"))
		return set_number(line, &conf->hop_delay, CONF_SECONDS, 1,
		    604800, line->words[2]);
	if (is(line, 2, "keep", "headers")) {
		conf->keep_headers = 1;
		return 0;
	}
	if (is(line, 2, "size", NULL))
		return set_number(line, &conf->size, CONF_OCTETS, SIZE_MIN,
		    SIZE_MAX_SET, line->words[1]);
	if (is(line, 2, "spread", NULL))
		return set_number(line, &conf->spread, CONF_SECONDS, 1, 86400,
		    line->words[1]);
	if (is(line, 2, "outbox", NULL))
		return set_path(line, conf->outbox, line->words[1]);
	if (is(line, 2, "timeout", NULL))
		return set_number(line, &conf->timeout, CONF_SECONDS, 1, 3600,
		    line->words[1]);
	if (is(line, 2, "from", NULL))
		return set_from(conf, line);
	if (is(line, 2, "first", NULL))
		return set_first(conf, line);
	if (is(line, 3, "exit", NULL))
		return add_exit(conf, line);
	return set_roster(conf, line);
}

/* Sets what the words say, or takes them as a macro. */
static int
end_line(struct mixmail_conf *conf, struct conf_lex *lex, struct line *line)
{
	int error;

	if (line->n == 3 && line->words[1] == NULL) {
		error = conf_lex_define(lex, line->words[0], line->words[2]);
		strlcpy(line->why, lex->error, sizeof(line->why));
	} else if (line->n == 2 && strcmp(line->words[0], "include") == 0) {
		error = conf_lex_include(lex, line->words[1]);
		strlcpy(line->why, lex->error, sizeof(line->why));
	} else
		error = line->n == 0 ? 0 : set_line(conf, line);
	line->n = 0;
	return error;
}

/* A = is kept as NULL: it stands only in a macro's definition. */
static int
add_word(struct line *line, enum conf_token token, const char *text)
{
	if (line->n == LINE_WORDS)
		return complain(line, "too many words");
	if (token == CONF_TOK_EQUALS) {
		if (line->n != 1)
			return complain(line, "= can't be here");
		text = NULL;
	} else if (line->n > 2 && line->words[1] == NULL)
		return complain(line, "too many words after =");
	line->words[line->n++] = text;
	return 0;
}

static int
read_lines(struct mixmail_conf *conf, struct conf_lex *lex, struct line *line)
{
	enum conf_token token;
	const char *text;

	line->n = 0;
	for (;;) {
		switch (token = conf_lex_next(lex, &text)) {
		case CONF_TOK_END:
			return 0;
		case CONF_TOK_BAD:
			return complain(line, lex->error);
		case CONF_TOK_LINE:
			if (line->n == 2 && line->words[1] == NULL)
				return complain(line, "a value is missing");
			if (end_line(conf, lex, line) == -1)
				return -1;
			break;
		default:
			if (add_word(line, token, text) == -1)
				return -1;
			break;
		}
	}
}

int
mixmail_conf_read(struct mixmail_conf *conf, const char *path, char *errbuf,
    size_t errlen)
{
	struct conf_lex lex;
	struct line line;
	int error;

	if (access(path, F_OK) == -1 && errno == ENOENT)
		return 1;
	if (conf_lex_open(&lex, path) == -1) {
		strlcpy(errbuf, lex.error, errlen);
		error = -1;
	} else if ((error = read_lines(conf, &lex, &line)) == -1)
		snprintf(errbuf, errlen, "%s:%d: %s", lex.file, lex.line,
		    line.why);
	conf_lex_close(&lex);
	return error;
}
