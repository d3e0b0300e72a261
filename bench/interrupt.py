#!/usr/bin/env python3
"""interrupt - how many instructions lie between the one by which a driver lets its device interrupt,
and the first one of its thread that waits for that.

usage: bench/interrupt.py [--phases]

The first is in the kernel, which writes to ports for drivers, so no program can read a counter there.
The guest is `bench --irq` (apps/bench/irq.c) in place of the shell, which does it again and again; from
outside QEMU is told to log each instruction, and they are counted. Prints `bench irq_to_user N
instructions`; status 1: the rounds differ, other than by the timer's interrupts and by the seldom one in
which a new period of the thread's time begins.

--phases also prints where they are, by function.
"""

import collections
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

import trace

SECONDS = 60  # for all
LOGGED = 1.0  # of them, instructions are logged
ROUNDS = 20  # at least
EQUAL = 0.98  # of the rounds: in the others a period begins
ONE_BY_ONE = b"singlestep on\n", b"one-insn-per-tb on\n"  # as older QEMUs have it, and newer ones
KERNEL_HALF = 1 << 63
LINE = re.compile(rb"^Trace \d+: \S+ \[[0-9a-f]+/([0-9a-f]+)/")


def connect(path):
    end = time.time() + SECONDS
    while True:
        try:
            monitor = socket.socket(socket.AF_UNIX)
            monitor.connect(path)
            return monitor
        except OSError:
            if time.time() > end:
                raise
            time.sleep(0.05)


def log_guest(folder):
    """Runs the guest; the file with its instructions."""
    log = folder + "/instructions"
    flags = f"-serial null -chardev socket,path={folder}/monitor,server=on,wait=off,id=m -mon chardev=m -D {log}"
    process = subprocess.Popen(
        ["scripts/run", "--icount", "--manifest", "etc/bench", "--timeout", str(SECONDS), "--", "again"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=dict(os.environ, QEMU_FLAGS=flags))
    monitor = connect(folder + "/monitor")
    for line in process.stdout:
        if b"bench irq_from_call" in line:
            break
    for command in ONE_BY_ONE:
        monitor.sendall(command)
    monitor.sendall(b"log exec,nochain\n")
    time.sleep(LOGGED)
    monitor.sendall(b"quit\n")
    process.communicate()
    return log


def rounds_of(log):
    """Of each round the kernel's instructions, from a write to a port on; without those in which the
    timer came, too."""
    code = trace.Code(trace.KERNEL)
    writes = {address for address, text in code.text.items() if text.split() == ["outb", "%al,", "%dx"]}
    woken, timer = trace.symbol(trace.GUEST, "bench_woken_at"), trace.symbol(trace.KERNEL, "kernel_timer")
    addresses = None
    with open(log, "rb") as lines:
        for match in filter(None, map(LINE.match, lines)):
            address = int(match[1], 16)
            if address in writes:
                addresses = []
            if addresses is None:
                continue
            if address >= KERNEL_HALF:
                if addresses[-1:] != [address]:  # QEMU has left it before it began, and logs it again
                    addresses.append(address)
                continue
            if address == woken and timer not in addresses:
                yield addresses
            addresses = None


def main(arguments):
    with tempfile.TemporaryDirectory(prefix="myelin-interrupt.") as folder:
        rounds = list(rounds_of(log_guest(folder)))
    if len(rounds) < ROUNDS:
        sys.exit(f"interrupt: {len(rounds)} rounds were seen, {ROUNDS} are the least")
    lengths = collections.Counter(map(len, rounds))
    length, count = lengths.most_common(1)[0]
    print(f"bench irq_to_user {length} instructions", flush=True)
    if "--phases" in arguments:
        usual = next(addresses for addresses in rounds if len(addresses) == length)
        trace.tell_phases(collections.namedtuple("Result", "addresses")(usual))
    if count < EQUAL * len(rounds):
        sys.exit(f"interrupt: rounds differ: {dict(lengths)}")
    return 0


if __name__ == "__main__":
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    sys.exit(main(sys.argv[1:]))
