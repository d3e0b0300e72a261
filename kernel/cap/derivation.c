/* derivation.c - the one tree of all capabilities; the shape is told in cap.h. */

#include <cap/cap.h>

#define PARENT_MARK 1ull

static bool is_parent(uintptr_t link)
{
    return link & PARENT_MARK;
}

static struct slot *link_slot(uintptr_t link)
{
    return (struct slot *)(link & ~PARENT_MARK); /* NOLINT(performance-no-int-to-ptr) */
}

static uintptr_t parent_link(const struct slot *parent)
{
    return (uintptr_t)parent | PARENT_MARK;
}

/* Whoever comes before `slot` (a sibling, or the parent as its first child) now points to `to`. */
static void set_before(uintptr_t prev, struct slot *to, uintptr_t to_link)
{
    struct slot *before = link_slot(prev);

    if (!is_parent(prev))
        before->next = to_link;
    else if (before)
        before->first_child = to;
}

static void set_after(uintptr_t next, struct slot *to, uintptr_t to_link)
{
    struct slot *after = link_slot(next);

    if (!is_parent(next))
        after->prev = to_link;
    else if (after)
        after->last_child = to;
}

static void place(struct slot *child, uintptr_t prev, uintptr_t next)
{
    child->prev = prev;
    child->next = next;
    set_before(prev, child, (uintptr_t)child);
    set_after(next, child, (uintptr_t)child);
}

void tree_insert(struct slot *child, struct slot *parent)
{
    child->first_child = child->last_child = NULL;
    if (!parent || !parent->first_child)
        place(child, parent_link(parent), parent_link(parent));
    else
        place(child, parent_link(parent), (uintptr_t)parent->first_child);
}

void tree_insert_last(struct slot *child, struct slot *parent)
{
    struct slot *last = parent->last_child;

    child->first_child = child->last_child = NULL;
    child->next = parent_link(parent);
    child->prev = last ? (uintptr_t)last : child->next;
    if (last)
        last->next = (uintptr_t)child;
    else
        parent->first_child = child;
    parent->last_child = child;
}

/* What the neighbour of a removed slot should point to: the other neighbour, which on the
   parent's side means "no child" when that, too, is the parent. */
static struct slot *as_child(uintptr_t link)
{
    return is_parent(link) ? NULL : link_slot(link);
}

/* A slot without children. */
static void cut_leaf(uintptr_t prev, uintptr_t next)
{
    struct slot *before = link_slot(prev), *after = link_slot(next);

    if (!is_parent(prev))
        before->next = next;
    else if (before)
        before->first_child = as_child(next);
    if (!is_parent(next))
        after->prev = prev;
    else if (after)
        after->last_child = as_child(prev);
}

void tree_cut(struct slot *slot)
{
    uintptr_t prev = slot->prev, next = slot->next;

    if (!slot->first_child) {
        cut_leaf(prev, next);
        return;
    }
    slot->first_child->prev = prev;
    slot->last_child->next = next;
    set_before(prev, slot->first_child, (uintptr_t)slot->first_child);
    set_after(next, slot->last_child, (uintptr_t)slot->last_child);
}

void tree_remove(struct slot *slot)
{
    tree_cut(slot);
    slot->first_child = slot->last_child = NULL;
    slot->prev = slot->next = parent_link(NULL);
}

void tree_move(struct slot *to, struct slot *from)
{
    to->first_child = from->first_child;
    to->last_child = from->last_child;
    if (to->first_child) {
        to->first_child->prev = parent_link(to);
        to->last_child->next = parent_link(to);
    }
    place(to, from->prev, from->next);
    from->first_child = from->last_child = NULL;
    from->prev = from->next = parent_link(NULL);
}
