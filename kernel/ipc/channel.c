/*
 * channel.c - a bounded queue of messages: whoever sends goes on at once, or waits only for room.
 *
 * Its memory holds the messages as a ring, and a slot for each capability that they can carry. A
 * capability travels in such a slot as a child of the sender's, so revoking reaches it there;
 * then its place in the message is empty when it arrives.
 */

#include <ipc/ipc.h>
#include <myelin/idl/channel_types.h>

static const struct failure channel_gone = {.error = EPIPE, .argument = ARGUMENT_HANDLE};

static struct slot *slots_of(struct channel *channel)
{
    return (struct slot *)(channel + 1);
}

static uint64_t slot_count(const struct channel *channel)
{
    return (uint64_t)channel->capacity * channel->caps_max;
}

/* The n-th message, counted from the oldest: its place in the ring. */
static uint32_t place_of(const struct channel *channel, uint32_t n)
{
    return (uint32_t)(((uint64_t)channel->first + n) % channel->capacity);
}

static uint32_t stored_bytes(unsigned words_max)
{
    return (uint32_t)(sizeof(struct stored) + words_max * sizeof(uint64_t));
}

static struct stored *stored_at(struct channel *channel, uint32_t place)
{
    return (struct stored *)(channel->messages + place * channel->message_bytes);
}

static struct slot *caps_at(struct channel *channel, uint32_t place)
{
    return slots_of(channel) + (uint64_t)place * channel->caps_max;
}

/* ---- making ---- */

static bool in_range(uint64_t value, uint64_t least, uint64_t most, uint64_t argument,
                     struct failure *failure)
{
    if (value >= least && value <= most)
        return true;
    fail(failure, ERANGE, argument, value < least ? least : most, value);
    return false;
}

unsigned channel_size_bits(uint64_t size, uint64_t argument, struct failure *failure)
{
    uint64_t capacity = channel_size_capacity(size), words = channel_size_words(size);
    uint64_t caps = channel_size_caps(size), bytes;
    unsigned bits = 0;

    if (CHANNEL_SIZE(capacity, words, caps) != size) {
        fail(failure, EINVAL, argument, CHANNEL_SIZE(capacity, words, caps), size);
        return 0;
    }
    if (!in_range(capacity, 1, CHANNEL_CAPACITY_MAX, argument, failure) ||
        !in_range(words, MESSAGE_REGISTER_WORDS, MESSAGE_WORDS_MAX, argument, failure) ||
        !in_range(caps, 0, MESSAGE_CAPS_MAX, argument, failure))
        return 0;
    bytes = sizeof(struct channel) +
            capacity * (caps * sizeof(struct slot) + stored_bytes((unsigned)words));
    while (1ull << bits < bytes)
        bits++;
    return bits;
}

void channel_create(struct channel *channel, uint64_t size)
{
    channel->capacity = (uint32_t)channel_size_capacity(size);
    channel->words_max = (uint8_t)channel_size_words(size);
    channel->caps_max = (uint8_t)channel_size_caps(size);
    channel->message_bytes = stored_bytes(channel->words_max);
    channel->messages = (char *)(slots_of(channel) + slot_count(channel));
    channel_note(channel);
}

/* ---- what others see ---- */

/* By what it is waited for and helped: the endpoint that it is attached to, or itself. */
static struct source *source_of(struct channel *channel)
{
    return channel->endpoint ? &channel->endpoint->source : &channel->source;
}

static bool is_full(const struct channel *channel)
{
    return channel->depth == channel->capacity;
}

bool channel_has_something(const struct channel *channel)
{
    return channel && (channel->depth || !queue_empty(&channel->senders));
}

/* Does one more message concern who waits for it, or for the bell? */
static bool is_listened_to(const struct channel *channel)
{
    return !queue_empty(&channel->receivers) ||
           (!channel->depth && slot_used(&channel->filled_slot));
}

/* What this has forgotten to take back, the fast path (channelpath.c) does not tell: so it is
   called wherever one of these becomes true, and where that ends, as far as it is worth it. A new
   high-water mark is not for the fast path. */
void channel_note(struct channel *channel)
{
    bool concerned = channel->endpoint || channel->source.set || channel->refusing ||
                     !queue_empty(&channel->senders);

    channel->puts_below = concerned || is_listened_to(channel) ? 0 : channel->high_water;
    channel->takes_above = concerned || channel->time || channel->longer ? UINT32_MAX : 0;
}

static void ring(const struct slot *bell)
{
    if (slot_used(bell))
        notification_signal(slot_object(bell), bell->data);
}

/* ---- putting in ---- */

static void put_caps(struct thread *sender, struct slot *slots)
{
    struct failure unused;

    for (unsigned i = 0; i < sender->pending_count; i++) {
        struct slot *source = cspace_lookup(thread_cspace(sender), sender->pending[i].cap,
                                            OBJECT_NONE, 0, 0, &unused);

        slots[i].home = HOME_CHANNEL;
        cap_item_transfer(&slots[i], source, sender->pending[i].how);
    }
    sender->pending_count = 0;
}

/* The sender's message becomes the newest. There is room, and message_check_own has said yes. */
static void put(struct channel *channel, struct thread *sender, uint64_t badge, unsigned urgency)
{
    uint32_t place = place_of(channel, channel->depth);
    struct stored *stored = stored_at(channel, place);

    stored->tag = message_tag(sender->context.tag) | TAG_ORIGIN_CHANNEL;
    stored->badge = badge;
    message_read_words(sender, stored->words);
    put_caps(sender, caps_at(channel, place));
    channel->longer += !stored_is_plain(stored);
    channel->depth++;
    if (channel->depth > channel->high_water)
        channel->high_water = channel->depth;
    if (urgency > channel->source.urgency)
        channel->source.urgency = (uint8_t)urgency;
    channel_note(channel);
}

/* The most urgent thread that waits for room puts its message in, or learns why it cannot. */
static void admit_one(struct channel *channel)
{
    struct thread *sender = thread_first(&channel->senders);
    unsigned urgency;
    struct failure failure;

    if (!sender || is_full(channel))
        return;
    if (message_check_own(sender, sender->message_grant, ARGUMENT_HANDLE, &failure)) {
        thread_wake_with(sender, &failure);
        return;
    }

    /* Commit. */
    urgency = sender->node.priority;
    thread_leave_wait(sender, SUCCESS);
    put(channel, sender, sender->badge, urgency);
    thread_clear_message(sender);
    thread_wake(sender);
}

/* Those who wait have room as long as there is any. False: preempted, call again. */
static bool admit_waiting(struct channel *channel)
{
    while (!is_full(channel) && !queue_empty(&channel->senders)) {
        admit_one(channel);
        if (arch_preemption_pending())
            return false;
    }
    return true;
}

/* ---- taking out ---- */

/* Could this thread take a message with so many capabilities? What is wrong is on its own side. */
static error_t check_taking(const struct thread *receiver, unsigned count, struct failure *failure)
{
    unsigned accepted = tag_accept(receiver->context.tag);

    if (accepted < count)
        return fail(failure, ENOSPC, ARGUMENT_HANDLE, count, accepted);
    if (!cspace_has_free(thread_cspace(receiver), count))
        return fail(failure, ENOSPC, ARGUMENT_HANDLE, count, 0);
    return SUCCESS;
}

static void take_caps(struct slot *slots, unsigned count, struct thread *receiver)
{
    for (unsigned i = 0; i < count; i++) {
        struct cap_item *item = &receiver->utcb->caps[i];
        struct slot *slot;

        *item = (struct cap_item){CAP_NULL, 0};
        if (!slot_used(&slots[i])) /* it was revoked on the way */
            continue;
        slot = cspace_take(thread_cspace(receiver));
        cap_move(slot, &slots[i]);
        *item = (struct cap_item){slot->handle, (uint64_t)slot->type << 32 | slot->rights};
    }
}

/* The oldest message has gone. Who waits for room puts his in; who was refused is told of it. */
static void close_gap(struct channel *channel)
{
    channel->longer -= !stored_is_plain(stored_at(channel, channel->first));
    channel->first = place_of(channel, 1);
    channel->depth--;
    admit_one(channel);
    if (!channel->depth)
        channel->source.urgency = 0;
    if (channel->refusing && !is_full(channel)) {
        channel->refusing = false;
        ring(&channel->room_slot);
    }
    channel_note(channel);
}

static void take(struct channel *channel, struct thread *receiver)
{
    struct stored *stored = stored_at(channel, channel->first);

    if (receiver->context.tag & TAG_BUFFER)
        receiver->utcb->buffer_length = 0; /* none came */
    message_write_words(receiver, stored->tag, stored->words);
    take_caps(caps_at(channel, channel->first), tag_caps(stored->tag), receiver);
    if (channel->time)
        time_lend(&channel->source, receiver);
    message_announce(receiver, stored->tag, stored->badge);
    close_gap(channel);
}

error_t channel_take(struct channel *channel, struct thread *receiver,
                     const struct receiving *receiving, struct failure *failure)
{
    const struct stored *oldest = stored_at(channel, channel->first);
    error_t error;

    if (!admit_waiting(channel))
        return RESTART;
    if (!channel->depth || (receiving->closed && oldest->badge != receiving->badge))
        return EAGAIN;
    error = check_taking(receiver, tag_caps(oldest->tag), failure);
    if (error)
        return error;

    /* Commit. */
    take(channel, receiver);
    return SUCCESS;
}

/* ---- send ---- */

/* The thread that waits for what comes into this channel; or NULL. */
static struct thread *waiting_receiver(struct channel *channel, uint64_t badge)
{
    struct thread *receiver = thread_first(&channel->receivers);

    if (!receiver && channel->endpoint)
        receiver = thread_first(&channel->endpoint->receivers);
    if (!receiver)
        receiver = source_receiver(source_of(channel), badge);
    if (receiver && receiver->closed && (channel->endpoint || channel->depth))
        return NULL; /* closed on an endpoint it takes from callers; and none but the oldest */
    return receiver;
}

/* It cannot take what is now there: its wait is over, and it learns why. */
static void dismiss(struct channel *channel, struct thread *receiver, const struct failure *failure)
{
    if (thread_waits_in(receiver))
        source_arrived(source_of(channel), receiver);
    thread_wake_with(receiver, failure);
}

/* Ends the waits of those who could not take a message with so many capabilities: they learn it.
   False: preempted. */
static bool dismiss_unable(struct channel *channel, uint64_t badge, unsigned count)
{
    struct thread *receiver;
    struct failure failure;

    while ((receiver = waiting_receiver(channel, badge)) != NULL &&
           check_taking(receiver, count, &failure)) {
        dismiss(channel, receiver, &failure);
        if (arch_preemption_pending())
            return false;
    }
    return true;
}

/* It has waited for what is now there. */
static void serve(struct channel *channel, struct thread *receiver)
{
    if (thread_waits_in(receiver))
        source_arrived(source_of(channel), receiver);
    thread_leave_wait(receiver, SUCCESS);
    take(channel, receiver);
    thread_wake(receiver);
}

static error_t check_message(struct thread *sender, const struct channel *channel, bool grant,
                             struct failure *failure)
{
    unsigned words = tag_words(sender->context.tag), caps = sender->pending_count;

    if (sender->context.tag & TAG_BUFFER)
        return fail(failure, ENOTSUP, ARGUMENT_TAG, 0, TAG_BUFFER);
    if (words > channel->words_max)
        return fail(failure, EMSGSIZE, ARGUMENT_TAG, channel->words_max, words);
    if (caps > channel->caps_max)
        return fail(failure, ENOSPC, ARGUMENT_PARTNER, caps, channel->caps_max);
    return message_check_own(sender, grant, ARGUMENT_HANDLE, failure);
}

static error_t wait_for_room(struct thread *sender, struct channel *channel,
                             const struct sending *sending, struct failure *failure)
{
    struct thread *server = source_server(source_of(channel));
    error_t error = server ? chain_check(sender, server) : SUCCESS;

    if (error)
        return fail(failure, error, ARGUMENT_HANDLE, CHAIN_HELP_MAX, 0);

    /* Commit. */
    if (server)
        fast_forget(server);
    sender->badge = sending->badge;
    sender->message_grant = sending->grant;
    sender->state = THREAD_WAITS_SEND;
    sender->channel = channel;
    queue_insert(&channel->senders, &sender->node, cpu_urgency(), false);
    channel_note(channel);
    if (server)
        chain_raise(server, sender->node.priority);
    source_refresh(source_of(channel));
    return SUCCESS;
}

error_t channel_send(struct thread *sender, struct channel *channel, const struct sending *sending,
                     struct failure *failure)
{
    error_t error = check_message(sender, channel, sending->grant, failure);
    struct thread *receiver;

    if (error)
        return error;
    if (source_is_orphaned(source_of(channel)))
        return fail(failure, EPIPE, ARGUMENT_HANDLE, 0, 0);
    if (channel->endpoint) /* there is more to look at now than its callers */
        fast_forget_endpoint(channel->endpoint);
    if (!admit_waiting(channel) || !dismiss_unable(channel, sending->badge, sender->pending_count))
        return RESTART;
    if (is_full(channel)) {
        if (!sending->now)
            return wait_for_room(sender, channel, sending, failure);
        channel->refused++;
        channel->refusing = true;
        channel_note(channel);
        return fail(failure, EAGAIN, ARGUMENT_HANDLE, channel->capacity, channel->depth);
    }

    /* Commit. */
    receiver = waiting_receiver(channel, sending->badge);
    put(channel, sender, sending->badge, cpu_urgency());
    thread_clear_message(sender);
    if (receiver)
        serve(channel, receiver);
    if (channel->depth == 1)
        ring(&channel->filled_slot);
    source_refresh(source_of(channel));
    return SUCCESS;
}

/* ---- receive ---- */

error_t channel_receive(struct thread *receiver, struct channel *channel, bool now,
                        struct failure *failure)
{
    const struct receiving receiving = {.now = now};
    error_t error;

    if (channel->endpoint || channel->source.set)
        return fail(failure, EBUSY, ARGUMENT_HANDLE, 0, 0);
    error = channel_take(channel, receiver, &receiving, failure);
    if (error != EAGAIN)
        return error;
    if (notification_give_bound(receiver))
        return SUCCESS;
    if (now)
        return fail(failure, EAGAIN, ARGUMENT_HANDLE, 0, 0);

    /* Commit. */
    fast_forget(receiver);
    receiver->state = THREAD_WAITS_RECEIVE;
    receiver->channel = channel;
    receiver->closed = false;
    queue_insert(&channel->receivers, &receiver->node, cpu_urgency(), false);
    channel_note(channel);
    return SUCCESS;
}

/* ---- the end ---- */

/* One of those who wait at it gets EPIPE; false when nobody waits. */
bool channel_dismiss_one(struct channel *channel)
{
    struct thread *waiter = thread_first(&channel->senders);

    if (!waiter)
        waiter = thread_first(&channel->receivers);
    if (waiter)
        thread_wake_with(waiter, &channel_gone);
    return waiter != NULL;
}

bool channel_destroy_step(struct channel *channel)
{
    if (channel_dismiss_one(channel))
        return false;
    cap_drop(&channel->endpoint_slot);
    cap_drop(&channel->filled_slot);
    cap_drop(&channel->room_slot);
    if (channel->time)
        time_leave_source(channel->time);
    return true;
}

bool channel_empty_step(struct channel *channel)
{
    return cap_empty_step(slots_of(channel), slot_count(channel), &channel->reap_index);
}

/* Who waits at the WaitSet for just the message that has become the oldest. */
static void offer_oldest(struct channel *channel)
{
    const struct stored *oldest = stored_at(channel, channel->first);
    struct thread *receiver;
    struct failure failure;

    if (!channel->depth)
        return;
    receiver = source_receiver(&channel->source, oldest->badge); /* none, if it is attached */
    if (!receiver)
        return;
    if (check_taking(receiver, tag_caps(oldest->tag), &failure))
        dismiss(channel, receiver, &failure);
    else
        serve(channel, receiver);
}

bool channel_discard_step(struct channel *channel)
{
    struct slot *slots = caps_at(channel, channel->first);

    for (unsigned i = 0; i < channel->caps_max; i++)
        if (slot_used(&slots[i])) {
            cap_delete_step(&slots[i]);
            return false;
        }
    close_gap(channel);
    offer_oldest(channel);
    source_refresh(source_of(channel));
    return true;
}
