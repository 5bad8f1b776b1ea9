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

/*
 * Enters each role's real sandbox in a process of its own, with the identity
 * change and without, and tries there what the role must and must not do.
 */

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <atf-c.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat/compat.h"
#include "compat/imsg.h"
#include "config.h"
#include "sandbox.h"

#define FIRST_UID	64100
#define ORDINARY_UID	64099

static const struct {
	enum sandbox_profile	 profile;
	const char		*name;
	int			 files;
} roles[] = {
	{ SANDBOX_SMTP, "smtp", 0 },
	{ SANDBOX_CRYPTO, "crypto", 0 },
	{ SANDBOX_SEAL, "seal", 0 },
	{ SANDBOX_KEYS, "keys", 1 },
	{ SANDBOX_POOL, "pool", 0 },
	{ SANDBOX_QUEUE, "queue", 1 },
	{ SANDBOX_RELAY, "relay", 0 },
	{ SANDBOX_DELIVER, "deliver", 1 },
	{ SANDBOX_RESOLVER, "resolver", 0 },
	{ SANDBOX_DIRECTORY, "directory", 1 },
	{ SANDBOX_CONTROL, "control", 0 },
};
#define NROLES	(sizeof(roles) / sizeof(roles[0]))

/* What the child of a test starts with. */
struct child {
	size_t			 role;
	int			 privileged;
	char			 dir[64];
	struct sandbox_spec	 spec;
	const char		*rw[1];
	int			 report;	/* it writes its result here */
	int			 channel;	/* imsg with its parent */
	int			 listener;
	struct sockaddr_in	 sin;		/* of the listener */
};

static void __attribute__((__noreturn__))
fail(struct child *c, const char *what)
{
	dprintf(c->report, "%s: %s: %s", roles[c->role].name, what,
	    strerror(errno));
	_exit(1);
}

static void
check(struct child *c, int ok, const char *what)
{
	if (!ok)
		fail(c, what);
}

static void
use_memory(struct child *c)
{
	const size_t size = 64 * 1024 * 1024;
	unsigned char *p, *grown;

	check(c, (p = malloc(size)) != NULL, "malloc");
	memset(p, 1, size);
	check(c, (grown = realloc(p, 2 * size)) != NULL, "realloc");
	check(c, grown[size - 1] == 1, "contents");
	free(grown);
}

static void
use_time_and_randomness(struct child *c)
{
	struct timespec ts;
	unsigned char md[EVP_MAX_MD_SIZE], random[32] = { 0 }, zero[32] = { 0 };
	unsigned int len;

	check(c, clock_gettime(CLOCK_MONOTONIC, &ts) == 0 && time(NULL) > 0,
	    "clock");
	ts.tv_sec = 0;
	ts.tv_nsec = 1000;
	check(c, nanosleep(&ts, NULL) == 0, "nanosleep");
	check(c, poll(NULL, 0, 1) == 0, "poll");
	arc4random_buf(random, sizeof(random));
	check(c, memcmp(random, zero, sizeof(random)) != 0, "arc4random_buf");
	check(c, EVP_Digest("abc", 3, md, &len, EVP_sha256(), NULL) == 1 &&
	    md[0] == 0xba, "digest");
}

/* Gets a message with a descriptor, and answers with what is in the file. */
static void
use_channel(struct child *c)
{
	struct imsgbuf imsgbuf;
	struct imsg imsg;
	char octet = 0;
	ssize_t n;

	imsg_init(&imsgbuf, c->channel);
	while ((n = imsg_get(&imsgbuf, &imsg)) == 0)
		check(c, imsg_read(&imsgbuf) > 0, "imsg_read");
	check(c, n > 0 && imsg.fd != -1, "imsg_get");
	check(c, read(imsg.fd, &octet, 1) == 1, "read of a descriptor");
	imsg_free(&imsg);
	check(c, imsg_compose(&imsgbuf, 2, 0, 0, -1, &octet, 1) == 1 &&
	    imsg_flush(&imsgbuf) == 0, "imsg_flush");
	imsg_clear(&imsgbuf);
}

static void
use_files(struct child *c)
{
	char path[128], moved[128], data[4096] = "data";
	const char *top = c->privileged ? "" : c->dir;
	struct stat st;
	DIR *dir;
	int fd;

	snprintf(path, sizeof(path), "%s/file", top);
	snprintf(moved, sizeof(moved), "%s/directory", top);
	check(c, mkdir(moved, 0700) == 0, "mkdir");
	strlcat(moved, "/moved", sizeof(moved));
	check(c, (fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
	    0600)) != -1, "open");
	check(c, posix_fallocate(fd, 0, 65536) == 0, "fallocate");
	check(c, pwrite(fd, data, sizeof(data), 8192) == sizeof(data),
	    "pwrite");
	check(c, fdatasync(fd) == 0 && fsync(fd) == 0, "fsync");
	check(c, pread(fd, data, 4, 8192) == 4, "pread");
	check(c, ftruncate(fd, 100) == 0, "ftruncate");
	check(c, fstat(fd, &st) == 0 && st.st_size == 100, "fstat");
	check(c, lockf(fd, F_TLOCK, 0) == 0, "lockf");
	close(fd);
	check(c, rename(path, moved) == 0, "rename");
	check(c, stat(moved, &st) == 0, "stat");
	check(c, (dir = opendir(c->privileged ? "/" : c->dir)) != NULL &&
	    readdir(dir) != NULL, "readdir");
	check(c, fsync(dirfd(dir)) == 0, "fsync of a directory");
	closedir(dir);
	check(c, unlink(moved) == 0, "unlink");
}

static void
use_network(struct child *c)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);
	int fd;

	switch (roles[c->role].profile) {
	case SANDBOX_SMTP:
	case SANDBOX_CONTROL:
		check(c, (fd = accept(c->listener, (struct sockaddr *)&sin,
		    &len)) != -1, "accept");
		check(c, send(fd, "x", 1, MSG_NOSIGNAL) == 1, "send");
		close(fd);
		break;
	case SANDBOX_RELAY:
	case SANDBOX_RESOLVER:
	case SANDBOX_DIRECTORY:
		check(c, (fd = socket(AF_INET,
		    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) != -1,
		    "socket");
		check(c, connect(fd, (struct sockaddr *)&c->sin,
		    sizeof(c->sin)) == 0 || errno == EINPROGRESS, "connect");
		close(fd);
		break;
	default:
		break;
	}
}

static void
use_locked_memory(struct child *c)
{
	static unsigned char secret[4096];

	if (roles[c->role].profile == SANDBOX_CRYPTO ||
	    roles[c->role].profile == SANDBOX_KEYS)
		check(c, mlock(secret, sizeof(secret)) == 0, "mlock");
}

/* An ordinary user started the daemon. */
static void
become_ordinary(struct child *c)
{
	if (geteuid() != 0)
		return;
	check(c, setgid(ORDINARY_UID) == 0 && setuid(ORDINARY_UID) == 0,
	    "setuid");
}

static void __attribute__((__noreturn__))
run_child(struct child *c)
{
	char text[512], octet;

	if (!c->privileged)
		become_ordinary(c);
	EVP_Digest("", 0, (unsigned char *)text, NULL, EVP_sha256(), NULL);
	errno = 0;
	if (sandbox_enter(&c->spec, text, sizeof(text)) == -1)
		fail(c, text);
	check(c, strcmp(sandbox_describe(), "none") != 0, "description");
	if (c->privileged)
		check(c, strstr(sandbox_describe(), "chroot uid") != NULL,
		    "description");
	use_memory(c);
	use_time_and_randomness(c);
	use_channel(c);
	use_network(c);
	use_locked_memory(c);
	if (roles[c->role].files)
		use_files(c);
	if (sandbox_selftest(roles[c->role].profile, text, sizeof(text)) == -1)
		fail(c, text);
	/* The parent looks at this process before it lets it go. */
	dprintf(c->report, "ok %s", sandbox_describe());
	check(c, read(c->channel, &octet, 1) == 0, "end");
	_exit(0);
}

static void
prepare(struct child *c, size_t role, int privileged)
{
	socklen_t len = sizeof(c->sin);

	memset(c, 0, sizeof(*c));
	c->role = role;
	c->privileged = privileged;
	strlcpy(c->dir, "/tmp/sandbox_test.XXXXXX", sizeof(c->dir));
	ATF_REQUIRE(mkdtemp(c->dir) != NULL);
	c->spec.profile = roles[role].profile;
	c->spec.privileged = privileged;
	c->spec.uid = FIRST_UID + (uid_t)role;
	c->spec.gid = FIRST_UID + (gid_t)role;
	c->spec.chroot_dir = c->dir;
	if (roles[role].files) {
		c->rw[0] = privileged ? "/" : c->dir;
		c->spec.rw_paths = c->rw;
		c->spec.nrw = 1;
		if (geteuid() == 0)
			ATF_REQUIRE_EQ(0, chown(c->dir, privileged ?
			    c->spec.uid : ORDINARY_UID, (gid_t)-1));
	}
	ATF_REQUIRE((c->listener = socket(AF_INET, SOCK_STREAM, 0)) != -1);
	c->sin.sin_family = AF_INET;
	c->sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ATF_REQUIRE_EQ(0, bind(c->listener, (struct sockaddr *)&c->sin, len));
	ATF_REQUIRE_EQ(0, listen(c->listener, 5));
	ATF_REQUIRE_EQ(0, getsockname(c->listener, (struct sockaddr *)&c->sin,
	    &len));
}

static void
talk(int fd)
{
	struct imsgbuf imsgbuf;
	struct imsg imsg;
	ssize_t n;

	imsg_init(&imsgbuf, fd);
	ATF_REQUIRE_EQ(1, imsg_compose(&imsgbuf, 1, 0, 0,
	    open("/dev/zero", O_RDONLY), "hello", 5));
	ATF_REQUIRE_EQ(0, imsg_flush(&imsgbuf));
	/* When the child fails, its report says why. */
	while ((n = imsg_get(&imsgbuf, &imsg)) == 0) {
		if (imsg_read(&imsgbuf) <= 0)
			break;
	}
	if (n > 0)
		imsg_free(&imsg);
	imsg_clear(&imsgbuf);
}

#ifdef __linux__
static void
require_line(const char *status, const char *line)
{
	ATF_REQUIRE_MSG(strstr(status, line) != NULL, "no \"%s\" in:\n%s",
	    line, status);
}

/* What the kernel says of the process. */
static void
look_at(const struct child *c, pid_t pid)
{
	char path[64], text[4096], line[128];
	ssize_t n;
	uid_t uid;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	ATF_REQUIRE((fd = open(path, O_RDONLY)) != -1);
	ATF_REQUIRE((n = read(fd, text, sizeof(text) - 1)) > 0);
	text[n] = '\0';
	close(fd);
	require_line(text, "\nCapInh:\t0000000000000000\n");
	require_line(text, "\nCapPrm:\t0000000000000000\n");
	require_line(text, "\nCapEff:\t0000000000000000\n");
	require_line(text, "\nCapAmb:\t0000000000000000\n");
	require_line(text, "\nNoNewPrivs:\t1\n");
	require_line(text, "\nSeccomp:\t2\n");
	uid = c->privileged ? c->spec.uid : ORDINARY_UID;
	if (geteuid() != 0)
		return;
	snprintf(line, sizeof(line), "\nUid:\t%u\t%u\t%u\t%u\n", uid, uid,
	    uid, uid);
	require_line(text, line);
	if (!c->privileged)
		return;
	require_line(text, "\nCapBnd:\t0000000000000000\n");
	snprintf(line, sizeof(line), "\nGroups:\t%u \n", c->spec.gid);
	require_line(text, line);
	snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	ATF_REQUIRE((n = readlink(path, text, sizeof(text) - 1)) > 0);
	text[n] = '\0';
	ATF_REQUIRE_STREQ(c->dir, text);
}
#else
static void
look_at(const struct child *c, pid_t pid)
{
	ATF_REQUIRE_EQ(0, kill(pid, 0));
	ATF_REQUIRE(c->spec.uid != 0);
}
#endif

static void
remove_dir(const struct child *c)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/directory", c->dir);
	rmdir(path);
	snprintf(path, sizeof(path), "%s/sandbox-selftest", c->dir);
	unlink(path);
	ATF_CHECK_EQ(0, rmdir(c->dir));
}

static void
try_role(size_t role, int privileged)
{
	struct child c;
	char report[1024];
	int channel[2], report_pipe[2], client, status;
	ssize_t n;
	pid_t pid;

	prepare(&c, role, privileged);
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, channel));
	ATF_REQUIRE_EQ(0, pipe(report_pipe));
	ATF_REQUIRE((client = socket(AF_INET, SOCK_STREAM, 0)) != -1);
	ATF_REQUIRE_EQ(0, connect(client, (struct sockaddr *)&c.sin,
	    sizeof(c.sin)));
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		c.report = report_pipe[1];
		c.channel = channel[1];
		close(channel[0]);
		close(report_pipe[0]);
		run_child(&c);
	}
	close(channel[1]);
	close(report_pipe[1]);
	signal(SIGPIPE, SIG_IGN);
	talk(channel[0]);
	n = read(report_pipe[0], report, sizeof(report) - 1);
	report[n > 0 ? n : 0] = '\0';
	if (strncmp(report, "ok ", 3) == 0)
		look_at(&c, pid);
	close(channel[0]);
	close(report_pipe[0]);
	close(client);
	close(c.listener);
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	remove_dir(&c);
	ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "status %#x: %s", (unsigned int)status, report);
}

static void
require_sandbox(void)
{
	if (strcmp(SANDBOX_NAME, "none") == 0)
		atf_tc_skip("built without a sandbox");
}

/* Whether this kernel can restrict paths without a chroot; see Landlock. */
static int
paths_are_restricted(void)
{
	struct sandbox_spec spec = { .profile = SANDBOX_QUEUE };
	char text[256];
	int status;
	pid_t pid;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		if (sandbox_enter(&spec, text, sizeof(text)) == -1)
			_exit(2);
		_exit(strstr(sandbox_describe(), "landlock") == NULL &&
		    strstr(sandbox_describe(), "unveil") == NULL);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) < 2);
	return WEXITSTATUS(status) == 0;
}

ATF_TC_WITHOUT_HEAD(roles_started_as_root_do_their_work_and_no_more);
ATF_TC_BODY(roles_started_as_root_do_their_work_and_no_more, tc)
{
	size_t i;

	if (strcmp(sandbox_describe(), "none") != 0)
		atf_tc_fail("a sandbox before it was entered");
	require_sandbox();
	if (geteuid() != 0)
		atf_tc_skip("needs root");
	for (i = 0; i < NROLES; i++)
		try_role(i, 1);
}

ATF_TC_WITHOUT_HEAD(roles_of_an_ordinary_user_do_their_work_and_no_more);
ATF_TC_BODY(roles_of_an_ordinary_user_do_their_work_and_no_more, tc)
{
	size_t i;

	require_sandbox();
	for (i = 0; i < NROLES; i++) {
		if (!roles[i].files || paths_are_restricted())
			try_role(i, 0);
	}
}

/* Enters with this spec in a child; returns what went wrong there, or "". */
static const char *
enter_in_child(const struct sandbox_spec *spec)
{
	static char text[512];
	int report[2], status;
	ssize_t n;
	pid_t pid;

	ATF_REQUIRE_EQ(0, pipe(report));
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		text[0] = '\0';
		if (sandbox_enter(spec, text, sizeof(text)) == -1)
			dprintf(report[1], "%s", text);
		_exit(0);
	}
	close(report[1]);
	n = read(report[0], text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	close(report[0]);
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFEXITED(status));
	return text;
}

ATF_TC_WITHOUT_HEAD(root_is_never_kept);
ATF_TC_BODY(root_is_never_kept, tc)
{
	struct sandbox_spec spec = { .profile = SANDBOX_POOL, .privileged = 1,
	    .uid = 0, .gid = FIRST_UID, .chroot_dir = "/" };

	ATF_REQUIRE(strstr(enter_in_child(&spec), "root") != NULL);
	spec.uid = FIRST_UID;
	spec.gid = 0;
	ATF_REQUIRE(strstr(enter_in_child(&spec), "root") != NULL);
}

ATF_TC_WITHOUT_HEAD(missing_directory_is_named);
ATF_TC_BODY(missing_directory_is_named, tc)
{
	static const char *const paths[] = { "/nonexistent/rw" };
	struct sandbox_spec spec = { .profile = SANDBOX_QUEUE,
	    .uid = FIRST_UID, .gid = FIRST_UID, .chroot_dir = "/nonexistent",
	    .rw_paths = paths, .nrw = 1 };

	require_sandbox();
	if (geteuid() == 0) {
		spec.privileged = 1;
		ATF_REQUIRE_STREQ("/nonexistent: No such file or directory",
		    enter_in_child(&spec));
		spec.privileged = 0;
	}
	if (paths_are_restricted())
		ATF_REQUIRE_STREQ("/nonexistent/rw: No such file or directory",
		    enter_in_child(&spec));
}

/* The selftest of one role in another's sandbox has to notice. */
static void
expect_found(enum sandbox_profile in, enum sandbox_profile as,
    const char *const *paths, const char *expected)
{
	struct sandbox_spec spec = { .profile = in, .rw_paths = paths,
	    .nrw = 1 };
	char text[512];
	int found[2], status;
	ssize_t n;
	pid_t pid;

	ATF_REQUIRE_EQ(0, pipe(found));
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		if (sandbox_enter(&spec, text, sizeof(text)) == -1 ||
		    sandbox_selftest(as, text, sizeof(text)) != -1)
			_exit(1);
		_exit(write(found[1], text, strlen(text)) == -1);
	}
	close(found[1]);
	n = read(found[0], text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	close(found[0]);
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE_EQ(0, status);
	ATF_REQUIRE_MSG(strstr(text, expected) != NULL, "%s in %s", expected,
	    text);
}

ATF_TC_WITHOUT_HEAD(selftest_notices_the_rights_of_another_role);
ATF_TC_BODY(selftest_notices_the_rights_of_another_role, tc)
{
	const char *here[] = { "." }, *root[] = { "/" };

	require_sandbox();
	expect_found(SANDBOX_RELAY, SANDBOX_POOL, here, "tcp-socket connect");
	expect_found(SANDBOX_SMTP, SANDBOX_RELAY, here, "accept");
	expect_found(SANDBOX_QUEUE, SANDBOX_POOL, here,
	    "open-working-directory create-file");
	expect_found(SANDBOX_KEYS, SANDBOX_QUEUE, root, "open-system-file");
}

ATF_TC_WITHOUT_HEAD(parent_still_starts_roles);
ATF_TC_BODY(parent_still_starts_roles, tc)
{
	struct sandbox_spec spec = { .profile = SANDBOX_PARENT };
	char text[256];
	int status;
	pid_t pid;

	require_sandbox();
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		if (sandbox_enter(&spec, text, sizeof(text)) == -1)
			_exit(1);
		if (strcmp(sandbox_describe(), "none") == 0)
			_exit(2);
		try_role(0, geteuid() == 0);
		execl("/bin/sh", "sh", "-c", "exit 7", (char *)NULL);
		_exit(3);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFEXITED(status));
	ATF_REQUIRE_EQ(7, WEXITSTATUS(status));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, roles_started_as_root_do_their_work_and_no_more);
	ATF_TP_ADD_TC(tp, roles_of_an_ordinary_user_do_their_work_and_no_more);
	ATF_TP_ADD_TC(tp, root_is_never_kept);
	ATF_TP_ADD_TC(tp, missing_directory_is_named);
	ATF_TP_ADD_TC(tp, selftest_notices_the_rights_of_another_role);
	ATF_TP_ADD_TC(tp, parent_still_starts_roles);
	return atf_no_error();
}
