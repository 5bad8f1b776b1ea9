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

# Where mail leaves the mixes, and what becomes of it when nobody takes it.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/smtpd-mix/nettest.sh"

# Mix 2 delivers to anybody by what is said.
two_mixes()
{
	net_conf 1 "$FAST" "$RETRY" "$NO_DUMMIES"
	net_conf 2 "$FAST" "${retry:-$RETRY}" "$NO_DUMMIES" \
	    "mode middleman exitpublic" "$@"
	start_network 1 2
	sender
}

mail_to()
{
	make_mail "$1" >mail.eml
	send_by "$(path_of 1 2 1 2)" "$1" <mail.eml
}

is_taken()
{
	tr -d '\r' <"$1/mail.1.1" | grep -v "${2:-^$}" >got.eml
	grep -v "${2:-^$}" mail.eml | cmp - got.eml ||
	    atf_fail "it was changed"
}

net_test_case lmtp_server_is_spoken_to_as_one
lmtp_server_is_spoken_to_as_one_body()
{
	nettest_begin
	start_sink sink -l -x PIPELINING
	two_mixes "domain d.example lmtp 127.0.0.1 port $sink_port"
	mail_to bob@d.example
	await 20 "the mail" sink_has sink 1
	is_taken sink
	atf_check -o match:"^LHLO $(net_name 2)" cat sink/client.1
	atf_check -o match:"^FROM:<mixtasy@$(net_name 2)>" \
	    -o match:'^TO:<bob@d.example>' cat sink/envelope.1.1
	await 5 "its slot is free" figure_is 2 queue.live 0
}

net_test_case lmtp_server_that_hangs_holds_up_no_maildir
lmtp_server_that_hangs_holds_up_no_maildir_body()
{
	nettest_begin
	start_sink sink -l -e DATA=hang
	net_maildir 2 carol
	two_mixes "domain d.example lmtp 127.0.0.1 port $sink_port" \
	    "domain e.example maildir \"$NET/mail2/%u/Maildir\""
	mail_to bob@d.example
	await 20 "the mail that hangs" grep -q ^DATA sink/client.1
	mail_to carol@e.example
	await 20 "the other mail" has_new "$NET/mail2/carol/Maildir"
	atf_check_equal 1 "$(net_figure 2 queue.live)"
	# A stop doesn't wait for it, and nothing is lost.
	stop_sink sink
	start_sink late -l
	sed -i "s/ lmtp 127.0.0.1 port .*/ lmtp 127.0.0.1 port $sink_port/" \
	    "$NET/mix2/smtpd-mix.conf"
	net_stop 2 || atf_fail "no orderly stop"
	net_start 2 || atf_fail "see above"
	await 20 "the mail that hung" sink_has late 1
}

net_test_case mail_refused_by_a_host_ends_silently
mail_refused_by_a_host_ends_silently_body()
{
	nettest_begin
	start_sink sink -e 'RCPT=550 5.1.1 nobody'
	start_sink post
	two_mixes \
	    "postmaster host 127.0.0.1 port $sink_port to root@p.example" \
	    "domain d.example host 127.0.0.1 port $(cat sink/port)"
	mail_to bob@d.example
	await 20 "the refusal" figure_is 2 queue.refused 1
	await 5 "its end" figure_is 2 queue.live 0
	! sink_has post 1 || atf_fail "postmaster gets it unasked"
}

net_test_case mail_refused_by_a_host_goes_to_postmaster_if_asked_for
mail_refused_by_a_host_goes_to_postmaster_if_asked_for_body()
{
	nettest_begin
	start_sink sink -e 'DOT=554 5.6.0 not with me'
	start_sink post
	two_mixes "undeliverable postmaster" \
	    "postmaster host 127.0.0.1 port $sink_port to root@p.example" \
	    "domain d.example host 127.0.0.1 port $(cat sink/port)"
	mail_to bob@d.example
	await 20 "the mail at postmaster's" sink_has post 1
	is_taken post
	atf_check -o match:'^TO:<root@p.example>' cat post/envelope.1.1
	await 5 "its end" figure_is 2 queue.live 0
	atf_check_equal 1 "$(net_figure 2 queue.refused)"
}

net_test_case mail_given_up_goes_to_postmaster_if_asked_for
mail_given_up_goes_to_postmaster_if_asked_for_body()
{
	nettest_begin
	start_sink sink -e 'RCPT=450 4.2.1 not now'
	net_maildir 2 post
	retry="retry first 1s maximum 1s expire 3s"
	two_mixes "undeliverable postmaster" \
	    "postmaster maildir \"$NET/mail2/post/Maildir\"" \
	    "domain d.example host 127.0.0.1 port $sink_port"
	mail_to bob@d.example
	await 30 "the mail at postmaster's" has_new "$NET/mail2/post/Maildir"
	cmp mail.eml "$NET/mail2/post/Maildir/new"/* ||
	    atf_fail "it was changed"
	await 5 "its end" figure_is 2 queue.live 0
	atf_check_equal 1 "$(net_figure 2 queue.given_up)"
}

atf_init_test_cases()
{
	atf_add_test_case lmtp_server_is_spoken_to_as_one
	atf_add_test_case lmtp_server_that_hangs_holds_up_no_maildir
	atf_add_test_case mail_refused_by_a_host_ends_silently
	atf_add_test_case mail_refused_by_a_host_goes_to_postmaster_if_asked_for
	atf_add_test_case mail_given_up_goes_to_postmaster_if_asked_for
}
