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

# make demo: five mixes on this machine; an ordinary mail with an attachment
# goes through four of them, and is shown as it comes out.  MAIL names another
# mail.  Leaves nothing running.  Exit status 0: it arrived, octet for octet.

set -u

TOP=$(pwd)
. "$TOP/regress/net.sh"

SECONDS_MAX=120
POLL=0.2
RCPT=bob@$(net_name 5)

DIR=$(mktemp -d "${TMPDIR:-/tmp}/smtpd-mix-demo.XXXXXX") || exit 1

say()
{
	printf '%s  %s\n' "$(date +%H:%M:%S)" "$*"
}

finish()
{
	_status=$?
	trap - EXIT HUP INT TERM
	net_end || _status=1
	say "all mixes are stopped; everything is left in $DIR"
	exit $_status
}

fail()
{
	say "FAILED: $*" >&2
	exit 1
}

write_mail()
{
	cat <<-END
	From: Alice <alice@home.example>
	To: $RCPT
	Subject: The plan, with an attachment
	MIME-Version: 1.0
	Content-Type: multipart/mixed; boundary="part"

	--part
	Content-Type: text/plain; charset=utf-8
	Content-Transfer-Encoding: 8bit

	Dear Bob,

	nobody but you learns that I write to you. Grüße,
	Alice
	--part
	Content-Type: application/octet-stream; name="plan.bin"
	Content-Transfer-Encoding: base64
	Content-Disposition: attachment; filename="plan.bin"

	END
	dd if=/dev/urandom bs=1024 count=6 2>/dev/null | openssl base64
	echo "--part--"
}

configure()
{
	for _i in 1 2 3 4; do
		net_conf $_i "mode middleman" "$@" || return 1
	done
	net_maildir 5 "bob" || return 1
	net_conf 5 "mode middleman exitprivate" \
	    "domain \"$(net_name 5)\" maildir \"$DIR/mail5/%u/Maildir\"" "$@"
}

sender_conf()
{
	mkdir -p "$DIR/sender"
	cat >"$DIR/sender/.mixmail.conf" <<-END
	server 127.0.0.1 port $(net_port 1)
	first $(net_name 1)
	roster "$DIR/mixes"
	hops 4
	hop delay 1m
	END
}

# What changed at a mix since the last look, one line each.
watch()
{
	eval "_in0=\${in_$1:-0} _out0=\${out_$1:-0} _rounds0=\${rounds_$1:-0}"
	_in=$(net_figure "$1" messages.in)
	_out=$(net_figure "$1" messages.out)
	_here=$(net_figure "$1" messages.delivered_here)
	_held=$(net_figure "$1" pool.held)
	_rounds=$(net_figure "$1" pool.fired)
	_next=$(net_figure "$1" pool.next_run)
	: "${_in:=$_in0}" "${_out:=0}" "${_here:=0}" "${_held:=0}"
	: "${_rounds:=$_rounds0}" "${_next:=0}"
	_out=$((_out + _here))
	if [ "$_in" -gt "$_in0" ]; then
		_left=$((_next - $(date +%s)))
		[ "$_left" -lt 0 ] && _left=0
		say "mix $1  takes a message; its pool holds $_held and is" \
		    "looked at in $_left s"
		CHAIN="$CHAIN $1"
	fi
	if [ "$_rounds" -gt "$_rounds0" ]; then
		say "mix $1  its pool fires"
	fi
	if [ "$_out" -gt "$_out0" ]; then
		if [ "$_here" -gt 0 ]; then
			say "mix $1  opens the last layer and delivers"
		else
			say "mix $1  has sent it on"
		fi
	fi
	eval "in_$1=$_in out_$1=$_out rounds_$1=$_rounds"
}

# The paths that mixmail drew, one a line, as numbers of mixes.  A mail that
# takes several messages goes over a few paths.
paths()
{
	sed -n -e 's/mixtasy@mix\([0-9]\)[^ ]*/\1/g' -e 's/,//g' \
	    -e 's/.* by way of //p' "$DIR/mixmail.log" | sort -u
}

# Prints the paths; fails if one is too short, or a mix of it took no message.
show_paths()
{
	paths | while read -r _path; do
		say "chain: alice -> mix $(echo "$_path" |
		    sed 's/ / -> mix /g') -> bob"
		[ "$(echo "$_path" | wc -w)" -eq 4 ] || exit 1
		for _i in $_path; do
			case " $CHAIN " in
			*" $_i "*) ;;
			*) exit 1 ;;
			esac
		done
	done
}

arrived()
{
	set -- "$DIR"/mail5/bob/Maildir/new/*
	[ -f "$1" ] && ARRIVED=$1
}

body()
{
	tr -d '\r' <"$1" | awk 'body { print } /^$/ { body = 1 }'
}

umask 022
trap finish EXIT
trap 'exit 1' HUP INT TERM

say "smtpd-mix demo in $DIR"
net_init "$DIR" "$(net_random_port)" || fail "no directory"
configure "pool interval 3s minimum 0 threshold 1 rate 1.0" \
    "test dummies none" "retry first 2s maximum 10s expire 1h" ||
    fail "no configuration"
sender_conf
if [ -n "${MAIL:-}" ]; then
	cp "$MAIL" "$DIR/original.eml" || fail "can't read $MAIL"
else
	write_mail >"$DIR/original.eml"
fi

say "five mixes start; each makes its own keys"
net_start 1 2 3 4 5 || fail "see $DIR/mix*/log"
net_publish 1 2 3 4 5 || fail "the certificates can't be exchanged"
say "their certificates are exchanged; the sender knows them too"

began=$(date +%s)
say "alice writes to $RCPT: $(wc -c <"$DIR/original.eml") octets"
HOME=$DIR/sender "$TOP/mixmail/mixmail" -i -v "$RCPT" <"$DIR/original.eml" \
    2>"$DIR/mixmail.log" || fail "mixmail: $(tail -n 1 "$DIR/mixmail.log")"
sed 's/^/          /' "$DIR/mixmail.log"

CHAIN=
while ! arrived; do
	for m in 1 2 3 4 5; do
		watch $m
	done
	[ $(($(date +%s) - began)) -lt $SECONDS_MAX ] ||
	    fail "no mail after $SECONDS_MAX seconds"
	sleep $POLL
done
for m in 1 2 3 4 5; do
	watch $m
done
ended=$(date +%s)

say "the mail as bob has it:"
echo
head -n 24 "$ARRIVED" | cut -c 1-76 | sed 's/^/    /'
[ "$(wc -l <"$ARRIVED")" -le 24 ] || echo "    ..."
echo
show_paths || fail "it did not pass four mixes"
say "wall time: $((ended - began)) s"

body "$DIR/original.eml" >"$DIR/body.sent"
body "$ARRIVED" >"$DIR/body.received"
cmp "$DIR/body.sent" "$DIR/body.received" ||
    fail "what arrived is not what was sent"
say "OK: the body arrived octet for octet ($(wc -c <"$DIR/body.sent") octets)"
exit 0
