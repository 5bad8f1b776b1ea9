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


# Roles of a mix stand still under load, one after the other: the others stay
# as large as they are, nothing is lost, and all goes on afterwards.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/smtpd-mix/nettest.sh"
. "$TOP/regress/smtpd-mix/traffic.sh"

# More connections than there are credits for: the rest waits.
CONNECTIONS=160

# Whether status says of one role, and of no other, that it stands still.
shown_as_stopped()
{
	if [ "$1" = control ]; then
		! net_mixctl 1 status 2>&1 | grep -q 'control stands still' ||
		    return 0
		return 1
	fi
	net_mixctl 1 status >seen || return 1
	grep 'NOT ANSWERING' seen | grep -q "^$1[ /]"
}

all_answer()
{
	net_mixctl 1 status >seen && ! grep -q 'NOT ANSWERING' seen
}

stop_role()
{
	list_sizes >sizes.before
	kill -STOP "$(role_pid "$1")"
	case $1 in
	smtp)
		;;
	crypto|queue)
		await 15 "smtp has used its credits" \
		    figure_is 1 smtp.credit 0 ;;
	*)
		await_mails 60 ;;
	esac
	await 15 "$1 is shown as stopped" shown_as_stopped "$1"
	check_sizes "$1 standing still"
	kill -CONT "$(role_pid "$1")"
	await 15 "all roles answer after $1 was stopped" all_answer
	await_mails 100
	check_sizes "$1 going on again"
}

net_test_case a_role_that_stands_still_makes_no_other_grow
a_role_that_stands_still_makes_no_other_grow_head()
{
	atf_set timeout 600
}
a_role_that_stands_still_makes_no_other_grow_body()
{
	nettest_begin
	two_mixes "limit connections 300 per address 300"
	start_load -c $CONNECTIONS -d 2000 -t 60
	await_mails 150
	list_roles
	for _role in $ALL_ROLES; do
		stop_role $_role
	done
	stop_load
	await_empty
	list_arrivals
	check_all_arrived
	uniq -d arrived >twice
	[ ! -s twice ] || atf_fail "mails came twice"
	net_mixctl 1 status >roles.after
	awk 'NR <= 11 { print $1, $2 }' roles >pids.before
	awk 'NR <= 11 { print $1, $2 }' roles.after >pids.after
	cmp pids.before pids.after || atf_fail "a role died"
}

atf_init_test_cases()
{
	atf_add_test_case a_role_that_stands_still_makes_no_other_grow
}
