#!/bin/bash
# refusals.sh - what the manifest does not allow is refused, each way of reaching a service by
# itself; and mistakes in a manifest are told by line.
. "$(dirname "$0")/lib.sh"

# The usual manifest, but the shell may reach four services in one way each.
archive_begin
sed '/^program sh$/,$d' rootfs/etc/manifest >"$archive_folder/etc/manifest"
cat >>"$archive_folder/etc/manifest" <<'END'
program sh
    file bin/sh
    command-line
    active priority 20 budget 10ms period 10ms
    memory 1M
    connect console
    may call ramfs
    may call power
    may call callable
    may send sendable
    may notify bell
    may publish callable
    may publish sendable
    may publish bell
    may publish secret
END
# Root waits for what is published by name; nobody does so here before a command runs.
archive_end

servers='reach serve callable & reach serve sendable & reach serve bell & reach serve secret & '
ways=''
for name in callable sendable bell secret; do
    for way in call send notify; do ways+="reach $way $name; "; done
done
guest "$servers$ways reach publish other; kill process; caps names"

expect_output REFUSE-CALL-CALL "who may call can call" '^call callable: SUCCESS$'
expect_output REFUSE-CALL-SEND "and not send: the kernel says EPERM" '^send callable: EPERM by kernel$'
expect_output REFUSE-CALL-NOTIFY "nor notify: names says EACCES" '^notify callable: EACCES by names$'
expect_output REFUSE-SEND-SEND "who may send can send" '^send sendable: SUCCESS$'
expect_output REFUSE-SEND-CALL "and not call: the kernel says EPERM" '^call sendable: EPERM by kernel$'
expect_output REFUSE-SEND-NOTIFY "nor notify: names says EACCES" '^notify sendable: EACCES by names$'
expect_output REFUSE-NOTIFY-NOTIFY "who may notify can notify" '^notify bell: SUCCESS$'
expect_output REFUSE-NOTIFY-CALL "and not call: names says EACCES" '^call bell: EACCES by names$'
expect_output REFUSE-NOTIFY-SEND "nor send: names says EACCES" '^send bell: EACCES by names$'
expect_output REFUSE-NONE-CALL "who may nothing cannot call: EACCES" '^call secret: EACCES by names$'
expect_output REFUSE-NONE-SEND "nor send: EACCES" '^send secret: EACCES by names$'
expect_output REFUSE-NONE-NOTIFY "nor notify: EACCES" '^notify secret: EACCES by names$'
expect_output REFUSE-PUBLISH "a name that may not be published is refused: EACCES" \
    '^publish other: EACCES by names$'
expect_output REFUSE-KILL "who does not manage processes cannot kill one" '^kill: process: .*not allowed'
expect_output REFUSE-CAPS "nor see another's capabilities" '^caps: names: .*not allowed'

# Mistakes.
archive_begin
cat >>"$archive_folder/etc/manifest" <<'END'
program twice
    pasive priority 50 budget 10ms period 10ms
    ioport 0x3fa 2
    may cal ramfs
END
first=$(wc -l <rootfs/etc/manifest)
archive_end
guest true
expect_status MANIFEST-STATUS "a manifest with mistakes: nothing is started, status 70" 70
expect MANIFEST-WORD "an unknown word is told with its line" \
    grep -q "^manifest:$((first + 2)): .*pasive" "$log"
expect MANIFEST-DEVICE "a port that another has already is told with its line" \
    grep -q "^manifest:$((first + 3)): .*console" "$log"
expect MANIFEST-WAY "a way of reaching that does not exist is told with its line" \
    grep -q "^manifest:$((first + 4)): .*cal" "$log"
expect MANIFEST-COUNT "and how many mistakes there are" grep -q 'etc/manifest has [0-9]* mistakes' "$log"
finish
