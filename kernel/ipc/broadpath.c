/*
 * broadpath.c - calls and answers that the fast path does not take, for reasons that are common,
 * too: the partner waits in a queue, the caller set a deadline, capabilities go along.
 *
 * The message stays in registers as it does there (arch_fast.h), but this is on the kernel's stack,
 * so it may look at more, and call others. Each door checks everything first and changes nothing;
 * where a check fails it goes the general way (syscall.c), which does the same and everything else.
 *
 * What both paths need not look at, because it holds whenever a thread enters the kernel: the
 * running thread is at the end of its time's chain, no more urgent time is ready, and the timer is
 * set. A call and an answer leave the same time running, one link further or one less.
 */

#include <ipc/ipc.h>

/* Off to the general way, with all registers as they came. */
#define GENERAL FAST_TAIL arch_enter_general(FAST_ARGUMENTS(handle, token, self, tag))

/* What a receiver could have asked for besides the message. */
#define TAG_ASKS          (TAG_WANT_REPLY | TAG_CLOSED | TAG_BUFFER)
/* With these an answer is looked at more closely, */
#define TAG_ANSWER_SELDOM (TAG_SELDOM | TAG_DEADLINE | TAG_WANT_REPLY | 7u << TAG_CAPS_SHIFT)
/* and these say how a message was sent, not what it is. */
#define TAG_MANNER        ((uint64_t)(TAG_DEADLINE | TAG_WANT_REPLY))

/* Will the thread's deadline, if it has one, be looked at in time without more being set? */
FAST bool keeps_time(const struct thread *self, uint64_t tag)
{
    return !(tag & TAG_DEADLINE) ||
           (self->deadline.active && self->deadline.when <= self->context.status);
}

/* Who waits for what comes to that endpoint; or NULL. */
FAST struct thread *receiver_of(const struct endpoint *endpoint)
{
    if (endpoint->fast_receiver)
        return endpoint->fast_receiver;
    return thread_first(&endpoint->receivers);
}

/* Would it serve any call, on its caller's time, and is that the only time that comes to it? */
FAST bool serves_anybody(const struct thread *receiver, const struct endpoint *endpoint)
{
    return !(receiver->context.tag & TAG_ASKS) && thread_is_passive(receiver) &&
           !server_is_choosy(receiver) && !context_is_stepped(&receiver->context) &&
           (receiver == endpoint->fast_receiver || queue_empty(&receiver->parked));
}

FAST void leave_place(struct thread *receiver, struct endpoint *endpoint)
{
    if (receiver == endpoint->fast_receiver) {
        endpoint->fast_receiver = NULL;
        return;
    }
    queue_remove(&receiver->node);
    receiver->endpoint = NULL;
}

/* From here on the receiver serves the call, on the same time. */
FAST void serve(struct thread *receiver, struct thread *caller, uint64_t token)
{
    caller->state = THREAD_WAITS_REPLY;
    caller->server = receiver;
    receiver->state = THREAD_RUNNING;
    receiver->caller = caller;
    receiver->fast_caller = receiver->receive_handle ? caller : NULL;
    receiver->token = token;
    cpu_self()->thread = receiver;
}

FAST_DOOR void broad_call(FAST_PARAMETERS)
{
    struct thread *self = thread, *receiver;
    struct slot *slot = fast_slot(self, handle);
    struct endpoint *endpoint;

    if (slot->handle != handle || !slot->callable || tag & (TAG_SELDOM | 7u << TAG_CAPS_SHIFT) ||
        !keeps_time(self, tag))
        GENERAL;
    endpoint = slot_object(slot);
    receiver = receiver_of(endpoint);
    if (!receiver || !serves_anybody(receiver, endpoint))
        GENERAL;

    /* Commit. */
    leave_place(receiver, endpoint);
    self->grant = slot->rights & CAP_RIGHTS_GRANT;
    token = receiver->token + TOKEN_STEP;
    serve(receiver, self, token);
    if (tag_words(tag) > MESSAGE_REGISTER_WORDS)
        fast_copy_words(self, receiver, tag);
    arch_fast_space(&receiver->context);
    ARCH_LEAVE_FAST(receiver, slot->data, token, tag & ~TAG_MANNER);
}

/* Whose call that is, if he waits for its answer and nothing else, and his time runs the server, so
   that it will run him; or NULL. */
FAST struct thread *awaiting(const struct thread *self, uint64_t token)
{
    struct thread *caller = self->caller;

    if (!caller || token != self->token || caller->reply || caller->faulting || caller->suspended)
        return NULL;
    if (context_is_stepped(&caller->context) || !queue_empty(&caller->parked))
        return NULL;
    return chain_time(caller) == cpu_self()->time ? caller : NULL;
}

/* The endpoint of the handle, if the thread can but wait there, in the queue; or NULL. One that
   could wait where the fast path finds it is left to the general way, which will have it do so. */
FAST struct endpoint *quiet_endpoint(const struct thread *self, cap_t handle)
{
    const struct slot *slot = fast_slot(self, handle);
    struct endpoint *endpoint = slot_object(slot);
    const struct endpoint *bound = self->bound_endpoints;

    if (slot->handle != handle || slot->type != OBJECT_ENDPOINT ||
        !(slot->rights & CAP_RIGHTS_RECV))
        return NULL;
    if (endpoint->bound != self || !bound->next_bound || endpoint->special || !endpoint->call_only)
        return NULL;
    if (!queue_empty(&endpoint->senders) || !queue_empty(&endpoint->passed))
        return NULL;
    return self->lent || (self->bound && self->bound->bits) ? NULL : endpoint;
}

FAST void wait_in_queue(struct thread *self, struct endpoint *endpoint, cap_t handle, uint64_t tag)
{
    self->context.handle = handle;
    self->context.tag = (tag & TAG_RECEIVE_FLAGS) | TAG_OP(OP_RECV);
    self->closed = false;
    self->endpoint = endpoint;
    queue_insert(&endpoint->receivers, &self->node, cpu_urgency(), false);
}

FAST void answer(struct thread *self, struct thread *caller)
{
    self->state = THREAD_WAITS_RECEIVE;
    self->caller = self->fast_caller = NULL;
    caller->server = NULL;
    caller->lease_count = 0;
    caller->state = THREAD_RUNNING;
    cpu_self()->thread = caller;
}

FAST_DOOR void broad_reply_receive(FAST_PARAMETERS)
{
    struct thread *self = thread, *caller = awaiting(self, token);
    struct endpoint *endpoint = quiet_endpoint(self, handle);

    if (!caller || !endpoint || tag & TAG_ANSWER_SELDOM)
        GENERAL;

    /* Commit. */
    wait_in_queue(self, endpoint, handle, tag);
    answer(self, caller);
    if (tag_words(tag) > MESSAGE_REGISTER_WORDS)
        fast_copy_words(self, caller, tag);
    arch_fast_space(&caller->context);
    ARCH_LEAVE_FAST(caller, 0, 0, tag);
}
