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


# A Postfix of our own that relays everything for one domain, for hop_bench.sh;
# to be read with ".".  It runs apart from the system's Postfix and leaves it
# and its configuration alone.
#
#	postfix_missing		prints what stands in the way, if something does
#	postfix_init DIR DOMAIN PORT TLSPORT NEXT CERT KEY
#				writes a configuration: mail for DOMAIN is taken
#				on two ports, in the clear and with STARTTLS,
#				and goes to port NEXT
#	postfix_start
#	postfix_pid		of its master process
#	postfix_end		stops it, if it runs

POSTFIX_PROGRAMS=/usr/lib/postfix/sbin

postfix_missing()
{
	if [ "$(uname -s)" != Linux ]; then
		echo "CPU is counted by Linux's /proc"
	elif [ "$(id -u)" -ne 0 ]; then
		echo "Postfix needs root"
	elif ! command -v postfix >/dev/null ||
	    [ ! -x $POSTFIX_PROGRAMS/master ]; then
		echo "no Postfix: etc/install-deps.sh installs it" \
		    "where no other mail server is"
	fi
}

# What a plain installation has, durability included, but for three things that
# are in Postfix's favour: nothing is looked up in the DNS, no pause when more
# comes in than goes out, no chroot.
postfix_main_cf()
{
	cat <<-END
	compatibility_level = 3.6
	queue_directory = $POSTFIX/queue
	data_directory = $POSTFIX/data
	command_directory = /usr/sbin
	daemon_directory = $POSTFIX_PROGRAMS
	mail_owner = postfix
	setgid_group = postdrop
	myhostname = $1
	inet_interfaces = 127.0.0.1
	inet_protocols = ipv4
	mynetworks = 127.0.0.0/8
	mydestination =
	alias_maps =
	local_recipient_maps =
	relay_domains = $1
	transport_maps = inline:{ { $1 = relay:[127.0.0.1]:$2 } }
	smtpd_peername_lookup = no
	smtpd_tls_cert_file = $3
	smtpd_tls_key_file = $4
	in_flow_delay = 0
	END
}

postfix_master_cf()
{
	cat <<-END
	127.0.0.1:$1 inet n - n - - smtpd
	127.0.0.1:$2 inet n - n - - smtpd -o smtpd_tls_security_level=may
	cleanup unix n - n - 0 cleanup
	qmgr unix n - n 300 1 qmgr
	tlsmgr unix - - n 1000? 1 tlsmgr
	rewrite unix - - n - - trivial-rewrite
	bounce unix - - n - 0 bounce
	defer unix - - n - 0 bounce
	trace unix - - n - 0 bounce
	verify unix - - n - 1 verify
	flush unix n - n 1000? 0 flush
	proxymap unix - - n - - proxymap
	proxywrite unix - - n - 1 proxymap
	smtp unix - - n - - smtp
	relay unix - - n - - smtp
	error unix - - n - - error
	retry unix - - n - - error
	discard unix - - n - - discard
	anvil unix - - n - 1 anvil
	scache unix - - n - 1 scache
	END
}

postfix_init()
{
	POSTFIX=$1
	mkdir -p "$POSTFIX/conf" "$POSTFIX/queue" "$POSTFIX/data" || return 1
	chown postfix "$POSTFIX/data"
	postfix_main_cf "$2" "$5" "$6" "$7" >"$POSTFIX/conf/main.cf"
	postfix_master_cf "$3" "$4" >"$POSTFIX/conf/master.cf"
}

postfix_pid()
{
	tr -d ' ' <"$POSTFIX/queue/pid/master.pid"
}

postfix_start()
{
	postfix -c "$POSTFIX/conf" start >"$POSTFIX/log" 2>&1 &&
	    postfix -c "$POSTFIX/conf" status >>"$POSTFIX/log" 2>&1 &&
	    return 0
	echo "Postfix does not start:" >&2
	tail -n 5 "$POSTFIX/log" >&2
	return 1
}

postfix_end()
{
	if [ -n "${POSTFIX:-}" ] && [ -e "$POSTFIX/queue/pid/master.pid" ]; then
		postfix -c "$POSTFIX/conf" stop >>"$POSTFIX/log" 2>&1
	fi
	return 0
}
