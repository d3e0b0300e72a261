/*
 * fastpath.c - the ordinary call and the ordinary reply_recv, from the syscall instruction to
 * sysret: up to 128 words, no capability, no lease, no deadline, a server that waits and has no
 * time of its own (that has: activepath.c). Message, badge and token never leave their registers.
 * (wakepath.c is for notifications.)
 *
 * Each checks everything first and changes nothing; where a check fails it goes the slow
 * way (syscall.c), which does the same, only slower. What would take long to check is kept true by
 * the slow way beforehand (fast_...): a receiver stands in endpoint->fast_receiver, outside the
 * queue, only while a call may go to it without looking any further; thread->receive_handle and
 * thread->fast_caller likewise. docs/ipc.md, "The fast path", has the conditions.
 *
 * It runs on the user's stack pointer, so it must not use the stack: scripts/check looks.
 */

#include <ipc/ipc.h>

__attribute__((used)) uint64_t fast_misses[FAST_MISSES]; /* the counting is in assembly */

/* Off to the slow way, with all registers as they came. */
#define SLOW(token) FAST_TAIL arch_enter_slow(FAST_ARGUMENTS(handle, token, NULL, tag))
/* Likewise, where the broad path may do. */
#define BROAD(door, token) \
    FAST_TAIL arch_enter_broad_##door(FAST_ARGUMENTS(handle, token, NULL, tag))

/* The same where the object may be one of the kernel's, which answers there. */
#define SLOW_OBJECT FAST_TAIL arch_enter_object_call(FAST_ARGUMENTS(handle, 0, NULL, tag))

/* Back with the error that the slow way would find: the handle is not the slot's. */
#define REFUSE(slot, handle)                                  \
    do {                                                      \
        if (slot_had(slot, handle))                           \
            ARCH_RETURN_FAST(ESTALE, (slot)->handle, handle); \
        ARCH_RETURN_FAST(EBADF, 0, handle);                   \
    } while (0)

/* Counts the reason, and is NULL. */
#define MISS(reason)                          \
    ({                                        \
        ARCH_FAST_COUNT(fast_misses, reason); \
        (void *)NULL;                         \
    })

/* Is that the slot for certain, also if the table has grown since the thread last knew it? Not the
   last one, whose index can be the reply tokens'. */
FAST bool is_certain(const struct thread *self, cap_t handle)
{
    return (handle & CAP_INDEX_MASK) < self->slots_mask;
}

/* From here on the receiver serves the call, on the same time. It is returned. */
FAST struct thread *commit_call(struct thread *self, struct endpoint *endpoint)
{
    struct thread *receiver = endpoint->fast_receiver;

    endpoint->fast_receiver = NULL;
    fast_serve(self, receiver, self);
    return receiver;
}

/* Who waits for this answer; or NULL. */
FAST struct thread *answerable(const struct thread *self, uint64_t token)
{
    if (!self->fast_caller)
        return MISS(FAST_MISS_CALLER);
    return token == self->token ? self->fast_caller : MISS(FAST_MISS_TOKEN);
}

/* From here on the caller runs, and the server waits for the next call. */
FAST void commit_reply(struct thread *self, struct thread *caller)
{
    *self->receive_place = self;
    fast_answer(self, caller);
}

FAST_DOOR void fast_call(FAST_PARAMETERS)
{
    struct thread *self = cpu_self()->thread, *receiver;
    struct slot *slot = fast_slot(self, handle);
    struct endpoint *endpoint = slot_object(slot);

    if (slot->handle != handle) {
        if (is_certain(self, handle))
            REFUSE(slot, handle);
        if (handle == self->token)
            FAST_TAIL arch_enter_lease_call(FAST_ARGUMENTS(handle, 0, NULL, tag));
        MISS(FAST_MISS_HANDLE);
        SLOW(0);
    }
    if (!slot->callable) {
        if (tag == FAST_TAG_YIELD && slot->type == OBJECT_SCHEDCONTEXT)
            FAST_TAIL fast_yield(FAST_ARGUMENTS(handle, 0, NULL, tag));
        MISS(FAST_MISS_OBJECT);
        SLOW_OBJECT;
    }
    if (!endpoint->fast_receiver)
        FAST_TAIL fast_call_active(
            FAST_ARGUMENTS(handle, (uint64_t)endpoint, (struct thread *)slot, tag));
    arch_fast_save(&self->context, ip);
    self->context.tag = tag;
    receiver = commit_call(self, endpoint);
    arch_fast_space(&receiver->context);
    ARCH_LEAVE_FAST(receiver, slot->data, receiver->token, tag);
}

FAST_DOOR void fast_call_long(FAST_PARAMETERS)
{
    struct thread *self = cpu_self()->thread, *receiver;
    struct slot *slot = fast_slot(self, handle);
    struct endpoint *endpoint = slot_object(slot);

    if (slot->handle != handle) {
        MISS(FAST_MISS_HANDLE);
        SLOW(0);
    }
    if (!slot->callable) {
        MISS(FAST_MISS_OBJECT);
        SLOW(0);
    }
    if (!endpoint->fast_receiver)
        FAST_TAIL fast_call_active_long(
            FAST_ARGUMENTS(handle, (uint64_t)endpoint, (struct thread *)slot, tag));
    arch_fast_save(&self->context, ip);
    self->context.tag = tag;
    LOOK_AGAIN(slot);
    receiver = commit_call(self, slot_object(slot));
    fast_copy_words(self, receiver, tag);
    arch_fast_space(&receiver->context);
    ARCH_LEAVE_FAST(receiver, slot->data, receiver->token, tag);
}

FAST_DOOR void fast_reply_receive(FAST_PARAMETERS)
{
    struct thread *self = cpu_self()->thread;
    struct thread *caller = answerable(self, token);

    if (!caller)
        BROAD(reply_receive, token);
    if (handle != self->receive_handle)
        FAST_TAIL fast_reply_active(FAST_ARGUMENTS(handle, token, self, tag));
    arch_fast_save(&self->context, ip);
    self->context.tag = tag;
    commit_reply(self, caller);
    arch_fast_space(&caller->context);
    ARCH_LEAVE_FAST(caller, 0, 0, tag);
}

FAST_DOOR void fast_reply_receive_long(FAST_PARAMETERS)
{
    struct thread *self = cpu_self()->thread;
    struct thread *caller = answerable(self, token);

    if (!caller)
        BROAD(reply_receive, token);
    if (handle != self->receive_handle)
        FAST_TAIL fast_reply_active_long(FAST_ARGUMENTS(handle, token, self, tag));
    arch_fast_save(&self->context, ip);
    self->context.tag = tag;
    commit_reply(self, caller);
    fast_copy_words(self, caller, tag);
    arch_fast_space(&caller->context);
    ARCH_LEAVE_FAST(caller, 0, 0, tag);
}
