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

# Certifications by GnuPG and Sequoia, as lib/openpgp sees them.  The tool in
# between is pgptool.c.

MIX_UID='Mix (mixtasy-mode:middleman) <mixtasy@mix.example>'
pgptool=$(atf_get_srcdir)/pgptool
DAY=86400
JANUARY=1704067200	# 2024-01-01, when all begins

# at day [hour]: the time, and gpg at that time
at()
{
	now=$((JANUARY + $1 * DAY + ${2:-0} * 3600))
	options='--quiet --no-tty --trust-model always --passphrase-file empty'
	options="$options --pinentry-mode loopback --faked-system-time $now!"
	gpg="gpg --batch $options"
}

# Every case has a keyring of its own, in its working directory, and ends its
# agent in its cleanup.  Should that not run, the agent ends with the directory.
use_gpg()
{
	GNUPGHOME=$(pwd)/gnupg
	export GNUPGHOME
	mkdir -m 700 "$GNUPGHOME"
	: >empty
	gpg --batch --quiet --check-trustdb 2>/dev/null
	at 0
	new_key "$MIX_UID" ed25519
	mix=$fpr
	atf_check -e ignore $gpg --quick-add-key "$mix" cv25519 encr 1y
}

# new_key uid algorithm [expiry]: its fingerprint in fpr
new_key()
{
	atf_check -e ignore $gpg --quick-gen-key "$1" "$2" cert "${3:-1y}"
	fpr=$($gpg --list-keys --with-colons "=$1" 2>/dev/null |
	    awk -F: '$1 == "fpr" { print $10; exit }')
}

end_gpg()
{
	[ ! -d gnupg ] || GNUPGHOME=$(pwd)/gnupg gpgconf --kill all
}

# sign truster level [option ...]: gpg certifies the mix.
sign()
{
	signer=$1 level=$2
	shift 2
	atf_check -e ignore -o ignore $gpg -u "$signer" \
	    --default-cert-level "$level" "$@" --quick-sign-key "$mix"
}

# sign_again truster level: of what was signed before, gpg has to be asked.
sign_again()
{
	printf 'y\ny\ny\n' | gpg $options --command-fd 0 -u "$1" --expert \
	    --no-ask-cert-level --default-cert-level "$2" --sign-key "$mix" \
	    >/dev/null 2>&1 || atf_fail "sign again"
}

# opinion truster answer
opinion()
{
	$gpg --armor --export-options export-local-sigs --export "$mix" \
	    >mix.asc 2>/dev/null || atf_fail export
	$gpg --armor --export "$1" >truster.asc 2>/dev/null || atf_fail export
	atf_check -o inline:"$2\n" "$pgptool" opinion "$now" mix.asc \
	    truster.asc
}

# add_case name description: a case that needs gpg.
add_case()
{
	eval "$1_head()
	{
		atf_set descr '$2'
		atf_set require.progs 'gpg gpgconf'
	}
	$1_cleanup()
	{
		end_gpg
	}"
}

atf_test_case classes_are_those_of_gpg cleanup
add_case classes_are_those_of_gpg 'levels 0 to 3, keys of each kind'
classes_are_those_of_gpg_body()
{
	use_gpg
	for kind in ed25519/0 ed25519/1 rsa2048/2 nistp256/3; do
		new_key "$kind <n@neutral.example>" ${kind%/*}
		opinion "$fpr" none
		sign "$fpr" ${kind#*/}
		opinion "$fpr" "1${kind#*/} 0"
	done
}

atf_test_case long_rsa_keys_certify cleanup
add_case long_rsa_keys_certify '3072 and 4096 bits, each hash'
long_rsa_keys_certify_body()
{
	use_gpg
	for kind in rsa3072/SHA384 rsa4096/SHA512; do
		new_key "$kind <n@neutral.example>" ${kind%/*}
		sign "$fpr" 2 --cert-digest-algo ${kind#*/}
		opinion "$fpr" '12 0'
	done
}

atf_test_case sha1_does_not_count cleanup
add_case sha1_does_not_count 'a certification with SHA-1'
sha1_does_not_count_body()
{
	use_gpg
	new_key 'N <n@neutral.example>' rsa2048
	sign "$fpr" 3 --cert-digest-algo SHA1 --allow-weak-key-signatures
	opinion "$fpr" none
	# It is there.
	atf_check -o match:'digest algo 2,' gpg --list-packets mix.asc
}

atf_test_case certifications_expire cleanup
add_case certifications_expire 'of ten days'
certifications_expire_body()
{
	use_gpg
	new_key 'N <n@neutral.example>' ed25519
	at 1
	sign "$fpr" 3 --default-cert-expire 10d
	end=$((now + 10 * DAY))
	opinion "$fpr" "13 $end"
	at 10 23
	opinion "$fpr" "13 $end"
	at 11
	opinion "$fpr" none
}

atf_test_case certifications_are_revoked_and_renewed cleanup
add_case certifications_are_revoked_and_renewed 'class 0x30, then again'
certifications_are_revoked_and_renewed_body()
{
	use_gpg
	new_key 'N <n@neutral.example>' ed25519
	new_key 'O <o@neutral.example>' ed25519
	other=$fpr
	fpr=$($gpg --list-keys --with-colons n@neutral.example 2>/dev/null |
	    awk -F: '$1 == "fpr" { print $10; exit }')
	at 1
	sign "$fpr" 3
	sign "$other" 2
	at 2
	atf_check -e ignore $gpg --quick-revoke-sig "$mix" "$fpr"
	opinion "$fpr" none
	opinion "$other" '12 0'
	at 1 12
	opinion "$fpr" '13 0'
	at 3
	sign_again "$fpr" 1
	opinion "$fpr" '11 0'
}

atf_test_case local_certifications_do_not_count cleanup
add_case local_certifications_do_not_count 'lsign'
local_certifications_do_not_count_body()
{
	use_gpg
	new_key 'N <n@neutral.example>' ed25519
	atf_check -e ignore -o ignore $gpg -u "$fpr" --default-cert-level 3 \
	    --quick-lsign-key "$mix"
	opinion "$fpr" none
	# It is there.
	atf_check -o match:'subpkt 4 len 1 .not exportable' gpg \
	    --list-packets mix.asc
}

atf_test_case keys_that_are_over_certify_nothing cleanup
add_case keys_that_are_over_certify_nothing 'expired, extended, revoked'
keys_that_are_over_certify_nothing_body()
{
	use_gpg
	new_key 'N <n@neutral.example>' ed25519 10d
	sign "$fpr" 3
	at 9
	opinion "$fpr" '13 0'
	at 10
	opinion "$fpr" none
	atf_check -e ignore $gpg --quick-set-expire "$fpr" 20d
	opinion "$fpr" '13 0'
	at 11
	sed 's/^:---/---/' "$GNUPGHOME/openpgp-revocs.d/$fpr.rev" >rev
	atf_check -e ignore $gpg --import rev
	opinion "$fpr" none
}

atf_test_case other_user_ids_are_not_meant cleanup
add_case other_user_ids_are_not_meant 'a new one, and the old one certified'
other_user_ids_are_not_meant_body()
{
	use_gpg
	new_key 'N <n@neutral.example>' ed25519
	sign "$fpr" 3
	opinion "$fpr" '13 0'
	at 1
	new='Mix (mixtasy-mode:exitpublic) <mixtasy@mix.example>'
	atf_check -e ignore $gpg --quick-add-uid "$mix" "$new"
	at 2
	atf_check -e ignore $gpg --quick-revoke-uid "$mix" "$MIX_UID"
	opinion "$fpr" none
	atf_check -o match:'^uid.*exitpublic' "$pgptool" list "$now" mix.asc
}

atf_test_case sq_certifies
sq_certifies_head()
{
	atf_set descr 'Sequoia signs for some time'
	atf_set require.progs sq
}
sq_certifies_body()
{
	# Other versions have other commands.
	sq certify --help >/dev/null 2>&1 || atf_skip "no sq certify"
	"$pgptool" generate ed25519 "$MIX_UID" 0 mix sec || atf_fail generate
	for suite in cv25519 rsa3k; do
		rm -f key rev truster signed
		atf_check -o ignore -e ignore sq key generate \
		    --cipher-suite $suite --userid 'x <x@sq.example>' \
		    --export key --rev-cert rev
		sq key extract-cert key -o truster || atf_fail extract
		atf_check -e ignore sq certify --expires-in 10d -o signed \
		    key mix "$MIX_UID"
		now=$(date +%s)
		atf_check -o inline:'none\n' "$pgptool" opinion "$now" mix \
		    truster
		atf_check -o match:'^10 [1-9]' "$pgptool" opinion "$now" \
		    signed truster
		atf_check -o inline:'none\n' "$pgptool" opinion \
		    $((now + 11 * DAY)) signed truster
	done
}

atf_init_test_cases()
{
	atf_add_test_case classes_are_those_of_gpg
	atf_add_test_case long_rsa_keys_certify
	atf_add_test_case sha1_does_not_count
	atf_add_test_case certifications_expire
	atf_add_test_case certifications_are_revoked_and_renewed
	atf_add_test_case local_certifications_do_not_count
	atf_add_test_case keys_that_are_over_certify_nothing
	atf_add_test_case other_user_ids_are_not_meant
	atf_add_test_case sq_certifies
}
