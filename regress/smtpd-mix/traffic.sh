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

# Traffic through two mixes, for tests of what mix 1 does under load; to be read
# with "." after nettest.sh.  Mix 1 delivers to a Maildir and to a server, and
# sends to mix 2; mix 2 delivers to a Maildir, and sends to mix 1.

# The settings given are added to both mixes.
two_mixes()
{
	start_sink sink -t 500
	net_maildir 1 bob
	net_maildir 2 bob
	net_conf 1 "$FAST" "$RETRY" "$NO_DUMMIES" \
	    "mode middleman exitprivate" \
	    "domain \"$(net_name 1)\" maildir \"$NET/mail1/%u/Maildir\"" \
	    "domain \"sink.example\" host 127.0.0.1 port $sink_port" "$@"
	net_conf 2 "$FAST" "$RETRY" "$NO_DUMMIES" \
	    "mode middleman exitprivate" \
	    "domain \"$(net_name 2)\" maildir \"$NET/mail2/%u/Maildir\"" "$@"
	start_network 1 2
}

# start_load OPTION...: mails of four kinds; the file acked has what was taken.
# Half of them stay at mix 1, so that the ways between the mixes keep up.
start_load()
{
	_mix1=$NET/mixes/mix1.asc
	_mix2=$NET/mixes/mix2.asc
	_local=$(net_port 1),bob@$(net_name 1),$_mix1
	"$TOP/regress/smtpd-mix/load" "$@" acked \
	    "$_local" "$_local" "$_local" \
	    "$(net_port 1),carol@sink.example,$_mix1" \
	    "$(net_port 1),bob@$(net_name 2),$_mix1,$_mix2" \
	    "$(net_port 2),bob@$(net_name 1),$_mix2,$_mix1" 2>load.err &
	load_pid=$!
	echo $load_pid >sink.load.pid
}

# Each connection ends what it is about: all that was made is acknowledged then.
stop_load()
{
	kill -TERM $load_pid 2>/dev/null
	net_wait 60 net_gone $load_pid || atf_fail "the load does not end"
	wait $load_pid || {
		cat load.err
		logs
		atf_fail "a mail was refused"
	}
	rm -f sink.load.pid
}

acked_count()
{
	wc -l <acked
}

acked_from()
{
	[ -f acked ] && [ "$(acked_count)" -ge "$1" ]
}

# Waits until so many more mails have been acknowledged.
await_mails()
{
	_goal=$1
	[ ! -f acked ] || _goal=$(($(acked_count) + $1))
	await "${2:-30}" "$1 more mails are taken" acked_from $_goal
}

# Waits until both mixes hold nothing any more.
await_empty()
{
	await 60 "mix 1 has sent all" figure_is 1 queue.live 0
	await 60 "mix 2 has sent all" figure_is 2 queue.live 0
	await 60 "mix 1 has got all" figure_is 1 queue.live 0
}

# What has come where: lines of a mail's number and the time in milliseconds.
list_arrivals()
{
	find "$NET/mail1" -path '*/new/*' -type f |
	    "$TOP/regress/smtpd-mix/arrivals" >arrived.maildir1
	find "$NET/mail2" -path '*/new/*' -type f |
	    "$TOP/regress/smtpd-mix/arrivals" >arrived.maildir2
	find sink -name 'mail.*' |
	    "$TOP/regress/smtpd-mix/arrivals" >arrived.sink
	cat arrived.maildir1 arrived.maildir2 arrived.sink | cut -d ' ' -f 1 |
	    sort >arrived
	sort acked >acked.sorted
}

# Fails if what has come is not what was acknowledged, all of it.
check_all_arrived()
{
	sort -u arrived >arrived.once
	comm -23 acked.sorted arrived.once >lost
	comm -13 acked.sorted arrived.once >strange
	[ ! -s lost ] || {
		head lost
		logs
		atf_fail "$(wc -l <lost) acknowledged mails were lost"
	}
	[ ! -s strange ] || atf_fail "mails came that nobody sent"
}

# The pid of a role of mix 1.
role_pid()
{
	if [ "$1" = parent ]; then
		net_pid 1
	else
		awk -v role="$1" '$1 == role || $1 == role "/0" {
			print $2
			exit
		}' roles
	fi
}

# Keeps the list of roles of mix 1, for role_pid.
list_roles()
{
	net_mixctl 1 status >roles
}

ALL_ROLES="parent smtp crypto seal keys pool queue relay deliver control"

# All credits of a channel, once in each buffer that they can be in.
GROWTH_KB=8192
# The sanitizer's allocator keeps what was freed, and much beside it.
if grep -q __asan_init "$TOP/smtpd-mix/smtpd-mix"; then
	GROWTH_KB=32768
fi

# Kilobytes that a role of mix 1 has in memory.
role_size()
{
	ps -o rss= -p "$(role_pid "$1")" | tr -d ' '
}

list_sizes()
{
	for _r in $ALL_ROLES; do
		echo "$_r $(role_size $_r)"
	done
}

# Compares the sizes with those in sizes.before.
check_sizes()
{
	list_sizes >sizes.now
	paste -d ' ' sizes.before sizes.now | awk -v max=$GROWTH_KB '
	$4 - $2 > max { print $1, "grew from", $2, "to", $4, "KB" }' >grown
	[ ! -s grown ] || {
		cat grown
		atf_fail "with $1"
	}
}
