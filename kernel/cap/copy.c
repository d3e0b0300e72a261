/* copy.c - copies, derivations, mints and moves: one capability made of another. */

#include <cap/cap.h>
#include <ipc/ipc.h>
#include <mem/mem.h>

static bool can_be_copied(const struct slot *source)
{
    return source->type != OBJECT_UNTYPED && source->type != OBJECT_REPLY;
}

static error_t mint_check(const struct slot *source, uint64_t argument, struct failure *failure)
{
    if (!slot_has_badge(source))
        return fail(failure, EINVAL, argument, OBJECT_ENDPOINT, source->type);
    if (!(source->rights & CAP_RIGHTS_RECV))
        return fail(failure, EPERM, argument, CAP_RIGHTS_RECV, source->rights);
    if (source->data)
        return fail(failure, EINVAL, argument, 0, source->data);
    return SUCCESS;
}

/* Is [offset, offset + length) a part of the range that the capability stands for? */
static error_t range_check(const struct slot *source, const struct derivation *how,
                           uint64_t argument, struct failure *failure)
{
    uint64_t size;

    switch (source->type) {
    case OBJECT_FRAME:
        size = 1ull << source->size_bits;
        if (how->length != PAGE_BYTES && how->length != size)
            return fail(failure, EINVAL, argument, PAGE_BYTES, how->length);
        if (how->offset % how->length)
            return fail(failure, EINVAL, argument, how->length, how->offset);
        break;
    case OBJECT_IRQ:
    case OBJECT_IOPORT:
        size = source->data;
        break;
    case OBJECT_MEMORYGRANT:
        size = memorygrant_length(source);
        break;
    case OBJECT_CPU: /* offset is a priority, length a share: both may only shrink */
        if (how->offset > source->data || how->length > source->extra)
            return fail(failure, ERANGE, argument, source->data, how->offset);
        return SUCCESS;
    default:
        return fail(failure, EINVAL, argument, OBJECT_FRAME, source->type);
    }
    if (how->length > size || how->offset > size - how->length)
        return fail(failure, ERANGE, argument, size, how->offset);
    return SUCCESS;
}

error_t cap_copy_check(const struct slot *source, const struct derivation *how, uint64_t argument,
                       struct failure *failure)
{
    if (!can_be_copied(source))
        return fail(failure, EINVAL, argument, OBJECT_NONE, source->type);
    if (how->mint)
        return mint_check(source, argument, failure);
    return how->length ? range_check(source, how, argument, failure) : SUCCESS;
}

static void narrow(struct slot *to, const struct derivation *how)
{
    switch (to->type) {
    case OBJECT_FRAME:
        to->object += how->offset;
        to->size_bits = how->length == PAGE_BYTES ? PAGE_SIZE_BITS : to->size_bits;
        break;
    case OBJECT_MEMORYGRANT:
        memorygrant_set_range(to, memorygrant_base(to) + how->offset, how->length);
        break;
    case OBJECT_CPU:
        to->data = how->offset;
        to->extra = (uint16_t)how->length;
        break;
    default:
        to->object += how->offset;
        to->data = how->length;
    }
}

/* Copies what the capability says, but not where it lives or that it owns. */
static void copy_contents(struct slot *to, const struct slot *from)
{
    to->object = from->object;
    to->data = from->data;
    to->type = from->type;
    to->device = from->device;
    to->size_bits = from->size_bits;
    to->map_rights = from->map_rights;
    to->rights = from->rights;
    to->extra = from->extra;
    to->callable = from->callable;
    to->notable = from->notable;
    if (to->type == OBJECT_FRAME)
        frame_forget_mapping(to);
}

void cap_copy(struct slot *to, struct slot *source, const struct derivation *how)
{
    copy_contents(to, source);
    to->rights &= how->rights;
    slot_mark_fast(to);
    if (how->mint)
        to->data = how->badge;
    if (how->length)
        narrow(to, how);
    tree_insert_last(to, source);
}

void cap_hold(struct slot *to, enum slot_home home, struct slot *source)
{
    copy_contents(to, source);
    to->home = home & 0xf;
    tree_insert(to, source);
}

void cap_move(struct slot *to, struct slot *from)
{
    if (from->type == OBJECT_FRAME)
        frame_unmap(from);
    fast_slot_lost(from);
    copy_contents(to, from);
    to->owner = from->owner;
    tree_move(to, from);
    if (to->owner && to->type != OBJECT_FRAME && to->type != OBJECT_UNTYPED)
        ((struct object *)slot_object(to))->owner = to;
    if (to->type == OBJECT_REPLY)
        reply_moved(to);
    from->type = OBJECT_NONE;
    slot_release(from);
}
