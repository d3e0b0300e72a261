#!/bin/bash
# crashes.sh - programs that fault: named, with address and reason; nothing of them is left, and
# the shell goes on.
. "$(dirname "$0")/lib.sh"

# crash_told ID SENTENCE REGEX - in the output of one boot for all ways.
crash_told()
{
    expect_output "$1" "$2" "^crash: fault: .*$3"
}

guest 'crash null; echo $?; crash divide; crash instruction; crash stack; crash write-text; crash exec-data; crash kernel; echo on'
crash_told CRASH-NULL "a null pointer is told, with address and instruction" \
    'write to 0x0 at ip 0x[0-9a-f]+: .*null pointer'
crash_told CRASH-DIVIDE "a division by zero is told" 'ip 0x[0-9a-f]+: division by zero'
crash_told CRASH-INSTRUCTION "a forbidden instruction is told" \
    'ip 0x[0-9a-f]+: a forbidden instruction'
crash_told CRASH-STACK "a stack overflow is told as that" 'the stack overflowed'
crash_told CRASH-WRITE-TEXT "a write to the program's text is told" \
    'write to 0x[0-9a-f]+ .*only be read'
crash_told CRASH-EXEC-DATA "a jump into data is told" 'jump to 0x[0-9a-f]+ .*data, not'
crash_told CRASH-KERNEL "a read of the kernel's memory is told" \
    'read of 0xffffffff80000000 .*not the program'
expect_output CRASH-STATUS "the status of a program that faulted is 139" '^139$'
expect_output CRASH-SHELL "the shell goes on after each" '^on$'

guest 'repeat 2 true; repeat 2 crash null; free; repeat 200 true; free; repeat 200 crash null; free'
mapfile -t memory < <(grep '^memory' <<<"$output")
mapfile -t processes < <(grep '^processes' <<<"$output")
mapfile -t slots < <(grep '^slots' <<<"$output")
expect FREE-THREE "free was told three times" test "${#memory[@]} ${#slots[@]}" = '3 3'
expect FREE-EXITS "after 200 starts and exits free memory is exactly as before" \
    test "${memory[1]-x}" = "${memory[0]-y}"
expect FREE-EXITS-SLOTS "and so are the capability slots" test "${slots[1]-x}" = "${slots[0]-y}"
expect FREE-EXITS-PROCESSES "and the number of processes" \
    test "${processes[1]-x}" = "${processes[0]-y}"
expect FREE-FAULTS "after 200 faulting programs free memory is exactly as before" \
    test "${memory[2]-x}" = "${memory[0]-y}"
expect FREE-FAULTS-SLOTS "and so are the capability slots" test "${slots[2]-x}" = "${slots[0]-y}"
expect FREE-FAULTS-PROCESSES "and the number of processes" \
    test "${processes[2]-x}" = "${processes[0]-y}"
finish
