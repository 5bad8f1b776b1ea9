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

# mixctl peel: what it says of usage, keys, files and its state directory.  What
# it makes of messages is in peel_vectors_test.

top=$(cd "$(atf_get_srcdir)/../.." && pwd)
vectors=$top/regress/vectors/mixtasy-v1
key=$vectors/keys/mix5.sec.asc
message=$vectors/cv25519-4hop/hop1.eml
final=$vectors/cv25519-4hop/hop4.eml

peel()
{
	"$top/mixctl/mixctl" peel "$@"
}

# fails regex argument ...: exit 2, one line on standard error, no output.
fails()
{
	regex=$1
	shift
	peel "$@" <"$message" >out 2>err
	atf_check_equal 2 $?
	atf_check_equal 0 "$(wc -c <out | tr -d ' ')"
	atf_check_equal 1 "$(wc -l <err | tr -d ' ')"
	atf_check -o match:"$regex" cat err
}

atf_test_case usage_errors_exit_2
usage_errors_exit_2_body()
{
	fails 'usage: mixctl peel'
	fails 'usage: mixctl peel' -k "$key" more
	fails 'the time x is invalid' -k "$key" -t x
	fails 'the time -1 is too small' -k "$key" -t -1
	fails 'the time 99999999999 is too large' -k "$key" -t 99999999999
	peel -k "$key" -x <"$message" 2>err
	atf_check_equal 2 $?
}

atf_test_case key_errors_exit_2
key_errors_exit_2_body()
{
	fails 'missing: No such file' -k missing
	fails 'not an OpenPGP secret key' -k "$message"
	fails 'not an OpenPGP secret key' -k "$vectors/keys/mix5.pub.asc"
	: >empty
	fails 'not an OpenPGP secret key' -k empty
	head -c 1048577 /dev/zero >large
	fails 'larger than a key can be' -k large
	fails 'Is a directory' -k .
	head -c 400 /dev/zero | tr '\000' '\231' >noise
	fails 'not an OpenPGP secret key' -k noise
}

atf_test_case gnupg_keys_work_binary_and_fail_with_a_passphrase cleanup
gnupg_keys_work_binary_and_fail_with_a_passphrase_head()
{
	atf_set require.progs 'gpg gpgconf'
}
gnupg_keys_work_binary_and_fail_with_a_passphrase_body()
{
	# A socket's path has to be short.
	GNUPGHOME=$(mktemp -d /tmp/pgp.XXXXXX)
	export GNUPGHOME
	echo "$GNUPGHOME" >gnupghome
	gpg='gpg --batch --quiet --no-tty --pinentry-mode loopback'
	uid='(mixtasy-mode:middleman) <mixtasy@node5.example.net>'

	gpg --batch --quiet --dearmor <"$key" >binary
	peel -k binary <"$message" >out || atf_fail "binary key"

	$gpg --passphrase secret --quick-generate-key "$uid" ed25519 cert 0 ||
	    atf_fail "gpg makes no key"
	fpr=$($gpg --list-keys --with-colons | awk -F: '/^fpr/ { print $10 }')
	$gpg --passphrase secret --quick-add-key "$fpr" cv25519 encr 0 ||
	    atf_fail "gpg makes no subkey"
	$gpg --passphrase secret --export-secret-keys "$fpr" >locked
	fails 'protected by a passphrase' -k locked
	$gpg --export "$fpr" >public
	fails 'no secret encryption subkey' -k public
}
gnupg_keys_work_binary_and_fail_with_a_passphrase_cleanup()
{
	[ -f gnupghome ] || return 0
	GNUPGHOME=$(cat gnupghome) gpgconf --kill all
	rm -rf "$(cat gnupghome)"
}

atf_test_case without_state_nothing_is_remembered
without_state_nothing_is_remembered_body()
{
	for i in 1 2; do
		peel -k "$key" <"$message" >out$i || atf_fail "call $i"
	done
	atf_check_equal "$(wc -c <out1)" "$(wc -c <out2)"
	# The padding is new each time.
	if cmp -s out1 out2; then
		atf_fail "the same padding twice"
	fi
}

atf_test_case state_is_kept_from_call_to_call
state_is_kept_from_call_to_call_body()
{
	atf_check -o save:out "$top/mixctl/mixctl" peel -k "$key" -s state \
	    <"$message"
	atf_check_equal drwx------ "$(ls -ld state | cut -c1-10)"
	atf_check -s exit:1 -e match:'destroyed: .*replay' \
	    "$top/mixctl/mixctl" peel -k "$key" -s state <"$message"
	atf_check -o ignore "$top/mixctl/mixctl" peel -k "$key" -s other \
	    <"$message"
	# Another mix, the same directory.
	atf_check -o file:"$vectors/cv25519-4hop/original.eml" \
	    "$top/mixctl/mixctl" peel -k "$vectors/keys/mix8.sec.asc" \
	    -s state <"$final"
}

atf_test_case two_calls_at_once_let_one_message_pass
two_calls_at_once_let_one_message_pass_body()
{
	for i in 1 2 3 4 5 6; do
		(
			status=0
			peel -k "$key" -s state <"$message" >/dev/null 2>&1 ||
			    status=$?
			echo $status >status$i
		) &
	done
	wait
	atf_check -o inline:'0\n1\n1\n1\n1\n1\n' sort status1 status2 \
	    status3 status4 status5 status6
}

# part id number total text now: a part for mix5, which expires never.
part()
{
	printf '%s' "$4" | "$top/regress/lib/mixtasy/sealtool" part "$1" "$2" \
	    "$3" "$vectors/keys/mix5.pub.asc" >message || atf_fail "sealtool"
}

# takes and drops: what mixctl does with it at a time of our own.
takes()
{
	atf_check -o inline:"$2" "$top/mixctl/mixctl" peel -k "$key" -s state \
	    -t "$1" <message
}
drops()
{
	atf_check -s exit:1 -e match:"destroyed: .*$2" "$top/mixctl/mixctl" \
	    peel -k "$key" -s state -t "$1" <message
}

to='To: frank@rcpt.example.org'
now=1750000000

atf_test_case parts_are_collected_into_a_mail
parts_are_collected_into_a_mail_body()
{
	part a 2 3 world
	takes $now ''
	part a 3 3 '!'
	takes $now ''
	# The same numbers of another total are of another mail.
	part a 2 2 other
	takes $now ''
	part a 1 3 "$to

hello "
	takes $now "$to\n\nhello world!"
	atf_check_equal 1 "$(ls state | grep -c '^part-')"
	part a 1 3 "$to

again"
	drops $now 'delivered or given up'
	part a 2 3 world
	drops $now 'delivered or given up'
}

atf_test_case the_first_part_of_a_number_stays
the_first_part_of_a_number_stays_body()
{
	part a 2 2 one
	takes $now ''
	part a 2 2 two
	drops $now 'number is here already'
	part a 1 2 "$to

"
	takes $now "$to\n\none"
}

atf_test_case incomplete_mails_are_given_up_after_four_days
incomplete_mails_are_given_up_after_four_days_body()
{
	part a 1 2 "$to

"
	takes $now ''
	part b 1 2 "$to

"
	takes $((now + 86400)) ''
	part a 2 2 late
	drops $((now + 4 * 86400)) 'delivered or given up'
	part b 2 2 'in time'
	takes $((now + 4 * 86400)) "$to\n\nin time"
	atf_check_equal 0 "$(ls state | grep -c '^part-')"
}

atf_test_case mail_that_must_not_go_out_is_destroyed_with_all_parts
mail_that_must_not_go_out_is_destroyed_with_all_parts_body()
{
	part a 2 3 two
	takes $now ''
	part a 1 3 'no header'
	drops $now 'no single recipient'
	part a 3 3 three
	drops $now 'delivered or given up'
	atf_check_equal 0 "$(ls state | grep -c '^part-')"
	# A second part 1 can't destroy what the first one made good.
	part b 1 2 "$to

"
	takes $now ''
	part b 1 2 'no header'
	drops $now 'number is here already'
	part b 2 2 x
	takes $now "$to\n\nx"
}

atf_test_case numbers_of_parts_are_bounded
numbers_of_parts_are_bounded_body()
{
	part a 1 526 "$to

"
	takes $now ''
	part b 1 527 "$to

"
	drops $now 'part number is wrong'
}

atf_test_case without_state_no_part_is_taken
without_state_no_part_is_taken_body()
{
	part a 1 2 "$to

"
	atf_check -s exit:1 -e match:'destroyed: .* -s ' \
	    "$top/mixctl/mixctl" peel -k "$key" <message
}

atf_test_case state_errors_exit_2
state_errors_exit_2_body()
{
	: >file
	fails 'file: Not a directory' -k "$key" -s file
	fails 'No such file' -k "$key" -s missing/state

	atf_check -o ignore "$top/mixctl/mixctl" peel -k "$key" -s state \
	    <"$message"
	log=$(echo state/replay-*)
	printf 'x' | dd of="$log" bs=1 seek=40 conv=notrunc 2>/dev/null
	fails 'state: replay record is damaged' -k "$key" -s state
}

atf_test_case no_output_when_the_record_cannot_be_kept
no_output_when_the_record_cannot_be_kept_body()
{
	# In the place of the file that a new record is written to.
	mkdir -p state/replay.new
	fails 'state: Is a directory' -k "$key" -s state
}

atf_test_case output_errors_exit_2
output_errors_exit_2_body()
{
	[ -c /dev/full ] || atf_skip "no /dev/full"
	peel -k "$key" <"$message" >/dev/full 2>err
	atf_check_equal 2 $?
	atf_check -o match:'standard output: No space' cat err
}

atf_test_case input_is_bounded_and_may_be_anything
input_is_bounded_and_may_be_anything_body()
{
	mixctl=$top/mixctl/mixctl
	head -c 1048577 /dev/zero >large
	atf_check -s exit:1 -e match:'destroyed: larger' \
	    "$mixctl" peel -k "$key" <large
	atf_check -s exit:1 -e match:'destroyed: ' \
	    "$mixctl" peel -k "$key" </dev/null
	head -c 100000 /dev/urandom >noise
	atf_check -s exit:1 -e match:'destroyed: ' \
	    "$mixctl" peel -k "$key" <noise
	atf_check -s exit:2 -e match:'standard input: ' \
	    "$mixctl" peel -k "$key" <.
}

atf_test_case no_field_of_the_input_goes_on
no_field_of_the_input_goes_on_body()
{
	{
		printf 'Received: from secret-name\r\nSubject: mark\r\n'
		cat "$message"
	} >marked
	atf_check -o save:out "$top/mixctl/mixctl" peel -k "$key" <marked
	tr -d '\r' <out | sed '/^$/q' >header
	printf '%s\n' 'From: mixtasy@node5.example.net' \
	    'Remailer-Type: Mixtasy v1' 'To: mixtasy@node6.example.net' '' \
	    >expected
	atf_check -o file:expected cat header
}

atf_init_test_cases()
{
	atf_add_test_case usage_errors_exit_2
	atf_add_test_case key_errors_exit_2
	atf_add_test_case gnupg_keys_work_binary_and_fail_with_a_passphrase
	atf_add_test_case without_state_nothing_is_remembered
	atf_add_test_case state_is_kept_from_call_to_call
	atf_add_test_case two_calls_at_once_let_one_message_pass
	atf_add_test_case parts_are_collected_into_a_mail
	atf_add_test_case the_first_part_of_a_number_stays
	atf_add_test_case incomplete_mails_are_given_up_after_four_days
	atf_add_test_case mail_that_must_not_go_out_is_destroyed_with_all_parts
	atf_add_test_case numbers_of_parts_are_bounded
	atf_add_test_case without_state_no_part_is_taken
	atf_add_test_case state_errors_exit_2
	atf_add_test_case no_output_when_the_record_cannot_be_kept
	atf_add_test_case output_errors_exit_2
	atf_add_test_case input_is_bounded_and_may_be_anything
	atf_add_test_case no_field_of_the_input_goes_on
}
