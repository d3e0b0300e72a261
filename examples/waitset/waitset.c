/*
 * waitset.c - shows one wait for many things: three desks, each an endpoint with clients of its
 * own, and a clock. Each has a key; here it is where the server keeps what belongs to it, so that
 * nothing is searched for, however many there are.
 */
#include <stdbool.h>

#include <myelin/clock.h>
#include <myelin/endpoint.h>
#include <myelin/idl/counter_server.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/notification.h>
#include <myelin/waitset.h>

#include "../example.h"

#define DESKS    3
#define RING_BIT 1ull
#define RING_NS  (10 * 1000 * 1000ull)

static struct desk {
    const char *name;
    cap_t endpoint, client;
    uint64_t calls;
    bool closed;
} desks[DESKS] = {{.name = "tea"}, {.name = "coffee"}, {.name = "cake"}};

static struct desk *at; /* where the request has come that is served */
static bool rung;

error_t counter_handle_wait(struct idl_request *request, uint64_t wanted, uint64_t *interrupts)
{
    (void)request, (void)wanted;
    *interrupts = ++at->calls;
    return SUCCESS;
}

error_t counter_handle_stop(struct idl_request *request)
{
    (void)request;
    at->closed = true;
    return SUCCESS;
}

static void open_desk(cap_t set, struct desk *desk)
{
    must("an endpoint", endpoint_create(desk->name, UNTYPED_ENDPOINT_CALL_ONLY, &desk->endpoint));
    must("adding it", waitset_add(set, (uint64_t)desk, desk->endpoint));
    desk->client = start_partner("/bin/waitset-client", "counter", desk->endpoint, CLIENT_RIGHTS);
}

static void set_clock(cap_t set)
{
    cap_t clock;

    must("a notification", notification_create("clock", &clock));
    must("adding it", waitset_add(set, (uint64_t)&rung, clock));
    must("the timer", notification_set_timer(clock, clock_now() + RING_NS, RING_BIT));
}

static bool all_closed(void)
{
    for (unsigned i = 0; i < DESKS; i++)
        if (!desks[i].closed)
            return false;
    return true;
}

/* Whatever it is: the key says where it came, the origin what it is. */
static void serve(struct message *message)
{
    if (message->key == (uint64_t)&rung) {
        rung = message->notified & RING_BIT;
        return;
    }
    at = (struct desk *)message->key; /* NOLINT(performance-no-int-to-ptr): it was one */
    counter_dispatch(message);
    if (message->reply != CAP_NULL)
        message_reply(message);
}

int main(void)
{
    struct message message = {0};
    cap_t set;

    must("a WaitSet", waitset_create("desks", DESKS + 1, &set));
    set_clock(set);
    for (unsigned i = 0; i < DESKS; i++)
        open_desk(set, &desks[i]);
    while (!rung || !all_closed()) {
        must("waiting", message_receive(set, &message));
        serve(&message);
    }
    for (unsigned i = 0; i < DESKS; i++) {
        printf("%s: %llu calls\n", desks[i].name, (unsigned long long)desks[i].calls);
        process_release(desks[i].client);
    }
    puts("the clock has rung");
    return 0;
}
