/*
 * lease.c - memory lent with a call. The caller names up to four buffers, of its own memory or of
 * leases that it holds; whoever holds the reply token, or the Reply, reads and writes them through
 * the kernel until it answers. Nothing is set up, and nothing is left to clean up. Idea: Hubris.
 *
 * What is lent on names the call that it is held through, not the memory. Each use walks from call
 * to call, so it ends with whichever of them ends first, and no pointer is kept.
 */

#include <ipc/ipc.h>
#include <mem/mem.h>
#include <myelin/idl/reply_kernel.h>

#define LEASE_RIGHTS (CAP_RIGHTS_READ | CAP_RIGHTS_WRITE)

/* A part of a lease, and what is to be done with it. */
struct part {
    uint64_t number;
    uint64_t offset, length;
    unsigned rights;
};

static unsigned lease_rights(const struct lease_item *lease)
{
    return (unsigned)lease->rights & LEASE_RIGHTS;
}

/* Whose call that token or Reply of the thread stands for; NULL: it has ended. */
static const struct thread *lender_of(const struct thread *thread, uint64_t via)
{
    struct failure ended;
    const struct slot *reply;

    if (reply_is_token(via))
        return reply_check_token(thread, via, 0, &ended) ? NULL : thread->caller;
    reply = cspace_lookup(thread_cspace(thread), via, OBJECT_REPLY, 0, 0, &ended);
    return reply ? slot_object(reply) : NULL;
}

/*
 * Where that part of what `lender` lends lies at last, through at most so many calls. They only end
 * while they wait, and then what they lent is not found any more (ESTALE).
 */
static error_t find(const struct thread *lender, struct part part, unsigned calls,
                    struct lent *lent)
{
    for (; calls > 0; calls--) {
        const struct lease_item *lease;

        if (!lender)
            return ESTALE;
        if (part.number >= lender->lease_count)
            return ENOENT;
        lease = &lender->leases[part.number];
        if (part.rights & ~lease_rights(lease))
            return EPERM;
        if (part.offset > lease->length || part.length > lease->length - part.offset)
            return ERANGE;
        part.offset += lease->base;
        if (!lease->via) {
            *lent = (struct lent){thread_vspace(lender), part.offset, part.length};
            return SUCCESS;
        }
        part.number = lease->rights >> LEASE_NUMBER_SHIFT;
        lender = lender_of(lender, lease->via);
    }
    return ELOOP;
}

/* One more call is to lend on what the caller holds. */
static error_t check_lent_on(const struct thread *caller, const struct lease_item *lease,
                             uint64_t argument, struct failure *failure)
{
    const struct part part = {
        .number = lease->rights >> LEASE_NUMBER_SHIFT,
        .offset = lease->base,
        .length = lease->length,
        .rights = lease_rights(lease),
    };
    struct lent unused;
    error_t error = find(lender_of(caller, lease->via), part, LEASE_CALLS_MAX - 1, &unused);

    return error ? fail(failure, error, argument, LEASE_CALLS_MAX, lease->base) : SUCCESS;
}

static error_t check_own(const struct lease_item *lease, uint64_t argument, struct failure *failure)
{
    if (lease->base > USER_ADDRESS_END || lease->length > USER_ADDRESS_END - lease->base)
        return fail(failure, EINVAL, argument, USER_ADDRESS_END, lease->base);
    return SUCCESS;
}

static error_t check(const struct thread *caller, const struct lease_item *lease, uint64_t argument,
                     struct failure *failure)
{
    uint64_t number = lease->via ? lease->rights >> LEASE_NUMBER_SHIFT << LEASE_NUMBER_SHIFT : 0;
    uint64_t rights = lease->rights ^ number;

    if (!rights || (rights & ~(uint64_t)LEASE_RIGHTS))
        return fail(failure, EINVAL, argument, LEASE_RIGHTS, rights);
    return lease->via ? check_lent_on(caller, lease, argument, failure)
                      : check_own(lease, argument, failure);
}

error_t lease_prepare(struct thread *caller, struct failure *failure)
{
    unsigned count = tag_leases(caller->context.tag);

    for (unsigned i = 0; i < count; i++) {
        const volatile struct lease_item *item = &caller->utcb->leases[i];
        struct lease_item lease = {item->base, item->length, item->rights, item->via};
        error_t error = check(caller, &lease, ARGUMENT_LEASE(i), failure);

        if (error)
            return error;
        caller->leases[i] = lease;
    }
    caller->lease_count = count;
    return SUCCESS;
}

void lease_announce(const struct thread *caller, struct thread *server)
{
    for (unsigned i = 0; i < caller->lease_count; i++)
        server->utcb->leases[i] =
            (struct lease_item){0, caller->leases[i].length, lease_rights(&caller->leases[i]), 0};
}

/* Where a lease lies that was lent on; it is the caller's number so. */
static error_t find_lent_on(const struct thread *caller, uint64_t number, unsigned right,
                            struct lent *lent)
{
    const struct part all = {
        .number = number, .length = caller->leases[number].length, .rights = right};

    return find(caller, all, LEASE_CALLS_MAX, lent);
}

/* All of a lease that is to be used so. */
static error_t lease_find(struct invocation *invocation, uint64_t number, unsigned right,
                          struct lent *lent)
{
    const struct thread *caller = slot_object(invocation->target);
    const struct lease_item *lease;
    error_t error;

    if (number >= caller->lease_count)
        return invocation_fail(invocation, ENOENT, ARGUMENT_WORD(0), caller->lease_count, number);
    lease = &caller->leases[number];
    if (!(lease->rights & right))
        return invocation_fail(invocation, EPERM, ARGUMENT_WORD(0), right, lease_rights(lease));
    if (!lease->via) {
        *lent = (struct lent){thread_vspace(caller), lease->base, lease->length};
        return SUCCESS;
    }
    error = find_lent_on(caller, number, right, lent);
    return error ? invocation_fail(invocation, error, ARGUMENT_WORD(0), 0, number) : SUCCESS;
}

static error_t transfer(struct invocation *invocation, uint64_t number,
                        const struct lent_request *request, uint64_t *done)
{
    struct lent lent;
    error_t error;

    if (!invocation->target->object)
        return invocation_fail(invocation, ESTALE, ARGUMENT_HANDLE, 0, invocation->target->data);
    error =
        lease_find(invocation, number, request->write ? CAP_RIGHTS_WRITE : CAP_RIGHTS_READ, &lent);
    if (!error)
        return lent_copy(invocation, &lent, request, done);
    lent_forget(invocation->caller);
    return error;
}

error_t reply_handle_lease_read(struct invocation *invocation, uint64_t lease_number,
                                uint64_t offset, uint64_t length, uint64_t address, uint64_t *done)
{
    const struct lent_request request = {offset, length, address, .word = 1};

    return transfer(invocation, lease_number, &request, done);
}

error_t reply_handle_lease_write(struct invocation *invocation, uint64_t lease_number,
                                 uint64_t offset, uint64_t length, uint64_t address, uint64_t *done)
{
    const struct lent_request request = {offset, length, address, .word = 1, .write = true};

    return transfer(invocation, lease_number, &request, done);
}
