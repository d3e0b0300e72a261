/* chains.c - long chains: a thousand calls, each served by the next thread; a thousand faults, each
   of the handler of the one before; a thousand who wait for each other in a circle. */
#include <stddef.h>

#include <myelin/cap.h>
#include <myelin/clock.h>
#include <myelin/endpoint.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/ipc.h>
#include <myelin/startup.h>
#include <myelin/thread.h>

#include "crowd.h"
#include "irq-off.h"

#define SOON 2000000ull /* ns */

static cap_t endpoints[MANY + 1];
static uint64_t due;

static void make_endpoints(void)
{
    for (unsigned i = 0; i <= MANY; i++)
        endpoints[i] = make_endpoint();
}

/* ---- calls ---- */

static void serve(uint64_t number)
{
    plain(OP_RECV, endpoints[number], DEADLINE_FOREVER);
    plain(OP_CALL, endpoints[number + 1], DEADLINE_FOREVER);
    plain(OP_RECV, endpoints[number], DEADLINE_FOREVER);
}

static void make_chain(void)
{
    make_endpoints();
    crowd_make(MANY, serve, CROWD_PRIORITY, NULL);
    crowd_start(MANY);
}

/* Its whole way down, until the last one waits for nobody; then the time is up. */
static void call_down(void)
{
    due = clock_now() + SOON;
    expect(plain(OP_CALL, endpoints[0], due) == ETIMEDOUT ? SUCCESS : EINVAL);
}

static void make_long_call(void)
{
    make_chain();
    call_down();
}

static void end_last(void)
{
    expect(cap_delete(crowd_thread(MANY - 1)));
}

static void suspend_first(void)
{
    expect(thread_suspend(crowd_thread(0)));
    expect(thread_resume(crowd_thread(0)));
}

static void end_all(void)
{
    expect(crowd_dismiss());
}

/* ---- faults ---- */

static void handle_or_fault(uint64_t number)
{
    plain(OP_RECV, endpoints[number], DEADLINE_FOREVER);
    __builtin_trap();
}

static void make_faults(void)
{
    make_endpoints();
    crowd_make(MANY, handle_or_fault, CROWD_PRIORITY, endpoints + 1);
    crowd_start(MANY);
    expect(plain(OP_SEND, endpoints[0], clock_now() + SOON));
}

static void end_last_handler(void)
{
    expect(cap_delete(crowd_thread(MANY - 1)));
    sleep_for(SOON);
}

/* ---- circles: each waits in the queue of the next one's endpoint ---- */

static void wait_for_next(uint64_t number)
{
    plain(OP_CALL, endpoints[(number + 1) % MANY], DEADLINE_FOREVER);
}

static void make_circle(void)
{
    make_endpoints();
    crowd_make(MANY, wait_for_next, CROWD_PRIORITY, NULL);
    for (unsigned i = 0; i < MANY; i++)
        expect(thread_bind_endpoint(crowd_thread(i), endpoints[i]));
}

static void close_circle(void)
{
    crowd_start(MANY);
}

static void make_closed_circle(void)
{
    make_circle();
    close_circle();
}

const struct measured chain_operations[] = {
    {"chain_call", make_chain, call_down},
    {"chain_end", make_long_call, end_last},
    {"chain_suspend", make_long_call, suspend_first},
    {"chain_delete", make_long_call, end_all},
    {"chain_faults", make_faults, end_last_handler},
    {"circle_close", make_circle, close_circle},
    {"circle_delete", make_closed_circle, end_all},
    {NULL, NULL, NULL},
};
