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
#include <sys/syscall.h>

#include <linux/landlock.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sandbox_priv.h"

/*
 * The header's version is of the machine that built, the kernel's may be newer
 * or older: what came after version 2 is declared here, with names of our own.
 */
struct ruleset {
	uint64_t	fs;		/* version 1 */
	uint64_t	net;		/* version 4 */
	uint64_t	scoped;		/* version 6 */
};

#define FS_TRUNCATE	(1ULL << 14)	/* version 3 */
#define FS_IOCTL_DEV	(1ULL << 15)	/* version 5 */
#define NET_BIND_TCP	(1ULL << 0)
#define NET_CONNECT_TCP	(1ULL << 1)
#define SCOPE_ABSTRACT_UNIX	(1ULL << 0)
#define SCOPE_SIGNAL	(1ULL << 1)

/* All of version 1, LANDLOCK_ACCESS_FS_EXECUTE up to _MAKE_SYM. */
#define FS_VERSION_1	((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

/* What a role may do below its directories. */
#define FS_WORK		(LANDLOCK_ACCESS_FS_READ_FILE | \
	LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
	LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | \
	LANDLOCK_ACCESS_FS_REFER | FS_TRUNCATE)

/* Everything that the kernel can refuse, is refused unless a rule allows it. */
static size_t
handled(struct ruleset *set, int abi, enum sandbox_profile profile)
{
	memset(set, 0, sizeof(*set));
	set->fs = FS_VERSION_1;
	if (abi >= 2)
		set->fs |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		set->fs |= FS_TRUNCATE;
	if (abi >= 5)
		set->fs |= FS_IOCTL_DEV;
	if (abi < 4)
		return offsetof(struct ruleset, net);
	set->net = NET_BIND_TCP;
	if (!sandbox_connects(profile))
		set->net |= NET_CONNECT_TCP;
	if (abi < 6)
		return offsetof(struct ruleset, scoped);
	set->scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
	return sizeof(*set);
}

static int
allow_path(int ruleset, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule;
	int fd, result, saved;

	if ((fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC)) == -1)
		return -1;
	memset(&rule, 0, sizeof(rule));
	rule.allowed_access = access;
	rule.parent_fd = fd;
	result = (int)syscall(SYS_landlock_add_rule, ruleset,
	    LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	saved = errno;
	close(fd);
	errno = saved;
	return result;
}

static int
restrict_self(int ruleset, const struct sandbox_spec *spec, uint64_t access,
    char *errbuf, size_t errlen)
{
	size_t i;

	for (i = 0; i < spec->nrw && sandbox_has_files(spec->profile); i++) {
		if (allow_path(ruleset, spec->rw_paths[i], access) == -1)
			return sandbox_error(errbuf, errlen,
			    spec->rw_paths[i]);
	}
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) == -1)
		return sandbox_error(errbuf, errlen, "landlock_restrict_self");
	return 0;
}

int
sandbox_landlock(const struct sandbox_spec *spec, char *errbuf, size_t errlen)
{
	struct ruleset set;
	size_t size;
	int abi, ruleset, result;

	abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	/* Not built into the kernel, switched off, or hidden by a container. */
	if (abi < 1)
		return 0;
	size = handled(&set, abi, spec->profile);
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &set, size, 0);
	if (ruleset == -1)
		return sandbox_error(errbuf, errlen, "landlock_create_ruleset");
	result = restrict_self(ruleset, spec, FS_WORK & set.fs, errbuf,
	    errlen);
	close(ruleset);
	return result == -1 ? -1 : abi;
}
