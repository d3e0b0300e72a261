/* caps.c - capabilities, the spaces that they lie in, and the tree that says what was made of
   what. The rules are those of docs/capabilities.md. */

#include <string.h>

#include "model.h"

struct model model;

struct cap *cap_of(int cap)
{
    return &model.cap[cap];
}

struct model_object *object_at(int object)
{
    return &model.object[object];
}

/* Numbers are not used twice, so that one that has gone is known for ever. When there are no more
   the program ends, and what the last one says is not looked at any more. */
int cap_new(int type, unsigned rights)
{
    int cap = model.cap_count;

    if (cap == CAPS_MAX - 1)
        model.full = true;
    else
        model.cap_count++;
    model.cap[cap] = (struct cap){.type = type,
                                  .rights = rights,
                                  .object = NONE,
                                  .mapped_in = NONE,
                                  .parent = NONE,
                                  .place = AS_PART,
                                  .holder = NONE};
    return cap;
}

int object_new(int type)
{
    int object = model.object_count;

    if (object == OBJECTS_MAX - 1)
        model.full = true;
    else
        model.object_count++;
    memset(&model.object[object], 0, sizeof(model.object[object]));
    model.object[object].type = type;
    model.object[object].owner = NONE;
    model.object[object].source.cap = model.object[object].source.time = NONE;
    return object;
}

/* ---- the tree ---- */

/* "Copies are children of the sender's." */
void cap_adopt(int parent, int child)
{
    cap_of(child)->parent = parent;
    if (parent != NONE)
        list_add(&cap_of(parent)->children, child);
}

void cap_adopt_first(int parent, int child)
{
    cap_of(child)->parent = parent;
    if (parent != NONE)
        list_add_first(&cap_of(parent)->children, child);
}

/* "All others only name the object; deleting one that has children gives these to its parent." */
void cap_orphan(int cap)
{
    struct list children = cap_of(cap)->children;
    int parent = cap_of(cap)->parent;

    for (int i = 0; i < children.count; i++)
        cap_of(children.item[i])->parent = parent;
    if (parent != NONE)
        list_replace(&cap_of(parent)->children, cap, &children);
    cap_of(cap)->children.count = 0;
    cap_of(cap)->parent = NONE;
}

/* ---- spaces ---- */

static struct model_space *space_of(int space)
{
    return &object_at(space)->space;
}

/* NULL: it was never used. */
static struct model_slot *slot_used_once(int space, uint64_t index)
{
    struct model_space *s = space_of(space);

    for (int i = 0; i < s->count; i++)
        if (s->slot[i].index == index)
            return &s->slot[i];
    return NULL;
}

static struct model_slot *slot_at(int space, uint64_t index)
{
    struct model_space *s = space_of(space);
    struct model_slot *slot = slot_used_once(space, index);

    if (slot)
        return slot;
    if (s->count == SLOTS_MAX - 1)
        model.full = true;
    else
        s->count++;
    s->slot[s->count - 1] = (struct model_slot){.index = index, .generation = 1, .cap = NONE};
    return &s->slot[s->count - 1];
}

bool space_has_free(int space, uint64_t count)
{
    return supply_count(&space_of(space)->free) >= count;
}

static uint64_t handle_of(const struct model_slot *slot)
{
    return slot->generation << CAP_INDEX_BITS | slot->index;
}

uint64_t cap_handle(int cap)
{
    return handle_of(slot_at(cap_of(cap)->holder, cap_of(cap)->index));
}

void cap_into(int cap, enum place place, int holder, uint64_t index)
{
    cap_of(cap)->place = place;
    cap_of(cap)->holder = holder;
    cap_of(cap)->index = index;
}

static uint64_t fill_slot(int cap, int space, uint64_t index)
{
    slot_at(space, index)->cap = cap;
    cap_into(cap, IN_SPACE, space, index);
    return cap_handle(cap);
}

/* "The kernel picks slots, from a free list." */
uint64_t cap_into_space(int cap, int space)
{
    return fill_slot(cap, space, supply_take(&space_of(space)->free));
}

/* "A slot's generation moves on whenever it is emptied", "A slot whose generations are used up is
   retired." */
static void empty_slot(int space, uint64_t index)
{
    struct model_slot *slot = slot_at(space, index);

    slot->cap = NONE;
    if (slot->generation == CAP_GENERATION_LAST) {
        slot->generation = UINT64_MAX >> CAP_INDEX_BITS;
        return;
    }
    slot->generation++;
    supply_add(&space_of(space)->free, index, index + 1);
}

void cap_leave_place(int cap)
{
    const struct cap *c = cap_of(cap);

    if (c->place == IN_SPACE)
        empty_slot(c->holder, c->index);
    if (c->place == IN_THREAD)
        object_at(c->holder)->thread.place[c->index] = NONE;
    if (c->place == IN_CHANNEL)
        object_at(c->holder)->channel.place[c->index] = NONE;
    if (c->place == IN_SET)
        object_at(c->holder)->source.cap = NONE;
    if (c->place == IN_MESSAGE)
        model.message[c->index / MESSAGE_CAPS_MAX].cap[c->index % MESSAGE_CAPS_MAX] = NONE;
    if (c->place == IN_TIME)
        object_at(c->holder)->time.cpu = NONE;
    if (c->place == IN_LINE)
        model.line[c->index] = NONE;
}

/* "an old handle is told (`ESTALE`) and never means somebody else's object; a handle that never was
   is `EBADF`" */
static struct answer nothing_there(int space, uint64_t handle, uint64_t argument)
{
    const struct model_slot *slot = slot_used_once(space, handle & CAP_INDEX_MASK);

    if (slot && handle >> CAP_INDEX_BITS && handle < handle_of(slot))
        return refuse(ESTALE, argument, handle_of(slot), handle);
    return refuse(EBADF, argument, 0, handle);
}

struct answer find_cap(int space, uint64_t handle, int type, unsigned rights, uint64_t argument,
                       int *cap)
{
    const struct model_slot *slot = slot_used_once(space, handle & CAP_INDEX_MASK);
    int found = slot && handle_of(slot) == handle ? slot->cap : NONE;

    *cap = NONE;
    if (found == NONE)
        return nothing_there(space, handle, argument);
    /* "`EBADF` | handle | it names nothing, or an object of another type (found: which)" */
    if (type != OBJECT_NONE && cap_of(found)->type != type)
        return refuse(EBADF, argument, (uint64_t)type, (uint64_t)cap_of(found)->type);
    /* "`EPERM` | handle | the right is missing (expected: which, found: those there are)" */
    if (rights & ~cap_of(found)->rights)
        return refuse(EPERM, argument, rights, cap_of(found)->rights);
    *cap = found;
    return DONE;
}

int thread_space(int thread)
{
    return cap_of(object_at(thread)->thread.place[THREAD_CSPACE])->object;
}

/* ---- one capability made of another ---- */

bool has_badge(int type)
{
    return type == OBJECT_ENDPOINT || type == OBJECT_NOTIFICATION || type == OBJECT_CHANNEL;
}

/* "`MINT` | a child with a badge | an unbadged Endpoint, Channel or Notification, with Recv" */
static struct answer check_mint(int source, uint64_t argument)
{
    const struct cap *cap = cap_of(source);

    if (!has_badge(cap->type))
        return refuse(EINVAL, argument, OBJECT_ENDPOINT, (uint64_t)cap->type);
    if (!(cap->rights & CAP_RIGHTS_RECV))
        return refuse(EPERM, argument, CAP_RIGHTS_RECV, cap->rights);
    if (cap->badge)
        return refuse(EINVAL, argument, 0, cap->badge);
    return DONE;
}

/* "parts of Frame (4 KiB of 2 MiB), MemoryGrant (bytes), Irq, IoPort; Cpu: a lower priority and
   share" */
static struct answer check_part(int source, const struct making *how, uint64_t argument)
{
    const struct cap *cap = cap_of(source);

    switch (cap->type) {
    case OBJECT_CPU:
        if (how->offset > cap->start || how->length > cap->size)
            return refuse(ERANGE, argument, cap->start, how->offset);
        return DONE;
    case OBJECT_FRAME:
        if (how->length != PAGE_BYTES && how->length != cap->size)
            return refuse(EINVAL, argument, PAGE_BYTES, how->length);
        if (how->offset % how->length)
            return refuse(EINVAL, argument, how->length, how->offset);
        break;
    case OBJECT_IRQ:
    case OBJECT_IOPORT:
    case OBJECT_MEMORYGRANT:
        break;
    default:
        return refuse(EINVAL, argument, OBJECT_FRAME, (uint64_t)cap->type);
    }
    if (how->length > cap->size || how->offset > cap->size - how->length)
        return refuse(ERANGE, argument, cap->size, how->offset);
    return DONE;
}

/* "`DERIVE` | a child with fewer rights, or of a part | all but Untyped and Reply" */
struct answer check_making(int source, const struct making *how, uint64_t argument)
{
    int type = cap_of(source)->type;

    if (type == OBJECT_UNTYPED || type == OBJECT_REPLY)
        return refuse(EINVAL, argument, OBJECT_NONE, (uint64_t)type);
    if (how->mint)
        return check_mint(source, argument);
    return how->length ? check_part(source, how, argument) : DONE;
}

static void narrow(struct cap *cap, const struct making *how)
{
    if (cap->type == OBJECT_CPU)
        cap->start = how->offset;
    else
        cap->start += how->offset;
    cap->size = how->length;
}

/* What it says, but not where it lies, what was made of it, or that it owns. */
static int copy_of(int source)
{
    const struct cap *from = cap_of(source);
    int copy = cap_new(from->type, from->rights);
    struct cap *to = cap_of(copy);

    to->badge = from->badge;
    to->object = from->object;
    to->start = from->start;
    to->size = from->size;
    to->used = from->used;
    to->device = from->device;
    return copy;
}

/* "Rights only shrink." */
int make_cap(int source, const struct making *how)
{
    int made = copy_of(source);

    cap_of(made)->rights &= (unsigned)how->rights & 0xffff;
    if (how->mint)
        cap_of(made)->badge = how->badge;
    if (how->length)
        narrow(cap_of(made), how);
    cap_adopt(source, made);
    return made;
}

/* "Places inside objects (a thread's spaces, its handler, an interrupt's notification) hold
   capabilities, too: children of the one that they were made of." */
int cap_place(int source, enum place place, int holder, uint64_t index)
{
    int held = copy_of(source);

    cap_into(held, place, holder, index);
    cap_adopt_first(source, held);
    return held;
}

#define MODE(how) ((how) & ~0xffffffffull)

struct answer check_item(int source, uint64_t how, uint64_t argument)
{
    const struct making copy = {.rights = CAP_RIGHTS_ALL};

    if (MODE(how) == CAP_COPY || MODE(how) == CAP_DERIVE)
        return check_making(source, &copy, argument);
    if (MODE(how) != CAP_MOVE)
        return refuse(EINVAL, argument, CAP_DERIVE, how);
    /* "A Frame in which a UTCB lies is not moved by a message (`EBUSY`)" */
    if (frame_has_utcb(source))
        return refuse(EBUSY, argument, OBJECT_THREAD, OBJECT_FRAME);
    return DONE;
}

/* "the same one, elsewhere | all | children, ownership and badge stay; a Frame is unmapped" */
static int move(int source)
{
    if (cap_of(source)->type == OBJECT_FRAME)
        frame_forget(source);
    cap_leave_place(source);
    return source; /* its number stays, so a Reply's caller need not be told */
}

int transfer_item(int source, uint64_t how)
{
    struct making copy = {.rights = CAP_RIGHTS_ALL};

    if (MODE(how) == CAP_MOVE)
        return move(source);
    if (MODE(how) == CAP_DERIVE)
        copy.rights = how & 0xffff;
    return make_cap(source, &copy);
}

/* The slot is picked first, so what is moved never gets the one that it leaves. */
uint64_t item_into_space(int source, uint64_t how, int space)
{
    uint64_t index = supply_take(&space_of(space)->free);

    return fill_slot(transfer_item(source, how), space, index);
}
