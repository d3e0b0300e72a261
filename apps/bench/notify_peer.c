/* notify_peer.c - threads that wait to be woken, and what all parts report. */
#include <myelin/idl/partner_server.h>
#include <myelin/ipc.h>
#include <myelin/startup.h>
#include <myelin/thread.h>

#include "bench.h"
#include "rounds.h"

static struct waits waits;

error_t partner_handle_report(struct idl_request *request, uint64_t *count, uint64_t *bits)
{
    (void)request;
    *count = waits.count;
    *bits = waits.bits;
    waits.count = 0;
    return SUCCESS;
}

uint64_t bench_good, bench_ticks;
bool bench_spoilt;

error_t partner_handle_ticks(struct idl_request *request, uint64_t *ticks)
{
    (void)request;
    *ticks = bench_ticks;
    return bench_spoilt ? EIO : SUCCESS;
}

error_t partner_handle_checked(struct idl_request *request, uint64_t *count)
{
    (void)request;
    *count = bench_good;
    bench_good = 0;
    return SUCCESS;
}

error_t bench_answer_one(cap_t endpoint)
{
    static struct message message;
    error_t error = message_receive(endpoint, &message);

    if (error)
        return error;
    partner_dispatch(&message);
    return message_reply(&message);
}

int bench_waiter(void)
{
    cap_t endpoint = startup_cap(BENCH_ENDPOINT);

    waits = (struct waits){
        .tag = TAG(OP_RECV, 0, 0),
        .notification = startup_cap(BENCH_NOTIFICATION),
        .wake = BENCH_WAKE,
    };
    if (thread_bind_endpoint(thread_self(), endpoint))
        return 1;
    while (bench_answer_one(endpoint) == SUCCESS) {
        waits_run(&waits);
        if (waits.status)
            return 1;
    }
    return 1;
}

/* Waits first, then notifies and waits again, for ever. */
int bench_pong(void)
{
    struct pingpong pingpong = {.wait_tag = TAG(OP_RECV, 0, 0),
                                .notify_tag = TAG(OP_NOTIFY, 0, 1),
                                .bit = BENCH_WAKE,
                                .there = startup_cap(BENCH_OTHER),
                                .back = startup_cap(BENCH_NOTIFICATION),
                                .count = UINT64_MAX};
    uint64_t bits;

    if (!ipc_wait_notification(pingpong.back, &bits))
        pingpong_run(&pingpong);
    return 1;
}
