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

#ifndef REGRESS_DNS_MESSAGE_H
#define REGRESS_DNS_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

/* Builds DNS messages by hand, for tests: good ones and others. */
#define MESSAGE_MAX	65535

struct message {
	size_t	len;
	uint8_t	buf[MESSAGE_MAX];
};

/* An answer to a question, with the rcode, without records. */
void	message_begin(struct message *, const char *question, uint16_t type,
	    uint8_t rcode);

/* Appends octets, a number, a name without compression. */
void	message_octets(struct message *, const void *, size_t len);
void	message_16(struct message *, unsigned int);
void	message_name(struct message *, const char *);

/* The head of an answer record, up to the length of its data; counts it. */
void	message_record(struct message *, const char *name, uint16_t type,
	    uint32_t ttl, size_t len);

/* Whole answer records. */
void	message_a(struct message *, const char *name, uint32_t ttl,
	    const char *address);
void	message_mx(struct message *, const char *name, uint32_t ttl,
	    unsigned int preference, const char *host);
void	message_cname(struct message *, const char *name, uint32_t ttl,
	    const char *to);
void	message_txt(struct message *, const char *name, uint32_t ttl,
	    const char *text);
void	message_tlsa(struct message *, const char *name, uint32_t ttl,
	    unsigned int usage, unsigned int selector, unsigned int matching,
	    size_t len);

/* The authority's record for what is not there, after all answers. */
void	message_soa(struct message *, const char *zone, uint32_t ttl,
	    uint32_t minimum);

/* How many octets a name takes. */
size_t	message_name_len(const char *);

#endif
