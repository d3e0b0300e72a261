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

/* ---- call ---- */

/* A call, where it goes, and who waits there (or NULL), in the place where calls find it at once,
   or in the queue. */
struct meeting {
    const struct slot *slot;
    struct endpoint *endpoint;
    struct thread **place, *receiver;
};

/* Would it serve any call, on its caller's time, and is that the only time that comes to it? */
FAST bool serves_anybody(const struct thread *receiver)
{
    return !(receiver->context.tag & TAG_ASKS) && thread_is_passive(receiver) &&
           !server_is_choosy(receiver) && !context_is_stepped(&receiver->context) &&
           queue_empty(&receiver->parked);
}

FAST struct meeting meeting_for(const struct thread *self, cap_t handle, uint64_t tag)
{
    struct meeting none = {.receiver = NULL}, found = {.slot = fast_slot(self, handle)};
    struct waitset *set;

    if (found.slot->handle != handle || !found.slot->callable || tag & TAG_SELDOM ||
        !keeps_time(self, tag))
        return none;
    found.endpoint = slot_object(found.slot);
    set = found.endpoint->source.set;
    found.place = set ? &set->fast_receiver : &found.endpoint->fast_receiver;
    found.receiver = *found.place;
    if (found.receiver)
        return found;
    found.receiver = thread_first(&found.endpoint->receivers);
    return found.receiver && serves_anybody(found.receiver) ? found : none;
}

/* The receiver waits no longer. */
FAST void leave_place(const struct meeting *meeting)
{
    struct thread *receiver = meeting->receiver;

    if (!*meeting->place) {
        queue_remove(&receiver->node);
        receiver->endpoint = NULL;
        return;
    }
    *meeting->place = NULL;
    if (meeting->endpoint->source.set)
        receiver->utcb->source_key = meeting->endpoint->source.key;
}

/* From here on the receiver serves the call, on the same time. */
FAST void serve(struct thread *receiver, struct thread *caller)
{
    caller->state = THREAD_WAITS_REPLY;
    caller->server = receiver;
    receiver->state = THREAD_RUNNING;
    receiver->caller = caller;
    receiver->fast_caller = receiver->receive_handle ? caller : NULL;
    receiver->token += TOKEN_STEP;
    cpu_self()->thread = receiver;
}

FAST_DOOR void broad_call(FAST_PARAMETERS)
{
    struct thread *self = thread, *receiver;
    struct meeting meeting = meeting_for(self, handle, tag);

    if (!meeting.receiver)
        GENERAL;
    if (tag_caps(tag))
        FAST_TAIL broad_call_caps(FAST_ARGUMENTS(handle, token, self, tag));

    /* Commit. */
    receiver = meeting.receiver;
    self->grant = meeting.slot->rights & CAP_RIGHTS_GRANT;
    leave_place(&meeting);
    serve(receiver, self);
    if (tag_words(tag) > MESSAGE_REGISTER_WORDS)
        fast_copy_words(self, receiver, tag);
    arch_fast_space(&receiver->context);
    ARCH_LEAVE_FAST(receiver, meeting.slot->data, receiver->token, tag & ~TAG_MANNER);
}

/* May the capabilities go along that the tag says there are? */
static bool caps_may_go(struct thread *self, const struct meeting *meeting)
{
    struct failure unused;

    if (revoke_is_under_way())
        return false;
    message_prepare(self);
    return !message_check(self, meeting->receiver, meeting->slot->rights & CAP_RIGHTS_GRANT,
                          ARGUMENT_HANDLE, &unused);
}

/* They may be the one that is called through. */
FAST_DOOR void broad_call_caps(FAST_PARAMETERS)
{
    struct thread *self = thread, *receiver;
    struct meeting meeting = meeting_for(self, handle, tag);
    uint64_t badge;

    if (!meeting.receiver || !caps_may_go(self, &meeting))
        GENERAL;

    /* Commit. */
    receiver = meeting.receiver;
    badge = meeting.slot->data;
    self->grant = true;
    leave_place(&meeting);
    serve(receiver, self);
    message_move_caps(self, receiver);
    if (tag_words(tag) > MESSAGE_REGISTER_WORDS)
        fast_copy_words(self, receiver, tag);
    arch_fast_space(&receiver->context);
    ARCH_LEAVE_FAST(receiver, badge, receiver->token, tag & ~TAG_MANNER);
}

/* ---- reply_recv ---- */

/* Is that caller's time the one that runs? */
FAST bool runs_on_time_of(const struct thread *caller)
{
    const struct schedcontext *time = cpu_self()->time;

    return caller->own ? caller->own == time : chain_time(caller) == time;
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
    return runs_on_time_of(caller) ? caller : NULL;
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
