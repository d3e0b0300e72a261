/* fastpath_state.c - keeps true what the fast path relies on (fastpath.h). */

#include <ipc/ipc.h>

/* Alone where it receives: nobody else waits there, to receive or to send. */
static bool receives_alone(const struct thread *thread, const struct endpoint *endpoint)
{
    const struct endpoint *bound = thread->bound_endpoints;

    return !channel_has_something(endpoint->channel) && !thread->bound_sets &&
           queue_empty(&endpoint->senders) && queue_empty(&endpoint->passed) &&
           queue_empty(&endpoint->receivers) &&
           (!endpoint_fast_waiter(endpoint) || endpoint_fast_waiter(endpoint) == thread) &&
           (!bound || (bound == endpoint && !bound->next_bound));
}

/* By a capability of that type; whatever it asked for besides. */
static bool may_receive_fast(const struct thread *thread, const struct receiving *receiving,
                             unsigned type)
{
    const struct slot *slot = receiving->slot;

    if (slot->handle != receiving->handle || slot->type != type)
        return false; /* it moved with the message; or it is the WaitSet's handle */
    return !thread->lent && !server_is_choosy(thread) && !context_is_stepped(&thread->context) &&
           !(thread->bound && thread->bound->bits);
}

static void remember(struct thread *thread, const struct receiving *receiving,
                     struct endpoint *endpoint, struct waitset *set)
{
    fast_forget(thread);
    thread->closed = false;
    thread->node.priority = (uint8_t)cpu_urgency(); /* where it waits, until it comes again so */
    if (thread_is_passive(thread))
        thread->receive_handle = receiving->handle;
    else
        thread->rest_handle = receiving->handle;
    thread->receive_endpoint = endpoint;
    thread->receive_set = set;
    thread->receive_place = set ? &set->fast_receiver : &endpoint->fast_receiver;
}

void fast_remember(struct thread *thread, const struct receiving *receiving)
{
    struct endpoint *endpoint = receiving->endpoint;

    if (!may_receive_fast(thread, receiving, OBJECT_ENDPOINT) || !receives_alone(thread, endpoint))
        return;
    fast_forget_endpoint(endpoint);
    remember(thread, receiving, endpoint, NULL);
    endpoint->fast_server = thread;
}

static bool asks_for_more(const struct thread *thread)
{
    return thread->context.tag & TAG_RECEIVE_FLAGS & ~(7u << TAG_ACCEPT_SHIFT);
}

static void wait_in_place(struct thread *thread, struct endpoint *endpoint)
{
    thread->state = THREAD_WAITS_RECEIVE;
    thread->endpoint = endpoint;
    if (thread_is_passive(thread))
        *thread->receive_place = thread;
}

/* Could time of its own, if it has some, rest while it waits? */
static bool may_rest(const struct thread *thread)
{
    return thread_is_passive(thread) ||
           (thread->own == cpu_self()->time && queue_empty(&thread->parked));
}

bool fast_wait(struct thread *thread, const struct receiving *receiving)
{
    struct endpoint *endpoint = receiving->endpoint;

    if (asks_for_more(thread))
        return false;
    fast_remember(thread, receiving);
    if (endpoint->fast_server != thread || !may_rest(thread))
        return false;
    wait_in_place(thread, endpoint);
    return true;
}

/* Is it the only place where it is waited for, and has nothing come? */
static bool receives_in_set_alone(const struct thread *thread, const struct waitset *set)
{
    return thread->bound_sets == set && !set->next_bound && !thread->bound_endpoints &&
           queue_empty(&set->ready) && queue_empty(&set->passed);
}

bool fast_wait_in_set(struct thread *thread, struct waitset *set, const struct receiving *receiving)
{
    if (asks_for_more(thread) || !thread_is_passive(thread) ||
        !may_receive_fast(thread, receiving, OBJECT_WAITSET) || !receives_in_set_alone(thread, set))
        return false;
    remember(thread, receiving, NULL, set);
    wait_in_place(thread, NULL);
    return true;
}

/* Its time rests no longer where it is, but where its chain ends; as urgent as that is it waits. */
static void stop_resting(struct thread *thread)
{
    struct schedcontext *own = thread->own;

    thread->node.priority = own->priority;
    if (cpu_self()->time != own)
        queue_insert(&thread->parked, &own->node, own->priority, false);
}

/* Out of the place where calls find it at once, into the queue, as if it had come by syscall.c. */
static void wait_in_queue(struct thread *thread)
{
    struct waitset *set = thread->receive_set;
    struct endpoint *endpoint = thread->receive_endpoint;

    if (thread->receive_handle)
        *thread->receive_place = NULL;
    else
        stop_resting(thread);
    thread->endpoint = endpoint;
    thread->waitset = set;
    thread->context.handle = thread->receive_handle | thread->rest_handle;
    thread->context.tag = (thread->context.tag & TAG_RECEIVE_FLAGS) | TAG_OP(OP_RECV);
    queue_insert(set ? &set->receivers : &endpoint->receivers, &thread->node, thread->node.priority,
                 false);
}

/* The same at a notification. */
static void stop_listening(struct thread *thread)
{
    struct notification *notification = thread->notification;

    notification->listener = NULL;
    notification->source.hearing = HEARD_BY_OTHERS;
    stop_resting(thread);
    queue_insert(&notification->waiters, &thread->node, thread->node.priority, false);
}

static void forget(struct thread *thread)
{
    if (thread->receive_endpoint)
        thread->receive_endpoint->fast_server = NULL;
    thread->receive_handle = thread->rest_handle = CAP_NULL;
    thread->fast_caller = NULL;
}

void fast_forget(struct thread *thread)
{
    if (thread_listens(thread))
        stop_listening(thread);
    if (!thread_receives_fast(thread))
        return;
    if (thread_waits_in_place(thread))
        wait_in_queue(thread);
    forget(thread);
}

void fast_leave_place(struct thread *thread)
{
    if (thread->receive_handle)
        *thread->receive_place = NULL;
    else
        forget(thread); /* its state alone says that it waits there, and that stays for a while */
}

void fast_forget_endpoint(struct endpoint *endpoint)
{
    if (endpoint->fast_server)
        fast_forget(endpoint->fast_server);
}

void fast_forget_set(const struct waitset *set)
{
    if (set->bound)
        fast_forget(set->bound);
}

void fast_server_lost(const struct slot *slot, struct thread *server)
{
    if (server->receive_handle == slot->handle || server->rest_handle == slot->handle)
        fast_forget(server);
}

void fast_stop(struct thread *thread)
{
    static struct slot nothing;

    fast_forget(thread);
    thread->slots = &nothing;
    thread->slots_mask = 0;
}

void fast_renew(struct thread *thread)
{
    const struct cspace *space = thread_cspace(thread);

    thread->slots = space->table;
    thread->slots_mask = (uint32_t)space->mask;
}
