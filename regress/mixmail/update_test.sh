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

# mixmail's own roster, from keyservers.  TOP is the tree.

. "$TOP/regress/mixmail/mailtest.sh"
. "$TOP/regress/keyserver.sh"

update_case()
{
	atf_test_case "$1" cleanup
	eval "${1}_head() {
		atf_set require.progs '$keyserver_progs $2'
		atf_set require.files '$keyserver_needs'
	}"
	eval "${1}_cleanup() { keyservers_stop; clean_gnupg; }"
}

fresh_home()
{
	# A socket's path has to be short.
	GNUPGHOME=$(mktemp -d /tmp/mixmail.XXXXXX)
	export GNUPGHOME
	echo "$GNUPGHOME" >gnupghome
	unset XDG_CACHE_HOME
	HOME=$PWD
	export HOME
	cache=$PWD/.cache/mixmail/roster
}

clean_gnupg()
{
	[ -f gnupghome ] || return 0
	GNUPGHOME=$(cat gnupghome) gpgconf --kill all
	rm -rf "$(cat gnupghome)"
}

gpg_quiet()
{
	gpg --batch --quiet --no-tty --yes --pinentry-mode loopback \
	    --passphrase= "$@" 2>gpg.err || atf_fail "gpg: $(cat gpg.err)"
}

# fpr_of NAME: the primary's of a key that make_key made.
fpr_of()
{
	cat "$1.fpr"
}

export_key()
{
	gpg_quiet --armor --export "$(fpr_of "$1")" >"$1.asc"
}

# make_key NAME UID [HOURS]: a key whose subkey of two days is as old.
make_key()
{
	_time=$(($(date +%s) - ${3:-1} * 3600))!
	gpg_quiet --status-fd 1 --faked-system-time $_time \
	    --quick-generate-key "$2" ed25519 cert 0 |
	    sed -n 's/.*KEY_CREATED P //p' >"$1.fpr"
	[ -s "$1.fpr" ] || atf_fail "gpg makes no key"
	gpg_quiet --faked-system-time $_time \
	    --quick-add-key "$(fpr_of "$1")" cv25519 encr 2d
	export_key "$1"
}

# make_mixes NAME...: NAME.asc of mixtasy@NAME.example.net
make_mixes()
{
	for _name; do
		make_key "$_name" "(mixtasy-mode:middleman,exitpublic) \
<mixtasy@$_name.example.net>" "$hours"
	done
}
hours=1

# add KEYSERVER NAME...
add()
{
	_server=$1
	shift
	for _name; do
		keyserver_add "$_server" "$_name.asc"
	done
}

# As it is used here.
mixmail="$TOP/mixmail/mixmail -C conf"

# Prints the mixes of the roster, and nothing else.
mixes()
{
	$mixmail -b -v 2>/dev/null | sed -n 's/^mix mixtasy@\([^.]*\).*/\1/p' |
	    tr '\n' ' '
}

check_mixes()
{
	[ "$(mixes)" = "$1 " ] || atf_fail "not \"$1\" but \"$(mixes)\""
}

update_case all_mixes_are_fetched_and_nobody_is_asked_when_sending
all_mixes_are_fetched_and_nobody_is_asked_when_sending_body()
{
	fresh_home
	keyserver_start one
	make_mixes a b c d
	make_key fan "Mixtasy Fan <fan@example.net>"
	add one a b c d fan
	make_conf "keyserver $keyserver"
	make_mail "To: b@example.com"
	check_fails 78 "there is no roster yet; run mixmail -u" $mixmail -n -t
	[ ! -f one/log ] || atf_fail "the keyserver was asked"
	atf_check $mixmail -u
	check_mixes "a b c d"
	# One search, and all of what it found.
	atf_check -o inline:"1\n" grep -c op=index one/log
	atf_check -o inline:"4\n" grep -c op=get one/log
	atf_check -o inline:"5\n" grep -c . one/log
	atf_check -o match:'^Remailer-Type' $mixmail -n -t <mail.eml
	atf_check -o match:'^mixes 4$' $mixmail -b
	atf_check -o inline:"5\n" grep -c . one/log
	atf_check -e match:"keys listed, 4 of them mixes, 4 certificates" \
	    -e match:"left out: 1: without a mix address" \
	    -e match:"$cache: 4 mixes that can be used" $mixmail -u -v
}

update_case a_revoked_mix_is_left_out_for_good
a_revoked_mix_is_left_out_for_good_body()
{
	fresh_home
	keyserver_start one
	make_mixes a b c d
	add one a b c d
	keyserver_start two
	add two a b c d
	two=$keyserver
	make_conf "keyserver hkp://127.0.0.1:$(cat one/port)"
	atf_check $mixmail -u
	sed 's/^:-----/-----/' "$GNUPGHOME/openpgp-revocs.d/$(fpr_of b).rev" \
	    >revocation
	gpg_quiet --import revocation
	export_key b
	add one b
	atf_check -e ignore $mixmail -u
	check_mixes "a c d"
	# One that hides the revocation doesn't bring it back.
	make_conf "keyserver $two"
	atf_check -e ignore $mixmail -u
	check_mixes "a c d"
	atf_check -e ignore $mixmail -u
	check_mixes "a c d"
}

update_case keyservers_that_disagree_are_told
keyservers_that_disagree_are_told_body()
{
	fresh_home
	make_mixes a b c d e
	keyserver_start one
	add one a b c d
	make_conf "keyserver $keyserver"
	keyserver_start two
	add two a c d e
	two=$keyserver
	echo "keyserver $two" >>conf
	atf_check -e match:"^mixmail: warning: the keyservers disagree: \
hkp://127.0.0.1:$(cat one/port) lacks 1 of 5 mixes" \
	    -e match:"^mixmail: warning: the keyservers disagree: \
$two lacks 1 of 5 mixes" $mixmail -u
	check_mixes "a b c d e"
	add one e
	add two b
	atf_check $mixmail -u
}

update_case a_keyserver_that_is_down_is_told
a_keyserver_that_is_down_is_told_body()
{
	fresh_home
	make_mixes a b c d
	keyserver_start one
	add one a b c d
	one=$keyserver
	keyserver_start two
	add two a b c d
	make_conf "keyserver $one" "keyserver $keyserver"
	atf_check $mixmail -u
	cp "$cache" before
	keyserver_stop one
	atf_check -e match:"^mixmail: warning: the keyserver $one: .*onnect" \
	    $mixmail -u
	$mixmail -u 2>&1 | wc -l | grep -q '^ *1$' || atf_fail "not one line"
	check_mixes "a b c d"
	keyserver_stop two
	atf_check -s exit:75 -e match:"^mixmail: no keyserver could be asked; \
the roster stays as it was" -e match:"warning: the keyserver $one" \
	    -e match:"warning: the keyserver $keyserver" \
	    -e not-match:shrinks $mixmail -u
	atf_check cmp before "$cache"
	[ "$(ls .cache/mixmail)" = roster ] || atf_fail "something was left"
}

update_case a_roster_that_shrinks_is_told_and_filled_up
a_roster_that_shrinks_is_told_and_filled_up_body()
{
	fresh_home
	make_mixes a b c d e
	keyserver_start one
	add one a b c d e
	make_conf "keyserver $keyserver"
	atf_check $mixmail -u
	keyserver_start less
	add less a b c d
	make_conf "keyserver $keyserver"
	atf_check $mixmail -u
	check_mixes "a b c d e"
	keyserver_start few
	add few a b c
	make_conf "keyserver $keyserver"
	atf_check -e match:"^mixmail: warning: the roster shrinks: 3 of 5 \
mixes are left" $mixmail -u
	check_mixes "a b c d e"
	# None at all changes nothing.
	cp "$cache" before
	keyserver_start none
	make_conf "keyserver $keyserver"
	atf_check -s exit:69 -e match:"the roster shrinks: 0 of 5" \
	    -e match:"^mixmail: no keyserver has a mix that can be used; the \
roster stays as it was" $mixmail -u
	atf_check cmp before "$cache"
}

update_case an_old_roster_is_told_with_what_to_do
an_old_roster_is_told_with_what_to_do_body()
{
	fresh_home
	hours=33
	make_mixes a b c d
	keyserver_start one
	add one a b c d
	make_conf "keyserver $keyserver"
	make_mail "To: b@example.com"
	atf_check $mixmail -u
	atf_check -o not-empty -e match:"^mixmail: warning: the roster $cache \
is old: the newest key in it is of .* UTC; run mixmail -u$" $mixmail -n -t \
	    <mail.eml
	gpg_quiet --quick-add-key "$(fpr_of a)" cv25519 encr 2d
	export_key a
	add one a
	atf_check $mixmail -u
	atf_check -o not-empty $mixmail -n -t <mail.eml
}

# The cache is counted as of the time when it was written.
update_case a_cache_of_long_ago_tells_of_shrinking_too
a_cache_of_long_ago_tells_of_shrinking_too_body()
{
	fresh_home
	hours=2000
	make_mixes a b c d
	mkdir -p .cache/mixmail
	for _name in a b c d; do
		gpg_quiet --export "$(fpr_of $_name)"
	done >"$cache"
	touch -d "@$(($(date +%s) - 1999 * 3600))" "$cache" 2>/dev/null ||
	    atf_skip "touch knows no @"
	hours=1
	make_mixes new
	keyserver_start two
	add two new
	make_conf "keyserver $keyserver"
	atf_check -e match:"the roster shrinks: 1 of 4 mixes are left" \
	    $mixmail -u
	check_mixes new
}

# add_many KEYSERVER N DOMAIN: so many mixes, made fast, and added at once.
add_many()
{
	_i=0
	while [ $_i -lt "$2" ]; do
		"$TOP/regress/lib/openpgp/pgptool" generate ed25519 \
		    "<mixtasy@n$_i.$3>" 0 many.asc many.sec >/dev/null ||
		    atf_fail "pgptool"
		cat many.asc
		_i=$((_i + 1))
	done >blocks
	gpg_quiet --import blocks
	gpg_quiet --armor --export "$3" >block
	keyserver_add "$1" block
}

# onak stops at its limit and doesn't say so.
update_case a_list_that_is_cut_off_is_searched_in_parts
a_list_that_is_cut_off_is_searched_in_parts_body()
{
	fresh_home
	keyserver_max=100
	keyserver_start one
	add_many one 70 example.net
	add_many one 40 example.org
	make_conf "keyserver $keyserver"
	atf_check -e match:"^mixmail: warning: the keyserver $keyserver cuts \
its list off: there may be mixes that it doesn't tell of" $mixmail -u
	atf_check -o match:'^mixes 110$' $mixmail -b
	atf_check -o match:'search=mixtasy%20org ' cat one/log
	# What it doesn't list any more is asked for again.
	add_many one 40 sub.example.net
	: >one/log
	atf_check -e match:"cuts its list off" $mixmail -u
	$mixmail -b -v | sed -n 's/^mix mixtasy@\([^ ]*\) .*/\1/p' >known
	atf_check -o inline:"70\n" grep -c '^n[0-9]*.example.net' known
	atf_check -o inline:"40\n" grep -c '^n[0-9]*.example.org' known
	_gets=$(grep -c op=get one/log)
	[ "$_gets" -ge 110 ] || atf_fail "only $_gets were asked for"
}

update_case keyservers_are_asked_by_the_proxy microsocks
keyservers_are_asked_by_the_proxy_body()
{
	fresh_home
	make_mixes a b c d
	keyserver_start one
	add one a b c d
	socks_start
	make_conf "keyserver hkp://localhost:$port" \
	    "proxy 127.0.0.1 port $socks"
	atf_check $mixmail -u
	check_mixes "a b c d"
	atf_check -o match:"localhost:$port" cat socks.log
	cp one/log before
	kill "$(cat socks.pid)"
	atf_check -s exit:75 -e match:"^mixmail: no keyserver could be asked" \
	    $mixmail -u
	atf_check cmp before one/log
}

update_case keyservers_with_tls_are_checked openssl
keyservers_with_tls_are_checked_body()
{
	fresh_home
	openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem \
	    -out cert.pem -days 2 -subj /CN=localhost \
	    -addext subjectAltName=DNS:localhost 2>/dev/null ||
	    atf_fail "openssl makes no certificate"
	openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key \
	    -out other.pem -days 2 -subj /CN=other 2>/dev/null
	make_mixes a b c d
	keyserver_start one
	add one a b c d
	keyserver_stop one
	keyserver_run one -c "$PWD/one/cgi" -k key.pem -x cert.pem
	make_conf "keyserver hkps://localhost:$port" \
	    "ca file \"$PWD/cert.pem\""
	atf_check $mixmail -u
	check_mixes "a b c d"
	make_conf "keyserver hkps://localhost:$port" \
	    "ca file \"$PWD/other.pem\""
	atf_check -s exit:75 -e match:"hkps://localhost:$port: .*certificate" \
	    -e match:"^mixmail: no keyserver could be asked" $mixmail -u
	make_conf "keyserver hkps://localhost:$port" "ca file \"$PWD/none\""
	atf_check -s exit:78 -e match:"^mixmail: the trusted certificates \
can't be read" $mixmail -u
}

# hockeypuck_lists SERVER NAME...: its index, and the certificates.
hockeypuck_lists()
{
	_server=$1
	shift
	{
		printf 'HTTP/1.1 200 OK\r\nConnection: close\r\n'
		printf 'Content-Type: text/plain\r\n\r\n'
		echo "info:1:$#"
		for _name; do
			echo "pub:$(fpr_of "$_name"):22:263:1595450677::"
			echo "uid:(mixtasy-mode%3amiddleman,exitpublic)" \
			    "<mixtasy@$_name.example.net>:1595450677::"
		done
	} >"$_server/www/mixtasy"
	for _name; do
		{
			printf 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n'
			cat "$_name.asc"
		} >"$_server/www/0x$(fpr_of "$_name")"
	done
}

update_case answers_in_the_form_of_hockeypuck_are_understood
answers_in_the_form_of_hockeypuck_are_understood_body()
{
	fresh_home
	make_mixes a b c d e
	keyserver_files puck
	hockeypuck_lists puck a b c d e
	# Listed, but not there; and another in its place.
	rm "puck/www/0x$(fpr_of d)"
	cp "puck/www/0x$(fpr_of a)" "puck/www/0x$(fpr_of e)"
	make_conf "keyserver $keyserver"
	atf_check -e match:"left out: 1: listed but not given" \
	    -e match:"left out: 1: other keys than asked for" $mixmail -u -v
	check_mixes "a b c"
}

update_case answers_that_are_hostile_change_nothing
answers_that_are_hostile_change_nothing_body()
{
	fresh_home
	make_mixes a b c d
	keyserver_start one
	add one a b c d
	make_conf "keyserver $keyserver"
	atf_check $mixmail -u
	cp "$cache" before
	keyserver_files bad
	make_conf "keyserver $keyserver"
	# An index without an end.
	{
		printf 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n'
		awk 'BEGIN { for (; n < 100000; n++)
			printf "pub:%040d:22:255:1::\nuid:x\n", n }'
	} >bad/www/mixtasy
	atf_check -s exit:75 -e match:"its answer to a search is not an index" \
	    -e match:"no keyserver could be asked" $mixmail -u
	printf 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<html>hotel' \
	    >bad/www/mixtasy
	atf_check -s exit:75 -e match:"its answer to a search is not an index" \
	    $mixmail -u
	# A mix whose certificate has no end.
	hockeypuck_lists bad a
	{
		printf 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n'
		sed '/^-----END/d' a.asc
		awk 'BEGIN { for (; n < 40000; n++) printf "%064d\n", 0 }'
	} >"bad/www/0x$(fpr_of a)"
	atf_check -s exit:69 -e match:"left out: 1: too large" \
	    -e match:"no keyserver has a mix that can be used" $mixmail -u -v
	atf_check cmp before "$cache"
}

# certify NAME MIX
certify()
{
	gpg_quiet --default-cert-level 3 --no-ask-cert-level --local-user \
	    "$(fpr_of "$1")" --quick-sign-key "$(fpr_of "$2")" >/dev/null
	export_key "$2"
}

update_case neutral_keys_rank_mixes
neutral_keys_rank_mixes_body()
{
	fresh_home
	make_mixes a b c d
	make_key neutral "Somebody neutral <neutral@example.org>"
	make_key nobody "Nobody <nobody@example.org>"
	certify neutral b
	certify nobody c
	keyserver_start one
	add one a b c d
	make_conf "keyserver $keyserver" "trust \"$PWD/neutral.asc\""
	atf_check $mixmail -u
	atf_check -e ignore -o match:"^mix mixtasy@a.example.net \
middleman,exitpublic unranked until 20" -o match:"^mix mixtasy@b.example.net \
middleman,exitpublic positive until 20" -o match:"^mix mixtasy@c.example.net \
middleman,exitpublic unranked until 20" $mixmail -b -v
	make_conf "keyserver $keyserver"
	atf_check -e ignore -o match:'mixtasy@b.example.net .* unranked' \
	    $mixmail -b -v
	# The digest is the same for all, whomever they trust.
	atf_check -o save:digest $mixmail -b
	echo "trust \"$PWD/neutral.asc\"" >>conf
	atf_check -o file:digest $mixmail -b
	echo "trust \"$PWD/none\"" >>conf
	atf_check -s exit:78 -e match:"the neutral keys can't be read" \
	    $mixmail -b
}

# Somebody uploads a key for the address of each mix.
update_case mixes_that_are_ranked_keep_their_addresses
mixes_that_are_ranked_keep_their_addresses_body()
{
	fresh_home
	make_mixes a b c d
	make_key neutral "Somebody neutral <neutral@example.org>"
	for _name in a b c; do
		certify neutral $_name
	done
	keyserver_start one
	add one a b c d
	for _name in a b c d; do
		make_key "false$_name" "<mixtasy@$_name.example.net>" 2
	done
	add one falsea falseb falsec falsed
	make_conf "keyserver $keyserver"
	atf_check -s exit:69 -e match:"no keyserver has a mix that can be \
used" $mixmail -u
	make_conf "keyserver $keyserver" "trust \"$PWD/neutral.asc\""
	atf_check $mixmail -u
	check_mixes "a b c"
	atf_check -o match:"^mixes 3$" \
	    -e match:"left out: [0-9]: another primary key claims the same" \
	    $mixmail -b -v
}

update_case the_cache_is_beside_the_files
the_cache_is_beside_the_files_body()
{
	fresh_home
	make_mixes a b c d
	keyserver_start one
	add one a b
	make_conf "keyserver $keyserver" "cache \"$PWD/deep/er/cache\"" \
	    "roster \"$PWD/files\""
	mkdir files
	cp c.asc d.asc files/
	atf_check $mixmail -u
	check_mixes "a b c d"
	[ -s deep/er/cache ] || atf_fail "no cache"
	atf_check -o match:'^mixes 2$' -e match:fewer $mixmail -R files -b
	# Keys of others for an address: a file's isn't taken away.
	for _name in b c; do
		make_key "false$_name" "<mixtasy@$_name.example.net>"
	done
	add one falseb falsec
	atf_check $mixmail -u
	check_mixes "a c d"
	add one c
	atf_check -e match:"the roster shrinks: 1 of 2" $mixmail -u
	check_mixes "a c d"
	make_conf "keyserver $keyserver"
	atf_check env XDG_CACHE_HOME="$PWD/xdg" $mixmail -u
	[ -s xdg/mixmail/roster ] || atf_fail "no cache in XDG_CACHE_HOME"
	mkdir -p locked/roster
	make_conf "keyserver $keyserver" "cache \"$PWD/locked/roster\""
	atf_check -s not-exit:0 -e match:"^mixmail: the roster can't be" \
	    $mixmail -u
}

atf_test_case wrong_keyservers_are_78
wrong_keyservers_are_78_body()
{
	make_conf
	make_mail "To: b@example.com"
	check_fails 78 "no keyserver is configured" $mixmail -u
	for _line in "keyserver ldap://keys.example.org" \
	    "keyserver keys.example.org" "proxy 127.0.0.1 9050" \
	    "proxy 127.0.0.1 port 0" "cache relative" "trust relative"; do
		make_conf "$_line"
		check_fails 78 "conf:1: " $mixmail -u
	done
	for _n in 1 2 3 4 5 6 7 8 9; do
		echo "keyserver hkps://keys$_n.example.org"
	done >conf
	check_fails 78 "conf:9: too many keyservers" $mixmail -u
}

atf_init_test_cases()
{
	atf_add_test_case all_mixes_are_fetched_and_nobody_is_asked_when_sending
	atf_add_test_case a_revoked_mix_is_left_out_for_good
	atf_add_test_case keyservers_that_disagree_are_told
	atf_add_test_case a_keyserver_that_is_down_is_told
	atf_add_test_case a_roster_that_shrinks_is_told_and_filled_up
	atf_add_test_case an_old_roster_is_told_with_what_to_do
	atf_add_test_case a_cache_of_long_ago_tells_of_shrinking_too
	atf_add_test_case a_list_that_is_cut_off_is_searched_in_parts
	atf_add_test_case keyservers_are_asked_by_the_proxy
	atf_add_test_case keyservers_with_tls_are_checked
	atf_add_test_case answers_in_the_form_of_hockeypuck_are_understood
	atf_add_test_case answers_that_are_hostile_change_nothing
	atf_add_test_case neutral_keys_rank_mixes
	atf_add_test_case mixes_that_are_ranked_keep_their_addresses
	atf_add_test_case the_cache_is_beside_the_files
	atf_add_test_case wrong_keyservers_are_78
}
