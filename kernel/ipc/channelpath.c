/*
 * channelpath.c - the fast path of channels: a message of words that are all in registers goes in,
 * or comes out, where that concerns nobody else. Nobody waits there, on either side; the channel is
 * in no WaitSet, on no endpoint and, for who takes, has no time to lend. The thread goes on at
 * once, so there is nothing to schedule.
 *
 * Like fastpath.c it is in registers, on the user's stack pointer, and uses no stack: it checks
 * everything first, and goes the slow way where a check fails.
 */

#include <ipc/ipc.h>

/* Off to the slow way, with all registers as they came; or, of a receive, with what it looks at. */
#define SLOW      FAST_TAIL arch_enter_slow(FAST_ARGUMENTS(handle, token, NULL, tag))
#define SLOW_RECV FAST_TAIL arch_enter_slow(0, 0, 0, 0, handle, 0, 0, ip, 0, 0, NULL, tag)
#define MISS(way)                                        \
    do {                                                 \
        ARCH_FAST_COUNT(fast_misses, FAST_MISS_CHANNEL); \
        way;                                             \
    } while (0)

/* ---- send ---- */

/* Of the first message some have to learn: who waits for it, or for the bell. */
FAST bool begins_quietly(const struct channel *channel)
{
    return !channel->receivers.first && !slot_used(&channel->filled_slot);
}

/* Is there room, and nobody to be told? Nobody waits for a message where one is. */
FAST bool takes_quietly(const struct channel *channel, uint32_t depth)
{
    if (depth >= channel->quiet)
        return false;
    return !SELDOM(!depth) || begins_quietly(channel);
}

/* Where the next message goes. */
FAST struct stored *next_place(const struct channel *channel, uint32_t depth)
{
    uint32_t place = channel->first + depth;

    if (SELDOM(place >= channel->capacity)) {
        ALL_AGAIN(); /* a branch that is not taken is cheaper than a choice */
        place -= channel->capacity;
    }
    return (struct stored *)(channel->messages + place * channel->message_bytes);
}

FAST void count_in(struct channel *channel, uint32_t depth)
{
    uint8_t urgency = cpu_self()->time->priority;

    channel->depth = depth;
    if (SELDOM(depth > channel->high_water))
        channel->high_water = depth;
    if (SELDOM(urgency > channel->source.urgency))
        channel->source.urgency = urgency;
}

FAST_DOOR void fast_send(FAST_PARAMETERS)
{
    struct slot *slot = fast_slot(cpu_self()->thread, handle);
    struct channel *channel = slot_object(slot);
    struct stored *stored;
    uint32_t depth;

    if (slot->handle != handle || slot->type != OBJECT_CHANNEL || !(slot->rights & CAP_RIGHTS_SEND))
        SLOW;
    depth = channel->depth;
    if (!takes_quietly(channel, depth))
        MISS(SLOW);

    /* Commit. */
    ALL_AGAIN();
    stored = next_place(channel, depth);
    stored->badge = slot->data;
    stored->tag = tag | TAG_ORIGIN_CHANNEL;
    stored->words[0] = word0;
    stored->words[1] = word1;
    stored->words[2] = word2;
    stored->words[3] = word3;
    stored->words[4] = word4;
    stored->words[5] = word5;
    stored->words[6] = word6;
    ALL_AGAIN();
    count_in(channel, depth + 1);
    ARCH_RETURN_FAST(SUCCESS, 0, 0);
}

/* ---- recv ---- */

/* Has it a message, which is all there is to be given? Here registers are no concern: nothing is in
   them but what leads to the slot. */
FAST bool gives_quietly(const struct channel *channel, const struct thread *self)
{
    if (!channel->depth || !channel->quiet)
        return false;
    if (!SELDOM((uint64_t)channel->time | (uint64_t)self->lent | (uint64_t)self->bound))
        return true;
    return !channel->time && !self->lent && !self->bound->bits;
}

FAST struct stored *oldest(const struct channel *channel)
{
    struct stored *stored =
        (struct stored *)(channel->messages + channel->first * channel->message_bytes);

    __asm__("" : "+r"(stored)); /* one register instead of two */
    return stored;
}

FAST void count_out(struct channel *channel)
{
    uint32_t next = channel->first + 1;

    if (SELDOM(next == channel->capacity))
        next = 0;
    channel->first = next;
    if (SELDOM(!--channel->depth))
        channel->source.urgency = 0;
}

/* It comes from fast_await: a recv with nothing to it, and a Channel of that handle, whose slot is
   where a token would be. */
FAST_DOOR void fast_take(FAST_PARAMETERS)
{
    const struct slot *slot = (const struct slot *)token;
    struct channel *channel = slot_object(slot);
    const struct stored *stored;

    if (!(slot->rights & CAP_RIGHTS_RECV))
        SLOW_RECV;
    if (!gives_quietly(channel, cpu_self()->thread))
        MISS(SLOW_RECV);
    stored = oldest(channel);
    if ((uint32_t)stored->tag - (FAST_TAG_SEND | TAG_ORIGIN_CHANNEL) > FAST_WORDS)
        MISS(SLOW_RECV);

    /* Commit. */
    count_out(channel);
    word0 = stored->words[0];
    word1 = stored->words[1];
    word2 = stored->words[2];
    word3 = stored->words[3];
    word4 = stored->words[4];
    word5 = stored->words[5];
    word6 = stored->words[6];
    ARCH_RETURN_MESSAGE(stored->badge, stored->tag);
}
