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


# The daemon in service: mail to postmaster, TLS, a full disk, being stopped
# under traffic, and what its log tells.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/smtpd-mix/nettest.sh"

service_test_case()
{
	net_test_case "$1"
	eval "${1}_head() { atf_set require.progs '$2'; }"
}

# An exit for all, by way of the server at sink_port.
exit_conf()
{
	[ -n "${NET:-}" ] || nettest_begin
	net_conf 1 "$RETRY" "$NO_DUMMIES" "mode middleman exitpublic" \
	    "route \"*\" host 127.0.0.1 port $sink_port ${route_tls:-}" "$@"
}

reload()
{
	net_mixctl 1 reload >said 2>&1 || {
		cat said
		atf_fail "not reloaded"
	}
}

# A mail of so many octets, in Unix lines; some begin with dots.
make_large()
{
	printf 'From: a@b.example\nTo: postmaster\nSubject: large\n\n'
	head -c "$1" /dev/urandom | openssl base64 |
	    awk 'NR % 7 == 0 { printf "." } { print }'
	printf '.\n..\n\n\n'
}

# What was sent is the end of what came, behind trace fields.
check_large()
{
	tail -c "$(wc -c <"$1")" "$2" | cmp "$1" - ||
	    atf_fail "it was changed"
	head -c $(($(wc -c <"$2") - $(wc -c <"$1"))) "$2" |
	    tr -d '\r' >added
	atf_check -s exit:1 grep -v -e '^Received: ' -e '^[[:space:]]' added
}

service_test_case large_mail_to_postmaster_arrives_in_a_maildir openssl
large_mail_to_postmaster_arrives_in_a_maildir_body()
{
	nettest_begin
	net_maildir 1 postmaster
	net_conf 1 "$SLOW" "$RETRY" "$NO_DUMMIES" \
	    "postmaster maildir \"$NET/mail1/postmaster\""
	net_start 1 || atf_fail "see above"
	make_large 220000 >mail.eml
	for _rcpt in postmaster "Postmaster@$(net_name 1)"; do
		matches '^250 ' "$(submit 1 mail.eml "$_rcpt")"
		await 10 "the mail, without a pool" \
		    has_new "$NET/mail1/postmaster"
		check_large mail.eml "$NET"/mail1/postmaster/new/*
		rm "$NET"/mail1/postmaster/new/*
	done
	await 5 "all slots are free" figure_is 1 queue.live 0
}

service_test_case large_mail_to_postmaster_waits_for_its_host openssl
large_mail_to_postmaster_waits_for_its_host_body()
{
	nettest_begin
	net_conf 1 "$SLOW" "$RETRY" "$NO_DUMMIES" "postmaster host 127.0.0.1 \
port $(net_port 9) to \"ops@far.example\""
	net_start 1 || atf_fail "see above"
	make_large 220000 >mail.eml
	sed 's/$/\r/' mail.eml >mail.crlf
	matches '^250 ' "$(submit 1 mail.eml postmaster)"
	await 10 "the host is down" figure_from 1 queue.deferred 1
	net_stop 1
	net_start 1 || atf_fail "see above"
	await 10 "it is still down" figure_from 1 queue.deferred 1
	start_sink sink -p "$(net_port 9)"
	await 15 "the mail" sink_has sink 1
	check_large mail.crlf sink/mail.*.*
	atf_check -o match:'^TO:<ops@far.example>' cat sink/envelope.*
	await 5 "all slots are free" figure_is 1 queue.live 0
	atf_check_equal 0 "$(net_figure 1 pool.rounds)"
}

# authority NAME: a CA.  certificate CA NAME HOST: a certificate of it.
authority()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -days 2 -subj "/CN=$1" -keyout "$1.key" -out "$1.crt" \
	    2>openssl.err || atf_fail "$(cat openssl.err)"
}

certificate()
{
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -subj "/CN=$3" -keyout "$2.key" -out "$2.csr" 2>openssl.err &&
	    echo "subjectAltName=DNS:$3" >"$2.ext" &&
	    openssl x509 -req -in "$2.csr" -CA "$1.crt" -CAkey "$1.key" \
	    -CAcreateserial -days 2 -extfile "$2.ext" -out "$2.crt" \
	    2>openssl.err || atf_fail "$(cat openssl.err)"
}

# The server of far.example: with this certificate, at the same port as ever.
restart_sink()
{
	[ ! -s sink.sink.pid ] || stop_sink sink
	start_sink sink -p "$(net_port 9)" -c "$1.crt" -k "$1.key"
}

# Tries and fails, each time anew, until at least so many times.
stays_here()
{
	_deferred=$(net_figure 1 queue.deferred)
	await 15 "$1" figure_from 1 queue.deferred $((_deferred + 1))
	atf_check_equal 0 "$(find sink -name 'mail.*' | wc -l)"
}

service_test_case verified_tls_wants_the_right_authority_and_name openssl
verified_tls_wants_the_right_authority_and_name_body()
{
	nettest_begin
	authority good
	authority bad
	certificate good right far.example
	certificate good other near.example
	certificate bad wrong far.example
	sink_port=$(net_port 9)
	net_conf 1 "$FAST" "$RETRY" "$NO_DUMMIES" "mode middleman exitpublic" \
	    "ca file \"$PWD/good.crt\"" "route \"far.example\" host \
127.0.0.1 port $sink_port tls verify"
	start_network 1
	rcpt=carol@far.example local_mail
	restart_sink wrong
	stays_here "a certificate of another authority is not taken"
	matches . "$(net_figure 1 relay.last_error | tr -d '"')"
	restart_sink other
	stays_here "a certificate of another host is not taken"
	atf_check_equal 0 "$(net_figure 1 relay.clear)"
	restart_sink right
	await 15 "the right one is taken" sink_has sink 1
	atf_check_equal 0 "$(net_figure 1 relay.clear)"
	await 5 "by TLS" figure_is 1 relay.tls 1
}

net_test_case required_tls_sends_nothing_in_the_clear
required_tls_sends_nothing_in_the_clear_body()
{
	nettest_begin
	start_sink sink
	net_conf 1 "$FAST" "$RETRY" "$NO_DUMMIES" "mode middleman exitpublic" \
	    "route \"*\" host 127.0.0.1 port $sink_port tls require"
	start_network 1
	local_mail
	stays_here "a server without TLS gets nothing"
	atf_check -s exit:1 grep -r '^MAIL' sink
	net_conf 1 "$FAST" "$RETRY" "$NO_DUMMIES" "mode middleman exitpublic" \
	    "route \"*\" host 127.0.0.1 port $sink_port"
	reload
	await 15 "it goes when it may" sink_has sink 1
}

# Two mixes, the second of which delivers to a Maildir.
two_mixes()
{
	nettest_begin
	net_maildir 2 bob
	net_conf 1 "$FAST" "$RETRY" "$NO_DUMMIES" "log verbose" "$@"
	net_conf 2 "$FAST" "$RETRY" "$NO_DUMMIES" "mode middleman exitprivate" \
	    "domain \"$(net_name 2)\" maildir \"$NET/mail2/%u/Maildir\"" \
	    "${mix2_tls:-log verbose}"
	start_network 1 2
}

mail_by_two()
{
	"$TOP/regress/smtpd-mix/load" -c 1 -n 1 acked.load "$(net_port 1),\
bob@$(net_name 2),$NET/mixes/mix1.asc,$NET/mixes/mix2.asc" ||
	    atf_fail "the mail is not taken"
	await 15 "the mail in the Maildir" has_new "$NET/mail2/bob/Maildir"
}

net_test_case mixes_talk_tls_with_the_certificates_they_make
mixes_talk_tls_with_the_certificates_they_make_body()
{
	NET_ROUTE="tls require"
	two_mixes
	mail_by_two
	atf_check_equal "1 0" \
	    "$(net_figure 1 relay.tls) $(net_figure 1 relay.clear)"
	atf_check_equal 1 "$(net_figure 2 smtp.tls)"
}

service_test_case mixes_verify_each_other_by_an_authority openssl
mixes_verify_each_other_by_an_authority_body()
{
	authority good
	certificate good mix2 mix2.mix.example
	chmod 644 mix2.key
	NET_ROUTE="tls verify"
	mix2_tls="tls certificate \"$PWD/mix2.crt\" key \"$PWD/mix2.key\""
	two_mixes "ca file \"$PWD/good.crt\""
	mail_by_two
	atf_check_equal "1 0" \
	    "$(net_figure 1 relay.tls) $(net_figure 1 relay.clear)"
}

# start_load OPTION...: mails for the server, by mix 1 alone.
start_load()
{
	# A process group of its own, which can be killed as one.
	set -m
	"$TOP/regress/smtpd-mix/load" "$@" acked \
	    "$(net_port 1),carol@far.example,$NET/mixes/mix1.asc" 2>load.err &
	load_pid=$!
	set +m
	echo $load_pid >sink.load.pid
}

end_load()
{
	kill $load_pid 2>/dev/null
	net_wait 30 net_gone $load_pid || atf_fail "the load does not end"
	wait $load_pid
	rm -f sink.load.pid
}

# At once, also while nothing is taken.
kill_load()
{
	kill -9 -- -$load_pid
	rm -f sink.load.pid
}

acked_from()
{
	[ -f acked ] && [ "$(wc -l <acked)" -ge "$1" ]
}

# All that was acknowledged is at the server, or gets there.
nothing_lost()
{
	await 40 "the spool is empty" figure_is 1 queue.live 0
	find sink -name 'mail.*' | "$TOP/regress/smtpd-mix/arrivals" |
	    cut -d ' ' -f 1 | sort -u >arrived
	sort -u acked >acked.sorted
	comm -23 acked.sorted arrived >lost
	atf_check -o empty cat lost
}

stop_under_traffic()
{
	start_sink sink
	exit_conf "$SLOW"
	start_network 1
	start_load -c 8
	await 20 "mails are taken" acked_from 100
	_began=$(date +%s)
	"$@" || atf_fail "it can't be stopped"
	net_wait 15 net_gone "$(net_pid 1)" || atf_fail "it does not end"
	wait "$(net_pid 1)"
	atf_check_equal 0 $?
	_took=$(($(date +%s) - _began))
	[ $_took -le 10 ] || atf_fail "that took $_took seconds"
	echo "$(wc -l <acked) mails were acknowledged; stopped in $_took s"
	exit_conf "$FAST"
	net_start 1 || atf_fail "see above"
	end_load
	nothing_lost
}

net_test_case sigterm_under_traffic_loses_nothing
sigterm_under_traffic_loses_nothing_body()
{
	stop_under_traffic eval 'kill -TERM "$(net_pid 1)"'
}

net_test_case mixctl_stop_under_traffic_loses_nothing
mixctl_stop_under_traffic_loses_nothing_body()
{
	stop_under_traffic net_mixctl 1 stop
}

# A disk of its own for the spool, which has room for the first extent only.
atf_test_case a_full_disk_puts_mail_off_and_loses_nothing cleanup
a_full_disk_puts_mail_off_and_loses_nothing_head()
{
	atf_set require.user root
	atf_set require.progs mount
}
a_full_disk_puts_mail_off_and_loses_nothing_body()
{
	[ "$(uname -s)" = Linux ] || atf_skip "no tmpfs to test with"
	start_sink sink
	exit_conf "$SLOW"
	mkdir -m 700 "$NET/mix1/spool"
	mount -t tmpfs -o size=40m,mode=700,uid="$(net_uid 1 queue)" tmpfs \
	    "$NET/mix1/spool" || atf_skip "tmpfs can't be mounted"
	start_network 1
	start_load -c 8
	await 30 "the disk is full" figure_from 1 smtp.tempfailed 1
	atf_check_equal 1 "$(grep -c 'no more mail is taken: .*disk' \
	    "$NET/mix1/log")"
	net_mixctl 1 status >status
	atf_check_equal 1 "$(grep -c '^ *FULL: .*disk' status)"
	kill_load
	printf '%s\n' "EHLO localhost" "MAIL FROM:<>" \
	    "RCPT TO:<mixtasy@$(net_name 1)>" DATA QUIT |
	    dialogue "$(net_port 1)" >out || atf_fail "no dialogue"
	atf_check -o match:'^452 4\.3\.1' cat out
	atf_check -s exit:1 grep '^354' out
	# What was taken is kept by a restart on the full disk, and delivered.
	net_stop 1
	exit_conf "$FAST"
	net_start 1 || atf_fail "it does not start on the full disk"
	nothing_lost
	exit_conf "$SLOW"
	reload
	start_load -c 8
	_seen=$(net_figure 1 smtp.tempfailed)
	await 30 "it is full once more" \
	    figure_from 1 smtp.tempfailed $((_seen + 1))
	mount -o remount,size=200m "$NET/mix1/spool"
	_acked=$(wc -l <acked)
	await 20 "mail is taken when there is room" acked_from $((_acked + 50))
	end_load
	exit_conf "$FAST"
	reload
	nothing_lost
}
a_full_disk_puts_mail_off_and_loses_nothing_cleanup()
{
	nettest_end
	net_wait 10 umount net/mix1/spool
	return 0
}

# Everything that can go wrong with a mail, and everything that goes right.
net_test_case the_log_says_nothing_about_anybodys_mail
the_log_says_nothing_about_anybodys_mail_body()
{
	nettest_begin
	start_sink sink -e "RCPT@2=550 no user <carol@far.example> here" \
	    -e "RCPT@3=450 <carol@far.example> is on holidays"
	exit_conf "$FAST" "postmaster host 127.0.0.1 port $sink_port to \
\"ops@near.example\"" "domain \"d.example\" maildir \"$NET/mail1/%u/M\""
	net_maildir 1 bob
	start_network 1
	for _try in 1 2 3 4 5; do
		rcpt=carol@far.example local_mail
	done
	rcpt=nobody@d.example local_mail
	printf 'From: x@marked.example\n' >mail
	printf 'Message-ID: <id@marked.example>\n\nx\n' >>mail
	submit 1 mail >/dev/null
	submit 1 mail postmaster >/dev/null
	printf '%s\n' "EHLO marked.example" "MAIL FROM:<x@marked.example>" \
	    "RCPT TO:<carol@far.example>" "AUTH PLAIN" "VRFY carol" "bogus" \
	    QUIT | dialogue "$(net_port 1)" >out || atf_fail "no dialogue"
	await 15 "one is refused" figure_from 1 queue.refused 2
	await 15 "one was put off" figure_from 1 queue.deferred 1
	await 20 "the others are delivered" figure_from 1 queue.delivered 4
	reload
	net_mixctl 1 status >status
	net_mixctl 1 status -j >>status
	net_stop 1
	# Its own address is no secret; warnings quote the configuration.
	grep -v -e ': warning: ' -e 'started: mixtasy@' "$NET/mix1/log" >log
	for _secret in @ carol nobody marked far.example d.example 127.0.0.1 \
	    holidays 'X-Load' "$(head -n 1 acked.load)"; do
		atf_check -s exit:1 grep -F -e "$_secret" log
	done
	for _secret in carol nobody@ marked holidays; do
		atf_check -s exit:1 grep -F -e "$_secret" status
	done
	atf_check_equal 0 "$(grep -c -i 'error.*@' status)"
}

atf_init_test_cases()
{
	atf_add_test_case large_mail_to_postmaster_arrives_in_a_maildir
	atf_add_test_case large_mail_to_postmaster_waits_for_its_host
	atf_add_test_case verified_tls_wants_the_right_authority_and_name
	atf_add_test_case required_tls_sends_nothing_in_the_clear
	atf_add_test_case mixes_talk_tls_with_the_certificates_they_make
	atf_add_test_case mixes_verify_each_other_by_an_authority
	atf_add_test_case sigterm_under_traffic_loses_nothing
	atf_add_test_case mixctl_stop_under_traffic_loses_nothing
	atf_add_test_case a_full_disk_puts_mail_off_and_loses_nothing
	atf_add_test_case the_log_says_nothing_about_anybodys_mail
}
