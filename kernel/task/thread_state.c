/* thread_state.c - looking at a thread: its registers, its vector image, whom it waits for. */

#include <ipc/ipc.h>
#include <myelin/idl/thread_types.h>
#include <task/task.h>

#define REGISTER_WORDS (sizeof(struct thread_registers) / sizeof(uint64_t))

/* Registers may be touched only where no operation of the thread's own is under way. */
static error_t check_quiet(struct invocation *invocation, unsigned rights)
{
    const struct thread *thread = slot_object(invocation->target);
    bool quiet = thread->state == THREAD_INACTIVE || thread->state >= THREAD_STOPPED ||
                 thread->faulting || (thread->suspended && thread->state == THREAD_RUNNING);
    error_t error = invocation_need(invocation, rights);

    if (!error && !quiet)
        error =
            invocation_fail(invocation, EBUSY, ARGUMENT_HANDLE, THREAD_SUSPENDED, thread->state);
    return error;
}

static error_t read_registers(struct invocation *invocation)
{
    const struct thread *thread = slot_object(invocation->target);
    struct thread_registers registers;
    error_t error = check_quiet(invocation, CAP_RIGHTS_READ);

    if (error)
        return error;
    arch_registers_read(&thread->context, &registers);
    memcpy(invocation->out, &registers, sizeof(registers));
    invocation->out_words = REGISTER_WORDS;
    return SUCCESS;
}

static error_t write_registers(struct invocation *invocation)
{
    struct thread *thread = slot_object(invocation->target);
    uint64_t words[REGISTER_WORDS];
    struct thread_registers registers;
    error_t error = check_quiet(invocation, CAP_RIGHTS_MANAGE);

    if (error)
        return error;
    if (invocation->words < REGISTER_WORDS)
        return invocation_fail(invocation, EMSGSIZE, ARGUMENT_TAG, REGISTER_WORDS,
                               invocation->words);
    for (unsigned i = 0; i < REGISTER_WORDS; i++)
        words[i] = invocation_word(invocation, i);
    memcpy(&registers, words, sizeof(registers));
    error = arch_registers_write(&thread->context, &registers);
    if (error)
        return invocation_fail(invocation, error, ARGUMENT_WORD(0), USER_ADDRESS_END, registers.ip);
    thread->reaping = false;
    fast_stop(thread);
    buffer_forget(thread);
    return SUCCESS;
}

#define VECTOR_CHUNK_MAX THREAD_VECTOR_CHUNK

static error_t check_vector_range(struct invocation *invocation, uint64_t offset, uint64_t length)
{
    uint64_t size = arch_vector_size();

    if (offset % 8 || offset > size)
        return invocation_fail(invocation, ERANGE, ARGUMENT_WORD(0), size, offset);
    if (length % 8 || length > VECTOR_CHUNK_MAX || length > size - offset)
        return invocation_fail(invocation, ERANGE, ARGUMENT_WORD(1), VECTOR_CHUNK_MAX, length);
    return SUCCESS;
}

static error_t read_vector(struct invocation *invocation)
{
    struct thread *thread = slot_object(invocation->target);
    uint64_t offset = invocation_word(invocation, 0), length = invocation_word(invocation, 1);
    error_t error = check_quiet(invocation, CAP_RIGHTS_READ);

    if (!error)
        error = check_vector_range(invocation, offset, length);
    if (error)
        return error;
    arch_vector_sync(thread);
    invocation->out[0] = length;
    memcpy(&invocation->out[1], thread->vector + offset, length);
    invocation->out_words = 1 + (unsigned)(length / sizeof(uint64_t));
    return SUCCESS;
}

static error_t write_vector(struct invocation *invocation)
{
    struct thread *thread = slot_object(invocation->target);
    uint64_t offset = invocation_word(invocation, 0), length = invocation_word(invocation, 1);
    uint64_t old[VECTOR_CHUNK_MAX / sizeof(uint64_t)];
    error_t error = check_quiet(invocation, CAP_RIGHTS_MANAGE);

    if (!error)
        error = check_vector_range(invocation, offset, length);
    if (error)
        return error;
    arch_vector_sync(thread);
    arch_vector_release(thread);
    memcpy(old, thread->vector + offset, length);
    for (unsigned i = 0; i < length / 8; i++) {
        uint64_t word = invocation_word(invocation, 2 + i);

        memcpy(thread->vector + offset + i * 8, &word, sizeof(word));
    }
    if (!arch_vector_check(thread->vector)) {
        memcpy(thread->vector + offset, old, length);
        return invocation_fail(invocation, EINVAL, ARGUMENT_WORD(2), 0, offset);
    }
    return SUCCESS;
}

error_t thread_registers_invoke(struct invocation *invocation)
{
    switch (invocation->label) {
    case THREAD_LABEL_READ_REGISTERS:
        return read_registers(invocation);
    case THREAD_LABEL_WRITE_REGISTERS:
        return write_registers(invocation);
    case THREAD_LABEL_READ_VECTOR:
        return read_vector(invocation);
    default:
        return write_vector(invocation);
    }
}

/* The name of what it waits for: the server's thread, the endpoint, the notification. */
static const char *waits_for(const struct thread *thread)
{
    switch (thread->state) {
    case THREAD_WAITS_REPLY:
        return thread->server ? thread->server->object.name : NULL;
    case THREAD_WAITS_NOTIFY:
        return thread->notification->object.name;
    case THREAD_WAITS_SEND:
    case THREAD_WAITS_CALL:
    case THREAD_WAITS_RECEIVE:
        return thread_waits_at(thread)->object.name;
    default:
        return NULL;
    }
}

/* The time that it runs on, or would: its own, its callers', or its reserve. */
static const struct schedcontext *time_of(const struct thread *thread)
{
    const struct thread *top = thread;

    if (thread->own)
        return thread->own;
    while (top->caller)
        top = top->caller;
    return top->own ? top->own : top->reserve;
}

error_t thread_inspect(struct invocation *invocation)
{
    const struct thread *thread = slot_object(invocation->target);
    const struct schedcontext *time = time_of(thread);
    const struct schedcontext *charged = thread->own ? thread->own : thread->reserve;
    unsigned state = thread->suspended ? THREAD_SUSPENDED : thread->state;
    error_t error = invocation_need(invocation, CAP_RIGHTS_READ);

    if (error)
        return error;
    if (cpu_self()->time)
        schedule_charge(cpu_self(), arch_now());
    invocation_put(invocation, state | (uint64_t)thread->stop_reason << 8 |
                                   (uint64_t)thread_is_passive(thread) << 16);
    invocation_put(invocation, state == THREAD_EXITED ? thread->exit_code : thread->fault.words[0]);
    invocation_put_name(invocation, thread->object.name);
    invocation_put_name(invocation, waits_for(thread));
    invocation_put(invocation, time ? time->priority | time->consumed << 8 : 0);
    invocation_put_name(invocation, time && time->home ? time->home->object.name : NULL);
    invocation_put(invocation, thread->context.ip);
    invocation_put(invocation, charged ? charged->consumed : 0);
    return SUCCESS;
}

/* Link `index` of those that a call of `self` on the endpoint would wait for; *before is the thread
   that waits for it, NULL for the first one. */
static const struct thread *follow(const struct thread *self, const struct endpoint *endpoint,
                                   uint64_t index, const struct thread **before)
{
    const struct thread *at = endpoint->bound;

    *before = NULL;
    for (uint64_t i = 0; at && i < index; i++) {
        if (at == self || i == CHAIN_HELP_MAX)
            return NULL;
        *before = at;
        at = chain_awaits(at);
    }
    return at;
}

/* Why it waits for the next one; *endpoint is where, NULL: nowhere. */
static enum thread_link link_of(const struct thread *thread, const struct endpoint **endpoint)
{
    *endpoint = thread->expected ? thread->expected : thread->endpoint;
    if (thread->expected)
        return THREAD_LINK_EXPECTED;
    return *endpoint ? THREAD_LINK_QUEUED : THREAD_LINK_SERVED;
}

error_t thread_follow(struct invocation *invocation)
{
    const struct thread *self = slot_object(invocation->target), *before, *next;
    enum thread_link link = THREAD_LINK_QUEUED;
    uint64_t index = invocation_word(invocation, 0);
    const struct endpoint *endpoint;
    error_t error = invocation_need(invocation, CAP_RIGHTS_READ);

    if (!error)
        error = invocation_need_cap(invocation, 0, OBJECT_ENDPOINT, 0);
    if (error)
        return error;
    endpoint = slot_object(invocation->caps[0]);
    next = follow(self, endpoint, index, &before);
    if (!next)
        return invocation_fail(invocation, ENOENT, ARGUMENT_WORD(0), 0, index);
    if (before)
        link = link_of(before, &endpoint);
    invocation_put(invocation, (uint64_t)link | (uint64_t)(next == self) << 8);
    invocation_put_name(invocation, endpoint ? endpoint->object.name : NULL);
    invocation_put_name(invocation, next->object.name);
    return SUCCESS;
}
