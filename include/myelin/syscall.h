/*
 * syscall.h - the one instruction by which a program talks to the kernel.
 *
 * Which register carries what is the table in docs/abi.md; this file is its only other copy.
 */
#pragma once

#include <myelin/abi.h>

/* All registers of the table, in and out. */
struct ipc_registers {
    uint64_t tag;      /* in: TAG(...); out: the tag of the message that came */
    uint64_t handle;   /* in: what is invoked; out: the badge */
    uint64_t token;    /* in: whom a reply answers; out: whom to answer */
    uint64_t deadline; /* in: with TAG_DEADLINE; out: the status, 0 or an error */
    uint64_t notified; /* out: notification bits */
    uint64_t words[MESSAGE_REGISTER_WORDS];
};

/* Enters the kernel. May block. On an error words[0..2] are argument, expected, found. */
static inline void ipc_enter(struct ipc_registers *r)
{
#if defined(__x86_64__)
    register uint64_t tag __asm__("rax") = r->tag;
    register uint64_t handle __asm__("rdi") = r->handle;
    register uint64_t token __asm__("rsi") = r->token;
    register uint64_t deadline __asm__("r10") = r->deadline;
    register uint64_t notified __asm__("rbx");
    register uint64_t word0 __asm__("rdx") = r->words[0];
    register uint64_t word1 __asm__("r8") = r->words[1];
    register uint64_t word2 __asm__("r9") = r->words[2];
    register uint64_t word3 __asm__("r12") = r->words[3];
    register uint64_t word4 __asm__("r13") = r->words[4];
    register uint64_t word5 __asm__("r14") = r->words[5];
    register uint64_t word6 __asm__("r15") = r->words[6];

    __asm__ volatile("syscall"
                     : "+r"(tag), "+r"(handle), "+r"(token), "+r"(deadline), "=r"(notified),
                       "+r"(word0), "+r"(word1), "+r"(word2), "+r"(word3), "+r"(word4), "+r"(word5),
                       "+r"(word6)
                     :
                     : "rcx", "r11", "memory", "cc");
    r->tag = tag;
    r->handle = handle;
    r->token = token;
    r->deadline = deadline;
    r->notified = notified;
    r->words[0] = word0;
    r->words[1] = word1;
    r->words[2] = word2;
    r->words[3] = word3;
    r->words[4] = word4;
    r->words[5] = word5;
    r->words[6] = word6;
#else
#error "write this architecture's register table"
#endif
}

/* The calling thread's UTCB. */
static inline struct utcb *utcb_self(void)
{
    struct utcb *utcb;

    __asm__("movq %%gs:%c1, %0" : "=r"(utcb) : "i"(UTCB_OFFSET_SELF));
    return utcb;
}
