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


# Replays: a message goes on once, whatever has been between, and however its
# octets were changed by somebody who can't open it.  The answer is as ever.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/smtpd-mix/nettest.sh"

# Mix 1 alone, and a sink that stands for mix 2; the rest are certificates.
one_mix()
{
	nettest_begin
	NET_MIXES=4
	start_sink sink
	NET_PORT_2=$sink_port
	for _n in 2 3 4; do
		net_conf $_n "mode middleman exitpublic" "$NO_DUMMIES"
	done
	net_conf 1 "$RETRY" "$NO_DUMMIES" "$FAST" "$@"
	start_network 1 2 3 4
	net_stop 2 3 4
	sender
	path=$(path_of 1 2 3 4)
	sent=0
}

new_message()
{
	make_mail carol@far.example | make_message "$path" carol@far.example
}

# Waits for so many more looks at the pool.
rounds()
{
	_rounds=$(net_figure 1 pool.rounds)
	await 10 "the pool is looked at" figure_from 1 pool.rounds \
	    $((_rounds + $1))
}

# goes_on FILE: it is new, and sent on.
goes_on()
{
	answer=$(submit 1 "$1")
	matches '^250 ' "$answer"
	sent=$((sent + 1))
	await 10 "$1 goes on" sink_has sink $sent
}

# is_replay FILE COUNT: it is answered like the last one that went on, destroyed
# as a replay, the COUNTth since the start.
is_replay()
{
	atf_check_equal "$answer" "$(submit 1 "$1")"
	await 5 "$1 is destroyed" figure_is 1 messages.destroyed.replay "$2"
}

# Nothing but what was counted has gone on.
nothing_more()
{
	rounds 2
	atf_check_equal 0 "$(net_figure 1 queue.live)"
	atf_check_equal $sent "$(find sink -name 'mail.*' | wc -l)"
}

kill_mix()
{
	_pid=$(net_pid 1)
	kill -9 "$_pid"
	await 10 "all its processes are gone" net_gone "$_pid"
	net_start 1 || atf_fail "see above"
}

rotate()
{
	net_mixctl 1 rotate 2>/dev/null || atf_fail "no rotation"
}

net_test_case a_replay_is_known_after_restarts_and_rotations
a_replay_is_known_after_restarts_and_rotations_body()
{
	one_mix
	new_message >message
	goes_on message
	is_replay message 1
	net_stop 1
	net_start 1 || atf_fail "see above"
	is_replay message 1
	rotate
	is_replay message 2
	kill_mix
	is_replay message 1
	# One under the new subkey; the old one still opens the other.
	net_publish 1
	new_message >new
	goes_on new
	is_replay new 2
	is_replay message 3
	rotate
	kill_mix
	is_replay new 1
	is_replay message 2
	nothing_more
}

# What is held when the daemon is killed was never in a log that was synced.
net_test_case a_replay_of_what_is_held_is_known_after_a_kill
a_replay_of_what_is_held_is_known_after_a_kill_body()
{
	one_mix
	net_conf 1 "$RETRY" "$NO_DUMMIES" "$SLOW"
	net_mixctl 1 reload 2>/dev/null || atf_fail "no reload"
	new_message >message
	answer=$(submit 1 message)
	kill_mix
	is_replay message 1
	atf_check_equal 1 "$(net_figure 1 queue.live)"
	rotate
	kill_mix
	is_replay message 1
	net_conf 1 "$RETRY" "$NO_DUMMIES" "$FAST"
	net_mixctl 1 reload 2>/dev/null || atf_fail "no reload"
	sent=1
	await 10 "it goes on" sink_has sink 1
	await 10 "its slot is free" figure_is 1 queue.live 0
	is_replay message 2
	nothing_more
}

# again KIND FILE: the message in other octets, in FILE.KIND.
again()
{
	"$TOP/regress/smtpd-mix/again" "$1" "$NET/mixes/mix1.asc" <"$2" \
	    >"$2.$1"
	_status=$?
	if [ $_status -eq 0 ] && cmp -s "$2" "$2.$1"; then
		atf_fail "$1: it is the same"
	fi
	return $_status
}

# twins KIND: of a message and its twin only the first goes on, whichever it is.
twins()
{
	new_message >first
	again "$1" first || atf_fail "$1: no twin"
	goes_on first
	_replays=$((_replays + 1))
	is_replay first."$1" $_replays
	new_message >second
	again "$1" second || atf_fail "$1: no twin"
	goes_on second."$1"
	_replays=$((_replays + 1))
	is_replay second $_replays
}

net_test_case x25519_messages_in_other_octets_are_replays
x25519_messages_in_other_octets_are_replays_body()
{
	one_mix
	_replays=0
	for _kind in point header tail; do
		twins $_kind
	done
	net_stop 1
	net_start 1 || atf_fail "see above"
	is_replay first.point 1
	nothing_more
}

# A sum that is too long for its number: another message is tried.
rsa_message()
{
	_tries=0
	while :; do
		new_message >"$1"
		again modulus "$1" && return 0
		_tries=$((_tries + 1))
		[ $_tries -lt 200 ] || atf_fail "no sum fits"
	done
}

# Such a number is not taken for a session key: it must not tell by the answer.
net_test_case rsa_messages_with_a_larger_number_are_destroyed
rsa_messages_with_a_larger_number_are_destroyed_body()
{
	one_mix "subkey algorithm rsa2048"
	_replays=0
	for _kind in header tail; do
		twins $_kind
	done
	rsa_message first
	goes_on first
	_in=$(net_figure 1 messages.in)
	atf_check_equal "$answer" "$(submit 1 first.modulus)"
	await 5 "it is counted" figure_is 1 messages.in $((_in + 1))
	rsa_message second
	atf_check_equal "$answer" "$(submit 1 second.modulus)"
	goes_on second
	atf_check_equal "$answer" "$(submit 1 second.modulus)"
	nothing_more
}

atf_init_test_cases()
{
	atf_add_test_case a_replay_is_known_after_restarts_and_rotations
	atf_add_test_case a_replay_of_what_is_held_is_known_after_a_kill
	atf_add_test_case x25519_messages_in_other_octets_are_replays
	atf_add_test_case rsa_messages_with_a_larger_number_are_destroyed
}
