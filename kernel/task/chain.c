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

/* How far a time has come along its chain. */
struct walk {
    struct thread *at;
    unsigned links, helped;
};

/* The next thread that the time serves; NULL: it goes no further. */
static struct thread *walk_on(struct walk *walk)
{
    struct thread *next = chain_next(walk->at);

    if (!next || ++walk->links > CHAIN_LINKS_MAX)
        return NULL;
    if (waits_in_queue(walk->at) && ++walk->helped > CHAIN_HELP_MAX)
        return NULL;
    return next;
}

struct thread *chain_end(struct thread *home)
{
    struct walk walk = {.at = home};
    struct thread *next;

    if (home->suspended)
        return home;
    while ((next = walk_on(&walk)) != NULL)
        walk.at = next;
    return walk.at;
}

/* Does this thread wait for its server's answer, and for nothing else? */
static bool waits_simply(const struct thread *caller)
{
    return caller->state == THREAD_WAITS_REPLY && !caller->reply && !caller->suspended &&
           !caller->faulting && !context_is_stepped(&caller->context);
}

APART struct thread *chain_own_caller(const struct thread *home)
{
    return home->rest_handle && waits_simply(home->caller) ? home->caller : NULL;
}

/* Could it answer and receive again without looking any further? */
static bool can_answer_fast(const struct thread *server, const struct thread *caller)
{
    return server->caller == caller && server->receive_handle && waits_simply(caller);
}

APART struct thread *chain_run_on(struct thread *home)
{
    struct walk walk = {.at = home};
    struct thread *next;

    if (home->suspended)
        return home;
    while ((next = walk_on(&walk)) != NULL) {
        next->fast_caller = can_answer_fast(next, walk.at) ? walk.at : NULL;
        walk.at = next;
    }
    return walk.at;
}

/* The one whose home's time comes down through that many calls at most to `thread`; or NULL. */
static const struct thread *chain_top(const struct thread *thread, unsigned links)
{
    while (thread->caller) {
        if (!links--)
            return NULL;
        thread = thread->caller;
    }
    return thread;
}

bool chain_is_deep(const struct thread *thread)
{
    return !chain_top(thread, CHAIN_LINKS_MAX);
}

struct schedcontext *chain_time(const struct thread *thread)
{
    const struct thread *at = thread;

    for (unsigned links = 0; !at->own && at->caller; at = at->caller)
        if (++links > CHAIN_LINKS_MAX)
            return thread->reserve;
    if (at->own)
        return at->own;
    return at->lent && time_lent(at) ? time_lent(at) : at->reserve;
}

static bool has_budget(const struct thread *home)
{
    const struct schedcontext *time;

    if (!home || home->suspended)
        return false;
    time = home->own ? home->own : home->reserve;
    return (time && !time->refill.active) || time_lent(home);
}

/* Does the time that comes down to this waiter help on? Not what is still parked at it. */
static bool helps(const struct thread *waiter)
{
    return queue_empty(&waiter->parked) && has_budget(chain_top(waiter, CHAIN_HELP_MAX));
}

/* Of those who wait at a source the most urgent counts, of the sources in a set the first. */
static bool is_helped_at(const struct source *source)
{
    const struct thread *waiter = source ? source_first_waiter(source) : NULL;

    return waiter && helps(waiter);
}

/* Of the many places where it may be waited for so many are looked at: for help from elsewhere its
   reserve does not rest. */
#define PLACES_MAX 16

static bool is_helped(const struct thread *thread)
{
    unsigned places = 0;

    for (const struct endpoint *endpoint = thread->bound_endpoints; endpoint && places < PLACES_MAX;
         endpoint = endpoint->next_bound, places++)
        if (is_helped_at(&endpoint->source))
            return true;
    for (const struct waitset *set = thread->bound_sets; set && places < PLACES_MAX;
         set = set->next_bound, places++)
        if (is_helped_at(source_first(&set->ready)))
            return true;
    return false;
}

static void let_help(const struct queue *queue)
{
    const struct queue_node *at = queue->first;

    for (unsigned places = 0; at && places < PLACES_MAX; at = queue_behind(at), places++)
        schedule_unpark(container_of(at, struct thread, node));
}

void chain_let_help(const struct source *source)
{
    const struct endpoint *endpoint = container_of(source, const struct endpoint, source);
    const struct channel *channel = container_of(source, const struct channel, source);

    if (!source_server(source) || source->object.type == OBJECT_NOTIFICATION)
        return;
    if (source->object.type == OBJECT_ENDPOINT) {
        let_help(&endpoint->passed);
        let_help(&endpoint->senders);
        channel = endpoint->channel;
    }
    if (channel)
        let_help(&channel->senders);
}

bool chain_reaches(const struct thread *thread)
{
    return (thread->caller && has_budget(chain_top(thread, CHAIN_LINKS_MAX))) ||
           (thread->lent && !thread->suspended && time_lent(thread)) || is_helped(thread);
}

/* A time can be parked anywhere on its chain: at its end, where it went no further, or at a waiter
   that was there before its endpoint was bound. */
void chain_changed(struct thread *server)
{
    news_tell(server, (struct news){.changed = CHAIN_LINKS_MAX + 1});
}

void chain_raise(struct thread *server, unsigned priority)
{
    news_tell(server, (struct news){.raised = CHAIN_LINKS_MAX + 1, .urgency = priority & 0x7f});
}

bool chain_move_up(struct thread *thread, unsigned priority)
{
    if (!waits_in_queue(thread))
        return true;
    if (thread->node.priority >= priority)
        return false;
    queue_remove(&thread->node);
    queue_insert(thread->channel ? &thread->channel->senders : &thread->endpoint->senders,
                 &thread->node, priority, false);
    source_refresh(source_of_waiter(thread));
    return true;
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
