/* thread_state.c - looking at a thread: its registers, its vector image, whom it waits for. */

#include <ipc/ipc.h>
#include <myelin/idl/thread_kernel.h>
#include <task/task.h>

/* Registers may be touched only where no operation of the thread's own is under way. */
static error_t check_quiet(struct invocation *invocation)
{
    const struct thread *thread = slot_object(invocation->target);
    bool quiet = thread->state == THREAD_INACTIVE || thread->state >= THREAD_STOPPED ||
                 thread->faulting || (thread->suspended && thread->state == THREAD_RUNNING);

    if (!quiet)
        return invocation_fail(invocation, EBUSY, ARGUMENT_HANDLE, THREAD_SUSPENDED, thread->state);
    return SUCCESS;
}

error_t thread_handle_read_registers(struct invocation *invocation,
                                     struct thread_registers *registers)
{
    const struct thread *thread = slot_object(invocation->target);
    error_t error = check_quiet(invocation);

    if (!error)
        arch_registers_read(&thread->context, registers);
    return error;
}

error_t thread_handle_write_registers(struct invocation *invocation,
                                      const struct thread_registers *registers)
{
    struct thread *thread = slot_object(invocation->target);
    error_t error = check_quiet(invocation);

    if (error)
        return error;
    error = arch_registers_write(&thread->context, registers);
    if (error)
        return invocation_fail(invocation, error, ARGUMENT_WORD(0), USER_ADDRESS_END,
                               registers->ip);
    thread->reaping = false;
    revoke_end(thread);
    fast_stop(thread);
    buffer_forget(thread);
    lent_forget(thread);
    return SUCCESS;
}

static error_t check_vector_range(struct invocation *invocation, uint64_t offset, uint64_t length)
{
    uint64_t size = arch_vector_size();

    if (offset % 8 || offset > size)
        return invocation_fail(invocation, ERANGE, ARGUMENT_WORD(0), size, offset);
    if (length % 8 || length > THREAD_VECTOR_CHUNK || length > size - offset)
        return invocation_fail(invocation, ERANGE, ARGUMENT_WORD(1), THREAD_VECTOR_CHUNK, length);
    return SUCCESS;
}

error_t thread_handle_read_vector(struct invocation *invocation, uint64_t offset, uint64_t length,
                                  void *image, uint64_t *image_length)
{
    struct thread *thread = slot_object(invocation->target);
    error_t error = check_quiet(invocation);

    if (!error)
        error = check_vector_range(invocation, offset, length);
    if (error)
        return error;
    arch_vector_sync(thread);
    memcpy(image, thread->vector + offset, length);
    *image_length = length;
    return SUCCESS;
}

error_t thread_handle_write_vector(struct invocation *invocation, uint64_t offset,
                                   unsigned image_word, uint64_t image_length)
{
    struct thread *thread = slot_object(invocation->target);
    uint64_t old[THREAD_VECTOR_CHUNK / sizeof(uint64_t)];
    error_t error = check_quiet(invocation);

    if (!error)
        error = check_vector_range(invocation, offset, image_length);
    if (error)
        return error;
    arch_vector_sync(thread);
    arch_vector_release(thread);
    memcpy(old, thread->vector + offset, image_length);
    for (unsigned i = 0; i < image_length / 8; i++) {
        uint64_t word = invocation_word(invocation, image_word + i);

        memcpy(thread->vector + offset + i * 8, &word, sizeof(word));
    }
    if (!arch_vector_check(thread->vector)) {
        memcpy(thread->vector + offset, old, image_length);
        return invocation_fail(invocation, EINVAL, ARGUMENT_WORD(image_word), 0, offset);
    }
    return SUCCESS;
}

/* Where it waits to send or receive. */
static const struct object *place_of(const struct thread *thread)
{
    if (thread_waits_in(thread))
        return &thread_waits_in(thread)->object;
    return thread->channel ? &thread->channel->source.object
                           : &thread_waits_at(thread)->source.object;
}

/* The name of what it waits for: the server's thread, the endpoint, the notification. */
static const char *awaited(const struct thread *thread)
{
    switch (thread->state) {
    case THREAD_WAITS_REPLY:
        return thread->server ? thread->server->object.name : NULL;
    case THREAD_WAITS_NOTIFY:
        return thread->notification->source.object.name;
    case THREAD_WAITS_SEND:
    case THREAD_WAITS_CALL:
    case THREAD_WAITS_RECEIVE:
        return place_of(thread)->name;
    default:
        return NULL;
    }
}

error_t thread_handle_inspect(struct invocation *invocation, struct thread_condition *condition,
                              uint64_t *code, const char **title, const char **waits_for,
                              uint64_t *priority_and_consumed, const char **runs_on, uint64_t *ip,
                              uint64_t *own_consumed)
{
    const struct thread *thread = slot_object(invocation->target);
    const struct schedcontext *time = chain_time(thread);
    const struct schedcontext *charged = thread->own ? thread->own : thread->reserve;

    if (cpu_self()->time)
        schedule_charge(cpu_self(), arch_now());
    *condition = (struct thread_condition){
        .state = thread->suspended ? THREAD_SUSPENDED : thread->state,
        .reason = thread->stop_reason,
        .passive = thread_is_passive(thread),
    };
    *code = condition->state == THREAD_EXITED ? thread->exit_code : thread->fault.cause.address;
    *title = thread->object.name;
    *waits_for = awaited(thread);
    *priority_and_consumed = time ? time->priority | schedcontext_consumed(time) << 8 : 0;
    *runs_on = time && time->home ? time->home->object.name : NULL;
    *ip = thread->context.ip;
    *own_consumed = charged ? schedcontext_consumed(charged) : 0;
    return SUCCESS;
}

/* Link `index` of those that a call of `self` on the endpoint would wait for; *before is the thread
   that waits for it, NULL for the first one. */
static const struct thread *follow(const struct thread *self, const struct endpoint *endpoint,
                                   uint64_t index, const struct thread **before)
{
    const struct thread *at = source_server(&endpoint->source);

    *before = NULL;
    for (uint64_t i = 0; at && i < index; i++) {
        if (at == self || i == CHAIN_HELP_MAX)
            return NULL;
        *before = at;
        at = chain_awaits(at);
    }
    return at;
}

/* Why it waits for the next one; *where is where, NULL: nowhere. */
static enum thread_link link_of(const struct thread *thread, const struct source **where)
{
    *where = NULL;
    if (thread->expected) {
        *where = &thread->expected->source;
        return THREAD_LINK_EXPECTED;
    }
    if (thread->state == THREAD_WAITS_REPLY)
        return THREAD_LINK_SERVED;
    *where = source_of_waiter(thread); /* also one that waits for room in a channel there */
    return THREAD_LINK_QUEUED;
}

error_t thread_handle_follow(struct invocation *invocation, uint64_t index, struct slot *endpoint,
                             struct thread_follow_info *info, const char **endpoint_name,
                             const char **thread_name)
{
    const struct thread *self = slot_object(invocation->target), *before, *next;
    const struct source *at = slot_object(endpoint);
    enum thread_link link = THREAD_LINK_QUEUED;

    next = follow(self, slot_object(endpoint), index, &before);
    if (!next)
        return invocation_fail(invocation, ENOENT, ARGUMENT_WORD(0), 0, index);
    if (before)
        link = link_of(before, &at);
    *info = (struct thread_follow_info){.link = link, .circle = next == self};
    *endpoint_name = at ? at->object.name : NULL;
    *thread_name = next->object.name;
    return SUCCESS;
}
