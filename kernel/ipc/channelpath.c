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

FAST void count_in(struct channel *channel)
{
    uint8_t urgency = cpu_self()->time->priority;

    channel->depth++;
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
    if (depth >= channel->puts_below)
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
    count_in(channel);
    ARCH_RETURN_FAST(SUCCESS, 0, 0);
}

/* ---- recv ---- */

/* Nothing comes with a message: no bits, and no time that is to be given back first? */
FAST bool takes_simply(const struct thread *self)
{
    if (!SELDOM((uint64_t)self->lent | (uint64_t)self->bound))
        return true;
    ALL_AGAIN();
    return !self->lent && !self->bound->bits;
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
    if (SELDOM(!--channel->depth)) {
        channel->source.urgency = 0;
        if (slot_used(&channel->filled_slot))
            channel->puts_below = 0;
    }
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
    if (channel->depth <= channel->takes_above || !takes_simply(cpu_self()->thread))
        MISS(SLOW_RECV);

    /* Commit. */
    ALL_AGAIN();
    stored = oldest(channel);
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
