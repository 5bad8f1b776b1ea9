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


# mutt, a mail program, sends through mixmail as it would through sendmail.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/smtpd-mix/nettest.sh"

net_test_case mutt_sends_a_mail_with_an_attachment
mutt_sends_a_mail_with_an_attachment_head()
{
	atf_set require.progs mutt
}
mutt_sends_a_mail_with_an_attachment_body()
{
	nettest_begin
	net_maildir 2 bob
	net_conf 1 "$FAST" "$NO_DUMMIES"
	net_conf 2 "$FAST" "$NO_DUMMIES" "mode middleman exitprivate" \
	    "domain \"$(net_name 2)\" maildir \"$NET/mail2/%u/Maildir\""
	start_network 1 2
	sender
	cat >muttrc <<-END
	set sendmail="$TOP/mixmail/mixmail -C $PWD/sender.conf -oem -oi -p $(
	    path_of 1 2 1 2)"
	set from="alice@home.example"
	set realname="Alice"
	set copy=no
	END
	head -c 3000 /dev/urandom >plan.bin
	echo "Grüße." | LC_ALL=C.UTF-8 HOME=$PWD mutt -n -F muttrc \
	    -s "from mutt" -a plan.bin -- "bob@$(net_name 2)" >out 2>&1 ||
	    atf_fail "mutt: $(cat out)"
	await 20 "the mail in the Maildir" has_new "$NET/mail2/bob/Maildir"
	cat "$NET/mail2/bob/Maildir/new"/* >got
	atf_check -o match:'^Subject: from mutt' -o match:'^To: bob@' \
	    -o match:'filename="plan.bin"' cat got
	sed -n '/filename="plan.bin"/,/^--/p' got |
	    sed -e '1,/^$/d' -e '/^--/d' | openssl base64 -d >plan.got
	cmp plan.bin plan.got || atf_fail "the attachment was changed"
}

atf_init_test_cases()
{
	atf_add_test_case mutt_sends_a_mail_with_an_attachment
}
