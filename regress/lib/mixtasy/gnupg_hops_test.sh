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

# GnuPG, with the secret keys of the vectors, opens what we seal: at every hop,
# without a complaint but the one about the missing integrity protection.

sealtool=$(atf_get_srcdir)/sealtool
keys=$(cd "$(atf_get_srcdir)/../../vectors/mixtasy-v1/keys" && pwd)

use_gpg()
{
	# A socket's path has to be short.
	GNUPGHOME=$(mktemp -d /tmp/pgp.XXXXXX)
	export GNUPGHOME
	echo "$GNUPGHOME" >gnupghome
	for mix; do
		gpg --batch --quiet --import "$keys/mix$mix.sec.asc" ||
		    atf_fail "gpg does not take the key of mix $mix"
	done
}

end_gpg()
{
	[ -f gnupghome ] || return 0
	GNUPGHOME=$(cat gnupghome) gpgconf --kill all
	rm -rf "$(cat gnupghome)"
}

add_case()
{
	eval "$1_head()
	{
		atf_set descr '$2'
		atf_set require.progs 'gpg gpgconf sha1sum'
	}
	$1_cleanup()
	{
		end_gpg
	}"
}

certs()
{
	for mix; do
		echo "$keys/mix$mix.pub.asc"
	done
}

# open file: decrypts to plain, verifies, and splits it into header and body.
open()
{
	gpg --batch --ignore-mdc-error --decrypt "$1" >plain 2>gpg.err ||
	    atf_fail "gpg: $(cat gpg.err)"
	atf_check_equal "gpg: WARNING: message was not integrity protected" \
	    "$(grep -v -e 'encrypted with' -e mixtasy@ gpg.err)"
	atf_check_equal \
	    "$(tail -c +57 plain | head -c 20480 | sha1sum | cut -c1-40)" \
	    "$(head -n 1 plain | cut -c15-54)"
	"$sealtool" header <plain >header
	"$sealtool" body <plain >body
}

# intermediate mix next: what a header in between has to be.
intermediate()
{
	printf '%s\n' "From: mixtasy@node$1.example.net" \
	    "Remailer-Type: Mixtasy v1" "To: mixtasy@node$2.example.net"
}

# walk mix ...: opens the message in sealed; the last header stays.
walk()
{
	cp sealed next
	while [ $# -gt 1 ]; do
		open next
		atf_check_equal "$(intermediate "$1" "$2")" \
		    "$(tail -n +2 header)"
		mv body next
		shift
	done
	open next
}

# check_final type: what the header of the last one has to be.
check_final()
{
	atf_check -o match:'^Mixtasy-ID: <[A-Z2-7]*@mixtasy.invalid>$' \
	    sed -n 2p header
	atf_check -o inline:"Mixtasy-Type: $1\nRemailer-Type: Mixtasy v1\n" \
	    tail -n +3 header
}

# carry file mix ...: seals a mail for the mixes, and compares what arrives.
carry()
{
	mail=$1
	shift
	use_gpg "$@"
	# shellcheck disable=SC2046 # the paths have no blanks
	atf_check -o save:sealed "$sealtool" seal $(certs "$@") <"$mail"
	walk "$@"
	check_final singlepart
	atf_check -o file:"$mail" gpg --batch --quiet --decrypt body
}

atf_test_case gnupg_opens_four_hops_with_rsa cleanup
add_case gnupg_opens_four_hops_with_rsa 'four RSA subkeys'
gnupg_opens_four_hops_with_rsa_body()
{
	printf 'To: frank@rcpt.example.org\r\n\r\nHello \r\n \r\n' >mail
	carry mail 1 2 3 4
}

atf_test_case gnupg_opens_four_hops_with_curve25519 cleanup
add_case gnupg_opens_four_hops_with_curve25519 'four Curve25519 subkeys'
gnupg_opens_four_hops_with_curve25519_body()
{
	printf 'To: frank@rcpt.example.org\r\n\r\nHello \r\n \r\n' >mail
	carry mail 5 6 7 8
}

atf_test_case gnupg_opens_mixed_hops_with_a_large_mail cleanup
add_case gnupg_opens_mixed_hops_with_a_large_mail 'both kinds, 20,000 octets'
gnupg_opens_mixed_hops_with_a_large_mail_body()
{
	printf 'To: frank@rcpt.example.org\r\n\r\n' >mail
	head -c 19970 /dev/urandom >>mail
	carry mail 5 1 6 2
}

atf_test_case gnupg_opens_eight_hops cleanup
add_case gnupg_opens_eight_hops 'the longest path'
gnupg_opens_eight_hops_body()
{
	printf 'To: frank@rcpt.example.org\r\n\r\nHello\r\n' >mail
	carry mail 1 2 3 4 5 6 7 8
}

atf_test_case gnupg_opens_a_dummy cleanup
add_case gnupg_opens_a_dummy 'a dummy over two hops'
gnupg_opens_a_dummy_body()
{
	use_gpg 1 5
	# shellcheck disable=SC2046
	atf_check -o save:sealed "$sealtool" dummy $(certs 1 5)
	walk 1 5
	check_final dummy
}

atf_init_test_cases()
{
	atf_add_test_case gnupg_opens_four_hops_with_rsa
	atf_add_test_case gnupg_opens_four_hops_with_curve25519
	atf_add_test_case gnupg_opens_mixed_hops_with_a_large_mail
	atf_add_test_case gnupg_opens_eight_hops
	atf_add_test_case gnupg_opens_a_dummy
}
