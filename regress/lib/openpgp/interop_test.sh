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

# lib/openpgp against GnuPG and Sequoia: each reads what the other made.  The
# tool in between is pgptool.c.

MIX_UID='Mix (mixtasy-mode:middleman) <mixtasy@mix.example>'
IN_A_MONTH=$(($(date +%s) + 30 * 86400))
MARCH_2024=1709251200

pgptool=$(atf_get_srcdir)/pgptool

# Every case has a keyring of its own, in its working directory, and ends its
# agent in its cleanup.  Should that not run, the agent ends with the directory.
use_gpg()
{
	GNUPGHOME=$(pwd)/gnupg
	export GNUPGHOME
	mkdir -m 700 "$GNUPGHOME"
	gpg='gpg --batch --quiet --no-tty --trust-model always'
	# Under this trust model gpg wants the file, but doesn't make it.
	gpg --batch --quiet --check-trustdb 2>/dev/null
}

end_gpg()
{
	[ ! -d gnupg ] || GNUPGHOME=$(pwd)/gnupg gpgconf --kill all
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

# fingerprints file: of the primary and the subkeys, as pgptool has them.
fingerprints()
{
	$gpg --show-keys --with-colons --with-subkey-fingerprint "$1" |
	    awk -F: '$1 == "fpr" { print tolower($10) }'
}

ours()
{
	"$pgptool" list "$(date +%s)" "$1" |
	    awk '$1 == "primary" || $1 == "subkey" { print $2 }'
}

same_fingerprints()
{
	ours "$1" >ours
	fingerprints "$1" >theirs
	atf_check -o not-empty cat ours
	atf_check -o file:ours cat theirs
}

atf_test_case gpg_reads_our_certificates cleanup
add_case gpg_reads_our_certificates 'public keys of both kinds'
gpg_reads_our_certificates_body()
{
	use_gpg
	for kind in ed25519 rsa; do
		atf_check "$pgptool" generate $kind "$MIX_UID" 0 pub sec
		atf_check $gpg --import pub
		same_fingerprints pub
		atf_check "$pgptool" generate $kind "$MIX_UID" \
		    "$IN_A_MONTH" pub sec
		atf_check $gpg --import pub
		fpr=$(ours pub | head -n 1)
		$gpg --list-keys --with-colons "$fpr" >listing
		# Capitals are what the whole certificate can do.
		atf_check -o inline:"$IN_A_MONTH c
" awk -F: '$1 == "pub" { gsub(/[A-Z]/, "", $12); print $7, $12 }' listing
		atf_check -o inline:"$IN_A_MONTH e
" awk -F: '$1 == "sub" { print $7, $12 }' listing
		atf_check -o match:'^uid:.*<mixtasy@mix.example>' cat listing
		# Nothing was left out for a bad signature.
		atf_check -o not-match:'^sig:[^!]' $gpg --check-sigs \
		    --with-colons "$fpr"
	done
}

atf_test_case gpg_opens_what_we_encrypt cleanup
add_case gpg_opens_what_we_encrypt 'secret keys, session keys, tag 9'
gpg_opens_what_we_encrypt_body()
{
	use_gpg
	for kind in ed25519 rsa; do
		atf_check "$pgptool" generate $kind "$MIX_UID" \
		    "$IN_A_MONTH" pub sec
		atf_check $gpg --import sec
		head -c 30000 /dev/urandom >plain
		"$pgptool" encrypt "$(date +%s)" pub <plain >message ||
		    atf_fail "$kind: encrypt"
		atf_check -o file:plain -e ignore $gpg --ignore-mdc-error \
		    --decrypt message
	done
}

atf_test_case we_open_what_gpg_encrypts cleanup
add_case we_open_what_gpg_encrypts 'our keys and its own, every cipher'
we_open_what_gpg_encrypts_body()
{
	use_gpg
	atf_check "$pgptool" generate ed25519 "$MIX_UID" 0 pub1 sec1
	atf_check "$pgptool" generate rsa "$MIX_UID" 0 pub2 sec2
	own_key future-default sec3
	own_key rsa2048 sec4
	cp pub3.asc pub3
	cp pub4.asc pub4
	head -c 30000 /dev/urandom >plain
	for n in 1 2 3 4; do
		atf_check $gpg --import pub$n
		fpr=$(ours pub$n | head -n 1)
		for cipher in AES AES192 AES256; do
			atf_check -e ignore $gpg --yes --rfc2440 -z 0 \
			    --cipher-algo $cipher -r "$fpr" -o message \
			    --encrypt plain
			"$pgptool" decrypt "$(date +%s)" sec$n <message \
			    >opened || atf_fail "key $n, $cipher"
			atf_check cmp plain opened
		done
	done
}

# own_key algorithm file: gpg makes a key; secN and pubN.asc beside it.
own_key()
{
	case $1 in
	future-default)
		primary=ed25519 sub=cv25519 ;;
	*)	primary=$1 sub=$1 ;;
	esac
	uid="$2 <$2@gpg.example>"
	atf_check -e ignore $gpg --passphrase '' --quick-gen-key "$uid" \
	    "$primary" cert 1y
	fpr=$($gpg --list-keys --with-colons "$2@gpg.example" |
	    awk -F: '$1 == "fpr" { print $10; exit }')
	atf_check -e ignore $gpg --passphrase '' --quick-add-key "$fpr" \
	    "$sub" encr 1m
	atf_check -e ignore $gpg --armor --output "$2" \
	    --export-secret-keys "$fpr"
	atf_check -e ignore $gpg --armor --output "pub${2#sec}.asc" \
	    --export "$fpr"
}

atf_test_case we_read_keys_of_gpg cleanup
add_case we_read_keys_of_gpg 'public and secret; subkeys alone'
we_read_keys_of_gpg_body()
{
	use_gpg
	for kind in future-default rsa2048 rsa3072; do
		rm -f sec1 pub1.asc
		atf_check -e ignore $gpg --delete-secret-and-public-key --yes \
		    $(awk '{ print $1 }' gone 2>/dev/null)
		own_key $kind sec1
		same_fingerprints pub1.asc
		same_fingerprints sec1
		echo "$fpr" >gone
		atf_check -o match:' usable$' "$pgptool" list \
		    "$(date +%s)" pub1.asc
		atf_check -o match:'^primary$' -o match:'^subkey' "$pgptool" \
		    secrets "$(date +%s)" sec1
		$gpg --armor --export-secret-subkeys "$fpr" >subs ||
		    atf_fail export
		atf_check -o match:'^no primary$' -o match:'^subkey' \
		    "$pgptool" secrets "$(date +%s)" subs
	done
}

atf_test_case we_obey_expiry_of_gpg cleanup
add_case we_obey_expiry_of_gpg 'a key of January 2024'
we_obey_expiry_of_gpg_body()
{
	use_gpg
	gpg="$gpg --faked-system-time 20240101T000000!"
	own_key future-default sec1
	atf_check -o match:'subkey .* usable$' "$pgptool" list 1704153600 \
	    pub1.asc
	# The subkey is past its month, the primary not past its year.
	atf_check -o not-match:usable -o match:'^subkey' "$pgptool" list \
	    $MARCH_2024 pub1.asc
	# Before it was made it is no key at all.
	atf_check -s exit:1 -e match:'no user id' "$pgptool" list 1704000000 \
	    pub1.asc
	# A new expiry prevails over the old one.
	gpg="${gpg%%--faked*}--faked-system-time 20240110T000000!"
	sub=$(ours pub1.asc | tail -n 1)
	atf_check -e ignore $gpg --quick-set-expire "$fpr" 3m "$sub"
	$gpg --armor --export "$fpr" >longer || atf_fail export
	atf_check -o match:'subkey .* usable$' "$pgptool" list $MARCH_2024 \
	    longer
}

atf_test_case we_obey_revocation_by_gpg cleanup
add_case we_obey_revocation_by_gpg 'of a subkey, of the primary'
we_obey_revocation_by_gpg_body()
{
	use_gpg
	own_key future-default sec1
	printf 'key 1\nrevkey\ny\n0\n\ny\nsave\n' | $gpg --command-fd 0 \
	    --edit-key "$fpr" >/dev/null 2>&1
	$gpg --armor --export "$fpr" >sub_revoked || atf_fail export
	atf_check -o match:'subkey .* revoked$' -o not-match:usable \
	    "$pgptool" list "$(date +%s)" sub_revoked

	sed 's/^:---/---/' "$GNUPGHOME/openpgp-revocs.d/$fpr.rev" >rev
	atf_check -e ignore $gpg --import rev
	$gpg --armor --export "$fpr" >revoked || atf_fail export
	atf_check -o match:'^primary .* revoked$' "$pgptool" list \
	    "$(date +%s)" revoked
	atf_check -o not-match:'^primary .* revoked$' "$pgptool" list \
	    "$(date +%s)" sub_revoked
}

atf_test_case gpg_obeys_our_revocation cleanup
add_case gpg_obeys_our_revocation 'of the primary'
gpg_obeys_our_revocation_body()
{
	use_gpg
	for kind in ed25519 rsa; do
		atf_check "$pgptool" generate $kind "$MIX_UID" 0 pub sec
		"$pgptool" revoke sec pub >revoked || atf_fail revoke
		atf_check -o match:' revoked$' "$pgptool" list \
		    "$(date +%s)" revoked
		atf_check $gpg --import revoked
		atf_check -o match:'^pub:r:' $gpg --list-keys --with-colons \
		    "$(ours pub | head -n 1)"
	done
}

atf_test_case we_refuse_a_passphrase cleanup
add_case we_refuse_a_passphrase 'a secret key under one is no secret to us'
we_refuse_a_passphrase_body()
{
	use_gpg
	atf_check -e ignore $gpg --pinentry-mode loopback --passphrase secret \
	    --quick-gen-key x@gpg.example ed25519 cert
	$gpg --pinentry-mode loopback --passphrase secret --armor \
	    --export-secret-keys >sec || atf_fail export
	atf_check -o match:'^primary' "$pgptool" list "$(date +%s)" sec
	atf_check -s exit:1 -e match:'no secret key' "$pgptool" secrets \
	    "$(date +%s)" sec
}

atf_test_case sq_reads_our_keys
sq_reads_our_keys_head()
{
	atf_set descr 'public and secret, whole and revoked'
	atf_set require.progs sq
}
sq_reads_our_keys_body()
{
	for kind in ed25519 rsa; do
		rm -f extracted
		atf_check "$pgptool" generate $kind "$MIX_UID" \
		    "$IN_A_MONTH" pub sec
		sq inspect pub >inspected || atf_fail inspect
		for fpr in $("$pgptool" list "$(date +%s)" pub |
		    awk '$1 != "uid" { print toupper($2) }'); do
			atf_check -o match:"$fpr" cat inspected
		done
		atf_check -o match:'certification' -o match:'encryption' \
		    -o match:"Expiration time: .*(creation time|valid)" \
		    -o match:'mixtasy@mix.example' \
		    -o not-match:'[Ii]nvalid|[Bb]ad' cat inspected
		atf_check -e ignore -o match:'Unencrypted' -o match:'Secret' \
		    sq inspect sec
		sq key extract-cert sec -o extracted || atf_fail extract
		"$pgptool" list "$(date +%s)" pub >list
		atf_check -o file:list "$pgptool" list "$(date +%s)" extracted
		"$pgptool" revoke sec pub >revoked || atf_fail revoke
		atf_check -e ignore -o match:Revoked sq inspect revoked
	done
}

# Newer versions call it a file.
recipient_option()
{
	if sq encrypt --help 2>&1 | grep -q -e --recipient-cert; then
		echo --recipient-cert
	else
		echo --recipient-file
	fi
}

atf_test_case we_read_keys_of_sq cleanup
add_case we_read_keys_of_sq 'public, secret, revoked, and a session key'
we_read_keys_of_sq_body()
{
	atf_require_prog sq
	use_gpg
	echo plain >plain
	for suite in cv25519 rsa3k; do
		rm -f sec pub rev rev.pgp
		atf_check -o ignore -e ignore sq key generate \
		    --cipher-suite $suite --userid 'x <x@sq.example>' \
		    --export sec --rev-cert rev
		sq key extract-cert sec -o pub || atf_fail extract
		same_fingerprints pub
		atf_check -o match:'usable$' "$pgptool" list "$(date +%s)" pub
		atf_check -o match:'^primary$' -o match:'^subkey' "$pgptool" \
		    secrets "$(date +%s)" sec
		# sq makes no tag 9; its session keys are ours to open.
		rm -f message
		atf_check -e ignore sq encrypt $(recipient_option) pub \
		    --binary -o message plain
		key=$("$pgptool" session "$(date +%s)" sec <message) ||
		    atf_fail "$suite: session"
		atf_check -o file:plain -e ignore $gpg \
		    --override-session-key "$key" --decrypt message
		# The revocation certificate that came along.
		atf_check $gpg --import pub
		sq dearmor rev -o rev.pgp || atf_fail dearmor
		atf_check -e ignore $gpg --import rev.pgp
		$gpg --armor --export "$(ours pub | head -n 1)" >revoked ||
		    atf_fail export
		atf_check -o match:'^primary .* revoked$' "$pgptool" list \
		    "$(date +%s)" revoked
	done
}

atf_init_test_cases()
{
	atf_add_test_case gpg_reads_our_certificates
	atf_add_test_case gpg_opens_what_we_encrypt
	atf_add_test_case we_open_what_gpg_encrypts
	atf_add_test_case we_read_keys_of_gpg
	atf_add_test_case we_obey_expiry_of_gpg
	atf_add_test_case we_obey_revocation_by_gpg
	atf_add_test_case gpg_obeys_our_revocation
	atf_add_test_case we_refuse_a_passphrase
	atf_add_test_case sq_reads_our_keys
	atf_add_test_case we_read_keys_of_sq
}
