/*
 * schedcontext.c - methods of SchedContexts.
 */
#include <myelin/idl/schedcontext_types.h>
#include <myelin/schedcontext.h>

#include "internal.h"

error_t schedcontext_create(const char *name, cap_t *time)
{
    return library_retype(OBJECT_SCHEDCONTEXT, 0, name, time);
}

error_t schedcontext_configure(cap_t time, cap_t cpu, unsigned priority, uint64_t budget,
                               uint64_t period)
{
    struct message message;

    REQUEST(&message, SCHEDCONTEXT_LABEL_CONFIGURE, priority, budget, period);
    library_argument(&message, cpu);
    return message_invoke(time, &message);
}

error_t schedcontext_bind(cap_t time, cap_t thread, unsigned role)
{
    struct message message;

    REQUEST(&message, SCHEDCONTEXT_LABEL_BIND, role);
    library_argument(&message, thread);
    return message_invoke(time, &message);
}

error_t schedcontext_unbind(cap_t time)
{
    struct message message;

    REQUEST(&message, SCHEDCONTEXT_LABEL_UNBIND);
    return message_invoke(time, &message);
}

error_t schedcontext_yield(cap_t time)
{
    struct message message;

    REQUEST(&message, SCHEDCONTEXT_LABEL_YIELD);
    return message_invoke(time, &message);
}

error_t schedcontext_inspect(cap_t time, struct schedcontext_info *info)
{
    struct message message;
    error_t error;

    REQUEST(&message, SCHEDCONTEXT_LABEL_INSPECT);
    error = message_invoke(time, &message);
    if (error)
        return error;
    info->priority = (uint32_t)message.words[0];
    info->budget = message.words[1];
    info->period = message.words[2];
    info->consumed = message.words[3];
    message_get_name(&message, 4, info->home);
    info->role = (uint32_t)message.words[6];
    return SUCCESS;
}
