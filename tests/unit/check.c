/*
 * check.c - what must hold between the objects of a world whenever the kernel has been left.
 * The objects are found as a tool would find them: through the capabilities, from root's space on.
 */

#include <myelin/idl/thread_types.h>
#include <string.h>

#include "check.h"

#define OBJECTS_MAX 512

/* All objects of one kind, each once. */
struct found {
    unsigned count;
    void *object[OBJECTS_MAX];
};

static struct found spaces, threads, times, sources, sets;

static const char *name_of(const struct thread *thread)
{
    return thread ? thread->object.name : "-";
}

void world_describe(void)
{
    for (unsigned i = 0; i < threads.count; i++) {
        const struct thread *t = threads.object[i];
        bool queued = t->state == THREAD_WAITS_SEND || t->state == THREAD_WAITS_CALL;

        print_message(
            "%s: state %d%s%s, %s, server %s, caller %s, waits for %s, parked %d\n", t->object.name,
            t->state, t->suspended ? " suspended" : "", t->faulting ? " faulting" : "",
            t->own       ? "active"
            : t->reserve ? "passive"
                         : "timeless",
            name_of(t->server), name_of(t->caller),
            name_of(queued ? source_server(source_of_waiter(t)) : NULL), !queue_empty(&t->parked));
    }
    print_message("%s runs on the time of %s\n", name_of(cpu_self()->thread),
                  cpu_self()->time ? name_of(cpu_self()->time->home) : "-");
}

void world_broken(const struct object *object, const char *sentence, const char *condition)
{
    world_describe();
    fail_msg("%s: %s (%s)", object->name, sentence, condition);
    __builtin_unreachable();
}

static bool is_found(const struct found *found, const void *object)
{
    for (unsigned i = 0; i < found->count; i++)
        if (found->object[i] == object)
            return true;
    return false;
}

/* False: it was there already. */
static bool add(struct found *found, void *object)
{
    if (is_found(found, object))
        return false;
    assert_true(found->count < OBJECTS_MAX);
    found->object[found->count++] = object;
    return true;
}

/* ---- spaces, and all that is found through them ---- */

static void add_object(struct slot *slot);

/* The slots of a channel's messages, and how many there are (kernel/ipc/channel.c). */
static struct slot *channel_slots(struct channel *channel, uint64_t *count)
{
    *count = (uint64_t)channel->capacity * channel->caps_max;
    return (struct slot *)(channel + 1);
}

/* What travels in a channel is a capability like those in spaces. */
static void check_contents(struct channel *channel)
{
    uint64_t count;
    struct slot *slots = channel_slots(channel, &count);

    for (uint64_t i = 0; i < count; i++) {
        uint64_t n = i / channel->caps_max + channel->capacity - channel->first;

        if (!slot_used(&slots[i]))
            continue;
        must(n % channel->capacity < channel->depth, &channel->source.object,
             "only messages hold capabilities");
        must(slots[i].home == HOME_CHANNEL, &channel->source.object, "they know where they are");
        check_slot(&slots[i], &channel->source.object);
        add_object(&slots[i]);
    }
}

static void check_space(struct cspace *space)
{
    uint64_t used = 0;

    for (uint64_t i = 0; i <= space->mask && used < space->used; i++) {
        struct slot *slot = &space->table[i];

        if (!slot_used(slot))
            continue;
        used++;
        must((slot->handle & CAP_INDEX_MASK) == i, &space->object, "a handle has its index");
        check_slot(slot, &space->object);
        add_object(slot);
    }
    must(used == space->used, &space->object, "the slots in use are counted");
}

static void add_object(struct slot *slot)
{
    struct object *object = slot_object(slot);

    if (slot->type == OBJECT_CSPACE) {
        must(!object->dying, object, "a space that is emptied has no capability");
        if (add(&spaces, object))
            check_space((struct cspace *)object);
    }
    if (slot->type == OBJECT_THREAD)
        add(&threads, object);
    if (slot->type == OBJECT_SCHEDCONTEXT)
        add(&times, object);
    if (slot->type == OBJECT_WAITSET)
        add(&sets, object);
    if (slot->type == OBJECT_ENDPOINT || slot->type == OBJECT_NOTIFICATION)
        add(&sources, object);
    if (slot->type == OBJECT_CHANNEL && add(&sources, object))
        check_contents((struct channel *)object);
    if (slot->owner && slot->type != OBJECT_UNTYPED && slot->type != OBJECT_FRAME)
        must(object->owner == slot, object, "an object knows its owner");
}

/* A capability held inside of an object: the object is alive. */
static void check_holder(const struct slot *slot)
{
    const void *page = (const void *)((uintptr_t)slot & ~(PAGE_BYTES - 1));

    if (slot->home >= HOME_THREAD_CSPACE && slot->home <= HOME_THREAD_WATCH)
        assert_true(is_found(&threads, page));
    if (slot->home == HOME_SCHEDCONTEXT_CPU)
        assert_true(is_found(&times, container_of(slot, struct schedcontext, cpu)));
    if (slot->home == HOME_SOURCE)
        assert_true(is_found(&sources, container_of(slot, struct source, slot)));
    if (slot->home == HOME_CHANNEL_ENDPOINT)
        assert_true(is_found(&sources, container_of(slot, struct channel, endpoint_slot)));
}

/* When all objects have been found: everybody who holds a child of these is one of them. */
static void check_holders(const struct cspace *space)
{
    for (uint64_t i = 0, used = 0; i <= space->mask && used < space->used; i++) {
        const struct slot *child = space->table[i].first_child;

        used += slot_used(&space->table[i]);
        while (child) {
            check_holder(child);
            child = IS_PARENT(child->next) ? NULL : LINK_SLOT(child->next);
        }
    }
}

/* ---- threads ---- */

static bool in_queue(const struct queue *queue, const struct queue_node *node)
{
    const struct queue_node *at = node;

    if (!queue_holds(node))
        return false;
    while (!at->leader)
        at = at->next;
    return at->queue == queue;
}

static bool waits_fast(const struct thread *thread)
{
    return thread->receive_handle && *thread->receive_place == thread;
}

/* What the fast path takes for granted of the endpoint where a thread receives. */
static void check_fast_endpoint(const struct thread *thread, const struct endpoint *endpoint)
{
    const struct object *name = &thread->object;

    must(endpoint->fast_server == thread, name, "the endpoint knows who receives fast");
    must(thread->receive_place == &endpoint->fast_receiver, name, "it will wait there");
    must(endpoint->call_only, name, "who receives fast receives calls");
    must(!endpoint->bound || endpoint->bound == thread, name, "nobody else is bound there");
    must(queue_empty(&endpoint->senders) && queue_empty(&endpoint->receivers), name,
         "nobody else waits where it receives fast");
    must(!endpoint->source.set && (!endpoint->channel || !endpoint->channel->depth), name,
         "there is nothing else to receive");
    must(!thread->bound_sets, name, "it is bound to no WaitSet");
    for (const struct endpoint *at = thread->bound_endpoints; at; at = at->next_bound)
        must(at == endpoint, name, "it is bound to no other endpoint");
}

/* Of the WaitSet. */
static void check_fast_set(const struct thread *thread, const struct waitset *set)
{
    const struct object *name = &thread->object;

    must(set->bound == thread && thread->bound_sets == set && !set->next_bound, name,
         "the WaitSet is its only one");
    must(thread->receive_place == &set->fast_receiver, name, "it will wait there in its set");
    must(!thread->bound_endpoints, name, "it is bound to no endpoint besides its set");
    must(queue_empty(&set->ready) && queue_empty(&set->passed), name, "its set is quiet");
    must(queue_empty(&set->receivers) && !set->open_endpoints, name, "its set brings calls");
}

/* What the fast path takes for granted. */
static void check_fast(const struct thread *thread)
{
    const struct object *name = &thread->object;
    const struct waitset *set = thread->receive_set;
    struct failure failure;
    const struct slot *slot;

    must(!thread->cancelled || !thread->slots_mask, name, "who is cancelled enters slowly");
    must(thread_deadline(thread) == DEADLINE_FOREVER ||
             (thread->deadline.active && thread->deadline.when <= thread_deadline(thread)),
         name, "a deadline is looked at in time");
    must(thread->receive_handle || !thread->fast_caller, name,
         "who cannot receive fast answers slowly");
    if (!thread->receive_handle)
        return;
    slot = cspace_lookup(thread_cspace(thread), thread->receive_handle,
                         set ? OBJECT_WAITSET : OBJECT_ENDPOINT, CAP_RIGHTS_RECV, 0, &failure);
    must(slot && slot_object(slot) == (set ? (void *)set : (void *)thread->receive_endpoint), name,
         "its receive handle is for where it receives");
    if (set)
        check_fast_set(thread, set);
    else
        check_fast_endpoint(thread, thread->receive_endpoint);
    must(thread_is_passive(thread), name, "who receives fast is passive");
    must(!thread->bound || !thread->bound->bits, name, "no bits wait for it");
    must(!thread->lent, name, "no source has lent it time");
    must(!thread->cancelled, name, "it is not cancelled");
    if (waits_fast(thread))
        must(thread->state == THREAD_WAITS_RECEIVE && !thread->suspended &&
                 thread_deadline(thread) == DEADLINE_FOREVER,
             name, "who waits fast waits for a message and nothing else");
}

/* The queue in which one that waits to send should be. */
static const struct queue *sending_queue(const struct thread *thread)
{
    must(thread->endpoint || thread->channel, &thread->object,
         "who waits to send waits at an endpoint or a channel");
    if (thread->channel)
        return &thread->channel->senders;
    return in_queue(&thread->endpoint->passed, &thread->node) ? &thread->endpoint->passed
                                                              : &thread->endpoint->senders;
}

static const struct queue *receiving_queue(const struct thread *thread)
{
    must(!thread->channel || !thread->waitset, &thread->object, "it waits in one place");
    if (thread->waitset)
        return &thread->waitset->receivers;
    if (thread->channel)
        return &thread->channel->receivers;
    must(thread->endpoint, &thread->object, "who waits for a message waits somewhere");
    return &thread->endpoint->receivers;
}

static void check_wait(const struct thread *thread)
{
    const struct object *name = &thread->object;
    const struct queue *queue = NULL;

    switch (thread->state) {
    case THREAD_WAITS_SEND:
    case THREAD_WAITS_CALL:
        queue = sending_queue(thread);
        break;
    case THREAD_WAITS_RECEIVE:
        if (waits_fast(thread))
            break;
        queue = receiving_queue(thread);
        break;
    case THREAD_WAITS_NOTIFY:
        must(thread->notification, name, "who waits for bits waits at a notification");
        queue = &thread->notification->waiters;
        break;
    case THREAD_WAITS_REPLY:
        must(thread->server || thread->reply, name, "a call that is served is in some hand");
        break;
    default:
        break;
    }
    must(!queue == !queue_holds(&thread->node), name, "who waits is in a queue, others are not");
    must(!queue || in_queue(queue, &thread->node), name, "it is in the queue of what it waits for");
    must(queue || (!thread->channel && !thread->waitset), name, "who does not wait is nowhere");
}

/* Of a closed receive: whom it takes from, and whom it expects. */
static void check_closed(const struct thread *thread)
{
    const struct object *name = &thread->object;
    bool closed = thread->state == THREAD_WAITS_RECEIVE && thread->closed;

    must(closed || !thread->expected, name, "only a closed receive expects somebody");
    must(!closed || (thread->waitset ? thread->waitset->bound : thread->endpoint->bound) == thread,
         name, "who receives closed is bound");
    if (!thread->expected)
        return;
    must(*thread->expect_link == thread, name, "it is among those who expect that one");
    must(!thread->expect_next || thread->expect_next->expect_link == &thread->expect_next, name,
         "so is the next");
}

/* Does nobody wait for itself, through whomever? */
static void check_no_circle(const struct thread *thread)
{
    const struct thread *at = chain_awaits(thread);

    for (unsigned links = 0; at && links < 100; links++, at = chain_awaits(at))
        must(at != thread, &thread->object, "no wait closes a circle");
}

static void check_links(const struct thread *thread)
{
    const struct object *name = &thread->object;
    bool served = thread->state == THREAD_WAITS_REPLY;

    must(served || !thread->reply, name, "only a served call has a Reply");
    must(served || thread->state == THREAD_WAITS_CALL || !thread->lease_count, name,
         "only a call has leases");
    must(!served || !thread->server || thread->server->caller == thread, name,
         "server and caller agree");
    must(!thread->caller || thread->caller->server == thread, name, "caller and server agree");
    if (thread->reply) {
        must(thread->reply->type == OBJECT_REPLY, name, "its Reply is one");
        must(slot_object(thread->reply) == thread, name, "its Reply names it");
    }
    must(!thread->bound || thread->bound->bound == thread, name, "the notification knows it");
    for (const struct endpoint *at = thread->bound_endpoints; at; at = at->next_bound)
        must(at->bound == thread, name, "the bound endpoint knows it");
    for (const struct waitset *at = thread->bound_sets; at; at = at->next_bound)
        must(at->bound == thread && *at->bound_link == at, name, "its WaitSet knows it");
}

/* The fast path leaves the reserve where it was parked, while its callers' time runs it. */
static bool rests(const struct thread *thread)
{
    const struct queue_node *first = thread->parked.first;

    return thread->reserve && first == &thread->reserve->node && first->next == first &&
           !first->less_urgent && chain_reaches(thread);
}

static void check_thread(const struct thread *thread)
{
    const struct object *name = &thread->object;
    bool alive = thread->state >= THREAD_RUNNING && thread->state <= THREAD_WAITS_REPLY;

    check_wait(thread);
    must(reply_is_token(thread->token), name, "its next token will not look like a handle");
    check_links(thread);
    check_closed(thread);
    check_no_circle(thread);
    check_fast(thread);
    must(!alive || thread->utcb, name, "it has a UTCB");
    must(!alive || (slot_used(&thread->cspace_slot) && slot_used(&thread->vspace_slot)), name,
         "it has its spaces");
    must(queue_empty(&thread->parked) || !thread_is_running(thread) || rests(thread), name,
         "no time is parked at a thread that could run, but its reserve");
}

/* ---- channels and WaitSets ---- */

static void check_channel(const struct channel *channel)
{
    const struct object *name = &channel->source.object;

    must(channel->depth <= channel->capacity, name, "it holds no more than it was made for");
    must(channel->depth <= channel->high_water, name, "the high-water mark is the highest");
    must(!channel->endpoint == !slot_used(&channel->endpoint_slot), name,
         "it is attached by a capability");
    must(!channel->endpoint || channel->endpoint->channel == channel, name,
         "its endpoint knows it");
    must(queue_empty(&channel->receivers) || (!channel->depth && queue_empty(&channel->senders)),
         name, "nobody waits for what is there");
    must(!channel->endpoint || queue_empty(&channel->receivers), name,
         "where it is attached it is not received from directly");
}

/* Has it something to take? */
static bool has_something(const struct source *source)
{
    const struct channel *channel = container_of(source, const struct channel, source);

    if (source->object.type == OBJECT_NOTIFICATION)
        return container_of(source, const struct notification, source)->bits;
    if (source->object.type == OBJECT_ENDPOINT)
        channel = container_of(source, const struct endpoint, source)->channel;
    return source_first_waiter(source) || (channel && channel->depth);
}

static void check_source(const struct source *source)
{
    const struct object *name = &source->object;
    const struct thread *waiter = source_first_waiter(source);
    const struct waitset *set = source->set;
    const struct endpoint *endpoint = container_of(source, const struct endpoint, source);

    if (source->object.type == OBJECT_CHANNEL)
        check_channel(container_of(source, const struct channel, source));
    if (source->object.type == OBJECT_ENDPOINT)
        must(endpoint->special == (set || endpoint->channel), name, "its special word is right");
    must(!set == !slot_used(&source->slot), name, "it is in its set by a capability");
    must(!set == !queue_holds(&source->node), name, "it is in a queue of its set");
    if (!set)
        return;
    must(is_found(&sets, set), name, "its set is alive");
    if (!has_something(source)) {
        must(in_queue(&set->quiet, &source->node), name, "what has nothing is quiet");
        return;
    }
    must(in_queue(&set->ready, &source->node) || in_queue(&set->passed, &source->node), name,
         "what has something is ready");
    must(queue_empty(&set->receivers) || set->bound->closed, name,
         "nobody waits for what is ready but a closed receive");
    must(!waiter || source->node.priority >= waiter->node.priority, name,
         "it is as urgent as its most urgent waiter");
}

static void check_set(const struct waitset *set)
{
    const struct queue *queues[] = {&set->ready, &set->passed, &set->quiet};
    const struct object *name = &set->object;
    uint32_t count = 0;

    for (unsigned i = 0; i < 3; i++)
        for (const struct queue_node *leader = queues[i]->first; leader;
             leader = leader->less_urgent) {
            const struct queue_node *node = leader;

            do {
                must(container_of(node, const struct source, node)->set == set, name,
                     "what is in it knows it");
                count++;
                node = node->next;
            } while (node != leader);
        }
    must(count == set->count && count <= set->capacity, name, "its sources are counted");
    must(queue_empty(&set->receivers) || set->receivers.first == &set->bound->node, name,
         "only its thread waits there");
}

/* ---- time ---- */

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
    for (unsigned i = 0; i < times.count; i++) {
        struct schedcontext *time = times.object[i];
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
static void check_time(struct schedcontext *time)
{
    struct thread *home = time->home, *parked;
    const struct object *name = &time->object;
    bool current = cpu_self()->time == time;

    must(!current || !queue_holds(&time->node), name, "the running time is in no queue");
    must(!time->refill.active || (!current && !queue_holds(&time->node)), name,
         "a used-up time only waits");
    if (!home || home->state == THREAD_INACTIVE) {
        must(!current && !queue_holds(&time->node), name, "a homeless time does nothing");
        return;
    }
    must(is_found(&threads, home), name, "its home is alive");
    must(time->source ? is_lent(time) : (time->reserve ? home->reserve : home->own) == time, name,
         "home and time agree");
    if (current || time->refill.active)
        return;
    if (!queue_holds(&time->node)) {
        must(time->reserve &&
                 (chain_reaches(home) || !thread_is_running(home) || reached_by_other(home, time)),
             &home->object, "its time is not lost");
        return;
    }
    parked = parked_at(time);
    must(!parked || on_chain(home, parked), &home->object, "its time waits on its own chain");
}

/* What the kernel decided last. */
static void check_decision(void)
{
    const struct cpu *cpu = cpu_self();
    const struct schedcontext *time = cpu->time;

    assert_true(!time == !cpu->thread);
    if (!time || !cpu->thread) {
        assert_true(queue_empty(&cpu->ready));
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
    assert_true(cpu->timer <= timeout_next());
}

/* Somebody's time brings this thread, which could run, further; or will, when it is refilled. */
static void check_reached(const struct thread *thread)
{
    bool reached = cpu_self()->thread == thread || (!thread->own && !thread->reserve);

    for (unsigned i = 0; i < times.count && !reached; i++) {
        const struct schedcontext *time = times.object[i];

        if (time->home && chain_end(time->home) == thread)
            reached = cpu_self()->time == time || queue_holds(&time->node) || time->refill.active;
    }
    must(reached, &thread->object, "a thread that could run is reached by some time");
}

void world_check(void)
{
    spaces.count = threads.count = times.count = sources.count = sets.count = 0;
    add(&spaces, thread_cspace(world.root.thread));
    check_space(thread_cspace(world.root.thread));
    for (unsigned i = 0; i < spaces.count; i++)
        check_holders(spaces.object[i]);
    for (unsigned i = 0; i < threads.count; i++)
        check_thread(threads.object[i]);
    for (unsigned i = 0; i < sources.count; i++)
        check_source(sources.object[i]);
    for (unsigned i = 0; i < sets.count; i++)
        check_set(sets.object[i]);
    for (unsigned i = 0; i < times.count; i++)
        check_time(times.object[i]);
    check_decision();
    for (unsigned i = 0; i < threads.count; i++)
        if (thread_is_running(threads.object[i]))
            check_reached(threads.object[i]);
}
