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

# MTA-STS (RFC 8461) against real name, web and mail servers: the directory role
# fetches policies by HTTPS, relay does as they say.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/mxnet.sh"

# domain NAME N WEB [ID]: the records of a mail domain with a server at N and a
# policy at WEB.
domain()
{
	cat <<-END
	$1		MX 10 mx.$1
	mx.$1		A $MX_NET.$2
	mta-sts.$1	A $MX_NET.$3
	_mta-sts.$1	TXT "v=STSv1; id=${4:-1};"
	END
}

# policy WEB NAME MODE PATTERN: puts it there, and starts the server.
policy()
{
	mkdir -p "web$1/.well-known"
	printf 'version: STSv1\r\nmode: %s\r\nmx: %s\r\nmax_age: 604800\r\n' \
	    "$3" "$4" >"web$1/.well-known/mta-sts.txt"
	mx_cert "mta-sts.$2.example"
	mx_web "$1" "mta-sts.$2.example"
}

# sink N NAME: a server whose certificate is for that name.
sink()
{
	[ -s "$2.crt" ] || mx_cert "$2"
	mx_sink "$1" -c "$2.crt" -k "$2.key"
}

# The server at N goes, with what it got.
drop_sink()
{
	kill "$(cat "sink$1.pid")"
	rm -rf "sink$1" "sink$1.pid"
}

mx_test_case policies_decide_which_servers_get_mail
policies_decide_which_servers_get_mail_inside()
{
	{
		domain good 11 40
		domain wrongmx 12 41
		domain wrongcert 13 42
		domain testing 14 43
		domain missing 15 44
		domain clear 16 45
	} | ns_zone example
	ns_signed signed <<-END || fail "no zone"
	@	TXT "for the anchor"
	END
	ns_anchor signed
	ns_start || fail "no name server"
	policy 40 good enforce "*.good.example"
	policy 41 wrongmx enforce other.example
	policy 42 wrongcert enforce mx.wrongcert.example
	policy 43 testing testing mx.testing.example
	policy 45 clear enforce mx.clear.example
	sink 11 mx.good.example
	sink 12 mx.wrongmx.example
	sink 13 mx.other.example
	sink 14 mx.other.example
	sink 15 mx.other.example
	mx_sink 16
	mx_mix
	for _domain in good wrongmx wrongcert testing missing clear; do
		mx_send $_domain.example
	done
	for _n in 11 14 15; do
		await 30 "mail at $_n" mx_has $_n
	done
	await 20 "the others deferred" figure_from 1 relay.why.tls 6
	await 20 "a wrong certificate" figure_from 1 relay.unverified 1
	for _n in 12 13 16; do
		if mx_has $_n; then
			fail "mail at $_n"
		fi
	done
	figure_is 1 relay.by_sts 1 || fail "not one by MTA-STS"
	figure_is 1 relay.verified 1 || fail "not one verified"
	figure_is 1 relay.testing_failed 1 || fail "not one in testing"
	figure_is 1 relay.sts_missing 1 || fail "not one without its policy"
	figure_is 1 relay.clear 0 || fail "in the clear"
	mx_says "in testing, would forbid" || fail "no line about testing"
	mx_says "announced, but can't be had" || fail "no line about it"
	if grep -e 'mx\.' -e "$MX_NET.1" -e bob@ -e 'good\.' \
	    "$NET/mix1/log"; then
		fail "the log has names"
	fi
}

mx_test_case a_cached_policy_holds_without_its_server
a_cached_policy_holds_without_its_server_inside()
{
	domain good 11 40 1 | ns_zone example
	ns_signed signed <<-END || fail "no zone"
	@	TXT "for the anchor"
	END
	ns_anchor signed
	ns_start || fail "no name server"
	policy 40 good enforce mx.good.example
	sink 11 mx.good.example
	mx_mix
	mx_send good.example
	await 30 "mail" mx_has 11
	figure_is 1 relay.by_sts 1 || fail "not by MTA-STS"
	# Its web server goes, its record changes, somebody is in its place.
	kill "$(cat web40.pid)"
	rm web40.pid
	domain good 11 40 2 | ns_zone example
	ns_reload || fail "no name server"
	drop_sink 11
	sink 11 mx.evil.example
	net_stop 1 || fail "it doesn't stop"
	net_start 1 || fail "it doesn't start"
	mx_send good.example
	await 30 "the wrong one turned away" figure_from 1 relay.unverified 1
	if mx_has 11; then
		fail "mail at the wrong one"
	fi
	figure_is 1 relay.sts_missing 0 || fail "the policy was forgotten"
	drop_sink 11
	sink 11 mx.good.example
	await 60 "the mail after all" mx_has 11
}

atf_init_test_cases()
{
	atf_add_test_case policies_decide_which_servers_get_mail
	atf_add_test_case a_cached_policy_holds_without_its_server
}
