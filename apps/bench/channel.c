/*
 * channel.c - messages of seven words through a channel, from one program to another. Both only
 * send and take: the sender goes on until there is no room, the taker until there is no message, so
 * each has its turn after BATCH messages.
 */
#include <myelin/channel.h>
#include <myelin/idl/lean_types.h>
#include <myelin/idl/partner.h>
#include <myelin/startup.h>
#include <myelin/thread.h>

#include "bench.h"
#include "measure.h"

#define WORDS    MESSAGE_REGISTER_WORDS
#define BATCH    64
#define CAPACITY (BATCH - 2) /* one more is the taker's, who waits, and one the sender's */
#define MESSAGES (16ull * BATCH)

/* ---- the taker ---- */

/* A message that is looked at: the next one, exactly as it was sent. */
static bool is_good(const struct echo *came)
{
    uint64_t tag = TAG(OP_SEND, LEAN_LABEL_COMPLEMENT, WORDS) | TAG_ORIGIN_CHANNEL;

    for (unsigned i = 0; i < WORDS; i++)
        if (came->words[i] != bench_pattern(bench_good, i))
            return false;
    return came->tag == tag && came->badge == BENCH_BADGE && !came->token;
}

/* An empty message says that a question comes to the endpoint. */
int bench_taker(void)
{
    const struct echo taking = {.endpoint = startup_cap(BENCH_OTHER),
                                .tag = TAG(OP_RECV, 0, 0),
                                .answer_tag = TAG(OP_RECV, 0, 0),
                                .expected =
                                    TAG(OP_SEND, LEAN_LABEL_SAME, WORDS) | TAG_ORIGIN_CHANNEL};
    cap_t endpoint = startup_cap(BENCH_ENDPOINT);
    error_t error = thread_bind_endpoint(thread_self(), endpoint);

    while (!error) {
        struct echo came = taking;

        echo_run(&came);
        error = (error_t)came.status;
        if (!error && !tag_words(came.tag))
            error = bench_answer_one(endpoint);
        else
            bench_good += is_good(&came);
    }
    return 1;
}

/* ---- the sender ---- */

static uint64_t time_sends(const void *form)
{
    struct rounds rounds = *(const struct rounds *)form;
    uint64_t start = counter_now(), ticks;

    rounds.count = MESSAGES;
    rounds_run(&rounds);
    ticks = counter_now() - start;
    return rounds.count ? 0 : ticks;
}

static int check_sends(const char *name, cap_t taker, struct rounds rounds)
{
    uint64_t count;

    for (uint64_t round = 0; round < MESSAGES; round++) {
        for (unsigned i = 0; i < WORDS; i++)
            rounds.words[i] = bench_pattern(round, i);
        if (!rounds_send_one(&rounds, TAG(OP_SEND, LEAN_LABEL_COMPLEMENT, WORDS)))
            return bench_fail(name, "a send was not answered as documented");
    }
    if (!rounds_send_one(&rounds, TAG(OP_SEND, LEAN_LABEL_COMPLEMENT, 0)) ||
        partner_checked(taker, &count) || count != MESSAGES)
        return bench_fail(name, "a message did not come as it was sent");
    return 0;
}

static int measure(cap_t channel, cap_t client)
{
    static const char name[] = "channel_send_recv_7w";
    struct rounds rounds = {.tag = TAG(OP_SEND, LEAN_LABEL_SAME, WORDS)};
    struct peer taker;
    error_t error = peer_start(&(struct peer_form){"--taker", .other = channel}, &taker);
    int status;

    if (error)
        return bench_fail_error(name, error);
    rounds.handle = client;
    status = bench_measure(name, time_sends, &rounds, MESSAGES, NULL) ||
             check_sends(name, taker.client, rounds);
    peer_end(&taker);
    return status;
}

int bench_channel(void)
{
    cap_t channel, client;
    error_t error = channel_create("bench", CAPACITY, WORDS, 0, &channel);

    if (!error)
        error = channel_mint(channel, BENCH_BADGE, &client);
    return error ? bench_fail_error("channel", error) : measure(channel, client);
}
