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

# Prints what mandoc -Tlint has to say about the manuals given, and fails if it
# says anything.  It looks for referenced manuals where the system's are; ours
# refer to each other before they are installed there, and a small system has
# few of its own or no list of them: neither is a fault of ours.

set -u

own=
for man; do
	name=$(basename "$man")
	own="$own
referenced manual not found: Xr ${name%.*} ${name##*.}"
done
own=${own#?}

found=$(for man; do
	mandoc -Tlint "$man" 2>&1
done | grep -v -F -e "$own" -e "outdated mandoc.db lacks")
if [ -n "$found" ]; then
	echo "$found"
	exit 1
fi
