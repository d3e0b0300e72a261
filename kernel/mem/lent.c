/*
 * lent.c - copies between a thread's own memory and memory that another space has lent it, by a
 * lease or by a MemoryGrant. They make way for interrupts, and never wait for the other's pager.
 */

#include <ipc/ipc.h>
#include <mem/mem.h>
#include <myelin/idl/fault_types.h>

static error_t check(struct invocation *invocation, const struct lent *lent,
                     const struct lent_request *request)
{
    if (request->offset > lent->length || request->length > lent->length - request->offset)
        return invocation_fail(invocation, ERANGE, ARGUMENT_WORD(request->word), lent->length,
                               request->offset);
    if (request->address > USER_ADDRESS_END ||
        request->length > USER_ADDRESS_END - request->address)
        return invocation_fail(invocation, EFAULT, ARGUMENT_WORD(request->word + 2),
                               USER_ADDRESS_END, request->address);
    return SUCCESS;
}

/* What was copied so far is kept in the caller's own registers, from which it goes on. */
static void keep_progress(struct thread *caller, struct lent_request *request, uint64_t left)
{
    uint64_t *words = &caller->context.words[request->word];
    uint64_t copied = request->length - left;

    request->done += copied;
    words[0] = request->offset + copied;
    words[1] = left;
    words[2] = request->address + copied;
    words[3] = request->done;
}

/* The caller's own page is missing: it faults as if it had touched it, and then goes on. */
static error_t fault_own(struct thread *caller, uint64_t address, unsigned access)
{
    struct fault fault = {.label = FAULT_LABEL_PAGE,
                          .cause = {.address = address,
                                    .detail = access,
                                    .sp = caller->context.sp,
                                    .trap = TRAP_PAGE_FAULT}};

    caller->context.ip -= SYSCALL_INSTRUCTION_BYTES;
    fault.cause.ip = caller->context.ip;
    endpoint_call_fault(caller, &fault);
    return RESTART;
}

error_t lent_copy(struct invocation *invocation, const struct lent *lent,
                  struct lent_request *request)
{
    struct thread *caller = invocation->caller;
    bool write = request->write;
    error_t error = check(invocation, lent, request);
    struct copy copy = {.length = request->length};
    enum copy_end end;

    if (error)
        return error;
    copy.from = write ? thread_vspace(caller) : lent->vspace;
    copy.to = write ? lent->vspace : thread_vspace(caller);
    copy.from_address = write ? request->address : lent->base + request->offset;
    copy.to_address = write ? lent->base + request->offset : request->address;
    end = copy_between(&copy);
    keep_progress(caller, request, copy.length);
    if (end == COPY_PREEMPTED)
        return RESTART;
    if (end == (write ? COPY_FROM_MISSING : COPY_TO_MISSING))
        return fault_own(caller, write ? copy.from_address : copy.to_address,
                         write ? CAP_RIGHTS_READ : CAP_RIGHTS_WRITE);
    if (end != COPY_DONE)
        return invocation_fail(invocation, EFAULT, ARGUMENT_PARTNER, 0, request->done);
    return SUCCESS;
}
