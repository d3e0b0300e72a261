#!/bin/bash
# leaky.sh - on processors that may leak what lies in vector registers while their owner does not
# run, nothing lies there: looked at from outside, through QEMU's gdb stub.
. "$(dirname "$0")/lib.sh"

leaky=max,vendor=GenuineIntel

export QEMU_FLAGS="-cpu $leaky"
guest systest-vector
expect LEAKY-TOLD "the kernel's log says that it puts vector registers away" \
    grep -q 'put away at each entry' "$log"
expect_status LEAKY-KEPT "each thread finds its vector registers as it left them" 0
unset QEMU_FLAGS

watched=$(timeout 200 tests/shell/vector_watch.py $leaky 2>&1)
echo "# $leaky: $watched"
expect LEAKY-CLEAN "no registers of another are there when a thread goes on" \
    awk '{ exit !($2 > 500 && $2 == $4) }' <<<"$watched"
watched=$(timeout 200 tests/shell/vector_watch.py max 2>&1)
echo "# max: $watched"
expect LEAKY-WATCH "the same watch sees them where they are kept lazily" \
    awk '{ exit !($4 > 500 && $2 < $4 / 2) }' <<<"$watched"
finish
