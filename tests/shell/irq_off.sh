#!/bin/bash
# irq_off.sh - no long operation of the kernel keeps interrupts waiting for more than 20,000
# instructions; each operation that `irq-off` measures is a test.
. "$(dirname "$0")/lib.sh"

limit=20000
least=25 # operations: a run that measures fewer has not measured

guest irq-off --icount
expect_status IRQ-OFF "all operations could be measured, and none is over the limit" 0
measured=$(sed -n 's/^bench irq_off_\([a-z_]*\) \([0-9]*\) instructions$/\1 \2/p' <<<"$output")
while read -r name count; do
    id=IRQ-OFF-$(tr 'a-z_' 'A-Z-' <<<"$name")
    expect "$id" "interrupts wait for at most $limit instructions in: ${name//_/ }" \
        test "$count" -le "$limit" -a "$count" -gt 100
done <<<"$measured"
expect IRQ-OFF-ALL "at least $least operations were measured" test "$(wc -l <<<"$measured")" -ge "$least"
finish
