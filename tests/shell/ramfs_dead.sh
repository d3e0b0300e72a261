#!/bin/bash
# ramfs_dead.sh - the file server is killed: the shell and what is built into it go on.
. "$(dirname "$0")/lib.sh"

guest 'kill ramfs; echo x; ls; cd /etc; ps; caps; free; help; kill 4711; ps'
expect_output DEAD-RUN "a program cannot be started then: the shell says so" '^ls: cannot be run: '
expect_no_output DEAD-NO-ECHO "not even one whose file was there" '^x$'
expect_output DEAD-CD "cd tells that it cannot" '^cd: /etc: '
expect_output DEAD-PS "ps works with ramfs dead, and shows it ended" ' ramfs  *ended'
expect_output DEAD-CAPS "caps works with ramfs dead" 'CSpace'
expect_output DEAD-FREE "free works with ramfs dead" '^memory '
expect_output DEAD-HELP "help works with ramfs dead" '^Built in'
expect_output DEAD-KILL "kill works with ramfs dead" '^kill: 4711'

guest 'kill ramfs; poweroff'
expect_status DEAD-POWEROFF "poweroff works with ramfs dead" 0

guest 'kill ramfs; reboot'
expect_status DEAD-REBOOT "reboot works with ramfs dead" 0

session
expect DEAD-PROMPT "the shell prompts" session_wait 'myelin> $'
session_type $'cat\r'
sleep 1
session_type $'hold\r'
expect DEAD-CLIENT "a program that runs reads from the terminal" session_wait '^hold'
session_type $'\003'
expect DEAD-INTERRUPT "Ctrl-C ends it" session_wait 'myelin \[130\]> $'
session_type $'kill ramfs\r'
expect DEAD-KILLED "the person at the terminal kills ramfs" session_wait 'myelin> $'
session_type $'ls\r'
expect DEAD-TOLD "and learns from the next command's status" session_wait 'myelin \[[0-9]+\]> $'
session_type $'ps\r'
expect DEAD-STILL "the shell still answers" session_wait 'ramfs .*ended'
session_type $'poweroff\r'
session_end
expect_status DEAD-END "and switches off" 0
finish
