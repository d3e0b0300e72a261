/*
 * closed.c - how long a call is on its way to a server that receives from its badge alone, while
 * nobody, and while 10,000 others, wait at the same endpoint: from the counter read before the call
 * to the one read behind the receive. Afterwards the server takes from all, and they come in order.
 */
#include <myelin/endpoint.h>
#include <myelin/idl/lean_types.h>
#include <myelin/idl/partner.h>

#include "bench.h"
#include "crowd.h"
#include "measure.h"

#define CROWD 10000

static error_t crowd_gather(cap_t endpoint)
{
    struct crowd crowd;
    struct crowd_call call = {.deadline = DEADLINE_FOREVER};
    error_t error = endpoint_mint_rights(endpoint, BENCH_CROWD, CAP_RIGHTS_CALL, &call.target);

    if (!error)
        error = crowd_prepare(&crowd);
    for (; call.number < CROWD && !error; call.number++)
        error = crowd_add(&crowd, &call);
    return error;
}

/* ---- arrivals ---- */

static uint64_t call_tag(unsigned words)
{
    return TAG(OP_CALL, LEAN_LABEL_SAME, words);
}

/* The server adds up how long each was on its way. */
static uint64_t time_arrivals(const void *form)
{
    struct rounds rounds = *(const struct rounds *)form;
    uint64_t ticks;

    rounds.count = BENCH_ROUNDS;
    rounds_run_timed(&rounds);
    return rounds.count || partner_ticks(rounds.handle, &ticks) ? 0 : ticks;
}

/* The server receives so from now on. */
static error_t prepare(cap_t server, uint64_t flags)
{
    return partner_prepare(server, call_tag(1), TAG(OP_REPLY_RECV, SUCCESS, 1) | flags);
}

static int measure(const char *name, cap_t server)
{
    const struct rounds rounds = {.tag = call_tag(1), .handle = server};
    uint64_t ticks;
    error_t error = prepare(server, TAG_CLOSED);

    if (!error) /* and begins to count */
        error = partner_ticks(server, &ticks);
    if (error)
        return bench_fail_error(name, error);
    return bench_measure(name, time_arrivals, &rounds, BENCH_ROUNDS, NULL) ||
           bench_check_calls(name, server, MESSAGE_REGISTER_WORDS);
}

/* All who waited have their turn, the first first, before this program's next call. */
static int check_order(const char *name, cap_t server)
{
    uint64_t count;
    error_t error = partner_checked(server, &count); /* none until now */

    if (!error && count)
        return bench_fail(name, "the closed receive took one of the others");
    if (!error)
        error = prepare(server, 0);
    if (!error)
        error = partner_checked(server, &count);
    if (error)
        return bench_fail_error(name, error);
    return count == CROWD ? 0 : bench_fail(name, "the others did not come in order");
}

static int bench_with_crowd(const struct peer *server)
{
    static const char name[] = "closed_recv_10k";
    error_t error = crowd_gather(server->endpoint);

    if (error)
        return bench_fail_error(name, error);
    return measure(name, server->client) || check_order(name, server->client);
}

int bench_closed(void)
{
    struct peer server;
    error_t error = peer_start(&(struct peer_form){"--closed", .passive = true}, &server);
    int status;

    if (error)
        return bench_fail_error("closed_recv_10k", error);
    status = measure("closed_recv_alone", server.client) || bench_with_crowd(&server);
    peer_end(&server);
    return status;
}
