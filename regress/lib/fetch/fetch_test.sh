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

# lib/fetch against an HTTP server, by libevent and without.  TOP is the tree.

. "$TOP/regress/keyserver.sh"

tool=$TOP/regress/lib/fetch/fetchtool

fetch_case()
{
	atf_test_case "$1" cleanup
	eval "${1}_cleanup() { keyservers_stop; }"
}

# both COMMAND...: with libevent too.
both()
{
	"$@"
	"$@" -e
}

# answer PATH STATUS [HEADER...]: what the server sends; the body is input.
answer()
{
	_path=$1 _status=$2
	shift 2
	cat >body
	{
		printf 'HTTP/1.1 %s\r\nConnection: close\r\n' "$_status"
		for _header; do
			printf '%s\r\n' "$_header"
		done
		printf '\r\n'
		cat body
	} >"web/www/$_path"
}

start_web()
{
	keyserver_files web "$@"
	url=http://127.0.0.1:$port
}

# A certificate for keys.example.org, and the authority that signed it.
make_certificate()
{
	openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem \
	    -days 2 -subj /CN=authority 2>/dev/null &&
	openssl req -newkey rsa:2048 -nodes -keyout server.key \
	    -out server.csr -subj /CN=keys.example.org 2>/dev/null &&
	printf 'subjectAltName=DNS:keys.example.org\n' >ext &&
	openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key \
	    -CAcreateserial -days 2 -extfile ext -out server.pem \
	    2>/dev/null || atf_fail "openssl makes no certificate"
}

check_status()
{
	atf_check -o inline:'ok 200 6 hello\n\n' "$tool" "$@" $url/hello
	atf_check -o match:'^ok 404 10 Not found' "$tool" "$@" $url/none
	atf_check -o match:'^ok 503 0 $' "$tool" "$@" $url/busy
	atf_check -o match:'^ok 200 6 hello' "$tool" "$@" -d a=b%20c $url/hello
	atf_check -o inline:'a=b%20c' cat web/post
}

fetch_case status_and_body_are_handed_over
status_and_body_are_handed_over_body()
{
	start_web
	echo hello | answer hello "200 OK"
	answer busy "503 Busy" </dev/null
	both check_status
}

# No name of a program, no offer to decode, no proxy of the environment.
fetch_case nothing_of_the_environment_is_taken
nothing_of_the_environment_is_taken_body()
{
	start_web
	echo hello | answer hello "200 OK" "Set-Cookie: a=b"
	printf 'machine 127.0.0.1 login me password secret\n' >.netrc
	atf_check -o match:'^ok 200 6' -o match:'^ok 200 6' env HOME="$PWD" \
	    http_proxy=http://127.0.0.1:1 ALL_PROXY=socks5://127.0.0.1:1 \
	    "$tool" $url/hello $url/hello
	atf_check -o inline:"GET /hello 127.0.0.1:$port - -\n\
GET /hello 127.0.0.1:$port - -\n" cat web/log
}

check_large()
{
	atf_check -o match:'^ok 200 1000 ' "$tool" "$@" -m 1000 $url/stated \
	    $url/unstated
	for _path in stated unstated headers; do
		atf_check -o inline:'large 200 the answer is too large\n' \
		    "$tool" "$@" -m 999 $url/$_path
	done
}

fetch_case answers_over_the_limit_are_dropped
answers_over_the_limit_are_dropped_body()
{
	start_web
	awk 'BEGIN { printf "%01000d", 1 }' >thousand
	answer stated "200 OK" "Content-Length: 1000" <thousand
	answer unstated "200 OK" <thousand
	{
		printf 'HTTP/1.1 200 OK\r\n'
		awk 'BEGIN { while (n++ < 2000) printf "X-%060d: a\r\n", n }'
		printf '\r\nhello\n'
	} >web/www/headers
	both check_large
	# Nothing is decoded, so nothing grows.
	gzip -c thousand >small
	answer packed "200 OK" "Content-Encoding: gzip" <small
	atf_check -o match:"^ok 200 $(wc -c <small | tr -d ' ') " "$tool" \
	    -m 999 $url/packed
}

check_silent()
{
	atf_check -o match:'^failed .*timed out' "$tool" "$@" -t 1 $url/stall
	atf_check -o match:'^failed Empty reply' "$tool" "$@" $url/hangup
	atf_check -o match:'^failed .*onnect' "$tool" "$@" http://127.0.0.1:1/
	atf_check -o match:'^failed ' "$tool" "$@" $url/rubbish
	atf_check -o match:'^failed ' "$tool" "$@" $url/short
}

fetch_case servers_that_dont_answer_are_failures
servers_that_dont_answer_are_failures_body()
{
	start_web
	printf 'rubbish\r\n' >web/www/rubbish
	echo hello | answer short "200 OK" "Content-Length: 1000"
	both check_silent
}

check_redirects()
{
	# As it came, without leave.
	atf_check -o match:'^ok 302 ' "$tool" "$@" -x ca.pem \
	    http://keys.example.org:$plain/there
	atf_check -o match:'^ok 200 6 hello' "$tool" "$@" -x ca.pem -r 1 \
	    http://keys.example.org:$plain/there
	atf_check -o match:'^ok 302 ' "$tool" "$@" -x ca.pem -r 3 \
	    http://keys.example.org:$plain/loop
	atf_check -o inline:"failed redirected to what is not https\n" \
	    "$tool" "$@" -x ca.pem -r 3 http://keys.example.org:$plain/back
	atf_check -o inline:"failed redirected to what is not https\n" \
	    "$tool" "$@" -x ca.pem -r 3 http://keys.example.org:$plain/file
	atf_check -o inline:"failed redirected to another host\n" \
	    "$tool" "$@" -x ca.pem -r 3 -n -a 127.0.0.1 \
	    http://mirror.example.org:$plain/there
	atf_check -o match:'^ok 200 6 hello' "$tool" "$@" -x ca.pem -r 3 -n \
	    -a 127.0.0.1 http://keys.example.org:$plain/there
	atf_check -o match:'^ok 200 6 hello' "$tool" "$@" -x ca.pem -r 3 \
	    http://mirror.example.org:$plain/there
	atf_check -o match:'^ok 302 ' "$tool" "$@" -x ca.pem -r 3 -d a=b \
	    http://keys.example.org:$plain/there
}

fetch_case redirections_go_to_https_only
redirections_go_to_https_only_head()
{
	atf_set require.progs openssl
}
redirections_go_to_https_only_body()
{
	make_certificate
	keyserver_files web -x server.pem -k server.key
	secure=https://keys.example.org:$port
	echo hello | answer hello "200 OK"
	answer loop "302 Found" "Location: $secure/loop" </dev/null
	mv web secure
	start_web
	plain=$port
	answer there "302 Found" "Location: $secure/hello" </dev/null
	answer loop "302 Found" "Location: $secure/loop" </dev/null
	answer back "302 Found" "Location: /there" </dev/null
	answer file "302 Found" "Location: file:///etc/passwd" </dev/null
	both check_redirects
}

check_tls()
{
	atf_check -o match:'^ok 200 6 hello' "$tool" "$@" -x ca.pem \
	    https://keys.example.org:$port/hello
	atf_check -o match:'^failed .*certificate' "$tool" "$@" -x other.pem \
	    https://keys.example.org:$port/hello
	atf_check -o match:'^failed .*certificate' "$tool" "$@" \
	    https://keys.example.org:$port/hello
	atf_check -o match:'^failed .*(name|match)' "$tool" "$@" -x ca.pem \
	    https://other.example.org:$port/hello
}

fetch_case certificates_are_checked_against_the_ones_given
certificates_are_checked_against_the_ones_given_head()
{
	atf_set require.progs openssl
}
certificates_are_checked_against_the_ones_given_body()
{
	make_certificate
	cp ca.pem other.pem
	make_certificate
	keyserver_files web -x server.pem -k server.key
	echo hello | answer hello "200 OK"
	both check_tls
}

check_lookup()
{
	_at=http://keys.example.org:$port/hello
	atf_check -o match:'^ok 200 6 hello' "$tool" "$@" -n -a 127.0.0.1 $_at
	# The next address when one doesn't answer.
	atf_check -o match:'^ok 200 6 hello' "$tool" "$@" -n -a 127.0.0.3 \
	    -a 127.0.0.1 $_at
	atf_check -o match:'^failed ' "$tool" "$@" -n -a 127.0.0.3 $_at
	atf_check -o match:'^failed ' "$tool" "$@" -n -a ::1 $_at
	atf_check -o match:'^ok 200 6 hello' "$tool" "$@" -n \
	    http://127.0.0.1:$port/hello
	atf_check -o inline:'refused\n' "$tool" "$@" -n $_at
	atf_check -o inline:'refused\n' "$tool" "$@" -n -a 127.0.0.1,1.2.3.4 \
	    $_at
	atf_check -o inline:'refused\n' "$tool" "$@" -n -p localhost:9050 $_at
	# The tool has its own idea of names.
	atf_check -o match:'^ok 200 6 hello' "$tool" "$@" $_at
}

fetch_case no_name_is_looked_up_where_none_may_be
no_name_is_looked_up_where_none_may_be_body()
{
	start_web
	echo hello | answer hello "200 OK"
	both check_lookup
}

check_proxy()
{
	atf_check -o match:'^ok 200 6 hello' "$tool" "$@" -n \
	    -p 127.0.0.1:$socks http://localhost:$port/hello
	atf_check -o match:'^failed ' "$tool" "$@" -n -p 127.0.0.1:$socks \
	    http://name.invalid:$port/hello
}

fetch_case names_are_looked_up_by_the_proxy
names_are_looked_up_by_the_proxy_head()
{
	atf_set require.progs microsocks
}
names_are_looked_up_by_the_proxy_body()
{
	start_web
	echo hello | answer hello "200 OK"
	socks_start
	both check_proxy
	atf_check -o match:"localhost:$port" cat socks.log
	[ "$(wc -l <web/log)" -eq 2 ] || atf_fail "not asked twice"
	# Never without it.
	kill "$(cat socks.pid)"
	for _loop in "" -e; do
		atf_check -o match:'^failed ' "$tool" $_loop -n -t 5 \
		    -p 127.0.0.1:$socks http://127.0.0.1:$port/hello
	done
	[ "$(wc -l <web/log)" -eq 2 ] || atf_fail "asked without the proxy"
}

fetch_case other_urls_and_proxies_are_refused
other_urls_and_proxies_are_refused_body()
{
	for _url in file:///etc/passwd ftp://127.0.0.1/ gopher://127.0.0.1/ \
	    http://me:secret@127.0.0.1/ http:// "" /etc/passwd; do
		atf_check -o inline:'refused\n' "$tool" "$_url"
	done
	for _proxy in 127.0.0.1 127.0.0.1:0 :9050 http://127.0.0.1:1 \
	    '[::1:9050' me@127.0.0.1:9050; do
		atf_check -o inline:'refused\n' "$tool" -p "$_proxy" \
		    http://127.0.0.1:1/
	done
}

check_many()
{
	atf_check -o save:many "$tool" "$@" $urls
	[ "$(grep -c '^ok 200 6 hello' many)" -eq 30 ] ||
	    atf_fail "not all were answered: $(sort many | uniq -c)"
}

fetch_case many_requests_go_at_once
many_requests_go_at_once_body()
{
	start_web
	echo hello | answer hello "200 OK"
	urls=
	while [ "$(echo $urls | wc -w)" -lt 30 ]; do
		urls="$urls $url/hello"
	done
	both check_many
}

check_cancel()
{
	atf_check -o inline:'cancelled\nok 200 6 hello\n\n' \
	    "$tool" "$@" -k $url/stall $url/hello
}

fetch_case a_cancelled_request_is_not_answered
a_cancelled_request_is_not_answered_body()
{
	start_web
	echo hello | answer hello "200 OK"
	both check_cancel
}

atf_init_test_cases()
{
	atf_add_test_case status_and_body_are_handed_over
	atf_add_test_case nothing_of_the_environment_is_taken
	atf_add_test_case answers_over_the_limit_are_dropped
	atf_add_test_case servers_that_dont_answer_are_failures
	atf_add_test_case redirections_go_to_https_only
	atf_add_test_case certificates_are_checked_against_the_ones_given
	atf_add_test_case no_name_is_looked_up_where_none_may_be
	atf_add_test_case names_are_looked_up_by_the_proxy
	atf_add_test_case other_urls_and_proxies_are_refused
	atf_add_test_case many_requests_go_at_once
	atf_add_test_case a_cancelled_request_is_not_answered
}
