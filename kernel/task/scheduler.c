/*
 * scheduler.c - picks times, never threads: the most urgent time with budget runs the thread at
 * its chain's end, and pays for it. Everything else in the kernel only changes states and
 * links; this is where they become a decision.
 */

#include <ipc/ipc.h>
#include <task/turn.h>

struct cpu cpus[CPU_MAX];

void schedule_unpark(struct thread *thread)
{
    if (!queue_empty(&thread->parked))
        queue_merge(&cpu_self()->ready, &thread->parked);
}

static void refilled(struct timeout *timeout)
{
    schedcontext_offer(container_of(timeout, struct schedcontext, refill));
}

static void wait_for_period(struct schedcontext *time)
{
    timeout_set(&time->refill, time->period_end, refilled);
    if (!time->home)
        return;
    donation_ended(time->home);
    chain_changed(time->home); /* its servers may go on with their reserves */
}

void schedcontext_offer(struct schedcontext *time)
{
    if (!time->home || time->refill.active || queue_holds(&time->node) || cpu_self()->time == time)
        return;
    if (!time->remaining && arch_now() < time->period_end) /* it was unbound used up */
        wait_for_period(time);
    else
        queue_insert(&cpu_self()->ready, &time->node, time->priority, false);
}

void schedule_charge(struct cpu *cpu, uint64_t now)
{
    if (cpu->time)
        time_charge(cpu, cpu->time, now);
}

/* The time's budget is used up: it waits for its next period, or, where that has begun, goes behind
   its equals; so does always what owns all of the CPU: its budget lasts as long as its period. */
static APART void deplete(struct schedcontext *time, uint64_t now)
{
    time_renew(time, now);
    if (time->remaining)
        queue_insert(&cpu_self()->ready, &time->node, time->priority, false);
    else
        wait_for_period(time);
}

/* The time can run nobody now: it waits at the blocked end of its chain. That of a thread which
   bits or calls find at once (ipc/fastpath_state.c) rests where it is. */
static void park(struct schedcontext *time, struct thread *end)
{
    if (thread_listens(end) || thread_rests(end)) {
        if (time == end->own)
            return;
        fast_forget(end);
    }
    queue_insert(&end->parked, &time->node, time->priority, false);
}

/* The running time leaves the CPU. */
static void take_off(struct cpu *cpu)
{
    struct schedcontext *time = cpu->time;

    cpu->time = NULL;
    queue_leave(&time->node);
}

/* Takes the running time off the CPU; `end` is the thread it ran, if that can go on. */
static void put_back(struct cpu *cpu, uint64_t now)
{
    struct schedcontext *time = cpu->time;
    struct thread *end;

    schedule_charge(cpu, now);
    if (!time->remaining && time->home)
        fast_forget(time->home); /* bits alone will not let it run */
    take_off(cpu);
    if (!time->home)
        return;
    if (!time->remaining) {
        deplete(time, now);
        return;
    }
    end = thread_is_running(time->home) ? time->home : chain_end(time->home);
    if (thread_is_running(end))
        queue_insert(&cpu->ready, &time->node, time->priority, true);
    else
        park(time, end);
}

void schedule_yield(struct cpu *cpu)
{
    struct schedcontext *time = cpu->time;

    schedule_charge(cpu, arch_now());
    take_off(cpu);
    if (time->remaining)
        queue_insert(&cpu->ready, &time->node, time->priority, false);
    else
        deplete(time, cpu->time_since);
}

void schedule_tick(struct cpu *cpu, uint64_t now)
{
    struct schedcontext *time = cpu->time;

    schedule_charge(cpu, now);
    if (!time || time->remaining)
        return;
    take_off(cpu);
    if (time->home)
        deplete(time, now);
}

/* Can this time run a thread now? If not it is put where it waits. */
static struct thread *usable(struct cpu *cpu, struct schedcontext *time, uint64_t now)
{
    struct thread *end;

    if (!time->home)
        return NULL;
    if (time->reserve && chain_reaches(time->home))
        return NULL; /* a chain reaches it: the reserve rests until chain_changed */
    end = chain_run(time->home);
    if (!thread_is_running(end)) {
        park(time, end);
        return NULL;
    }
    time_begin(cpu, time, end, now);
    cpu->time_since = now;
    return end;
}

/* The most urgent time that can run somebody. NULL: the CPU is idle; or, with times still ready,
   preempted: none of those looked at comes again before something has changed. */
static struct thread *pick(struct cpu *cpu, uint64_t now)
{
    while (!queue_empty(&cpu->ready)) {
        struct schedcontext *time = time_first(cpu);
        struct thread *end;

        queue_remove(&time->node);
        end = usable(cpu, time, now);
        if (end || arch_preemption_pending())
            return end;
    }
    return NULL;
}

/* May the running time go on with the thread at its chain's end? */
static struct thread *go_on(struct cpu *cpu)
{
    struct schedcontext *time = cpu->time;
    struct thread *end;

    if (!time || !time->home)
        return NULL;
    if (!queue_empty(&cpu->ready) && cpu->ready.first->priority > time->priority)
        return NULL;
    if (time->reserve && chain_reaches(time->home))
        return NULL;
    end = chain_run(time->home);
    return thread_is_running(end) ? end : NULL;
}

/* The timer is written only when something comes earlier than what it is set to, or when the
   CPU goes idle and nothing should wake it. */
static void set_timer(struct cpu *cpu)
{
    uint64_t when = timeout_next();

    if (cpu->time && cpu->time_since + cpu->time->remaining < when)
        when = cpu->time_since + cpu->time->remaining;
    if (when < cpu->timer || (!cpu->time && when != cpu->timer)) {
        cpu->timer = when;
        arch_timer_set(when);
    }
}

static void idle_ends(struct cpu *cpu, uint64_t now)
{
    if (cpu->idle_since) {
        cpu->idle_total += now - cpu->idle_since;
        cpu->idle_since = 0;
    }
}

/* Calls on the fast path have brought it farther than its callers' time goes, or by one who has
   none and is only helped: it has its reserve, wherever that is. */
static APART void leave_behind(struct thread *thread)
{
    if (!thread_is_running(thread) || chain_reaches(thread))
        return;
    schedcontext_offer(thread->reserve);
    schedule_unpark(thread);
}

bool schedule_may_hand_over(struct cpu *cpu, struct schedcontext *to, uint64_t now)
{
    schedule_charge(cpu, now);
    if (!cpu->time->remaining || to->refill.active || to->home->suspended)
        return false;
    time_renew(to, now);
    return now + to->remaining >= cpu->timer;
}

void schedule_hand_over(struct cpu *cpu, struct schedcontext *to)
{
    queue_leave(&to->node);
    cpu->time = to;
}

/* Another pair than the one that ran. */
static APART struct thread *change(struct cpu *cpu)
{
    uint64_t now = arch_now();
    struct thread *thread;

    idle_ends(cpu, now);
    if (cpu->thread && cpu->thread->reserve)
        leave_behind(cpu->thread);
    if (cpu->time)
        put_back(cpu, now);
    thread = news_deliver(cpu) ? pick(cpu, now) : NULL;
    if (!thread && !cpu->news_first && queue_empty(&cpu->ready))
        cpu->idle_since = now;
    return thread;
}

struct thread *schedule(struct cpu *cpu)
{
    struct thread *thread = NULL;

    if (news_deliver(cpu)) {
        thread = go_on(cpu);
        if (!thread)
            thread = change(cpu);
    }
    cpu->thread = thread;
    set_timer(cpu);
    return thread;
}
