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


# The roles smtp and relay in a running daemon, in their sandboxes: what goes
# over its sockets.  The dialogue itself is tested in smtp_session_test.c and
# relay_test.c.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/net.sh"

# The daemon's users can't look into the directory of a test.
begin()
{
	mktemp -d /tmp/smtp_test.XXXXXX >dir
	net_init "$(cat dir)" "$(net_random_port)" || atf_fail "no directory"
}

end()
{
	[ -f dir ] || return 0
	NET=$(cat dir)
	_sane=0
	net_end || _sane=1
	rm -rf "$NET"
	return $_sane
}

new_case()
{
	eval "atf_test_case $1 cleanup
	$1_head()
	{
		atf_set descr '$2'
		atf_set require.progs 'swaks openssl'
		atf_set timeout 120
	}
	$1_cleanup()
	{
		end
	}"
}

# One mail to mix 1 by swaks, whose dialogue is kept.
talk()
{
	swaks --server 127.0.0.1 --port "$(net_port 1)" \
	    --ehlo client.example --from a@client.example "$@" >dialogue 2>&1
}

# Whether the dialogue holds this reply.
said()
{
	grep -q -- "^<[-~ *]* *$1" dialogue || {
		cat dialogue
		atf_fail "the mix did not say $1"
	}
}

# A figure of mix 1.
figure()
{
	net_figure 1 "$1"
}

tls_client()
{
	openssl s_client -starttls smtp \
	    -connect "127.0.0.1:$(net_port 1)" "$@" 2>&1
}

# A client that says what is written to descriptor 9; its replies go to held.
hold_client()
{
	mkfifo say
	tls_client -quiet -crlf <say >held &
	exec 9>say
	sleep 1
}

heard()
{
	grep -q "$1" held
}

new_case smtp_starts_tls_without_the_key \
    'STARTTLS with forward secrecy, its key in another process'
smtp_starts_tls_without_the_key_body()
{
	begin
	net_conf 1
	net_start 1 || atf_fail "no daemon"
	for version in tls1_2 tls1_3; do
		echo QUIT | tls_client -$version >out ||
		    atf_fail "no handshake with $version"
		grep -q 'Cipher is .*\(ECDHE\|TLS_AES\|TLS_CHACHA\)' out ||
		    atf_fail "no forward secrecy with $version"
	done
	grep -q "CN *= *$(net_name 1)" out || atf_fail "whose certificate?"
	if echo QUIT | tls_client -tls1_1 -cipher ALL:@SECLEVEL=0 >out; then
		atf_fail "TLS 1.1 was accepted"
	fi
	atf_check_equal 2 "$(figure smtp.tls)"
	atf_check_equal 1 "$(figure smtp.tls_failed)"
}

new_case smtp_uses_the_certificate_of_the_operator \
    'STARTTLS with an RSA key from the configuration'
smtp_uses_the_certificate_of_the_operator_body()
{
	begin
	openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=operator.example \
	    -keyout "$NET/rsa.key" -out "$NET/rsa.crt" 2>/dev/null
	net_conf 1 "tls certificate \"$NET/rsa.crt\" key \"$NET/rsa.key\""
	net_start 1 || atf_fail "no daemon"
	for version in tls1_2 tls1_3; do
		echo QUIT | tls_client -$version >out ||
		    atf_fail "no handshake with $version"
		grep -q 'CN *= *operator.example' out ||
		    atf_fail "whose certificate?"
	done
}

new_case smtp_is_no_relay 'Recipients elsewhere are refused'
smtp_is_no_relay_body()
{
	begin
	net_conf 1
	net_start 1 || atf_fail "no daemon"
	for rcpt in bob@elsewhere.example "mixtasy@$(net_name 2)" \
	    bob@$(net_name 1); do
		talk --to "$rcpt" && atf_fail "$rcpt was accepted"
		said "550 5.7.1"
	done
	talk --to "postmaster@$(net_name 1)" && atf_fail "postmaster"
	said "550 5.1.1"
	atf_check_equal 4 "$(figure smtp.rejected)"
	atf_check_equal 0 "$(figure smtp.accepted)"
}

new_case smtp_refuses_what_is_no_mix_message \
    'A mail to the mix that is none is refused with one reason'
smtp_refuses_what_is_no_mix_message_body()
{
	begin
	net_conf 1
	net_start 1 || atf_fail "no daemon"
	talk --to "mixtasy@$(net_name 1)" --body hello &&
	    atf_fail "it was accepted"
	said "354"
	said "550 5.6.0"
	atf_check_equal 1 "$(figure smtp.rejected)"
}

new_case smtp_sends_postmasters_mail_on \
    'Mail to postmaster goes through TLS to another mix, into a Maildir'
smtp_sends_postmasters_mail_on_body()
{
	begin
	net_conf 1 "postmaster host 127.0.0.1 port $(net_port 2) \
	    to \"postmaster@$(net_name 2)\""
	net_maildir 2 box
	net_conf 2 "postmaster maildir \"$NET/mail2/box\""
	net_start 1 2 || atf_fail "no daemon"
	awk 'BEGIN { for (i = 0; i < 3000; i++) printf(".%059d\n", i) }' >text
	talk --to postmaster --body @text --header "Subject: many pieces" ||
	    atf_fail "it was refused"
	net_wait 20 sh -c "ls $NET/mail2/box/new/*" ||
	    atf_fail "it did not arrive"
	sed '1,/^$/d' "$NET"/mail2/box/new/* | grep '^\.' >arrived
	atf_check cmp text arrived
	grep -c '^Received:' "$NET"/mail2/box/new/* >count
	atf_check_equal 2 "$(cat count)"
	atf_check_equal 1 "$(figure relay.tls)"
	atf_check_equal 1 "$(figure relay.delivered)"
}

new_case smtp_limits_connections_by_address \
    'More connections from one address than allowed are turned away'
smtp_limits_connections_by_address_body()
{
	begin
	net_conf 1 "limit per address 1"
	net_start 1 || atf_fail "no daemon"
	hold_client
	talk --quit-after EHLO && atf_fail "a second client was let in"
	said "421"
	echo QUIT >&9
	net_wait 10 heard 221 || atf_fail "the first client was not served"
	exec 9>&-
	talk --quit-after EHLO || atf_fail "the place was not free again"
	atf_check_equal 1 "$(figure smtp.connections_refused)"
}

new_case smtp_keeps_connections_over_a_reload \
    'A reload changes limits and leaves the clients alone'
smtp_keeps_connections_over_a_reload_body()
{
	begin
	net_conf 1 "limit per address 5"
	net_start 1 || atf_fail "no daemon"
	hold_client
	net_conf 1 "limit per address 1"
	net_mixctl 1 reload || atf_fail "no reload"
	talk --quit-after EHLO && atf_fail "the old limit holds"
	said "421"
	echo NOOP >&9
	net_wait 10 heard "250 2.0.0" || atf_fail "the client was dropped"
	exec 9>&-
}

new_case smtp_says_goodbye_when_the_daemon_stops \
    'SIGTERM: idle clients get 421, and the daemon ends in time'
smtp_says_goodbye_when_the_daemon_stops_body()
{
	begin
	net_conf 1
	net_start 1 || atf_fail "no daemon"
	hold_client
	pid=$(net_pid 1)
	kill "$pid"
	net_wait 10 net_gone "$pid" || atf_fail "it does not stop"
	net_wait 5 heard 421 || atf_fail "no goodbye"
	exec 9>&-
}

new_case smtp_logs_no_addresses 'Nothing of a single mail is logged'
smtp_logs_no_addresses_body()
{
	begin
	net_maildir 1 box
	net_conf 1 "postmaster maildir \"$NET/mail1/box\""
	net_start 1 || atf_fail "no daemon"
	talk --to postmaster --body hello || atf_fail "it was refused"
	talk --to "mixtasy@$(net_name 1)" --body hello
	talk --to bob@elsewhere.example
	net_wait 20 sh -c "ls $NET/mail1/box/new/*" || atf_fail "no mail"
	net_stop 1
	atf_check -s exit:1 \
	    grep -i -e client -e elsewhere -e '127\.0\.0\.1' "$NET/mix1/log"
}

atf_init_test_cases()
{
	atf_add_test_case smtp_starts_tls_without_the_key
	atf_add_test_case smtp_uses_the_certificate_of_the_operator
	atf_add_test_case smtp_is_no_relay
	atf_add_test_case smtp_refuses_what_is_no_mix_message
	atf_add_test_case smtp_sends_postmasters_mail_on
	atf_add_test_case smtp_limits_connections_by_address
	atf_add_test_case smtp_keeps_connections_over_a_reload
	atf_add_test_case smtp_says_goodbye_when_the_daemon_stops
	atf_add_test_case smtp_logs_no_addresses
}
