/* cspace_methods.c - what a CSpace answers: derive, mint, insert, inspect, compare. */

#include <arch.h>
#include <cap/cap.h>
#include <ipc/ipc.h>
#include <mem/mem.h>
#include <myelin/idl/cspace_kernel.h>
#include <task/task.h>

/* Commits to a copy of `source` in a slot that the kernel picks. */
static struct slot *copy_into_new_slot(struct invocation *invocation, struct slot *source,
                                       uint64_t rights)
{
    struct slot *slot = cspace_take(thread_cspace(invocation->caller));

    cap_copy(slot, source, (unsigned)rights);
    invocation->out_cap = slot;
    return slot;
}

static error_t derive_part(struct invocation *invocation, struct slot *source, uint64_t rights,
                           uint64_t offset, uint64_t length)
{
    struct failure *failure = &invocation->failure;

    if (cap_part_check(source, offset, length, ARGUMENT_CAP(0), failure))
        return failure->error;

    /* Commit. */
    cap_narrow(copy_into_new_slot(invocation, source, rights), offset, length);
    return SETTLED;
}

error_t cspace_handle_derive(struct invocation *invocation, uint64_t rights, uint64_t offset,
                             uint64_t length, struct slot *source)
{
    if (revoke_help(invocation->caller))
        return RESTART;
    if (cap_copy_check(source, ARGUMENT_CAP(0), &invocation->failure))
        return invocation->failure.error;
    if (length)
        return derive_part(invocation, source, rights, offset, length);

    /* Commit. */
    copy_into_new_slot(invocation, source, rights);
    return SETTLED;
}

error_t cspace_handle_mint(struct invocation *invocation, uint64_t badge, uint64_t rights,
                           struct slot *source)
{
    if (!badge)
        return invocation_fail(invocation, EINVAL, ARGUMENT_WORD(0), 1, 0);
    if (revoke_help(invocation->caller))
        return RESTART;
    if (cap_mint_check(source, ARGUMENT_CAP(0), &invocation->failure))
        return invocation->failure.error;

    /* Commit. */
    copy_into_new_slot(invocation, source, rights)->data = badge;
    return SETTLED;
}

error_t cspace_handle_reply_save(struct invocation *invocation, uint64_t token)
{
    error_t error =
        reply_check_token(invocation->caller, token, ARGUMENT_WORD(0), &invocation->failure);

    if (error)
        return error;

    /* Commit. */
    invocation->out_cap = cspace_take(thread_cspace(invocation->caller));
    reply_save(invocation->caller, invocation->out_cap);
    return SUCCESS;
}

error_t cspace_handle_insert(struct invocation *invocation, struct slot *source,
                             uint64_t source_how, uint64_t *handle)
{
    struct cspace *space = slot_object(invocation->target);
    struct slot *slot;
    error_t error;

    if (revoke_help(invocation->caller))
        return RESTART;
    if (!cspace_has_one(space))
        return invocation_fail(invocation, ENOSPC, ARGUMENT_HANDLE, 1, 0);
    error = cap_item_check(source, source_how, ARGUMENT_CAP(0), &invocation->failure);
    if (error)
        return error;

    /* Commit. */
    slot = cspace_take(space);
    cap_item_transfer(slot, source, source_how);
    *handle = slot->handle;
    return SUCCESS;
}

static const char *object_name(const struct slot *slot)
{
    switch (slot->type) {
    case OBJECT_CSPACE:
    case OBJECT_VSPACE:
    case OBJECT_THREAD:
    case OBJECT_SCHEDCONTEXT:
    case OBJECT_ENDPOINT:
    case OBJECT_NOTIFICATION:
    case OBJECT_CHANNEL:
    case OBJECT_WAITSET:
        return ((const struct object *)slot_object(slot))->name;
    default:
        return NULL;
    }
}

static uint64_t object_extent(const struct slot *slot)
{
    switch (slot->type) {
    case OBJECT_UNTYPED:
    case OBJECT_FRAME:
        return 1ull << slot->size_bits;
    case OBJECT_MEMORYGRANT:
        return memorygrant_length(slot);
    case OBJECT_IRQ:
    case OBJECT_IOPORT:
        return slot->object | slot->data << 32;
    case OBJECT_CPU:
        return slot->data | (uint64_t)slot->extra << 32;
    default:
        return 0;
    }
}

static uint64_t badge_of(const struct slot *slot)
{
    return slot_has_badge(slot) ? slot->data : 0;
}

#define INSPECT_SCAN_MAX 256 /* free slots looked at in one call */

/* RESTART: preempted on the way to the next used slot, which goes on from there. */
static error_t find_used(struct invocation *invocation, uint64_t *index)
{
    const struct cspace *space = slot_object(invocation->target);

    while (*index < space->fresh && !slot_used(&space->table[*index])) {
        if ((++*index & (INSPECT_SCAN_MAX - 1)) == 0 && arch_preemption_pending()) {
            invocation->caller->context.words[0] = *index;
            return RESTART;
        }
    }
    if (*index >= space->fresh)
        return invocation_fail(invocation, ENOENT, ARGUMENT_WORD(0), space->mask,
                               *index > space->mask ? *index : space->mask + 1);
    return SUCCESS;
}

error_t cspace_handle_inspect(struct invocation *invocation, uint64_t index, uint64_t *handle,
                              struct cspace_content *content, uint64_t *badge, const char **title,
                              uint64_t *extent, uint64_t *owners)
{
    const struct cspace *space = slot_object(invocation->target);
    const struct slot *slot;
    error_t error = find_used(invocation, &index);

    if (error)
        return error;
    slot = &space->table[index];
    *handle = slot->handle;
    *content = (struct cspace_content){.type = slot->type, .rights = slot->rights};
    *badge = badge_of(slot);
    *title = object_name(slot);
    *extent = object_extent(slot);
    *owners = slot->owner;
    return SUCCESS;
}

error_t cspace_handle_statistics(struct invocation *invocation, uint64_t *slots, uint64_t *used)
{
    const struct cspace *space = slot_object(invocation->target);

    *slots = space->mask + 1;
    *used = space->used;
    return SUCCESS;
}

error_t cspace_handle_grow(struct invocation *invocation, struct slot *memory)
{
    return cspace_grow(slot_object(invocation->target), memory, &invocation->failure);
}

static bool same_object(const struct slot *one, const struct slot *other)
{
    if (one->type != other->type || one->object != other->object)
        return false;
    switch (one->type) {
    case OBJECT_UNTYPED:
    case OBJECT_FRAME:
        return one->size_bits == other->size_bits;
    case OBJECT_IRQ:
    case OBJECT_IOPORT:
        return one->data == other->data;
    case OBJECT_MEMORYGRANT:
        return one->data == other->data && one->extra == other->extra &&
               one->size_bits == other->size_bits && one->map_rights == other->map_rights;
    default:
        return true;
    }
}

error_t cspace_handle_compare(struct invocation *invocation, struct slot *first,
                              struct slot *second, bool *same, uint64_t *badge)
{
    (void)invocation;
    *same = same_object(first, second);
    *badge = badge_of(first);
    return SUCCESS;
}
