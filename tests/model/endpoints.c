/* endpoints.c - rendezvous. */

#include <myelin/idl/untyped_types.h>

#include "model.h"

static struct model_endpoint *endpoint_of(int endpoint)
{
    return &object_at(endpoint)->endpoint;
}

static struct model_thread *thread_of(int thread)
{
    return &object_at(thread)->thread;
}

static const struct answer gone = {EPIPE, ARGUMENT_HANDLE, 0, 0};

/* "by priority, first come first served among equals" */
void queue_add(struct list *queue, int thread)
{
    struct list later = {0};

    while (queue->count &&
           thread_of(queue->item[queue->count - 1])->urgency < thread_of(thread)->urgency) {
        list_add_first(&later, queue->item[queue->count - 1]);
        queue->count--;
    }
    list_add(queue, thread);
    for (int i = 0; i < later.count; i++)
        list_add(queue, later.item[i]);
}

int place_of(int object)
{
    bool attached =
        object_at(object)->type == OBJECT_CHANNEL && endpoint_of_channel(object) != NONE;

    return attached ? endpoint_of_channel(object) : object;
}

/* "for the one to whom the endpoint, channel or WaitSet is bound where it queues" */
int server_of(int object)
{
    int place = place_of(object);

    if (object_at(place)->type == OBJECT_ENDPOINT && endpoint_of(place)->bound != NONE)
        return endpoint_of(place)->bound;
    return in_set(place) ? object_at(object_at(place)->source.set)->set.bound : NONE;
}

/* Who waits there to send or to call, and for room in its channel: the queue of those. */
static struct list *posters_of(int endpoint)
{
    static struct list nobody;
    int channel = endpoint_of(endpoint)->channel;

    return channel == NONE ? &nobody : &object_at(channel)->channel.senders;
}

static int first_in(const struct list *queue)
{
    return queue->count ? queue->item[0] : NONE;
}

int first_waiter(int source)
{
    int caller, poster;

    if (object_at(source)->type == OBJECT_CHANNEL)
        return first_in(&object_at(source)->channel.senders);
    if (object_at(source)->type != OBJECT_ENDPOINT)
        return NONE;
    caller = first_in(&endpoint_of(source)->senders);
    poster = first_in(posters_of(source));

    if (caller == NONE || poster == NONE)
        return caller == NONE ? poster : caller;
    return thread_of(poster)->urgency > thread_of(caller)->urgency ? poster : caller;
}

bool is_orphaned(int source)
{
    return (object_at(source)->type == OBJECT_ENDPOINT && endpoint_of(source)->orphaned) ||
           (in_set(source) && object_at(object_at(source)->source.set)->set.orphaned);
}

/* ---- they meet ---- */

static bool wants_reply(int receiver)
{
    return registers_of(receiver)->tag & TAG_WANT_REPLY;
}

static struct answer check_meeting(int from, int to, bool call, bool grant)
{
    struct answer answer = check_message(from, to, grant, ARGUMENT_HANDLE);
    unsigned slots = thread_of(from)->item_count + 1;

    if (!answer.error && call && wants_reply(to) && !space_has_free(thread_space(to), slots))
        return refuse(ENOSPC, ARGUMENT_PARTNER, slots, 0);
    if (!answer.error && call && is_choosy(to))
        return check_donation(from, to);
    return answer;
}

static void meet(int from, int to, uint64_t badge, bool call, bool grant)
{
    bool want_reply = wants_reply(to);
    uint64_t buffer = buffers_told(from, to);

    message_goes(from, to, badge);
    registers_of(to)->tag |= buffer;
    if (call) {
        thread_of(from)->reply_grant = grant;
        call_begins(to, from, want_reply);
    } else {
        clear_registers(from);
    }
}

/* ---- sending ---- */

/* "A `send` or `call` that finds a receiver waiting there, open to its badge, gives it the message
   at once." "A message that a waiting receiver cannot take is an error of the sender's, and the
   receiver waits on." */
static struct answer give_to(int receiver, int sender, const struct way *way)
{
    struct answer answer = check_meeting(sender, receiver, way->call, way->grant);
    int at = thread_of(receiver)->waits_at;

    if (answer.error)
        return answer;
    answer = buffer_goes(sender, receiver);
    if (answer.error == EAGAIN) /* it faults now */
        return DONE;
    tell_key(receiver, at, way->endpoint);
    if (answer.error)
        return answer;
    thread_leaves(receiver, SUCCESS);
    meet(sender, receiver, way->badge, way->call, way->grant);
    thread_wakes(receiver);
    return DONE;
}

static bool is_open_to(int receiver, uint64_t badge)
{
    return !thread_of(receiver)->closed || thread_of(receiver)->closed_badge == badge;
}

/* "Otherwise the sender waits in the endpoint's queue until a receiver takes the message." */
static struct answer wait_to_send(int sender, const struct way *way)
{
    struct model_thread *s = thread_of(sender);
    int server = server_of(way->endpoint);
    error_t error = server == NONE ? SUCCESS : check_circle(sender, server);

    if (error)
        return refuse(error, ARGUMENT_HANDLE, 32, 0);
    s->badge = way->badge;
    s->grant = way->grant;
    s->state = way->call ? THREAD_WAITS_CALL : THREAD_WAITS_SEND;
    s->waits_at = way->endpoint;
    if (sender == model.running) /* else it faults because of another's system call */
        s->urgency = urgency_of_running();
    s->helps = server != NONE;
    queue_add(&endpoint_of(way->endpoint)->senders, sender);
    if (server != NONE)
        chain_rises(server, s->urgency);
    source_changed(way->endpoint);
    return DONE;
}

/* Who waits for what comes with that badge: at the endpoint, or at the WaitSet that it is in. */
static int waiting_receiver(const struct way *way)
{
    int receiver = first_in(&endpoint_of(way->endpoint)->receivers);

    if (receiver == NONE)
        return set_receiver(way->endpoint, way->badge);
    return is_open_to(receiver, way->badge) ? receiver : NONE;
}

struct answer endpoint_sends(int sender, const struct way *way)
{
    int receiver = waiting_receiver(way);
    struct answer answer;

    if (receiver != NONE)
        return give_to(receiver, sender, way);
    answer = check_items(sender, way->grant, ARGUMENT_HANDLE);
    if (answer.error)
        return answer;
    /* "When the bound thread ends, who waits there gets `EPIPE`, and so does who comes later, until
       another thread is bound." */
    if (is_orphaned(way->endpoint))
        return gone;
    /* "With *now* (`DEADLINE_NOW`) an operation that would have to wait for its partner, or for
       room, is `EAGAIN`." */
    if (way->now)
        return refuse(EAGAIN, ARGUMENT_HANDLE, 0, 0);
    return wait_to_send(sender, way);
}

/* ---- receiving ---- */

static struct answer check_receive(int receiver, int endpoint, bool closed)
{
    const struct model_endpoint *e = endpoint_of(endpoint);

    /* "`THREAD_BIND_ENDPOINT` binds an endpoint to a thread: then only that thread receives there
       (`EBUSY`)" */
    if ((e->bound != NONE && e->bound != receiver) || in_set(endpoint))
        return refuse(EBUSY, ARGUMENT_HANDLE, 0, 0);
    /* "A passive thread receives from call-only endpoints only (`EINVAL`)" */
    if (is_passive(receiver) && !e->call_only)
        return refuse(EINVAL, ARGUMENT_HANDLE, UNTYPED_ENDPOINT_CALL_ONLY, UNTYPED_ENDPOINT_OPEN);
    /* "The endpoint must be bound to the receiving thread (`EINVAL`), and stays so meanwhile." */
    if (closed && e->bound == NONE)
        return refuse(EINVAL, ARGUMENT_TAG, 0, TAG_CLOSED);
    return DONE;
}

/* The message of a sender that waited goes over. */
static void take_from(int sender, int receiver)
{
    struct model_thread *s = thread_of(sender);
    bool call = s->state == THREAD_WAITS_CALL;

    list_remove(&endpoint_of(s->waits_at)->senders, sender);
    let_help(s->waits_at);
    s->waits_at = NONE;
    meet(sender, receiver, s->badge, call, s->grant);
    if (!call)
        thread_wakes(sender);
}

/* The first of those who wait that it is open to; or NONE. */
static int first_sender(int endpoint, bool closed, uint64_t badge)
{
    const struct list *senders = &endpoint_of(endpoint)->senders;

    for (int i = 0; i < senders->count; i++)
        if (!closed || thread_of(senders->item[i])->badge == badge)
            return senders->item[i];
    return NONE;
}

/* EAGAIN: it has left the queue. */
static struct answer try_to_take(int sender, int receiver)
{
    bool call = thread_of(sender)->state == THREAD_WAITS_CALL;
    struct answer answer = check_meeting(sender, receiver, call, thread_of(sender)->grant);

    /* "A message that waited and cannot be taken is an error of the sender's, and the receiver goes
       on to the next sender." */
    if (answer.error) {
        thread_fails(sender, answer);
        return refuse(EAGAIN, 0, 0, 0);
    }
    answer = buffer_goes(sender, receiver);
    if (!answer.error)
        take_from(sender, receiver);
    return answer;
}

/* "`utcb->closed_endpoint`, if not 0, names (with any right) an endpoint whose bound thread should
   send the message. That makes the receive a link in the search for circles." */
static struct answer check_expected(int receiver, int expected)
{
    int server;
    error_t error;

    if (expected == NONE)
        return DONE;
    if (is_orphaned(expected))
        return refuse(EPIPE, ARGUMENT_EXPECTED, 0, 0);
    server = server_of(expected);
    error = server == NONE ? SUCCESS : check_circle(receiver, server);
    return error ? refuse(error, ARGUMENT_EXPECTED, 32, 0) : DONE;
}

static void wait_at(int receiver, int at)
{
    thread_of(receiver)->waits_at = at;
    if (object_at(at)->type == OBJECT_WAITSET)
        object_at(at)->set.receiver = receiver;
    else
        queue_add(&endpoint_of(at)->receivers, receiver);
}

struct answer wait_to_receive(int receiver, int at, bool now, int expected)
{
    struct model_thread *r = thread_of(receiver);
    struct answer answer;

    if (now)
        return refuse(EAGAIN, ARGUMENT_HANDLE, 0, 0);
    answer = check_expected(receiver, expected);
    if (answer.error)
        return answer;
    r->state = THREAD_WAITS_RECEIVE;
    r->urgency = urgency_of_running();
    r->closed = r->now.tag & TAG_CLOSED;
    r->closed_badge = r->closed ? utcb_of(receiver)->closed_badge : 0;
    r->closed_key = r->closed ? utcb_of(receiver)->closed_key : 0;
    r->expected = expected;
    if (expected != NONE)
        list_add_first(&endpoint_of(expected)->expecters, receiver);
    wait_at(receiver, at);
    return DONE;
}

struct answer find_expected(int receiver, int *expected)
{
    uint64_t handle = utcb_of(receiver)->closed_endpoint;
    struct answer answer = DONE;
    int cap = NONE;

    *expected = NONE;
    if (registers_of(receiver)->tag & TAG_CLOSED && handle)
        answer =
            find_cap(thread_space(receiver), handle, OBJECT_ENDPOINT, 0, ARGUMENT_EXPECTED, &cap);
    if (cap != NONE)
        *expected = cap_of(cap)->object;
    return answer;
}

/* EAGAIN: there is nobody to take from. "When what a waiter sends cannot be taken, it is looked for
   anew." */
static struct answer take_callers(int receiver, int endpoint, bool closed)
{
    uint64_t badge = utcb_of(receiver)->closed_badge;
    struct answer answer = refuse(EAGAIN, 0, 0, 0);
    int sender;

    while (answer.error == EAGAIN && (sender = first_sender(endpoint, closed, badge)) != NONE) {
        answer = try_to_take(sender, receiver);
        if (answer.error == EAGAIN && in_set(endpoint))
            answer.error = ANEW;
    }
    return answer;
}

static struct answer take_one_or_other(int receiver, int endpoint, bool channel)
{
    struct model_endpoint *e = endpoint_of(endpoint);
    struct answer answer =
        channel ? channel_gives(e->channel, receiver) : take_callers(receiver, endpoint, false);

    if (answer.error != EAGAIN && answer.error != ANEW)
        e->channel_next = !channel;
    return answer;
}

/* "At an endpoint with a channel callers and messages take turns: after the one comes the other, if
   it is there". EAGAIN: there is neither. */
static struct answer take_in_turn(int receiver, int endpoint)
{
    bool channel = endpoint_of(endpoint)->channel_next;
    struct answer answer = take_one_or_other(receiver, endpoint, channel);

    return answer.error == EAGAIN ? take_one_or_other(receiver, endpoint, !channel) : answer;
}

struct answer endpoint_gives(int receiver, int endpoint)
{
    bool closed = registers_of(receiver)->tag & TAG_CLOSED;

    return endpoint_of(endpoint)->channel != NONE && !closed
               ? take_in_turn(receiver, endpoint)
               : take_callers(receiver, endpoint, closed);
}

struct answer endpoint_receives(int receiver, int endpoint, bool now)
{
    bool closed = registers_of(receiver)->tag & TAG_CLOSED;
    int expected, bell = thread_of(receiver)->bell;
    struct answer answer = find_expected(receiver, &expected);

    if (!answer.error)
        answer = check_receive(receiver, endpoint, closed);
    if (!answer.error)
        answer = buffer_read(receiver);
    if (answer.error)
        return answer;
    call_forgotten(receiver);
    answer = endpoint_gives(receiver, endpoint);
    if (answer.error != EAGAIN)
        return answer;
    /* "its bits end that thread's receives on Endpoints, Channels and WaitSets, too" */
    if (bell != NONE && object_at(bell)->bell.bits) {
        bell_gives(bell, receiver);
        return DONE;
    }
    return wait_to_receive(receiver, endpoint, now, expected);
}

/* ---- faults ---- */

void fault_calls(int thread, const struct fault_words *fault)
{
    struct model_thread *t = thread_of(thread);
    int handler = t->place[THREAD_HANDLER];
    struct way way = {.call = true};

    t->fault = *fault;
    /* "A fault, and no handler." */
    if (handler == NONE) {
        thread_stops(thread, THREAD_STOPPED, THREAD_STOP_NO_HANDLER);
        return;
    }
    way.endpoint = cap_of(handler)->object;
    way.badge = cap_of(handler)->badge;
    t->faulting = true;
    t->item_count = t->lease_count = 0;
    if (endpoint_sends(thread, &way).error)
        thread_stops(thread, THREAD_STOPPED, THREAD_STOP_HANDLER_GONE);
}

/* ---- binding, and the end ---- */

static bool is_awaited(int source)
{
    return first_waiter(source) != NONE ||
           (object_at(source)->type == OBJECT_ENDPOINT && endpoint_of(source)->expecters.count);
}

static bool waits_to_send_at(int thread, int source)
{
    const struct model_thread *t = thread_of(thread);

    return (t->state == THREAD_WAITS_SEND || t->state == THREAD_WAITS_CALL) &&
           place_of(t->waits_at) == source;
}

error_t check_bound_circle(int source, int thread)
{
    int links = 0;

    if (!is_awaited(source))
        return SUCCESS;
    for (int at = thread; at != NONE; at = awaits(at)) {
        if (waits_to_send_at(at, source) || thread_of(at)->expected == source)
            return EDEADLK;
        if (++links > 32)
            return ELOOP;
    }
    return SUCCESS;
}

struct answer check_bind(int endpoint, int thread)
{
    const struct model_endpoint *e = endpoint_of(endpoint);
    bool another =
        e->receivers.count > 1 || (e->receivers.count == 1 && e->receivers.item[0] != thread);
    error_t error;

    if (e->bound == NONE ? another || in_set(endpoint) : e->bound != thread)
        return refuse(EBUSY, ARGUMENT_CAP(0), 0, 0);
    if (thread_of(thread)->state == THREAD_EXITED)
        return refuse(EPIPE, ARGUMENT_HANDLE, THREAD_RUNNING, THREAD_EXITED);
    /* "A wait that would close a circle of such links is `EDEADLK`, and so is binding an endpoint"
     */
    error = check_bound_circle(endpoint, thread);
    return error ? refuse(error, ARGUMENT_CAP(0), 32, 0) : DONE;
}

static void dismiss_senders(int endpoint)
{
    while (endpoint_of(endpoint)->senders.count)
        thread_fails(endpoint_of(endpoint)->senders.item[0], gone);
    while (posters_of(endpoint)->count)
        thread_fails(posters_of(endpoint)->item[0], gone);
}

/* "When that endpoint or its thread ends, the receive ends with `EPIPE`." */
void dismiss_expecters(int endpoint)
{
    while (endpoint_of(endpoint)->expecters.count)
        thread_fails(endpoint_of(endpoint)->expecters.item[0],
                     refuse(EPIPE, ARGUMENT_EXPECTED, 0, 0));
}

void endpoint_loses_thread(int endpoint)
{
    dismiss_senders(endpoint);
    dismiss_expecters(endpoint);
    endpoint_of(endpoint)->orphaned = true;
    endpoint_of(endpoint)->bound = NONE;
}

/* "When an endpoint dies, who waits there to send, to call or to receive gets `EPIPE`." "A call
   that is being served outlives its endpoint." */
void endpoint_ends(int endpoint)
{
    dismiss_senders(endpoint);
    while (endpoint_of(endpoint)->receivers.count)
        thread_fails(endpoint_of(endpoint)->receivers.item[0], gone);
    dismiss_expecters(endpoint);
    endpoint_of(endpoint)->bound = NONE;
}
