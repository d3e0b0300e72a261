/* check_thread.c - what must hold of one thread: where it waits, whom it serves, how it receives.
 */
#include <check/check.h>

bool check_in_queue(const struct queue *queue, const struct queue_node *node)
{
    const struct queue_node *at = node;

    if (!queue_holds(node))
        return false;
    while (!at->leader)
        at = at->next;
    return at->queue == queue;
}

/* What the fast path takes for granted of the endpoint where a thread receives. */
static void check_fast_endpoint(const struct thread *thread, const struct endpoint *endpoint)
{
    const struct object *name = &thread->object;

    must(endpoint->fast_server == thread, name, "the endpoint knows who receives fast");
    must(thread->receive_place == &endpoint->fast_receiver, name, "it will wait there");
    must(!thread->own || !endpoint->fast_receiver, name, "nobody passive waits there fast");
    must(thread->own || endpoint->call_only, name, "who receives fast receives calls");
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
    cap_t handle = thread->receive_handle | thread->rest_handle;
    struct failure failure;
    const struct slot *slot;

    must(!thread->cancelled || !thread->slots_mask, name, "who is cancelled enters slowly");
    must(thread_deadline(thread) == DEADLINE_FOREVER ||
             (thread->deadline.active && thread->deadline.when <= thread_deadline(thread)),
         name, "a deadline is looked at in time");
    must(handle || !thread->fast_caller, name, "who cannot receive fast answers slowly");
    if (!handle)
        return;
    must((thread->receive_handle ? !thread->own : thread->own != NULL) && (!set || !thread->own),
         name, "it receives fast in the way of its time");
    slot = cspace_lookup(thread_cspace(thread), handle, set ? OBJECT_WAITSET : OBJECT_ENDPOINT,
                         CAP_RIGHTS_RECV, 0, &failure);
    must(slot && slot_object(slot) == (set ? (void *)set : (void *)thread->receive_endpoint), name,
         "its receive handle is for where it receives");
    if (set)
        check_fast_set(thread, set);
    else
        check_fast_endpoint(thread, thread->receive_endpoint);
    must(!thread->bound || !thread->bound->bits, name, "no bits wait for it");
    must(!thread->lent, name, "no source has lent it time");
    must(!thread->cancelled, name, "it is not cancelled");
    if (thread_waits_in_place(thread))
        must(thread->state == THREAD_WAITS_RECEIVE && !thread->suspended &&
                 thread_deadline(thread) == DEADLINE_FOREVER,
             name, "who waits fast waits for a message and nothing else");
    if (thread_rests(thread))
        must(!thread->own->refill.active && !queue_holds(&thread->own->node) &&
                 cpu_self()->time != thread->own && queue_empty(&thread->parked),
             name, "its own time rests");
}

/* The queue in which one that waits to send should be. */
static const struct queue *sending_queue(const struct thread *thread)
{
    must(thread->endpoint || thread->channel, &thread->object,
         "who waits to send waits at an endpoint or a channel");
    if (thread->channel)
        return &thread->channel->senders;
    return check_in_queue(&thread->endpoint->passed, &thread->node) ? &thread->endpoint->passed
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
        if (thread_waits_in_place(thread))
            break;
        queue = receiving_queue(thread);
        break;
    case THREAD_WAITS_NOTIFY:
        must(thread->notification, name, "who waits for bits waits at a notification");
        if (thread_listens(thread))
            break;
        queue = &thread->notification->waiters;
        break;
    case THREAD_WAITS_REPLY:
        must(thread->server || thread->reply, name, "a call that is served is in some hand");
        break;
    default:
        break;
    }
    must(!queue == !queue_holds(&thread->node), name, "who waits is in a queue, others are not");
    must(!queue || check_in_queue(queue, &thread->node), name,
         "it is in the queue of what it waits for");
    must(queue || (!thread->channel && !thread->waitset), name, "who does not wait is nowhere");
    must(!thread->notification || thread->state == THREAD_WAITS_NOTIFY, name,
         "who waits for no bits waits at no notification");
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

/* The fast path leaves the reserve where it was parked, while its callers' time runs it; or the
   time of one who helps a caller that has none: then it is looked at when that leaves the CPU. */
static bool rests(const struct thread *thread)
{
    const struct queue_node *first = thread->parked.first;
    bool runs = thread == cpu_self()->thread;

    return thread->reserve && first == &thread->reserve->node && first->next == first &&
           !first->less_urgent && (runs || chain_reaches(thread));
}

void check_thread(const struct thread *thread)
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
