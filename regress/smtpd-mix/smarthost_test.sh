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

# All mail through one server that wants a password: by STARTTLS, by TLS from
# the first octet, by a name; wrong passwords, and files that others may read.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/mxnet.sh"

# "\0user\0secret word" in base64.
PLAIN=AHVzZXIAc2VjcmV0IHdvcmQ=

secret()
{
	(umask 077 && printf 'user\nsecret word\n' >secret)
}

# No password anywhere but where it belongs.
no_secret_in()
{
	if grep -r -l -e 'secret word' -e "$PLAIN" "$@"; then
		fail "the password is there"
	fi
}

begin_smarthost()
{
	ns_signed example <<-END || fail "no zone"
	smart	A $MX_NET.11
	END
	ns_anchor example
	ns_start || fail "no name server"
	mx_cert smart.example
	secret
}

mx_test_case all_mail_goes_through_a_smarthost
all_mail_goes_through_a_smarthost_inside()
{
	begin_smarthost
	mx_sink 11 -p 587 -c smart.example.crt -k smart.example.key \
	    -x "AUTH LOGIN PLAIN"
	mx_mix "route \"*\" host $MX_NET.11 port 587 tls verify \
	    name smart.example auth file \"$PWD/secret\""
	mx_send anybody.example
	mx_send somebody.test
	await 30 "both mails" mx_has 11 2
	grep -q "^AUTH PLAIN $PLAIN" sink11/client.1 || fail "no AUTH PLAIN"
	sed '/^STARTTLS/q' sink11/client.1 | grep AUTH && fail "before TLS"
	figure_is 1 relay.by_route 2 || fail "not by the route"
	figure_is 1 relay.verified 1 || fail "not verified"
	"$TOP/smtpd-mix/smtpd-mix" -n -f "$NET/mix1/smtpd-mix.conf" >printed \
	    2>&1
	grep -q "auth file" printed || fail "the file isn't printed"
	net_mixctl 1 status -j >status
	no_secret_in printed status "$NET/mix1/log" "$NET/mix1/spool"
}

mx_test_case a_smarthost_can_have_a_name_and_tls_at_once
a_smarthost_can_have_a_name_and_tls_at_once_inside()
{
	begin_smarthost
	mx_sink 11 -i -p 465 -c smart.example.crt -k smart.example.key \
	    -x "AUTH LOGIN"
	mx_mix "route \"*\" host smart.example port 465 tls implicit \
	    auth file \"$PWD/secret\""
	mx_send anybody.example
	await 30 "the mail" mx_has 11
	grep -q "^AUTH LOGIN" sink11/client.1 || fail "no AUTH LOGIN"
	figure_is 1 relay.verified 1 || fail "not verified"
}

mx_test_case a_wrong_password_is_told_and_loses_nothing
a_wrong_password_is_told_and_loses_nothing_inside()
{
	begin_smarthost
	mx_sink 11 -c smart.example.crt -k smart.example.key \
	    -x "AUTH PLAIN" -e "AUTH=535 5.7.8 no user bob"
	mx_mix "route \"*\" host smart.example tls verify \
	    auth file \"$PWD/secret\""
	mx_send anybody.example
	await 30 "the password refused" figure_from 1 relay.auth_failed 1
	await 10 "the mail deferred" figure_from 1 relay.why.auth 1
	net_mixctl 1 status >status
	grep -q "LOOK: a route's server doesn't take user and password: the \
peer answered 535" status || fail "the status doesn't say so"
	no_secret_in status "$NET/mix1/log"
	if grep bob status "$NET/mix1/log"; then
		fail "the server's words are told"
	fi
	kill "$(cat sink11.pid)"
	rm -rf sink11
	mx_sink 11 -c smart.example.crt -k smart.example.key \
	    -x "AUTH PLAIN"
	await 60 "the mail" mx_has 11
	figure_is 1 relay.state '""' || fail "the status still says so"
}

mx_test_case no_password_for_a_server_that_is_another
no_password_for_a_server_that_is_another_inside()
{
	begin_smarthost
	mx_cert other.example
	mx_sink 11 -c other.example.crt -k other.example.key \
	    -x "AUTH PLAIN"
	mx_sink 12 -x "AUTH PLAIN"
	mx_mix "route \"*\" host smart.example tls verify \
	    auth file \"$PWD/secret\"" \
	    "route clear.example host $MX_NET.12 tls verify \
	    auth file \"$PWD/secret\""
	mx_send anybody.example
	mx_send clear.example
	await 30 "both refused" figure_from 1 relay.why.tls 2
	grep AUTH sink11/client.* sink12/client.* && fail "AUTH was said"
	if mx_has 11 || mx_has 12; then
		fail "mail"
	fi
	figure_is 1 relay.auth_failed 0 || fail "a password was tried"
}

mx_test_case a_password_that_others_may_read_is_refused
a_password_that_others_may_read_is_refused_inside()
{
	begin_smarthost
	chmod 640 secret
	net_conf 1 "$FAST" "mode middleman" "ca file \"$PWD/ca.crt\"" \
	    "route \"*\" host smart.example tls verify \
	    auth file \"$PWD/secret\""
	if net_start 1 2>err; then
		fail "it starts"
	fi
	mx_says "auth file: .*secret: others may read it: chmod 600" ||
	    fail "it doesn't say why"
	no_secret_in "$NET/mix1/log"
	chmod 600 secret
	net_start 1 || fail "it doesn't start"
	# A reload with a bad one changes nothing.
	echo alone >secret
	net_mixctl 1 reload && fail "it was taken"
	mx_says "the user has to be in the first line" || fail "no word of it"
	net_mixctl 1 status >/dev/null || fail "it is gone"
}

atf_init_test_cases()
{
	atf_add_test_case all_mail_goes_through_a_smarthost
	atf_add_test_case a_smarthost_can_have_a_name_and_tls_at_once
	atf_add_test_case a_wrong_password_is_told_and_loses_nothing
	atf_add_test_case no_password_for_a_server_that_is_another
	atf_add_test_case a_password_that_others_may_read_is_refused
}
