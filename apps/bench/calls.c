/* calls.c - round trips: a call, its answer, and what each of the things that can go with it costs.
 */
#include <stdio.h>

#include <myelin/cap.h>
#include <myelin/clock.h>
#include <myelin/endpoint.h>
#include <myelin/idl/lean_types.h>
#include <myelin/idl/partner.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/ipc.h>
#include <myelin/schedcontext.h>
#include <myelin/thread.h>

#include "bench.h"
#include "measure.h"

#define WORDS   MESSAGE_REGISTER_WORDS
#define ONE_CAP (1ull << TAG_CAPS_SHIFT)
#define ACCEPT  (1ull << TAG_ACCEPT_SHIFT)
#define FAR     (60 * 1000000000ull) /* ns */

/* ---- one checked call: the server checks what it gets, this side what comes back ---- */

static int check_call(struct rounds *rounds, uint64_t round)
{
    unsigned words = tag_words(rounds->tag);

    for (unsigned i = 0; i < words; i++)
        *bench_word(rounds->words, i) = bench_pattern(round, i);
    rounds->count = 1;
    rounds_run(rounds);
    if (rounds->count || tag_label(rounds->answer_tag) || tag_words(rounds->answer_tag) != words)
        return 0;
    for (unsigned i = 0; i < words || i < WORDS; i++) {
        word_t wanted = i < words ? ~bench_pattern(round, i) : 0;

        if (*bench_word(rounds->answer_words, i) != wanted)
            return 0;
    }
    return 1;
}

int bench_check_calls(const char *name, cap_t server, unsigned words)
{
    struct rounds rounds = {.tag = TAG(OP_CALL, LEAN_LABEL_COMPLEMENT, words), .handle = server};

    for (uint64_t round = 0; round < BENCH_ROUNDS; round++)
        if (!check_call(&rounds, round))
            return bench_fail(name, "a message or its answer did not arrive as it was sent");
    return 0;
}

/* ---- the loops that do more than rounds_run ---- */

uint64_t bench_time_deadline(const void *form)
{
    return bench_time_loop(form, rounds_run_deadline);
}

static uint64_t time_vector(const void *form)
{
    return bench_time_loop(form, rounds_run_vector);
}

static uint64_t time_cap(const void *form)
{
    return bench_time_loop(form, rounds_run_cap);
}

/* ---- a call of so many words, which the server echoes ---- */

struct call_form {
    const char *name;
    unsigned words;
    timing *time;
    uint64_t flags; /* of the tag, besides */
    cap_t cap;
    uint64_t server_flags; /* of its receive */
};

static int bench_call(const struct call_form *form, cap_t server)
{
    uint64_t tag = TAG(OP_CALL, LEAN_LABEL_SAME, form->words);
    struct rounds rounds = {.tag = tag | form->flags,
                            .handle = server,
                            .deadline = clock_now() + FAR,
                            .cap = form->cap};
    error_t error = partner_prepare(server, tag | (form->flags & ~(uint64_t)TAG_DEADLINE),
                                    TAG(OP_REPLY_RECV, SUCCESS, form->words) | form->server_flags);

    if (error)
        return bench_fail_error(form->name, error);
    for (unsigned i = 0; i < form->words && i < WORDS; i++)
        rounds.words[i] = bench_pattern(0, i);
    return bench_measure(form->name, form->time, &rounds, BENCH_ROUNDS, NULL) ||
           bench_check_calls(form->name, server, form->words);
}

/* With a peer that plays that part. */
static int bench_with(const struct peer_form *part, const struct call_form *form)
{
    struct peer server;
    error_t error = peer_start(part, &server);
    int status;

    if (error)
        return bench_fail_error(form->name, error);
    status = bench_call(form, server.client);
    peer_end(&server);
    return status;
}

static int bench_plain(void)
{
    static const struct call_form forms[] = {
        {"call_rt_inter_0w", .words = 0, .time = bench_time_rounds},
        {"call_rt_inter_4w", .words = 4, .time = bench_time_rounds},
        {"call_rt_inter_7w", .words = 7, .time = bench_time_rounds},
        {"call_rt_inter_7w_fpu", .words = 7, .time = time_vector},
        {"call_rt_inter_8w", .words = 8, .time = bench_time_rounds},
        {"call_rt_inter_64w", .words = 64, .time = bench_time_rounds},
        {"call_rt_inter_120w", .words = 120, .time = bench_time_rounds},
        {"call_rt_inter_7w_deadline", .words = 7, .time = bench_time_deadline,
         .flags = TAG_DEADLINE},
    };
    struct peer server;
    error_t error = peer_start(&(struct peer_form){"--server", .passive = true}, &server);
    int status = 0;

    if (error)
        return bench_fail_error("server", error);
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]) && !status; i++)
        status = bench_call(&forms[i], server.client);
    peer_end(&server);
    return status;
}

static int bench_special(void)
{
    static const struct peer_form slow = {"--slow", .passive = true};
    static const struct peer_form set = {"--set", .passive = true};
    static const struct peer_form active = {"--server", .above = 1};

    return bench_with(&slow, &(struct call_form){"call_rt_inter_7w_slow", .words = 7,
                                                 .time = bench_time_rounds}) ||
           bench_with(&set, &(struct call_form){"call_rt_inter_7w_waitset", .words = 7,
                                                .time = bench_time_rounds}) ||
           bench_with(&active, &(struct call_form){"call_rt_inter_7w_active", .words = 7,
                                                   .time = bench_time_rounds});
}

/* The server deletes what comes. */
static int bench_cap(void)
{
    struct call_form form = {"call_rt_inter_7w_1cap", .words = 7, .time = time_cap,
                             .flags = ONE_CAP, .server_flags = ACCEPT};
    error_t error = endpoint_create("gift", UNTYPED_ENDPOINT_OPEN, &form.cap);
    int status;

    if (error)
        return bench_fail_error(form.name, error);
    status = bench_with(&(struct peer_form){"--deleter", .passive = true}, &form);
    cap_delete(form.cap);
    return status;
}

/* A server that calls another one before it answers. */
static int bench_chain(void)
{
    static const struct call_form form = {"call_chain3_rt_7w", .words = 7,
                                          .time = bench_time_rounds};
    struct peer_form relay = {"--relay", .passive = true};
    struct peer last;
    error_t error = peer_start(&(struct peer_form){"--server", .passive = true}, &last);
    int status;

    if (!error)
        error = partner_prepare(last.client, TAG(OP_CALL, LEAN_LABEL_SAME, WORDS),
                                TAG(OP_REPLY_RECV, SUCCESS, WORDS));
    if (error)
        return bench_fail_error(form.name, error);
    relay.other = last.client;
    status = bench_with(&relay, &form);
    peer_end(&last);
    return status;
}

/* ---- a server in this very address space ---- */

/* Its part, on a thread that is passive; the loop is prepared as any server's. */
static void serve_here(void *argument)
{
    struct echo echo = {.endpoint = *(cap_t *)argument,
                        .tag = TAG(OP_RECV, 0, 0),
                        .expected = TAG(OP_CALL, LEAN_LABEL_SAME, WORDS),
                        .answer_tag = TAG(OP_REPLY_RECV, SUCCESS, WORDS)};

    echo_run(&echo);
}

static int measure_here(const char *name, cap_t endpoint)
{
    struct rounds rounds = {.tag = TAG(OP_CALL, LEAN_LABEL_SAME, WORDS), .handle = endpoint};

    for (unsigned i = 0; i < WORDS; i++)
        rounds.words[i] = bench_pattern(0, i);
    if (bench_measure_rounds(name, &rounds))
        return 1;
    rounds.count = 1;
    rounds_run(&rounds);
    for (unsigned i = 0; i < WORDS; i++)
        if (rounds.answer_words[i] != bench_pattern(0, i))
            return bench_fail(name, "a message did not come back as it was sent");
    return 0;
}

static int bench_intra(void)
{
    static const char name[] = "call_rt_intra_7w";
    struct spawned_thread thread;
    cap_t endpoint, time;
    error_t error = endpoint_create("intra", UNTYPED_ENDPOINT_CALL_ONLY, &endpoint);
    int status;

    if (!error)
        error = bench_make_time(0, &time);
    if (!error)
        error = thread_spawn("server", serve_here, &endpoint, time, SCHEDCONTEXT_RESERVE, &thread);
    if (error)
        return bench_fail_error(name, error);
    status = measure_here(name, endpoint);
    thread_discard(&thread);
    cap_delete(time);
    cap_delete(endpoint);
    return status;
}

int bench_calls(void)
{
    return bench_plain() || bench_structs() || bench_intra() || bench_special() || bench_cap() ||
           bench_chain();
}
