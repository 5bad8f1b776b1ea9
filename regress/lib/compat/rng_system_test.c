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

#include <sys/types.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"
#include "compat/rng_system.h"

/* From both sources, at and around the size where one follows the other. */
static const size_t sizes[] = { 1, 32, 511, 512, 513, 30720 };

static uint8_t	some[30721], other[30721];

ATF_TC_WITHOUT_HEAD(all_octets_are_filled_and_no_more);
ATF_TC_BODY(all_octets_are_filled_and_no_more, tc)
{
	static uint8_t seen[30720];
	unsigned int round;
	size_t i, k;

	for (k = 0; k < nitems(sizes); k++) {
		memset(seen, 0, sizeof(seen));
		for (round = 0; round < 8; round++) {
			memset(some, 0, sizeof(some));
			rng_fill(&rng_system, some, sizes[k]);
			ATF_REQUIRE_EQ(0, some[sizes[k]]);
			for (i = 0; i < sizes[k]; i++)
				seen[i] |= some[i];
		}
		for (i = 0; i < sizes[k]; i++)
			ATF_REQUIRE_MSG(seen[i] != 0, "%zu of %zu", i,
			    sizes[k]);
	}
}

/* What a child of this process draws. */
static void
draw_in_child(size_t len, uint8_t *buf)
{
	size_t have = 0;
	ssize_t n;
	pid_t pid;
	int fds[2], status;

	ATF_REQUIRE_EQ(0, pipe(fds));
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		rng_fill(&rng_system, buf, len);
		_exit(write(fds[1], buf, len) == (ssize_t)len ? 0 : 1);
	}
	close(fds[1]);
	while (have < len && (n = read(fds[0], buf + have, len - have)) > 0)
		have += (size_t)n;
	ATF_REQUIRE_EQ(len, have);
	close(fds[0]);
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

ATF_TC_WITHOUT_HEAD(a_child_draws_something_else);
ATF_TC_BODY(a_child_draws_something_else, tc)
{
	size_t k;

	for (k = 1; k < nitems(sizes); k++) {
		/* Both generators have been used before the fork. */
		rng_fill(&rng_system, some, sizes[k]);
		draw_in_child(sizes[k], other);
		rng_fill(&rng_system, some, sizes[k]);
		ATF_REQUIRE_MSG(memcmp(some, other, 32) != 0, "%zu", sizes[k]);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, all_octets_are_filled_and_no_more);
	ATF_TP_ADD_TC(tp, a_child_draws_something_else);

	return (atf_no_error());
}
