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

/* A channel's two ends over a socket pair, one of them played by hand. */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat/compat.h"

#include "channel.h"

/* What has happened at the end under test. */
static struct seen {
	unsigned int	 messages;
	uint64_t	 last;		/* first octets of the last one */
	int		 in_order;	/* each was one more than the last */
	int		 fd;		/* the last one's */
	int		 gone;		/* calls of gone() */
	int		 broken;	/* its argument */
} seen;

static void
message(struct channel *ch, const struct role_msg *msg)
{
	uint64_t id = 0;

	(void)ch;
	memcpy(&id, msg->data, msg->len < sizeof(id) ? msg->len : sizeof(id));
	if (seen.messages > 0 && id != seen.last + 1)
		seen.in_order = 0;
	seen.last = id;
	seen.fd = msg->fd;
	seen.messages++;
}

static void
gone(struct channel *ch, int broken)
{
	ATF_REQUIRE_EQ(-1, ch->fd);
	seen.gone++;
	seen.broken = broken;
}

static void
make_pair(int fds[2])
{
	int i;

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	for (i = 0; i < 2; i++)
		ATF_REQUIRE(fcntl(fds[i], F_SETFL, O_NONBLOCK) != -1);
}

/* Begins one end as a role with a peer; the other end's socket. */
static int
begin(struct channel *ch, enum role self, enum role peer)
{
	int fds[2];

	(void)signal(SIGPIPE, SIG_IGN);
	memset(&seen, 0, sizeof(seen));
	seen.in_order = 1;
	seen.fd = -1;
	ATF_REQUIRE(event_init() != NULL);
	make_pair(fds);
	channel_init(ch, fds[0], self, peer, 0);
	ch->message = message;
	ch->gone = gone;

	return (fds[1]);
}

static void
run(void)
{
	int i;

	for (i = 0; i < 20; i++)
		event_loop(EVLOOP_NONBLOCK);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);

	return ((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

static unsigned int
open_descriptors(void)
{
	unsigned int n = 0;
	int fd;

	for (fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) != -1;

	return (n);
}

/* The octets of messages COMMITTED first .. first + n - 1; their number. */
static size_t
octets(uint8_t *buf, size_t size, uint64_t first, unsigned int n)
{
	struct proto_committed row;
	struct imsgbuf ibuf;
	ssize_t len;
	int fds[2];
	unsigned int i;

	make_pair(fds);
	ATF_REQUIRE_EQ(0, imsg_init(&ibuf, fds[0]));
	for (i = 0; i < n; i++) {
		memset(&row, 0, sizeof(row));
		row.txn = first + i;
		ATF_REQUIRE_EQ(1, imsg_compose(&ibuf, PROTO_COMMITTED, 0, 0,
		    -1, &row, sizeof(row)));
	}
	ATF_REQUIRE_EQ(0, imsg_flush(&ibuf));
	ATF_REQUIRE((len = read(fds[1], buf, size)) > 0);
	ATF_REQUIRE((size_t)len < size);
	imsg_clear(&ibuf);
	close(fds[0]);
	close(fds[1]);

	return ((size_t)len);
}

static void
put(int fd, const uint8_t *buf, size_t len)
{
	ATF_REQUIRE_EQ((ssize_t)len, write(fd, buf, len));
}

/* Sends one message as the rules don't ask for. */
static void
put_message(int fd, uint32_t type, const void *data, size_t len, int passed)
{
	struct imsgbuf ibuf;

	ATF_REQUIRE_EQ(0, imsg_init(&ibuf, fd));
	ATF_REQUIRE_EQ(1, imsg_compose(&ibuf, type, 0, 0, passed, data, len));
	ATF_REQUIRE_EQ(0, imsg_flush(&ibuf));
	imsg_clear(&ibuf);
}

ATF_TC_WITHOUT_HEAD(channel_takes_glued_messages_apart);
ATF_TC_BODY(channel_takes_glued_messages_apart, tc)
{
	struct channel ch;
	uint8_t buf[8192];
	int fd = begin(&ch, ROLE_SMTP, ROLE_QUEUE);

	put(fd, buf, octets(buf, sizeof(buf), 1, 100));
	channel_start(&ch);
	run();
	ATF_REQUIRE_EQ(100, seen.messages);
	ATF_REQUIRE(seen.in_order);
	ATF_REQUIRE_EQ(100, seen.last);
	ATF_REQUIRE_EQ(0, seen.gone);
}

ATF_TC_WITHOUT_HEAD(channel_joins_split_messages);
ATF_TC_BODY(channel_joins_split_messages, tc)
{
	struct channel ch;
	uint8_t buf[256];
	int fd = begin(&ch, ROLE_SMTP, ROLE_QUEUE);
	size_t i, len = octets(buf, sizeof(buf), 1, 3);

	channel_start(&ch);
	for (i = 0; i < len; i++) {
		put(fd, buf + i, 1);
		event_loop(EVLOOP_NONBLOCK);
		ATF_REQUIRE_EQ((i + 1) / (len / 3), seen.messages);
	}
	ATF_REQUIRE(seen.in_order);
	ATF_REQUIRE_EQ(0, seen.gone);
}

ATF_TC_WITHOUT_HEAD(channel_passes_a_descriptor);
ATF_TC_BODY(channel_passes_a_descriptor, tc)
{
	struct channel ch, other;
	struct proto_peer row = { ROLE_QUEUE, 0 };
	struct iovec iov = { &row, sizeof(row) };
	unsigned int before;
	int ends[2];
	char octet = 0;

	channel_init(&other, begin(&ch, ROLE_SMTP, ROLE_PARENT), ROLE_PARENT,
	    ROLE_SMTP, 0);
	channel_start(&ch);
	channel_start(&other);
	ATF_REQUIRE_EQ(0, pipe(ends));
	before = open_descriptors();
	ATF_REQUIRE_EQ(0, channel_send(&other, PROTO_PEER, &iov, 1, ends[1]));
	run();
	ATF_REQUIRE_EQ(1, seen.messages);
	ATF_REQUIRE(seen.fd != -1);
	/* The sender's is closed, the receiver's is the same pipe. */
	ATF_REQUIRE_EQ(before, open_descriptors());
	ATF_REQUIRE_EQ(1, write(seen.fd, "x", 1));
	ATF_REQUIRE_EQ(1, read(ends[0], &octet, 1));
	ATF_REQUIRE_EQ('x', octet);
}

/* One bad message between two good ones: the first good one counts. */
static void
is_broken_by(enum role self, enum role peer, uint32_t type, const void *data,
    size_t len, int passed, uint32_t good, const void *good_data,
    size_t good_len)
{
	struct channel ch;
	int fd = begin(&ch, self, peer);

	put_message(fd, good, good_data, good_len, -1);
	put_message(fd, type, data, len, passed);
	put_message(fd, good, good_data, good_len, -1);
	channel_start(&ch);
	run();
	ATF_REQUIRE_EQ_MSG(1, seen.messages, "%u messages", seen.messages);
	ATF_REQUIRE_EQ(1, seen.gone);
	ATF_REQUIRE_EQ(1, seen.broken);
	/* The other end sees that it was closed. */
	ATF_REQUIRE(write(fd, "", 1) == -1 && errno == EPIPE);
	close(fd);
}

static void
is_broken(uint32_t type, const void *data, size_t len, int passed)
{
	struct proto_committed good = { 1, 1, 0 };

	is_broken_by(ROLE_SMTP, ROLE_QUEUE, type, data, len, passed,
	    PROTO_COMMITTED, &good, sizeof(good));
}

ATF_TC_WITHOUT_HEAD(channel_ends_with_a_message_of_unknown_type);
ATF_TC_BODY(channel_ends_with_a_message_of_unknown_type, tc)
{
	struct proto_committed row = { 2, 1, 0 };

	is_broken(0, &row, sizeof(row), -1);
	is_broken(99999, &row, sizeof(row), -1);
	is_broken(0xffffffff, &row, sizeof(row), -1);
	/* Known, but not between these two. */
	is_broken(PROTO_CTL_STOP, &row, sizeof(uint64_t), -1);
	is_broken(PROTO_CONF_SWITCH, NULL, 0, -1);
}

ATF_TC_WITHOUT_HEAD(channel_ends_with_a_message_of_wrong_length);
ATF_TC_BODY(channel_ends_with_a_message_of_wrong_length, tc)
{
	struct proto_committed rows[2] = { { 2, 1, 0 }, { 3, 1, 0 } };

	is_broken(PROTO_COMMITTED, rows, sizeof(rows[0]) - 1, -1);
	is_broken(PROTO_COMMITTED, rows, sizeof(rows[0]) + 1, -1);
	is_broken(PROTO_COMMITTED, rows, sizeof(rows), -1);
	is_broken(PROTO_COMMITTED, NULL, 0, -1);
}

ATF_TC_WITHOUT_HEAD(channel_ends_with_an_impossible_length);
ATF_TC_BODY(channel_ends_with_an_impossible_length, tc)
{
	static const uint32_t lens[] = { 0, 15, PROTO_MAX_SIZE + 17,
	    0x7fffffff };
	struct imsg_hdr hdr;
	struct channel ch;
	size_t i;
	int fd;

	for (i = 0; i < nitems(lens); i++) {
		fd = begin(&ch, ROLE_SMTP, ROLE_QUEUE);
		memset(&hdr, 0, sizeof(hdr));
		hdr.type = PROTO_COMMITTED;
		hdr.len = lens[i];
		ATF_REQUIRE_EQ(sizeof(hdr), write(fd, &hdr, sizeof(hdr)));
		channel_start(&ch);
		run();
		ATF_REQUIRE_EQ_MSG(1, seen.gone, "%u", lens[i]);
		ATF_REQUIRE_EQ(1, seen.broken);
		close(fd);
	}
}

ATF_TC_WITHOUT_HEAD(channel_ends_with_a_descriptor_out_of_place);
ATF_TC_BODY(channel_ends_with_a_descriptor_out_of_place, tc)
{
	struct proto_committed row = { 2, 1, 0 };
	struct proto_conf_begin good = { 1 };
	struct proto_peer peer = { ROLE_QUEUE, 0 };

	is_broken(PROTO_COMMITTED, &row, sizeof(row), dup(STDERR_FILENO));
	/* And one that should come with the message, but doesn't. */
	is_broken_by(ROLE_SMTP, ROLE_PARENT, PROTO_PEER, &peer, sizeof(peer),
	    -1, PROTO_CONF_BEGIN, &good, sizeof(good));
}

/* Sends an octet, with many descriptors. */
static void
put_descriptors(int fd, char octet, size_t n)
{
	union {
		struct cmsghdr	hdr;
		unsigned char	buf[CMSG_SPACE(sizeof(int) * 8)];
	} control;
	struct iovec iov = { &octet, 1 };
	struct msghdr msg;
	struct cmsghdr *cmsg;
	size_t i;

	memset(&msg, 0, sizeof(msg));
	memset(&control, 0, sizeof(control));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = &control;
	msg.msg_controllen = CMSG_SPACE(sizeof(int) * n);
	cmsg = CMSG_FIRSTHDR(&msg);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int) * n);
	for (i = 0; i < n; i++)
		memcpy(CMSG_DATA(cmsg) + i * sizeof(fd), &fd, sizeof(fd));
	ATF_REQUIRE_EQ(1, sendmsg(fd, &msg, 0));
}

ATF_TC_WITHOUT_HEAD(channel_holds_no_descriptors_of_a_client);
ATF_TC_BODY(channel_holds_no_descriptors_of_a_client, tc)
{
	struct channel ch;
	unsigned int before;
	int fd = begin(&ch, ROLE_CONTROL, ROLE_MIXCTL);
	int i;

	channel_start(&ch);
	before = open_descriptors();
	/* Fewer octets than a header has: the message never comes. */
	for (i = 0; i < 12; i++) {
		put_descriptors(fd, 1, 8);
		run();
	}
	ATF_REQUIRE_EQ(before, open_descriptors());
	ATF_REQUIRE_EQ(0, seen.gone);
}

ATF_TC_WITHOUT_HEAD(channel_takes_what_came_before_the_end);
ATF_TC_BODY(channel_takes_what_came_before_the_end, tc)
{
	struct channel ch;
	uint8_t buf[8192];
	int fd = begin(&ch, ROLE_SMTP, ROLE_QUEUE);

	put(fd, buf, octets(buf, sizeof(buf), 1, 50));
	close(fd);
	channel_start(&ch);
	run();
	ATF_REQUIRE_EQ(50, seen.messages);
	ATF_REQUIRE(seen.in_order);
	ATF_REQUIRE_EQ(1, seen.gone);
	ATF_REQUIRE_EQ(0, seen.broken);
}

ATF_TC_WITHOUT_HEAD(channel_is_not_broken_by_an_early_end);
ATF_TC_BODY(channel_is_not_broken_by_an_early_end, tc)
{
	struct channel ch;
	uint8_t buf[256];
	int fd = begin(&ch, ROLE_SMTP, ROLE_QUEUE);

	/* The peer died in the middle of its second message. */
	put(fd, buf, octets(buf, sizeof(buf), 1, 2) - 3);
	close(fd);
	channel_start(&ch);
	run();
	ATF_REQUIRE_EQ(1, seen.messages);
	ATF_REQUIRE_EQ(1, seen.gone);
	ATF_REQUIRE_EQ(0, seen.broken);
}

ATF_TC_WITHOUT_HEAD(wait_takes_one_message);
ATF_TC_BODY(wait_takes_one_message, tc)
{
	struct channel ch;
	uint8_t buf[256];
	int fd = begin(&ch, ROLE_SMTP, ROLE_QUEUE);

	put(fd, buf, octets(buf, sizeof(buf), 1, 3));
	ATF_REQUIRE_EQ(1, channel_wait(&ch, 1000));
	ATF_REQUIRE_EQ(1, seen.messages);
	ATF_REQUIRE_EQ(1, channel_wait(&ch, 1000));
	ATF_REQUIRE_EQ(2, seen.messages);
	ATF_REQUIRE_EQ(1, channel_wait(&ch, 1000));
	ATF_REQUIRE_EQ(3, seen.messages);
	ATF_REQUIRE_EQ(0, channel_wait(&ch, 0));
}

ATF_TC_WITHOUT_HEAD(wait_leaves_the_rest_to_the_loop);
ATF_TC_BODY(wait_leaves_the_rest_to_the_loop, tc)
{
	struct channel ch;
	uint8_t buf[256];
	int fd = begin(&ch, ROLE_SMTP, ROLE_QUEUE);

	channel_start(&ch);
	put(fd, buf, octets(buf, sizeof(buf), 1, 3));
	ATF_REQUIRE_EQ(1, channel_wait(&ch, 1000));
	ATF_REQUIRE_EQ(1, seen.messages);
	/* No octet comes that would wake it. */
	run();
	ATF_REQUIRE_EQ(3, seen.messages);
	ATF_REQUIRE_EQ(0, seen.gone);
}

ATF_TC_WITHOUT_HEAD(wait_ends_with_its_time);
ATF_TC_BODY(wait_ends_with_its_time, tc)
{
	struct channel ch;
	int64_t start;

	(void)begin(&ch, ROLE_SMTP, ROLE_QUEUE);
	start = now_ms();
	ATF_REQUIRE_EQ(0, channel_wait(&ch, 150));
	ATF_REQUIRE(now_ms() - start >= 149);
	ATF_REQUIRE(now_ms() - start < 5000);
	ATF_REQUIRE_EQ(0, seen.gone);
}

/* A process that writes an octet every 50 ms, for as long as it may. */
static pid_t
trickle(int fd, const uint8_t *buf, size_t len)
{
	const struct timespec step = { 0, 50000000 };
	size_t i;
	pid_t pid;

	if ((pid = fork()) != 0)
		return (pid);
	for (i = 0; i < len; i++) {
		nanosleep(&step, NULL);
		if (write(fd, buf + i, 1) != 1)
			break;
	}
	_exit(0);
}

ATF_TC_WITHOUT_HEAD(wait_is_not_stretched_by_single_octets);
ATF_TC_BODY(wait_is_not_stretched_by_single_octets, tc)
{
	struct channel ch;
	uint8_t buf[4096];
	int64_t start;
	int fd = begin(&ch, ROLE_SMTP, ROLE_QUEUE);
	pid_t pid = trickle(fd, buf, octets(buf, sizeof(buf), 1, 100));

	ATF_REQUIRE(pid != -1);
	start = now_ms();
	ATF_REQUIRE_EQ(0, channel_wait(&ch, 400));
	ATF_REQUIRE(now_ms() - start < 1500);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

ATF_TC_WITHOUT_HEAD(wait_says_that_the_peer_is_gone);
ATF_TC_BODY(wait_says_that_the_peer_is_gone, tc)
{
	struct channel ch;
	uint8_t buf[256];
	int fd = begin(&ch, ROLE_SMTP, ROLE_QUEUE);

	put(fd, buf, octets(buf, sizeof(buf), 1, 1));
	close(fd);
	ATF_REQUIRE_EQ(1, channel_wait(&ch, 1000));
	ATF_REQUIRE_EQ(-1, channel_wait(&ch, 1000));
	ATF_REQUIRE_EQ(1, seen.gone);
	ATF_REQUIRE_EQ(0, seen.broken);
	ATF_REQUIRE_EQ(-1, channel_wait(&ch, 1000));
	ATF_REQUIRE_EQ(1, seen.gone);

	fd = begin(&ch, ROLE_SMTP, ROLE_QUEUE);
	put_message(fd, 99999, NULL, 0, -1);
	ATF_REQUIRE_EQ(-1, channel_wait(&ch, 1000));
	ATF_REQUIRE_EQ(1, seen.gone);
	ATF_REQUIRE_EQ(1, seen.broken);
}

static struct proto_frame frame;

static void
send_frame(struct channel *ch, uint64_t txn)
{
	struct iovec iov = { &frame, sizeof(frame) };

	frame.txn = txn;
	ATF_REQUIRE_EQ(0, channel_send(ch, PROTO_FRAME, &iov, 1, -1));
}

ATF_TC_WITHOUT_HEAD(flush_gives_up_on_a_peer_that_does_not_read);
ATF_TC_BODY(flush_gives_up_on_a_peer_that_does_not_read, tc)
{
	struct channel ch;
	int64_t start;
	uint64_t i;
	int fd = begin(&ch, ROLE_SMTP, ROLE_CRYPTO);

	for (i = 0; i < 200; i++)
		send_frame(&ch, i);
	start = now_ms();
	ATF_REQUIRE_EQ(-1, channel_flush(&ch, 200));
	ATF_REQUIRE(now_ms() - start >= 199);
	ATF_REQUIRE(now_ms() - start < 5000);
	/* What is left is not lost. */
	ATF_REQUIRE(imsg_queuelen(&ch.ibuf) > 0);
	ATF_REQUIRE(ch.fd != -1);
	close(fd);
	ATF_REQUIRE_EQ(-1, channel_flush(&ch, 200));
}

ATF_TC_WITHOUT_HEAD(flush_writes_all);
ATF_TC_BODY(flush_writes_all, tc)
{
	struct channel ch, other;
	int status;
	pid_t pid;

	channel_init(&other, begin(&ch, ROLE_CRYPTO, ROLE_SMTP), ROLE_SMTP,
	    ROLE_CRYPTO, 0);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		channel_close(&other);
		channel_start(&ch);
		while (seen.gone == 0)
			event_loop(EVLOOP_ONCE);
		_exit(seen.messages == 200 && seen.in_order ? 0 : 1);
	}
	channel_close(&ch);
	while (seen.last < 200)
		send_frame(&other, ++seen.last);
	ATF_REQUIRE_EQ(0, channel_flush(&other, 20000));
	ATF_REQUIRE_EQ(0, imsg_queuelen(&other.ibuf));
	channel_close(&other);
	ATF_REQUIRE_EQ(-1, channel_flush(&other, 200));
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

ATF_TC_WITHOUT_HEAD(what_handlers_say_goes_at_once);
ATF_TC_BODY(what_handlers_say_goes_at_once, tc)
{
	struct proto_committed row = { 0, 1, 0 };
	struct iovec iov = { &row, sizeof(row) };
	struct channel ch;
	uint8_t said[2048], got[2048];
	size_t len = octets(said, sizeof(said), 1, 10);
	int fd = begin(&ch, ROLE_QUEUE, ROLE_SMTP);

	channel_start(&ch);
	while (row.txn++ < 10)
		ATF_REQUIRE_EQ(0, channel_send(&ch, PROTO_COMMITTED, &iov, 1,
		    -1));
	ATF_REQUIRE(read(fd, got, sizeof(got)) == -1 && errno == EAGAIN);
	event_loop(EVLOOP_NONBLOCK);
	ATF_REQUIRE_EQ((ssize_t)len, read(fd, got, sizeof(got)));
	/* The socket was never waited for. */
	ATF_REQUIRE_EQ(0, event_pending(&ch.ev, EV_WRITE, NULL));
}

ATF_TC_WITHOUT_HEAD(an_error_of_writing_is_told_by_the_loop);
ATF_TC_BODY(an_error_of_writing_is_told_by_the_loop, tc)
{
	struct channel ch;
	int fd = begin(&ch, ROLE_SMTP, ROLE_CRYPTO);

	channel_start(&ch);
	close(fd);
	send_frame(&ch, 1);
	ATF_REQUIRE_EQ(0, seen.gone);
	ATF_REQUIRE(ch.fd != -1);
	run();
	ATF_REQUIRE_EQ(1, seen.gone);
	ATF_REQUIRE_EQ(0, seen.broken);
}

ATF_TC_WITHOUT_HEAD(a_full_socket_is_waited_for);
ATF_TC_BODY(a_full_socket_is_waited_for, tc)
{
	static uint8_t buf[65536];
	struct channel ch;
	size_t got = 0;
	ssize_t n;
	uint64_t i;
	int fd = begin(&ch, ROLE_SMTP, ROLE_CRYPTO);

	channel_start(&ch);
	for (i = 0; i < 200; i++)
		send_frame(&ch, i);
	run();
	ATF_REQUIRE(event_pending(&ch.ev, EV_WRITE, NULL) != 0);
	/* A flush that is given up leaves it so. */
	ATF_REQUIRE_EQ(-1, channel_flush(&ch, 0));
	ATF_REQUIRE(event_pending(&ch.ev, EV_WRITE, NULL) != 0);
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		got += (size_t)n;
		event_loop(EVLOOP_NONBLOCK);
	}
	ATF_REQUIRE_EQ(200 * (sizeof(struct imsg_hdr) + sizeof(frame)), got);
	ATF_REQUIRE_EQ(0, event_pending(&ch.ev, EV_WRITE, NULL));
	ATF_REQUIRE_EQ(0, seen.gone);
}

ATF_TC_WITHOUT_HEAD(channel_carries_much_with_few_in_the_queue);
ATF_TC_BODY(channel_carries_much_with_few_in_the_queue, tc)
{
	const uint64_t total = 10000;
	const uint32_t most = 64;
	struct channel ch, other;
	uint64_t sent = 0;

	channel_init(&other, begin(&ch, ROLE_CRYPTO, ROLE_SMTP), ROLE_SMTP,
	    ROLE_CRYPTO, 0);
	channel_start(&ch);
	channel_start(&other);
	while (seen.messages < total) {
		while (sent < total && imsg_queuelen(&other.ibuf) < most)
			send_frame(&other, ++sent);
		ATF_REQUIRE(event_loop(EVLOOP_ONCE) != -1);
		ATF_REQUIRE(imsg_queuelen(&other.ibuf) <= most);
		ATF_REQUIRE_EQ(0, seen.gone);
	}
	ATF_REQUIRE_EQ(total, seen.messages);
	ATF_REQUIRE_EQ(total, seen.last);
	ATF_REQUIRE(seen.in_order);
	ATF_REQUIRE_EQ(0, imsg_queuelen(&other.ibuf));
}

ATF_TC_WITHOUT_HEAD(channel_takes_nothing_when_closed);
ATF_TC_BODY(channel_takes_nothing_when_closed, tc)
{
	struct channel ch;
	struct proto_peer row = { ROLE_QUEUE, 0 };
	struct iovec iov = { &row, sizeof(row) };
	int fd;

	(void)begin(&ch, ROLE_PARENT, ROLE_SMTP);
	channel_start(&ch);
	channel_close(&ch);
	ATF_REQUIRE((fd = dup(STDERR_FILENO)) != -1);
	ATF_REQUIRE_EQ(-1, channel_send(&ch, PROTO_PEER, &iov, 1, fd));
	/* The descriptor is the channel's all the same. */
	ATF_REQUIRE_EQ(-1, fcntl(fd, F_GETFD));
	channel_close(&ch);
	ATF_REQUIRE_EQ(0, seen.gone);
}

ATF_TC_WITHOUT_HEAD(sending_what_the_rules_forbid_is_fatal);
ATF_TC_BODY(sending_what_the_rules_forbid_is_fatal, tc)
{
	struct channel ch;
	struct iovec iov = { &frame, sizeof(frame) };
	int status;
	pid_t pid;

	(void)begin(&ch, ROLE_SMTP, ROLE_QUEUE);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		channel_send(&ch, PROTO_FRAME, &iov, 1, -1);
		_exit(0);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, channel_takes_glued_messages_apart);
	ATF_TP_ADD_TC(tp, channel_joins_split_messages);
	ATF_TP_ADD_TC(tp, channel_passes_a_descriptor);
	ATF_TP_ADD_TC(tp, channel_ends_with_a_message_of_unknown_type);
	ATF_TP_ADD_TC(tp, channel_ends_with_a_message_of_wrong_length);
	ATF_TP_ADD_TC(tp, channel_ends_with_an_impossible_length);
	ATF_TP_ADD_TC(tp, channel_ends_with_a_descriptor_out_of_place);
	ATF_TP_ADD_TC(tp, channel_holds_no_descriptors_of_a_client);
	ATF_TP_ADD_TC(tp, channel_takes_what_came_before_the_end);
	ATF_TP_ADD_TC(tp, channel_is_not_broken_by_an_early_end);
	ATF_TP_ADD_TC(tp, wait_takes_one_message);
	ATF_TP_ADD_TC(tp, wait_leaves_the_rest_to_the_loop);
	ATF_TP_ADD_TC(tp, wait_ends_with_its_time);
	ATF_TP_ADD_TC(tp, wait_is_not_stretched_by_single_octets);
	ATF_TP_ADD_TC(tp, wait_says_that_the_peer_is_gone);
	ATF_TP_ADD_TC(tp, flush_gives_up_on_a_peer_that_does_not_read);
	ATF_TP_ADD_TC(tp, flush_writes_all);
	ATF_TP_ADD_TC(tp, what_handlers_say_goes_at_once);
	ATF_TP_ADD_TC(tp, an_error_of_writing_is_told_by_the_loop);
	ATF_TP_ADD_TC(tp, a_full_socket_is_waited_for);
	ATF_TP_ADD_TC(tp, channel_carries_much_with_few_in_the_queue);
	ATF_TP_ADD_TC(tp, channel_takes_nothing_when_closed);
	ATF_TP_ADD_TC(tp, sending_what_the_rules_forbid_is_fatal);

	return (atf_no_error());
}
