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

#ifndef FIXTURE_H
#define FIXTURE_H

#include <sys/types.h>

#include <stdint.h>

#include "mixing/rng.h"
#include "spool/spool.h"

#include "lib/spool/simdisk.h"
#include "lib/testutil.h"

/*
 * A spool of one extent on a simulated disk.  What goes wrong in here ends the
 * process with a message.
 */
#define FIXTURE_FOUND	64
#define FIXTURE_LEN	30720	/* of the bodies that are put */

struct fixture {
	struct test_rng		 state;
	struct rng		 rng;
	struct simdisk		*sim;
	struct disk		 disk;
	uint8_t			 body[SPOOL_BODY_LEN];

	/* Of the last opening. */
	struct spool_recovery	 counts;
	char			 errbuf[128];
	unsigned int		 nfound;
	struct {
		uint32_t		id;
		struct spool_slot	slot;
	}			 found[FIXTURE_FOUND];
};

extern struct fixture	fx;

/* A new disk with a spool; the spool there is; the same, or NULL. */
struct spool *fixture_new(void);
struct spool *fixture_open(void);
struct spool *fixture_try_open(uint32_t max_slots);

/* Closes the spool and throws the disk away. */
void	fixture_end(struct spool *);

/* A slot to put; fills fx.body with the octet. */
struct spool_slot fixture_slot(uint8_t class, uint32_t len, uint8_t octet);

/* Puts a message of that octet, or of its index; returns the slot's id. */
uint32_t fixture_put(struct spool *, uint8_t octet);
uint32_t fixture_put_member(struct spool *, uint64_t set, uint32_t index,
	    uint32_t total);
void	fixture_sync(struct spool *);

/* Is the message of that octet there? */
void	fixture_check(struct spool *, uint32_t id, uint8_t octet);

struct spool_stats fixture_stats(const struct spool *);

#endif
