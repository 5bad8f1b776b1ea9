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


# Name servers with zones of one's own, signed or not, for the tests; to be read
# with ".".  Everything lies below one directory, and only the loopback
# interface is used.  nsd(8) and the tools of ldns do the work.
#
#	ns_init DIR PORT [ADDRESS...]
#			begins; the server will listen there, or on 127.0.0.1;
#			the zones name the first
#	ns_zone NAME <RECORDS
#			adds a zone that is not signed; SOA and NS are added
#	ns_signed NAME <RECORDS
#			the same, and signs it with a key of its own
#	ns_delegation NAME
#			the records by which its parent leads to a zone: NS, and
#			DS if it is signed (first the child, then the parent)
#	ns_anchor NAME...
#			makes $NS/anchor: the trust anchors for zones
#	ns_tamper NAME SED
#			changes a zone after it was signed
#	ns_start	starts, and waits until it answers
#	ns_reload	reads the zones anew
#	ns_stop		stops
#	ns_clean DIR	the same for another shell's server
#	ns_conf		the statement for smtpd-mix.conf(5)
#
# A zone named by ns_zone or ns_signed again replaces the one before.  "." is a
# zone like others.

NS_TTL=300

ns_init()
{
	NS=$1
	NS_PORT=$2
	NS_ADDRESS=${3:-127.0.0.1}
	shift 2
	NS_ADDRESSES=${*:-$NS_ADDRESS}
	mkdir -p "$NS/zones" || return 1
}

# The file for a zone, and the zone of a file.
ns_file()
{
	[ "$1" = . ] && echo root || echo "$1"
}

ns_zone_of()
{
	_base=${1##*/}
	_base=${_base%.zone}
	[ "$_base" = root ] && echo . || echo "$_base"
}

# The server and its zones.
ns_write_conf()
{
	cat <<-END
	server:
	$(printf "\tip-address: %s@$NS_PORT\n" $NS_ADDRESSES)
		port: $NS_PORT
		server-count: 1
		username: ""
		zonesdir: "$NS/zones"
		database: ""
		zonelistfile: "$NS/zone.list"
		xfrdfile: "$NS/xfrd.state"
		xfrdir: "$NS"
		pidfile: "$NS/nsd.pid"
		logfile: "$NS/nsd.log"
		rrl-ratelimit: 0
		rrl-whitelist-ratelimit: 0
	remote-control:
		control-enable: no
	END
	for _file in "$NS"/zones/*.zone; do
		printf 'zone:\n\tname: "%s"\n\tzonefile: "%s"\n' \
		    "$(ns_zone_of "$_file")" "${_file##*/}"
	done
}

# A zone's beginning, and what is given.
ns_write_zone()
{
	_origin=${1%.}.
	cat <<-END
	\$ORIGIN $_origin
	\$TTL $NS_TTL
	@	SOA ns hostmaster $(date +%s) 3600 600 86400 $NS_TTL
	@	NS ns
	ns	A $NS_ADDRESS
	END
	cat
}

ns_zone()
{
	_file=$(ns_file "$1")
	ns_write_zone "$1" >"$NS/zones/$_file.zone"
	rm -f "$NS/$_file.ds"
}

# One key that signs all: small and fast.
ns_key()
{
	if ! [ -s "$NS/$2.key.name" ]; then
		(cd "$NS" && ldns-keygen -a ECDSAP256SHA256 -k \
		    -r /dev/urandom "$1" >"$2.key.name") || return 1
	fi
	cat "$NS/$2.key.name"
}

ns_signed()
{
	_file=$(ns_file "$1")
	_key=$(ns_key "$1" "$_file") || return 1
	ns_write_zone "$1" >"$NS/$_file.clear" &&
	    ldns-signzone -o "$1" -f "$NS/zones/$_file.zone" \
	    "$NS/$_file.clear" "$NS/$_key" || return 1
	cp "$NS/$_key.ds" "$NS/$_file.ds"
}

ns_delegation()
{
	echo "$1. $NS_TTL NS ns.$1."
	echo "ns.$1. $NS_TTL A $NS_ADDRESS"
	if [ -s "$NS/$1.ds" ]; then
		cat "$NS/$1.ds"
	fi
}

ns_anchor()
{
	for _zone; do
		cat "$NS/$(ns_file "$_zone").ds" || return 1
	done >"$NS/anchor"
}

ns_tamper()
{
	_file=$NS/zones/$(ns_file "$1").zone
	sed "$2" "$_file" >"$NS/tampered" || return 1
	if cmp -s "$NS/tampered" "$_file"; then
		echo "nothing in $1 fits $2" >&2
		return 1
	fi
	mv "$NS/tampered" "$_file"
}

ns_answers()
{
	drill -p "$NS_PORT" "@$NS_ADDRESS" SOA "$1" | grep -q '^[^;].*SOA'
}

# Whether each zone is there.  To ask too early costs seconds.
ns_is_up()
{
	grep -q 'nsd started' "$NS/nsd.log" 2>/dev/null || return 1
	for _file in "$NS"/zones/*.zone; do
		ns_answers "$(ns_zone_of "$_file")" || return 1
	done
}

ns_start()
{
	ns_write_conf >"$NS/nsd.conf"
	rm -f "$NS/nsd.log"
	nsd -d -c "$NS/nsd.conf" >>"$NS/nsd.out" 2>&1 </dev/null &
	echo $! >"$NS/pid"
	_tries=100
	until ns_is_up; do
		_tries=$((_tries - 1))
		if [ $_tries -eq 0 ] || ! kill -0 "$(cat "$NS/pid")"; then
			echo "the name server does not start:" >&2
			tail -n 5 "$NS/nsd.out" "$NS/nsd.log" >&2
			return 1
		fi
		sleep 0.1
	done
}

# nsd(8) has a second process, which does as this one says.
ns_stop()
{
	if [ -s "$NS/pid" ]; then
		_pid=$(cat "$NS/pid")
		kill "$_pid" 2>/dev/null
		wait "$_pid" 2>/dev/null
		rm -f "$NS/pid"
	fi
}

ns_reload()
{
	ns_stop
	ns_start
}

ns_clean()
{
	if [ -s "$1/pid" ]; then
		kill "$(cat "$1/pid")" 2>/dev/null
		rm -f "$1/pid"
	fi
	return 0
}

ns_conf()
{
	echo "resolver forward $NS_ADDRESS port $NS_PORT" \
	    "trust anchor \"$NS/anchor\""
}
