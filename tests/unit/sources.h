/*
 * sources.h - what the tests of WaitSets and of endpoints with a channel share: a thread, and what
 * it receives from.
 */
#pragma once

#include "world.h"
#include <myelin/idl/channel_types.h>
#include <myelin/idl/waitset_types.h>

/* A thread with a WaitSet, and one source of each kind. */
struct server {
    struct actor actor;
    cap_t set, ep, c, n;
};

#define KEY_EP 0x1000000000000001ull
#define KEY_C  2ull
#define KEY_N  3ull

static inline cap_t waitset(unsigned sources)
{
    return make(OBJECT_WAITSET, sources, "set");
}

static inline void adds(cap_t set, uint64_t key, cap_t source)
{
    must_ask(set, WAITSET_LABEL_ADD, WORDS(key), CAPS(source));
}

static inline void removes(cap_t set, cap_t source)
{
    must_ask(set, WAITSET_LABEL_REMOVE, NO_WORDS, CAPS(source));
}

static inline struct server server_of(enum living living, unsigned priority)
{
    struct server s = {.actor = person("server", living, priority)};

    s.set = waitset(8);
    s.ep = call_only("ep");
    s.c = make(OBJECT_CHANNEL, CHANNEL_SIZE(4, 7, 1), "c");
    s.n = notification("n");
    adds(s.set, KEY_EP, s.ep);
    adds(s.set, KEY_C, s.c);
    adds(s.set, KEY_N, s.n);
    return s;
}

/* What its next receive is closed to. */
static inline void closes_to(struct server *s, uint64_t wanted, uint64_t wanted_badge)
{
    s->actor.thread->utcb->closed_key = wanted;
    s->actor.thread->utcb->closed_badge = wanted_badge;
    s->actor.thread->utcb->closed_endpoint = CAP_NULL;
}

static inline uint64_t key(const struct actor *actor)
{
    return actor->thread->utcb->source_key;
}

static inline void puts_in(cap_t cap, uint64_t value)
{
    sends(&world.root, cap, .words = WORDS(value), NOW);
    assert_status(&world.root, SUCCESS);
}
