/* check_time.c - what must hold of times, and of the decision who runs. */
#include <check/check.h>

/* Is `thread` on the chain that begins at `home`? */
static bool on_chain(struct thread *home, const struct thread *thread)
{
    const struct thread *at = home;

    for (unsigned links = 0; at && links <= CHAIN_LINKS_MAX; links++) {
        if (at == thread)
            return true;
        at = home->suspended ? NULL : chain_next(at);
    }
    return false;
}

/* At which thread this time is parked, or NULL. */
static struct thread *parked_at(const struct schedcontext *time)
{
    const struct queue_node *at = &time->node;

    while (!at->leader)
        at = at->next;
    if (at->queue == &cpu_self()->ready)
        return NULL;
    return container_of(at->queue, struct thread, parked);
}

/* Does some time that could be picked now, but for `except`, run this thread? */
static bool reached_by_other(const struct thread *thread, const struct schedcontext *except)
{
    for (unsigned i = 0; i < check_times.count; i++) {
        struct schedcontext *time = check_times.object[i];
        bool ready = queue_holds(&time->node) && !parked_at(time);

        if (time != except && time->home && (ready || cpu_self()->time == time) &&
            chain_end(time->home) == thread)
            return true;
    }
    return false;
}

/* A source's time is with who received from it last. */
static bool is_lent(const struct schedcontext *time)
{
    const struct schedcontext *at = time->home->lent;

    must(*source_time(time->source) == time, &time->object, "its source knows it");
    while (at && at != time)
        at = at->next;
    return at;
}

/* A time is where it will be found when it can run something again. A reserve may rest where
   others' time is used. */
void check_time(struct schedcontext *time)
{
    struct thread *home = time->home, *parked;
    const struct object *name = &time->object;
    bool current = cpu_self()->time == time;

    must(!current || !queue_holds(&time->node) || cpu_self()->ready.first == &time->node, name,
         "the running time is in no queue, or the first of those that are ready");
    must(!time->refill.active || (!current && !queue_holds(&time->node)), name,
         "a used-up time only waits");
    if (!home || home->state == THREAD_INACTIVE) {
        must(!current && !queue_holds(&time->node), name, "a homeless time does nothing");
        return;
    }
    must(check_found(home), name, "its home is alive");
    must(time->source ? is_lent(time) : (time->reserve ? home->reserve : home->own) == time, name,
         "home and time agree");
    if (current || time->refill.active)
        return;
    if (!queue_holds(&time->node)) {
        if ((thread_listens(home) || thread_rests(home)) && time == home->own)
            return;
        must(time->reserve &&
                 (chain_reaches(home) || !thread_is_running(home) || reached_by_other(home, time)),
             &home->object, "its time is not lost");
        return;
    }
    parked = parked_at(time);
    must(!parked || on_chain(home, parked), &home->object, "its time waits on its own chain");
}

/* Of whom it is told that nobody runs. */
static const struct object processor = {.name = "processor"};

void check_decision(void)
{
    const struct cpu *cpu = cpu_self();
    const struct schedcontext *time = cpu->time;

    if (!time || !cpu->thread) {
        must(!time && !cpu->thread && queue_empty(&cpu->ready), &processor,
             "nobody runs only where no time is ready");
        return;
    }
    must(thread_is_running(cpu->thread), &cpu->thread->object, "who runs can run");
    must(chain_end(time->home) == cpu->thread, &cpu->thread->object, "who runs ends a chain");
    must(!time->reserve || !chain_reaches(time->home), &time->home->object,
         "a reserve runs only where no chain reaches");
    must(queue_empty(&cpu->ready) || cpu->ready.first->priority <= time->priority, &time->object,
         "the most urgent time runs");
    must(cpu->timer <= cpu->time_since + time->remaining, &time->object,
         "the timer will end its budget");
    must(cpu->timer <= timeout_next(), &time->object, "the timer comes with the next timeout");
}

void check_reached(const struct thread *thread)
{
    bool reached = cpu_self()->thread == thread || (!thread->own && !thread->reserve);

    for (unsigned i = 0; i < check_times.count && !reached; i++) {
        const struct schedcontext *time = check_times.object[i];

        if (time->home && chain_end(time->home) == thread)
            reached = cpu_self()->time == time || queue_holds(&time->node) || time->refill.active;
    }
    must(reached, &thread->object, "a thread that could run is reached by some time");
}
