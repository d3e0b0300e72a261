#!/usr/bin/env python3
"""vector_watch - whether vector registers hold anything while their owner does not run.

usage: tests/shell/vector_watch.py CPU

Boots that CPU (QEMU's -cpu), runs `systest-vector`, and stops at each end of an entry into the kernel
(leave_with), where it looks who goes on: if that is not the thread to which the registers belong, are
they clean? Prints `clean N of M`, of such ends.
"""

import os
import subprocess
import sys
import tempfile

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
sys.path.insert(0, os.path.join(FOLDER, "bench"))
from trace import KERNEL, Gdb, symbol  # noqa: E402

VECTOR_OFF_AT = 120  # in struct thread (entry.S)
REGISTERS_BYTES = 608  # as the gdb stub tells them
XMM = slice(348, 604)
SECONDS = 120


def is_clean(gdb):
    registers = bytes.fromhex(gdb.ask("g"))
    assert len(registers) == REGISTERS_BYTES, "the stub tells registers in another way"
    return not any(registers[XMM])


def goes_on_without(gdb):
    """Somebody goes on who does not own the registers."""
    thread = gdb.registers()["rdi"]
    return thread != 0 and gdb.memory(thread + VECTOR_OFF_AT, 4) != b"\0\0\0\0"


def watch(gdb):
    """Until the guest has ended."""
    clean = seen = 0
    gdb.ask(f"Z1,{symbol(KERNEL, 'leave_with'):x},1")
    try:
        while True:
            gdb.ask("c")
            if goes_on_without(gdb):
                clean += is_clean(gdb)
                seen += 1
            gdb.ask("s")
    except (EOFError, OSError):
        return clean, seen


def main(cpu):
    folder = tempfile.TemporaryDirectory(prefix="myelin-watch.")
    path = folder.name + "/gdb"
    flags = f"-cpu {cpu} -chardev socket,path={path},server=on,wait=off,id=gdb -gdb chardev:gdb -S"
    guest = subprocess.Popen(
        ["scripts/run", "--timeout", str(SECONDS), "--", "systest-vector"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ, QEMU_FLAGS=flags))
    try:
        gdb = Gdb(path)
        print("clean %d of %d" % watch(gdb))
        gdb.socket.close()
    finally:
        guest.terminate()
        guest.wait()
        folder.cleanup()


if __name__ == "__main__":
    os.chdir(FOLDER)
    main(sys.argv[1])
