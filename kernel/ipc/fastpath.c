/*
 * fastpath.c - the ordinary call and the ordinary reply_recv, from the syscall instruction to
 * sysret: words 0 to 6, no capability, no lease, no deadline, a server that waits and has no time
 * of its own. Message, badge and token never leave their registers.
 *
 * Each of the two checks everything first and changes nothing; where a check fails it goes the slow
 * way (syscall.c), which does the same, only slower. What would take long to check is kept true by
 * the slow way beforehand (fast_...): a receiver stands in endpoint->fast_receiver, outside the
 * queue, only while a call may go to it without looking any further; thread->receive_handle and
 * thread->fast_caller likewise. docs/ipc.md, "The fast path", has the conditions.
 *
 * It runs on the user's stack pointer, so it must not use the stack: scripts/check looks.
 */

#include <ipc/ipc.h>

uint64_t fast_misses[FAST_MISSES];

#define TOKEN_STEP (1ull << CAP_INDEX_BITS)

/* Off to the slow way, with all registers as they came. */
#define MISS(reason, token)                                                  \
    do {                                                                     \
        fast_misses[reason]++;                                               \
        FAST_TAIL arch_enter_slow(FAST_ARGUMENTS(handle, token, self, tag)); \
    } while (0)

FAST_DOOR void fast_call(FAST_PARAMETERS)
{
    struct thread *self = cpu_self()->thread, *receiver;
    struct slot *slot = &self->slots[handle & self->slots_mask];
    struct endpoint *endpoint;

    if (slot->handle != handle)
        MISS(FAST_MISS_HANDLE, 0);
    if (!slot->callable)
        MISS(FAST_MISS_OBJECT, 0);
    endpoint = slot_object(slot);
    if (!endpoint->fast_receiver)
        MISS(FAST_MISS_RECEIVER, 0);

    /* Commit. */
    receiver = endpoint->fast_receiver;
    endpoint->fast_receiver = NULL;
    arch_fast_save(&self->context, ip, tag);
    self->state = THREAD_WAITS_REPLY;
    self->server = receiver;
    receiver->state = THREAD_RUNNING;
    receiver->caller = receiver->fast_caller = self;
    receiver->token += TOKEN_STEP;
    cpu_self()->thread = receiver;
    FAST_TAIL arch_leave_fast(FAST_ARGUMENTS(slot->data, receiver->token, receiver, tag));
}

FAST_DOOR void fast_reply_receive(FAST_PARAMETERS)
{
    struct thread *self = cpu_self()->thread, *caller = self->fast_caller;

    if (!caller)
        MISS(FAST_MISS_CALLER, token);
    if (token != self->token)
        MISS(FAST_MISS_TOKEN, token);
    if (handle != self->receive_handle)
        MISS(FAST_MISS_RECEIVE, token);

    /* Commit. */
    arch_fast_save(&self->context, ip, tag);
    self->state = THREAD_WAITS_RECEIVE;
    self->caller = self->fast_caller = NULL;
    self->receive_endpoint->fast_receiver = self;
    caller->state = THREAD_RUNNING;
    cpu_self()->thread = caller;
    FAST_TAIL arch_leave_fast(FAST_ARGUMENTS(0, 0, caller, tag));
}
