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


# Mails in parts through real mixes: they come out whole, octet for octet, once;
# what stays incomplete goes, and takes no room from others.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/smtpd-mix/nettest.sh"

sealtool()
{
	"$TOP/regress/lib/mixtasy/sealtool" "$@"
}

certs()
{
	for _hop; do
		echo "$NET/mixes/mix$_hop.asc"
	done
}

# split_mail FILE PREFIX: parts by three paths that end at mix 4.
split_mail()
{
	sealtool split "$2" $(certs 1 2 3 4) / $(certs 2 1 3 4) / \
	    $(certs 1 3 2 4) <"$1" || atf_fail "sealtool"
}

# first_of FILE: the number of the mix that a message is for.
first_of()
{
	for _n in 1 2 3 4; do
		if grep -q "^To: mixtasy@$(net_name $_n)" "$1"; then
			echo $_n
		fi
	done
}

# submit_to N FILE...: all are taken.
submit_to()
{
	_to=$1
	shift
	for _file; do
		matches "^250 " "$(submit "$_to" "$_file")"
	done
}

# submit_all N FILE...: the same over one connection.
submit_all()
{
	_to=$1
	shift
	echo "EHLO localhost" >script
	for _file; do
		printf '%s\n' "MAIL FROM:<>" \
		    "RCPT TO:<mixtasy@$(net_name "$_to")>" DATA "<$_file"
	done >>script
	echo QUIT >>script
	dialogue "$(net_port "$_to")" <script >dialogue.out ||
	    atf_fail "the dialogue broke off"
	atf_check_equal $# "$(grep -c '^354 ' dialogue.out)"
	if grep -q '^[45]' dialogue.out; then
		atf_fail "$(grep '^[45]' dialogue.out | head -n 1)"
	fi
}

submit_parts()
{
	for _part; do
		submit_to "$(first_of "$_part")" "$_part"
	done
}

# part ID NUMBER TOTAL FILE: one for mix 4 alone, with standard input in it.
part()
{
	sealtool part "$1" "$2" "$3" "$(certs 4)" >"$4" || atf_fail "sealtool"
}

four_mixes()
{
	NET_MIXES=4
	for _n in 1 2 3; do
		net_conf $_n "$FAST" "$RETRY" "$NO_DUMMIES"
	done
	net_conf 4 "$FAST" "$RETRY" "$NO_DUMMIES" "$@"
	start_network 1 2 3 4
}

maildir_of_mix4()
{
	nettest_begin
	net_maildir 4 bob
	bob=bob@$(net_name 4)
	maildir=$NET/mail4/bob/Maildir
	mode="mode middleman exitprivate"
	domain="domain \"$(net_name 4)\" maildir \"$NET/mail4/%u/Maildir\""
	make_mail "$bob" "in parts" 220000 >mail.eml
}

only_mix4()
{
	net_conf 4 "$FAST" "$RETRY" "$NO_DUMMIES" "$mode" "$domain" "$@"
	start_network 4
}

net_test_case parts_by_several_paths_come_out_as_one_mail_once
parts_by_several_paths_come_out_as_one_mail_once_body()
{
	maildir_of_mix4
	four_mixes "$mode" "$domain"
	split_mail mail.eml part
	set -- part.*
	[ $# -ge 15 ] || atf_fail "only $# parts"
	submit_parts "$@"
	await 60 "the mail in the Maildir" has_new "$maildir"
	cmp mail.eml "$maildir"/new/* || atf_fail "it was changed"
	await 5 "all slots are free" figure_is 4 queue.live 0
	atf_check_equal 1 "$(net_figure 4 messages.delivered_here)"
	atf_check_equal $# "$(net_figure 4 queue.parts_taken)"
	atf_check_equal 0 "$(net_figure 4 queue.parts_destroyed)"
	# None of them comes a second time.
	submit_parts "$@"
	sleep 4
	atf_check_equal 1 "$(find "$maildir/new" -type f | wc -l)"
	atf_check_equal 0 "$(net_figure 4 queue.incomplete_mails)"
}

net_test_case parts_go_to_a_host_as_one_mail
parts_go_to_a_host_as_one_mail_body()
{
	nettest_begin
	start_sink sink
	four_mixes "mode middleman exitpublic" \
	    "route \"*\" host 127.0.0.1 port $sink_port"
	make_mail carol@far.example "in parts" 220000 >mail.eml
	split_mail mail.eml part
	submit_parts part.*
	await 60 "the mail at the host" sink_has sink 1
	sed 's/$/\r/' mail.eml >mail.crlf
	cmp mail.crlf sink/mail.1.1 || atf_fail "it was changed"
	atf_check -o match:"^FROM:<mixtasy@$(net_name 4)>" \
	    -o match:'^TO:<carol@far.example>' cat sink/envelope.1.1
	await 5 "all slots are free" figure_is 4 queue.live 0
}

net_test_case restarts_between_parts_lose_none
restarts_between_parts_lose_none_body()
{
	maildir_of_mix4
	only_mix4
	sealtool split part $(certs 4) <mail.eml
	set -- part.*
	for _file; do
		submit_to 4 "$_file"
		case $_file in
		*[37])
			net_stop 4
			net_start 4 || atf_fail "see above"
			;;
		*5)
			_pid=$(net_pid 4)
			kill -9 "$_pid"
			net_wait 10 net_gone "$_pid"
			wait "$_pid" 2>/dev/null
			net_start 4 || atf_fail "see above"
			;;
		esac
	done
	await 20 "the mail in the Maildir" has_new "$maildir"
	cmp mail.eml "$maildir"/new/* || atf_fail "it was changed"
	await 5 "all slots are free" figure_is 4 queue.live 0
	# That it was delivered is known afterwards, too.
	net_stop 4
	net_start 4 || atf_fail "see above"
	submit_to 4 "$1"
	atf_check_equal 0 "$(net_figure 4 queue.incomplete_mails)"
}

net_test_case incomplete_mails_are_given_up_after_the_time
incomplete_mails_are_given_up_after_the_time_body()
{
	maildir_of_mix4
	only_mix4 "multipart keep 5s"
	printf 'To: %s\n\none' "$bob" | part a 1 2 a1
	printf two | part a 2 2 a2
	submit_to 4 a1
	atf_check_equal 1 "$(net_figure 4 queue.incomplete_mails)"
	await 15 "the slot is free" figure_is 4 queue.live 0
	atf_check_equal 1 "$(net_figure 4 queue.incomplete_given_up)"
	submit_to 4 a2
	atf_check_equal 0 "$(net_figure 4 queue.incomplete_mails)"
	atf_check_equal 1 "$(net_figure 4 queue.parts_destroyed)"
}

net_test_case mail_to_strangers_is_destroyed_by_a_private_exit
mail_to_strangers_is_destroyed_by_a_private_exit_body()
{
	maildir_of_mix4
	only_mix4
	printf two | part a 2 3 a2
	printf 'To: carol@far.example\n\none' | part a 1 3 a1
	printf three | part a 3 3 a3
	submit_to 4 a2
	atf_check_equal 1 "$(net_figure 4 queue.live)"
	submit_to 4 a1 a3
	await 5 "all slots are free" figure_is 4 queue.live 0
	atf_check_equal 0 "$(net_figure 4 queue.incomplete_mails)"
	# Its header is longer than a part.
	{
		printf 'X: '
		head -c 15000 /dev/zero | tr '\000' x
	} | part b 1 2 b1
	printf '\nTo: %s\n\n' "$bob" | part b 2 2 b2
	submit_to 4 b1 b2
	await 5 "all slots are free" figure_is 4 queue.live 0
	! has_new "$maildir" || atf_fail "something was delivered"
}

# kib FILE: what it takes on the disk.
kib()
{
	du -k "$1" | cut -f1
}

net_test_case flood_of_half_mails_takes_no_room_from_others
flood_of_half_mails_takes_no_room_from_others_body()
{
	maildir_of_mix4
	only_mix4 "multipart sets 20"
	before=$(kib "$NET/mix4/spool/spool")
	sealtool split part $(certs 4) <mail.eml
	set -- part.*
	submit_to 4 "$1"
	shift
	i=0
	while [ $i -lt 150 ]; do
		printf x | part flood$i 2 500 flood.$i
		i=$((i + 1))
	done
	submit_all 4 flood.*
	atf_check_equal 20 "$(net_figure 4 queue.incomplete_mails)"
	atf_check_equal 20 "$(net_figure 4 queue.live)"
	atf_check_equal 131 "$(net_figure 4 queue.parts_destroyed)"
	atf_check_equal "$before" "$(kib "$NET/mix4/spool/spool")"
	# The mail that was begun, and one of a single part.
	submit_all 4 "$@"
	await 20 "the mail in the Maildir" has_new "$maildir"
	cmp mail.eml "$maildir"/new/* || atf_fail "it was changed"
	rm "$maildir"/new/*
	make_mail "$bob" >small.eml
	sealtool seal "$(certs 4)" <small.eml >message
	submit_to 4 message
	await 20 "the small mail in the Maildir" has_new "$maildir"
	cmp small.eml "$maildir"/new/* || atf_fail "it was changed"
	atf_check_equal 19 "$(net_figure 4 queue.incomplete_mails)"
	net_mixctl 4 status >status
	atf_check -o match:'^parts .* 19 mails miss some' cat status
}

# Memory of a role of mix N, in KiB.
rss()
{
	_pid=$(net_mixctl "$1" status | awk -v r="$2" \
	    '$1 == r { print $2; exit }')
	awk '/^VmRSS:/ { print $2 }' "/proc/$_pid/status"
}

net_test_case memory_does_not_grow_with_the_mail
memory_does_not_grow_with_the_mail_body()
{
	[ -r /proc/self/status ] || atf_skip "no /proc"
	maildir_of_mix4
	only_mix4
	make_mail "$bob" "large" 3000000 >large.eml
	for _mail in mail large; do
		sealtool split $_mail.part $(certs 4) <$_mail.eml
		submit_all 4 $_mail.part.*
		await 60 "the $_mail mail" has_new "$maildir"
		cmp $_mail.eml "$maildir"/new/* || atf_fail "it was changed"
		rm "$maildir"/new/*
		for _role in queue deliver pool; do
			rss 4 $_role >$_mail.$_role
		done
	done
	# A sanitizer keeps what was freed for a while.
	most=1500
	if grep -q __asan_init "$TOP/smtpd-mix/smtpd-mix"; then
		most=40000
	fi
	for _role in queue deliver pool; do
		grown=$(($(cat large.$_role) - $(cat mail.$_role)))
		[ $grown -lt $most ] || atf_fail "$_role: $grown KiB more"
	done
}

atf_init_test_cases()
{
	atf_add_test_case parts_by_several_paths_come_out_as_one_mail_once
	atf_add_test_case parts_go_to_a_host_as_one_mail
	atf_add_test_case restarts_between_parts_lose_none
	atf_add_test_case incomplete_mails_are_given_up_after_the_time
	atf_add_test_case mail_to_strangers_is_destroyed_by_a_private_exit
	atf_add_test_case flood_of_half_mails_takes_no_room_from_others
	atf_add_test_case memory_does_not_grow_with_the_mail
}
