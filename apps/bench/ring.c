/*
 * ring.c - messages through a ring in shared memory, of seven words as a
 * message in registers has, one by one and 32 at once. One thread plays both
 * sides, so both are always busy: nobody sleeps, and the kernel is not entered.
 * What is counted is both sides' work for one message.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <myelin/frame.h>
#include <myelin/objects.h>
#include <myelin/ring.h>

#include "bench.h"
#include "measure.h"

#define FRAME_BYTES 4096
#define CAPACITY    64
#define MESSAGES    8192 /* in one measurement */
#define BATCH_MOST  32

struct entry {
    word_t words[MESSAGE_REGISTER_WORDS];
};

static struct ring producer, consumer;

static int fail(const char *name, const char *why)
{
    fprintf(stderr, "bench: %s: %s\n", name, why);
    return 1;
}

static error_t make_ring(void)
{
    void *memory;
    cap_t frame;
    error_t error = frame_allocate(FRAME_BYTES, &frame);

    if (!error)
        error = frame_attach(frame, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE, &memory);
    if (!error)
        error = ring_open(&producer, RING_PRODUCER, memory, FRAME_BYTES, CAPACITY,
                          sizeof(struct entry));
    if (!error)
        error = ring_open(&consumer, RING_CONSUMER, memory, FRAME_BYTES, CAPACITY,
                          sizeof(struct entry));
    return error;
}

/* Sends so many through, each message another; false: they did not come as they
 * went. */
static bool pass(uint64_t first, size_t batch)
{
    struct entry sent[BATCH_MOST], came[BATCH_MOST];
    size_t put, got;

    for (size_t i = 0; i < batch; i++)
        for (unsigned word = 0; word < MESSAGE_REGISTER_WORDS; word++)
            sent[i].words[word] = bench_pattern(first + i, word);
    return !ring_try_put(&producer, sent, batch, &put) &&
           !ring_try_get(&consumer, came, batch, &got) && put == batch && got == batch &&
           memcmp(sent, came, batch * sizeof(sent[0])) == 0;
}

/* Instructions for MESSAGES of them; 0: a ring refused. */
static uint64_t time_messages(size_t batch)
{
    struct entry entries[BATCH_MOST] = {0};
    uint64_t start = counter_now();

    for (size_t at = 0; at < MESSAGES; at += batch) {
        size_t done;

        if (ring_try_put(&producer, entries, batch, &done) ||
            ring_try_get(&consumer, entries, batch, &done))
            return 0;
    }
    return counter_now() - start;
}

static int bench_batch(const char *name, size_t batch)
{
    uint64_t samples[BENCH_RUNS];

    time_messages(batch); /* touches every page and cache once */
    for (int run = 0; run < BENCH_RUNS; run++)
        if (!(samples[run] = time_messages(batch)))
            return fail(name, "the ring refused");
    for (uint64_t first = 0; first < MESSAGES; first += batch)
        if (!pass(first, batch))
            return fail(name, "a message did not come as it went");
    return bench_tell(name, samples, MESSAGES);
}

int bench_ring(void)
{
    if (make_ring())
        return fail("ring_7w", "there is no memory for the ring");
    return bench_batch("ring_7w", BATCH_MOST) || bench_batch("ring_7w_by_1", 1);
}
