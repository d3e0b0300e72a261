#!/bin/bash
# terminal.sh - a person at the terminal: the prompt, editing, Ctrl-C, Ctrl-D, switching off.
. "$(dirname "$0")/lib.sh"

prompt='myelin> $'

# Has the guest said so, in a line of its own, since the session began?
said()
{
    tr -d '\r' <"$transcript" | grep -qE -- "$1"
}

# How many lines say so?
times()
{
    tr -d '\r' <"$transcript" | grep -cE -- "$1"
}

session
expect TERM-PROMPT "the shell shows a prompt" session_wait "$prompt"
session_type $'echo hello\r'
session_wait "$prompt"
expect TERM-RUN "a command that is typed runs" said '^hello$'
session_type $'xecho one\033[H\006\002\033[3~\005 two\x7f\x7fhree\r'
session_wait "$prompt"
expect TERM-EDIT "a line can be edited: start, forward, back, Delete, end, Backspace" said '^one three$'
session_type $'false\r'
expect TERM-STATUS "the prompt tells a status that is not 0" session_wait 'myelin \[1\]> $'
session_type $'true\r'
session_wait "$prompt"
session_type $'echo thrown\003'
expect TERM-CANCEL "Ctrl-C at the prompt throws the line away" session_wait 'myelin \[130\]> $'
session_type $'spin\r'
sleep 1
session_type $'\003'
expect TERM-INTERRUPT "Ctrl-C ends the running program: status 130" session_wait 'myelin \[130\]> $'
session_type $'ps\r'
session_wait "$prompt"
expect TERM-INTERRUPTED "which is in no list of processes then" test "$(times ' spin  ')" = 0
session_type $'spin; echo rest\r'
sleep 1
session_type $'\003'
session_wait 'myelin \[130\]> $'
expect TERM-REST "Ctrl-C drops the rest of the line, too" test "$(times '^rest$')" = 0
session_type $'cat\r'
sleep 1
session_type $'two\x7f\x7f\x7fone line\r\004'
expect TERM-END "Ctrl-D is the end of a program's input" session_wait "$prompt"
expect TERM-COOKED "a program reads lines, edited as they were typed" said '^one line$'
session_type $'cat\rtyped ahead\r\004'
expect TERM-AHEAD "what is typed behind a command, at once, is for that program" \
    session_wait "$prompt"
expect TERM-AHEAD-ONCE "which reads it; the shell does not" \
    test "$(times '^typed ahead$')" = 2 -a "$(times 'no such file')" = 0
session_type $'spin\r\003'
expect TERM-AHEAD-INTERRUPT "a Ctrl-C typed behind a command, at once, ends that program" \
    session_wait 'myelin \[130\]> $'
session_type $'crash null\r'
expect TERM-CRASH "after a fault the shell goes on, and the prompt tells the status" \
    session_wait 'myelin \[139\]> $'
session_type $'\004'
session_end
expect_status TERM-LEAVE "Ctrl-D on an empty line switches the machine off, with the last status" 139

# piped TEXT [COMMAND] - boots with TEXT at stdin, which then ends.
piped()
{
    status=0
    output=$(printf '%s' "$1" | scripts/run --timeout 60 --log "$log" -- "${@:2}" 2>"$errors_file" |
        tr -d '\r') || status=$?
    errors=$(<"$errors_file")
}

guest 'cat; cat; echo after'
expect_exactly TERM-NO-INPUT "programs that read find the end where there is no terminal, each of them" after
piped $'first\nsecond' 'cat; echo after'
# What was typed is echoed, too, between what is written.
letters()
{
    grep -o '[a-z]' | sort | tr -d '\n'
}
expect TERM-PIPED "a file or pipe is typed from its first byte to its last, and then the end" \
    test "$(letters <<<"$output")" = "$(letters <<<'first first second second after')"
piped $'echo hello\nfalse\n'
expect_output TERM-PIPED-SHELL "a shell without a terminal runs the lines that are typed" '^hello$'
expect_status TERM-PIPED-STATUS "and leaves at their end, with the last status" 1

session
session_wait "$prompt"
session_type $'poweroff\r'
session_end
expect_status TERM-POWEROFF "poweroff at the prompt ends QEMU with status 0" 0

session
session_wait "$prompt"
session_type $'reboot\r'
expect TERM-REBOOT "reboot at the prompt leads to a new prompt" session_wait "$prompt" 60
session_type $'poweroff\r'
session_end
expect_status TERM-REBOOTED "from which the machine can be switched off" 0
finish
