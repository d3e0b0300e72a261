/*
 * child.c - methods on a process for its maker: fill it, start it, wait for it, end it.
 */
#include <string.h>

#include <myelin/idl/process_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/ipc.h>
#include <myelin/objects.h>

#include "process.h"

static error_t need_new(const struct process *process)
{
    return process->state == PROCESS_NEW ? SUCCESS : EBUSY;
}

error_t child_load(struct request *request)
{
    struct process *process = request->process;
    uint64_t offset = request->message->words[0];
    uint64_t length = request->message->words[1];
    const void *bytes = message_get_bytes(request->message, 2, length);
    error_t error = need_new(process);

    if (error)
        return error;
    if (!bytes)
        return EMSGSIZE;
    if (offset > IMAGE_BYTES_MAX || length > IMAGE_BYTES_MAX - offset)
        return EFBIG;
    error = process_reserve(process);
    if (error)
        return error;
    return store_write(&process->image, &process->holding, offset, bytes, length);
}

static error_t add_string(struct process *process, struct store *store, const char *string,
                          size_t length)
{
    char terminated[MESSAGE_WORDS_MAX * sizeof(word_t) + 1] = {0};
    error_t error;

    memcpy(terminated, string, length);
    error = store_write(store, &process->holding, store->size, terminated, length + 1);
    if (!error)
        process->string_count++;
    return error;
}

error_t child_argument(struct request *request)
{
    struct process *process = request->process;
    uint64_t kind = request->message->words[0];
    uint64_t length = request->message->words[1];
    const char *string = message_get_bytes(request->message, 2, length);
    uint64_t bytes = process->arguments.size + process->environment.size;
    error_t error = need_new(process);

    if (error)
        return error;
    if (!string)
        return EMSGSIZE;
    if (kind > 1 || memchr(string, '\0', length))
        return EINVAL;
    if (process->string_count == STRINGS_MAX || bytes + length + 1 > STRINGS_BYTES_MAX)
        return E2BIG;
    return add_string(process, kind == 0 ? &process->arguments : &process->environment, string,
                      length);
}

error_t child_give(struct request *request)
{
    struct process *process = request->process;
    char name[OBJECT_NAME_BYTES + 1];
    error_t error = need_new(process);

    if (error)
        return error;
    message_get_name(request->message, 0, name);
    if (!request->cap || !name[0])
        return EINVAL;
    for (unsigned i = 0; i < process->given_count; i++) {
        if (strncmp(process->given[i].name, name, OBJECT_NAME_BYTES) == 0)
            return EEXIST;
    }
    if (process->given_count == GIVEN_MAX)
        return ENOSPC;
    memcpy(process->given[process->given_count].name, name, OBJECT_NAME_BYTES);
    process->given[process->given_count++].cap = request->cap;
    request->cap = CAP_NULL;
    return SUCCESS;
}

/* Time other than the parent's needs a Cpu capability that allows it; the kernel checks that at
   the start. */
static error_t configure_time(struct request *request, const struct process_time *time)
{
    bool is_default = !time->priority && !time->budget && !time->period;

    if (!is_default && !request->cap)
        return EPERM;
    if (time->priority >= SCHEDCONTEXT_PRIORITY_LEVELS)
        return ERANGE;
    if (!is_default)
        request->process->time = *time;
    return SUCCESS;
}

static void keep_cpu(struct request *request)
{
    cap_t old = request->process->cpu;

    if (!request->cap)
        return;
    request->process->cpu = request->cap;
    request->cap = old; /* deleted after the request */
}

error_t child_configure(struct request *request)
{
    struct process *process = request->process;
    const word_t *words = request->message->words;
    const struct process_time time = {
        .priority = words[1] < SCHEDCONTEXT_PRIORITY_LEVELS ? (unsigned)words[1]
                                                            : SCHEDCONTEXT_PRIORITY_LEVELS,
        .budget = words[2],
        .period = words[3],
    };
    uint64_t memory = words[4] ? words[4] : OBJECT_MEMORY_DEFAULT;
    error_t error = need_new(process);

    if (error)
        return error;
    if (words[0] & ~(uint64_t)(PROCESS_PASSIVE | PROCESS_WITHOUT_ADMIN | PROCESS_WITHOUT_CPU))
        return EINVAL;
    if (memory < OBJECT_MEMORY_LEAST || memory > OBJECT_MEMORY_MOST)
        return ERANGE;
    if (request->cap && request->message->caps[0].how >> 32 != OBJECT_CPU)
        return EINVAL;
    error = configure_time(request, &time);
    if (error)
        return error;
    keep_cpu(request);
    process->passive = words[0] & PROCESS_PASSIVE;
    process->gets_cpu = !(words[0] & PROCESS_WITHOUT_CPU);
    process->admin = process->admin && !(words[0] & PROCESS_WITHOUT_ADMIN);
    if (process->object_memory != memory)
        drop_cap(&process->memory);
    process->object_memory = memory;
    return SUCCESS;
}

error_t child_start(struct request *request)
{
    error_t error = need_new(request->process);

    if (!error)
        error = process_launch(request->process);
    if (!error)
        put_word(request, request->process->pid);
    return error;
}

error_t child_watch(struct request *request)
{
    struct process *process = request->process;
    uint64_t how = request->cap ? request->message->caps[0].how : 0;

    if (how >> 32 != OBJECT_NOTIFICATION)
        return EINVAL;
    if (!(how & CAP_RIGHTS_SEND))
        return EPERM;
    if (process->state == PROCESS_ENDED) {
        ipc_notify(request->cap, 0);
        return SUCCESS;
    }
    for (unsigned i = 0; i < WATCHERS_MAX; i++) {
        if (!process->watchers[i]) {
            process->watchers[i] = request->cap;
            request->cap = CAP_NULL;
            return SUCCESS;
        }
    }
    return ENOSPC;
}

error_t child_status(struct request *request)
{
    const struct process_end *end = &request->process->end;

    put_word(request, request->process->state == PROCESS_ENDED);
    put_word(request, end->exit_code);
    put_word(request, end->fault);
    put_word(request, end->address);
    put_word(request, end->ip);
    put_word(request, end->detail);
    put_word(request, end->trap);
    put_word(request, end->sp);
    put_word(request, end->reason);
    return SUCCESS;
}

error_t child_kill(struct request *request)
{
    static const struct process_end killed = {.exit_code = EXIT_KILLED};

    process_finish(request->process, &killed);
    return SUCCESS;
}

error_t child_release(struct request *request)
{
    process_forget(request->process);
    return SUCCESS;
}

error_t child_thread(struct request *request)
{
    if (request->process->state != PROCESS_RUNS)
        return ESTALE;
    if (request->message->sender_accept < 1)
        return ENOSPC;
    request->out_cap = request->process->thread;
    request->out_how = CAP_DERIVE | CAP_RIGHTS_READ;
    return SUCCESS;
}
