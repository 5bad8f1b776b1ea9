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


# The resolver role in its sandbox, against real name servers: one with signed
# zones, and one that does everything wrong.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/net.sh"
. "$TOP/regress/nameserver.sh"

DIGEST=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

new_case()
{
	eval "atf_test_case $1 cleanup
	$1_head()
	{
		atf_set descr '$2'
		atf_set require.progs 'nsd ldns-signzone ldns-keygen drill'
		atf_set timeout 120
	}
	$1_cleanup()
	{
		end
	}"
}

begin()
{
	net_init "$PWD/net" || atf_fail "no directory, or no free slot"
	ns_init "$PWD/ns" "$(net_port 15)" || atf_fail "no directory"
}

end()
{
	ns_clean "$PWD/ns"
	if [ -s bad.pid ]; then
		kill "$(cat bad.pid)" 2>/dev/null
	fi
	net_clean "$PWD/net"
}

# A configuration with more lines.
write_conf()
{
	{
		echo "hostname mix.example.net"
		echo "listen on 127.0.0.1 port 2525"
		echo "listen on 198.51.100.25 port 2525"
		echo "mode middleman"
		echo "keys \"$PWD/keys\""
		echo "postmaster maildir \"$PWD/mail\""
		[ -n "${quiet:-}" ] || echo "log verbose"
		for _line; do
			echo "$_line"
		done
	} >conf
}

# look WORD...: what the role answers goes to "out".
look()
{
	"$TOP/regress/smtpd-mix/lookup" "$TOP/smtpd-mix/smtpd-mix" conf "$@" \
	    >out 2>err || {
		cat out err
		atf_fail "lookup $*"
	}
	if grep -e Sanitizer -e 'runtime error' err; then
		atf_fail "a sanitizer has found something"
	fi
}

# says PATTERN...: lines of "out", each as a whole.
says()
{
	for _pattern; do
		grep -q -x -e "$_pattern" out || {
			cat out err
			atf_fail "there is no line $_pattern"
		}
	done
}

# hosts NAME: the servers of a domain in their order.
hosts()
{
	awk -v name="$1:" '$1 == name && $4 == "tlsa" { printf "%s ", $3 }' out
}

# The zone example with an unsigned and a signed zone below.
make_zones()
{
	ns_signed signed.example <<-END || atf_fail "signing"
	order		MX 30 c
	order		MX 10 a
	order		MX 20 b
	a		A 198.51.100.1
	a		A 198.51.100.101
	a		AAAA 2001:db8::1
	b		A 198.51.100.2
	c		A 198.51.100.3
	implicit	A 198.51.100.4
	null		MX 0 .
	nothing		TXT "no address"
	alias		CNAME order
	gone		MX 10 nosuch
	aliased		MX 10 other
	other		CNAME dane
	dane		MX 10 dane
	dane		A 198.51.100.5
	_25._tcp.dane	TLSA 3 1 1 $DIGEST
	_25._tcp.dane	TLSA 2 0 1 $DIGEST
	_25._tcp.dane	TLSA 1 0 1 $DIGEST
	useless		A 198.51.100.6
	_25._tcp.useless	TLSA 0 0 1 $DIGEST
	private		MX 10 inside
	inside		A 10.0.0.1
	inside		A 127.0.0.1
	inside		AAAA ::1
	inside		AAAA fe80::1
	inside		AAAA 2002:7f00:1::
	half		MX 10 partly
	partly		A 192.168.7.7
	partly		A 198.51.100.7
	loop		MX 10 a
	loop		MX 20 us
	loop		MX 30 c
	us		A 198.51.100.25
	_mta-sts.order	TXT "v=STSv1; id=2026Nov23;"
	_mta-sts.dane	TXT "v=STSv1; id=1;"
	_mta-sts.dane	TXT "v=STSv1; id=2;"
	forged-mx	MX 10 a
	forged-mx	MX 77 a
	forged-a	A 198.51.100.111
	forged-tlsa	A 198.51.100.8
	_25._tcp.forged-tlsa	TLSA 3 1 1 11${DIGEST#??}
	outside		MX 10 mail.plain.example.
	outward		A 198.51.100.9
	mixed		CNAME mail.plain.example.
	_25._tcp.mixed	TLSA 3 1 1 $DIGEST
	END
	ns_tamper signed.example '/RRSIG/!{
	    s/MX\(.*\)77/MX\178/
	    s/198\.51\.100\.111/198.51.100.112/
	    s/TLSA\(.*\)1123456789/TLSA\12223456789/
	}'
	ns_zone plain.example <<-END
	@	MX 10 mail
	mail	A 198.51.100.10
	_25._tcp.mail	TLSA 3 1 1 $DIGEST
	_mta-sts	TXT "v=STSv1; id=plain;"
	END
	ns_signed example <<-END || atf_fail "signing"
	$(ns_delegation signed.example)
	$(ns_delegation plain.example)
	END
	ns_anchor example
}

# The zones, their server, and a configuration.
serve()
{
	begin
	make_zones
	ns_start || atf_fail "no name server"
	write_conf "$(ns_conf)"
}

new_case servers_are_those_of_mx_in_their_order \
    "MX, several addresses, an alias of the domain, its policy"
servers_are_those_of_mx_in_their_order_body()
{
	serve
	look mail order.signed.example mail alias.signed.example wait
	says 'order.signed.example: ok secure ttl 300 refused 0 sts 2026Nov23'
	says 'alias.signed.example: ok secure ttl 300 refused 0 sts none'
	atf_check_equal "a.signed.example b.signed.example c.signed.example " \
	    "$(hosts order.signed.example)"
	atf_check_equal "a.signed.example b.signed.example c.signed.example " \
	    "$(hosts alias.signed.example)"
	# IPv6 first, then each family in turn.
	says "order.signed.example: 10 a.signed.example tlsa none \
2001:db8::1 198.51.100.1[01]* 198.51.100.1[01]*"
}

new_case domains_without_mx_are_told_apart \
    "implicit MX, null MX, no address, no such domain"
domains_without_mx_are_told_apart_body()
{
	serve
	look mail implicit.signed.example mail null.signed.example \
	    mail nothing.signed.example mail nosuch.signed.example \
	    mail gone.signed.example wait status
	says 'implicit.signed.example: ok secure ttl 300 refused 0 sts none' \
	    'implicit.signed.example: 0 implicit.signed.example tlsa none .*4' \
	    'null.signed.example: null secure ttl 300 refused 0 sts none' \
	    'nothing.signed.example: none secure ttl 300 refused 0 sts none' \
	    'nosuch.signed.example: none secure ttl 300 refused 0 sts none' \
	    'gone.signed.example: none secure ttl 300 refused 0 sts none' \
	    'asked 5 waiting 0 found 1 none 4 later 0 .* validating 1'
}

new_case tlsa_records_are_used_where_all_is_signed \
    "usable, of no use, absent; by way of aliases"
tlsa_records_are_used_where_all_is_signed_body()
{
	serve
	look mail dane.signed.example mail useless.signed.example \
	    mail aliased.signed.example mail outside.signed.example \
	    mail plain.example mail mixed.signed.example
	says "dane.signed.example: 10 dane.signed.example tlsa usable .*5" \
	    "dane.signed.example: .* record 3 1 1 $DIGEST" \
	    "dane.signed.example: .* record 2 0 1 $DIGEST" \
	    "useless.signed.example: .* tlsa unusable 198.51.100.6" \
	    "aliased.signed.example: 10 other.signed.example tlsa usable .*" \
	    "outside.signed.example: ok secure .*" \
	    "outside.signed.example: 10 mail.plain.example tlsa none .*10" \
	    "plain.example: ok insecure ttl 300 refused 0 sts plain" \
	    "plain.example: 10 mail.plain.example tlsa none .*10" \
	    "mixed.signed.example: .* tlsa usable .*10"
	if grep ' record 1 ' out; then
		atf_fail "a record of no use"
	fi
	# Two records of a policy are none.
	says "dane.signed.example: ok secure .* sts none"
}

new_case forged_records_are_never_used \
    "MX, addresses and TLSA with signatures of others"
forged_records_are_never_used_body()
{
	serve
	look mail forged-mx.signed.example mail forged-a.signed.example \
	    host forged-a.signed.example mail forged-tlsa.signed.example \
	    wait status
	says 'forged-mx.signed.example: bogus .*' \
	    'forged-a.signed.example: bogus .*' \
	    'forged-tlsa.signed.example: ok secure .*' \
	    'forged-tlsa.signed.example: .* tlsa failed 198.51.100.8' \
	    'asked 4 waiting 0 found 1 none 0 later 0 bogus 3 .*' \
	    'error: .*: DNSSEC validation failed'
	if grep '198\.51\.100\.1' out; then
		atf_fail "a forged address"
	fi
	# A zone that claims to be signed and isn't is as bad.
	ns_zone signed.example <<-END
	order	MX 10 a
	a	A 198.51.100.66
	END
	ns_reload || atf_fail "no name server"
	look mail order.signed.example
	says 'order.signed.example: bogus .*'
}

new_case private_addresses_are_left_out \
    "addresses that nobody may be sent to, and our own"
private_addresses_are_left_out_body()
{
	serve
	look mail private.signed.example mail half.signed.example \
	    mail loop.signed.example host us.signed.example
	says 'private.signed.example: none secure ttl 300 refused 5 .*' \
	    'half.signed.example: ok secure ttl 300 refused 1 .*' \
	    'half.signed.example: 10 partly.signed.example tlsa none .*100.7' \
	    'us.signed.example: none .* refused 1 .*'
	# RFC 5321 5.1: not to ourselves, nor to who comes after us.
	atf_check_equal "a.signed.example " "$(hosts loop.signed.example)"
}

new_case trust_is_in_the_anchor_alone \
    "a zone whose anchor is not its own is bogus; a bad file is refused"
trust_is_in_the_anchor_alone_body()
{
	serve
	sed 's/13 2 ..../13 2 0000/' ns/anchor >other
	write_conf "resolver forward 127.0.0.1 port $NS_PORT" \
	    "resolver trust anchor \"$PWD/other\""
	look mail plain.example
	says 'plain.example: bogus .*'
	for _text in '' '; nothing' 'example. NS ns.example.' \
	    'example. DS nonsense'; do
		printf '%s\n' "$_text" >other
		[ -n "$_text" ] || : >other
		atf_check -s exit:3 -e match:'trust anchor' \
		    "$TOP/regress/smtpd-mix/lookup" \
		    "$TOP/smtpd-mix/smtpd-mix" conf mail plain.example
	done
	rm other
	atf_check -s exit:3 -e match:'trust anchor.*No such file' \
	    "$TOP/regress/smtpd-mix/lookup" "$TOP/smtpd-mix/smtpd-mix" conf
}

new_case names_are_not_logged "at the default level"
names_are_not_logged_body()
{
	quiet=yes
	serve
	look mail order.signed.example mail forged-mx.signed.example \
	    mail nosuch.signed.example wait
	if grep -e signed err; then
		atf_fail "a name in the log"
	fi
}

new_case a_server_that_was_down_is_found_again \
    "and what was asked meanwhile is for later"
a_server_that_was_down_is_found_again_body()
{
	quiet=yes
	serve
	ns_stop
	cat >start <<-END
	. "$TOP/regress/nameserver.sh"
	ns_init "$NS" $NS_PORT
	ns_start
	END
	# What has failed is not asked again for some seconds; others are.
	look mail order.signed.example wait run 'sh start' \
	    mail dane.signed.example
	says 'order.signed.example: later .* ttl 60 .*' \
	    'dane.signed.example: ok .*'
	if grep -e signed err; then
		atf_fail "a name in the log"
	fi
	# Of two, one is enough.
	write_conf "resolver forward 127.0.0.1 port 1" "$(ns_conf)"
	look mail order.signed.example mail dane.signed.example
	says 'order.signed.example: ok .*' 'dane.signed.example: ok .*'
}

# A network of its own, in which all root servers are ours; B has moved.
ROOT_SERVERS="198.41.0.4 199.9.14.201 170.247.170.2 192.33.4.12 199.7.91.13
    192.203.230.10 192.5.5.241 192.112.36.4 198.97.190.53 192.36.148.17
    192.58.128.30 193.0.14.129 199.7.83.42 202.12.27.33"

new_case without_a_forwarder_the_root_is_asked "see below"
without_a_forwarder_the_root_is_asked_head()
{
	atf_set descr 'from the built-in hints on, with a root key of a file'
	atf_set require.user root
	atf_set require.progs 'nsd ldns-signzone ldns-keygen drill unshare ip'
}
without_a_forwarder_the_root_is_asked_body()
{
	unshare -n true || atf_skip "no network namespaces here"
	[ -n "${inside:-}" ] || {
		inside=yes unshare -n "$(atf_get_srcdir)/resolver_dns_test" \
		    -s "$(atf_get_srcdir)" -r "$PWD/inside" \
		    without_a_forwarder_the_root_is_asked
		cat inside
		grep -q '^passed' inside || atf_fail "see above"
		return
	}
	ip link set lo up || atf_fail "no network"
	for _server in $ROOT_SERVERS; do
		ip addr add "$_server/32" dev lo || atf_fail "no network"
	done
	# shellcheck disable=SC2086
	net_init "$PWD/net" && ns_init "$PWD/ns" 53 $ROOT_SERVERS ||
	    atf_fail "no directory"
	make_zones
	ns_signed . <<-END || atf_fail "signing"
	$(ns_delegation example)
	END
	ns_anchor .
	ns_start || atf_fail "no name server"
	write_conf "resolver trust anchor \"$NS/anchor\""
	look mail dane.signed.example mail plain.example \
	    mail forged-mx.signed.example mail nosuch.example
	says "dane.signed.example: 10 dane.signed.example tlsa usable .*5" \
	    "plain.example: ok insecure .* sts plain" \
	    "forged-mx.signed.example: bogus .*" \
	    "nosuch.example: none secure .*"
	# With the keys that the real root has, nothing of this is right.
	write_conf
	look mail dane.signed.example
	grep -q -e ': bogus ' -e ': later ' out || atf_fail "$(cat out)"
	atf_check_equal "" "$(hosts dane.signed.example)"
	ns_stop
}

# The server that does everything wrong; sets bad_port.
serve_badly()
{
	begin
	"$TOP/regress/smtpd-mix/bad_dns" bad.port 110 &
	echo $! >bad.pid
	net_wait 10 test -s bad.port || atf_fail "no server"
	bad_port=$(cat bad.port)
	printf 'example. DS 1 13 2 %s\n' $DIGEST >anchor
	write_conf "resolver forward 127.0.0.1 port $bad_port" \
	    "resolver trust anchor \"$PWD/anchor\""
}

new_case answers_that_are_wrong_are_for_later \
    "rubbish, aliases without end, errors, truncation"
answers_that_are_wrong_are_for_later_body()
{
	serve_badly
	set --
	for _wrong in rubbish short other loop chain servfail refused cut \
	    pointers; do
		set -- "$@" mail $_wrong.bad.net host $_wrong.bad.net
	done
	look "$@" mail nothing.bad.net wait status
	says 'asked 19 waiting 0 found 0 none 1 later 18 bogus 0 .*'
}

new_case answers_that_are_huge_are_cut_to_size \
    "more servers and addresses than anybody needs, in bounded memory"
answers_that_are_huge_are_cut_to_size_body()
{
	serve_badly
	set --
	for _i in 1 2 3 4 5 6 7 8 9 10; do
		set -- "$@" mail "n$_i.huge.bad.net"
	done
	look mail huge.bad.net wait memory "$@" wait memory status
	atf_check_equal 16 "$(hosts huge.bad.net | wc -w | tr -d ' ')"
	atf_check_equal 8 "$(awk '/^huge.*tlsa none/ { print NF - 5; exit }' \
	    out)"
	says 'asked 11 waiting 0 found 11 .*'
	# The sanitizers keep what is freed.
	if ! nm "$TOP/smtpd-mix/smtpd-mix" | grep -q __asan_init; then
		awk '/^memory/ && $2 > 80000 { exit 1 }' out ||
		    atf_fail "$(grep memory out) KiB"
	fi
}

new_case silence_is_not_waited_for_longer_than_the_limit \
    "64 questions that nobody answers, beside some that are"
silence_is_not_waited_for_longer_than_the_limit_body()
{
	serve_badly
	set --
	_i=0
	while [ $_i -lt 60 ]; do
		set -- "$@" mail "n$_i.silent.bad.net"
		_i=$((_i + 1))
	done
	_before=$(date +%s)
	look "$@" mail huge.bad.net wait host nothing.bad.net wait status
	_seconds=$(($(date +%s) - _before))
	[ $_seconds -le 30 ] || atf_fail "$_seconds seconds"
	says 'asked 62 waiting 0 found 1 none 1 later 60 bogus 0 .*' \
	    'huge.bad.net: ok .*' 'nothing.bad.net: none .*'
}

new_case a_reload_answers_what_is_unanswered \
    "at once, and for later"
a_reload_answers_what_is_unanswered_body()
{
	serve_badly
	_before=$(date +%s)
	look mail a.silent.bad.net host b.silent.bad.net reload wait status
	_seconds=$(($(date +%s) - _before))
	says 'asked 2 waiting 0 found 0 none 0 later 2 bogus 0 .*'
	[ $_seconds -le 3 ] || atf_fail "$_seconds seconds"
}

atf_init_test_cases()
{
	atf_add_test_case servers_are_those_of_mx_in_their_order
	atf_add_test_case domains_without_mx_are_told_apart
	atf_add_test_case tlsa_records_are_used_where_all_is_signed
	atf_add_test_case forged_records_are_never_used
	atf_add_test_case private_addresses_are_left_out
	atf_add_test_case trust_is_in_the_anchor_alone
	atf_add_test_case names_are_not_logged
	atf_add_test_case a_server_that_was_down_is_found_again
	atf_add_test_case without_a_forwarder_the_root_is_asked
	atf_add_test_case answers_that_are_wrong_are_for_later
	atf_add_test_case answers_that_are_huge_are_cut_to_size
	atf_add_test_case silence_is_not_waited_for_longer_than_the_limit
	atf_add_test_case a_reload_answers_what_is_unanswered
}
