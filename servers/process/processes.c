/*
 * processes.c - the interface `processes`: create a process, look at them all.
 */
#include <string.h>

#include <myelin/cap.h>
#include <myelin/endpoint.h>
#include <myelin/idl/processes_server.h>
#include <myelin/thread.h>

#include "process.h"

/* At least one byte, all printable. */
static bool is_name(const char *name)
{
    for (const char *at = name; *at; at++) {
        if (*at < ' ' || *at > '~')
            return false;
    }
    return name[0] != '\0';
}

/* Answers at once, so that a maker who has no room for the capability has made nothing. */
static error_t hand_out(cap_t reply, struct process *process)
{
    cap_t owner;
    error_t error = mint_service(process, BADGE_OWNER, &owner);

    if (error)
        return error;
    error = processes_answer_create(reply, owner);
    if (error)
        cap_delete(owner);
    return error;
}

error_t processes_handle_create(struct idl_request *request, const char *title, cap_t *process)
{
    struct process *parent = process_of_badge(request->badge);
    struct process *child;
    error_t error;

    (void)process;
    if (!is_name(title))
        return idl_deny(request, EINVAL, 1);
    if (parent->state != PROCESS_RUNS)
        return ESTALE;
    error = process_new(parent, title, &child);
    if (error)
        return error;
    error = hand_out(request->reply, child);
    if (error)
        process_forget(child);
    return error ? error : IDL_LATER;
}

static uint64_t capabilities_held(const struct process *process)
{
    uint64_t slots, used = 0;

    if (process->cspace && cspace_statistics(process->cspace, &slots, &used))
        return 0;
    return used;
}

/* What is told of the thread of a process; of one that has none, the same in zeros. */
static struct thread_info first_thread(const struct process *process)
{
    struct thread_info info = {0};

    if (process->state == PROCESS_ENDED)
        info.state = THREAD_EXITED;
    else if (process->thread)
        thread_get_info(process->thread, &info);
    return info;
}

static struct thread_condition condition_of(const struct thread_info *thread)
{
    return (struct thread_condition){
        .state = (uint8_t)thread->state,
        .reason = (uint8_t)thread->stop_reason,
        .passive = thread->passive != 0,
    };
}

error_t processes_handle_list(struct idl_request *request, uint64_t from, uint64_t *pid,
                              struct thread_condition *condition, char title[OBJECT_NAME_BYTES + 1],
                              char waits_for[OBJECT_NAME_BYTES + 1],
                              struct processes_holding *holding,
                              char runs_on[OBJECT_NAME_BYTES + 1], uint64_t *consumed,
                              uint64_t *priority, char thread_title[OBJECT_NAME_BYTES + 1],
                              uint64_t *parent, uint64_t *capabilities)
{
    const struct process *process = process_from_pid(from);
    struct thread_info thread;

    (void)request;
    if (!process)
        return ENOENT;
    thread = first_thread(process);
    *pid = process->pid;
    *condition = condition_of(&thread);
    strcpy(title, process->name);
    strcpy(waits_for, thread.waits_for);
    holding->frames = process->page_count;
    holding->pages = (uint32_t)(process->holding.bytes / PAGE_BYTES);
    strcpy(runs_on, thread.runs_on);
    *consumed = thread.own_consumed;
    *priority = thread.priority;
    strcpy(thread_title, thread.name);
    *parent = process_parent_pid(process);
    *capabilities = capabilities_held(process);
    return SUCCESS;
}

error_t processes_handle_threads(struct idl_request *request, uint64_t pid, uint64_t from,
                                 uint64_t *place, struct thread_condition *condition,
                                 char title[OBJECT_NAME_BYTES + 1],
                                 char waits_for[OBJECT_NAME_BYTES + 1],
                                 char runs_on[OBJECT_NAME_BYTES + 1], uint64_t *consumed,
                                 uint64_t *priority)
{
    struct process *process = process_of_pid(pid);
    struct thread_info thread;

    if (!process)
        return idl_deny(request, ENOENT, 1);
    while (from < THREADS_MAX && !shown_thread_look(&process->threads[from], &thread))
        from++;
    if (from >= THREADS_MAX)
        return idl_deny(request, ENOENT, 2);
    *place = from;
    *condition = condition_of(&thread);
    strcpy(title, thread.name);
    strcpy(waits_for, thread.waits_for);
    strcpy(runs_on, thread.runs_on);
    *consumed = thread.own_consumed;
    *priority = thread.priority;
    return SUCCESS;
}

static bool is_admin(const struct idl_request *request)
{
    return request->badge & PROCESSES_BADGE_ADMIN;
}

/* Root and this server are not to be killed: nobody would be left to do the rest. */
static bool is_standing(const struct process *process)
{
    return process->pid <= PID_PROCESS;
}

error_t processes_handle_kill(struct idl_request *request, uint64_t pid)
{
    static const struct process_status killed = {.exit_code = EXIT_KILLED};
    struct process *process = process_of_pid(pid);

    if (!is_admin(request))
        return EACCES;
    if (!process)
        return idl_deny(request, ENOENT, 1);
    if (is_standing(process))
        return idl_deny(request, EBUSY, 1);
    process_finish(process, &killed);
    return SUCCESS;
}

error_t processes_handle_capabilities(struct idl_request *request, uint64_t pid, uint64_t index,
                                      uint64_t *handle, struct cspace_content *content,
                                      uint64_t *badge, char title[OBJECT_NAME_BYTES + 1],
                                      uint64_t *extent, uint64_t *owners)
{
    const struct process *process = process_of_pid(pid);
    struct cap_info info;

    if (!is_admin(request))
        return EACCES;
    if (!process || !process->cspace)
        return idl_deny(request, ENOENT, 1);
    if (cap_inspect(process->cspace, index, &info))
        return idl_deny(request, ENOENT, 2);
    *handle = info.cap;
    *content = (struct cspace_content){.type = info.type, .rights = info.rights};
    *badge = info.badge;
    strcpy(title, info.name);
    *extent = info.size;
    *owners = info.owner;
    return SUCCESS;
}

error_t processes_handle_memory(struct idl_request *request, struct processes_memory *memory)
{
    uint64_t slots, used = 0;

    (void)request;
    cspace_statistics(cspace_self(), &slots, &used);
    *memory = (struct processes_memory){
        .total = memory_total(),
        .free = memory_free(),
        .processes = process_count(),
        .slots = used - memory_slots() - page_slots(),
    };
    return SUCCESS;
}
