/*
 * interruptpath.c - the ordinary interrupt: one thread waits for its bits where they find it at
 * once (fastpath.h), and is more urgent than the one that is interrupted, which runs on time of its
 * own. As where a notify preempts (wakepath.c), that time goes before its equals, and the other
 * begins.
 */

#include <ipc/ipc.h>
#include <task/turn.h>

/* Is it that simple to say who runs next? */
static bool preempts(const struct cpu *cpu, const struct thread *listener)
{
    const struct schedcontext *time = cpu->time;

    return listener && cpu->thread && !cpu->news_first && time == cpu->thread->own &&
           listener->own->priority > time->priority;
}

struct thread *interrupt_wakes(struct cpu *cpu, struct notification *notification, uint64_t bits)
{
    struct thread *listener = notification_listener(notification);
    struct schedcontext *time = cpu->time;
    uint64_t now;

    if (!preempts(cpu, listener))
        return NULL;
    now = arch_now();
    if (!time_charge(cpu, time, now))
        return NULL;

    /* Commit. */
    notification_call_listener(notification);
    arch_fast_clear(&listener->context, TAG_BITS, bits);
    time_makes_way(cpu);
    time_begin(cpu, listener->own, listener, now);
    return time_is_guarded(cpu) ? listener : schedule(cpu);
}
