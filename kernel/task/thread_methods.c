/* thread_methods.c - what a Thread answers: configure, start, suspend, bind, exit and so on. */

#include <ipc/ipc.h>
#include <mem/mem.h>
#include <myelin/idl/thread_types.h>
#include <task/task.h>

static struct thread *target(const struct invocation *invocation)
{
    return slot_object(invocation->target);
}

/* Is the Frame in capability 2 mapped, readable and writable, where the UTCB should lie? */
static error_t check_utcb(struct invocation *invocation, uint64_t address)
{
    const struct slot *frame = invocation->caps[2];
    const struct vspace *vspace = slot_object(invocation->caps[1]);
    uint64_t base = frame_mapped_at(frame, vspace);

    if (address % UTCB_SIZE || !base || address < base ||
        address - base > (1ull << frame->size_bits) - UTCB_SIZE)
        return invocation_fail(invocation, EINVAL, ARGUMENT_WORD(0), base, address);
    if (!(frame->map_rights & CAP_RIGHTS_WRITE) || frame->device)
        return invocation_fail(invocation, EPERM, ARGUMENT_CAP(2), CAP_RIGHTS_WRITE,
                               frame->map_rights);
    return SUCCESS;
}

static error_t check_configure(struct invocation *invocation, uint64_t address)
{
    error_t error = invocation_need(invocation, CAP_RIGHTS_MANAGE);

    if (!error && target(invocation)->state != THREAD_INACTIVE)
        error = invocation_fail(invocation, EBUSY, ARGUMENT_HANDLE, THREAD_INACTIVE,
                                target(invocation)->state);
    if (!error)
        error = invocation_need_cap(invocation, 0, OBJECT_CSPACE, CAP_RIGHTS_USE);
    if (!error)
        error = invocation_need_cap(invocation, 1, OBJECT_VSPACE, CAP_RIGHTS_WRITE);
    if (!error)
        error = invocation_need_cap(invocation, 2, OBJECT_FRAME, CAP_RIGHTS_WRITE);
    return error ? error : check_utcb(invocation, address);
}

static error_t configure(struct invocation *invocation)
{
    struct thread *thread = target(invocation);
    uint64_t address = invocation_word(invocation, 0);
    error_t error = check_configure(invocation, address);
    const struct vspace *vspace;
    const struct slot *frame;

    if (error)
        return error;
    vspace = slot_object(invocation->caps[1]);
    frame = invocation->caps[2];

    /* Commit. */
    cap_drop(&thread->cspace_slot);
    cap_drop(&thread->vspace_slot);
    cap_drop(&thread->utcb_slot);
    cap_hold(&thread->cspace_slot, HOME_THREAD_CSPACE, invocation->caps[0]);
    cap_hold(&thread->vspace_slot, HOME_THREAD_VSPACE, invocation->caps[1]);
    cap_hold(&thread->utcb_slot, HOME_THREAD_UTCB, invocation->caps[2]);
    thread_bind_memory(thread, vspace, frame->object + (address - frame_mapped_at(frame, vspace)),
                       address);
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

static error_t start(struct invocation *invocation)
{
    struct thread *thread = target(invocation);
    error_t error = invocation_need(invocation, CAP_RIGHTS_MANAGE);

    if (error)
        return error;
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

static error_t suspend(struct invocation *invocation)
{
    struct thread *thread = target(invocation);
    error_t error = invocation_need(invocation, CAP_RIGHTS_MANAGE);

    if (error)
        return error;
    if (thread->state == THREAD_INACTIVE || thread->state >= THREAD_STOPPED)
        return invocation_fail(invocation, EINVAL, ARGUMENT_HANDLE, THREAD_RUNNING, thread->state);
    take_back_wait(thread);
    revoke_end(thread);
    thread->suspended = true;
    chain_changed(thread);
    return SUCCESS;
}

static error_t resume(struct invocation *invocation)
{
    struct thread *thread = target(invocation);
    error_t error = invocation_need(invocation, CAP_RIGHTS_MANAGE);

    if (error)
        return error;
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

static error_t cancel(struct invocation *invocation)
{
    struct thread *thread = target(invocation);
    struct failure cancelled = {.error = ECANCELED, .argument = ARGUMENT_PARTNER};
    error_t error = invocation_need(invocation, CAP_RIGHTS_MANAGE);

    if (error)
        return error;
    if (thread->state >= THREAD_WAITS_SEND && thread->state <= THREAD_WAITS_REPLY &&
        !thread->faulting)
        thread_wake_with(thread, &cancelled);
    else if (thread->state < THREAD_STOPPED)
        set_cancelled(thread);
    return SUCCESS;
}

static error_t exit_thread(struct invocation *invocation)
{
    struct thread *thread = target(invocation);
    error_t error = invocation_need(invocation, CAP_RIGHTS_USE);

    if (error)
        return error;
    if (thread != invocation->caller)
        return invocation_fail(invocation, EINVAL, ARGUMENT_HANDLE, 0, 0);
    while (thread->bound_endpoints) { /* those who wait for it learn that nobody will come */
        endpoint_unbind_step(thread->bound_endpoints);
        if (arch_preemption_pending())
            return RESTART;
    }
    thread->exit_code = invocation_word(invocation, 0);
    thread_stop(thread, THREAD_EXITED, THREAD_STOP_NONE);
    return SUCCESS;
}

/* SET_HANDLER and WATCH: a capability, or none, into a place inside the Thread. */
static error_t set_slot(struct invocation *invocation, struct slot *place, enum slot_home home,
                        unsigned type, unsigned rights)
{
    error_t error = invocation_need(invocation, CAP_RIGHTS_MANAGE);

    if (!error && invocation->cap_count)
        error = invocation_need_cap(invocation, 0, type, rights);
    if (!error && invocation->cap_count && home == HOME_THREAD_WATCH && !invocation->caps[0]->data)
        error = invocation_fail(invocation, EINVAL, ARGUMENT_CAP(0), 1, 0); /* no bits to set */
    if (error)
        return error;
    cap_drop(place);
    if (invocation->cap_count)
        cap_hold(place, home, invocation->caps[0]);
    return SUCCESS;
}

/* Who asks too late is told at once: nobody waits for a thread that has ended already. */
static error_t watch(struct invocation *invocation)
{
    struct thread *thread = target(invocation);
    struct slot *place = &thread->watch_slot;
    error_t error =
        set_slot(invocation, place, HOME_THREAD_WATCH, OBJECT_NOTIFICATION, CAP_RIGHTS_SEND);

    if (!error && slot_used(place) && thread->state >= THREAD_STOPPED)
        notification_signal(slot_object(place), place->data);
    return error;
}

/* Does another thread wait in that queue? Then binding would leave it waiting for ever. */
static bool awaited_by_other(const struct queue *queue, const struct thread *thread)
{
    const struct queue_node *first = queue->first;

    return first && (first != &thread->node || first->next != first || first->less_urgent);
}

static error_t bind_notification(struct invocation *invocation)
{
    struct thread *thread = target(invocation);
    struct notification *notification;
    error_t error = invocation_need(invocation, CAP_RIGHTS_MANAGE);

    if (!error && invocation->cap_count)
        error = invocation_need_cap(invocation, 0, OBJECT_NOTIFICATION, CAP_RIGHTS_RECV);
    if (error)
        return error;
    notification = invocation->cap_count ? slot_object(invocation->caps[0]) : NULL;
    if (notification && ((notification->bound && notification->bound != thread) ||
                         awaited_by_other(&notification->waiters, thread)))
        return invocation_fail(invocation, EBUSY, ARGUMENT_CAP(0), 0, 0);

    /* Commit. */
    cap_drop(&thread->bound_slot);
    if (notification) {
        cap_hold(&thread->bound_slot, HOME_THREAD_NOTIFICATION, invocation->caps[0]);
        thread->bound = notification;
        notification->bound = thread;
        notification_wake_bound(notification);
    }
    return SUCCESS;
}

/* A closed receive has its endpoint for itself: it stays bound until that is over. */
static bool waits_closed(const struct thread *thread, const struct endpoint *endpoint)
{
    return thread->state == THREAD_WAITS_RECEIVE && thread->closed && thread->endpoint == endpoint;
}

static error_t bind_endpoint(struct invocation *invocation, bool bind)
{
    struct thread *thread = target(invocation);
    struct endpoint *endpoint;
    error_t error = invocation_need(invocation, CAP_RIGHTS_MANAGE);

    if (!error)
        error = invocation_need_cap(invocation, 0, OBJECT_ENDPOINT, CAP_RIGHTS_RECV);
    if (error)
        return error;
    endpoint = slot_object(invocation->caps[0]);
    if (endpoint->bound ? endpoint->bound != thread
                        : !bind || awaited_by_other(&endpoint->receivers, thread))
        return invocation_fail(invocation, EBUSY, ARGUMENT_CAP(0), 0, 0);
    if (!bind && waits_closed(thread, endpoint))
        return invocation_fail(invocation, EBUSY, ARGUMENT_HANDLE, THREAD_RUNNING, thread->state);
    if (bind && thread->state == THREAD_EXITED)
        return invocation_fail(invocation, EPIPE, ARGUMENT_HANDLE, THREAD_RUNNING, THREAD_EXITED);
    error = bind ? chain_check_bind(endpoint, thread) : SUCCESS;
    if (error)
        return invocation_fail(invocation, error, ARGUMENT_CAP(0), CHAIN_HELP_MAX, 0);
    if (bind)
        endpoint_bind(endpoint, thread);
    else
        endpoint_unbind(endpoint);
    return SUCCESS;
}

static error_t set_foreign(struct invocation *invocation)
{
    uint64_t entry = invocation_word(invocation, 0);
    error_t error = invocation_need(invocation, CAP_RIGHTS_USE);

    if (error)
        return error;
    if (entry >= USER_ADDRESS_END)
        return invocation_fail(invocation, EINVAL, ARGUMENT_WORD(0), USER_ADDRESS_END, entry);
    target(invocation)->foreign_entry = entry;
    return SUCCESS;
}

static error_t set_tls(struct invocation *invocation)
{
    uint64_t base = invocation_word(invocation, 0);
    error_t error = invocation_need(invocation, CAP_RIGHTS_USE);

    if (error)
        return error;
    if (base >= USER_ADDRESS_END)
        return invocation_fail(invocation, EINVAL, ARGUMENT_WORD(0), USER_ADDRESS_END, base);
    target(invocation)->context.fs_base = base;
    return SUCCESS;
}

error_t thread_invoke(struct invocation *invocation)
{
    struct thread *thread = target(invocation);

    switch (invocation->label) {
    case THREAD_LABEL_CONFIGURE:
        return configure(invocation);
    case THREAD_LABEL_START:
        return start(invocation);
    case THREAD_LABEL_SUSPEND:
        return suspend(invocation);
    case THREAD_LABEL_RESUME:
        return resume(invocation);
    case THREAD_LABEL_CANCEL:
        return cancel(invocation);
    case THREAD_LABEL_EXIT:
        return exit_thread(invocation);
    case THREAD_LABEL_READ_REGISTERS:
    case THREAD_LABEL_WRITE_REGISTERS:
    case THREAD_LABEL_READ_VECTOR:
    case THREAD_LABEL_WRITE_VECTOR:
        return thread_registers_invoke(invocation);
    case THREAD_LABEL_SET_HANDLER:
        return set_slot(invocation, &thread->handler_slot, HOME_THREAD_HANDLER, OBJECT_ENDPOINT,
                        CAP_RIGHTS_CALL);
    case THREAD_LABEL_WATCH:
        return watch(invocation);
    case THREAD_LABEL_SET_FOREIGN:
        return set_foreign(invocation);
    case THREAD_LABEL_SET_TLS:
        return set_tls(invocation);
    case THREAD_LABEL_BIND_NOTIFICATION:
        return bind_notification(invocation);
    case THREAD_LABEL_BIND_ENDPOINT:
        return bind_endpoint(invocation, true);
    case THREAD_LABEL_UNBIND_ENDPOINT:
        return bind_endpoint(invocation, false);
    case THREAD_LABEL_INSPECT:
        return thread_inspect(invocation);
    case THREAD_LABEL_FOLLOW:
        return thread_follow(invocation);
    default:
        return invocation_fail(invocation, ENOSYS, ARGUMENT_TAG, 0, invocation->label);
    }
}
