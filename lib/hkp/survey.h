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

#ifndef HKP_SURVEY_H
#define HKP_SURVEY_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "hkp/hkp.h"

/*
 * A survey of keyservers: all certificates of mixes that several servers have.
 * It says what to fetch next and takes the answers; who fetches is outside.
 * One request a server is under way at a time.
 *
 * Each server is searched for "mixtasy", and by more words when its answer may
 * be cut off.  Then everything that it listed with a mix address is fetched
 * from it, revoked keys too (the revocation has to be seen, not believed),
 * whatever other servers gave already: one that has older copies, or holds
 * something back, is made up for by the others.  Never does a request depend on
 * what somebody wants to send.
 *
 * Keys that were known before (survey_know()) are asked for again only where
 * the search was cut off: a server could otherwise mark a client by a key that
 * it lists nobody else.
 */
#define SURVEY_SERVERS_MAX	16

struct survey_conf {
	const struct hkp_server	*servers;	/* copied */
	size_t	 nservers;		/* at most SURVEY_SERVERS_MAX */
	time_t	 now;
	/* Limits; 0 for the usual ones. */
	size_t	 cert_max;		/* octets of a certificate */
	size_t	 total_max;		/* of all from one server */
	size_t	 keys_max;		/* keys with a mix address */
	/*
	 * Called for each certificate that came: binary, one primary key with
	 * what belongs to it.  Nothing in it is verified, but that it is the
	 * key that was asked for.
	 */
	void	(*take)(void *arg, size_t server, const uint8_t *cert,
		    size_t len);
	void	*arg;
};

/*
 * In armor this is 1.4 MB.  A certificate that was appended to for two years
 * has 730 subkeys: 140 KB with Curve25519, 620 KB with RSA.
 */
#define SURVEY_CERT_MAX		(1024 * 1024)
#define SURVEY_TOTAL_MAX	(256 * 1024 * 1024)
#define SURVEY_KEYS_MAX		4096
#define SURVEY_INDEX_MAX	(4 * 1024 * 1024)	/* answer to a search */

/*
 * Why something that a server listed or gave is of no use.  What was listed is
 * counted as the search has it that found most of it.
 */
enum survey_refusal {
	SURVEY_FOREIGN,		/* listed without a mix address */
	SURVEY_EXPIRED,		/* listed as expired */
	SURVEY_UNUSABLE,	/* not a version 4 key, or a short key id */
	SURVEY_SURPLUS,		/* more mixes than the limit */
	SURVEY_NOT_GIVEN,	/* listed, but asked for it isn't there */
	SURVEY_TOO_LARGE,	/* a certificate over its limit */
	SURVEY_TOTAL,		/* the server's limit was reached before it */
	SURVEY_NOT_A_CERT,	/* not a certificate in armor */
	SURVEY_OTHER_KEY,	/* another key than was asked for */
	SURVEY_NREFUSALS
};
const char *survey_refusal_name(enum survey_refusal);

/* What became of one server. */
struct survey_report {
	int	 searched;	/* its search is complete, or was cut off */
	int	 capped;	/* it was cut off, even with all words */
	int	 failed;	/* it was given up: error says why */
	char	 error[192];
	size_t	 requests;
	size_t	 listed;	/* keys, foreign ones too, by one search */
	size_t	 mixes;		/* to be fetched, by all searches */
	size_t	 given;		/* certificates that came */
	size_t	 octets;	/* of these */
	size_t	 missing;	/* mixes that others gave and it didn't; 0 if
				   it was capped or failed */
	size_t	 refused[SURVEY_NREFUSALS];	/* enum survey_refusal */
};

/* One key with a mix address. */
struct survey_key {
	char	 id[HKP_ID_MAX];
	char	 address[MIX_ADDRESS_MAX];
	uint32_t listed;	/* bit s: server s listed it */
	uint32_t given;		/* bit s: server s gave it */
	int	 known;		/* by survey_know() */
};

struct survey;

/* NULL: no memory, or no or too many servers. */
struct survey *
	survey_new(const struct survey_conf *);
void	survey_free(struct survey *);

/* A mix that was known before.  Before the first request.  0; -1: no memory. */
int	survey_know(struct survey *, const uint8_t fpr[PGP_FPR_LEN],
	    const char *address);

struct survey_request {
	size_t	 server;
	char	 url[HKP_URL_MAX];
	size_t	 max;		/* octets of the answer, at most */
};

/*
 * The next request to a server that has none under way.  1; 0: there is none
 * now: answers are outstanding, or the survey is complete (survey_done()).
 * After each answer it is to be called until there is none.
 */
int	survey_next(struct survey *, struct survey_request *);

/*
 * The answer to the request that is under way to the server.  status: HTTP's,
 * or 0 with error: there was no answer; too_large: it had more than max.
 */
struct survey_answer {
	int		 status;
	int		 too_large;
	const uint8_t	*body;
	size_t		 len;
	const char	*error;
};
void	survey_take(struct survey *, size_t server,
	    const struct survey_answer *);

/* Whether it is through with all servers. */
int	survey_done(const struct survey *);

/* Results; complete when the survey is. */
const struct survey_report *
	survey_report(const struct survey *, size_t server);
size_t	survey_keys(const struct survey *);
const struct survey_key *
	survey_key(const struct survey *, size_t i);

/*
 * What has to be said of a survey.  before: usable mixes in the roster that it
 * replaces; now: in what it found, without anything older.
 */
enum survey_warning_kind {
	SURVEY_W_FAILED,	/* the server was given up */
	SURVEY_W_CAPPED,	/* its search was cut off */
	SURVEY_W_MISSING,	/* it lacks n of the count mixes in all */
	SURVEY_W_SHRANK		/* n mixes of before were left, of count */
};
struct survey_warning {
	enum survey_warning_kind kind;
	size_t	 server;
	size_t	 n;
	size_t	 count;
};
#define SURVEY_WARNINGS_MAX	(2 * SURVEY_SERVERS_MAX + 1)
size_t	survey_warnings(const struct survey *, size_t before, size_t now,
	    struct survey_warning warnings[SURVEY_WARNINGS_MAX]);
/* One line, without an end. */
#define SURVEY_WARNING_TEXT	640
void	survey_warning_text(const struct survey *,
	    const struct survey_warning *, char text[SURVEY_WARNING_TEXT]);

/* Whether a roster has shrunk by more than a fifth. */
int	survey_shrank(size_t before, size_t now);

#endif
