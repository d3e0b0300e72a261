/*
 * thread.c - making Threads, the calling one, and what they tell of themselves.
 */
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

error_t thread_create(cap_t untyped, const char *name, cap_t *thread)
{
    return untyped_retype(untyped, OBJECT_THREAD, 0, name, 0, thread);
}

void thread_exit_self(int code)
{
    thread_exit(thread_self(), (uint64_t)code);
    __builtin_trap(); /* without the right to exit, it stops by a fault */
}

error_t thread_get_info(cap_t thread, struct thread_info *info)
{
    struct thread_condition condition;
    uint64_t priority_and_consumed;
    error_t error =
        thread_inspect(thread, &condition, &info->exit_code, info->name, info->waits_for,
                       &priority_and_consumed, info->runs_on, &info->ip, &info->own_consumed);

    if (error)
        return error;
    info->state = condition.state;
    info->stop_reason = condition.reason;
    info->passive = condition.passive;
    info->priority = priority_and_consumed & 0xff;
    info->consumed = priority_and_consumed >> 8;
    return SUCCESS;
}
