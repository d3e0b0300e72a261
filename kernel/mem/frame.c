/*
 * frame.c - Frames: physical memory as a capability. The one mapping that a capability may have
 * is packed into its slot: the page number (36 bits), the space's id (20 bits) and the upper 8
 * bits of the space's serial in `data`; the lower 16 bits of the serial in `extra`.
 */

#include <mem/mem.h>
#include <myelin/idl/frame_kernel.h>
#include <task/task.h>

#define PAGE_NUMBER_BITS 36
#define ID_BITS          20

static uint64_t mapped_address(const struct slot *frame)
{
    return (frame->data & ((1ull << PAGE_NUMBER_BITS) - 1)) << PAGE_SIZE_BITS;
}

/* The space that it is mapped in; NULL: it is not, or that space is gone. */
static struct vspace *mapped_in(const struct slot *frame)
{
    uint32_t id = frame->data >> PAGE_NUMBER_BITS & ((1u << ID_BITS) - 1);
    uint32_t serial = (uint32_t)(frame->data >> (PAGE_NUMBER_BITS + ID_BITS)) << 16 | frame->extra;

    return frame->data ? vspace_find(id, serial) : NULL;
}

bool frame_is_mapped(const struct slot *frame)
{
    return mapped_in(frame) != NULL;
}

uint64_t frame_space_name(uint32_t id, uint32_t serial)
{
    return (uint64_t)id << PAGE_NUMBER_BITS | (uint64_t)(serial >> 16)
                                                  << (PAGE_NUMBER_BITS + ID_BITS);
}

uint64_t frame_mapped_at(const struct slot *frame, const struct vspace *vspace)
{
    if ((frame->data ^ vspace->name) >> PAGE_NUMBER_BITS ||
        frame->extra != (uint16_t)vspace->serial)
        return 0;
    return mapped_address(frame);
}

void frame_set_mapping(struct slot *frame, const struct vspace *vspace, uint64_t address,
                       unsigned rights)
{
    frame->data = address >> PAGE_SIZE_BITS | vspace->name;
    frame->extra = (uint16_t)vspace->serial;
    frame->map_rights = (uint8_t)rights;
}

void frame_forget_mapping(struct slot *frame)
{
    frame->data = 0;
    frame->extra = 0;
    frame->map_rights = 0;
}

/* UTCBs held in this mapping are the first children (cap_hold inserts them in front). */
bool frame_holds_utcb(const struct slot *slot)
{
    return slot->type == OBJECT_FRAME && slot_has_children(slot) &&
           slot->first_child->home == HOME_THREAD_UTCB;
}

void frame_unmap(struct slot *frame)
{
    struct vspace *vspace = mapped_in(frame);

    if (vspace)
        vspace_unmap(vspace, mapped_address(frame), frame->size_bits == LARGE_PAGE_SIZE_BITS);
    frame_forget_mapping(frame);
}

bool frame_release_step(struct slot *frame)
{
    if (frame_holds_utcb(frame)) {
        cap_drop(frame->first_child); /* stops the thread, and the kernel forgets the address */
        return false;
    }
    frame_unmap(frame);
    return true;
}

error_t frame_handle_physical(struct invocation *invocation, uint64_t *address, uint64_t *size)
{
    const struct slot *frame = invocation->target;

    *address = frame->object;
    *size = 1ull << frame->size_bits;
    return SUCCESS;
}

error_t frame_handle_inspect(struct invocation *invocation, struct frame_info *info)
{
    const struct slot *frame = invocation->target;
    bool mapped = frame_is_mapped(frame);

    *info = (struct frame_info){
        .size = 1ull << frame->size_bits,
        .address = mapped ? mapped_address(frame) : 0,
        .rights = mapped ? frame->map_rights : 0,
    };
    return SUCCESS;
}
