#!/bin/bash
# pairs.sh - the suite of documented errors: each (method, error) of each interface is provoked by a
# test, or has a line in tests/idl/excuses that says why none can.
#
# usage: tests/idl/pairs.sh                 (reports as tests/README.md says)
#        tests/idl/pairs.sh --documented    (`LABEL NUMBER INTERFACE.METHOD ERROR` of each)
#
# Unit and system tests tell what they have provoked: `pair LABEL ERROR`, before the line of the
# test. This suite reads that in the logs of the suites that have run before it, and writes the list
# of all pairs, each with the id of a test, to build/test/pairs.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit

build=${BUILD:-build}
excuses=tests/idl/excuses
list=$build/test/pairs
excused_percent=5
tests=0

# report ID SENTENCE REASON - without a reason it holds.
report()
{
    tests=$((tests + 1))
    if [ -z "$3" ]; then echo "ok PAIRS-$1 $2"; else echo "not ok PAIRS-$1 $2: $3"; fi
}

# `LABEL NUMBER INTERFACE.METHOD ERROR` for each documented error. Those of the methods that every
# server has are the business of tests/idl/round_trip.c.
documented()
{
    awk '
        FNR == 1 { file = FILENAME; gsub(/.*\/|\.json$/, "", file) }
        /^    \{"name": "[a-z0-9_]*", "number"/ {
            split($0, part, "\"")
            method = part[4]; label = part[9]
            sub(/.*"label": "/, "", $0); label = $0; sub(/".*/, "", label)
            if (label ~ /fff[01]$/) next
            sub(/.*"errors": \[/, "")
            while (match($0, /\{"name": "[A-Z0-9]+", "number": [0-9]+/)) {
                split(substr($0, RSTART, RLENGTH), part, "\"")
                number = part[7]; sub(/[^0-9]*/, "", number)
                print label, number, file "." method, part[4]
                $0 = substr($0, RSTART + RLENGTH)
            }
        }' $(printf '%s\n' idl/interfaces/*.idl | sed "/\/errors.idl/d; /\/standard.idl/d; s#idl/interfaces/\(.*\).idl#$build/idl/\1.json#")
}

# `LABEL NUMBER TEST` for each that a good test has provoked; those of random messages prove nothing.
provoked()
{
    awk '
        /^pair 0x[0-9a-f]+ [0-9]+$/ { pair[count++] = $2 " " $3; next }
        /^(not )?ok / {
            if ($1 == "ok" && $2 !~ /RANDOM/)
                for (i = 0; i < count; i++) print pair[i], $2
            count = 0
        }' "$build"/test/unit.log "$build"/test/systest-*.log 2>/dev/null
}

# The list: `INTERFACE.METHOD ERROR TEST`, or `-` in place of the test.
write_list()
{
    awk '
        FILENAME == ARGV[1] {
            key = $1 " " $2
            if (!(key in test)) test[key] = $3
            next
        }
        { key = $1 " " $2; print $3, $4, (key in test) ? test[key] : "-" }' \
        <(provoked) <(documented) >"$list"
}

# What of the list has neither a test nor an excuse, in a line.
missing()
{
    awk -v interface="$1" '
        FILENAME == ARGV[1] { if ($0 !~ /^#/ && sub(/:.*/, "")) excused[$0]; next }
        $3 == "-" && !($1 " " $2 in excused) && index($1, interface ".") == 1 { printf "%s %s; ", $1, $2 }' \
        $excuses "$list"
}

# Excuses for what is no documented pair, or has a test.
needless()
{
    awk '
        FILENAME == ARGV[1] { test[$1 " " $2] = $3; next }
        !/^#/ && NF { key = $0; sub(/:.*/, "", key); if (test[key] != "-") printf "%s; ", key }' \
        "$list" $excuses
}

if [ "${1-}" = --documented ]; then
    documented
    exit
fi
write_list
for interface in $(sed 's/\..*//' "$list" | sort -u); do
    report "$(tr 'a-z_' 'A-Z-' <<<"$interface")" \
        "each documented error of $interface is provoked by a test" "$(missing "$interface")"
done
report NEEDLESS "each excuse is for a documented error that no test provokes" "$(needless)"
excused=$(grep -cv '^#\|^$' $excuses)
most=$(($(wc -l <"$list") * excused_percent / 100))
report EXCUSES "at most $excused_percent % of the pairs have an excuse in place of a test" \
    "$([ "$excused" -le "$most" ] || echo "$excused of $(wc -l <"$list"), at most $most")"
echo "done $tests"
