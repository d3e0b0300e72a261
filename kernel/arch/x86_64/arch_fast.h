/*
 * arch_fast.h - x86-64: how the fast path (ipc/fastpath.c) is called, and how it ends.
 *
 * The message is in registers, where the system call brought it: they are arguments, in the order
 * of a calling convention that keeps nothing for the caller, since there is none. rbx, r10 and r11
 * are free. Every function ends with a jump to the next.
 */
#pragma once

#include <arch_types.h>

struct thread;

#define FAST_DOOR   __attribute__((preserve_none, used))
#define FAST_TAIL   __attribute__((musttail)) return
#define FAST_UNUSED __attribute__((unused)) /* not every door looks at everything */
#define FAST_PARAMETERS                                                                          \
    uint64_t word3, uint64_t word4, uint64_t word5, uint64_t word6, cap_t handle,                \
        uint64_t token FAST_UNUSED, uint64_t word0, uint64_t ip, uint64_t word1, uint64_t word2, \
        struct thread *thread FAST_UNUSED, uint64_t tag
#define FAST_ARGUMENTS(handle, token, thread, tag) \
    word3, word4, word5, word6, handle, token, word0, ip, word1, word2, thread, tag

/* entry.S: to the slow way, with what came; and to a thread, with what it shall find. */
FAST_DOOR void arch_enter_slow(FAST_PARAMETERS);
FAST_DOOR void arch_leave_fast(FAST_PARAMETERS);

/* What of a thread that waits is not in the message: where it goes on. */
static inline void arch_fast_save(struct context *context, uint64_t ip, uint64_t tag)
{
    context->ip = ip;
    context->tag = tag;
    __asm__ volatile("movq %%rsp, %0" : "=m"(context->sp));
    __asm__ volatile("movq %%rbp, %0" : "=m"(context->rbp));
}
