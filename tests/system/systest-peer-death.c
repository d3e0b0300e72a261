/*
 * systest-peer-death.c - who is blocked on a partner that goes, in each state and in each way of
 * going, wakes with the right error; nothing waits for the dead.
 */
#include <myelin/clock.h>
#include <myelin/idl/thread_types.h>

#include "lib/systest.h"

#define MS 1000000ull

static struct partner client, waiter;
static struct island island;
static struct message message;
static cap_t service;

/* ---- a server in spaces of its own, which takes a call and then stands still ---- */

CODE(code_receive, "syscall; ud2");

/* It waits for a call at `service`. */
static error_t start_server(void)
{
    struct thread_registers registers = {.rax = TAG(OP_RECV, 0, 0)};
    error_t error = island_make(&island, code_receive, code_receive_end);

    service = make_call_only();
    if (error)
        return error;
    registers.rdi = island_give(&island, service);
    error = thread_bind_endpoint(island.thread, service);
    return error ? error : island_start(&island, registers);
}

/* The client's call is in the server's hands, and another one waits in the queue. */
static error_t begin(void)
{
    struct fault_seen seen;
    error_t error = start_server();

    partner_init(&client, 1);
    partner_init(&waiter, 1);
    if (!error)
        error = partner_start(&client, OP_CALL, service);
    sleep_for(MS);
    if (!error)
        error = island_fault(&island, &seen); /* it has the call, and holds still */
    if (!error)
        error = partner_start(&waiter, OP_CALL, service);
    let_run();
    return error;
}

/* Both are through, with EPIPE. */
static bool both_know(void)
{
    let_run();
    return client.done && waiter.done && client.error == EPIPE && waiter.error == EPIPE;
}

/* The one that is served is, the other waits on: its endpoint's thread may go on yet. */
static bool served_one_knows(void)
{
    let_run();
    return client.done && client.error == EPIPE && !waiter.done;
}

TEST(PEER_THREAD, "a server's Thread is deleted: who is served and who waits get EPIPE")
{
    CHECK_GOOD(begin());
    CHECK_GOOD(cap_delete(island.thread));
    CHECK(both_know());
    CHECK_IS(client.detail.argument, ARGUMENT_PARTNER);
    CHECK_IS(waiter.detail.argument, ARGUMENT_HANDLE);
    CHECK_REFUSED(invoke(service, 1, 0, CAP_NULL), EPIPE, ARGUMENT_HANDLE);
}

TEST(PEER_ENDPOINT, "its endpoint is deleted: who waits gets EPIPE, who is served may be answered")
{
    CHECK_GOOD(begin());
    CHECK_GOOD(cap_delete(service));
    let_run();
    CHECK(waiter.done && waiter.error == EPIPE);
    CHECK(!client.done);
    CHECK_GOOD(cap_delete(island.thread));
    CHECK(both_know());
}

TEST(PEER_VSPACE, "its VSpace is deleted: it stops, and who is served gets EPIPE")
{
    struct thread_info info;

    CHECK_GOOD(begin());
    CHECK_GOOD(cap_delete(island.vspace));
    CHECK(served_one_knows());
    CHECK_GOOD(thread_get_info(island.thread, &info));
    CHECK_IS(info.state, THREAD_STOPPED);
    CHECK_IS(info.stop_reason, THREAD_STOP_VSPACE_GONE);
    CHECK_GOOD(cap_delete(island.thread));
    CHECK(both_know());
}

TEST(PEER_CSPACE, "its CSpace is deleted: likewise")
{
    struct thread_info info;

    CHECK_GOOD(begin());
    CHECK_GOOD(cap_delete(island.cspace));
    CHECK(served_one_knows());
    CHECK_GOOD(thread_get_info(island.thread, &info));
    CHECK_IS(info.stop_reason, THREAD_STOP_CSPACE_GONE);
    CHECK_GOOD(cap_delete(island.thread));
    CHECK(both_know());
}

TEST(PEER_HANDLER, "its fault handler goes while it faults: it stops, and who is served gets EPIPE")
{
    struct thread_info info;

    CHECK_GOOD(begin());
    CHECK_GOOD(cap_delete(island.faults));
    message.accept = 0;
    message_poll(make_endpoint(), &message); /* which drops the fault's token, if it was open */
    CHECK(served_one_knows());
    CHECK_GOOD(thread_get_info(island.thread, &info));
    CHECK_IS(info.stop_reason, THREAD_STOP_HANDLER_GONE);
}

TEST(PEER_SUSPENDED, "a server that is suspended keeps the call: its client waits, and can be "
                     "cancelled")
{
    CHECK_GOOD(begin());
    CHECK_GOOD(thread_suspend(island.thread));
    let_run();
    CHECK(!client.done && !waiter.done);
    CHECK_GOOD(thread_cancel(client.worker.thread));
    CHECK_GOOD(thread_cancel(waiter.worker.thread));
    CHECK(partner_done(&client) && waiter.done);
    CHECK_IS(client.error, ECANCELED);
    CHECK_IS(waiter.error, ECANCELED);
}

/* The order of number n, of 24: which of what is left goes next, four times. */
static void order_of(unsigned n, unsigned order[4])
{
    unsigned left[4] = {0, 1, 2, 3};

    for (unsigned i = 0, choices = 4; choices; i++, choices--) {
        unsigned chosen = n % choices;

        n /= choices;
        order[i] = left[chosen];
        left[chosen] = left[choices - 1];
    }
}

TEST(PEER_ORDERS, "in whatever order a server's objects go, its callers end with EPIPE")
{
    for (unsigned n = 0; n < 24; n++) {
        unsigned order[4];
        cap_t parts[4];

        CHECK_GOOD(begin());
        parts[0] = island.thread;
        parts[1] = island.vspace;
        parts[2] = island.cspace;
        parts[3] = service;
        order_of(n, order);
        for (unsigned i = 0; i < 4; i++)
            CHECK_GOOD(cap_delete(parts[order[i]]));
        CHECK(both_know());
        CHECK_GOOD(cap_delete(client.worker.thread));
        CHECK_GOOD(cap_delete(waiter.worker.thread));
        CHECK_GOOD(cap_delete(island.time));
    }
}

/* ---- the server goes while it is blocked itself ---- */

static struct worker server;
static cap_t elsewhere;
static unsigned server_state;

/* What it does with the call in its hands. */
static void take_and(enum operation operation)
{
    static struct message request;
    struct ipc_registers r = raw(operation, elsewhere, 1);

    request.accept = 0;
    if (message_receive(service, &request) == SUCCESS)
        enter(&r);
}

static void take_and_send(void *unused)
{
    (void)unused;
    take_and(OP_SEND);
}

static void take_and_call(void *unused)
{
    (void)unused;
    take_and(OP_CALL);
}

static void take_and_receive(void *unused)
{
    (void)unused;
    take_and(OP_RECV);
}

/* One is served, another waits, and the server is blocked at `elsewhere`, where it is killed. */
static error_t kill_while(void (*run)(void *))
{
    error_t error;

    service = make_endpoint();
    partner_init(&client, 1);
    partner_init(&waiter, 1);
    error = worker_run(&server, run, NULL);
    if (!error)
        error = thread_bind_endpoint(server.thread, service);
    if (!error)
        error = partner_start(&client, OP_CALL, service);
    let_run();
    if (!error)
        error = partner_start(&waiter, OP_CALL, service);
    let_run();
    let_run();
    server_state = worker_state(&server);
    return error ? error : cap_delete(server.thread);
}

TEST(PEER_SENDING, "a server dies while it waits to send: its callers get EPIPE, and what it would "
                   "have sent is gone")
{
    elsewhere = make_endpoint();
    CHECK_GOOD(kill_while(take_and_send));
    CHECK_IS(server_state, THREAD_WAITS_SEND);
    CHECK(both_know());
    CHECK_ERROR(message_poll(elsewhere, &message), EAGAIN);
}

TEST(PEER_CALLING, "a server dies while its own call waits to be taken: its callers get EPIPE")
{
    elsewhere = make_endpoint();
    CHECK_GOOD(kill_while(take_and_call));
    CHECK_IS(server_state, THREAD_WAITS_CALL);
    CHECK(both_know());
    CHECK_ERROR(message_poll(elsewhere, &message), EAGAIN);
}

static cap_t next_bell;
static error_t next_error;
static uint64_t next_reason;

/* Takes the server's call, and answers it when the bell says so. */
static void take_next(void *unused)
{
    static struct message request;
    uint64_t bits;

    (void)unused;
    request.accept = 0;
    if (message_receive(elsewhere, &request) || ipc_wait_notification(next_bell, &bits))
        return;
    message_begin(&request, 0);
    next_error = message_reply(&request);
    next_reason = ipc_error_detail()->found;
}

TEST(PEER_SERVED, "a server dies while another serves it: its callers get EPIPE, the other learns "
                  "it when it answers")
{
    struct worker next;

    elsewhere = make_endpoint();
    next_bell = make_notification();
    next_error = SUCCESS;
    CHECK_GOOD(worker_run(&next, take_next, NULL));
    CHECK_GOOD(kill_while(take_and_call));
    CHECK_IS(server_state, THREAD_WAITS_REPLY);
    CHECK(both_know());
    CHECK_GOOD(ipc_notify(next_bell, 1));
    CHECK_GOOD(worker_wait(&next));
    CHECK_IS(next_error, ESTALE);
    CHECK_IS(next_reason, EPIPE);
}

TEST(PEER_LISTENING, "a server dies while it waits for bits: its callers get EPIPE, and bits that "
                     "come later are not lost")
{
    uint64_t bits;

    elsewhere = make_notification();
    CHECK_GOOD(kill_while(take_and_receive));
    CHECK_IS(server_state, THREAD_WAITS_NOTIFY);
    CHECK(both_know());
    CHECK_GOOD(ipc_notify(elsewhere, 6));
    CHECK_GOOD(ipc_poll_notification(elsewhere, &bits));
    CHECK_IS(bits, 6);
}

TEST(PEER_CHANNEL, "a server dies while it waits for a channel's message: its callers get EPIPE, "
                   "and the message that comes later is not lost")
{
    elsewhere = make(OBJECT_CHANNEL, CHANNEL_SIZE(1, 7, 0));
    CHECK_GOOD(kill_while(take_and_receive));
    CHECK_IS(server_state, THREAD_WAITS_RECEIVE);
    CHECK(both_know());
    message_begin(&message, 9);
    CHECK_GOOD(message_send_until(elsewhere, &message, DEADLINE_NOW));
    CHECK_GOOD(message_poll(elsewhere, &message));
    CHECK_IS(message.label, 9);
}

TEST(PEER_ROOM, "a server dies while it waits for room in a channel: its callers get EPIPE, and "
                "its message never comes")
{
    elsewhere = make(OBJECT_CHANNEL, CHANNEL_SIZE(1, 7, 0));
    message_begin(&message, 8);
    CHECK_GOOD(message_send_until(elsewhere, &message, DEADLINE_NOW));
    CHECK_GOOD(kill_while(take_and_send));
    CHECK_IS(server_state, THREAD_WAITS_SEND);
    CHECK(both_know());
    CHECK_GOOD(message_poll(elsewhere, &message));
    CHECK_IS(message.label, 8);
    CHECK_ERROR(message_poll(elsewhere, &message), EAGAIN);
}

TEST(PEER_RECEIVING,
     "a server that receives again drops the call; when it dies then, the next gets "
     "EPIPE, too")
{
    elsewhere = make_endpoint();
    CHECK_GOOD(kill_while(take_and_receive));
    CHECK_IS(server_state, THREAD_WAITS_RECEIVE);
    CHECK(both_know());
    CHECK_IS(client.detail.argument, ARGUMENT_PARTNER);
    CHECK_IS(waiter.detail.argument, ARGUMENT_HANDLE);
}

/* ---- the caller goes, and the server learns it when it answers ---- */

/* A call of the partner's is in this thread's hands: its token is message.reply. */
static error_t take_call(void)
{
    cap_t endpoint = make_endpoint();
    error_t error;

    partner_init(&client, 1);
    error = partner_start(&client, OP_CALL, endpoint);
    message.accept = 0;
    return error ? error : message_receive(endpoint, &message);
}

static error_t answer(void)
{
    message_begin(&message, 0);
    return message_reply(&message);
}

TEST(CALLER_DIES, "a caller that is deleted: its answer is ESTALE, for EPIPE")
{
    CHECK_GOOD(take_call());
    CHECK_GOOD(cap_delete(client.worker.thread));
    CHECK_REFUSED(answer(), ESTALE, ARGUMENT_TOKEN);
    CHECK_IS(ipc_error_detail()->found, EPIPE);
}

TEST(CALLER_CANCELLED, "a caller that is cancelled: its answer is ESTALE, for ECANCELED")
{
    CHECK_GOOD(take_call());
    CHECK_GOOD(thread_cancel(client.worker.thread));
    CHECK_REFUSED(answer(), ESTALE, ARGUMENT_TOKEN);
    CHECK_IS(ipc_error_detail()->found, ECANCELED);
    CHECK(partner_done(&client));
    CHECK_IS(client.error, ECANCELED);
}

TEST(CALLER_UTCB, "a caller whose UTCB goes: it stops, and its answer is ESTALE")
{
    CHECK_GOOD(take_call());
    CHECK_GOOD(cap_delete(client.worker.utcb_frame));
    CHECK_IS(worker_state(&client.worker), THREAD_STOPPED);
    CHECK_REFUSED(answer(), ESTALE, ARGUMENT_TOKEN);
}

TEST(CALLER_SAVED, "likewise through a saved Reply, which is then deleted")
{
    cap_t reply;

    CHECK_GOOD(take_call());
    CHECK_GOOD(cap_reply_save(message.reply, &reply));
    CHECK_GOOD(cap_delete(client.worker.thread));
    message.reply = reply;
    CHECK_REFUSED(answer(), ESTALE, ARGUMENT_TOKEN);
    CHECK_IS(ipc_error_detail()->found, EPIPE);
    CHECK_GOOD(cap_delete(reply));
}

TEST(REPLY_REVOKED, "the space that holds a saved Reply goes: its caller gets EPIPE")
{
    cap_t space = make(OBJECT_CSPACE, 6), reply, there;

    CHECK_GOOD(take_call());
    CHECK_GOOD(cap_reply_save(message.reply, &reply));
    CHECK_GOOD(cspace_insert(space, reply, CAP_MOVE, &there));
    let_run();
    CHECK(!client.done);
    CHECK_GOOD(cap_delete(space));
    CHECK(partner_done(&client));
    CHECK_IS(client.error, EPIPE);
}

/* ---- cancel is sticky ---- */

static cap_t sticky_bell;
static error_t sticky[3];

/* Spins until it is told, and then has three operations that could wait. */
static void wait_thrice(void *told)
{
    uint64_t bits;

    while (!*(volatile bool *)told)
        continue;
    sticky[0] = ipc_wait_notification(sticky_bell, &bits);
    sticky[1] = ipc_poll_notification(sticky_bell, &bits);
    sticky[2] = ipc_poll_notification(sticky_bell, &bits);
}

TEST(CANCEL_RUNNING,
     "a thread that is cancelled while it runs gets ECANCELED at its next wait, once")
{
    static volatile bool told;
    struct plan plan = {.run = wait_thrice, .argument = (void *)&told, .priority = PRIORITY_LOWER};
    struct worker worker;

    told = false;
    sticky_bell = make_notification();
    CHECK_GOOD(worker_start(&worker, &plan));
    sleep_for(MS);
    CHECK_GOOD(thread_cancel(worker.thread));
    told = true;
    CHECK_GOOD(worker_wait(&worker));
    CHECK_IS(sticky[0], ECANCELED);
    CHECK_IS(sticky[1], EAGAIN);
    CHECK_IS(sticky[2], EAGAIN);
}

SUITE
