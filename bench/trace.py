#!/usr/bin/env python3
"""trace - follows one round trip of each call instruction by instruction, and says what it is made of.

usage: bench/trace.py [--phases] [ROW...]   rows of bench/targets; without: those that must hold

The guest runs `bench calls` under QEMU's gdb stub. When it is about to measure a row, the loop is let
run for some rounds and then one round is single-stepped, from one system call of the client to its
next. Of each instruction of the kernel the operands are computed from the registers, so that every
byte of memory that it touches is known. Status 1: a row is not what it must be (LIMITS).

--phases prints where the kernel's instructions go, by the function that they come from.
"""

import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import time

BUILD = os.environ.get("BUILD", "build")
KERNEL = f"{BUILD}/kernel.elf"
GUEST = f"{BUILD}/programs/bin/bench"
LINE_BYTES = 64
WARM_ENTRIES = 64  # system calls before the one that is followed
STEPS_MOST = 20000
SECONDS = 120  # for all

# What each row must be: entries, CR3 writes, lines of kernel data. Of the rest there must be none.
LIMITS = {
    "call_rt_inter_0w": (2, 2, 10),
    "call_rt_inter_4w": (2, 2, 10),
    "call_rt_inter_7w": (2, 2, 10),
    "call_rt_intra_7w": (2, 0, 10),
}
NAMES = ["rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp"] + [f"r{i}" for i in range(8, 16)]
NAMES += ["rip"]
COLUMNS = ["kernel", "user", "entries", "cr3", "control", "wrmsr", "bases", "swapgs", "locked", "lines"]


class Gdb:
    """The remote protocol, as much of it as is needed."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        end = time.time() + 20
        while True:
            try:
                self.socket.connect(path)
                break
            except OSError:
                if time.time() > end:
                    raise
                time.sleep(0.05)
        self.socket.settimeout(SECONDS)
        self.buffer = b""

    def read(self):
        byte, self.buffer = self.buffer[:1], self.buffer[1:]
        if not byte:
            self.buffer = self.socket.recv(65536)
            if not self.buffer:
                raise EOFError("the guest has ended")
            return self.read()
        return byte

    def ask(self, text):
        data = text.encode()
        self.socket.sendall(b"$" + data + b"#%02x" % (sum(data) & 255))
        return self.answer()

    def answer(self):
        while self.read() != b"$":
            pass
        data = b""
        while (byte := self.read()) != b"#":
            data += byte
        self.read(), self.read()
        self.socket.sendall(b"+")
        return data.decode()

    def registers(self):
        values = struct.unpack("<17Q", bytes.fromhex(self.ask("g")[: 17 * 16]))
        return dict(zip(NAMES, values))

    def memory(self, address, length):
        return bytes.fromhex(self.ask(f"m{address:x},{length:x}"))

    def go_to(self, address):
        """On, until the next time that this is about to be executed."""
        self.ask("s")
        assert self.ask(f"Z1,{address:x},1") == "OK"
        self.ask("c")
        assert self.ask(f"z1,{address:x},1") == "OK"


class Code:
    """What the kernel's instructions are, by address."""

    def __init__(self, path):
        self.text, self.after = {}, {}
        last = None
        listing = subprocess.check_output(["llvm-objdump-19", "-d", "--no-show-raw-insn", path], text=True)
        for line in listing.splitlines():
            match = re.match(r"^([0-9a-f]+):\s+(\S.*)$", line)
            if not match:
                continue
            address = int(match[1], 16)
            self.text[address] = match[2].split("#")[0].strip()
            if last is not None:
                self.after[last] = address
            last = address


def symbol(path, name):
    for line in subprocess.check_output(["llvm-nm-19", path], text=True).splitlines():
        if line.split()[-1] == name:
            return int(line.split()[0], 16)
    sys.exit(f"trace: {path} has no symbol {name}")


def of_register(registers, name):
    """The value of a 64-bit register as it stands in an address."""
    return registers[name.lstrip("%")]


SIZES = {"b": 1, "w": 2, "l": 4, "q": 8}
WITHOUT_DATA = re.compile(r"^(lea|nop|j|call|loop)")
INDIRECT = re.compile(r"^(jmp|call)q?\s+\*")
OPERAND = re.compile(r"(-?0x[0-9a-f]+|-?\d+)?\((%\w+)?(?:,(%\w+))?(?:,(\d))?\)")
ABSOLUTE = re.compile(r"(?:^|[\s,])(-?0x[0-9a-f]+)(?=,|$)")


def size_of(text):
    mnemonic = text.split()[0]
    if mnemonic.startswith(("movz", "movs")) and len(mnemonic) == 6:
        return SIZES.get(mnemonic[4], 8)
    return SIZES.get(mnemonic[-1], 8)


def on_the_stack(text, registers):
    mnemonic = text.split()[0]
    if mnemonic.startswith(("push", "call")):
        return [(registers["rsp"] - 8, 8)]
    if mnemonic.startswith(("pop", "ret")):
        return [(registers["rsp"], 8)]
    return [(registers["rsp"], 40)] if mnemonic.startswith("iret") else []


def touched(text, registers, next_address):
    """The ranges of memory that the instruction reads or writes."""
    if text.startswith("rep"):  # one step of it
        return [(registers["rdi"], 8)] + ([(registers["rsi"], 8)] if "movs" in text else [])
    ranges = on_the_stack(text, registers)
    if WITHOUT_DATA.match(text) and not INDIRECT.match(text):
        return ranges
    text = text.replace("*", " ").replace("%gs:", "").replace("%fs:", "")
    match = OPERAND.search(text)
    if match:
        address = int(match[1] or "0", 0)
        if match[2] == "%rip":
            address += next_address
        elif match[2]:
            address += of_register(registers, match[2])
        if match[3]:
            address += of_register(registers, match[3]) * int(match[4] or 1)
        return ranges + [(address % 2**64, size_of(text))]
    match = ABSOLUTE.search(text)
    return ranges + ([(int(match[1], 0) % 2**64, size_of(text))] if match else [])


class Round:
    """What one round trip did."""

    def __init__(self, code, entry):
        self.code, self.entry = code, entry
        self.count = dict.fromkeys(COLUMNS, 0)
        self.lines = set()
        self.addresses = []

    def see(self, registers):
        address = registers["rip"]
        if not address >> 63:
            self.count["user"] += 1
            return
        text = self.code.text.get(address)
        if text is None:
            sys.exit(f"trace: no instruction is known at 0x{address:x}")
        self.count["kernel"] += 1
        self.addresses.append(address)
        self.see_special(address, text)
        for start, length in touched(text, registers, self.code.after.get(address, 0)):
            if start >> 63:
                self.lines.update(range(start // LINE_BYTES, (start + length - 1) // LINE_BYTES + 1))
        self.count["lines"] = len(self.lines)

    def see_special(self, address, text):
        tests = {
            "entries": address == self.entry,
            "cr3": re.search(r"^mov\w*\s.*, %cr3$", text),
            "control": re.search(r", %cr[0248]$|^clts|^lmsw|^xsetbv|^write|, %dr\d$", text),
            "wrmsr": text.startswith("wrmsr"),
            "bases": re.match(r"^wr[fg]sbase", text),
            "swapgs": text.startswith("swapgs"),
            "locked": text.startswith("lock") or re.match(r"^xchg.*\(", text),
        }
        for name, holds in tests.items():
            self.count[name] += bool(holds)

    def faults(self, name):
        entries, cr3, lines = LIMITS[name]
        wrong = [] if self.count["entries"] == entries else [f"{entries} entries"]
        if self.count["cr3"] != cr3:
            wrong.append(f"{cr3} CR3 writes")
        wrong += [f"no {what}" for what in ("control", "wrmsr", "swapgs", "locked") if self.count[what]]
        return wrong + ([f"at most {lines} lines"] if self.count["lines"] > lines else [])


class Guest:
    """The machine, stopped where it is about to measure a row."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="myelin-trace.")
        path = self.folder.name + "/gdb"
        flags = f"-chardev socket,path={path},server=on,wait=off,id=gdb -gdb chardev:gdb -S"
        environment = dict(os.environ, QEMU_FLAGS=flags)
        self.output = open(self.folder.name + "/output", "wb")
        self.process = subprocess.Popen(
            ["scripts/run", "--icount", "--timeout", str(SECONDS), "--", "bench calls"],
            stdout=self.output, stderr=subprocess.STDOUT, env=environment)
        self.gdb = Gdb(path)
        self.code = Code(KERNEL)
        self.entry = symbol(KERNEL, "syscall_entry")
        self.begin = symbol(GUEST, "take_samples")

    def row(self):
        """The name of the next row, when it is about to be measured; None: there is none any more."""
        try:
            while True:
                self.gdb.go_to(self.begin)
                name = self.name_of(self.gdb.registers()["rdi"])
                if name:
                    return name
        except (EOFError, OSError):
            return None

    def name_of(self, job):
        """struct job begins with the row's name. Another program may have code at that address."""
        answer = self.gdb.ask(f"m{job:x},8")
        if len(answer) != 16:
            return None
        text = self.gdb.ask(f"m{struct.unpack('<Q', bytes.fromhex(answer))[0]:x},20")
        if text.startswith("E"):
            return None
        name = bytes.fromhex(text).split(b"\0")[0]
        return name.decode() if re.fullmatch(rb"[a-z0-9_]{4,31}", name) else None

    def follow(self):
        """One round: from a system call of the client to its next."""
        for _ in range(WARM_ENTRIES):
            self.gdb.go_to(self.entry)
        return self.step_round()

    def step_round(self):
        """From this entry to the next one from the same instruction, on the same stack."""
        result = Round(self.code, self.entry)
        registers = first = self.gdb.registers()
        for _ in range(STEPS_MOST):
            result.see(registers)
            self.gdb.ask("s")
            registers = self.gdb.registers()
            if all(registers[name] == first[name] for name in ("rip", "rcx", "rsp")):
                return result
        sys.exit("trace: the round does not end")

    def end(self):
        self.gdb.socket.close()
        self.process.terminate()
        self.process.wait()
        self.output.close()
        self.folder.cleanup()


def tell(name, result):
    wrong = result.faults(name) if name in LIMITS else []
    numbers = "".join(f"{result.count[column]:>8}" for column in COLUMNS)
    print(f"{name:<28}{numbers}{'  MISSED: must be ' + ', '.join(wrong) if wrong else ''}", flush=True)
    return not wrong


def functions(addresses):
    """The innermost function that each comes from, with its file."""
    answer = subprocess.run(
        ["llvm-symbolizer-19", "--obj=" + KERNEL, "--output-style=GNU", "--basenames", "--no-inlines"],
        input="".join(f"0x{address:x}\n" for address in addresses),
        capture_output=True, text=True, check=True).stdout.split("\n")
    return [f"{answer[i + 1].split(':')[0]} {answer[i]}" for i in range(0, 2 * len(addresses), 2)]


def tell_phases(result):
    """Runs of instructions of one function, in the order of the round."""
    runs = []
    for name in functions(result.addresses):
        if runs and runs[-1][0] == name:
            runs[-1][1] += 1
        else:
            runs.append([name, 1])
    for name, count in runs:
        print(f"    {count:>4} {name}")


def main(arguments):
    phases = "--phases" in arguments
    wanted = [argument for argument in arguments if not argument.startswith("-")] or list(LIMITS)
    good, seen = True, set()
    guest = Guest()
    print(f"{'one round trip':<28}" + "".join(f"{column:>8}" for column in COLUMNS))
    try:
        while seen != set(wanted) and (name := guest.row()):
            if name in wanted:
                result = guest.follow()
                good = tell(name, result) and good
                seen.add(name)
                if phases:
                    tell_phases(result)
    finally:
        guest.end()
    missing = [name for name in wanted if name not in seen]
    if missing:
        sys.exit("trace: `bench calls` did not measure " + ", ".join(missing))
    return 0 if good else 1


if __name__ == "__main__":
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    sys.exit(main(sys.argv[1:]))
