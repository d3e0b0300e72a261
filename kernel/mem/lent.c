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

/* What of this copy is done already. A void token or capability never comes again, so what was
   begun by one and then refused counts for nothing else. */
static uint64_t begun(const struct thread *caller, const struct lent_request *request)
{
    const struct lent_progress *progress = &caller->lent_progress;
    bool same = progress->via == caller->context.handle && progress->done <= request->length;

    return same ? progress->done : 0;
}

void lent_keep(struct thread *caller, uint64_t done)
{
    caller->lent_progress = (struct lent_progress){caller->context.handle, done};
}

void lent_forget(struct thread *thread)
{
    thread->lent_progress.via = CAP_NULL;
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

static struct copy plan(const struct thread *caller, const struct lent *lent,
                        const struct lent_request *request, uint64_t done)
{
    uint64_t own = request->address + done, lenders = lent->base + request->offset + done;
    uint64_t left = request->length - done;

    return request->write ? (struct copy){thread_vspace(caller), lent->vspace, own, lenders, left}
                          : (struct copy){lent->vspace, thread_vspace(caller), lenders, own, left};
}

/* It did not come to its end: because of an interrupt, or a page. */
static error_t stopped(struct invocation *invocation, const struct lent_request *request,
                       const struct copy *copy, enum copy_end end)
{
    struct thread *caller = invocation->caller;
    bool write = request->write;
    uint64_t done = request->length - copy->length;

    if (end == (write ? COPY_TO_MISSING : COPY_FROM_MISSING)) {
        lent_forget(caller);
        return invocation_fail(invocation, EFAULT, ARGUMENT_PARTNER, 0, done);
    }
    lent_keep(caller, done);
    if (end == COPY_PREEMPTED)
        return RESTART;
    return fault_own(caller, write ? copy->from_address : copy->to_address,
                     write ? CAP_RIGHTS_READ : CAP_RIGHTS_WRITE);
}

error_t lent_copy(struct invocation *invocation, const struct lent *lent,
                  const struct lent_request *request, uint64_t *done)
{
    error_t error = check(invocation, lent, request);
    struct copy copy;
    enum copy_end end;

    if (error) {
        lent_forget(invocation->caller);
        return error;
    }
    copy = plan(invocation->caller, lent, request, begun(invocation->caller, request));
    end = copy_between(&copy);
    if (end != COPY_DONE)
        return stopped(invocation, request, &copy, end);
    lent_forget(invocation->caller);
    *done = request->length;
    return SUCCESS;
}
