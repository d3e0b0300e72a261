/* thread_methods.c - what a Thread answers: configure, start, suspend, bind, exit and so on. */

#include <ipc/ipc.h>
#include <mem/mem.h>
#include <myelin/idl/thread_kernel.h>
#include <task/task.h>

static struct thread *target(const struct invocation *invocation)
{
    return slot_object(invocation->target);
}

/* Is the Frame mapped, readable and writable, where the UTCB should lie? */
static error_t check_utcb(struct invocation *invocation, const struct slot *frame,
                          const struct vspace *vspace, uint64_t address)
{
    uint64_t base = frame_mapped_at(frame, vspace);

    if (address % UTCB_SIZE || !base || address < base ||
        address - base > (1ull << frame->size_bits) - UTCB_SIZE)
        return invocation_fail(invocation, EINVAL, ARGUMENT_WORD(0), base, address);
    if (!(frame->map_rights & CAP_RIGHTS_WRITE) || frame->device)
        return invocation_fail(invocation, EPERM, ARGUMENT_CAP(2), CAP_RIGHTS_WRITE,
                               frame->map_rights);
    return SUCCESS;
}

error_t thread_handle_configure(struct invocation *invocation, struct slot *cspace,
                                struct slot *vspace, struct slot *frame, uint64_t utcb_address)
{
    struct thread *thread = target(invocation);
    const struct vspace *space = slot_object(vspace);
    error_t error;

    if (thread->state != THREAD_INACTIVE)
        return invocation_fail(invocation, EBUSY, ARGUMENT_HANDLE, THREAD_INACTIVE, thread->state);
    error = check_utcb(invocation, frame, space, utcb_address);
    if (error)
        return error;

    /* Commit. */
    cap_drop(&thread->cspace_slot);
    cap_drop(&thread->vspace_slot);
    cap_drop(&thread->utcb_slot);
    cap_hold(&thread->cspace_slot, HOME_THREAD_CSPACE, cspace);
    cap_hold(&thread->vspace_slot, HOME_THREAD_VSPACE, vspace);
    cap_hold(&thread->utcb_slot, HOME_THREAD_UTCB, frame);
    thread_bind_memory(thread, space,
                       frame->object + (utcb_address - frame_mapped_at(frame, space)),
                       utcb_address);
    return SUCCESS;
}

void thread_bind_memory(struct thread *thread, const struct vspace *vspace, uint64_t physical,
                        uint64_t address)
{
    thread->utcb = arch_memory(physical);
    thread->context.gs_base = address;
    thread->context.cr3 = vspace->word;
    thread->utcb->self = address;
    arch_clock_parameters(&thread->utcb->clock_base, &thread->utcb->clock_multiplier);
}

error_t thread_handle_start(struct invocation *invocation)
{
    struct thread *thread = target(invocation);

    if (thread->state != THREAD_INACTIVE)
        return invocation_fail(invocation, EBUSY, ARGUMENT_HANDLE, THREAD_INACTIVE, thread->state);
    if (!slot_used(&thread->cspace_slot) || !slot_used(&thread->vspace_slot) || !thread->utcb)
        return invocation_fail(invocation, EINVAL, ARGUMENT_HANDLE, OBJECT_VSPACE, OBJECT_NONE);
    if (!thread->own && !thread->reserve)
        return invocation_fail(invocation, EINVAL, ARGUMENT_HANDLE, OBJECT_SCHEDCONTEXT,
                               OBJECT_NONE);
    thread_wake(thread);
    return SUCCESS;
}

/*
 * A wait of its own (to send, to receive) is taken back: the instruction pointer goes back to
 * the system call, which is made anew after RESUME; of a reply_recv only the receive is left.
 * A call that is being served stands.
 */
static void take_back_wait(struct thread *thread)
{
    if (thread->faulting || thread->state == THREAD_WAITS_REPLY ||
        thread->state < THREAD_WAITS_SEND || thread->state > THREAD_WAITS_NOTIFY)
        return;
    thread_take_back(thread);
}

error_t thread_handle_suspend(struct invocation *invocation)
{
    struct thread *thread = target(invocation);

    if (thread->state == THREAD_INACTIVE || thread->state >= THREAD_STOPPED)
        return invocation_fail(invocation, EINVAL, ARGUMENT_HANDLE, THREAD_RUNNING, thread->state);
    take_back_wait(thread);
    revoke_end(thread);
    thread->suspended = true;
    chain_changed(thread);
    return SUCCESS;
}

error_t thread_handle_resume(struct invocation *invocation)
{
    struct thread *thread = target(invocation);

    if (!thread->suspended && thread->state != THREAD_STOPPED)
        return invocation_fail(invocation, EINVAL, ARGUMENT_HANDLE, THREAD_SUSPENDED,
                               thread->state);
    if (!thread->utcb || !slot_used(&thread->cspace_slot) || !slot_used(&thread->vspace_slot))
        return invocation_fail(invocation, EINVAL, ARGUMENT_HANDLE, OBJECT_VSPACE, OBJECT_NONE);
    thread->suspended = false;
    thread->stop_reason = THREAD_STOP_NONE;
    if (thread->state == THREAD_STOPPED || thread->state == THREAD_RUNNING)
        thread_wake(thread);
    else
        schedule_unpark(thread);
    return SUCCESS;
}

/* Its next system call is looked at closely. */
static void set_cancelled(struct thread *thread)
{
    thread->cancelled = true;
    fast_stop(thread);
}

error_t thread_handle_cancel(struct invocation *invocation)
{
    struct thread *thread = target(invocation);
    struct failure cancelled = {.error = ECANCELED, .argument = ARGUMENT_PARTNER};

    if (thread->state >= THREAD_WAITS_SEND && thread->state <= THREAD_WAITS_REPLY &&
        !thread->faulting)
        thread_wake_with(thread, &cancelled);
    else if (thread->state < THREAD_STOPPED)
        set_cancelled(thread);
    return SUCCESS;
}

error_t thread_handle_exit(struct invocation *invocation, uint64_t code)
{
    struct thread *thread = target(invocation);

    if (thread != invocation->caller)
        return invocation_fail(invocation, EINVAL, ARGUMENT_HANDLE, 0, 0);
    while (thread->bound_endpoints || thread->bound_sets) {
        if (thread->bound_endpoints) /* those who wait for it learn that nobody will come */
            endpoint_unbind_step(thread->bound_endpoints);
        else
            waitset_unbind_step(thread->bound_sets);
        if (arch_preemption_pending())
            return RESTART;
    }
    thread->exit_code = code;
    thread_stop(thread, THREAD_EXITED, THREAD_STOP_NONE);
    return SUCCESS;
}

/* A capability, or none, into a place inside the Thread. */
static void set_slot(struct slot *place, enum slot_home home, struct slot *cap)
{
    cap_drop(place);
    if (cap)
        cap_hold(place, home, cap);
}

error_t thread_handle_set_handler(struct invocation *invocation, struct slot *handler)
{
    set_slot(&target(invocation)->handler_slot, HOME_THREAD_HANDLER, handler);
    return SUCCESS;
}

/* Who asks too late is told at once: nobody waits for a thread that has ended already. */
error_t thread_handle_watch(struct invocation *invocation, struct slot *notification)
{
    struct thread *thread = target(invocation);

    if (notification && !notification->data)
        return invocation_fail(invocation, EINVAL, ARGUMENT_CAP(0), 1, 0); /* no bits to set */

    /* Commit. */
    set_slot(&thread->watch_slot, HOME_THREAD_WATCH, notification);
    if (notification && thread->state >= THREAD_STOPPED)
        notification_signal(slot_object(notification), notification->data);
    return SUCCESS;
}

/* Does another thread wait in that queue? Then binding would leave it waiting for ever. */
static bool awaited_by_other(const struct queue *queue, const struct thread *thread)
{
    const struct queue_node *first = queue->first;

    return first && (first != &thread->node || first->next != first || first->less_urgent);
}

/* Likewise of a notification, where one may wait outside the queue. */
static bool hears_other(const struct notification *notification, const struct thread *thread)
{
    const struct thread *listener = notification_listener(notification);

    return listener ? listener != thread : awaited_by_other(&notification->waiters, thread);
}

error_t thread_handle_bind_notification(struct invocation *invocation, struct slot *notification)
{
    struct thread *thread = target(invocation);
    struct notification *bell = notification ? slot_object(notification) : NULL;

    if (bell &&
        (bell->source.set || (bell->bound && bell->bound != thread) || hears_other(bell, thread)))
        return invocation_fail(invocation, EBUSY, ARGUMENT_CAP(0), 0, 0);

    /* Commit. */
    set_slot(&thread->bound_slot, HOME_THREAD_NOTIFICATION, notification);
    if (bell) {
        if (notification_listener(bell))
            fast_forget(thread);
        thread->bound = bell;
        bell->bound = thread;
        notification_note(bell);
        notification_wake_bound(bell);
    }
    return SUCCESS;
}

/* Likewise of an endpoint, where one may wait outside the queue. */
static bool receives_other(const struct endpoint *endpoint, const struct thread *thread)
{
    const struct thread *waiter = endpoint_fast_waiter(endpoint);

    return (waiter && waiter != thread) || awaited_by_other(&endpoint->receivers, thread);
}

/* A closed receive has its endpoint for itself: it stays bound until that is over. */
static bool waits_closed(const struct thread *thread, const struct endpoint *endpoint)
{
    return thread->state == THREAD_WAITS_RECEIVE && thread->closed && thread->endpoint == endpoint;
}

error_t thread_handle_bind_endpoint(struct invocation *invocation, struct slot *endpoint)
{
    struct thread *thread = target(invocation);
    struct endpoint *bound = slot_object(endpoint);
    error_t error;

    if (bound->bound ? bound->bound != thread : bound->source.set || receives_other(bound, thread))
        return invocation_fail(invocation, EBUSY, ARGUMENT_CAP(0), 0, 0);
    if (thread->state == THREAD_EXITED)
        return invocation_fail(invocation, EPIPE, ARGUMENT_HANDLE, THREAD_RUNNING, THREAD_EXITED);
    error = chain_check_bind(&bound->source, thread);
    if (error)
        return invocation_fail(invocation, error, ARGUMENT_CAP(0), CHAIN_HELP_MAX, 0);

    /* Commit. */
    endpoint_bind(bound, thread);
    return SUCCESS;
}

error_t thread_handle_unbind_endpoint(struct invocation *invocation, struct slot *endpoint)
{
    struct thread *thread = target(invocation);
    struct endpoint *bound = slot_object(endpoint);

    if (bound->bound != thread)
        return invocation_fail(invocation, EBUSY, ARGUMENT_CAP(0), 0, 0);
    if (waits_closed(thread, bound))
        return invocation_fail(invocation, EBUSY, ARGUMENT_HANDLE, THREAD_RUNNING, thread->state);

    /* Commit. */
    endpoint_unbind(bound);
    return SUCCESS;
}

error_t thread_handle_set_foreign(struct invocation *invocation, uint64_t entry)
{
    if (entry >= USER_ADDRESS_END)
        return invocation_fail(invocation, EINVAL, ARGUMENT_WORD(0), USER_ADDRESS_END, entry);
    target(invocation)->foreign_entry = entry;
    return SUCCESS;
}

error_t thread_handle_set_tls(struct invocation *invocation, uint64_t base)
{
    if (base >= USER_ADDRESS_END)
        return invocation_fail(invocation, EINVAL, ARGUMENT_WORD(0), USER_ADDRESS_END, base);
    target(invocation)->context.fs_base = base;
    return SUCCESS;
}
