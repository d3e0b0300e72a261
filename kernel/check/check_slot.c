/*
 * check_slot.c - what must hold of one capability: its links in the tree of derivations, and that
 * it has no more rights, and no wider range, than its parent.
 */
#include <check/check.h>

static struct slot *parent_of(const struct slot *slot)
{
    while (!IS_PARENT(slot->next))
        slot = LINK_SLOT(slot->next);
    return LINK_SLOT(slot->next);
}

static bool names_range(const struct slot *slot)
{
    return slot->type == OBJECT_FRAME || slot->type == OBJECT_IRQ || slot->type == OBJECT_IOPORT ||
           slot->type == OBJECT_MEMORYGRANT;
}

static uint64_t range_start(const struct slot *slot)
{
    return slot->type == OBJECT_MEMORYGRANT ? memorygrant_base(slot) : slot->object;
}

static uint64_t range_end(const struct slot *slot)
{
    if (slot->type == OBJECT_MEMORYGRANT)
        return memorygrant_base(slot) + memorygrant_length(slot);
    return slot->object + (slot->type == OBJECT_FRAME ? 1ull << slot->size_bits : slot->data);
}

/* A right never grows, nor a range. */
static void check_authority(const struct slot *slot, const struct slot *parent,
                            const struct object *space)
{
    if (slot->type == OBJECT_MEMORYGRANT)
        must(slot->object == parent->object &&
                 (parent->type == OBJECT_MEMORYGRANT || parent->type == OBJECT_VSPACE),
             space, "a grant is a child of its space's capability");
    if (parent->type != slot->type || slot->type == OBJECT_UNTYPED)
        return;
    must(!(slot->rights & ~parent->rights), space, "a capability has only rights of its parent");
    if (!names_range(slot)) {
        must(slot->object == parent->object, space, "a copy names the same object");
        return;
    }
    must(range_start(slot) >= range_start(parent) && range_end(slot) <= range_end(parent), space,
         "a range is a part of its parent's");
}

void check_slot(const struct slot *slot, const struct object *space)
{
    const struct slot *child = slot->first_child, *parent;

    must(!child == !slot->last_child, space, "first and last child are there, or neither");
    if (child) {
        must(child->prev == ((uintptr_t)slot | 1), space, "the first child knows its parent");
        must(slot->last_child->next == ((uintptr_t)slot | 1), space, "so does the last");
    }
    if (!IS_PARENT(slot->next))
        must(LINK_SLOT(slot->next)->prev == (uintptr_t)slot, space, "siblings know each other");
    if (!IS_PARENT(slot->prev))
        must(LINK_SLOT(slot->prev)->next == (uintptr_t)slot, space, "siblings know each other");
    parent = parent_of(slot);
    must(parent || slot->type != OBJECT_MEMORYGRANT, space, "no grant is left without its space");
    if (parent) {
        must(slot_used(parent), space, "a parent is there");
        check_authority(slot, parent, space);
    }
}
