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
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/capability.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sandbox_priv.h"

/* More than any kernel has; what it lacks is skipped. */
#define CAPABILITIES	64

static char	description[64] = "none";

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN
#endif
#endif

#ifdef WITH_ASAN
/* Looking for leaks needs ptrace(2) and a process: not in here. */
static int	entered;

int	__lsan_is_turned_off(void);

int
__lsan_is_turned_off(void)
{
	return entered;
}

/* What is freed is kept to catch its use, but roles are to stay small. */
const char	*__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "quarantine_size_mb=2:thread_local_quarantine_size_kb=256";
}
#endif

const char *
sandbox_describe(void)
{
	return description;
}

/* So that not even a file with capabilities could bring one back. */
static int
drop_bounding_set(char *errbuf, size_t errlen)
{
	int cap;

	for (cap = 0; cap < CAPABILITIES; cap++) {
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) != 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == -1)
			return sandbox_error(errbuf, errlen,
			    "capability bounding set");
	}
	return 0;
}

/* The uid change took most of them; an ordinary user's may have some, too. */
static int
drop_capabilities(char *errbuf, size_t errlen)
{
	struct __user_cap_header_struct header;
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	memset(&header, 0, sizeof(header));
	header.version = _LINUX_CAPABILITY_VERSION_3;
	memset(data, 0, sizeof(data));
	if (syscall(SYS_capset, &header, data) == -1)
		return sandbox_error(errbuf, errlen, "capset");
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == -1 &&
	    errno != EINVAL)
		return sandbox_error(errbuf, errlen, "ambient capabilities");
	return 0;
}

static int
enter_parent(char *errbuf, size_t errlen)
{
	if (sandbox_limits(SANDBOX_PARENT, errbuf, errlen) == -1)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return sandbox_error(errbuf, errlen, "PR_SET_NO_NEW_PRIVS");
	if (sandbox_seccomp(SANDBOX_PARENT, errbuf, errlen) == -1)
		return -1;
	snprintf(description, sizeof(description), "seccomp-denylist");
	return 0;
}

/*
 * The uid change has made the process undumpable already where it is root's;
 * unprivileged it has to be said.  Root still reads all of /proc.
 */
static int
enter_role(const struct sandbox_spec *spec, char *errbuf, size_t errlen)
{
	int abi;

	if (spec->privileged) {
		if (drop_bounding_set(errbuf, errlen) == -1 ||
		    sandbox_identity(spec, errbuf, errlen) == -1)
			return -1;
	}
	if (drop_capabilities(errbuf, errlen) == -1 ||
	    sandbox_limits(spec->profile, errbuf, errlen) == -1)
		return -1;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		return sandbox_error(errbuf, errlen, "PR_SET_DUMPABLE");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return sandbox_error(errbuf, errlen, "PR_SET_NO_NEW_PRIVS");
	if ((abi = sandbox_landlock(spec, errbuf, errlen)) == -1)
		return -1;
	if (sandbox_seccomp(spec->profile, errbuf, errlen) == -1)
		return -1;
	snprintf(description, sizeof(description), "%sseccomp",
	    spec->privileged ? "chroot uid " : "");
	if (abi > 0)
		snprintf(description + strlen(description),
		    sizeof(description) - strlen(description),
		    " landlock%d", abi);
	return 0;
}

int
sandbox_enter(const struct sandbox_spec *spec, char *errbuf, size_t errlen)
{
	int result;

	if (spec->profile == SANDBOX_PARENT)
		return enter_parent(errbuf, errlen);
	result = enter_role(spec, errbuf, errlen);
#ifdef WITH_ASAN
	entered = result == 0;
#endif
	return result;
}
