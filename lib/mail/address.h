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

#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H

#include <stddef.h>

/* Local part 64, @, domain 255, NUL; RFC 5321 section 4.5.3.1. */
#define MAIL_ADDRESS_MAX	321
#define MAIL_DOMAIN_MAX		256

/*
 * Whether the len octets at s are a mailbox local@domain of RFC 5321
 * (dot-string or quoted local part; domain of letters, digits and hyphens,
 * one label suffices; no literal, nor anything that looks like an IPv4
 * address).  1 or 0.
 */
int	mail_address_valid(const char *s, size_t len);

/* Whether s is a host name with at least two labels (no literal). */
int	mail_domain_valid(const char *s, size_t len);

/* The domain of an address: a pointer into it, to its end if it has none. */
const char *mail_address_domain(const char *address);

/* Compares local parts exactly and domains without regard to case; 1 equal. */
int	mail_address_equal(const char *, const char *);

/* Lowers the domain of address in place. */
void	mail_address_normalise(char *address);

/*
 * The mix address form mixtasy@FQDN (thesis 6.1.1): local part exactly
 * "mixtasy" (any case), a domain that mail_domain_valid() takes.  1 or 0.
 */
int	mail_address_is_mix(const char *s, size_t len);

/*
 * Extracts the addr-spec from one mailbox of RFC 5322 ("a@b", "<a@b>",
 * "Name <a@b>", comments, quoted names; the value may be folded) into out.
 * Returns 0; -1 if there is none, more than one (a comma), a group, or it
 * isn't valid or too long: out is then empty.
 */
int	mail_address_single(const char *s, size_t len,
	    char out[MAIL_ADDRESS_MAX]);

/*
 * Walks an address list: each call extracts the next addr-spec after *pos,
 * which begins at 0.  Members of groups are taken as if they stood alone;
 * empty members are skipped.  1 and out filled, 0 at the end, -1 for something
 * that can't be an address: *pos is then len, out empty.
 */
int	mail_address_next(const char *s, size_t len, size_t *pos,
	    char out[MAIL_ADDRESS_MAX]);

#endif
