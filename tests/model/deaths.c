/* deaths.c - what goes, with what, and in which order. */

#include "model.h"

static bool is_there(int cap)
{
    return cap_of(cap)->type != OBJECT_NONE;
}

/* "what only names an object goes before what was made of it, an owner after all of that": whom
   that one waits for. */
static int next_to_go(int cap)
{
    while (cap_of(cap)->owner && cap_of(cap)->children.count)
        cap = cap_of(cap)->children.item[0];
    return cap;
}

static bool is_container(int cap)
{
    return cap_of(cap)->owner &&
           (cap_of(cap)->type == OBJECT_CSPACE || cap_of(cap)->type == OBJECT_CHANNEL);
}

/* "What a CSpace or Channel held goes when all this is done" (bury_all): so spaces that hold each
   other, or themselves, end like any other. "of several the one that ended last comes first" */
static void entomb(int cap)
{
    int object = cap_of(cap)->object;

    object_at(object)->dying = true;
    list_add_first(&model.graves, object);
    cap_leave_place(cap);
    cap_into(cap, IN_GRAVE, object, 0);
}

static void end_object(int cap)
{
    int object = cap_of(cap)->object;

    if (object == NONE)
        return;
    switch (cap_of(cap)->type) {
    case OBJECT_VSPACE:
        vspace_end(object);
        break;
    case OBJECT_THREAD:
        thread_ends(object);
        break;
    case OBJECT_SCHEDCONTEXT:
        time_ends(object);
        break;
    case OBJECT_ENDPOINT:
        endpoint_ends(object);
        break;
    case OBJECT_NOTIFICATION:
        bell_ends(object);
        break;
    case OBJECT_WAITSET:
        set_ends(object);
        break;
    default:
        break;
    }
    object_at(object)->type = OBJECT_NONE;
}

/* "When such a one goes, the thread stops with the reason, the line is masked, and so on." */
static void tell_holder(int cap)
{
    const struct cap *c = cap_of(cap);

    if (c->place == IN_LINE)
        model.unmasked &= ~(1u << c->index);
    if (c->place == IN_CHANNEL)
        channel_loses(c->holder, (int)c->index);
    if (c->place == IN_SET)
        set_loses_source(c->holder);
    if (c->place == IN_THREAD)
        thread_loses(c->holder, (int)c->index);
    if (c->place == IN_TIME) { /* the authority over time was revoked */
        time_unbound(c->holder);
        object_at(c->holder)->time.configured = false;
    }
}

static void remove_cap(int cap)
{
    cap_orphan(cap);
    cap_leave_place(cap);
    cap_of(cap)->type = OBJECT_NONE;
}

static void end_one(int cap);

/* "Who revokes the Untyped that a gift was made of ends the whole space." What a space is made of
   is nobody's any more as soon as it is being emptied. */
static void end_part(int cap)
{
    const struct model_object *of = object_at(cap_of(cap)->holder);

    if (of->type != OBJECT_NONE && !of->dying)
        end_one(next_to_go(of->owner));
    else
        cap_orphan(cap);
}

static void end_one(int cap)
{
    if (cap_of(cap)->place == AS_PART || cap_of(cap)->place == IN_GRAVE) {
        end_part(cap);
        return;
    }
    if (cap_of(cap)->type == OBJECT_FRAME)
        frame_forget(cap);
    if (is_container(cap)) {
        if (cap_of(cap)->type == OBJECT_CHANNEL)
            channel_ends(cap_of(cap)->object);
        entomb(cap);
        return;
    }
    if (cap_of(cap)->owner)
        end_object(cap);
    if (cap_of(cap)->type == OBJECT_REPLY)
        reply_ends(cap);
    tell_holder(cap);
    remove_cap(cap);
}

void cap_end(int cap)
{
    if (cap == NONE)
        return;
    tell_holder(cap);
    remove_cap(cap);
}

/* "deleting the owner deletes all other capabilities to the object, everywhere, and then the
   object" */
void cap_delete(int cap)
{
    if (cap_of(cap)->type == OBJECT_FRAME)
        frame_forget(cap); /* "deleting or moving it unmaps" */
    while (is_there(cap) && cap_of(cap)->place != IN_GRAVE) {
        end_one(next_to_go(cap));
        step_made();
    }
}

/* "`REVOKE` deletes all descendants and leaves the capability itself." "what was made first goes
   first, but before that what lies in places inside objects, the latest first" */
void cap_revoke(int cap)
{
    while (is_there(cap) && cap_of(cap)->children.count) {
        end_one(next_to_go(cap_of(cap)->children.item[0]));
        step_made();
    }
}

/* ---- what containers held ---- */

/* "the oldest message or the lowest slot first"; or NONE. */
static int lowest_in(int space)
{
    const struct model_space *s = &object_at(space)->space;
    const struct model_slot *lowest = NULL;

    for (int i = 0; i < s->count; i++)
        if (s->slot[i].cap != NONE && (!lowest || s->slot[i].index < lowest->index))
            lowest = &s->slot[i];
    return lowest ? lowest->cap : NONE;
}

/* The memory that it was made of, and its owner, which is in the grave. */
static void remove_parts(int object)
{
    for (int cap = 0; cap < model.cap_count; cap++)
        if (is_there(cap) && cap_of(cap)->place == AS_PART && cap_of(cap)->holder == object)
            remove_cap(cap);
}

static void end_container(int object)
{
    list_remove(&model.graves, object);
    remove_parts(object);
    remove_cap(object_at(object)->owner);
    model.windows += object_at(object)->type == OBJECT_CSPACE;
    object_at(object)->type = OBJECT_NONE;
}

void bury_all(void)
{
    while (model.graves.count) {
        int object = model.graves.item[0];
        int cap =
            object_at(object)->type == OBJECT_CSPACE ? lowest_in(object) : channel_holds(object);

        if (cap == NONE)
            end_container(object);
        else
            end_one(next_to_go(cap));
        step_made();
    }
}
