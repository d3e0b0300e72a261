/*
 * growth.c - what calls, notifications and mints cost with 1 to 10,000 threads, capabilities,
 * endpoints with waiting senders, and pending deadlines beside them. scripts/bench sees to it that
 * they do not grow.
 *
 * Each kind has a process of its own, so that the next one finds the memory free again.
 */
#include <stdio.h>

#include <myelin/cap.h>
#include <myelin/clock.h>
#include <myelin/endpoint.h>
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/lean_types.h>
#include <myelin/idl/partner.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/notification.h>
#include <myelin/startup.h>
#include <myelin/untyped.h>

#include "bench.h"
#include "crowd.h"
#include "measure.h"

#define MOST                10000
#define SPACE_BITS          14
#define NAME_BYTES          64
#define ENDPOINTS_SIZE_BITS 22
#define FAR                 (3600 * 1000000000ull) /* ns */

/* ---- what is measured ---- */

static struct {
    struct peer server, waiter, pong;
    struct rounds call, deadline, silent, wake;
    struct pingpong pingpong;
} measured;

static error_t start_waiter(void)
{
    cap_t bell;
    uint64_t count, bits;
    error_t error = notification_create("wake", &bell);

    if (!error)
        error = peer_start(&(struct peer_form){"--waiter", .above = 1, .notification = bell},
                           &measured.waiter);
    measured.wake =
        (struct rounds){.tag = TAG(OP_NOTIFY, 0, 1), .handle = bell, .words = {BENCH_WAKE}};
    return error ? error : partner_report(measured.waiter.client, &count, &bits);
}

static error_t start_pong(void)
{
    struct pingpong *pingpong = &measured.pingpong;
    error_t error = notification_create("there", &pingpong->there);

    *pingpong = (struct pingpong){.wait_tag = TAG(OP_RECV, 0, 0),
                                  .notify_tag = TAG(OP_NOTIFY, 0, 1),
                                  .bit = BENCH_WAKE,
                                  .there = pingpong->there};
    if (!error)
        error = notification_create("back", &pingpong->back);
    return error ? error
                 : peer_start(&(struct peer_form){"--pong", .notification = pingpong->there,
                                                  .other = pingpong->back},
                              &measured.pong);
}

static error_t start_server(void)
{
    uint64_t tag = TAG(OP_CALL, LEAN_LABEL_SAME, MESSAGE_REGISTER_WORDS);
    error_t error = peer_start(&(struct peer_form){"--server", .passive = true}, &measured.server);

    measured.call = (struct rounds){.tag = tag, .handle = measured.server.client};
    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        measured.call.words[i] = bench_pattern(0, i);
    measured.deadline = measured.call;
    measured.deadline.tag |= TAG_DEADLINE;
    measured.deadline.deadline = clock_now() + FAR;
    return error ? error
                 : partner_prepare(measured.server.client, tag,
                                   TAG(OP_REPLY_RECV, SUCCESS, MESSAGE_REGISTER_WORDS));
}

static error_t start_all(void)
{
    error_t error = start_server();

    measured.silent = (struct rounds){.tag = TAG(OP_NOTIFY, 0, 1), .words = {1}};
    if (!error)
        error = notification_create("silent", &measured.silent.handle);
    if (!error)
        error = start_waiter();
    if (!error)
        error = start_pong();
    return error ? error : bench_prepare_mint();
}

static void end_all(void)
{
    peer_end(&measured.server);
    peer_end(&measured.waiter);
    peer_end(&measured.pong);
}

static const struct figure {
    const char *name;
    timing *time;
    const void *form;
    uint64_t rounds;
    bool with_deadlines_only;
} figures[] = {
    {"call_rt_inter_7w", bench_time_rounds, &measured.call, BENCH_ROUNDS, false},
    {"notify_no_waiter", bench_time_notify, &measured.silent, BENCH_ROUNDS, false},
    {"notify_wake", bench_time_notify, &measured.wake, BENCH_ROUNDS, false},
    {"notify_pingpong", bench_time_pingpong, &measured.pingpong, BENCH_ROUNDS, false},
    {"cap_mint", bench_time_mint, NULL, BENCH_MINTS, false},
    {"call_rt_inter_7w_deadline", bench_time_deadline, &measured.deadline, BENCH_ROUNDS, true},
};

static int measure_all(const char *beside, bool deadlines, uint64_t count)
{
    for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
        const struct figure *figure = &figures[i];
        char name[NAME_BYTES];

        if (figure->with_deadlines_only && !deadlines)
            continue;
        snprintf(name, sizeof(name), "growth_%s_%s_%llu", figure->name, beside,
                 (unsigned long long)count);
        if (bench_measure(name, figure->time, figure->form, figure->rounds, NULL))
            return 1;
    }
    return bench_check_calls("growth", measured.server.client, MESSAGE_REGISTER_WORDS);
}

/* ---- what stands beside ---- */

static struct crowd crowd;
static cap_t somewhere; /* an endpoint where nobody receives */
static cap_t space;
static cap_t endpoints; /* memory for them: between threads, each would take a page of it */

static error_t add_thread(uint64_t number)
{
    return crowd_add(&crowd, &(struct crowd_call){somewhere, number, DEADLINE_FOREVER});
}

static error_t add_capability(uint64_t number)
{
    (void)number;
    return (error_t)object_call(TAG(OP_CALL, CSPACE_LABEL_INSERT, 0) | 1ull << TAG_CAPS_SHIFT,
                                space, 0, 0, 0, 0, somewhere);
}

static error_t add_sender(uint64_t number)
{
    struct crowd_call call = {.number = number, .deadline = DEADLINE_FOREVER};
    error_t error = untyped_retype(endpoints, OBJECT_ENDPOINT, UNTYPED_ENDPOINT_CALL_ONLY, "beside",
                                   0, &call.target);

    if (!error)
        error = crowd_add(&crowd, &call);
    return error ? error : cspace_insert(space, call.target, CAP_MOVE, &call.target);
}

/* Some before the measured deadline, some after it. */
static error_t add_deadline(uint64_t number)
{
    uint64_t deadline = measured.deadline.deadline + (number * 7919 % MOST - MOST / 2) * 1000;

    return crowd_add(&crowd, &(struct crowd_call){somewhere, number, deadline});
}

static error_t make_room(void)
{
    error_t error = crowd_prepare(&crowd);

    if (!error)
        error = endpoint_create("somewhere", UNTYPED_ENDPOINT_CALL_ONLY, &somewhere);
    if (!error)
        error = untyped_retype(startup_cap("memory"), OBJECT_UNTYPED, ENDPOINTS_SIZE_BITS,
                               "endpoints", 0, &endpoints);
    return error ? error : cspace_create(startup_cap("memory"), SPACE_BITS, "beside", &space);
}

static int grow(const char *beside, error_t (*add)(uint64_t number))
{
    bool deadlines = add == add_deadline;
    uint64_t count = 0;
    error_t error = start_all();
    int status = 0;

    if (!error)
        error = make_room();
    for (uint64_t next = 1; next <= MOST && !error && !status; next *= 10) {
        for (; count < next && !error; count++)
            error = add(count);
        if (!error)
            status = measure_all(beside, deadlines, count);
    }
    end_all();
    return bench_fail_error(beside, error) || status;
}

int bench_grow_threads(void)
{
    return bench_calibrate() || grow("threads", add_thread);
}

int bench_grow_capabilities(void)
{
    return bench_calibrate() || grow("capabilities", add_capability);
}

int bench_grow_senders(void)
{
    return bench_calibrate() || grow("senders", add_sender);
}

int bench_grow_deadlines(void)
{
    return bench_calibrate() || grow("deadlines", add_deadline);
}

int bench_growth(void)
{
    static const char *const parts[] = {"--grow-threads", "--grow-capabilities", "--grow-senders",
                                        "--grow-deadlines"};
    int exit_code = 0;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && !exit_code; i++) {
        char *arguments[] = {"bench", (char *)parts[i], NULL};

        fflush(stdout);
        if (bench_fail_error("growth", bench_restart(arguments, &exit_code)))
            return 1;
    }
    return exit_code;
}
