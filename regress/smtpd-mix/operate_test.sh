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


# What an operator does and meets: configurations, what keeps the daemon from
# starting, what mixctl says, reload and rotation.

TOP=$(cd "$(atf_get_srcdir)/../.." && pwd)
. "$TOP/regress/smtpd-mix/nettest.sh"

daemon=$TOP/smtpd-mix/smtpd-mix
mixctl=$TOP/mixctl/mixctl

root_test_case()
{
	net_test_case "$1"
	eval "${1}_head() { atf_set require.user root; }"
}

one_mix_conf()
{
	[ -n "${NET:-}" ] || nettest_begin
	net_conf 1 "$FAST" "$RETRY" "$NO_DUMMIES" "$@"
	conf=$NET/mix1/smtpd-mix.conf
}

# doesnt_start PATTERN: nor says more about why than one line.
doesnt_start()
{
	_status=0
	timeout 20 ${NET_AS:-} "$daemon" -d -f "$conf" >out 2>err || _status=$?
	grep -v -e ': warning: ' -e '^smtpd-mix\[queue\]: spool: ' \
	    -e ': not started as root: ' err >line
	atf_check -o match:"$1" cat line
	atf_check -o match:'^ *1$' sh -c 'wc -l <line'
	atf_check_equal 1 "$_status"
	atf_check -o empty cat out
}

# mixctl_fails STATUS PATTERN ARGUMENT...: with one line.
mixctl_fails()
{
	_exit=$1 _pattern=$2
	shift 2
	atf_check -s "exit:$_exit" -o empty -e match:"^mixctl: .*$_pattern" \
	    -e match:'.*' "$mixctl" "$@"
	"$mixctl" "$@" 2>&1 | wc -l | grep -q '^ *1$' ||
	    atf_fail "not one line"
}

net_test_case a_configuration_is_printed_as_it_is_read
a_configuration_is_printed_as_it_is_read_body()
{
	touch a.crt "b # key"
	one_mix_conf "mode middleman exitprivate exitpublic" \
	    'domain "d.example" maildir "/nowhere/%u/Maildir"' \
	    'domain "e.example" host 127.0.0.1 port 2526' \
	    'route "*" host ::1 port 2527 tls require' \
	    'postmaster host 127.0.0.1 port 2528 to "ops@c.example"' \
	    'limit connections 7 per address 3 timeout 1m' \
	    "tls certificate \"$PWD/a.crt\" key \"$PWD/b # key\"" \
	    'subkey algorithm rsa2048 lifetime 3d' 'log verbose'
	"$daemon" -n -f "$conf" >first 2>err || {
		cat err
		atf_fail "refused"
	}
	"$daemon" -n -f first >second 2>err || {
		cat err
		atf_fail "what was printed is refused"
	}
	cmp first second || atf_fail "they differ"
	for _word in '"d.example"' '/nowhere/%u/Maildir' 2526 2527 2528 \
	    require 'b # key"' rsa2048 verbose ops@c.example; do
		atf_check -o ignore grep -F -- "$_word" first
	done
	[ ! -e "$NET/mix1/spool" ] || atf_fail "-n has made something"
}

root_test_case a_check_reads_the_files_that_are_named
a_check_reads_the_files_that_are_named_body()
{
	one_mix_conf "recipients file \"$PWD/people\""
	atf_check -s exit:1 -o empty \
	    -e match:"recipients file: $PWD/people: No such file" \
	    "$daemon" -n -f "$conf"
	touch people
	atf_check -o not-empty -e match:'configuration OK' \
	    "$daemon" -n -f "$conf"
}

net_test_case a_bad_configuration_is_one_line_with_file_and_line
a_bad_configuration_is_one_line_with_file_and_line_body()
{
	one_mix_conf
	_last=$(($(wc -l <"$conf") + 1))
	for _line in bogus 'route "x" host localhost' \
	    'listen on 127.0.0.1 port' 'mode middleman exitprivate' \
	    'hop delay 4x' 'hostname "again.example"'
	do
		one_mix_conf "$_line"
		_last=$(wc -l <"$conf")
		doesnt_start "^$conf:[0-9]*: [^:]"
		atf_check -s exit:1 -o empty -e match:"^$conf:$_last: " \
		    "$daemon" -n -f "$conf"
	done
	conf=$NET/nowhere
	doesnt_start "can't read \"$NET/nowhere\": No such file"
}

net_test_case a_port_in_use_is_named
a_port_in_use_is_named_body()
{
	one_mix_conf
	start_sink sink -p "$(net_port 1)"
	doesnt_start \
	    "listen on 127.0.0.1 port $sink_port: Address already in use"
}

net_test_case a_second_daemon_does_no_harm_to_the_first
a_second_daemon_does_no_harm_to_the_first_body()
{
	one_mix_conf
	net_start 1 || atf_fail "see above"
	doesnt_start "port $(net_port 1): Address already in use"
	sed -i "s/^listen on .*/listen on 127.0.0.1 port $(net_port 9)/" "$conf"
	doesnt_start "another smtpd-mix is running there; stop it first"
	atf_check -o match:'^parent' "$mixctl" -s "$NET/mix1/control" status
}

net_test_case a_lost_or_damaged_key_is_named_and_nothing_made_anew
a_lost_or_damaged_key_is_named_and_nothing_made_anew_head()
{
	atf_set require.progs gpg
}
a_lost_or_damaged_key_is_named_and_nothing_made_anew_body()
{
	one_mix_conf
	net_start 1 || atf_fail "see above"
	net_mixctl 1 cert >before
	net_stop 1
	mv "$NET/mix1/keys/primary.pgp" saved
	doesnt_start "keys: primary.pgp is missing: restore it from your backup"
	[ ! -e "$NET/mix1/keys/primary.pgp" ] || atf_fail "a new one was made"
	head -c 40 saved >"$NET/mix1/keys/primary.pgp"
	doesnt_start "primary.pgp"
	chown "$(owner "$NET/mix1/keys")" "$NET/mix1/keys/primary.pgp"
	doesnt_start "keys: primary.pgp is damaged: restore it from your backup"
	rm "$NET/mix1/keys/primary.pgp"
	mv saved "$NET/mix1/keys/primary.pgp"
	net_start 1 || atf_fail "see above"
	net_mixctl 1 cert >after
	fingerprints before >keys.before
	fingerprints after >keys.after
	atf_check_equal 2 "$(wc -l <keys.before)"
	cmp keys.before keys.after || atf_fail "the keys changed"
}

owner()
{
	ls -nd "$1" | awk '{ print $3 }'
}

# The fingerprints in a certificate, the primary key's first.
fingerprints()
{
	mkdir -p -m 700 gnupg
	gpg --homedir gnupg --batch --no-tty --show-keys --with-colons "$1" |
	    awk -F: '$1 == "fpr" { print $10 }'
}

net_test_case a_damaged_subkey_is_replaced_and_the_mix_goes_on
a_damaged_subkey_is_replaced_and_the_mix_goes_on_body()
{
	one_mix_conf
	net_start 1 || atf_fail "see above"
	net_stop 1
	_subkey=$(ls "$NET"/mix1/keys/subkey-*)
	printf x | dd of="$_subkey" bs=1 seek=40 conv=notrunc 2>/dev/null
	net_start 1 || atf_fail "see above"
	atf_check_equal 1 "$(grep -c "keys\]: ${_subkey##*/}: .*not used" \
	    "$NET/mix1/log")"
	net_mixctl 1 status >status
	atf_check_equal 1 "$(grep -c '^subkey ' status)"
	atf_check -s exit:1 grep -i "${_subkey##*-}" status
}

root_test_case places_of_others_or_open_to_others_are_refused
places_of_others_or_open_to_others_are_refused_body()
{
	one_mix_conf
	net_start 1 || atf_fail "see above"
	net_stop 1
	for _place in spool keys; do
		_dir=$NET/mix1/$_place
		_uid=$(owner "$_dir")
		chown 0 "$_dir"
		doesnt_start "$_dir: belongs to another user: chown -R $_uid:"
		chown "$_uid" "$_dir"
		chmod 750 "$_dir"
		doesnt_start "$_dir: open to others: chmod 700 $_dir"
		chmod 700 "$_dir"
		mv "$_dir" "$_dir.real"
		ln -s "$_dir.real" "$_dir"
		doesnt_start "$_dir: not a directory"
		rm "$_dir"
		mv "$_dir.real" "$_dir"
	done
	chmod 777 "$NET/empty"
	doesnt_start "$NET/empty: must belong to root .*chmod 755 $NET/empty"
	chmod 755 "$NET/empty"
	net_start 1 || atf_fail "it does not start with all in order"
}

root_test_case missing_users_are_refused_with_the_command
missing_users_are_refused_with_the_command_body()
{
	one_mix_conf
	! getent passwd _mixpool >/dev/null ||
	    atf_skip "the daemon's users exist here"
	sed -i '/^user /d' "$conf"
	doesnt_start "users are missing; make them with: .*_mixpool"
	[ ! -e "$NET/mix1/keys" ] || atf_fail "something was made"
}

net_test_case mixctl_says_what_is_wrong_in_one_line
mixctl_says_what_is_wrong_in_one_line_body()
{
	one_mix_conf
	_socket=$NET/mix1/control
	mixctl_fails 1 "$_socket: smtpd-mix is not running" -s "$_socket" status
	net_start 1 || atf_fail "see above"
	kill -9 "$(net_pid 1)"
	await 10 "the daemon is gone" net_gone "$(net_pid 1)"
	[ -S "$_socket" ] || atf_fail "no stale socket to test with"
	mixctl_fails 1 "$_socket: smtpd-mix is not running" -s "$_socket" status
	atf_check -s exit:2 -e match:"^usage: mixctl" "$mixctl" bogus
}

atf_test_case the_control_socket_is_for_root_and_the_group_alone cleanup
the_control_socket_is_for_root_and_the_group_alone_head()
{
	atf_set require.user root
	atf_set require.progs setpriv
}
the_control_socket_is_for_root_and_the_group_alone_body()
{
	nettest_begin_open
	_group=$(getent group daemon | cut -d : -f 3)
	[ -n "$_group" ] || atf_skip "no group to test with"
	net_conf 1 "$NO_DUMMIES"
	_as="setpriv --reuid=$(net_uid 9 smtp) --clear-groups"
	_control="$TOP/mixctl/mixctl -s $NET/mix1/control status"
	net_start 1 || atf_fail "see above"
	atf_check -s exit:1 -o empty -e match:"^mixctl: .*permission denied" \
	    $_as --regid="$_group" $_control
	net_stop 1
	sed -i '/^control /s/$/ group "daemon"/' "$NET/mix1/smtpd-mix.conf"
	net_start 1 || atf_fail "see above"
	atf_check -o match:'^parent' $_as --regid="$_group" $_control
	atf_check -s exit:1 -o empty -e match:"^mixctl: .*permission denied" \
	    $_as --regid="$(net_uid 9 smtp)" $_control
}
the_control_socket_is_for_root_and_the_group_alone_cleanup()
{
	nettest_end_open
}

net_test_case a_client_that_breaks_the_protocol_is_disconnected
a_client_that_breaks_the_protocol_is_disconnected_head()
{
	atf_set require.progs perl
}
a_client_that_breaks_the_protocol_is_disconnected_body()
{
	one_mix_conf
	net_start 1 || atf_fail "see above"
	cat >client.pl <<-'END'
	use strict; use warnings; use IO::Socket::UNIX;
	my $path = shift;
	sub dial { IO::Socket::UNIX->new(Peer => $path) or die "connect: $!" }
	sub closed {
		my ($what, $data) = @_;
		my ($s, $buf) = (dial(), '');
		local $SIG{ALRM} = sub { die "$what: still connected\n" };
		local $SIG{PIPE} = 'IGNORE';
		alarm 5;
		syswrite $s, $data;
		my $n = sysread $s, $buf, 4096;
		die "$what: answered\n" if $n;
		alarm 0;
	}
	closed("text", "status\r\n" x 10);
	closed("zeros", "\0" x 64);
	closed("length below a header", pack("L4", 1, 3, 0, 0));
	closed("endless length", pack("L4", 1, 0x7fffffff, 0, 0));
	closed("descriptor that isn't there", pack("L4", 1, 0x80000010, 0, 0));
	closed("type $_", pack("L4 Q", $_, 24, 0, 0, 0)) for 0, 90 .. 99, 65535;
	closed("random", join '', map { chr rand 256 } 1 .. 5000);
	# Half a message, and nothing at all: neither keeps others out.
	my @idle = map { my $s = dial(); syswrite $s, "\1\0"; $s } 1 .. 8;
	system(@ARGV) == 0 or die "status beside idle clients\n";
	push @idle, map { dial() } 1 .. 40;
	@idle = ();
	END
	"$mixctl" -s "$NET/mix1/control" status | awk '{ print $1, $2 }' |
	    sed 11q >before
	atf_check -o match:'^parent' perl client.pl "$NET/mix1/control" \
	    "$mixctl" -s "$NET/mix1/control" status
	await 5 "the control socket is free again" net_mixctl 1 status
	"$mixctl" -s "$NET/mix1/control" status | awk '{ print $1, $2 }' |
	    sed 11q >after
	cmp before after || atf_fail "a role was replaced"
}

reloaded()
{
	net_mixctl 1 reload >said 2>&1 || {
		cat said
		atf_fail "not reloaded"
	}
}

# not_reloaded PATTERN: refused in one line, by mixctl and the log.
not_reloaded()
{
	mixctl_fails 1 "$1" -s "$NET/mix1/control" reload
	grep -q "$1" "$NET/mix1/log" || atf_fail "the log does not say so"
}

has_reloaded()
{
	[ "$(grep -c 'configuration reloaded' "$NET/mix1/log")" -ge "$1" ]
}

net_test_case a_reload_brings_new_routes_and_keeps_the_mail
a_reload_brings_new_routes_and_keeps_the_mail_body()
{
	one_mix_conf "mode middleman exitpublic"
	start_network 1
	local_mail
	await 10 "it has no way to go" figure_from 1 queue.deferred 1
	start_sink first
	one_mix_conf "mode middleman exitpublic" \
	    "route \"d.example\" host 127.0.0.1 port $sink_port"
	reloaded
	await 15 "it goes the new way" sink_has first 1
	start_sink second
	sed -i "s/^\(route \"d.example\".*port\) .*/\1 $sink_port/" "$conf"
	kill -HUP "$(net_pid 1)"
	await 10 "SIGHUP reloads too" has_reloaded 3
	local_mail
	await 15 "the next goes the newest way" sink_has second 1
	atf_check_equal 1 "$(find first -name 'mail.*' | wc -l)"
}

net_test_case a_reload_that_fails_changes_nothing
a_reload_that_fails_changes_nothing_body()
{
	start_sink sink
	start_sink other
	one_mix_conf "mode middleman exitpublic" "route \"d.example\" host \
127.0.0.1 port $(cat sink/port)"
	start_network 1
	cp "$conf" good
	sed "s/^\(route \"d.example\".*port\) .*/\1 $(cat other/port)/" good \
	    >changed
	{ cat changed; echo bogus; } >"$conf"
	not_reloaded "$conf:[0-9]*: unknown keyword"
	{ sed '/^hostname/d' changed; echo 'hostname "new.example"'; } >"$conf"
	not_reloaded "this change needs a restart: hostname"
	{ cat changed; echo "listen on 127.0.0.1 port $(cat sink/port)"; } \
	    >"$conf"
	not_reloaded "port $(cat sink/port): Address already in use"
	# All but keys would take this one, with a new port.
	openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=x -keyout a.key \
	    -out a.crt 2>/dev/null
	openssl genrsa -out b.key 2048 2>/dev/null
	{
		cat changed
		echo "tls certificate \"$PWD/a.crt\" key \"$PWD/b.key\""
		echo "listen on 127.0.0.1 port $(net_port 8)"
	} >"$conf"
	not_reloaded "keys: "
	printf 'QUIT\n' | dialogue "$(net_port 8)" 2>/dev/null &&
	    atf_fail "the new port is open"
	local_mail
	await 15 "the old route is in force" sink_has sink 1
	atf_check_equal 0 "$(find other -name 'mail.*' | wc -l)"
	sed "s/b.key/a.key/" "$conf" >fixed
	cp fixed "$conf"
	reloaded
	printf 'QUIT\n' | dialogue "$(net_port 8)" >out ||
	    atf_fail "the new port is not open after a good reload"
	local_mail
	await 15 "the new route is in force" sink_has other 1
}

net_test_case a_rotation_brings_a_subkey_and_keeps_the_old_one
a_rotation_brings_a_subkey_and_keeps_the_old_one_head()
{
	atf_set require.progs gpg
}
a_rotation_brings_a_subkey_and_keeps_the_old_one_body()
{
	start_sink sink
	one_mix_conf "mode middleman exitpublic" \
	    "route \"*\" host 127.0.0.1 port $sink_port"
	start_network 1
	cp "$NET/mixes/mix1.asc" old
	net_mixctl 1 status | grep '^subkey ' >before
	atf_check -e match:'a new subkey is live' "$mixctl" \
	    -s "$NET/mix1/control" rotate
	net_mixctl 1 status | grep '^subkey ' >after
	atf_check_equal "1 2" "$(wc -l <before | tr -d ' ') $(wc -l <after |
	    tr -d ' ')"
	grep -q -F -f before after || atf_fail "the old one is gone"
	net_publish 1
	fingerprints "$NET/mixes/mix1.asc" >keys
	atf_check_equal 3 "$(wc -l <keys)"
	local_mail
	await 15 "a message to the new one is opened" sink_has sink 1
	cp old "$NET/mixes/mix1.asc"
	local_mail
	await 15 "a message to the old one is opened" sink_has sink 2
	net_stop 1
	net_start 1 || atf_fail "see above"
	local_mail
	await 15 "it is after a restart, too" sink_has sink 3
	atf_check_equal 2 "$(net_mixctl 1 status | grep -c '^subkey ')"
}

net_test_case mixctl_stops_the_daemon
mixctl_stops_the_daemon_body()
{
	one_mix_conf
	net_start 1 || atf_fail "see above"
	"$mixctl" -s "$NET/mix1/control" stop || atf_fail "mixctl stop"
	await 10 "it is gone" net_gone "$(net_pid 1)"
	wait "$(net_pid 1)"
	atf_check_equal 0 $?
	[ ! -e "$NET/mix1/control" ] || atf_fail "the socket is left"
}

atf_init_test_cases()
{
	atf_add_test_case a_configuration_is_printed_as_it_is_read
	atf_add_test_case a_check_reads_the_files_that_are_named
	atf_add_test_case a_bad_configuration_is_one_line_with_file_and_line
	atf_add_test_case a_port_in_use_is_named
	atf_add_test_case a_second_daemon_does_no_harm_to_the_first
	atf_add_test_case a_lost_or_damaged_key_is_named_and_nothing_made_anew
	atf_add_test_case a_damaged_subkey_is_replaced_and_the_mix_goes_on
	atf_add_test_case places_of_others_or_open_to_others_are_refused
	atf_add_test_case missing_users_are_refused_with_the_command
	atf_add_test_case mixctl_says_what_is_wrong_in_one_line
	atf_add_test_case the_control_socket_is_for_root_and_the_group_alone
	atf_add_test_case a_client_that_breaks_the_protocol_is_disconnected
	atf_add_test_case a_reload_brings_new_routes_and_keeps_the_mail
	atf_add_test_case a_reload_that_fails_changes_nothing
	atf_add_test_case a_rotation_brings_a_subkey_and_keeps_the_old_one
	atf_add_test_case mixctl_stops_the_daemon
}
