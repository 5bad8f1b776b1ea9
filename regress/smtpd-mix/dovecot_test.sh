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

# Exit mail that goes to a real Dovecot by LMTP, as smtpd-mix(8) describes it.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/smtpd-mix/nettest.sh"

DOMAIN=$(net_name 2)

dovecot_test_case()
{
	net_test_case "$1"
	eval "${1}_head() {
		atf_set require.user root
		atf_set require.progs 'dovecot doveadm'
	}
	${1}_cleanup() { dovecot_end; nettest_end; }"
}

# What the packages set up, in a directory of its own; with mailboxes for those
# users that are named.
dovecot_conf()
{
	_dir=$PWD/dovecot
	_uid=$((NET_UID + NET_UIDS - 1))
	mkdir -p dovecot/run dovecot/home || atf_fail "no directory"
	chown -R $_uid dovecot/home
	for _user; do
		echo "$_user::$_uid:$_uid::$_dir/home/$_user::"
	done >dovecot/users
	cat >dovecot/dovecot.conf <<-END
	base_dir = $_dir/run
	state_dir = $_dir/run
	log_path = $_dir/log
	instance_name = $NET_SLOT
	protocols = lmtp
	listen = 127.0.0.1
	ssl = no
	mail_location = maildir:~/Maildir
	first_valid_uid = $_uid
	last_valid_uid = $_uid
	lda_mailbox_autocreate = yes
	auth_username_format = %Ln
	passdb {
	  driver = passwd-file
	  args = $_dir/users
	}
	userdb {
	  driver = passwd-file
	  args = $_dir/users
	}
	service lmtp {
	  unix_listener lmtp {
	    mode = 0600
	  }
	  inet_listener lmtp {
	    address = 127.0.0.1
	    port = $(net_port 12)
	  }
	}
	END
}

mailbox()
{
	timeout 10 doveadm -c dovecot/dovecot.conf "$@"
}

dovecot_start()
{
	dovecot -c dovecot/dovecot.conf 2>&1 || atf_fail "dovecot"
	net_wait 10 test -S dovecot/run/lmtp || atf_fail "no LMTP socket"
}

dovecot_stop()
{
	mailbox stop
}

dovecot_end()
{
	if [ -s dovecot/dovecot.conf ]; then
		mailbox stop 2>/dev/null
	fi
	return 0
}

# Mix 2 has Dovecot's domain; what is said is added.
mix_before_dovecot()
{
	nettest_begin
	dovecot_conf bob postmaster
	dovecot_start
	if [ "${lmtp:-unix}" = unix ]; then
		lmtp="\"$PWD/dovecot/run/lmtp\""
	fi
	net_conf 1 "$FAST" "$RETRY" "$NO_DUMMIES"
	net_conf 2 "$FAST" "$RETRY" "$NO_DUMMIES" \
	    "mode middleman exitprivate" "test sandbox" \
	    "domain \"$DOMAIN\" lmtp $lmtp ${recipients:-}" "$@"
	start_network 1 2
	sender
}

# Sends a mail of so many octets to somebody.
mail_to()
{
	make_mail "$1@$DOMAIN" "to $1" "${2:-4000}" >mail.eml
	send_by "$(path_of 1 2 1 2)" "$1@$DOMAIN" <mail.eml
}

mailbox_has()
{
	[ "$(mailbox search -u "$1" all 2>/dev/null |
	    wc -l)" -eq "$2" ]
}

# Dovecot puts lines of its own before a mail, and changes no others.
check_mailbox()
{
	await 20 "the mail in the mailbox of $1" mailbox_has "$1" 1
	sed -n '/^From: Alice/,$p' dovecot/home/"$1"/Maildir/*/* |
	    sed 's/\r$//' >got.eml
	cmp mail.eml got.eml || {
		diff mail.eml got.eml | head -n 20
		atf_fail "it was changed"
	}
	mailbox fetch -u "$1" hdr all >header
}

dovecot_test_case exit_mail_ends_in_a_dovecot_mailbox
exit_mail_ends_in_a_dovecot_mailbox_body()
{
	mix_before_dovecot
	mail_to bob
	check_mailbox bob
	atf_check -o match:"^Return-Path: <mixtasy@$(net_name 2)>" \
	    -o match:"^Delivered-To: bob@$DOMAIN" cat header
	await 5 "it is counted" figure_is 2 messages.delivered_here 1
	await 5 "its slot is free" figure_is 2 queue.live 0
	# A mail in parts is one mail.
	rm -r dovecot/home/bob
	mail_to bob 60000
	check_mailbox bob
}

dovecot_test_case lmtp_over_tcp_needs_no_network_in_deliver
lmtp_over_tcp_needs_no_network_in_deliver_body()
{
	nettest_begin
	lmtp="127.0.0.1 port $(net_port 12)"
	dovecot_conf bob postmaster
	dovecot_start
	net_conf 1 "$FAST" "$RETRY" "$NO_DUMMIES"
	net_conf 2 "$FAST" "$RETRY" "$NO_DUMMIES" \
	    "mode middleman exitprivate" "test sandbox" \
	    "domain \"$DOMAIN\" lmtp $lmtp"
	start_network 1 2
	sender
	mail_to bob
	check_mailbox bob
}

dovecot_test_case mail_waits_for_dovecot
mail_waits_for_dovecot_body()
{
	mix_before_dovecot
	dovecot_stop
	mail_to bob
	await 20 "a try in vain" figure_from 2 deliver.deferred 1
	matches 'LMTP server: ' "$(net_figure 2 deliver.last_error)"
	dovecot_start
	check_mailbox bob
	await 5 "its slot is free" figure_is 2 queue.live 0
}

dovecot_test_case mail_for_nobody_ends_and_is_counted
mail_for_nobody_ends_and_is_counted_body()
{
	mix_before_dovecot
	mail_to eve
	await 20 "the refusal" figure_from 2 deliver.refused 1
	await 5 "its slot is free" figure_is 2 queue.live 0
	matches 'the LMTP server answered 550' \
	    "$(net_figure 2 deliver.last_error)"
}

dovecot_test_case postmaster_gets_what_is_undeliverable_if_asked_for
postmaster_gets_what_is_undeliverable_if_asked_for_body()
{
	mix_before_dovecot "undeliverable postmaster" \
	    "postmaster lmtp \"$PWD/dovecot/run/lmtp\" to postmaster@$DOMAIN"
	mail_to eve
	check_mailbox postmaster
	await 5 "its slot is free" figure_is 2 queue.live 0
	atf_check_equal 1 "$(net_figure 2 queue.refused)"
}

dovecot_test_case unlisted_recipients_are_never_asked_for
unlisted_recipients_are_never_asked_for_body()
{
	echo bob >list
	recipients="recipients file \"$PWD/list\""
	mix_before_dovecot
	mail_to postmaster
	await 20 "the end of it" \
	    figure_is 2 messages.destroyed.unknown-recipient 1
	atf_check_equal 0 "$(net_figure 2 queue.live)"
	mail_to bob
	check_mailbox bob
	atf_check_equal 0 "$(net_figure 2 deliver.refused)"
	# The list is read anew.
	echo postmaster@$DOMAIN >>list
	net_mixctl 2 reload || atf_fail "not reloaded"
	mail_to postmaster
	check_mailbox postmaster
	# A list that can't be read leaves all as it is.
	echo 'no address@' >>list
	! net_mixctl 2 reload 2>reload.err || atf_fail "it is reloaded"
	matches 'list:3: not an address' "$(cat reload.err)"
}

atf_init_test_cases()
{
	atf_add_test_case exit_mail_ends_in_a_dovecot_mailbox
	atf_add_test_case lmtp_over_tcp_needs_no_network_in_deliver
	atf_add_test_case mail_waits_for_dovecot
	atf_add_test_case mail_for_nobody_ends_and_is_counted
	atf_add_test_case postmaster_gets_what_is_undeliverable_if_asked_for
	atf_add_test_case unlisted_recipients_are_never_asked_for
}
