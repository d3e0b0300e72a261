/*
 * donation.c - what a server wants of the time that its callers give it: how much at least, and
 * what becomes of a call whose time runs out while it is served.
 */

#include <ipc/ipc.h>
#include <myelin/idl/thread_kernel.h>

#define NS_PER_US 1000ull

/* ns that are left of the budget on which that caller runs. */
static uint64_t time_left(const struct thread *caller)
{
    const struct schedcontext *time = chain_time(caller);
    uint64_t now = arch_now();

    if (!time || time->refill.active)
        return 0;
    schedule_charge(cpu_self(), now);
    if (time->budget == time->period || now >= time->period_end)
        return time->budget;
    return time->remaining;
}

error_t donation_check(const struct thread *caller, const struct thread *server,
                       struct failure *failure)
{
    uint64_t least = server->least_us * NS_PER_US, left;

    if (caller->faulting) /* refused, it would stop */
        return SUCCESS;
    left = time_left(caller);
    if (left < least || !left)
        return fail(failure, ETIME, ARGUMENT_PARTNER, least, left);
    return SUCCESS;
}

void donation_ended(struct thread *home)
{
    news_tell(home, (struct news){.ran_out = CHAIN_LINKS_MAX + 1});
}

void donation_end_call(struct thread *caller, const struct thread *server)
{
    static const struct failure ran_out = {.error = ETIMEDOUT, .argument = ARGUMENT_PARTNER};

    if (caller->state == THREAD_WAITS_REPLY && server->ends_calls && !caller->faulting)
        thread_wake_with(caller, &ran_out);
}

error_t thread_handle_set_donation(struct invocation *invocation, enum thread_run_out run_out,
                                   uint64_t least_us)
{
    struct thread *thread = slot_object(invocation->target);

    if (least_us > UINT32_MAX)
        return invocation_fail(invocation, ERANGE, ARGUMENT_WORD(1), UINT32_MAX, least_us);
    fast_forget(thread); /* a call has to be looked at now */
    thread->ends_calls = run_out == THREAD_RUN_OUT_ENDS_CALL;
    thread->least_us = (uint32_t)least_us;
    return SUCCESS;
}
