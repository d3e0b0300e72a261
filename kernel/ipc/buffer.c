/*
 * buffer.c - a buffer of any size goes with a `send`, straight from the sender's memory to the
 * receiver's, before the message itself.
 *
 * Whoever runs copies, page by page, while the other waits. A copy that makes way for an interrupt
 * is gone on with by the receiver, in its receive, made anew; the sender waits in the queue like
 * any other. How far it came is kept in the receiver, with the number of the send, which no other
 * has: so everybody may die or go meanwhile, and nothing points at him.
 */

#include <ipc/ipc.h>
#include <mem/mem.h>
#include <myelin/idl/fault_types.h>

static bool sends(const struct thread *from)
{
    return from->context.tag & TAG_BUFFER && !from->faulting;
}

static bool takes(const struct thread *to)
{
    return to->context.tag & TAG_BUFFER;
}

bool buffer_travels(const struct thread *from, const struct thread *to)
{
    return sends(from) && takes(to);
}

/* Reads where the thread's buffer lies, once. */
static error_t read_buffer(const struct thread *thread, struct buffer *buffer,
                           struct failure *failure)
{
    const volatile struct utcb *utcb = thread->utcb;

    buffer->base = utcb->buffer_base;
    buffer->length = utcb->buffer_length;
    if (buffer->base > USER_ADDRESS_END || buffer->length > USER_ADDRESS_END - buffer->base)
        return fail(failure, EINVAL, ARGUMENT_BUFFER, USER_ADDRESS_END, buffer->base);
    return SUCCESS;
}

error_t buffer_prepare_send(struct thread *sender, struct failure *failure)
{
    struct cpu *cpu = cpu_self();

    if (!(sender->context.tag & TAG_BUFFER))
        return SUCCESS;
    sender->buffer = (struct buffer){.number = ++cpu->buffers << 8 | cpu->id};
    return read_buffer(sender, &sender->buffer, failure);
}

error_t buffer_prepare_receive(struct thread *receiver, struct failure *failure)
{
    struct buffer buffer = {0};

    if (!takes(receiver))
        return SUCCESS;
    if (read_buffer(receiver, &buffer, failure))
        return failure->error;
    if (buffer.base != receiver->buffer.base || buffer.length != receiver->buffer.length)
        receiver->buffer = buffer;
    return SUCCESS;
}

void buffer_forget(struct thread *receiver)
{
    receiver->buffer.number = 0;
}

/* How much travels: the shorter side says. */
static uint64_t common_length(const struct thread *from, const struct thread *to)
{
    if (!buffer_travels(from, to))
        return 0;
    return from->buffer.length < to->buffer.length ? from->buffer.length : to->buffer.length;
}

enum copy_end buffer_copy(struct thread *from, struct thread *to)
{
    struct buffer *progress = &to->buffer;
    struct copy copy = {.length = common_length(from, to)};
    uint64_t length = copy.length;
    enum copy_end end;

    if (progress->number != from->buffer.number)
        progress->done = 0;
    progress->number = from->buffer.number;
    copy.from = thread_vspace(from);
    copy.to = thread_vspace(to);
    copy.from_address = from->buffer.base + progress->done;
    copy.to_address = progress->base + progress->done;
    copy.length -= progress->done;
    end = copy_between(&copy);
    progress->done = from->buffer.done = length - copy.length;
    return end;
}

void buffer_tell(struct thread *from, struct thread *to)
{
    uint64_t length = common_length(from, to);

    if (sends(from))
        from->utcb->buffer_length = length;
    if (takes(to))
        to->utcb->buffer_length = length;
}

error_t buffer_fault_sender(struct thread *sender)
{
    struct fault fault = {.label = FAULT_LABEL_PAGE,
                          .cause = {.address = sender->buffer.base + sender->buffer.done,
                                    .detail = CAP_RIGHTS_READ,
                                    .ip = sender->context.ip,
                                    .sp = sender->context.sp,
                                    .trap = TRAP_PAGE_FAULT}};

    endpoint_call_fault(sender, &fault);
    return RESTART;
}
