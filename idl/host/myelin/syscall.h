/*
 * syscall.h - takes the place of include/myelin/syscall.h where generated code runs on the host:
 * the kernel is a function there.
 */
#pragma once

#include <myelin/abi.h>

struct ipc_registers {
    uint64_t tag;
    uint64_t handle;
    uint64_t token;
    uint64_t deadline;
    uint64_t notified;
    uint64_t words[MESSAGE_REGISTER_WORDS];
};

/* What a kernel does with one system call: tests/idl/kernel.c, idl/host/fuzz.c. */
void ipc_enter(struct ipc_registers *r);
/* The calling thread's UTCB. */
struct utcb *utcb_self(void);
