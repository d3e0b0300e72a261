/* check_source.c - what must hold of endpoints, notifications, channels and WaitSets. */
#include <check/check.h>

static uint32_t longer_ones(const struct channel *channel)
{
    uint32_t count = 0;

    for (uint64_t n = 0; n < channel->depth; n++) {
        uint64_t place = (channel->first + n) % channel->capacity;

        count += !stored_is_plain(
            (const struct stored *)(channel->messages + place * channel->message_bytes));
    }
    return count;
}

/* What may go in, or come out, with no further look: nobody else has to learn of it. */
static void check_quiet(const struct channel *channel)
{
    const struct object *name = &channel->source.object;
    bool concerned = channel->endpoint || channel->source.set || channel->refusing ||
                     !queue_empty(&channel->senders);

    must(channel->longer == longer_ones(channel), name, "its longer messages are counted");
    must(channel->puts_below <= channel->high_water && channel->high_water <= channel->capacity,
         name, "it is never fuller than it was but by the general way");
    must(!channel->puts_below || (!concerned && queue_empty(&channel->receivers)), name,
         "nobody waits for what goes in unheard");
    must(!channel->puts_below || channel->depth || !slot_used(&channel->filled_slot), name,
         "the first message rings");
    must(channel->takes_above == UINT32_MAX ||
             (!channel->takes_above && !concerned && !channel->time && !channel->longer),
         name, "what comes out unheard is plain, and brings no time");
}

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
    check_quiet(channel);
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

/* What bits find at once can be woken with no further look. */
static void check_listener(const struct notification *notification)
{
    const struct object *name = &notification->source.object;
    const struct thread *thread = notification_listener(notification);
    bool others = notification->bound || notification->source.set;

    if (!thread) {
        others |= !queue_empty(&notification->waiters);
        must(notification->source.hearing == (others ? HEARD_BY_OTHERS : HEARD_BY_NOBODY), name,
             "it knows whether somebody listens");
        return;
    }
    must(!others && !notification->bits, name, "who listens is alone, and has heard nothing");
    must(thread->state == THREAD_WAITS_NOTIFY && thread->notification == notification, name,
         "who listens waits there");
    must(!thread->suspended && thread_deadline(thread) == DEADLINE_FOREVER && !thread->lent, name,
         "who listens waits for nothing else");
    must(thread->own && !thread->own->refill.active && !queue_holds(&thread->own->node) &&
             cpu_self()->time != thread->own && queue_empty(&thread->parked),
         name, "the time of who listens rests");
}

void check_source(const struct source *source)
{
    const struct object *name = &source->object;
    const struct thread *waiter = source_first_waiter(source);
    const struct waitset *set = source->set;
    const struct endpoint *endpoint = container_of(source, const struct endpoint, source);

    if (source->object.type == OBJECT_CHANNEL)
        check_channel(container_of(source, const struct channel, source));
    if (source->object.type == OBJECT_NOTIFICATION)
        check_listener(container_of(source, struct notification, source));
    if (source->object.type == OBJECT_ENDPOINT)
        must(endpoint->special == (set || endpoint->channel), name, "its special word is right");
    must(!set == !slot_used(&source->slot), name, "it is in its set by a capability");
    must(!set == !queue_holds(&source->node), name, "it is in a queue of its set");
    if (!set)
        return;
    must(check_found(set), name, "its set is alive");
    if (!has_something(source)) {
        must(check_in_queue(&set->quiet, &source->node), name, "what has nothing is quiet");
        return;
    }
    must(check_in_queue(&set->ready, &source->node) || check_in_queue(&set->passed, &source->node),
         name, "what has something is ready");
    must(queue_empty(&set->receivers) || set->bound->closed, name,
         "nobody waits for what is ready but a closed receive");
    must(!waiter || source->node.priority >= waiter->node.priority, name,
         "it is as urgent as its most urgent waiter");
}

void check_set(const struct waitset *set)
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
