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

# MANS lists the manuals, TOP is the tree; see regress/check.sh.

atf_test_case manuals_are_silent_under_lint
manuals_are_silent_under_lint_head()
{
	atf_set descr "mandoc -Tlint has nothing to say about any manual"
	atf_set require.progs mandoc
}
manuals_are_silent_under_lint_body()
{
	cd "$TOP" || atf_fail "no tree"
	[ -n "$MANS" ] || atf_skip "no manuals"
	atf_check -o empty -e empty sh regress/lint.sh $MANS
}

atf_test_case manuals_have_a_page_for_each_program
manuals_have_a_page_for_each_program_body()
{
	for page in smtpd-mix.8 smtpd-mix.conf.5 mixctl.8 mixmail.1; do
		case $MANS in
		*/$page*)	;;
		*)		atf_fail "no $page" ;;
		esac
	done
}

atf_init_test_cases()
{
	atf_add_test_case manuals_are_silent_under_lint
	atf_add_test_case manuals_have_a_page_for_each_program
}
