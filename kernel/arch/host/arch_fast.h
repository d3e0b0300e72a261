/*
 * arch_fast.h - the fast path (ipc/fastpath.c) on the host: ordinary calls. What the machine has in
 * registers lies in the threads' contexts before and after (machine.c).
 */
#pragma once

#include <arch_types.h>

struct thread;

#define FAST_DOOR
#define FAST_CALLEE
#define FAST_TAIL   return
#define FAST_UNUSED __attribute__((unused)) /* not every door looks at everything */
#define FAST_PARAMETERS                                                                   \
    uint64_t word3 FAST_UNUSED, uint64_t word4 FAST_UNUSED, uint64_t word5 FAST_UNUSED,   \
        uint64_t word6 FAST_UNUSED, cap_t handle FAST_UNUSED, uint64_t token FAST_UNUSED, \
        uint64_t word0 FAST_UNUSED, uint64_t ip FAST_UNUSED, uint64_t word1 FAST_UNUSED,  \
        uint64_t word2 FAST_UNUSED, struct thread *thread FAST_UNUSED, uint64_t tag FAST_UNUSED
#define FAST_ARGUMENTS(handle, token, thread, tag) \
    word3, word4, word5, word6, handle, token, word0, ip, word1, word2, thread, tag

void arch_enter_slow(FAST_PARAMETERS);
void arch_enter_broad_call(FAST_PARAMETERS);
void arch_enter_broad_reply_receive(FAST_PARAMETERS);
void arch_enter_general(FAST_PARAMETERS);
void arch_enter_object_call(FAST_PARAMETERS);
void arch_enter_lease_call(FAST_PARAMETERS);
void arch_enter_buffer(FAST_PARAMETERS);
void arch_enter_fault(struct thread *thread);
void arch_answer(struct thread *self, uint64_t tag, uint64_t word);
void arch_leave_fast(FAST_PARAMETERS);
void arch_return_message(FAST_PARAMETERS);

/* The stack pointer and rbp stay where they are: nothing here runs on them. */
static inline void arch_fast_save(struct context *context, uint64_t ip)
{
    context->ip = ip;
}

/* There is no address space to load. */
static inline void arch_fast_space(const struct context *context)
{
    (void)context;
}

static inline void arch_fast_copy(uint64_t *to, const uint64_t *from, uint64_t count)
{
    memcpy(to, from, count * sizeof(*to));
}

static inline void arch_fast_clear(struct context *context, uint64_t tag, uint64_t bits)
{
    memset(context->words, 0, sizeof(context->words));
    context->handle = context->token = context->status = 0;
    context->tag = tag;
    context->notified = bits;
    context->full = 0;
}

static inline void arch_fast_stack(const struct context *context)
{
    (void)context;
}

#define ARCH_LEAVE_BITS(ip, bits)                                      \
    do {                                                               \
        arch_fast_save(&cpu_self()->thread->context, ip);              \
        arch_fast_clear(&cpu_self()->thread->context, TAG_BITS, bits); \
        return;                                                        \
    } while (0)
#define ARCH_LEAVE_SAVED(thread) \
    do {                         \
        (void)(thread);          \
        return;                  \
    } while (0)
#define ARCH_LEAVE_SCHEDULED() \
    do {                       \
        schedule(cpu_self());  \
        return;                \
    } while (0)

#define ARCH_FAST_COUNT(counters, n) ((counters)[n]++)

void arch_return_fast(struct thread *self, uint64_t ip, error_t error, uint64_t expected,
                      uint64_t found);
#define ARCH_RETURN_FAST(error, expected, found) \
    FAST_TAIL arch_return_fast(cpu_self()->thread, ip, error, expected, found)

#define ARCH_RETURN_MESSAGE(badge, came_tag) \
    FAST_TAIL arch_return_message(FAST_ARGUMENTS(badge, 0, cpu_self()->thread, came_tag))

#define ARCH_LEAVE_FAST(next, badge, given_token, sent_tag) \
    FAST_TAIL arch_leave_fast(FAST_ARGUMENTS(badge, given_token, next, sent_tag))

#define ARCH_ANSWER(self, sent_tag, word) FAST_TAIL arch_answer(self, sent_tag, word)
#define ARCH_LEAVE(thread)                ((void)(thread))

/* Which way entry.S would send a system call with that tag. */
typedef void host_door(FAST_PARAMETERS);
host_door *host_door_of(uint32_t tag);
