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

# A mix whose long-term key is elsewhere lives on subkeys that were prepared.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/smtpd-mix/nettest.sh"

DAY=86400

ctl()
{
	"$TOP/mixctl/mixctl" -s "$NET/mix1/control" "$@"
}

# A clock that is believed whatever it shows.
at()
{
	echo "$1 yes 1" >"$NET/clock"
	[ ! -s "$NET/mix1/pid" ] || ctl reload || atf_fail "no reload"
}

mix_with_its_key()
{
	nettest_begin
	at 0
	net_conf "$1" "$FAST" "$NO_DUMMIES" "test clock \"$NET/clock\""
	net_start "$1" || atf_fail "see above"
	keys=$NET/mix1/keys
}

# Prepares so many, signs them with the key, which goes away.
sign_elsewhere()
{
	ctl prepare -n "$1" >request || atf_fail "no request"
	[ -s primary.pgp ] || mv "$keys/primary.pgp" .
	atf_check -o save:signed -e match:"subkeys of $(net_name 1)" \
	    "$TOP/mixctl/mixctl" sign -k primary.pgp <request
}

prepared_files()
{
	find "$keys" -name 'prepared-*' | wc -l
}

live()
{
	ctl keys | grep -c 'live$'
}

live_is()
{
	[ "$(live)" = "$1" ]
}

# The certificate that others get is for what is live, and nothing else.
check_published()
{
	mkdir -p -m 700 gnupg
	ctl cert | gpg --homedir gnupg --batch --show-keys --with-colons \
	    2>/dev/null >colons
	awk -F: '$1 == "sub" { print $5 }' colons | sort >published
	ctl keys | awk '$NF == "live" { print $1 }' | sort >live
	cmp live published || atf_fail "the certificate is not for what is live"
}

net_test_case prepared_subkeys_are_used_when_their_time_comes
prepared_subkeys_are_used_when_their_time_comes_body()
{
	mix_with_its_key 1
	sign_elsewhere 4
	atf_check_equal 4 "$(prepared_files)"
	# Not signed: no use without the key.
	ctl keys >timetable
	atf_check_equal 4 "$(grep -c 'NOT SIGNED' timetable)"
	atf_check -e match:"^4 of 4 prepared" \
	    "$TOP/mixctl/mixctl" -s "$NET/mix1/control" import <signed
	ctl keys >timetable
	atf_check_equal 4 "$(grep -c 'prepared, signed' timetable)"
	grep -q 'kept elsewhere' timetable || atf_fail "it isn't told"
	atf_check -s exit:1 -e match:"no signed subkey has its time" \
	    "$TOP/mixctl/mixctl" -s "$NET/mix1/control" rotate
	# What crypto has, and what others see, is only what has begun.
	atf_check_equal 1 "$(live)"
	atf_check_equal 1 "$(ctl status -j | grep -c '"live": true')"
	check_published
	at $((DAY + 60))
	await 15 "the first of them" live_is 2
	atf_check_equal 3 "$(prepared_files)"
	check_published
	net_stop 1
	net_start 1 || atf_fail "see above"
	await 5 "both are live again" live_is 2
	# One is skipped: it is destroyed, unused.
	at $((3 * DAY + 60))
	await 15 "the third" live_is 1
	atf_check_equal 1 "$(prepared_files)"
	check_published
	at $((30 * DAY))
	await 15 "all have expired" live_is 0
	atf_check_equal 0 "$(prepared_files)"
	ctl status | grep -q 'WAITING: the long-term key' ||
	    atf_fail "it isn't told"
	# More of them, and all goes on.
	sign_elsewhere 2
	ctl import <signed || atf_fail "no import"
	await 5 "a new one" live_is 1
	atf_check_equal 1 "$(prepared_files)"
	check_published
}

net_test_case only_what_was_asked_for_is_imported
only_what_was_asked_for_is_imported_body()
{
	mix_with_its_key 1
	sign_elsewhere 2
	atf_check -s exit:2 -e match:"not an armored" \
	    "$TOP/mixctl/mixctl" -s "$NET/mix1/control" import <request
	# By a key of another mix.
	net_conf 2 "$FAST" "$NO_DUMMIES"
	net_start 2 || atf_fail "see above"
	atf_check -s exit:1 -e match:"not the key that the request is for" \
	    "$TOP/mixctl/mixctl" sign -k "$NET/mix2/keys/primary.pgp" <request
	net_mixctl 2 cert >other
	atf_check -s exit:1 -e match:"by another key" \
	    "$TOP/mixctl/mixctl" -s "$NET/mix1/control" import <other
	# For another name.
	sed 's/^user-id .*/user-id Mallory <mixtasy@mallory.example>/' \
	    request >named
	"$TOP/mixctl/mixctl" sign -k primary.pgp <named >mallory ||
	    atf_fail sign
	atf_check -s exit:1 -e match:"it is not for" \
	    "$TOP/mixctl/mixctl" -s "$NET/mix1/control" import <mallory
	# For none of those prepared.
	head -n 4 request >live
	echo end >>live
	"$TOP/mixctl/mixctl" sign -k primary.pgp <live >useless || atf_fail sign
	atf_check -s exit:1 -e match:"none of the prepared" \
	    "$TOP/mixctl/mixctl" -s "$NET/mix1/control" import <useless
	[ ! -e "$keys/signed.pgp" ] || atf_fail "it was kept"
	atf_check -s exit:1 -e match:"at most 64" \
	    "$TOP/mixctl/mixctl" -s "$NET/mix1/control" prepare -n 63
	atf_check -s exit:2 -e match:"up to 64" \
	    "$TOP/mixctl/mixctl" -s "$NET/mix1/control" prepare -n 65
	ctl import <signed || atf_fail "no import"
}

# Without the key, and with nothing signed, it doesn't begin as a new mix.
net_test_case a_mix_without_key_and_nothing_signed_does_not_start
a_mix_without_key_and_nothing_signed_does_not_start_body()
{
	mix_with_its_key 1
	net_stop 1
	mv "$keys/primary.pgp" .
	net_start 1 2>said && atf_fail "it starts"
	grep -q 'primary.pgp is missing' "$NET/mix1/log" || {
		cat "$NET/mix1/log"
		atf_fail "it doesn't say why"
	}
}

atf_init_test_cases()
{
	atf_add_test_case prepared_subkeys_are_used_when_their_time_comes
	atf_add_test_case only_what_was_asked_for_is_imported
	atf_add_test_case a_mix_without_key_and_nothing_signed_does_not_start
}
