/*
 * waitset.c - waiting for any of many sources at once: Endpoints, Notifications, Channels. What
 * has something lies in a queue, so a receive costs the same however many there are; and who
 * comes while the thread waits here meets it as he would at the source itself.
 *
 * A WaitSet belongs to the first thread that receives from it, until that ends. All who wait at
 * its sources help that thread.
 */

#include <ipc/ipc.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/idl/waitset_kernel.h>

static const struct failure set_gone = {.error = EPIPE, .argument = ARGUMENT_HANDLE};

void waitset_create(struct waitset *set, uint64_t capacity)
{
    set->capacity = (uint32_t)capacity;
    set->scan = 1; /* 0 is of sources that were never passed by */
}

/* ---- whose it is ---- */

static void bind(struct waitset *set, struct thread *thread)
{
    if (set->bound)
        return;
    set->orphaned = false;
    set->bound = thread;
    set->next_bound = thread->bound_sets;
    set->bound_link = &thread->bound_sets;
    if (set->next_bound)
        set->next_bound->bound_link = &set->next_bound;
    thread->bound_sets = set;
}

static void unbind(struct waitset *set)
{
    if (!set->bound)
        return;
    *set->bound_link = set->next_bound;
    if (set->next_bound)
        set->next_bound->bound_link = set->bound_link;
    set->bound = NULL;
}

/* What a receive passed by is looked at again. */
static void gather(struct waitset *set)
{
    set->scan++;
    if (!queue_empty(&set->passed))
        queue_merge_front(&set->ready, &set->passed);
}

/* One who waits there, or expects a message of its thread, gets EPIPE; false: there is nobody. */
static bool dismiss_one(struct source *source)
{
    struct thread *waiter = source_first_waiter(source);

    if (waiter)
        thread_wake_with(waiter, &set_gone);
    return waiter || (source->object.type == OBJECT_ENDPOINT &&
                      !closed_disappoint_step(container_of(source, struct endpoint, source)));
}

static void begin_to_unbind(struct waitset *set)
{
    set->orphaned = true;
    set->walked = 0;
    gather(set);
}

/* First those that have something, which are then put aside, then the others, round the queue:
   each source is looked at until nobody waits there. */
bool waitset_unbind_step(struct waitset *set)
{
    struct source *source;

    if (!set->orphaned)
        begin_to_unbind(set);
    source = source_first(&set->ready);
    if (source) {
        if (!dismiss_one(source))
            source_pass(source);
        return false;
    }
    source = source_first(&set->quiet);
    if (source && set->walked < set->count) {
        if (dismiss_one(source))
            return false;
        set->walked++;
        source_served(source);
        return false;
    }
    gather(set);
    unbind(set);
    return false;
}

bool waitset_destroy_step(struct waitset *set)
{
    struct source *source = source_first(&set->ready);
    struct thread *thread;

    fast_forget_set(set);
    thread = thread_first(&set->receivers);
    if (!source)
        source = source_first(&set->passed);
    if (!source)
        source = source_first(&set->quiet);
    if (thread)
        thread_wake_with(thread, &set_gone);
    else if (source)
        cap_drop(&source->slot);
    else
        unbind(set);
    return !thread && !source;
}

/* ---- receive ---- */

static error_t receive_check(const struct thread *receiver, const struct waitset *set,
                             struct failure *failure)
{
    if (set->bound && set->bound != receiver)
        return fail(failure, EBUSY, ARGUMENT_HANDLE, 0, 0);
    if (thread_is_passive(receiver) && set->open_endpoints)
        return fail(failure, EINVAL, ARGUMENT_HANDLE, UNTYPED_ENDPOINT_CALL_ONLY,
                    UNTYPED_ENDPOINT_OPEN);
    return SUCCESS;
}

static error_t take_from(struct source *source, struct thread *receiver,
                         const struct receiving *receiving, struct failure *failure)
{
    struct receiving here = *receiving;

    if (receiving->closed && source->key != receiving->key)
        return EAGAIN;
    switch (source->object.type) {
    case OBJECT_ENDPOINT:
        here.endpoint = container_of(source, struct endpoint, source);
        return endpoint_take(receiver, &here, failure);
    case OBJECT_CHANNEL:
        return channel_take(container_of(source, struct channel, source), receiver, &here, failure);
    default:
        notification_give(container_of(source, struct notification, source), receiver);
        return SUCCESS;
    }
}

/* What a closed receive has passed by need not be looked at again by the next of that kind. */
static void begin_scan(struct waitset *set, const struct receiving *receiving)
{
    if (!receiving->closed || set->passed_key != receiving->key ||
        set->passed_badge != receiving->badge)
        gather(set);
    set->passed_key = receiving->key;
    set->passed_badge = receiving->badge;
}

/* Takes from the most urgent source that has something for this receive. EAGAIN: none has. */
static error_t take(struct waitset *set, struct thread *receiver, const struct receiving *receiving,
                    struct failure *failure)
{
    struct source *source;
    error_t error;

    while ((source = source_first(&set->ready)) != NULL) {
        error = take_from(source, receiver, receiving, failure);
        if (error == RESTART)
            return error;
        if (error != EAGAIN) {
            source_served(source);
            receiver->utcb->source_key = source->key;
            return error;
        }
        source_pass(source);
        if (arch_preemption_pending())
            return RESTART;
    }
    return EAGAIN;
}

/* The bits of the thread's own notification come along with a message, but alone before others'. */
static bool own_bits_first(const struct waitset *set, const struct thread *receiver)
{
    const struct source *source = source_first(&set->ready);

    return receiver->bound && receiver->bound->bits &&
           (!source || source->object.type == OBJECT_NOTIFICATION);
}

static error_t wait(struct thread *receiver, struct waitset *set, const struct receiving *receiving,
                    struct failure *failure)
{
    error_t error = receive_may_wait(receiver, receiving, failure);

    if (error)
        return error;

    /* Commit. */
    closed_begin_wait(receiver, receiving);
    if (fast_wait_in_set(receiver, set, receiving))
        return SUCCESS;
    receiver->state = THREAD_WAITS_RECEIVE;
    receiver->waitset = set;
    queue_insert(&set->receivers, &receiver->node, cpu_urgency(), false);
    return SUCCESS;
}

error_t waitset_receive(struct thread *receiver, struct waitset *set,
                        const struct receiving *receiving, struct failure *failure)
{
    error_t error = receive_check(receiver, set, failure);

    if (!error)
        error = buffer_prepare_receive(receiver, failure);
    if (error)
        return error;
    reply_forget(receiver);
    fast_forget(receiver);
    bind(set, receiver);
    begin_scan(set, receiving);
    if (!own_bits_first(set, receiver)) {
        error = take(set, receiver, receiving, failure);
        source_next_helps(set);
        if (error != EAGAIN)
            return error;
    }
    if (notification_give_bound(receiver)) {
        receiver->utcb->source_key = 0;
        return SUCCESS;
    }
    return wait(receiver, set, receiving, failure);
}

/* ---- methods ---- */

static bool is_source(const struct slot *slot)
{
    return slot->type == OBJECT_ENDPOINT || slot->type == OBJECT_CHANNEL ||
           slot->type == OBJECT_NOTIFICATION;
}

/* Does somebody receive from it by itself, or is it another's? */
static bool is_in_use(const struct source *source)
{
    const struct endpoint *endpoint = container_of(source, const struct endpoint, source);
    const struct channel *channel = container_of(source, const struct channel, source);
    const struct notification *notification =
        container_of(source, const struct notification, source);

    if (source->set)
        return true;
    switch (source->object.type) {
    case OBJECT_ENDPOINT:
        return endpoint->bound || endpoint_fast_waiter(endpoint) ||
               !queue_empty(&endpoint->receivers);
    case OBJECT_CHANNEL:
        return channel->endpoint || !queue_empty(&channel->receivers);
    default:
        return notification->source.hearing != HEARD_BY_NOBODY;
    }
}

static bool is_open(const struct source *source)
{
    return source->object.type == OBJECT_ENDPOINT &&
           !container_of(source, const struct endpoint, source)->call_only;
}

static error_t check_add(struct invocation *invocation, const struct waitset *set,
                         const struct slot *slot)
{
    const struct source *source = slot_object(slot);
    error_t error;

    if (!is_source(slot))
        return invocation_fail(invocation, EINVAL, ARGUMENT_CAP(0), OBJECT_ENDPOINT, slot->type);
    if (is_in_use(source))
        return invocation_fail(invocation, EBUSY, ARGUMENT_CAP(0), 0, 0);
    if (set->count == set->capacity)
        return invocation_fail(invocation, ENOSPC, ARGUMENT_HANDLE, set->capacity, set->count);
    if (!set->bound)
        return SUCCESS;
    if (is_open(source) && thread_is_passive(set->bound))
        return invocation_fail(invocation, EINVAL, ARGUMENT_CAP(0), UNTYPED_ENDPOINT_CALL_ONLY,
                               UNTYPED_ENDPOINT_OPEN);
    error = chain_check_bind(source, set->bound);
    return error ? invocation_fail(invocation, error, ARGUMENT_CAP(0), CHAIN_HELP_MAX, 0) : SUCCESS;
}

/* A source that has something already is found by the thread that waits when it receives anew. */
static void wake_for(const struct waitset *set)
{
    struct thread *thread = thread_first(&set->receivers); /* if something is there: else faster */

    if (!thread || queue_empty(&set->ready))
        return;
    thread_take_back(thread);
    thread_wake(thread);
}

error_t waitset_handle_add(struct invocation *invocation, uint64_t key, struct slot *source)
{
    struct waitset *set = slot_object(invocation->target);
    struct source *link = slot_object(source);
    error_t error = check_add(invocation, set, source);

    if (error)
        return error;

    /* Commit. */
    cap_hold(&link->slot, HOME_SOURCE, source);
    link->set = set;
    link->key = key;
    set->count++;
    set->open_endpoints += is_open(link);
    if (link->object.type == OBJECT_ENDPOINT) {
        fast_forget_endpoint(container_of(link, struct endpoint, source));
        container_of(link, struct endpoint, source)->orphaned = false;
        endpoint_note_special(container_of(link, struct endpoint, source));
    }
    if (link->object.type == OBJECT_NOTIFICATION)
        notification_join_set(container_of(link, struct notification, source));
    if (link->object.type == OBJECT_CHANNEL)
        channel_note(container_of(link, struct channel, source));
    source_refresh(link);
    if (set->bound && source_first_waiter(link))
        chain_raise(set->bound, source_first_waiter(link)->node.priority);
    wake_for(set);
    return SUCCESS;
}

error_t waitset_handle_remove(struct invocation *invocation, struct slot *source)
{
    struct source *link = slot_object(source);

    if (!is_source(source))
        return invocation_fail(invocation, EINVAL, ARGUMENT_CAP(0), OBJECT_ENDPOINT, source->type);
    if (link->set != slot_object(invocation->target))
        return invocation_fail(invocation, ENOENT, ARGUMENT_CAP(0), 0, 0);
    cap_drop(&link->slot);
    return SUCCESS;
}

error_t waitset_handle_inspect(struct invocation *invocation, uint64_t *capacity, uint64_t *sources,
                               const char **receiver)
{
    const struct waitset *set = slot_object(invocation->target);

    *capacity = set->capacity;
    *sources = set->count;
    *receiver = set->bound ? set->bound->object.name : NULL;
    return SUCCESS;
}
