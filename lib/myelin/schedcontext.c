/*
 * schedcontext.c - making SchedContexts, and what they tell of themselves.
 */
#include <myelin/schedcontext.h>

#include "internal.h"

error_t schedcontext_create(const char *name, cap_t *time)
{
    return library_retype(OBJECT_SCHEDCONTEXT, 0, name, time);
}

error_t schedcontext_get_info(cap_t time, struct schedcontext_info *info)
{
    enum schedcontext_role role;
    uint64_t priority;
    error_t error = schedcontext_inspect(time, &priority, &info->budget, &info->period,
                                         &info->consumed, info->home, &role);

    if (error)
        return error;
    info->priority = (uint32_t)priority;
    info->role = role;
    return SUCCESS;
}
