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

# Mails that mixmail cuts into parts, and how they are sent.  TOP is the tree.

. "$TOP/regress/mixmail/mailtest.sh"

# peel_part FILE: by the mixes that it goes to, the last of which keeps parts in
# "state" and adds the mail to the file "whole" when it has all of them.
peel_part()
{
	cp "$1" layer
	for _hop in 1 2 3 4; do
		_mix=$(sed -n 's/^To: mixtasy@node\([0-9]*\)\..*/\1/p' layer)
		[ -n "$_mix" ] || atf_fail "not for a mix"
		_state=
		[ $_hop -lt 4 ] || _state="-s state"
		[ $_hop -lt 4 ] || { cp layer last; echo "$_mix" >>lasts; }
		"$TOP/mixctl/mixctl" peel -k "$keys/mix$_mix.sec.asc" $_state \
		    <layer >layer.new || atf_fail "mix $_mix destroys it"
		mv layer.new layer
	done
	cat layer >>whole
}

# peel_parts N FILE...: whole with the last of them, and not before.
peel_parts()
{
	atf_check_equal "$1" "$(($# - 1))"
	shift
	rm -rf whole state
	: >whole
	for _part; do
		! [ -s whole ] || atf_fail "whole too early"
		peel_part "$_part"
	done
	cmp mail.eml whole || atf_fail "not the mail"
}

# Cuts what mixmail -n prints into the files outer.1 and so on.
split_outers()
{
	rm -f outer.*
	awk '/^Remailer-Type:/ { n++ } { print >("outer." n) }' "$1"
}

sink_atf parts_arrive_octet_for_octet
parts_arrive_octet_for_octet_body()
{
	start_sink
	make_roster 5 6 7 8
	make_sized 100000
	atf_check $mixmail -t -i -p $path <mail.eml
	peel_parts 5 sink/mail.1.*
}

atf_test_case all_parts_are_printed
all_parts_are_printed_body()
{
	make_roster 5 6 7 8
	make_conf
	make_sized 100000
	atf_check -o save:outers $mixmail -n -t -i -p $path <mail.eml
	split_outers outers
	peel_parts 5 outer.*
}

# A text of one message and one of two, an octet apart.
atf_test_case as_few_parts_as_can_be_are_made
as_few_parts_as_can_be_are_made_body()
{
	make_roster 5 6 7 8
	make_conf
	_one=20000 _two=20480
	while [ $((_two - _one)) -gt 1 ]; do
		_size=$(((_one + _two) / 2))
		make_sized $_size
		$mixmail -n -t -i -p $path <mail.eml >outers ||
		    atf_fail "mixmail"
		case $(grep -c '^Remailer-Type:' outers) in
		1)	_one=$_size ;;
		2)	_two=$_size ;;
		*)	atf_fail "$_size octets: neither 1 message nor 2" ;;
		esac
	done
	make_sized $_one
	$mixmail -n -t -i -p $path <mail.eml >outers || atf_fail "mixmail"
	split_outers outers
	peel outer.1 5 6 7 8
	cmp mail.eml peeled || atf_fail "$_one octets: not the mail"
	make_sized $_two
	$mixmail -n -t -i -p $path <mail.eml >outers || atf_fail "mixmail"
	split_outers outers
	peel_parts 2 outer.*
}

# paths_of FILE: the paths that mixmail -v told, a line each.
paths_of()
{
	sed -n 's/.* by way of //p' "$1"
}

sink_atf parts_take_three_paths_to_one_mix
parts_take_three_paths_to_one_mix_body()
{
	start_sink
	make_roster 1 2 3 4 5 6 7 8
	make_sized 150000
	atf_check -e save:said $mixmail -v -t -i <mail.eml
	atf_check_equal 3 "$(paths_of said | wc -l | tr -d ' ')"
	atf_check_equal 3 "$(paths_of said | sort -u | wc -l | tr -d ' ')"
	atf_check_equal 1 \
	    "$(paths_of said | sed 's/.*, //' | sort -u | wc -l | tr -d ' ')"

	# Each has its share: two or three of the eight.
	for _first in $(paths_of said | sed 's/,.*//'); do
		_n=$(cat sink/envelope.1.* | grep -c "^TO:<$_first>")
		[ "$_n" -ge 2 ] || atf_fail "too few by way of $_first"
	done
	peel_parts 8 sink/mail.1.*
	atf_check_equal 1 "$(sort -u lasts | wc -l | tr -d ' ')"
	paths_of said | sed 's/.*, mixtasy@node\(.*\)\.example\.net/\1/' |
	    sort -u >expected
	sort -u lasts >last-mix
	cmp expected last-mix || atf_fail "another last mix"
}

sink_atf parts_begin_at_the_mix_that_has_to_be_first
parts_begin_at_the_mix_that_has_to_be_first_body()
{
	start_sink
	make_conf "server 127.0.0.1 port $port" "first node3.example.net"
	make_roster 1 2 3 4 5 6 7 8
	make_sized 100000
	atf_check $mixmail -t -i <mail.eml
	atf_check_equal 5 "$(cat sink/envelope.1.* |
	    grep -c '^TO:<mixtasy@node3.example.net>')"
	peel_parts 5 sink/mail.1.*
}

# part_of FILE: the Mixtasy-ID and the number that the last mix finds in it.
part_of()
{
	peel "$1" 5 6 7
	without_header <peeled >layer
	gnupg --decrypt <layer >inside
	sed -n -e '/^.$/q' -e 's/^Mixtasy-ID: //p' inside | tr -d '\r' >>ids
	sed -n -e '/^.$/q' -e 's/^Part: //p' inside | tr -d '\r' >>numbers
}

atf_test_case parts_have_one_id_and_no_order cleanup
parts_have_one_id_and_no_order_head()
{
	atf_set require.progs gpg
}
parts_have_one_id_and_no_order_body()
{
	make_roster 5 6 7 8
	make_conf
	make_sized 240000
	gnupg_init 8
	$mixmail -n -t -i -p $path <mail.eml >outers || atf_fail "mixmail"
	split_outers outers
	for _part in 1 2 3 4 5 6 7 8 9 10 11 12; do
		part_of outer.$_part
		echo "$_part/12" >>all
	done
	atf_check_equal 12 "$(grep -c '^<[^@]*@mixtasy.invalid>$' ids)"
	atf_check_equal 1 "$(sort -u ids | wc -l | tr -d ' ')"
	sort all >all.sorted
	sort numbers >numbers.sorted
	cmp all.sorted numbers.sorted || atf_fail "not each part once"
	# One in 12! comes out sorted.
	! cmp -s all numbers || atf_fail "in order"
}
parts_have_one_id_and_no_order_cleanup()
{
	gpgconf --homedir "$PWD/gnupg" --kill all 2>/dev/null
	return 0
}

# What the server can see of a part is what it sees of any message.
sink_atf parts_look_like_other_messages
parts_look_like_other_messages_body()
{
	start_sink -x PIPELINING
	make_roster 5 6 7 8
	make_sized 50000
	atf_check $mixmail -t -i -p $path <mail.eml
	make_mail "To: b@example.com"
	atf_check $mixmail -t -i -p $path <mail.eml
	! [ -f sink/client.3 ] || atf_fail "more than one connection a mail"
	for _m in 1.1 1.2 1.3 2.1; do
		wc -c <sink/mail.$_m >>sizes
		sed '/^[A-Za-z0-9+\/=]*.$/d' sink/mail.$_m >header.$_m
		cmp header.1.1 header.$_m || atf_fail "another header"
		cmp sink/envelope.1.1 sink/envelope.$_m ||
		    atf_fail "another envelope"
	done
	atf_check_equal 1 "$(sort -u sizes | wc -l | tr -d ' ')"
}

sink_atf progress_is_shown_if_asked_for
progress_is_shown_if_asked_for_body()
{
	start_sink
	make_roster 5 6 7 8
	make_sized 50000
	atf_check $mixmail -t -i -p $path <mail.eml
	atf_check -e save:said $mixmail -v -t -i -p $path <mail.eml
	for _n in 1 2 3; do
		echo "mixmail: to b@example.com: $_n of 3 parts sent"
	done >expected
	tail -n 3 said >progress
	cmp expected progress || atf_fail "not the progress"
	make_sized 1000
	atf_check -e save:said $mixmail -v -t -i -p $path <mail.eml
	atf_check -s exit:1 grep parts said
}

sink_atf progress_is_shown_on_a_terminal
progress_is_shown_on_a_terminal_body()
{
	script -q -e -c true /dev/null >/dev/null 2>&1 ||
	    atf_skip "no script(1) that runs a command"
	start_sink
	make_roster 5 6 7 8
	make_sized 50000
	script -q -e -c "$mixmail -t -i -p $path <mail.eml" /dev/null >said ||
	    atf_fail "mixmail"
	for _n in 1 2 3; do
		printf '\rmixmail: to b@example.com: %s of 3 parts sent' $_n
	done >expected
	printf '\r\n' >>expected
	cmp expected said || atf_fail "not the progress"
}

sink_atf a_failure_between_parts_is_75_and_told
a_failure_between_parts_is_75_and_told_body()
{
	start_sink -e "RCPT@5=550 no"
	make_roster 5 6 7 8
	{
		printf 'To: b1@example.com, b2@example.com, b3@example.com\r\n'
		make_sized 50000 && sed 1d mail.eml
	} >mail.new
	mv mail.new mail.eml
	check_fails 75 "550 no; sent to b1@example.com; the mail to \
b2@example.com was not delivered in full: 1 of 3 parts were sent; not sent to \
b3@example.com" $mixmail -t -i -p $path
	stop_sink
	rm -rf sink
	start_sink -e "RCPT@1=550 no"
	check_fails 69 "550 no; nothing was sent" $mixmail -t -i -p $path
}

# The third mail on a connection is one too many.
check_goes_on()
{
	rm -rf sink
	start_sink -e "$1"
	atf_check $mixmail -t -i -p $path <mail.eml
	atf_check_equal 3 "$(ls sink | grep -c '^client')"
	peel_parts 5 sink/mail.*
	stop_sink
}

sink_atf a_server_that_ends_the_connection_gets_another
a_server_that_ends_the_connection_gets_another_body()
{
	make_roster 5 6 7 8
	make_sized 100000
	check_goes_on "MAIL@3=421 enough"
	check_goes_on "MAIL@3=close"
	check_goes_on "RCPT@3=421 enough"
}

# The first part has to show whom the mail is for.
sink_atf a_header_over_one_part_is_65_and_nothing_is_sent
a_header_over_one_part_is_65_and_nothing_is_sent_body()
{
	start_sink
	make_roster 5 6 7 8
	_n=0
	set -- "To: b@example.com"
	while [ $_n -lt 300 ]; do
		set -- "$@" "X-Long: $(printf '%070d' $_n)"
		_n=$((_n + 1))
	done
	make_mail "$@"
	check_fails 65 "header is too large: at most [0-9]* octets" \
	    $mixmail -t -i -p $path
	! [ -f sink/client.1 ] || atf_fail "connected"
}

atf_init_test_cases()
{
	atf_add_test_case parts_arrive_octet_for_octet
	atf_add_test_case all_parts_are_printed
	atf_add_test_case as_few_parts_as_can_be_are_made
	atf_add_test_case parts_take_three_paths_to_one_mix
	atf_add_test_case parts_begin_at_the_mix_that_has_to_be_first
	atf_add_test_case parts_have_one_id_and_no_order
	atf_add_test_case parts_look_like_other_messages
	atf_add_test_case progress_is_shown_if_asked_for
	atf_add_test_case progress_is_shown_on_a_terminal
	atf_add_test_case a_failure_between_parts_is_75_and_told
	atf_add_test_case a_server_that_ends_the_connection_gets_another
	atf_add_test_case a_header_over_one_part_is_65_and_nothing_is_sent
}
