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


# Clients that nobody wants, more of them than may be: they are turned away,
# memory and disk stay as they are, and good mail goes on its way.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/smtpd-mix/nettest.sh"
. "$TOP/regress/smtpd-mix/traffic.sh"

LIMITS="limit connections 200 per address 60 timeout 3s"

# Mischief comes from other addresses than good mail.
need_addresses()
{
	for _a in 2 3 4; do
		"$TOP/regress/smtpd-mix/flood" -b 127.0.0.$_a -c 0 1 x idle ||
		    atf_skip "the system has no address 127.0.0.$_a"
	done
}

# flood KIND CONNECTIONS [ADDRESS]: sends them; flood.KIND has what they are
# told.
flood()
{
	"$TOP/regress/smtpd-mix/flood" -b "127.0.0.${3:-2}" -c "$2" \
	    "$(net_port 1)" "mixtasy@$(net_name 1)" "$1" \
	    >>"flood.$1" 2>flood.err &
	echo $! >"sink.flood.$1.${3:-2}.pid"
}

flood_end()
{
	for _file in sink.flood."$1".*.pid; do
		kill "$(cat "$_file")"
		wait "$(cat "$_file")"
		rm "$_file"
	done
}

# flood_got KIND CODE COUNT: whether so many have been told that.
flood_got()
{
	[ "$(grep -c "^$1 $2\$" "flood.$1")" -ge "$3" ]
}

# Kilobytes on disk of what mix 1 keeps.
disk_size()
{
	du -sk "$NET/mix1/spool" | cut -f 1
}

# A flood of one kind: good mail flows meanwhile, and the codes come as often
# as told: through_flood KIND CONNECTIONS {CODE COUNT}...
through_flood()
{
	_kind=$1
	flood "$_kind" "$2"
	shift 2
	await_mails 40
	while [ $# -gt 0 ]; do
		await 40 "$_kind is answered $1" flood_got "$_kind" "$1" "$2"
		shift 2
	done
	await_mails 40
	check_sizes "many clients of the kind $_kind"
	flood_end "$_kind"
}

net_test_case good_mail_flows_through_a_flood_of_bad_clients
good_mail_flows_through_a_flood_of_bad_clients_head()
{
	atf_set timeout 600
}
good_mail_flows_through_a_flood_of_bad_clients_body()
{
	need_addresses
	nettest_begin
	two_mixes "$LIMITS"
	start_load -c 12 -d 100
	await_mails 100
	list_roles
	list_sizes >sizes.before
	_disk=$(disk_size)

	# Each connection beyond sixty is turned away; those in are sent away.
	through_flood idle 100 421 100
	through_flood half 100 354 60 421 20
	through_flood slow 100 421 100
	through_flood large 20 552 20
	# Ten mistakes end a connection, one mail a connection is none.
	through_flood junk 40 550 1000
	through_flood forged 40 250 1000

	_disk=$(($(disk_size) - _disk))
	[ $_disk -le 16384 ] || atf_fail "$_disk KB more on the disk"
	stop_load
	await_empty
	list_arrivals
	check_all_arrived
	awk '/killed|exited|broken|fatal/' "$NET"/mix*/log >bad
	[ ! -s bad ] || atf_fail "$(cat bad)"
}

# Texts without an end, from enough addresses to hold all credits there are.
net_test_case texts_without_an_end_give_way
texts_without_an_end_give_way_head()
{
	atf_set timeout 600
}
texts_without_an_end_give_way_body()
{
	need_addresses
	nettest_begin
	two_mixes "$LIMITS"
	for _address in 2 3 4; do
		flood drip 50 $_address
	done
	await 30 "all credits are held" figure_is 1 smtp.credit 0
	start_load -c 4 -t 60
	await_mails 8 90
	await 60 "slow clients are sent away" flood_got drip 421 8
	stop_load
	flood_end drip
	await_empty
	list_arrivals
	check_all_arrived
	await 10 "all credits are there again" figure_from 1 smtp.credit 120
}

# What a status figure of mix 1 may be at most.
at_most()
{
	_figure=$(net_figure 1 "$1")
	[ -n "$_figure" ] || atf_fail "there is no figure $1"
	[ "$_figure" -le "$2" ] || atf_fail "$1 is $_figure, not $2"
}

half_taken()
{
	[ -f acked.half ] && [ "$(wc -l <acked.half)" -ge "$1" ]
}

# half_mails PARTS: a flood of mails that get so many parts and never more.
half_mails()
{
	rm -f acked.half
	"$TOP/regress/smtpd-mix/load" -c 8 -h "$1" acked.half \
	    "$(net_port 1),x@$(net_name 1),$NET/mixes/mix1.asc" 2>half.err &
	_half=$!
	echo $_half >sink.half.pid
	await 90 "some parts are taken" half_taken 200
	await_mails 40 60
	await 90 "many parts are taken" half_taken 1500
	await_mails 40 60
	at_most queue.incomplete_mails 30
	# Four megabytes of parts, each in a slot, and what is under way.
	at_most queue.incomplete_parts 128
	at_most queue.live 500
	check_sizes "mails of $1 parts that never get whole"
	kill $_half
	net_wait 70 net_gone $_half || atf_fail "the flood does not end"
	wait $_half || {
		cat half.err
		atf_fail "a part was refused"
	}
	rm -f sink.half.pid
}

# Many mails with a part each, and few with many: both limits are met.
net_test_case good_mail_flows_through_a_flood_of_half_mails
good_mail_flows_through_a_flood_of_half_mails_head()
{
	atf_set timeout 600
}
good_mail_flows_through_a_flood_of_half_mails_body()
{
	nettest_begin
	two_mixes "multipart sets 30 octets 4M keep 20s"
	start_load -c 6 -d 100
	await_mails 50
	list_roles
	list_sizes >sizes.before
	_disk=$(disk_size)
	half_mails 1
	half_mails 60
	_disk=$(($(disk_size) - _disk))
	[ $_disk -le 16384 ] || atf_fail "$_disk KB more on the disk"
	[ "$(net_figure 1 queue.parts_destroyed)" -ge 2000 ] ||
	    atf_fail "the limits were not met"
	stop_load
	await 90 "half mails are given up" figure_is 1 queue.incomplete_mails 0
	await_empty
	list_arrivals
	check_all_arrived
}

atf_init_test_cases()
{
	atf_add_test_case texts_without_an_end_give_way
	atf_add_test_case good_mail_flows_through_a_flood_of_bad_clients
	atf_add_test_case good_mail_flows_through_a_flood_of_half_mails
}
