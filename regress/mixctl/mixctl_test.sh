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

# mixctl before a running daemon: usage, what it prints and in which forms.
# What it says when something is wrong is in smtpd-mix/operate_test.sh.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/smtpd-mix/nettest.sh"

mixctl=$TOP/mixctl/mixctl

one_mix()
{
	nettest_begin
	net_conf 1 "$NO_DUMMIES" "mode middleman exitprivate" \
	    "domain \"home.example\" host 127.0.0.1 port 9"
	net_start 1 || atf_fail "it doesn't start"
}

# misused ARGUMENT...: exit 2, and how to use it.
misused()
{
	atf_check -s exit:2 -o empty -e match:'^usage: mixctl ' "$mixctl" "$@"
}

atf_test_case usage_errors_exit_2
usage_errors_exit_2_body()
{
	misused
	misused nonsense
	misused -x
	misused -s
	misused -s control
	misused -j status
	for _command in status cert reload rotate stop; do
		misused -s control $_command more
		misused $_command -z
	done
	misused revoke
	misused revoke -k primary.pgp more
	misused status -j more
	misused statu
	misused ''
}

atf_test_case a_path_that_no_socket_can_have_exits_2
a_path_that_no_socket_can_have_exits_2_body()
{
	_long=$(printf '%0200d' 0)
	atf_check -s exit:2 -o empty -e match:'path too long' \
	    "$mixctl" -s "/$_long" status
}

# Fails at the first octet that JSON doesn't allow there; prints the paths of
# all values: roles.0.pid = 17.
json_paths()
{
	tr '\n' ' ' <"$1" | awk '
	function die(what)
	{
		print "JSON: " what " at " substr(text, 1, 30) >"/dev/stderr"
		failed = 1
		exit 1
	}
	function blank() { sub(/^[ \t]+/, "", text) }
	function token(re)
	{
		blank()
		if (!match(text, "^(" re ")"))
			return ""
		got = substr(text, 1, RLENGTH)
		text = substr(text, RLENGTH + 1)
		return got
	}
	function string()
	{
		return token("\"([^\"\\\\]|\\\\[\"\\\\/bfnrtu])*\"")
	}
	function value(path,    name, n, scalar)
	{
		if (token("{") != "") {
			if (token("}") != "")
				return
			do {
				if ((name = string()) == "")
					die("no name")
				gsub(/"/, "", name)
				if (seen[path "." name]++)
					die("twice " name)
				if (token(":") == "")
					die("no colon")
				value(path "." name)
			} while (token(",") != "")
			if (token("}") == "")
				die("no end of object")
		} else if (token("\\[") != "") {
			if (token("\\]") != "")
				return
			n = 0
			do
				value(path "." n++)
			while (token(",") != "")
			if (token("\\]") == "")
				die("no end of list")
		} else {
			if ((scalar = string()) == "")
				scalar = token("true|false|null|-?(0|[1-9]" \
				    "[0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?")
			if (scalar == "")
				die("no value")
			print substr(path, 2) " = " scalar
		}
	}
	{ text = text $0 }
	END {
		if (failed)
			exit 1
		value("")
		blank()
		if (text != "")
			die("more")
	}'
}

# The reader above is not blind.
atf_test_case the_reader_of_json_finds_faults
the_reader_of_json_finds_faults_body()
{
	printf '{"a": [1, -2.5e3, {"b": "x\\"y"}], "c": {}, "d": []' >good
	printf ', "e": true}' >>good
	json_paths good >paths || atf_fail "a good one is refused"
	printf 'a.0 = 1\na.1 = -2.5e3\na.2.b = "x\\"y"\ne = true\n' >expected
	atf_check cmp expected paths
	for _bad in '{"a": 1' '{"a" 1}' '{"a": 1,}' '[1 2]' '{"a": 01}' \
	    '{"a": nan}' '{a: 1}' '{"a": 1} x' '{"a": 1, "a": 2}' '{"a": "x}' \
	    ''; do
		printf '%s' "$_bad" >bad
		if json_paths bad >/dev/null 2>&1; then
			atf_fail "not seen: $_bad"
		fi
	done
}

net_test_case status_is_sound_json
status_is_sound_json_body()
{
	one_mix
	"$mixctl" -s "$NET/mix1/control" status -j >status.json ||
	    atf_fail "no status"
	json_paths status.json >paths || atf_fail "no JSON"
	for _role in parent $NET_ROLES; do
		grep -q "^roles\.[0-9]*\.role = \"$_role\"$" paths ||
		    atf_fail "$_role is missing"
	done
	atf_check_equal 12 \
	    "$(grep -c '^roles\.[0-9]*\.answering = true$' paths)"
	atf_check_equal 12 "$(grep -c '^roles\.[0-9]*\.pid = [1-9]' paths)"
	for _path in messages.in messages.out messages.destroyed.replay \
	    messages.refused.armor smtp.connections pool.held pool.entropy \
	    queue.live queue.max_slots relay.delivered deliver.delivered \
	    relay.by_mx relay.by_dane relay.downgraded relay.why.tls \
	    keys.next_rotation roster.mixes; do
		grep -q "^$_path = [0-9.]*$" paths ||
		    atf_fail "$_path is missing, or no number"
	done
	grep -q '^keys\.fingerprint = "[0-9a-f]\{40\}"$' paths ||
	    atf_fail "no fingerprint"
	grep -q '^keys\.subkeys\.0\.keyid = "[0-9a-f]\{16\}"$' paths ||
	    atf_fail "no subkey"
	grep -q '^keys\.subkeys\.0\.live = true$' paths ||
	    atf_fail "it isn't live"
}

net_test_case status_as_text_has_the_same_figures
status_as_text_has_the_same_figures_body()
{
	one_mix
	"$mixctl" -s "$NET/mix1/control" status >status || atf_fail "no status"
	"$mixctl" -s "$NET/mix1/control" status -j >status.json
	json_paths status.json >paths
	_fpr=$(sed -n 's/^keys\.fingerprint = "\(.*\)"/\1/p' paths |
	    tr a-f A-F)
	grep -q "^key  *$_fpr$" status || atf_fail "another fingerprint"
	_id=$(sed -n 's/^keys\.subkeys\.0\.keyid = "\(.*\)"/\1/p' paths |
	    tr a-f A-F)
	grep -q "^subkey  *$_id  cv25519  valid 20.* to 20.* UTC$" status ||
	    atf_fail "another subkey"
	grep -q '0 of 2048 slots used' status || atf_fail "no spool"
	awk 'length($0) > 120 { exit 1 }' status ||
	    atf_fail "a line is too long to read"
}

# What is given to others: GnuPG reads it, and knows whose it is.
net_test_case cert_is_taken_by_gnupg
cert_is_taken_by_gnupg_head()
{
	atf_set require.progs gpg
}
cert_is_taken_by_gnupg_body()
{
	one_mix
	"$mixctl" -s "$NET/mix1/control" cert >cert.asc || atf_fail "no cert"
	head -n 1 cert.asc | grep -q '^-----BEGIN PGP PUBLIC KEY BLOCK-----$' ||
	    atf_fail "no armor"
	mkdir -m 700 gnupg
	GNUPGHOME=$PWD/gnupg
	export GNUPGHOME
	gpg --batch --quiet --import cert.asc 2>gpg.err || {
		cat gpg.err
		atf_fail "gpg doesn't take it"
	}
	gpg --batch --with-colons --list-keys >keys 2>/dev/null
	_fpr=$(net_mixctl 1 status -j |
	    sed -n 's/.*"fingerprint": "\(.*\)".*/\1/p' | tr a-f A-F)
	awk -F: '$1 == "fpr" { print $10; exit }' keys >fpr
	atf_check -o inline:"$_fpr\n" cat fpr
	_name=$(net_name 1)
	awk -F: '$1 == "uid" { print $10 }' keys >uid
	printf '%s (mixtasy-mode\\x3amiddleman,exitprivate) <mixtasy@%s>\n' \
	    "$_name" "$_name" >expected
	atf_check cmp expected uid
	# The primary certifies only, the subkey is to encrypt and expires.
	awk -F: '$1 == "pub" { print $12 }' keys >caps
	atf_check -o match:'^[cCeE]*$' -o not-match:s cat caps
	awk -F: '$1 == "sub" { print $12, $7 - $6 }' keys >sub
	atf_check -o inline:'e 172800\n' cat sub
	# Unchanged when asked for again.
	"$mixctl" -s "$NET/mix1/control" cert >again.asc
	atf_check cmp cert.asc again.asc
	gpgconf --kill all 2>/dev/null
	return 0
}

# Who gets that doesn't use the mix any more, with GnuPG and with us.
net_test_case revoke_ends_a_certificate
revoke_ends_a_certificate_head()
{
	atf_set require.progs gpg
}
revoke_ends_a_certificate_body()
{
	one_mix
	_key=$NET/mix1/keys/primary.pgp
	net_mixctl 1 cert >cert.asc
	atf_check -o save:revoked.asc "$mixctl" revoke -k "$_key" <cert.asc
	mkdir -m 700 gnupg
	_show="gpg --homedir gnupg --batch --show-keys --with-colons"
	$_show cert.asc >before 2>/dev/null
	$_show revoked.asc >after 2>/dev/null
	atf_check_equal r "$(awk -F: '$1 == "pub" { print $2 }' after)"
	# All else is as it was.
	awk -F: '$1 == "fpr" { print $10 }' before >keys.before
	awk -F: '$1 == "fpr" { print $10 }' after >keys.after
	atf_check cmp keys.before keys.after
	mkdir roster
	echo "roster \"$PWD/roster\"" >sender.conf
	cp cert.asc roster/mix.asc
	atf_check -o match:'^mixes 1$' -e ignore \
	    "$TOP/mixmail/mixmail" -b -C sender.conf
	cp revoked.asc roster/mix.asc
	atf_check -s exit:78 -e match:'no certificate of a mix' \
	    "$TOP/mixmail/mixmail" -b -C sender.conf
	# Nobody else can do it.
	cp "$_key" other.pgp
	printf x | dd of=other.pgp bs=1 seek=6 conv=notrunc 2>/dev/null
	atf_check -s exit:1 -e match:'not that of the key' \
	    "$mixctl" revoke -k other.pgp <cert.asc
	atf_check -s exit:2 -e match:'not a certificate' \
	    "$mixctl" revoke -k "$_key" <sender.conf
	atf_check -s exit:2 -e match:'not an OpenPGP secret key' \
	    "$mixctl" revoke -k sender.conf <cert.asc
}

atf_init_test_cases()
{
	atf_add_test_case usage_errors_exit_2
	atf_add_test_case a_path_that_no_socket_can_have_exits_2
	atf_add_test_case the_reader_of_json_finds_faults
	atf_add_test_case status_is_sound_json
	atf_add_test_case status_as_text_has_the_same_figures
	atf_add_test_case cert_is_taken_by_gnupg
	atf_add_test_case revoke_ends_a_certificate
}
