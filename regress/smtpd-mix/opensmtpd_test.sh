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

# A mix behind a real OpenSMTPD, as smtpd-mix(8) describes it.  It can't be
# installed beside another mail server, so it is unpacked only, and runs in a
# mount namespace of its own, where it finds its files and users.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/smtpd-mix/nettest.sh"

UNPACKED=/usr/local/lib/smtpd-mix-regress/opensmtpd

opensmtpd_test_case()
{
	net_test_case "$1"
	eval "${1}_head() {
		atf_set require.user root
		atf_set require.progs 'unshare swaks'
		atf_set require.files $UNPACKED/usr/sbin/smtpd
	}
	${1}_cleanup() { opensmtpd_end; nettest_end; }"
}

# The routes to mix 1 and to the sink are in the place of the DNS and of
# mailboxes; the rest is what the manual says.
opensmtpd_conf()
{
	cat <<-END
	listen on 127.0.0.1 port $(net_port 12) hostname $(net_name 2)
	action "mix" relay host smtp://127.0.0.1:$(net_port 2)
	action "mix1" relay host smtp://127.0.0.1:$(net_port 1)
	action "box" relay host smtp://127.0.0.1:$sink_port
	match from any for rcpt-to "mixtasy@$(net_name 2)" action "mix"
	match from local for domain "$(net_name 1)" action "mix1"
	match from any for domain "$(net_name 2)" action "box"
	match from local for any action "box"
	END
}

# What follows sees other directories than the system has.
in_namespace()
{
	cat <<-END
	set -e
	mount -t tmpfs tmpfs /usr/libexec
	cp -R $UNPACKED/usr/libexec/opensmtpd /usr/libexec
	for dir in /var/spool /var/lib /run; do
		mount -t tmpfs tmpfs \$dir
	done
	mkdir -m 711 /var/spool/smtpd /var/lib/opensmtpd
	mkdir -m 755 /var/lib/opensmtpd/empty
	mount --bind $PWD/opensmtpd/passwd /etc/passwd
	mount --bind $PWD/opensmtpd/group /etc/group
	exec $UNPACKED/usr/sbin/smtpd -d -f $PWD/opensmtpd/smtpd.conf
	END
}

opensmtpd_is_up()
{
	swaks --server 127.0.0.1 --port "$(net_port 12)" --quit-after EHLO
}

opensmtpd_start()
{
	unshare -m true 2>/dev/null || atf_skip "no mount namespaces here"
	mkdir opensmtpd
	_uid=$((NET_UID + NET_UIDS - 2))
	{
		grep -v '^opensmtp' /etc/passwd
		echo "opensmtpd:x:$_uid:$_uid::/var/lib/opensmtpd/empty:"
		echo "opensmtpq:x:$((_uid + 1)):$((_uid + 1))::/nonexistent:"
	} >opensmtpd/passwd
	{
		grep -v '^opensmtp' /etc/group
		echo "opensmtpd:x:$_uid:"
		echo "opensmtpq:x:$((_uid + 1)):"
	} >opensmtpd/group
	opensmtpd_conf >opensmtpd/smtpd.conf
	in_namespace >opensmtpd/start
	unshare -m sh opensmtpd/start >opensmtpd/log 2>&1 </dev/null &
	echo $! >opensmtpd/pid
	net_wait 10 opensmtpd_is_up || {
		cat opensmtpd/log
		atf_fail "OpenSMTPD does not start"
	}
}

opensmtpd_end()
{
	if [ -s opensmtpd/pid ]; then
		kill "$(cat opensmtpd/pid)" 2>/dev/null
		tail -n 40 opensmtpd/log
	fi
	return 0
}

# Mix 2 is behind OpenSMTPD, mix 1 alone; a sink has all other mail.
mix_behind_opensmtpd()
{
	nettest_begin
	start_sink sink
	NET_PORT_2=$(net_port 12)
	opensmtpd_start
	net_conf 1 "$FAST" "$RETRY" "$NO_DUMMIES"
	NET_MIXES=0 net_conf 2 "$FAST" "$RETRY" "$NO_DUMMIES" \
	    "route \"*\" host 127.0.0.1 port $(net_port 12)" \
	    "mode middleman exitpublic"
	NET_MIXES=2
	start_network 1 2
	sender
}

opensmtpd_test_case mix_messages_go_to_and_fro_by_opensmtpd
mix_messages_go_to_and_fro_by_opensmtpd_body()
{
	mix_behind_opensmtpd
	make_mail carol@far.example >mail.eml
	send_by "$(path_of 1 2 1 2)" carol@far.example <mail.eml
	await 40 "the mail at the host" sink_has sink 1
	# OpenSMTPD adds the Date that the mail hasn't got.
	tr -d '\r' <sink/mail.1.1 | sed -n '/^From: Alice/,$p' |
	    sed '/^Date: /d' >got.eml
	cmp mail.eml got.eml || atf_fail "it was changed"
	atf_check -o match:"^FROM:<mixtasy@$(net_name 2)>" \
	    -o match:'^TO:<carol@far.example>' cat sink/envelope.1.1
	atf_check_equal 2 "$(net_figure 2 messages.in)"
	await 5 "all slots are free" figure_is 2 queue.live 0
}

opensmtpd_test_case other_mail_of_the_host_stays_with_opensmtpd
other_mail_of_the_host_stays_with_opensmtpd_body()
{
	mix_behind_opensmtpd
	swaks --server 127.0.0.1 --port "$(net_port 12)" \
	    --from alice@home.example --to "bob@$(net_name 2)" \
	    --header "Subject: for bob" >swaks.out 2>&1 ||
	    atf_fail "$(cat swaks.out)"
	await 20 "the mail in the mailbox" sink_has sink 1
	atf_check -o match:'Subject: for bob' cat sink/mail.1.1
	atf_check_equal 0 "$(net_figure 2 messages.in)"
}

opensmtpd_test_case what_opensmtpd_reports_back_is_counted_and_dropped
what_opensmtpd_reports_back_is_counted_and_dropped_body()
{
	mix_behind_opensmtpd
	# OpenSMTPD takes the exit mail, and mix 1 refuses it.
	make_mail "nobody@$(net_name 1)" >mail.eml
	send_by "$(path_of 1 2 1 2)" "nobody@$(net_name 1)" <mail.eml
	await 40 "the report" figure_is 2 smtp.reports.failed 1
	net_mixctl 2 status | grep -q "^ *$(net_name 1): failed 1" ||
	    atf_fail "not by domain: $(net_mixctl 2 status)"
}

atf_init_test_cases()
{
	atf_add_test_case mix_messages_go_to_and_fro_by_opensmtpd
	atf_add_test_case other_mail_of_the_host_stays_with_opensmtpd
	atf_add_test_case what_opensmtpd_reports_back_is_counted_and_dropped
}
