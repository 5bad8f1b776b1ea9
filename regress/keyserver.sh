#!/bin/sh
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

# For tests, which include it: keyservers on loopback, real ones (onak), ones
# that answer out of files, and a SOCKS5 proxy.  TOP is the tree.  All that is
# started ends with keyservers_stop, which belongs into the cleanup.
#
#	keyserver_start NAME		an empty onak: its port in $port, its
#					name for a configuration in $keyserver
#	keyserver_files NAME [-x cert -k key]
#					one that sends NAME/www/WORD for a
#					search or key; see http_serve.c
#	keyserver_add NAME FILE		adds certificates in armor
#	keyserver_stop NAME		stops it; its keys stay
#	keyserver_again NAME		starts it again, at another port
#	keyserver_log NAME		prints what it was asked
#	socks_start			a SOCKS5 proxy: its port in $socks
#	keyservers_stop			stops all of them

# Where onak's CGI programs are.
onak_cgi=/usr/lib/cgi-bin/pks
onak_backends=$(echo /usr/lib/*/onak/backends /usr/lib/onak/backends |
    tr ' ' '\n' | grep -v '\*' | head -n 1)

# Each ends by itself after keyserver_seconds, 300 unless set.

# For "require.progs" and "require.files" of tests that use a real one.
keyserver_progs="onak gpg gpgconf"
keyserver_needs="$onak_cgi/lookup $onak_cgi/add"

keyserver_ini()
{
	cat <<EOT
[main]
backend=files
backends_dir=$onak_backends
logfile=$1/onak.log
loglevel=3
use_keyd=false
max_reply_keys=${keyserver_max:-500}
[verification]
check_sighash=true
drop_v3=true
[backend:files]
type=${keyserver_backend:-db4}
location=$1/db
EOT
}

# keyserver_run NAME OPTION...: the HTTP server in that directory.
keyserver_run()
{
	_ks=$1
	shift
	rm -f "$_ks/port"
	XDG_CONFIG_HOME="$PWD/$_ks" "$TOP/regress/lib/http_serve" \
	    -t "${keyserver_seconds:-300}" "$@" "$_ks" 2>>"$_ks/err" &
	echo $! >"$_ks/pid"
	echo "$PWD/$_ks/pid" >>keyservers
	_tries=0
	until [ -s "$_ks/port" ]; do
		sleep 0.1
		_tries=$((_tries + 1))
		[ $_tries -lt 100 ] || atf_fail "the keyserver doesn't start"
	done
	port=$(cat "$_ks/port")
	keyserver=hkp://127.0.0.1:$port
}

# The programs are setuid: they would neither read nor write here.
keyserver_start()
{
	mkdir -p "$1/db" "$1/cgi"
	cp $onak_cgi/lookup $onak_cgi/add "$1/cgi/"
	chmod 755 "$1/cgi/lookup" "$1/cgi/add"
	keyserver_ini "$PWD/$1" >"$1/onak.ini"
	# The database is made by one, not by several at once.
	onak -c "$1/onak.ini" index nothing >/dev/null 2>&1
	keyserver_run "$1" -c "$PWD/$1/cgi"
}

keyserver_files()
{
	mkdir -p "$1/www"
	keyserver_run "$@"
}

keyserver_again()
{
	if [ -f "$1/onak.ini" ]; then
		keyserver_run "$1" -c "$PWD/$1/cgi"
	else
		keyserver_run "$@"
	fi
}

keyserver_add()
{
	# Not beside one that serves a request, see lib/http_serve.c.
	_alone=
	! command -v flock >/dev/null 2>&1 || _alone="flock $1/cgi"
	$_alone onak -c "$1/onak.ini" add <"$2" >>"$1/err" 2>&1 ||
	    atf_fail "onak doesn't take $2: $(cat "$1/err")"
}

keyserver_log()
{
	if [ -f "$1/log" ]; then
		cat "$1/log"
	fi
}

keyserver_stop()
{
	[ ! -s "$1/pid" ] || kill "$(cat "$1/pid")" 2>/dev/null || :
	rm -f "$1/pid"
}

# Whether a SOCKS proxy, rather than nobody, answers at $socks.
socks_answers()
{
	"$TOP/regress/lib/fetch/fetchtool" -n -t 2 -p 127.0.0.1:$socks \
	    http://127.0.0.1:1/ | grep -q SOCKS
}

# microsocks doesn't say which port it has: it has to be given one.
socks_start()
{
	_tries=0
	while :; do
		socks=$((20000 + ($$ * 7 + _tries * 131) % 12000))
		microsocks -i 127.0.0.1 -p $socks >/dev/null 2>socks.log &
		echo $! >socks.pid
		echo "$PWD/socks.pid" >>keyservers
		until socks_answers || ! kill -0 "$(cat socks.pid)" 2>/dev/null
		do
			sleep 0.1
		done
		! kill -0 "$(cat socks.pid)" 2>/dev/null || return 0
		_tries=$((_tries + 1))
		[ $_tries -lt 20 ] || atf_fail "microsocks doesn't start"
	done
}

keyservers_stop()
{
	[ -f keyservers ] || return 0
	while read -r _pidfile; do
		[ ! -s "$_pidfile" ] || kill "$(cat "$_pidfile")" 2>/dev/null ||
		    :
	done <keyservers
	return 0
}
