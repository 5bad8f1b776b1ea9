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
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sandbox_priv.h"

#define nitems(a)	(sizeof(a) / sizeof((a)[0]))

#define SOCKET_TYPE	0xf	/* without SOCK_CLOEXEC, SOCK_NONBLOCK */

/* Every role: its channels, the event loop, memory, time, the log, its end. */
static const int	base_calls[] = {
	SCMP_SYS(brk),
	SCMP_SYS(clock_getres),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_gettime64),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(close),
	SCMP_SYS(dup),
	SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_pwait2),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(eventfd2),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(fstat),
	SCMP_SYS(futex),
	SCMP_SYS(getegid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getpeername),
	SCMP_SYS(getpid),
	SCMP_SYS(getppid),
	SCMP_SYS(getrandom),
	SCMP_SYS(getrlimit),
	SCMP_SYS(getrusage),
	SCMP_SYS(getsockname),
	SCMP_SYS(getsockopt),
	SCMP_SYS(gettid),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(getuid),
	SCMP_SYS(lseek),
	SCMP_SYS(madvise),
	SCMP_SYS(mremap),
	SCMP_SYS(munmap),
	SCMP_SYS(nanosleep),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(pselect6),
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigpending),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_yield),
	SCMP_SYS(select),
	SCMP_SYS(sendmsg),
	SCMP_SYS(setsockopt),
	SCMP_SYS(shutdown),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(sysinfo),
	SCMP_SYS(time),
	SCMP_SYS(timerfd_create),
	SCMP_SYS(timerfd_settime),
	SCMP_SYS(uname),
	SCMP_SYS(write),
	SCMP_SYS(writev),
};

/* keys, queue, deliver, directory; which files, Landlock says. */
static const int	file_calls[] = {
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(fadvise64),
	SCMP_SYS(fallocate),
	SCMP_SYS(fchmod),
	SCMP_SYS(fdatasync),
	SCMP_SYS(flock),
	SCMP_SYS(fstatfs),
	SCMP_SYS(fsync),
	SCMP_SYS(ftruncate),
	SCMP_SYS(getcwd),
	SCMP_SYS(getdents64),
	SCMP_SYS(link),
	SCMP_SYS(linkat),
	SCMP_SYS(lstat),
	SCMP_SYS(mkdir),
	SCMP_SYS(mkdirat),
	SCMP_SYS(msync),
	SCMP_SYS(newfstatat),
	SCMP_SYS(open),
	SCMP_SYS(openat),
	SCMP_SYS(pread64),
	SCMP_SYS(preadv),
	SCMP_SYS(preadv2),
	SCMP_SYS(pwrite64),
	SCMP_SYS(pwritev),
	SCMP_SYS(pwritev2),
	SCMP_SYS(rename),
	SCMP_SYS(renameat),
	SCMP_SYS(renameat2),
	SCMP_SYS(rmdir),
	SCMP_SYS(stat),
	SCMP_SYS(statfs),
	SCMP_SYS(statx),
	SCMP_SYS(sync_file_range),
	SCMP_SYS(umask),
	SCMP_SYS(unlink),
	SCMP_SYS(unlinkat),
	SCMP_SYS(utimensat),
};

static const int	accept_calls[] = {
	SCMP_SYS(accept),
	SCMP_SYS(accept4),
};

/* Roles with secrets keep them out of the swap. */
static const int	lock_calls[] = {
	SCMP_SYS(mlock),
	SCMP_SYS(mlock2),
	SCMP_SYS(mlockall),
	SCMP_SYS(munlock),
};

/* keys asks if the clock is synchronised; setting it takes a capability. */
static const int	clock_calls[] = {
	SCMP_SYS(adjtimex),
	SCMP_SYS(clock_adjtime),
	SCMP_SYS(clock_adjtime64),
};

#ifndef __has_feature
#define __has_feature(x)	0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
/* What the sanitizers' run time needs to report an error and end. */
static const int	sanitizer_calls[] = {
	SCMP_SYS(newfstatat),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
};
#define WITH_ASAN	1
#else
#define WITH_ASAN	0
#endif

/*
 * The parent starts and stops processes, so there is no list of what it needs;
 * this is what neither it nor a role ever does.  Roles inherit it.
 */
static const int	parent_denied[] = {
	SCMP_SYS(acct),
	SCMP_SYS(add_key),
	SCMP_SYS(bpf),
	SCMP_SYS(delete_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(init_module),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(ioperm),
	SCMP_SYS(iopl),
	SCMP_SYS(kexec_file_load),
	SCMP_SYS(kexec_load),
	SCMP_SYS(keyctl),
	SCMP_SYS(memfd_create),
	SCMP_SYS(mount),
	SCMP_SYS(move_mount),
	SCMP_SYS(open_by_handle_at),
	SCMP_SYS(open_tree),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(pivot_root),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
#if !WITH_ASAN
	SCMP_SYS(ptrace),
#endif
	SCMP_SYS(quotactl),
	SCMP_SYS(reboot),
	SCMP_SYS(request_key),
	SCMP_SYS(setns),
	SCMP_SYS(settimeofday),
	SCMP_SYS(swapoff),
	SCMP_SYS(swapon),
	SCMP_SYS(umount2),
	SCMP_SYS(unshare),
	SCMP_SYS(userfaultfd),
};

static int
add_calls(scmp_filter_ctx ctx, uint32_t action, const int *calls, size_t n)
{
	size_t i;
	int error;

	for (i = 0; i < n; i++) {
		error = seccomp_rule_add_array(ctx, action, calls[i], 0, NULL);
		/* A call that this architecture doesn't have is no fault. */
		if (error != 0 && error != -EDOM)
			return error;
	}
	return 0;
}

/* Allows a call whose argument, under the mask, has this value. */
struct condition {
	int		call;
	unsigned int	arg;
	uint64_t	mask;
	uint64_t	value;
};

#define INT_ARG		0xffffffffU	/* the upper half is not looked at */
#define PTR_ARG		UINT64_MAX

static int
allow_if(scmp_filter_ctx ctx, const struct condition *rules, size_t n)
{
	struct scmp_arg_cmp cmp;
	size_t i;
	int error;

	for (i = 0; i < n; i++) {
		cmp.arg = rules[i].arg;
		cmp.op = SCMP_CMP_MASKED_EQ;
		cmp.datum_a = rules[i].mask;
		cmp.datum_b = rules[i].value;
		error = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW,
		    rules[i].call, 1, &cmp);
		if (error != 0 && error != -EDOM)
			return error;
	}
	return 0;
}

/* Memory is never executable; a signal goes to nobody but oneself. */
static int
add_base_conditions(scmp_filter_ctx ctx)
{
	const struct condition rules[] = {
		{ SCMP_SYS(mmap), 2, PROT_EXEC, 0 },
		{ SCMP_SYS(mmap2), 2, PROT_EXEC, 0 },
		{ SCMP_SYS(mprotect), 2, PROT_EXEC, 0 },
		{ SCMP_SYS(tgkill), 0, INT_ARG, (uint64_t)getpid() },
		/* Only on connected sockets: the log's. */
		{ SCMP_SYS(sendto), 4, PTR_ARG, 0 },
		{ SCMP_SYS(ioctl), 1, INT_ARG, FIONREAD },
		{ SCMP_SYS(ioctl), 1, INT_ARG, FIONBIO },
		/* To ask for a limit, not to set one. */
		{ SCMP_SYS(prlimit64), 2, PTR_ARG, 0 },
		{ SCMP_SYS(fcntl), 1, INT_ARG, F_GETFD },
		{ SCMP_SYS(fcntl), 1, INT_ARG, F_SETFD },
		{ SCMP_SYS(fcntl), 1, INT_ARG, F_GETFL },
		{ SCMP_SYS(fcntl), 1, INT_ARG, F_SETFL },
		{ SCMP_SYS(fcntl), 1, INT_ARG, F_DUPFD_CLOEXEC },
		{ SCMP_SYS(prctl), 0, INT_ARG, PR_GET_DUMPABLE },
	};

	return allow_if(ctx, rules, nitems(rules));
}

static int
add_locking(scmp_filter_ctx ctx)
{
	static const struct condition rules[] = {
		{ SCMP_SYS(fcntl), 1, INT_ARG, F_GETLK },
		{ SCMP_SYS(fcntl), 1, INT_ARG, F_SETLK },
		{ SCMP_SYS(fcntl), 1, INT_ARG, F_SETLKW },
		{ SCMP_SYS(fcntl), 1, INT_ARG, F_OFD_GETLK },
		{ SCMP_SYS(fcntl), 1, INT_ARG, F_OFD_SETLK },
		{ SCMP_SYS(fcntl), 1, INT_ARG, F_OFD_SETLKW },
	};

	return allow_if(ctx, rules, nitems(rules));
}

/* Sockets of one type, over IPv4 and IPv6. */
static int
add_sockets(scmp_filter_ctx ctx, unsigned int type)
{
	static const unsigned int families[] = { AF_INET, AF_INET6 };
	struct scmp_arg_cmp cmp[2];
	size_t i;
	int error;

	memset(cmp, 0, sizeof(cmp));
	for (i = 0; i < nitems(families); i++) {
		cmp[0].arg = 0;
		cmp[0].op = SCMP_CMP_MASKED_EQ;
		cmp[0].datum_a = INT_ARG;
		cmp[0].datum_b = families[i];
		cmp[1].arg = 1;
		cmp[1].op = SCMP_CMP_MASKED_EQ;
		cmp[1].datum_a = SOCKET_TYPE;
		cmp[1].datum_b = type;
		error = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW,
		    SCMP_SYS(socket), 2, cmp);
		if (error != 0)
			return error;
	}
	return 0;
}

/* relay, directory, resolver: TCP, and no other kind of socket. */
static int
add_connecting(scmp_filter_ctx ctx)
{
	static const int calls[] = { SCMP_SYS(connect) };
	int error;

	if ((error = add_sockets(ctx, SOCK_STREAM)) != 0)
		return error;
	return add_calls(ctx, SCMP_ACT_ALLOW, calls, nitems(calls));
}

/* resolver: questions by UDP too, each from a port drawn at random. */
static int
add_asking(scmp_filter_ctx ctx)
{
	static const int calls[] = { SCMP_SYS(bind), SCMP_SYS(sendto) };
	int error;

	if ((error = add_sockets(ctx, SOCK_DGRAM)) != 0)
		return error;
	return add_calls(ctx, SCMP_ACT_ALLOW, calls, nitems(calls));
}

static int
add_role(scmp_filter_ctx ctx, enum sandbox_profile profile)
{
	int error = 0;

	if (sandbox_has_files(profile)) {
		error = add_calls(ctx, SCMP_ACT_ALLOW, file_calls,
		    nitems(file_calls));
		if (error == 0)
			error = add_locking(ctx);
	}
	if (error == 0 && sandbox_connects(profile))
		error = add_connecting(ctx);
	if (error == 0 && profile == SANDBOX_RESOLVER)
		error = add_asking(ctx);
	if (error == 0 &&
	    (profile == SANDBOX_SMTP || profile == SANDBOX_CONTROL))
		error = add_calls(ctx, SCMP_ACT_ALLOW, accept_calls,
		    nitems(accept_calls));
	if (error == 0 &&
	    (profile == SANDBOX_CRYPTO || profile == SANDBOX_KEYS))
		error = add_calls(ctx, SCMP_ACT_ALLOW, lock_calls,
		    nitems(lock_calls));
	if (error == 0 && profile == SANDBOX_KEYS)
		error = add_calls(ctx, SCMP_ACT_ALLOW, clock_calls,
		    nitems(clock_calls));
	return error;
}

static int
add_rules(scmp_filter_ctx ctx, enum sandbox_profile profile)
{
	int error;

	if (profile == SANDBOX_PARENT)
		return add_calls(ctx, SCMP_ACT_ERRNO(EPERM), parent_denied,
		    nitems(parent_denied));
	error = add_calls(ctx, SCMP_ACT_ALLOW, base_calls, nitems(base_calls));
	if (error == 0)
		error = add_base_conditions(ctx);
	if (error == 0)
		error = add_role(ctx, profile);
#if WITH_ASAN
	if (error == 0)
		error = add_calls(ctx, SCMP_ACT_ALLOW, sanitizer_calls,
		    nitems(sanitizer_calls));
#endif
	return error;
}

int
sandbox_seccomp(enum sandbox_profile profile, char *errbuf, size_t errlen)
{
	scmp_filter_ctx ctx;
	int error;

	ctx = seccomp_init(profile == SANDBOX_PARENT ? SCMP_ACT_ALLOW :
	    SCMP_ACT_ERRNO(EPERM));
	if (ctx == NULL) {
		snprintf(errbuf, errlen, "seccomp_init failed");
		return -1;
	}
	error = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS);
	if (error == 0)
		error = add_rules(ctx, profile);
	if (error == 0) {
		/* A tree instead of a list; older libraries have none. */
		(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
		error = seccomp_load(ctx);
	}
	seccomp_release(ctx);
	if (error != 0) {
		errno = -error;
		return sandbox_error(errbuf, errlen, "seccomp");
	}
	return 0;
}
