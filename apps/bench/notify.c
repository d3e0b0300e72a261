/* notify.c - bits that wake a more urgent thread, nobody, or one another. */
#include <myelin/cap.h>
#include <myelin/idl/partner.h>
#include <myelin/ipc.h>
#include <myelin/notification.h>

#include "bench.h"
#include "measure.h"

uint64_t bench_time_notify(const void *form)
{
    return bench_time_loop(form, rounds_run_notify);
}

/* Stops the waiter's loop by bits that differ each time; it must report just these. */
static int check_wake(cap_t waiter, struct rounds *rounds, uint64_t round)
{
    uint64_t count, bits, wanted = BENCH_STOP | (bench_pattern(round, 1) >> 1 & ~BENCH_WAKE);

    rounds->words[0] = BENCH_WAKE;
    rounds->count = 1;
    rounds_run(rounds);
    if (rounds->count)
        return 0;
    rounds->words[0] = wanted;
    rounds->count = 1;
    rounds_run(rounds);
    return !rounds->count && !partner_report(waiter, &count, &bits) && count == 1 && bits == wanted;
}

/* After the measured loop: each wake must have been seen alone, none joined with the next. */
static int check_wakes(const char *name, cap_t waiter, struct rounds rounds)
{
    uint64_t count, bits;

    rounds.words[0] = BENCH_STOP;
    rounds.count = 1;
    rounds_run(&rounds);
    if (partner_report(waiter, &count, &bits) || count != BENCH_ROUNDS * (BENCH_RUNS + 1) ||
        bits != BENCH_STOP)
        return bench_fail(name, "the waiter did not wake once for each notification");
    for (uint64_t round = 0; round < BENCH_ROUNDS; round++)
        if (!check_wake(waiter, &rounds, round))
            return bench_fail(name, "the waiter did not get the bits that were set");
    return 0;
}

static int measure_wakes(cap_t waiter, cap_t notification)
{
    static const char name[] = "notify_wake_rt_inter";
    struct rounds rounds = {
        .tag = TAG(OP_NOTIFY, 0, 1), .handle = notification, .words = {BENCH_WAKE}};
    uint64_t count, bits;
    error_t error = partner_report(waiter, &count, &bits); /* it has started */

    if (error)
        return bench_fail_error(name, error);
    return bench_measure(name, bench_time_notify, &rounds, BENCH_ROUNDS, NULL) ||
           check_wakes(name, waiter, rounds);
}

static int bench_wake(cap_t notification)
{
    struct peer waiter;
    error_t error = peer_start(
        &(struct peer_form){"--waiter", .above = 1, .notification = notification}, &waiter);
    int status;

    if (error)
        return bench_fail_error("waiter", error);
    status = measure_wakes(waiter.client, notification);
    peer_end(&waiter);
    return status;
}

/* Bits for nobody: they stay, and are all there in the end. */
static int bench_no_waiter(cap_t notification)
{
    static const char name[] = "notify_no_waiter";
    struct rounds rounds = {.tag = TAG(OP_NOTIFY, 0, 1), .handle = notification, .words = {1}};
    uint64_t bits, wanted = 1;

    if (bench_measure(name, bench_time_notify, &rounds, BENCH_ROUNDS, NULL))
        return 1;
    for (unsigned bit = 1; bit < 64; bit++) {
        rounds.words[0] = 1ull << bit;
        rounds.count = 1;
        rounds_run(&rounds);
        wanted |= rounds.words[0];
        if (rounds.count || rounds.answer_tag || rounds.answer_words[0])
            return bench_fail(name, "a notification was not answered as documented");
    }
    if (ipc_poll_notification(notification, &bits) || bits != wanted)
        return bench_fail(name, "bits were lost");
    return 0;
}

/* ---- there and back, between equals ---- */

uint64_t bench_time_pingpong(const void *form)
{
    struct pingpong pingpong = *(const struct pingpong *)form;
    uint64_t start = counter_now();

    pingpong.count = BENCH_ROUNDS;
    pingpong_run(&pingpong);
    return pingpong.count ? 0 : bench_ticks_since(start);
}

/* Round by round. */
static int check_pingpong(const char *name, const struct pingpong *form)
{
    for (uint64_t round = 0; round < BENCH_ROUNDS; round++) {
        struct pingpong pingpong = *form;

        pingpong.count = 1;
        pingpong_run(&pingpong);
        if (pingpong.count || pingpong.bits != BENCH_WAKE)
            return bench_fail(name, "the bits did not come back");
    }
    return 0;
}

static int bench_pingpong(cap_t there)
{
    static const char name[] = "notify_pingpong_rt_inter";
    struct pingpong pingpong = {.wait_tag = TAG(OP_RECV, 0, 0),
                                .notify_tag = TAG(OP_NOTIFY, 0, 1),
                                .bit = BENCH_WAKE,
                                .there = there};
    struct peer peer;
    error_t error = notification_create("back", &pingpong.back);
    int status;

    if (!error)
        error = peer_start(
            &(struct peer_form){"--pong", .notification = there, .other = pingpong.back}, &peer);
    if (error)
        return bench_fail_error(name, error);
    status = bench_measure(name, bench_time_pingpong, &pingpong, BENCH_ROUNDS, NULL) ||
             check_pingpong(name, &pingpong);
    peer_end(&peer);
    cap_delete(pingpong.back);
    return status;
}

int bench_notify(void)
{
    cap_t notification;
    error_t error = notification_create("bench", &notification);

    if (error)
        return bench_fail_error("notify", error);
    return bench_no_waiter(notification) || bench_wake(notification) ||
           bench_pingpong(notification);
}
