/*
 * endpoint.c - rendezvous: a sender and a receiver meet, and the message goes straight from the
 * one to the other. Whoever comes first waits in the endpoint's queue.
 */

#include <ipc/ipc.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/untyped_types.h>

static const struct failure endpoint_gone = {.error = EPIPE, .argument = ARGUMENT_HANDLE};

struct thread *endpoint_first_waiter(const struct endpoint *endpoint)
{
    struct thread *passed = thread_first(&endpoint->passed);
    struct thread *sender = thread_first(&endpoint->senders);

    if (!passed || (sender && sender->node.priority > passed->node.priority))
        return sender;
    return passed;
}

static struct thread *first_receiver(const struct endpoint *endpoint)
{
    struct thread *waiter = endpoint_fast_waiter(endpoint);

    return waiter ? waiter : thread_first(&endpoint->receivers);
}

/* One that does not run, a waiting sender whose page is missing, is as urgent as it was there. */
static unsigned urgency(const struct thread *thread)
{
    return thread == cpu_self()->thread ? cpu_urgency() : thread->node.priority;
}

static void wait_in(struct queue *queue, struct thread *thread, enum thread_state state,
                    struct endpoint *endpoint)
{
    thread->state = (uint8_t)state;
    thread->endpoint = endpoint;
    queue_insert(queue, &thread->node, urgency(thread), false);
}

static bool wants_reply(const struct thread *receiver)
{
    return receiver->context.tag & TAG_WANT_REPLY;
}

/* Could these two meet? Checks all; changes nothing. */
static error_t meeting_check(struct thread *from, const struct thread *to, bool call, bool grant,
                             struct failure *failure)
{
    error_t error = message_check(from, to, grant, ARGUMENT_HANDLE, failure);

    if (!error && call && wants_reply(to) &&
        !cspace_has_free(thread_cspace(to), from->pending_count + 1))
        error = fail(failure, ENOSPC, ARGUMENT_PARTNER, from->pending_count + 1, 0);
    if (!error && call && server_is_choosy(to))
        error = donation_check(from, to, failure);
    return error;
}

/* The message goes over. A caller waits for its answer from now on. */
static void meet(struct thread *from, struct thread *to, uint64_t badge, bool call, bool grant)
{
    bool want_reply = wants_reply(to), buffer = buffer_travels(from, to);

    if ((from->context.tag | to->context.tag) & TAG_BUFFER)
        buffer_tell(from, to);
    message_deliver(from, to, badge);
    if (buffer)
        to->context.tag |= TAG_BUFFER;
    if (call) {
        from->grant = grant;
        reply_give(to, from, want_reply);
    }
}

/* The receiver waits no longer. */
static void leave_queue(struct thread *receiver)
{
    if (thread_waits_again(receiver))
        fast_leave_place(receiver);
    else
        queue_remove(&receiver->node);
    receiver->endpoint = NULL;
}

/* The receiver, which waited, goes on with the copy itself, unless the sender would not wait. */
static error_t hand_over(struct thread *receiver, const struct thread *sender,
                         const struct sending *sending, struct failure *failure)
{
    if (sending->now)
        return fail(failure, EAGAIN, ARGUMENT_HANDLE, 0, sender->buffer.done);
    thread_take_back(receiver);
    thread_wake(receiver);
    return HANDED_OVER;
}

/* Copies the buffer to the receiver, which waits. */
static error_t copy_to(struct thread *receiver, struct thread *sender,
                       const struct sending *sending, struct failure *failure)
{
    struct failure missing = {.error = EFAULT, .argument = ARGUMENT_BUFFER};

    switch (buffer_copy(sender, receiver)) {
    case COPY_PREEMPTED:
        return hand_over(receiver, sender, sending, failure);
    case COPY_FROM_MISSING:
        buffer_forget(receiver);
        sender->context.ip -= SYSCALL_INSTRUCTION_BYTES;
        return buffer_fault_sender(sender);
    case COPY_TO_MISSING:
        missing.found = sender->buffer.done;
        thread_wake_with(receiver, &missing);
        return fail(failure, EFAULT, ARGUMENT_PARTNER, 0, sender->buffer.done);
    default:
        return SUCCESS;
    }
}

static error_t deliver_to(struct thread *receiver, struct thread *sender,
                          const struct sending *sending, struct failure *failure)
{
    error_t error = meeting_check(sender, receiver, sending->call, sending->grant, failure);

    if (!error && buffer_travels(sender, receiver))
        error = copy_to(receiver, sender, sending, failure);
    if (error)
        return error;

    /* Commit. */
    leave_queue(receiver);
    closed_expect_end(receiver);
    meet(sender, receiver, sending->badge, sending->call, sending->grant);
    if (!sending->call)
        thread_clear_message(sender);
    thread_wake(receiver);
    return SUCCESS;
}

/* Does that waiting receiver take from that badge? */
static bool takes(const struct thread *receiver, uint64_t badge)
{
    return !receiver->closed || receiver->badge == badge;
}

/* A receiver may wait at the WaitSet that the endpoint is in. HANDED_OVER: none does. */
static error_t deliver_in_set(struct thread *sender, const struct sending *sending,
                              struct failure *failure)
{
    const struct source *source = &sending->endpoint->source;
    struct thread *receiver = source_receiver(source, sending->badge);
    error_t error = receiver ? deliver_to(receiver, sender, sending, failure) : HANDED_OVER;

    if (!receiver || error == HANDED_OVER)
        return HANDED_OVER;
    if (thread_is_running(receiver)) /* it has the message, or an error because of it */
        source_arrived(source, receiver);
    return error;
}

/* It waits in the queue, and helps the server on. */
static error_t wait_to_send(struct thread *sender, const struct sending *sending,
                            struct failure *failure)
{
    struct endpoint *endpoint = sending->endpoint;
    struct thread *server = source_server(&endpoint->source);
    error_t error = server ? chain_check(sender, server) : SUCCESS;

    if (error)
        return fail(failure, error, ARGUMENT_HANDLE, CHAIN_HELP_MAX, 0);

    /* Commit. */
    fast_forget_endpoint(endpoint);
    if (server)
        fast_forget(server);
    sender->badge = sending->badge;
    sender->message_grant = sending->grant;
    wait_in(&endpoint->senders, sender, sending->call ? THREAD_WAITS_CALL : THREAD_WAITS_SEND,
            endpoint);
    if (server)
        chain_raise(server, sender->node.priority);
    source_refresh(&endpoint->source);
    return SUCCESS;
}

error_t endpoint_send(struct thread *sender, const struct sending *sending, struct failure *failure)
{
    struct endpoint *endpoint = sending->endpoint;
    struct thread *receiver = first_receiver(endpoint);
    error_t error = HANDED_OVER;

    if (receiver && takes(receiver, sending->badge))
        error = deliver_to(receiver, sender, sending, failure);
    else if (endpoint->special)
        error = deliver_in_set(sender, sending, failure);
    if (error != HANDED_OVER)
        return error;
    error = message_check_own(sender, sending->grant, ARGUMENT_HANDLE, failure);
    if (error)
        return error;
    if (source_is_orphaned(&endpoint->source))
        return fail(failure, EPIPE, ARGUMENT_HANDLE, 0, 0);
    if (sending->now)
        return fail(failure, EAGAIN, ARGUMENT_HANDLE, 0, 0);
    return wait_to_send(sender, sending, failure);
}

/* Copies the buffer of a sender that waits. EAGAIN: it has left the queue. */
static error_t copy_from(struct thread *sender, struct thread *receiver, struct failure *failure)
{
    struct failure missing = {.error = EFAULT, .argument = ARGUMENT_PARTNER};

    switch (buffer_copy(sender, receiver)) {
    case COPY_PREEMPTED:
        return RESTART;
    case COPY_FROM_MISSING: /* that is its own affair, on its own time */
        thread_take_back(sender);
        thread_wake(sender);
        buffer_fault_sender(sender);
        return EAGAIN;
    case COPY_TO_MISSING:
        missing.found = sender->buffer.done;
        thread_wake_with(sender, &missing);
        return fail(failure, EFAULT, ARGUMENT_BUFFER, 0, missing.found);
    default:
        return SUCCESS;
    }
}

/* Could it be delivered now, with its buffer copied? If not it goes back to its sender with the
   error, and the next one is looked at: EAGAIN. */
static error_t take_check(struct thread *sender, struct thread *receiver, struct failure *failure)
{
    bool call = sender->state == THREAD_WAITS_CALL;
    struct failure back;

    if (meeting_check(sender, receiver, call, sender->message_grant, &back)) {
        thread_wake_with(sender, &back);
        return EAGAIN;
    }
    return buffer_travels(sender, receiver) ? copy_from(sender, receiver, failure) : SUCCESS;
}

/* Takes the message of the first waiting sender. EAGAIN: not this one; RESTART: preempted. */
static error_t take_from(struct thread *sender, struct thread *receiver, struct failure *failure)
{
    bool call = sender->state == THREAD_WAITS_CALL;
    error_t error = take_check(sender, receiver, failure);
    const struct source *source;

    if (error)
        return error;

    /* Commit. */
    source = source_of_waiter(sender);
    queue_remove(&sender->node);
    sender->endpoint = NULL;
    chain_let_help(source);
    meet(sender, receiver, sender->badge, call, sender->message_grant);
    if (call) {
        schedule_unpark(sender); /* its time now serves through the receiver */
    } else {
        thread_clear_message(sender);
        thread_wake(sender);
    }
    return SUCCESS;
}

static error_t receive_check(const struct thread *receiver, const struct receiving *receiving,
                             struct failure *failure)
{
    const struct endpoint *endpoint = receiving->endpoint;

    if ((endpoint->bound && endpoint->bound != receiver) || endpoint->source.set)
        return fail(failure, EBUSY, ARGUMENT_HANDLE, 0, 0);
    if (thread_is_passive(receiver) && !endpoint->call_only)
        return fail(failure, EINVAL, ARGUMENT_HANDLE, UNTYPED_ENDPOINT_CALL_ONLY,
                    UNTYPED_ENDPOINT_OPEN);
    if (receiving->closed && !endpoint->bound) /* so there is but one such receive */
        return fail(failure, EINVAL, ARGUMENT_TAG, 0, TAG_CLOSED);
    return SUCCESS;
}

/* Takes from who waits already. EAGAIN: there is nobody to take from. Where one could not be taken
   from, another source of a WaitSet may come first now. */
static error_t take_waiting(struct thread *receiver, const struct receiving *receiving,
                            struct failure *failure)
{
    const struct waitset *set = receiving->endpoint->source.set;
    struct thread *sender;
    error_t error;

    closed_begin_scan(receiving);
    while ((sender = thread_first(&receiving->endpoint->senders)) != NULL) {
        bool passed = closed_passes(sender, receiving);

        error = passed ? EAGAIN : take_from(sender, receiver, failure);
        if (!error)
            fast_remember(receiver, receiving);
        if (error != EAGAIN)
            return error;
        if ((set && !passed) || arch_preemption_pending())
            return RESTART;
    }
    return EAGAIN;
}

/* Nobody has come yet. */
static error_t wait_for_message(struct thread *receiver, const struct receiving *receiving,
                                struct failure *failure)
{
    error_t error = receive_may_wait(receiver, receiving, failure);

    if (error)
        return error;

    /* Commit. */
    closed_begin_wait(receiver, receiving);
    if (fast_wait(receiver, receiving))
        return SUCCESS;
    fast_forget(receiver); /* it may have received elsewhere */
    fast_forget_endpoint(receiving->endpoint);
    wait_in(&receiving->endpoint->receivers, receiver, THREAD_WAITS_RECEIVE, receiving->endpoint);
    return SUCCESS;
}

static error_t take_one_or_other(struct thread *receiver, const struct receiving *receiving,
                                 bool channel, struct failure *failure)
{
    struct endpoint *endpoint = receiving->endpoint;
    error_t error = channel ? channel_take(endpoint->channel, receiver, receiving, failure)
                            : take_waiting(receiver, receiving, failure);

    if (error != EAGAIN && error != RESTART)
        endpoint->channel_next = !channel;
    return error;
}

/* Callers and the channel's messages take turns; if there are none of the one, the other's. */
static error_t take_in_turn(struct thread *receiver, const struct receiving *receiving,
                            struct failure *failure)
{
    bool channel = receiving->endpoint->channel_next;
    error_t error = take_one_or_other(receiver, receiving, channel, failure);

    return error == EAGAIN ? take_one_or_other(receiver, receiving, !channel, failure) : error;
}

error_t endpoint_take(struct thread *receiver, const struct receiving *receiving,
                      struct failure *failure)
{
    if (receiving->endpoint->channel && !receiving->closed)
        return take_in_turn(receiver, receiving, failure);
    return take_waiting(receiver, receiving, failure);
}

error_t endpoint_receive(struct thread *receiver, const struct receiving *receiving,
                         struct failure *failure)
{
    error_t error = receive_check(receiver, receiving, failure);

    if (!error)
        error = buffer_prepare_receive(receiver, failure);
    if (error)
        return error;
    reply_forget(receiver);
    error = endpoint_take(receiver, receiving, failure);
    if (error != EAGAIN)
        return error;
    if (notification_give_bound(receiver))
        return SUCCESS;
    return wait_for_message(receiver, receiving, failure);
}

void endpoint_call_fault(struct thread *thread, const struct fault *fault)
{
    const struct slot *handler = &thread->handler_slot;
    struct sending sending = {.call = true};
    struct failure failure;

    thread->fault = *fault;
    if (!slot_used(handler)) {
        thread_stop(thread, THREAD_STOPPED, THREAD_STOP_NO_HANDLER);
        return;
    }
    sending.endpoint = slot_object(handler);
    sending.badge = handler->data;
    thread->faulting = true;
    thread->pending_count = 0;
    thread->lease_count = 0;
    if (endpoint_send(thread, &sending, &failure))
        thread_stop(thread, THREAD_STOPPED, THREAD_STOP_HANDLER_GONE);
}

void endpoint_bind(struct endpoint *endpoint, struct thread *thread)
{
    struct thread *waiter = source_first_waiter(&endpoint->source);

    fast_forget_endpoint(endpoint);
    fast_forget(thread);
    endpoint->orphaned = false;
    if (endpoint->bound == thread)
        return;
    endpoint->bound = thread;
    endpoint->next_bound = thread->bound_endpoints;
    if (endpoint->next_bound)
        endpoint->next_bound->source.bound_link = &endpoint->next_bound;
    endpoint->source.bound_link = &thread->bound_endpoints;
    thread->bound_endpoints = endpoint;
    chain_let_help(&endpoint->source);
    if (waiter)
        chain_raise(thread, waiter->node.priority);
}

void endpoint_note_special(struct endpoint *endpoint)
{
    endpoint->special = endpoint->source.set || endpoint->channel;
}

void endpoint_unbind(struct endpoint *endpoint)
{
    struct thread *thread = endpoint->bound;

    fast_forget_endpoint(endpoint);
    if (!thread)
        return;
    *endpoint->source.bound_link = endpoint->next_bound;
    if (endpoint->next_bound)
        endpoint->next_bound->source.bound_link = endpoint->source.bound_link;
    endpoint->source.bound_link = NULL;
    endpoint->next_bound = NULL;
    endpoint->bound = NULL;
    chain_changed(thread);
}

/* One of those who wait for that endpoint, on whichever side, is told that it is gone; true: there
   is none left. */
static bool wake_step(struct endpoint *endpoint, bool receivers)
{
    struct thread *waiter = source_first_waiter(&endpoint->source);

    if (!waiter && receivers)
        waiter = thread_first(&endpoint->receivers);
    if (!waiter)
        return closed_disappoint_step(endpoint);
    thread_wake_with(waiter, &endpoint_gone);
    return false;
}

bool endpoint_unbind_step(struct endpoint *endpoint)
{
    endpoint->orphaned = true; /* first: nobody comes to wait while those who do are told */
    if (!wake_step(endpoint, false))
        return false;
    endpoint_unbind(endpoint);
    return false;
}

bool endpoint_destroy_step(struct endpoint *endpoint)
{
    fast_forget_endpoint(endpoint);
    if (!wake_step(endpoint, true))
        return false;
    endpoint_unbind(endpoint);
    return true;
}
