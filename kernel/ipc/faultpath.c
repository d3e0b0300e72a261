/*
 * faultpath.c - the ordinary page fault, straight from the exception to the handler that waits, and
 * the ordinary answer to it: as a call and its answer on the broad path (broadpath.c), relying on
 * the same. The cause goes in registers; those of the thread that faults go from where the entry
 * saved them to the handler's UTCB, and stay there, too: with the answer all of them are loaded.
 *
 * Both are on the kernel's stack, check everything first, and go the general way (syscall.c) where
 * a check fails, with nothing changed.
 */

#include <ipc/ipc.h>

/* ---- the fault ---- */

/* Where a thread stands that will serve any call on the endpoint; empty: nobody does. */
FAST struct thread **place_at(struct endpoint *endpoint)
{
    struct waitset *set = endpoint->source.set;

    return set ? &set->fast_receiver : &endpoint->fast_receiver;
}

/* From here on the receiver, who waited in that place, serves the fault on the same time. */
FAST void serve_fault(struct thread *self, struct thread *receiver, struct thread **place)
{
    *place = NULL;
    self->faulting = true;
    fast_serve(self, receiver, NULL);
}

/* The handler goes on, with what it has to know. */
FAST void leave_to_handler(struct thread *self, struct thread *receiver, uint64_t badge)
{
    const struct fault_cause *cause = &self->fault.cause;
    uint64_t ip = cause->ip, word0 = cause->address, word1 = cause->detail, word2 = ip;
    uint64_t word3 = cause->sp, word4 = cause->present, word5 = cause->trap, word6 = cause->pad;

    arch_fast_space(&receiver->context);
    ARCH_LEAVE_FAST(receiver, badge, receiver->token, fault_tag(self->fault.label));
}

FAST_DOOR void fault_door(struct thread *self)
{
    const struct slot *handler = &self->handler_slot;
    struct endpoint *endpoint = slot_object(handler);
    struct thread **place, *receiver;

    if (!slot_used(handler) || context_is_stepped(&self->context))
        FAST_TAIL arch_enter_fault(self);
    place = place_at(endpoint);
    receiver = *place;
    if (!receiver)
        FAST_TAIL arch_enter_fault(self);

    /* Commit. */
    serve_fault(self, receiver, place);
    if (endpoint->source.set)
        receiver->utcb->source_key = endpoint->source.key;
    arch_registers_trapped(&self->context, fault_registers(receiver));
    leave_to_handler(self, receiver, handler->data);
}

/* ---- the answer ---- */

/* Whose fault that is, if he waits for its answer and nothing else, and the running time is his; or
   NULL. */
FAST struct thread *faulted(const struct thread *self, uint64_t token)
{
    struct thread *caller = fast_awaiting(self, token, true);

    return caller && fast_runs_on(caller, cpu_self()->time) ? caller : NULL;
}

/* What it carries is nothing to who faulted, he just goes on. It comes from broad_reply_receive. */
FAST_DOOR void broad_reply_fault(FAST_PARAMETERS)
{
    struct thread *self = thread, *caller = faulted(self, token);

    if (!caller || handle != self->receive_handle)
        FAST_TAIL arch_enter_general(FAST_ARGUMENTS(handle, token, self, tag));

    /* Commit. */
    *self->receive_place = self;
    caller->faulting = false;
    caller->server = NULL;
    fast_answer(self, caller);
    ARCH_LEAVE_SAVED(caller);
}
