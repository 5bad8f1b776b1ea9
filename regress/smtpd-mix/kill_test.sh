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

# Roles of a mix are killed under load: what was acknowledged arrives, and comes
# twice only if the kill fell between the peer's final reply and its record.
#
# Not in the ordinary suite, with KILL_SOAK=seconds in the environment: roles
# are killed at random times for so long (five minutes are 300).

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/smtpd-mix/nettest.sh"
. "$TOP/regress/smtpd-mix/traffic.sh"

TARGETS="smtp crypto seal keys pool queue relay deliver control parent"

# A mail that came twice was on its way when a role was killed: the first copy
# came at most so long before.
IN_FLIGHT_MS=1000

# As a service manager does: again, until it runs.
restart()
{
	_status=0
	wait "$(net_pid 1)" || _status=$?
	rm -f "$NET/mix1/pid"
	if [ "$1" = parent ]; then
		atf_check_equal 137 $_status
	else
		atf_check_equal 1 $_status
	fi
	for _try in 1 2 3 4 5; do
		if net_start 1 2>>restart.err; then
			return 0
		fi
		echo "$1: not at try $_try" >>restart.failed
	done
	logs
	atf_fail "mix 1 does not start again after $1 was killed"
}

# Writes down when, then kills.
kill_role()
{
	list_roles
	_pid=$(role_pid "$1")
	[ -n "$_pid" ] || atf_fail "no $1 in the list of roles"
	nkills=$((nkills + 1))
	[ "$1" != parent ] || nparents=$((nparents + 1))
	printf 'X-Load: %s\n\n' "$1" >"kills/$nkills"
	kill -9 "$_pid" || atf_fail "$1 can't be killed"
	await 15 "mix 1 ends after $1 was killed" net_gone "$(net_pid 1)"
	restart "$1"
}

# No role died of anything else.
check_logs()
{
	grep -h -e 'killed by signal' -e 'exited with status' "$NET"/mix*/log |
	    grep -v 'killed by signal 9;' >died
	[ ! -s died ] || {
		cat died
		logs
		atf_fail "a role died by itself"
	}
	atf_check_equal $((nkills - nparents)) \
	    "$(grep -c 'killed by signal 9;' "$NET/mix1/log")"
}

# Prints each time a mail came to the server again and was not in flight when a
# role was killed.
unexplained()
{
	find kills -type f | "$TOP/regress/smtpd-mix/arrivals" |
	    cut -d ' ' -f 2 | sort -n >kills.times
	sort -k 1,1 -k 2,2n arrived.sink | awk -v before=$IN_FLIGHT_MS '
	BEGIN { while ((getline t <"kills.times") > 0) kill[n++] = t }
	$1 "" == id "" {
		found = 0
		for (i = 0; i < n; i++)
			if (kill[i] >= last - before && kill[i] <= $2 &&
			    last <= kill[i] + before)
				found = 1
		if (!found)
			print id, "came at", last, "and at", $2
	}
	{ id = $1; last = $2 }'
}

# One connection to the server, one mail at a time: with a kill few can be in
# flight.
check_repeats()
{
	for _maildir in arrived.maildir1 arrived.maildir2; do
		cut -d ' ' -f 1 $_maildir | sort | uniq -d >twice
		[ ! -s twice ] || atf_fail "a mail is twice in a Maildir"
	done
	_sink=$(($(wc -l <arrived.sink) -
	    $(cut -d ' ' -f 1 arrived.sink | sort -u | wc -l)))
	_replays=$(net_mixctl 2 status -j | awk '
	    /"replay"/ { gsub(/[^0-9]/, ""); print }')
	echo "$nkills kills, $(acked_count) mails; to the server $_sink" \
	    "came twice, to mix 2 ${_replays:-0}"
	unexplained >why
	[ ! -s why ] || {
		cat why
		atf_fail "mails came twice without a reason"
	}
	[ $_sink -le $nkills ] || atf_fail "too many mails came twice"
	[ "${_replays:-0}" -le $nkills ] ||
	    atf_fail "too many mails were sent to mix 2 again"
}

begin_kills()
{
	mkdir kills
	nkills=0 nparents=0
}

# All that was taken comes out, and nothing else.
check_after_kills()
{
	stop_load
	await_empty
	list_arrivals
	check_all_arrived
	check_logs
	check_repeats
	[ ! -s restart.failed ] || cat restart.failed
}

net_test_case what_is_acknowledged_arrives_whichever_role_is_killed
what_is_acknowledged_arrives_whichever_role_is_killed_head()
{
	atf_set timeout 600
}
what_is_acknowledged_arrives_whichever_role_is_killed_body()
{
	nettest_begin
	two_mixes
	begin_kills
	start_load -c 12 -d 100
	for _round in 1 2 3 4 5; do
		for _target in $TARGETS; do
			await_mails $((_round * 3 + 4))
			# So that what goes out is under way, too.
			await 20 "the pool fires" figure_from 1 pool.fired 1
			kill_role $_target
		done
	done
	await_mails 20
	check_after_kills
}

# A number below $1.
random()
{
	od -An -N4 -tu4 /dev/urandom | awk -v n="$1" '{ print $1 % n }'
}

net_test_case what_is_acknowledged_arrives_after_a_soak
what_is_acknowledged_arrives_after_a_soak_head()
{
	atf_set timeout $((${KILL_SOAK:-0} * 3 + 600))
}
what_is_acknowledged_arrives_after_a_soak_body()
{
	nettest_begin
	two_mixes
	begin_kills
	start_load -c 12 -d 100
	await_mails 20
	_end=$(($(date +%s) + KILL_SOAK))
	while [ "$(date +%s)" -lt $_end ]; do
		sleep "$(random 3).$(random 10)"
		# The queue is what loses mail, if anybody does.
		set -- $TARGETS resolver directory queue queue queue
		shift "$(random $#)"
		kill_role "$1"
	done
	await_mails 20 60
	check_after_kills
}

# After a parent was killed the queue that it leaves behind may still write.
net_test_case a_spool_is_one_queues_alone
a_spool_is_one_queues_alone_body()
{
	nettest_begin
	two_mixes
	sed -e "s/port $(net_port 1)\$/port $(net_port 9)/" \
	    -e "s|/mix1/control|/mix9/control|" \
	    "$NET/mix1/smtpd-mix.conf" >second.conf
	mkdir "$NET/mix9"
	atf_check -s exit:1 -o empty \
	    -e match:'spool directory: another smtpd-mix uses it; stop it' \
	    "$TOP/smtpd-mix/smtpd-mix" -d -f second.conf
	start_load -n 2
	await_mails 1
	stop_load
	net_stop 1
	"$TOP/smtpd-mix/smtpd-mix" -d -f second.conf 2>second.log &
	echo $! >"$NET/mix9/pid"
	await 10 "the other mix starts now" net_mixctl 9 cert
	await 10 "and sends what it finds" figure_is 9 queue.live 0
	atf_check_equal 0 "$(net_figure 9 queue.refused)"
}

atf_init_test_cases()
{
	atf_add_test_case a_spool_is_one_queues_alone
	atf_add_test_case what_is_acknowledged_arrives_whichever_role_is_killed
	if [ -n "${KILL_SOAK:-}" ]; then
		atf_add_test_case what_is_acknowledged_arrives_after_a_soak
	fi
}
