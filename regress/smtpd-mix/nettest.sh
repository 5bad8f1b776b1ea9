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

# What the tests of whole networks share; to be read with "." by ATF programs.
# The network of a test lies in "net" below its working directory.

. "$TOP/regress/net.sh"

TOOLS=$TOP

FAST="pool interval 1s minimum 0 threshold 1 rate 1.0"
SLOW="pool interval 1h minimum 0 threshold 1 rate 1.0"
NO_DUMMIES="test dummies none"
RETRY="retry first 1s maximum 2s expire 1h"

# The body and the cleanup of a test that starts a network.
net_test_case()
{
	atf_test_case "$1" cleanup
	eval "${1}_cleanup() { nettest_end; }"
}

nettest_begin()
{
	umask 022
	net_init "$PWD/net" || atf_fail "no directory, or no free slot"
	net_is_root && chmod 755 .
	return 0
}

nettest_end()
{
	for _file in sink*.pid; do
		if [ -s "$_file" ]; then
			kill "$(cat "$_file")" 2>/dev/null
		fi
	done
	net_clean "$PWD/net"
}

logs()
{
	tail -n 20 "$NET"/mix*/log
	for _mix in "$NET"/mix*/pid; do
		_mix=${_mix%/pid}
		net_mixctl "${_mix##*/mix}" status
	done
}

# The same for tests in which others than root have to look in: network and
# programs are below a directory in /tmp.
nettest_begin_open()
{
	mktemp -d /tmp/smtpd-mix-test.XXXXXX >open
	umask 022
	chmod 755 "$(cat open)"
	for _program in smtpd-mix mixctl mixmail; do
		mkdir "$(cat open)/$_program"
		cp "$TOP/$_program/$_program" "$(cat open)/$_program" ||
		    atf_fail "no $_program"
	done
	TOOLS=$TOP
	TOP=$(cat open)
	net_init "$TOP/net" || atf_fail "no directory, or no free slot"
}

nettest_end_open()
{
	[ -s open ] || return 0
	_sane=0
	net_clean "$(cat open)/net" || _sane=1
	rm -rf "$(cat open)"
	return $_sane
}

# await SECONDS TEXT COMMAND...: waits until the command succeeds.
await()
{
	_seconds=$1 _text=$2
	shift 2
	if ! net_wait "$_seconds" "$@"; then
		logs
		atf_fail "not within $_seconds seconds: $_text"
	fi
}

# figure_is N PATH VALUE, figure_from N PATH LEAST: of the status of a mix.
figure_is()
{
	[ "$(net_figure "$1" "$2")" = "$3" ]
}

figure_from()
{
	_figure=$(net_figure "$1" "$2")
	[ "${_figure:-0}" -ge "$3" ]
}

has_new()
{
	[ -n "$(ls "$1/new" 2>/dev/null)" ]
}

# Starts mixes and lets all know of all.
start_network()
{
	net_start "$@" || atf_fail "see above"
	net_publish "$@" || atf_fail "certificates can't be published"
}

# start_sink NAME OPTION...: a server that keeps what it gets in directory NAME;
# sets sink_port.
start_sink()
{
	_sink=$1
	shift
	"$TOOLS/regress/lib/smtp_sink" -t 120 "$@" "$_sink" &
	echo $! >"sink.$_sink.pid"
	net_wait 10 test -s "$_sink/port" || atf_fail "no sink"
	sink_port=$(cat "$_sink/port")
}

stop_sink()
{
	kill "$(cat "sink.$1.pid")"
	rm -f "sink.$1.pid" "$1/port"
}

sink_has()
{
	[ "$(find "$1" -name 'mail.*' | wc -l)" -ge "$2" ]
}

# A mail with an attachment, in Unix lines.
make_mail()
{
	cat <<-END
	From: Alice <alice@home.example>
	To: $1
	Message-ID: <original.$$@home.example>
	Subject: ${2:-an attachment}
	MIME-Version: 1.0
	Content-Type: multipart/mixed; boundary="part"

	--part
	Content-Type: text/plain; charset=utf-8
	Content-Transfer-Encoding: 8bit

	Grüße.
	.
	..with dots

	From here on, the attachment.
	--part
	Content-Type: application/octet-stream; name="plan.bin"
	Content-Transfer-Encoding: base64

	END
	head -c "${3:-4000}" /dev/urandom | openssl base64
	printf -- '--part--\n\n\n'
}

# The sender's configuration: mixmail hands all to mix 1.
sender()
{
	cat >sender.conf <<-END
	server 127.0.0.1 port $(net_port 1)
	first $(net_name 1)
	roster "$NET/mixes"
	hop delay 1m
	keep headers
	END
}

path_of()
{
	_path=
	for _hop; do
		_path=$_path${_path:+,}$(net_name "$_hop")
	done
	echo "$_path"
}

# send_by PATH RCPT <mail
send_by()
{
	"$TOP/mixmail/mixmail" -C sender.conf -i -p "$1" "$2" ||
	    atf_fail "mixmail"
}

# make_message PATH RCPT <mail >message
make_message()
{
	"$TOP/mixmail/mixmail" -C sender.conf -n -i -p "$1" "$2" ||
	    atf_fail "mixmail"
}

# dialogue PORT <script: what the server answers
dialogue()
{
	"$TOOLS/regress/lib/smtp_talk" "$1"
}

# submit N FILE [RCPT]: prints the reply to the message.
submit()
{
	printf '%s\n' "EHLO localhost" "MAIL FROM:<>" \
	    "RCPT TO:<${3:-mixtasy@$(net_name "$1")}>" DATA "<$2" QUIT |
	    dialogue "$(net_port "$1")" >dialogue.out || {
		cat dialogue.out
		atf_fail "the dialogue broke off"
	}
	tail -n 2 dialogue.out | head -n 1
}

# matches PATTERN TEXT
matches()
{
	printf '%s\n' "$2" | grep -q -- "$1" || atf_fail "not $1: $2"
}

# replies PATTERN FILE: how mix 1 answers a message.
replies()
{
	matches "^$1 " "$(submit 1 "$2")"
}

# A mail at mix 1 for rcpt, or somebody at d.example, by a path of one hop.
local_mail()
{
	"$TOOLS/regress/smtpd-mix/load" -c 1 -n 1 acked.load \
	    "$(net_port 1),${rcpt:-carol@d.example},$NET/mixes/mix1.asc" ||
	    atf_fail "the mail is not taken"
}
