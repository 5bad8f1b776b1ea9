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

# What the SMTP server owes to strangers: encryption that is worth it, a new
# certificate without a restart, both families of addresses, and limits, each
# with its code.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/smtpd-mix/nettest.sh"

edge_test_case()
{
	net_test_case "$1"
	eval "${1}_head() {
		atf_set require.progs openssl
		atf_set timeout 120
	}"
}

# A pair of files for the operator's certificate.
make_certificate()
{
	openssl req -x509 -newkey "$2" -nodes -subj "/CN=$1" \
	    ${3:+-pkeyopt "$3"} -keyout new.key -out new.crt \
	    2>/dev/null || atf_fail "no certificate"
	mv new.key tls.key
	mv new.crt tls.crt
}

with_certificate()
{
	nettest_begin
	make_certificate "$@"
	net_conf 1 "tls certificate \"$PWD/tls.crt\" key \"$PWD/tls.key\""
	net_start 1 || atf_fail "see above"
}

tls_client()
{
	openssl s_client -starttls smtp \
	    -connect "${host:-127.0.0.1}:$(net_port 1)" "$@" 2>&1
}

handshake()
{
	echo QUIT | tls_client "$@" >out && grep -q 'Cipher is [A-Z]' out
}

# All suites of TLS 1.2 that this openssl knows, with or without a key exchange
# that has forward secrecy.
suites()
{
	openssl ciphers -s -tls1_2 'ALL:COMPLEMENTOFALL:@SECLEVEL=0' |
	    tr : '\n' | grep -v ^TLS_ |
	    grep "$@" -E '^(ECDHE|DHE|ADH|AECDH)-' | tr '\n' : | sed 's/:$//'
}

# The same for each sort of key.
check_forward_secrecy()
{
	bad=$(suites -v)
	[ -n "$bad" ] || atf_skip "openssl knows no suite to refuse"
	! handshake -tls1_2 -cipher "$bad:@SECLEVEL=0" ||
	    atf_fail "taken: $(grep 'Cipher is' out)"
	! handshake -tls1_2 -cipher 'aNULL:eNULL:@SECLEVEL=0' ||
	    atf_fail "taken: $(grep 'Cipher is' out)"
	handshake -tls1_2 -cipher "$(suites):@SECLEVEL=0" ||
	    atf_fail "no suite at all: $(cat out)"
	grep -q 'Cipher is \(EC\)*DHE-' out ||
	    atf_fail "taken: $(grep 'Cipher is' out)"
	handshake -tls1_3 || atf_fail "no TLS 1.3: $(cat out)"
	for _version in tls1 tls1_1; do
		! handshake -$_version -cipher 'ALL:@SECLEVEL=0' ||
		    atf_fail "$_version is taken"
	done
}

edge_test_case no_tls_without_forward_secrecy_by_rsa
no_tls_without_forward_secrecy_by_rsa_body()
{
	with_certificate rsa.example rsa:2048
	check_forward_secrecy
}

edge_test_case no_tls_without_forward_secrecy_by_ec
no_tls_without_forward_secrecy_by_ec_body()
{
	with_certificate ec.example ec ec_paramgen_curve:P-256
	check_forward_secrecy
}

has_certificate()
{
	handshake -tls1_3 && grep -q "CN *= *$1" out
}

# A client that says what is written to descriptor 9; its replies go to held.
hold_client()
{
	mkfifo say
	tls_client -quiet -crlf <say >held &
	exec 9>say
	echo NOOP >&9
	await 10 "the client's TLS" heard 1
}

# So many NOOPs were answered.
heard()
{
	[ "$(grep -c '^250 2.0.0 ok' held)" -ge "$1" ]
}

edge_test_case certificate_is_reloaded_under_open_connections
certificate_is_reloaded_under_open_connections_body()
{
	with_certificate first.example rsa:2048
	has_certificate first.example || atf_fail "another certificate"
	hold_client
	make_certificate second.example ec ec_paramgen_curve:P-256
	kill -HUP "$(net_pid 1)"
	await 10 "the new certificate" has_certificate second.example
	echo NOOP >&9
	await 10 "an answer over the old one" heard 2
	# One that doesn't go with its key changes nothing.
	openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=third.example \
	    -keyout other.key -out tls.crt 2>/dev/null
	! net_mixctl 1 reload 2>err || atf_fail "it is reloaded"
	has_certificate second.example || atf_fail "another certificate"
	echo NOOP >&9
	await 10 "an answer after it" heard 3
	exec 9>&-
	atf_check_equal 0 "$(net_figure 1 smtp.tls_failed)"
}

edge_test_case both_families_of_addresses_are_served
both_families_of_addresses_are_served_body()
{
	grep -q '^0*1 ' /proc/net/if_inet6 2>/dev/null ||
	    atf_skip "there is no IPv6 here"
	nettest_begin
	net_maildir 1 post
	net_conf 1 "listen on ::1 port $(net_port 1)" \
	    "postmaster maildir \"$NET/mail1/post/Maildir\""
	net_start 1 || atf_fail "see above"
	for host in 127.0.0.1 '[::1]'; do
		rm -rf "$NET/mail1/post/Maildir/new"/*
		{
			echo "EHLO client.example"
			echo "MAIL FROM:<a@client.example>"
			echo "RCPT TO:<postmaster>"
			echo DATA
			sleep 1
			printf 'Subject: by %s\n\nhello\n.\n' "$host"
			sleep 1
			echo QUIT
		} | tls_client -quiet -crlf >out 2>&1
		await 10 "the mail by $host" \
		    has_new "$NET/mail1/post/Maildir"
		grep -qF "Subject: by $host" \
		    "$NET/mail1/post/Maildir/new"/* ||
		    atf_fail "another mail"
	done
	grep -q '^Received: from \[IPv6:::1\]' \
	    "$NET/mail1/post/Maildir/new"/* || atf_fail "from where?"
}

# What the server says to what is piped in.
to_mix()
{
	dialogue "$(net_port 1)" >said
}

edge_test_case limits_have_their_codes
limits_have_their_codes_body()
{
	nettest_begin
	net_conf 1 "limit connections 3 per address 2 commands 8 errors 3" \
	    "limit timeout 5s"
	net_start 1 || atf_fail "see above"
	printf '%s\n' "EHLO c" "MAIL FROM:<> SIZE=99999999" QUIT | to_mix
	atf_check -o match:'^552 5.3.4 ' cat said
	printf '%s\n' "EHLO c" "NOOP $(printf %600s x | tr ' ' x)" QUIT |
	    to_mix
	atf_check -o match:'^500 5.5.2 ' cat said
	printf '%s\n' "EHLO c" X X X NOOP | to_mix
	atf_check -o match:'^421 4.7.0 .*errors' -o not-match:'^250 2.0.0' \
	    cat said
	printf '%s\n' "EHLO c" NOOP NOOP NOOP NOOP NOOP NOOP NOOP NOOP NOOP |
	    to_mix
	atf_check -o match:'^421 4.7.0 .*commands' cat said
	# Two that say nothing; a third is one too many, until time is up.
	mkfifo say
	_clients=
	for _i in 1 2; do
		tls_client -quiet <say >held.$_i &
		_clients="$_clients $!"
	done
	exec 9>say
	await 10 "both connections" figure_is 1 smtp.connections 2
	printf '%s\n' "EHLO c" QUIT | to_mix
	atf_check -o match:'^421 .*too many connections' cat said
	await 15 "their end" figure_is 1 smtp.connections 0
	exec 9>&-
	# shellcheck disable=SC2086
	wait $_clients
	atf_check -o match:'^421 4.7.0 .*slow' cat held.1
	printf '%s\n' "EHLO c" QUIT | to_mix
	atf_check -o match:'^221 ' cat said
	atf_check_equal 1 "$(net_figure 1 smtp.connections_refused)"
}

atf_init_test_cases()
{
	atf_add_test_case no_tls_without_forward_secrecy_by_rsa
	atf_add_test_case no_tls_without_forward_secrecy_by_ec
	atf_add_test_case certificate_is_reloaded_under_open_connections
	atf_add_test_case both_families_of_addresses_are_served
	atf_add_test_case limits_have_their_codes
}
