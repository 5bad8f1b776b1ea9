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

# mixmail against the vectors' mixes, GnuPG, mixctl and a server that keeps what
# it gets.  TOP is the tree.

. "$TOP/regress/mixmail/mailtest.sh"

# What GnuPG makes of a message, down to the payload.
gnupg_peel()
{
	without_header <"$1" >layer
	_hops=0
	while gnupg --decrypt <layer >inside; [ -s inside ]; do
		_hops=$((_hops + 1))
		head -n 1 inside >first-line
		grep -a -q '^Verification: [0-9a-f]\{40\}.$' first-line || \
		    atf_fail "no Verification at hop $_hops"
		_sum=$(tail -c +57 inside | head -c 20480 | sha1sum |
		    cut -d ' ' -f 1)
		grep -q "$_sum" first-line || atf_fail "wrong at hop $_hops"
		without_header <inside >layer
		! grep -a -q '^Mixtasy-Type: ' with-header || break
	done
	gnupg --decrypt <layer >payload
	echo $_hops >hops
}

atf_test_case gnupg_opens_each_hop cleanup
gnupg_opens_each_hop_head()
{
	atf_set require.progs gpg
}
gnupg_opens_each_hop_body()
{
	make_roster 1 2 3 4 5 6 7 8
	make_conf "keep headers"
	make_mail "From: a@example.org" "To: Bob <bob@example.com>" "Date: x"
	gnupg_init 1 2 3 4 5 6 7 8
	_n=example.net
	for _path in $path node4.$_n,node1.$_n,node3.$_n,mixtasy@node2.$_n; do
		atf_check -o save:outer $mixmail -n -i -t -p $_path <mail.eml
		gnupg_peel outer
		atf_check -o inline:"4\n" cat hops
		cmp mail.eml payload || atf_fail "not the mail"
	done
}
gnupg_opens_each_hop_cleanup()
{
	gpgconf --homedir "$PWD/gnupg" --kill all 2>/dev/null
	return 0
}

atf_test_case mixctl_peels_each_hop
mixctl_peels_each_hop_body()
{
	make_roster 5 6 7 8
	make_conf
	make_mail "From: a@example.org" "To: Bob <bob@example.com>" \
	    "Subject: folded" "  subject" "Cc: carol@example.com"
	atf_check -o save:outer $mixmail -n -i -p $path bob@example.com \
	    <mail.eml
	peel outer 5 6 7 8
	cmp mail.eml peeled || atf_fail "not the mail"
}

sink_atf mail_arrives_octet_for_octet
mail_arrives_octet_for_octet_body()
{
	start_sink
	make_roster 5 6 7 8
	make_mail "From: a@example.org" "To: bob@example.com"
	atf_check $mixmail -oi -t -p $path <mail.eml
	atf_check -o inline:"TO:<$to_node5>\n" tail -n 1 sink/envelope.1.1
	peel sink/mail.1.1 5 6 7 8
	cmp mail.eml peeled || atf_fail "not the mail"
}

atf_test_case line_ends_are_made_crlf
line_ends_are_made_crlf_body()
{
	make_roster 5 6 7 8
	make_conf
	printf 'To: bob@example.com\n\none\ntwo\rthree\r\nfour' >mail.eml
	printf 'To: bob@example.com\r\n\r\none\r\ntwo\r\nthree\r\nfour\r\n' \
	    >expected
	atf_check -o save:outer $mixmail -n -t -p $path <mail.eml
	peel outer 5 6 7 8
	cmp expected peeled || atf_fail "not as expected"
}

atf_test_case recipient_is_alone_in_to
recipient_is_alone_in_to_body()
{
	make_roster 5 6 7 8
	make_conf
	make_mail "Received: by me" "Return-Path: <a@example.org>" \
	    "From: a@example.org" \
	    "To: \"B, Bob\" <bob@example.com>, dan@example.com" \
	    "Subject: s" "Cc: carol@example.com" "Bcc: eve@example.com" \
	    "Resent-Bcc: eve@example.com" "received: by you" " and me"
	cat >expected <<'__EOT'
From: a@example.org
To: "B, Bob" <bob@example.com>
Cc: dan@example.com,
 carol@example.com
Subject: s

__EOT
	header_for bob@example.com
	atf_check -o file:expected cat header
	cat >expected <<'__EOT'
From: a@example.org
To: carol@example.com
Cc: "B, Bob" <bob@example.com>,
 dan@example.com
Subject: s

__EOT
	header_for carol@example.com
	atf_check -o file:expected cat header
	cat >expected <<'__EOT'
From: a@example.org
To: eve@example.com
Cc: "B, Bob" <bob@example.com>,
 dan@example.com,
 carol@example.com
Subject: s

__EOT
	header_for eve@example.com
	atf_check -o file:expected cat header
}

atf_test_case recipient_without_a_field_gets_one
recipient_without_a_field_gets_one_body()
{
	make_roster 5 6 7 8
	make_conf
	make_mail "From: a@example.org" "Subject: s"
	header_for b@example.com
	atf_check \
	    -o inline:"From: a@example.org\nSubject: s\nTo: b@example.com\n\n" \
	    cat header
	make_mail "To: undisclosed-recipients:;" "Subject: s"
	header_for b@example.com
	atf_check -o inline:"To: b@example.com\nSubject: s\n\n" cat header
}

atf_test_case text_without_a_header_is_a_body
text_without_a_header_is_a_body_body()
{
	make_roster 5 6 7 8
	make_conf
	echo 'no header here' >mail.eml
	header_for b@example.com
	atf_check -o inline:"To: b@example.com\n\n" cat header
	atf_check -o inline:"no header here\r\n" tail -n 1 peeled
	printf 'From a@example.org Mon Nov 23\nSubject: s\n\ntext\n' >mail.eml
	header_for b@example.com
	atf_check -o inline:"Subject: s\nTo: b@example.com\n\n" cat header
}

atf_test_case single_dot_ends_the_mail_without_i
single_dot_ends_the_mail_without_i_body()
{
	make_roster 5 6 7 8
	make_conf
	printf 'To: b@example.com\n\none\n.\ntwo\n' >mail.eml
	for _option in -i -oi; do
		atf_check -o save:outer $mixmail -n -t -p $path $_option \
		    <mail.eml
		peel outer 5 6 7 8
		atf_check -o inline:"two\r\n" tail -n 1 peeled
	done
	atf_check -o save:outer $mixmail -n -t -p $path -oem <mail.eml
	peel outer 5 6 7 8
	atf_check -o inline:"one\r\n" tail -n 1 peeled
}

sink_atf each_recipient_gets_a_message_over_one_connection
each_recipient_gets_a_message_over_one_connection_body()
{
	start_sink
	make_roster 5 6 7 8
	make_mail "To: b1@example.com, b2@example.com" "Cc: b3@example.com" \
	    "Bcc: b4@example.com, b2@example.com"
	atf_check -e save:said $mixmail -v -t -i -p $path b5@example.com \
	    <mail.eml
	[ -f sink/mail.1.5 ] || atf_fail "not five messages"
	! [ -f sink/mail.1.6 ] || atf_fail "more than five messages"
	! [ -f sink/client.2 ] || atf_fail "more than one connection"
	for _n in 1 2 3 4 5; do
		atf_check -o match:"to b$_n@example.com by way of" cat said
		atf_check -o match:"took the message for b$_n@" cat said
	done
	peel sink/mail.1.1 5 6 7 8
	atf_check -o match:"^To: b5@example.com" head -n 1 peeled
}

# Sizes differ only inside.
sink_atf messages_look_alike_on_the_link
messages_look_alike_on_the_link_body()
{
	start_sink -x PIPELINING
	make_conf "server 127.0.0.1 port $port" "from a@example.org"
	make_roster 5 6 7 8
	make_mail "To: b@example.com"
	atf_check $mixmail -t -i -p $path <mail.eml
	{ cat mail.eml; head -c 18000 /dev/zero | tr '\0' 'x' | fold -w 70; } \
	    >large.eml
	atf_check $mixmail -i -p $path bbbbbbbbbbbbbbbb@sub.example.com \
	    <large.eml
	for _n in 1 2; do
		grep -v '^[A-Za-z0-9+/=]*.$' sink/client.$_n >commands.$_n
		wc -c <sink/client.$_n >size.$_n
	done
	cmp commands.1 commands.2 || atf_fail "other commands"
	cmp size.1 size.2 || atf_fail "another size"
	atf_check -o match:'^EHLO localhost' head -n 1 sink/client.1
	atf_check -o match:'^MAIL FROM:<a@example.org> SIZE=' cat commands.1
	atf_check -s exit:1 grep -i -w -F "$(uname -n)" commands.1
}

sink_atf sender_is_that_of_f_or_the_configuration_or_none
sender_is_that_of_f_or_the_configuration_or_none_body()
{
	start_sink
	make_roster 5 6 7 8
	make_mail "To: b@example.com"
	atf_check $mixmail -t -i -p $path <mail.eml
	atf_check -o match:'^FROM:<> SIZE' cat sink/envelope.1.1
	atf_check -s exit:1 grep '^From:' sink/mail.1.1
	atf_check $mixmail -t -i -f carl@example.org -p $path <mail.eml
	atf_check -o match:'^FROM:<carl@example.org>' cat sink/envelope.2.1
	atf_check -o match:'^From: carl@example.org' cat sink/mail.2.1
	make_conf "server 127.0.0.1 port $port" "from a@example.org"
	atf_check $mixmail -t -i -f '<>' -p $path <mail.eml
	atf_check -o match:'^FROM:<a@example.org>' cat sink/envelope.3.1
}

atf_test_case options_of_sendmail_are_accepted
options_of_sendmail_are_accepted_body()
{
	make_roster 5 6 7 8
	make_conf
	make_mail "To: b@example.com"
	atf_check -o match:"^To: $to_node5" $mixmail -n -bm -oem -om -odb -m \
	    -B 8BITMIME -F "A. Name" -f a@example.org -N never -O x=y -i \
	    -p $path -- "Bob <b@example.com>" <mail.eml
}

atf_test_case wrong_usage_is_64
wrong_usage_is_64_body()
{
	make_roster 5 6 7 8
	make_conf
	make_mail "To: b@example.com"
	atf_check -s exit:64 -e match:usage $mixmail -Z <mail.eml
	check_fails 64 "bs isn't supported" $mixmail -bs
	check_fails 64 "no recipient" $mixmail -i
	check_fails 64 "recipient \"root\"" $mixmail root
	check_fails 64 "sender \"x\"" $mixmail -t -f x
	check_fails 64 "the path \"a,b\"" $mixmail -t -p a,b
	check_fails 64 "the path \"\"" $mixmail -t -p ""
	make_mail "Subject: nobody"
	check_fails 64 "no recipient" $mixmail -t -i
	make_mail "To: root"
	check_fails 65 "not a full mail address" $mixmail -t -i
	make_mail "To: $(awk 'BEGIN { for (i = 0; i < 101; i++)
	    printf "%sb%d@example.com", i ? ",\r\n " : "", i }')"
	check_fails 64 "more than 100 recipients" $mixmail -t -i
}

sink_atf paths_that_cant_be_are_69_and_nothing_is_sent
paths_that_cant_be_are_69_and_nothing_is_sent_body()
{
	start_sink
	make_roster 5
	make_mail "To: b@example.com"
	check_fails 69 "no path to b@example.com: .*usable mixes.*: 1" \
	    $mixmail -t
	make_roster 5 6 7 8
	check_fails 69 "no path.*node9.example.net" $mixmail -t \
	    -p "${path%node8*}node9.example.net"
	check_fails 69 "no path" $mixmail -t -p "${path%,node8*}"
	make_conf "server 127.0.0.1 port $port" "first node1.example.net"
	check_fails 69 "no path" $mixmail -t
	! [ -f sink/client.1 ] || atf_fail "connected"
}

sink_atf a_mail_too_large_is_65_and_nothing_is_sent
a_mail_too_large_is_65_and_nothing_is_sent_body()
{
	start_sink
	make_roster 5 6 7 8
	make_conf "server 127.0.0.1 port $port" "size 25K"
	make_sized 25600
	atf_check -o not-empty $mixmail -n -t -i -p $path <mail.eml
	tr -d '\r' <mail.eml >mail.new
	echo 'one line more' >>mail.new
	mv mail.new mail.eml
	check_fails 65 "too large: 25615 octets, at most 25600 can" \
	    $mixmail -t -i -p $path
	make_sized 25601
	check_fails 65 "too large: over 25600 octets" $mixmail -t -p $path
	make_conf "server 127.0.0.1 port $port"
	head -c 10485761 /dev/zero | tr '\0' 'x' >mail.eml
	check_fails 65 "too large: over 10485760" $mixmail b@example.com
	! [ -f sink/client.1 ] || atf_fail "connected"
}

atf_test_case a_roster_missing_or_without_a_mix_is_78
a_roster_missing_or_without_a_mix_is_78_body()
{
	make_conf
	make_mail "To: b@example.com"
	check_fails 78 "roster can't be read: mixes: No such file" $mixmail -t
	mkdir mixes
	check_fails 78 "mixes has no certificate" $mixmail -t
	echo rubbish >mixes/rubbish
	check_fails 78 "mixes has no certificate" $mixmail -t
}

sink_atf a_server_that_doesnt_answer_is_75
a_server_that_doesnt_answer_is_75_body()
{
	make_roster 5 6 7 8
	make_mail "To: b@example.com"
	make_conf "server 127.0.0.1 port 1"
	check_fails 75 "127.0.0.1: Connection refused; nothing was sent" \
	    $mixmail -t
	start_sink -e GREETING=hang
	make_conf "server 127.0.0.1 port $port" "timeout 1s"
	check_fails 75 "timed out; nothing was sent" $mixmail -t
}

# The server's last word, the status, what is said.
check_answer()
{
	_rule=$1 _status=$2 _said=$3
	rm -rf sink
	start_sink -e "$_rule"
	check_fails "$_status" "$_said" $mixmail -t -i -p $path
	stop_sink
}

sink_atf a_server_that_refuses_is_75_or_69
a_server_that_refuses_is_75_or_69_body()
{
	make_roster 5 6 7 8
	make_mail "To: b@example.com"
	check_answer "GREETING=421 busy" 75 "said: 421 busy; nothing was sent"
	check_answer "EHLO=close" 75 "closed the connection; nothing"
	check_answer "MAIL=550 no" 69 "said: 550 no; nothing was sent"
	check_answer "RCPT=451 later" 75 "said: 451 later; nothing was sent"
	check_answer "DATA=554 never" 69 "said: 554 never; nothing was sent"
	check_answer "DOT=452 full" 75 "said: 452 full; nothing was sent"
	check_answer "DOT=close" 75 "closed the connection; nothing was sent"
}

sink_atf a_failure_names_what_was_sent
a_failure_names_what_was_sent_body()
{
	start_sink -e "RCPT@3=452 full"
	make_roster 5 6 7 8
	make_mail "To: b1@example.com, b2@example.com, b3@example.com" \
	    "Cc: b4@example.com"
	check_fails 75 "452 full; sent to b1@example.com, b2@example.com; not \
sent to b3@example.com, b4@example.com" $mixmail -t -i -p $path
	[ -f sink/mail.1.2 ] || atf_fail "the second wasn't sent"
	! [ -f sink/mail.1.3 ] || atf_fail "the third was sent"
}

make_certificate()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$1.key" -out "$1.crt" -days 2 -subj "/CN=$2" \
	    -addext "subjectAltName=$3" 2>/dev/null || atf_fail "openssl"
}

sink_atf tls_is_used_and_checked_as_configured
tls_is_used_and_checked_as_configured_body()
{
	make_certificate server localhost DNS:localhost
	make_certificate other localhost DNS:localhost
	start_sink -c server.crt -k server.key
	make_roster 5 6 7 8
	make_mail "To: b@example.com"
	server="server localhost port $port tls"

	make_conf "$server off"
	atf_check $mixmail -t -i <mail.eml
	atf_check -s exit:1 grep STARTTLS sink/client.1
	make_conf "$server opportunistic"
	atf_check $mixmail -t -i <mail.eml
	atf_check -o inline:"2\n" grep -c EHLO sink/client.2
	make_conf "$server require"
	atf_check $mixmail -t -i <mail.eml
	atf_check -o inline:"2\n" grep -c EHLO sink/client.3
	make_conf "$server verify" "ca file $PWD/server.crt"
	atf_check $mixmail -t -i <mail.eml
	[ -f sink/mail.4.1 ] || atf_fail "not sent by TLS"
	make_conf "$server verify" "ca file $PWD/other.crt"
	check_fails 75 "certificate" $mixmail -t -i
	make_conf "server 127.0.0.1 port $port tls verify" \
	    "ca file $PWD/server.crt"
	check_fails 75 "not present in server certificate" $mixmail -t -i
	! [ -f sink/mail.5.1 ] || atf_fail "sent to anybody"
}

sink_atf tls_that_is_required_and_missing_is_75
tls_that_is_required_and_missing_is_75_body()
{
	start_sink
	make_conf "server 127.0.0.1 port $port tls require"
	make_roster 5 6 7 8
	make_mail "To: b@example.com"
	check_fails 75 "STARTTLS; nothing was sent" $mixmail -t -i
}

atf_test_case a_wrong_configuration_is_78_with_file_and_line
a_wrong_configuration_is_78_with_file_and_line_body()
{
	make_roster 5 6 7 8
	make_mail "To: b@example.com"
	while read -r line; do
		make_conf "# first line" "$line"
		check_fails 78 "conf:2: " $mixmail -t
	done <<'__EOT'
server
server "a b"
server localhost port 0
server localhost tls maybe
server localhost port 25 twice
ca file here
hops 3
hops 9
hop delay 1y
timeout 0
size 1023
size 2G
keep
keep all
from alice
first me
roster here
unknown
hops 4 4
a = b c
a =
hops $a
"open
server a.b port 1 tls off x y z
__EOT
	rm conf
	check_fails 78 "conf: No such file" $mixmail -t
}

atf_test_case files_of_the_user_are_read
files_of_the_user_are_read_body()
{
	make_mail "To: b@example.com"
	mkdir -p home/.mixmail
	make_roster 4 5 6 7 8
	mv mixes home/.mixmail/mixes
	printf 'name = node4.example.net\nfirst $name\nhops \\\n 5\n' \
	    >home/.mixmail.conf
	atf_check -o save:outer -e save:said env HOME="$PWD/home" \
	    "$TOP/mixmail/mixmail" -n -v -t -i <mail.eml
	atf_check -o match:'by way of mixtasy@node4(, [^,]*){4}$' \
	    sed 's/\.example\.net//g' said
	atf_check -o match:"^mixmail: usable mixes in .*/.mixmail/mixes: 5" \
	    cat said
}

atf_test_case the_mix_of_the_senders_domain_is_first
the_mix_of_the_senders_domain_is_first_body()
{
	make_conf
	make_roster 1 2 3 4 5 6 7 8
	make_mail "To: b@example.com"
	for _try in 1 2 3 4; do
		atf_check -o match:'^To: mixtasy@node3.example.net' \
		    $mixmail -n -t -f a@node3.example.net <mail.eml
	done
}

atf_test_case the_mix_that_exit_names_is_last
the_mix_that_exit_names_is_last_body()
{
	make_mail "To: b@example.com"
	make_conf "exit b.example node 1"
	check_fails 78 "conf:[0-9]*: " $mixmail -n -t
	make_conf "exit b.example @"
	check_fails 78 "conf:[0-9]*: exit has to be" $mixmail -n -t
	make_conf "exit example.com node4.example.net" \
	    "exit Example.com mixtasy@node2.example.net"
	make_roster 1 2 3 4 5 6 7 8
	for _try in 1 2 3 4; do
		atf_check -o ignore -e match:', mixtasy@node2.example.net$' \
		    $mixmail -n -v -t <mail.eml
	done
}

sink_atf nothing_is_written_to_disk
nothing_is_written_to_disk_body()
{
	start_sink
	make_roster 5 6 7 8
	make_mail "To: b@example.com"
	mkdir empty home
	(cd empty && HOME=$PWD/../home TMPDIR=$PWD "$TOP/mixmail/mixmail" \
	    -C ../conf -R ../mixes -t -i <../mail.eml) || atf_fail "mixmail"
	atf_check -o empty find empty home -type f
	atf_check -s exit:1 grep -r Hello, sink
}

atf_init_test_cases()
{
	atf_add_test_case gnupg_opens_each_hop
	atf_add_test_case mixctl_peels_each_hop
	atf_add_test_case mail_arrives_octet_for_octet
	atf_add_test_case line_ends_are_made_crlf
	atf_add_test_case recipient_is_alone_in_to
	atf_add_test_case recipient_without_a_field_gets_one
	atf_add_test_case text_without_a_header_is_a_body
	atf_add_test_case single_dot_ends_the_mail_without_i
	atf_add_test_case each_recipient_gets_a_message_over_one_connection
	atf_add_test_case messages_look_alike_on_the_link
	atf_add_test_case sender_is_that_of_f_or_the_configuration_or_none
	atf_add_test_case options_of_sendmail_are_accepted
	atf_add_test_case wrong_usage_is_64
	atf_add_test_case paths_that_cant_be_are_69_and_nothing_is_sent
	atf_add_test_case a_mail_too_large_is_65_and_nothing_is_sent
	atf_add_test_case a_roster_missing_or_without_a_mix_is_78
	atf_add_test_case a_server_that_doesnt_answer_is_75
	atf_add_test_case a_server_that_refuses_is_75_or_69
	atf_add_test_case a_failure_names_what_was_sent
	atf_add_test_case tls_is_used_and_checked_as_configured
	atf_add_test_case tls_that_is_required_and_missing_is_75
	atf_add_test_case a_wrong_configuration_is_78_with_file_and_line
	atf_add_test_case files_of_the_user_are_read
	atf_add_test_case the_mix_of_the_senders_domain_is_first
	atf_add_test_case the_mix_that_exit_names_is_last
	atf_add_test_case nothing_is_written_to_disk
}
