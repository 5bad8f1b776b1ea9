# Copyright (c) 2026 The smtpd-mix developers
#
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


# An internet of its own for a mix: a network namespace whose only interface is
# the loopback, with addresses of 198.51.100.0/24 on it, name servers with
# signed zones, mail servers at port 25 and web servers at port 443.  For atf-sh
# tests, to be read with ".".
#
#	mx_test_case NAME	declares NAME, whose body NAME_inside runs there
#	mx_begin		begins: addresses, CA, name server's directory
#	mx_cert NAME...		makes NAME.crt and NAME.key, by the CA; the
#				first is also the files' name
#	mx_tlsa CERT [USAGE]	the data of its TLSA record, "3 1 1 ..."
#	mx_sink N OPTION...	a mail server at 198.51.100.N; what it gets is
#				in directory sinkN
#	mx_web N CERT		a web server at 198.51.100.N for files below
#				webN
#	mx_mix [LINE...]	starts mix 1, which delivers to anybody
#	mx_send DOMAIN		sends a mail through it to bob there
#	mx_has N [COUNT]	whether a sink got mails
#
# In the body only exit codes count: it ends with fail TEXT.

. "$TOP/regress/smtpd-mix/nettest.sh"
. "$TOP/regress/nameserver.sh"

MX_NET=198.51.100
MX_ADDRESSES="11 12 13 14 15 16 17 18 19 25 26 40 41 42 43 44 45"

mx_test_case()
{
	atf_test_case "$1" cleanup
	eval "$1_head()
	{
		atf_set require.user root
		atf_set require.progs 'unshare ip nsd ldns-signzone \
		    ldns-keygen drill openssl'
		atf_set timeout 180
	}
	$1_body()
	{
		mx_enter $1_inside
	}
	$1_cleanup()
	{
		mx_end
	}"
}

# This file, and the test's, are read again by a shell in the namespace.
mx_enter()
{
	unshare -n true 2>/dev/null || atf_skip "no network namespaces here"
	cat >enter.sh <<-END
	set -u
	TOP='$TOP'
	SRCDIR='$(atf_get_srcdir)'
	atf_get_srcdir() { echo "\$SRCDIR"; }
	atf_test_case() { :; }
	atf_fail() { echo "\$*" >&2; exit 1; }
	. '$(atf_get_srcdir)/$(basename "$0")'
	mx_begin
	$1
	net_end || fail "a sanitizer has found something"
	exit 0
	END
	unshare -n sh enter.sh || atf_fail "see above"
}

mx_end()
{
	for _pid in sink*.pid web*.pid; do
		if [ -s "$_pid" ]; then
			kill "$(cat "$_pid")" 2>/dev/null
		fi
	done
	ns_clean "$PWD/ns"
	net_clean "$PWD/net"
}

fail()
{
	{
		echo "$*"
		logs
		tail -n 40 ns/nsd.log
	} >&2
	exit 1
}

mx_begin()
{
	ip link set lo up || exit 1
	for _n in $MX_ADDRESSES; do
		ip address add "$MX_NET.$_n/32" dev lo || exit 1
	done
	nettest_begin
	ns_init "$PWD/ns" 5353
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout ca.key -out ca.crt -days 30 -subj /CN=CA 2>/dev/null ||
	    fail "no CA"
}

mx_cert()
{
	_names=
	for _name; do
		_names=$_names${_names:+,}DNS:$_name
	done
	echo "subjectAltName=$_names" >san
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$1.key" -out csr -subj "/CN=$1" 2>/dev/null &&
	    openssl x509 -req -in csr -CA ca.crt -CAkey ca.key \
	    -CAcreateserial -days 20 -extfile san -out "$1.crt" 2>/dev/null ||
	    fail "no certificate for $1"
	cat ca.crt >>"$1.crt"
	chmod 644 "$1.key"
}

mx_tlsa()
{
	echo "${2:-3} 1 1 $(openssl x509 -in "$1" -noout -pubkey |
	    openssl pkey -pubin -outform DER | openssl sha256 -r |
	    cut -d ' ' -f 1)"
}

mx_sink()
{
	_n=$1
	shift
	"$TOP/regress/lib/smtp_sink" -t 170 -a "$MX_NET.$_n" -p 25 "$@" \
	    "sink$_n" &
	echo $! >"sink$_n.pid"
	net_wait 10 test -s "sink$_n/port" || fail "no sink"
}

mx_web()
{
	mkdir -p "web$1/.well-known"
	(cd "web$1" && exec openssl s_server -quiet -WWW \
	    -accept "$MX_NET.$1:443" -cert "../$2.crt" -key "../$2.key" \
	    >../web$1.log 2>&1 </dev/null) &
	echo $! >"web$1.pid"
	net_wait 10 mx_web_answers "$1" || fail "no web server"
}

mx_web_answers()
{
	openssl s_client -connect "$MX_NET.$1:443" </dev/null
}

mx_mix()
{
	net_conf 1 "$FAST" "$RETRY" "$NO_DUMMIES" "$(ns_conf)" \
	    "mode middleman exitpublic" "ca file \"$PWD/ca.crt\"" "$@"
	start_network 1
}

mx_send()
{
	make_mail "bob@$1" "for $1" 100 |
	    "$TOP/regress/lib/mixtasy/sealtool" seal "$NET/mixes/mix1.asc" \
	    >message || fail "not sealed"
	submit 1 message | grep -q '^250 ' || fail "not taken"
}

mx_has()
{
	sink_has "sink$1" "${2:-1}"
}

# mx_says TEXT: whether a line of the log has it.
mx_says()
{
	grep -q -e "$1" "$NET/mix1/log"
}
