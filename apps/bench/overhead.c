/*
 * overhead.c - the loops that a program gets who writes an interface (bench.idl) and no more: the
 * generated stub in a loop, the generated server with the smallest of handlers.
 */
#include <myelin/idl/bench.h>
#include <myelin/idl/bench_server.h>
#include <myelin/startup.h>
#include <myelin/thread.h>

#include "bench.h"

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

bool bench_generated_rounds(cap_t server, uint64_t count)
{
    uint64_t sum;

    for (; count > 0; count--)
        if (bench_add(server, 1, 2, 3, &sum))
            return false;
    return true;
}

bool bench_generated_is_right(cap_t server, uint64_t count)
{
    uint64_t sum;

    for (uint64_t round = 0; round < count; round++) {
        word_t a = bench_pattern(round, 1), b = bench_pattern(round, 2);

        if (bench_add(server, a, b, round, &sum) || sum != a + b + round)
            return false;
    }
    return true;
}
