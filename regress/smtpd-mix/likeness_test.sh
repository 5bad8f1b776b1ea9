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


# Dummies against mails: nothing that lies on the disk or goes over the wire
# tells them apart.  The next mix for all is one whose keys the test holds, and
# a sink in its place; permutation tests look at one feature each (likeness.c).
#
# Each p is that of a test that must not find anything: one in a hundred is at
# most 0.01 by chance.  A feature is held against the mix only if it is the same
# one in a second, fresh sample: some fifteen features are then wrongly accused
# once in 700 runs, while a difference that is there is found in both samples.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/smtpd-mix/nettest.sh"

likeness_test_case()
{
	net_test_case "$1"
	eval "${1}_head() { atf_set timeout 600; }"
}

# Some more than are asked for: ends are cut off.
CONNECTIONS=10 EACH=57 SECONDS_LONG=44

begin()
{
	nettest_begin
	NET_MIXES=2
	next=mixtasy@$(net_name 2)
	"$TOP/regress/lib/openpgp/pgptool" generate ed25519 \
	    "next (mixtasy-mode:middleman,exitpublic) <$next>" \
	    $(($(date +%s) + 172800)) "$NET/mixes/mix2.asc" secret ||
	    atf_fail "no key"
}

# fresh_mix LINE...: mix 1 with an empty spool and those settings.
fresh_mix()
{
	[ -z "$(net_pid 1)" ] || net_stop 1
	[ ! -s sink.sink.pid ] || stop_sink sink
	rm -rf "$NET/mix1" sink
	start_sink sink -t 500
	NET_PORT_2=$sink_port
	net_conf 1 "$RETRY" "$@"
	start_network 1
}

send_mails()
{
	"$TOP/regress/smtpd-mix/load" -c $CONNECTIONS -n $EACH \
	    -r $SECONDS_LONG -t 30 acked "$(net_port 1),carol@d.example,$(
	    echo "$NET/mixes/mix1.asc,$NET/mixes/mix2.asc")" ||
	    atf_fail "a mail was refused"
}

# What is on the wire is known when the mix has stopped.
all_sent()
{
	figure_is 1 queue.live 0
}

# tests KIND WHERE [OPTION]: the p of each feature into KIND.N, what is
# suspicious into suspects.N; N is the sample's number.
tests()
{
	"$TOP/regress/smtpd-mix/likeness" $3 -o "bodies.$1" "$1" secret "$2" \
	    >"$1.$sample" || atf_fail "$1: the messages can't be compared"
	echo "sample $sample, $1:"
	cat "$1.$sample"
	for _kind in mails dummies; do
		[ "$(awk -v k=$_kind '$1 == k { print $2 }' "$1.$sample")" \
		    -ge 500 ] || atf_fail "too few $_kind"
	done
	awk '$1 == "planted" && $NF >= 0.001' "$1.$sample" >missed
	[ ! -s missed ] || atf_fail "$1: not found: $(cat missed)"
	awk -v what="$1" '$1 != "planted" && $1 != "mails" &&
	    $1 != "dummies" && $1 != "batches" && $NF <= 0.01 {
		$NF = ""
		print what ": " $0
	}' "$1.$sample" >>"suspects.$sample"
}

# twice SAMPLE: takes a sample, and another one if there is a suspicion.
twice()
{
	sample=1
	"$1"
	[ -s suspects.1 ] || return 0
	sample=2
	"$1"
	sort suspects.1 >suspects.sorted.1
	sort suspects.2 >suspects.sorted.2
	comm -12 suspects.sorted.1 suspects.sorted.2 >differences
	[ ! -s differences ] || atf_fail "told apart by $(cat differences)"
}

# Timed dummies, in the pool with mails; then all go out in one batch.
pool_sample()
{
	: >"suspects.$sample"
	fresh_mix "pool interval 1s minimum 1900 threshold 1 rate 1.0" \
	    "dummies flush 1 to 1 timer 13 to 13"
	send_mails
	net_stop 1
	tests rest "$NET/mix1/spool"
	_pool="pool interval 2s minimum 0 threshold 1 rate 1.0"
	sed -i -e "s/^pool .*/$_pool/" \
	    -e 's/^dummies .*/test dummies none/' "$NET/mix1/smtpd-mix.conf"
	net_start 1 || atf_fail "see above"
	await 60 "all goes out" all_sent
	net_stop 1
	tests wire sink
	# Once, and as they lay there.
	sort bodies.rest >lay
	sort bodies.wire >went
	cmp lay went || atf_fail "what went out is not what lay in the spool"
}

likeness_test_case dummies_in_the_pool_are_like_mails
dummies_in_the_pool_are_like_mails_body()
{
	begin
	twice pool_sample
}

# Dummies made when the pool fires, on the wire with its batches.
flush_sample()
{
	: >"suspects.$sample"
	fresh_mix "pool interval 1s minimum 10 threshold 1 rate 0.5" \
	    "dummies flush 12 to 14 timer 0 to 0"
	send_mails
	net_conf 1 "$RETRY" "$NO_DUMMIES" "$FAST"
	net_mixctl 1 reload || atf_fail "reload"
	await 60 "all goes out" all_sent
	net_stop 1
	tests wire sink
}

likeness_test_case dummies_of_a_firing_are_like_mails_on_the_wire
dummies_of_a_firing_are_like_mails_on_the_wire_body()
{
	begin
	twice flush_sample
}

# The same while the next mix doesn't answer: what fired stays in the spool.
fired_sample()
{
	: >"suspects.$sample"
	fresh_mix "pool interval 1s minimum 10 threshold 1 rate 0.5" \
	    "dummies flush 12 to 14 timer 0 to 0"
	stop_sink sink
	send_mails
	net_stop 1
	# What never fired can't be a dummy of that kind.
	tests rest "$NET/mix1/spool" -f
}

likeness_test_case dummies_that_wait_for_a_mix_are_like_mails
dummies_that_wait_for_a_mix_are_like_mails_body()
{
	begin
	twice fired_sample
}

atf_init_test_cases()
{
	atf_add_test_case dummies_in_the_pool_are_like_mails
	atf_add_test_case dummies_of_a_firing_are_like_mails_on_the_wire
	atf_add_test_case dummies_that_wait_for_a_mix_are_like_mails
}
