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

# mixctl spool: a spool that no daemon uses is looked at, and put in order.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/smtpd-mix/nettest.sh"

mixctl=$TOP/mixctl/mixctl
daemon=$TOP/smtpd-mix/smtpd-mix

# Octets of a superblock and of a slot's header, all but the checksum.
SUPER=8192
SUMMED=496

# A mix that holds three messages and has been stopped.
three_messages()
{
	[ -n "${NET:-}" ] || nettest_begin
	net_conf 1 "$SLOW" "$NO_DUMMIES"
	net_conf 2 "$NO_DUMMIES" "mode middleman exitprivate" \
	    "domain \"$(net_name 2)\" host 127.0.0.1 port 9"
	start_network 1 2
	net_stop 2
	sender
	for _i in 1 2 3; do
		printf 'To: carol\n\n%s\n' $_i |
		    make_message "$(path_of 1 2 1 2)" \
		    "carol@$(net_name 2)" >mail.$_i
		replies 250 mail.$_i
	done
	atf_check_equal 3 "$(net_figure 1 queue.live)"
	net_stop 1
	spool=$NET/mix1/spool
}

# The numbers of the slots in use.
slots()
{
	od -An -v -tu1 -w512 -j$SUPER -N524288 "$spool/spool" |
	    awk '$7 >= 2 { print NR - 1 }'
}

header_of()
{
	echo $((SUPER + $1 * 512))
}

body_of()
{
	echo $((SUPER + 524288 + $1 * 32768))
}

# damage OFFSET: one octet there.
damage()
{
	_octet=$(od -An -tu1 -j"$1" -N1 "$spool/spool")
	printf "\\$(printf %03o $((255 - _octet)))" |
	    dd of="$spool/spool" bs=1 seek="$1" conv=notrunc 2>/dev/null
}

# check STATUS COMMAND PATTERN...: what is said has all of them.
check()
{
	_exit=$1 _command=$2
	shift 2
	atf_check -s "exit:$_exit" -o save:said "$mixctl" spool "$_command" \
	    -d "$spool"
	for _pattern; do
		grep -q -e "$_pattern" said || {
			cat said
			atf_fail "not said: $_pattern"
		}
	done
}

# It starts, and has so many messages and no damage.
starts_with()
{
	net_start 1 || atf_fail "see above"
	atf_check_equal "$1" "$(net_figure 1 queue.live)"
	atf_check_equal 0 "$(net_figure 1 queue.damaged)"
}

net_test_case a_good_spool_is_in_order
a_good_spool_is_in_order_body()
{
	three_messages
	md5sum "$spool"/* >before
	check 0 check 'format 1: 1024 slots, 3 in use; 3 bodies' '^in order$'
	atf_check_equal 2 "$(wc -l <said)"
	md5sum "$spool"/* | cmp - before || atf_fail "a look has changed it"
	check 0 repair '^in order$'
	starts_with 3
}

net_test_case a_spool_in_use_is_left_alone
a_spool_in_use_is_left_alone_body()
{
	three_messages
	net_start 1 || atf_fail "see above"
	for _command in check repair; do
		atf_check -s exit:2 -o empty \
		    -e match:"^mixctl: $spool: smtpd-mix uses it; stop it" \
		    "$mixctl" spool $_command -d "$spool"
	done
}

net_test_case what_a_kill_leaves_is_put_in_order
what_a_kill_leaves_is_put_in_order_body()
{
	three_messages
	net_start 1 || atf_fail "see above"
	_parent=$(net_pid 1)
	replies 250 mail.1
	_log=$(ls "$spool"/replay-*)
	kill -9 "$_parent"
	net_wait 10 flock -n "$spool" true || atf_fail "it doesn't end"
	printf torn >>"$_log"
	: >"$spool/replay.new"
	check 1 check 'replay logs with a torn end: 1; to be cut off' \
	    'never used: 1; to be removed'
	check 0 repair 'replay logs with a torn end: 1; cut off' '^in order$'
	[ ! -e "$spool/replay.new" ] || atf_fail "not removed"
	check 0 check '^in order$'
	starts_with 3
}

net_test_case a_damaged_header_is_told_and_overwritten
a_damaged_header_is_told_and_overwritten_body()
{
	three_messages
	_slot=$(slots | head -n 1)
	damage $(($(header_of $_slot) + 80))
	check 1 check "header can't be read, LOST: 1; to be overwritten" \
	    '2 in use'
	check 0 repair "header can't be read, LOST: 1; overwritten" '^in order$'
	atf_check_equal 2 "$(slots | wc -l)"
	atf_check_equal 32768 "$(dd if="$spool/spool" bs=32768 count=1 \
	    iflag=skip_bytes skip=$(body_of $_slot) 2>/dev/null |
	    tr -cd '\0' | wc -c)"
	check 0 check '^in order$'
	starts_with 2
}

# Nobody else gets it through in its place, either.
net_test_case a_message_that_is_overwritten_stays_a_replay
a_message_that_is_overwritten_stays_a_replay_body()
{
	three_messages
	for _slot in $(slots); do
		damage $(($(body_of $_slot) + 1000))
	done
	# As after a crash that has taken what was not synced.
	for _log in "$spool"/replay-*; do
		truncate -s 32 "$_log"
	done
	check 1 check "body can't be read, LOST: 3; to be overwritten"
	check 0 repair "body can't be read, LOST: 3; overwritten" '^in order$'
	starts_with 0
	for _i in 1 2 3; do
		replies 250 mail.$_i
	done
	atf_check_equal 3 "$(net_figure 1 messages.destroyed.replay)"
	atf_check_equal 0 "$(net_figure 1 queue.live)"
}

net_test_case a_damaged_replay_log_is_beyond_repair
a_damaged_replay_log_is_beyond_repair_body()
{
	three_messages
	_log=$(ls "$spool"/replay-*)
	printf x | dd of="$_log" bs=1 seek=40 conv=notrunc 2>/dev/null
	cp "$_log" before
	for _command in check repair; do
		check 2 $_command 'replay log of subkey [0-9A-F]* is damaged'
		cmp "$_log" before || atf_fail "it was changed"
	done
}

# As a later program would leave it.
newer()
{
	for _copy in 0 4096; do
		printf '\002' | dd of="$spool/spool" bs=1 \
		    seek=$((_copy + 8)) conv=notrunc 2>/dev/null
		dd if="$spool/spool" bs=1 skip=$_copy count=$SUMMED \
		    of=summed 2>/dev/null
		openssl mac -cipher AES-128-GCM -binary \
		    -macopt hexkey:00000000000000000000000000000000 \
		    -macopt hexiv:000000000000000000000000 -in summed GMAC |
		    dd of="$spool/spool" bs=1 seek=$((_copy + SUMMED)) \
		    conv=notrunc 2>/dev/null
	done
}

net_test_case a_newer_spool_is_refused_and_not_touched
a_newer_spool_is_refused_and_not_touched_body()
{
	three_messages
	newer
	md5sum "$spool"/* >before
	for _command in check repair; do
		atf_check -s exit:2 -o empty \
		    -e match:'^mixctl: .*: spool: format 2 is newer than this' \
		    "$mixctl" spool $_command -d "$spool"
	done
	timeout 20 "$daemon" -d -f "$NET/mix1/smtpd-mix.conf" 2>err &&
	    atf_fail "it starts"
	atf_check -o match:'spool: format 2 is newer than this program' cat err
	md5sum "$spool"/* | cmp - before || atf_fail "it was changed"
}

net_test_case the_queues_user_may_do_it
the_queues_user_may_do_it_head()
{
	atf_set require.user root
	atf_set require.progs setpriv
}
the_queues_user_may_do_it_body()
{
	nettest_begin_open
	mixctl=$TOP/mixctl/mixctl
	three_messages
	_uid=$(net_uid 1 queue)
	damage $(($(header_of "$(slots | head -n 1)") + 80))
	atf_check -s exit:1 -o match:'LOST: 1' setpriv --reuid="$_uid" \
	    --clear-groups "$mixctl" spool check -d "$spool"
	atf_check -o match:'^in order' setpriv --reuid="$_uid" \
	    --clear-groups "$mixctl" spool repair -d "$spool"
	starts_with 2
	net_stop 1
	# Root leaves nothing that the queue could not open afterwards.
	check 0 repair '^in order$'
	starts_with 2
	net_stop 1
}
the_queues_user_may_do_it_cleanup()
{
	nettest_end_open
}

atf_test_case what_is_no_spool_is_told
what_is_no_spool_is_told_body()
{
	mkdir empty
	atf_check -s exit:2 -e match:'^mixctl: empty: spool: No such file' \
	    "$mixctl" spool check -d empty
	atf_check -s exit:2 -e match:'^mixctl: empty: spool: No such file' \
	    "$mixctl" spool repair -d empty
	[ -z "$(ls empty)" ] || atf_fail "something was made"
	atf_check -s exit:2 -e match:'^mixctl: nowhere: no such directory' \
	    "$mixctl" spool check -d nowhere
	for _arguments in '' check\ more nonsense check\ -x; do
		atf_check -s exit:2 -e match:'^usage: ' \
		    "$mixctl" spool $_arguments
	done
}

atf_init_test_cases()
{
	atf_add_test_case a_good_spool_is_in_order
	atf_add_test_case a_spool_in_use_is_left_alone
	atf_add_test_case what_a_kill_leaves_is_put_in_order
	atf_add_test_case a_damaged_header_is_told_and_overwritten
	atf_add_test_case a_message_that_is_overwritten_stays_a_replay
	atf_add_test_case a_damaged_replay_log_is_beyond_repair
	atf_add_test_case a_newer_spool_is_refused_and_not_touched
	atf_add_test_case the_queues_user_may_do_it
	atf_add_test_case what_is_no_spool_is_told
}
