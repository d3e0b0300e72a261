/* schedcontext.c - SchedContexts and Cpus: who may have how much time, and whose it is. */

#include <ipc/ipc.h>
#include <myelin/idl/cpu_kernel.h>
#include <myelin/idl/schedcontext_kernel.h>
#include <myelin/idl/thread_types.h>
#include <task/turn.h>

static struct schedcontext *target(const struct invocation *invocation)
{
    return slot_object(invocation->target);
}

void schedcontext_withdraw(struct schedcontext *time)
{
    struct cpu *cpu = cpu_self();

    if (cpu->time == time) {
        schedule_charge(cpu, arch_now());
        cpu->time = NULL;
    }
    queue_leave(&time->node);
}

void schedcontext_unbind(struct schedcontext *time)
{
    struct thread *home = time->home;

    if (home)
        fast_forget(home);
    schedcontext_withdraw(time);
    timeout_cancel(&time->refill);
    if (time->source)
        time_leave_source(time);
    else if (home) {
        time->home = NULL;
        if (time->reserve)
            home->reserve = NULL;
        else
            home->own = NULL;
        chain_changed(home);
    }
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

static error_t check_configure(struct invocation *invocation, const struct slot *cpu,
                               uint64_t priority, uint64_t budget, uint64_t period)
{
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

error_t schedcontext_handle_configure(struct invocation *invocation, struct slot *cpu,
                                      uint64_t priority, uint64_t budget, uint64_t period)
{
    struct schedcontext *time = target(invocation);
    error_t error = check_configure(invocation, cpu, priority, budget, period);

    if (error)
        return error;

    /* Commit. */
    if (time->home)
        fast_forget(time->home);
    schedcontext_withdraw(time);
    timeout_cancel(&time->refill);
    if (slot_used(&time->cpu)) {
        tree_remove(&time->cpu);
        time->cpu.type = OBJECT_NONE;
    }
    cap_hold(&time->cpu, HOME_SCHEDCONTEXT_CPU, cpu);
    time->priority = time->node.priority = (uint8_t)priority;
    time->budget = budget;
    time->period = period;
    time_begin_period(time, arch_now());
    time->configured = true;
    schedcontext_offer(time);
    return SUCCESS;
}

static bool is_bound(const struct schedcontext *time)
{
    return time->home || time->source;
}

error_t schedcontext_handle_bind(struct invocation *invocation, struct slot *thread,
                                 enum schedcontext_role role)
{
    struct schedcontext *time = target(invocation);
    struct thread *home = slot_object(thread);

    if (!time->configured)
        return invocation_fail(invocation, EINVAL, ARGUMENT_HANDLE, OBJECT_CPU, OBJECT_NONE);
    if (is_bound(time) || home->own || home->reserve)
        return invocation_fail(invocation, EBUSY,
                               is_bound(time) ? ARGUMENT_HANDLE : ARGUMENT_CAP(0), 0, 0);

    /* Commit. A thread is active or passive, never both. */
    time->home = home;
    time->reserve = role == SCHEDCONTEXT_RESERVE;
    if (time->reserve)
        home->reserve = time;
    else
        home->own = time;
    fast_forget(home);
    if (home->state != THREAD_INACTIVE)
        schedcontext_offer(time);
    return SUCCESS;
}

error_t schedcontext_handle_bind_source(struct invocation *invocation, struct slot *source)
{
    struct schedcontext *time = target(invocation);
    struct source *home = slot_object(source);

    if (source->type != OBJECT_NOTIFICATION && source->type != OBJECT_CHANNEL)
        return invocation_fail(invocation, EINVAL, ARGUMENT_CAP(0), OBJECT_NOTIFICATION,
                               source->type);
    if (!time->configured)
        return invocation_fail(invocation, EINVAL, ARGUMENT_HANDLE, OBJECT_CPU, OBJECT_NONE);
    if (is_bound(time) || *source_time(home))
        return invocation_fail(invocation, EBUSY,
                               is_bound(time) ? ARGUMENT_HANDLE : ARGUMENT_CAP(0), 0, 0);

    /* Commit. */
    time->source = home;
    time->reserve = false;
    source_set_time(home, time);
    return SUCCESS;
}

error_t schedcontext_handle_unbind(struct invocation *invocation)
{
    if (!is_bound(target(invocation)))
        return invocation_fail(invocation, EINVAL, ARGUMENT_HANDLE, OBJECT_THREAD, OBJECT_NONE);
    schedcontext_unbind(target(invocation));
    return SUCCESS;
}

error_t schedcontext_handle_yield(struct invocation *invocation)
{
    (void)invocation; /* whoever runs, whatever SchedContext was called */
    schedule_yield(cpu_self());
    return SUCCESS;
}

static const char *home_name(const struct schedcontext *time)
{
    if (time->source)
        return time->source->object.name;
    return time->home ? time->home->object.name : NULL;
}

error_t schedcontext_handle_inspect(struct invocation *invocation, uint64_t *priority,
                                    uint64_t *budget, uint64_t *period, uint64_t *consumed,
                                    const char **home, enum schedcontext_role *role)
{
    const struct schedcontext *time = target(invocation);

    if (cpu_self()->time)
        schedule_charge(cpu_self(), arch_now());
    *priority = time->priority;
    *budget = time->budget;
    *period = time->period;
    *consumed = schedcontext_consumed(time);
    *home = home_name(time);
    *role = time->reserve ? SCHEDCONTEXT_RESERVE : SCHEDCONTEXT_OWN;
    return SUCCESS;
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

error_t cpu_handle_misses(struct invocation *invocation, struct cpu_misses *misses)
{
    (void)invocation;
    memcpy(misses->count, fast_misses, sizeof(misses->count));
    return SUCCESS;
}

error_t cpu_handle_count(struct invocation *invocation, bool on, struct cpu_ways *ways)
{
    (void)invocation;
    count_take(ways);
    arch_count(on);
    return SUCCESS;
}

error_t cpu_handle_measure(struct invocation *invocation, bool on, uint64_t *longest)
{
    (void)invocation;
    *longest = arch_measure(on);
    return SUCCESS;
}
