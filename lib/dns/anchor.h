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

#ifndef DNS_ANCHOR_H
#define DNS_ANCHOR_H

#include <sys/types.h>

#include <stddef.h>

#define DNS_ANCHOR_MAX	2048	/* one record as text, with its NUL */

/* The root's keys of 2017 and 2024 (IANA), each as one record; NULL ends. */
extern const char *const dns_root_anchors[];

/*
 * Takes the next record out of a trust anchor file (DS and DNSKEY records in
 * the form of a zone file; no $ directives): comments are left out, lines
 * joined that stand in parentheses.  *pos is where to go on.  1; 0 at the end;
 * -1 for what is no such record.
 */
int	dns_anchor_next(const char *text, size_t len, size_t *pos,
	    char record[DNS_ANCHOR_MAX]);

#endif
