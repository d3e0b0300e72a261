/*
 * child.c - the interface `process`, for a process's maker: fill it, start it, wait for it, end it.
 */
#include <string.h>

#include <myelin/cap.h>
#include <myelin/idl/process_server.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/ipc.h>
#include <myelin/objects.h>

#include "process.h"

/* The process, if it has not been started yet. */
static error_t find_new(const struct idl_request *request, struct process **process)
{
    *process = process_of_badge(request->badge);
    return (*process)->state == PROCESS_NEW ? SUCCESS : EBUSY;
}

error_t process_handle_load(struct idl_request *request, uint64_t offset,
                            const struct idl_lease *image)
{
    struct process *process;
    error_t error = find_new(request, &process);

    if (error)
        return error;
    if (offset > IMAGE_BYTES_MAX || image->length > IMAGE_BYTES_MAX - offset)
        return idl_deny(request, EFBIG, 1);
    error = process_reserve(process);
    return error ? error : store_load(&process->image, &process->holding, offset, image);
}

error_t process_handle_argument(struct idl_request *request, enum process_argument_kind kind,
                                const char *text)
{
    size_t length = strlen(text) + 1;
    struct process *process;
    struct store *store;
    error_t error = find_new(request, &process);

    if (error)
        return error;
    if (process->string_count == STRINGS_MAX ||
        process->arguments.size + process->environment.size + length > STRINGS_BYTES_MAX)
        return E2BIG;
    store = kind == PROCESS_ARGUMENT_ARGV ? &process->arguments : &process->environment;
    error = store_write(store, &process->holding, store->size, text, length);
    if (!error)
        process->string_count++;
    return error;
}

error_t process_handle_give(struct idl_request *request, const char *title, cap_t gift,
                            uint64_t gift_how)
{
    struct startup_cap *given;
    struct process *process;
    error_t error = find_new(request, &process);

    (void)gift_how; /* of any type, with any rights */
    if (error)
        return error;
    if (!title[0])
        return idl_deny(request, EINVAL, 1);
    if (is_given(process, title))
        return idl_deny(request, EEXIST, 1);
    if (process->given_count == GIVEN_MAX)
        return ENOSPC;
    given = &process->given[process->given_count++];
    strncpy(given->name, title, OBJECT_NAME_BYTES);
    given->cap = gift;
    return SUCCESS;
}

/* Time other than the parent's needs a Cpu capability that allows it; the kernel checks that at
   the start. */
static error_t check_settings(const struct process_settings *settings, cap_t cpu)
{
    bool is_default = !settings->priority && !settings->budget && !settings->period;

    if (settings->object_memory && (settings->object_memory < OBJECT_MEMORY_LEAST ||
                                    settings->object_memory > OBJECT_MEMORY_MOST))
        return ERANGE;
    if (!is_default && !cpu)
        return EPERM;
    return settings->priority < SCHEDCONTEXT_PRIORITY_LEVELS ? SUCCESS : ERANGE;
}

static void set_time(struct process *process, const struct process_settings *settings)
{
    if (settings->priority || settings->budget || settings->period)
        process->time = (struct process_time){
            .priority = (unsigned)settings->priority,
            .budget = settings->budget,
            .period = settings->period,
        };
}

static void set_memory(struct process *process, uint64_t bytes)
{
    uint64_t memory = bytes ? bytes : OBJECT_MEMORY_DEFAULT;

    if (process->object_memory != memory)
        drop_cap(&process->memory);
    process->object_memory = memory;
}

error_t process_handle_configure(struct idl_request *request,
                                 const struct process_settings *settings, cap_t cpu)
{
    struct process *process;
    error_t error = find_new(request, &process);

    if (!error)
        error = check_settings(settings, cpu);
    if (error)
        return error;
    if (cpu) {
        drop_cap(&process->cpu);
        process->cpu = cpu;
    }
    set_time(process, settings);
    set_memory(process, settings->object_memory);
    process->passive = settings->flags & PROCESS_PASSIVE;
    process->gets_cpu = !(settings->flags & PROCESS_WITHOUT_CPU);
    process->admin = process->admin && !(settings->flags & PROCESS_WITHOUT_ADMIN);
    return SUCCESS;
}

error_t process_handle_start(struct idl_request *request)
{
    struct process *process;
    error_t error = find_new(request, &process);

    return error ? error : process_launch(process);
}

error_t process_handle_watch(struct idl_request *request, cap_t notification)
{
    struct process *process = process_of_badge(request->badge);

    if (process->state == PROCESS_ENDED) {
        ipc_notify(notification, 0);
        cap_delete(notification);
        return SUCCESS;
    }
    for (unsigned i = 0; i < WATCHERS_MAX; i++) {
        if (!process->watchers[i]) {
            process->watchers[i] = notification;
            return SUCCESS;
        }
    }
    return ENOSPC;
}

error_t process_handle_status(struct idl_request *request, struct process_status *status)
{
    const struct process *process = process_of_badge(request->badge);

    *status = process->end;
    status->pid = process->pid;
    status->ended = process->state == PROCESS_ENDED;
    return SUCCESS;
}

error_t process_handle_kill(struct idl_request *request)
{
    static const struct process_status killed = {.exit_code = EXIT_KILLED};

    process_finish(process_of_badge(request->badge), &killed);
    return SUCCESS;
}

error_t process_handle_forget(struct idl_request *request)
{
    process_forget(process_of_badge(request->badge));
    return SUCCESS;
}

error_t process_handle_thread(struct idl_request *request, cap_t *first_thread)
{
    const struct process *process = process_of_badge(request->badge);

    *first_thread = process->thread;
    return process->state == PROCESS_RUNS ? SUCCESS : ESTALE;
}
