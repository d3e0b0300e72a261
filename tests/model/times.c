/*
 * times.c - SchedContexts, and whose time runs whom. Which of equally urgent times runs is the
 * kernel's to choose; that it may is said here (model_chooses): "The scheduler picks the most
 * urgent time with budget, never a thread".
 */

#include <myelin/idl/schedcontext_types.h>

#include "model.h"

#define LINKS_MAX  32
#define BUDGET_MIN 20000ull

static struct model_time *time_at(int time)
{
    return &object_at(time)->time;
}

static struct model_thread *thread_of(int thread)
{
    return &object_at(thread)->thread;
}

static bool waits_in_queue(int thread)
{
    return thread_of(thread)->state == THREAD_WAITS_SEND ||
           thread_of(thread)->state == THREAD_WAITS_CALL;
}

/* ---- chains ---- */

/* "A thread waits for another: for the one that serves its call; for the one to whom the endpoint,
   channel or WaitSet is bound where it queues; for the one that a closed receive expects." */
int waits_for(int thread)
{
    if (thread_of(thread)->state == THREAD_WAITS_REPLY)
        return thread_of(thread)->server;
    return waits_in_queue(thread) ? server_of(thread_of(thread)->waits_at) : NONE;
}

int awaits(int thread)
{
    int expected = thread_of(thread)->expected;

    return expected != NONE ? server_of(expected) : waits_for(thread);
}

/* "Helping goes no further than 32 queues"; "suspended while its call is served by
   S | nobody: it rests". */
int chain_ends_at(int home)
{
    int at = home, next, helped = 0;

    if (thread_of(home)->suspended)
        return home;
    while ((next = waits_for(at)) != NONE) {
        if (waits_in_queue(at) && ++helped > LINKS_MAX)
            return at;
        at = next;
    }
    return at;
}

/* "A walk of more than 32 links is `ELOOP`." */
error_t check_circle(int waiter, int server)
{
    int links = 0;

    for (int at = server; at != NONE; at = awaits(at)) {
        if (at == waiter)
            return EDEADLK;
        if (++links > LINKS_MAX)
            return ELOOP;
    }
    return SUCCESS;
}

static void put_helps(int source, bool helps)
{
    for (int i = 0; i < model.object_count; i++)
        if (object_at(i)->type == OBJECT_THREAD && waits_in_queue(i) &&
            place_of(thread_of(i)->waits_at) == source)
            thread_of(i)->helps = helps;
}

void let_help(int source)
{
    if (server_of(source) != NONE)
        put_helps(source, true);
}

void let_none_help(int source)
{
    put_helps(source, false);
}

static struct list *senders_of(int object)
{
    return object_at(object)->type == OBJECT_CHANNEL ? &object_at(object)->channel.senders
                                                     : &object_at(object)->endpoint.senders;
}

/* "when a more urgent one comes to wait for it, it moves up in the queue where it waits itself, and
   so do those that it waits for in turn" */
void chain_rises(int thread, unsigned urgency)
{
    int helped = 0;

    for (int at = thread; at != NONE; at = waits_for(at)) {
        struct list *queue;

        if (!waits_in_queue(at))
            continue;
        if (++helped > LINKS_MAX || thread_of(at)->urgency >= urgency)
            return;
        queue = senders_of(thread_of(at)->waits_at);
        list_remove(queue, at);
        thread_of(at)->urgency = urgency;
        queue_add(queue, at);
        source_changed(place_of(thread_of(at)->waits_at));
    }
}

int time_of_thread(int thread)
{
    while (thread_of(thread)->own == NONE && thread_of(thread)->caller != NONE)
        thread = thread_of(thread)->caller;
    if (thread_of(thread)->own != NONE)
        return thread_of(thread)->own;
    return lent_time(thread) != NONE ? lent_time(thread) : thread_of(thread)->reserve;
}

/* ---- does a chain reach it? ---- */

static bool has_budget(int home)
{
    int time = thread_of(home)->own != NONE ? thread_of(home)->own : thread_of(home)->reserve;

    if (thread_of(home)->suspended)
        return false;
    return (time != NONE && !time_at(time)->refill) || lent_time(home) != NONE;
}

static int top_of(int thread)
{
    while (thread_of(thread)->caller != NONE)
        thread = thread_of(thread)->caller;
    return thread;
}

/* Where who waits helps that thread on: an endpoint that is bound to it, or the source in its
   WaitSet whose turn it is; or NONE. */
static int place_where_served(int object, int thread)
{
    const struct model_object *o = object_at(object);

    if (o->type == OBJECT_ENDPOINT && o->endpoint.bound == thread)
        return object;
    return o->type == OBJECT_WAITSET && o->set.bound == thread ? set_first(object) : NONE;
}

static bool is_helped_at(int place)
{
    int waiter = place == NONE ? NONE : first_waiter(place);

    return waiter != NONE && has_budget(top_of(waiter));
}

/* "the kernel looks at S's caller, up to the home of that chain, and at the most urgent waiter of
   each endpoint that is bound to S" */
static bool is_reached(int thread)
{
    if (!thread_of(thread)->suspended && lent_time(thread) != NONE)
        return true;
    if (thread_of(thread)->caller != NONE && has_budget(top_of(thread)))
        return true;
    for (int i = 0; i < model.object_count; i++)
        if (is_helped_at(place_where_served(i, thread)))
            return true;
    return false;
}

/* ---- who runs ---- */

/* The thread that this time could run now; or NONE. "The reserve rests as long as a chain with
 * budget reaches its thread" */
static int could_run(int time)
{
    const struct model_time *t = time_at(time);
    int end;

    if (object_at(time)->type != OBJECT_SCHEDCONTEXT || t->home == NONE || t->refill)
        return NONE;
    if (thread_of(t->home)->state == THREAD_INACTIVE || (t->reserve && is_reached(t->home)))
        return NONE;
    end = chain_ends_at(t->home);
    return is_running(end) ? end : NONE;
}

/* "Of those who waited before the set had a thread, the ones at the source whose turn is next help;
   the others when it is theirs." Until then it is not said whether they do. */
static bool must_help(int home)
{
    for (int at = home; waits_for(at) != NONE; at = waits_for(at))
        if (waits_in_queue(at) && !thread_of(at)->helps)
            return false;
    return true;
}

static bool goes_through(int home, int thread)
{
    for (int at = waits_for(home); at != NONE; at = waits_for(at))
        if (at == thread)
            return true;
    return false;
}

/* "Where those have no budget and another whose chain comes through S has - one behind the first,
   one that helps S's caller on - the reserve is used besides": when that begins is not said. */
static bool may_rest(int thread)
{
    for (int i = 0; i < model.object_count; i++)
        if (object_at(i)->type == OBJECT_THREAD && has_budget(i) && must_help(i) &&
            goes_through(i, thread))
            return true;
    return false;
}

static bool must_run(int time)
{
    const struct model_time *t = time_at(time);

    return could_run(time) != NONE && must_help(t->home) && !(t->reserve && may_rest(t->home));
}

static void renew(struct model_time *t)
{
    t->period_start = model.now;
    t->remaining = t->budget;
}

static const char *check_choice(int time, int thread)
{
    int urgency = -1, could = NONE;

    for (int i = 0; i < model.object_count; i++)
        if (object_at(i)->type == OBJECT_SCHEDCONTEXT && must_run(i) &&
            (int)time_at(i)->priority > urgency)
            urgency = (int)time_at(i)->priority;
    if (time == NONE)
        return urgency < 0 ? NULL : "the CPU idles, but a time could run";
    could = could_run(time);
    if (could == NONE)
        return "a time runs that could not";
    if (could != thread)
        return "who runs is not at the end of the chain";
    if ((int)time_at(time)->priority < urgency)
        return "a more urgent time could run";
    /* "At equal priority the running thread goes on." */
    if (model.time != NONE && model.time != time && could_run(model.time) != NONE &&
        time_at(model.time)->priority == time_at(time)->priority)
        return "another time of the same priority took the CPU";
    return NULL;
}

void model_begins_period(int time)
{
    if (model.now - time_at(time)->period_start >= time_at(time)->period)
        renew(time_at(time));
}

unsigned urgency_of_running(void)
{
    return model.time == NONE ? 0 : time_at(model.time)->priority;
}

/* ---- time goes by ---- */

/* "the caller gets `ETIMEDOUT` as soon as it has time again, and the server learns it when it
   answers. In a chain of calls each server has its own say." */
static void end_calls(int home)
{
    int next;

    for (int at = home; (next = waits_for(at)) != NONE; at = next)
        if (thread_of(at)->state == THREAD_WAITS_REPLY && thread_of(next)->ends_calls &&
            !thread_of(at)->faulting)
            thread_fails(at, refuse(ETIMEDOUT, ARGUMENT_PARTNER, 0, 0));
}

static void wait_for_period(struct model_time *t)
{
    t->refill = t->period_start + t->period;
    if (t->home != NONE)
        end_calls(t->home);
}

/* "its budget is used up | nobody until the period ends; at once, behind its equals, if budget =
   period" */
static void use_up(int time)
{
    struct model_time *t = time_at(time);

    model.time = NONE;
    if (t->budget == t->period || model.now - t->period_start >= t->period)
        renew(t);
    if (!t->remaining)
        wait_for_period(t);
}

/* "One that is unbound used up waits for its period where it is bound again." */
void time_offered(int time)
{
    struct model_time *t = time_at(time);

    if (time != model.time && !t->refill && !t->remaining &&
        model.now - t->period_start < t->period)
        wait_for_period(t);
}

/* One that leaves the CPU with nothing left is used up, as at the timer's interrupt: it may be
   unbound, and bound again, before that comes. */
static void makes_way(int next)
{
    int time = model.time;

    if (time != NONE && time != next && time_at(time)->home != NONE && !time_at(time)->remaining)
        use_up(time);
}

const char *model_chooses(int time, int thread, bool renewed)
{
    const char *wrong = check_choice(time, thread);
    bool over = time != NONE && model.now - time_at(time)->period_start >= time_at(time)->period;

    if (!wrong && renewed && !over)
        wrong = "a period began before the last had ended";
    if (!wrong && time != NONE && time != model.time && over && !renewed)
        wrong = "a time was chosen, and its period did not begin";
    makes_way(time);
    if (!wrong && renewed)
        renew(time_at(time));
    model.time = time;
    model.running = thread;
    return wrong;
}

void model_advance(uint64_t now)
{
    uint64_t spent = now - model.now;

    model.now = now;
    if (model.time == NONE) {
        model.idle += spent;
        return;
    }
    time_at(model.time)->consumed += spent;
    time_at(model.time)->remaining -=
        spent < time_at(model.time)->remaining ? spent : time_at(model.time)->remaining;
}

/* The earliest that is due: *object is whose. */
static uint64_t next_due(int *object)
{
    uint64_t when = UINT64_MAX;

    for (int i = 0; i < model.object_count; i++) {
        const struct model_object *o = object_at(i);
        uint64_t due = o->type == OBJECT_THREAD         ? o->thread.deadline
                       : o->type == OBJECT_SCHEDCONTEXT ? o->time.refill
                       : o->type == OBJECT_NOTIFICATION ? o->bell.timer
                                                        : 0;

        if (due && due < when) {
            when = due;
            *object = i;
        }
    }
    return when;
}

static void happen(int object)
{
    struct model_object *o = object_at(object);

    if (o->type == OBJECT_SCHEDCONTEXT) {
        o->time.refill = 0;
        return;
    }
    if (o->type == OBJECT_NOTIFICATION) {
        o->bell.timer = 0;
        bell_rings(object, o->bell.timer_bits, MOST_URGENT);
        return;
    }
    /* "it ends the wait with `ETIMEDOUT`" */
    thread_fails(object, refuse(ETIMEDOUT, ARGUMENT_DEADLINE, 0, 0));
}

void model_timer(void)
{
    int object = NONE;

    model.timer_interrupts++;
    if (model.time != NONE && !time_at(model.time)->remaining)
        use_up(model.time);
    while (next_due(&object) <= model.now)
        happen(object);
}

/* ---- methods of a SchedContext ---- */

static int target(const struct call *call)
{
    return cap_of(call->target)->object;
}

static void withdraw(int time)
{
    time_at(time)->refill = 0;
    if (model.time == time)
        model.time = NONE;
}

static void thread_loses_time(int home, int time)
{
    time_at(time)->home = NONE;
    if (time_at(time)->reserve)
        thread_of(home)->reserve = NONE;
    else
        thread_of(home)->own = NONE;
}

void time_unbound(int time)
{
    int home = time_at(time)->home;

    withdraw(time);
    if (time_at(time)->source != NONE)
        time_leaves_source(time);
    else if (home != NONE)
        thread_loses_time(home, time);
}

void time_ends(int time)
{
    time_unbound(time);
    cap_end(time_at(time)->cpu);
}

static struct answer check_configure(const struct call *call)
{
    const struct cap *cpu = cap_of(call->cap[0]);
    uint64_t priority = call->word[0], budget = call->word[1], period = call->word[2];

    if (priority >= PRIORITIES)
        return refuse(ERANGE, ARGUMENT_WORD(0), PRIORITIES - 1, priority);
    /* "Nobody can give more priority or time than his Cpu capability has (`EPERM`)." */
    if (priority > cpu->start)
        return refuse(EPERM, ARGUMENT_WORD(0), cpu->start, priority);
    if (budget < BUDGET_MIN || budget > period)
        return refuse(ERANGE, ARGUMENT_WORD(1), BUDGET_MIN, budget);
    if (period > UINT64_MAX / 2048)
        return refuse(ERANGE, ARGUMENT_WORD(2), UINT64_MAX / 2048, period);
    if (budget * 1000 > period * cpu->size)
        return refuse(EPERM, ARGUMENT_WORD(1), period * cpu->size / 1000, budget);
    return DONE;
}

static struct answer configure(struct call *call)
{
    struct model_time *t = time_at(target(call));
    struct answer answer = check_configure(call);

    if (answer.error)
        return answer;
    withdraw(target(call));
    if (t->cpu != NONE) {
        int old = t->cpu;

        t->cpu = NONE;
        cap_orphan(old);
        cap_of(old)->type = OBJECT_NONE;
    }
    t->cpu = cap_place(call->cap[0], IN_TIME, target(call), 0);
    t->priority = (unsigned)call->word[0];
    t->budget = call->word[1];
    t->period = call->word[2];
    t->configured = true;
    renew(t);
    return DONE;
}

static bool is_bound(int time)
{
    return time_at(time)->home != NONE || time_at(time)->source != NONE;
}

static struct answer bind(struct call *call)
{
    struct model_time *t = time_at(target(call));
    int home = cap_of(call->cap[0])->object;
    bool taken = thread_of(home)->own != NONE || thread_of(home)->reserve != NONE;

    if (call->word[0] > SCHEDCONTEXT_RESERVE)
        return refuse(EINVAL, ARGUMENT_WORD(0), 0, call->word[0]);
    if (!t->configured)
        return refuse(EINVAL, ARGUMENT_HANDLE, OBJECT_CPU, OBJECT_NONE);
    if (is_bound(target(call)) || taken)
        return refuse(EBUSY, is_bound(target(call)) ? ARGUMENT_HANDLE : ARGUMENT_CAP(0), 0, 0);
    t->home = home;
    t->reserve = call->word[0] == SCHEDCONTEXT_RESERVE;
    if (t->reserve)
        thread_of(home)->reserve = target(call);
    else
        thread_of(home)->own = target(call);
    if (thread_of(home)->state != THREAD_INACTIVE)
        time_offered(target(call));
    return DONE;
}

static struct answer unbind(struct call *call)
{
    if (!is_bound(target(call)))
        return refuse(EINVAL, ARGUMENT_HANDLE, OBJECT_THREAD, OBJECT_NONE);
    time_unbound(target(call));
    return DONE;
}

/* "The time on which the caller runs goes behind its equals." */
static struct answer yield(struct call *call)
{
    (void)call;
    if (model.time != NONE && !time_at(model.time)->remaining)
        use_up(model.time);
    model.time = NONE;
    return DONE;
}

static struct answer inspect(struct call *call)
{
    const struct model_time *t = time_at(target(call));
    int home = t->source != NONE ? t->source : t->home;

    call->out[0] = t->priority;
    call->out[1] = t->budget;
    call->out[2] = t->period;
    call->out[3] = t->consumed;
    put_name(call, 4, home == NONE ? NULL : object_at(home)->name);
    call->out[6] = t->reserve ? SCHEDCONTEXT_RESERVE : SCHEDCONTEXT_OWN;
    call->out_words = 7;
    return DONE;
}

#define A_CPU                                          \
    {                                                  \
        {                                              \
            OBJECT_CPU, CAP_RIGHTS_MANAGE, true, false \
        }                                              \
    }
#define A_THREAD                                          \
    {                                                     \
        {                                                 \
            OBJECT_THREAD, CAP_RIGHTS_MANAGE, true, false \
        }                                                 \
    }

#define ANY_TO_RECEIVE_FROM                           \
    {                                                 \
        {                                             \
            OBJECT_NONE, CAP_RIGHTS_RECV, true, false \
        }                                             \
    }

const struct method schedcontext_methods[] = {
    {SCHEDCONTEXT_LABEL_CONFIGURE, CAP_RIGHTS_MANAGE, 3, A_CPU, false, configure},
    {SCHEDCONTEXT_LABEL_BIND, CAP_RIGHTS_MANAGE, 1, A_THREAD, false, bind},
    {SCHEDCONTEXT_LABEL_BIND_SOURCE, CAP_RIGHTS_MANAGE, 0, ANY_TO_RECEIVE_FROM, false, bind_source},
    {SCHEDCONTEXT_LABEL_UNBIND, CAP_RIGHTS_MANAGE, 0, {{0}}, false, unbind},
    {SCHEDCONTEXT_LABEL_YIELD, CAP_RIGHTS_USE, 0, {{0}}, false, yield},
    {SCHEDCONTEXT_LABEL_INSPECT, CAP_RIGHTS_READ, 0, {{0}}, false, inspect},
    {0},
};
