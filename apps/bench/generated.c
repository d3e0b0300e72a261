/*
 * generated.c - the loops that a program gets who writes an interface (bench.idl) and no more: the
 * generated stub in a loop, the generated server with the smallest of handlers.
 */
#include <stdio.h>

#include <myelin/idl/bench.h>
#include <myelin/idl/bench_server.h>
#include <myelin/startup.h>
#include <myelin/thread.h>

#include "bench.h"
#include "measure.h"

error_t bench_handle_add(struct idl_request *request, uint64_t a, uint64_t b, uint64_t c,
                         uint64_t *sum)
{
    (void)request;
    *sum = a + b + c;
    return SUCCESS;
}

int bench_generated_server(void)
{
    cap_t endpoint = startup_cap(BENCH_ENDPOINT);

    if (!thread_bind_endpoint(thread_self(), endpoint))
        bench_serve(endpoint);
    return 1;
}

static bool generated_rounds(cap_t server, uint64_t count)
{
    uint64_t sum;

    for (; count > 0; count--)
        if (bench_add(server, 1, 2, 3, &sum))
            return false;
    return true;
}

static bool generated_is_right(cap_t server, uint64_t count)
{
    uint64_t sum;

    for (uint64_t round = 0; round < count; round++) {
        word_t a = bench_pattern(round, 1), b = bench_pattern(round, 2);

        if (bench_add(server, a, b, round, &sum) || sum != a + b + round)
            return false;
    }
    return true;
}

static uint64_t time_generated(const void *form)
{
    cap_t server = *(const cap_t *)form;
    uint64_t start = counter_now();
    bool good = generated_rounds(server, BENCH_ROUNDS);
    uint64_t ticks = bench_ticks_since(start);

    return good ? ticks : 0;
}

/* The bare loops: three words go, one comes. */
static int measure_bare(cap_t server, uint64_t *result)
{
    static const char name[] = "idl_bare_rt_3w";
    struct rounds rounds = {
        .tag = TAG(OP_CALL, BENCH_LABEL_ADD, 3), .handle = server, .words = {1, 2, 3}};

    if (bench_measure(name, bench_time_rounds, &rounds, BENCH_ROUNDS, result))
        return 1;
    return generated_is_right(server, BENCH_ROUNDS) ? 0 : bench_fail(name, "a sum was wrong");
}

static int measure_generated(cap_t server, uint64_t *result)
{
    static const char name[] = "idl_generated_rt_3w";

    if (bench_measure(name, time_generated, &server, BENCH_ROUNDS, result))
        return 1;
    return generated_is_right(server, BENCH_ROUNDS) ? 0 : bench_fail(name, "a sum was wrong");
}

int bench_overhead(void)
{
    struct peer bare, generated;
    uint64_t bare_result, generated_result;
    error_t error = peer_start(&(struct peer_form){"--adder", .passive = true}, &bare);
    int status;

    if (!error)
        error = peer_start(&(struct peer_form){"--generated", .passive = true}, &generated);
    if (error)
        return bench_fail_error("idl_overhead_rt_3w", error);
    status = measure_bare(bare.client, &bare_result) ||
             measure_generated(generated.client, &generated_result);
    if (!status)
        printf("bench idl_overhead_rt_3w %lld instructions\n",
               (long long)(generated_result - bare_result));
    peer_end(&bare);
    peer_end(&generated);
    return status;
}
