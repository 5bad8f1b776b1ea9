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

# The roles of a running daemon as the system shows them: identity, rights, what
# is open; what becomes of all when one of them dies; starts and reloads that
# are interrupted.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/smtpd-mix/nettest.sh"

# What /proc shows is Linux; elsewhere these cases are skipped.
linux_case()
{
	atf_test_case "$1" cleanup
	eval "${1}_head()
	{
		atf_set require.files /proc/self/status
		atf_set require.user '$2'
		atf_set require.progs setpriv
		atf_set timeout 120
	}
	${1}_cleanup()
	{
		roles_end
	}"
}

# An ordinary user can't look into a test's directory: the network lies beside.
roles_begin()
{
	mktemp -d /tmp/roles_test.XXXXXX >dir
	umask 022
	net_init "$(cat dir)" || atf_fail "no directory, or no free slot"
	net_maildir 1 home
	roles_conf
}

roles_conf()
{
	net_conf 1 "test sandbox" "mode exitprivate" \
	    "domain \"home.example\" maildir \"$NET/mail1/home/%u\"" "$@"
	sed 's/^workers 1$/workers 2/' "$NET/mix1/smtpd-mix.conf" >conf
	mv conf "$NET/mix1/smtpd-mix.conf"
}

roles_end()
{
	[ -f dir ] || return 0
	_sane=0
	net_clean "$(cat dir)" || _sane=1
	rm -rf "$(cat dir)"
	return $_sane
}

roles_start()
{
	roles_begin
	net_start 1 || atf_fail "it doesn't start"
}

# The same as a user of no importance, if root runs the test.
roles_start_unprivileged()
{
	roles_begin
	_user=$(id -u)
	if [ "$_user" -eq 0 ]; then
		_user=$(net_uid 9 smtp)
		NET_AS="setpriv --reuid=$_user --regid=$_user --clear-groups"
		chown -R "$_user" "$NET"
		roles_conf
	fi
	net_start 1 || atf_fail "it doesn't start"
}

# The lines "role pid", crypto twice; by the JSON of status.
pids()
{
	net_mixctl 1 status -j | awk -F'[":, ]+' '
	$2 == "role" { role = $3 }
	$2 == "pid" { print role, $3 }'
}

pid_of()
{
	pids | awk -v role="$1" '$1 == role { print $2; exit }'
}

# A line of /proc/PID/status without its name.
proc_status()
{
	awk -v name="$2:" '$1 == name {
		sub(/^[^\t]*\t/, "")
		gsub(/[\t ]+/, " ")
		sub(/ $/, "")
		print
	}' "/proc/$1/status"
}

all_refuse()
{
	for _role in $NET_ROLES; do
		grep -q "^smtpd-mix\[$_role\]: sandbox: $1.*refuses all" \
		    "$NET/mix1/log" || {
			cat "$NET/mix1/log"
			atf_fail "$_role does not say so"
		}
	done
	atf_check_equal 12 "$(grep -c 'refuses all that it has to' \
	    "$NET/mix1/log")"
	if grep 'sandbox allows' "$NET/mix1/log"; then
		atf_fail "see above"
	fi
}

linux_case all_roles_are_refused_what_is_not_theirs root
all_roles_are_refused_what_is_not_theirs_body()
{
	roles_start
	all_refuse 'chroot uid seccomp'
}

linux_case all_roles_of_an_ordinary_user_are_refused_the_same
all_roles_of_an_ordinary_user_are_refused_the_same_body()
{
	roles_start_unprivileged
	all_refuse 'seccomp'
}

# What both kinds of start have in common.
check_rights()
{
	pids >list
	atf_check_equal 13 "$(wc -l <list)"
	while read -r _role _pid; do
		atf_check_equal 1 "$(proc_status "$_pid" NoNewPrivs)"
		atf_check_equal 2 "$(proc_status "$_pid" Seccomp)"
		[ "$_role" != parent ] || continue
		for _set in CapInh CapPrm CapEff CapAmb $1; do
			atf_check_equal 0000000000000000 \
			    "$(proc_status "$_pid" $_set)"
		done
		atf_check -o empty cat "/proc/$_pid/environ"
		grep -q '^Max core file size *0 *0 ' "/proc/$_pid/limits" ||
		    atf_fail "$_role may dump core"
		grep -q '^Max processes *0 *0 ' "/proc/$_pid/limits" ||
		    atf_fail "$_role may have processes"
	done <list
}

linux_case all_roles_have_no_capability_and_no_environment root
all_roles_have_no_capability_and_no_environment_body()
{
	LEAK=me roles_start
	check_rights CapBnd
}

linux_case all_roles_of_an_ordinary_user_have_no_capability
all_roles_of_an_ordinary_user_have_no_capability_body()
{
	roles_start_unprivileged
	check_rights
}

linux_case all_roles_have_users_of_their_own root
all_roles_have_users_of_their_own_body()
{
	roles_start
	pids >list
	while read -r _role _pid; do
		_uid=0
		[ "$_role" = parent ] || _uid=$(net_uid 1 "$_role")
		atf_check_equal "$_uid $_uid $_uid $_uid" \
		    "$(proc_status "$_pid" Uid)"
		atf_check_equal "$_uid $_uid $_uid $_uid" \
		    "$(proc_status "$_pid" Gid)"
		[ "$_role" = parent ] || atf_check_equal "$_uid" \
		    "$(proc_status "$_pid" Groups)"
		proc_status "$_pid" Uid >>uids
	done <list
	# Two workers have the same one, all else are distinct.
	atf_check_equal 12 "$(sort -u uids | wc -l)"
}

linux_case all_roles_have_the_root_that_the_table_says root
all_roles_have_the_root_that_the_table_says_body()
{
	roles_start
	pids >list
	while read -r _role _pid; do
		case $_role in
		parent)		_root=/ ;;
		keys)		_root=$NET/mix1/keys ;;
		queue)		_root=$NET/mix1/spool ;;
		deliver)	_root=$NET/mail1/home ;;
		directory)	_root=$NET/mix1/cache ;;
		*)		_root=$NET/empty ;;
		esac
		atf_check -o inline:"$_root\n" readlink "/proc/$_pid/root"
		[ "$_role" = parent ] ||
		    atf_check -o inline:"$_root\n" readlink "/proc/$_pid/cwd"
	done <list
	atf_check -o empty ls -A "$NET/empty"
}

# Sockets: the channels to the parent and to its peers, and what it listens on.
sockets_of()
{
	case $1 in
	parent)		echo 14 ;;	# twelve roles, two that are listened on
	smtp)		echo 7 ;;	# parent crypto crypto keys queue
					# control, and what it listens on
	crypto)		echo 5 ;;	# parent smtp keys queue control
	seal)		echo 5 ;;	# parent pool queue directory control
	keys)		echo 9 ;;	# parent smtp crypto crypto queue relay
					# deliver directory control
	pool)		echo 4 ;;	# parent seal queue control
	queue)		echo 10 ;;	# all that messages pass
	relay)		echo 6 ;;	# parent keys queue resolver directory
					# control
	deliver)	echo 4 ;;	# parent keys queue control
	resolver)	echo 4 ;;	# parent relay directory control
	directory)	echo 6 ;;	# parent seal keys relay resolver
					# control
	control)	echo 13 ;;	# all
	esac
}


linux_case all_roles_have_open_only_what_they_need root
all_roles_have_open_only_what_they_need_body()
{
	# The daemon's caller has a file open that is nobody's business.
	echo secret >secret
	exec 7<secret
	roles_start
	pids >list
	while read -r _role _pid; do
		find "/proc/$_pid/fd" -type l -exec readlink {} \; >open
		atf_check_equal "$_role $(sockets_of "$_role")" \
		    "$_role $(grep -c '^socket:' open)"
		grep -v -e '^socket:' -e '^pipe:' -e eventpoll \
		    -e '^/dev/null$' -e "^$NET/mix1/log$" open >rest
		[ "$_role" != queue ] || {
			grep -v "^$NET/mix1/spool" rest >rest.queue
			mv rest.queue rest
		}
		atf_check -o empty cat rest
		[ "$_role" = parent ] || {
			atf_check -o inline:'/dev/null\n' \
			    readlink "/proc/$_pid/fd/0"
			atf_check -o inline:'/dev/null\n' \
			    readlink "/proc/$_pid/fd/1"
		}
	done <list
}

linux_case status_names_the_sandbox_of_each_role root
status_names_the_sandbox_of_each_role_body()
{
	roles_start
	net_mixctl 1 status >status || atf_fail "no status"
	for _role in smtp crypto/0 crypto/1 seal keys pool queue relay \
	    deliver resolver directory control; do
		grep -q \
		    "^$_role  *[0-9][0-9]*  *[0-9a-z ]* chroot uid seccomp" \
		    status || {
			cat status
			atf_fail "not for $_role"
		}
	done
	grep -q '^parent .* seccomp-denylist' status ||
	    atf_fail "not for parent"
	if grep 'NOT ANSWERING' status; then
		atf_fail "see above"
	fi
	net_mixctl 1 status -j >status.json
	atf_check_equal 12 "$(grep -c '"sandbox": "chroot uid seccomp' \
	    status.json)"
	atf_check_equal 13 "$(grep -c '"answering": true' status.json)"
}

# ends_with STATUS: the daemon, soon, and its roles with it.
ends_with()
{
	_pid=$(net_pid 1)
	await 15 "the end of the daemon" net_gone "$_pid"
	_status=0
	wait "$_pid" || _status=$?
	if [ "$_status" -ne "$1" ]; then
		cat "$NET/mix1/log"
		atf_fail "exit status $_status, not $1"
	fi
	rm "$NET/mix1/pid"
	if pgrep -U "$(net_uid 1 smtp)" || pgrep -U "$(net_uid 1 queue)"; then
		atf_fail "roles are left"
	fi
}

linux_case a_role_that_dies_is_named_and_ends_all root
a_role_that_dies_is_named_and_ends_all_body()
{
	roles_begin
	for _victim in $NET_ROLES; do
		rm -f "$NET/mix1/log"
		net_start 1 || atf_fail "it doesn't start"
		kill -9 "$(pid_of "$_victim")"
		ends_with 1
		grep -q "\[parent\]: $_victim was killed by signal 9; stop" \
		    "$NET/mix1/log" || atf_fail "$_victim is not named"
		[ ! -e "$NET/mix1/control" ] || atf_fail "the socket is left"
	done
}

# start_and SIGNAL SECONDS: sent so soon after the start.
start_and()
{
	: >"$NET/mix1/log"
	"$TOP/smtpd-mix/smtpd-mix" -d -f "$NET/mix1/smtpd-mix.conf" \
	    >>"$NET/mix1/log" 2>&1 </dev/null &
	echo $! >"$NET/mix1/pid"
	# Before its signals are set, it is not more than any other process.
	net_wait 10 test -S "$NET/mix1/control"
	sleep "$2"
	kill "-$1" "$(net_pid 1)"
}

linux_case a_start_that_is_interrupted_ends_in_order root
a_start_that_is_interrupted_ends_in_order_body()
{
	roles_begin
	for _delay in 0.02 0.05 0.1 0.15 0.2 0.25 0.3 0.4; do
		start_and TERM $_delay
		ends_with 0
		if grep -e 'was killed' -e 'exited with' "$NET/mix1/log"; then
			atf_fail "see above"
		fi
	done
	net_start 1 || atf_fail "it doesn't start any more"
}

linux_case a_reload_asked_for_during_the_start_follows_it root
a_reload_asked_for_during_the_start_follows_it_body()
{
	roles_begin
	start_and HUP 0.05
	await 20 "the reload" grep -q 'configuration reloaded' "$NET/mix1/log"
	net_mixctl 1 status >status || atf_fail "no status"
	kill "$(net_pid 1)"
	ends_with 0
}

open_count()
{
	while read -r _role _pid; do
		echo "$_role $(find "/proc/$_pid/fd" -type l | wc -l)"
	done <list
}

# A client that has just left may still be about to be closed.
same_open()
{
	open_count >after
	cmp before after
}

linux_case a_hundred_reloads_leave_nothing_open root
a_hundred_reloads_leave_nothing_open_body()
{
	roles_start
	net_mixctl 1 reload 2>/dev/null || atf_fail "no reload"
	pids >list
	sleep 1
	open_count >before
	_i=0
	while [ $_i -lt 100 ]; do
		# Signals that come faster than reloads end are not lost.
		kill -HUP "$(net_pid 1)"
		[ $((_i % 3)) -ne 0 ] ||
		    net_mixctl 1 reload 2>/dev/null
		_i=$((_i + 1))
	done
	sleep 1
	net_mixctl 1 reload 2>/dev/null || atf_fail "no reload"
	await 5 "the descriptors of before" same_open
	pids >list.after
	atf_check cmp list list.after
}

# Many new sockets, all bound already, and then a role says no.
linux_case a_refused_reload_gives_its_sockets_back root
a_refused_reload_gives_its_sockets_back_body()
{
	roles_start
	# From the first one on, control has a second descriptor of its socket.
	net_mixctl 1 reload || atf_fail "no reload"
	pids >list
	sleep 1
	open_count >before
	set --
	for _address in 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
		set -- "$@" "listen on 127.0.0.$_address port $(net_port 1)"
	done
	echo "no key" >"$NET/bad.pem"
	roles_conf "$@" "tls certificate \"$NET/bad.pem\" key \"$NET/bad.pem\""
	for _i in 1 2 3; do
		atf_check -s exit:1 -e match:'not reloaded: keys: .*TLS' \
		    "$TOP/mixctl/mixctl" -s "$NET/mix1/control" reload
	done
	await 5 "the descriptors of before" same_open
	roles_conf
	net_mixctl 1 reload || atf_fail "a good one is not taken any more"
	await 5 "the descriptors of before" same_open
	printf 'QUIT\n' | dialogue "$(net_port 1)" >greeting
	grep -q '^220' greeting || atf_fail "nobody answers"
}

# Its subkeys are there, and queue has their replay records: that is enough.
linux_case a_certificate_that_cannot_be_written_keeps_no_mail_out root
a_certificate_that_cannot_be_written_keeps_no_mail_out_body()
{
	roles_start
	net_publish 1 || atf_fail "no certificate"
	net_stop 1
	# Nothing can be put in the place of a directory.
	rm "$NET/mix1/keys/cert.pgp"
	mkdir "$NET/mix1/keys/cert.pgp"
	start_and CONT 0
	await 15 "what it waits for" waits_for_certificate
	rcpt=bob@home.example local_mail
	rmdir "$NET/mix1/keys/cert.pgp"
	# At the next reload it does what is due.
	net_mixctl 1 reload || atf_fail "no reload"
	net_mixctl 1 cert >cert.asc || atf_fail "still none"
	if waits_for_certificate; then
		atf_fail "it still waits"
	fi
}

waits_for_certificate()
{
	net_mixctl 1 status | grep -q '^keys *WAITING: .*cert.pgp'
}

atf_init_test_cases()
{
	atf_add_test_case all_roles_are_refused_what_is_not_theirs
	atf_add_test_case all_roles_of_an_ordinary_user_are_refused_the_same
	atf_add_test_case all_roles_have_no_capability_and_no_environment
	atf_add_test_case all_roles_of_an_ordinary_user_have_no_capability
	atf_add_test_case all_roles_have_users_of_their_own
	atf_add_test_case all_roles_have_the_root_that_the_table_says
	atf_add_test_case all_roles_have_open_only_what_they_need
	atf_add_test_case status_names_the_sandbox_of_each_role
	atf_add_test_case a_role_that_dies_is_named_and_ends_all
	atf_add_test_case a_start_that_is_interrupted_ends_in_order
	atf_add_test_case a_reload_asked_for_during_the_start_follows_it
	atf_add_test_case a_hundred_reloads_leave_nothing_open
	atf_add_test_case a_refused_reload_gives_its_sockets_back
	atf_add_test_case a_certificate_that_cannot_be_written_keeps_no_mail_out
}
