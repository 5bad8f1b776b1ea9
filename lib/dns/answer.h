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

#ifndef DNS_ANSWER_H
#define DNS_ANSWER_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

/*
 * Reads a DNS message (RFC 1035 4) that answers one question.  Pure; every
 * length is checked, every loop bounded: it may be anybody's.
 */
#define DNS_NAME_MAX	256	/* a name as text, with its NUL */
#define DNS_ALIASES_MAX	12	/* CNAME records in a row */

enum dns_type {
	DNS_TYPE_A = 1,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_SOA = 6,
	DNS_TYPE_MX = 15,
	DNS_TYPE_TXT = 16,
	DNS_TYPE_AAAA = 28,
	DNS_TYPE_TLSA = 52
};

enum dns_rcode {
	DNS_RCODE_OK = 0,
	DNS_RCODE_NO_NAME = 3		/* NXDOMAIN */
};

struct dns_answer {
	uint8_t		 rcode;
	uint32_t	 ttl;		/* seconds: the least of what counts, or
					   of the absence (SOA) */
	unsigned int	 nrecords;	/* of the type, for the name */
	unsigned int	 naliases;
	char		 name[DNS_NAME_MAX];	/* where the aliases end */
	/* private */
	const uint8_t	*buf;
	size_t		 len;
	size_t		 pos;		/* of the next answer record */
	unsigned int	 left;
	uint16_t	 type;
};

/* The data of a record; names in it may point into the whole message. */
struct dns_rdata {
	const uint8_t	*buf;		/* the message */
	size_t		 pos;		/* of the data */
	size_t		 len;
};

/*
 * Checks the message of len octets, follows the aliases from name (a host name,
 * in any case) and counts the records of the type.  buf stays in use.  0; -1
 * when it is no answer, broken, truncated, or its aliases don't end.
 */
int	dns_answer_open(struct dns_answer *, const uint8_t *buf, size_t len,
	    const char *name, uint16_t type);

/* The next record of the type.  1; 0 at the end. */
int	dns_answer_next(struct dns_answer *, struct dns_rdata *);

/*
 * Reads the name at *pos of a message into text, in lower case and without
 * the last dot ("" is the root), and moves *pos behind it.  1; 0 when it has
 * other characters than letters, digits, '-' and '_' or is too long; -1 when
 * it is broken.
 */
int	dns_name_read(const uint8_t *buf, size_t len, size_t *pos,
	    char text[DNS_NAME_MAX]);

#endif
