/*
 * source_time.c - times whose home is a Notification or Channel. A passive thread that takes
 * something from one runs on its time, as on a caller's, until it receives again; then the time
 * rests until somebody takes from there again. Who took last has it.
 */

#include <ipc/ipc.h>
#include <task/task.h>

static void give_back(struct schedcontext *time)
{
    struct thread *home = time->home;
    struct schedcontext **link;

    if (!home)
        return;
    for (link = &home->lent; *link != time; link = &(*link)->next)
        continue;
    *link = time->next;
    time->next = NULL;
    time->home = NULL;
    schedcontext_withdraw(time);
    chain_changed(home);
}

void time_lend(struct source *source, struct thread *receiver)
{
    struct schedcontext *time = *source_time(source);

    if (!time || !thread_is_passive(receiver))
        return;
    if (time->home != receiver) {
        give_back(time);
        time->home = receiver;
        time->next = receiver->lent;
        receiver->lent = time;
    }
    time->over = false;
    fast_forget(receiver); /* its next receive has something to give back */
    schedcontext_offer(time);
}

void time_receive_begins(const struct thread *receiver)
{
    for (struct schedcontext *time = receiver->lent; time; time = time->next)
        time->over = true;
}

void time_receive_ends(struct thread *receiver)
{
    struct schedcontext *time = receiver->lent, *next;

    for (; time; time = next) {
        next = time->next;
        if (time->over)
            give_back(time);
    }
}

void time_give_back_all(struct thread *thread)
{
    while (thread->lent)
        give_back(thread->lent);
}

void time_leave_source(struct schedcontext *time)
{
    give_back(time);
    source_set_time(time->source, NULL);
    time->source = NULL;
}

struct schedcontext *time_lent(const struct thread *thread)
{
    struct schedcontext *time = thread->lent;

    while (time && time->refill.active)
        time = time->next;
    return time;
}
