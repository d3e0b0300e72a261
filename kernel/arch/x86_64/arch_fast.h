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
/* What doors call that has much to do: it keeps no register for them, who have none to keep. */
#define FAST_CALLEE __attribute__((preserve_none))
#define FAST_TAIL   __attribute__((musttail)) return
#define FAST_UNUSED __attribute__((unused)) /* not every door looks at everything */
#define FAST_PARAMETERS                                                                   \
    uint64_t word3 FAST_UNUSED, uint64_t word4 FAST_UNUSED, uint64_t word5 FAST_UNUSED,   \
        uint64_t word6 FAST_UNUSED, cap_t handle FAST_UNUSED, uint64_t token FAST_UNUSED, \
        uint64_t word0 FAST_UNUSED, uint64_t ip FAST_UNUSED, uint64_t word1 FAST_UNUSED,  \
        uint64_t word2 FAST_UNUSED, struct thread *thread FAST_UNUSED, uint64_t tag FAST_UNUSED
#define FAST_ARGUMENTS(handle, token, thread, tag) \
    word3, word4, word5, word6, handle, token, word0, ip, word1, word2, thread, tag

/* entry.S: to the slow way, with what came. */
FAST_DOOR void arch_enter_slow(FAST_PARAMETERS);
/* To a door of the broad path: on the kernel's stack, with what is not in the message saved in the
   running thread, which is `thread` there. */
FAST_DOOR void arch_enter_broad_call(FAST_PARAMETERS);
FAST_DOOR void arch_enter_broad_reply_receive(FAST_PARAMETERS);
/* From there to the slow way. */
FAST_DOOR void arch_enter_general(FAST_PARAMETERS);
/* Likewise, of a thread's page fault, with what is in the thread. */
FAST_DOOR void arch_enter_fault(struct thread *thread);
/* Likewise, to object_door, which is on the kernel's stack. */
FAST_DOOR void arch_enter_object_call(FAST_PARAMETERS);
/* And to lease_door. */
FAST_DOOR void arch_enter_lease_call(FAST_PARAMETERS);

extern uint64_t cpu_space;
extern uint32_t cpu_vector_off;

/* What of a thread that waits is not in the message: where it goes on. */
static inline void arch_fast_save(struct context *context, uint64_t ip)
{
    context->ip = ip;
    __asm__ volatile("movq %%rsp, %0" : "=m"(context->sp));
    __asm__ volatile("movq %%rbp, %0" : "=m"(context->rbp));
}

/* To the address space and the bases of a thread, as entry.S has it, too (load_space). */
static inline __attribute__((always_inline)) void arch_fast_space(const struct context *context)
{
    uint64_t cr3 = context->cr3;
    uint32_t vector_off = (uint32_t)context->vector_off;

    if (cr3 != cpu_space) {
        cpu_space = cr3;
        __asm__ volatile("movq %0, %%cr3" ::"r"(cr3) : "memory");
    }
    if (vector_off != cpu_vector_off) {
        uint64_t cr0;

        cpu_vector_off = vector_off;
        __asm__ volatile("movq %%cr0, %0\n\t"
                         "xorq %1, %0\n\t"
                         "movq %0, %%cr0"
                         : "=&r"(cr0)
                         : "i"(VECTOR_OFF));
    }
    __asm__ volatile("wrfsbase %0" ::"r"(context->fs_base));
    __asm__ volatile("wrgsbase %0" ::"r"(context->gs_base));
}

/* Counts, at no cost where it does not: the counter's address is in the instruction. */
#define ARCH_FAST_COUNT(counters, n) \
    __asm__ volatile("incq " #counters "+%c0(%%rip)" ::"i"((n) * sizeof(*(counters))) : "memory")

/* The words of a message that are not in registers. Nobody else can change what is read: there is
   one CPU; another thread of the sender's may have, which is the sender's affair. */
static inline void arch_fast_copy(uint64_t *to, const uint64_t *from, uint64_t count)
{
    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(count)::"memory");
}

/* When it goes on it has that tag and those bits, and all other registers of a message are 0. */
static inline void arch_fast_clear(struct context *context, uint64_t tag, uint64_t bits)
{
    context->tag = tag;
    context->notified = bits;
    context->full = CONTEXT_CLEAR;
}

/* Onto the stack of a thread. */
static inline __attribute__((always_inline)) void arch_fast_stack(const struct context *context)
{
    __asm__ volatile("movq %0, %%rsp" ::"m"(context->sp));
    __asm__ volatile("movq %0, %%rbp" ::"m"(context->rbp));
}

/* A message's words after the first, where they travel: for an exit that hands them on. */
#define MESSAGE_REGISTERS                          \
    register uint64_t r8_ __asm__("r8") = word1;   \
    register uint64_t r9_ __asm__("r9") = word2;   \
    register uint64_t r12_ __asm__("r12") = word3; \
    register uint64_t r13_ __asm__("r13") = word4; \
    register uint64_t r14_ __asm__("r14") = word5; \
    register uint64_t r15_ __asm__("r15") = word6
#define MESSAGE_INPUTS "d"(word0), "r"(r8_), "r"(r9_), "r"(r12_), "r"(r13_), "r"(r14_), "r"(r15_)

/* Those that no error and no short answer has. */
#define CLEAR_LAST_WORDS      \
    "xorl %%r12d, %%r12d\n\t" \
    "xorl %%r13d, %%r13d\n\t" \
    "xorl %%r14d, %%r14d\n\t" \
    "xorl %%r15d, %%r15d\n\t"

/* Leaves to the thread that runs, on whose stack the path is, at `ip`, with that tag and those bits
   alone. */
#define ARCH_LEAVE_CLEAR(ip, tag, bits)                                                         \
    do {                                                                                        \
        __asm__ volatile("xorl %%edi, %%edi\n\t"                                                \
                         "xorl %%esi, %%esi\n\t"                                                \
                         "xorl %%edx, %%edx\n\t"                                                \
                         "xorl %%r8d, %%r8d\n\t"                                                \
                         "xorl %%r9d, %%r9d\n\t"                                                \
                         "xorl %%r10d, %%r10d\n\t" CLEAR_LAST_WORDS "movl %[flags], %%r11d\n\t" \
                         "sysretq" ::"c"(ip),                                                   \
                         "a"(tag), "b"(bits), [flags] "i"(FLAGS_USER)                           \
                         : "memory");                                                           \
        __builtin_unreachable();                                                                \
    } while (0)
#define ARCH_LEAVE_BITS(ip, bits) ARCH_LEAVE_CLEAR(ip, TAG_BITS, bits)

/* Leaves to that thread, whatever its registers are: in its context. */
#define ARCH_LEAVE_SAVED(thread)                                         \
    do {                                                                 \
        struct context *saved_ = &(thread)->context;                     \
        if (saved_->full == CONTEXT_CLEAR) {                             \
            saved_->full = 0;                                            \
            arch_fast_space(saved_);                                     \
            arch_fast_stack(saved_);                                     \
            ARCH_LEAVE_CLEAR(saved_->ip, saved_->tag, saved_->notified); \
        }                                                                \
        __asm__ volatile("jmp leave_kernel" ::"a"(thread) : "memory");   \
        __builtin_unreachable();                                         \
    } while (0)

/* All is done, and saved: who runs next is for the scheduler to say, on the kernel's stack. */
#define ARCH_LEAVE_SCHEDULED()                                \
    do {                                                      \
        __asm__ volatile("jmp leave_scheduled" ::: "memory"); \
        __builtin_unreachable();                              \
    } while (0)

/* Back to the thread that called, with that status (error_t) and the words that tell more. */
#define ARCH_RETURN_FAST(error, expected, found)                                    \
    do {                                                                            \
        register uint64_t r8_ __asm__("r8") = (expected);                           \
        register uint64_t r9_ __asm__("r9") = (found);                              \
        register uint64_t r10_ __asm__("r10") = (uint64_t)(error);                  \
        __asm__ volatile("xorl %%eax, %%eax\n\t" /* no message */                   \
                         "xorl %%edi, %%edi\n\t" /* no badge */                     \
                         "xorl %%esi, %%esi\n\t" /* no token */                     \
                         "xorl %%ebx, %%ebx\n\t" /* no bits */                      \
                         "xorl %%edx, %%edx\n\t" /* ARGUMENT_HANDLE, if an error */ \
                         CLEAR_LAST_WORDS "movl %[flags], %%r11d\n\t"               \
                         "sysretq" ::"c"(ip),                                       \
                         "r"(r8_), "r"(r9_), "r"(r10_), [flags] "i"(FLAGS_USER)     \
                         : "memory");                                               \
        __builtin_unreachable();                                                    \
    } while (0)

/* Back to the thread that asked for it, with that badge, that tag and the words; no token, no bits,
   no error. */
#define ARCH_RETURN_MESSAGE(badge, came_tag)                                                \
    do {                                                                                    \
        MESSAGE_REGISTERS;                                                                  \
        __asm__ volatile("xorl %%esi, %%esi\n\t"                                            \
                         "xorl %%ebx, %%ebx\n\t"                                            \
                         "xorl %%r10d, %%r10d\n\t"                                          \
                         "movl %[flags], %%r11d\n\t"                                        \
                         "sysretq" ::"c"(ip),                                               \
                         "a"(came_tag), "D"(badge), MESSAGE_INPUTS, [flags] "i"(FLAGS_USER) \
                         : "memory");                                                       \
        __builtin_unreachable();                                                            \
    } while (0)

/* Leaves to that thread, whose state the path has loaded, with a message: it does not come back. */
#define ARCH_LEAVE_FAST(next, badge, given_token, sent_tag)                                   \
    do {                                                                                      \
        MESSAGE_REGISTERS;                                                                    \
        __asm__ volatile(                                                                     \
            "movq %c[ip](%[c]), %%rcx\n\t"                                                    \
            "movq %c[rsp](%[c]), %%rsp\n\t"                                                   \
            "movq %c[rbp](%[c]), %%rbp\n\t" /* last: it may be the thread's address */        \
            "xorl %%ebx, %%ebx\n\t"         /* no notification */                             \
            "xorl %%r10d, %%r10d\n\t"       /* no error */                                    \
            "movl %[flags], %%r11d\n\t"                                                       \
            "sysretq" ::[c] "r"(next),                                                        \
            [rbp] "i"(__builtin_offsetof(struct thread, context.rbp)),                        \
            [rsp] "i"(__builtin_offsetof(struct thread, context.sp)),                         \
            [ip] "i"(__builtin_offsetof(struct thread, context.ip)), [flags] "i"(FLAGS_USER), \
            "a"(sent_tag), "D"(badge), "S"(given_token), MESSAGE_INPUTS                       \
            : "memory", "rcx");                                                               \
        __builtin_unreachable();                                                              \
    } while (0)

/* Back to the thread that called, with that tag and word 0, and zeros in all else that an
   answer sets. */
#define ARCH_ANSWER(self, sent_tag, word)                                                        \
    do {                                                                                         \
        __asm__ volatile(                                                                        \
            "movq %c[rbp](%[self]), %%rbp\n\t"                                                   \
            "movq %c[rsp](%[self]), %%rsp\n\t"                                                   \
            "movq %c[ip](%[self]), %%rcx\n\t"                                                    \
            "xorl %%r8d, %%r8d\n\t"                                                              \
            "xorl %%r9d, %%r9d\n\t" CLEAR_LAST_WORDS "xorl %%edi, %%edi\n\t" /* no badge */      \
            "xorl %%esi, %%esi\n\t"                                          /* no token */      \
            "xorl %%ebx, %%ebx\n\t"                                          /* no bits */       \
            "xorl %%r10d, %%r10d\n\t"                                        /* no error */      \
            "movl %[flags], %%r11d\n\t"                                                          \
            "sysretq" ::[self] "c"(self),                                                        \
            "a"(sent_tag), "d"(word), [rbp] "i"(__builtin_offsetof(struct thread, context.rbp)), \
            [rsp] "i"(__builtin_offsetof(struct thread, context.sp)),                            \
            [ip] "i"(__builtin_offsetof(struct thread, context.ip)), [flags] "i"(FLAGS_USER)     \
            : "memory");                                                                         \
        __builtin_unreachable();                                                                 \
    } while (0)

/* Leaves to that thread, or sleeps; it does not come back (entry.S). */
_Noreturn void arch_leave(struct thread *thread);
#define ARCH_LEAVE(thread) arch_leave(thread)
