/*
 * wakepath.c - the fast path where not only the thread changes but the time, too: the ordinary
 * notify, the ordinary wait for bits, and a time that yields to its equal.
 *
 * Like fastpath.c it is in registers, on the user's stack pointer, and uses no stack: it checks
 * everything first, and goes the slow way where a check fails. What it relies on is one byte,
 * source.hearing: nobody has to learn of bits; or one thread has, which waits there with time of
 * its own that can run it at once, and which rests in no queue meanwhile.
 *
 * When an operation is done it says who runs next if that is simple to say; what is not - a budget
 * is used up, the timer has to be set, a chain has to be looked along, nobody is there - it leaves
 * to the scheduler, which decides the same from the same state.
 */

#include <ipc/ipc.h>
#include <task/turn.h>

/* Off to the slow way, with what these operations look at. */
#define SLOW FAST_TAIL arch_enter_slow(0, 0, 0, 0, handle, 0, word0, ip, 0, 0, NULL, tag)
#define MISS(reason)                                      \
    do {                                                  \
        ARCH_FAST_COUNT(fast_misses, FAST_MISS_##reason); \
        SLOW;                                             \
    } while (0)

/* ---- who runs next ---- */

/* It runs on that time, and is no server; false: the timer is to be set first. */
FAST bool take_turn(struct cpu *cpu, struct schedcontext *time, struct thread *next, uint64_t now)
{
    next->fast_caller = NULL;
    time_begin(cpu, time, next, now);
    return time_is_guarded(cpu);
}

/* That thread goes on, with what is in its context. */
FAST void leave_to(struct thread *next)
{
    ARCH_LEAVE_SAVED(next);
}

/* ---- notify ---- */

/* The bits that a notify means. */
FAST uint64_t bits_meant(const struct slot *slot, uint64_t word)
{
    if (SELDOM(!word))
        word = UINT64_MAX;
    if (SELDOM(slot->data)) {
        LOOK_AGAIN(slot);
        word &= slot->data;
    }
    return word;
}

/* The listener has its bits, and runs when its time's turn comes. */
FAST void wait_for_turn(struct cpu *cpu, struct thread *listener, uint64_t bits)
{
    struct schedcontext *time = listener->own;

    arch_fast_clear(&listener->context, TAG_BITS, bits);
    queue_put(&cpu->ready, &time->node, time->node.priority, false);
}

/* The listener, being more urgent, runs at once; false: the timer is to be set first. */
FAST bool preempt(struct cpu *cpu, struct thread *listener, uint64_t now)
{
    time_makes_way(cpu);
    time_begin(cpu, listener->own, listener, now);
    return time_is_guarded(cpu);
}

/* From here on the listener is awake; who notified returns, or is preempted. */
FAST void wake(struct cpu *cpu, struct notification *notification, uint64_t bits, uint64_t ip)
{
    struct thread *self = cpu->thread, *listener = notification_call_listener(notification);
    struct schedcontext *time = cpu->time;
    uint64_t now;

    if (listener->own->priority <= time->priority) {
        wait_for_turn(cpu, listener, bits);
        ARCH_RETURN_FAST(SUCCESS, 0, 0);
    }
    arch_fast_save(&self->context, ip);
    arch_fast_clear(&self->context, 0, 0);
    now = arch_now();
    if (time != self->own || !time_charge(cpu, time, now)) {
        wait_for_turn(cpu, listener, bits);
        ARCH_LEAVE_SCHEDULED();
    }
    if (!preempt(cpu, listener, now)) {
        arch_fast_clear(&listener->context, TAG_BITS, bits);
        ARCH_LEAVE_SCHEDULED();
    }
    arch_fast_space(&listener->context);
    arch_fast_stack(&listener->context);
    ARCH_LEAVE_BITS(listener->context.ip, bits);
}

FAST_DOOR void fast_notify(FAST_PARAMETERS)
{
    struct cpu *cpu = cpu_self();
    struct slot *slot = fast_slot(cpu->thread, handle);
    struct notification *notification = slot_object(slot);
    uint64_t bits;

    if (slot->handle != handle || !slot->notable)
        MISS(NOTIFY);
    if (notification->source.hearing == HEARD_BY_NOBODY) {
        notification->bits |= bits_meant(slot, word0);
        ARCH_RETURN_FAST(SUCCESS, 0, 0);
    }
    LOOK_AGAIN(notification);
    bits = word0;
    if (SELDOM(!word0 || slot->data)) {
        bits = bits_meant(slot, word0);
        if (!bits)
            MISS(NOTIFY);
    }
    if (notification->source.hearing != HEARD_AT_ONCE)
        MISS(NOTIFY);
    wake(cpu, notification, bits, ip);
}

/* ---- the wait for bits ---- */

/* The running time, which is the thread's own, rests; who comes next runs. */
FAST void rest(struct cpu *cpu, struct schedcontext *time)
{
    uint64_t now = arch_now();
    struct thread *next;

    if (!time_charge(cpu, time, now))
        ARCH_LEAVE_SCHEDULED();
    if (SELDOM(queue_holds(&time->node)))
        queue_take_first(&cpu->ready);
    next = time_next_home(cpu);
    if (!next)
        ARCH_LEAVE_SCHEDULED();
    if (!take_turn(cpu, time_first(cpu), next, now))
        ARCH_LEAVE_SCHEDULED();
    leave_to(next);
}

FAST_DOOR void fast_await(FAST_PARAMETERS)
{
    struct cpu *cpu = cpu_self();
    struct thread *self = cpu->thread;
    struct slot *slot = fast_slot(self, handle);
    struct notification *notification = slot_object(slot);
    struct schedcontext *time = cpu->time;

    if (slot->handle != handle)
        SLOW;
    if (SELDOM(slot->type != OBJECT_NOTIFICATION)) {
        LOOK_AGAIN(slot);
        if (slot->type == OBJECT_CHANNEL)
            FAST_TAIL fast_take(FAST_ARGUMENTS(handle, (uint64_t)slot, NULL, tag));
        SLOW;
    }
    if (!(slot->rights & CAP_RIGHTS_RECV))
        SLOW;
    if (notification->source.hearing != HEARD_BY_NOBODY || self->own != time || self->lent)
        MISS(WAIT);
    if (notification->bits) {
        uint64_t bits = notification->bits;

        notification->bits = 0;
        notification->source.urgency = 0;
        ARCH_LEAVE_BITS(ip, bits);
    }

    /* Commit. */
    arch_fast_save(&self->context, ip);
    self->context.tag = tag;
    self->context.handle = handle;
    notification_listen(notification, self);
    rest(cpu, time);
}

/* ---- yield ---- */

/* It comes from fast_call: FAST_TAG_YIELD, and a SchedContext of that handle. */
FAST_DOOR void fast_yield(FAST_PARAMETERS)
{
    struct cpu *cpu = cpu_self();
    struct thread *self = cpu->thread, *next;
    struct schedcontext *time = cpu->time, *equal = time_next_equal(cpu);
    uint64_t now;

    if (!(fast_slot(self, handle)->rights & CAP_RIGHTS_USE))
        MISS(OBJECT);
    if (!equal || time != self->own)
        MISS(YIELD);
    next = time_runs_home(equal);
    if (!next)
        MISS(YIELD);
    now = arch_now();
    if (!time_charge(cpu, time, now))
        MISS(YIELD);

    /* Commit. */
    arch_fast_save(&self->context, ip);
    arch_fast_clear(&self->context, TAG(OP_REPLY, 0, 0), 0);
    time_makes_way(cpu);
    queue_rotate_first(&cpu->ready);
    if (!take_turn(cpu, equal, next, now))
        ARCH_LEAVE_SCHEDULED();
    leave_to(next);
}
