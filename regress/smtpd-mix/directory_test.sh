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

# Mixes that find each other by keyservers: real ones (onak), ones that lie,
# ones that are gone; by a proxy; ranked by neutral keys.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/smtpd-mix/nettest.sh"
. "$TOP/regress/keyserver.sh"

EVERY="every 2s"
DUMMIES="dummies flush 1 to 1 timer 1 to 2"

# dir_test_case NAME [PROGRAM...]: with a real keyserver.
dir_test_case()
{
	atf_test_case "$1" cleanup
	_name=$1
	shift
	eval "${_name}_head()
	{
		atf_set require.progs '$keyserver_progs $*'
		atf_set require.files '$keyserver_needs'
	}
	${_name}_cleanup()
	{
		keyservers_stop
		nettest_end
	}"
}

# mix_conf N LINE...: a quick one without files, that makes no dummies.
mix_conf()
{
	_mix=$1
	shift
	net_conf "$_mix" "$FAST" "$RETRY" "$NO_DUMMIES" \
	    "trust \"$NET/trust\"" "$@"
}

# show N PATH: a value of "mixctl directory -j" outside of its lists.
show()
{
	net_mixctl "$1" directory -j 2>/dev/null | net_json_value "$2"
}

# show_of N KEY VALUE NAME: what stands as NAME beside KEY: VALUE in a list.
show_of()
{
	net_mixctl "$1" directory -j 2>/dev/null | awk -v key="\"$2\":" \
	    -v value="\"$3\"," -v name="\"$4\":" '
	$1 == key { found = $2 == value }
	found && $1 == name {
		sub(/^[^:]*: /, "")
		sub(/,$/, "")
		print
		exit
	}'
}

# shows N PATH VALUE, shows_of N KEY VALUE NAME VALUE: for await.
shows()
{
	[ "$(show "$1" "$2")" = "$3" ]
}

shows_of()
{
	[ "$(show_of "$1" "$2" "$3" "$4")" = "$5" ]
}

warns()
{
	net_mixctl "$1" directory | grep -q "^WARNING: .*$2"
}

# How often the log of a mix says something.
said()
{
	grep -c -- "$2" "$NET/mix$1/log"
}

# A key by GnuPG: new_key HOME UID; keys are in $fpr.
new_key()
{
	mkdir -p "$1"
	chmod 700 "$1"
	gpg --homedir "$1" --batch --quiet --passphrase '' \
	    --quick-generate-key "$2" ed25519 cert never 2>>gpg.log ||
	    atf_fail "gpg makes no key"
	fpr=$(gpg --homedir "$1" --batch --with-colons --list-keys "$2" \
	    2>>gpg.log | awk -F: '$1 == "fpr" { print $10; exit }')
}

# A mix's certificate by GnuPG, with a subkey: new_mix HOME ADDRESS
new_mix()
{
	new_key "$1" "${2#*@} (mixtasy-mode:middleman) <$2>"
	gpg --homedir "$1" --batch --quiet --passphrase '' --quick-add-key \
	    "$fpr" cv25519 encr 2d 2>>gpg.log || atf_fail "gpg adds no subkey"
}

export_key()
{
	gpg --homedir "$1" --batch --armor --export "$2" 2>>gpg.log
}

gpg_end()
{
	for _home; do
		gpgconf --homedir "$_home" --kill all 2>/dev/null
	done
	return 0
}

dir_test_case two_mixes_find_each_other_and_dummies_flow
two_mixes_find_each_other_and_dummies_flow_body()
{
	nettest_begin
	keyserver_start ks
	for _n in 1 2; do
		net_conf $_n "$RETRY" "hop delay 8s" "$DUMMIES" \
		    "pool interval 1s minimum 0 threshold 1 rate 1.0" \
		    "directory keyserver \"$keyserver\" $EVERY"
	done
	net_start 1 2 || atf_fail "see above"
	for _n in 1 2; do
		await 30 "mix $_n publishes" figure_is $_n \
		    directory.published 1
		await 30 "mix $_n finds both" figure_is $_n directory.mixes 2
		await 10 "seal has them" figure_is $_n roster.mixes 2
	done
	for _n in 1 2; do
		await 30 "mix $_n gets dummies" \
		    figure_from $_n messages.dummies_received 1
	done
	atf_check_equal '"ok"' \
	    "$(show_of 1 address "mixtasy@$(net_name 2)" state)"
	_old=$(show_of 1 address "mixtasy@$(net_name 2)" subkey_expires)
	sleep 1
	net_mixctl 2 rotate 2>/dev/null || atf_fail "no rotation"
	net_mixctl 2 cert | gpg --show-keys --with-colons 2>/dev/null |
	    awk -F: '$1 == "sub" { print $7 }' | sort -n | tail -n 1 >new
	[ "$(cat new)" -gt "$_old" ] || atf_fail "no new subkey"
	await 30 "mix 1 knows the new subkey" shows_of 1 address \
	    "mixtasy@$(net_name 2)" subkey_expires "$(cat new)"
	# Never is one mix asked for that wasn't just listed.
	keyserver_log ks >asked
	grep -q 'op=index.*search=mixtasy' asked || atf_fail "$(cat asked)"
}

# good_mixes SERVER NAME...: mixes by GnuPG, at a real keyserver.
good_mixes()
{
	_server=$1
	shift
	for _good; do
		[ -f "$_good.asc" ] || {
			new_mix gpg "mixtasy@$_good.example"
			echo "$fpr" >"$_good.fpr"
			export_key gpg "$fpr" >"$_good.asc"
		}
		[ "$_server" = - ] || keyserver_add "$_server" "$_good.asc"
	done
	gpg_end gpg
}

# A list in Hockeypuck's form, and what it lists: list_mixes SERVER NAME...
list_mixes()
{
	_server=$1
	shift
	{
		printf 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n'
		echo "info:1:$#"
		for _listed; do
			echo "pub:$(cat "$_listed.fpr"):22:256:1595450677::"
			echo "uid:<mixtasy@$_listed.example>:1595450677::"
		done
	} >"$_server/www/mixtasy.new"
	for _listed; do
		{
			printf 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n'
			cat "$_listed.asc"
		} >"$_server/www/0x$(cat "$_listed.fpr")"
	done
	mv "$_server/www/mixtasy.new" "$_server/www/mixtasy"
}

# Binary on standard input, a certificate in armor on standard output.
armor()
{
	gpg --homedir gpg --enarmor 2>>gpg.log |
	    sed -e 's/PGP ARMORED FILE/PGP PUBLIC KEY BLOCK/' -e '/^Comment/d'
}

dir_test_case what_is_no_mix_is_left_out_and_counted
what_is_no_mix_is_left_out_and_counted_body()
{
	nettest_begin
	keyserver_start ks
	good_mixes ks good
	new_key gpg "A friend of mixtasy <friend@far.example>"
	export_key gpg "$fpr" >foreign.asc
	new_mix gpg mixtasy@revoked.example
	sed 's/^:-/-/' "gpg/openpgp-revocs.d/$fpr.rev" |
	    gpg --homedir gpg --batch --quiet --import 2>>gpg.log
	export_key gpg "$fpr" >revoked.asc
	new_key gpg "<mixtasy@bare.example>"
	export_key gpg "$fpr" >bare.asc
	new_mix gpg mixtasy@two.example
	gpg --homedir gpg --batch --quiet --quick-add-uid "$fpr" \
	    "<mixtasy@three.example>" 2>>gpg.log
	export_key gpg "$fpr" >two.asc
	gpg_end gpg
	for _key in foreign revoked bare two; do
		keyserver_add ks $_key.asc
	done
	mix_conf 1 "directory keyserver \"$keyserver\" $EVERY"
	net_start 1 || atf_fail "see above"
	await 30 "the good one and this mix" shows 1 usable 2
	atf_check_equal 1 "$(show 1 left_out.listed.foreign)"
	atf_check_equal 1 "$(show 1 left_out.found.revoked)"
	atf_check_equal 1 "$(show 1 left_out.found.no-subkey)"
	atf_check_equal 1 "$(show 1 left_out.found.user-ids)"
	await 5 "seal has them" figure_is 1 roster.mixes 2
	net_mixctl 1 directory >text
	grep -A 1 '^mixtasy@revoked.example ' text |
	    grep -q 'NOT USED: revoked' || atf_fail "$(cat text)"
	grep -q 'keyservers: 1 several user ids' text ||
	    atf_fail "$(cat text)"
	if grep -q -e friend -e three.example text; then
		atf_fail "$(cat text)"
	fi
}

dir_test_case what_is_poisoned_is_refused_cheaply
what_is_poisoned_is_refused_cheaply_body()
{
	nettest_begin
	good_mixes - good poisoned endless large
	# 25,000 signatures of others, which count for nothing; a packet that is
	# too large; more octets than are taken.
	{
		gpg --dearmor <poisoned.asc
		awk 'BEGIN { for (; n < 25000; n++) printf "00000000" }' |
		    sed 's/00000000/\xc2\x06\x04\x10\x16\x08ab/g'
	} | armor >poisoned.new
	{
		gpg --dearmor <endless.asc
		printf '\315\377\000\002\000\000'
		head -c 131072 /dev/zero
	} | armor >endless.new
	{
		gpg --dearmor <large.asc
		head -c 2500000 /dev/urandom
	} | armor >large.new
	for _key in poisoned endless large; do
		mv $_key.new $_key.asc
	done
	keyserver_files liar
	list_mixes liar good poisoned endless large
	mix_conf 1 "directory keyserver \"$keyserver\" $EVERY no publish"
	net_start 1 || atf_fail "see above"
	await 30 "the good ones" shows 1 usable 2
	atf_check_equal '"ok"' \
	    "$(show_of 1 address mixtasy@poisoned.example state)"
	atf_check_equal 1 "$(show 1 left_out.found.packet)"
	atf_check_equal 1 "$(show 1 left_out.listed.too-large)"
	# Of all that, little is kept.
	[ "$(wc -c <"$NET/mix1/cache/mixes")" -lt 3000 ] ||
	    atf_fail "$(ls -l "$NET/mix1/cache")"
}

dir_test_case a_restart_begins_with_the_cache
a_restart_begins_with_the_cache_body()
{
	nettest_begin
	keyserver_start ks
	good_mixes ks good1 good2
	mix_conf 1 "directory keyserver \"$keyserver\" $EVERY"
	net_start 1 || atf_fail "see above"
	await 30 "all three" figure_is 1 directory.mixes 3
	net_stop 1
	keyserver_stop ks
	net_start 1 || atf_fail "see above"
	await 5 "seal has them at once" figure_is 1 roster.mixes 3
	atf_check_equal 3 "$(net_figure 1 directory.mixes)"
	net_mixctl 1 directory -j | grep -q '"cache"' ||
	    atf_fail "they come from elsewhere"
	await 30 "it is told that nobody answers" warns 1 "keyserver $keyserver"
	atf_check_equal 0 "$(net_figure 1 directory.answering)"
	await 20 "it is asked again" shows_of 1 server "$keyserver" failures 2
	atf_check_equal 1 "$(said 1 "directory]: the keyserver $keyserver")"
	# A cache that isn't one does no harm.
	net_stop 1
	for _junk in 100 20; do
		head -c "$(($(wc -c <"$NET/mix1/cache/mixes") * _junk / 120))" \
		    "$NET/mix1/cache/mixes" >cut
		cat cut >"$NET/mix1/cache/mixes"
		net_start 1 || atf_fail "a damaged cache ends it"
		net_stop 1
	done
	head -c 5000 /dev/urandom >"$NET/mix1/cache/mixes"
	net_start 1 || atf_fail "a damaged cache ends it"
	atf_check_equal 3 "$(said 1 'cache of certificates is damaged')"
}

dir_test_case keyservers_that_disagree_are_told_of
keyservers_that_disagree_are_told_of_body()
{
	nettest_begin
	keyserver_start ks1
	first=$keyserver
	keyserver_start ks2
	good_mixes ks1 good1 good2
	good_mixes ks2 good1
	mix_conf 1 "directory keyserver \"$first\" $EVERY" \
	    "directory keyserver \"$keyserver\""
	net_start 1 || atf_fail "see above"
	await 30 "it is told" warns 1 "disagree: $keyserver lacks 1 of"
	await 10 "both have ours" figure_is 1 directory.published 2
	await 10 "all are used" figure_is 1 roster.mixes 3
	net_mixctl 1 status | grep -q 'WARNING: the keyservers disagree' ||
	    atf_fail "status says nothing"
	# Once for each number: ours comes to one of them first.
	grep -o "disagree: $keyserver lacks.*" "$NET/mix1/log" | sort |
	    uniq -d >twice
	atf_check -o empty cat twice
	atf_check_equal 1 \
	    "$(show_of 1 address mixtasy@good2.example keyservers)"
	atf_check_equal 2 \
	    "$(show_of 1 address mixtasy@good1.example keyservers)"
	good_mixes ks2 good2
	await 20 "it is no longer told" shows 1 warnings "[]"
}

# What is hidden stays known, but it is told.
dir_test_case a_roster_that_shrinks_is_told_of
a_roster_that_shrinks_is_told_of_body()
{
	nettest_begin
	good_mixes - a b c d e
	keyserver_files liar
	list_mixes liar a b c d e
	mix_conf 1 "directory keyserver \"$keyserver\" $EVERY no publish"
	net_start 1 || atf_fail "see above"
	await 30 "all five" figure_is 1 roster.mixes 5
	list_mixes liar a b c d
	await 20 "one is not seen" \
	    shows_of 1 address mixtasy@e.example keyservers 0
	atf_check_equal "[]" "$(show 1 warnings)"
	list_mixes liar a b
	await 20 "it is told" warns 1 "shrinks: 2 of 5"
	atf_check_equal 5 "$(net_figure 1 roster.mixes)"
	atf_check_equal 1 "$(said 1 'shrinks: 2 of 5')"
	list_mixes liar a b c d e
	await 20 "it is no longer told" shows 1 warnings "[]"
}

# A list of 500 is more than what stands in it.
dir_test_case a_list_that_is_cut_off_is_told_of
a_list_that_is_cut_off_is_told_of_body()
{
	nettest_begin
	good_mixes - a
	keyserver_files many
	list_mixes many a
	awk 'BEGIN { for (; n < 500; n++)
		printf "pub:%040d:22:256:1595450677::\nuid:%s:1595450677::\n",
		    n, "mixtasy fan <fan@far.example>" }' >>many/www/mixtasy
	mix_conf 1 "directory keyserver \"$keyserver\" $EVERY no publish"
	net_start 1 || atf_fail "see above"
	await 30 "it is told" warns 1 "$keyserver cuts its list off"
	atf_check_equal 1 "$(net_figure 1 roster.mixes)"
	net_mixctl 1 directory | grep -q '501 keys listed (CUT OFF), 1 mixes' ||
	    atf_fail "$(net_mixctl 1 directory)"
	atf_check_equal 500 "$(show 1 left_out.listed.foreign)"
	atf_check_equal 1 "$(said 1 'cuts its list off')"
}

# A name that no resolver may answer with: the proxy looks it up.
dir_test_case all_goes_by_the_proxy microsocks
all_goes_by_the_proxy_body()
{
	nettest_begin
	keyserver_start ks
	good_mixes ks good
	socks_start
	mix_conf 1 "directory keyserver \"hkp://localhost:$port\" $EVERY" \
	    "directory proxy 127.0.0.1 port $socks"
	net_start 1 || atf_fail "see above"
	await 30 "the good one and this mix" figure_is 1 roster.mixes 2
	await 10 "it is published" figure_is 1 directory.published 1
	kill "$(cat socks.pid)"
	await 20 "nothing goes past it" warns 1 "keyserver hkp://localhost"
	# Another configuration, without a restart.
	sed -i '/^directory/d' "$NET/mix1/smtpd-mix.conf"
	net_mixctl 1 reload 2>/dev/null || atf_fail "no reload"
	await 5 "no keyserver is left" figure_is 1 directory.keyservers 0
	atf_check_equal 2 "$(net_figure 1 roster.mixes)"
	echo "directory keyserver \"$keyserver\" $EVERY" \
	    >>"$NET/mix1/smtpd-mix.conf"
	net_mixctl 1 reload 2>/dev/null || atf_fail "no reload"
	await 20 "it is asked without" figure_is 1 directory.answering 1
	await 20 "it is published again" figure_is 1 directory.published 1
}

# A certificate for loopback and one for somebody else, each signed by itself.
tls_certs()
{
	for _for in IP:127.0.0.1 DNS:keys.far.example; do
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
		    -nodes -days 2 -subj "/CN=keys" -keyout "${_for%%:*}.key" \
		    -out "${_for%%:*}.crt" -addext "subjectAltName=$_for" \
		    2>/dev/null || atf_fail "no certificate"
	done
	cat IP.crt DNS.crt >"$NET/ca.pem"
}

# In the sandbox there are no files: what is trusted came before it.
dir_test_case certificates_of_keyservers_are_checked openssl
certificates_of_keyservers_are_checked_body()
{
	nettest_begin
	good_mixes - a b
	tls_certs
	keyserver_files right -x IP.crt -k IP.key
	right=hkps://127.0.0.1:$port
	list_mixes right a
	keyserver_files wrong -x DNS.crt -k DNS.key
	wrong=hkps://127.0.0.1:$port
	list_mixes wrong b
	mix_conf 1 "ca file \"$NET/ca.pem\"" \
	    "directory keyserver \"$right\" keyserver \"$wrong\"" \
	    "directory $EVERY no publish"
	net_start 1 || atf_fail "see above"
	await 30 "one is believed" figure_is 1 roster.mixes 1
	await 20 "the other isn't" warns 1 "keyserver $wrong: SSL"
	atf_check_equal '"ok"' \
	    "$(show_of 1 address mixtasy@a.example state)"
	# Nobody trusts the first one any more.
	cat DNS.crt >"$NET/ca.pem"
	net_mixctl 1 reload 2>/dev/null || atf_fail "no reload"
	await 20 "it is no longer believed" warns 1 "keyserver $right: SSL"
	atf_check_equal 1 "$(net_figure 1 roster.mixes)"
}

# certify LEVEL KEY [OPTION...]: by the neutral key in $neutral.
certify()
{
	_level=$1 _key=$2
	shift 2
	gpg --homedir gpg --batch --yes --quiet --no-ask-cert-level \
	    --default-cert-level "$_level" --local-user "$neutral" "$@" \
	    --quick-sign-key "$_key" 2>>gpg.log || atf_fail "gpg signs nothing"
}

rank_is()
{
	shows_of 1 address "$1" rank "\"$2\""
}

dir_test_case neutral_keys_rank_mixes
neutral_keys_rank_mixes_body()
{
	nettest_begin
	keyserver_start ks
	good_mixes ks good1 good2 good3
	new_key gpg "Neutral <neutral@far.example>"
	neutral=$fpr
	mkdir "$NET/trust"
	export_key gpg "$neutral" >"$NET/trust/neutral.asc"
	mix_conf 1 "directory keyserver \"$keyserver\" $EVERY"
	net_start 1 || atf_fail "see above"
	await 30 "all" figure_is 1 directory.mixes 4
	atf_check_equal '"unranked"' \
	    "$(show_of 1 address mixtasy@good1.example rank)"
	certify 2 "$(cat good1.fpr)"
	certify 3 "$(cat good2.fpr)" --default-cert-expire 5d
	gpg_end gpg
	for _n in 1 2; do
		export_key gpg "$(cat good$_n.fpr)" >signed.asc
		keyserver_add ks signed.asc
	done
	await 20 "good1 is ranked" rank_is mixtasy@good1.example casual
	await 20 "good2 is ranked" rank_is mixtasy@good2.example positive
	net_mixctl 1 rank >rank
	grep -A 1 '^mixtasy@good1.example  casual' rank |
	    grep -q 'by 1 (Neutral <neutral@far.example>): casual$' ||
	    atf_fail "$(cat rank)"
	grep -A 1 '^mixtasy@good2.example  positive' rank |
	    grep -q ': positive until ' || atf_fail "$(cat rank)"
	grep -q '^mixtasy@good3.example  unranked$' rank ||
	    atf_fail "$(cat rank)"
	net_mixctl 1 rank -j | grep -q '"class": "casual"' ||
	    atf_fail "$(net_mixctl 1 rank -j)"
	# Who uploads a key for its address can't put it out of use.
	new_mix other mixtasy@good1.example
	export_key other "$fpr" >false.asc
	gpg_end other
	keyserver_add ks false.asc
	await 20 "the false one is seen" shows 1 left_out.conflicts 1
	atf_check_equal 4 "$(net_figure 1 roster.mixes)"
	net_mixctl 1 rank | grep -q '^mixtasy@good1.example  casual' ||
	    atf_fail "$(net_mixctl 1 directory)"
	# Nobody is trusted any more.
	rm "$NET/trust/neutral.asc"
	net_mixctl 1 reload 2>/dev/null || atf_fail "no reload"
	await 5 "good2 isn't ranked" rank_is mixtasy@good2.example unranked
	await 5 "good1 isn't told from it" figure_is 1 roster.mixes 3
}

# The subkeys of a key at a real keyserver.
subkeys_at()
{
	onak -c "$1/onak.ini" get "0x$2" 2>>"$1/err" |
	    gpg --show-keys --with-colons 2>/dev/null | grep -c '^sub'
}

has_subkeys_at()
{
	[ "$(subkeys_at "$1" "$2")" -eq "$3" ]
}

# One that has said yes and kept the old one.
dir_test_case a_server_with_an_old_copy_of_ours_gets_the_new_one
a_server_with_an_old_copy_of_ours_gets_the_new_one_body()
{
	nettest_begin
	keyserver_start ks
	mix_conf 1 "directory keyserver \"$keyserver\" $EVERY"
	net_start 1 || atf_fail "see above"
	net_mixctl 1 cert >old.asc
	_fpr=$(gpg --show-keys --with-colons old.asc 2>/dev/null |
	    awk -F: '$1 == "fpr" { print $10; exit }')
	await 20 "it is published" has_subkeys_at ks "$_fpr" 1
	sleep 1
	net_mixctl 1 rotate 2>/dev/null || atf_fail "no rotation"
	await 20 "the new one is published" has_subkeys_at ks "$_fpr" 2
	onak -c ks/onak.ini delete "0x$_fpr" >>ks/err 2>&1
	keyserver_add ks old.asc
	await 20 "it is published again" has_subkeys_at ks "$_fpr" 2
}

# Who uploads a certificate for somebody's address must not take its place.
dir_test_case a_file_is_believed_more_than_a_keyserver
a_file_is_believed_more_than_a_keyserver_body()
{
	nettest_begin
	keyserver_start ks
	good_mixes - good
	cp good.asc "$NET/mixes/"
	new_mix other mixtasy@good.example
	export_key other "$fpr" >false.asc
	gpg_end other
	keyserver_add ks false.asc
	mix_conf 1 "directory keyserver \"$keyserver\" $EVERY no publish"
	net_start 1 || atf_fail "see above"
	await 20 "the false one is seen" shows 1 left_out.conflicts 1
	atf_check_equal 1 "$(show 1 usable)"
	atf_check_equal 1 "$(net_figure 1 roster.mixes)"
	net_mixctl 1 directory -j | grep -A 8 "$(tr A-F a-f <good.fpr)" |
	    grep -q '"usable": true' || atf_fail "$(net_mixctl 1 directory)"
}

atf_init_test_cases()
{
	atf_add_test_case two_mixes_find_each_other_and_dummies_flow
	atf_add_test_case what_is_no_mix_is_left_out_and_counted
	atf_add_test_case what_is_poisoned_is_refused_cheaply
	atf_add_test_case a_restart_begins_with_the_cache
	atf_add_test_case keyservers_that_disagree_are_told_of
	atf_add_test_case a_roster_that_shrinks_is_told_of
	atf_add_test_case a_list_that_is_cut_off_is_told_of
	atf_add_test_case all_goes_by_the_proxy
	atf_add_test_case certificates_of_keyservers_are_checked
	atf_add_test_case neutral_keys_rank_mixes
	atf_add_test_case a_file_is_believed_more_than_a_keyserver
	atf_add_test_case a_server_with_an_old_copy_of_ours_gets_the_new_one
}
