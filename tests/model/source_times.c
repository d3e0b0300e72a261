/*
 * source_times.c - "The home of a time can be a Notification or Channel
 * (`SCHEDCONTEXT_BIND_SOURCE`), so that a passive server handles events at the priority and on the
 * budget that they were given."
 */

#include "model.h"

static struct model_time *time_at(int time)
{
    return &object_at(time)->time;
}

static struct list *lent_to(int thread)
{
    return &object_at(thread)->thread.lent;
}

/* Whoever has it next: "its budget is used up | nobody until the period ends". */
static void give_back(int time)
{
    struct model_time *t = time_at(time);

    if (t->home == NONE)
        return;
    list_remove(lent_to(t->home), time);
    t->home = NONE;
    if (model.time == time)
        model.time = NONE;
}

/* "Whoever took from there last has it, until he receives again; an active thread never." */
void source_lends(int source, int receiver)
{
    int time = object_at(source)->source.time;

    if (time == NONE || !is_passive(receiver))
        return;
    time_at(time)->over = false;
    if (time_at(time)->home != receiver) {
        give_back(time);
        time_at(time)->home = receiver;
        list_add_first(lent_to(receiver), time);
    }
    time_offered(time);
}

void receive_begins(int receiver)
{
    for (int i = 0; i < lent_to(receiver)->count; i++)
        time_at(lent_to(receiver)->item[i])->over = true;
}

/* What was lent before goes back; what it took this time does not. */
void receive_ends(int receiver)
{
    for (int i = lent_to(receiver)->count; i-- > 0;)
        if (time_at(lent_to(receiver)->item[i])->over)
            give_back(lent_to(receiver)->item[i]);
}

void give_all_back(int thread)
{
    while (lent_to(thread)->count)
        give_back(lent_to(thread)->item[0]);
}

/* "if it has one and that has budget; else its reserve": the one that it took last, or NONE. */
int lent_time(int thread)
{
    for (int i = 0; i < lent_to(thread)->count; i++)
        if (!time_at(lent_to(thread)->item[i])->refill)
            return lent_to(thread)->item[i];
    return NONE;
}

void time_leaves_source(int time)
{
    give_back(time);
    object_at(time_at(time)->source)->source.time = NONE;
    time_at(time)->source = NONE;
}

void source_loses_time(int source)
{
    if (object_at(source)->source.time != NONE)
        time_leaves_source(object_at(source)->source.time);
}

struct answer bind_source(struct call *call)
{
    int time = cap_of(call->target)->object, source = cap_of(call->cap[0])->object;
    int type = cap_of(call->cap[0])->type;
    bool bound = time_at(time)->home != NONE || time_at(time)->source != NONE;

    if (type != OBJECT_NOTIFICATION && type != OBJECT_CHANNEL)
        return refuse(EINVAL, ARGUMENT_CAP(0), OBJECT_NOTIFICATION, (uint64_t)type);
    /* "it is not configured"; "it is bound already, or the source has a time" */
    if (!time_at(time)->configured)
        return refuse(EINVAL, ARGUMENT_HANDLE, OBJECT_CPU, OBJECT_NONE);
    if (bound || object_at(source)->source.time != NONE)
        return refuse(EBUSY, bound ? ARGUMENT_HANDLE : ARGUMENT_CAP(0), 0, 0);
    time_at(time)->source = source;
    time_at(time)->reserve = false;
    object_at(source)->source.time = time;
    return DONE;
}
