/* fastpath_state.c - keeps true what the fast path relies on (fastpath.h). */

#include <ipc/ipc.h>

/* Alone where it receives: nobody else waits there, to receive or to send. */
static bool receives_alone(const struct thread *thread, const struct endpoint *endpoint)
{
    const struct endpoint *bound = thread->bound_endpoints;

    return !channel_has_something(endpoint->channel) && !thread->bound_sets &&
           queue_empty(&endpoint->senders) && queue_empty(&endpoint->passed) &&
           queue_empty(&endpoint->receivers) &&
           (!endpoint->fast_receiver || endpoint->fast_receiver == thread) &&
           (!bound || (bound == endpoint && !bound->next_bound));
}

static bool may_receive_fast(const struct thread *thread, const struct receiving *receiving)
{
    const struct slot *slot = receiving->slot;

    if (receiving->endpoint->source.set)
        return false; /* it is the WaitSet's handle */
    if (slot->handle != receiving->handle || slot->type != OBJECT_ENDPOINT)
        return false; /* it moved with the message */
    return thread_is_passive(thread) && !thread->lent && !server_is_choosy(thread) &&
           !context_is_stepped(&thread->context) && !(thread->bound && thread->bound->bits) &&
           receives_alone(thread, receiving->endpoint);
}

void fast_remember(struct thread *thread, const struct receiving *receiving)
{
    struct endpoint *endpoint = receiving->endpoint;

    if (!may_receive_fast(thread, receiving))
        return;
    fast_forget(thread);
    fast_forget_endpoint(endpoint);
    thread->closed = false;
    thread->receive_endpoint = endpoint;
    thread->receive_handle = receiving->handle;
    endpoint->fast_server = thread;
}

bool fast_wait(struct thread *thread, const struct receiving *receiving)
{
    struct endpoint *endpoint = receiving->endpoint;

    if (thread->context.tag & TAG_RECEIVE_FLAGS & ~(7u << TAG_ACCEPT_SHIFT))
        return false;
    fast_remember(thread, receiving);
    if (endpoint->fast_server != thread)
        return false;
    thread->state = THREAD_WAITS_RECEIVE;
    thread->endpoint = endpoint;
    thread->node.priority = (uint8_t)cpu_urgency();
    endpoint->fast_receiver = thread;
    return true;
}

/* Out of the place where calls find it at once, into the queue, as if it had come by syscall.c. */
static void wait_in_queue(struct thread *thread)
{
    struct endpoint *endpoint = thread->receive_endpoint;

    endpoint->fast_receiver = NULL;
    thread->endpoint = endpoint;
    thread->context.handle = thread->receive_handle;
    thread->context.tag = (thread->context.tag & TAG_RECEIVE_FLAGS) | TAG_OP(OP_RECV);
    queue_insert(&endpoint->receivers, &thread->node, thread->node.priority, false);
}

void fast_forget(struct thread *thread)
{
    if (!thread->receive_handle)
        return;
    if (thread->receive_endpoint->fast_receiver == thread)
        wait_in_queue(thread);
    thread->receive_endpoint->fast_server = NULL;
    thread->receive_handle = CAP_NULL;
    thread->fast_caller = NULL;
}

void fast_forget_endpoint(struct endpoint *endpoint)
{
    if (endpoint->fast_server)
        fast_forget(endpoint->fast_server);
}

void fast_slot_lost(const struct slot *slot)
{
    const struct endpoint *endpoint = slot_object(slot);

    if (slot->type == OBJECT_ENDPOINT && endpoint->fast_server &&
        endpoint->fast_server->receive_handle == slot->handle)
        fast_forget(endpoint->fast_server);
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
