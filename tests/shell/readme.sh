#!/bin/bash
# readme.sh - the two commands that README.md starts with, as they stand there.
. "$(dirname "$0")/lib.sh"

commands=$(awk '/^```$/ { exit } inside { print } /^```sh$/ { inside = 1 }' README.md | sed 's/ *#.*//')
example=$(grep -o "make run CMD='[^']*'" README.md | head -n 1)

expect README-1 "README.md starts with the two commands" test "$commands" = $'make run\nmake test'

session
expect README-2 "make run boots to a prompt" session_wait '[$#>] $' 60
session_type $'poweroff\n'
session_end
expect_status README-3 "poweroff at the shell ends QEMU with status 0" 0

status=0
output=$(env -u MAKEFLAGS bash -c "$example" 2>"$errors_file" </dev/null) || status=$?
errors=$(<"$errors_file")
expect_status README-4 "the command with CMD ends with the status of its last command" 0
expect_output README-5 "it lists the root folder" '\bbin\b'
expect_output README-6 "it prints the message of the day" "$(head -n 1 rootfs/etc/motd)"
expect_no_output README-7 "it prints nothing else: no boot message, no prompt" 'panic|^ *(CC|LD) |[$] $'
finish
