#!/bin/sh
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

# For the tests of mixmail, which include it: a roster, a server that keeps what
# it gets, mails, and ways to open messages again.  TOP is the tree.

keys=$TOP/regress/vectors/mixtasy-v1/keys
path=node5.example.net,node6.example.net,node7.example.net,node8.example.net
to_node5="mixtasy@node5.example.net"

# Mixes of the vectors as a roster: those with the numbers given.
make_roster()
{
	mkdir -p mixes
	for _n; do
		cp "$keys/mix$_n.pub.asc" mixes/ || atf_fail "no vectors"
	done
}

# Starts the server, with more options; sets port.
start_sink()
{
	"$TOP/regress/lib/smtp_sink" -t 60 "$@" sink &
	echo $! >sink.pid
	_tries=0
	until [ -s sink/port ]; do
		sleep 0.1
		_tries=$((_tries + 1))
		[ $_tries -lt 100 ] || atf_fail "the sink doesn't start"
	done
	port=$(cat sink/port)
	make_conf "server 127.0.0.1 port $port"
}

stop_sink()
{
	if [ -s sink.pid ]; then
		kill "$(cat sink.pid)" 2>/dev/null
	fi
	return 0
}

make_conf()
{
	printf '%s\n' "$@" >conf
}

# A mail with the header lines given, and a body.
make_mail()
{
	{
		for _line; do
			printf '%s\r\n' "$_line"
		done
		printf '\r\nHello,\r\n..\r\n.\r\n\r\n    \r\nbye\r\n'
	} >mail.eml
}

# A mail of so many octets.
make_sized()
{
	{
		printf 'To: b@example.com\r\n\r\n'
		awk -v n=$(($1 - 21)) 'BEGIN {
			for (; n > 102; n -= 100)
				printf "%098d\r\n", n
			printf "%0*d\r\n", n - 2, n
		}'
	} >mail.eml
	[ "$(wc -c <mail.eml)" -eq "$1" ] || atf_fail "mail.eml: another size"
}

# As it is used here; unquoted, as it is several words.
mixmail="$TOP/mixmail/mixmail -C conf -R mixes"

# check_fails STATUS TEXT COMMAND...: it has to end so, with one line on
# standard error that has the text.
check_fails()
{
	_status=$1 _text=$2
	shift 2
	atf_check -s "exit:$_status" -o empty -e match:"^mixmail: .*$_text" \
	    "$@" <mail.eml
	"$@" <mail.eml 2>&1 | wc -l | grep -q '^ *1$' || \
	    atf_fail "not one line"
}

# Standard input without its header.
without_header()
{
	cat >with-header
	_skip=$(LC_ALL=C awk '{ n += length($0) + 1 }
	    $0 == "\r" { print n + 1; exit }' with-header)
	tail -c "+$_skip" with-header
}

gnupg()
{
	gpg --homedir "$PWD/gnupg" --batch --quiet --no-tty \
	    --ignore-mdc-error "$@" 2>gpg.err
}

gnupg_init()
{
	mkdir -m 700 gnupg
	for _n; do
		gnupg --import "$keys/mix$_n.sec.asc" || {
			cat gpg.err
			atf_fail "GnuPG doesn't import a key"
		}
	done
}

sink_atf()
{
	atf_test_case "$1" cleanup
	eval "${1}_cleanup() { stop_sink; }"
}

# peel FILE MIX...: by these mixes in turn; the payload is in the file "peeled".
peel()
{
	cp "$1" peeled
	shift
	for _n; do
		"$TOP/mixctl/mixctl" peel -k "$keys/mix$_n.sec.asc" \
		    <peeled >peeled.new || atf_fail "mix $_n destroys it"
		mv peeled.new peeled
	done
}

# header_for RECIPIENT: the header of what that one gets of mail.eml.
header_for()
{
	$mixmail -n -i -p $path "$1" <mail.eml >outer || atf_fail "mixmail"
	peel outer 5 6 7 8
	sed '/^.$/q' peeled | tr -d '\r' >header
}
