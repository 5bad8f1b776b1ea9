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

# Disks that are full, read-only, slow, or fail: each ends in 451 or 452 and a
# clear state, or in a stop, and goes on when the disk does.  No mail that was
# acknowledged is lost.
#
# The spool is on a small file system of its own, in a mount namespace of its
# own, where that is enough.  Errors that no file system makes on demand are put
# into the system calls of the role queue by strace.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/smtpd-mix/nettest.sh"
. "$TOP/regress/smtpd-mix/traffic.sh"

fault_test_case()
{
	net_test_case "$1"
	eval "${1}_head()
	{
		atf_set require.user root
		atf_set require.progs '$2'
	}"
	eval "${1}_cleanup() { fault_end; }"
}

fault_end()
{
	for _file in strace.pid holder.pid; do
		if [ -s $_file ]; then
			kill "$(cat $_file)" 2>/dev/null
		fi
	done
	nettest_end
}

# A mix whose mail goes to a Maildir of its own.
one_mix()
{
	[ -n "${NET:-}" ] || nettest_begin
	mkdir -p sink "$NET/mail2"
	net_maildir 1 bob
	net_conf 1 "$NO_DUMMIES" "$RETRY" "mode middleman exitprivate" \
	    "domain \"$(net_name 1)\" maildir \"$NET/mail1/%u/Maildir\"" "$@"
	sed -i "s/ slots 2048$/ slots ${slots:-2048}/" \
	    "$NET/mix1/smtpd-mix.conf"
}

publish()
{
	net_publish 1 || atf_fail "the certificate can't be published"
}

# load_begin OPTION...: mails to bob; what was taken is in the file acked.
load_begin()
{
	[ -s "$NET/mixes/mix1.asc" ] || atf_fail "no certificate"
	"$TOP/regress/smtpd-mix/load" "$@" acked \
	    "$(net_port 1),bob@$(net_name 1),$NET/mixes/mix1.asc" \
	    2>load.err &
	load_pid=$!
	echo $load_pid >sink.load.pid
}

# All that was taken comes out, however that was left behind.
check_nothing_lost()
{
	await_empty
	list_arrivals
	check_all_arrived
}

await_empty()
{
	await 60 "the queue runs empty" figure_is 1 queue.live 0
}

is_full()
{
	case $(net_figure 1 queue.full) in
	*"$1"*)
		return 0
		;;
	esac
	return 1
}

# The answer to DATA.
try_mail()
{
	printf '%s\n' "EHLO localhost" "MAIL FROM:<>" \
	    "RCPT TO:<mixtasy@$(net_name 1)>" DATA |
	    dialogue "$(net_port 1)" >dialogue.out 2>/dev/null
	tail -n 1 dialogue.out
}

# Whether a mail is refused for now, before it is sent.
refused_for_now()
{
	case $(try_mail) in
	"452 4.3.1 "*)
		return 0
		;;
	esac
	return 1
}

#
# File systems.
#

# hold_namespace SIZE: mounts one of that size on the spool of mix 1, where only
# who is told sees it.
hold_namespace()
{
	mkdir -p "$NET/mix1/spool"
	unshare -m sleep 600 >/dev/null 2>&1 </dev/null &
	holder=$!
	echo $holder >holder.pid
	net_wait 10 sh -c "[ \"\$(readlink /proc/$holder/ns/mnt)\" != \
	    \"\$(readlink /proc/self/ns/mnt)\" ]" ||
	    atf_skip "no mount namespaces here"
	inside mount --make-rprivate / || atf_skip "no mounts here"
	inside mount -t tmpfs -o "size=$1,mode=700,uid=$(net_uid 1 queue)" \
	    tmpfs "$NET/mix1/spool" || atf_skip "no mounts here"
}

inside()
{
	nsenter -t $holder -m -- "$@"
}

start_inside()
{
	# Not by the function: the process has to be the daemon itself.
	nsenter -t $holder -m -- "$TOP/smtpd-mix/smtpd-mix" -d \
	    -f "$NET/mix1/smtpd-mix.conf" >>"$NET/mix1/log" 2>&1 </dev/null &
	echo $! >"$NET/mix1/pid"
	net_wait 20 net_is_up 1
	net_mixctl 1 cert >/dev/null 2>&1
}

must_start_inside()
{
	start_inside || {
		tail -n 5 "$NET/mix1/log"
		atf_fail "it does not start"
	}
}

fault_test_case a_full_disk_is_452_until_there_is_room "unshare nsenter"
a_full_disk_is_452_until_there_is_room_body()
{
	slots=8192
	one_mix "$SLOW"
	hold_namespace 40m
	must_start_inside
	publish
	load_begin -c 8
	await 120 "the disk is full" is_full 'no room on the disk'
	refused_for_now || atf_fail "not 452: $(cat dialogue.out)"
	net_mixctl 1 status >status
	atf_check -o match:'FULL: no room on the disk for a larger spool' \
	    cat status
	_before=$(acked_count)
	[ "$_before" -gt 800 ] || atf_fail "only $_before mails were taken"
	atf_check_equal "$_before" "$(net_figure 1 queue.live)"

	inside mount -o remount,size=120m "$NET/mix1/spool" ||
	    atf_fail "remount"
	await 30 "there is room" figure_is 1 queue.full '""'
	await 30 "mail is taken again" acked_from $((_before + 200))
	matches '^354' "$(try_mail)"
	stop_load
	net_stop 1
	one_mix "$FAST"
	must_start_inside
	check_nothing_lost
	net_stop 1
}

fault_test_case a_disk_without_room_for_a_log_is_told "unshare nsenter"
a_disk_without_room_for_a_log_is_told_body()
{
	slots=1024
	one_mix "$FAST"
	hold_namespace 40m
	must_start_inside
	publish
	load_begin -c 4 -d 10
	await_mails 20
	inside dd if=/dev/zero of="$NET/mix1/spool/filler" bs=4k 2>/dev/null
	await 60 "the log can't grow" is_full 'a replay log can'
	# Now and then it is tried whether the log can be written again.
	await 10 "no mail is taken" refused_for_now
	inside rm "$NET/mix1/spool/filler"
	await 30 "it can" figure_is 1 queue.full '""'
	await_mails 50
	stop_load
	check_nothing_lost
	net_stop 1
	# Every digest has come to its log.
	must_start_inside
	atf_check_equal "$(acked_count)" "$(net_figure 1 queue.digests)"
	net_stop 1
}

fault_test_case a_read_only_spool_is_refused_at_start "unshare nsenter"
a_read_only_spool_is_refused_at_start_body()
{
	slots=1024
	one_mix "$SLOW"
	hold_namespace 40m
	must_start_inside
	publish
	load_begin -c 2 -n 5
	wait $load_pid || atf_fail "the load"
	net_stop 1
	inside mount -o remount,ro "$NET/mix1/spool" || atf_fail "remount"
	: >"$NET/mix1/log"
	start_inside && atf_fail "it starts"
	atf_check -o match:'spool: Read-only file system' cat "$NET/mix1/log"
	atf_check -o match:'10 in use' -o match:'^in order' \
	    nsenter -t $holder -m -- "$TOP/mixctl/mixctl" spool check \
	    -d "$NET/mix1/spool"
	inside mount -o remount,rw "$NET/mix1/spool" || atf_fail "remount"
	one_mix "$FAST"
	must_start_inside
	check_nothing_lost
	net_stop 1
}

#
# System calls.
#

queue_pid()
{
	list_roles
	role_pid queue
}

# inject WHAT: into the system calls of queue, from now on.
inject()
{
	_syscall=${1%%:*}
	strace -o trace -p "$(queue_pid)" -e "trace=$_syscall" \
	    -e "inject=$1" 2>strace.err &
	echo $! >strace.pid
	net_wait 10 grep -q attached strace.err || {
		cat strace.err
		atf_skip "no process can be traced here"
	}
}

inject_end()
{
	kill "$(cat strace.pid)"
	wait "$(cat strace.pid)" 2>/dev/null
	rm strace.pid
}

# A mix under load, of which some mails have come out already.
busy_mix()
{
	one_mix "$FAST"
	net_start 1 || atf_fail "see above"
	publish
	load_begin -c 4 -d 20
	await_mails 20
}

# What is written can't be: no mail is taken, none is lost, and all goes on.
fault_test_case writes_that_fail_are_answered_with_451 strace
writes_that_fail_are_answered_with_451_body()
{
	busy_mix
	_pid=$(queue_pid)
	for _error in EIO EROFS ENOSPC; do
		inject "pwrite64:error=$_error"
		_failed=$(net_figure 1 queue.commits_failed)
		await 30 "commits fail with $_error" figure_from 1 \
		    queue.commits_failed $((_failed + 1))
		_before=$(acked_count)
		atf_check -o match:'commits failed .answered 451' \
		    "$TOP/mixctl/mixctl" -s "$NET/mix1/control" status
		# What was synced may still be on its way to the load.
		await 30 "they go on failing" figure_from 1 \
		    queue.commits_failed $((_failed + 5))
		[ "$(acked_count)" -le $((_before + 4)) ] ||
		    atf_fail "mail is acknowledged and not written"
		inject_end
		await_mails 20
	done
	stop_load
	atf_check_equal "$_pid" "$(queue_pid)"
	check_nothing_lost
}

fault_test_case a_sync_that_fails_ends_it_and_loses_nothing strace
a_sync_that_fails_ends_it_and_loses_nothing_body()
{
	busy_mix
	inject "fdatasync:error=EIO:when=1"
	await 20 "it ends" net_gone "$(net_pid 1)"
	rm -f strace.pid
	_status=0
	wait "$(net_pid 1)" || _status=$?
	atf_check_equal 1 $_status
	atf_check -o match:"can.t be synced|sync of a replay log" \
	    grep -E 'queue.*sync' "$NET/mix1/log"
	rm "$NET/mix1/pid"
	net_start 1 || atf_fail "see above"
	await_mails 20
	stop_load
	check_nothing_lost
}

# Ticks of the processor that a role has used.
ticks()
{
	awk '{ print $14 + $15 }' "/proc/$1/stat"
}

fault_test_case a_slow_disk_is_waited_for strace
a_slow_disk_is_waited_for_body()
{
	busy_mix
	_pid=$(queue_pid)
	list_sizes >sizes.before
	inject "fdatasync:delay_exit=1500000"
	_ticks=$(ticks "$_pid") _before=$(acked_count)
	await 30 "mail is taken all the same" acked_from $((_before + 12))
	_used=$(($(ticks "$_pid") - _ticks))
	[ $_used -lt 100 ] || atf_fail "queue has used $_used ticks meanwhile"
	check_sizes "a slow disk"
	inject_end
	await_mails 40
	stop_load
	atf_check_equal "$_pid" "$(queue_pid)"
	check_nothing_lost
}

# How many messages mixctl queue has in a state and a class.
queue_has()
{
	[ "$(net_mixctl 1 queue | awk -v state="$1" -v class="$2" '
	    $1 == state && $2 == class { n += $3 }
	    END { print n + 0 }')" -eq "$3" ]
}

net_test_case mail_waits_for_a_damaged_storage_key
mail_waits_for_a_damaged_storage_key_body()
{
	one_mix "$SLOW"
	net_start 1 || atf_fail "see above"
	publish
	load_begin -c 2 -n 5
	wait $load_pid || atf_fail "the load"
	atf_check -o match:'^pool +exit +10 +- +0 +-$' \
	    -o match:'^all +10$' "$TOP/mixctl/mixctl" \
	    -s "$NET/mix1/control" queue
	atf_check -o match:'"class": "exit"' -o match:'"messages": 10' \
	    -o match:'"due": null' "$TOP/mixctl/mixctl" \
	    -s "$NET/mix1/control" queue -j
	net_stop 1
	_key=$(ls "$NET"/mix1/keys/storage-*)
	cp "$_key" saved
	printf '\0' | dd of="$_key" bs=1 seek=40 conv=notrunc 2>/dev/null
	cmp -s "$_key" saved && atf_skip "the octet was 0"

	one_mix "$FAST"
	net_start 1 || atf_fail "see above"
	atf_check -o match:'is damaged: exit mail of that day can.t be opened' \
	    cat "$NET/mix1/log"
	await 30 "it is tried" queue_has retry exit 10
	atf_check_equal 1 "$(net_figure 1 keys.storage_keys_lost)"
	atf_check -o match:'the storage keys of 1 days are LOST' \
	    "$TOP/mixctl/mixctl" -s "$NET/mix1/control" status
	atf_check_equal 0 "$(net_figure 1 queue.refused)"
	net_stop 1
	# Into the file that the daemon has left, so that it stays its owner's.
	cat saved >"$_key"
	net_start 1 || atf_fail "see above"
	check_nothing_lost
}

atf_init_test_cases()
{
	atf_add_test_case a_full_disk_is_452_until_there_is_room
	atf_add_test_case a_disk_without_room_for_a_log_is_told
	atf_add_test_case a_read_only_spool_is_refused_at_start
	atf_add_test_case writes_that_fail_are_answered_with_451
	atf_add_test_case a_sync_that_fails_ends_it_and_loses_nothing
	atf_add_test_case a_slow_disk_is_waited_for
	atf_add_test_case mail_waits_for_a_damaged_storage_key
}
