/*
 * schedcontext.h - time: a priority, and a budget in each period.
 *
 * Its methods are the functions of <myelin/idl/schedcontext.h>:
 *   schedcontext_configure(time, cpu, priority, budget, period)   `cpu` allows priority (0..63)
 *                                  and share; budget and period in ns, budget at least 20,000
 *   schedcontext_bind(time, thread, role)   SCHEDCONTEXT_OWN or SCHEDCONTEXT_RESERVE
 *   schedcontext_bind_source(time, source)  the home is a Notification or Channel: the passive
 *                                  thread that takes something from there runs on it until it
 *                                  receives again
 *   schedcontext_unbind(time)
 *   schedcontext_yield(time)       the time that the caller runs on goes behind its equals
 */
#pragma once

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/idl/schedcontext.h>

struct schedcontext_info {
    uint32_t priority;
    uint32_t role;                    /* SCHEDCONTEXT_OWN, SCHEDCONTEXT_RESERVE */
    uint64_t budget;                  /* ns */
    uint64_t period;                  /* ns */
    uint64_t consumed;                /* ns, since it was made */
    char home[OBJECT_NAME_BYTES + 1]; /* the thread or source it belongs to */
};

/* A new one from the startup Untyped "memory"; it must be configured before it is bound. */
error_t schedcontext_create(const char *name, cap_t *time);
/* All that schedcontext_inspect tells (right: Read). */
error_t schedcontext_get_info(cap_t time, struct schedcontext_info *info);
