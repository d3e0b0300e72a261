/* donations.c - "What a server wants of its callers' time it says with `THREAD_SET_DONATION`". */

#include "model.h"

static struct model_thread *thread_of(int thread)
{
    return &object_at(thread)->thread;
}

bool is_choosy(int server)
{
    return thread_of(server)->ends_calls || thread_of(server)->least_us;
}

static uint64_t time_left(int caller)
{
    int time = time_of_thread(caller);
    const struct model_time *t = time == NONE ? NULL : &object_at(time)->time;

    if (!t || t->refill)
        return 0;
    /* "Who may use a whole CPU (budget = period) has all of a period left, at any moment." */
    if (t->budget == t->period || model.now - t->period_start >= t->period)
        return t->budget;
    return t->remaining;
}

/* "`ETIME` | partner | the server wants more of the caller's budget (expected) than is left
   (found), ns"; "Faults are never refused or ended: their threads would stop." */
struct answer check_donation(int caller, int server)
{
    uint64_t least = thread_of(server)->least_us * 1000, left = time_left(caller);

    if (!thread_of(caller)->faulting && (left < least || !left))
        return refuse(ETIME, ARGUMENT_PARTNER, least, left);
    return DONE;
}
