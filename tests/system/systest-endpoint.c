/* systest-endpoint.c - endpoints: who receives, in which order, circles, and what death does. */
#include <myelin/clock.h>

#include "lib/systest.h"
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/untyped_types.h>

static struct partner first, second, third;
static struct message message;

static error_t start(struct partner *partner, enum operation way, cap_t target, unsigned priority)
{
    partner_init(partner, 1);
    partner->priority = priority;
    return partner_start(partner, way, target);
}

/* ---- order ---- */

TEST(QUEUE_FIFO, "among equals who came first is received first")
{
    cap_t endpoint = make_endpoint(), one, two;

    CHECK_GOOD(endpoint_mint(endpoint, 1, &one));
    CHECK_GOOD(endpoint_mint(endpoint, 2, &two));
    CHECK_GOOD(start(&first, OP_CALL, one, 0));
    CHECK_GOOD(start(&second, OP_CALL, two, 0));
    let_run();
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_IS(message.badge, 1);
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_IS(message.badge, 2);
}

TEST(QUEUE_PRIORITY, "the more urgent sender is received first, though it came last")
{
    cap_t endpoint = make_endpoint(), one, two;

    CHECK_GOOD(endpoint_mint(endpoint, 1, &one));
    CHECK_GOOD(endpoint_mint(endpoint, 2, &two));
    CHECK_GOOD(start(&first, OP_CALL, one, 0));
    let_run();
    CHECK_GOOD(start(&second, OP_CALL, two, PRIORITY_HIGHER));
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_IS(message.badge, 2);
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_IS(message.badge, 1);
}

TEST(QUEUE_POOL, "several threads serve one unbound endpoint: each message reaches one of them")
{
    cap_t endpoint = make_endpoint();

    CHECK_GOOD(start(&first, OP_RECV, endpoint, 0));
    CHECK_GOOD(start(&second, OP_RECV, endpoint, 0));
    let_run();
    message_begin(&message, 1);
    CHECK_GOOD(message_send(endpoint, &message));
    CHECK(partner_done(&first));
    CHECK(!second.done);
    CHECK_GOOD(message_send(endpoint, &message));
    CHECK(partner_done(&second));
}

/* ---- binding ---- */

TEST(BIND_ONLY_ONE, "from an endpoint bound to a thread no other can receive: EBUSY")
{
    cap_t endpoint = make_endpoint();

    CHECK_GOOD(thread_bind_endpoint(thread_self(), endpoint));
    CHECK_GOOD(start(&first, OP_RECV, endpoint, 0));
    CHECK(partner_done(&first));
    CHECK_IS(first.error, EBUSY);
    CHECK_GOOD(start(&second, OP_SEND, endpoint, 0));
    CHECK_GOOD(message_receive(endpoint, &message));
}

TEST(BIND_BUSY, "an endpoint bound to one thread cannot be bound to another: EBUSY")
{
    cap_t endpoint = make_endpoint();

    CHECK_GOOD(start(&first, OP_RECV, make_endpoint(), 0));
    CHECK_GOOD(thread_bind_endpoint(thread_self(), endpoint));
    CHECK_REFUSED(thread_bind_endpoint(first.worker.thread, endpoint), EBUSY, ARGUMENT_CAP(0));
    CHECK_REFUSED(thread_unbind_endpoint(first.worker.thread, endpoint), EBUSY, ARGUMENT_CAP(0));
}

TEST(BIND_AGAIN, "binding an endpoint to its own thread again changes nothing")
{
    cap_t endpoint = make_endpoint();

    CHECK_GOOD(thread_bind_endpoint(thread_self(), endpoint));
    CHECK_GOOD(thread_bind_endpoint(thread_self(), endpoint));
    CHECK_GOOD(thread_unbind_endpoint(thread_self(), endpoint));
    CHECK_GOOD(start(&first, OP_RECV, endpoint, 0));
    CHECK(!partner_done(&first));
}

TEST(BIND_NO_RECV, "binding needs Recv on the endpoint: EPERM")
{
    cap_t client = with_rights(make_endpoint(), CAP_RIGHTS_CALL);

    CHECK_REFUSED(thread_bind_endpoint(thread_self(), client), EPERM, ARGUMENT_CAP(0));
}

TEST(BIND_TYPE, "only an Endpoint can be bound so: EINVAL")
{
    CHECK_REFUSED(thread_bind_endpoint(thread_self(), make_frame()), EINVAL, ARGUMENT_CAP(0));
}

TEST(BIND_NO_MANAGE, "binding an Endpoint needs Manage on the Thread: EPERM")
{
    cap_t thread = with_rights(thread_self(), CAP_RIGHTS_READ);

    CHECK_REFUSED(thread_bind_endpoint(thread, make_endpoint()), EPERM, ARGUMENT_HANDLE);
    CHECK_REFUSED(thread_unbind_endpoint(thread, make_endpoint()), EPERM, ARGUMENT_HANDLE);
}

TEST(BIND_DEATH, "when the bound thread dies its waiters get EPIPE, and so do later callers")
{
    cap_t endpoint = make_endpoint();

    CHECK_GOOD(start(&first, OP_RECV, make_endpoint(), 0));
    CHECK_GOOD(thread_bind_endpoint(first.worker.thread, endpoint));
    CHECK_GOOD(start(&second, OP_CALL, endpoint, 0));
    CHECK(!partner_done(&second));
    CHECK_GOOD(cap_delete(first.worker.thread));
    CHECK(partner_done(&second));
    CHECK_IS(second.error, EPIPE);
    CHECK_REFUSED(invoke(endpoint, 1, 0, CAP_NULL), EPIPE, ARGUMENT_HANDLE);
}

TEST(BIND_EXIT, "when the bound thread exits its waiters get EPIPE")
{
    cap_t endpoint = make_endpoint(), inner = make_endpoint();

    CHECK_GOOD(start(&first, OP_RECV, inner, 0));
    CHECK_GOOD(thread_bind_endpoint(first.worker.thread, endpoint));
    CHECK_GOOD(start(&second, OP_SEND, endpoint, 0));
    CHECK(!partner_done(&second));
    message_begin(&message, 1);
    CHECK_GOOD(message_send(inner, &message));
    CHECK(partner_done(&second));
    CHECK_IS(second.error, EPIPE);
}

TEST(BIND_HEIR, "an endpoint whose thread died serves again when another is bound")
{
    cap_t endpoint = make_endpoint();

    CHECK_GOOD(start(&first, OP_RECV, make_endpoint(), 0));
    CHECK_GOOD(thread_bind_endpoint(first.worker.thread, endpoint));
    CHECK_GOOD(cap_delete(first.worker.thread));
    CHECK_GOOD(thread_bind_endpoint(thread_self(), endpoint));
    CHECK_GOOD(start(&second, OP_SEND, endpoint, 0));
    CHECK_GOOD(message_receive(endpoint, &message));
}

TEST(PASSIVE_OPEN, "a passive thread cannot receive from an open endpoint: EINVAL")
{
    static struct partner *passive = &first;
    cap_t endpoint = make_endpoint();

    CHECK_GOOD(start(passive, OP_RECV, endpoint, 0));
    CHECK_GOOD(schedcontext_unbind(passive->worker.time));
    CHECK_GOOD(
        schedcontext_bind(passive->worker.time, passive->worker.thread, SCHEDCONTEXT_RESERVE));
    CHECK(partner_done(passive));
    CHECK_IS(passive->error, EINVAL);
    CHECK_IS(passive->detail.argument, ARGUMENT_HANDLE);
}

/* ---- circles ---- */

TEST(DEADLOCK_SELF, "a thread that calls an endpoint bound to itself gets EDEADLK at once")
{
    cap_t endpoint = make_endpoint();

    CHECK_GOOD(thread_bind_endpoint(thread_self(), endpoint));
    CHECK_REFUSED(invoke(endpoint, 1, 0, CAP_NULL), EDEADLK, ARGUMENT_HANDLE);
}

TEST(DEADLOCK_SEND, "nor may it send to itself: EDEADLK")
{
    cap_t endpoint = make_endpoint();

    CHECK_GOOD(thread_bind_endpoint(thread_self(), endpoint));
    message_begin(&message, 1);
    CHECK_REFUSED(message_send(endpoint, &message), EDEADLK, ARGUMENT_HANDLE);
}

TEST(DEADLOCK_TWO, "a call that would close a circle of two gets EDEADLK")
{
    cap_t mine = make_endpoint(), its = make_endpoint();

    CHECK_GOOD(thread_bind_endpoint(thread_self(), mine));
    CHECK_GOOD(start(&first, OP_CALL, mine, 0));
    CHECK_GOOD(thread_bind_endpoint(first.worker.thread, its));
    CHECK(!partner_done(&first));
    CHECK_REFUSED(invoke(its, 1, 0, CAP_NULL), EDEADLK, ARGUMENT_HANDLE);
}

TEST(DEADLOCK_SERVED, "a circle through a call that is being served is found, too")
{
    cap_t mine = make_endpoint(), its = make_endpoint();

    CHECK_GOOD(start(&first, OP_CALL, mine, 0));
    CHECK_GOOD(thread_bind_endpoint(first.worker.thread, its));
    CHECK_GOOD(message_receive(mine, &message));
    CHECK_REFUSED(invoke(its, 1, 0, CAP_NULL), EDEADLK, ARGUMENT_HANDLE);
}

TEST(DEADLOCK_THREE, "a circle of three is found")
{
    cap_t mine = make_endpoint(), middle = make_endpoint(), last = make_endpoint();

    CHECK_GOOD(thread_bind_endpoint(thread_self(), mine));
    CHECK_GOOD(start(&first, OP_CALL, middle, 0));
    CHECK_GOOD(start(&second, OP_CALL, mine, 0));
    CHECK_GOOD(thread_bind_endpoint(second.worker.thread, middle));
    CHECK_GOOD(thread_bind_endpoint(first.worker.thread, last));
    let_run();
    CHECK_REFUSED(invoke(last, 1, 0, CAP_NULL), EDEADLK, ARGUMENT_HANDLE);
}

TEST(DEADLOCK_DEADLINE, "a circle is EDEADLK at once, also with a deadline that would end it")
{
    cap_t mine = make_endpoint(), its = make_endpoint();
    uint64_t deadline = clock_now() + 1000000000;

    CHECK_GOOD(thread_bind_endpoint(thread_self(), mine));
    CHECK_GOOD(start(&first, OP_CALL, mine, 0));
    CHECK_GOOD(thread_bind_endpoint(first.worker.thread, its));
    CHECK(!partner_done(&first));
    message_begin(&message, 1);
    CHECK_REFUSED(message_call_until(its, &message, deadline), EDEADLK, ARGUMENT_HANDLE);
    CHECK_REFUSED(message_send_until(its, &message, deadline), EDEADLK, ARGUMENT_HANDLE);
    CHECK(clock_now() < deadline);
}

TEST(DEADLOCK_BIND, "an endpoint is not bound where that would close a circle: EDEADLK")
{
    cap_t mine = make_endpoint(), its = make_endpoint();

    CHECK_GOOD(thread_bind_endpoint(thread_self(), mine));
    CHECK_GOOD(start(&first, OP_CALL, its, 0));
    CHECK(!partner_done(&first)); /* it waits where nobody is bound yet */
    CHECK_REFUSED(thread_bind_endpoint(first.worker.thread, its), EDEADLK, ARGUMENT_CAP(0));
    CHECK_GOOD(thread_bind_endpoint(thread_self(), its));
}

TEST(DEADLOCK_POOL, "at an unbound endpoint anybody may come: no circle, the call waits")
{
    cap_t mine = make_endpoint(), its = make_endpoint();

    CHECK_GOOD(thread_bind_endpoint(thread_self(), mine));
    CHECK_GOOD(start(&first, OP_CALL, mine, 0));
    CHECK_GOOD(start(&second, OP_RECV, its, 0));
    let_run();
    message_begin(&message, 1);
    CHECK_GOOD(message_send(its, &message));
}

#define CHAIN 33

/* Thread n waits for the endpoint bound to thread n + 1; the last waits for nobody. */
TEST(DEADLOCK_LONG, "a chain of more than 32 threads that wait is too long: ELOOP")
{
    static struct partner chain[CHAIN];
    cap_t endpoints[CHAIN], last = make_endpoint();

    for (unsigned i = 0; i < CHAIN; i++) {
        endpoints[i] = make_endpoint();
        CHECK_GOOD(start(&chain[i], i ? OP_CALL : OP_RECV, i ? endpoints[i - 1] : last, 0));
        CHECK_GOOD(thread_bind_endpoint(chain[i].worker.thread, endpoints[i]));
        let_run();
        CHECK(!chain[i].done);
    }
    CHECK_REFUSED(invoke(endpoints[CHAIN - 1], 1, 0, CAP_NULL), ELOOP, ARGUMENT_HANDLE);
}

/* ---- death ---- */

TEST(DEATH_SENDER, "a sender that waits at an endpoint that dies gets EPIPE")
{
    cap_t endpoint = make_endpoint();

    CHECK_GOOD(start(&first, OP_SEND, endpoint, 0));
    let_run();
    CHECK_GOOD(cap_delete(endpoint));
    CHECK(partner_done(&first));
    CHECK_IS(first.error, EPIPE);
    CHECK_IS(first.detail.argument, ARGUMENT_HANDLE);
}

TEST(DEATH_CALLERS, "all callers that wait at an endpoint that dies get EPIPE")
{
    cap_t endpoint = make_endpoint();

    CHECK_GOOD(start(&first, OP_CALL, endpoint, 0));
    CHECK_GOOD(start(&second, OP_CALL, endpoint, PRIORITY_HIGHER));
    CHECK_GOOD(start(&third, OP_CALL, endpoint, 0));
    let_run();
    CHECK_GOOD(cap_delete(endpoint));
    CHECK(partner_done(&first) && second.done && third.done);
    CHECK(first.error == EPIPE && second.error == EPIPE && third.error == EPIPE);
}

TEST(DEATH_RECEIVER, "a receiver at an endpoint that dies gets EPIPE")
{
    cap_t endpoint = make_endpoint();

    CHECK_GOOD(start(&first, OP_RECV, endpoint, 0));
    let_run();
    CHECK_GOOD(cap_delete(endpoint));
    CHECK(partner_done(&first));
    CHECK_IS(first.error, EPIPE);
}

TEST(DEATH_WAITER,
     "a thread that dies while it waits leaves the queue: its message is not delivered")
{
    cap_t endpoint = make_endpoint();

    CHECK_GOOD(start(&first, OP_CALL, endpoint, 0));
    let_run();
    CHECK_GOOD(cap_delete(first.worker.thread));
    CHECK_ERROR(message_poll(endpoint, &message), EAGAIN);
}

TEST(DEATH_UNTYPED, "revoking the memory that an endpoint is made of gives all its callers EPIPE")
{
    cap_t memory = make(OBJECT_UNTYPED, 18), endpoint;

    CHECK_GOOD(untyped_retype(memory, OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN, "", 0, &endpoint));
    CHECK_GOOD(start(&first, OP_CALL, endpoint, 0));
    CHECK_GOOD(start(&second, OP_CALL, endpoint, 0));
    let_run();
    CHECK_GOOD(cap_revoke(memory));
    CHECK(partner_done(&first) && second.done);
    CHECK(first.error == EPIPE && second.error == EPIPE);
}

SUITE
