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


# A whole hop beside a relay hop of Postfix: both take the same messages, make
# them durable, and send them on to the same server, which keeps nothing.  CPU
# is user and system time of all processes of each.  Prints rows for bench.sh;
# what it is doing goes to standard error.  Its directory is below BENCH_DIR, by
# default /var/tmp: spool and queue lie on one file system.  With BENCH=long
# it sends more.
#
# The mix fires every second and makes no dummies: it is the work for a message
# that is compared.  The seconds that a pool holds mail on purpose count in its
# rate.

set -u

TOP=$(pwd)
. "$TOP/regress/net.sh"
. "$TOP/bench/postfix.sh"

case ${BENCH:-} in
long)	ROUNDS=6 HELD=10000 MANY=300000
	PLAIN="1,1,500 1,100,1000 10,1,2000 10,100,4000 50,1,2000 50,100,10000"
	TLS="1,1,500 10,1,2000 10,100,4000" RSA="10,100,4000" ;;
*)	ROUNDS=2 HELD=10000 MANY=300000
	PLAIN="1,1,150 1,100,300 10,1,500 10,100,1000 50,1,500 50,100,10000"
	TLS="10,1,500 10,100,1000" RSA="10,100,1000" ;;
esac

finish()
{
	_status=$?
	trap - EXIT HUP INT TERM
	net_end
	postfix_end
	rm -rf "$DIR"
	exit $_status
}

fail()
{
	echo "$*" >&2
	exit 1
}

say()
{
	echo "bench: $*" >&2
}

make_certificate()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -subj "/CN=$(net_name 1)" -days 2 -keyout "$DIR/tls.key" \
	    -out "$DIR/tls.crt" 2>/dev/null
}

tls_port()
{
	echo $((NET_PORT + 20 + $1))
}

# A mix that sends everything on to the sink.
mix_conf()
{
	_n=$1
	shift
	mkdir -p "$NET/mix$_n" || return 1
	{
		cat <<-END
		hostname "$(net_name 1)"
		mode middleman
		listen on 127.0.0.1 port $(net_port "$_n") no tls
		listen on 127.0.0.1 port $(tls_port "$_n")
		tls certificate "$DIR/tls.crt" key "$DIR/tls.key"
		limit connections 500 per address 500
		route "*" host 127.0.0.1 port $SINK tls off
		retry first 1s
		test dummies none
		spool "$NET/mix$_n/spool" slots ${SLOTS:-16384}
		keys "$NET/mix$_n/keys"
		cache "$NET/mix$_n/cache"
		roster "$NET/mixes"
		control "$NET/mix$_n/control"
		chroot "$NET/empty"
		END
		net_users "$_n"
		for _line; do
			echo "$_line"
		done
	} >"$NET/mix$_n/smtpd-mix.conf"
}

mix_start()
{
	net_start "$1" && net_mixctl "$1" cert >"$DIR/cert$1"
}

# load N MIXPORT PEERPORT SETTING...
load()
{
	_n=$1 _port=$2 _peer=$3
	shift 3
	"$TOP/bench/hop_load" -r $ROUNDS -c "$DIR/cert$_n" -s "$SINK" \
	    "$_port" "$(net_pid "$_n")" "$_peer" "$(postfix_pid)" "$@" ||
	    fail "mix $_n: $(tail -n 3 "$NET/mix$_n/log")"
}

# Rows of what hop_load prints: section, what, unit, ours, theirs, whether low
# or high is better, the goal, and a note.
rows()
{
	awk -v key="$1" -v goals="$2" -v OFS='\t' '
	BEGIN { split(goals, goal) }
	{
		split($1, s, ",")
		what = s[1] " at once, " s[2] " a connection"
		if (s[4] == "tls")
			what = what ", STARTTLS"
		many = s[2] >= 100
		tls1 = s[4] == "tls" && s[2] == 1
		note = "rounds " $4 " to " $5
		if ($8 > 0)
			note = note "; told later " $8
		print "hop, " key, what, "ms CPU/message", $2, $3, "low",
		    tls1 ? goal[3] : many ? goal[1] : "-", note
		print "hop, " key, what, "messages/s", $6, $7, "high",
		    many ? goal[2] : "-", "with the second in the pool"
	}'
}

why=$(postfix_missing)
if [ -n "$why" ]; then
	printf 'note\t%s\n' "a whole hop is not measured: $why"
	exit 0
fi
DIR=$(mktemp -d "${BENCH_DIR:-/var/tmp}/smtpd-mix-bench.XXXXXX") || exit 1
NET=$DIR
trap finish EXIT
trap 'exit 1' HUP INT TERM
chmod 755 "$DIR"
case $(stat -f -c %T "$DIR") in
tmpfs|ramfs|overlayfs)
	printf 'note\t%s\n' "$DIR has no disk with a journal: set BENCH_DIR" ;;
esac

net_init "$DIR" "$(net_random_port)" || exit 1
SINK=$((NET_PORT + 30))
make_certificate || fail "openssl makes no certificate"
mix_conf 1 "pool interval 1s minimum 0 rate 1" || exit 1
mix_conf 2 "pool interval 1s minimum 0 rate 1" \
    "subkey algorithm rsa2048" || exit 1
mix_conf 3 "pool interval 1d" || exit 1
postfix_init "$DIR/postfix" "$(net_name 1)" $((NET_PORT + 31)) \
    $((NET_PORT + 32)) "$SINK" "$DIR/tls.crt" "$DIR/tls.key" || exit 1

say "a hop beside Postfix, in $DIR"
mix_start 1 || exit 1
postfix_start || exit 1
load 1 "$(net_port 1)" $((NET_PORT + 31)) $PLAIN >"$DIR/plain" || exit 1
rows "Curve25519" "7 5 -" <"$DIR/plain"
say "the same with STARTTLS"
load 1 "$(tls_port 1)" $((NET_PORT + 32)) \
    $(for s in $TLS; do echo "$s,tls"; done) >"$DIR/tls" || exit 1
rows "Curve25519" "- - 2" <"$DIR/tls"
net_stop 1
say "the same with RSA 2048"
mix_start 2 || exit 1
load 2 "$(net_port 2)" $((NET_PORT + 31)) $RSA >"$DIR/rsa" || exit 1
rows "RSA 2048" "2.5 - -" <"$DIR/rsa"
net_stop 2
postfix_end
say "memory of held messages"
mix_start 3 || exit 1
held=$("$TOP/bench/hop_load" -m $HELD -c "$DIR/cert3" "$(net_port 3)" \
    "$(net_pid 3)") || exit 1
net_stop 3
printf 'memory\ta held message\toctets\t%s\t0\tlow\t210\t%s\n' "$held" \
    "the goal is 2 MiB for 10,000"

# What a fired message costs with so many held: held N OTHERS.  A mix that has
# them in its spool fires FIRED of them once.
FIRED=1000
held()
{
	SLOTS=$(($2 + FIRED + 4096))
	mix_conf "$1" "pool interval 15s minimum $2 rate 1" || return 1
	mix_start "$1" >/dev/null && net_stop "$1" &&
	    "$TOP/bench/held_bench" fill "$NET/mix$1/spool" $(($2 + FIRED)) \
	    "mixtasy@$(net_name 2)" && mix_start "$1" &&
	    "$TOP/bench/held_bench" fire $FIRED "$SINK" "$(net_pid "$1")" &&
	    net_stop "$1" && rm -rf "$NET/mix$1/spool"
}

say "a fired message among many"
few=$(held 4 0) && many=$(held 5 $((MANY - FIRED))) || exit 1
printf 'hop, %s held\t%s\tms CPU/message\t%s\t%s\tlow\t0.77\t%s\n' \
    $MANY "a fired message, beside 1000 held" "$many" "$few" \
    "the goal is 1.3 times at most"
