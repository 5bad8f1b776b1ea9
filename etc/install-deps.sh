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

# Installs what building and testing need, with the system's own package
# manager.  Prints what it installs; does nothing, without network, when all
# is there.  Without root it prints the one command to run and fails.
#
#	install-deps.sh [build | all]
#
# build: only what compiling and running need; all (the default): also what
# the tests and measurements use.

set -eu

what=${1:-all}
case $what in
build|all) ;;
*)	echo "usage: install-deps.sh [build | all]" >&2; exit 2 ;;
esac

# Debian, Ubuntu.
debian_build="gcc libc6-dev make byacc libssl-dev libtls-dev libevent-dev
    libbsd-dev libcurl4-openssl-dev libseccomp-dev libjansson-dev
    libunbound-dev linux-libc-dev"
debian_test="kyua libatf-dev atf-sh mandoc bmake openssl gnupg sq swaks
    mutt dovecot-core dovecot-lmtpd onak microsocks nsd ldnsutils valgrind
    clang libclang-rt-dev strace util-linux iproute2"

# FreeBSD: make, yacc, mandoc, kyua and ATF are in the base system.
freebsd_build="libretls libevent curl jansson unbound"
freebsd_test="dovecot gnupg ldns microsocks mutt nsd sequoia-sq swaks valgrind"

# OpenBSD: libtls, libevent, imsg, yacc and mandoc are in the base system.
openbsd_build="curl jansson libunbound"
openbsd_test="kyua atf dovecot gnupg ldns-utils mutt sequoia-sq swaks"

# Prints those of the arguments that the command in $have doesn't know.
missing()
{
	for package; do
		$have "$package" >/dev/null 2>&1 || printf '%s ' "$package"
	done
}

need_root()
{
	echo "missing packages: $*"
	if [ "$(id -u)" -ne 0 ]; then
		echo "install them by running this as root:" >&2
		echo "	sh $(cd "$(dirname "$0")" && pwd)/install-deps.sh" \
		    "$what" >&2
		exit 1
	fi
}

debian_has()
{
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = \
	    installed ]
}

# OpenSMTPD is a peer for tests, and can't be installed beside another mail
# server: its files alone, at a place of their own, are enough.
OPENSMTPD=/usr/local/lib/smtpd-mix-regress/opensmtpd

debian_wants_opensmtpd()
{
	[ "$what" = all ] && [ ! -x $OPENSMTPD/usr/sbin/smtpd ] &&
	    [ ! -x /usr/sbin/smtpd ]
}

debian_unpack_opensmtpd()
{
	[ -n "$(debian_known opensmtpd)" ] || return 0
	dir=$(mktemp -d)
	(cd "$dir" && apt-get download -q -o APT::Sandbox::User=root \
	    opensmtpd </dev/null)
	mkdir -p $OPENSMTPD
	dpkg-deb -x "$dir"/opensmtpd_*.deb $OPENSMTPD
	rm -r "$dir"
}

# Postfix is only a peer for tests and measurements.  It must neither replace
# another mail server nor be configured by being installed.
debian_wants_postfix()
{
	[ "$what" = all ] && ! debian_has postfix &&
	    ! dpkg-query -W -f '${db:Status-Status} ${Provides}\n' |
	    grep -q '^installed .*mail-transport-agent'
}

debian_install_postfix()
{
	echo "postfix postfix/main_mailer_type select No configuration" |
	    debconf-set-selections
	debian_apt postfix
}

# None of the servers is started by being installed.
debian_keep_quiet()
{
	policy=/usr/sbin/policy-rc.d
	[ ! -e $policy ] || return 0
	trap 'rm -f $policy' EXIT
	printf '#!/bin/sh\nexit 101\n' >$policy
	chmod 755 $policy
}

# Nor at the next boot: the tests start their own.
debian_not_at_boot()
{
	command -v systemctl >/dev/null || return 0
	for package; do
		for unit in $(dpkg -L "$package" |
		    sed -n 's,.*/systemd/system/\([^/@]*\.[st][^/]*\)$,\1,p')
		do
			systemctl -q disable "$unit" 2>/dev/null || :
		done
	done
}

debian_apt()
{
	DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-remove \
	    --no-install-recommends -o DPkg::Lock::Timeout=300 \
	    -o Dpkg::Use-Pty=0 "$@" </dev/null
}

# Drops names that this release doesn't have and names them: a tool of the
# tests that is not packaged makes its tests skip, no more.
debian_known()
{
	for package; do
		if apt-cache show "$package" >/dev/null 2>&1; then
			printf '%s ' "$package"
		else
			echo "not packaged here: $package" >&2
		fi
	done
}

install_debian()
{
	have=debian_has
	want=$debian_build
	[ "$what" = build ] || want="$want $debian_test"
	lack=$(missing $want)
	postfix=
	if debian_wants_postfix; then
		postfix=postfix
	fi
	opensmtpd=
	if debian_wants_opensmtpd; then
		opensmtpd=opensmtpd
	fi
	[ -n "$lack$postfix$opensmtpd" ] || return 0
	need_root $lack $postfix $opensmtpd
	debian_keep_quiet
	apt-get update -q -o DPkg::Lock::Timeout=300 </dev/null
	lack=$(debian_known $lack)
	[ -z "$lack" ] || debian_apt $lack
	[ -z "$postfix" ] || debian_install_postfix
	debian_not_at_boot $lack $postfix
	[ -z "$opensmtpd" ] || debian_unpack_opensmtpd
}

install_freebsd()
{
	have="pkg info -e"
	want=$freebsd_build
	[ "$what" = build ] || want="$want $freebsd_test"
	lack=$(missing $want)
	[ -n "$lack" ] || return 0
	need_root $lack
	env ASSUME_ALWAYS_YES=yes pkg install -y $lack </dev/null
}

openbsd_has()
{
	pkg_info -q -e "$1-*"
}

install_openbsd()
{
	have=openbsd_has
	want=$openbsd_build
	[ "$what" = build ] || want="$want $openbsd_test"
	lack=$(missing $want)
	[ -n "$lack" ] || return 0
	need_root $lack
	pkg_add -I $lack </dev/null
}

case $(uname -s) in
FreeBSD)
	install_freebsd ;;
OpenBSD)
	install_openbsd ;;
Linux)
	if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null
	then
		install_debian
	else
		echo "install-deps.sh knows apt, pkg and pkg_add only;" \
		    "install the equivalents of: $debian_build" >&2
	fi ;;
*)
	echo "install-deps.sh doesn't know this system; install the" \
	    "equivalents of: $debian_build" >&2 ;;
esac
