/* systest-notification.c - notifications: bits that OR together, who gets them, and timers. */
#include <myelin/clock.h>
#include <myelin/idl/thread_types.h>

#include "lib/systest.h"

#define MILLISECOND 1000000ull

static struct partner partner;
static struct message message;

static cap_t minted(cap_t notification, uint64_t bits)
{
    cap_t bell;

    return notification_mint(notification, bits, &bell) ? CAP_NULL : bell;
}

static uint64_t take(cap_t notification)
{
    uint64_t bits = 0;

    return ipc_poll_notification(notification, &bits) ? 0 : bits;
}

TEST(BITS_OR, "bits OR together until they are taken")
{
    cap_t notification = make_notification();

    CHECK_GOOD(ipc_notify(notification, 1));
    CHECK_GOOD(ipc_notify(notification, 4));
    CHECK_GOOD(ipc_notify(notification, 1));
    CHECK_IS(take(notification), 5);
}

TEST(BITS_TAKEN, "a receive takes all bits: the next finds none")
{
    cap_t notification = make_notification();

    CHECK_GOOD(ipc_notify(notification, 3));
    CHECK_IS(take(notification), 3);
    CHECK_IS(take(notification), 0);
}

TEST(BITS_MASK, "a capability's badge is the set of bits that it may set")
{
    cap_t notification = make_notification();

    CHECK_GOOD(ipc_notify(minted(notification, 6), 3));
    CHECK_IS(take(notification), 2);
}

TEST(BITS_WHOLE, "word 0 means the whole badge")
{
    cap_t notification = make_notification();

    CHECK_GOOD(ipc_notify(minted(notification, 0x8000000000000006), 0));
    CHECK_IS(take(notification), 0x8000000000000006);
}

TEST(BITS_UNBADGED, "an unbadged capability may set all bits")
{
    cap_t notification = make_notification();

    CHECK_GOOD(ipc_notify(notification, 0));
    CHECK_IS(take(notification), UINT64_MAX);
}

TEST(BITS_NONE, "bits outside of the badge wake nobody")
{
    cap_t notification = make_notification();

    partner_init(&partner, 0);
    CHECK_GOOD(partner_start(&partner, OP_RECV, notification));
    let_run();
    CHECK_GOOD(ipc_notify(minted(notification, 1), 2));
    CHECK(!partner_done(&partner));
}

TEST(BITS_REGISTERS, "bits arrive alone: origin notification, all words, badge and token clear")
{
    cap_t notification = make_notification();
    struct ipc_registers r = raw(OP_RECV, notification, 0);

    CHECK_GOOD(ipc_notify(notification, 9));
    r.token = 1;
    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        r.words[i] = 100 + i;
    CHECK_GOOD(enter(&r));
    CHECK_IS(r.notified, 9);
    CHECK(r.tag & TAG_ORIGIN_NOTIFICATION);
    CHECK_IS(r.handle | r.token, 0);
    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        CHECK_IS(r.words[i], 0);
}

TEST(NOTIFY_CLEARS, "notify answers nothing but its status")
{
    struct ipc_registers r = raw(OP_NOTIFY, make_notification(), 0);

    r.words[3] = 7;
    CHECK_GOOD(enter(&r));
    CHECK(is_cleared(&r));
}

TEST(NOTIFY_WAKES, "notify wakes who waits, with the bits")
{
    cap_t notification = make_notification();

    partner_init(&partner, 0);
    CHECK_GOOD(partner_start(&partner, OP_RECV, notification));
    let_run();
    CHECK_IS(worker_state(&partner.worker), THREAD_WAITS_NOTIFY);
    CHECK_GOOD(ipc_notify(notification, 0x40));
    CHECK(partner_done(&partner));
    CHECK_IS(partner.message.notified, 0x40);
    CHECK_IS(partner.message.origin, ORIGIN_NONE);
}

TEST(NOTIFY_ONE, "of two that wait one gets the bits, the other waits on")
{
    static struct partner other;
    cap_t notification = make_notification();

    partner_init(&partner, 0);
    partner_init(&other, 0);
    CHECK_GOOD(partner_start(&partner, OP_RECV, notification));
    CHECK_GOOD(partner_start(&other, OP_RECV, notification));
    let_run();
    CHECK_GOOD(ipc_notify(notification, 1));
    CHECK(partner_done(&partner));
    CHECK(!other.done);
}

TEST(NOTIFY_URGENT, "a more urgent thread that is woken runs before notify returns")
{
    cap_t notification = make_notification();

    partner_init(&partner, 0);
    partner.priority = PRIORITY_HIGHER;
    CHECK_GOOD(partner_start(&partner, OP_RECV, notification));
    CHECK_GOOD(ipc_notify(notification, 1));
    CHECK(partner.done);
}

TEST(NOTIFY_EQUAL, "at equal priority the running thread goes on")
{
    cap_t notification = make_notification();

    partner_init(&partner, 0);
    CHECK_GOOD(partner_start(&partner, OP_RECV, notification));
    let_run();
    CHECK_GOOD(ipc_notify(notification, 1));
    CHECK(!partner.done);
}

TEST(NOTIFICATION_DIES, "who waits for a Notification that dies gets EPIPE")
{
    cap_t notification = make_notification();

    partner_init(&partner, 0);
    CHECK_GOOD(partner_start(&partner, OP_RECV, notification));
    let_run();
    CHECK_GOOD(cap_delete(notification));
    CHECK(partner_done(&partner));
    CHECK_IS(partner.error, EPIPE);
}

/* ---- bound to a thread ---- */

TEST(BOUND_WAKES, "bits of the bound Notification end a receive on an endpoint, alone")
{
    cap_t notification = make_notification();

    partner_init(&partner, 0);
    CHECK_GOOD(partner_start(&partner, OP_RECV, make_endpoint()));
    CHECK_GOOD(thread_bind_notification(partner.worker.thread, notification));
    let_run();
    CHECK_GOOD(ipc_notify(notification, 8));
    CHECK(partner_done(&partner));
    CHECK_IS(partner.message.notified, 8);
    CHECK_IS(partner.message.origin, ORIGIN_NONE);
}

TEST(BOUND_BOTH, "a receive that finds bits and a message returns both")
{
    cap_t notification = make_notification(), endpoint = make_endpoint();
    uint64_t bits;

    partner_init(&partner, 42);
    CHECK_GOOD(partner_start(&partner, OP_SEND, endpoint));
    let_run();
    CHECK_GOOD(ipc_notify(notification, 16));
    CHECK_GOOD(ipc_wait_any(endpoint, notification, &message, &bits));
    CHECK_IS(bits, 16);
    CHECK_IS(message.origin, ORIGIN_SEND);
    CHECK_IS(message.label, 42);
}

TEST(BOUND_EARLIER, "bits that were set before are found by the receive")
{
    cap_t notification = make_notification();
    uint64_t bits;

    CHECK_GOOD(ipc_notify(notification, 32));
    CHECK_GOOD(ipc_wait_any(make_endpoint(), notification, &message, &bits));
    CHECK_IS(bits, 32);
    CHECK_IS(message.origin, ORIGIN_NONE);
}

TEST(BOUND_BIND_WAKES, "binding a Notification with bits to a thread that waits wakes it")
{
    cap_t notification = make_notification();

    partner_init(&partner, 0);
    CHECK_GOOD(partner_start(&partner, OP_RECV, make_endpoint()));
    let_run();
    CHECK_GOOD(ipc_notify(notification, 1));
    CHECK_GOOD(thread_bind_notification(partner.worker.thread, notification));
    CHECK(partner_done(&partner));
}

TEST(BOUND_OTHER, "a Notification bound to one thread cannot be received from by another: EBUSY")
{
    cap_t notification = make_notification();

    CHECK_GOOD(thread_bind_notification(thread_self(), notification));
    partner_init(&partner, 0);
    CHECK_GOOD(partner_start(&partner, OP_RECV, notification));
    CHECK(partner_done(&partner));
    CHECK_IS(partner.error, EBUSY);
}

TEST(BOUND_TWICE, "a Notification cannot be bound to two threads: EBUSY")
{
    cap_t notification = make_notification();

    partner_init(&partner, 0);
    CHECK_GOOD(partner_start(&partner, OP_RECV, make_endpoint()));
    CHECK_GOOD(thread_bind_notification(thread_self(), notification));
    CHECK_REFUSED(thread_bind_notification(partner.worker.thread, notification), EBUSY,
                  ARGUMENT_CAP(0));
}

TEST(BOUND_UNBIND, "after unbinding its bits end no receive any more")
{
    cap_t notification = make_notification();

    CHECK_GOOD(thread_bind_notification(thread_self(), notification));
    CHECK_GOOD(thread_bind_notification(thread_self(), CAP_NULL));
    CHECK_GOOD(ipc_notify(notification, 1));
    CHECK_ERROR(message_poll(make_endpoint(), &message), EAGAIN);
    CHECK_IS(take(notification), 1);
}

TEST(BOUND_NO_RECV, "binding needs Recv on the Notification: EPERM")
{
    CHECK_REFUSED(thread_bind_notification(thread_self(), minted(make_notification(), 1)), EPERM,
                  ARGUMENT_CAP(0));
}

TEST(BOUND_NO_MANAGE, "binding a Notification needs Manage on the Thread: EPERM")
{
    cap_t thread = with_rights(thread_self(), CAP_RIGHTS_READ);

    CHECK_REFUSED(thread_bind_notification(thread, make_notification()), EPERM, ARGUMENT_HANDLE);
}

TEST(BOUND_TYPE, "only a Notification can be bound so: EINVAL")
{
    CHECK_REFUSED(thread_bind_notification(thread_self(), make_endpoint()), EINVAL,
                  ARGUMENT_CAP(0));
}

TEST(BOUND_DIES, "a bound Notification that dies is unbound")
{
    cap_t notification = make_notification();

    CHECK_GOOD(thread_bind_notification(thread_self(), notification));
    CHECK_GOOD(cap_delete(notification));
    CHECK_ERROR(message_poll(make_endpoint(), &message), EAGAIN);
}

/* ---- timers ---- */

TEST(TIMER, "a timer sets its bits at its time, not before, and once")
{
    cap_t notification = make_notification();
    uint64_t when = clock_now() + 5 * MILLISECOND, bits;

    CHECK_GOOD(notification_set_timer(notification, when, 0x11));
    CHECK_IS(take(notification), 0);
    CHECK_GOOD(ipc_wait_notification(notification, &bits));
    CHECK_IS(bits, 0x11);
    CHECK(clock_now() >= when);
    CHECK_IS(take(notification), 0);
}

TEST(TIMER_PAST, "a timer in the past sets its bits at once")
{
    cap_t notification = make_notification();
    uint64_t bits;

    CHECK_GOOD(notification_set_timer(notification, 1, 2));
    CHECK_GOOD(ipc_wait_notification(notification, &bits));
    CHECK_IS(bits, 2);
}

TEST(TIMER_DISARM, "time 0 disarms the timer")
{
    cap_t notification = make_notification(), other = make_notification();
    uint64_t now = clock_now(), bits;

    CHECK_GOOD(notification_set_timer(notification, now + 2 * MILLISECOND, 1));
    CHECK_GOOD(notification_set_timer(notification, 0, 0));
    CHECK_GOOD(notification_set_timer(other, now + 4 * MILLISECOND, 1));
    CHECK_GOOD(ipc_wait_notification(other, &bits));
    CHECK_IS(take(notification), 0);
}

TEST(TIMER_AGAIN, "a new time takes the place of the old")
{
    cap_t notification = make_notification();
    uint64_t now = clock_now(), bits;

    CHECK_GOOD(notification_set_timer(notification, now + 2 * MILLISECOND, 1));
    CHECK_GOOD(notification_set_timer(notification, now + 6 * MILLISECOND, 2));
    CHECK_GOOD(ipc_wait_notification(notification, &bits));
    CHECK_IS(bits, 2);
    CHECK(clock_now() >= now + 6 * MILLISECOND);
}

TEST(TIMER_ORDER, "many timers go off in the order of their times")
{
    cap_t notifications[16];
    uint64_t start = clock_now() + 5 * MILLISECOND, bits;

    for (unsigned i = 0; i < 16; i++) {
        notifications[i] = make_notification();
        CHECK_GOOD(notification_set_timer(notifications[i], start + (i * 7 % 16) * MILLISECOND, 1));
    }
    for (unsigned at = 0; at < 16; at++) {
        CHECK_GOOD(ipc_wait_notification(notifications[at * 7 % 16], &bits));
        CHECK_IS(take(notifications[(at + 1) * 7 % 16]), 0);
    }
}

TEST(TIMER_NO_BITS, "a timer without bits is EINVAL")
{
    CHECK_REFUSED(notification_set_timer(make_notification(), clock_now() + 1, 0), EINVAL,
                  ARGUMENT_WORD(1));
}

TEST(TIMER_NO_RECV, "a timer needs Recv: EPERM")
{
    CHECK_REFUSED(notification_set_timer(minted(make_notification(), 1), 1, 1), EPERM,
                  ARGUMENT_HANDLE);
}

TEST(TIMER_DIES, "a Notification that dies takes its timer along")
{
    cap_t notification = make_notification(), other = make_notification();
    uint64_t now = clock_now(), bits;

    CHECK_GOOD(notification_set_timer(notification, now + MILLISECOND, 1));
    CHECK_GOOD(cap_delete(notification));
    CHECK_GOOD(notification_set_timer(other, now + 3 * MILLISECOND, 1));
    CHECK_GOOD(ipc_wait_notification(other, &bits));
}

TEST(NOTIFICATION_METHOD, "a Notification does not know other objects' methods: ENOSYS")
{
    CHECK_REFUSED(invoke(make_notification(), THREAD_LABEL_START, 0, CAP_NULL), ENOSYS,
                  ARGUMENT_TAG);
}

TEST(NOTIFICATION_CALL, "a call on a bell, which has no such method, is ENOSYS, not a message")
{
    cap_t notification = make_notification();

    CHECK_ERROR(invoke(minted(notification, 1), 1, 0, CAP_NULL), ENOSYS);
    CHECK_IS(take(notification), 0);
}

SUITE
