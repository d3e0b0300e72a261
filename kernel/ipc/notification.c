/* notification.c - a word of bits that OR together; whoever waits takes them all. */

#include <ipc/ipc.h>
#include <myelin/idl/notification_kernel.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>

uint64_t notification_take(struct notification *notification, struct thread *receiver)
{
    uint64_t bits = notification->bits;

    if (bits && notification->time)
        time_lend(&notification->source, receiver);
    notification->bits = 0;
    notification->source.urgency = 0;
    return bits;
}

void notification_give(struct notification *notification, struct thread *receiver)
{
    thread_clear_message(receiver);
    receiver->context.tag = TAG_BITS;
    receiver->context.notified = notification_take(notification, receiver);
}

bool notification_give_bound(struct thread *receiver)
{
    struct notification *notification = receiver->bound;

    if (!notification || !notification->bits)
        return false;
    notification_give(notification, receiver);
    return true;
}

/* The thread, which was waiting, gets the bits and nothing else. */
static void wake_with_bits(struct thread *thread, struct notification *notification)
{
    if (thread_waits_in(thread))
        source_arrived(&notification->source, thread);
    thread_leave_wait(thread, SUCCESS);
    notification_give(notification, thread);
    thread_wake(thread);
}

void notification_wake_bound(struct notification *notification)
{
    struct thread *bound = notification->bound;

    if (!bound || !notification->bits)
        return;
    fast_forget(bound);
    if (bound->state == THREAD_WAITS_RECEIVE)
        wake_with_bits(bound, notification);
}

/* ---- who has to learn of bits ---- */

static bool is_plain(const struct notification *notification)
{
    return queue_empty(&notification->waiters) && !notification->bound && !notification->source.set;
}

void notification_note(struct notification *notification)
{
    if (!notification_listener(notification))
        notification->source.hearing = is_plain(notification) ? HEARD_BY_NOBODY : HEARD_BY_OTHERS;
}

void notification_join_set(struct notification *notification)
{
    notification->source.urgency = notification->bits ? (uint8_t)cpu_urgency() : 0;
    notification_note(notification);
}

/* Whoever waits there waits in the queue. */
static void gather(struct notification *notification)
{
    if (notification_listener(notification))
        fast_forget(notification_listener(notification));
}

/* The listener has time of its own, which rests as long as it waits. */
static void wake_listener(struct notification *notification, uint64_t bits)
{
    struct thread *thread = notification_call_listener(notification);

    arch_fast_clear(&thread->context, TAG_BITS, bits);
    schedcontext_offer(thread->own);
}

/* How urgent bits are matters in a set. */
static void add_bits(struct notification *notification, uint64_t bits, unsigned urgency)
{
    notification->bits |= bits;
    if (notification->source.set && urgency > notification->source.urgency)
        notification->source.urgency = (uint8_t)urgency;
}

void notification_raise(struct notification *notification, uint64_t bits, unsigned urgency)
{
    struct thread *waiter;

    if (!bits)
        return;
    if (notification_listener(notification)) {
        wake_listener(notification, bits);
        return;
    }
    add_bits(notification, bits, urgency);
    waiter = source_receiver(&notification->source, 0);
    if (!queue_empty(&notification->waiters))
        waiter = thread_first(&notification->waiters);
    if (waiter)
        wake_with_bits(waiter, notification);
    else
        notification_wake_bound(notification);
    source_refresh(&notification->source);
}

void notification_signal(struct notification *notification, uint64_t bits)
{
    notification_raise(notification, bits, SCHEDCONTEXT_PRIORITY_LEVELS - 1);
}

/* Will bits let it run, and need nothing else be looked at then? */
static bool may_listen(const struct thread *thread, const struct notification *notification)
{
    return notification->source.hearing == HEARD_BY_NOBODY &&
           !(thread->context.tag & TAG_RECEIVE_FLAGS) && !context_is_stepped(&thread->context) &&
           thread->own && thread->own == cpu_self()->time && !thread->lent &&
           queue_empty(&thread->parked);
}

error_t notification_receive(struct thread *receiver, struct notification *notification, bool now,
                             struct failure *failure)
{
    if ((notification->bound && notification->bound != receiver) || notification->source.set)
        return fail(failure, EBUSY, ARGUMENT_HANDLE, 0, 0);
    if (notification->bits) {
        notification_give(notification, receiver);
        return SUCCESS;
    }
    if (now)
        return fail(failure, EAGAIN, ARGUMENT_HANDLE, 0, 0);
    if (may_listen(receiver, notification)) {
        notification_listen(notification, receiver);
        return SUCCESS;
    }
    gather(notification);
    receiver->state = THREAD_WAITS_NOTIFY;
    receiver->notification = notification;
    queue_insert(&notification->waiters, &receiver->node, cpu_urgency(), false);
    notification_note(notification);
    return SUCCESS;
}

bool notification_destroy_step(struct notification *notification)
{
    static const struct failure gone = {.error = EPIPE, .argument = ARGUMENT_HANDLE};

    gather(notification);
    if (!queue_empty(&notification->waiters)) {
        thread_wake_with(thread_first(&notification->waiters), &gone);
        return false;
    }
    timeout_cancel(&notification->timer);
    if (notification->time)
        time_leave_source(notification->time);
    return true;
}

static void timer_expired(struct timeout *timeout)
{
    struct notification *notification = container_of(timeout, struct notification, timer);

    notification_signal(notification, notification->timer_bits);
}

error_t notification_handle_set_timer(struct invocation *invocation, uint64_t time, uint64_t bits)
{
    struct notification *notification = slot_object(invocation->target);

    if (time && !bits)
        return invocation_fail(invocation, EINVAL, ARGUMENT_WORD(1), 1, 0);
    notification->timer_bits = bits;
    if (time)
        timeout_set(&notification->timer, time, timer_expired);
    else
        timeout_cancel(&notification->timer);
    return SUCCESS;
}
