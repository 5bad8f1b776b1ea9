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

# Writes the Kyuafiles, one in each directory that has test programs and one
# above them all, for the programs given in three lists:
#	kyuafile.sh "ATF programs in C" "ATF programs in sh" "fuzz programs"

set -eu

start()
{
	printf '%s\n' '-- Written by make from its lists.' 'syntax(2)' \
	    'test_suite("smtpd-mix")'
}

# Prints what belongs into the Kyuafile of directory $1.
programs_of()
{
	for program in $atf; do
		[ "$(dirname "$program")" != "$1" ] ||
		    echo "atf_test_program{name=\"$(basename "$program")\"}"
	done
	for program in $plain; do
		[ "$(dirname "$program")" != "$1" ] ||
		    echo "plain_test_program{name=\"$(basename "$program")\"," \
		    "timeout=600}"
	done
}

atf="$1 $2"
plain=$3
directories=$(for program in $atf $plain; do
	dirname "$program"
done | sort -u)

for directory in $directories; do
	{ start; programs_of "$directory"; } >"$directory/Kyuafile"
done
{
	start
	for directory in $directories; do
		echo "include(\"$directory/Kyuafile\")"
	done
} >Kyuafile
