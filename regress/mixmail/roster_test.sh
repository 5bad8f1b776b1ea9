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
#

# What mixmail says of its roster.  TOP is the tree.

. "$TOP/regress/mixmail/mailtest.sh"

fresh_gnupg()
{
	# A socket's path has to be short.
	GNUPGHOME=$(mktemp -d /tmp/mixmail.XXXXXX)
	export GNUPGHOME
	echo "$GNUPGHOME" >gnupghome
}

clean_gnupg()
{
	[ -f gnupghome ] || return 0
	GNUPGHOME=$(cat gnupghome) gpgconf --kill all
	rm -rf "$(cat gnupghome)"
}

# make_mix N AGE: a certificate whose subkey of two days is as many hours old.
make_mix()
{
	_gpg="gpg --batch --quiet --no-tty --pinentry-mode loopback"
	_gpg="$_gpg --passphrase="
	_uid="(mixtasy-mode:middleman,exitpublic) <mixtasy@new$1.example.net>"
	_time=$(($(date +%s) - $2 * 3600))!
	$_gpg --faked-system-time $_time --quick-generate-key "$_uid" \
	    ed25519 cert 0 || atf_fail "gpg makes no key"
	_fpr=$(gpg --list-keys --with-colons "new$1" |
	    awk -F: '/^fpr/ { print $10; exit }')
	$_gpg --faked-system-time $_time --quick-add-key "$_fpr" cv25519 encr \
	    2d || atf_fail "gpg makes no subkey"
	mkdir -p mixes
	gpg --export "$_fpr" >mixes/new$1.pgp
}

atf_test_case an_old_roster_is_told cleanup
an_old_roster_is_told_head()
{
	atf_set require.progs "gpg gpgconf"
}
an_old_roster_is_told_body()
{
	fresh_gnupg
	make_conf
	make_mail "To: b@example.com"
	# The keys of the vectors never expire.
	make_roster 5 6 7 8
	atf_check -o not-empty $mixmail -b
	make_mix 1 40
	make_mix 2 33
	_made=$(date -u -d "@$(($(date +%s) - 33 * 3600))" '+%Y-%m-%d' \
	    2>/dev/null) || _made=
	for _option in -b "-n -t -p $path"; do
		atf_check -o not-empty -e match:"^mixmail: warning: the roster \
mixes is old: the newest key in it is of $_made" $mixmail $_option <mail.eml
	done
	make_mix 3 20
	atf_check -o not-empty $mixmail -b
	atf_check -o not-empty $mixmail -n -t -p $path <mail.eml
}
an_old_roster_is_told_cleanup()
{
	clean_gnupg
}

atf_test_case digest_is_that_of_the_mixes_not_of_the_files
digest_is_that_of_the_mixes_not_of_the_files_body()
{
	make_conf
	make_roster 5 6 7 8
	atf_check -o save:one $mixmail -b
	atf_check -o match:'^digest [0-9a-f]{64}$' head -n 1 one
	atf_check -o inline:"mixes 4\n" tail -n 1 one
	mkdir again
	cat mixes/* >again/all
	cp mixes/mix7.pub.asc again/more
	atf_check -o file:one $mixmail -R again -b
	rm mixes/mix8.pub.asc
	make_roster 1
	atf_check -o save:other $mixmail -b
	atf_check -o inline:"mixes 4\n" tail -n 1 other
	! cmp -s one other || atf_fail "the same digest"
}

# The option of sendmail that looks alike stays what it is.
atf_test_case digest_needs_no_mail_and_no_server
digest_needs_no_mail_and_no_server_body()
{
	make_conf "server 127.0.0.1 port 1"
	make_roster 5 6 7 8
	make_mail "To: b@example.com"
	atf_check -o match:'^mixes 4$' $mixmail -b </dev/null
	atf_check -o match:'^Remailer-Type' $mixmail -n -bm -t -p $path \
	    <mail.eml
}

atf_test_case a_path_that_repeats_a_mix_is_told
a_path_that_repeats_a_mix_is_told_body()
{
	make_conf
	make_roster 5 6 7
	make_mail "To: b@example.com"
	atf_check -o not-empty -e match:"^mixmail: warning: a path goes \
through a mix twice \(usable mixes in the roster: 3\)" $mixmail -n -t \
	    <mail.eml
	atf_check -o not-empty -e match:'^mixmail: warning: with fewer than 4' \
	    $mixmail -b
	make_roster 8
	atf_check -o not-empty $mixmail -n -t <mail.eml
	atf_check -o not-empty $mixmail -b
}

atf_init_test_cases()
{
	atf_add_test_case an_old_roster_is_told
	atf_add_test_case digest_is_that_of_the_mixes_not_of_the_files
	atf_add_test_case digest_needs_no_mail_and_no_server
	atf_add_test_case a_path_that_repeats_a_mix_is_told
}
