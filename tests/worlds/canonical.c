/*
 * canonical.c - a state as one number, of what in it could ever make a difference. The derivation
 * tree is walked from its roots; capabilities count by their place in it, not by slot and
 * generation. Each object that it names is then looked at (state_*.c): addresses of objects never
 * change in a world, so they stand for the objects.
 */

#include <string.h>

#include "state.h"

#define OBJECTS_MAX 256
#define SEEN_SIZE   1024u /* of the table of seen objects; a power of two */

static struct {
    unsigned count;
    const void *object[OBJECTS_MAX];
    uint8_t type[OBJECTS_MAX];
} found;

static struct {
    unsigned count;
    const void *object[OBJECTS_MAX];
} channels;

static const void *seen[SEEN_SIZE];
static uint16_t place_store[HOST_WINDOWS][4096];
static unsigned next_place;
static uint64_t number;
static bool objects_only;

bool all_counts(void)
{
    return !objects_only;
}

void mix(uint64_t value)
{
    __uint128_t product =
        (__uint128_t)(number ^ value ^ 0x9e3779b97f4a7c15ull) * 0xd6e8feb86659fd93ull;

    number = (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* ---- objects ---- */

static unsigned seen_at(const void *object)
{
    unsigned i = (unsigned)((uint64_t)object >> 6) * 2654435761u >> 16 & (SEEN_SIZE - 1);

    while (seen[i] && seen[i] != object)
        i = (i + 1) & (SEEN_SIZE - 1);
    return i;
}

bool canonical_alive(const void *object)
{
    return seen[seen_at(object)] != NULL;
}

static void note_object(const struct slot *slot)
{
    const void *object = slot_object(slot);
    unsigned i;

    switch (slot->type) {
    case OBJECT_CSPACE:
    case OBJECT_VSPACE:
    case OBJECT_THREAD:
    case OBJECT_SCHEDCONTEXT:
    case OBJECT_ENDPOINT:
    case OBJECT_NOTIFICATION:
    case OBJECT_CHANNEL:
    case OBJECT_WAITSET:
        i = seen_at(object);
        if (seen[i])
            return;
        seen[i] = object;
        assert_true(found.count < OBJECTS_MAX);
        found.object[found.count] = object;
        found.type[found.count++] = slot->type;
        if (slot->type == OBJECT_CHANNEL)
            channels.object[channels.count++] = object;
        break;
    default:
        break;
    }
}

const void *canonical_object(unsigned type, unsigned n)
{
    for (unsigned i = 0; i < found.count; i++)
        if (found.type[i] == type && n-- == 0)
            return found.object[i];
    return NULL;
}

/* The channels that were found until now; more may follow. */
unsigned channel_count(void)
{
    return channels.count;
}

const struct channel *channel_at(unsigned n)
{
    return channels.object[n];
}

/* ---- the tree ---- */

static void note_place(const struct slot *slot)
{
    const struct cspace *space = slot_space(slot);

    assert_true(space->mask < 4096);
    place_store[space->window][slot - space->table] = (uint16_t)++next_place;
}

unsigned canonical_place(const struct slot *slot)
{
    return place_store[slot_space(slot)->window][slot_space(slot)->mask & slot->handle];
}

/* Which place inside of which object holds it; of a space, just the space. */
static uint64_t holder(const struct slot *slot)
{
    if (slot->home == HOME_TABLE)
        return (uint64_t)slot_space(slot);
    if (slot->home == HOME_CHANNEL)
        return channel_holder(slot);
    return (uint64_t)slot;
}

/* What a capability's `data` means that can be seen. */
static uint64_t visible_data(const struct slot *slot)
{
    if (slot->type == OBJECT_FRAME)
        return frame_is_mapped(slot) ? 1 + slot->map_rights : 0;
    if (slot->type == OBJECT_UNTYPED) /* how much is used, and how much behind that is zero */
        return slot->data << 16 | slot->extra;
    return slot->type == OBJECT_REPLY ? 0 : slot->data;
}

static void mix_slot(const struct slot *slot)
{
    mix((uint64_t)slot->type << 32 | slot->home << 24 | slot->owner << 16 | slot->rights);
    mix(slot->object);
    mix(visible_data(slot));
    mix(holder(slot));
    if (slot->home == HOME_TABLE)
        note_place(slot);
    note_object(slot);
}

#define IS_PARENT(link) ((link) & 1)
#define LINK_SLOT(link) ((const struct slot *)((link) & ~1ull))

/* The slot and all below it; where it goes down and up is mixed in. */
static void mix_tree(const struct slot *root)
{
    const struct slot *slot = root;

    for (;;) {
        mix_slot(slot);
        if (slot->first_child) {
            mix(1);
            slot = slot->first_child;
            continue;
        }
        while (slot != root && IS_PARENT(slot->next)) {
            mix(2);
            slot = LINK_SLOT(slot->next);
        }
        if (slot == root)
            return;
        slot = LINK_SLOT(slot->next);
    }
}

static bool is_root(const struct slot *slot)
{
    return slot_used(slot) && IS_PARENT(slot->next) && !LINK_SLOT(slot->next);
}

/* Replies have no parent and come in any order: their numbers are added up. */
static uint64_t reply_number(const struct slot *slot)
{
    uint64_t before = number, mine;

    number = 0;
    mix(slot->object);
    mix(holder(slot));
    mine = number;
    number = before;
    return mine;
}

/* Nor do Replies count among the places: each has one for its caller, the void ones share one. */
static void place_reply(const struct slot *slot)
{
    const struct cspace *space = slot_space(slot);
    unsigned place = 4000;

    for (unsigned i = 0; i < actor_count; i++)
        if (slot->object == (uint64_t)actors[i]->thread)
            place = 4001 + i;
    place_store[space->window][slot - space->table] = (uint16_t)place;
}

static void mix_space_roots(const struct cspace *space)
{
    uint64_t replies = 0;

    for (uint64_t i = 0, used = 0; i <= space->mask && used < space->used; i++) {
        const struct slot *slot = &space->table[i];

        if (!slot_used(slot))
            continue;
        used++;
        if (!is_root(slot))
            continue;
        if (slot->type == OBJECT_REPLY) {
            replies += reply_number(slot);
            place_reply(slot);
        } else {
            mix_tree(slot);
        }
    }
    mix(replies);
}

/* ---- handles ---- */

void mix_handle(const struct thread *thread, cap_t handle)
{
    const struct cspace *space = slot_used(&thread->cspace_slot) ? thread_cspace(thread) : NULL;
    uint64_t index = handle & CAP_INDEX_MASK;

    if (!handle)
        mix(0);
    else if (reply_is_token(handle))
        mix_token(thread, handle);
    else if (!space || index > space->mask)
        mix(1);
    else if (!slot_used(&space->table[index]) || space->table[index].handle != handle)
        mix(2);
    else
        mix(16 + canonical_place(&space->table[index]));
}

static void mix_known(void)
{
    for (unsigned i = 0; i < known_count; i++)
        if (canonical_alive(known[i].actor->thread))
            mix_handle(known[i].actor->thread, known[i].cap);
}

uint64_t canonical(void)
{
    memset(seen, 0, sizeof(seen));
    found.count = channels.count = 0;
    next_place = 0;
    number = 0;
    mix_space_roots(thread_cspace(world.root.thread));
    for (unsigned i = 0; i < found.count; i++)
        if (found.type[i] == OBJECT_CSPACE && found.object[i] != thread_cspace(world.root.thread))
            mix_space_roots(found.object[i]);
    for (unsigned i = 0; i < found.count; i++)
        mix_object(found.type[i], found.object[i]);
    if (all_counts())
        mix_cpu();
    mix_known();
    return number;
}

uint64_t canonical_of_objects(void)
{
    uint64_t value;

    objects_only = true;
    value = canonical();
    objects_only = false;
    return value;
}
