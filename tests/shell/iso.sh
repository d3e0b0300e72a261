#!/bin/bash
# iso.sh - `make iso`: an image that boots by BIOS from a CD to the prompt.
. "$(dirname "$0")/lib.sh"

make_iso()
{
    env -u MAKEFLAGS make iso >/dev/null 2>"$errors_file"
}

expect ISO-MADE "make iso makes an image" make_iso
session --iso
expect ISO-PROMPT "it boots by BIOS and GRUB to a prompt" session_wait 'myelin> $' 60
session_type $'cat /etc/motd\r'
expect ISO-RUNS "the shell there runs programs" session_wait "$(head -n 1 rootfs/etc/motd)"
session_type $'poweroff\r'
session_end
expect_status ISO-POWEROFF "and poweroff ends it with status 0" 0
finish
