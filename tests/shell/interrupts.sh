#!/bin/bash
# interrupts.sh - what may strike at any moment, struck from QEMU's monitor: NMIs, in user mode and
# while the processor sleeps, and a machine check, which is the end: it is reported.
. "$(dirname "$0")/lib.sh"

prompt='myelin> $'

# Types at QEMU's monitor; Ctrl-A C leads there and back. What was typed before must be through.
monitor()
{
    sleep 0.5
    session_type $'\001c'
    sleep 0.2
    session_type "$1"
    sleep 0.2
    session_type $'\001c'
}

nmis=$(printf 'nmi\n%.0s' {1..20})$'\n'

session
session_wait "$prompt"
monitor "$nmis"
session_type $'\r'
expect NMI-IDLE "NMIs while the processor sleeps do no harm" session_wait "$prompt"
session_type $'systest-registers; systest-registers; systest-registers; echo through\r'
monitor "$nmis"
monitor "$nmis"
expect NMI-USER "nor while programs run" session_wait '^through$'
expect NMI-KEPT "who find their registers as they were" \
    bash -c "grep -q '^ok KEPT-PREEMPTED' '$transcript' && ! grep -q '^not ok' '$transcript'"
session_type $'spin\r'
monitor "$nmis"
session_type $'\003'
expect NMI-SPIN "an NMI in a program that never waits does not end it; Ctrl-C does" \
    session_wait 'myelin \[130\]> $'

sleep 0.5
session_type $'\001c'
sleep 0.2
session_type $'mce 0 1 0xbd00000000000000 0x5 0 0\n'
session_end 5
expect PANIC-REASON "a machine check stops the machine, and the log tells the reason" \
    grep -q '^panic: trap 18' "$log"
expect PANIC-REGISTERS "and the registers" grep -Eq '^rip [0-9a-f]+ rsp [0-9a-f]+' "$log"
expect PANIC-BACKTRACE "and a backtrace" grep -q '^backtrace' "$log"
finish
