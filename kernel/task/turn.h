/*
 * turn.h - how a time gives the CPU up and another takes it: what of the scheduler's work
 * (scheduler.c) the fast path does by itself (ipc/wakepath.c), where it may call nobody.
 *
 * A time that takes the CPU over from here stays in the ready queue while it runs, as the first:
 * when it makes way again, it is where it belongs. The scheduler's own choice is in no queue.
 */
#pragma once

#include <task/task.h>

/* Charges the running time, which that is, up to now; false: its budget is used up. */
IN_PLACE bool time_charge(struct cpu *cpu, struct schedcontext *time, uint64_t now)
{
    uint64_t spent = now - cpu->time_since;

    cpu->time_since = now;
    if (SELDOM(time->remaining <= spent)) {
        /* So much more than its budget. */
        time->granted += spent - *(volatile uint64_t *)&time->remaining;
        time->remaining = 0;
        return false;
    }
    ALL_AGAIN();
    time->remaining -= spent;
    return true;
}

/* A new period begins: the budget is whole again. */
IN_PLACE void time_begin_period(struct schedcontext *time, uint64_t now)
{
    time->granted += time->budget - time->remaining;
    time->remaining = time->budget;
    time->period_start = now;
    time->period_end = now + time->period;
}

/* It may have begun. */
IN_PLACE void time_renew(struct schedcontext *time, uint64_t now)
{
    if (SELDOM(now >= time->period_end))
        time_begin_period(time, now);
}

/* The time runs that thread from now on, up to which the one before has been charged. */
IN_PLACE void time_begin(struct cpu *cpu, struct schedcontext *time, struct thread *thread,
                         uint64_t now)
{
    time_renew(time, now);
    cpu->time = time;
    cpu->thread = thread;
}

/* The running time makes way for a more urgent one: it is, or stays, the first of its equals. */
IN_PLACE void time_makes_way(struct cpu *cpu)
{
    struct queue_node *node = &cpu->time->node;

    if (SELDOM(!queue_holds(node)))
        queue_put(&cpu->ready, node, node->priority, true);
}

/* The time whose turn comes next, if one is ready; else an address that is no time's. */
IN_PLACE struct schedcontext *time_first(const struct cpu *cpu)
{
    uintptr_t first = (uintptr_t)cpu->ready.first;

    return (struct schedcontext *)(first - offsetof(struct schedcontext, node));
}

/* The one of its equals that comes after the running time; or NULL. */
IN_PLACE struct schedcontext *time_next_equal(const struct cpu *cpu)
{
    const struct queue_node *node = &cpu->time->node;
    struct queue_node *next = queue_holds(node) ? node->next : cpu->ready.first;

    if (!next || next == node || next->priority != node->priority)
        return NULL;
    return container_of(next, struct schedcontext, node);
}

/* Will the timer come before the running time is used up? */
IN_PLACE bool time_is_guarded(const struct cpu *cpu)
{
    return cpu->timer <= cpu->time_since + cpu->time->remaining;
}

/* The thread that the time runs, if that is simply its home, which is no server. */
IN_PLACE struct thread *time_runs_home(const struct schedcontext *time)
{
    return !time->reserve && thread_is_running(time->home) ? time->home : NULL;
}

/* The thread that runs when the running time leaves the CPU, if that is so simple to say; or NULL.
 */
IN_PLACE struct thread *time_next_home(const struct cpu *cpu)
{
    return queue_empty(&cpu->ready) ? NULL : time_runs_home(time_first(cpu));
}
