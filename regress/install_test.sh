#! /usr/bin/env atf-sh
#
# Copyright (c) 2026 The smtpd-mix developers
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.

# What make install does, into a directory of the test.

TOP=$(cd "$(atf_get_srcdir)/.." && pwd)

config()
{
	sed -n "s/^$1=[	 ]*//p" "$TOP/config.mk"
}

install_into()
{
	cd "$TOP" || atf_fail "no tree"
	DESTDIR=$1 PREFIX=/usr/local SYSCONFDIR=/etc \
	    MANDIR=/usr/local/share/man SYSTEM=$(config SYSTEM) MANS=$MANS \
	    sh etc/install.sh >"$1.out" 2>&1 || {
		cat "$1.out"
		atf_fail "it fails"
	}
	cd "$work" || atf_fail "no directory"
}

has_mode()
{
	atf_check -o inline:"$1\n" sh -c "ls -l '$2' | cut -c 1-10"
}

atf_test_case everything_is_installed_below_destdir
everything_is_installed_below_destdir_body()
{
	work=$PWD dest=$PWD/dest
	umask 077
	install_into "$dest"
	for _program in sbin/smtpd-mix sbin/mixctl bin/mixmail; do
		has_mode -rwxr-xr-x "$dest/usr/local/$_program"
	done
	for _manual in man8/smtpd-mix.8 man8/mixctl.8 man1/mixmail.1 \
	    man5/smtpd-mix.conf.5 man7/mixtasy.7; do
		has_mode -rw-r--r-- "$dest/usr/local/share/man/$_manual"
	done
	has_mode -rw-r--r-- "$dest/etc/smtpd-mix.conf"
	find "$dest" -type d ! -perm -055 >closed
	atf_check -o empty cat closed
	if grep -r '@[A-Z]*@' "$dest" --include='*mix*' -I; then
		atf_fail "a directory was not filled in"
	fi
	find "$dest" -name '*.new' >left
	atf_check -o empty cat left
	# What was installed is in the list that was printed.
	find "$dest" -type f >files
	grep "^$dest" dest.out >printed
	sort files >files.sorted
	sort printed >printed.sorted
	atf_check cmp files.sorted printed.sorted
}

atf_test_case what_is_installed_works
what_is_installed_works_body()
{
	work=$PWD dest=$PWD/dest
	install_into "$dest"
	atf_check -o match:'^hostname ' -e match:'configuration OK' \
	    "$dest/usr/local/sbin/smtpd-mix" -n -f "$dest/etc/smtpd-mix.conf"
	atf_check -s exit:2 -e match:'usage: mixctl' \
	    "$dest/usr/local/sbin/mixctl"
}

atf_test_case a_second_installation_keeps_the_configuration
a_second_installation_keeps_the_configuration_body()
{
	work=$PWD dest=$PWD/dest
	install_into "$dest"
	echo "# mine" >>"$dest/etc/smtpd-mix.conf"
	echo old >"$dest/usr/local/sbin/mixctl"
	install_into "$dest"
	atf_check -o match:'^# mine$' cat "$dest/etc/smtpd-mix.conf"
	atf_check cmp "$TOP/mixctl/mixctl" "$dest/usr/local/sbin/mixctl"
	atf_check cmp "$TOP/etc/smtpd-mix.conf" \
	    "$dest/usr/local/share/examples/smtpd-mix/smtpd-mix.conf"
}

atf_test_case missing_users_come_with_their_command
missing_users_come_with_their_command_body()
{
	id -u _mixsmtp >/dev/null 2>&1 && atf_skip "the users are there"
	work=$PWD dest=$PWD/dest
	install_into "$dest"
	for _role in smtp crypto seal keys pool queue relay deliver control; do
		grep -q "for u in .*_mix$_role" dest.out ||
		    atf_fail "none for $_role"
	done
	grep -q 'user.* \$u$' dest.out || atf_fail "no command"
}

atf_init_test_cases()
{
	atf_add_test_case everything_is_installed_below_destdir
	atf_add_test_case what_is_installed_works
	atf_add_test_case a_second_installation_keeps_the_configuration
	atf_add_test_case missing_users_come_with_their_command
}
