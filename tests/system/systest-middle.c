/*
 * systest-middle.c - A calls B, B calls C, and something goes wrong in the middle: each has its
 * time back and learns what happened, and nobody else waits for it.
 */
#include <myelin/clock.h>
#include <myelin/idl/thread_types.h>

#include "lib/systest.h"

#define MS      1000000ull
#define RESERVE 22 /* of the servers: below the test, above A */

/* A passive server. */
static struct desk {
    cap_t endpoint;
    struct worker worker;
    uint64_t deadline; /* of its own call */
    error_t call_error, reply_error;
    uint64_t reply_reason;
    volatile unsigned answered;
} b, c;

static struct partner a, other;
static volatile bool c_goes_on; /* C works until then */
static volatile bool c_drops;   /* it receives again and does not answer */

static void answer(struct desk *self, struct message *request)
{
    message_begin(request, 0);
    self->reply_error = message_reply(request);
    self->reply_reason = ipc_error_detail()->found;
    self->answered++;
}

static void serve_b(void *unused)
{
    static struct message request, further;

    (void)unused;
    while (message_receive(b.endpoint, &request) == SUCCESS) {
        message_begin(&further, 1);
        b.call_error = message_call_until(c.endpoint, &further, b.deadline);
        answer(&b, &request);
    }
}

static void serve_c(void *unused)
{
    static struct message request;

    (void)unused;
    while (message_receive(c.endpoint, &request) == SUCCESS) {
        while (!c_goes_on)
            continue;
        if (!c_drops)
            answer(&c, &request);
    }
}

static error_t open_desk(struct desk *self, const char *name, void (*run)(void *))
{
    const struct plan plan = {.name = name, .run = run, .passive = true, .priority = RESERVE};
    error_t error;

    *self = (struct desk){.endpoint = make_call_only(), .deadline = DEADLINE_FOREVER};
    error = worker_start(&self->worker, &plan);
    return error ? error : thread_bind_endpoint(self->worker.thread, self->endpoint);
}

static uint64_t consumed(cap_t time)
{
    struct schedcontext_info info = {0};

    schedcontext_get_info(time, &info);
    return info.consumed;
}

/* A's call is in B's hands, B's in those of C, which works, on A's time. */
static error_t begin(uint64_t deadline_of_b)
{
    error_t error = open_desk(&b, "b", serve_b);

    if (!error)
        error = open_desk(&c, "c", serve_c);
    b.deadline = deadline_of_b;
    c_goes_on = c_drops = false;
    sleep_for(MS);
    partner_init(&a, 1);
    a.priority = PRIORITY_LOWER;
    if (!error)
        error = partner_start(&a, OP_CALL, b.endpoint);
    sleep_for(MS);
    return error;
}

/* A has that error. */
static bool a_has(error_t error)
{
    sleep_for(MS);
    return a.done && a.error == error;
}

/* C may end its work, and learns that for this reason nobody waits for its answer. */
static bool c_learns(error_t reason)
{
    c_goes_on = true;
    sleep_for(MS);
    return c.answered == 1 && c.reply_error == ESTALE && c.reply_reason == (uint64_t)reason;
}

/* B serves the next one, through C. */
static bool all_serve_again(void)
{
    c_goes_on = true;
    partner_init(&other, 1);
    return partner_start(&other, OP_CALL, b.endpoint) == SUCCESS &&
           worker_wait(&other.worker) == SUCCESS && other.error == SUCCESS &&
           b.call_error == SUCCESS;
}

TEST(MIDDLE_WORKS, "A calls B, B calls C: while C works A pays, and the reserves rest")
{
    uint64_t mine, reserves;

    CHECK_GOOD(begin(DEADLINE_FOREVER));
    mine = consumed(a.worker.time);
    reserves = consumed(b.worker.time) + consumed(c.worker.time);
    sleep_for(5 * MS);
    CHECK(consumed(a.worker.time) - mine >= 4 * MS);
    CHECK_IS(consumed(b.worker.time) + consumed(c.worker.time), reserves);
    c_goes_on = true;
    CHECK(a_has(SUCCESS));
    CHECK(all_serve_again());
}

TEST(MIDDLE_DIES, "B dies: A has EPIPE and its time at once, C goes on without it and learns it")
{
    uint64_t reserve;

    CHECK_GOOD(begin(DEADLINE_FOREVER));
    reserve = consumed(c.worker.time);
    CHECK_GOOD(cap_delete(b.worker.thread));
    sleep_for(5 * MS);
    CHECK(consumed(c.worker.time) - reserve >= 4 * MS); /* it still works, on its reserve */
    CHECK(c_learns(EPIPE));
    CHECK(a_has(EPIPE));
}

TEST(MIDDLE_CANCELLED, "B's call is cancelled: B answers A on A's time, C learns it")
{
    CHECK_GOOD(begin(DEADLINE_FOREVER));
    CHECK_GOOD(thread_cancel(b.worker.thread));
    CHECK(c_learns(ECANCELED));
    CHECK(a_has(SUCCESS));
    CHECK_IS(b.call_error, ECANCELED);
    CHECK(all_serve_again());
}

TEST(MIDDLE_LATE, "the deadline of B's call passes: B answers A, C learns it when it answers")
{
    CHECK_GOOD(begin(clock_now() + 4 * MS));
    sleep_for(4 * MS);
    CHECK(c_learns(ETIMEDOUT));
    CHECK(a_has(SUCCESS));
    CHECK_IS(b.call_error, ETIMEDOUT);
    b.deadline = DEADLINE_FOREVER;
    CHECK(all_serve_again());
}

TEST(MIDDLE_FIRST_CANCELLED,
     "A's call is cancelled: A has its time, B and C go on, and B learns it when it answers")
{
    CHECK_GOOD(begin(DEADLINE_FOREVER));
    CHECK_GOOD(thread_cancel(a.worker.thread));
    c_goes_on = true;
    CHECK(a_has(ECANCELED));
    CHECK_IS(c.reply_error, SUCCESS);
    CHECK_IS(b.answered, 1);
    CHECK_IS(b.reply_error, ESTALE);
    CHECK_IS(b.reply_reason, ECANCELED);
    CHECK(all_serve_again());
}

TEST(MIDDLE_FIRST_DIES, "A dies: B and C go on on their reserves, and B learns it when it answers")
{
    CHECK_GOOD(begin(DEADLINE_FOREVER));
    CHECK_GOOD(cap_delete(a.worker.thread));
    c_goes_on = true;
    sleep_for(MS);
    CHECK_IS(b.answered, 1);
    CHECK_IS(b.reply_error, ESTALE);
    CHECK_IS(b.reply_reason, EPIPE);
    CHECK(all_serve_again());
}

TEST(MIDDLE_TIME_GONE, "A's time is destroyed: B and C go on, and A's answer is there for it")
{
    CHECK_GOOD(begin(DEADLINE_FOREVER));
    CHECK_GOOD(cap_delete(a.worker.time));
    c_goes_on = true;
    sleep_for(MS);
    CHECK_IS(b.answered, 1);
    CHECK_IS(b.reply_error, SUCCESS);
    CHECK(!a.done); /* it has nothing to run on */
    CHECK_GOOD(schedcontext_bind(make_time(PRIORITY_LOWER), a.worker.thread, SCHEDCONTEXT_OWN));
    CHECK(a_has(SUCCESS));
}

TEST(MIDDLE_DROPPED, "C drops B's call: B has EPIPE, and answers A")
{
    CHECK_GOOD(begin(DEADLINE_FOREVER));
    c_drops = true;
    c_goes_on = true;
    CHECK(a_has(SUCCESS));
    CHECK_IS(b.call_error, EPIPE);
    c_drops = false;
    CHECK(all_serve_again());
}

TEST(MIDDLE_LAST_DIES, "C dies: B has EPIPE, answers A on A's time, and its reserve rests")
{
    uint64_t reserve;

    CHECK_GOOD(begin(DEADLINE_FOREVER));
    reserve = consumed(b.worker.time);
    CHECK_GOOD(cap_delete(c.worker.thread));
    CHECK(a_has(SUCCESS));
    CHECK_IS(b.call_error, EPIPE);
    CHECK(consumed(b.worker.time) - reserve < MS / 2);
}

SUITE
