/* systest-regress.c - what was wrong once: each test is a mistake that the kernel made. */
#include "lib/systest.h"
#include <myelin/idl/thread_types.h>
#include <myelin/idl/untyped_types.h>

static struct partner partner, other;
static struct message message;
static volatile bool flag;
static cap_t shared[4];

/* ---- memory ---- */

TEST(REGRESS_GIFT_ZEROED, "memory that was used before it is given for page tables is zeroed first")
{
    cap_t memory, frame, space;
    volatile uint64_t *page;

    CHECK_GOOD(untyped_retype(systest_memory(), OBJECT_UNTYPED, 14, "gift", 0, &memory));
    CHECK_GOOD(untyped_retype(memory, OBJECT_FRAME, 12, "dirt", 0, &frame));
    page = map(frame, READ_WRITE);
    CHECK(page != NULL);
    for (unsigned i = 0; i < 512; i++)
        page[i] = 0x67; /* a page-table entry: present, writable, user, of physical page 0 */
    CHECK_GOOD(cap_delete(frame));
    space = make(OBJECT_VSPACE, 0);
    CHECK_GOOD(vspace_give(space, memory));
    frame = make_frame();
    CHECK_GOOD(frame_map(space, frame, 0x400000, READ_WRITE));
    CHECK_GOOD(frame_unmap(space, frame));
    CHECK_GOOD(frame_map(space, frame, 0x401000, READ_WRITE)); /* were it dirty: EEXIST */
}

TEST(REGRESS_OWN_MEMORY, "a space that holds the Untyped that it is made of ends")
{
    cap_t memory, space, handle;

    CHECK_GOOD(untyped_retype(systest_memory(), OBJECT_UNTYPED, 18, "own", 0, &memory));
    CHECK_GOOD(cspace_create(memory, 6, "inner", &space));
    CHECK_GOOD(cspace_insert(space, memory, CAP_MOVE, &handle));
    CHECK_GOOD(cap_delete(space));
}

TEST(REGRESS_OWN_GIFT, "a space that holds the Untyped that it grew by ends")
{
    cap_t memory, piece, space, handle;

    CHECK_GOOD(untyped_retype(systest_memory(), OBJECT_UNTYPED, 18, "own", 0, &memory));
    CHECK_GOOD(untyped_retype(memory, OBJECT_UNTYPED, 12, "piece", 0, &piece));
    space = make(OBJECT_CSPACE, 6);
    CHECK_GOOD(cspace_grow(space, piece));
    CHECK_GOOD(cspace_insert(space, memory, CAP_MOVE, &handle));
    CHECK_GOOD(cap_delete(space));
    space = make(OBJECT_CSPACE, 6);
    CHECK(space != CAP_NULL);
}

TEST(REGRESS_TWO_SPACES, "two spaces, each holding what the other is made of, end and free all")
{
    cap_t memory[2], space[2], handle;
    struct untyped_info info;

    for (unsigned i = 0; i < 2; i++) {
        CHECK_GOOD(untyped_retype(systest_memory(), OBJECT_UNTYPED, 18, "own", 0, &memory[i]));
        CHECK_GOOD(cspace_create(memory[i], 6, "inner", &space[i]));
    }
    for (unsigned i = 0; i < 2; i++)
        CHECK_GOOD(cspace_insert(space[i], memory[1 - i], CAP_MOVE, &handle));
    CHECK_GOOD(cspace_insert(space[1], space[0], CAP_MOVE, &handle));
    CHECK_GOOD(cap_delete(space[1]));
    CHECK_GOOD(untyped_inspect(systest_memory(), &info));
    CHECK_IS(info.children, 0);
}

/* ---- messages ---- */

TEST(REGRESS_UTCB_SENT, "a Frame with a thread's UTCB is not moved by a message: EBUSY")
{
    cap_t endpoint = make_endpoint(), handle;

    partner_init(&partner, 1);
    partner.message.accept = 2;
    CHECK_GOOD(partner_start(&partner, OP_RECV, endpoint));
    let_run();
    message_begin(&message, 1);
    message_put_cap(&message, partner.worker.utcb_frame, CAP_MOVE);
    message_put_cap(&message, endpoint, CAP_COPY);
    CHECK_REFUSED(message_send(endpoint, &message), EBUSY, ARGUMENT_CAP(0));
    CHECK_REFUSED(
        cspace_insert(make(OBJECT_CSPACE, 6), partner.worker.utcb_frame, CAP_MOVE, &handle), EBUSY,
        ARGUMENT_CAP(0));
    CHECK_IS(worker_state(&partner.worker), THREAD_WAITS_RECEIVE);
}

TEST(REGRESS_REPLY_IN_ITSELF, "a Reply cannot be moved in the very answer it is used for: EINVAL")
{
    cap_t endpoint = make_endpoint(), reply;
    uint64_t slots, before, after;

    partner_init(&partner, 1);
    partner.message.accept = 1;
    CHECK_GOOD(partner_start(&partner, OP_CALL, endpoint));
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_GOOD(cap_reply_save(message.reply, &reply));
    CHECK_GOOD(cspace_statistics(cspace_self(), &slots, &before));
    message_begin(&message, 0);
    message_put_cap(&message, reply, CAP_MOVE);
    message.reply = reply;
    CHECK_REFUSED(message_reply(&message), EINVAL, ARGUMENT_CAP(0));
    message_begin(&message, 0);
    message.reply = reply;
    CHECK_GOOD(message_reply(&message));
    CHECK(partner_done(&partner));
    CHECK_GOOD(cspace_statistics(cspace_self(), &slots, &after));
    CHECK_IS(after, before - 1);
}

TEST(REGRESS_BITS_STAY, "bits of a bound notification are not lost in the answer to a call")
{
    cap_t endpoint = make_call_only(), bell = make_notification();
    uint64_t bits;

    partner_init(&partner, 1);
    CHECK_GOOD(thread_bind_notification(thread_self(), bell));
    partner_init(&other, 1);
    other.message.word_count = 1;
    CHECK_GOOD(partner_start(&partner, OP_RECV, endpoint));
    let_run();
    CHECK_GOOD(ipc_notify(bell, 4));
    CHECK_GOOD(partner_start(&other, OP_CALL, endpoint));
    (void)bits;
    CHECK_GOOD(ipc_poll_notification(bell, &bits));
    CHECK_IS(bits, 4);
    CHECK_GOOD(thread_bind_notification(thread_self(), CAP_NULL));
}

static void serve_once(void *endpoint)
{
    static struct message served;

    message_receive((cap_t)(uintptr_t)endpoint, &served);
    message_begin(&served, 0);
    message_reply(&served);
}

TEST(REGRESS_BITS_ANSWER, "the answer of a server leaves the caller's bits alone")
{
    static struct worker server;
    cap_t endpoint = make_call_only(), bell = make_notification();
    uint64_t bits = 0;

    CHECK_GOOD(worker_run(&server, serve_once, (void *)(uintptr_t)endpoint));
    CHECK_GOOD(thread_bind_notification(thread_self(), bell));
    CHECK_GOOD(ipc_notify(bell, 4));
    message_begin(&message, 1);
    CHECK_GOOD(message_call(endpoint, &message));
    CHECK_GOOD(ipc_poll_notification(bell, &bits));
    CHECK_IS(bits, 4);
    CHECK_GOOD(thread_bind_notification(thread_self(), CAP_NULL));
}

/* ---- time ---- */

/* A server that is bound to shared[0] and waits for shared[1] for ever. */
static void wait_for_bell(void *unused)
{
    uint64_t bits;

    (void)unused;
    ipc_wait_notification(shared[1], &bits);
    flag = true;
}

TEST(REGRESS_CANCEL_IN_QUEUE,
     "who is cancelled while helping a server that sleeps has its time back")
{
    static struct worker server;

    shared[0] = make_endpoint();
    shared[1] = make_notification();
    CHECK_GOOD(worker_run(&server, wait_for_bell, NULL));
    CHECK_GOOD(thread_bind_endpoint(server.thread, shared[0]));
    let_run();
    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_CALL, shared[0]));
    let_run();
    CHECK_IS(worker_state(&partner.worker), THREAD_WAITS_CALL);
    CHECK_GOOD(thread_cancel(partner.worker.thread));
    CHECK(partner_done(&partner));
    CHECK_IS(partner.error, ECANCELED);
}

TEST(REGRESS_SUSPEND_IN_QUEUE, "who is suspended and resumed while helping goes on")
{
    static struct worker server;

    shared[0] = make_endpoint();
    shared[1] = make_notification();
    CHECK_GOOD(worker_run(&server, wait_for_bell, NULL));
    CHECK_GOOD(thread_bind_endpoint(server.thread, shared[0]));
    let_run();
    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_CALL, shared[0]));
    let_run();
    CHECK_GOOD(thread_suspend(partner.worker.thread));
    CHECK_GOOD(thread_unbind_endpoint(server.thread, shared[0]));
    CHECK_GOOD(thread_resume(partner.worker.thread));
    CHECK_GOOD(message_receive(shared[0], &message));
    CHECK_GOOD(message_reply(&message));
    CHECK(partner_done(&partner));
    CHECK_GOOD(partner.error);
}

static void passive_loop(void *unused)
{
    static struct message served;

    (void)unused;
    for (unsigned i = 0; i < 2; i++) {
        message_receive(shared[0], &served);
        if (i)
            break;
        message_begin(&served, 0);
        ipc_notify(shared[1], 1); /* its own: there when it receives again */
        message_reply_receive(shared[0], &served);
        flag = served.notified == 1;
    }
}

TEST(REGRESS_PASSIVE_BITS,
     "a passive server that finds bits when it answers goes on, on its reserve")
{
    static struct worker server;
    struct plan plan = {.run = passive_loop, .passive = true, .priority = PRIORITY_HIGHER};

    flag = false;
    shared[0] = make_call_only();
    shared[1] = make_notification();
    CHECK_GOOD(worker_make(&server, &plan));
    CHECK_GOOD(thread_bind_notification(server.thread, shared[1]));
    CHECK_GOOD(thread_start(server.thread));
    let_run();
    message_begin(&message, 1);
    CHECK_GOOD(message_call(shared[0], &message));
    let_run();
    CHECK(flag);
}

static void suspend_self(void *thread)
{
    flag = thread_suspend(*(cap_t *)thread) == SUCCESS; /* which has seen that nothing else came */
}

TEST(REGRESS_SUSPEND_SELF, "who suspends itself finds the answer when it is resumed")
{
    static struct worker worker;
    struct plan plan = {.run = suspend_self, .argument = &worker.thread};

    flag = false;
    CHECK_GOOD(worker_start(&worker, &plan));
    let_run();
    CHECK_IS(worker_state(&worker), THREAD_SUSPENDED);
    CHECK_GOOD(thread_resume(worker.thread));
    CHECK_GOOD(worker_wait(&worker));
    CHECK(flag);
}

/* ---- flags ---- */

static void spin_backwards(void *unused)
{
    (void)unused;
    __asm__ volatile("std; pushfq; orl $0x40000, (%rsp); popfq");
    for (volatile unsigned i = 0; i < 30000000; i++)
        continue;
    __asm__ volatile("cld");
    flag = true;
}

TEST(REGRESS_DIRECTION, "interrupts find a kernel that works, whatever flags a program has set")
{
    static struct worker worker;
    struct plan plan = {
        .run = spin_backwards, .budget = 200000, .period = 1000000, .priority = PRIORITY_LOWER};

    flag = false;
    CHECK_GOOD(worker_start(&worker, &plan));
    CHECK_GOOD(worker_wait(&worker));
    CHECK(flag);
}

/* ---- faults upon faults ---- */

#define FAULTERS 150
static struct worker faulters[FAULTERS];
static cap_t handlers[FAULTERS + 1];

static void fault_in_turn(void *number)
{
    struct message own;
    uintptr_t n = (uintptr_t)number;

    if (n) {
        own.accept = 0;
        message_receive(handlers[n], &own);
    }
    *(volatile int *)8 = 1;
}

TEST(REGRESS_FAULT_CHAIN,
     "a long chain of threads that handle each other's faults ends in one step")
{
    struct plan plan = {.run = fault_in_turn};

    for (unsigned i = 0; i <= FAULTERS; i++)
        handlers[i] = make_call_only();
    for (unsigned i = FAULTERS; i-- > 0;) {
        plan.argument = (void *)(uintptr_t)i;
        plan.handler = handlers[i + 1];
        CHECK_GOOD(worker_start(&faulters[i], &plan));
        let_run();
    }
    CHECK_IS(worker_state(&faulters[0]), THREAD_WAITS_REPLY);
    CHECK_GOOD(cap_delete(faulters[FAULTERS - 1].thread));
    CHECK_IS(worker_state(&faulters[0]), THREAD_STOPPED);
}

SUITE
