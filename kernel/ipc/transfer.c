/*
 * transfer.c - a message goes from one thread to another: seven words in registers, the rest
 * from UTCB to UTCB, capabilities from space to space, all or nothing.
 */

#include <ipc/ipc.h>
#include <mem/mem.h>
#include <myelin/idl/thread_types.h>

/* Bits of the sender's tag that the receiver sees. */
#define TAG_DELIVERED                                                                 \
    (0xffffffffull << TAG_LABEL_SHIFT | TAG_MYELIN | 0x7full << TAG_OPERATION_SHIFT | \
     0xffull << TAG_WORDS_SHIFT | 7ull << TAG_CAPS_SHIFT | 7ull << TAG_LEASES_SHIFT | \
     7ull << TAG_ACCEPT_SHIFT)

void message_prepare(struct thread *sender)
{
    unsigned count = tag_caps(sender->context.tag);

    sender->pending_count = count;
    for (unsigned i = 0; i < count; i++) {
        const volatile struct cap_item *item = &sender->utcb->caps[i];

        sender->pending[i] = (struct pending_cap){item->cap, item->how};
    }
}

error_t cap_item_check(const struct slot *source, uint64_t how, uint64_t argument,
                       struct failure *failure)
{
    switch (CAP_HOW_MODE(how)) {
    case CAP_MOVE: /* moving a Frame unmaps it, and a thread of this very transfer may lose its UTCB
                    */
        if (frame_holds_utcb(source))
            return fail(failure, EBUSY, argument, OBJECT_THREAD, OBJECT_FRAME);
        return SUCCESS;
    case CAP_COPY:
    case CAP_DERIVE:
        return cap_copy_check(source, argument, failure);
    default:
        return fail(failure, EINVAL, argument, CAP_DERIVE, how);
    }
}

void cap_item_transfer(struct slot *to, struct slot *source, uint64_t how)
{
    if (CAP_HOW_MODE(how) == CAP_MOVE)
        cap_move(to, source);
    else
        cap_copy(to, source, CAP_HOW_MODE(how) == CAP_DERIVE ? (uint16_t)how : CAP_RIGHTS_ALL);
}

/* A capability moved twice in one message would leave the second place empty. */
static bool moved_before(const struct thread *from, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (from->pending[i].cap == from->pending[n].cap &&
            CAP_HOW_MODE(from->pending[i].how) == CAP_MOVE)
            return true;
    return false;
}

error_t message_check_own(struct thread *from, bool grant, uint64_t argument,
                          struct failure *failure)
{
    if (from->pending_count && !grant)
        return fail(failure, EPERM, argument, CAP_RIGHTS_GRANT, 0);
    for (unsigned i = 0; i < from->pending_count; i++) {
        const struct slot *source = cspace_lookup(thread_cspace(from), from->pending[i].cap,
                                                  OBJECT_NONE, 0, ARGUMENT_CAP(i), failure);

        if (!source)
            return failure->error;
        if (moved_before(from, i))
            return fail(failure, EINVAL, ARGUMENT_CAP(i), 0, from->pending[i].cap);
        if (cap_item_check(source, from->pending[i].how, ARGUMENT_CAP(i), failure))
            return failure->error;
    }
    return SUCCESS;
}

error_t message_check(struct thread *from, const struct thread *to, bool grant, uint64_t argument,
                      struct failure *failure)
{
    unsigned count = from->pending_count;

    if (!count)
        return SUCCESS;
    if (message_check_own(from, grant, argument, failure))
        return failure->error;
    if (tag_accept(to->context.tag) < count)
        return fail(failure, ENOSPC, ARGUMENT_PARTNER, count, tag_accept(to->context.tag));
    if (!cspace_has_free(thread_cspace(to), count))
        return fail(failure, ENOSPC, ARGUMENT_PARTNER, count, 0);
    return SUCCESS;
}

void message_give_cap(struct thread *to, unsigned n, struct slot *source, uint64_t how)
{
    struct slot *slot = cspace_take(thread_cspace(to));
    struct cap_item *item = &to->utcb->caps[n];

    cap_item_transfer(slot, source, how);
    item->cap = slot->handle;
    item->how = (uint64_t)slot->type << 32 | slot->rights;
}

void message_move_caps(struct thread *from, struct thread *to)
{
    struct failure unused;

    for (unsigned i = 0; i < from->pending_count; i++) {
        struct slot *source =
            cspace_lookup(thread_cspace(from), from->pending[i].cap, OBJECT_NONE, 0, 0, &unused);

        message_give_cap(to, i, source, from->pending[i].how);
    }
    from->pending_count = 0;
}

static void move_words(const struct thread *from, struct thread *to)
{
    unsigned count = tag_words(from->context.tag);

    memcpy(to->context.words, from->context.words, sizeof(to->context.words));
    if (count > MESSAGE_REGISTER_WORDS)
        memcpy(&to->utcb->words[MESSAGE_REGISTER_WORDS], &from->utcb->words[MESSAGE_REGISTER_WORDS],
               (count - MESSAGE_REGISTER_WORDS) * sizeof(uint64_t));
}

uint64_t message_tag(uint64_t tag)
{
    return tag & TAG_DELIVERED & ~(7ull << TAG_ACCEPT_SHIFT);
}

void message_read_words(const struct thread *from, uint64_t *words)
{
    unsigned count = tag_words(from->context.tag);

    memcpy(words, from->context.words, sizeof(from->context.words));
    if (count > MESSAGE_REGISTER_WORDS)
        memcpy(&words[MESSAGE_REGISTER_WORDS], &from->utcb->words[MESSAGE_REGISTER_WORDS],
               (count - MESSAGE_REGISTER_WORDS) * sizeof(uint64_t));
}

void message_write_words(struct thread *to, uint64_t tag, const uint64_t *words)
{
    unsigned count = tag_words(tag);

    memcpy(to->context.words, words, sizeof(to->context.words));
    if (count > MESSAGE_REGISTER_WORDS)
        memcpy(&to->utcb->words[MESSAGE_REGISTER_WORDS], &words[MESSAGE_REGISTER_WORDS],
               (count - MESSAGE_REGISTER_WORDS) * sizeof(uint64_t));
}

_Static_assert(sizeof(struct fault_cause) == sizeof(((struct context *)0)->words),
               "the registers of a message hold the cause");

static uint64_t put_fault(const struct thread *from, struct thread *to)
{
    const struct fault *fault = &from->fault;
    struct thread_registers registers;

    memcpy(to->context.words, &fault->cause, sizeof(fault->cause));
    arch_registers_read(&from->context, &registers);
    *fault_registers(to) = registers;
    return fault_tag(fault->label);
}

void message_announce(struct thread *to, uint64_t tag, uint64_t badge)
{
    struct context *context = &to->context;

    context->tag = tag;
    context->handle = badge;
    context->token = 0;
    context->status = SUCCESS;
    /* Bits come with what a receive takes, not with the answer to a call. */
    context->notified =
        to->bound && to->state != THREAD_WAITS_REPLY ? notification_take(to->bound, to) : 0;
}

void message_deliver(struct thread *from, struct thread *to, uint64_t badge)
{
    uint64_t tag;

    if (from->faulting) {
        tag = put_fault(from, to);
    } else {
        tag = from->context.tag & TAG_DELIVERED;
        move_words(from, to);
        if (from->pending_count)
            message_move_caps(from, to);
        if (tag_leases(tag))
            lease_announce(from, to);
    }
    message_announce(to, tag, badge);
}
