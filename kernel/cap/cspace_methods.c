/* cspace_methods.c - what a CSpace answers: derive, mint, delete, revoke, insert, inspect. */

#include <arch.h>
#include <cap/cap.h>
#include <ipc/ipc.h>
#include <mem/mem.h>
#include <myelin/idl/cspace_types.h>
#include <task/task.h>

/* DERIVE and MINT: a child of message capability 0 in a slot that the kernel picks. */
static error_t copy_into_new_slot(struct invocation *invocation, const struct derivation *how)
{
    error_t error = invocation_need(invocation, CAP_RIGHTS_USE);

    if (revoke_help(invocation->caller))
        return RESTART;
    if (!error)
        error = invocation_need_cap(invocation, 0, OBJECT_NONE, 0);
    if (!error)
        error = cap_copy_check(invocation->caps[0], how, ARGUMENT_CAP(0), &invocation->failure);
    if (!error)
        error = invocation_need_slot(invocation);
    if (error)
        return error;

    /* Commit. */
    invocation->out_cap = cspace_take(thread_cspace(invocation->caller));
    cap_copy(invocation->out_cap, invocation->caps[0], how);
    return SUCCESS;
}

static error_t derive(struct invocation *invocation)
{
    struct derivation how = {
        .rights = (uint16_t)invocation_word(invocation, 0),
        .offset = invocation_word(invocation, 1),
        .length = invocation_word(invocation, 2),
    };

    return copy_into_new_slot(invocation, &how);
}

static error_t mint(struct invocation *invocation)
{
    struct derivation how = {
        .badge = invocation_word(invocation, 0),
        .rights = (uint16_t)invocation_word(invocation, 1),
        .mint = true,
    };

    if (!how.badge)
        return invocation_fail(invocation, EINVAL, ARGUMENT_WORD(0), 1, 0);
    return copy_into_new_slot(invocation, &how);
}

static error_t save_reply(struct invocation *invocation)
{
    error_t error = invocation_need(invocation, CAP_RIGHTS_USE);

    if (!error)
        error = invocation_need_slot(invocation);
    if (!error)
        error = reply_check_token(invocation->caller, invocation_word(invocation, 0),
                                  ARGUMENT_WORD(0), &invocation->failure);
    if (error)
        return error;

    /* Commit. */
    invocation->out_cap = cspace_take(thread_cspace(invocation->caller));
    reply_save(invocation->caller, invocation->out_cap);
    return SUCCESS;
}

static error_t insert(struct invocation *invocation)
{
    struct cspace *space = slot_object(invocation->target);
    struct slot *slot;
    error_t error = invocation_need(invocation, CAP_RIGHTS_WRITE);

    if (revoke_help(invocation->caller))
        return RESTART;
    if (!error)
        error = invocation_need_cap(invocation, 0, OBJECT_NONE, 0);
    if (error)
        return error;
    if (!cspace_has_free(space, 1))
        return invocation_fail(invocation, ENOSPC, ARGUMENT_HANDLE, 1, 0);
    error = cap_item_check(invocation->caps[0], invocation->how[0], ARGUMENT_CAP(0),
                           &invocation->failure);
    if (error)
        return error;

    /* Commit. */
    slot = cspace_take(space);
    cap_item_transfer(slot, invocation->caps[0], invocation->how[0]);
    invocation_put(invocation, slot->handle);
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
    case OBJECT_IRQ:
    case OBJECT_IOPORT:
        return slot->object | slot->data << 32;
    case OBJECT_CPU:
        return slot->data | (uint64_t)slot->extra << 32;
    default:
        return 0;
    }
}

static bool has_badge(const struct slot *slot)
{
    return slot->type == OBJECT_ENDPOINT || slot->type == OBJECT_NOTIFICATION;
}

#define INSPECT_SCAN_MAX 256 /* free slots looked at in one call */

static error_t inspect(struct invocation *invocation)
{
    struct cspace *space = slot_object(invocation->target);
    uint64_t index = invocation_word(invocation, 0);
    error_t error = invocation_need(invocation, CAP_RIGHTS_READ);
    const struct slot *slot;

    if (error)
        return error;
    while (index <= space->mask && !slot_used(&space->table[index])) {
        if ((++index & (INSPECT_SCAN_MAX - 1)) == 0 && arch_preemption_pending()) {
            invocation->caller->context.words[0] = index; /* go on from here */
            return RESTART;
        }
    }
    if (index > space->mask)
        return invocation_fail(invocation, ENOENT, ARGUMENT_WORD(0), space->mask, index);
    slot = &space->table[index];
    invocation_put(invocation, slot->handle);
    invocation_put(invocation, slot->type | (uint64_t)slot->rights << 32);
    invocation_put(invocation, has_badge(slot) ? slot->data : 0);
    invocation_put_name(invocation, object_name(slot));
    invocation_put(invocation, object_extent(slot));
    invocation_put(invocation, slot->owner);
    return SUCCESS;
}

static error_t statistics(struct invocation *invocation)
{
    const struct cspace *space = slot_object(invocation->target);
    error_t error = invocation_need(invocation, CAP_RIGHTS_READ);

    if (error)
        return error;
    invocation_put(invocation, space->mask + 1);
    invocation_put(invocation, space->used);
    return SUCCESS;
}

static error_t grow(struct invocation *invocation)
{
    error_t error = invocation_need(invocation, CAP_RIGHTS_MANAGE);

    if (!error)
        error = invocation_need_cap(invocation, 0, OBJECT_UNTYPED, CAP_RIGHTS_MANAGE);
    if (error)
        return error;
    return cspace_grow(slot_object(invocation->target), invocation->caps[0], &invocation->failure);
}

error_t cspace_invoke(struct invocation *invocation)
{
    switch (invocation->label) {
    case CSPACE_LABEL_DERIVE:
        return derive(invocation);
    case CSPACE_LABEL_MINT:
        return mint(invocation);
    case CSPACE_LABEL_DELETE:
        return cspace_delete(invocation);
    case CSPACE_LABEL_REVOKE:
        return cspace_revoke(invocation);
    case CSPACE_LABEL_REPLY_SAVE:
        return save_reply(invocation);
    case CSPACE_LABEL_INSERT:
        return insert(invocation);
    case CSPACE_LABEL_INSPECT:
        return inspect(invocation);
    case CSPACE_LABEL_STATISTICS:
        return statistics(invocation);
    case CSPACE_LABEL_GROW:
        return grow(invocation);
    default:
        return invocation_fail(invocation, ENOSYS, ARGUMENT_TAG, 0, invocation->label);
    }
}
