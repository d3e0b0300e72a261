/*
 * process.c - the process service, and the own process, without their capabilities being named.
 */
#include <myelin/idl/processes.h>
#include <myelin/idl/self.h>
#include <myelin/process.h>
#include <myelin/thread.h>

#include "internal.h"

/* Whoever may not start programs by "spawn" may still do so by its own process. */
static cap_t process_service(void)
{
    cap_t spawn = startup_cap("spawn");

    return spawn ? spawn : startup_cap("process");
}

error_t process_create(const char *name, cap_t *process)
{
    return processes_create(process_service(), name, process);
}

error_t process_load_image(cap_t process, const void *bytes, size_t length)
{
    error_t error = SUCCESS;
    size_t part;

    for (size_t offset = 0; offset < length && !error; offset += part) {
        part = length - offset < PROCESS_LOAD_BYTES ? length - offset : PROCESS_LOAD_BYTES;
        error = process_load(process, offset, (const char *)bytes + offset, part);
    }
    return error;
}

error_t process_release(cap_t process)
{
    error_t error = process_forget(process);

    cap_delete(process);
    return error;
}

error_t process_list(uint64_t pid, struct process_info *info)
{
    struct thread_condition condition;
    struct processes_holding holding;
    uint64_t priority;
    error_t error = processes_list(process_service(), pid, &info->pid, &condition, info->name,
                                   info->waits_for, &holding, info->runs_on, &info->consumed,
                                   &priority, info->thread, &info->parent, &info->caps);

    if (error)
        return error;
    info->state = condition.state;
    info->stop_reason = condition.reason;
    info->passive = condition.passive;
    info->frames = holding.frames;
    info->pages = holding.pages;
    info->priority = (uint32_t)priority;
    return SUCCESS;
}

error_t process_list_thread(uint64_t pid, uint64_t *place, struct thread_info *info)
{
    struct thread_condition condition;
    uint64_t priority;
    error_t error;

    memset(info, 0, sizeof(*info));
    error = processes_threads(process_service(), pid, *place, place, &condition, info->name,
                              info->waits_for, info->runs_on, &info->own_consumed, &priority);
    if (error)
        return error;
    info->state = condition.state;
    info->stop_reason = condition.reason;
    info->passive = condition.passive;
    info->priority = (uint32_t)priority;
    return SUCCESS;
}

error_t process_kill_pid(uint64_t pid)
{
    return processes_kill(process_service(), pid);
}

error_t process_capability(uint64_t pid, uint64_t index, struct cap_info *info)
{
    struct cspace_content content;
    uint64_t owners;
    error_t error = processes_capabilities(process_service(), pid, index, &info->cap, &content,
                                           &info->badge, info->name, &info->size, &owners);

    if (error)
        return error;
    info->type = content.type;
    info->rights = content.rights;
    info->owner = (uint32_t)owners;
    return SUCCESS;
}

error_t process_memory(struct processes_memory *memory)
{
    return processes_memory(process_service(), memory);
}

/* ---- on one's own process ---- */

static error_t find_self(cap_t *self)
{
    *self = startup_cap("process");
    return *self ? SUCCESS : library_error(ENOENT);
}

error_t process_map(uint64_t *address, uint64_t length, unsigned protection)
{
    cap_t self;
    error_t error = find_self(&self);

    return error ? error : self_map(self, *address, length, protection, address);
}

error_t process_unmap(uint64_t address, uint64_t length)
{
    cap_t self;
    error_t error = find_self(&self);

    return error ? error : self_unmap(self, address, length);
}

error_t process_protect(uint64_t address, uint64_t length, unsigned protection)
{
    cap_t self;
    error_t error = find_self(&self);

    return error ? error : self_protect(self, address, length, protection);
}

error_t process_exit(int code)
{
    cap_t self;
    error_t error = find_self(&self);

    return error ? error : self_exit(self, (uint64_t)code & 0xff);
}

error_t process_identity(uint64_t *pid, uint64_t *parent)
{
    cap_t self;
    error_t error = find_self(&self);

    return error ? error : self_identity(self, pid, parent);
}
