/* copy.c - copies, derivations, mints and moves: one capability made of another. */

#include <cap/cap.h>
#include <ipc/ipc.h>
#include <mem/mem.h>

error_t cap_copy_check(const struct slot *source, uint64_t argument, struct failure *failure)
{
    if (slot_can_be_copied(source))
        return SUCCESS;
    return fail(failure, EINVAL, argument, OBJECT_NONE, source->type);
}

error_t cap_mint_check(const struct slot *source, uint64_t argument, struct failure *failure)
{
    if (!slot_has_badge(source))
        return fail(failure, EINVAL, argument,
                    slot_can_be_copied(source) ? OBJECT_ENDPOINT : OBJECT_NONE, source->type);
    if (!(source->rights & CAP_RIGHTS_RECV))
        return fail(failure, EPERM, argument, CAP_RIGHTS_RECV, source->rights);
    if (source->data)
        return fail(failure, EINVAL, argument, 0, source->data);
    return SUCCESS;
}

static error_t check_frame_part(const struct slot *frame, uint64_t offset, uint64_t length,
                                uint64_t argument, struct failure *failure)
{
    if (length != PAGE_BYTES && length != 1ull << frame->size_bits)
        return fail(failure, EINVAL, argument, PAGE_BYTES, length);
    if (offset % length)
        return fail(failure, EINVAL, argument, length, offset);
    return SUCCESS;
}

/* Of a Cpu `offset` is a priority and `length` a share: both may only shrink. */
static error_t check_cpu_part(const struct slot *cpu, uint64_t offset, uint64_t length,
                              uint64_t argument, struct failure *failure)
{
    if (offset > cpu->data || length > cpu->extra)
        return fail(failure, ERANGE, argument, cpu->data, offset);
    return SUCCESS;
}

/* How far the range goes that the capability stands for; 0: it stands for none. */
static uint64_t range_size(const struct slot *source)
{
    switch (source->type) {
    case OBJECT_FRAME:
        return 1ull << source->size_bits;
    case OBJECT_IRQ:
    case OBJECT_IOPORT:
        return source->data;
    case OBJECT_MEMORYGRANT:
        return memorygrant_length(source);
    default:
        return 0;
    }
}

error_t cap_part_check(const struct slot *source, uint64_t offset, uint64_t length,
                       uint64_t argument, struct failure *failure)
{
    uint64_t size = range_size(source);

    if (source->type == OBJECT_CPU)
        return check_cpu_part(source, offset, length, argument, failure);
    if (!size)
        return fail(failure, EINVAL, argument, OBJECT_FRAME, source->type);
    if (source->type == OBJECT_FRAME && check_frame_part(source, offset, length, argument, failure))
        return failure->error;
    if (length > size || offset > size - length)
        return fail(failure, ERANGE, argument, size, offset);
    return SUCCESS;
}

void cap_narrow(struct slot *copy, uint64_t offset, uint64_t length)
{
    switch (copy->type) {
    case OBJECT_FRAME:
        copy->object += offset;
        copy->size_bits = length == PAGE_BYTES ? PAGE_SIZE_BITS : copy->size_bits;
        break;
    case OBJECT_MEMORYGRANT:
        memorygrant_set_range(copy, memorygrant_base(copy) + offset, length);
        break;
    case OBJECT_CPU:
        copy->data = offset;
        copy->extra = (uint16_t)length;
        break;
    default:
        copy->object += offset;
        copy->data = length;
    }
}

/* All that `kind` says of a capability, but not where it lives and that it owns. */
#define KIND_COPIED      \
    {.type = 0xff,       \
     .device = 1,        \
     .notable = 1,       \
     .callable = 1,      \
     .size_bits = 0xff,  \
     .map_rights = 0xff, \
     .rights = 0xffff,   \
     .extra = 0xffff}

/* Copies what the capability says, with those of its rights. */
static void copy_contents(struct slot *to, const struct slot *from, unsigned rights)
{
    struct slot copied = KIND_COPIED, home = {.home = 0xf};

    copied.rights = (uint16_t)rights;
    copied.notable = (rights & CAP_RIGHTS_SEND) != 0;
    copied.callable = (rights & CAP_RIGHTS_CALL) != 0;
    to->object = from->object;
    to->data = from->data;
    to->kind = (from->kind & copied.kind) | (to->kind & home.kind);
    if (to->type == OBJECT_FRAME)
        frame_forget_mapping(to);
}

void cap_copy(struct slot *to, struct slot *source, unsigned rights)
{
    copy_contents(to, source, rights);
    tree_insert_last(to, source);
}

void cap_hold(struct slot *to, enum slot_home home, struct slot *source)
{
    to->home = home & 0xf;
    copy_contents(to, source, CAP_RIGHTS_ALL);
    tree_insert(to, source);
}

void cap_move(struct slot *to, struct slot *from)
{
    if (from->type == OBJECT_FRAME)
        frame_unmap(from);
    fast_slot_lost(from);
    copy_contents(to, from, CAP_RIGHTS_ALL);
    to->owner = from->owner;
    tree_move(to, from);
    if (to->owner && to->type != OBJECT_FRAME && to->type != OBJECT_UNTYPED)
        ((struct object *)slot_object(to))->owner = to;
    if (to->type == OBJECT_REPLY)
        reply_moved(to);
    slot_release(from);
}
