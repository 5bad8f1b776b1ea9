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

# A network of mixes on this machine, for the demo and the tests; to be read
# with ".".  Everything lies below one directory, and only the loopback
# interface is used.  TOP is the built tree.
#
#	net_init DIR [PORT]	begins; mix N listens on port PORT + N
#	net_conf N [LINE...]	writes the configuration of mix N; LINEs are
#				added, and may override
#	net_start N...		starts mixes and waits until they answer
#	net_stop N...		stops them in order
#	net_publish N...	puts certificates into the roster, reloads all
#	net_mixctl N ARG...	mixctl of mix N
#	net_end			stops whatever runs
#	net_clean DIR		the same for another shell's network, at once
#
# The last three fail if a sanitizer reported something in a log.
#
# What a test may set: NET_NAME_N is the name of mix N, NET_PORT_N the port that
# the others find it at, NET_ROUTE more words for all routes, NET_AS a command
# that runs mixes as an ordinary user.

NET_ROLES="smtp crypto seal keys pool queue relay deliver resolver
    directory control"
NET_MIXES=5
NET_DOMAIN=mix.example

# Each network has user ids and ports of its own, also when several are tested
# at a time: a directory in /tmp stands for them.
NET_SLOTS=300
NET_UID_FIRST=100000
NET_UIDS=400
NET_PORT_FIRST=20000
NET_PORTS=20

# Whether anybody has one of the user ids of a slot.
net_uids_taken()
{
	getent passwd | awk -F: -v slot="$1" -v first=$NET_UID_FIRST \
	    -v n=$NET_UIDS '
	int(($3 - first) / n) == slot && $3 >= first { taken = 1 }
	END { exit !taken }'
}

# Whether somebody listens at one of the ports of a slot, where that can be
# seen.
net_ports_taken()
{
	[ -r /proc/net/tcp ] || return 1
	awk -v port=$((NET_PORT_FIRST + $1 * NET_PORTS)) -v n=$NET_PORTS '
	BEGIN { for (i = 0; i < n; i++) ours[sprintf("%04X", port + i)] }
	{ split($2, local, ":") }
	$4 == "0A" && local[2] in ours { taken = 1 }
	END { exit !taken }' /proc/net/tcp
}

# NET_PORTS ports, below what systems give to clients.
net_random_port()
{
	find /tmp -maxdepth 1 -name 'smtpd-mix-net.*' -mmin +120 \
	    -exec rmdir {} + 2>/dev/null
	_try=0
	while [ $_try -lt 1000 ]; do
		_slot=$(od -An -N2 -tu2 /dev/urandom |
		    awk -v n=$NET_SLOTS '{ print $1 % n }')
		if ! net_uids_taken "$_slot" && ! net_ports_taken "$_slot" &&
		    mkdir "/tmp/smtpd-mix-net.$_slot" 2>/dev/null; then
			echo $((NET_PORT_FIRST + _slot * NET_PORTS))
			return 0
		fi
		_try=$((_try + 1))
	done
	return 1
}

net_init()
{
	NET=$1
	NET_PORT=${2:-$(net_random_port)}
	NET_SLOT=$(((NET_PORT - NET_PORT_FIRST) / NET_PORTS))
	NET_UID=$((NET_UID_FIRST + NET_SLOT * NET_UIDS))
	mkdir -p "$NET/mixes" "$NET/empty" || return 1
	chmod 755 "$NET" "$NET/mixes" "$NET/empty"
	echo $NET_SLOT >"$NET/slot"
}

net_name()
{
	eval "echo \${NET_NAME_$1:-mix$1.$NET_DOMAIN}"
}

net_port()
{
	echo $((NET_PORT + $1))
}

# Whether mixes are started as root.
net_is_root()
{
	[ "$(id -u)" -eq 0 ] && [ -z "${NET_AS:-}" ]
}

# The uid of a role of mix N.
net_uid()
{
	_uid=$((NET_UID + $1 * 20))
	for _role in $NET_ROLES; do
		if [ "$_role" = "$2" ]; then
			break
		fi
		_uid=$((_uid + 1))
	done
	echo $_uid
}

net_users()
{
	net_is_root || return 0
	for _r in $NET_ROLES; do
		echo "user $_r \"$(net_uid "$1" "$_r")\""
	done
}

net_routes()
{
	_i=1
	while [ $_i -le $NET_MIXES ]; do
		if [ $_i -ne "$1" ]; then
			eval "_port=\${NET_PORT_$_i:-$(net_port $_i)}"
			echo "route \"$(net_name $_i)\" host 127.0.0.1" \
			    "port $_port ${NET_ROUTE:-}"
		fi
		_i=$((_i + 1))
	done
}

# A directory that deliver of mix N may write in.
net_maildir()
{
	mkdir -p "$NET/mail$1/$2" || return 1
	if net_is_root; then
		chown -R "$(net_uid "$1" deliver)" "$NET/mail$1"
	fi
}

net_conf()
{
	_n=$1
	shift
	mkdir -p "$NET/mix$_n" || return 1
	{
		echo "hostname \"$(net_name "$_n")\""
		echo "listen on 127.0.0.1 port $(net_port "$_n")"
		echo "spool \"$NET/mix$_n/spool\" slots 2048"
		echo "keys \"$NET/mix$_n/keys\""
		echo "cache \"$NET/mix$_n/cache\""
		echo "roster \"$NET/mixes\""
		echo "control \"$NET/mix$_n/control\""
		echo "chroot \"$NET/empty\""
		echo "workers 1"
		net_users "$_n"
		net_routes "$_n"
		for _line; do
			echo "$_line"
		done
	} >"$NET/mix$_n/smtpd-mix.conf"
}

net_mixctl()
{
	_n=$1
	shift
	"$TOP/mixctl/mixctl" -s "$NET/mix$_n/control" "$@"
}

# Waits until a command succeeds, at most so many seconds.
net_wait()
{
	_tries=$(($1 * 10))
	shift
	while ! "$@" >/dev/null 2>&1; do
		_tries=$((_tries - 1))
		if [ $_tries -le 0 ]; then
			return 1
		fi
		sleep 0.1
	done
}

net_pid()
{
	cat "$NET/mix$1/pid" 2>/dev/null
}

net_is_up()
{
	net_mixctl "$1" cert || net_gone "$(net_pid "$1")"
}

net_start()
{
	for _m; do
		${NET_AS:-} "$TOP/smtpd-mix/smtpd-mix" -d \
		    -f "$NET/mix$_m/smtpd-mix.conf" \
		    >>"$NET/mix$_m/log" 2>&1 </dev/null &
		echo $! >"$NET/mix$_m/pid"
	done
	for _m; do
		net_wait 20 net_is_up "$_m"
		if ! net_mixctl "$_m" cert >/dev/null 2>&1; then
			echo "mix $_m does not start:" >&2
			tail -n 5 "$NET/mix$_m/log" >&2
			return 1
		fi
	done
}

net_gone()
{
	! kill -0 "$1" 2>/dev/null
}

net_stop()
{
	for _m; do
		_pid=$(net_pid "$_m")
		[ -n "$_pid" ] && kill "$_pid" 2>/dev/null
	done
	for _m; do
		_pid=$(net_pid "$_m")
		if [ -n "$_pid" ]; then
			net_wait 15 net_gone "$_pid" || kill -9 "$_pid"
			wait "$_pid" 2>/dev/null
			rm -f "$NET/mix$_m/pid"
		fi
	done
	net_is_sane "$NET"
}

net_publish()
{
	for _m; do
		net_mixctl "$_m" cert >"$NET/mixes/mix$_m.asc" || return 1
	done
	for _m; do
		net_mixctl "$_m" reload 2>/dev/null || return 1
	done
}

net_end()
{
	_i=1
	while [ $_i -le $NET_MIXES ]; do
		_pid=$(net_pid $_i)
		[ -n "$_pid" ] && net_stop $_i
		_i=$((_i + 1))
	done
	net_free_slot "$NET"
	net_is_sane "$NET"
}

# Built with sanitizers, a role reports to its log; nobody else would see it.
net_is_sane()
{
	if grep -h -A 30 -e 'ERROR: [A-Za-z]*Sanitizer' \
	    -e ': runtime error: ' "$1"/mix*/log >&2 2>/dev/null; then
		echo "a sanitizer has found something in $1" >&2
		return 1
	fi
}

net_free_slot()
{
	if [ -s "$1/slot" ]; then
		rmdir "/tmp/smtpd-mix-net.$(cat "$1/slot")" 2>/dev/null
		rm -f "$1/slot"
	fi
	return 0
}

# What a test leaves behind, whatever became of it.  Roles end when their parent
# has.
net_clean()
{
	for _file in "$1"/mix*/pid; do
		if [ -s "$_file" ]; then
			kill -9 "$(cat "$_file")" 2>/dev/null
		fi
	done
	net_free_slot "$1"
	net_is_sane "$1"
}

# net_json_value PATH: of JSON as mixctl prints it, the value at "pool.held".
net_json_value()
{
	awk -v path="$1" '
	/^ *"/ {
		depth = (match($0, /[^ ]/) - 1) / 2
		name[depth] = $1
		gsub(/[":]/, "", name[depth])
		at = name[1]
		for (i = 2; i <= depth; i++)
			at = at "." name[i]
		if (at == path) {
			sub(/^[^:]*: /, "")
			sub(/,$/, "")
			print
			exit
		}
	}'
}

# A figure of a mix's status by its path in the JSON.
net_figure()
{
	net_mixctl "$1" status -j 2>/dev/null | net_json_value "$2"
}
