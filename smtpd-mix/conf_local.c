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
#include <sys/un.h>

#include <stdio.h>
#include <string.h>

#include "compat/compat.h"

#include "mail/address.h"

#include "conf_parse.h"

/* Where mail goes that leaves the mixes here. */

/* A socket's path, which has port 0, or a numeric address. */
static int
set_lmtp(struct conf_parse *p, char to[PROTO_PATH_MAX], uint32_t *port,
    const char *text, const char *port_text)
{
	struct sockaddr_un sun;

	if (text[0] != '/') {
		if (port_text == NULL) {
			conf_complain(p, "lmtp \"%.64s\" is neither an "
			    "absolute path nor has it a port; LMTP has no "
			    "usual one", text);
			return 0;
		}
		return conf_set_address(p, to, "lmtp", text) &&
		    conf_set_port(p, port, port_text);
	}
	if (port_text != NULL) {
		conf_complain(p, "lmtp \"%.64s\" is a socket: it has no port",
		    text);
		return 0;
	}
	if (strlen(text) >= sizeof(sun.sun_path)) {
		conf_complain(p, "lmtp is too long: a socket's path has at "
		    "most %zu octets", sizeof(sun.sun_path) - 1);
		return 0;
	}
	*port = 0;
	return conf_set_string(p, to, PROTO_PATH_MAX, "lmtp", text);
}

void
conf_add_list(struct conf_parse *p, const char *domain, const char *path)
{
	struct conf *conf = p->conf;
	struct conf_list list, *lists;

	memset(&list, 0, sizeof(list));
	if (domain != NULL)
		memcpy(list.domain, domain, strlen(domain));
	else
		conf->global.recipients = 1;
	conf_set_path(p, list.path, "recipients file", path);
	lists = conf_grow(p, conf->lists, conf->nlists, CONF_DOMAIN_MAX + 1,
	    sizeof(*lists), "recipients");
	if (lists == NULL)
		return;
	conf->lists = lists;
	conf->lists[conf->nlists++] = list;
}

/* A Maildir: absolute; %u, the local part, may be in it after a directory. */
static int
set_maildir(struct conf_parse *p, char to[PROTO_PATH_MAX], const char *text,
    int with_user)
{
	const char *s;

	for (s = strchr(text, '%'); s != NULL; s = strchr(s + 1, '%')) {
		if (!with_user || s[1] != 'u') {
			conf_complain(p, "maildir \"%.64s\": %s", text,
			    with_user ? "after % only u can stand" :
			    "a postmaster's has no %u");
			return 0;
		}
	}
	if (text[0] != '/') {
		conf_complain(p, "maildir \"%.64s\" has to be an absolute path",
		    text);
		return 0;
	}
	p->maildir.file = p->lex.file;
	p->maildir.line = p->lex.line;
	return conf_set_string(p, to, PROTO_PATH_MAX, "maildir", text);
}

void
conf_add_domain(struct conf_parse *p, const char *name, enum conf_via via,
    const char *to, const char *port, const char *recipients)
{
	struct conf *conf = p->conf;
	struct proto_conf_domain domain, *domains;
	size_t i;

	memset(&domain, 0, sizeof(domain));
	domain.via = via;
	if (!conf_set_domain(p, domain.domain, "domain", name))
		return;
	if (via == CONF_VIA_MAILDIR) {
		if (!set_maildir(p, domain.to, to, 1))
			return;
	} else if (via == CONF_VIA_LMTP) {
		if (!set_lmtp(p, domain.to, &domain.port, to, port))
			return;
	} else if (!conf_set_address(p, domain.to, "host", to) ||
	    !conf_set_port(p, &domain.port, port))
		return;
	domain.recipients = recipients != NULL;
	for (i = 0; i < conf->ndomains; i++) {
		if (strcmp(conf->domains[i].domain, domain.domain) == 0) {
			conf_complain(p, "domain %s is there already",
			    domain.domain);
			return;
		}
	}
	domains = conf_grow(p, conf->domains, conf->ndomains, CONF_DOMAIN_MAX,
	    sizeof(*domains), "domain");
	if (domains == NULL)
		return;
	conf->domains = domains;
	conf->domains[conf->ndomains++] = domain;
	p->domain.file = p->lex.file;
	p->domain.line = p->lex.line;
	if (recipients != NULL)
		conf_add_list(p, domain.domain, recipients);
}

void
conf_set_postmaster(struct conf_parse *p, enum conf_via via, const char *to,
    const char *port, const char *address)
{
	struct proto_conf_global *global = &p->conf->global;

	if (!conf_once(p, CONF_ONCE_POSTMASTER, "postmaster"))
		return;
	if (via == CONF_VIA_MAILDIR) {
		if (!set_maildir(p, global->postmaster_to, to, 0))
			return;
	} else {
		if (!mail_address_valid(address, strlen(address))) {
			conf_complain(p, "postmaster to \"%.64s\" is not a "
			    "mail address", address);
			return;
		}
		if (via == CONF_VIA_LMTP) {
			if (!set_lmtp(p, global->postmaster_to,
			    &global->postmaster_port, to, port))
				return;
		} else if (!conf_set_address(p, global->postmaster_to, "host",
		    to) || !conf_set_port(p, &global->postmaster_port, port))
			return;
		if (!conf_set_string(p, global->postmaster_rcpt,
		    sizeof(global->postmaster_rcpt), "postmaster to", address))
			return;
	}
	global->postmaster_via = via;
}
