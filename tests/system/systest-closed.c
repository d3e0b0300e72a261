/* systest-closed.c - receives from one badge only, and the partner that they may expect. */
#include <stdio.h>

#include <myelin/clock.h>

#include "lib/peers.h"
#include "lib/systest.h"

#define MS         1000000ull
#define CROWD_TIME 10000000ull /* ns */

static struct partner first, second;
static struct message message;

/* An endpoint bound to this thread. */
static cap_t own_endpoint(void)
{
    cap_t endpoint = make_endpoint();

    thread_bind_endpoint(thread_self(), endpoint);
    return endpoint;
}

static cap_t badged(cap_t endpoint, uint64_t badge)
{
    cap_t minted = CAP_NULL;

    endpoint_mint_rights(endpoint, badge, CAP_RIGHTS_ALL, &minted);
    return minted;
}

static error_t start(struct partner *partner, enum operation way, cap_t target, uint32_t label)
{
    partner_init(partner, label);
    return partner_start(partner, way, target);
}

TEST(CLOSED_ONE, "a closed receive takes from its badge, past one that came before")
{
    cap_t endpoint = own_endpoint();

    CHECK_GOOD(start(&first, OP_SEND, badged(endpoint, 1), 11));
    CHECK_GOOD(start(&second, OP_SEND, badged(endpoint, 2), 22));
    let_run();
    CHECK_GOOD(message_receive_from(endpoint, 2, &message));
    CHECK_IS(message.badge, 2);
    CHECK_IS(message.label, 22);
    CHECK(!partner_done(&first));
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_IS(message.label, 11);
}

TEST(CLOSED_WAITS, "a closed receive waits for its badge; who comes meanwhile waits, too")
{
    cap_t endpoint = own_endpoint();

    CHECK_GOOD(start(&first, OP_CALL, badged(endpoint, 1), 11));
    CHECK_GOOD(start(&second, OP_CALL, badged(endpoint, 2), 22));
    CHECK_GOOD(message_receive_from(endpoint, 2, &message)); /* neither has run yet */
    CHECK_IS(message.label, 22);
    CHECK_GOOD(message_reply(&message));
    CHECK(!first.done);
    CHECK(partner_done(&second));
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_IS(message.badge, 1);
}

TEST(CLOSED_ZERO, "badge 0 is the one of unbadged capabilities")
{
    cap_t endpoint = own_endpoint();

    CHECK_GOOD(start(&first, OP_SEND, badged(endpoint, 1), 11));
    CHECK_GOOD(start(&second, OP_SEND, endpoint, 22));
    CHECK_GOOD(message_receive_from(endpoint, 0, &message));
    CHECK_IS(message.label, 22);
}

TEST(CLOSED_STRUCT, "ipc_receive_from takes a struct from one badge only")
{
    cap_t endpoint = own_endpoint(), reply;
    word_t request[MESSAGE_REGISTER_WORDS + 2];

    CHECK_GOOD(start(&first, OP_SEND, badged(endpoint, 1), 11));
    CHECK_GOOD(start(&second, OP_CALL, badged(endpoint, 2), 22));
    CHECK_GOOD(ipc_receive_from(endpoint, 2, request, sizeof(request), &reply));
    CHECK_IS(request[0], 22);
    CHECK_GOOD(ipc_reply(reply, request, sizeof(request)));
    CHECK(partner_done(&second));
}

TEST(CLOSED_UNBOUND, "without an endpoint bound to the receiver it is EINVAL")
{
    CHECK_REFUSED(message_receive_from(make_endpoint(), 1, &message), EINVAL, ARGUMENT_TAG);
    CHECK_REFUSED(message_receive_from(make_notification(), 1, &message), EINVAL, ARGUMENT_TAG);
}

TEST(CLOSED_DEADLINE, "a closed receive ends at its deadline, though others wait at the endpoint")
{
    cap_t endpoint = own_endpoint();
    uint64_t deadline = clock_now() + 2 * MS;

    CHECK_GOOD(start(&first, OP_SEND, badged(endpoint, 1), 11));
    CHECK_REFUSED(message_receive_from_until(endpoint, 2, CAP_NULL, &message, deadline), ETIMEDOUT,
                  ARGUMENT_DEADLINE);
    CHECK(clock_now() >= deadline);
    CHECK_ERROR(message_receive_from_until(endpoint, 2, CAP_NULL, &message, DEADLINE_NOW), EAGAIN);
    CHECK_GOOD(message_poll(endpoint, &message));
    CHECK_IS(message.label, 11);
}

TEST(CLOSED_BITS, "bits of the bound notification end a closed receive")
{
    cap_t endpoint = own_endpoint(), bell = make_notification();

    CHECK_GOOD(thread_bind_notification(thread_self(), bell));
    CHECK_GOOD(notification_set_timer(bell, clock_now() + MS, 4));
    CHECK_GOOD(message_receive_from(endpoint, 1, &message));
    CHECK_IS(message.origin, ORIGIN_NONE);
    CHECK_IS(message.notified, 4);
    CHECK_GOOD(thread_bind_notification(thread_self(), CAP_NULL));
}

#define FEW 200

static volatile unsigned crowd_runs;
static cap_t crowd_target;

static void join_crowd(void *unused)
{
    struct ipc_registers r = raw(OP_SEND, crowd_target, 1);

    (void)unused;
    crowd_runs++;
    enter(&r);
}

/* NOLINTNEXTLINE(readability-function-size): one story, told in order */
TEST(CLOSED_CROWD, "with 200 others waiting, the closed receive after the first costs as with none")
{
    static struct worker crowd[FEW];
    cap_t endpoint = own_endpoint(), wanted = badged(endpoint, 2);
    uint64_t begin, alone, among;

    begin = clock_now();
    CHECK_ERROR(message_receive_from_until(endpoint, 2, CAP_NULL, &message, DEADLINE_NOW), EAGAIN);
    alone = clock_now() - begin;
    crowd_target = badged(endpoint, 1);
    crowd_runs = 0;
    for (unsigned i = 0; i < FEW; i++)
        CHECK_GOOD(worker_run(&crowd[i], join_crowd, NULL));
    for (unsigned i = 0; i < FEW && crowd_runs < FEW; i++)
        let_run(); /* each that waits helps this thread on, before the next one runs */
    CHECK_IS(crowd_runs, FEW);
    CHECK_ERROR(message_receive_from_until(endpoint, 2, CAP_NULL, &message, DEADLINE_NOW), EAGAIN);
    begin = clock_now();
    CHECK_ERROR(message_receive_from_until(endpoint, 2, CAP_NULL, &message, DEADLINE_NOW), EAGAIN);
    among = clock_now() - begin;
    CHECK(among < alone + alone / 2);
    CHECK_GOOD(start(&first, OP_SEND, wanted, 22));
    CHECK_GOOD(message_receive_from(endpoint, 2, &message));
    CHECK_IS(message.label, 22);
}

TEST(CLOSED_TEN_THOUSAND,
     "with 10,000 threads waiting at the endpoint the one expected is taken at "
     "once, and they all come afterwards, in order")
{
    static char *arguments[] = {"crowd", NULL};
    const struct process_settings settings = {.priority = CROWD_PRIORITY,
                                              .budget = CROWD_TIME,
                                              .period = CROWD_TIME,
                                              .object_memory = CROWD_MEMORY};
    struct process_status status = {0};
    cap_t process;

    CHECK_GOOD(process_prepare("/bin/crowd", arguments, NULL, &process));
    CHECK_GOOD(process_give(process, "cpu", startup_cap("cpu"), CAP_COPY));
    CHECK_GOOD(process_give(process, "console", startup_cap("console"), CAP_COPY));
    CHECK_GOOD(process_configure(process, &settings, startup_cap("cpu")));
    CHECK_GOOD(process_start(process));
    CHECK_GOOD(process_wait(process, &status));
    CHECK_IS(status.fault, 0);
    CHECK_IS(status.exit_code, 0);
    CHECK_GOOD(process_release(process));
}

/* ---- the partner that is expected ---- */

TEST(CLOSED_CIRCLE, "who expects one that waits for him with another badge is told: EDEADLK")
{
    cap_t mine = own_endpoint(), its = make_endpoint();

    CHECK_GOOD(start(&first, OP_CALL, badged(mine, 1), 11));
    CHECK_GOOD(thread_bind_endpoint(first.worker.thread, its));
    let_run();
    CHECK_REFUSED(message_receive_from_until(mine, 2, its, &message, DEADLINE_FOREVER), EDEADLK,
                  ARGUMENT_EXPECTED);
    CHECK_GOOD(message_receive_from_until(mine, 1, its, &message, DEADLINE_FOREVER));
    CHECK_IS(message.label, 11);
}

static cap_t lonely_endpoint, lonely_expected;
static volatile error_t lonely_error;
static volatile uint64_t lonely_argument;

static void wait_for_expected(void *unused)
{
    static struct message request;

    (void)unused;
    lonely_error =
        message_receive_from_until(lonely_endpoint, 7, lonely_expected, &request, DEADLINE_FOREVER);
    lonely_argument = ipc_error_detail()->argument;
}

/* A worker that expects badge 7, from whoever is bound to `expected`. */
static error_t start_lonely(struct worker *worker, cap_t expected)
{
    const struct plan plan = {.run = wait_for_expected};
    error_t error = worker_make(worker, &plan);

    lonely_endpoint = make_endpoint();
    lonely_expected = expected;
    lonely_error = SUCCESS;
    if (!error)
        error = thread_bind_endpoint(worker->thread, lonely_endpoint);
    if (!error)
        error = thread_start(worker->thread);
    let_run();
    return error;
}

TEST(CLOSED_CIRCLE_LATER, "a call to one who expects the caller's other message is EDEADLK; that "
                          "message itself is not")
{
    struct worker worker;

    CHECK_GOOD(start_lonely(&worker, own_endpoint()));
    CHECK_REFUSED(invoke(badged(lonely_endpoint, 6), 1, 0, CAP_NULL), EDEADLK, ARGUMENT_HANDLE);
    message_begin(&message, 1);
    CHECK_GOOD(message_send(badged(lonely_endpoint, 7), &message));
    CHECK_GOOD(worker_wait(&worker));
    CHECK_IS(lonely_error, SUCCESS);
}

TEST(CLOSED_EXPECTED_DIES, "when the thread that is expected dies, the closed receive gets EPIPE")
{
    struct worker worker;
    cap_t its = make_endpoint();

    CHECK_GOOD(start(&first, OP_RECV, make_endpoint(), 0));
    CHECK_GOOD(thread_bind_endpoint(first.worker.thread, its));
    CHECK_GOOD(start_lonely(&worker, its));
    CHECK_GOOD(cap_delete(first.worker.thread));
    CHECK_GOOD(worker_wait(&worker));
    CHECK_IS(lonely_error, EPIPE);
    CHECK_IS(lonely_argument, ARGUMENT_EXPECTED);
}

TEST(CLOSED_EXPECTED_ENDPOINT, "likewise when the endpoint dies by which it is expected")
{
    struct worker worker;
    cap_t its = own_endpoint();

    CHECK_GOOD(start_lonely(&worker, its));
    CHECK_GOOD(cap_delete(its));
    CHECK_GOOD(worker_wait(&worker));
    CHECK_IS(lonely_error, EPIPE);
}

/* ---- a circle by names ---- */

/* NOLINTNEXTLINE(readability-function-size): one story, told in order */
TEST(CIRCLE_NAMES, "after EDEADLK the circle can be read by names")
{
    static char text[200];
    cap_t mine, its;

    CHECK_GOOD(
        untyped_retype(systest_memory(), OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN, "mine", 0, &mine));
    CHECK_GOOD(
        untyped_retype(systest_memory(), OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN, "its", 0, &its));
    CHECK_GOOD(thread_bind_endpoint(thread_self(), mine));
    CHECK_GOOD(start(&first, OP_CALL, mine, 1));
    CHECK_GOOD(thread_bind_endpoint(first.worker.thread, its));
    let_run();
    CHECK_ERROR(invoke(its, 1, 0, CAP_NULL), EDEADLK);
    CHECK_GOOD(thread_describe_wait(its, text, sizeof(text)));
    printf("%s\n", text);
    CHECK(strstr(text, " waits at its for partner, partner waits at mine for ") != NULL);
    CHECK_GOOD(message_receive(mine, &message));
    CHECK_ERROR(invoke(its, 1, 0, CAP_NULL), EDEADLK);
    CHECK_GOOD(thread_describe_wait(its, text, sizeof(text)));
    printf("%s\n", text);
    CHECK(strstr(text, " waits at its for partner, partner is served by ") != NULL);
    CHECK_GOOD(thread_describe_wait(its, text, 5));
    CHECK_IS(strlen(text), 4);
}

TEST(CIRCLE_NONE, "where nobody is bound the chain is empty")
{
    char text[100];

    CHECK_GOOD(thread_describe_wait(make_endpoint(), text, sizeof(text)));
    CHECK_IS(text[0], 0);
}

SUITE
