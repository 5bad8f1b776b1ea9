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
#include <sys/resource.h>

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sandbox_priv.h"

#define FEW_FILES	64	/* channels, the log, the event loop */
#define SOME_FILES	512	/* also files, or clients of the control */

int
sandbox_error(char *errbuf, size_t errlen, const char *what)
{
	snprintf(errbuf, errlen, "%s: %s", what, strerror(errno));
	return -1;
}

int
sandbox_has_files(enum sandbox_profile profile)
{
	return profile == SANDBOX_KEYS || profile == SANDBOX_QUEUE ||
	    profile == SANDBOX_DELIVER || profile == SANDBOX_DIRECTORY;
}

int
sandbox_connects(enum sandbox_profile profile)
{
	return profile == SANDBOX_RELAY || profile == SANDBOX_RESOLVER ||
	    profile == SANDBOX_DIRECTORY;
}

/* A uid that could be taken back would make all the rest worthless. */
static int
identity_is_final(const struct sandbox_spec *spec)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (getresuid(&ruid, &euid, &suid) == -1 ||
	    getresgid(&rgid, &egid, &sgid) == -1)
		return 0;
	if (ruid != spec->uid || euid != spec->uid || suid != spec->uid ||
	    rgid != spec->gid || egid != spec->gid || sgid != spec->gid)
		return 0;
	return setuid(0) == -1 && seteuid(0) == -1 && setgid(0) == -1;
}

int
sandbox_identity(const struct sandbox_spec *spec, char *errbuf, size_t errlen)
{
	if (spec->uid == 0 || spec->gid == 0) {
		snprintf(errbuf, errlen, "the role would stay root");
		return -1;
	}
	if (spec->chroot_dir == NULL || spec->chroot_dir[0] != '/') {
		snprintf(errbuf, errlen, "no directory to chroot to");
		return -1;
	}
	if (chroot(spec->chroot_dir) == -1 || chdir("/") == -1)
		return sandbox_error(errbuf, errlen, spec->chroot_dir);
	if (setgroups(1, &spec->gid) == -1)
		return sandbox_error(errbuf, errlen, "setgroups");
	if (setresgid(spec->gid, spec->gid, spec->gid) == -1)
		return sandbox_error(errbuf, errlen, "setresgid");
	if (setresuid(spec->uid, spec->uid, spec->uid) == -1)
		return sandbox_error(errbuf, errlen, "setresuid");
	if (!identity_is_final(spec)) {
		snprintf(errbuf, errlen, "the uid change did not hold");
		return -1;
	}
	return 0;
}

/* 0 leaves the number of descriptors as it is: one a connection. */
static rlim_t
descriptors(enum sandbox_profile profile)
{
	switch (profile) {
	case SANDBOX_CRYPTO:
	case SANDBOX_SEAL:
	case SANDBOX_POOL:
		return FEW_FILES;
	case SANDBOX_KEYS:
	case SANDBOX_QUEUE:
	case SANDBOX_DELIVER:
	case SANDBOX_RESOLVER:
	case SANDBOX_DIRECTORY:
	case SANDBOX_CONTROL:
		return SOME_FILES;
	default:
		return 0;
	}
}

/* Lowers the number of descriptors; one that is lower already stays. */
static int
limit_descriptors(rlim_t max)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return -1;
	if (limit.rlim_max > max)
		limit.rlim_max = max;
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &limit);
}

int
sandbox_limits(enum sandbox_profile profile, char *errbuf, size_t errlen)
{
	static const struct rlimit none = { 0, 0 };
	rlim_t files;

	if (setrlimit(RLIMIT_CORE, &none) == -1)
		return sandbox_error(errbuf, errlen, "RLIMIT_CORE");
	if (profile == SANDBOX_PARENT)
		return 0;
	if (setrlimit(RLIMIT_NPROC, &none) == -1)
		return sandbox_error(errbuf, errlen, "RLIMIT_NPROC");
	files = descriptors(profile);
	if (files != 0 && limit_descriptors(files) == -1)
		return sandbox_error(errbuf, errlen, "RLIMIT_NOFILE");
	return 0;
}
