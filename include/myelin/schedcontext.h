/*
 * schedcontext.h - time: a priority, and a budget in each period.
 */
#pragma once

#include <myelin/abi.h>
#include <myelin/errors.h>

struct schedcontext_info {
    uint32_t priority;
    uint32_t role;                    /* SCHEDCONTEXT_OWN, SCHEDCONTEXT_RESERVE */
    uint64_t budget;                  /* ns */
    uint64_t period;                  /* ns */
    uint64_t consumed;                /* ns, since it was made */
    char home[OBJECT_NAME_BYTES + 1]; /* the thread it belongs to */
};

/* A new one from the startup Untyped "memory"; it must be configured before it is bound. */
error_t schedcontext_create(const char *name, cap_t *time);
/* `cpu` allows priority (0..63) and share; budget and period in ns, budget >= 20,000. */
error_t schedcontext_configure(cap_t time, cap_t cpu, unsigned priority, uint64_t budget,
                               uint64_t period);
/* `role` is SCHEDCONTEXT_OWN or SCHEDCONTEXT_RESERVE. */
error_t schedcontext_bind(cap_t time, cap_t thread, unsigned role);
error_t schedcontext_unbind(cap_t time);
/* The time that the caller runs on goes behind others of its priority. */
error_t schedcontext_yield(cap_t time);
error_t schedcontext_inspect(cap_t time, struct schedcontext_info *info);
