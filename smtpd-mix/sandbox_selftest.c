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
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#ifdef __linux__
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"

#include "sandbox_priv.h"

#define nitems(a)	(sizeof(a) / sizeof((a)[0]))

/* Who may do what a probe tries. */
#define NOBODY	0U
#define FILES	(1U << SANDBOX_KEYS | 1U << SANDBOX_QUEUE | \
	1U << SANDBOX_DELIVER | 1U << SANDBOX_DIRECTORY)
#define ACCEPT	(1U << SANDBOX_SMTP | 1U << SANDBOX_CONTROL)
#define ASK	(1U << SANDBOX_RESOLVER)
#define CONNECT	(1U << SANDBOX_RELAY | 1U << SANDBOX_RESOLVER | \
	1U << SANDBOX_DIRECTORY)

/*
 * Each of these returns 1 if what it tries was allowed.  Calls that would fail
 * anyway (no such descriptor, no such program) count as allowed unless they
 * fail because the sandbox refuses.
 */
static int
refused(int result)
{
	return result == -1 &&
	    (errno == EPERM || errno == EACCES || errno == ENOSYS);
}

static int
opened(const char *path, int flags)
{
	int fd;

	if ((fd = open(path, flags, 0600)) == -1)
		return 0;
	close(fd);
	return 1;
}

static int
try_root_directory(void)
{
	return opened("/", O_RDONLY | O_DIRECTORY);
}

static int
try_working_directory(void)
{
	return opened(".", O_RDONLY | O_DIRECTORY);
}

static int
try_new_file(void)
{
	return opened("sandbox-selftest", O_WRONLY | O_CREAT);
}

static int
try_system_files(void)
{
	static const char *const paths[] = { "/etc/passwd", "/etc/hosts",
	    "/dev/mem", "/proc/self/mem", "/proc/1/environ", "/root",
	    "/etc/smtpd-mix.conf", "/bin/sh" };
	size_t i;

	for (i = 0; i < nitems(paths); i++) {
		if (opened(paths[i], O_RDONLY))
			return 1;
	}
	return 0;
}

static int
try_new_system_file(void)
{
	return opened("/etc/sandbox-selftest", O_WRONLY | O_CREAT) ||
	    opened("/tmp/sandbox-selftest", O_WRONLY | O_CREAT) ||
	    opened("/sandbox-selftest-dir/x", O_WRONLY | O_CREAT);
}

static int
got_socket(int family, int type)
{
	int fd;

	if ((fd = socket(family, type, 0)) == -1)
		return 0;
	close(fd);
	return 1;
}

static int
try_tcp_socket(void)
{
	return got_socket(AF_INET, SOCK_STREAM) ||
	    got_socket(AF_INET6, SOCK_STREAM);
}

static int
try_udp_socket(void)
{
	return got_socket(AF_INET, SOCK_DGRAM) ||
	    got_socket(AF_INET6, SOCK_DGRAM);
}

static int
try_other_sockets(void)
{
	return got_socket(AF_INET, SOCK_RAW) ||
	    got_socket(AF_UNIX, SOCK_STREAM) ||
	    got_socket(AF_UNIX, SOCK_DGRAM);
}

static struct sockaddr_un
some_address(void)
{
	struct sockaddr_un sun;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, "/sandbox-selftest.sock", sizeof(sun.sun_path));
	return sun;
}

static int
try_connect(void)
{
	struct sockaddr_un sun = some_address();

	return !refused(connect(-1, (struct sockaddr *)&sun, sizeof(sun)));
}

static int
try_bind(void)
{
	struct sockaddr_un sun = some_address();

	return !refused(bind(-1, (struct sockaddr *)&sun, sizeof(sun)));
}

static int
try_listen(void)
{
	return !refused(listen(-1, 1));
}

static int
try_accept(void)
{
	return !refused(accept(-1, NULL, NULL));
}

static int
try_exec(void)
{
	char name[] = "sh", *argv[] = { name, NULL }, *envp[] = { NULL };

	return !refused(execve("/bin/sh", argv, envp));
}

static int
try_fork(void)
{
	int status;
	pid_t pid;

	if ((pid = fork()) == -1)
		return 0;
	if (pid == 0)
		_exit(0);
	waitpid(pid, &status, 0);
	return 1;
}

static int
try_signal(void)
{
	return kill(getppid(), 0) == 0 || kill(1, 0) == 0;
}

static int
try_identity(void)
{
	gid_t group = 0;

	return !refused(setuid(0)) || !refused(setgid(0)) ||
	    !refused(setresuid(0, 0, 0)) || !refused(setgroups(1, &group));
}

static int
try_chroot(void)
{
	return !refused(chroot("/"));
}

static int
try_executable_memory(void)
{
	void *p;

	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANON, -1, 0);
	if (p == MAP_FAILED)
		return 0;
	munmap(p, 4096);
	return 1;
}

static int
try_memory_made_executable(void)
{
	void *p;
	int result;

	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON,
	    -1, 0);
	if (p == MAP_FAILED)
		return 1;
	result = mprotect(p, 4096, PROT_READ | PROT_EXEC);
	munmap(p, 4096);
	return result == 0;
}

#ifdef __linux__
static int
try_ptrace(void)
{
	return !refused((int)ptrace(PTRACE_SEIZE, getppid(), NULL, NULL)) ||
	    !refused((int)ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int
try_foreign_memory(void)
{
	char octet;
	struct iovec here = { &octet, 1 }, there = { &octet, 1 };

	return !refused((int)process_vm_readv(getppid(), &here, 1, &there, 1,
	    0));
}

static int
try_mount(void)
{
	return !refused(mount("none", "/", "tmpfs", 0, NULL));
}

/* Calls that open a way around files, processes or the kernel itself. */
static int
try_rare_calls(void)
{
	static const long calls[] = { SYS_unshare, SYS_setns, SYS_bpf,
	    SYS_keyctl, SYS_add_key, SYS_userfaultfd, SYS_perf_event_open,
	    SYS_io_uring_setup, SYS_memfd_create, SYS_pidfd_open,
	    SYS_open_by_handle_at, SYS_init_module, SYS_kexec_load,
	    SYS_clone3, SYS_execveat };
	size_t i;

	for (i = 0; i < nitems(calls); i++) {
		if (!refused((int)syscall(calls[i], -1L, -1L, -1L, -1L, -1L)))
			return 1;
	}
	return 0;
}

static int
try_becoming_dumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0 ||
	    prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0;
}
#endif

static const struct probe {
	const char	*name;
	unsigned int	 allowed;	/* profiles in which it may succeed */
	int		(*try)(void);
} probes[] = {
	{ "open-root", FILES, try_root_directory },
	{ "open-working-directory", FILES, try_working_directory },
	{ "create-file", FILES, try_new_file },
	{ "open-system-file", NOBODY, try_system_files },
	{ "create-system-file", NOBODY, try_new_system_file },
	{ "tcp-socket", CONNECT, try_tcp_socket },
	{ "udp-socket", ASK, try_udp_socket },
	{ "other-socket", NOBODY, try_other_sockets },
	{ "connect", CONNECT, try_connect },
	{ "bind", ASK, try_bind },
	{ "listen", NOBODY, try_listen },
	{ "accept", ACCEPT, try_accept },
	{ "exec", NOBODY, try_exec },
	{ "fork", NOBODY, try_fork },
	{ "signal", NOBODY, try_signal },
	{ "identity", NOBODY, try_identity },
	{ "chroot", NOBODY, try_chroot },
	{ "executable-memory", NOBODY, try_executable_memory },
	{ "make-executable", NOBODY, try_memory_made_executable },
#ifdef __linux__
	{ "ptrace", NOBODY, try_ptrace },
	{ "foreign-memory", NOBODY, try_foreign_memory },
	{ "mount", NOBODY, try_mount },
	{ "rare-calls", NOBODY, try_rare_calls },
	{ "dumpable", NOBODY, try_becoming_dumpable },
#endif
};

int
sandbox_selftest(enum sandbox_profile profile, char *buf, size_t len)
{
	size_t i;
	int result = 0;

	if (len > 0)
		buf[0] = '\0';
	for (i = 0; i < nitems(probes); i++) {
		if ((probes[i].allowed & 1U << profile) != 0 ||
		    probes[i].try() == 0)
			continue;
		if (result == -1)
			strlcat(buf, " ", len);
		strlcat(buf, probes[i].name, len);
		result = -1;
	}
	return result;
}
