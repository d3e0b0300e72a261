#!/bin/bash
# pairs.sh - the suite of documented errors: each (method, error) of each interface is provoked by a
# test, or has a line in tests/idl/excuses that says why none can; and no method answers an error
# that its interface does not list.
#
# usage: tests/idl/pairs.sh                 (reports as tests/README.md says)
#        tests/idl/pairs.sh --endings       (`LABEL INTERFACE.METHOD ERROR` of each way in which
#                                            methods of kernel objects end, SUCCESS too)
#
# Unit and system tests tell what they have provoked: `pair LABEL ERROR ARGUMENT`, before the line
# of the test. This suite reads that in the logs of the suites that have run before it, and writes
# the list of all pairs, each with the id of a test, to build/test/pairs.
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

# ---- the suites that tell ----

suites()
{
    echo unit
    find tests/system -maxdepth 1 -name 'systest*.c' -printf '%f\n' | sed 's/\.c$//' | sort
    echo examples.sh
}

program()
{
    case $1 in
        unit) echo "$build/unit-tests" ;;
        examples.sh) echo "$build/programs/bin/greedy" ;;
        *) echo "$build/programs/bin/$1" ;;
    esac
}

# Those that did not run to their end since they were built.
not_run()
{
    local suite log
    for suite in $(suites); do
        log=$build/test/$suite.log
        [ "$log" -nt "$(program "$suite")" ] && grep -q '^done [0-9]*$' "$log" || printf '%s ' "$suite"
    done
}

# ---- what is documented, what was provoked ----

# Of each method `error LABEL NUMBER INTERFACE.METHOD ERROR` for a documented error, and
# `form LABEL INTERFACE.METHOD ERROR` for one that the form of a message can have; and a line `method
# LABEL INTERFACE.METHOD`. The methods that every server has are the business of
# tests/idl/round_trip.c.
interfaces()
{
    local files
    mapfile -t files < <(find idl/interfaces -name '*.idl' ! -name errors.idl ! -name standard.idl \
        -printf "$build/idl/%f\n" | sed 's/idl$/json/' | sort)
    awk '
        FNR == 1 { file = FILENAME; gsub(/.*\/|\.json$/, "", file) }
        /^    \{"name": "[a-z0-9_]*", "number"/ {
            split($0, part, "\"")
            method = file "." part[4]
            label = $0; sub(/.*"label": "/, "", label); sub(/".*/, "", label)
            if (label ~ /fff[01]$/) next
            print "method", label, method
            forms = $0; sub(/.*"form_errors": \[/, "", forms); gsub(/[^A-Z0-9 ]/, "", forms)
            count = split(forms, form, " ")
            for (i = 1; i <= count; i++) print "form", label, method, form[i]
            sub(/.*"errors": \[/, "")
            while (match($0, /\{"name": "[A-Z0-9]+", "number": [0-9]+/)) {
                split(substr($0, RSTART, RLENGTH), part, "\"")
                number = part[7]; sub(/[^0-9]*/, "", number)
                print "error", label, number, method, part[4]
                $0 = substr($0, RSTART + RLENGTH)
            }
        }' "${files[@]}"
}

# `LABEL NUMBER ARGUMENT TEST` for each that a test has provoked.
provoked()
{
    local logs
    mapfile -t logs < <(suites | sed "s#.*#$build/test/&.log#")
    awk '
        /^pair 0x[0-9a-f]+ [0-9]+ 0x[0-9a-f]+$/ { pair[count++] = $2 " " $3 " " $4; next }
        /^(not )?ok / {
            if ($1 == "ok")
                for (i = 0; i < count; i++) print pair[i], $2
            count = 0
        }' "${logs[@]}"
}

# The list: `INTERFACE.METHOD ERROR TEST`, or `-` in place of the test. Random messages prove
# nothing: nobody has looked at what was answered.
write_list()
{
    awk '
        FILENAME == ARGV[1] {
            key = $1 " " $2
            if (!(key in test) && $4 !~ /RANDOM/) test[key] = $4
            next
        }
        $1 == "error" { key = $2 " " $3; print $4, $5, (key in test) ? test[key] : "-" }' \
        <(provoked) <(interfaces) >"$list"
}

# ---- the judgement ----

# What of an interface's pairs has neither a test nor an excuse, in a line.
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

# Excuses that give no reason.
mute()
{
    grep -v '^#\|^$' $excuses | grep -Ev '^[a-z_]+\.[a-z_0-9]+ E[A-Z0-9]+: .{20,}' | tr '\n' ';'
}

# Answers that no interface lists. What is about the tag is about the message's form.
unlisted()
{
    awk -v about_tag="0x$(sed -n 's/^#define ARGUMENT_TAG  *0x\([0-9a-f]*\) .*/\1/p' include/myelin/abi.h)" '
        FILENAME == ARGV[1] { if ($2 == "=") number[$1] = $3 + 0; next }
        FILENAME == ARGV[2] {
            if ($1 == "error") listed[$2 " " $3]
            if ($1 == "form") { listed[$2 " " number[$4]]; method[$2] = $3 }
            next
        }
        $3 != about_tag && $1 in method && !($1 " " $2 in listed) && !told[$1 " " $2]++ {
            printf "%s answered error %s about argument %s in %s; ", method[$1], $2, $3, $4
        }' idl/interfaces/errors.idl <(interfaces) <(provoked)
}

# The labels of kernel objects have five or six digits. A handle that means nothing is told before
# anybody asks which method it is called by.
if [ "${1-}" = --endings ]; then
    interfaces | awk '
        length($2) > 8 { next }
        $1 == "method" { print $2, $3, "SUCCESS" }
        $1 == "error" { print $2, $4, $5 }
        $1 == "form" && $4 != "EBADF" && $4 != "ESTALE" { print $2, $3, $4 }' | sort -u
    exit
fi
waiting=$(not_run)
report LOGS "the suites that provoke errors have run before this one" \
    "${waiting:+these have not, since they were built: scripts/test $waiting}"
if [ -n "$waiting" ]; then
    echo "done $tests"
    exit 1
fi
write_list
while read -r interface; do
    report "$(tr 'a-z_' 'A-Z-' <<<"$interface")" \
        "each documented error of $interface is provoked by a test" "$(missing "$interface")"
done < <(sed 's/\..*//' "$list" | sort -u)
report UNLISTED "each error that a method has answered is documented" "$(unlisted)"
report NEEDLESS "each excuse is for a documented error that no test provokes" "$(needless)"
report REASONS "each excuse is INTERFACE.METHOD ERROR: and the reason" "$(mute)"
excused=$(grep -cv '^#\|^$' $excuses)
most=$(($(wc -l <"$list") * excused_percent / 100))
report EXCUSES "at most $excused_percent % of the pairs have an excuse in place of a test" \
    "$([ "$excused" -le "$most" ] || echo "$excused of $(wc -l <"$list"), at most $most")"
echo "done $tests"
