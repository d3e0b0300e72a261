#!/bin/bash
# idle.sh - an idle system takes no timer interrupt for 10 seconds, watched from the host: QEMU
# writes down each interrupt that the processor takes.
. "$(dirname "$0")/lib.sh"

interrupts=$(mktemp "${TMPDIR:-/tmp}/myelin-interrupts.XXXXXX")
trap 'rm -f "$interrupts"; clean_up' EXIT

# How many interrupts were taken so far.
taken()
{
    grep -c 'Servicing hardware INT' "$interrupts"
}

export QEMU_FLAGS="-d int -D $interrupts"
session
expect IDLE-PROMPT "the shell prompts" session_wait 'myelin> $' 60
sleep 2
before=$(taken)
sleep 10
after=$(taken)
expect IDLE-TEN-SECONDS "in 10 seconds at the prompt the processor takes no interrupt at all" \
    test "$after" = "$before"

# The same watch sees interrupts where there are some: driver lives by timers.
session_type $'driver\r'
expect IDLE-DRIVER "a program that lives by timers runs" session_wait 'driver has stopped'
expect IDLE-WATCH "and the watch sees its interrupts" test "$(taken)" -gt "$((after + 5))"
session_type $'poweroff\r'
session_end
expect_status IDLE-END "and poweroff ends it" 0
finish
