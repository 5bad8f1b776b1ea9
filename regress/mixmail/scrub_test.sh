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
#

# What mixmail removes from a mail's header, and what it rewrites.  TOP is the
# tree.

. "$TOP/regress/mixmail/mailtest.sh"

hour="[A-Z][a-z][a-z], [0-9][0-9] [A-Z][a-z][a-z] [0-9]{4} [0-9][0-9]:00:00 \
\\+0000"
random_id="<[A-Z2-7]{26}@mixtasy\\.invalid>"

begin()
{
	make_roster 5 6 7 8
	make_conf "$@"
}

# A mail that says everything it can about its sender.
make_telling()
{
	make_mail "Received: from host.home.example by x;" "	date" \
	    "Return-Path: <alice@home.example>" \
	    "Delivered-To: alice@home.example" \
	    "DKIM-Signature: v=1; a=rsa-sha256;" "  d=home.example" \
	    "ARC-Seal: i=1; d=home.example" \
	    "Authentication-Results: home.example; none" \
	    "Received-SPF: pass" "X-Received: by 192.0.2.77" \
	    "X-Originating-IP: [192.0.2.77]" "X-Sender: alice@home.example" \
	    "X-Spam-Status: No" "X-Forwarded-For: alice@home.example" \
	    "Sender: alice@home.example" "From: Alice <alice@example.org>" \
	    "Reply-To: alice@example.org" "To: bob@example.com" \
	    "Bcc: eve@example.com" "Subject: plans" \
	    "DATE: Mon, 23 Nov 2026 14:37:12 +0530 (IST)" \
	    "Message-ID: <20261123@host.home.example>" \
	    "In-Reply-To: <1@example.com>" "References: <0@example.com>" \
	    "	<1@example.com>" "Organization: Home" \
	    "USER-AGENT: Program/1.0 (Home)" "x-mailer: Program" \
	    "X-Mailer-Version: 1" "Accept-Language: en-IE" \
	    "X-MS-Has-Attach: yes" "X-Mozilla-Status: 0001" \
	    "X-Universally-Unique-Identifier: 77" "Thread-Index: AQ==" \
	    "Fcc: sent" "Status: RO" "Face: iVBOR" \
	    "Autocrypt: addr=alice@example.org; keydata=77" \
	    "OpenPGP: id=77" "Disposition-Notification-To: alice@home.example" \
	    "Return-Receipt-To: alice@home.example" \
	    "Mime-Version: 1.0 (Program 7.7)" "Content-Type: text/plain" \
	    "X-Priority: 1" "X-Own: kept"
}

# matches PATTERNS: the header is these lines, as extended regular expressions.
matches()
{
	atf_check_equal "$(wc -l <"$1")" "$(wc -l <header)"
	paste -d '\n' "$1" header | while read -r _pattern && read -r _line; do
		echo "$_line" | grep -q -E -x -e "$_pattern" || {
			echo "\"$_line\" instead of \"$_pattern\""
			exit 1
		}
	done || atf_fail "another header"
}

atf_test_case what_gives_the_sender_away_goes
what_gives_the_sender_away_goes_body()
{
	begin
	make_telling
	cat >expected <<-END
	From: Alice <alice@example.org>
	Reply-To: alice@example.org
	To: bob@example.com
	Subject: plans
	DATE: $hour
	Message-ID: $random_id
	In-Reply-To: <1@example.com>
	References: <0@example.com>
	.<1@example.com>
	Organization: Home
	Mime-Version: 1.0
	Content-Type: text/plain
	X-Priority: 1
	X-Own: kept

	END
	header_for bob@example.com
	tr '\t' '.' <header >header.new && mv header.new header
	matches expected
}

# The clock may come to another hour in between.
atf_test_case date_is_the_hour_of_sending_in_utc
date_is_the_hour_of_sending_in_utc_body()
{
	begin
	make_mail "To: b@example.com" "Date: Sat, 1 Jan 2000 11:11:11 +1100" \
	    "Resent-Date: x"
	_format='+Date: %a, %d %b %Y %H:00:00 +0000'
	LC_ALL=C TZ=UTC0 date "$_format" >hours
	TZ=Australia/Sydney header_for b@example.com
	LC_ALL=C TZ=UTC0 date "$_format" >>hours
	grep '^Date: ' header >date || atf_fail "no Date"
	atf_check -o not-empty grep -F -x -f date hours
	atf_check -o not-empty grep -F -x "Resent-$(cat date)" header
}

atf_test_case message_id_is_new_for_each_mail_and_one_for_its_recipients
message_id_is_new_for_each_mail_and_one_for_its_recipients_body()
{
	begin
	make_mail "To: b1@example.com, b2@example.com" \
	    "Message-ID: <1@host.home.example>"
	for _try in 1 2; do
		$mixmail -n -i -t -p $path <mail.eml >outers ||
		    atf_fail "mixmail"
		awk '/^Remailer-Type:/ { n++ } { print >("outer." n) }' outers
		for _n in 1 2; do
			peel outer.$_n 5 6 7 8
			grep '^Message-ID: <' peeled >>ids.$_try ||
			    atf_fail "no Message-ID"
		done
		atf_check_equal 1 "$(sort -u ids.$_try | wc -l | tr -d ' ')"
	done
	atf_check_equal 2 "$(cat ids.1 ids.2 | sort -u | wc -l | tr -d ' ')"
	atf_check -s exit:1 grep home ids.1
}

atf_test_case fields_that_are_missing_are_not_added
fields_that_are_missing_are_not_added_body()
{
	begin
	make_mail "Subject: s" "To: b@example.com" "MIME-Version: 1.0"
	header_for b@example.com
	sed '/^.$/q' mail.eml | tr -d '\r' >expected
	cmp expected header || atf_fail "another header"
}

atf_test_case text_stays_as_it_is
text_stays_as_it_is_body()
{
	begin
	printf '%s\r\n' "User-Agent: x" "To: b@example.com" "" \
	    "User-Agent: x" "" "Date: x" "Received: x" >mail.eml
	sed 1d mail.eml >expected
	header_for b@example.com
	cmp expected peeled || atf_fail "not the text"
}

atf_test_case headers_can_be_kept
headers_can_be_kept_body()
{
	make_telling
	sed -e 1,2d -e '/^Return-Path/d' -e '/^Bcc/d' mail.eml |
	    sed '/^.$/q' | tr -d '\r' >expected
	begin
	mixmail="$mixmail -k" header_for bob@example.com
	cmp expected header || atf_fail "-k: another header"
	begin "keep headers"
	header_for bob@example.com
	cmp expected header || atf_fail "keep headers: another header"
}

atf_test_case sender_can_be_left_out
sender_can_be_left_out_body()
{
	make_telling
	{
		printf 'Resent-From: alice@example.org\r\n'
		sed '/^Sender:/s/^Sender/From/' mail.eml
	} >mail.new
	mv mail.new mail.eml
	cat >expected <<-END
	From: Anonymous <anonymous@mixtasy\\.invalid>
	To: bob@example.com
	Subject: plans
	DATE: $hour
	Message-ID: $random_id
	In-Reply-To: <1@example.com>
	References: <0@example.com>
	.<1@example.com>
	Mime-Version: 1.0
	Content-Type: text/plain
	X-Priority: 1
	X-Own: kept

	END
	for _options in "-a" "-a -k"; do
		begin "keep headers"
		mixmail="$mixmail $_options" header_for bob@example.com
		tr '\t' '.' <header >header.new && mv header.new header
		matches expected
		atf_check -s exit:1 grep -a -i alice peeled
	done
	begin
	make_mail "To: b@example.com"
	mixmail="$mixmail -a" header_for b@example.com
	atf_check -o inline:"To: b@example.com\nFrom: Anonymous \
<anonymous@mixtasy.invalid>\n\n" cat header
}

atf_test_case what_is_done_is_said_if_asked_for
what_is_done_is_said_if_asked_for_body()
{
	begin
	make_mail "Received: a" "Received: b" "To: b@example.com" \
	    "Date: x" "User-Agent: secret" "Bcc: eve@example.com"
	atf_check -o not-empty -e empty $mixmail -n -i -p $path \
	    b@example.com <mail.eml
	atf_check -o not-empty -e save:said $mixmail -n -v -i -p $path \
	    b@example.com <mail.eml
	atf_check_equal 2 "$(grep -c '^mixmail: removed Received$' said)"
	atf_check -o not-empty grep -x 'mixmail: removed User-Agent' said
	atf_check -o not-empty grep -x 'mixmail: removed Bcc' said
	atf_check -o not-empty grep -E -x "mixmail: rewrote Date: $hour" said
	atf_check_equal 5 "$(grep -c -e ' removed ' -e ' rewrote ' said)"
	atf_check -s exit:1 grep -e secret -e eve@ said
}

# Bcc is read before it is removed.
atf_test_case hidden_recipients_get_the_mail
hidden_recipients_get_the_mail_body()
{
	begin
	make_mail "To: b@example.com" "Bcc: eve@example.com"
	atf_check -o not-empty -e save:said $mixmail -n -v -a -t -i -p $path \
	    <mail.eml
	atf_check -o not-empty grep 'to eve@example.com by way of' said
	header_for b@example.com
	atf_check -s exit:1 grep eve peeled
}

atf_init_test_cases()
{
	atf_add_test_case what_gives_the_sender_away_goes
	atf_add_test_case date_is_the_hour_of_sending_in_utc
	atf_add_test_case \
	    message_id_is_new_for_each_mail_and_one_for_its_recipients
	atf_add_test_case fields_that_are_missing_are_not_added
	atf_add_test_case text_stays_as_it_is
	atf_add_test_case headers_can_be_kept
	atf_add_test_case sender_can_be_left_out
	atf_add_test_case what_is_done_is_said_if_asked_for
	atf_add_test_case hidden_recipients_get_the_mail
}
