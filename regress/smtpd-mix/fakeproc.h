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

#ifndef REGRESS_FAKEPROC_H
#define REGRESS_FAKEPROC_H

#include <sys/types.h>

#include <atf-c.h>
#include <event.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compat/compat.h"
#include "proc.h"

/*
 * A runtime for one role without processes: what the role sends is kept for the
 * test, what the test sends goes through the rules.  To be included by one
 * test program, whose proc.o it stands in for.
 */
struct fake_sent {
	enum role	 to;
	uint32_t	 type;
	void		*data;
	size_t		 len;
};

#define FAKE_SENT_MAX	8192
static struct fake_env {
	const struct role_ops	*ops;
	struct role_conf	 conf;
	struct fake_sent	 sent[FAKE_SENT_MAX];
	size_t			 nsent;
	void			*last;		/* fake_take()'s latest */
	int			 stopped;
} fake;

const struct role_conf *
proc_conf(void)
{
	return (&fake.conf);
}

int
proc_sendv(enum role to, unsigned int instance, uint32_t type,
    const struct iovec *iov, int iovcnt)
{
	struct fake_sent *s = &fake.sent[fake.nsent];
	int i;

	(void)instance;
	ATF_REQUIRE(fake.nsent < FAKE_SENT_MAX);
	memset(s, 0, sizeof(*s));
	for (i = 0; i < iovcnt; i++)
		s->len += iov[i].iov_len;
	ATF_REQUIRE((s->data = malloc(s->len + 1)) != NULL);
	s->len = 0;
	for (i = 0; i < iovcnt; i++) {
		memcpy((char *)s->data + s->len, iov[i].iov_base,
		    iov[i].iov_len);
		s->len += iov[i].iov_len;
	}
	s->to = to;
	s->type = type;
	ATF_REQUIRE_MSG(proto_check(type, fake.ops->role, to, s->data,
	    s->len) != NULL, "message %u to %s breaks the rules", type,
	    role_name(to));
	fake.nsent++;

	return (0);
}

int
proc_send(enum role to, unsigned int instance, uint32_t type,
    const void *data, size_t len)
{
	struct iovec iov;

	memcpy(&iov.iov_base, &data, sizeof(data));
	iov.iov_len = len;

	return (proc_sendv(to, instance, type, &iov, data == NULL ? 0 : 1));
}

int
proc_path_inside(const char *full, char *out, size_t outmax)
{
	return (strlcpy(out, full, outmax) < outmax ? 0 : -1);
}

void
proc_stopped(void)
{
	fake.stopped = 1;
}

/* The role gets a message. */
static inline void
fake_message(enum role from, uint32_t type, const void *data, size_t len)
{
	struct role_msg msg;

	ATF_REQUIRE(proto_check(type, from, fake.ops->role, data, len) != NULL);
	memset(&msg, 0, sizeof(msg));
	msg.from = from;
	msg.type = type;
	msg.data = data;
	msg.len = len;
	msg.fd = -1;
	fake.ops->message(&msg);
}

/* The first message of a type that was sent, taken out; NULL: none. */
static inline const void *
fake_take(enum role to, uint32_t type)
{
	size_t i;

	free(fake.last);
	fake.last = NULL;
	for (i = 0; i < fake.nsent; i++) {
		if (fake.sent[i].to != to || fake.sent[i].type != type)
			continue;
		fake.last = fake.sent[i].data;
		memmove(&fake.sent[i], &fake.sent[i + 1],
		    (fake.nsent - i - 1) * sizeof(fake.sent[0]));
		fake.nsent--;
		return (fake.last);
	}

	return (NULL);
}

/* How many messages of a type were sent and not taken. */
static inline size_t
fake_count(enum role to, uint32_t type)
{
	size_t i, n = 0;

	for (i = 0; i < fake.nsent; i++)
		n += fake.sent[i].to == to && fake.sent[i].type == type;

	return (n);
}

/* Runs the event loop until nothing is to be done at once. */
static inline void
fake_run(void)
{
	int i;

	for (i = 0; i < 50; i++)
		event_loop(EVLOOP_NONBLOCK);
}

static inline int64_t
fake_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);

	return ((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

/* Runs it for so many milliseconds. */
static inline void
fake_run_ms(int ms)
{
	const struct timespec step = { 0, 10000000 };
	const int64_t end = fake_ms() + ms;

	do {
		event_loop(EVLOOP_NONBLOCK);
		nanosleep(&step, NULL);
	} while (fake_ms() < end);
}

/* Starts a role with the configuration in fake.conf. */
static inline void
fake_start(const struct role_ops *ops)
{
	char err[256] = "";

	fake.ops = ops;
	ATF_REQUIRE(event_init() != NULL);
	if (ops->init != NULL)
		ops->init(0);
	if (ops->accept != NULL)
		ATF_REQUIRE_MSG(ops->accept(&fake.conf, err,
		    sizeof(err)) == 0, "%s", err);
	if (ops->start != NULL)
		ops->start();
}

static inline void
fake_stop(void)
{
	fake.ops->stop();
	fake_run();
	ATF_REQUIRE(fake.stopped);
}

#endif
