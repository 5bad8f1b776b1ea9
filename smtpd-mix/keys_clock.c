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

#include <errno.h>
#include <string.h>

#include "compat/clock.h"
#include "compat/compat.h"
#include "mixing/clock.h"

#include "keyfile.h"
#include "keys_clock.h"
#include "log.h"
#include "proc.h"

#define MARK_SECONDS	300	/* between two writes of the mark */

static struct {
	struct clock_watch	watch;
	struct clock_mark	mark;		/* as written */
	enum clock_doubt	told_doubt;
	int64_t			told_base;
} env;

static void
tell(void)
{
	struct proto_clock row;
	unsigned int i;

	memset(&row, 0, sizeof(row));
	row.base = env.watch.base;
	row.hold = env.watch.doubt != CLOCK_GOOD;
	for (i = 0; i < proc_instances(ROLE_CRYPTO); i++)
		(void)proc_send(ROLE_CRYPTO, i, PROTO_CLOCK, &row,
		    sizeof(row));
	(void)proc_send(ROLE_QUEUE, 0, PROTO_CLOCK, &row, sizeof(row));
	env.told_doubt = env.watch.doubt;
	env.told_base = env.watch.base;
}

/* When it changes; the log says it once. */
static void
tell_change(void)
{
	char text[PROTO_TEXT_MAX];

	if (env.watch.doubt == env.told_doubt &&
	    env.watch.base == env.told_base)
		return;
	if (env.watch.doubt != CLOCK_GOOD &&
	    env.watch.doubt != env.told_doubt) {
		keys_clock_text(text, sizeof(text));
		log_warnx("no mail is taken, no key made or destroyed: %s",
		    text);
	} else if (env.told_doubt != CLOCK_GOOD)
		log_info("the clock is believed again");
	tell();
}

/*
 * Only every few minutes, or when it went back: a mark that lags behind makes
 * the rules a little milder, no more.
 */
static void
keep_mark(const struct clock_reading *now)
{
	uint8_t buf[CLOCK_MARK_LEN];
	struct clock_mark mark;

	if (clock_watch_mark(&env.watch, now, &mark) == -1 ||
	    (mark.wall >= env.mark.wall &&
	    mark.wall - env.mark.wall < MARK_SECONDS))
		return;
	clock_mark_write(&mark, buf);
	if (keyfile_write(KEYS_CLOCK_FILE, buf, sizeof(buf)) == -1)
		log_warn("%s", KEYS_CLOCK_FILE);
	env.mark = mark;
}

void
keys_clock_start(void)
{
	uint8_t buf[CLOCK_MARK_LEN];
	struct clock_reading now;
	struct clock_mark mark;
	size_t len;
	int known;

	known = keyfile_read(KEYS_CLOCK_FILE, buf, sizeof(buf), &len) == 0;
	if (!known && errno != ENOENT)
		log_warn("%s", KEYS_CLOCK_FILE);
	if (known && clock_mark_read(buf, len, &mark) == -1) {
		log_warnx("%s: not a mark of ours", KEYS_CLOCK_FILE);
		known = 0;
	}
	clock_read(&now);
	clock_watch_start(&env.watch, known ? &mark : NULL, &now);
	env.told_doubt = CLOCK_GOOD;
	tell_change();
	tell();
	keep_mark(&now);
}

int
keys_clock_good(void)
{
	struct clock_reading now;

	clock_read(&now);
	(void)clock_watch_look(&env.watch, &now);
	tell_change();
	keep_mark(&now);

	return (env.watch.doubt == CLOCK_GOOD);
}

void
keys_clock_accept(void)
{
	struct clock_reading now;

	clock_read(&now);
	clock_watch_accept(&env.watch, &now);
	tell_change();
	keep_mark(&now);
}

void
keys_clock_text(char *text, size_t len)
{
	clock_watch_text(&env.watch, text, len);
}
