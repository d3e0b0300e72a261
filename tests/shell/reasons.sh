#!/bin/bash
# reasons.sh - in what ordinary programs do, nearly all calls between processes that carry words
# alone take the fast path: `bench --reasons` counts.
. "$(dirname "$0")/lib.sh"

least=90 # percent

# reasons ID PROGRAM SENTENCE - of that program's calls enough are fast, and there were some.
reasons()
{
    local id=$1 program=$2 sentence=$3 fast all
    read -r fast all < <(sed -n "s/^reasons $program: \([0-9]*\) of \([0-9]*\) calls are fast.*/\1 \2/p" \
        <<<"$output")
    expect "$id" "$sentence" test "${all:-0}" -gt 10 -a $((${fast:-0} * 100)) -ge $((${all:-1} * least))
}

guest 'bench --reasons' --icount
output=$(grep '^reasons' <<<"$output") # without the file that is printed
expect_status REASONS "bench --reasons counts, and finds enough on the fast path" 0
reasons REASONS-CAT cat_1m "of the calls of cat, printing 1 MiB, at least $least % take the fast path"
reasons REASONS-LS ls_l_bin "of the calls of ls -l /bin at least $least % take the fast path"
reasons REASONS-PROCESS process_start_exit \
    "of the calls for a process to start and end at least $least % take the fast path"
expect_output REASONS-NAMED "what left the fast path since the start is told by reason" \
    '^reasons since the start: [1-9][0-9]* left the fast path: a kernel object$'
finish
