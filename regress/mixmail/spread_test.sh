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

# Messages that mixmail sends over a time: from an outbox that loses nothing,
# whenever it is interrupted.  TOP is the tree.

. "$TOP/regress/mixmail/mailtest.sh"

# spread_conf TIME PORT: with an outbox here; by its path the process is known.
spread_conf()
{
	make_conf "server 127.0.0.1 port $2" "spread $1" \
	    "outbox \"$PWD/outbox\""
	mixmail="$TOP/mixmail/mixmail -C $PWD/conf -R mixes"
}

spread_test_case()
{
	atf_test_case "$1" cleanup
	eval "${1}_cleanup()
	{
		stop_sink
		end_sender
	}"
}

# The process that sends, or nothing.
sender()
{
	ps -A -o pid= -o args= | awk -v conf="$PWD/conf" '
	/-q -w -C/ && $NF == conf { print $1; exit }'
}

end_sender()
{
	_pid=$(sender)
	[ -z "$_pid" ] || kill -9 "$_pid"
}

# await SECONDS COMMAND...
await()
{
	_tries=$(($1 * 10))
	shift
	while ! "$@"; do
		sleep 0.1
		_tries=$((_tries - 1))
		[ $_tries -gt 0 ] || atf_fail "not in time: $*"
	done
}

# How many messages mail.eml makes.
parts()
{
	$mixmail -n -t -i -p $path <mail.eml | grep -c '^Remailer-Type:'
}

waiting()
{
	find outbox -path '*/batch.*/*' -type f | wc -l
}

nothing_waits()
{
	[ "$(waiting)" -eq 0 ]
}

arrived()
{
	find sink -name 'mail.*' | wc -l
}

arrived_from()
{
	[ "$(arrived)" -ge "$1" ]
}

sender_is_gone()
{
	[ -z "$(sender)" ]
}

# What the server has got, each message once, makes the mail.
check_mail()
{
	rm -rf whole state once
	mkdir once
	for _file in sink/mail.*; do
		cp "$_file" "once/$(cksum <"$_file" | tr -d ' ')"
	done
	atf_check_equal "$1" "$(find once -type f | wc -l | tr -d ' ')"
	: >whole
	for _file in once/*; do
		cp "$_file" layer
		for _mix in 5 6 7 8; do
			_state=
			[ $_mix -lt 8 ] || _state="-s state"
			"$TOP/mixctl/mixctl" peel -k "$keys/mix$_mix.sec.asc" \
			    $_state <layer >layer.new ||
			    atf_fail "mix $_mix destroys it"
			mv layer.new layer
		done
		cat layer >>whole
	done
	cmp mail.eml whole || atf_fail "not the mail"
}

spread_test_case parts_are_spread_over_the_time
parts_are_spread_over_the_time_body()
{
	start_sink
	make_roster 5 6 7 8
	make_sized 100000
	spread_conf 6s "$port"
	_before=$(date +%s)
	atf_check -e match:'5 messages are sent over the next 6 seconds' \
	    $mixmail -v -t -i -p $path <mail.eml
	[ $(($(date +%s) - _before)) -lt 5 ] || atf_skip "a slow machine"
	[ "$(arrived)" -lt 5 ] || atf_fail "all went at once"
	await 30 arrived_from 5
	await 10 nothing_waits
	await 10 sender_is_gone
	check_mail 5
	# The sender stays the one that it was sent by.
	atf_check $mixmail -f a@example.com -t -i -p $path <mail.eml
	await 30 arrived_from 10
	atf_check_equal 5 "$(cat sink/envelope.* |
	    grep -c '^FROM:<a@example.com>')"
	atf_check_equal 5 "$(cat sink/envelope.* | grep -c '^FROM:<>')"
}

# Nobody else may look in, and those who do see no mail.
spread_test_case what_waits_is_sealed
what_waits_is_sealed_body()
{
	make_roster 5 6 7 8
	make_sized 100000
	spread_conf 1h 1
	atf_check $mixmail -t -i -p $path <mail.eml
	atf_check_equal 5 "$(waiting)"
	find outbox ! -perm 700 -type d >open
	find outbox ! -perm 600 -type f >>open
	atf_check cat open
	grep -r -l -e b@example.com -e 0000000000 outbox >clear
	atf_check cat clear
	# Their time has not come.
	end_sender
	atf_check -e match:'0 messages sent, 5 wait' $mixmail -q -v
}

# All parts are due, and there is no server yet; the process is killed.
spread_test_case what_was_interrupted_is_sent_later
what_was_interrupted_is_sent_later_body()
{
	start_sink
	_port=$port
	stop_sink
	make_roster 5 6 7 8
	make_sized 100000
	spread_conf 1s "$_port"
	atf_check $mixmail -t -i -p $path <mail.eml
	sleep 2
	end_sender
	await 10 sender_is_gone
	atf_check_equal 5 "$(waiting)"
	atf_check -s exit:75 -e match:"127.0.0.1" $mixmail -q
	atf_check_equal 5 "$(waiting)"
	rm -rf sink
	start_sink -p "$_port"
	spread_conf 1s "$_port"
	atf_check -e match:'5 messages sent, 0 wait' $mixmail -q -v
	check_mail 5
	atf_check -e match:'0 messages sent, 0 wait' $mixmail -q -v
	atf_check_equal 5 "$(arrived)"
	# Nothing is left but the lock.
	find outbox -mindepth 1 ! -name lock >left
	atf_check cat left
}

# Killed again and again while it sends: nothing is lost.
spread_test_case a_sender_that_is_killed_loses_nothing
a_sender_that_is_killed_loses_nothing_body()
{
	start_sink
	make_roster 5 6 7 8
	make_sized 400000
	spread_conf 4s "$port"
	_all=$(parts)
	[ "$_all" -ge 20 ] || atf_fail "$_all parts"
	atf_check $mixmail -t -i -p $path <mail.eml
	for _some in 4 8 12 16; do
		await 30 arrived_from $_some
		end_sender
		await 10 sender_is_gone
		$mixmail -q -w >/dev/null 2>&1 &
	done
	await 30 nothing_waits
	await 10 sender_is_gone
	check_mail "$_all"
}

# One process sends for all who come meanwhile, one after the other.
spread_test_case a_second_mail_waits_for_the_first
a_second_mail_waits_for_the_first_body()
{
	start_sink
	make_roster 5 6 7 8
	make_sized 60000
	spread_conf 3s "$port"
	atf_check $mixmail -t -i -p $path <mail.eml
	atf_check $mixmail -t -i -p $path <mail.eml
	await 30 arrived_from $((2 * $(parts)))
	await 10 nothing_waits
	await 10 sender_is_gone
	atf_check_equal $((2 * $(parts))) "$(arrived)"
}

spread_test_case a_message_alone_goes_at_once
a_message_alone_goes_at_once_body()
{
	start_sink
	make_roster 5 6 7 8
	make_sized 1000
	spread_conf 1h "$port"
	atf_check $mixmail -t -i -p $path <mail.eml
	atf_check_equal 1 "$(arrived)"
	[ ! -e outbox ] || atf_fail "there is an outbox"
	# Two recipients are two messages.
	spread_conf 1s "$port"
	atf_check $mixmail -i -p $path b@example.com c@example.com <mail.eml
	await 30 arrived_from 3
}

spread_test_case without_a_place_nothing_is_sent
without_a_place_nothing_is_sent_body()
{
	start_sink
	make_roster 5 6 7 8
	make_sized 100000
	spread_conf 1s "$port"
	: >outbox
	atf_check -s exit:75 -e match:'outbox' $mixmail -t -i -p $path <mail.eml
	atf_check_equal 0 "$(arrived)"
	rm outbox
	# What was never complete isn't sent, and goes when it is old.
	mkdir -p outbox/new.1
	: >outbox/new.1/1.0
	touch -t 202001010000 outbox/new.1
	atf_check -e match:'0 messages sent, 0 wait' $mixmail -q -v
	[ ! -e outbox/new.1 ] || atf_fail "it is still there"
}

spread_test_case what_is_a_day_late_is_given_up
what_is_a_day_late_is_given_up_body()
{
	start_sink
	make_roster 5 6 7 8
	make_sized 60000
	spread_conf 1h "$port"
	atf_check $mixmail -t -i -p $path <mail.eml
	end_sender
	_batch=$(echo outbox/batch.*)
	for _file in "$_batch"/*; do
		mv "$_file" "$_batch/$(($(date +%s) - 86500)).${_file##*.}"
	done
	_late="^mixmail: $(parts) messages could not be sent for a day"
	atf_check -e match:"$_late" $mixmail -q
	atf_check_equal 0 "$(arrived)"
	nothing_waits || atf_fail "they still wait"
}

atf_init_test_cases()
{
	atf_add_test_case parts_are_spread_over_the_time
	atf_add_test_case what_waits_is_sealed
	atf_add_test_case what_was_interrupted_is_sent_later
	atf_add_test_case a_sender_that_is_killed_loses_nothing
	atf_add_test_case a_second_mail_waits_for_the_first
	atf_add_test_case a_message_alone_goes_at_once
	atf_add_test_case without_a_place_nothing_is_sent
	atf_add_test_case what_is_a_day_late_is_given_up
}
