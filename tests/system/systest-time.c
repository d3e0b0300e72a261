/*
 * systest-time.c - SchedContexts and Cpus: who may have how much time, and who pays.
 *
 * It runs with time counted in instructions (scripts/test-system), so that it measures the kernel
 * and not what else the host has to do.
 */
#include <myelin/clock.h>
#include <myelin/idl/cpu_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>

#include "lib/systest.h"

#define MILLISECOND 1000000ull
#define WHOLE       (10 * MILLISECOND)

static struct worker worker, other;
static struct partner partner;
static struct message message;
static struct schedcontext_info info;

static cap_t cpu(void)
{
    return startup_cap("cpu");
}

static cap_t make_bare(void)
{
    return make(OBJECT_SCHEDCONTEXT, 0);
}

static void nothing(void *unused)
{
    (void)unused;
}

static void count(void *counter)
{
    for (;;)
        ++*(volatile uint64_t *)counter;
}

static uint64_t consumed(cap_t time)
{
    struct schedcontext_info now = {0};

    schedcontext_get_info(time, &now);
    return now.consumed;
}

/* A worker that is not started. */
static error_t make_quiet(void)
{
    const struct plan plan = {.run = nothing};

    return worker_make(&worker, &plan);
}

static void spend(uint64_t ns)
{
    uint64_t end = clock_now() + ns;

    while (clock_now() < end)
        continue;
}

/* ---- configure ---- */

TEST(TIME_CONFIGURE, "INSPECT tells priority, budget and period as they were configured")
{
    cap_t time = make_bare();

    CHECK_GOOD(schedcontext_configure(time, cpu(), 7, 3 * MILLISECOND, 9 * MILLISECOND));
    CHECK_GOOD(schedcontext_get_info(time, &info));
    CHECK_IS(info.priority, 7);
    CHECK_IS(info.budget, 3 * MILLISECOND);
    CHECK_IS(info.period, 9 * MILLISECOND);
    CHECK_IS(info.consumed, 0);
    CHECK_IS(info.home[0], 0);
}

TEST(TIME_PRIORITY, "there is no priority 64: ERANGE, and word 0 is named")
{
    CHECK_REFUSED(
        schedcontext_configure(make_bare(), cpu(), SCHEDCONTEXT_PRIORITY_LEVELS, WHOLE, WHOLE),
        ERANGE, ARGUMENT_WORD(0));
}

TEST(TIME_PRIORITY_CPU, "a priority above what the Cpu allows is EPERM, and tells both")
{
    struct cpu_info allowed;

    CHECK_GOOD(cpu_inspect(cpu(), &allowed));
    CHECK(allowed.priority < SCHEDCONTEXT_PRIORITY_LEVELS - 1);
    CHECK_REFUSED(schedcontext_configure(make_bare(), cpu(), allowed.priority + 1, WHOLE, WHOLE),
                  EPERM, ARGUMENT_WORD(0));
    CHECK_IS(ipc_error_detail()->expected, allowed.priority);
    CHECK_IS(ipc_error_detail()->found, allowed.priority + 1);
}

TEST(TIME_BUDGET_SMALL, "a budget of less than 20 us is ERANGE")
{
    CHECK_REFUSED(schedcontext_configure(make_bare(), cpu(), 1, 19999, WHOLE), ERANGE,
                  ARGUMENT_WORD(1));
}

TEST(TIME_BUDGET_LARGE, "a budget longer than its period is ERANGE")
{
    CHECK_REFUSED(schedcontext_configure(make_bare(), cpu(), 1, WHOLE + 1, WHOLE), ERANGE,
                  ARGUMENT_WORD(1));
}

TEST(TIME_PERIOD, "a period of centuries is ERANGE")
{
    CHECK_REFUSED(schedcontext_configure(make_bare(), cpu(), 1, WHOLE, UINT64_MAX), ERANGE,
                  ARGUMENT_WORD(2));
}

TEST(TIME_SHARE, "a share above what the Cpu allows is EPERM, and word 1 is named")
{
    cap_t half;

    CHECK_GOOD(cpu_derive(cpu(), 30, 500, &half));
    CHECK_GOOD(schedcontext_configure(make_bare(), half, 1, WHOLE / 2, WHOLE));
    CHECK_REFUSED(schedcontext_configure(make_bare(), half, 1, WHOLE / 2 + 1000, WHOLE), EPERM,
                  ARGUMENT_WORD(1));
}

TEST(TIME_NO_CPU,
     "without a Cpu there is no time: the capability that lacks is named, EBADF or EINVAL")
{
    CHECK_REFUSED(schedcontext_configure(make_bare(), CAP_NULL, 1, WHOLE, WHOLE), EBADF,
                  ARGUMENT_CAP(0));
    CHECK_REFUSED(schedcontext_configure(make_bare(), make_frame(), 1, WHOLE, WHOLE), EINVAL,
                  ARGUMENT_CAP(0));
}

TEST(TIME_CONFIGURE_RIGHTS, "CONFIGURE needs Manage, on the SchedContext and on the Cpu: EPERM")
{
    cap_t time = make_bare();

    CHECK_REFUSED(
        schedcontext_configure(with_rights(time, CAP_RIGHTS_READ), cpu(), 1, WHOLE, WHOLE), EPERM,
        ARGUMENT_HANDLE);
    CHECK_REFUSED(
        schedcontext_configure(time, with_rights(cpu(), CAP_RIGHTS_READ), 1, WHOLE, WHOLE), EPERM,
        ARGUMENT_CAP(0));
}

/* ---- bind ---- */

TEST(TIME_BIND, "a bound SchedContext names its home and its role")
{
    CHECK_GOOD(make_quiet());
    CHECK_GOOD(schedcontext_get_info(worker.time, &info));
    CHECK(strcmp(info.home, "worker") == 0);
    CHECK_IS(info.role, SCHEDCONTEXT_OWN);
}

TEST(TIME_BIND_BARE, "a SchedContext must be configured before it is bound: EINVAL")
{
    CHECK_GOOD(make_quiet());
    CHECK_GOOD(schedcontext_unbind(worker.time));
    CHECK_REFUSED(schedcontext_bind(make_bare(), worker.thread, SCHEDCONTEXT_OWN), EINVAL,
                  ARGUMENT_HANDLE);
}

TEST(TIME_BIND_ROLE, "a role that does not exist is EINVAL, and word 0 is named")
{
    CHECK_GOOD(make_quiet());
    CHECK_REFUSED(schedcontext_bind(make_time(1), worker.thread, 2), EINVAL, ARGUMENT_WORD(0));
}

TEST(TIME_BIND_TWICE, "a SchedContext has one home: EBUSY")
{
    CHECK_GOOD(make_quiet());
    CHECK_REFUSED(schedcontext_bind(worker.time, make(OBJECT_THREAD, 0), SCHEDCONTEXT_OWN), EBUSY,
                  ARGUMENT_HANDLE);
}

TEST(TIME_BIND_SECOND, "a thread has one SchedContext, its own or a reserve: EBUSY")
{
    CHECK_GOOD(make_quiet());
    CHECK_REFUSED(schedcontext_bind(make_time(1), worker.thread, SCHEDCONTEXT_OWN), EBUSY,
                  ARGUMENT_CAP(0));
    CHECK_REFUSED(schedcontext_bind(make_time(1), worker.thread, SCHEDCONTEXT_RESERVE), EBUSY,
                  ARGUMENT_CAP(0));
}

TEST(TIME_BIND_TYPE, "a SchedContext can be bound to a Thread only: EINVAL")
{
    CHECK_REFUSED(schedcontext_bind(make_time(1), make_endpoint(), SCHEDCONTEXT_OWN), EINVAL,
                  ARGUMENT_CAP(0));
}

TEST(TIME_BIND_RIGHTS, "BIND needs Manage, on the SchedContext and on the Thread: EPERM")
{
    cap_t time = make_time(1), thread = make(OBJECT_THREAD, 0);

    CHECK_REFUSED(schedcontext_bind(with_rights(time, CAP_RIGHTS_READ), thread, 0), EPERM,
                  ARGUMENT_HANDLE);
    CHECK_REFUSED(schedcontext_bind(time, with_rights(thread, CAP_RIGHTS_READ), 0), EPERM,
                  ARGUMENT_CAP(0));
}

TEST(TIME_UNBIND, "an unbound SchedContext can be bound anew, also to another thread")
{
    CHECK_GOOD(make_quiet());
    CHECK_GOOD(schedcontext_unbind(worker.time));
    CHECK_REFUSED(thread_start(worker.thread), EINVAL, ARGUMENT_HANDLE);
    CHECK_GOOD(schedcontext_bind(worker.time, worker.thread, SCHEDCONTEXT_OWN));
    CHECK_GOOD(thread_start(worker.thread));
    CHECK_GOOD(worker_wait(&worker));
}

TEST(TIME_UNBIND_UNBOUND, "UNBIND of what is not bound is EINVAL")
{
    CHECK_REFUSED(schedcontext_unbind(make_time(1)), EINVAL, ARGUMENT_HANDLE);
}

TEST(TIME_UNBIND_RIGHTS, "UNBIND needs Manage: EPERM")
{
    CHECK_GOOD(make_quiet());
    CHECK_REFUSED(schedcontext_unbind(with_rights(worker.time, CAP_RIGHTS_READ)), EPERM,
                  ARGUMENT_HANDLE);
}

TEST(TIME_UNBIND_RUNNING, "a running thread whose time is taken away stands still")
{
    static uint64_t counter;
    struct plan plan = {.run = count, .argument = &counter, .priority = PRIORITY_LOWER};
    uint64_t before;

    CHECK_GOOD(worker_start(&worker, &plan));
    sleep_for(3 * MILLISECOND);
    CHECK_GOOD(schedcontext_unbind(worker.time));
    before = counter;
    sleep_for(3 * MILLISECOND);
    CHECK_IS(counter, before);
    CHECK_GOOD(schedcontext_bind(worker.time, worker.thread, SCHEDCONTEXT_OWN));
    sleep_for(3 * MILLISECOND);
    CHECK(counter > before);
}

TEST(TIME_CPU_REVOKED, "a revoked Cpu takes away all time that was configured by it")
{
    static uint64_t counter;
    struct plan plan = {.run = count, .argument = &counter, .priority = PRIORITY_LOWER};
    cap_t authority, held;
    uint64_t before;

    CHECK_GOOD(cpu_derive(cpu(), 30, 1000, &authority));
    held = with_rights(authority, CAP_RIGHTS_MANAGE);
    CHECK_GOOD(worker_make(&worker, &plan));
    CHECK_GOOD(schedcontext_configure(worker.time, held, PRIORITY_LOWER, WHOLE, WHOLE));
    CHECK_GOOD(thread_start(worker.thread));
    sleep_for(3 * MILLISECOND);
    CHECK_GOOD(cap_revoke(authority));
    before = counter;
    sleep_for(3 * MILLISECOND);
    CHECK_IS(counter, before);
    CHECK_REFUSED(schedcontext_bind(worker.time, worker.thread, 0), EINVAL, ARGUMENT_HANDLE);
}

TEST(TIME_INSPECT_RIGHTS, "INSPECT needs Read, YIELD needs Use: EPERM")
{
    cap_t time = make_time(1);

    CHECK_REFUSED(schedcontext_get_info(with_rights(time, CAP_RIGHTS_USE), &info), EPERM,
                  ARGUMENT_HANDLE);
    CHECK_REFUSED(schedcontext_yield(with_rights(time, CAP_RIGHTS_READ)), EPERM, ARGUMENT_HANDLE);
}

TEST(TIME_METHOD, "a SchedContext does not know other objects' methods: ENOSYS")
{
    CHECK_REFUSED(invoke(make_time(1), CPU_LABEL_INSPECT, 0, CAP_NULL), ENOSYS, ARGUMENT_TAG);
}

TEST(CPU_METHOD, "nor does a Cpu: ENOSYS")
{
    CHECK_REFUSED(invoke(cpu(), SCHEDCONTEXT_LABEL_INSPECT, 0, CAP_NULL), ENOSYS, ARGUMENT_TAG);
}

/* ---- who runs ---- */

TEST(RUN_URGENT, "a more urgent thread runs at once when it is started")
{
    struct plan plan = {.run = nothing, .priority = PRIORITY_HIGHER};

    CHECK_GOOD(worker_start(&worker, &plan));
    CHECK_IS(worker_state(&worker), THREAD_EXITED);
}

TEST(RUN_LESS_URGENT, "a less urgent thread does not run while a more urgent one could")
{
    static uint64_t counter;
    struct plan plan = {.run = count, .argument = &counter, .priority = PRIORITY_LOWER};

    counter = 0;
    CHECK_GOOD(worker_start(&worker, &plan));
    spend(25 * MILLISECOND);
    CHECK_IS(counter, 0);
}

TEST(RUN_YIELD, "YIELD lets an equal run, and comes back")
{
    CHECK_GOOD(worker_run(&worker, nothing, NULL));
    CHECK_IS(worker_state(&worker), THREAD_RUNNING);
    CHECK_GOOD(schedcontext_yield(startup_cap("time")));
    CHECK_IS(worker_state(&worker), THREAD_EXITED);
}

TEST(RUN_TURNS, "two equals that never wait take turns by their budgets")
{
    static uint64_t first, second;
    struct plan plan = {.run = count, .argument = &first, .priority = PRIORITY_LOWER};

    first = second = 0;
    CHECK_GOOD(worker_start(&worker, &plan));
    plan.argument = &second;
    CHECK_GOOD(worker_start(&other, &plan));
    sleep_for(100 * MILLISECOND);
    CHECK(first > 0 && second > 0);
    CHECK(consumed(worker.time) > 30 * MILLISECOND && consumed(other.time) > 30 * MILLISECOND);
}

TEST(RUN_BUDGET, "a thread whose budget is used up stands still until its next period")
{
    static uint64_t counter;
    struct plan plan = {.run = count,
                        .argument = &counter,
                        .priority = PRIORITY_HIGHER,
                        .budget = 2 * MILLISECOND,
                        .period = 20 * MILLISECOND};
    uint64_t start = clock_now(), share;

    CHECK_GOOD(worker_start(&worker, &plan));
    while (clock_now() < start + 200 * MILLISECOND)
        continue;
    CHECK_GOOD(thread_suspend(worker.thread));
    share = consumed(worker.time) * 1000 / (clock_now() - start);
    CHECK(share >= 95 && share <= 105); /* thousandths */
}

TEST(RUN_SHARES, "two spinners with budgets of 30 and 10 of 100 ms get 3:1, within 5 %")
{
    static uint64_t large, small;
    struct plan plan = {.run = count,
                        .argument = &large,
                        .priority = PRIORITY_LOWER,
                        .budget = 30 * MILLISECOND,
                        .period = 100 * MILLISECOND};

    large = small = 0;
    CHECK_GOOD(worker_start(&worker, &plan));
    plan.budget = 10 * MILLISECOND;
    plan.argument = &small;
    CHECK_GOOD(worker_start(&other, &plan));
    sleep_for(1000 * MILLISECOND);
    CHECK_GOOD(thread_suspend(worker.thread));
    CHECK_GOOD(thread_suspend(other.thread));
    CHECK(large * 100 >= small * 285 && large * 100 <= small * 315);
    CHECK(consumed(worker.time) >= 285 * MILLISECOND && consumed(worker.time) <= 315 * MILLISECOND);
}

TEST(RUN_PREEMPTED, "a timer's thread preempts a less urgent one that never waits")
{
    static uint64_t counter;
    struct plan plan = {.run = count, .argument = &counter, .priority = PRIORITY_LOWER};
    uint64_t start = clock_now();

    CHECK_GOOD(worker_start(&worker, &plan));
    sleep_for(5 * MILLISECOND);
    CHECK(clock_now() - start < 500 * MILLISECOND);
}

TEST(CPU_IDLE, "a Cpu tells how long it idled")
{
    struct cpu_info before, after;

    CHECK_GOOD(cpu_inspect(cpu(), &before));
    sleep_for(20 * MILLISECOND);
    CHECK_GOOD(cpu_inspect(cpu(), &after));
    CHECK(after.idle - before.idle >= 10 * MILLISECOND);
    CHECK(after.timer_interrupts > before.timer_interrupts);
}

/* ---- who pays ---- */

static volatile uint64_t work; /* ns that the server works for each call */

static void serve(void *endpoint)
{
    static struct message request;

    while (message_reply_receive((cap_t)endpoint, &request) == SUCCESS) {
        spend(work);
        message_begin(&request, 0);
    }
}

static error_t start_server(cap_t endpoint, bool passive)
{
    struct plan plan = {.name = "server",
                        .run = serve,
                        .argument = (void *)endpoint,
                        .passive = passive,
                        .priority = PRIORITY_HIGHER};

    work = 0;
    return worker_start(&worker, &plan); /* it waits for a message when this returns */
}

TEST(PAY_PASSIVE, "a passive server works on its caller's time: its reserve is charged nothing")
{
    cap_t endpoint = make_call_only();
    uint64_t reserve, mine;

    CHECK_GOOD(start_server(endpoint, true));
    reserve = consumed(worker.time);
    mine = consumed(startup_cap("time"));
    work = 5 * MILLISECOND;
    CHECK_GOOD(invoke(endpoint, 1, 0, CAP_NULL));
    CHECK_IS(consumed(worker.time), reserve);
    CHECK(consumed(startup_cap("time")) - mine >= 5 * MILLISECOND);
}

TEST(PAY_ACTIVE_CALL, "a server with time of its own is charged for it where it is more urgent")
{
    cap_t endpoint = make_call_only();
    uint64_t own;

    CHECK_GOOD(start_server(endpoint, false));
    own = consumed(worker.time);
    work = 5 * MILLISECOND;
    CHECK_GOOD(invoke(endpoint, 1, 0, CAP_NULL));
    CHECK(consumed(worker.time) - own >= 4 * MILLISECOND);
}

static void forward(void *endpoints)
{
    static struct message request;
    const cap_t *pair = endpoints;

    while (message_reply_receive(pair[0], &request) == SUCCESS) {
        invoke(pair[1], 1, 0, CAP_NULL);
        message_begin(&request, 0);
    }
}

TEST(PAY_CHAIN, "through two passive servers the first caller pays for both")
{
    static cap_t pair[2];
    struct plan plan = {.name = "middle",
                        .run = forward,
                        .argument = pair,
                        .passive = true,
                        .priority = PRIORITY_HIGHER};
    uint64_t mine, middle, last;

    pair[0] = make_call_only();
    pair[1] = make_call_only();
    CHECK_GOOD(start_server(pair[1], true));
    CHECK_GOOD(worker_start(&other, &plan));
    middle = consumed(other.time);
    last = consumed(worker.time);
    mine = consumed(startup_cap("time"));
    work = 5 * MILLISECOND;
    CHECK_GOOD(invoke(pair[0], 1, 0, CAP_NULL));
    CHECK_IS(consumed(other.time), middle);
    CHECK_IS(consumed(worker.time), last);
    CHECK(consumed(startup_cap("time")) - mine >= 5 * MILLISECOND);
}

TEST(PAY_PRIORITY, "a passive server runs at its caller's priority")
{
    struct thread_info running;
    cap_t endpoint = make_call_only();

    CHECK_GOOD(start_server(endpoint, true));
    partner_init(&partner, 1);
    partner.priority = PRIORITY_LOWER;
    work = 50 * MILLISECOND;
    CHECK_GOOD(partner_start(&partner, OP_CALL, endpoint));
    sleep_for(5 * MILLISECOND);
    CHECK_GOOD(thread_get_info(worker.thread, &running));
    CHECK_IS(running.passive, 1);
    CHECK_IS(running.priority, PRIORITY_LOWER);
    CHECK(strcmp(running.runs_on, "partner") == 0);
}

TEST(PAY_HELPING, "a server that a more urgent caller waits for runs on that caller's time")
{
    static struct partner low, urgent;
    cap_t endpoint = make_call_only();
    uint64_t start;

    CHECK_GOOD(start_server(endpoint, true));
    CHECK_GOOD(thread_bind_endpoint(worker.thread, endpoint));
    partner_init(&low, 1);
    low.priority = PRIORITY_LOWER;
    work = 30 * MILLISECOND;
    CHECK_GOOD(partner_start(&low, OP_CALL, endpoint));
    sleep_for(5 * MILLISECOND);
    partner_init(&urgent, 1);
    urgent.priority = PRIORITY_HIGHER;
    start = consumed(startup_cap("time"));
    CHECK_GOOD(partner_start(&urgent, OP_CALL, endpoint));
    CHECK(urgent.done); /* the test, in between, did not run: no inversion */
    CHECK(consumed(startup_cap("time")) - start < 10 * MILLISECOND);
    CHECK(consumed(urgent.worker.time) >= 40 * MILLISECOND);
}

TEST(PAY_NO_TIME, "a passive server that no chain reaches runs on its reserve")
{
    cap_t endpoint = make_call_only();

    CHECK_GOOD(start_server(endpoint, true));
    partner_init(&partner, 1);
    partner.priority = PRIORITY_LOWER;
    work = 20 * MILLISECOND;
    CHECK_GOOD(partner_start(&partner, OP_CALL, endpoint));
    sleep_for(5 * MILLISECOND);
    CHECK_GOOD(cap_delete(partner.worker.thread)); /* in the middle of its call */
    CHECK(consumed(worker.time) >= 5 * MILLISECOND);
}

TEST(PAY_START_PASSIVE, "a passive thread starts on its reserve")
{
    struct plan plan = {.run = nothing, .passive = true, .priority = PRIORITY_HIGHER};

    CHECK_GOOD(worker_start(&worker, &plan));
    CHECK_IS(worker_state(&worker), THREAD_EXITED);
    CHECK(consumed(worker.time) > 0);
}

TEST(PAY_SAVED, "after reply_save a thread stays on its caller's time until it receives again")
{
    cap_t endpoint = make_endpoint(), reply;
    struct thread_info running;

    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_CALL, endpoint));
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_GOOD(cap_reply_save(message.reply, &reply));
    CHECK_ERROR(message_poll(endpoint, &message), EAGAIN);
    CHECK_GOOD(thread_get_info(partner.worker.thread, &running));
    CHECK_IS(running.state, THREAD_WAITS_REPLY);
    CHECK_IS(running.waits_for[0], 0); /* nobody runs on its time now */
}

SUITE
