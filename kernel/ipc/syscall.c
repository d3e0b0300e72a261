/*
 * syscall.c - the kernel's doors: the six system calls, faults, interrupts, the timer. Each
 * checks what came, has it done, and returns the thread that runs next.
 */

#include <device/device.h>
#include <ipc/ipc.h>
#include <myelin/idl/fault_types.h>
#include <myelin/idl/thread_types.h>

/* When an operation that waits gives up. */
static uint64_t deadline_of(const struct thread *self)
{
    return self->context.tag & TAG_DEADLINE ? self->context.status : DEADLINE_FOREVER;
}

/* Only a receive can be closed; a buffer goes with a send, for calls there are leases. */
static error_t check_items(uint64_t tag, struct failure *failure)
{
    enum operation operation = tag_operation(tag);
    bool receives = operation == OP_RECV || operation == OP_REPLY_RECV;

    if (tag & TAG_CLOSED && !receives)
        return fail(failure, EINVAL, ARGUMENT_TAG, 0, TAG_CLOSED);
    if (tag & TAG_BUFFER && !receives && operation != OP_SEND)
        return fail(failure, EINVAL, ARGUMENT_TAG, 0, TAG_BUFFER);
    return SUCCESS;
}

static error_t check_counts(uint64_t tag, struct failure *failure)
{
    if (tag & TAG_ORIGIN_MASK)
        return fail(failure, EINVAL, ARGUMENT_TAG, 0, tag & TAG_ORIGIN_MASK);
    if (tag_words(tag) > MESSAGE_WORDS_MAX)
        return fail(failure, EMSGSIZE, ARGUMENT_TAG, MESSAGE_WORDS_MAX, tag_words(tag));
    if (tag_caps(tag) > MESSAGE_CAPS_MAX)
        return fail(failure, EINVAL, ARGUMENT_TAG, MESSAGE_CAPS_MAX, tag_caps(tag));
    if (tag_leases(tag) > MESSAGE_LEASES_MAX ||
        (tag_leases(tag) && tag_operation(tag) != OP_CALL)) /* they live until the answer */
        return fail(failure, EINVAL, ARGUMENT_TAG, MESSAGE_LEASES_MAX, tag_leases(tag));
    return check_items(tag, failure);
}

static error_t check_tag(uint64_t tag, struct failure *failure)
{
    return tag & TAG_SELDOM ? check_counts(tag, failure) : SUCCESS;
}

/* Cancelled before it came to wait: the next operation that could wait says so. */
static error_t check_cancelled(struct thread *self, struct failure *failure)
{
    if (!self->cancelled)
        return SUCCESS;
    self->cancelled = false;
    return fail(failure, ECANCELED, ARGUMENT_PARTNER, 0, 0);
}

static struct slot *find_target(struct thread *self, struct failure *failure)
{
    return cspace_lookup(thread_cspace(self), self->context.handle, OBJECT_NONE, 0, ARGUMENT_HANDLE,
                         failure);
}

static error_t prepare_send(struct thread *self, const struct slot *slot, unsigned right,
                            struct sending *sending, struct failure *failure)
{
    if (!(slot->rights & right))
        return fail(failure, EPERM, ARGUMENT_HANDLE, right, slot->rights);
    if (check_cancelled(self, failure))
        return failure->error;
    if (tag_caps(self->context.tag) && revoke_help(self))
        return RESTART;
    sending->endpoint = slot_object(slot);
    sending->badge = slot->data;
    sending->grant = slot->rights & CAP_RIGHTS_GRANT;
    sending->now = deadline_of(self) == DEADLINE_NOW;
    message_prepare(self);
    return SUCCESS;
}

static error_t send_to_channel(struct thread *self, const struct slot *slot, unsigned right,
                               struct channel *channel, struct failure *failure)
{
    struct sending sending = {.call = false};
    error_t error = prepare_send(self, slot, right, &sending, failure);

    return error ? error : channel_send(self, channel, &sending, failure);
}

static error_t send_to_endpoint(struct thread *self, const struct slot *slot,
                                struct failure *failure)
{
    struct endpoint *endpoint = slot_object(slot);
    struct sending sending = {.call = false};
    error_t error;

    if (endpoint->channel)
        return send_to_channel(self, slot, CAP_RIGHTS_POST, endpoint->channel, failure);
    error = prepare_send(self, slot, CAP_RIGHTS_SEND, &sending, failure);
    if (!error)
        error = buffer_prepare_send(self, failure);
    return error ? error : endpoint_send(self, &sending, failure);
}

static error_t do_send(struct thread *self, struct failure *failure)
{
    const struct slot *slot = find_target(self, failure);

    if (!slot)
        return failure->error;
    if (slot->type == OBJECT_ENDPOINT)
        return send_to_endpoint(self, slot, failure);
    if (slot->type == OBJECT_CHANNEL)
        return send_to_channel(self, slot, CAP_RIGHTS_SEND, slot_object(slot), failure);
    return fail(failure, EBADF, ARGUMENT_HANDLE, OBJECT_ENDPOINT, slot->type);
}

static error_t do_call(struct thread *self, struct failure *failure)
{
    struct sending sending = {.call = true};
    struct slot *slot;
    error_t error;

    if (reply_is_token(self->context.handle))
        return token_call(self, failure);
    slot = find_target(self, failure);
    if (!slot)
        return failure->error;
    if (slot->type != OBJECT_ENDPOINT)
        return object_call(self, slot, failure);
    error = prepare_send(self, slot, CAP_RIGHTS_CALL, &sending, failure);
    if (!error)
        error = lease_prepare(self, failure);
    if (!error)
        error = endpoint_send(self, &sending, failure);
    if (error)
        self->lease_count = 0;
    return error;
}

/* From whom alone a closed receive takes. */
static error_t read_closed(const struct thread *self, struct receiving *receiving,
                           struct failure *failure)
{
    const volatile struct utcb *utcb = self->utcb;
    cap_t expected = utcb->closed_endpoint;
    const struct slot *slot;

    receiving->closed = true;
    receiving->badge = utcb->closed_badge;
    receiving->key = utcb->closed_key;
    if (!expected)
        return SUCCESS;
    slot = cspace_lookup(thread_cspace(self), expected, OBJECT_ENDPOINT, 0, ARGUMENT_EXPECTED,
                         failure);
    if (!slot)
        return failure->error;
    receiving->expected = slot_object(slot);
    return SUCCESS;
}

/* From what a receive can be closed: an Endpoint or a WaitSet. */
static error_t receive_message(struct thread *self, const struct slot *slot, bool now,
                               struct failure *failure)
{
    struct receiving receiving = {.slot = slot, .handle = slot->handle, .now = now};

    if (self->context.tag & TAG_CLOSED && read_closed(self, &receiving, failure))
        return failure->error;
    if (slot->type == OBJECT_WAITSET)
        return waitset_receive(self, slot_object(slot), &receiving, failure);
    receiving.endpoint = slot_object(slot);
    return endpoint_receive(self, &receiving, failure);
}

static error_t receive(struct thread *self, struct failure *failure)
{
    bool now = deadline_of(self) == DEADLINE_NOW;
    struct slot *slot;

    if (check_cancelled(self, failure))
        return failure->error;
    slot = cspace_lookup(thread_cspace(self), self->context.handle, OBJECT_NONE, CAP_RIGHTS_RECV,
                         ARGUMENT_HANDLE, failure);
    if (!slot)
        return failure->error;
    if (slot->type == OBJECT_ENDPOINT || slot->type == OBJECT_WAITSET)
        return receive_message(self, slot, now, failure);
    if (self->context.tag & TAG_CLOSED)
        return fail(failure, EINVAL, ARGUMENT_TAG, 0, TAG_CLOSED);
    if (slot->type == OBJECT_NOTIFICATION)
        return notification_receive(self, slot_object(slot), now, failure);
    if (slot->type == OBJECT_CHANNEL)
        return channel_receive(self, slot_object(slot), now, failure);
    return fail(failure, EBADF, ARGUMENT_HANDLE, OBJECT_ENDPOINT, slot->type);
}

/* A passive thread that goes on with no call, or with one that brings no time, has its reserve. */
static error_t do_receive(struct thread *self, struct failure *failure)
{
    error_t error;

    time_receive_begins(self);
    error = receive(self, failure);
    if (error != RESTART) {
        buffer_forget(self);
        time_receive_ends(self);
    }
    if (self->reserve && self->state == THREAD_RUNNING && !chain_reaches(self)) {
        schedcontext_offer(self->reserve);
        schedule_unpark(self);
    }
    return error;
}

static error_t do_reply(struct thread *self, struct failure *failure)
{
    error_t error;

    if (tag_caps(self->context.tag) && revoke_help(self))
        return RESTART;
    error = reply_send(self, self->context.token, failure);
    if (!error && tag_operation(self->context.tag) == OP_REPLY)
        thread_clear_message(self);
    return error;
}

/* When the answer has gone, what is left is a receive: also if it restarts or is taken back. */
static error_t do_reply_receive(struct thread *self, struct failure *failure)
{
    error_t error = do_reply(self, failure);

    if (error)
        return error;
    self->context.tag = (self->context.tag & TAG_RECEIVE_FLAGS) | TAG_OP(OP_RECV);
    return do_receive(self, failure);
}

static error_t do_notify(struct thread *self, struct failure *failure)
{
    uint64_t bits = self->context.words[0];
    struct slot *slot =
        cspace_lookup(thread_cspace(self), self->context.handle, OBJECT_NOTIFICATION,
                      CAP_RIGHTS_SEND, ARGUMENT_HANDLE, failure);
    uint64_t badge;

    if (!slot)
        return failure->error;
    badge = slot->data ? slot->data : UINT64_MAX;
    thread_clear_message(self);
    notification_raise(slot_object(slot), bits ? bits & badge : badge, cpu_urgency());
    return SUCCESS;
}

static error_t dispatch(struct thread *self, struct failure *failure)
{
    uint64_t tag = self->context.tag;
    error_t error;

    if (self->reaping || self->revoking)
        return revoke_goes_on(self, failure);
    error = check_tag(tag, failure);
    if (error)
        return error;
    switch (tag_operation(tag)) {
    case OP_SEND:
        return do_send(self, failure);
    case OP_RECV:
        return do_receive(self, failure);
    case OP_CALL:
        return do_call(self, failure);
    case OP_REPLY:
        return do_reply(self, failure);
    case OP_REPLY_RECV:
        return do_reply_receive(self, failure);
    case OP_NOTIFY:
        return do_notify(self, failure);
    default:
        return fail(failure, ENOSYS, ARGUMENT_TAG, OP_NOTIFY, tag_operation(tag));
    }
}

/* A system call that is not Myelin's goes to the program's own entry, or is a fault. */
static void foreign(struct thread *self)
{
    struct context *context = &self->context;

    if (self->foreign_entry && self->utcb) {
        self->utcb->foreign_ip = context->ip;
        context_foreign(context, self->foreign_entry);
        return;
    }
    struct fault fault = {.label = FAULT_LABEL_FOREIGN,
                          .cause = {.address = context->tag, .ip = context->ip, .sp = context->sp}};

    endpoint_call_fault(self, &fault);
}

struct thread *kernel_system_call_ends(struct thread *self, error_t error, struct failure *failure)
{
    if (self->revoking && error != RESTART)
        revoke_end(self); /* also where it could not go on: its capability is gone */
    if (error == RESTART) {
        if (thread_is_running(self))
            self->context.ip -= SYSCALL_INSTRUCTION_BYTES;
    } else if (error) {
        failure->error = error;
        thread_set_failure(self, failure);
    }
    return schedule(cpu_self());
}

struct thread *kernel_system_call(struct cpu *cpu)
{
    struct thread *self = cpu->thread;
    struct failure failure;
    error_t error;

    if (!self->cancelled && !context_is_stepped(&self->context))
        fast_renew(self);
    if (!(self->context.tag & TAG_MYELIN)) {
        foreign(self);
        return schedule(cpu);
    }
    error = dispatch(self, &failure);
    if (!error)
        thread_set_deadline(self);
    return kernel_system_call_ends(self, error, &failure);
}

struct thread *kernel_fault(struct cpu *cpu, const struct fault *fault)
{
    if (context_is_stepped(&cpu->thread->context))
        fast_stop(cpu->thread);
    endpoint_call_fault(cpu->thread, fault);
    return schedule(cpu);
}

#define EXPIRE_AT_ONCE 32 /* timeouts handled in one entry; the rest at the next, at once */

struct thread *kernel_timer(struct cpu *cpu)
{
    uint64_t now = arch_now();

    cpu->timer = UINT64_MAX;
    cpu->timer_interrupts++;
    schedule_tick(cpu, now);
    for (unsigned i = 0; i < EXPIRE_AT_ONCE && timeout_expire_one(now); i++)
        if (arch_preemption_pending())
            break;
    return schedule(cpu);
}

struct thread *kernel_interrupt(struct cpu *cpu, unsigned line)
{
    const struct slot *bell = irq_bell(line);
    struct thread *next;

    arch_irq_mask(line);
    if (!slot_used(bell))
        return schedule(cpu);
    next = interrupt_wakes(cpu, slot_object(bell), bell->data);
    if (next)
        return next;
    notification_signal(slot_object(bell), bell->data);
    return schedule(cpu);
}
