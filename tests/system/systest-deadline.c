/* systest-deadline.c - a wait until a time ends at that time, with nothing half done. */
#include <myelin/clock.h>

#include "lib/systest.h"

#define SOON_NS 2000000ull /* 2 ms */

static struct partner partner, other;
static struct message message;

static uint64_t soon(void)
{
    return clock_now() + SOON_NS;
}

TEST(DEADLINE_SEND, "a send that nobody receives ends at its deadline with ETIMEDOUT, not before")
{
    uint64_t deadline = soon();

    message_begin(&message, 1);
    CHECK_REFUSED(message_send_until(make_endpoint(), &message, deadline), ETIMEDOUT,
                  ARGUMENT_DEADLINE);
    CHECK(clock_now() >= deadline);
}

TEST(DEADLINE_SEND_NOTHING_LEFT, "after a send has timed out no message is left on the endpoint")
{
    cap_t endpoint = make_endpoint();

    message_begin(&message, 1);
    CHECK_ERROR(message_send_until(endpoint, &message, soon()), ETIMEDOUT);
    CHECK_ERROR(message_poll(endpoint, &message), EAGAIN);
}

TEST(DEADLINE_CALL_QUEUED, "a call that no server takes ends at its deadline with ETIMEDOUT")
{
    uint64_t deadline = soon();

    message_begin(&message, 1);
    CHECK_ERROR(message_call_until(make_endpoint(), &message, deadline), ETIMEDOUT);
    CHECK(clock_now() >= deadline);
}

static cap_t late_endpoint, late_token;
static error_t late_error;
static uint64_t late_reason;

/* Receives, lets the caller's deadline pass, and answers. */
static void answer_late(void *unused)
{
    static struct message request;

    (void)unused;
    request.accept = 0;
    if (message_receive(late_endpoint, &request))
        return;
    late_token = request.reply;
    clock_sleep_until(clock_now() + 2 * SOON_NS);
    message_begin(&request, 0);
    late_error = message_reply(&request);
    late_reason = ipc_error_detail()->found;
}

TEST(DEADLINE_LATE_ANSWER, "a call that is served too slowly ends at its deadline; the answer that "
                           "comes later is ESTALE, and says why")
{
    struct worker worker;

    late_endpoint = make_endpoint();
    late_error = SUCCESS;
    CHECK_GOOD(worker_run(&worker, answer_late, NULL));
    message_begin(&message, 1);
    CHECK_ERROR(message_call_until(late_endpoint, &message, soon()), ETIMEDOUT);
    CHECK_GOOD(worker_wait(&worker));
    CHECK_IS(late_error, ESTALE);
    CHECK_IS(late_reason, ETIMEDOUT);
}

TEST(DEADLINE_RECEIVE, "a receive on an endpoint ends at its deadline with ETIMEDOUT")
{
    uint64_t deadline = soon();

    message.accept = 0;
    CHECK_ERROR(message_receive_until(make_endpoint(), &message, deadline), ETIMEDOUT);
    CHECK(clock_now() >= deadline);
}

TEST(DEADLINE_RECEIVE_NOTIFICATION, "a wait for a notification ends at its deadline, too")
{
    CHECK_ERROR(message_receive_until(make_notification(), &message, soon()), ETIMEDOUT);
}

TEST(DEADLINE_IN_TIME, "a call that is answered before its deadline is like any other")
{
    cap_t endpoint = make_endpoint();

    partner_init(&partner, 7);
    CHECK_GOOD(partner_start(&partner, OP_CALL, endpoint));
    message.accept = 0;
    CHECK_GOOD(message_receive_until(endpoint, &message, clock_now() + 1000 * SOON_NS));
    CHECK_IS(message.label, 7);
    message_begin(&message, 9);
    CHECK_GOOD(message_reply(&message));
    CHECK(partner_done(&partner));
    CHECK_IS(partner.message.label, 9);
}

TEST(DEADLINE_PAST, "with a deadline that has passed what can be done at once is done")
{
    cap_t endpoint = make_endpoint();

    partner_init(&other, 5);
    CHECK_GOOD(partner_start(&other, OP_SEND, endpoint));
    CHECK(!partner_done(&other));
    CHECK_GOOD(message_receive_until(endpoint, &message, 1));
    CHECK_IS(message.label, 5);
    CHECK_ERROR(message_receive_until(endpoint, &message, 1), ETIMEDOUT);
}

TEST(DEADLINE_FORGOTTEN, "a deadline that was not needed does not end a later wait")
{
    cap_t endpoint = make_endpoint();
    uint64_t deadline = soon();

    partner_init(&other, 5);
    CHECK_GOOD(partner_start(&other, OP_SEND, endpoint));
    CHECK_GOOD(message_receive_until(endpoint, &message, deadline));
    CHECK_ERROR(message_receive_until(endpoint, &message, deadline + SOON_NS), ETIMEDOUT);
    CHECK(clock_now() >= deadline + SOON_NS);
}

TEST(DEADLINE_REPLY_RECEIVE, "the deadline of a reply_recv is its receive's: the answer has gone")
{
    cap_t endpoint = make_endpoint();
    struct ipc_registers r = raw(OP_REPLY_RECV, endpoint, 9);

    partner_init(&partner, 7);
    CHECK_GOOD(partner_start(&partner, OP_CALL, endpoint));
    CHECK_GOOD(message_receive(endpoint, &message));
    r.tag |= TAG_DEADLINE;
    r.deadline = soon();
    r.token = message.reply;
    CHECK_ERROR(enter(&r), ETIMEDOUT);
    CHECK_IS(r.words[0], ARGUMENT_DEADLINE);
    CHECK(partner_done(&partner));
    CHECK_GOOD(partner.error);
    CHECK_IS(partner.message.label, 9);
}

TEST(DEADLINE_NOW_SERVED,
     "a call with the deadline `now` that met its receiver waits for the answer")
{
    struct worker worker;
    struct ipc_registers r;

    late_endpoint = make_endpoint();
    CHECK_GOOD(worker_run(&worker, answer_late, NULL));
    let_run(); /* it receives now */
    r = raw(OP_CALL, late_endpoint, 1);
    r.tag |= TAG_DEADLINE;
    r.deadline = DEADLINE_NOW;
    CHECK_GOOD(enter(&r)); /* in 4 ms */
    CHECK_GOOD(worker_wait(&worker));
    CHECK_GOOD(late_error);
}

#define WAITERS 100

static struct waiter {
    uint64_t deadline, woken;
    error_t error;
    struct worker worker;
} waiters[WAITERS];
static cap_t many_wait_at;
static volatile unsigned through;

static void wait_until(void *argument)
{
    struct waiter *self = argument;
    struct ipc_registers r = raw(OP_RECV, many_wait_at, 0);

    r.tag |= TAG_DEADLINE;
    r.deadline = self->deadline;
    self->error = enter(&r);
    self->woken = ++through;
}

/* Their deadlines are 20 us apart, and they begin to wait in another order. */
TEST(DEADLINE_MANY,
     "a hundred threads that wait at one endpoint wake in the order of their deadlines")
{
    uint64_t first = clock_now() + 500 * SOON_NS / 10;

    many_wait_at = make_endpoint();
    through = 0;
    for (unsigned i = 0; i < WAITERS; i++) {
        waiters[i].deadline = first + (i * 37 % WAITERS) * SOON_NS / 100;
        CHECK_GOOD(worker_run(&waiters[i].worker, wait_until, &waiters[i]));
    }
    let_run();
    CHECK(clock_now() < first);
    CHECK_IS(through, 0);
    clock_sleep_until(first + (WAITERS + 50) * SOON_NS / 100);
    let_run();
    CHECK_IS(through, WAITERS);
    for (unsigned i = 0; i < WAITERS; i++) {
        CHECK_IS(waiters[i].error, ETIMEDOUT);
        CHECK_IS(waiters[i].woken, i * 37 % WAITERS + 1);
    }
}

SUITE
