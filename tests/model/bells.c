/* bells.c - Notifications: "At a notification bits OR: a flood of them is one word.". */

#include <myelin/idl/notification_types.h>

#include "model.h"

static struct model_bell *bell_of(int bell)
{
    return &object_at(bell)->bell;
}

static struct model_thread *thread_of(int thread)
{
    return &object_at(thread)->thread;
}

uint64_t bell_takes(int bell, int thread)
{
    uint64_t bits = bell_of(bell)->bits;

    if (bits)
        source_lends(bell, thread);
    bell_of(bell)->bits = 0;
    bell_of(bell)->urgency = 0;
    return bits;
}

/* "with bits alone the tag says `TAG_ORIGIN_NOTIFICATION`" */
void bell_gives(int bell, int thread)
{
    clear_registers(thread);
    registers_of(thread)->tag = TAG_MYELIN | TAG_ORIGIN_NOTIFICATION;
    registers_of(thread)->notified = bell_takes(bell, thread);
}

static void wake(int bell, int thread)
{
    tell_key(thread, thread_of(thread)->waits_at, bell);
    thread_leaves(thread, SUCCESS);
    bell_gives(bell, thread);
    thread_wakes(thread);
}

void bell_looks(int bell)
{
    int bound = bell_of(bell)->bound;

    if (bound != NONE && bell_of(bell)->bits && thread_of(bound)->state == THREAD_WAITS_RECEIVE)
        wake(bell, bound);
}

/* "One thread is woken, and takes all bits: the most urgent that waits at the notification; or the
   one that waits at the WaitSet that the notification is in; or the bound one, if it waits to
   receive." "A `notify` of no bits changes nothing." */
void bell_rings(int bell, uint64_t bits, unsigned urgency)
{
    struct model_bell *b = bell_of(bell);

    if (!bits)
        return;
    b->bits |= bits;
    if (in_set(bell) && (int)urgency > b->urgency)
        b->urgency = (int)urgency;
    if (b->waiters.count)
        wake(bell, b->waiters.item[0]);
    else if (set_receiver(bell, 0) != NONE)
        wake(bell, set_receiver(bell, 0));
    else
        bell_looks(bell);
    source_changed(bell);
}

struct answer bell_receives(int receiver, int bell, bool now)
{
    int bound = bell_of(bell)->bound;

    /* "A notification can be bound to one thread (`THREAD_BIND_NOTIFICATION`); then no other
       receives from it (`EBUSY`)" */
    if ((bound != NONE && bound != receiver) || in_set(bell))
        return refuse(EBUSY, ARGUMENT_HANDLE, 0, 0);
    if (bell_of(bell)->bits) {
        bell_gives(bell, receiver);
        return DONE;
    }
    if (now)
        return refuse(EAGAIN, ARGUMENT_HANDLE, 0, 0);
    thread_of(receiver)->state = THREAD_WAITS_NOTIFY;
    thread_of(receiver)->waits_at = bell;
    thread_of(receiver)->urgency = urgency_of_running();
    queue_add(&bell_of(bell)->waiters, receiver);
    return DONE;
}

/* "When a notification dies, who waits there gets `EPIPE`" */
void bell_ends(int bell)
{
    while (bell_of(bell)->waiters.count)
        thread_fails(bell_of(bell)->waiters.item[0], refuse(EPIPE, ARGUMENT_HANDLE, 0, 0));
    source_loses_time(bell);
}

/* "The bits are set at that time." */
static struct answer set_timer(struct call *call)
{
    struct model_bell *bell = bell_of(cap_of(call->target)->object);
    uint64_t time = call->word[0], bits = call->word[1];

    if (time && !bits)
        return refuse(EINVAL, ARGUMENT_WORD(1), 1, 0);
    bell->timer = time;
    bell->timer_bits = bits;
    return DONE;
}

const struct method notification_methods[] = {
    {NOTIFICATION_LABEL_SET_TIMER, CAP_RIGHTS_RECV, 2, {{0}}, false, set_timer},
    {0},
};
