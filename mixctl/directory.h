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

#ifndef MIXCTL_DIRECTORY_H
#define MIXCTL_DIRECTORY_H

#include <sys/types.h>

#include <stddef.h>

#include "ipc/proto.h"

/* All that the role directory answered. */
struct directory_view {
	struct proto_dir		 dir;
	struct proto_dir_server		 servers[SURVEY_SERVERS_MAX];
	size_t				 nservers;
	struct proto_dir_warning	 warnings[SURVEY_WARNINGS_MAX];
	size_t				 nwarnings;
	struct proto_dir_truster	 trusters[PGP_TRUSTERS_MAX];
	size_t				 ntrusters;
	struct proto_dir_mix		*mixes;
	size_t				 nmixes;
};

/* As mixctl prints them. */
void	directory_print_json(const struct directory_view *);
void	rank_print_text(const struct directory_view *);
void	rank_print_json(const struct directory_view *);

/* "middleman exitprivate"; the next call reuses the buffer. */
const char *directory_modes(uint32_t modes);

/* The first 16 digits that people compare, in fours. */
#define DIRECTORY_FPR_MAX	20
const char *directory_fpr(const uint8_t fpr[PGP_FPR_LEN],
	    char text[DIRECTORY_FPR_MAX]);

/* "casual" and such for a signature class. */
const char *directory_class(uint32_t class);

/* The commands; -1: wrong arguments. */
int	directory_main(const char *path, int argc, char *argv[]);
int	rank_main(const char *path, int argc, char *argv[]);

#endif
