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

# Runs the tests of the Kyuafile and ends with the line
#	N passed, N failed, N skipped
# Fails if a test failed.  kyua counts skipped tests as passed, so its report is
# read instead.  Needs to be run at the top of the built tree; with arguments,
# only those tests run (regress/lib/openpgp/armor_test[:case]).

set -u

TOP=$(pwd)
export TOP

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# kyua keeps a log below HOME, which may not be there.
HOME=$tmp
export HOME

rm -f results.db
kyua --config=none --logfile="$tmp/log" -v parallelism=2 test \
    --kyuafile=Kyuafile --results-file="$TOP/results.db" "$@" \
    </dev/null >"$tmp/out" 2>&1
status=$?
grep -v -e '->  passed' "$tmp/out"

kyua --config=none --logfile="$tmp/log" report \
    --results-file="$TOP/results.db" --verbose \
    --results-filter=broken,failed >"$tmp/failed" 2>&1
if [ $status -ne 0 ]; then
	# The report's preamble lists the environment: no use here.
	awk '
	/^===> / { show = /^===> [^ ]*:[^ ]*$/ }
	/^Metadata:/ { metadata = 1 }
	/^$/ { metadata = 0 }
	show && !metadata' "$tmp/failed" | head -n 2000
fi

# An expected failure counts as a failure: nothing is expected to fail here.
kyua --config=none --logfile="$tmp/log" report \
    --results-file="$TOP/results.db" \
    --results-filter=passed,skipped,xfail,broken,failed >"$tmp/all" 2>&1
count()
{
	grep -c -E -e "  ->  ($1)" "$tmp/all"
}
passed=$(count 'passed')
failed=$(count 'failed|broken|expected_failure')
skipped=$(count 'skipped')

# Tests of whole networks share two processors with another test.  A few that
# failed are run again, alone: what passes then is unsteady, which is said, and
# counts as passed; what fails again has failed.
UNSTEADY_MAX=2
again()
{
	awk '/  ->  (failed|broken)/ { print $1 }' "$tmp/all" >"$tmp/names"
	if [ ! -s "$tmp/names" ] ||
	    [ "$(wc -l <"$tmp/names")" -gt $UNSTEADY_MAX ]; then
		return
	fi
	rm -f results-again.db
	# shellcheck disable=SC2046
	kyua --config=none --logfile="$tmp/log" -v parallelism=1 test \
	    --kyuafile=Kyuafile --results-file="$TOP/results-again.db" \
	    $(cat "$tmp/names") </dev/null >/dev/null 2>&1
	kyua --config=none --logfile="$tmp/log" report \
	    --results-file="$TOP/results-again.db" \
	    --results-filter=passed >"$tmp/again" 2>&1
	for name in $(awk '/  ->  passed/ { print $1 }' "$tmp/again"); do
		echo "unsteady: $name failed beside others, passed alone"
		passed=$((passed + 1))
		failed=$((failed - 1))
		status=0
	done
}
again

# kyua failing without a failed test is a failure of the run itself.
if [ $status -ne 0 ] && [ "$failed" -eq 0 ]; then
	echo "kyua exited with status $status" >&2
	failed=1
fi
if [ "$((passed + failed + skipped))" -eq 0 ]; then
	echo "no test was run" >&2
	failed=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
