#!/bin/bash
# devices.sh - runs tests/system/root-devices.c as the root task of a boot archive of its own:
# ports, interrupt lines and device memory are root's alone.
. "$(dirname "$0")/lib.sh"

archive_begin
cp "$build/programs/bin/root-devices" "$archive_folder/servers/root"
archive_end
guest true

tests=$(grep -cE '^(not )?ok ' "$log")
grep -E '^(not )?ok ' "$log"
expect DEVICES-END "the root task runs all its tests to the end" grep -q "^done $tests\$" "$log"
expect DEVICES-LOG "what it wrote by LOG is in the kernel's log" \
    grep -q '^a line that devices.sh looks for$' "$log"
finish
