/* waitsets.c - "A WaitSet waits for Endpoints, Channels and Notifications, as many as it was made
   for, each with a 64-bit key of its owner's choice". */

#include <myelin/idl/untyped_types.h>
#include <myelin/idl/waitset_types.h>

#include "model.h"

static struct model_set *set_of(int set)
{
    return &object_at(set)->set;
}

static struct model_source *source_of(int source)
{
    return &object_at(source)->source;
}

static struct model_thread *thread_of(int thread)
{
    return &object_at(thread)->thread;
}

static const struct answer gone = {EPIPE, ARGUMENT_HANDLE, 0, 0};

bool in_set(int object)
{
    return source_of(object)->cap != NONE;
}

void set_begins(int set, uint64_t capacity)
{
    set_of(set)->capacity = capacity;
    set_of(set)->bound = set_of(set)->receiver = NONE;
}

/* The sources in a set, one after the other: the first with a number from `from` on, or NONE. */
static int next_source(int set, int from)
{
    for (int i = from; i < model.object_count; i++)
        if (object_at(i)->type != OBJECT_NONE && in_set(i) && source_of(i)->set == set)
            return i;
    return NONE;
}

static uint64_t count_sources(int set)
{
    uint64_t count = 0;

    for (int i = next_source(set, 0); i != NONE; i = next_source(set, i + 1))
        count++;
    return count;
}

static bool is_open(int source)
{
    return object_at(source)->type == OBJECT_ENDPOINT && !object_at(source)->endpoint.call_only;
}

static bool has_open(int set)
{
    for (int i = next_source(set, 0); i != NONE; i = next_source(set, i + 1))
        if (is_open(i))
            return true;
    return false;
}

/* ---- whose turn it is ---- */

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static int urgency_of_channel(int channel)
{
    const struct model_channel *c = channel == NONE ? NULL : &object_at(channel)->channel;

    return c && c->messages.count ? c->urgency : QUIET;
}

/* "Bits from interrupts and timers are more urgent than any thread; those of a `notify` as urgent
   as whoever set them; those that were there when the notification came into the set as urgent as
   who added it; a channel as urgent as the most urgent who has sent since it was empty." */
static int urgency_of(int source)
{
    int waiter = first_waiter(source);
    int waits = waiter == NONE ? QUIET : (int)thread_of(waiter)->urgency;

    switch (object_at(source)->type) {
    case OBJECT_ENDPOINT:
        return larger(waits, urgency_of_channel(object_at(source)->endpoint.channel));
    case OBJECT_CHANNEL:
        return larger(waits, urgency_of_channel(source));
    default:
        return object_at(source)->bell.bits ? object_at(source)->bell.urgency : QUIET;
    }
}

int set_first(int set)
{
    const struct list *ready = &set_of(set)->ready;

    for (int i = 0; i < ready->count; i++)
        if (!source_of(ready->item[i])->passed)
            return ready->item[i];
    return NONE;
}

/* "Of those who waited before the set had a thread, the ones at the source whose turn is next
   help". */
static void let_next_help(int set)
{
    const struct list *ready = &set_of(set)->ready;

    if (ready->count)
        let_help(ready->item[0]);
    if (set_first(set) != NONE)
        let_help(set_first(set));
}

static void find_place(int source)
{
    struct list *ready = &set_of(source_of(source)->set)->ready;
    struct list later = {0};

    list_remove(ready, source);
    source_of(source)->passed = false;
    source_of(source)->urgency = urgency_of(source);
    if (source_of(source)->urgency == QUIET)
        return;
    while (ready->count &&
           source_of(ready->item[ready->count - 1])->urgency < source_of(source)->urgency)
        list_add_first(&later, ready->item[--ready->count]);
    list_add(ready, source);
    for (int i = 0; i < later.count; i++)
        list_add(ready, later.item[i]);
}

/* "The source whose most urgent waiter is most urgent comes first; equals take turns." */
static void goes_behind_equals(int source)
{
    find_place(source);
    let_next_help(source_of(source)->set);
}

/* It keeps its place while it is as urgent as it was, unless a receive has passed it by. */
void source_changed(int source)
{
    const struct model_source *s = source_of(source);

    if (in_set(source) && (s->passed || s->urgency != urgency_of(source)))
        goes_behind_equals(source);
}

/* What was passed by is looked at again. */
static void pass_none(int set)
{
    for (int i = next_source(set, 0); i != NONE; i = next_source(set, i + 1))
        source_of(i)->passed = false;
}

/* ---- receiving ---- */

static struct answer check_receive(int receiver, int set)
{
    /* "The set belongs to the thread that receives from it first; to any other it is `EBUSY`." */
    if (set_of(set)->bound != NONE && set_of(set)->bound != receiver)
        return refuse(EBUSY, ARGUMENT_HANDLE, 0, 0);
    /* "A passive thread receives from a set without open endpoints only (`EINVAL`)." */
    if (is_passive(receiver) && has_open(set))
        return refuse(EINVAL, ARGUMENT_HANDLE, UNTYPED_ENDPOINT_CALL_ONLY, UNTYPED_ENDPOINT_OPEN);
    return DONE;
}

/* "Closed (`TAG_CLOSED`), a receive takes from the source with `utcb->closed_key`, and with the
   badge in `utcb->closed_badge`". Those that it passes by stay so for the next one of that kind. */
static void look_anew(int receiver, int set)
{
    struct model_set *s = set_of(set);
    const struct utcb *utcb = utcb_of(receiver);
    bool closed = registers_of(receiver)->tag & TAG_CLOSED;

    if (!closed || s->passed_key != utcb->closed_key || s->passed_badge != utcb->closed_badge)
        pass_none(set);
    s->passed_key = closed ? utcb->closed_key : 0;
    s->passed_badge = closed ? utcb->closed_badge : 0;
}

static struct answer take_from(int receiver, int source)
{
    bool closed = registers_of(receiver)->tag & TAG_CLOSED;

    if (closed && source_of(source)->key != utcb_of(receiver)->closed_key)
        return refuse(EAGAIN, 0, 0, 0);
    if (object_at(source)->type == OBJECT_ENDPOINT)
        return endpoint_gives(receiver, source);
    if (object_at(source)->type == OBJECT_CHANNEL)
        return channel_gives(source, receiver);
    bell_gives(source, receiver);
    return DONE;
}

/* "A receive on it takes from one of them and says the key (`utcb->source_key`, `message->key`)."
   EAGAIN: none has anything for it. */
static struct answer take(int receiver, int set)
{
    int source;

    while ((source = set_first(set)) != NONE) {
        uint64_t key = source_of(source)->key;
        struct answer answer = take_from(receiver, source);

        if (answer.error == ANEW)
            return answer;
        if (answer.error != EAGAIN) {
            goes_behind_equals(source);
            utcb_of(receiver)->source_key = key;
            return answer;
        }
        source_changed(source);
        source_of(source)->passed = source_of(source)->urgency != QUIET;
    }
    return refuse(EAGAIN, 0, 0, 0);
}

/* "Bits of the thread's own notification come along with a message; alone they have key 0." So they
   do before bits of another, which cannot come along. */
static bool own_bits_come_first(int receiver, int set)
{
    int bell = thread_of(receiver)->bell, first = set_first(set);

    return bell != NONE && object_at(bell)->bell.bits &&
           (first == NONE || object_at(first)->type == OBJECT_NOTIFICATION);
}

/* EAGAIN: none has anything for it, or its own bits come first. */
static struct answer take_first(int receiver, int set)
{
    struct answer answer;

    do {
        look_anew(receiver, set);
        if (own_bits_come_first(receiver, set))
            return refuse(EAGAIN, 0, 0, 0);
        answer = take(receiver, set);
        let_next_help(set);
    } while (answer.error == ANEW);
    return answer;
}

struct answer set_receives(int receiver, int set, bool now)
{
    int expected, bell = thread_of(receiver)->bell;
    struct answer answer = find_expected(receiver, &expected);

    if (!answer.error)
        answer = check_receive(receiver, set);
    if (!answer.error)
        answer = buffer_read(receiver);
    if (answer.error)
        return answer;
    call_forgotten(receiver);
    set_of(set)->bound = receiver;
    set_of(set)->orphaned = false;
    answer = take_first(receiver, set);
    if (answer.error != EAGAIN)
        return answer;
    if (bell != NONE && object_at(bell)->bell.bits) {
        bell_gives(bell, receiver);
        utcb_of(receiver)->source_key = 0;
        return DONE;
    }
    return wait_to_receive(receiver, set, now, expected);
}

/* ---- meeting who waits there: "Who comes while the thread waits meets it as at the source
   itself."
   ---- */

/* "bits have no badge" */
int set_receiver(int source, uint64_t badge)
{
    int receiver = in_set(source) ? set_of(source_of(source)->set)->receiver : NONE;
    const struct model_thread *r = receiver == NONE ? NULL : thread_of(receiver);

    if (!r || !r->closed)
        return receiver;
    if (r->closed_key != source_of(source)->key)
        return NONE;
    return r->closed_badge == badge || object_at(source)->type == OBJECT_NOTIFICATION ? receiver
                                                                                      : NONE;
}

/* "A receive on it takes from one of them and says the key"; "A receive that fails because of what
   came says the key, too." */
void tell_key(int receiver, int at, int source)
{
    if (at != NONE && object_at(at)->type == OBJECT_WAITSET)
        utcb_of(receiver)->source_key = in_set(source) ? source_of(source)->key : 0;
}

/* ---- the end ---- */

/* "It is in the set by a capability made of the one that was given: who revokes that takes it
   out." */
void set_loses_source(int source)
{
    list_remove(&set_of(source_of(source)->set)->ready, source);
    source_of(source)->cap = NONE;
    let_none_help(source);
    let_next_help(source_of(source)->set);
}

static void dismiss_waiters(int source)
{
    int waiter;

    while ((waiter = first_waiter(source)) != NONE)
        thread_fails(waiter, gone);
    if (object_at(source)->type == OBJECT_ENDPOINT)
        dismiss_expecters(source);
}

/* "When the thread ends, those who wait, and who come later, get `EPIPE` until another thread
   receives; messages and bits stay." */
void set_loses_thread(int set)
{
    int source;

    set_of(set)->orphaned = true;
    pass_none(set);
    while ((source = set_first(set)) != NONE) {
        dismiss_waiters(source);
        source_of(source)->passed = source_of(source)->urgency != QUIET;
    }
    for (source = next_source(set, 0); source != NONE; source = next_source(set, source + 1))
        dismiss_waiters(source);
    pass_none(set);
    set_of(set)->bound = NONE;
}

/* "When the set ends, its thread gets `EPIPE`, and its sources stand alone again." */
void set_ends(int set)
{
    int source;

    if (set_of(set)->receiver != NONE)
        thread_fails(set_of(set)->receiver, gone);
    while ((source = next_source(set, 0)) != NONE)
        cap_end(source_of(source)->cap);
}

/* ---- methods ---- */

static int target(const struct call *call)
{
    return cap_of(call->target)->object;
}

/* "A source is in one WaitSet, or bound to a thread, or received from directly (`EBUSY`)." */
static bool is_in_use(int source)
{
    const struct model_object *o = object_at(source);

    if (in_set(source))
        return true;
    if (o->type == OBJECT_ENDPOINT)
        return o->endpoint.bound != NONE || o->endpoint.receivers.count;
    if (o->type == OBJECT_CHANNEL)
        return endpoint_of_channel(source) != NONE || o->channel.receivers.count;
    return o->bell.bound != NONE || o->bell.waiters.count;
}

static struct answer check_source(const struct call *call)
{
    int type = cap_of(call->cap[0])->type;

    return has_badge(type) ? DONE
                           : refuse(EINVAL, ARGUMENT_CAP(0), OBJECT_ENDPOINT, (uint64_t)type);
}

static struct answer check_add(const struct call *call, int source)
{
    const struct model_set *s = set_of(target(call));
    uint64_t count = count_sources(target(call));
    error_t error;

    if (is_in_use(source))
        return refuse(EBUSY, ARGUMENT_CAP(0), 0, 0);
    if (count == s->capacity)
        return refuse(ENOSPC, ARGUMENT_HANDLE, s->capacity, count);
    if (s->bound == NONE)
        return DONE;
    if (is_open(source) && is_passive(s->bound))
        return refuse(EINVAL, ARGUMENT_CAP(0), UNTYPED_ENDPOINT_CALL_ONLY, UNTYPED_ENDPOINT_OPEN);
    /* "A wait that would close a circle of such links is `EDEADLK`, and so is binding an endpoint,
       or adding it to a WaitSet, that would close one." */
    error = check_bound_circle(source, s->bound);
    return error ? refuse(error, ARGUMENT_CAP(0), 32, 0) : DONE;
}

static struct answer add(struct call *call)
{
    int set = target(call), source = cap_of(call->cap[0])->object;
    struct answer answer = check_source(call);

    if (!answer.error)
        answer = check_add(call, source);
    if (answer.error)
        return answer;
    source_of(source)->cap = cap_place(call->cap[0], IN_SET, source, 0);
    source_of(source)->set = set;
    source_of(source)->key = call->word[0];
    if (object_at(source)->type == OBJECT_ENDPOINT)
        object_at(source)->endpoint.orphaned = false;
    /* "those that were there when the notification came into the set as urgent as who added it" */
    if (object_at(source)->type == OBJECT_NOTIFICATION)
        object_at(source)->bell.urgency =
            object_at(source)->bell.bits ? (int)urgency_of_running() : 0;
    goes_behind_equals(source);
    if (set_of(set)->bound != NONE && first_waiter(source) != NONE)
        chain_rises(set_of(set)->bound, thread_of(first_waiter(source))->urgency);
    if (set_of(set)->receiver != NONE && set_first(set) != NONE)
        thread_goes_back(set_of(set)->receiver); /* and finds it when it receives anew */
    return DONE;
}

static struct answer remove_source(struct call *call)
{
    int source = cap_of(call->cap[0])->object;
    struct answer answer = check_source(call);

    if (answer.error)
        return answer;
    if (!in_set(source) || source_of(source)->set != target(call))
        return refuse(ENOENT, ARGUMENT_CAP(0), 0, 0);
    cap_end(source_of(source)->cap);
    return DONE;
}

static struct answer inspect(struct call *call)
{
    const struct model_set *s = set_of(target(call));

    call->out[0] = s->capacity;
    call->out[1] = count_sources(target(call));
    put_name(call, 2, s->bound == NONE ? NULL : object_at(s->bound)->name);
    call->out_words = 4;
    return DONE;
}

#define A_SOURCE                                      \
    {                                                 \
        {                                             \
            OBJECT_NONE, CAP_RIGHTS_RECV, true, false \
        }                                             \
    }

const struct method waitset_methods[] = {
    {WAITSET_LABEL_ADD, CAP_RIGHTS_MANAGE, 1, A_SOURCE, false, add},
    {WAITSET_LABEL_REMOVE, CAP_RIGHTS_MANAGE, 0, A_SOURCE, false, remove_source},
    {WAITSET_LABEL_INSPECT, CAP_RIGHTS_READ, 0, {{0}}, false, inspect},
    {0},
};
