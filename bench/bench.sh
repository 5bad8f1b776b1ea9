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


# Runs all measurements and prints one table: ours beside the peer's, from the
# same run, and how many times ours is better.  BENCH=long takes longer and says
# it more exactly.  BENCH_DIR is where files are written: on a disk, by default
# in /var/tmp.

set -u

TOP=$(pwd)
TMP=$(mktemp -d) || exit 1
DIR=
trap 'rm -rf "$TMP" ${DIR:+"$DIR"}' EXIT
trap 'exit 1' HUP INT TERM
status=0
case ${BENCH:-} in
long)	layer_rounds=51 held="10000 100000 1000000" ;;
*)	layer_rounds=9 held="10000 100000" ;;
esac

# How often "openssl speed" does one thing a second; ciphers and digests say
# octets.
speed()
{
	_what=$1
	shift
	case $_what in
	x25519)	openssl speed -mr -seconds 1 ecdhx25519 2>/dev/null |
		    awk -F: '/^\+F5/ { print $4 }' ;;
	rsa)	openssl speed -mr -seconds 1 rsa2048 2>/dev/null |
		    awk -F: '/^\+F2/ { print $4 }' ;;
	*)	openssl speed -mr -seconds 1 -bytes "$_what" "$@" 2>/dev/null |
		    awk -F: -v n="$_what" '/^\+F:/ { print $4 / n }' ;;
	esac
}

# The name of a primitive of layer_bench to its command.
speed_of()
{
	case $1 in
	X25519*)	speed x25519 ;;
	RSA*)		speed rsa ;;
	*CFB*)		speed 30720 -decrypt -evp aes-256-cfb ;;
	*ECB*)		speed 30720 -evp aes-256-ecb ;;
	SHA-1*)		speed 20480 -evp sha1 ;;
	esac
}

layers()
{
	tab=$(printf '\t')
	"$TOP/bench/layer_bench" $layer_rounds >"$TMP/layers" || return 1
	while IFS=$tab read -r what ours peer theirs; do
		key=layers
		if [ -z "$peer" ]; then
			key=primitives
			peer="openssl speed"
			theirs=$(speed_of "$what")
		fi
		printf '%s\t%s\t1/s\t%s\t%s\thigh\t-\tbeside %s\n' "$key" \
		    "$what" "$ours" "${theirs:-0}" "$peer"
	done <"$TMP/layers"
}

spool()
{
	DIR=$(mktemp -d "${BENCH_DIR:-/var/tmp}/smtpd-mix-bench.XXXXXX") ||
	    return 1
	"$TOP/bench/commit_bench" -r -d "$DIR" $held
}

# run NAME COMMAND...
run()
{
	echo "bench: $1" >&2
	shift
	"$@" >>"$TMP/rows" || status=1
}

table()
{
	awk -F '\t' '
	function figure(x) {
		if (x == 0)
			return "-"
		if (x >= 1000)
			return sprintf("%.0f", x)
		return sprintf(x >= 10 ? "%.1f" : "%.3f", x)
	}
	BEGIN {
		row = "%-16s %-39s %-15s %10s %10s %7s %5s  %s\n"
		printf row, "", "", "", "smtpd-mix", "peer", "better", "goal",
		    ""
	}
	$1 == "note" {
		notes = notes "\n" $2
		next
	}
	{
		ratio = "-"
		if ($4 > 0 && $5 > 0) {
			ratio = $6 == "low" ? $5 / $4 : $4 / $5
			ratio = sprintf("%.2f", ratio)
		}
		printf row, $1, $2, $3, figure($4), figure($5), ratio, $7, $8
	}
	END { printf "%s", notes == "" ? "" : notes "\n" }' "$TMP/rows"
}

run "layers and primitives" layers
run "commits and restarts" spool
run "a whole hop" sh "$TOP/bench/hop_bench.sh"
echo
echo "$(uname -sr), $(openssl version | cut -d ' ' -f 1,2)," \
    "$(date +%Y-%m-%d); better: how many times ours is (over 1: ours)"
table
if [ $status -ne 0 ]; then
	echo "not all could be measured: see above" >&2
fi
exit $status
