/* state_thread.c - what of a thread matters, as part of a state's number. */

#include "state.h"

void mix_when(uint64_t when)
{
    mix(when > host.now ? when - host.now : 0);
}

static void mix_queue(const struct queue *queue, uint64_t offset)
{
    for (const struct queue_node *leader = queue->first; leader; leader = leader->less_urgent) {
        const struct queue_node *node = leader;

        do {
            mix((uint64_t)node - offset);
            mix(node->priority);
            node = node->next;
        } while (node != leader);
    }
    mix(3);
}

void mix_queue_of_threads(const struct queue *queue)
{
    mix_queue(queue, offsetof(struct thread, node));
}

void mix_token(const struct thread *thread, uint64_t token)
{
    if (token == thread->token && thread_token_open(thread))
        mix(4);
    else
        mix(token == thread->void_token ? 5 + ((uint64_t)thread->void_reason << 8) : 6);
}

/* ---- what it waits for, or is under way with ---- */

static bool is_waiting(const struct thread *thread)
{
    return thread->state >= THREAD_WAITS_SEND && thread->state <= THREAD_WAITS_REPLY;
}

static void mix_deadline_register(const struct context *context)
{
    uint64_t when = context->status;

    if (!(context->tag & TAG_DEADLINE))
        return;
    if (when == DEADLINE_NOW || when == DEADLINE_FOREVER)
        mix(when);
    else
        mix_when(when);
}

static void mix_caps(const struct thread *thread)
{
    for (unsigned i = 0; thread->utcb && i < tag_caps(thread->context.tag); i++) {
        mix_handle(thread, thread->utcb->caps[i].cap);
        mix(thread->utcb->caps[i].how);
    }
}

/* All that the system call which is to be made (again) depends on. */
static void mix_registers(const struct thread *thread)
{
    const struct context *context = &thread->context;

    mix(context->tag);
    mix_handle(thread, context->handle);
    if (reply_is_token(context->token))
        mix_token(thread, context->token);
    else
        mix_handle(thread, context->token);
    mix_deadline_register(context);
    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        if (reply_is_token(context->words[i]))
            mix_token(thread, context->words[i]);
        else
            mix(context->words[i]);
    mix_caps(thread);
    if (context->tag & TAG_CLOSED && thread->utcb) {
        mix(thread->utcb->closed_badge);
        mix(thread->utcb->closed_key);
        mix_handle(thread, thread->utcb->closed_endpoint);
    }
}

/* Which send's copy it has begun: numbers only ever count up. */
static void mix_buffer(const struct thread *thread)
{
    const struct buffer *buffer = &thread->buffer;

    if (!(thread->context.tag & TAG_BUFFER))
        return;
    mix(buffer->base);
    mix(buffer->length);
    mix(buffer->done);
    for (unsigned i = 0; buffer->number && i < actor_count; i++)
        if (canonical_alive(actors[i]->thread) &&
            actors[i]->thread->buffer.number == buffer->number)
            mix(i);
}

static void mix_lent(const struct thread *thread)
{
    const struct lent_progress *progress = &thread->lent_progress;

    mix(progress->via && progress->via == thread->context.handle ? progress->done : 0);
}

static void mix_leases(const struct thread *thread)
{
    mix(thread->lease_count);
    for (unsigned i = 0; i < thread->lease_count; i++) {
        mix(thread->leases[i].base);
        mix(thread->leases[i].length);
        mix(thread->leases[i].rights);
    }
}

static void mix_sending(const struct thread *thread)
{
    mix(thread->badge);
    mix((uint64_t)thread->message_grant << 8 | thread->grant);
    mix(thread->pending_count);
    for (unsigned i = 0; i < thread->pending_count; i++) {
        mix_handle(thread, thread->pending[i].cap);
        mix(thread->pending[i].how);
    }
}

static void mix_closed(const struct thread *thread)
{
    mix(thread->badge);
    mix(thread->closed_key);
    mix((uint64_t)thread->expected);
    mix(thread->expected ? (uint64_t)thread->expect_next : 0);
}

static void mix_wait(const struct thread *thread)
{
    mix((uint64_t)thread_waits_at(thread));
    mix((uint64_t)thread->channel ^ (uint64_t)thread_waits_in(thread) << 1);
    mix((uint64_t)thread->notification);
    if (thread_deadline(thread) != DEADLINE_FOREVER)
        mix_when(thread_deadline(thread));
    if (thread->state == THREAD_WAITS_SEND || thread->state == THREAD_WAITS_CALL)
        mix_sending(thread);
    if (thread->state == THREAD_WAITS_RECEIVE && thread->closed)
        mix_closed(thread);
    mix_leases(thread);
    if (thread->faulting)
        mix(thread->fault.label);
}

/* ---- all of it ---- */

static void mix_flags(const struct thread *thread)
{
    mix((uint64_t)thread->state | thread->suspended << 8 | thread->cancelled << 9 |
        thread->reaping << 10 | thread->helped << 11 | thread->faulting << 12 |
        thread->closed << 13 | thread->stop_reason << 14 | thread->ends_calls << 20 |
        (uint64_t)(thread->utcb != NULL) << 21 | (uint64_t)thread->least_us << 32);
}

static void mix_links(const struct thread *thread)
{
    mix((uint64_t)thread->caller);
    mix((uint64_t)thread->server);
    mix(thread->reply != NULL);
    mix((uint64_t)thread->bound);
    for (const struct endpoint *at = thread->bound_endpoints; at; at = at->next_bound)
        mix((uint64_t)at);
    for (const struct waitset *at = thread->bound_sets; at; at = at->next_bound)
        mix((uint64_t)at);
}

static void mix_hints(const struct thread *thread)
{
    mix((uint64_t)thread->fast_caller);
    mix(thread->slots_mask);
    mix_handle(thread, thread->receive_handle);
    mix_handle(thread, thread->rest_handle);
    if (thread->receive_handle)
        mix((uint64_t)thread->receive_place);
}

void mix_thread(const struct thread *thread)
{
    mix_flags(thread);
    mix_links(thread);
    if (all_counts())
        mix_hints(thread);
    mix(thread->context.fs_base ^ thread->foreign_entry << 1);
    mix((uint64_t)thread->lent ^ thread->exit_code << 1);
    mix((uint64_t)thread->own ^ (uint64_t)thread->reserve << 1);
    mix_queue(&thread->parked, offsetof(struct schedcontext, node));
    mix_token(thread, thread->token);
    mix_handle(thread, thread->revoking);
    if (thread->revoking) {
        mix((uint64_t)thread->revoke_older);
        mix((uint64_t)thread->revoke_newer);
    }
    if (is_waiting(thread))
        mix_wait(thread);
    if (thread->context.ip == WORLD_IP && !is_waiting(thread))
        return;
    mix_registers(thread);
    mix_buffer(thread);
    mix_lent(thread);
}

void mix_ready(void)
{
    mix_queue(&cpu_self()->ready, offsetof(struct schedcontext, node));
}
