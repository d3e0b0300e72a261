/*
 * revoke.c - DELETE and REVOKE as a thread asks for them: in steps, making way for interrupts in
 * between, and yet to an end.
 *
 * While one of them is under way, whoever makes a capability anywhere first removes two of the
 * descendants for the oldest one (revoke_help), on his own time; so nobody, however urgent, can
 * make them faster than they go.
 */

#include <arch.h>
#include <cap/cap.h>
#include <ipc/fastpath.h>
#include <myelin/idl/cspace_kernel.h>
#include <task/task.h>

#define HELP_STEPS 2

/* Those that were preempted, oldest first. Guarded by the kernel lock when there are more CPUs. */
struct thread *revoke_oldest;
static struct thread *newest;

static void begin(struct thread *thread, cap_t handle)
{
    if (thread->revoking)
        return;
    thread->revoking = handle;
    thread->revoke_older = newest;
    thread->revoke_newer = NULL;
    if (newest)
        newest->revoke_newer = thread;
    else
        revoke_oldest = thread;
    newest = thread;
}

void revoke_end(struct thread *thread)
{
    if (!thread->revoking)
        return;
    thread->revoking = CAP_NULL;
    if (thread->revoke_older)
        thread->revoke_older->revoke_newer = thread->revoke_newer;
    else
        revoke_oldest = thread->revoke_newer;
    if (thread->revoke_newer)
        thread->revoke_newer->revoke_older = thread->revoke_older;
    else
        newest = thread->revoke_older;
}

bool revoke_help_on(struct thread *helper)
{
    struct failure gone;
    struct slot *slot;

    if (helper->helped) {
        helper->helped = false;
        return false;
    }
    helper->helped = true; /* when it comes again it may do what it came for */
    for (unsigned i = 0; i < HELP_STEPS && revoke_oldest; i++) {
        slot = cspace_lookup(thread_cspace(revoke_oldest), revoke_oldest->revoking, OBJECT_NONE, 0,
                             0, &gone);
        if (!slot || cap_revoke_step(slot))
            revoke_end(revoke_oldest);
    }
    return true;
}

/*
 * After each step the caller itself may be gone, with its space; then the slot must not be looked
 * at again. Who comes to an end here leaves the list where every system call ends.
 */
static error_t in_steps(struct invocation *invocation, struct slot *slot,
                        bool (*step)(struct slot *))
{
    struct thread *caller = invocation->caller;
    cap_t handle = slot->handle;

    if (caller->revoking && caller->cancelled) {
        caller->cancelled = false;
        return invocation_fail(invocation, ECANCELED, ARGUMENT_PARTNER, 0, 0);
    }
    while (!step(slot)) {
        if (!thread_is_running(caller))
            return SUCCESS;
        if (arch_preemption_pending()) {
            begin(caller, handle);
            fast_stop(caller); /* when it comes again it is not as if it began (revoke_end) */
            return RESTART;
        }
    }
    return cspace_reap(caller);
}

error_t cspace_handle_delete(struct invocation *invocation, struct slot *target)
{
    if (cap_is_plain(target) && reaper_idle()) {
        cap_delete_plain(thread_cspace(invocation->caller), target);
        return SETTLED;
    }
    return in_steps(invocation, target, cap_delete_step);
}

error_t cspace_handle_revoke(struct invocation *invocation, struct slot *target)
{
    return in_steps(invocation, target, cap_revoke_steps);
}

/*
 * Deleting what is left in containers that were emptied on the way. Should an interrupt wait,
 * the thread comes back here (thread->reaping), not to the deletion, which has been done.
 */
error_t cspace_reap(struct thread *caller)
{
    while (!reaper_idle() && !reaper_step()) {
        if (!thread_is_running(caller))
            return SUCCESS;
        if (arch_preemption_pending()) {
            revoke_end(caller);
            caller->reaping = true;
            fast_stop(caller); /* its call is no longer what the registers say */
            return RESTART;
        }
    }
    return SUCCESS;
}
