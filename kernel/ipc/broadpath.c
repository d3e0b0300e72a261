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
 * set. A call and an answer leave the same time running, one link further or one less, unless the
 * server has more urgent time of its own: then that takes over, and back.
 */

#include <ipc/ipc.h>
#include <task/turn.h>

/* Off to the general way, with all registers as they came. */
#define GENERAL FAST_TAIL arch_enter_general(FAST_ARGUMENTS(handle, token, self, tag))

/* That thread goes on, with the message; its words that are not in registers are copied. */
#define LEAVE(next, badge, token, sent_tag)            \
    do {                                               \
        if (tag_words(tag) > MESSAGE_REGISTER_WORDS)   \
            fast_copy_words(self, next, tag);          \
        arch_fast_space(&(next)->context);             \
        ARCH_LEAVE_FAST(next, badge, token, sent_tag); \
    } while (0)

/* What a receiver could have asked for besides the message. */
#define TAG_ASKS          (TAG_WANT_REPLY | TAG_BUFFER)
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
    struct thread *receiver;
};

/* Does time that is parked there leave the CPU to the running one, and help from the ready queue;
   or, where the receiver has time of its own, is that the only one? */
FAST bool parked_can_wait(const struct thread *receiver, const struct queue_node *parked)
{
    const struct schedcontext *own = receiver->own;

    if (!own)
        return parked->priority <= cpu_self()->time->priority;
    return parked == &own->node && parked->next == parked && !parked->less_urgent;
}

/* Would it serve a call with that badge? */
FAST bool serves(const struct thread *receiver, uint64_t badge)
{
    return !(receiver->context.tag & TAG_ASKS) && (!receiver->closed || receiver->badge == badge) &&
           !server_is_choosy(receiver) && !context_is_stepped(&receiver->context) &&
           (queue_empty(&receiver->parked) || parked_can_wait(receiver, receiver->parked.first));
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
    found.receiver = set ? set->fast_receiver : endpoint_fast_waiter(found.endpoint);
    if (found.receiver)
        return found;
    found.receiver = thread_first(&found.endpoint->receivers);
    return found.receiver && serves(found.receiver, found.slot->data) ? found : none;
}

/* The receiver waits no longer. */
FAST void leave_place(const struct meeting *meeting)
{
    struct thread *receiver = meeting->receiver;

    if (queue_holds(&receiver->node)) {
        queue_remove(&receiver->node);
        receiver->endpoint = NULL;
        if (SELDOM(receiver->expected != NULL))
            closed_expect_end(receiver);
        if (SELDOM(!receiver->own && !queue_empty(&receiver->parked)))
            schedule_unpark(receiver);
        return;
    }
    if (receiver->own)
        return; /* it rests: its state alone says that it waits */
    *receiver->receive_place = NULL;
    if (meeting->endpoint->source.set)
        receiver->utcb->source_key = meeting->endpoint->source.key;
}

/* From here on the receiver serves the call. */
FAST void serve(struct thread *receiver, struct thread *caller)
{
    fast_serve(caller, receiver, receiver->receive_handle ? caller : NULL);
}

FAST_DOOR void broad_call(FAST_PARAMETERS)
{
    struct thread *self = thread, *receiver;
    struct meeting meeting;

    if (tag_caps(tag))
        FAST_TAIL broad_call_caps(FAST_ARGUMENTS(handle, token, self, tag));
    meeting = meeting_for(self, handle, tag);
    if (!meeting.receiver)
        GENERAL;
    receiver = meeting.receiver;
    if (receiver->own)
        FAST_TAIL broad_call_active(FAST_ARGUMENTS(handle, token, self, tag));

    /* Commit: on the same time. */
    self->grant = meeting.slot->rights & CAP_RIGHTS_GRANT;
    leave_place(&meeting);
    serve(receiver, self);
    LEAVE(receiver, meeting.slot->data, receiver->token, tag & ~TAG_MANNER);
}

/* A server with time of its own goes on at once if that is more urgent; the caller's time waits for
   its turn, to help. */
FAST bool takes_over(struct cpu *cpu, struct schedcontext *own)
{
    return own->priority > cpu->time->priority && schedule_may_hand_over(cpu, own, arch_now());
}

FAST_DOOR void broad_call_active(FAST_PARAMETERS)
{
    struct thread *self = thread, *receiver;
    struct meeting meeting = meeting_for(self, handle, tag);

    if (!meeting.receiver || !takes_over(cpu_self(), meeting.receiver->own))
        GENERAL;

    /* Commit. */
    receiver = meeting.receiver;
    self->grant = meeting.slot->rights & CAP_RIGHTS_GRANT;
    leave_place(&meeting);
    time_makes_way(cpu_self());
    schedule_hand_over(cpu_self(), receiver->own);
    fast_serve(self, receiver, receiver->rest_handle ? self : NULL);
    LEAVE(receiver, meeting.slot->data, receiver->token, tag & ~TAG_MANNER);
}

/* A capability that goes along: where it is, and how it goes. */
struct parcel {
    struct slot *source;
    uint64_t how;
};
#define PARCELS_MOST 3 /* more are seldom (TAG_SELDOM): such a tag meets nobody here */

static bool is_moved_before(const struct parcel *parcels, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (parcels[i].source == parcels[n].source && CAP_HOW_MODE(parcels[i].how) == CAP_MOVE)
            return true;
    return false;
}

/* Capability n, in the sender's table as it knows it. The descriptor is read once. */
FAST bool pack(const struct thread *self, struct parcel *parcels, unsigned n)
{
    const volatile struct cap_item *item = &self->utcb->caps[n];
    cap_t cap = item->cap;
    struct slot *source = fast_slot(self, cap);

    parcels[n] = (struct parcel){source, item->how};
    return source->handle == cap && slot_used(source) && cap_item_may_go(source, parcels[n].how) &&
           !is_moved_before(parcels, n);
}

/* All of them: the tag says at most three. */
FAST bool pack_all(const struct thread *self, unsigned count, struct parcel *parcels)
{
    return (count < 1 || pack(self, parcels, 0)) && (count < 2 || pack(self, parcels, 1)) &&
           (count < 3 || pack(self, parcels, 2));
}

/* Will that receiver take so many? */
FAST bool takes_caps(const struct thread *receiver, unsigned count)
{
    const struct cspace *space = thread_cspace(receiver);

    return tag_accept(receiver->context.tag) >= count &&
           (count == 1 ? cspace_has_one(space) : cspace_has_free(space, count));
}

/* May capabilities go along with such a call? While something is revoked there is more to see to.
 */
FAST bool caps_may_go(const struct meeting *meeting, unsigned count)
{
    return meeting->receiver && !meeting->receiver->own && !revoke_oldest &&
           meeting->slot->rights & CAP_RIGHTS_GRANT && takes_caps(meeting->receiver, count);
}

/* One of them may be the capability that is called through. */
FAST_DOOR void broad_call_caps(FAST_PARAMETERS)
{
    struct thread *self = thread, *receiver;
    struct meeting meeting = meeting_for(self, handle, tag);
    struct parcel parcels[PARCELS_MOST];
    unsigned count = tag_caps(tag) & PARCELS_MOST;
    uint64_t badge;

    if (!caps_may_go(&meeting, count) || !pack_all(self, count, parcels))
        GENERAL;

    /* Commit. */
    receiver = meeting.receiver;
    badge = meeting.slot->data;
    self->grant = true;
    leave_place(&meeting);
    serve(receiver, self);
    for (unsigned n = 0; n < count; n++)
        message_give_cap(receiver, n, parcels[n].source, parcels[n].how);
    LEAVE(receiver, badge, receiver->token, tag & ~TAG_MANNER);
}

/* ---- reply_recv ---- */

/* Could it wait where the fast path finds it? That is left to the general way, which will have it
   do so. */
FAST bool could_wait_in_place(const struct thread *self)
{
    return !self->bound_endpoints->next_bound && (!self->own || self->own == cpu_self()->time);
}

/* The endpoint of the handle, if the thread waits there as it did before, or can but wait there, in
   the queue; or NULL. */
FAST struct endpoint *quiet_endpoint(const struct thread *self, cap_t handle)
{
    const struct slot *slot = fast_slot(self, handle);
    struct endpoint *endpoint = slot_object(slot);

    if (SELDOM(self->rest_handle == handle))
        return self->own == cpu_self()->time ? self->receive_endpoint : NULL;
    if (slot->handle != handle || slot->type != OBJECT_ENDPOINT ||
        !(slot->rights & CAP_RIGHTS_RECV) || endpoint->bound != self || endpoint->special)
        return NULL;
    if (could_wait_in_place(self) || (!self->own && !endpoint->call_only))
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
    caller->server = NULL;
    fast_answer(self, caller);
}

FAST_DOOR void broad_reply_receive(FAST_PARAMETERS)
{
    struct thread *self = thread, *caller = fast_awaiting(self, token, false);
    struct endpoint *endpoint;

    if (tag & TAG_ANSWER_SELDOM)
        GENERAL;
    if (!caller)
        FAST_TAIL broad_reply_fault(FAST_ARGUMENTS(handle, token, self, tag));
    endpoint = quiet_endpoint(self, handle);
    if (!endpoint)
        GENERAL;
    if (self->own && self->own == cpu_self()->time)
        FAST_TAIL broad_reply_active(FAST_ARGUMENTS(handle, token, self, tag));
    if (!fast_runs_on(caller, cpu_self()->time))
        GENERAL;

    /* Commit. */
    wait_in_queue(self, endpoint, handle, tag);
    answer(self, caller);
    LEAVE(caller, 0, 0, tag);
}

/* The time whose turn it is when the running one leaves, if it runs that caller; or NULL. */
FAST struct schedcontext *next_of(const struct cpu *cpu, const struct thread *caller)
{
    struct schedcontext *time = time_first(cpu);

    if (queue_empty(&cpu->ready) || time->reserve)
        return NULL;
    return fast_runs_on(caller, time) ? time : NULL;
}

/* The server's own time rests with it, and the caller's goes on: broad_reply_receive has looked at
   all else. */
FAST_DOOR void broad_reply_active(FAST_PARAMETERS)
{
    struct thread *self = thread, *caller = self->caller;
    struct schedcontext *time;

    queue_leave(&self->own->node); /* it runs, and is to leave: if not now, the general way */
    time = next_of(cpu_self(), caller);
    if (!time || !schedule_may_hand_over(cpu_self(), time, arch_now()))
        GENERAL;

    /* Commit. */
    if (self->rest_handle == handle) {
        self->context.tag = tag;
    } else {
        wait_in_queue(self, slot_object(fast_slot(self, handle)), handle, tag);
        queue_insert(&self->parked, &self->own->node, self->own->priority, false);
    }
    schedule_hand_over(cpu_self(), time);
    answer(self, caller);
    caller->fast_caller = NULL;
    LEAVE(caller, 0, 0, tag);
}
