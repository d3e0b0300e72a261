/*
 * process.c - the process service, message by message.
 */
#include <myelin/idl/process_types.h>
#include <myelin/process.h>

#include "internal.h"

#define LOAD_MAX ((MESSAGE_WORDS_MAX - 2) * sizeof(word_t)) /* bytes that one message holds */

/* Whoever may not start programs by "spawn" may still do so by its own process. */
static cap_t process_service(void)
{
    cap_t spawn = startup_cap("spawn");

    return spawn ? spawn : startup_cap("process");
}

error_t process_create(const char *name, cap_t *process)
{
    struct message message;

    REQUEST(&message, PROCESS_LABEL_CREATE);
    message_put_name(&message, name);
    return library_call_for_cap(process_service(), &message, process);
}

error_t process_load(cap_t process, uint64_t offset, const void *bytes, size_t length)
{
    const char *next = bytes;
    struct message message;
    error_t error = SUCCESS;
    size_t part;

    while (length && !error) {
        part = length < LOAD_MAX ? length : LOAD_MAX;
        REQUEST(&message, PROCESS_LABEL_LOAD, offset, part);
        message_put_bytes(&message, next, part);
        error = message_invoke(process, &message);
        next += part;
        offset += part;
        length -= part;
    }
    return error;
}

error_t process_argument(cap_t process, unsigned kind, const char *string)
{
    size_t length = __builtin_strlen(string);
    struct message message;

    if (length > LOAD_MAX)
        return library_error(E2BIG);
    REQUEST(&message, PROCESS_LABEL_ARGUMENT, kind, length);
    message_put_bytes(&message, string, length);
    return message_invoke(process, &message);
}

error_t process_give(cap_t process, const char *name, cap_t cap, uint64_t how)
{
    struct message message;

    REQUEST(&message, PROCESS_LABEL_GIVE);
    message_put_name(&message, name);
    message_put_cap(&message, cap, how);
    return message_invoke(process, &message);
}

error_t process_configure(cap_t process, const struct process_settings *settings, cap_t cpu)
{
    struct message message;

    REQUEST(&message, PROCESS_LABEL_CONFIGURE, settings->flags, settings->priority,
            settings->budget, settings->period, settings->object_memory);
    library_argument(&message, cpu);
    return message_invoke(process, &message);
}

error_t process_start(cap_t process, uint64_t *pid)
{
    struct message message;
    error_t error;

    REQUEST(&message, PROCESS_LABEL_START);
    error = message_invoke(process, &message);
    if (!error && pid)
        *pid = message.words[0];
    return error;
}

error_t process_watch(cap_t process, cap_t notification)
{
    struct message message;

    REQUEST(&message, PROCESS_LABEL_WATCH);
    message_put_cap(&message, notification, CAP_DERIVE | CAP_RIGHTS_SEND);
    return message_invoke(process, &message);
}

error_t process_status(cap_t process, struct process_status *status)
{
    struct message message;
    error_t error;

    REQUEST(&message, PROCESS_LABEL_STATUS);
    error = message_invoke(process, &message);
    if (error)
        return error;
    status->ended = message.words[0];
    status->exit_code = message.words[1];
    status->fault = message.words[2];
    status->address = message.words[3];
    status->ip = message.words[4];
    status->detail = message.words[5];
    status->trap = message.words[6];
    status->sp = message.words[7];
    status->reason = message.words[8];
    return SUCCESS;
}

error_t process_kill(cap_t process)
{
    struct message message;

    REQUEST(&message, PROCESS_LABEL_KILL);
    return message_invoke(process, &message);
}

error_t process_release(cap_t process)
{
    struct message message;
    error_t error;

    REQUEST(&message, PROCESS_LABEL_RELEASE);
    error = message_invoke(process, &message);
    cap_delete(process);
    return error;
}

error_t process_thread(cap_t process, cap_t *thread)
{
    struct message message;

    REQUEST(&message, PROCESS_LABEL_THREAD);
    return library_call_for_cap(process, &message, thread);
}

error_t process_list(uint64_t pid, struct process_info *info)
{
    struct message message;
    error_t error;

    REQUEST(&message, PROCESS_LABEL_LIST, pid);
    error = message_invoke(process_service(), &message);
    if (error)
        return error;
    info->pid = message.words[0];
    info->state = message.words[1] & 0xff;
    info->stop_reason = message.words[1] >> 8 & 0xff;
    info->passive = message.words[1] >> 16 & 1;
    message_get_name(&message, 2, info->name);
    message_get_name(&message, 4, info->waits_for);
    info->frames = (uint32_t)message.words[6];
    info->pages = (uint32_t)(message.words[6] >> 32);
    message_get_name(&message, 7, info->runs_on);
    info->consumed = message.words[9];
    info->priority = (uint32_t)message.words[10];
    message_get_name(&message, 11, info->thread);
    info->parent = message.words[13];
    info->caps = message.words[14];
    return SUCCESS;
}

error_t process_kill_pid(uint64_t pid)
{
    struct message message;

    REQUEST(&message, PROCESS_LABEL_KILL_PID, pid);
    return message_invoke(process_service(), &message);
}

error_t process_capability(uint64_t pid, uint64_t index, struct cap_info *info)
{
    struct message message;
    error_t error;

    REQUEST(&message, PROCESS_LABEL_CAPABILITIES, pid, index);
    error = message_invoke(process_service(), &message);
    if (!error)
        library_cap_info(&message, info);
    return error;
}

error_t process_memory(struct process_memory *memory)
{
    struct message message;
    error_t error;

    REQUEST(&message, PROCESS_LABEL_MEMORY);
    error = message_invoke(process_service(), &message);
    if (error)
        return error;
    memory->total = message.words[0];
    memory->free = message.words[1];
    memory->processes = message.words[2];
    memory->slots = message.words[3];
    return SUCCESS;
}

/* A request to one's own process. */
static error_t own_invoke(struct message *message)
{
    cap_t process = startup_cap("process");

    return process ? message_invoke(process, message) : library_error(ENOENT);
}

error_t process_map(uint64_t *address, uint64_t length, unsigned protection)
{
    struct message message;
    error_t error;

    REQUEST(&message, PROCESS_LABEL_MAP, *address, length, protection);
    error = own_invoke(&message);
    if (!error)
        *address = message.words[0];
    return error;
}

error_t process_unmap(uint64_t address, uint64_t length)
{
    struct message message;

    REQUEST(&message, PROCESS_LABEL_UNMAP, address, length);
    return own_invoke(&message);
}

error_t process_protect(uint64_t address, uint64_t length, unsigned protection)
{
    struct message message;

    REQUEST(&message, PROCESS_LABEL_PROTECT, address, length, protection);
    return own_invoke(&message);
}

error_t process_exit(int code)
{
    struct message message;

    REQUEST(&message, PROCESS_LABEL_EXIT, (word_t)(code & 0xff));
    return own_invoke(&message);
}
