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

#include <atf-c.h>
#include <string.h>

#include "compat/compat.h"

#include "conf.h"
#include "maildir_root.h"

#define EMPTY	"/var/empty"

/* The root for up to four Maildirs (NULL: fewer), the first postmaster's. */
static const char *
root_of(const char *postmaster, const char *a, const char *b, const char *c,
    uint32_t privileged)
{
	static struct proto_boot boot;
	struct proto_conf_domain domains[3];
	const char *paths[] = { a, b, c };
	struct conf conf;
	size_t i;

	memset(&conf, 0, sizeof(conf));
	memset(&domains, 0, sizeof(domains));
	memset(&boot, 0, sizeof(boot));
	boot.privileged = privileged;
	strlcpy(conf.chroot_dir, EMPTY, sizeof(conf.chroot_dir));
	if (postmaster != NULL) {
		conf.global.postmaster_via = CONF_VIA_MAILDIR;
		strlcpy(conf.global.postmaster_to, postmaster,
		    sizeof(conf.global.postmaster_to));
	}
	conf.domains = domains;
	for (i = 0; i < nitems(paths) && paths[i] != NULL; i++) {
		domains[i].via = CONF_VIA_MAILDIR;
		strlcpy(domains[i].to, paths[i], sizeof(domains[i].to));
		conf.ndomains++;
	}
	maildir_root(&conf, &boot);
	/* It may write there, and there only. */
	ATF_REQUIRE_EQ(strcmp(boot.chroot_dir, EMPTY) != 0, boot.nrw);
	if (boot.nrw == 1)
		ATF_REQUIRE_STREQ(privileged ? "/" : boot.chroot_dir,
		    boot.rw[0]);

	return (boot.chroot_dir);
}

ATF_TC_WITHOUT_HEAD(one_maildir_has_the_directory_above_it);
ATF_TC_BODY(one_maildir_has_the_directory_above_it, tc)
{
	ATF_REQUIRE_STREQ("/var/mail",
	    root_of("/var/mail/postmaster", NULL, NULL, NULL, 1));
	ATF_REQUIRE_STREQ("/var/mail",
	    root_of("/var/mail/postmaster", NULL, NULL, NULL, 0));
	ATF_REQUIRE_STREQ("/", root_of("/mail", NULL, NULL, NULL, 1));
}

ATF_TC_WITHOUT_HEAD(a_part_that_varies_is_not_in_the_root);
ATF_TC_BODY(a_part_that_varies_is_not_in_the_root, tc)
{
	ATF_REQUIRE_STREQ("/home",
	    root_of(NULL, "/home/%u/Maildir", NULL, NULL, 1));
	ATF_REQUIRE_STREQ("/home",
	    root_of(NULL, "/home/%u", NULL, NULL, 1));
	ATF_REQUIRE_STREQ("/var/mail",
	    root_of(NULL, "/var/mail/x-%u-y/%u/z", NULL, NULL, 1));
	ATF_REQUIRE_STREQ("/", root_of(NULL, "/%u/Maildir", NULL, NULL, 1));
}

ATF_TC_WITHOUT_HEAD(several_have_what_they_have_in_common);
ATF_TC_BODY(several_have_what_they_have_in_common, tc)
{
	ATF_REQUIRE_STREQ("/var",
	    root_of(NULL, "/var/a/%u", "/var/b/%u", NULL, 1));
	ATF_REQUIRE_STREQ("/var/mail",
	    root_of("/var/mail/p", "/var/mail/b/%u", NULL, NULL, 1));
	ATF_REQUIRE_STREQ("/var/mail",
	    root_of("/var/mail/b/c/p", "/var/mail/%u", NULL, NULL, 1));
	ATF_REQUIRE_STREQ("/var/mail",
	    root_of("/var/mail/x/p", "/var/mail/x/%u", "/var/mail/y/%u",
	    NULL, 1));
	ATF_REQUIRE_STREQ("/var/mail/x",
	    root_of("/var/mail/x/p", "/var/mail/x/%u", "/var/mail/x/y/%u",
	    "/var/mail/x/%u/z", 1));
	ATF_REQUIRE_STREQ("/",
	    root_of("/var/mail/p", "/home/%u/Maildir", NULL, NULL, 1));
}

ATF_TC_WITHOUT_HEAD(names_that_begin_alike_are_not_the_same);
ATF_TC_BODY(names_that_begin_alike_are_not_the_same, tc)
{
	ATF_REQUIRE_STREQ("/var",
	    root_of(NULL, "/var/mail/%u", "/var/mail2/%u", NULL, 1));
	ATF_REQUIRE_STREQ("/var",
	    root_of(NULL, "/var/mail2/%u", "/var/mail/%u", NULL, 1));
	ATF_REQUIRE_STREQ("/",
	    root_of(NULL, "/var/%u", "/var2/%u", NULL, 1));
	ATF_REQUIRE_STREQ("/", root_of(NULL, "/ab/%u", "/a/%u", NULL, 1));
}

ATF_TC_WITHOUT_HEAD(without_maildirs_it_is_the_empty_directory);
ATF_TC_BODY(without_maildirs_it_is_the_empty_directory, tc)
{
	ATF_REQUIRE_STREQ(EMPTY, root_of(NULL, NULL, NULL, NULL, 1));
	ATF_REQUIRE_STREQ(EMPTY, root_of(NULL, NULL, NULL, NULL, 0));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, one_maildir_has_the_directory_above_it);
	ATF_TP_ADD_TC(tp, a_part_that_varies_is_not_in_the_root);
	ATF_TP_ADD_TC(tp, several_have_what_they_have_in_common);
	ATF_TP_ADD_TC(tp, names_that_begin_alike_are_not_the_same);
	ATF_TP_ADD_TC(tp, without_maildirs_it_is_the_empty_directory);

	return (atf_no_error());
}
