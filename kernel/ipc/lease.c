/*
 * lease.c - memory lent with a call. The caller names up to four buffers of its own; whoever
 * holds the reply token, or the Reply, reads and writes them through the kernel until it answers.
 * Nothing is set up, and nothing is left to clean up. Idea: Hubris.
 */

#include <ipc/ipc.h>
#include <mem/mem.h>
#include <myelin/idl/fault_types.h>
#include <myelin/idl/reply_types.h>

#define LEASE_RIGHTS (CAP_RIGHTS_READ | CAP_RIGHTS_WRITE)

error_t lease_prepare(struct thread *caller, struct failure *failure)
{
    unsigned count = tag_leases(caller->context.tag);

    caller->lease_count = 0;
    for (unsigned i = 0; i < count; i++) {
        const volatile struct lease_item *item = &caller->utcb->leases[i];
        struct lease_item lease = {item->base, item->length, item->rights, item->via};

        if (!lease.rights || (lease.rights & ~(uint64_t)LEASE_RIGHTS))
            return fail(failure, EINVAL, ARGUMENT_LEASE(i), LEASE_RIGHTS, lease.rights);
        if (lease.base > USER_ADDRESS_END || lease.length > USER_ADDRESS_END - lease.base)
            return fail(failure, EINVAL, ARGUMENT_LEASE(i), USER_ADDRESS_END, lease.base);
        caller->leases[i] = lease;
    }
    caller->lease_count = count;
    return SUCCESS;
}

void lease_announce(const struct thread *caller, struct thread *server)
{
    for (unsigned i = 0; i < caller->lease_count; i++)
        server->utcb->leases[i] =
            (struct lease_item){0, caller->leases[i].length, caller->leases[i].rights, 0};
}

/* What REPLY_LABEL_LEASE_READ and REPLY_LABEL_LEASE_WRITE are asked for. */
struct request {
    uint64_t lent; /* where, in the caller's space */
    uint64_t length;
    uint64_t address; /* in the server's space */
    uint64_t done;    /* before it was preempted or faulted */
};

static error_t read_request(struct invocation *invocation, unsigned right, struct request *request)
{
    const struct thread *caller = slot_object(invocation->target);
    uint64_t number = invocation_word(invocation, 0), offset = invocation_word(invocation, 1);
    const struct lease_item *lease;

    request->length = invocation_word(invocation, 2);
    request->address = invocation_word(invocation, 3);
    request->done = invocation_word(invocation, 4);
    if (number >= caller->lease_count)
        return invocation_fail(invocation, ENOENT, ARGUMENT_WORD(0), caller->lease_count, number);
    lease = &caller->leases[number];
    if (!(lease->rights & right))
        return invocation_fail(invocation, EPERM, ARGUMENT_WORD(0), right, lease->rights);
    if (offset > lease->length || request->length > lease->length - offset)
        return invocation_fail(invocation, ERANGE, ARGUMENT_WORD(1), lease->length, offset);
    if (request->address > USER_ADDRESS_END ||
        request->length > USER_ADDRESS_END - request->address)
        return invocation_fail(invocation, EFAULT, ARGUMENT_WORD(3), USER_ADDRESS_END,
                               request->address);
    request->lent = lease->base + offset;
    return SUCCESS;
}

/* What was copied so far is kept in the server's own registers, from which it goes on. */
static void keep_progress(struct thread *server, struct request *request, uint64_t left)
{
    uint64_t *words = server->context.words;

    request->done += request->length - left;
    words[1] += request->length - left;
    words[2] = left;
    words[3] += request->length - left;
    words[4] = request->done;
}

/* The server's own page is missing: it faults as if it had touched it, and then goes on. */
static error_t fault_own(struct thread *server, uint64_t address, unsigned access)
{
    struct fault fault = {FAULT_LABEL_PAGE,
                          {address, access, 0, server->context.sp, 0, TRAP_PAGE_FAULT}};

    server->context.ip -= SYSCALL_INSTRUCTION_BYTES;
    fault.words[2] = server->context.ip;
    endpoint_call_fault(server, &fault);
    return RESTART;
}

static error_t transfer(struct invocation *invocation, bool write)
{
    struct thread *server = invocation->caller;
    const struct thread *client = slot_object(invocation->target);
    struct request request = {0};
    error_t error = read_request(invocation, write ? CAP_RIGHTS_WRITE : CAP_RIGHTS_READ, &request);
    struct copy copy = {.length = request.length};
    enum copy_end end;

    if (error)
        return error;
    copy.from = thread_vspace(write ? server : client);
    copy.to = thread_vspace(write ? client : server);
    copy.from_address = write ? request.address : request.lent;
    copy.to_address = write ? request.lent : request.address;
    end = copy_between(&copy);
    keep_progress(server, &request, copy.length);
    if (end == COPY_PREEMPTED)
        return RESTART;
    if (end == (write ? COPY_FROM_MISSING : COPY_TO_MISSING))
        return fault_own(server, write ? copy.from_address : copy.to_address,
                         write ? CAP_RIGHTS_READ : CAP_RIGHTS_WRITE);
    if (end != COPY_DONE)
        return invocation_fail(invocation, EFAULT, ARGUMENT_PARTNER, 0, request.done);
    invocation_put(invocation, request.done);
    return SUCCESS;
}

error_t reply_invoke(struct invocation *invocation)
{
    if (!invocation->target->object)
        return invocation_fail(invocation, ESTALE, ARGUMENT_HANDLE, 0, invocation->target->data);
    switch (invocation->label) {
    case REPLY_LABEL_LEASE_READ:
        return transfer(invocation, false);
    case REPLY_LABEL_LEASE_WRITE:
        return transfer(invocation, true);
    default:
        return invocation_fail(invocation, ENOSYS, ARGUMENT_TAG, 0, invocation->label);
    }
}
