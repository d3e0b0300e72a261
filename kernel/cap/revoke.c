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
#include <ipc/ipc.h>
#include <myelin/idl/cspace_kernel.h>
#include <task/task.h>

#define HELP_STEPS 2

/* Those that were preempted, oldest first. Guarded by the kernel lock when there are more CPUs. */
struct thread *revoke_oldest;
static struct thread *newest;

/* Of one that is under way: not in that list, for others have removed all that there was. */
static bool is_helped_out(const struct thread *thread)
{
    return thread->revoke_older == thread;
}

static void begin(struct thread *thread, cap_t handle)
{
    if (thread->revoking && !is_helped_out(thread))
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

static void leave_list(struct thread *thread)
{
    if (thread->revoke_older)
        thread->revoke_older->revoke_newer = thread->revoke_newer;
    else
        revoke_oldest = thread->revoke_newer;
    if (thread->revoke_newer)
        thread->revoke_newer->revoke_older = thread->revoke_older;
    else
        newest = thread->revoke_older;
    thread->revoke_older = thread;
}

void revoke_end(struct thread *thread)
{
    if (thread->revoking && !is_helped_out(thread))
        leave_list(thread);
    thread->revoking = CAP_NULL;
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
            leave_list(revoke_oldest); /* which will see for itself that nothing is left */
    }
    return true;
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

/*
 * After each step the caller itself may be gone, with its space; then the slot must not be looked
 * at again. Who comes to an end here leaves the list where every system call ends.
 */
static error_t in_steps(struct thread *caller, struct slot *slot, bool (*step)(struct slot *))
{
    cap_t handle = slot->handle;

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
    return in_steps(invocation->caller, target, cap_delete_step);
}

error_t cspace_handle_revoke(struct invocation *invocation, struct slot *target)
{
    return in_steps(invocation->caller, target, cap_revoke_steps);
}

/* The message says no more than which of the two it is: the rest is known. */
static error_t next_steps(struct thread *caller, struct failure *failure)
{
    bool revokes = tag_label(caller->context.tag) == CSPACE_LABEL_REVOKE;
    struct slot *slot;

    if (caller->cancelled) {
        caller->cancelled = false;
        return fail(failure, ECANCELED, ARGUMENT_PARTNER, 0, 0);
    }
    slot = cspace_lookup(thread_cspace(caller), caller->revoking, OBJECT_NONE, 0, ARGUMENT_CAP(0),
                         failure);
    if (!slot)
        return failure->error;
    return in_steps(caller, slot, revokes ? cap_revoke_steps : cap_delete_step);
}

error_t revoke_goes_on(struct thread *caller, struct failure *failure)
{
    bool reaping = caller->reaping;
    error_t error;

    caller->reaping = false;
    error = reaping ? cspace_reap(caller) : next_steps(caller, failure);
    if (!error)
        object_answer_nothing(caller);
    return error;
}
