/* systest-chain.c - who waits for whom decides who comes first. */
#include <myelin/clock.h>

#include "lib/systest.h"

#define SETTLE_NS       2000000ull
#define PRIORITY_MEDIUM 22

static struct partner low, medium, high;
static struct message message;

/* Lets less urgent threads run until they wait. */
static void settle(void)
{
    clock_sleep_until(clock_now() + SETTLE_NS);
}

/* A client that calls with that label. */
static error_t call_as(struct partner *partner, unsigned priority, uint32_t label, cap_t endpoint)
{
    partner_init(partner, label);
    partner->priority = priority;
    return partner_start(partner, OP_CALL, endpoint);
}

static error_t bind_to(cap_t thread, cap_t *endpoint)
{
    *endpoint = make_endpoint();
    return thread_bind_endpoint(thread, *endpoint);
}

/* The next one that the test, as a server, takes. */
static uint32_t next_label(cap_t endpoint)
{
    message.accept = 0;
    return message_receive(endpoint, &message) ? 0 : message.label;
}

TEST(CHAIN_ORDER, "a server takes the call of the more urgent client first")
{
    cap_t server;

    CHECK_GOOD(bind_to(thread_self(), &server));
    CHECK_GOOD(call_as(&low, PRIORITY_LOWER, 1, server));
    CHECK_GOOD(call_as(&medium, PRIORITY_MEDIUM, 2, server));
    settle();
    CHECK_IS(next_label(server), 2);
    CHECK_IS(next_label(server), 1);
}

TEST(CHAIN_RAISED, "a waiting client moves up when a more urgent one comes to wait for it")
{
    cap_t server, middle;

    CHECK_GOOD(bind_to(thread_self(), &server));
    CHECK_GOOD(call_as(&low, PRIORITY_LOWER, 1, server));
    CHECK_GOOD(bind_to(low.worker.thread, &middle));
    CHECK_GOOD(call_as(&medium, PRIORITY_MEDIUM, 2, server));
    settle();
    CHECK_GOOD(call_as(&high, PRIORITY_HIGHER, 3, middle));
    settle();
    CHECK_IS(next_label(server), 1);
    CHECK_IS(next_label(server), 2);
}

TEST(CHAIN_NOT_LOWERED, "a less urgent one that comes to wait for it changes nothing")
{
    cap_t server, middle;

    CHECK_GOOD(bind_to(thread_self(), &server));
    CHECK_GOOD(call_as(&medium, PRIORITY_MEDIUM, 2, server));
    CHECK_GOOD(bind_to(medium.worker.thread, &middle));
    CHECK_GOOD(call_as(&high, PRIORITY_HIGHER, 3, server));
    settle();
    CHECK_GOOD(call_as(&low, PRIORITY_LOWER, 1, middle));
    settle();
    CHECK_IS(next_label(server), 3);
    CHECK_IS(next_label(server), 2);
}

SUITE
