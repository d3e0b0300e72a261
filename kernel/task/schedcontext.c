/* schedcontext.c - SchedContexts and Cpus: who may have how much time, and whose it is. */

#include <ipc/ipc.h>
#include <myelin/idl/cpu_kernel.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>
#include <task/task.h>

static struct schedcontext *target(const struct invocation *invocation)
{
    return slot_object(invocation->target);
}

/* Off the CPU and out of every queue. */
static void withdraw(struct schedcontext *time)
{
    struct cpu *cpu = cpu_self();

    if (cpu->time == time) {
        schedule_charge(cpu, arch_now());
        cpu->time = NULL;
    }
    if (queue_holds(&time->node))
        queue_remove(&time->node);
    timeout_cancel(&time->refill);
}

void schedcontext_unbind(struct schedcontext *time)
{
    struct thread *home = time->home;

    withdraw(time);
    if (!home)
        return;
    time->home = NULL;
    if (time->reserve)
        home->reserve = NULL;
    else
        home->own = NULL;
    chain_changed(home);
}

void schedcontext_destroy(struct schedcontext *time)
{
    schedcontext_unbind(time);
    cap_drop(&time->cpu);
}

/* The authority was revoked: the time is worth nothing until it is configured again. */
void schedcontext_slot_lost(struct slot *slot)
{
    struct schedcontext *time = container_of(slot, struct schedcontext, cpu);

    schedcontext_unbind(time);
    time->configured = false;
}

static error_t check_configure(struct invocation *invocation, uint64_t priority, uint64_t budget,
                               uint64_t period)
{
    const struct slot *cpu;
    error_t error = invocation_need(invocation, CAP_RIGHTS_MANAGE);

    if (!error)
        error = invocation_need_cap(invocation, 0, OBJECT_CPU, CAP_RIGHTS_MANAGE);
    if (error)
        return error;
    cpu = invocation->caps[0];
    if (priority >= SCHEDCONTEXT_PRIORITY_LEVELS)
        return invocation_fail(invocation, ERANGE, ARGUMENT_WORD(0),
                               SCHEDCONTEXT_PRIORITY_LEVELS - 1, priority);
    if (priority > cpu->data)
        return invocation_fail(invocation, EPERM, ARGUMENT_WORD(0), cpu->data, priority);
    if (budget < SCHEDCONTEXT_BUDGET_MIN || budget > period)
        return invocation_fail(invocation, ERANGE, ARGUMENT_WORD(1), SCHEDCONTEXT_BUDGET_MIN,
                               budget);
    if (period > UINT64_MAX / 2048)
        return invocation_fail(invocation, ERANGE, ARGUMENT_WORD(2), UINT64_MAX / 2048, period);
    if (budget * 1000 > period * cpu->extra)
        return invocation_fail(invocation, EPERM, ARGUMENT_WORD(1), period * cpu->extra / 1000,
                               budget);
    return SUCCESS;
}

static error_t configure(struct invocation *invocation)
{
    struct schedcontext *time = target(invocation);
    uint64_t priority = invocation_word(invocation, 0);
    uint64_t budget = invocation_word(invocation, 1);
    uint64_t period = invocation_word(invocation, 2);
    error_t error = check_configure(invocation, priority, budget, period);

    if (error)
        return error;

    /* Commit. */
    withdraw(time);
    if (slot_used(&time->cpu)) {
        tree_remove(&time->cpu);
        time->cpu.type = OBJECT_NONE;
    }
    cap_hold(&time->cpu, HOME_SCHEDCONTEXT_CPU, invocation->caps[0]);
    time->priority = (uint8_t)priority;
    time->budget = time->remaining = budget;
    time->period = period;
    time->period_start = arch_now();
    time->configured = true;
    schedcontext_offer(time);
    return SUCCESS;
}

static error_t bind(struct invocation *invocation)
{
    struct schedcontext *time = target(invocation);
    uint64_t role = invocation_word(invocation, 0);
    struct thread *thread;
    error_t error = invocation_need(invocation, CAP_RIGHTS_MANAGE);

    if (!error)
        error = invocation_need_cap(invocation, 0, OBJECT_THREAD, CAP_RIGHTS_MANAGE);
    if (error)
        return error;
    if (role > SCHEDCONTEXT_RESERVE)
        return invocation_fail(invocation, EINVAL, ARGUMENT_WORD(0), SCHEDCONTEXT_RESERVE, role);
    if (!time->configured)
        return invocation_fail(invocation, EINVAL, ARGUMENT_HANDLE, OBJECT_CPU, OBJECT_NONE);
    thread = slot_object(invocation->caps[0]);
    if (time->home || thread->own || thread->reserve)
        return invocation_fail(invocation, EBUSY, time->home ? ARGUMENT_HANDLE : ARGUMENT_CAP(0), 0,
                               0);

    /* Commit. A thread is active or passive, never both. */
    time->home = thread;
    time->reserve = role == SCHEDCONTEXT_RESERVE;
    if (time->reserve)
        thread->reserve = time;
    else
        thread->own = time;
    fast_forget(thread);
    if (thread->state != THREAD_INACTIVE)
        schedcontext_offer(time);
    return SUCCESS;
}

static error_t unbind(struct invocation *invocation)
{
    error_t error = invocation_need(invocation, CAP_RIGHTS_MANAGE);

    if (!error && !target(invocation)->home)
        error = invocation_fail(invocation, EINVAL, ARGUMENT_HANDLE, OBJECT_THREAD, OBJECT_NONE);
    if (!error)
        schedcontext_unbind(target(invocation));
    return error;
}

static error_t yield(struct invocation *invocation)
{
    error_t error = invocation_need(invocation, CAP_RIGHTS_USE);

    if (!error)
        schedule_yield(cpu_self());
    return error;
}

static error_t inspect(struct invocation *invocation)
{
    const struct schedcontext *time = target(invocation);
    error_t error = invocation_need(invocation, CAP_RIGHTS_READ);

    if (error)
        return error;
    if (cpu_self()->time)
        schedule_charge(cpu_self(), arch_now());
    invocation_put(invocation, time->priority);
    invocation_put(invocation, time->budget);
    invocation_put(invocation, time->period);
    invocation_put(invocation, time->consumed);
    invocation_put_name(invocation, time->home ? time->home->object.name : NULL);
    invocation_put(invocation, time->reserve ? SCHEDCONTEXT_RESERVE : SCHEDCONTEXT_OWN);
    return SUCCESS;
}

error_t schedcontext_invoke(struct invocation *invocation)
{
    switch (invocation->label) {
    case SCHEDCONTEXT_LABEL_CONFIGURE:
        return configure(invocation);
    case SCHEDCONTEXT_LABEL_BIND:
        return bind(invocation);
    case SCHEDCONTEXT_LABEL_UNBIND:
        return unbind(invocation);
    case SCHEDCONTEXT_LABEL_YIELD:
        return yield(invocation);
    case SCHEDCONTEXT_LABEL_INSPECT:
        return inspect(invocation);
    default:
        return invocation_fail(invocation, ENOSYS, ARGUMENT_TAG, 0, invocation->label);
    }
}

error_t cpu_handle_inspect(struct invocation *invocation, struct cpu_info *info)
{
    const struct slot *slot = invocation->target;
    const struct cpu *cpu = &cpus[slot->object];

    *info = (struct cpu_info){
        .priority = slot->data,
        .share = slot->extra,
        .idle = cpu->idle_total,
        .timer_interrupts = cpu->timer_interrupts,
    };
    return SUCCESS;
}
