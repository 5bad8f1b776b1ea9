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

# Mail by MX, against real name servers with signed zones and real mail servers:
# DANE (RFC 7672), and what relay does with the answers of the DNS.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/mxnet.sh"

OTHER=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

# The records of a mail domain NAME with one server at an address.
domain()
{
	echo "$1	MX 10 mx.$1"
	echo "mx.$1	A $MX_NET.$2"
	shift 2
	for _tlsa; do
		echo "_25._tcp.mx.$_name	TLSA $_tlsa"
	done
}

# one NAME N TLSA...: the same, by a name that the TLSA records get too.
one()
{
	_name=$1
	domain "$@"
}

mx_test_case dane_decides_which_servers_get_mail
dane_decides_which_servers_get_mail_inside()
{
	for _host in ee ta name wrong missing useless notls; do
		mx_cert "mx.$_host.example"
	done
	ca=$(mx_tlsa ca.crt 2)
	{
		one ee 11 "3 1 1 $OTHER" "$(mx_tlsa mx.ee.example.crt)"
		one ta 12 "$ca"
		one name 13 "$ca"
		one wrong 14 "3 1 1 $OTHER"
		one missing 15
		one useless 16 "1 0 1 $OTHER"
		one notls 17 "$(mx_tlsa mx.notls.example.crt)"
		one plain 18
	} | ns_signed example || fail "no zone"
	ns_anchor example
	ns_start || fail "no name server"
	mx_sink 11 -c mx.ee.example.crt -k mx.ee.example.key
	mx_sink 12 -c mx.ta.example.crt -k mx.ta.example.key
	# Trusted, but another's.
	mx_sink 13 -c mx.ee.example.crt -k mx.ee.example.key
	mx_sink 14 -c mx.wrong.example.crt -k mx.wrong.example.key
	mx_sink 15 -c mx.missing.example.crt -k mx.missing.example.key
	mx_sink 16 -c mx.useless.example.crt -k mx.useless.example.key
	mx_sink 17
	mx_sink 18
	mx_mix
	for _domain in ee ta name wrong missing useless notls plain; do
		mx_send $_domain.example
	done
	for _n in 11 12 15 16 18; do
		await 30 "mail at $_n" mx_has $_n
	done
	await 20 "the wrong ones refused" figure_from 1 relay.dane_failed 2
	await 20 "no TLS where TLSA wants it" figure_from 1 relay.why.tls 3
	for _n in 13 14 17; do
		if mx_has $_n; then
			fail "mail at $_n"
		fi
	done
	figure_is 1 relay.by_dane 2 || fail "not two by DANE"
	figure_is 1 relay.clear 1 || fail "not one in the clear"
	figure_is 1 relay.downgraded 0 || fail "a downgrade"
	figure_is 1 relay.by_mx 5 || fail "not five by MX"
	mx_says "doesn't fit its TLSA records" || fail "no line in the log"
	if grep -e 'mx\.' -e "$MX_NET.1" -e bob@ "$NET/mix1/log"; then
		fail "the log has names"
	fi
}

mx_test_case dane_does_not_use_bogus_records
dane_does_not_use_bogus_records_inside()
{
	mx_cert mx.lie.bogus.example
	mx_cert mx.good.example
	one lie 11 "$(mx_tlsa mx.lie.bogus.example.crt)" |
	    ns_signed bogus.example
	{
		ns_delegation bogus.example
		one good 12 "$(mx_tlsa mx.good.example.crt)"
	} | ns_signed example || fail "no zone"
	ns_tamper bogus.example "/TLSA.*3 1 1/s/3 1 1 ./3 1 1 0/
	    /TLSA.*3 1 1 0/s/....\$/0000/"
	ns_anchor example
	ns_start || fail "no name server"
	mx_sink 11 -c mx.lie.bogus.example.crt -k mx.lie.bogus.example.key
	mx_sink 12 -c mx.good.example.crt -k mx.good.example.key
	mx_mix
	mx_send lie.bogus.example
	mx_send good.example
	await 30 "mail at the good one" mx_has 12
	await 20 "the bogus one deferred" figure_from 1 relay.why.dns 1
	if mx_has 11; then
		fail "mail at the bogus one"
	fi
	# With the zone in order the mail that waited goes.
	one lie 11 "$(mx_tlsa mx.lie.bogus.example.crt)" |
	    ns_signed bogus.example
	ns_reload || fail "no name server"
	net_mixctl 1 reload
	await 60 "mail at the other" mx_has 11
	figure_is 1 relay.by_dane 2 || fail "not by DANE"
}

mx_test_case mx_servers_are_tried_in_their_order
mx_servers_are_tried_in_their_order_inside()
{
	ns_signed example <<-END || fail "no zone"
	order		MX 10 none.order
	order		MX 20 dead.order
	order		MX 30 busy.order
	order		MX 40 good.order
	dead.order	A $MX_NET.19
	busy.order	A $MX_NET.11
	good.order	A $MX_NET.12
	implicit	A $MX_NET.13
	null		MX 0 .
	loop		MX 10 mix1.mix
	loop		MX 20 after.loop
	mix1.mix	A $MX_NET.26
	self		MX 10 us.self
	self		MX 20 after.loop
	us.self		A $MX_NET.25
	after.loop	A $MX_NET.14
	inside		MX 10 in.inside
	in.inside	A 127.0.0.1
	END
	ns_anchor example
	ns_start || fail "no name server"
	mx_sink 11 -e "GREETING=421 busy"
	mx_sink 12
	mx_sink 13
	mx_sink 14
	mx_mix "listen on $MX_NET.25 port 2525"
	for _domain in order implicit null loop self inside never; do
		mx_send $_domain.example
	done
	await 30 "mail at the last server" mx_has 12
	await 30 "mail at the domain itself" mx_has 13
	# Proven: a null MX, and a name that isn't there.
	await 30 "two given up" figure_is 1 relay.refused 2
	# By our name, by our address, and what is inside: each more than once.
	await 30 "ours and what is inside" figure_from 1 relay.why.no_host 6
	figure_is 1 relay.refused 2 || fail "more given up"
	figure_is 1 relay.by_mx 2 || fail "not two by MX"
	if mx_has 14; then
		fail "mail behind ourselves"
	fi
}

mx_test_case no_mail_is_lost_while_the_dns_is_silent
no_mail_is_lost_while_the_dns_is_silent_inside()
{
	one plain 11 | ns_signed example || fail "no zone"
	ns_anchor example
	mx_sink 11
	mx_mix
	mx_send plain.example
	await 60 "no answer" figure_from 1 relay.why.dns 1
	figure_is 1 relay.refused 0 || fail "given up"
	ns_start || fail "no name server"
	await 60 "mail" mx_has 11
}

mx_test_case tls_that_breaks_midway_is_tried_again
tls_that_breaks_midway_is_tried_again_inside()
{
	for _n in 11 12 13; do
		mx_cert "mx.n$_n.example"
	done
	{
		one n11 11 "$(mx_tlsa mx.n11.example.crt)"
		one n12 12
		one n13 13
	} | ns_signed example || fail "no zone"
	ns_anchor example
	ns_start || fail "no name server"
	mx_sink 11 -c mx.n11.example.crt -k mx.n11.example.key \
	    -e "RCPT=close"
	mx_sink 12 -c mx.n12.example.crt -k mx.n12.example.key \
	    -e "DOT=close"
	mx_sink 13 -c mx.n13.example.crt -k mx.n13.example.key \
	    -e "EHLO@2=close"
	mx_mix
	for _n in 11 12 13; do
		mx_send n$_n.example
	done
	await 30 "all of them deferred" figure_from 1 relay.why.broken 3
	await 30 "and again" figure_from 1 relay.why.broken 6
	figure_is 1 relay.clear 0 || fail "something went in the clear"
	figure_is 1 relay.downgraded 0 || fail "a downgrade"
	for _n in 11 12 13; do
		kill "$(cat sink$_n.pid)"
		rm -rf sink$_n
		mx_sink $_n -c mx.n$_n.example.crt -k mx.n$_n.example.key
	done
	for _n in 11 12 13; do
		await 30 "mail at $_n" mx_has $_n
	done
	figure_is 1 relay.by_mx 3 || fail "not three"
	figure_is 1 relay.refused 0 || fail "given up"
}

mx_test_case a_policy_of_ours_is_stricter_than_the_dns
a_policy_of_ours_is_stricter_than_the_dns_inside()
{
	mx_cert mx.signed.example
	mx_cert mx.other.example
	{
		one clear 11
		one signed 12
		one named 13
	} | ns_signed example || fail "no zone"
	ns_anchor example
	ns_start || fail "no name server"
	mx_sink 11
	mx_sink 12 -c mx.signed.example.crt -k mx.signed.example.key
	mx_sink 13 -c mx.other.example.crt -k mx.other.example.key
	mx_mix "route clear.example mx tls require" \
	    "route signed.example mx tls verify" \
	    "route named.example mx tls verify"
	for _domain in clear signed named; do
		mx_send $_domain.example
	done
	await 30 "mail at the verified one" mx_has 12
	await 30 "the others deferred" figure_from 1 relay.why.tls 2
	await 30 "the wrong name" figure_from 1 relay.unverified 1
	if mx_has 11 || mx_has 13; then
		fail "mail at others"
	fi
	figure_is 1 relay.verified 1 || fail "not one verified"
}

atf_init_test_cases()
{
	atf_add_test_case dane_decides_which_servers_get_mail
	atf_add_test_case dane_does_not_use_bogus_records
	atf_add_test_case mx_servers_are_tried_in_their_order
	atf_add_test_case no_mail_is_lost_while_the_dns_is_silent
	atf_add_test_case tls_that_breaks_midway_is_tried_again
	atf_add_test_case a_policy_of_ours_is_stricter_than_the_dns
}
