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


# Networks of real mixes: what goes in comes out, what must not does not.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/smtpd-mix/nettest.sh"

# Four mixes that fire each second; mix 4 delivers by what is said.
four_mixes()
{
	for _n in 1 2 3; do
		net_conf $_n "$FAST" "$RETRY" "$NO_DUMMIES"
	done
	net_conf 4 "$FAST" "$RETRY" "$NO_DUMMIES" "$@"
	start_network 1 2 3 4
	sender
	path=$(path_of 1 2 3 4)
}

maildir_of_mix4()
{
	nettest_begin
	net_maildir 4 bob
	four_mixes "mode middleman exitprivate" \
	    "domain \"$(net_name 4)\" maildir \"$NET/mail4/%u/Maildir\""
	maildir=$NET/mail4/bob/Maildir
}

net_test_case four_hops_bring_a_mail_to_a_maildir
four_hops_bring_a_mail_to_a_maildir_body()
{
	maildir_of_mix4
	make_mail "bob@$(net_name 4)" >mail.eml
	send_by "$path" "bob@$(net_name 4)" <mail.eml
	await 20 "the mail in the Maildir" has_new "$maildir"
	cmp mail.eml "$maildir"/new/* || atf_fail "it was changed"
	for _n in 1 2 3; do
		atf_check_equal 1 "$(net_figure $_n messages.in)"
		await 5 "mix $_n counts it" figure_is $_n messages.out 1
	done
	await 5 "mix 4 counts it" figure_is 4 messages.delivered_here 1
	await 5 "all slots are free" figure_is 4 queue.live 0
}

# What the sink has got is the mail in CRLF.
check_exit()
{
	await 20 "the mail at the host" sink_has sink 1
	sed 's/$/\r/' mail.eml >mail.crlf
	cmp mail.crlf sink/mail.1.1 || atf_fail "it was changed"
	atf_check -o match:"^FROM:<mixtasy@$(net_name 4)>" \
	    -o match:"^TO:<$1>" cat sink/envelope.1.1
}

net_test_case four_hops_bring_a_mail_to_a_host
four_hops_bring_a_mail_to_a_host_body()
{
	nettest_begin
	start_sink sink
	four_mixes "mode middleman exitprivate" \
	    "domain \"$(net_name 4)\" host 127.0.0.1 port $sink_port"
	make_mail "bob@$(net_name 4)" >mail.eml
	send_by "$path" "bob@$(net_name 4)" <mail.eml
	check_exit "bob@$(net_name 4)"
}

net_test_case exitpublic_delivers_to_strangers_by_the_route_for_all
exitpublic_delivers_to_strangers_by_the_route_for_all_body()
{
	nettest_begin
	start_sink sink
	four_mixes "mode middleman exitpublic" \
	    "route \"*\" host 127.0.0.1 port $sink_port"
	make_mail carol@far.example >mail.eml
	send_by "$path" carol@far.example <mail.eml
	check_exit carol@far.example
}

# What a stopped mix means for a mail: it waits at the one before.
stop_and_start()
{
	net_stop "$1"
	make_mail "bob@$(net_name 4)" >mail.eml
	send_by "$path" "bob@$(net_name 4)" <mail.eml
	await 20 "mix $2 tries in vain" figure_from "$2" queue.deferred 1
	atf_check_equal 1 "$(net_figure "$2" queue.live)"
	! has_new "$maildir" || atf_fail "it arrived"
	net_start "$1" || atf_fail "see above"
	await 20 "the mail in the Maildir" has_new "$maildir"
	cmp mail.eml "$maildir"/new/* || atf_fail "it was changed"
	rm "$maildir"/new/*
	await 5 "mix $2 has freed it" figure_is "$2" queue.live 0
}

net_test_case a_stopped_second_mix_keeps_the_mail_waiting
a_stopped_second_mix_keeps_the_mail_waiting_body()
{
	maildir_of_mix4
	stop_and_start 2 1
}

net_test_case a_stopped_third_mix_keeps_the_mail_waiting
a_stopped_third_mix_keeps_the_mail_waiting_body()
{
	maildir_of_mix4
	stop_and_start 3 2
}

net_test_case a_stopped_last_mix_keeps_the_mail_waiting
a_stopped_last_mix_keeps_the_mail_waiting_body()
{
	maildir_of_mix4
	stop_and_start 4 3
}

net_test_case a_stopped_first_mix_takes_nothing
a_stopped_first_mix_takes_nothing_body()
{
	maildir_of_mix4
	net_stop 1
	make_mail "bob@$(net_name 4)" >mail.eml
	atf_check -s exit:75 -e match:"^mixmail: " \
	    "$TOP/mixmail/mixmail" -C sender.conf -i -p "$path" \
	    "bob@$(net_name 4)" <mail.eml
	net_start 1 || atf_fail "see above"
	send_by "$path" "bob@$(net_name 4)" <mail.eml
	await 20 "the mail in the Maildir" has_new "$maildir"
}

# Mix 1 alone, and a sink that stands for mix 2; the rest are certificates.
one_mix()
{
	nettest_begin
	start_sink sink
	NET_PORT_2=$sink_port
	for _n in 2 3 4; do
		net_conf $_n "mode middleman exitpublic" "$NO_DUMMIES"
	done
	net_conf 1 "$RETRY" "$NO_DUMMIES" "$@"
	start_network 1 2 3 4
	net_stop 2 3 4
	sender
	path=$(path_of 1 2 3 4)
}

new_message()
{
	make_mail carol@far.example | make_message "$path" carol@far.example
}

net_test_case a_restart_keeps_the_pool
a_restart_keeps_the_pool_body()
{
	one_mix "$SLOW"
	new_message >message
	replies 250 message
	await 5 "it is in the pool" figure_is 1 pool.held 1
	net_stop 1
	net_start 1 || atf_fail "see above"
	await 5 "it is in the pool again" figure_is 1 pool.held 1
	kill -9 "$(net_pid 1)"
	await 10 "all its processes are gone" net_gone "$(net_pid 1)"
	net_start 1 || atf_fail "see above"
	await 5 "it is in the pool after a kill" figure_is 1 pool.held 1
	net_conf 1 "$RETRY" "$NO_DUMMIES" "$FAST"
	net_mixctl 1 reload || atf_fail "reload"
	await 10 "it goes on" sink_has sink 1
	await 5 "the slot is free" figure_is 1 queue.live 0
}

# Waits for so many more looks at the pool.
rounds()
{
	_rounds=$(net_figure 1 pool.rounds)
	await 10 "the pool is looked at" figure_from 1 pool.rounds \
	    $((_rounds + $1))
}

net_test_case a_replay_is_answered_as_ever_and_destroyed
a_replay_is_answered_as_ever_and_destroyed_body()
{
	one_mix "$FAST"
	new_message >message
	first=$(submit 1 message)
	again=$(submit 1 message)
	atf_check_equal "$first" "$again"
	matches '^250 ' "$first"
	await 10 "the first copy goes on" sink_has sink 1
	net_stop 1
	net_start 1 || atf_fail "see above"
	atf_check_equal "$first" "$(submit 1 message)"
	await 5 "it is known after a restart" \
	    figure_is 1 messages.destroyed.replay 1
	rounds 2
	atf_check_equal 1 "$(find sink -name 'mail.*' | wc -l)"
}

# Without the line of the checksum, and with other letters in a line of the
# armor: a message as others, until its layer is opened.
forge()
{
	awk -v at="$1" '
	/^=/ { next }
	/^$/ { body = 1 }
	body && ++n == at {
		$0 = substr($0, 1, 20) (substr($0, 21, 1) == "A" ? "B" : "A") \
		    substr($0, 22)
	}
	{ print }'
}

net_test_case forged_messages_are_answered_as_good_and_destroyed
forged_messages_are_answered_as_good_and_destroyed_body()
{
	one_mix "$FAST"
	new_message >message
	new_message >good
	tr -d '\r' <message >lf
	forge 1000000 <lf >without-checksum
	forge 4 <lf >key
	forge 40 <lf >begin
	forge 300 <lf >middle
	good=$(submit 1 good)
	matches '^250 ' "$good"
	for _forged in key begin middle; do
		atf_check_equal "$good" "$(submit 1 $_forged)"
	done
	await 10 "the good one goes on" sink_has sink 1
	rounds 2
	atf_check_equal 1 "$(find sink -name 'mail.*' | wc -l)"
	atf_check_equal 4 "$(net_figure 1 messages.in)"
	atf_check_equal 3 "$(destroyed)"
	# What was flipped is what was wrong about it.
	atf_check_equal "$good" "$(submit 1 without-checksum)"
	await 10 "the one without a checksum goes on" sink_has sink 2
}

# The sum over all reasons.
destroyed()
{
	net_mixctl 1 status -j | awk '
	/"destroyed": {/ { inside = 1; next }
	inside && /}/ { exit }
	inside { sub(/.*: /, ""); sum += $0 }
	END { print sum + 0 }'
}

net_test_case wrong_messages_are_refused_at_once
wrong_messages_are_refused_at_once_body()
{
	one_mix "$FAST"
	new_message | tr -d '\r' >message
	sed '100s/^./-/' message >armor
	awk '/^=/ { print "=AAAA"; next } { print }' message >checksum
	sed '60,80d' message >short
	sed 's/^Remailer-Type: .*/Remailer-Type: Mixtasy v2/' message >type
	sed "s/^To: .*/To: mixtasy@$(net_name 2)/" message >to
	sed 's/^-----BEGIN.*/-----BEGIN PGP SIGNED MESSAGE-----/' message \
	    >begin
	make_mail "mixtasy@$(net_name 1)" >plain
	for _wrong in armor checksum short type to begin plain; do
		replies "550 5\.6\.0" $_wrong
	done
	{ cat message; head -c 200000 /dev/zero | tr '\0' '\n'; } >large
	replies "552 5\.3\.4" large
	atf_check_equal 0 "$(net_figure 1 messages.in)"
	atf_check_equal 8 "$(net_figure 1 smtp.rejected)"
	replies 250 message
	await 10 "a good one still goes on" sink_has sink 1
}

net_test_case there_is_no_relaying
there_is_no_relaying_body()
{
	one_mix "$FAST"
	here=@$(net_name 1)
	printf '%s\n' "EHLO localhost" "MAIL FROM:<>" \
	    "RCPT TO:<carol@far.example>" "RCPT TO:<mixtasy@$(net_name 2)>" \
	    "RCPT TO:<bob$here>" "RCPT TO:<bob%far.example$here>" \
	    "RCPT TO:<$here:bob@far.example>" "RCPT TO:<far.example!bob>" \
	    "RCPT TO:<postmaster>" DATA QUIT |
	    dialogue "$(net_port 1)" >out || atf_fail "no dialogue"
	cat >expected <<-END
	550 5.7.1
	550 5.7.1
	550 5.7.1
	550 5.7.1
	550 5.1.3
	501 5.1.3
	550 5.1.1
	554 5.5.1
	221 2.0.0
	END
	atf_check -o file:expected sh -c 'tail -n 9 out | cut -c 1-9'
	atf_check_equal 0 "$(net_figure 1 messages.in)"
}

# Dummies that had no path; of the first seconds, without a roster.
without_path()
{
	for _n in 1 2 3 4; do
		net_figure $_n messages.dummies_without_path
	done
}

net_test_case dummies_keep_a_network_alive_and_mail_flows
dummies_keep_a_network_alive_and_mail_flows_body()
{
	nettest_begin
	start_sink sink
	for _n in 1 2 3 4; do
		net_conf $_n "mode middleman exitpublic" "$RETRY" \
		    "pool interval 1s minimum 2 threshold 1 rate 0.65" \
		    "dummies flush 1 to 1 timer 0 to 1" "hop delay 8s" \
		    "route \"*\" host 127.0.0.1 port $sink_port"
	done
	start_network 1 2 3 4
	without_path >before
	sender
	make_mail carol@far.example >mail.eml
	send_by "$(path_of 1 2 3 4)" carol@far.example <mail.eml
	send_by "$(path_of 1 3 2 4)" carol@far.example <mail.eml
	for _n in 1 2 3 4; do
		await 30 "mix $_n makes dummies" \
		    figure_from $_n messages.dummies_made 2
		await 30 "mix $_n receives dummies" \
		    figure_from $_n messages.dummies_received 1
	done
	await 60 "both mails arrive" sink_has sink 2
	sed 's/$/\r/' mail.eml >mail.crlf
	find sink -name 'mail.*' -exec cmp mail.crlf {} \; >different
	atf_check -o empty cat different
	without_path >after
	cmp before after || atf_fail "dummies had no path"
}

# Without chroot and users; all else is the same.
atf_test_case an_ordinary_user_can_run_a_network cleanup
an_ordinary_user_can_run_a_network_head()
{
	atf_set require.progs setpriv
}
an_ordinary_user_can_run_a_network_body()
{
	nettest_begin_open
	if [ "$(id -u)" -eq 0 ]; then
		_user=$(net_uid 9 smtp)
		NET_AS="setpriv --reuid=$_user --regid=$_user --clear-groups"
	fi
	for _n in 1 2 3 4; do
		net_maildir $_n bob
		_maildir=$NET/mail$_n/%u/Maildir
		net_conf $_n "$FAST" "$RETRY" "$NO_DUMMIES" \
		    "mode middleman exitprivate" \
		    "domain \"$(net_name $_n)\" maildir \"$_maildir\""
	done
	chown -R "${_user:-$(id -u)}" "$NET"
	start_network 1 2 3 4
	grep -q 'not started as root' "$NET/mix1/log" ||
	    atf_fail "it does not say what is missing"
	net_mixctl 1 status >status
	atf_check_equal 0 "$(sed 11q status | grep -c chroot)"
	atf_check_equal 9 "$(sed 11q status | grep -c 'seccomp landlock')"
	sender
	make_mail "bob@$(net_name 4)" >mail.eml
	send_by "$(path_of 1 2 3 4)" "bob@$(net_name 4)" <mail.eml
	await 20 "the mail in the Maildir" has_new "$NET/mail4/bob/Maildir"
	cmp mail.eml "$NET"/mail4/bob/Maildir/new/* ||
	    atf_fail "it was changed"
}
an_ordinary_user_can_run_a_network_cleanup()
{
	nettest_end_open
}

atf_init_test_cases()
{
	atf_add_test_case four_hops_bring_a_mail_to_a_maildir
	atf_add_test_case four_hops_bring_a_mail_to_a_host
	atf_add_test_case exitpublic_delivers_to_strangers_by_the_route_for_all
	atf_add_test_case a_stopped_second_mix_keeps_the_mail_waiting
	atf_add_test_case a_stopped_third_mix_keeps_the_mail_waiting
	atf_add_test_case a_stopped_last_mix_keeps_the_mail_waiting
	atf_add_test_case a_stopped_first_mix_takes_nothing
	atf_add_test_case a_restart_keeps_the_pool
	atf_add_test_case a_replay_is_answered_as_ever_and_destroyed
	atf_add_test_case forged_messages_are_answered_as_good_and_destroyed
	atf_add_test_case wrong_messages_are_refused_at_once
	atf_add_test_case there_is_no_relaying
	atf_add_test_case dummies_keep_a_network_alive_and_mail_flows
	atf_add_test_case an_ordinary_user_can_run_a_network
}
