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

# The tests of the library under valgrind: one case for each of its directories.

TOP=$(cd "$(atf_get_srcdir)/.." && pwd)
export TOP

# Cases that take many seconds here, for RSA keys or long simulations, and whose
# code others run, too; those of crash_test lose memory with every life that
# they end.
slow='
cert_keeps_the_live_of_many_subkeys
cert_rsa_written_is_read
cert_signatures_of_expired_subkeys_are_not_verified
certifications_by_rsa_keys_are_verified
destroyed_messages_leave_no_octet_behind
key_generated_is_read_back
key_public_refuses_what_we_cannot_use
largest_request_fits
mails_arrive_at_20_an_hour
mails_arrive_at_4_an_hour
mails_arrive_at_80_an_hour
paths_are_drawn_by_weight
paths_are_drawn_by_weight_from_many_mixes
paths_are_uniform_among_distinct_mixes
paths_end_as_the_manifest_says_without_repeat_check
paths_of_one_ranked_mix_among_others_are_exact
peel_takes_what_was_prepared_for_the_subkey
request_is_read_as_it_was_written
request_that_is_cut_off_is_refused
seal_fits_the_longest_path_of_the_largest_keys_and_names
seal_works_with_rsa_subkeys
session_key_comes_back
session_refuses_numbers_over_the_modulus
session_refuses_other_lengths
single_steps_end_as_the_manifest_says
strip_leaves_the_subkeys_that_live
survives_an_accident_at_every_operation
survives_while_the_checkpoint_moves
survives_while_the_file_grows
survives_while_the_file_grows_at_once
survives_while_the_file_is_cut
the_default_pool_has_the_published_figures
'

# A program without sanitizers, which valgrind can't run.
runnable()
{
	! grep -q -e __asan_init -e __ubsan_handle "$1"
}

# libatf-c loses memory of its own in every test.
suppressions()
{
	cat >suppressions <<-END
	{
	   libatf-c
	   Memcheck:Leak
	   ...
	   obj:*/libatf-c.so*
	}
	END
}

# run_case PROGRAM CASE: in a directory of its own, as kyua does; fails with
# what valgrind says.
run_case()
{
	rm -rf "$2"
	mkdir "$2"
	(
		cd "$2" || exit 1
		__RUNNING_INSIDE_ATF_RUN=internal-yes-value \
		    valgrind -q --error-exitcode=99 --leak-check=full \
		    --errors-for-leak-kinds=definite,possible \
		    --show-leak-kinds=definite,possible \
		    --read-inline-info=no --suppressions=../suppressions \
		    --log-file=valgrind.%p \
		    "$1" -s "$(dirname "$1")" -r result "$2" >out 2>&1
	)
	_status=$?
	# What a child says counts, whatever became of it.
	if [ $_status -ne 0 ] || grep -q '^==' "$2"/valgrind.*; then
		cat "$2"/valgrind.* "$2/out" "$2/result" 2>/dev/null
		echo "$1:$2: status $_status"
		return 1
	fi
	rm -rf "$2"
}

run_directory()
{
	suppressions
	_n=0
	for _program in "$TOP/regress/lib/$1"/*_test; do
		# Some are scripts.
		[ "$(head -c 2 "$_program")" != '#!' ] || continue
		runnable "$_program" ||
		    atf_skip "valgrind can't run what has sanitizers"
		for _case in $("$_program" -l | sed -n 's/^ident: //p'); do
			case $slow in
			*"
$_case
"*)				continue ;;
			esac
			run_case "$_program" "$_case" ||
			    atf_fail "$_case: see above"
			_n=$((_n + 1))
		done
	done
	[ $_n -gt 0 ] || atf_fail "no case in $1"
}

directory_case()
{
	atf_test_case "valgrind_finds_nothing_in_$1"
	eval "valgrind_finds_nothing_in_$1_head()
	{
		atf_set require.progs valgrind
		atf_set timeout 1200
	}
	valgrind_finds_nothing_in_$1_body()
	{
		run_directory $1
	}"
}

directories='compat dns hkp ipc mail mixing mixtasy openpgp smtp spool'
for _directory in $directories; do
	directory_case $_directory
done

# None is forgotten.
atf_test_case valgrind_runs_on_every_directory
valgrind_runs_on_every_directory_body()
{
	for _program in "$TOP"/regress/lib/*/*_test.c; do
		_directory=$(basename "$(dirname "$_program")")
		case " $directories " in
		*" $_directory "*)	;;
		*)	atf_fail "$_directory is not in the list" ;;
		esac
	done
}

# And it would say what is wrong.
atf_test_case valgrind_would_find_something
valgrind_would_find_something_head()
{
	atf_set require.progs 'valgrind cc'
}
valgrind_would_find_something_body()
{
	cat >leak.c <<-END
	#include <stdio.h>
	#include <stdlib.h>
	int
	main(void)
	{
		char *p = malloc(4);
		if (p[1] == 7)
			puts("seven");
		p = malloc(5);
		return (p == NULL);
	}
	END
	cc -g -o leak leak.c 2>/dev/null || atf_skip "no compiler"
	suppressions
	if run_case "$PWD/leak" a_case >said; then
		atf_fail "nothing found"
	fi
	atf_check -o match:'uninitialised' -o match:'definitely lost' cat said
}

atf_init_test_cases()
{
	for _directory in $directories; do
		atf_add_test_case "valgrind_finds_nothing_in_$_directory"
	done
	atf_add_test_case valgrind_runs_on_every_directory
	atf_add_test_case valgrind_would_find_something
}
