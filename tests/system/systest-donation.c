/* systest-donation.c - what a server wants of its callers' time, and who helps whom. */
#include <myelin/clock.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>

#include "lib/systest.h"

#define MS              1000000ull
#define HOUR            (3600 * 1000 * MS)
#define PRIORITY_MEDIUM 22
#define RESERVE         19 /* of the servers: below everybody */

/* A passive server, which works for a while on each call. */
static struct desk {
    cap_t endpoint;
    cap_t next; /* whom it calls then; CAP_NULL: nobody */
    uint64_t work;
    struct worker worker;
    error_t reply_error;
    uint64_t reply_found;
} desk, back;

static struct partner low, high;
static struct worker poor, spinner;

/* Its own time, not the clock's: what others run meanwhile does not count. */
static void spend(uint64_t ns)
{
    uint64_t last = clock_now(), now;

    while (ns) {
        now = clock_now();
        if (now - last < MS / 10) /* not away in between */
            ns -= now - last < ns ? now - last : ns;
        last = now;
    }
}

static void serve(void *argument)
{
    struct desk *self = argument;
    struct message request = {0};

    while (message_receive(self->endpoint, &request) == SUCCESS) {
        spend(self->work);
        if (self->next)
            invoke(self->next, 1, 0, CAP_NULL);
        message_begin(&request, 0);
        self->reply_error = message_reply(&request);
        self->reply_found = ipc_error_detail()->found;
    }
}

static error_t open_desk(struct desk *self, const char *name, uint64_t work, bool bound)
{
    const struct plan plan = {
        .name = name, .run = serve, .argument = self, .passive = true, .priority = RESERVE};
    error_t error;

    *self = (struct desk){.endpoint = make_call_only(), .work = work};
    error = worker_start(&self->worker, &plan);
    if (!error && bound)
        error = thread_bind_endpoint(self->worker.thread, self->endpoint);
    sleep_for(MS); /* it receives now */
    return error;
}

static error_t call_as(struct partner *partner, unsigned priority, cap_t endpoint)
{
    partner_init(partner, 1);
    partner->priority = priority;
    return partner_start(partner, OP_CALL, endpoint);
}

/* ---- a client with hardly any time ---- */

static error_t poor_error;
static struct ipc_error_detail poor_detail;

static void call_poorly(void *unused)
{
    struct ipc_registers r = raw(OP_CALL, desk.endpoint, 1);

    (void)unused;
    poor_error = enter(&r);
    poor_detail =
        (struct ipc_error_detail){poor_error, r.words[0], r.words[1], r.words[2], 0, false};
}

/* It calls the desk; it has `budget` in an hour. */
static error_t start_poor(uint64_t budget)
{
    const struct plan plan = {
        .run = call_poorly, .priority = PRIORITY_LOWER, .budget = budget, .period = HOUR};

    poor_error = SUCCESS;
    return worker_start(&poor, &plan);
}

static error_t finish(struct partner *partner)
{
    error_t error = worker_wait(&partner->worker);

    return error ? error : partner->error;
}

TEST(PARK_POOR, "a client with 100 us in an hour delays nobody: the server goes on without it")
{
    uint64_t start;

    CHECK_GOOD(open_desk(&desk, "desk", 5 * MS, true));
    CHECK_GOOD(start_poor(MS / 10));
    sleep_for(MS); /* it is being served, on the reserve */
    start = clock_now();
    CHECK_GOOD(call_as(&low, PRIORITY_LOWER, desk.endpoint));
    CHECK_GOOD(finish(&low));
    CHECK(clock_now() - start < 15 * MS);
}

TEST(PARK_POOR_POOL, "also where nobody is bound: its reserve is enough")
{
    uint64_t start;

    CHECK_GOOD(open_desk(&desk, "desk", 5 * MS, false));
    CHECK_GOOD(start_poor(MS / 10));
    sleep_for(MS);
    start = clock_now();
    CHECK_GOOD(call_as(&low, PRIORITY_LOWER, desk.endpoint));
    CHECK_GOOD(finish(&low));
    CHECK(clock_now() - start < 15 * MS);
}

TEST(PARK_STOPPED, "a client that is suspended, or dies, in the middle of its call delays nobody")
{
    for (unsigned way = 0; way < 2; way++) {
        uint64_t start;

        CHECK_GOOD(open_desk(&desk, "desk", 5 * MS, true));
        CHECK_GOOD(call_as(&low, PRIORITY_LOWER, desk.endpoint));
        sleep_for(MS);
        CHECK_GOOD(way ? cap_delete(low.worker.thread) : thread_suspend(low.worker.thread));
        start = clock_now();
        CHECK_GOOD(call_as(&high, PRIORITY_HIGHER, desk.endpoint));
        CHECK_GOOD(finish(&high));
        CHECK(clock_now() - start < 15 * MS);
        CHECK_GOOD(cap_delete(desk.worker.thread));
    }
}

TEST(PARK_CANCELLED, "a client that is cancelled in the middle of its call delays nobody, and the "
                     "server learns it when it answers")
{
    uint64_t start;

    CHECK_GOOD(open_desk(&desk, "desk", 5 * MS, true));
    CHECK_GOOD(call_as(&low, PRIORITY_LOWER, desk.endpoint));
    sleep_for(MS);
    CHECK_GOOD(thread_cancel(low.worker.thread));
    start = clock_now();
    CHECK_IS(finish(&low), ECANCELED);
    CHECK(clock_now() - start < 2 * MS); /* it has its time at once */
    sleep_for(8 * MS);
    CHECK_IS(desk.reply_error, ESTALE);
    CHECK_IS(desk.reply_found, ECANCELED);
    CHECK_GOOD(call_as(&high, PRIORITY_HIGHER, desk.endpoint));
    CHECK_GOOD(finish(&high));
}

static error_t hasty_error;

static void call_hastily(void *unused)
{
    struct ipc_registers r = raw(OP_CALL, desk.endpoint, 1);

    (void)unused;
    r.tag |= TAG_DEADLINE;
    r.deadline = clock_now() + 2 * MS;
    hasty_error = enter(&r);
}

TEST(PARK_DEADLINE,
     "a client whose deadline passes in the middle of its call delays nobody, and the "
     "server learns it when it answers")
{
    const struct plan plan = {.run = call_hastily, .priority = PRIORITY_LOWER};
    struct worker hasty;

    CHECK_GOOD(open_desk(&desk, "desk", 5 * MS, true));
    CHECK_GOOD(worker_start(&hasty, &plan));
    CHECK_GOOD(worker_wait(&hasty));
    CHECK_IS(hasty_error, ETIMEDOUT);
    CHECK_GOOD(call_as(&low, PRIORITY_LOWER, desk.endpoint));
    sleep_for(5 * MS); /* its first work is done, and the second begun */
    CHECK_IS(desk.reply_error, ESTALE);
    CHECK_IS(desk.reply_found, ETIMEDOUT);
    CHECK_GOOD(finish(&low));
}

/* ---- what the server says ---- */

TEST(DONATION_LEAST, "a server can refuse who has less than so many microseconds left: ETIME, and "
                     "both are told")
{
    CHECK_GOOD(open_desk(&desk, "desk", 0, true));
    CHECK_GOOD(thread_set_donation(desk.worker.thread, THREAD_RUN_OUT_GOES_ON, 500));
    CHECK_GOOD(start_poor(MS / 4));
    CHECK_GOOD(worker_wait(&poor));
    CHECK_IS(poor_error, ETIME);
    CHECK_IS(poor_detail.argument, ARGUMENT_PARTNER);
    CHECK_IS(poor_detail.expected, MS / 2);
    CHECK(poor_detail.found > 0 && poor_detail.found < MS / 4);
    CHECK_GOOD(start_poor(MS));
    CHECK_GOOD(worker_wait(&poor));
    CHECK_IS(poor_error, SUCCESS);
}

TEST(DONATION_WHOLE, "who has a whole CPU is not refused, however much the server wants")
{
    CHECK_GOOD(open_desk(&desk, "desk", 0, true));
    CHECK_GOOD(thread_set_donation(desk.worker.thread, THREAD_RUN_OUT_GOES_ON, 10000));
    spend(6 * MS);
    CHECK_GOOD(invoke(desk.endpoint, 1, 0, CAP_NULL));
    CHECK_GOOD(thread_set_donation(desk.worker.thread, THREAD_RUN_OUT_GOES_ON, 10001));
    CHECK_REFUSED(invoke(desk.endpoint, 1, 0, CAP_NULL), ETIME, ARGUMENT_PARTNER);
}

TEST(DONATION_ENDS,
     "a server can have calls end whose time runs out: the caller gets ETIMEDOUT, the "
     "late answer ESTALE")
{
    CHECK_GOOD(open_desk(&desk, "desk", 3 * MS, true));
    CHECK_GOOD(thread_set_donation(desk.worker.thread, THREAD_RUN_OUT_ENDS_CALL, 0));
    CHECK_GOOD(start_poor(MS));
    sleep_for(20 * MS);
    CHECK_IS(desk.reply_error, ESTALE);
    CHECK_IS(desk.reply_found, ETIMEDOUT);
    CHECK_GOOD(schedcontext_configure(poor.time, startup_cap("cpu"), PRIORITY_LOWER, MS, MS));
    CHECK_GOOD(worker_wait(&poor)); /* it could not run before */
    CHECK_IS(poor_error, ETIMEDOUT);
    CHECK_IS(poor_detail.argument, ARGUMENT_PARTNER);
}

TEST(DONATION_WRONG, "a policy that there is not is EINVAL, a time of more than 32 bits ERANGE")
{
    CHECK_REFUSED(thread_set_donation(thread_self(), (enum thread_run_out)2, 0), EINVAL,
                  ARGUMENT_WORD(0));
    CHECK_REFUSED(thread_set_donation(thread_self(), THREAD_RUN_OUT_GOES_ON, 1ull << 32), ERANGE,
                  ARGUMENT_WORD(1));
    CHECK_REFUSED(
        thread_set_donation(with_rights(thread_self(), CAP_RIGHTS_READ), THREAD_RUN_OUT_GOES_ON, 0),
        EPERM, ARGUMENT_HANDLE);
}

/* ---- helping, with a medium spinner beside ---- */

static volatile uint64_t spun_until;

static void spin(void *unused)
{
    (void)unused;
    while (clock_now() < spun_until)
        continue;
}

/* For so long nobody less urgent than medium runs on his own time. */
static error_t start_spinner(uint64_t ns)
{
    const struct plan plan = {.name = "spinner", .run = spin, .priority = PRIORITY_MEDIUM};

    spun_until = clock_now() + ns;
    return worker_start(&spinner, &plan);
}

#define SPIN (300 * MS)

/* How long the urgent one waits for a desk that a low one keeps busy, beside the spinner. */
static uint64_t wait_beside_spinner(bool helped)
{
    uint64_t start = 0;

    if (open_desk(&desk, "desk", 10 * MS, helped) || call_as(&low, PRIORITY_LOWER, desk.endpoint))
        return 0;
    sleep_for(2 * MS); /* it is being served */
    if (start_spinner(SPIN))
        return 0;
    sleep_for(MS);
    start = clock_now();
    if (call_as(&high, PRIORITY_HIGHER, desk.endpoint) || finish(&high))
        return 0;
    return clock_now() - start;
}

TEST(HELP_SPINNER, "an urgent caller waits no longer than two services, whatever spins beside")
{
    uint64_t waited = wait_beside_spinner(true);

    CHECK(waited > 0 && waited < 25 * MS);
}

TEST(HELP_NONE, "without helping, at an endpoint that is not bound, it waits for the spinner")
{
    uint64_t waited = wait_beside_spinner(false);

    CHECK(waited > SPIN / 2);
}

TEST(HELP_NO_BUDGET, "also when the one that is served has no budget left")
{
    uint64_t start;

    CHECK_GOOD(open_desk(&desk, "desk", 10 * MS, true));
    CHECK_GOOD(start_poor(2 * MS));
    sleep_for(5 * MS); /* used up */
    CHECK_GOOD(start_spinner(SPIN));
    sleep_for(MS);
    start = clock_now();
    CHECK_GOOD(call_as(&high, PRIORITY_HIGHER, desk.endpoint));
    CHECK_GOOD(finish(&high));
    CHECK(clock_now() - start < 25 * MS);
}

#define CALLERS 3

static volatile bool crowd_goes_on;

static void call_in_a_loop(void *endpoint)
{
    while (crowd_goes_on) {
        struct ipc_registers r = raw(OP_CALL, (cap_t)endpoint, 1);

        enter(&r);
    }
}

TEST(HELP_QUEUE,
     "H calls M, M queues at L beside medium clients that call L in a loop: H's wait is "
     "bounded")
{
    struct worker crowd[CALLERS];
    struct plan plan = {.run = call_in_a_loop, .priority = PRIORITY_MEDIUM};
    uint64_t start, waited;

    CHECK_GOOD(open_desk(&back, "back", 2 * MS, true));
    CHECK_GOOD(open_desk(&desk, "desk", 0, true));
    desk.next = back.endpoint;
    plan.argument = (void *)back.endpoint;
    crowd_goes_on = true;
    for (unsigned i = 0; i < CALLERS; i++)
        CHECK_GOOD(worker_start(&crowd[i], &plan));
    sleep_for(5 * MS); /* they keep it busy */
    start = clock_now();
    CHECK_GOOD(call_as(&high, PRIORITY_HIGHER, desk.endpoint));
    CHECK_GOOD(finish(&high));
    waited = clock_now() - start;
    crowd_goes_on = false;
    CHECK(waited < 7 * MS); /* one service that had begun, and its own */
    for (unsigned i = 0; i < CALLERS; i++)
        CHECK_GOOD(worker_wait(&crowd[i]));
}

SUITE
