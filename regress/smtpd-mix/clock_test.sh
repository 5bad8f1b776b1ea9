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

# A mix whose clock is stepped: nothing is destroyed, taken or replayed until
# the clock is right again, or is said to be.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/smtpd-mix/nettest.sh"

HOUR=3600
DAY=86400
YEAR=31536000

# Mix 1 with a clock of its own; what it sends on to mix 2 is kept by a sink.
mix_with_a_clock()
{
	nettest_begin
	start_sink sink
	NET_PORT_2=$sink_port
	for _n in 2 3 4; do
		net_conf $_n "mode middleman exitpublic" "$NO_DUMMIES"
	done
	set_clock 0 unknown 1
	net_conf 1 "$FAST" "$RETRY" "$NO_DUMMIES" "test clock \"$NET/clock\""
	start_network 1 2 3 4
	net_stop 2 3 4
	sender
	path=$(path_of 1 2 3 4)
	keys=$NET/mix1/keys
}

new_message()
{
	make_mail carol@far.example | make_message "$path" carol@far.example
}

set_clock()
{
	echo "$*" >"$NET/clock"
}

step_clock()
{
	set_clock "$@"
	net_mixctl 1 reload || atf_fail "no reload"
}

restart()
{
	net_stop 1
	net_start 1 || atf_fail "see above"
}

waits_for_clock()
{
	net_mixctl 1 status | grep "WAITING: .*clock" | grep -q "$1"
}

waits_for_nothing()
{
	! net_mixctl 1 status | grep -q WAITING
}

# The secrets, by name and content.
secrets()
{
	(cd "$keys" && cksum primary.pgp storage-* subkey-*)
}

# Whatever the clock says now, it is as it was.
check_hold()
{
	await 15 "status says what it waits for" waits_for_clock "$1"
	replies 451 seen
	replies 451 unseen
	atf_check -s exit:1 -e match:"mixctl clock accept" \
	    "$TOP/mixctl/mixctl" -s "$NET/mix1/control" rotate
	secrets >secrets.now
	cmp secrets.before secrets.now || atf_fail "secrets were touched"
}

# A step of so many seconds, seen by a running mix and by one that starts.
check_step()
{
	step_clock "$1" unknown 1
	check_hold "$2"
	restart
	check_hold "$2"
	step_clock 0 unknown 1
	await 15 "the clock is right again" waits_for_nothing
}

net_test_case a_stepped_clock_destroys_nothing_and_lets_nothing_in
a_stepped_clock_destroys_nothing_and_lets_nothing_in_head()
{
	atf_set timeout 300
}
a_stepped_clock_destroys_nothing_and_lets_nothing_in_body()
{
	mix_with_a_clock
	new_message >seen
	new_message >unseen
	replies 250 seen
	await 10 "it goes on" sink_has sink 1
	secrets >secrets.before
	for _step in $HOUR $DAY $YEAR; do
		check_step $_step ahead
		check_step -$_step back
	done
	replies 250 seen
	await 5 "it is known" figure_is 1 messages.destroyed.replay 1
	replies 250 unseen
	await 10 "the other goes on" sink_has sink 2
	atf_check_equal 2 "$(find sink -name 'mail.*' | wc -l)"
}

# Another boot, and a wall clock that is behind what it had been.
net_test_case a_clock_that_is_behind_after_a_boot_waits
a_clock_that_is_behind_after_a_boot_waits_body()
{
	mix_with_a_clock
	new_message >seen
	cp seen unseen
	secrets >secrets.before
	net_stop 1
	set_clock -$DAY unknown 2
	net_start 1 || atf_fail "see above"
	check_hold behind
	restart
	check_hold behind
	step_clock -$DAY yes 2
	await 15 "it is believed when synchronised" waits_for_nothing
}

subkey_files()
{
	(cd "$keys" && ls subkey-*)
}

is_rotated()
{
	[ -n "$(subkey_files)" ] && [ "$(subkey_files)" != "$1" ]
}

# Off for days: the old subkey and its record go, a new one is made.
net_test_case a_mix_that_was_off_for_days_comes_back_by_itself
a_mix_that_was_off_for_days_comes_back_by_itself_body()
{
	mix_with_a_clock
	new_message >seen
	replies 250 seen
	await 10 "it goes on" sink_has sink 1
	old=$(subkey_files)
	net_stop 1
	set_clock $((5 * DAY)) no 2
	net_start 1 || atf_fail "see above"
	await 5 "it waits for synchronisation" waits_for_clock "off for 5d"
	atf_check_equal "$old" "$(subkey_files)"
	step_clock $((5 * DAY)) yes 2
	await 15 "a new subkey" is_rotated "$old"
	await 5 "it waits no more" waits_for_nothing
	atf_check_equal 1 "$(subkey_files | wc -l)"
	await 5 "the record is gone" figure_is 1 queue.digests 0
	# The old key opens nothing any more, so nothing is replayed.
	replies 250 seen
	await 5 "it is destroyed" figure_is 1 messages.destroyed.key 1
	atf_check_equal 1 "$(find sink -name 'mail.*' | wc -l)"
	# A short absence, and one whose clock nobody can vouch for.
	for _state in "$((5 * DAY + HOUR / 2)) no 3" \
	    "$((8 * DAY)) unknown 4"; do
		net_stop 1
		set_clock "$_state"
		net_start 1 || atf_fail "see above"
		await 5 "it comes back by itself" waits_for_nothing
	done
}

net_test_case the_operator_accepts_a_clock
the_operator_accepts_a_clock_body()
{
	mix_with_a_clock
	old=$(subkey_files)
	atf_check -e match:"not in doubt" "$TOP/mixctl/mixctl" \
	    -s "$NET/mix1/control" clock accept
	for _step in $YEAR 0; do
		step_clock $_step no 1
		await 15 "it waits" waits_for_clock set
		atf_check_equal "$old" "$(subkey_files)"
		atf_check -e match:"is believed" "$TOP/mixctl/mixctl" \
		    -s "$NET/mix1/control" clock accept
		await 5 "a new subkey" is_rotated "$old"
		old=$(subkey_files)
		atf_check_equal 1 "$(subkey_files | wc -l)"
		await 5 "it waits no more" waits_for_nothing
		restart
		await 5 "it waits no more" waits_for_nothing
		atf_check_equal "$old" "$(subkey_files)"
	done
}

atf_init_test_cases()
{
	atf_add_test_case a_stepped_clock_destroys_nothing_and_lets_nothing_in
	atf_add_test_case a_clock_that_is_behind_after_a_boot_waits
	atf_add_test_case a_mix_that_was_off_for_days_comes_back_by_itself
	atf_add_test_case the_operator_accepts_a_clock
}
