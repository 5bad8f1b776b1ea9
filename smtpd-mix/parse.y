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


%{
#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_parse.h"

int	yylex(void);
int	yyparse(void);
void	yyerror(const char *);

/* yacc has no arguments: the configuration that is being read. */
static struct conf_parse	*p;
static int			 bad_token;	/* complained about already */
static int			 at_start;	/* of a line */
static const char		*last;		/* text of the last token */
static const char		*first;		/* of the line */

#define CONF	(p->conf)
%}

%union {
	const char	*text;
	int		 number;
}

%token	ADDRESS ALGORITHM CA CACHE CERTIFICATE CHROOT CLOCK COMMANDS CONNECTIONS
%token	CONTROL DELAY DOMAIN DUMMIES ERRORS EXPIRE FIRST FLUSH GROUP HOP HOST
%token	HOSTNAME INCLUDE INTERVAL KEY KEYS LIFETIME LIMIT LISTEN LOG MAIL
%token	KEEP MULTIPART OCTETS SETS
%token	LMTP RECIPIENTS UNDELIVERABLE
%token	MAILDIR MAXIMUM MINIMUM MODE NO NONE ON PER POOL PORT POSTMASTER RATE
%token	RETRY ROSTER ROUTE SANDBOX SIZE SLOTS SPOOL SUBKEY TEST THRESHOLD
%token	TIMEOUT TIMER TLS TO TRANSACTIONS USER VERBOSE WORKERS
%token	DIRECTORY EVERY KEYSERVER PROXY PUBLISH TRUST
%token	ANCHOR FORWARD RESOLVER
%token	AUTH DESTINATION MX NAME RELAY
%token	FILE_ BAD
%token	<text> STRING

%type	<text> opt_port opt_tls opt_group opt_recipients role
%type	<text> opt_name opt_auth
%type	<number> opt_no_tls

%%

file		: /* empty */
		| file '\n'
		| file statement '\n'
		| file include
		| file error '\n'	{ yyerrok; }
		;

include		: INCLUDE STRING '\n'	{
			if (conf_lex_include(&p->lex, $2) == -1)
				conf_complain(p, "%s", p->lex.error);
		}
		;

statement	: macro
		| HOSTNAME STRING	{
			conf_set_hostname(p, $2);
		}
		| LISTEN ON STRING opt_port opt_no_tls	{
			conf_add_listen(p, $3, $4, !$5);
		}
		| tls
		| CA FILE_ STRING	{
			if (conf_once(p, CONF_ONCE_CA, "ca file"))
				conf_set_path(p, CONF->ca_file, "ca file", $3);
		}
		| mode modes
		| DOMAIN STRING MAILDIR STRING opt_recipients	{
			conf_add_domain(p, $2, CONF_VIA_MAILDIR, $4, NULL, $5);
		}
		| DOMAIN STRING HOST STRING opt_port opt_recipients	{
			conf_add_domain(p, $2, CONF_VIA_HOST, $4, $5, $6);
		}
		| DOMAIN STRING LMTP STRING opt_port opt_recipients	{
			conf_add_domain(p, $2, CONF_VIA_LMTP, $4, $5, $6);
		}
		| RECIPIENTS FILE_ STRING	{
			if (conf_once(p, CONF_ONCE_RECIPIENTS, "recipients"))
				conf_add_list(p, NULL, $3);
		}
		| UNDELIVERABLE POSTMASTER	{
			if (conf_once(p, CONF_ONCE_UNDELIVERABLE,
			    "undeliverable"))
				CONF->global.undeliverable = 1;
		}
		| ROUTE STRING HOST STRING opt_port opt_tls opt_name opt_auth {
			const struct conf_route_text route = { 0, $4, $5, $6,
			    $7, $8 };

			conf_add_route(p, $2, &route);
		}
		| ROUTE STRING MX opt_tls	{
			const struct conf_route_text route = { 1, NULL, NULL,
			    $4, NULL, NULL };

			conf_add_route(p, $2, &route);
		}
		| RELAY relay
		| POSTMASTER MAILDIR STRING	{
			conf_set_postmaster(p, CONF_VIA_MAILDIR, $3, NULL,
			    NULL);
		}
		| POSTMASTER HOST STRING opt_port TO STRING	{
			conf_set_postmaster(p, CONF_VIA_HOST, $3, $4, $6);
		}
		| POSTMASTER LMTP STRING opt_port TO STRING	{
			conf_set_postmaster(p, CONF_VIA_LMTP, $3, $4, $6);
		}
		| directory
		| DIRECTORY discovery
		| CONTROL STRING opt_group	{
			if (conf_once(p, CONF_ONCE_CONTROL, "control"))
				conf_set_socket(p, $2, $3);
		}
		| POOL pool
		| DUMMIES dummies
		| TEST DUMMIES NONE	{
			if (conf_once(p, CONF_ONCE_NO_DUMMIES, "test dummies"))
				CONF->global.dummies_none = 1;
		}
		| TEST SANDBOX	{
			if (conf_once(p, CONF_ONCE_TEST_SANDBOX,
			    "test sandbox"))
				CONF->global.test_sandbox = 1;
		}
		| TEST CLOCK STRING	{
			if (conf_once(p, CONF_ONCE_TEST_CLOCK, "test clock"))
				conf_set_clock(p, $3);
		}
		| RESOLVER resolver
		| SUBKEY subkey
		| HOP DELAY STRING	{
			conf_set_number(p, CONF_HOP_DELAY, $3);
		}
		| RETRY retry
		| WORKERS STRING	{
			conf_set_number(p, CONF_WORKERS, $2);
		}
		| LIMIT limits
		| MULTIPART multiparts
		| USER role STRING	{
			conf_set_user(p, $2, $3);
		}
		| LOG VERBOSE	{
			if (conf_once(p, CONF_ONCE_LOG, "log"))
				CONF->global.verbose = 1;
		}
		;

macro		: STRING '=' STRING	{
			if (conf_lex_define(&p->lex, $1, $3) == -1)
				conf_complain(p, "%s", p->lex.error);
		}
		;

tls		: TLS CERTIFICATE STRING KEY STRING	{
			if (conf_once(p, CONF_ONCE_TLS, "tls")) {
				conf_set_path(p, CONF->tls_cert,
				    "tls certificate", $3);
				conf_set_path(p, CONF->tls_key, "tls key", $5);
			}
		}
		;

mode		: MODE	{
			if (conf_once(p, CONF_ONCE_MODE, "mode"))
				CONF->global.modes = 0;
		}
		;

modes		: STRING	{
			conf_add_mode(p, $1);
		}
		| modes STRING	{
			conf_add_mode(p, $2);
		}
		;

directory	: spool
		| spool SLOTS STRING	{
			conf_set_number(p, CONF_SPOOL_SLOTS, $3);
		}
		| KEYS STRING	{
			if (conf_once(p, CONF_ONCE_KEYS, "keys"))
				conf_set_path(p, CONF->keys_dir, "keys", $2);
		}
		| CACHE STRING	{
			if (conf_once(p, CONF_ONCE_CACHE, "cache"))
				conf_set_path(p, CONF->cache_dir, "cache", $2);
		}
		| ROSTER STRING	{
			if (conf_once(p, CONF_ONCE_ROSTER, "roster"))
				conf_set_path(p, CONF->roster_dir, "roster",
				    $2);
		}
		| TRUST STRING	{
			if (conf_once(p, CONF_ONCE_TRUST, "trust"))
				conf_set_path(p, CONF->trust_dir, "trust", $2);
		}
		| CHROOT STRING	{
			if (conf_once(p, CONF_ONCE_CHROOT, "chroot"))
				conf_set_path(p, CONF->chroot_dir, "chroot",
				    $2);
		}
		;

spool		: SPOOL STRING	{
			if (conf_once(p, CONF_ONCE_SPOOL, "spool"))
				conf_set_path(p, CONF->spool_dir, "spool", $2);
		}
		;

discovery	: discovery_part
		| discovery discovery_part
		;

discovery_part	: KEYSERVER STRING	{
			conf_add_keyserver(p, $2);
		}
		| PROXY STRING PORT STRING	{
			if (conf_once(p, CONF_ONCE_PROXY, "directory proxy"))
				conf_set_proxy(p, $2, $4);
		}
		| EVERY STRING	{
			conf_set_number(p, CONF_DIRECTORY_EVERY, $2);
		}
		| NO PUBLISH	{
			if (conf_once(p, CONF_ONCE_NO_PUBLISH,
			    "directory no publish"))
				CONF->global.directory_silent = 1;
		}
		;

pool		: pool_part
		| pool pool_part
		;

pool_part	: INTERVAL STRING	{
			conf_set_number(p, CONF_POOL_INTERVAL, $2);
		}
		| MINIMUM STRING	{
			conf_set_number(p, CONF_POOL_MINIMUM, $2);
		}
		| THRESHOLD STRING	{
			conf_set_number(p, CONF_POOL_THRESHOLD, $2);
		}
		| RATE STRING	{
			conf_set_number(p, CONF_POOL_RATE, $2);
		}
		;

dummies		: dummies_part
		| dummies dummies_part
		;

dummies_part	: FLUSH STRING TO STRING	{
			conf_set_range(p, CONF_ONCE_FLUSH, "dummies flush",
			    &CONF->global.dummies_flush, 1, $2, $4);
		}
		| TIMER STRING TO STRING	{
			conf_set_range(p, CONF_ONCE_TIMER, "dummies timer",
			    &CONF->global.dummies_timer, 0, $2, $4);
		}
		;

resolver	: resolver_part
		| resolver resolver_part
		;

resolver_part	: FORWARD STRING opt_port	{
			conf_add_forward(p, $2, $3);
		}
		| TRUST ANCHOR STRING	{
			if (conf_once(p, CONF_ONCE_ANCHOR,
			    "resolver trust anchor"))
				conf_set_path(p, CONF->anchor_file,
				    "resolver trust anchor", $3);
		}
		;

subkey		: subkey_part
		| subkey subkey_part
		;

subkey_part	: ALGORITHM STRING	{
			conf_set_algorithm(p, $2);
		}
		| LIFETIME STRING	{
			conf_set_number(p, CONF_SUBKEY_LIFETIME, $2);
		}
		;

retry		: retry_part
		| retry retry_part
		;

retry_part	: FIRST STRING	{
			conf_set_number(p, CONF_RETRY_FIRST, $2);
		}
		| MAXIMUM STRING	{
			conf_set_number(p, CONF_RETRY_MAXIMUM, $2);
		}
		| EXPIRE STRING	{
			conf_set_number(p, CONF_RETRY_EXPIRE, $2);
		}
		;

limits		: limit
		| limits limit
		;

limit		: CONNECTIONS STRING	{
			conf_set_number(p, CONF_LIMIT_CONNECTIONS, $2);
		}
		| PER ADDRESS STRING	{
			conf_set_number(p, CONF_LIMIT_ADDRESS, $3);
		}
		| COMMANDS STRING	{
			conf_set_number(p, CONF_LIMIT_COMMANDS, $2);
		}
		| ERRORS STRING	{
			conf_set_number(p, CONF_LIMIT_ERRORS, $2);
		}
		| TRANSACTIONS STRING	{
			conf_set_number(p, CONF_LIMIT_TRANSACTIONS, $2);
		}
		| MAIL SIZE STRING	{
			conf_set_number(p, CONF_LIMIT_MAIL_SIZE, $3);
		}
		| TIMEOUT STRING	{
			conf_set_number(p, CONF_LIMIT_TIMEOUT, $2);
		}
		;

relay		: relay_part
		| relay relay_part
		;

relay_part	: CONNECTIONS STRING	{
			conf_set_number(p, CONF_RELAY_CONNECTIONS, $2);
		}
		| PER DESTINATION STRING	{
			conf_set_number(p, CONF_RELAY_PER_DESTINATION, $3);
		}
		;

multiparts	: multipart
		| multiparts multipart
		;

multipart	: SIZE STRING	{
			conf_set_number(p, CONF_MULTIPART_SIZE, $2);
		}
		| SETS STRING	{
			conf_set_number(p, CONF_MULTIPART_SETS, $2);
		}
		| OCTETS STRING	{
			conf_set_number(p, CONF_MULTIPART_OCTETS, $2);
		}
		| KEEP STRING	{
			conf_set_number(p, CONF_MULTIPART_KEEP, $2);
		}
		;

role		: STRING
		| KEYS		{ $$ = "keys"; }
		| POOL		{ $$ = "pool"; }
		| CONTROL	{ $$ = "control"; }
		| DIRECTORY	{ $$ = "directory"; }
		| RELAY		{ $$ = "relay"; }
		| RESOLVER	{ $$ = "resolver"; }
		;

opt_port	: /* empty */	{ $$ = NULL; }
		| PORT STRING	{ $$ = $2; }
		;

opt_tls		: /* empty */	{ $$ = NULL; }
		| TLS STRING	{ $$ = $2; }
		;

opt_name	: /* empty */	{ $$ = NULL; }
		| NAME STRING	{ $$ = $2; }
		;

opt_auth	: /* empty */	{ $$ = NULL; }
		| AUTH FILE_ STRING	{ $$ = $3; }
		;

opt_no_tls	: /* empty */	{ $$ = 0; }
		| NO TLS	{ $$ = 1; }
		;

opt_group	: /* empty */	{ $$ = NULL; }
		| GROUP STRING	{ $$ = $2; }
		;

opt_recipients	: /* empty */	{ $$ = NULL; }
		| RECIPIENTS FILE_ STRING	{ $$ = $3; }
		;

%%

struct keyword {
	const char	*name;
	int		 token;
	const char	*form;		/* of the statement that begins so */
};

/* Sorted by name. */
static const struct keyword keywords[] = {
	{ "address",	ADDRESS,	NULL },
	{ "algorithm",	ALGORITHM,	NULL },
	{ "anchor",	ANCHOR,		NULL },
	{ "auth",	AUTH,		NULL },
	{ "ca",		CA,		"ca file \"path\"" },
	{ "cache",	CACHE,		"cache \"directory\"" },
	{ "certificate", CERTIFICATE,	NULL },
	{ "chroot",	CHROOT,		"chroot \"directory\"" },
	{ "clock",	CLOCK,		NULL },
	{ "commands",	COMMANDS,	NULL },
	{ "connections", CONNECTIONS,	NULL },
	{ "control",	CONTROL,	"control \"path\" [group name]" },
	{ "delay",	DELAY,		NULL },
	{ "destination", DESTINATION,	NULL },
	{ "directory",	DIRECTORY,	"directory [keyserver \"url\"] "
	    "[proxy address port number] [every time] [no publish]" },
	{ "domain",	DOMAIN,		"domain name maildir \"directory\", or "
	    "domain name host address [port number], or "
	    "domain name lmtp \"socket\", or "
	    "domain name lmtp address port number; "
	    "each [recipients file \"path\"]" },
	{ "dummies",	DUMMIES,	"dummies [flush low to high] "
	    "[timer low to high]" },
	{ "errors",	ERRORS,		NULL },
	{ "every",	EVERY,		NULL },
	{ "expire",	EXPIRE,		NULL },
	{ "file",	FILE_,		NULL },
	{ "first",	FIRST,		NULL },
	{ "flush",	FLUSH,		NULL },
	{ "forward",	FORWARD,	NULL },
	{ "group",	GROUP,		NULL },
	{ "hop",	HOP,		"hop delay time" },
	{ "host",	HOST,		NULL },
	{ "hostname",	HOSTNAME,	"hostname name" },
	{ "include",	INCLUDE,	"include \"path\"" },
	{ "interval",	INTERVAL,	NULL },
	{ "keep",	KEEP,		NULL },
	{ "key",	KEY,		NULL },
	{ "keys",	KEYS,		"keys \"directory\"" },
	{ "keyserver",	KEYSERVER,	NULL },
	{ "lifetime",	LIFETIME,	NULL },
	{ "limit",	LIMIT,		"limit [connections number] "
	    "[per address number] [commands number] [errors number] "
	    "[transactions number] [mail size octets] [timeout time]" },
	{ "listen",	LISTEN,		"listen on address [port number] "
	    "[no tls]" },
	{ "lmtp",	LMTP,		NULL },
	{ "log",	LOG,		"log verbose" },
	{ "mail",	MAIL,		NULL },
	{ "maildir",	MAILDIR,	NULL },
	{ "maximum",	MAXIMUM,	NULL },
	{ "minimum",	MINIMUM,	NULL },
	{ "mode",	MODE,		"mode [middleman] [exitprivate] "
	    "[exitpublic]" },
	{ "multipart",	MULTIPART,	"multipart [size octets] "
	    "[sets number] [octets octets] [keep time]" },
	{ "mx",		MX,		NULL },
	{ "name",	NAME,		NULL },
	{ "no",		NO,		NULL },
	{ "none",	NONE,		NULL },
	{ "octets",	OCTETS,		NULL },
	{ "on",		ON,		NULL },
	{ "per",	PER,		NULL },
	{ "pool",	POOL,		"pool [interval time] [minimum number] "
	    "[threshold number] [rate fraction]" },
	{ "port",	PORT,		NULL },
	{ "postmaster",	POSTMASTER,	"postmaster maildir \"directory\", or "
	    "postmaster host address [port number] to \"address\", or "
	    "postmaster lmtp \"socket\" to \"address\", or "
	    "postmaster lmtp address port number to \"address\"" },
	{ "proxy",	PROXY,		NULL },
	{ "publish",	PUBLISH,	NULL },
	{ "rate",	RATE,		NULL },
	{ "recipients",	RECIPIENTS,	"recipients file \"path\"" },
	{ "relay",	RELAY,		"relay [connections number] "
	    "[per destination number]" },
	{ "resolver",	RESOLVER,	"resolver [forward address "
	    "[port number]] ... [trust anchor \"file\"]" },
	{ "retry",	RETRY,		"retry [first time] [maximum time] "
	    "[expire time]" },
	{ "roster",	ROSTER,		"roster \"directory\"" },
	{ "route",	ROUTE,		"route domain host host "
	    "[port number] [tls off|opportunistic|require|verify|implicit "
	    "[name name]] [auth file \"path\"], or route domain mx [tls off|"
	    "opportunistic|require|verify]" },
	{ "sandbox",	SANDBOX,	NULL },
	{ "sets",	SETS,		NULL },
	{ "size",	SIZE,		NULL },
	{ "slots",	SLOTS,		NULL },
	{ "spool",	SPOOL,		"spool \"directory\" [slots number]" },
	{ "subkey",	SUBKEY,		"subkey [algorithm name] "
	    "[lifetime time]" },
	{ "test",	TEST,		"test dummies none, or "
	    "test sandbox, or test clock \"file\"" },
	{ "threshold",	THRESHOLD,	NULL },
	{ "timeout",	TIMEOUT,	NULL },
	{ "timer",	TIMER,		NULL },
	{ "tls",	TLS,		"tls certificate \"path\" key "
	    "\"path\"" },
	{ "to",		TO,		NULL },
	{ "transactions", TRANSACTIONS,	NULL },
	{ "trust",	TRUST,		"trust \"directory\"" },
	{ "undeliverable", UNDELIVERABLE, "undeliverable postmaster" },
	{ "user",	USER,		"user role name" },
	{ "verbose",	VERBOSE,	NULL },
	{ "workers",	WORKERS,	"workers number" }
};

static int
keyword_compare(const void *name, const void *keyword)
{
	return strcmp(name, ((const struct keyword *)keyword)->name);
}

static const struct keyword *
find_keyword(const char *name)
{
	return bsearch(name, keywords, sizeof(keywords) / sizeof(keywords[0]),
	    sizeof(keywords[0]), keyword_compare);
}

static int
word_token(const char *word)
{
	const struct keyword *keyword = find_keyword(word);

	return keyword == NULL ? STRING : keyword->token;
}

int
yylex(void)
{
	enum conf_token token;

	token = conf_lex_next(&p->lex, &last);
	if (token == CONF_TOK_EQUALS)
		last = "=";
	yylval.text = last;
	bad_token = 0;
	if (at_start)
		first = last;
	at_start = token == CONF_TOK_LINE;
	switch (token) {
	case CONF_TOK_END:
		return 0;
	case CONF_TOK_LINE:
		last = NULL;
		return '\n';
	case CONF_TOK_WORD:
		return word_token(last);
	case CONF_TOK_QUOTED:
		return STRING;
	case CONF_TOK_EQUALS:
		return '=';
	default:
		conf_complain(p, "%s", p->lex.error);
		bad_token = 1;
		return BAD;
	}
}

/* yacc says only that something is wrong: say what was expected. */
void
yyerror(const char *message)
{
	const struct keyword *keyword;
	char what[96];

	(void)message;
	if (bad_token)
		return;
	if (last == NULL)
		snprintf(what, sizeof(what), "something is missing");
	else
		snprintf(what, sizeof(what), "\"%.64s\" can't be here", last);
	keyword = find_keyword(first);
	if (keyword != NULL && keyword->form != NULL)
		conf_complain(p, "%s; write: %s", what, keyword->form);
	else
		conf_complain(p, "unknown keyword \"%.64s\"; "
		    "smtpd-mix.conf(5) lists them", first);
}

void
conf_parse_file(struct conf_parse *parse)
{
	p = parse;
	at_start = 1;
	bad_token = 0;
	first = "";
	last = NULL;
	if (yyparse() != 0 && p->nerrors == 0)
		conf_complain(p, "out of memory, or too many nested words");
	p = NULL;
}
