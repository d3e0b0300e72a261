/* channels.c - Channels: "A channel buffers in memory of its own, which its creator gave: the
   kernel allocates nothing." */

#include <myelin/idl/channel_types.h>
#include <myelin/idl/untyped_types.h>

#include <string.h>

#include "model.h"

static struct model_channel *channel_of(int channel)
{
    return &object_at(channel)->channel;
}

static struct model_thread *thread_of(int thread)
{
    return &object_at(thread)->thread;
}

static const struct answer gone = {EPIPE, ARGUMENT_HANDLE, 0, 0};

void channel_begins(int channel, uint64_t size)
{
    struct model_channel *c = channel_of(channel);

    c->capacity = channel_size_capacity(size);
    c->words = channel_size_words(size);
    c->caps = channel_size_caps(size);
    for (int i = 0; i < CHANNEL_PLACES; i++)
        c->place[i] = NONE;
}

int endpoint_of_channel(int channel)
{
    int cap = channel_of(channel)->place[CHANNEL_ENDPOINT];

    return cap == NONE ? NONE : cap_of(cap)->object;
}

static bool is_full(const struct model_channel *c)
{
    return (uint64_t)c->messages.count == c->capacity;
}

static void ring(int cap)
{
    if (cap != NONE)
        bell_rings(cap_of(cap)->object, cap_of(cap)->badge, MOST_URGENT);
}

/* ---- in ---- */

static int new_message(void)
{
    int message = model.message_count;

    if (message == MESSAGES_MAX - 1)
        model.full = true;
    else
        model.message_count++;
    return message;
}

/* "Capabilities in a channel lie in slots of the channel, as children of the sender's" */
static void put_caps(int sender, int message, int channel)
{
    struct model_thread *s = thread_of(sender);

    for (unsigned i = 0; i < s->item_count; i++) {
        int source, made;

        find_cap(thread_space(sender), s->item[i].cap, OBJECT_NONE, 0, 0, &source);
        made = transfer_item(source, s->item[i].how);
        cap_into(made, IN_MESSAGE, channel, (uint64_t)message * MESSAGE_CAPS_MAX + i);
        model.message[message].cap[i] = made;
    }
    s->item_count = 0;
}

static void put(int channel, int sender, uint64_t badge, unsigned urgency)
{
    struct model_channel *c = channel_of(channel);
    struct message *m = &model.message[new_message()];
    unsigned words = tag_words(registers_of(sender)->tag);

    m->tag = tag_that_goes(registers_of(sender)->tag);
    m->tag = (m->tag & ~(7ull << TAG_ACCEPT_SHIFT)) | TAG_ORIGIN_CHANNEL;
    m->badge = badge;
    m->place = (c->taken + (uint64_t)c->messages.count) % c->capacity;
    memcpy(m->word, registers_of(sender)->word, sizeof(registers_of(sender)->word));
    for (unsigned i = MESSAGE_REGISTER_WORDS; i < words; i++)
        m->word[i] = utcb_of(sender)->words[i];
    for (int i = 0; i < MESSAGE_CAPS_MAX; i++)
        m->cap[i] = NONE;
    put_caps(sender, (int)(m - model.message), channel);
    list_add(&c->messages, (int)(m - model.message));
    if ((uint64_t)c->messages.count > c->high_water)
        c->high_water = (uint64_t)c->messages.count;
    if ((int)urgency > c->urgency)
        c->urgency = (int)urgency;
}

/* "Who waits for room is let in by priority, and nobody overtakes who waits." */
static void admit_one(int channel)
{
    struct model_channel *c = channel_of(channel);
    int sender = c->senders.count ? c->senders.item[0] : NONE;
    struct answer answer;

    if (sender == NONE || is_full(c))
        return;
    answer = check_items(sender, thread_of(sender)->grant, ARGUMENT_HANDLE);
    if (answer.error) {
        thread_fails(sender, answer);
        return;
    }
    thread_leaves(sender, SUCCESS);
    put(channel, sender, thread_of(sender)->badge, thread_of(sender)->urgency);
    clear_registers(sender);
    thread_wakes(sender);
}

static void admit_all(int channel)
{
    while (!is_full(channel_of(channel)) && channel_of(channel)->senders.count)
        admit_one(channel);
}

/* ---- out ---- */

/* "A receiver that cannot take the oldest message's capabilities (`TAG_ACCEPT` too small, too few
   free slots) gets `ENOSPC` for its own handle, and the message stays the oldest." */
static struct answer check_taking(int receiver, unsigned count)
{
    unsigned accepts = tag_accept(registers_of(receiver)->tag);

    if (accepts < count)
        return refuse(ENOSPC, ARGUMENT_HANDLE, count, accepts);
    if (!space_has_free(thread_space(receiver), count))
        return refuse(ENOSPC, ARGUMENT_HANDLE, count, 0);
    return DONE;
}

/* "One that was revoked arrives as none: handle 0, type `OBJECT_NONE`, in its place." */
static void take_caps(const struct message *m, int receiver)
{
    for (unsigned i = 0; i < tag_caps(m->tag); i++) {
        struct cap_item *item = &utcb_of(receiver)->caps[i];
        int cap = m->cap[i];

        *item = (struct cap_item){0, 0};
        if (cap == NONE)
            continue;
        item->cap = item_into_space(cap, CAP_MOVE, thread_space(receiver));
        item->how = (uint64_t)cap_of(cap)->type << 32 | cap_of(cap)->rights;
    }
}

/* "`notify_room` names one that is told of room after messages were refused." */
static void close_gap(int channel)
{
    struct model_channel *c = channel_of(channel);

    list_remove(&c->messages, c->messages.item[0]);
    c->taken++;
    admit_one(channel);
    if (!c->messages.count)
        c->urgency = 0;
    if (c->refusing && !is_full(c)) {
        c->refusing = false;
        ring(c->place[CHANNEL_ROOM]);
    }
}

/* "A channel is first in, first out." */
static void take(int channel, int receiver)
{
    const struct message *m = &model.message[channel_of(channel)->messages.item[0]];

    memcpy(registers_of(receiver)->word, m->word, sizeof(registers_of(receiver)->word));
    for (unsigned i = MESSAGE_REGISTER_WORDS; i < tag_words(m->tag); i++)
        utcb_of(receiver)->words[i] = m->word[i];
    take_caps(m, receiver);
    if (registers_of(receiver)->tag & TAG_BUFFER)
        utcb_of(receiver)->buffer_length = 0; /* "where only one had, it finds the length 0" */
    source_lends(channel, receiver);
    message_announced(receiver, m->tag, m->badge);
    close_gap(channel);
}

/* "of a channel the oldest message or none": a closed receive, of a WaitSet. */
static bool has_for(int channel, int receiver)
{
    const struct list *messages = &channel_of(channel)->messages;
    bool closed = registers_of(receiver)->tag & TAG_CLOSED;

    return messages->count &&
           (!closed || model.message[messages->item[0]].badge == utcb_of(receiver)->closed_badge);
}

struct answer channel_gives(int channel, int receiver)
{
    struct model_channel *c = channel_of(channel);
    struct answer answer;

    admit_all(channel);
    if (!has_for(channel, receiver))
        return refuse(EAGAIN, 0, 0, 0);
    answer = check_taking(receiver, tag_caps(model.message[c->messages.item[0]].tag));
    if (!answer.error)
        take(channel, receiver);
    return answer;
}

/* ---- send ---- */

/* "To a channel a message of more words than it was made for is `EMSGSIZE`, one of more
   capabilities `ENOSPC`, one with a buffer `ENOTSUP`." */
static struct answer check_sending(int sender, int channel, bool grant)
{
    const struct model_channel *c = channel_of(channel);
    unsigned words = tag_words(registers_of(sender)->tag), caps = thread_of(sender)->item_count;

    if (registers_of(sender)->tag & TAG_BUFFER)
        return refuse(ENOTSUP, ARGUMENT_TAG, 0, TAG_BUFFER);
    if (words > c->words)
        return refuse(EMSGSIZE, ARGUMENT_TAG, c->words, words);
    if (caps > c->caps)
        return refuse(ENOSPC, ARGUMENT_PARTNER, caps, c->caps);
    return check_items(sender, grant, ARGUMENT_HANDLE);
}

/* Who waits for what comes in here: at the channel, at the endpoint that it is attached to, or at
   the WaitSet that it is in; "From an endpoint with a channel a closed receive takes callers only."
 */
static int waiting_receiver(int channel, uint64_t badge)
{
    const struct model_channel *c = channel_of(channel);
    int endpoint = endpoint_of_channel(channel);
    const struct list *receivers =
        endpoint == NONE ? &c->receivers : &object_at(endpoint)->endpoint.receivers;
    int receiver = receivers->count ? receivers->item[0] : set_receiver(place_of(channel), badge);
    bool elsewhere = endpoint != NONE || c->messages.count;

    return receiver != NONE && thread_of(receiver)->closed && elsewhere ? NONE : receiver;
}

static struct answer wait_for_room(int sender, int channel, const struct way *way)
{
    struct model_thread *s = thread_of(sender);
    int server = server_of(channel);
    error_t error = server == NONE ? SUCCESS : check_circle(sender, server);

    if (error)
        return refuse(error, ARGUMENT_HANDLE, 32, 0);
    s->badge = way->badge;
    s->grant = way->grant;
    s->state = THREAD_WAITS_SEND;
    s->waits_at = channel;
    s->urgency = urgency_of_running();
    s->helps = server != NONE;
    queue_add(&channel_of(channel)->senders, sender);
    if (server != NONE)
        chain_rises(server, s->urgency);
    source_changed(place_of(channel));
    return DONE;
}

/* "At a full channel a send with the deadline *now* is `EAGAIN`, and is counted as refused; any
   other waits for room." */
static struct answer refuse_or_wait(int sender, int channel, const struct way *way)
{
    struct model_channel *c = channel_of(channel);

    if (!way->now)
        return wait_for_room(sender, channel, way);
    c->refused++;
    c->refusing = true;
    return refuse(EAGAIN, ARGUMENT_HANDLE, c->capacity, (uint64_t)c->messages.count);
}

static void dismiss(int channel, int receiver, struct answer answer)
{
    tell_key(receiver, thread_of(receiver)->waits_at, place_of(channel));
    thread_fails(receiver, answer);
}

/* Those who could not take it learn it. */
static void dismiss_unable(int channel, uint64_t badge, unsigned count)
{
    int receiver;
    struct answer answer;

    while ((receiver = waiting_receiver(channel, badge)) != NONE &&
           (answer = check_taking(receiver, count)).error)
        dismiss(channel, receiver, answer);
}

static void serve(int channel, int receiver)
{
    tell_key(receiver, thread_of(receiver)->waits_at, place_of(channel));
    thread_leaves(receiver, SUCCESS);
    take(channel, receiver);
    thread_wakes(receiver);
}

/* "A `send` to a channel that has room puts its message in and goes on." */
struct answer channel_takes(int sender, int channel, const struct way *way)
{
    struct model_channel *c = channel_of(channel);
    struct answer answer = check_sending(sender, channel, way->grant);
    int receiver;

    if (answer.error)
        return answer;
    if (is_orphaned(place_of(channel)))
        return gone;
    admit_all(channel);
    dismiss_unable(channel, way->badge, thread_of(sender)->item_count);
    if (is_full(c))
        return refuse_or_wait(sender, channel, way);
    receiver = waiting_receiver(channel, way->badge);
    put(channel, sender, way->badge, urgency_of_running());
    clear_registers(sender);
    if (receiver != NONE)
        serve(channel, receiver);
    /* "`notify_filled` names a notification that is told when the channel is no longer empty." */
    if (c->messages.count == 1)
        ring(c->place[CHANNEL_FILLED]);
    source_changed(place_of(channel));
    return DONE;
}

/* "A receive that finds the channel empty waits." */
struct answer channel_receives(int receiver, int channel, bool now)
{
    struct model_thread *r = thread_of(receiver);
    struct answer answer;

    if (endpoint_of_channel(channel) != NONE || in_set(channel))
        return refuse(EBUSY, ARGUMENT_HANDLE, 0, 0);
    answer = channel_gives(channel, receiver);
    if (answer.error != EAGAIN)
        return answer;
    if (r->bell != NONE && object_at(r->bell)->bell.bits) {
        bell_gives(r->bell, receiver);
        return DONE;
    }
    if (now)
        return refuse(EAGAIN, ARGUMENT_HANDLE, 0, 0);
    r->state = THREAD_WAITS_RECEIVE;
    r->waits_at = channel;
    r->closed = false;
    r->urgency = urgency_of_running();
    queue_add(&channel_of(channel)->receivers, receiver);
    return DONE;
}

/* ---- the end ---- */

static void dismiss_all(int channel)
{
    while (channel_of(channel)->senders.count)
        thread_fails(channel_of(channel)->senders.item[0], gone);
    while (channel_of(channel)->receivers.count)
        thread_fails(channel_of(channel)->receivers.item[0], gone);
}

/* "When the endpoint, the channel or the bound thread ends, who waits for room gets `EPIPE`." */
void channel_loses(int channel, int place)
{
    int endpoint = endpoint_of_channel(channel);

    if (place != CHANNEL_ENDPOINT)
        return;
    dismiss_all(channel);
    object_at(endpoint)->endpoint.channel = NONE;
    source_changed(endpoint);
}

/* "When a channel dies, who waits there to send or to receive gets `EPIPE`." */
void channel_ends(int channel)
{
    dismiss_all(channel);
    for (int i = 0; i < CHANNEL_PLACES; i++)
        cap_end(channel_of(channel)->place[i]);
    source_loses_time(channel);
}

/* A capability in its messages: in the order of its memory; or NONE. */
int channel_holds(int channel)
{
    const struct list *messages = &channel_of(channel)->messages;
    int first = NONE;
    uint64_t place = UINT64_MAX;

    for (int i = 0; i < messages->count; i++) {
        const struct message *m = &model.message[messages->item[i]];

        for (int n = MESSAGE_CAPS_MAX; n-- > 0;)
            if (m->cap[n] != NONE && m->place <= place) {
                first = m->cap[n];
                place = m->place;
            }
    }
    return first;
}

/* ---- methods ---- */

static int target(const struct call *call)
{
    return cap_of(call->target)->object;
}

static bool is_idle(int channel)
{
    const struct model_channel *c = channel_of(channel);

    return endpoint_of_channel(channel) == NONE && !in_set(channel) && !c->messages.count &&
           !c->senders.count && !c->receivers.count;
}

/* "From now on it is received from the endpoint, which takes its messages and its callers in turn;
   and whoever has Post on the endpoint sends into it." */
static struct answer attach(struct call *call)
{
    int endpoint = cap_of(call->cap[0])->object;
    struct model_channel *c = channel_of(target(call));

    if (!object_at(endpoint)->endpoint.call_only)
        return refuse(EINVAL, ARGUMENT_CAP(0), UNTYPED_ENDPOINT_CALL_ONLY, UNTYPED_ENDPOINT_OPEN);
    if (object_at(endpoint)->endpoint.channel != NONE)
        return refuse(EBUSY, ARGUMENT_CAP(0), 0, 0);
    if (!is_idle(target(call)))
        return refuse(EBUSY, ARGUMENT_HANDLE, 0, (uint64_t)c->messages.count);
    c->place[CHANNEL_ENDPOINT] =
        cap_place(call->cap[0], IN_CHANNEL, target(call), CHANNEL_ENDPOINT);
    object_at(endpoint)->endpoint.channel = target(call);
    return DONE;
}

static struct answer detach(struct call *call)
{
    if (endpoint_of_channel(target(call)) == NONE)
        return refuse(EINVAL, ARGUMENT_HANDLE, OBJECT_ENDPOINT, OBJECT_NONE);
    cap_end(channel_of(target(call))->place[CHANNEL_ENDPOINT]);
    return DONE;
}

static struct answer set_bell(struct call *call, int place)
{
    struct model_channel *c = channel_of(target(call));
    int bell = call->caps ? call->cap[0] : NONE;

    if (bell != NONE && !cap_of(bell)->badge)
        return refuse(EINVAL, ARGUMENT_CAP(0), 1, 0);
    cap_end(c->place[place]);
    if (bell != NONE)
        c->place[place] = cap_place(bell, IN_CHANNEL, target(call), (uint64_t)place);
    return DONE;
}

/* "The badge bits of the notification are set when it becomes non-empty; at once if it is." */
static struct answer notify_filled(struct call *call)
{
    struct answer answer = set_bell(call, CHANNEL_FILLED);

    if (!answer.error && channel_of(target(call))->messages.count)
        ring(channel_of(target(call))->place[CHANNEL_FILLED]);
    return answer;
}

static struct answer notify_room(struct call *call)
{
    return set_bell(call, CHANNEL_ROOM);
}

/* "When `discard` makes a message the oldest for which a closed receive waits, it is given that
   message." */
static void offer_oldest(int channel)
{
    const struct list *messages = &channel_of(channel)->messages;
    struct answer answer;
    int receiver;

    if (!messages->count || endpoint_of_channel(channel) != NONE)
        return;
    receiver = set_receiver(channel, model.message[messages->item[0]].badge);
    if (receiver == NONE)
        return;
    answer = check_taking(receiver, tag_caps(model.message[messages->item[0]].tag));
    if (answer.error)
        dismiss(channel, receiver, answer);
    else
        serve(channel, receiver);
}

/* "Deletes the oldest message, with the capabilities in it." */
static struct answer discard(struct call *call)
{
    struct model_channel *c = channel_of(target(call));
    const struct message *m = &model.message[c->messages.item[0]];

    if (!c->messages.count)
        return refuse(EAGAIN, ARGUMENT_HANDLE, 0, 0);
    for (int i = 0; i < MESSAGE_CAPS_MAX; i++)
        if (m->cap[i] != NONE)
            cap_delete(m->cap[i]);
    if (object_at(target(call))->type == OBJECT_CHANNEL && !object_at(target(call))->dying) {
        close_gap(target(call));
        offer_oldest(target(call));
    }
    source_changed(place_of(target(call)));
    bury_all();
    if (!is_running(call->caller))
        model.full = true; /* as of a deletion: how far it came is not told */
    return DONE;
}

static struct answer statistics(struct call *call)
{
    const struct model_channel *c = channel_of(target(call));

    call->out[0] = c->capacity;
    call->out[1] = (uint64_t)c->messages.count;
    call->out[2] = c->high_water;
    call->out[3] = c->refused;
    call->out[4] = c->words;
    call->out[5] = c->caps;
    call->out_words = 6;
    return DONE;
}

#define NO_CAPS {{0}}
#define A_BELL                                               \
    {                                                        \
        {                                                    \
            OBJECT_NOTIFICATION, CAP_RIGHTS_SEND, true, true \
        }                                                    \
    }

const struct method channel_methods[] = {
    {CHANNEL_LABEL_ATTACH,
     CAP_RIGHTS_MANAGE,
     0,
     {{OBJECT_ENDPOINT, CAP_RIGHTS_RECV, true, false}},
     false,
     attach},
    {CHANNEL_LABEL_DETACH, CAP_RIGHTS_MANAGE, 0, NO_CAPS, false, detach},
    {CHANNEL_LABEL_NOTIFY_FILLED, CAP_RIGHTS_MANAGE, 0, A_BELL, false, notify_filled},
    {CHANNEL_LABEL_NOTIFY_ROOM, CAP_RIGHTS_MANAGE, 0, A_BELL, false, notify_room},
    {CHANNEL_LABEL_DISCARD, CAP_RIGHTS_RECV, 0, NO_CAPS, false, discard},
    {CHANNEL_LABEL_STATISTICS, CAP_RIGHTS_READ, 0, NO_CAPS, false, statistics},
    {0},
};
