/*
 * chain.c - who is served by whom. A time (SchedContext) belongs to a home and runs the thread
 * at the end of the home's chain: home, the thread that serves its call, the one that serves
 * that one's call, and so on. A thread in the queue of an endpoint bound to a server is
 * chained to that server too: it helps it on.
 */

#include <ipc/ipc.h>
#include <myelin/idl/thread_types.h>
#include <task/task.h>

static bool waits_in_queue(const struct thread *thread)
{
    return thread->state == THREAD_WAITS_SEND || thread->state == THREAD_WAITS_CALL;
}

struct thread *chain_next(const struct thread *thread)
{
    if (thread->state == THREAD_WAITS_REPLY)
        return thread->server;
    if (waits_in_queue(thread))
        return source_server(source_of_waiter(thread));
    return NULL;
}

struct thread *chain_awaits(const struct thread *thread)
{
    return thread->expected ? source_server(&thread->expected->source) : chain_next(thread);
}

struct thread *chain_end(struct thread *home)
{
    struct thread *at = home;
    unsigned helped = 0;

    if (home->suspended)
        return home;
    for (;;) {
        struct thread *next = chain_next(at);

        if (!next)
            return at;
        if (waits_in_queue(at) && ++helped > CHAIN_HELP_MAX)
            return at;
        at = next;
    }
}

/* Does this thread wait for its server's answer, and for nothing else? */
static bool waits_simply(const struct thread *caller)
{
    return caller->state == THREAD_WAITS_REPLY && !caller->reply && !caller->suspended &&
           !caller->faulting && !caller->deadline.active;
}

/* Could it answer and receive again without looking any further? */
static bool can_answer_fast(const struct thread *server, const struct thread *caller)
{
    return server->caller == caller && server->receive_handle && waits_simply(caller);
}

struct thread *chain_run(struct thread *home)
{
    struct thread *end = chain_end(home);

    home->fast_caller = NULL;
    for (struct thread *at = home; at != end;) {
        struct thread *next = chain_next(at);

        next->fast_caller = can_answer_fast(next, at) ? at : NULL;
        at = next;
    }
    return end;
}

/* The one whose home's time comes down through calls to `thread`. */
static const struct thread *chain_top(const struct thread *thread)
{
    while (thread->caller)
        thread = thread->caller;
    return thread;
}

struct schedcontext *chain_time(const struct thread *thread)
{
    while (!thread->own && thread->caller)
        thread = thread->caller;
    return thread->own ? thread->own : thread->reserve;
}

static bool has_budget(const struct thread *home)
{
    const struct schedcontext *time = home->own ? home->own : home->reserve;

    return time && !home->suspended && !time->refill.active;
}

/* Does the time that comes down to this waiter help on? Not what is still parked at it. */
static bool helps(const struct thread *waiter)
{
    return queue_empty(&waiter->parked) && has_budget(chain_top(waiter));
}

/* Of those who wait at a source the most urgent counts, of the sources in a set the first. */
static bool is_helped_at(const struct source *source)
{
    const struct thread *waiter = source_first_waiter(source);

    return waiter && helps(waiter);
}

bool chain_reaches(const struct thread *thread)
{
    if (thread->caller && has_budget(chain_top(thread)))
        return true;
    for (struct endpoint *endpoint = thread->bound_endpoints; endpoint;
         endpoint = endpoint->next_bound)
        if (is_helped_at(&endpoint->source))
            return true;
    for (struct waitset *set = thread->bound_sets; set; set = set->next_bound)
        if (!queue_empty(&set->ready) &&
            is_helped_at(container_of(set->ready.first, struct source, node)))
            return true;
    return false;
}

/* A time can be parked anywhere on its chain: at its end, where helping went no further, or at a
   waiter that was there before its endpoint was bound. */
void chain_changed(struct thread *server)
{
    unsigned helped = 0;

    for (struct thread *at = server; at; at = chain_next(at)) {
        if (thread_is_passive(at) && at->reserve)
            schedcontext_offer(at->reserve);
        schedule_unpark(at);
        if (waits_in_queue(at) && ++helped > CHAIN_HELP_MAX)
            return;
    }
}

void chain_raise(struct thread *server, unsigned priority)
{
    unsigned helped = 0;

    for (struct thread *at = server; at; at = chain_next(at)) {
        if (!waits_in_queue(at))
            continue;
        if (++helped > CHAIN_HELP_MAX || at->node.priority >= priority)
            return;
        queue_remove(&at->node);
        queue_insert(at->channel ? &at->channel->senders : &at->endpoint->senders, &at->node,
                     priority, false);
        source_refresh(source_of_waiter(at));
    }
}

error_t chain_check(const struct thread *waiter, const struct thread *server)
{
    unsigned links = 0;

    for (const struct thread *at = server; at; at = chain_awaits(at)) {
        if (at == waiter)
            return EDEADLK;
        if (++links > CHAIN_HELP_MAX)
            return ELOOP;
    }
    return SUCCESS;
}

error_t chain_check_bind(const struct source *source, const struct thread *server)
{
    unsigned links = 0;

    if (!source_is_awaited(source))
        return SUCCESS;
    for (const struct thread *at = server; at; at = chain_awaits(at)) {
        if ((waits_in_queue(at) && source_of_waiter(at) == source) ||
            (at->expected && &at->expected->source == source))
            return EDEADLK;
        if (++links > CHAIN_HELP_MAX)
            return ELOOP;
    }
    return SUCCESS;
}
