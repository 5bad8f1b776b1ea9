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

#ifndef SPOOL_PRIV_H
#define SPOOL_PRIV_H

#include <sys/types.h>

#include <stdint.h>

#include "mixing/rng.h"
#include "spool/checksum.h"
#include "spool/disk.h"
#include "spool/free_map.h"
#include "spool/spool.h"
#include "spool/super.h"

/*
 * What the files of the spool share.
 *
 * Every sync ends a batch; batches are counted.  A header carries the batch it
 * was put or freed in.  The checkpoint in the superblock is a batch of which
 * all is known to be on the disk: bodies, headers, and the wiping of the bodies
 * that were freed in it.  Recovery trusts headers up to the checkpoint and
 * verifies the bodies of later ones.
 *
 * A batch, not a number for each message: a disk that was seized then tells no
 * more of the order of arrival than the syncs do.
 */
enum slot_mem {			/* one octet a slot */
	MEM_FREE,		/* in the free map */
	MEM_LIVE,
	MEM_PUT,		/* written in this batch */
	MEM_SCRATCH,		/* the same, frees itself */
	MEM_FREED,		/* header overwritten in this batch */
	MEM_TAINTED,		/* as freed, but the header is yet to write */
	MEM_ASIDE		/* unreadable or not to be wiped: never used */
};

enum spool_cut {		/* what the next sync makes possible */
	CUT_NONE,
	CUT_FIRST,		/* a superblock that counts less */
	CUT_SECOND,		/* and its other copy */
	CUT_FILE
};

struct spool {
	struct disk	 disk;
	struct rng	 rng;
	struct checksum	*checksum;
	int		 handle;
	int		 dirty;		/* written since the last sync */
	int		 failed;	/* a sync failed: all is over */

	struct super	 super;
	uint64_t	 batch;		/* the one being written */
	uint32_t	 since_checkpoint;	/* puts and frees */

	uint32_t	 slots;
	uint32_t	 max_extents;
	uint32_t	 keep;		/* extents that slots are taken of */
	uint8_t		*mem;		/* enum slot_mem, by slot */
	struct free_map	 free;
	uint32_t	*touched;	/* put or freed in this batch */
	uint32_t	 ntouched;
	uint32_t	 touched_room;

	uint32_t	 live;
	uint32_t	 damaged;
	uint64_t	 syncs;

	const char	*no_growth;	/* why the last try to grow failed */
	uint32_t	 growth_pause;	/* calls until the next try */
	uint32_t	 grown;		/* steps of the next extent */
	uint32_t	 last_room;	/* at the last call of spool_room() */
	enum spool_cut	 cutting;
	uint32_t	 cut_to;	/* extents */
	uint32_t	 trim_calls;	/* since the peak began */
	uint32_t	 trim_peak;	/* extents that were needed */

	uint8_t		*mask;		/* what scratch bodies are hidden by */
	uint8_t		*buf;		/* one body */
};

#define SPOOL_FILE		"spool"
#define SPOOL_EXTENT_LEN	((off_t)SPOOL_EXTENT_SLOTS *		\
				    (SPOOL_HEADER_LEN + SPOOL_BODY_LEN))

off_t	spool_header_offset(uint32_t id);
off_t	spool_body_offset(uint32_t id);
off_t	spool_extents_end(uint32_t extents);

/* Makes room in memory for one more extent.  0 or -1. */
int	spool_more_memory(struct spool *, uint32_t extents);

/* Reads and checks a header; -1 with EBADMSG or the disk's error. */
int	spool_read_header(struct spool *, uint32_t id, struct spool_slot *,
	    uint8_t sum[CHECKSUM_LEN]);
int	spool_write_header(struct spool *, uint32_t id,
	    const struct spool_slot *, const uint8_t sum[CHECKSUM_LEN]);
int	spool_write_free(struct spool *, uint32_t id, uint64_t batch);

/* Reads body_len octets and checks them: -1 with EBADMSG when they differ. */
int	spool_read_body(struct spool *, uint32_t id, uint32_t body_len,
	    const uint8_t sum[CHECKSUM_LEN], uint8_t *body);

/* Overwrites the body of a slot whose free header is durable. */
int	spool_wipe(struct spool *, uint32_t id);

/* Remembers that a slot changes in this batch.  0 or -1. */
int	spool_touch(struct spool *, uint32_t id, enum slot_mem);
void	spool_push_free(struct spool *, uint32_t id);

/* Frees the memory. */
void	spool_release(struct spool *);

/* grow.c: whether an extent is written and only not counted yet. */
int	spool_grown(const struct spool *);
/* The superblock counts it now. */
void	spool_count_extent(struct spool *);

/* trim.c: after a sync, and for the first two the superblock. */
void	spool_cut(struct spool *);

/* What opening a spool is for. */
struct spool_opening {
	uint32_t	 max_slots;
	int		 create;	/* if there is none */
	int		 verify;	/* all bodies, not only the last ones */
	int		 repair;	/* damaged slots are overwritten */
	void		(*fn)(void *, uint32_t id, const struct spool_slot *);
	/* Repair: a slot whose body is lost.  -1: it has to stay. */
	int		(*lost)(void *, const struct spool_slot *);
	void		*arg;
};
struct spool *spool_open_for(const struct disk *, const struct rng *,
	    const struct spool_opening *, struct spool_recovery *,
	    char *errbuf, size_t errlen);

/* Recovery: what that does once the file is open.  0 or -1. */
int	spool_recover(struct spool *, const struct spool_opening *,
	    struct spool_recovery *);

#endif
