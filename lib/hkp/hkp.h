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

#ifndef HKP_HKP_H
#define HKP_HKP_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "mixtasy/message.h"
#include "openpgp/key.h"

/*
 * The HTTP Keyserver Protocol, draft-shaw-openpgp-hkp-00: what is asked and
 * what the answers say.  All of it is octets in, octets out.
 */

/*
 * A keyserver as the configuration names it: hkps://host[:port] (443) or
 * hkp://host[:port] (11371); https:// and http:// (80) are understood too.
 */
#define HKP_HOST_MAX		256
#define HKP_SERVER_TEXT		280
struct hkp_server {
	int		tls;
	uint32_t	port;
	char		host[HKP_HOST_MAX];	/* IPv6: without brackets */
};

/* 0; -1: not of this form. */
int	hkp_server_read(const char *text, struct hkp_server *);
/* The canonical form, with the port if it isn't the scheme's own. */
void	hkp_server_write(const struct hkp_server *, char text[HKP_SERVER_TEXT]);

/*
 * What identifies a key for a server: the fingerprint of a version 4 key, or,
 * where a server lists no more, its long key id.  Upper case hexadecimal.
 */
#define HKP_ID_MAX		(2 * PGP_FPR_LEN + 1)
void	hkp_id_write(const uint8_t fpr[PGP_FPR_LEN], char id[HKP_ID_MAX]);
/* Whether both can be one key: the shorter is the other's end. */
int	hkp_id_match(const char *, const char *);

/*
 * URLs of requests (sections 3.1 and 4).  words: blanks between them, all have
 * to occur.  0; -1: it doesn't fit.
 */
#define HKP_URL_MAX		768
int	hkp_search_url(const struct hkp_server *, const char *words,
	    char url[HKP_URL_MAX]);
int	hkp_get_url(const struct hkp_server *, const char *id,
	    char url[HKP_URL_MAX]);
int	hkp_add_url(const struct hkp_server *, char url[HKP_URL_MAX]);

/*
 * The body that submits a certificate (section 4): keytext and its armor,
 * urlencoded.  Allocated, terminated, to be freed; NULL: no memory.
 */
char	*hkp_add_body(const uint8_t *cert, size_t len, size_t *bodylen);

/*
 * The machine readable index, section 5.2, as a pull parser.  Lines that can't
 * be understood are counted and passed over.  Servers differ: Hockeypuck and
 * SKS escape nothing in user ids but colons, older ones list key ids in the
 * place of fingerprints, onak answers "none" when it means "too many".
 */
struct hkp_index {
	const char	*at;
	size_t		 left;
	long		 announced;	/* of the info line; -1: none seen */
	size_t		 keys;		/* told so far */
	size_t		 bad;		/* lines that weren't understood */
	size_t		 unusable;	/* keys of another version */
};

#define HKP_REVOKED	0x1
#define HKP_DISABLED	0x2
#define HKP_EXPIRED	0x4
struct hkp_key {
	char		id[HKP_ID_MAX];
	unsigned int	alg;		/* 0: not said; as all of these */
	unsigned int	bits;
	int64_t		created;
	int64_t		expires;
	unsigned int	flags;
	size_t		nuids;
	size_t		nmixes;		/* user ids with a mix address */
	char		address[MIX_ADDRESS_MAX];	/* the first of them */
};

/* Begins to read an index, which must stay meanwhile. */
void	hkp_index_init(struct hkp_index *, const char *text, size_t len);
/* The next key with all its user ids.  1; 0: there is no other. */
int	hkp_index_next(struct hkp_index *, struct hkp_key *);

/*
 * Whether an index of so many keys may be cut off: servers say nothing when
 * they stop at their limit, which is 500 or another round number.
 */
int	hkp_maybe_capped(size_t keys);

#endif
