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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"
#include "compat/imsg.h"

#define BODY	30720

static struct imsgbuf	a, b;

static void
open_pair(void)
{
	int sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ATF_REQUIRE_EQ(0, fcntl(sv[0], F_SETFL, O_NONBLOCK));
	ATF_REQUIRE_EQ(0, fcntl(sv[1], F_SETFL, O_NONBLOCK));
	ATF_REQUIRE_EQ(0, imsg_init(&a, sv[0]));
	ATF_REQUIRE_EQ(0, imsg_init(&b, sv[1]));
}

static void
close_pair(void)
{
	imsg_clear(&a);
	imsg_clear(&b);
	close(a.fd);
	close(b.fd);
}

static void
send_text(uint32_t type, int fd, const char *text)
{
	ATF_REQUIRE_EQ(1, imsg_compose(&a, type, 0, 0, fd, text,
	    strlen(text) + 1));
}

static void
expect_text(uint32_t type, const char *text)
{
	struct imsg imsg;

	ATF_REQUIRE(imsg_get(&b, &imsg) > 0);
	ATF_REQUIRE_EQ(type, imsg.hdr.type);
	ATF_REQUIRE_EQ(-1, imsg.fd);
	ATF_REQUIRE_EQ(strlen(text) + 1, imsg_get_len(&imsg));
	ATF_REQUIRE_STREQ(text, (const char *)imsg.data);
	imsg_free(&imsg);
}

/* A descriptor of a file with this one octet in it. */
static int
fd_with(char octet)
{
	char name[] = "imsg_test.XXXXXX";
	int fd;

	ATF_REQUIRE((fd = mkstemp(name)) != -1);
	ATF_REQUIRE_EQ(0, unlink(name));
	ATF_REQUIRE_EQ(1, pwrite(fd, &octet, 1, 0));
	return fd;
}

static void
expect_fd(uint32_t type, char octet)
{
	struct imsg imsg;
	char got;
	int fd;

	ATF_REQUIRE(imsg_get(&b, &imsg) > 0);
	ATF_REQUIRE_EQ(type, imsg.hdr.type);
	ATF_REQUIRE((fd = imsg_get_fd(&imsg)) != -1);
	ATF_REQUIRE_EQ(-1, imsg_get_fd(&imsg));
	ATF_REQUIRE(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ATF_REQUIRE_EQ(1, pread(fd, &got, 1, 0));
	ATF_REQUIRE_EQ(octet, got);
	close(fd);
	imsg_free(&imsg);
}

static int
open_fds(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

ATF_TC_WITHOUT_HEAD(message_arrives_with_its_header);
ATF_TC_BODY(message_arrives_with_its_header, tc)
{
	struct imsg imsg;

	open_pair();
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 7, 8, 9, -1, "abc", 3));
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 10, 0, 0, -1, NULL, 0));
	ATF_REQUIRE_EQ(2, imsg_queuelen(&a));
	ATF_REQUIRE_EQ(1, imsg_write(&a));
	ATF_REQUIRE_EQ(0, imsg_queuelen(&a));
	ATF_REQUIRE(imsg_read(&b) > 0);
	ATF_REQUIRE_EQ(IMSG_HEADER_SIZE + 3, imsg_get(&b, &imsg));
	ATF_REQUIRE_EQ(7, imsg.hdr.type);
	ATF_REQUIRE_EQ(8, imsg.hdr.peerid);
	ATF_REQUIRE_EQ(9, imsg.hdr.pid);
	ATF_REQUIRE_EQ(3, imsg_get_len(&imsg));
	ATF_REQUIRE_EQ(0, memcmp(imsg.data, "abc", 3));
	imsg_free(&imsg);
	ATF_REQUIRE_EQ(IMSG_HEADER_SIZE, imsg_get(&b, &imsg));
	ATF_REQUIRE_EQ(getpid(), (pid_t)imsg.hdr.pid);
	ATF_REQUIRE_EQ(0, imsg_get_len(&imsg));
	imsg_free(&imsg);
	ATF_REQUIRE_EQ(0, imsg_get(&b, &imsg));
	close_pair();
}

ATF_TC_WITHOUT_HEAD(message_is_composed_of_parts);
ATF_TC_BODY(message_is_composed_of_parts, tc)
{
	char one[] = "one ", two[] = "two";
	struct iovec iov[2] = { { one, 4 }, { two, 4 } };
	struct ibuf *buf;

	open_pair();
	ATF_REQUIRE_EQ(1, imsg_composev(&a, 1, 0, 0, -1, iov, 2));
	ATF_REQUIRE((buf = imsg_create(&a, 2, 0, 0, 0)) != NULL);
	ATF_REQUIRE_EQ(4, imsg_add(buf, one, 4));
	ATF_REQUIRE_EQ(4, imsg_add(buf, two, 4));
	imsg_close(&a, buf);
	ATF_REQUIRE_EQ(0, imsg_flush(&a));
	ATF_REQUIRE(imsg_read(&b) > 0);
	expect_text(1, "one two");
	expect_text(2, "one two");
	close_pair();
}

ATF_TC_WITHOUT_HEAD(message_arrives_octet_by_octet);
ATF_TC_BODY(message_arrives_octet_by_octet, tc)
{
	unsigned char raw[256];
	struct imsg imsg;
	ssize_t n, i;

	open_pair();
	send_text(1, -1, "slowly");
	send_text(2, -1, "but surely");
	ATF_REQUIRE_EQ(0, imsg_flush(&a));
	ATF_REQUIRE((n = read(b.fd, raw, sizeof(raw))) > 0);
	for (i = 0; i < n; i++) {
		ATF_REQUIRE_EQ(1, write(a.fd, raw + i, 1));
		ATF_REQUIRE_EQ(1, imsg_read(&b));
		if (i == (ssize_t)IMSG_HEADER_SIZE + 6)
			expect_text(1, "slowly");
		else if (i < n - 1)
			ATF_REQUIRE_EQ(0, imsg_get(&b, &imsg));
	}
	expect_text(2, "but surely");
	close_pair();
}

ATF_TC_WITHOUT_HEAD(nothing_to_read_is_eagain);
ATF_TC_BODY(nothing_to_read_is_eagain, tc)
{
	open_pair();
	ATF_REQUIRE_ERRNO(EAGAIN, imsg_read(&b) == -1);
	ATF_REQUIRE_EQ(1, imsg_write(&a));
	close_pair();
}

ATF_TC_WITHOUT_HEAD(closed_peer_is_zero_and_then_epipe);
ATF_TC_BODY(closed_peer_is_zero_and_then_epipe, tc)
{
	struct imsg imsg;

	open_pair();
	send_text(1, -1, "last words");
	ATF_REQUIRE_EQ(0, imsg_flush(&a));
	close(a.fd);
	ATF_REQUIRE(imsg_read(&b) > 0);
	expect_text(1, "last words");
	ATF_REQUIRE_EQ(0, imsg_read(&b));
	ATF_REQUIRE_EQ(0, imsg_get(&b, &imsg));
	ATF_REQUIRE_EQ(1, imsg_compose(&b, 1, 0, 0, -1, "x", 1));
	ATF_REQUIRE_ERRNO(EPIPE, imsg_write(&b) == -1);
	ATF_REQUIRE_ERRNO(EPIPE, imsg_flush(&b) == -1);
	imsg_clear(&a);
	imsg_clear(&b);
	close(b.fd);
}

/* Sends a raw header with this length. */
static void
send_header(uint32_t len)
{
	struct imsg_hdr hdr;

	memset(&hdr, 0, sizeof(hdr));
	hdr.len = len;
	ATF_REQUIRE_EQ(sizeof(hdr), write(a.fd, &hdr, sizeof(hdr)));
}

ATF_TC_WITHOUT_HEAD(impossible_lengths_are_refused);
ATF_TC_BODY(impossible_lengths_are_refused, tc)
{
	static const uint32_t lengths[] = { 0, 1, IMSG_HEADER_SIZE - 1,
	    MAX_IMSGSIZE + 1, 0x7fffffff, 0x80000000, 0xffffffff };
	struct imsg imsg;
	size_t i;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		open_pair();
		send_header(lengths[i]);
		ATF_REQUIRE(imsg_read(&b) > 0);
		ATF_REQUIRE_ERRNO(ERANGE, imsg_get(&b, &imsg) == -1);
		close_pair();
	}
}

ATF_TC_WITHOUT_HEAD(largest_message_is_limited_on_both_ends);
ATF_TC_BODY(largest_message_is_limited_on_both_ends, tc)
{
	static unsigned char data[65537];
	struct iovec iov[2] = { { data, 40000 }, { data, 25537 } };
	struct imsg imsg;

	open_pair();
	ATF_REQUIRE_ERRNO(ERANGE, imsg_compose(&a, 1, 0, 0, -1, data,
	    MAX_IMSGSIZE - IMSG_HEADER_SIZE + 1) == -1);
	ATF_REQUIRE_EQ(0, imsg_set_maxsize(&a, 65536));
	ATF_REQUIRE_ERRNO(ERANGE, imsg_compose(&a, 1, 0, 0, -1, data,
	    65537) == -1);
	ATF_REQUIRE_ERRNO(ERANGE, imsg_composev(&a, 1, 0, 0, -1, iov, 2) ==
	    -1);
	ATF_REQUIRE_EQ(0, imsg_queuelen(&a));
	data[65535] = 9;
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, 0, 0, -1, data, 65536));
	ATF_REQUIRE_EQ(0, imsg_flush(&a));
	ATF_REQUIRE_EQ(0, imsg_set_maxsize(&b, 65536));
	while (imsg_get(&b, &imsg) == 0)
		ATF_REQUIRE(imsg_read(&b) > 0);
	ATF_REQUIRE_EQ(65536, imsg_get_len(&imsg));
	ATF_REQUIRE_EQ(0, memcmp(data, imsg.data, 65536));
	imsg_free(&imsg);
	ATF_REQUIRE_ERRNO(ERANGE, imsg_set_maxsize(&a, UINT32_MAX) == -1);
	close_pair();
}

ATF_TC_WITHOUT_HEAD(descriptor_goes_to_its_message_when_glued);
ATF_TC_BODY(descriptor_goes_to_its_message_when_glued, tc)
{
	struct imsg imsg;

	open_pair();
	send_text(1, -1, "before");
	ATF_REQUIRE_EQ(1, imsg_write(&a));
	send_text(2, fd_with('x'), "with");
	send_text(3, -1, "behind");
	ATF_REQUIRE_EQ(0, imsg_flush(&a));
	while (imsg_read(&b) > 0)
		continue;
	expect_text(1, "before");
	expect_fd(2, 'x');
	expect_text(3, "behind");
	ATF_REQUIRE_EQ(0, imsg_get(&b, &imsg));
	close_pair();
}

ATF_TC_WITHOUT_HEAD(descriptors_keep_their_order);
ATF_TC_BODY(descriptors_keep_their_order, tc)
{
	int before, i;

	before = open_fds();
	open_pair();
	for (i = 0; i < 20; i++) {
		send_text((uint32_t)i, -1, "plain");
		send_text((uint32_t)i, fd_with((char)('a' + i)), "with");
	}
	ATF_REQUIRE_EQ(0, imsg_flush(&a));
	while (imsg_read(&b) > 0)
		continue;
	for (i = 0; i < 20; i++) {
		expect_text((uint32_t)i, "plain");
		expect_fd((uint32_t)i, (char)('a' + i));
	}
	close_pair();
	ATF_REQUIRE_EQ(before, open_fds());
}

ATF_TC_WITHOUT_HEAD(descriptor_survives_partial_reads);
ATF_TC_BODY(descriptor_survives_partial_reads, tc)
{
	struct imsg imsg;
	int small = 2048;
	static char text[12000];
	int i;

	open_pair();
	ATF_REQUIRE_EQ(0, setsockopt(a.fd, SOL_SOCKET, SO_SNDBUF, &small,
	    sizeof(small)));
	memset(text, 't', sizeof(text) - 1);
	for (i = 0; i < 4; i++)
		send_text((uint32_t)i, fd_with((char)('a' + i)), text);
	i = 0;
	while (i < 4) {
		if (imsg_write(&a) == -1)
			ATF_REQUIRE_EQ(EAGAIN, errno);
		if (imsg_read(&b) == -1)
			ATF_REQUIRE_EQ(EAGAIN, errno);
		if (imsg_get(&b, &imsg) > 0) {
			char got;

			ATF_REQUIRE_EQ(1, pread(imsg.fd, &got, 1, 0));
			ATF_REQUIRE_EQ('a' + i, got);
			ATF_REQUIRE_STREQ(text, (const char *)imsg.data);
			imsg_free(&imsg);
			i++;
		}
	}
	close_pair();
}

/* Sends octets with some descriptors, as no honest peer would. */
static void
send_raw(const void *data, size_t len, int nfds)
{
	union {
		struct cmsghdr	hdr;
		unsigned char	buf[CMSG_SPACE(8 * sizeof(int))];
	} control;
	struct iovec iov;
	struct msghdr msg;
	struct cmsghdr *cmsg;
	int fds[8], i;

	for (i = 0; i < nfds; i++)
		fds[i] = fd_with('?');
	memset(&control, 0, sizeof(control));
	memset(&msg, 0, sizeof(msg));
	memcpy(&iov.iov_base, &data, sizeof(data));
	iov.iov_len = len;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = &control;
	msg.msg_controllen = CMSG_SPACE((size_t)nfds * sizeof(int));
	cmsg = CMSG_FIRSTHDR(&msg);
	cmsg->cmsg_len = CMSG_LEN((size_t)nfds * sizeof(int));
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(cmsg), fds, (size_t)nfds * sizeof(int));
	ATF_REQUIRE_EQ((ssize_t)len, sendmsg(a.fd, &msg, 0));
	for (i = 0; i < nfds; i++)
		close(fds[i]);
}

ATF_TC_WITHOUT_HEAD(unclaimed_descriptors_are_closed);
ATF_TC_BODY(unclaimed_descriptors_are_closed, tc)
{
	struct imsg_hdr hdr;
	struct imsg imsg;
	int before;

	open_pair();
	before = open_fds();
	memset(&hdr, 0, sizeof(hdr));
	hdr.len = sizeof(hdr);
	send_raw(&hdr, sizeof(hdr), 3);
	ATF_REQUIRE(imsg_read(&b) > 0);
	ATF_REQUIRE_EQ(before + 3, open_fds());
	ATF_REQUIRE(imsg_get(&b, &imsg) > 0);
	ATF_REQUIRE_EQ(-1, imsg.fd);
	imsg_free(&imsg);
	ATF_REQUIRE_EQ(0, imsg_get(&b, &imsg));
	ATF_REQUIRE_EQ(before, open_fds());

	/* The next claimed one is its own, none left over from before. */
	send_text(5, fd_with('y'), "mine");
	ATF_REQUIRE_EQ(0, imsg_flush(&a));
	ATF_REQUIRE(imsg_read(&b) > 0);
	expect_fd(5, 'y');
	ATF_REQUIRE_EQ(before, open_fds());
	close_pair();
}

ATF_TC_WITHOUT_HEAD(waiting_descriptors_are_bounded);
ATF_TC_BODY(waiting_descriptors_are_bounded, tc)
{
	int before, i;

	open_pair();
	before = open_fds();
	for (i = 0; i < 100; i++) {
		send_raw("x", 1, 8);
		if (imsg_read(&b) == -1)
			break;
	}
	ATF_REQUIRE_EQ(EBADMSG, errno);
	ATF_REQUIRE_EQ(IMSG_MAX_FDS / 8, i);
	ATF_REQUIRE_EQ(before + IMSG_MAX_FDS, open_fds());
	imsg_clear(&b);
	ATF_REQUIRE_EQ(before, open_fds());
	close_pair();
}

ATF_TC_WITHOUT_HEAD(clear_closes_descriptors_not_sent);
ATF_TC_BODY(clear_closes_descriptors_not_sent, tc)
{
	int before;

	open_pair();
	before = open_fds();
	send_text(1, fd_with('z'), "never sent");
	ATF_REQUIRE_EQ(before + 1, open_fds());
	imsg_clear(&a);
	ATF_REQUIRE_EQ(before, open_fds());
	ATF_REQUIRE_EQ(0, imsg_queuelen(&a));
	close_pair();
}

ATF_TC_WITHOUT_HEAD(refused_message_leaves_descriptor_to_caller);
ATF_TC_BODY(refused_message_leaves_descriptor_to_caller, tc)
{
	static char data[MAX_IMSGSIZE];
	int fd;

	open_pair();
	fd = fd_with('c');
	ATF_REQUIRE_ERRNO(ERANGE, imsg_compose(&a, 1, 0, 0, fd, data,
	    sizeof(data)) == -1);
	ATF_REQUIRE(fcntl(fd, F_GETFD) != -1);
	close(fd);
	close_pair();
}

ATF_TC_WITHOUT_HEAD(reader_that_takes_nothing_stops_reading);
ATF_TC_BODY(reader_that_takes_nothing_stops_reading, tc)
{
	static unsigned char data[BODY];
	struct imsg imsg;
	int i, sent = 0, got = 0;

	open_pair();
	ATF_REQUIRE_EQ(0, imsg_set_maxsize(&a, 65536));
	ATF_REQUIRE_EQ(0, imsg_set_maxsize(&b, 65536));
	for (i = 0; i < 200; i++) {
		if (imsg_queuelen(&a) == 0) {
			data[0] = (unsigned char)sent++;
			ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, 0, 0, -1,
			    data, BODY));
		}
		imsg_write(&a);
		imsg_read(&b);
	}
	ATF_REQUIRE_ERRNO(EAGAIN, imsg_read(&b) == -1);
	ATF_REQUIRE(b.rsize <= 2 * (65536 + IMSG_HEADER_SIZE));
	while (got < sent) {
		imsg_write(&a);
		imsg_read(&b);
		while (imsg_get(&b, &imsg) > 0) {
			ATF_REQUIRE_EQ(got, *(unsigned char *)imsg.data);
			got++;
			imsg_free(&imsg);
		}
	}
	close_pair();
}

ATF_TC_WITHOUT_HEAD(taken_messages_leave_no_copy_in_the_buffer);
ATF_TC_BODY(taken_messages_leave_no_copy_in_the_buffer, tc)
{
	static const char secret[] = "correct horse battery staple";

	open_pair();
	send_text(1, -1, secret);
	ATF_REQUIRE_EQ(0, imsg_flush(&a));
	ATF_REQUIRE(imsg_read(&b) > 0);
	ATF_REQUIRE(memmem(b.rbuf, b.rsize, secret, sizeof(secret)) != NULL);
	expect_text(1, secret);
	ATF_REQUIRE(memmem(b.rbuf, b.rsize, secret, sizeof(secret)) == NULL);
	close_pair();
}

ATF_TC_WITHOUT_HEAD(flush_waits_for_a_slow_reader);
ATF_TC_BODY(flush_waits_for_a_slow_reader, tc)
{
	static unsigned char data[10000];
	int i, status;
	pid_t pid;

	open_pair();
	for (i = 0; i < 200; i++)
		ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, 0, 0, -1, data,
		    sizeof(data)));
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		ssize_t n, total = 0;

		close(a.fd);
		fcntl(b.fd, F_SETFL, 0);
		while ((n = read(b.fd, data, sizeof(data))) > 0)
			total += n;
		_exit(total != 200 * (ssize_t)(sizeof(data) +
		    IMSG_HEADER_SIZE));
	}
	ATF_REQUIRE_EQ(0, imsg_flush(&a));
	close_pair();
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, message_arrives_with_its_header);
	ATF_TP_ADD_TC(tp, message_is_composed_of_parts);
	ATF_TP_ADD_TC(tp, message_arrives_octet_by_octet);
	ATF_TP_ADD_TC(tp, nothing_to_read_is_eagain);
	ATF_TP_ADD_TC(tp, closed_peer_is_zero_and_then_epipe);
	ATF_TP_ADD_TC(tp, impossible_lengths_are_refused);
	ATF_TP_ADD_TC(tp, largest_message_is_limited_on_both_ends);
	ATF_TP_ADD_TC(tp, descriptor_goes_to_its_message_when_glued);
	ATF_TP_ADD_TC(tp, descriptors_keep_their_order);
	ATF_TP_ADD_TC(tp, descriptor_survives_partial_reads);
	ATF_TP_ADD_TC(tp, unclaimed_descriptors_are_closed);
	ATF_TP_ADD_TC(tp, waiting_descriptors_are_bounded);
	ATF_TP_ADD_TC(tp, clear_closes_descriptors_not_sent);
	ATF_TP_ADD_TC(tp, refused_message_leaves_descriptor_to_caller);
	ATF_TP_ADD_TC(tp, reader_that_takes_nothing_stops_reading);
	ATF_TP_ADD_TC(tp, taken_messages_leave_no_copy_in_the_buffer);
	ATF_TP_ADD_TC(tp, flush_waits_for_a_slow_reader);
	return atf_no_error();
}
