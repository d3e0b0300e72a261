/* buffers.h - what the tests of buffers are made of: one that sends, one that receives, and the
   memory of each. */
#pragma once

#include <string.h>

#include "world.h"
#include <myelin/idl/thread_types.h>

#define PRIORITY 50 /* above root's, so that whoever should run does */
#define PAGES    6
#define LENGTH   (PAGES * PAGE_BYTES - 200)

/* PAGES pages, one behind the other. */
struct region {
    uint64_t base;
    cap_t frames[PAGES];
};

/* A sender and a receiver, each with a buffer, and an endpoint between them. */
struct post {
    struct actor sender, receiver, pager;
    struct region from, to;
    cap_t ep, faults;
};

static inline struct region region(void)
{
    struct region r;
    uint64_t address;

    for (unsigned i = 0; i < PAGES; i++) {
        r.frames[i] = mapped_frame(&address);
        if (i == 0)
            r.base = address;
    }
    return r;
}

static inline unsigned char *byte_at(uint64_t address)
{
    return user_memory(object_of(world.vspace), address);
}

static inline unsigned char pattern(uint64_t n, unsigned seed)
{
    return (unsigned char)(n * 7 + n / 251 + seed);
}

static inline void fill(const struct region *r, unsigned seed)
{
    for (uint64_t i = 0; i < PAGES * PAGE_BYTES; i++)
        *byte_at(r->base + i) = pattern(i, seed);
}

static inline void clear(const struct region *r)
{
    for (unsigned i = 0; i < PAGES; i++)
        memset(byte_at(r->base + i * PAGE_BYTES), 0, PAGE_BYTES);
}

static inline struct post post(void)
{
    struct post p = {.ep = endpoint("post"), .from = region(), .to = region()};

    p.sender = person("sender", ACTIVE, PRIORITY);
    p.receiver = person("receiver", ACTIVE, PRIORITY);
    p.pager = person("pager", ACTIVE, PRIORITY + 10);
    p.faults = call_only("faults");
    must_ask(p.sender.cap, THREAD_LABEL_SET_HANDLER, NO_WORDS, CAPS(p.faults));
    fill(&p.from, 1);
    return p;
}

static inline void send_buffer(struct actor *actor, cap_t to, uint64_t base, uint64_t length)
{
    actor->thread->utcb->buffer_base = base;
    actor->thread->utcb->buffer_length = length;
    sends(actor, to, .flags = TAG_BUFFER, .words = WORDS(42));
}

static inline void receive_buffer(struct actor *actor, cap_t from, uint64_t base, uint64_t length)
{
    actor->thread->utcb->buffer_base = base;
    actor->thread->utcb->buffer_length = length;
    receives(actor, from, .flags = TAG_BUFFER);
}

static inline void sends_all(struct post *p)
{
    send_buffer(&p->sender, p->ep, p->from.base + 100, LENGTH);
}

static inline void receives_all(struct post *p)
{
    receive_buffer(&p->receiver, p->ep, p->to.base + 11, LENGTH);
}

/* `length` bytes came whole, the byte behind them is as it was, and both were told. */
static inline void assert_came(struct post *p, uint64_t length)
{
    assert_awake(&p->receiver);
    assert_status(&p->receiver, SUCCESS);
    assert_int_equal(word(&p->receiver, 0), 42);
    assert_true(p->receiver.thread->context.tag & TAG_BUFFER);
    assert_int_equal(p->receiver.thread->utcb->buffer_length, length);
    for (uint64_t i = 0; i < length; i++)
        if (*byte_at(p->to.base + 11 + i) != pattern(100 + i, 1))
            fail_msg("byte %lu is wrong", i);
    assert_int_equal(*byte_at(p->to.base + 11 + length), 0);
    assert_awake(&p->sender);
    assert_status(&p->sender, SUCCESS);
    assert_int_equal(p->sender.thread->utcb->buffer_length, length);
}
