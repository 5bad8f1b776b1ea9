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

# A mix behind a real Postfix, as smtpd-mix(8) describes it: Postfix has the
# host's port, hands mixtasy@ on, and sends what the mix sends.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/smtpd-mix/nettest.sh"

postfix_test_case()
{
	net_test_case "$1"
	eval "${1}_head() {
		atf_set require.user root
		atf_set require.progs 'postfix swaks'
	}
	${1}_cleanup() { postfix_end; nettest_end; }"
}

# What a plain installation has, in a directory of its own, and below the line
# what the manual says.  Routes to other mixes are in the place of the DNS.
postfix_main_cf()
{
	cat <<-END
	compatibility_level = 3.6
	queue_directory = $PWD/postfix/queue
	data_directory = $PWD/postfix/data
	command_directory = /usr/sbin
	daemon_directory = /usr/lib/postfix/sbin
	mail_owner = postfix
	setgid_group = postdrop
	myhostname = $(net_name 2)
	mydestination = \$myhostname
	inet_interfaces = 127.0.0.1
	inet_protocols = ipv4
	mynetworks = 127.0.0.0/8
	smtpd_peername_lookup = no
	smtpd_recipient_restrictions = permit_mynetworks, reject
	alias_maps =
	maillog_file = $PWD/postfix/maillog
	maillog_file_prefixes = /
	minimal_backoff_time = 1s
	queue_run_delay = 1s
	home_mailbox = Maildir/

	transport_maps = texthash:$PWD/postfix/conf/transport
	local_recipient_maps = proxy:unix:passwd.byname \$alias_maps
	    \$transport_maps
	END
}

postfix_master_cf()
{
	cat <<-END
	127.0.0.1:$(net_port 12) inet n - n - - smtpd
	postlog unix-dgram n - n - 1 postlogd
	cleanup unix n - n - 0 cleanup
	qmgr unix n - n 300 1 qmgr
	tlsmgr unix - - n 1000? 1 tlsmgr
	rewrite unix - - n - - trivial-rewrite
	bounce unix - - n - 0 bounce
	defer unix - - n - 0 bounce
	trace unix - - n - 0 bounce
	verify unix - - n - 1 verify
	flush unix n - n 1000? 0 flush
	proxymap unix - - n - - proxymap
	proxywrite unix - - n - 1 proxymap
	smtp unix - - n - - smtp
	relay unix - - n - - smtp
	error unix - - n - - error
	retry unix - - n - - error
	discard unix - - n - - discard
	local unix - n n - - local
	anvil unix - - n - 1 anvil
	scache unix - - n - 1 scache
	END
}

postfix_start()
{
	chmod 755 . "$(dirname "$PWD")" 2>/dev/null
	mkdir -p postfix/conf postfix/queue postfix/data
	chown postfix postfix/data
	postfix_main_cf >postfix/conf/main.cf
	postfix_master_cf >postfix/conf/master.cf
	cat >postfix/conf/transport <<-END
	mixtasy@$(net_name 2) smtp:[127.0.0.1]:$(net_port 2)
	$(net_name 1) smtp:[127.0.0.1]:$(net_port 1)
	END
	postfix -c "$PWD/postfix/conf" start >postfix/log 2>&1 || {
		cat postfix/log postfix/maillog
		atf_fail "postfix"
	}
}

postfix_end()
{
	if [ -e postfix/queue/pid/master.pid ]; then
		postfix -c "$PWD/postfix/conf" stop >>postfix/log 2>&1
	fi
	tail -n 40 postfix/maillog 2>/dev/null
	return 0
}

# Mix 2 is behind Postfix, mix 1 alone.
mix_behind_postfix()
{
	nettest_begin
	NET_PORT_2=$(net_port 12)
	postfix_start
	net_conf 1 "$FAST" "$RETRY" "$NO_DUMMIES"
	NET_MIXES=0 net_conf 2 "$FAST" "$RETRY" "$NO_DUMMIES" \
	    "route \"*\" host 127.0.0.1 port $(net_port 12)" "$@"
	NET_MIXES=2
	start_network 1 2
	sender
	path=$(path_of 1 2 1 2)
}

to_postfix()
{
	swaks --server 127.0.0.1 --port "$(net_port 12)" --helo client.example \
	    --from alice@home.example --timeout 20 "$@" >swaks.out 2>&1 || {
		cat swaks.out
		atf_fail "not taken"
	}
}

postfix_test_case mix_messages_go_to_and_fro_by_postfix
mix_messages_go_to_and_fro_by_postfix_body()
{
	start_sink sink
	mix_behind_postfix "mode middleman exitprivate" \
	    "domain \"$(net_name 2)\" host 127.0.0.1 port $sink_port"
	# By mix 1 to Postfix, twice, and from mix 2 by Postfix to mix 1.
	make_mail "bob@$(net_name 2)" >mail.eml
	send_by "$path" "bob@$(net_name 2)" <mail.eml
	await 30 "the mail at the host" sink_has sink 1
	sed 's/$/\r/' mail.eml >mail.crlf
	cmp mail.crlf sink/mail.1.1 || atf_fail "it was changed"
	atf_check -o match:"to=<mixtasy@$(net_name 2)>.*status=sent" \
	    -o match:"to=<mixtasy@$(net_name 1)>.*status=sent" \
	    cat postfix/maillog
	atf_check_equal 2 "$(net_figure 2 messages.in)"
	await 5 "all slots are free" figure_is 2 queue.live 0
}

postfix_test_case message_by_swaks_passes_and_leaves_by_postfix
message_by_swaks_passes_and_leaves_by_postfix_body()
{
	start_sink sink
	mix_behind_postfix "mode middleman exitpublic"
	echo "far.example smtp:[127.0.0.1]:$sink_port" \
	    >>postfix/conf/transport
	postfix -c "$PWD/postfix/conf" reload >>postfix/log 2>&1
	make_mail carol@far.example >mail.eml
	# Made for mix 2 alone to look into first.
	sed -e "s/^first .*/first $(net_name 2)/" sender.conf >first2.conf
	"$TOP/mixmail/mixmail" -C first2.conf -n -i \
	    -p "$(path_of 2 1 2 1 2)" carol@far.example <mail.eml >message ||
	    atf_fail "mixmail"
	to_postfix --to "mixtasy@$(net_name 2)" --data @message
	await 30 "the mail at the host" sink_has sink 1
	grep -v '^Received:' sink/mail.1.1 | grep -q 'Subject: an attachment' ||
	    atf_fail "another mail"
	atf_check -o match:"^FROM:<mixtasy@$(net_name 2)>" \
	    -o match:'^TO:<carol@far.example>' cat sink/envelope.1.1
}

postfix_test_case other_mail_of_the_host_stays_with_postfix
other_mail_of_the_host_stays_with_postfix_body()
{
	mix_behind_postfix "mode middleman"
	start_sink sink
	# In the place of root's mailbox.
	postconf -c "$PWD/postfix/conf" -e \
	    "mailbox_transport=smtp:[127.0.0.1]:$sink_port"
	postfix -c "$PWD/postfix/conf" reload >>postfix/log 2>&1
	to_postfix --to "root@$(net_name 2)" --header "Subject: for root"
	await 20 "the mail in the mailbox" sink_has sink 1
	atf_check -o match:'Subject: for root' cat sink/mail.1.1
	atf_check_equal 0 "$(net_figure 2 messages.in)"
	# Nobody of that name, and no relay: Postfix says so itself.
	! swaks --server 127.0.0.1 --port "$(net_port 12)" \
	    --from alice@home.example --to "nobody-at-all@$(net_name 2)" \
	    >swaks.out 2>&1 || atf_fail "taken"
	grep -q '^<\*\* 550 ' swaks.out || atf_fail "$(cat swaks.out)"
}

postfix_test_case what_postfix_reports_back_is_counted_and_dropped
what_postfix_reports_back_is_counted_and_dropped_body()
{
	mix_behind_postfix "mode middleman exitpublic"
	# Postfix takes the exit mail, and mix 1 refuses it.
	make_mail "nobody@$(net_name 1)" >mail.eml
	send_by "$path" "nobody@$(net_name 1)" <mail.eml
	await 30 "the report" figure_is 2 smtp.reports.failed 1
	net_mixctl 2 status | grep -q "^ *$(net_name 1): failed 1" ||
	    atf_fail "not by domain: $(net_mixctl 2 status)"
	atf_check -o match:'from=<>.*' cat postfix/maillog
	atf_check -o match:"to=<mixtasy@$(net_name 2)>.*status=sent" \
	    cat postfix/maillog
	await 5 "all slots are free" figure_is 2 queue.live 0
	! grep -q nobody "$NET/mix2/log" || atf_fail "an address is logged"
}

atf_init_test_cases()
{
	atf_add_test_case mix_messages_go_to_and_fro_by_postfix
	atf_add_test_case message_by_swaks_passes_and_leaves_by_postfix
	atf_add_test_case other_mail_of_the_host_stays_with_postfix
	atf_add_test_case what_postfix_reports_back_is_counted_and_dropped
}
