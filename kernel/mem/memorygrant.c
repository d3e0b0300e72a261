/*
 * memorygrant.c - MemoryGrants: a range of an address space as a capability, for copying through.
 *
 * There is no object behind it. The slot says all: the space, and the range packed into what is
 * left, 48 bits each: base and the low 16 bits of the length in `data`, the rest of the length in
 * `extra`, `size_bits` and `map_rights`. It is made a child of a capability to the space, and
 * whatever becomes of that one it stays below the space's owner, with whom it goes.
 */

#include <mem/mem.h>
#include <myelin/idl/memorygrant_kernel.h>
#include <myelin/idl/vspace_kernel.h>
#include <task/task.h>

#define BASE_BITS 48
#define BASE_MASK ((1ull << BASE_BITS) - 1)

uint64_t memorygrant_base(const struct slot *grant)
{
    return grant->data & BASE_MASK;
}

uint64_t memorygrant_length(const struct slot *grant)
{
    return grant->data >> BASE_BITS | (uint64_t)grant->extra << 16 |
           (uint64_t)grant->size_bits << 32 | (uint64_t)grant->map_rights << 40;
}

void memorygrant_set_range(struct slot *grant, uint64_t base, uint64_t length)
{
    grant->data = base | length << BASE_BITS;
    grant->extra = (uint16_t)(length >> 16);
    grant->size_bits = (uint8_t)(length >> 32);
    grant->map_rights = (uint8_t)(length >> 40);
}

static error_t copy(struct invocation *invocation, const struct lent_request *request,
                    uint64_t *done)
{
    const struct slot *grant = invocation->target;
    const struct lent lent = {slot_object(grant), memorygrant_base(grant),
                              memorygrant_length(grant)};

    return lent_copy(invocation, &lent, request, done);
}

error_t memorygrant_handle_read(struct invocation *invocation, uint64_t offset, uint64_t length,
                                uint64_t address, uint64_t *done)
{
    const struct lent_request request = {offset, length, address, .write = false};

    return copy(invocation, &request, done);
}

error_t memorygrant_handle_write(struct invocation *invocation, uint64_t offset, uint64_t length,
                                 uint64_t address, uint64_t *done)
{
    const struct lent_request request = {offset, length, address, .write = true};

    return copy(invocation, &request, done);
}

error_t memorygrant_handle_inspect(struct invocation *invocation, struct memorygrant_info *info)
{
    const struct slot *grant = invocation->target;

    info->length = memorygrant_length(grant);
    info->rights = grant->rights;
    info->space = vspace_identity(slot_object(grant));
    return SUCCESS;
}

/* ---- of a VSpace ---- */

static error_t check_range(struct invocation *invocation, uint64_t address, uint64_t length,
                           uint64_t rights)
{
    if (!length)
        return invocation_fail(invocation, EINVAL, ARGUMENT_WORD(1), 1, 0);
    if (address > USER_ADDRESS_END || length > USER_ADDRESS_END - address)
        return invocation_fail(invocation, ERANGE, ARGUMENT_WORD(0), USER_ADDRESS_END, address);
    if (!rights || (rights & ~(uint64_t)MEMORYGRANT_RIGHTS))
        return invocation_fail(invocation, EINVAL, ARGUMENT_WORD(2), MEMORYGRANT_RIGHTS, rights);
    return SUCCESS;
}

error_t vspace_handle_grant(struct invocation *invocation, uint64_t address, uint64_t length,
                            uint64_t rights)
{
    struct slot *vspace = invocation->target, *grant;
    error_t error = check_range(invocation, address, length, rights);

    if (error)
        return error;
    if (revoke_help(invocation->caller))
        return RESTART;

    /* Commit. */
    grant = cspace_take(thread_cspace(invocation->caller));
    grant->type = OBJECT_MEMORYGRANT;
    grant->rights = (uint16_t)rights;
    grant->object = vspace->object;
    memorygrant_set_range(grant, address, length);
    tree_insert_last(grant, vspace);
    invocation->out_cap = grant;
    return SUCCESS;
}

error_t vspace_handle_locate(struct invocation *invocation, struct slot *grant, uint64_t *address)
{
    const struct vspace *vspace = slot_object(invocation->target);

    if (slot_object(grant) != vspace)
        return invocation_fail(invocation, ENOENT, ARGUMENT_CAP(0), vspace_identity(vspace),
                               vspace_identity(slot_object(grant)));
    *address = memorygrant_base(grant);
    return SUCCESS;
}
