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


# Ten mixes that find each other by a real keyserver, and several senders: 200
# mails, 20 of them over 100 KB and one of 5 MB, come out octet for octet, each
# once, while all mixes rotate their subkeys twice.  Afterwards a mix that was
# stopped and one that was revoked are in no new path.
#
# Subkeys live a few minutes longer than the two hours that they must have for
# the first hop: senders that missed rotations soon have no path any more.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/smtpd-mix/nettest.sh"
. "$TOP/regress/keyserver.sh"

ALL="1 2 3 4 5 6 7 8 9 10"
SENDERS="1 2 3 4"
MAILS=200
HOP_DELAY="hop delay 20s"
LIFETIME="subkey lifetime 126m"
# As second and third hop it is usable for less than a minute.
SHORT_LIFETIME="subkey lifetime 121m"
STOPPED=5
REVOKED=6

mixmail()
{
	"$TOP/mixmail/mixmail" "$@"
}

# mode_of N: what mix N does, and for whom.
mode_of()
{
	case $1 in
	7|8|9)
		echo "mode middleman exitpublic"
		;;
	10)
		echo "mode middleman exitprivate"
		;;
	*)
		echo "mode middleman"
		;;
	esac
}

mix_conf()
{
	_life=$LIFETIME
	_domain=
	[ "$1" -ne $STOPPED ] || _life=$SHORT_LIFETIME
	[ "$1" -ne 10 ] || _domain="domain \"$(net_name 10)\" maildir \
\"$NET/mail10/%u/Maildir\""
	net_conf "$1" "$RETRY" "$HOP_DELAY" "$_life" "$(mode_of "$1")" \
	    "pool interval 1s minimum 0 threshold 1 rate 0.65" \
	    "dummies flush 1 to 1 timer 0 to 1" "$_domain" \
	    "route \"*\" host 127.0.0.1 port $sink_port" \
	    "directory keyserver \"$keyserver\" every 3s"
}

sender_conf()
{
	cat >"sender$1.conf" <<-END
	server 127.0.0.1 port $(net_port "$1")
	first $(net_name "$1")
	keyserver "$keyserver"
	cache "$PWD/cache$1"
	roster "$PWD/none"
	$HOP_DELAY
	keep headers
	END
}

ten_mixes()
{
	nettest_begin
	NET_MIXES=10
	keyserver_seconds=900
	keyserver_start ks
	start_sink sink -t 600
	net_maildir 10 bob
	for _n in $ALL; do
		mix_conf "$_n"
	done
	net_start $ALL || atf_fail "see above"
	mkdir none truth
	echo "roster \"$PWD/truth\"" >truth.conf
	for _s in $SENDERS; do
		sender_conf "$_s"
	done
	for _n in $ALL; do
		await 60 "mix $_n finds all" figure_is "$_n" roster.mixes 10
	done
}

# The roster as the mixes say it is, by its digest.
true_digest()
{
	for _n in $ALL; do
		net_mixctl "$_n" cert >"truth/$_n.asc" || return 1
	done
	mixmail -b -C truth.conf
}

knows()
{
	mixmail -u -C "sender$1.conf" 2>>"update$1" &&
	    [ "$(mixmail -b -C "sender$1.conf" 2>>"update$1")" = "$digest" ]
}

senders_know()
{
	digest=$(true_digest) || atf_fail "no certificates"
	for _s in $SENDERS; do
		await 60 "sender $_s knows all keys" knows "$_s"
	done
}

# recipient NUMBER: each tenth mail is for a domain of mix 10.
recipient()
{
	if [ $(($1 % 10)) -eq 0 ]; then
		echo "bob@$(net_name 10)"
	else
		echo "carol@far.example"
	fi
}

# Octets of its attachment: 1 in 10 is large, one very large.
attachment()
{
	if [ "$1" -eq 77 ]; then
		echo 3800000
	elif [ $(($1 % 10)) -eq 5 ]; then
		echo 100000
	else
		echo 4000
	fi
}

write_mails()
{
	mkdir -p mails
	_i=$1
	while [ "$_i" -le "$2" ]; do
		make_mail "$(recipient "$_i")" "number $_i" \
		    "$(attachment "$_i")" >"mails/$_i"
		_i=$((_i + 1))
	done
}

# Sender S sends each fourth of the mails FROM to TO.
send_share()
{
	_i=$(($2 + $1 - 1))
	while [ "$_i" -le "$3" ]; do
		if mixmail -C "sender$1.conf" -i "$(recipient "$_i")" \
		    <"mails/$_i" 2>>"said$1"; then
			echo "$_i" >>submitted
		else
			echo "$_i" >>failed
		fi
		_i=$((_i + 4))
		sleep 0.1
	done
}

submitted_from()
{
	[ -s failed ] || [ "$(wc -l <submitted)" -ge "$1" ]
}

rotate_all()
{
	for _n in $ALL; do
		net_mixctl "$_n" rotate 2>/dev/null ||
		    atf_fail "mix $_n doesn't rotate"
	done
}

# send_mails FROM TO [COMMAND]: all senders at once; the command when half of
# them are on their way.
send_mails()
{
	_before=$(wc -l <submitted)
	_pids=
	for _s in $SENDERS; do
		send_share "$_s" "$1" "$2" &
		_pids="$_pids $!"
	done
	await 120 "half of the mails are submitted" \
	    submitted_from $((_before + ($2 - $1 + 1) / 2))
	[ $# -lt 3 ] || "$3"
	wait $_pids
	[ ! -s failed ] || {
		cat said?
		atf_fail "mixmail has failed"
	}
}

# What has come, as lines of number and file.
list_mails()
{
	find sink "$NET/mail10/bob/Maildir/new" -type f \
	    \( -name 'mail.*' -o -path '*/new/*' \) \
	    -exec grep -a -H -m 1 '^Subject: number ' {} + | tr -d '\r' |
	    sed 's/^\(.*\):Subject: number \([0-9]*\)$/\2 \1/' >arrived
}

arrived_from()
{
	list_mails
	[ "$(wc -l <arrived)" -ge "$1" ]
}

# All mails to number N came, once and as they were.
check_mails()
{
	await 240 "all mails have come" arrived_from "$1"
	for _n in $ALL; do
		[ -z "$(net_pid "$_n")" ] || await 60 "no mail is left" \
		    figure_is "$_n" queue.incomplete_mails 0
	done
	list_mails
	[ "$(cut -d ' ' -f 1 arrived | sort -n | uniq | wc -l)" -eq "$1" ] ||
	    atf_fail "not all have come"
	atf_check_equal "$1" "$(wc -l <arrived | tr -d ' ')"
	while read -r _number _file; do
		case $_file in
		sink/*)
			sed 's/$/\r/' "mails/$_number" | cmp - "$_file"
			;;
		*)
			cmp "mails/$_number" "$_file"
			;;
		esac || atf_fail "mail $_number was changed"
	done <arrived
}

live_subkeys()
{
	net_mixctl "$1" status | grep -c '^subkey '
}

# Whether a mix is in one of forty paths, each drawn for a recipient.
in_paths()
{
	mixmail -n -v -C sender1.conf -i $(awk 'BEGIN {
		for (i = 0; i < 40; i++)
			print "carol" i "@far.example"
	}') <mails/1 2>paths >/dev/null || atf_fail "$(tail -n 1 paths)"
	[ "$(grep -c 'by way of' paths)" -eq 40 ] || atf_fail "$(cat paths)"
	grep -q "$(net_name "$1")" paths
}

not_in_paths()
{
	! in_paths "$1"
}

# Its primary key says that it is not to be used any more.
revoke()
{
	net_mixctl "$1" cert | "$TOP/mixctl/mixctl" revoke \
	    -k "$NET/mix$1/keys/primary.pgp" >revoked.asc ||
	    atf_fail "no revocation"
	keyserver_add ks revoked.asc
}

shows_revoked()
{
	net_mixctl 1 directory | grep -A 1 "^mixtasy@$(net_name "$1") " |
	    grep -q 'NOT USED: revoked'
}

atf_test_case ten_mixes_and_a_keyserver_bring_all_mails cleanup
ten_mixes_and_a_keyserver_bring_all_mails_head()
{
	atf_set require.progs "$keyserver_progs"
	atf_set require.files "$keyserver_needs"
	atf_set timeout 900
}
ten_mixes_and_a_keyserver_bring_all_mails_body()
{
	: >submitted
	ten_mixes
	write_mails 1 $MAILS
	[ "$(find mails -size +100k | wc -l)" -ge 20 ] || atf_fail "small"
	[ "$(find mails -size +5000k | wc -l)" -eq 1 ] || atf_fail "small"

	# Half of each share is under way when all make new subkeys.
	senders_know
	send_mails 1 72 rotate_all
	senders_know
	send_mails 73 144 rotate_all
	senders_know
	send_mails 145 $MAILS
	check_mails $MAILS
	for _n in $ALL; do
		atf_check_equal 3 "$(live_subkeys "$_n")"
	done

	net_stop $STOPPED
	revoke $REVOKED
	await 30 "mix 1 knows of the revocation" shows_revoked $REVOKED
	mixmail -u -C sender1.conf 2>>update1 || atf_fail "$(cat update1)"
	# It may still be needed for mails, none of which is under way.
	net_stop $REVOKED
	await 90 "the stopped mix isn't used" not_in_paths $STOPPED
	! in_paths $REVOKED || atf_fail "the revoked mix is used"
	_more=$((MAILS + 12))
	write_mails $((MAILS + 1)) $_more
	for _s in $SENDERS; do
		mixmail -u -C "sender$_s.conf" 2>>"update$_s"
	done
	send_mails $((MAILS + 1)) $_more
	check_mails $_more
}
ten_mixes_and_a_keyserver_bring_all_mails_cleanup()
{
	keyservers_stop
	nettest_end
}

atf_init_test_cases()
{
	atf_add_test_case ten_mixes_and_a_keyserver_bring_all_mails
}
