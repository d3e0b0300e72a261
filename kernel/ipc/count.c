/*
 * count.c - which way calls and answers go: for somebody who wants to know why messages leave the
 * fast path.
 *
 * While nobody counts, nothing comes here (arch_count). It looks before the fast path does, at what
 * that will look at, and changes nothing; so what it counts as fast is what will be.
 */

#include <ipc/ipc.h>

/* Per CPU. */
static struct cpu_ways counted;

/* The endpoint that it calls; NULL: something else, or it will be refused. */
static const struct endpoint *called(const struct thread *self)
{
    struct failure failure;
    cap_t handle = self->context.handle;
    const struct slot *slot = reply_is_token(handle)
                                  ? NULL
                                  : cspace_lookup(thread_cspace(self), handle, OBJECT_ENDPOINT,
                                                  CAP_RIGHTS_CALL, ARGUMENT_HANDLE, &failure);

    return slot ? slot_object(slot) : NULL;
}

/* Who will serve a call there, if that can be told. */
static const struct thread *server_of(const struct endpoint *endpoint)
{
    if (endpoint_fast_waiter(endpoint))
        return endpoint_fast_waiter(endpoint);
    if (source_server(&endpoint->source))
        return source_server(&endpoint->source);
    return thread_first(&endpoint->receivers);
}

static bool carries(const struct thread *self)
{
    uint64_t tag = self->context.tag;

    return tag_caps(tag) || tag_leases(tag) ||
           (tag & TAG_DEADLINE && self->context.status != DEADLINE_FOREVER);
}

static bool is_known(const struct thread *self)
{
    cap_t handle = self->context.handle;

    return fast_slot(self, handle)->handle == handle;
}

/* Does somebody stand where the call goes to him at once? */
static bool goes_fast(const struct endpoint *endpoint)
{
    const struct thread *waiter = endpoint_fast_waiter(endpoint);

    return waiter && (thread_is_passive(waiter) || waiter->own->priority > cpu_urgency());
}

/* Nobody does. */
static enum cpu_way why_slow(const struct endpoint *endpoint, const struct thread *server)
{
    if (server && !thread_is_passive(server))
        return CPU_CALL_ACTIVE;
    if (endpoint->special)
        return CPU_CALL_SET;
    return server && server->state == THREAD_WAITS_RECEIVE ? CPU_CALL_WAITS : CPU_CALL_BUSY;
}

static enum cpu_way way_of_call(const struct thread *self)
{
    const struct endpoint *endpoint = called(self);
    const struct thread *server = endpoint ? server_of(endpoint) : NULL;

    if (!endpoint)
        return CPU_CALL_OBJECT;
    if (server && thread_vspace(server) == thread_vspace(self))
        return CPU_CALL_WITHIN;
    if (carries(self))
        return CPU_CALL_CARRIES;
    if (tag_accept(self->context.tag))
        return CPU_CALL_ASKS;
    if ((uint32_t)self->context.tag - FAST_TAG_CALL > MESSAGE_WORDS_MAX)
        return CPU_CALL_FORM;
    if (!is_known(self))
        return CPU_CALL_HANDLE;
    return goes_fast(endpoint) ? CPU_CALL_FAST : why_slow(endpoint, server);
}

static enum cpu_way way_of_answer(const struct thread *self)
{
    uint32_t tag = (uint32_t)self->context.tag;

    if (tag_caps(tag))
        return CPU_ANSWER_CARRIES;
    if (((tag - FAST_TAG_REPLY_RECV) & ~FAST_ACCEPT) > MESSAGE_WORDS_MAX)
        return CPU_ANSWER_APART;
    if (!self->fast_caller || self->context.token != self->token)
        return CPU_ANSWER_CALLER;
    return self->context.handle == (self->receive_handle | self->rest_handle) ? CPU_ANSWER_FAST
                                                                              : CPU_ANSWER_RECEIVE;
}

void count_system_call(void)
{
    const struct thread *self = cpu_self()->thread;

    if (!(self->context.tag & TAG_MYELIN))
        return;
    switch (tag_operation(self->context.tag)) {
    case OP_CALL:
        counted.count[way_of_call(self)]++;
        break;
    case OP_REPLY:
    case OP_REPLY_RECV:
        if (self->context.token)
            counted.count[way_of_answer(self)]++;
        break;
    default:
        break;
    }
}

void count_take(struct cpu_ways *ways)
{
    *ways = counted;
    memset(&counted, 0, sizeof(counted));
}
