/*
 * processes.c - methods of the service: create a process, look at them all.
 */
#include <string.h>

#include <myelin/cap.h>
#include <myelin/endpoint.h>
#include <myelin/idl/process_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/ipc.h>
#include <myelin/thread.h>

#include "process.h"

/* A name of 1 to 16 bytes, all printable. */
static bool is_name(const char *name)
{
    for (const char *at = name; *at; at++) {
        if (*at < ' ' || *at > '~')
            return false;
    }
    return name[0] != '\0';
}

error_t processes_create(struct request *request)
{
    char name[OBJECT_NAME_BYTES + 1];
    struct process *process;
    error_t error;

    message_get_name(request->message, 0, name);
    if (!is_name(name))
        return EINVAL;
    if (request->message->sender_accept < 1)
        return ENOSPC;
    if (request->process->state != PROCESS_RUNS)
        return ESTALE;
    error = process_new(request->process, name, &process);
    if (error)
        return error;
    error = endpoint_mint(server.service, process_badge(process, BADGE_OWNER), &request->out_cap);
    if (error) {
        process_forget(process);
        return error;
    }
    request->out_how = CAP_MOVE;
    request->created = process;
    return SUCCESS;
}

/* What the kernel knows of its first thread; of a process that has none, the same in zeros. */
static struct thread_info first_thread(const struct process *process)
{
    struct thread_info info = {0};

    if (process->state == PROCESS_ENDED)
        info.state = THREAD_EXITED;
    else if (process->thread)
        thread_inspect(process->thread, &info);
    return info;
}

static uint64_t capabilities_held(const struct process *process)
{
    uint64_t slots, used = 0;

    if (process->cspace && cspace_statistics(process->cspace, &slots, &used))
        return 0;
    return used;
}

error_t processes_list(struct request *request)
{
    const struct process *process = process_from_pid(request->message->words[0]);
    const struct process *parent;
    struct thread_info thread;

    if (!process)
        return ENOENT;
    parent = process_of_badge(process->parent);
    thread = first_thread(process);
    put_word(request, process->pid);
    put_word(request, thread.state | thread.stop_reason << 8 | thread.passive << 16);
    put_name(request, process->name);
    put_name(request, thread.waits_for);
    put_word(request, process->page_count | process->holding.bytes / PAGE_BYTES << 32);
    put_name(request, thread.runs_on);
    put_word(request, thread.own_consumed);
    put_word(request, thread.priority);
    put_name(request, thread.name);
    put_word(request, parent ? parent->pid : 0);
    put_word(request, capabilities_held(process));
    return SUCCESS;
}

/* Root and this server are not to be killed: nobody would be left to do the rest. */
static bool is_standing(const struct process *process)
{
    return process->pid <= PID_PROCESS;
}

error_t processes_kill(struct request *request)
{
    static const struct process_end killed = {.exit_code = EXIT_KILLED};
    struct process *process = process_of_pid(request->message->words[0]);

    if (!(request->badge & PROCESS_BADGE_ADMIN))
        return EACCES;
    if (!process)
        return ENOENT;
    if (is_standing(process))
        return EBUSY;
    process_finish(process, &killed);
    return SUCCESS;
}

error_t processes_capabilities(struct request *request)
{
    struct process *process = process_of_pid(request->message->words[0]);
    struct cap_info info;
    error_t error;

    if (!(request->badge & PROCESS_BADGE_ADMIN))
        return EACCES;
    if (!process || !process->cspace)
        return ENOENT;
    error = cap_inspect(process->cspace, request->message->words[1], &info);
    if (error)
        return error;
    put_word(request, info.cap);
    put_word(request, info.type | (uint64_t)info.rights << 32);
    put_word(request, info.badge);
    put_name(request, info.name);
    put_word(request, info.size);
    put_word(request, info.owner);
    return SUCCESS;
}

error_t processes_memory(struct request *request)
{
    uint64_t slots, used;
    error_t error = cspace_statistics(CAP_NULL, &slots, &used);

    if (error)
        return error;
    put_word(request, memory_total());
    put_word(request, memory_free());
    put_word(request, process_count());
    put_word(request, used);
    return SUCCESS;
}
