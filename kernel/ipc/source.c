/*
 * source.c - what Endpoints, Notifications and Channels have in common: each can be in one
 * WaitSet, and those who wait there help the thread that receives from it.
 *
 * In its set a source is in one of the queues: `quiet` while it has nothing to give, otherwise
 * `ready` (or `passed`, having nothing for a closed receive), by the priority of its most urgent
 * waiter. So finding the next source, and moving one, costs the same however many there are.
 */

#include <ipc/ipc.h>

static const struct endpoint *as_endpoint(const struct source *source)
{
    return container_of(source, const struct endpoint, source);
}

static const struct channel *as_channel(const struct source *source)
{
    return container_of(source, const struct channel, source);
}

struct source *source_of_waiter(const struct thread *thread)
{
    struct channel *channel = thread->channel;

    if (!channel)
        return &thread->endpoint->source;
    return channel->endpoint ? &channel->endpoint->source : &channel->source;
}

struct thread *source_server(const struct source *source)
{
    if (source->object.type == OBJECT_ENDPOINT && as_endpoint(source)->bound)
        return as_endpoint(source)->bound;
    return source->set ? source->set->bound : NULL;
}

/* At an endpoint with a channel some wait to call, and some for room. */
static struct thread *first_at_endpoint(const struct endpoint *endpoint)
{
    struct thread *caller = endpoint_first_waiter(endpoint);
    struct thread *poster = endpoint->channel ? thread_first(&endpoint->channel->senders) : NULL;

    if (!caller || !poster)
        return caller ? caller : poster;
    return poster->node.priority > caller->node.priority ? poster : caller;
}

struct thread *source_first_waiter(const struct source *source)
{
    switch (source->object.type) {
    case OBJECT_ENDPOINT:
        return first_at_endpoint(as_endpoint(source));
    case OBJECT_CHANNEL:
        return thread_first(&as_channel(source)->senders);
    default:
        return NULL;
    }
}

struct schedcontext **source_time(struct source *source)
{
    switch (source->object.type) {
    case OBJECT_NOTIFICATION:
        return &container_of(source, struct notification, source)->time;
    case OBJECT_CHANNEL:
        return &container_of(source, struct channel, source)->time;
    default:
        return NULL;
    }
}

void source_set_time(struct source *source, struct schedcontext *time)
{
    *source_time(source) = time;
    if (source->object.type == OBJECT_CHANNEL)
        channel_note(container_of(source, struct channel, source));
}

bool source_is_awaited(const struct source *source)
{
    return source_first_waiter(source) ||
           (source->object.type == OBJECT_ENDPOINT && as_endpoint(source)->expecters);
}

bool source_is_orphaned(const struct source *source)
{
    return (source->object.type == OBJECT_ENDPOINT && as_endpoint(source)->orphaned) ||
           (source->set && source->set->orphaned);
}

/* ---- its place in the set ---- */

#define NOTHING (-1) /* there is nothing to take */
#define QUIET   255  /* the priority in the queue of those: none of a thread's */

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static int channel_urgency(const struct channel *channel)
{
    return channel && channel->depth ? channel->source.urgency : NOTHING;
}

/* How urgent it is that something is taken from it. */
static int urgency_of(const struct source *source)
{
    const struct thread *waiter = source_first_waiter(source);
    int waits = waiter ? waiter->node.priority : NOTHING;
    const struct notification *notification;

    switch (source->object.type) {
    case OBJECT_ENDPOINT:
        return larger(waits, channel_urgency(as_endpoint(source)->channel));
    case OBJECT_CHANNEL:
        return larger(waits, channel_urgency(as_channel(source)));
    default:
        notification = container_of(source, const struct notification, source);
        return notification->bits ? source->urgency : NOTHING;
    }
}

void source_next_helps(const struct waitset *set)
{
    const struct source *next = source_first(&set->ready), *passed = source_first(&set->passed);

    if (next)
        chain_let_help(next);
    if (passed) /* the next receive of another kind looks at it first */
        chain_let_help(passed);
}

static void place(struct source *source, int urgency)
{
    struct waitset *set = source->set;

    queue_leave(&source->node);
    source->passed_in = 0;
    if (urgency == NOTHING) {
        queue_insert(&set->quiet, &source->node, QUIET, false);
    } else {
        fast_forget_set(set); /* its next receive finds something */
        queue_insert(&set->ready, &source->node, (unsigned)urgency, false);
    }
    source_next_helps(set);
}

static bool is_passed(const struct source *source)
{
    return source->passed_in && source->passed_in == source->set->scan;
}

void source_refresh(struct source *source)
{
    int urgency, now;

    if (!source->set)
        return;
    urgency = urgency_of(source);
    now = source->node.priority == QUIET ? NOTHING : source->node.priority;
    if (is_passed(source) && source->set->orphaned) /* it will be gathered when another is bound */
        return;
    if (!queue_holds(&source->node) || urgency != now || is_passed(source))
        place(source, urgency);
}

void source_served(struct source *source)
{
    if (source->set)
        place(source, urgency_of(source));
}

void source_pass(struct source *source)
{
    queue_remove(&source->node);
    queue_insert(&source->set->passed, &source->node, source->node.priority, false);
    source->passed_in = source->set->scan;
}

/* ---- meeting the thread that waits at the set ---- */

/* Does a closed receive take what comes from there? Bits have no badge. */
static bool takes(const struct thread *receiver, const struct source *source, uint64_t badge)
{
    return receiver->closed_key == source->key &&
           (receiver->badge == badge || source->object.type == OBJECT_NOTIFICATION);
}

struct thread *source_receiver(const struct source *source, uint64_t badge)
{
    struct thread *receiver;

    if (!source->set)
        return NULL;
    receiver = source->set->fast_receiver ? source->set->fast_receiver
                                          : thread_first(&source->set->receivers);
    return receiver && receiver->closed && !takes(receiver, source, badge) ? NULL : receiver;
}

void source_arrived(const struct source *source, struct thread *receiver)
{
    receiver->waitset = NULL;
    receiver->utcb->source_key =
        source->set ? source->key : 0; /* its own notification is in none */
}

/* ---- the end of its membership ---- */

static bool is_open(const struct source *source)
{
    return source->object.type == OBJECT_ENDPOINT && !as_endpoint(source)->call_only;
}

void source_slot_lost(struct slot *slot)
{
    struct source *source = container_of(slot, struct source, slot);
    struct waitset *set = source->set;

    queue_remove(&source->node);
    source->set = NULL;
    source->passed_in = 0;
    set->count--;
    set->open_endpoints -= is_open(source);
    if (source->object.type == OBJECT_ENDPOINT)
        endpoint_note_special(container_of(source, struct endpoint, source));
    if (source->object.type == OBJECT_NOTIFICATION)
        notification_note(container_of(source, struct notification, source));
    if (source->object.type == OBJECT_CHANNEL)
        channel_note(container_of(source, struct channel, source));
    source_next_helps(set);
    if (set->bound && source_first_waiter(source))
        chain_changed(set->bound); /* they help it no longer */
}
