/*
 * buffer.c - 64 KiB that go with a message, straight from the sender's memory into the receiver's:
 * the send, the receiver's next receive (it is more urgent), and back.
 */
#include <myelin/idl/lean_types.h>
#include <myelin/idl/partner.h>
#include <myelin/idl/partner_server.h>
#include <myelin/startup.h>
#include <myelin/thread.h>

#include "bench.h"
#include "measure.h"

#define WORDS  MESSAGE_REGISTER_WORDS
#define BYTES  65536u
#define ROUNDS 100

static uint64_t buffer[BYTES / sizeof(uint64_t)] __attribute__((aligned(4096)));

static void fill(uint64_t seed)
{
    for (unsigned i = 0; i < BYTES / sizeof(uint64_t); i++)
        buffer[i] = bench_pattern(seed, i);
}

static void offer(uint64_t length)
{
    utcb_self()->buffer_base = (uint64_t)buffer;
    utcb_self()->buffer_length = length;
}

/* ---- the taker ---- */

/* A message that is looked at: the next one, with every byte of its buffer. */
static bool is_good(const struct echo *came)
{
    if (came->tag != (TAG(OP_SEND, LEAN_LABEL_COMPLEMENT, WORDS) | TAG_BUFFER) ||
        came->badge != BENCH_BADGE || utcb_self()->buffer_length != BYTES)
        return false;
    for (unsigned i = 0; i < WORDS; i++)
        if (came->words[i] != bench_pattern(bench_good, i))
            return false;
    for (unsigned i = 0; i < BYTES / sizeof(uint64_t); i++)
        if (buffer[i] != bench_pattern(bench_good, i))
            return false;
    return true;
}

/* An empty message says that a question comes. */
int bench_buffer_taker(void)
{
    const struct echo taking = {.endpoint = startup_cap(BENCH_ENDPOINT),
                                .tag = TAG(OP_RECV, 0, 0) | TAG_BUFFER,
                                .answer_tag = TAG(OP_RECV, 0, 0) | TAG_BUFFER,
                                .expected = TAG(OP_SEND, LEAN_LABEL_SAME, WORDS) | TAG_BUFFER};
    error_t error = thread_bind_endpoint(thread_self(), taking.endpoint);

    fill(~0ull); /* the pages are there */
    while (!error) {
        struct echo came = taking;

        offer(BYTES);
        echo_run(&came);
        error = (error_t)came.status;
        if (!error && !tag_words(came.tag))
            error = bench_answer_one(taking.endpoint);
        else
            bench_good += is_good(&came);
        fill(~0ull);
    }
    return 1;
}

/* ---- the sender ---- */

static uint64_t time_sends(const void *form)
{
    struct rounds rounds = *(const struct rounds *)form;
    uint64_t start, ticks;

    offer(BYTES);
    rounds.count = ROUNDS;
    start = counter_now();
    rounds_run(&rounds);
    ticks = counter_now() - start;
    return rounds.count || utcb_self()->buffer_length != BYTES ? 0 : ticks;
}

static int check_sends(const char *name, cap_t taker, struct rounds rounds)
{
    uint64_t count;

    for (uint64_t round = 0; round < ROUNDS; round++) {
        fill(round);
        offer(BYTES);
        for (unsigned i = 0; i < WORDS; i++)
            rounds.words[i] = bench_pattern(round, i);
        if (!rounds_send_one(&rounds, TAG(OP_SEND, LEAN_LABEL_COMPLEMENT, WORDS) | TAG_BUFFER) ||
            utcb_self()->buffer_length != BYTES)
            return bench_fail(name, "a send was not answered as documented");
    }
    if (!rounds_send_one(&rounds, TAG(OP_SEND, LEAN_LABEL_COMPLEMENT, 0)) ||
        partner_checked(taker, &count) || count != ROUNDS)
        return bench_fail(name, "a message or its buffer did not come as it was sent");
    return 0;
}

int bench_buffer(void)
{
    static const char name[] = "buffer_send_64k";
    struct rounds rounds = {.tag = TAG(OP_SEND, LEAN_LABEL_SAME, WORDS) | TAG_BUFFER};
    struct peer taker;
    error_t error = peer_start(&(struct peer_form){"--buffer-taker", .above = 1}, &taker);
    int status;

    if (error)
        return bench_fail_error(name, error);
    fill(0);
    rounds.handle = taker.client;
    status = bench_measure(name, time_sends, &rounds, ROUNDS, NULL) ||
             check_sends(name, taker.client, rounds);
    peer_end(&taker);
    return status;
}
