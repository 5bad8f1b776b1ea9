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

# Called by make install with the directories and lists in the environment:
# PREFIX SYSCONFDIR MANDIR SYSTEM MANS DESTDIR.  Prints how to make the users.

set -eu
# Directories are for all, whoever makes them.
umask 022

D=${DESTDIR:-}

put()
{
	mode=$1 from=$2 to=$D$3
	mkdir -p "$(dirname "$to")"
	cp "$from" "$to.new"
	chmod "$mode" "$to.new"
	mv -f "$to.new" "$to"
	echo "$to"
}

# The same for files with directories in them.
put_edited()
{
	edited=$(mktemp)
	sed -e "s,@PREFIX@,$PREFIX,g" -e "s,@SYSCONFDIR@,$SYSCONFDIR,g" \
	    "$2" >"$edited"
	put "$1" "$edited" "$3"
	rm -f "$edited"
}

put 755 smtpd-mix/smtpd-mix "$PREFIX/sbin/smtpd-mix"
put 755 mixctl/mixctl "$PREFIX/sbin/mixctl"
put 755 mixmail/mixmail "$PREFIX/bin/mixmail"
for man in $MANS; do
	put 644 "$man" "$MANDIR/man${man##*.}/$(basename "$man")"
done
put 644 etc/smtpd-mix.conf "$PREFIX/share/examples/smtpd-mix/smtpd-mix.conf"
if [ ! -e "$D$SYSCONFDIR/smtpd-mix.conf" ]; then
	put 644 etc/smtpd-mix.conf "$SYSCONFDIR/smtpd-mix.conf"
fi

case $SYSTEM in
Linux)
	put_edited 644 etc/smtpd-mix.service \
	    "$PREFIX/lib/systemd/system/smtpd-mix.service"
	add="useradd -r -U -M -d /var/empty -s /usr/sbin/nologin \$u" ;;
FreeBSD)
	put_edited 755 etc/rc.d/smtpd_mix.freebsd "$PREFIX/etc/rc.d/smtpd_mix"
	add="pw useradd \$u -d /var/empty -s /usr/sbin/nologin" ;;
OpenBSD)
	put_edited 755 etc/rc.d/smtpd_mix.openbsd /etc/rc.d/smtpd_mix
	add="useradd -g =uid -L daemon -d /var/empty -s /sbin/nologin \$u" ;;
*)
	add="useradd -d /var/empty -s /sbin/nologin \$u" ;;
esac

# The empty directory that roles without files have as their root.
if [ ! -d "$D/var/empty" ]; then
	mkdir -p "$D/var/empty"
	chmod 555 "$D/var/empty"
fi

lack=
for role in smtp crypto seal keys pool queue relay deliver resolver directory \
    control; do
	id -u "_mix$role" >/dev/null 2>&1 || lack="$lack _mix$role"
done
if [ -n "$lack" ]; then
	cat <<__EOT

Each role has a user of its own.  To make them, run this as root:
	for u in$lack; do
		$add
	done
__EOT
fi
