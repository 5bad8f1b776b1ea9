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

#ifndef MAIL_STS_H
#define MAIL_STS_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

/*
 * MTA-STS (RFC 8461): what a mail domain says about its servers' TLS.  The text
 * of a policy comes from a web server that anybody may run.
 */
#define STS_TEXT_MAX	65536		/* octets; longer ones are refused */
#define STS_MX_MAX	32		/* patterns that are kept */
#define STS_HOST_MAX	256		/* with NUL */
#define STS_AGE_MAX	31557600	/* seconds; more counts as this */

enum sts_mode {
	STS_NONE,
	STS_TESTING,
	STS_ENFORCE
};

struct sts_policy {
	enum sts_mode	mode;
	uint32_t	max_age;	/* seconds */
	size_t		nmx;
	char		mx[STS_MX_MAX][STS_HOST_MAX];	/* lower case */
};

/*
 * Reads the text of a policy (section 3.2).  Of a field that is given twice the
 * first one counts, "mx" aside; unknown fields are skipped.  Patterns beyond
 * STS_MX_MAX are left out, so that such a policy allows less, not more.  0; -1:
 * it is no policy, and *policy is undefined.
 */
int	sts_policy_parse(const char *text, size_t len, struct sts_policy *);

/*
 * Whether a host fits a pattern (section 4.1): the same name, or "*." for one
 * label.  No regard to case nor to a last dot of the host.  1 or 0.
 */
int	sts_mx_match(const char *pattern, const char *host);

/* Whether it is a pattern at all: a host name, perhaps after "*.".  1 or 0. */
int	sts_mx_valid(const char *pattern, size_t len);

#endif
