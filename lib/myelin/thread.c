/*
 * thread.c - methods of Threads, one function each.
 */
#include <string.h>

#include <myelin/idl/thread_types.h>
#include <myelin/thread.h>
#include <myelin/untyped.h>

#include "internal.h"

cap_t thread_self(void)
{
    struct library_state *state = library_state();

    if (!state->thread)
        state->thread = startup_cap("thread");
    return state->thread;
}

/* A method that takes a capability (or CAP_NULL: none) and no words. */
static error_t invoke_with(cap_t thread, uint32_t label, cap_t argument)
{
    struct message message;

    REQUEST(&message, label);
    library_argument(&message, argument);
    return message_invoke(thread, &message);
}

error_t thread_create(cap_t untyped, const char *name, cap_t *thread)
{
    return untyped_retype(untyped, OBJECT_THREAD, 0, name, thread);
}

error_t thread_configure(cap_t thread, cap_t cspace, cap_t vspace, cap_t frame, uint64_t utcb)
{
    struct message message;

    REQUEST(&message, THREAD_LABEL_CONFIGURE, utcb);
    library_argument(&message, cspace);
    library_argument(&message, vspace);
    library_argument(&message, frame);
    return message_invoke(thread, &message);
}

error_t thread_start(cap_t thread)
{
    return invoke_with(thread, THREAD_LABEL_START, CAP_NULL);
}

error_t thread_suspend(cap_t thread)
{
    return invoke_with(thread, THREAD_LABEL_SUSPEND, CAP_NULL);
}

error_t thread_resume(cap_t thread)
{
    return invoke_with(thread, THREAD_LABEL_RESUME, CAP_NULL);
}

error_t thread_cancel(cap_t thread)
{
    return invoke_with(thread, THREAD_LABEL_CANCEL, CAP_NULL);
}

void thread_exit(int code)
{
    struct message message;

    REQUEST(&message, THREAD_LABEL_EXIT, (word_t)code);
    message_invoke(thread_self(), &message);
    __builtin_trap(); /* without the right to exit, it stops by a fault */
}

error_t thread_read_registers(cap_t thread, struct thread_registers *registers)
{
    struct message message;
    error_t error;

    REQUEST(&message, THREAD_LABEL_READ_REGISTERS);
    error = message_invoke(thread, &message);
    if (!error)
        memcpy(registers, message.words, sizeof(*registers));
    return error;
}

error_t thread_write_registers(cap_t thread, const struct thread_registers *registers)
{
    struct message message;

    REQUEST(&message, THREAD_LABEL_WRITE_REGISTERS);
    message_put_bytes(&message, registers, sizeof(*registers));
    return message_invoke(thread, &message);
}

error_t thread_read_vector(cap_t thread, size_t offset, void *bytes, size_t length)
{
    struct message message;
    const void *image;
    error_t error;

    REQUEST(&message, THREAD_LABEL_READ_VECTOR, offset, length);
    error = message_invoke(thread, &message);
    if (error)
        return error;
    image = message_get_bytes(&message, 0, length);
    if (!image)
        return library_error(EMSGSIZE);
    memcpy(bytes, image, length);
    return SUCCESS;
}

error_t thread_write_vector(cap_t thread, size_t offset, const void *bytes, size_t length)
{
    struct message message;

    REQUEST(&message, THREAD_LABEL_WRITE_VECTOR, offset, length);
    message_put_bytes(&message, bytes, length);
    return message_invoke(thread, &message);
}

error_t thread_set_handler(cap_t thread, cap_t endpoint)
{
    return invoke_with(thread, THREAD_LABEL_SET_HANDLER, endpoint);
}

error_t thread_set_foreign(cap_t thread, uint64_t entry)
{
    struct message message;

    REQUEST(&message, THREAD_LABEL_SET_FOREIGN, entry);
    return message_invoke(thread, &message);
}

error_t thread_set_tls(cap_t thread, uint64_t base)
{
    struct message message;

    REQUEST(&message, THREAD_LABEL_SET_TLS, base);
    return message_invoke(thread, &message);
}

error_t thread_bind_notification(cap_t thread, cap_t notification)
{
    error_t error = invoke_with(thread, THREAD_LABEL_BIND_NOTIFICATION, notification);

    if (!error && thread == thread_self())
        library_state()->bound_notification = notification;
    return error;
}

error_t thread_bind_endpoint(cap_t thread, cap_t endpoint)
{
    return invoke_with(thread, THREAD_LABEL_BIND_ENDPOINT, endpoint);
}

error_t thread_unbind_endpoint(cap_t thread, cap_t endpoint)
{
    return invoke_with(thread, THREAD_LABEL_UNBIND_ENDPOINT, endpoint);
}

error_t thread_watch(cap_t thread, cap_t notification)
{
    return invoke_with(thread, THREAD_LABEL_WATCH, notification);
}

error_t thread_inspect(cap_t thread, struct thread_info *info)
{
    struct message message;
    error_t error;

    REQUEST(&message, THREAD_LABEL_INSPECT);
    error = message_invoke(thread, &message);
    if (error)
        return error;
    info->state = message.words[0] & 0xff;
    info->stop_reason = message.words[0] >> 8 & 0xff;
    info->passive = message.words[0] >> 16 & 1;
    info->exit_code = message.words[1];
    message_get_name(&message, 2, info->name);
    message_get_name(&message, 4, info->waits_for);
    info->priority = message.words[6] & 0xff;
    info->consumed = message.words[6] >> 8;
    message_get_name(&message, 7, info->runs_on);
    info->ip = message.words[9];
    info->own_consumed = message.words[10];
    return SUCCESS;
}
