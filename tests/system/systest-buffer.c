/* systest-buffer.c - buffers of any size that go with a send. */
#include <myelin/clock.h>
#include <myelin/idl/fault_types.h>
#include <myelin/idl/thread_types.h>

#include "lib/pages.h"
#include "lib/systest.h"

#define MS    1000000ull
#define LARGE (256 * 1024)

static unsigned char from[LARGE + PAGE], to[LARGE + PAGE];
static unsigned char untouched_from[64 * 1024], untouched_to[64 * 1024];
static struct message message;

static void fill(unsigned char *bytes, size_t length, unsigned seed)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = (unsigned char)(i * 7 + i / 251 + seed);
}

static bool filled(const unsigned char *bytes, size_t length, unsigned seed)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != (unsigned char)(i * 7 + i / 251 + seed))
            return false;
    return true;
}

/* ---- a worker that sends a buffer ---- */

static struct sender {
    struct worker worker;
    cap_t target;
    const void *buffer;
    size_t length, sent;
    uint64_t deadline;
    volatile bool done;
    error_t error;
    struct ipc_error_detail detail;
} sender;

static void send(void *argument)
{
    static struct message own;
    struct sender *self = argument;

    message_begin(&own, 42);
    self->error = message_send_buffer(self->target, &own, self->buffer, self->length,
                                      self->deadline, &self->sent);
    self->detail = *ipc_error_detail();
    self->done = true;
}

static error_t start_sender(cap_t target, const void *buffer, size_t length, unsigned priority)
{
    const struct plan plan = {.run = send, .argument = &sender, .priority = priority};

    sender.target = target;
    sender.buffer = buffer;
    sender.length = length;
    sender.deadline = DEADLINE_FOREVER;
    sender.done = false;
    return worker_start(&sender.worker, &plan);
}

static error_t receive(cap_t endpoint, void *buffer, size_t size, size_t *length)
{
    message.accept = 0;
    return message_receive_buffer(endpoint, &message, buffer, size, DEADLINE_FOREVER, length);
}

TEST(BUFFER_RECEIVED, "a buffer of several pages, unaligned, comes to a receiver that waits")
{
    cap_t endpoint = make_endpoint();
    size_t length;

    fill(from + 5, 3 * PAGE, 1);
    memset(to, 0, sizeof(to));
    CHECK_GOOD(start_sender(endpoint, from + 5, 3 * PAGE, 0));
    CHECK_GOOD(receive(endpoint, to + 3, LARGE, &length)); /* it waits first */
    CHECK_IS(length, 3 * PAGE);
    CHECK_IS(message.label, 42);
    CHECK(filled(to + 3, 3 * PAGE, 1));
    CHECK(!to[2] && !to[3 + 3 * PAGE]);
    let_run();
    CHECK(sender.done);
    CHECK_IS(sender.error, SUCCESS);
    CHECK_IS(sender.sent, 3 * PAGE);
}

TEST(BUFFER_SENT, "likewise from a sender that waits")
{
    cap_t endpoint = make_endpoint();
    size_t length;

    fill(from + 5, 3 * PAGE, 2);
    CHECK_GOOD(start_sender(endpoint, from + 5, 3 * PAGE, 0));
    let_run();
    CHECK(!sender.done);
    CHECK_GOOD(receive(endpoint, to + 3, 3 * PAGE, &length));
    CHECK_IS(length, 3 * PAGE);
    CHECK(filled(to + 3, 3 * PAGE, 2));
}

TEST(BUFFER_SHORTER, "the shorter side bounds it, and both are told")
{
    cap_t endpoint = make_endpoint();
    size_t length;

    fill(from, PAGE, 3);
    memset(to, 0, PAGE);
    CHECK_GOOD(start_sender(endpoint, from, PAGE, 0));
    CHECK_GOOD(receive(endpoint, to, PAGE - 1, &length));
    CHECK_IS(length, PAGE - 1);
    CHECK(filled(to, PAGE - 1, 3));
    CHECK_IS(to[PAGE - 1], 0);
    let_run();
    CHECK_IS(sender.sent, PAGE - 1);
    CHECK_GOOD(start_sender(endpoint, from, 10, 0));
    CHECK_GOOD(receive(endpoint, to, PAGE, &length));
    CHECK_IS(length, 10);
    let_run();
    CHECK_IS(sender.sent, 10);
}

TEST(BUFFER_NONE, "where one side has no buffer the other is told 0")
{
    static struct partner partner;
    cap_t endpoint = make_endpoint();
    size_t length;

    CHECK_GOOD(start_sender(endpoint, from, PAGE, 0));
    CHECK_GOOD(message_receive(endpoint, &message));
    let_run();
    CHECK_IS(sender.error, SUCCESS);
    CHECK_IS(sender.sent, 0);
    partner_init(&partner, 7);
    CHECK_GOOD(partner_start(&partner, OP_SEND, endpoint));
    CHECK_GOOD(receive(endpoint, to, PAGE, &length));
    CHECK_IS(message.label, 7);
    CHECK_IS(length, 0);
}

TEST(BUFFER_UNTOUCHED, "64 KiB go from and into memory that was never touched")
{
    cap_t endpoint = make_endpoint();
    size_t length;

    CHECK_GOOD(start_sender(endpoint, untouched_from, sizeof(untouched_from), 0));
    CHECK_GOOD(receive(endpoint, untouched_to, sizeof(untouched_to), &length));
    CHECK_IS(length, sizeof(untouched_to));
    CHECK(!untouched_to[0] && !memcmp(untouched_to, untouched_to + 1, sizeof(untouched_to) - 1));
}

/* ---- the copy makes way ---- */

static cap_t tick_bell;
static volatile unsigned ticks;

/* Every 20 us, more urgent than both sides. */
static void tick(void *unused)
{
    uint64_t bits, when = clock_now();

    (void)unused;
    for (;;) {
        when += 20000;
        if (notification_set_timer(tick_bell, when, 1) || ipc_wait_notification(tick_bell, &bits))
            return;
        ticks++;
    }
}

static error_t start_ticks(struct worker *worker)
{
    const struct plan plan = {.run = tick, .priority = PRIORITY_HIGHER};

    tick_bell = make_notification();
    ticks = 0;
    return worker_start(worker, &plan);
}

TEST(BUFFER_LARGE, "256 KiB come whole though interrupts cut the copy, whoever was first")
{
    struct worker ticker;
    cap_t endpoint = make_endpoint();
    size_t length;
    unsigned before;

    fill(from, LARGE, 4);
    CHECK_GOOD(start_ticks(&ticker));
    for (unsigned waits = 0; waits < 2; waits++) {
        memset(to, 0, LARGE);
        CHECK_GOOD(start_sender(endpoint, from, LARGE, 0));
        if (waits)
            let_run();
        before = ticks;
        CHECK_GOOD(receive(endpoint, to, LARGE, &length));
        CHECK(ticks > before);
        CHECK_IS(length, LARGE);
        CHECK(filled(to, LARGE, 4));
        CHECK_GOOD(worker_wait(&sender.worker));
        CHECK_IS(sender.error, SUCCESS);
        CHECK_IS(sender.sent, LARGE);
    }
}

/* ---- pages that are missing; nothing is touched before ---- */

static error_t receive_raw(cap_t endpoint, uint64_t base, uint64_t length, struct ipc_registers *r)
{
    *r = raw(OP_RECV, endpoint, 0);
    r->tag |= TAG_BUFFER;
    utcb_self()->buffer_base = base;
    utcb_self()->buffer_length = length;
    return enter(r);
}

TEST(BUFFER_TO_MISSING, "a page of the receiver's is missing: EFAULT on both sides, with the bytes "
                        "done")
{
    cap_t endpoint = make_endpoint(), frame = make_frame();
    char *page = map(frame, READ_WRITE);
    struct ipc_registers r;

    CHECK(page);
    pages_take(PAGE); /* nothing lies behind it */
    CHECK_GOOD(start_sender(endpoint, from, LARGE, 0));
    let_run();
    CHECK_IS(receive_raw(endpoint, (uint64_t)page + 96, LARGE, &r), EFAULT);
    CHECK_IS(r.words[0], ARGUMENT_BUFFER);
    CHECK_IS(r.words[2], PAGE - 96);
    let_run();
    CHECK(sender.done);
    CHECK_IS(sender.error, EFAULT);
    CHECK_IS(sender.detail.argument, ARGUMENT_PARTNER);
    CHECK_IS(sender.detail.found, PAGE - 96);
}

static struct island island;

CODE(code_enter, "syscall; ud2");

/* An island whose one system call sends `length` bytes from `base` of its own space. */
static error_t start_island(cap_t endpoint, uint64_t base, uint64_t length)
{
    error_t error = island_make(&island, code_enter, code_enter_end);
    struct thread_registers registers = {.rax = TAG(OP_SEND, 42, 0) | TAG_BUFFER};

    if (error)
        return error;
    registers.rdi = island_give(&island, endpoint);
    island.utcb->buffer_base = base;
    island.utcb->buffer_length = length;
    return island_start(&island, registers);
}

TEST(BUFFER_SPACES, "a buffer goes from one address space to another")
{
    cap_t endpoint = make_endpoint();
    struct fault_seen seen;
    size_t length;

    CHECK_GOOD(start_island(endpoint, ISLAND_DATA + 8, 1000));
    fill((unsigned char *)island.data + 8, 1000, 5);
    CHECK_GOOD(receive(endpoint, to, LARGE, &length));
    CHECK_IS(length, 1000);
    CHECK(filled(to, 1000, 5));
    CHECK_GOOD(island_fault(&island, &seen)); /* it came to its end */
    CHECK_IS(seen.registers.r10, SUCCESS);
    CHECK_IS(island.utcb->buffer_length, 1000);
}

static struct partner other;

/* The island's page is missing; whoever else sends is received at once. */
static error_t meet_missing_page(cap_t endpoint, struct fault_seen *seen)
{
    struct ipc_registers r;
    error_t error = start_island(endpoint, ISLAND_DATA + PAGE - 100, 300);

    partner_init(&other, 7);
    other.priority = PRIORITY_LOWER - 1;
    if (!error)
        error = partner_start(&other, OP_SEND, endpoint);
    sleep_for(MS); /* both send */
    if (!error)
        error = receive_raw(endpoint, (uint64_t)to, LARGE, &r);
    if (!error && tag_label(r.tag) != 7)
        error = EBADF;
    message.accept = 0;
    return error ? error : receive_fault(island.faults, &message, seen);
}

/* NOLINTNEXTLINE(readability-function-size): one story, told in order */
TEST(BUFFER_FROM_MISSING, "a page of a waiting sender's is missing: it faults, the receiver takes "
                          "the next; with the page there it sends again")
{
    cap_t endpoint = make_endpoint(), frame = make_frame(), second;
    struct fault_seen seen;
    unsigned char *here;
    size_t length;

    CHECK_GOOD(meet_missing_page(endpoint, &seen));
    CHECK_IS(seen.label, FAULT_LABEL_PAGE);
    CHECK_IS(seen.address, ISLAND_DATA + PAGE);
    CHECK_IS(seen.ip, ISLAND_CODE);
    CHECK_GOOD(frame_map(island.vspace, frame, ISLAND_DATA + PAGE, READ_WRITE));
    CHECK_GOOD(cap_derive(frame, READ_WRITE, &second));
    here = map(second, READ_WRITE);
    CHECK(here);
    memset(island.data + PAGE - 100, 6, 100);
    memset(here, 6, 200);
    message_begin(&message, 0);
    CHECK_GOOD(message_reply(&message));
    CHECK_GOOD(receive(endpoint, to, LARGE, &length));
    CHECK_IS(length, 300);
    CHECK(to[0] == 6 && to[299] == 6);
}

TEST(BUFFER_DEAD_PAGER, "a sender whose pager never answers delays nobody")
{
    cap_t endpoint = make_endpoint();
    struct fault_seen seen;
    size_t length;
    uint64_t start = clock_now();

    CHECK_GOOD(meet_missing_page(endpoint, &seen)); /* and is never answered */
    message.accept = 0;
    CHECK_ERROR(message_receive_buffer(endpoint, &message, to, LARGE, DEADLINE_NOW, &length),
                EAGAIN);
    CHECK(clock_now() - start < 200 * MS);
}

TEST(BUFFER_REVOKED, "a sender's memory that is revoked while it waits is missing: it faults")
{
    cap_t endpoint = make_endpoint(), frame = make_frame(), mapped;
    struct fault_seen seen;
    struct ipc_registers r;

    CHECK_GOOD(start_island(endpoint, ISLAND_DATA + PAGE, PAGE));
    mapped = with_rights(frame, READ_WRITE);
    CHECK_GOOD(frame_map(island.vspace, mapped, ISLAND_DATA + PAGE, READ_WRITE));
    sleep_for(MS);
    CHECK_GOOD(cap_revoke(frame));
    r = raw(OP_RECV, endpoint, 0);
    r.tag |= TAG_BUFFER | TAG_DEADLINE;
    r.deadline = DEADLINE_NOW;
    utcb_self()->buffer_base = (uint64_t)to;
    utcb_self()->buffer_length = LARGE;
    CHECK_IS(enter(&r), EAGAIN);
    CHECK_GOOD(island_fault(&island, &seen));
    CHECK_IS(seen.address, ISLAND_DATA + PAGE);
}

/* ---- what ends a wait with a buffer ---- */

TEST(BUFFER_DEADLINE, "a send with a buffer ends at its deadline: ETIMEDOUT, nothing copied")
{
    size_t sent = 1;

    message_begin(&message, 1);
    CHECK_REFUSED(
        message_send_buffer(make_endpoint(), &message, from, LARGE, clock_now() + MS, &sent),
        ETIMEDOUT, ARGUMENT_DEADLINE);
    CHECK_IS(ipc_error_detail()->found, 0);
    CHECK_IS(sent, 0);
}

TEST(BUFFER_DIES, "a sender with a buffer whose endpoint dies gets EPIPE, one that dies is gone")
{
    cap_t endpoint = make_endpoint();
    size_t length;

    CHECK_GOOD(start_sender(endpoint, from, LARGE, 0));
    let_run();
    CHECK_GOOD(cap_delete(endpoint));
    let_run();
    CHECK(sender.done);
    CHECK_IS(sender.error, EPIPE);
    endpoint = make_endpoint();
    CHECK_GOOD(start_sender(endpoint, from, LARGE, 0));
    let_run();
    CHECK_GOOD(cap_delete(sender.worker.thread));
    message.accept = 0;
    CHECK_ERROR(message_receive_buffer(endpoint, &message, to, LARGE, DEADLINE_NOW, &length),
                EAGAIN);
}

TEST(BUFFER_ADDRESS, "a buffer that is not the user's addresses is EINVAL on either side")
{
    struct ipc_registers r = raw(OP_SEND, make_endpoint(), 1);

    CHECK_IS(receive_raw(make_endpoint(), USER_ADDRESS_END, 1, &r), EINVAL);
    CHECK_IS(r.words[0], ARGUMENT_BUFFER);
    r = raw(OP_SEND, make_endpoint(), 1);
    r.tag |= TAG_BUFFER;
    utcb_self()->buffer_base = PAGE;
    utcb_self()->buffer_length = UINT64_MAX;
    CHECK_IS(enter(&r), EINVAL);
    CHECK_IS(r.words[0], ARGUMENT_BUFFER);
}

SUITE
