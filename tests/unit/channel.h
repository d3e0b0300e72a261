/* channel.h - what the tests of channels share. */
#pragma once

#include "world.h"

static inline cap_t channel_of(unsigned capacity, unsigned words, unsigned caps)
{
    return make(OBJECT_CHANNEL, CHANNEL_SIZE(capacity, words, caps), "channel");
}

static inline cap_t channel(unsigned capacity)
{
    return channel_of(capacity, 7, 0);
}

/* Root sends a word that must be taken at once. */
static inline void puts_in(cap_t cap, uint64_t value)
{
    sends(&world.root, cap, .words = WORDS(value), NOW);
    assert_status(&world.root, SUCCESS);
}
