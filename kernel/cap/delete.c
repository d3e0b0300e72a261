/*
 * delete.c - deletion and revocation, in bounded steps that can stop after each.
 *
 * Nothing here recurses and nothing keeps a pointer between steps: what is to be done next is
 * always found from the tree. A container (CSpace, Channel) is taken out of its slot first, into a
 * "grave" inside itself, and emptied from there; so spaces that hold each other, or
 * themselves, end like any other.
 */

#include <cap/cap.h>
#include <device/device.h>
#include <ipc/ipc.h>
#include <mem/mem.h>
#include <task/task.h>

/* Containers being emptied. Guarded by the kernel lock when there are more CPUs. */
static struct object *reap_list;

static bool is_container(const struct slot *slot)
{
    return slot->type == OBJECT_CSPACE || slot->type == OBJECT_CHANNEL;
}

static struct slot *grave_of(struct object *container)
{
    return container->type == OBJECT_CSPACE ? &((struct cspace *)container)->grave
                                            : &((struct channel *)container)->grave;
}

static struct object **reap_link(struct object *container)
{
    return container->type == OBJECT_CSPACE ? &((struct cspace *)container)->reap_next
                                            : &((struct channel *)container)->reap_next;
}

static void bury(struct slot *slot)
{
    struct object *container = slot_object(slot);
    struct slot *grave = grave_of(container);

    container->dying = true;
    grave->home = HOME_GRAVE;
    cap_move(grave, slot);
    *reap_link(container) = reap_list;
    reap_list = container;
}

bool reaper_idle(void)
{
    return reap_list == NULL;
}

struct object *reaper_after(struct object *container)
{
    return container ? *reap_link(container) : reap_list;
}

static bool empty_step(struct object *container)
{
    if (container->type == OBJECT_CSPACE)
        return cspace_empty_step((struct cspace *)container);
    return channel_empty_step((struct channel *)container);
}

bool reaper_step(void)
{
    struct object *container = reap_list;
    struct slot *grave;

    if (!container)
        return true;
    if (empty_step(container))
        return false;
    reap_list = *reap_link(container);
    if (container->type == OBJECT_CSPACE)
        cspace_destroy((struct cspace *)container);
    grave = grave_of(container);
    tree_remove(grave);
    grave->type = OBJECT_NONE;
    return reap_list == NULL;
}

/* The object's owner goes, and it has no other capabilities left. True when it has ended. */
static bool destroy_step(struct slot *slot)
{
    void *object = slot_object(slot);

    switch (slot->type) {
    case OBJECT_ENDPOINT:
        return endpoint_destroy_step(object);
    case OBJECT_NOTIFICATION:
        return notification_destroy_step(object);
    case OBJECT_CHANNEL:
        return channel_destroy_step(object);
    case OBJECT_WAITSET:
        return waitset_destroy_step(object);
    case OBJECT_THREAD:
        return thread_destroy_step(object);
    case OBJECT_SCHEDCONTEXT:
        schedcontext_destroy(object);
        return true;
    case OBJECT_VSPACE:
        vspace_destroy(object);
        return true;
    default:
        return true;
    }
}

/* A place inside a kernel object loses its capability: the object learns of it. */
static void tell_holder(struct slot *slot)
{
    switch (slot->home) {
    case HOME_THREAD_CSPACE:
    case HOME_THREAD_VSPACE:
    case HOME_THREAD_UTCB:
    case HOME_THREAD_HANDLER:
    case HOME_THREAD_NOTIFICATION:
    case HOME_THREAD_WATCH:
        thread_slot_lost(slot);
        break;
    case HOME_SCHEDCONTEXT_CPU:
        schedcontext_slot_lost(slot);
        break;
    case HOME_IRQ_LINE:
        irq_slot_lost(slot);
        break;
    case HOME_SOURCE:
        source_slot_lost(slot);
        break;
    case HOME_CHANNEL_ENDPOINT:
        channel_endpoint_lost(slot);
        break;
    default:
        break;
    }
}

/* The slot becomes empty: its capability is gone. */
static void vacate(struct slot *slot)
{
    tree_cut(slot);
    slot_release(slot);
}

void cap_drop(struct slot *slot)
{
    if (!slot_used(slot))
        return;
    tell_holder(slot);
    vacate(slot);
}

/* The object that a gift, in its first page, or a grave is part of. */
static struct object *slot_user(const struct slot *slot)
{
    if (slot->home == HOME_GRAVE)
        return slot_object(slot);
    return (struct object *)((uintptr_t)slot & ~(PAGE_BYTES - 1)); /* NOLINT */
}

/*
 * What a CSpace or VSpace is made of can only go with all of it. If it is dying already there is
 * nothing to wait for, which could be a wait for oneself: a space may hold the Untyped that it is
 * made of. The slot leaves the tree; whoever would use the memory again waits for the reaper
 * (untyped_refresh).
 */
static bool delete_part_step(struct slot *slot)
{
    struct object *user = slot_user(slot);

    if (!user->dying) {
        cap_delete_step(user->owner);
        return false;
    }
    tree_remove(slot);
    return true;
}

bool cap_is_plain(const struct slot *slot)
{
    return slot->home == HOME_TABLE && !slot->owner && slot->type != OBJECT_FRAME &&
           slot->type != OBJECT_REPLY;
}

void cap_delete_plain(struct cspace *space, struct slot *slot)
{
    fast_slot_lost(slot);
    tree_cut(slot);
    cspace_release(space, slot);
}

bool cap_delete_step(struct slot *slot)
{
    if (cap_is_plain(slot)) {
        cap_delete_plain(slot_space(slot), slot);
        return true;
    }
    if (slot->home == HOME_CSPACE_MEMORY || slot->home == HOME_VSPACE_POOL ||
        slot->home == HOME_GRAVE)
        return delete_part_step(slot);
    if (slot->type == OBJECT_FRAME && !frame_release_step(slot))
        return false;
    if (slot->home == HOME_CHANNEL_ENDPOINT && !channel_detach_step(slot))
        return false;
    if (slot->owner) {
        if (!cap_revoke_step(slot) || !destroy_step(slot))
            return false;
        if (is_container(slot)) {
            bury(slot);
            return true;
        }
    }
    if (slot->type == OBJECT_REPLY)
        reply_deleted(slot);
    tell_holder(slot);
    fast_slot_lost(slot);
    vacate(slot);
    return true;
}

bool cap_empty_step(struct slot *slots, uint64_t count, uint64_t *at)
{
    while (*at < count) {
        if (slot_used(&slots[*at])) {
            cap_delete_step(&slots[*at]);
            return true;
        }
        ++*at;
        if ((*at & 63) == 0)
            return true;
    }
    return false;
}

bool cap_revoke_step(struct slot *slot)
{
    struct slot *child = slot->first_child;

    if (!child)
        return true;
    /* An object's other capabilities go before its owner. Owners nest as deep as Untypeds do,
       and each is smaller than the one that it is made of. */
    while (child->owner && slot_has_children(child))
        child = child->first_child;
    cap_delete_step(child);
    return false;
}

#define PLAIN_AT_ONCE \
    8 /* between two looks for an interrupt; each takes well under 100 instructions */

bool cap_revoke_steps(struct slot *slot)
{
    for (unsigned i = 1; i < PLAIN_AT_ONCE && slot->first_child && cap_is_plain(slot->first_child);
         i++)
        cap_delete_plain(slot_space(slot->first_child), slot->first_child);
    return cap_revoke_step(slot);
}
