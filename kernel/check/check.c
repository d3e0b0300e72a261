/*
 * check.c - finds all objects as a tool would find them, through the capabilities, from one space
 * on, and has each looked at.
 */
#include <check/check.h>

#define SEEN_SIZE \
    (8 * CHECK_OBJECTS_MAX) /* a power of two, far more than all kinds have together */

struct found check_spaces, check_threads, check_times, check_sources, check_sets, check_vspaces;

static struct found *const kinds[] = {&check_spaces,  &check_threads, &check_times,
                                      &check_sources, &check_sets,    &check_vspaces};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* All of them, to be found by address. */
static const void *seen[SEEN_SIZE];
static bool too_many;

static unsigned hash_of(const void *object)
{
    return (unsigned)((uint64_t)object >> 8) * 2654435761u % SEEN_SIZE;
}

static unsigned seen_at(const void *object)
{
    unsigned i = hash_of(object);

    while (seen[i] && seen[i] != object)
        i = (i + 1) % SEEN_SIZE;
    return i;
}

bool check_found(const void *object)
{
    return seen[seen_at(object)];
}

static void add(struct found *found, void *object)
{
    unsigned i = seen_at(object);

    if (seen[i])
        return;
    if (found->count == CHECK_OBJECTS_MAX) {
        too_many = true;
        return;
    }
    seen[i] = object;
    found->object[found->count++] = object;
}

/* All that stands from its place on, up to a free one: whoever is looked for there later is gone,
 * too. */
static void clear_from(const void *object)
{
    unsigned i = hash_of(object);

    for (; seen[i]; i = (i + 1) % SEEN_SIZE)
        seen[i] = NULL;
}

/* What was found the last time. That is less than the whole table, which is not cleared at once. */
static void forget_all(void)
{
    for (unsigned kind = 0; kind < KINDS; kind++) {
        for (unsigned i = 0; i < kinds[kind]->count; i++)
            clear_from(kinds[kind]->object[i]);
        kinds[kind]->count = 0;
    }
    too_many = false;
}

/* ---- spaces, and all that is found through them ---- */

static struct found *kind_of(const struct slot *slot)
{
    switch (slot->type) {
    case OBJECT_CSPACE:
        return &check_spaces;
    case OBJECT_THREAD:
        return &check_threads;
    case OBJECT_SCHEDCONTEXT:
        return &check_times;
    case OBJECT_WAITSET:
        return &check_sets;
    case OBJECT_VSPACE:
        return &check_vspaces;
    case OBJECT_ENDPOINT:
    case OBJECT_NOTIFICATION:
    case OBJECT_CHANNEL:
        return &check_sources;
    default:
        return NULL;
    }
}

static void add_object(const struct slot *slot)
{
    struct object *object = slot_object(slot);
    struct found *found = kind_of(slot);

    if (slot->type == OBJECT_CSPACE)
        must(!object->dying, object, "a space that is emptied has no capability");
    if (found)
        add(found, object);
    if (slot->owner && slot->type != OBJECT_UNTYPED && slot->type != OBJECT_FRAME)
        must(object->owner == slot, object, "an object knows its owner");
}

/* What travels in a channel is a capability like those in spaces. The slots of its messages lie
   behind it (kernel/ipc/channel.c). */
static void look_into_channel(struct channel *channel)
{
    struct slot *slots = (struct slot *)(channel + 1);

    for (uint64_t i = 0; i < (uint64_t)channel->capacity * channel->caps_max; i++) {
        uint64_t n = i / channel->caps_max + channel->capacity - channel->first;

        if (!slot_used(&slots[i]))
            continue;
        must(n % channel->capacity < channel->depth, &channel->source.object,
             "only messages hold capabilities");
        must(slots[i].home == HOME_CHANNEL, &channel->source.object, "they know where they are");
        check_slot(&slots[i], &channel->source.object);
        add_object(&slots[i]);
    }
}

static void look_into_space(struct cspace *space)
{
    uint64_t used = 0;

    for (uint64_t i = 0; i <= space->mask && used < space->used; i++) {
        struct slot *slot = &space->table[i];

        if (!slot_used(slot))
            continue;
        used++;
        must((slot->handle & CAP_INDEX_MASK) == i, &space->object, "a handle has its index");
        check_slot(slot, &space->object);
        add_object(slot);
    }
    must(used == space->used, &space->object, "the slots in use are counted");
}

/* A thread's space may have no capability but the thread's own. */
static void look_into_thread(const struct thread *thread)
{
    if (slot_used(&thread->cspace_slot))
        add_object(&thread->cspace_slot);
}

/* What lies in a container that is emptied is alive until its turn comes. */
static void look_into_graves(void)
{
    for (struct object *dying = reaper_after(NULL); dying; dying = reaper_after(dying)) {
        if (dying->type == OBJECT_CSPACE)
            look_into_space((struct cspace *)dying);
        else
            look_into_channel((struct channel *)dying);
    }
}

/* Each that is found may lead to more. */
static void find_all(struct cspace *root)
{
    unsigned space = 0, thread = 0, source = 0;

    add(&check_spaces, root);
    look_into_graves();
    while (space < check_spaces.count || thread < check_threads.count ||
           source < check_sources.count) {
        if (space < check_spaces.count)
            look_into_space(check_spaces.object[space++]);
        else if (thread < check_threads.count)
            look_into_thread(check_threads.object[thread++]);
        else if (((struct object *)check_sources.object[source++])->type == OBJECT_CHANNEL)
            look_into_channel(check_sources.object[source - 1]);
    }
}

/* ---- capabilities that objects hold ---- */

/* The object that it is held in; NULL: it lies in a table or in a message. */
static const void *holder_of(const struct slot *slot)
{
    if (slot->home >= HOME_THREAD_CSPACE && slot->home <= HOME_THREAD_WATCH)
        return (const void *)((uintptr_t)slot & ~(PAGE_BYTES - 1)); /* NOLINT */
    if (slot->home == HOME_SCHEDCONTEXT_CPU)
        return container_of(slot, struct schedcontext, cpu);
    if (slot->home == HOME_SOURCE)
        return container_of(slot, struct source, slot);
    if (slot->home == HOME_CHANNEL_ENDPOINT)
        return container_of(slot, struct channel, endpoint_slot);
    return NULL;
}

/* When all objects have been found: everybody who holds a child of these is one of them. */
static void check_holders(const struct cspace *space)
{
    for (uint64_t i = 0, used = 0; i <= space->mask && used < space->used; i++) {
        const struct slot *child = space->table[i].first_child;

        used += slot_used(&space->table[i]);
        while (child) {
            const void *holder = holder_of(child);

            must(!holder || check_found(holder), &space->object,
                 "who holds a child of its capability is alive");
            child = IS_PARENT(child->next) ? NULL : LINK_SLOT(child->next);
        }
    }
}

static void check_all(void)
{
    for (unsigned i = 0; i < check_spaces.count; i++)
        check_holders(check_spaces.object[i]);
    for (unsigned i = 0; i < check_threads.count; i++)
        check_thread(check_threads.object[i]);
    for (unsigned i = 0; i < check_sources.count; i++)
        check_source(check_sources.object[i]);
    for (unsigned i = 0; i < check_sets.count; i++)
        check_set(check_sets.object[i]);
    for (unsigned i = 0; i < check_times.count; i++)
        check_time(check_times.object[i]);
    for (unsigned i = 0; i < check_vspaces.count; i++)
        check_vspace(check_vspaces.object[i]);
    check_decision();
    for (unsigned i = 0; i < check_threads.count; i++)
        if (thread_is_running(check_threads.object[i]))
            check_reached(check_threads.object[i]);
}

bool check_state(struct cspace *root)
{
    forget_all();
    find_all(root);
    if (!too_many)
        check_all();
    return !too_many;
}
