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


# What is seen on one link: the same number of octets for each message, commands
# too, and nothing of what the message came with.  The servers here only write
# down what clients say.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/smtpd-mix/nettest.sh"

NAME_12=mixa.example
NAME_60=mix-with-a-rather-long-name.a-subdomain-of-the-other.example

# link FIRST SECOND: mix 1, to which mixmail gives all, and mix 2, which stands
# for the rest of the path, have these names.  A server takes the place of mix
# 2, and mix 1 is ready for what mixmail makes.
link()
{
	nettest_begin
	NET_NAME_1=$1
	NET_NAME_2=$2
	start_sink next -x PIPELINING
	NET_PORT_2=$sink_port
	for _n in 1 2 3 4; do
		net_conf $_n "mode middleman exitpublic" "$FAST" "$RETRY" \
		    "$NO_DUMMIES"
	done
	start_network 1 2 3 4
	net_stop 2 3 4
	start_sink first
	cat >sender.conf <<-END
	server 127.0.0.1 port $sink_port
	first $1
	roster "$NET/mixes"
	hop delay 1m
	from "alice@home.example"
	END
}

# Mails as different as they can be.
different_mails()
{
	mkdir mails
	printf 'To: b@c.de\n\n' >mails/empty
	printf 'To: b@c.de\nSubject: x\n\nx\n' >mails/short
	make_mail dave@a-domain-with-a-long-name.elsewhere.example >mails/other
	make_mail carol@far.example "$(head -c 600 /dev/zero |
	    tr '\0' s)" >mails/subject
	make_mail carol@far.example long 10000 >mails/long
	{
		printf 'From: Mallory <mallory@marked.example>\n'
		printf 'To: carol@far.example\n'
		printf 'Message-ID: <marked@marked.example>\n'
		printf 'Received: from marked.example\n'
		printf 'User-Agent: marked/1.0\nX-Marker: marked\n'
		printf 'Date: Mon, 1 Jan 2024 00:00:00 +0000\n\nmarked\n'
	} >mails/marked
}

# Gives them to mixmail; the server in the place of mix 1 takes them.
mail_all()
{
	_paths="1,2,3,4 1,2,4,3"
	for _mail in mails/*; do
		for _path in $_paths; do
			IFS=,
			set -- $_path
			unset IFS
			"$TOP/mixmail/mixmail" -C sender.conf -i -t \
			    -p "$(path_of "$@")" <"$_mail" ||
			    atf_fail "mixmail: $_mail"
		done
	done
	nmails=$(find first -name 'mail.*' | wc -l)
	atf_check_equal 12 "$nmails"
}

# All that clients said, message by message: the letters and digits of the
# armored lines are masked, all else and all lengths are as they were.  What
# comes before the first message of a connection, or behind the last, is left to
# connections().
messages()
{
	for _client in "$1"/client.*; do
		LC_ALL=C awk -v out="$2" -v from="${_client##*.}" '
		/^MAIL / { n++; inside = 1 }
		/^QUIT/ { inside = 0 }
		!inside { next }
		/^-----BEGIN / { armor = 1 }
		/^-----END / { armor = 0 }
		armor && !/^-----/ { gsub(/[A-Za-z0-9+\/]/, "x") }
		{ print >(out "/" from "." n) }' "$_client"
	done
}

# What is said around messages.
connections()
{
	for _client in "$1"/client.*; do
		LC_ALL=C awk '
		/^MAIL / { inside = 1 }
		/^QUIT/ { inside = 0 }
		!inside' "$_client" >"$2/${_client##*.}"
	done
}

# All files of a directory have the same octets.
check_equal_files()
{
	set -- "$1" "$2" "$1"/*
	_dir=$1 _number=$2
	shift 2
	atf_check_equal "$_number" $#
	for _file; do
		cmp "$1" "$_file" || {
			diff "$1" "$_file"
			atf_fail "$_dir: they differ"
		}
	done
}

# check_link DIRECTORY: what the server there has got.
check_link()
{
	mkdir "messages.$1" "connections.$1"
	messages "$1" "messages.$1"
	check_equal_files "messages.$1" "$nmails"
	connections "$1" "connections.$1"
	check_equal_files "connections.$1" \
	    "$(find "$1" -name 'client.*' | wc -l)"
	# Octets as they were sent, too: nothing was masked away.
	find "$1" -name 'mail.*' -exec wc -c {} \; | awk '{ print $1 }' |
	    sort -u >sizes
	atf_check -o match:'^1$' sh -c 'wc -l <sizes'
}

# What the server in the place of mix 1 took goes to mix 1, with more of a
# header than it had.
hand_over()
{
	for _mail in first/mail.*; do
		{
			printf 'Received: from marked.example by x; date\r\n'
			printf 'X-Marker: marked\r\n'
			printf 'Message-ID: <marked@marked.example>\r\n'
			printf 'User-Agent: marked/1.0\r\n'
			printf 'Date: Mon, 1 Jan 2024 00:00:00 +0000\r\n'
			printf 'Subject: marked\r\n'
			cat "$_mail"
		} >marked
		replies 250 marked
	done
}

# Fields that say nothing: the header is built anew.
check_header()
{
	awk '/^\r?$/ { exit } { sub(/:.*/, ""); print }' "$1" >fields
	atf_check -o inline:"From\nRemailer-Type\nTo\n" sort fields
}

check_both_links()
{
	different_mails
	mail_all
	check_link first
	hand_over
	await 20 "all go on" sink_has next "$nmails"
	check_link next
	for _mail in next/mail.*; do
		check_header "$_mail"
	done
	# Masked, as anything can stand in the armor by chance.
	atf_check -s exit:1 grep -r -i -e marked -e alice -e mallory \
	    -e home.example -e far.example messages.next connections.next
	# Behind the first mix a message has as many octets as before it, and
	# the armor, the longest part by far, has the same form.
	for _dir in first next; do
		sed '/^-----BEGIN/,/^-----END/!d' $_dir/mail.1.1 |
		    sed 's/[A-Za-z0-9+/]/x/g' >armor.$_dir
	done
	cmp armor.first armor.next || atf_fail "the armor differs"
}

net_test_case messages_look_alike_from_a_short_name_to_a_long_one
messages_look_alike_from_a_short_name_to_a_long_one_body()
{
	atf_check_equal "12 60" "${#NAME_12} ${#NAME_60}"
	link "$NAME_12" "$NAME_60"
	check_both_links
}

net_test_case messages_look_alike_from_a_long_name_to_a_short_one
messages_look_alike_from_a_long_name_to_a_short_one_body()
{
	link "$NAME_60" "$NAME_12"
	check_both_links
}

# Dummies that a firing makes, those that a timer makes, and a mail.
net_test_case dummies_look_like_messages
dummies_look_like_messages_body()
{
	link "$NAME_12" "$NAME_60"
	make_mail carol@far.example >mail
	"$TOP/mixmail/mixmail" -C sender.conf -i -t \
	    -p "$(path_of 1 2 3 4)" <mail || atf_fail "mixmail"
	# Dummies have nowhere else to go.
	rm "$NET/mixes/mix3.asc" "$NET/mixes/mix4.asc"
	net_conf 1 "mode middleman exitpublic" "$FAST" "$RETRY" \
	    "dummies flush 3 to 3 timer 2 to 2"
	net_mixctl 1 reload || atf_fail "reload"
	hand_over
	await 20 "it goes, and dummies do" sink_has next 10
	net_stop 1
	nmails=$(find next -name 'mail.*' | wc -l)
	check_link next
	atf_check_equal "$nmails" "$(grep -l "^To: mixtasy@$NAME_60" \
	    next/mail.* | wc -l)"
	check_header next/mail.1.1
}

atf_init_test_cases()
{
	atf_add_test_case messages_look_alike_from_a_short_name_to_a_long_one
	atf_add_test_case messages_look_alike_from_a_long_name_to_a_short_one
	atf_add_test_case dummies_look_like_messages
}
