/* test_notification.c - bits that OR together, alone or with messages, and their timers. */

#include "world.h"
#include <myelin/idl/notification_types.h>
#include <myelin/idl/thread_types.h>

int run_notification_tests(void);

static void bits_or_together(void **state)
{
    cap_t n = notification("n");

    (void)state;
    notifies(&world.root, n, 1);
    notifies(&world.root, n, 4);
    receives(&world.root, n);
    assert_status(&world.root, SUCCESS);
    assert_int_equal(bits(&world.root), 5);
    assert_int_equal(world.root.thread->context.tag, TAG_MYELIN | TAG_ORIGIN_NOTIFICATION);
    receives(&world.root, n, NOW);
    assert_status(&world.root, EAGAIN);
}

static void badge_is_a_mask(void **state)
{
    cap_t n = notification("n"), some = minted(n, 0xf0, CAP_RIGHTS_SEND);

    (void)state;
    notifies(&world.root, some, 0x3c);
    receives(&world.root, n);
    assert_int_equal(bits(&world.root), 0x30);
    notifies(&world.root, some, 0);
    receives(&world.root, n);
    assert_int_equal(bits(&world.root), 0xf0);
    notifies(&world.root, n, 0);
    receives(&world.root, n);
    assert_true(bits(&world.root) == UINT64_MAX);
    notifies(&world.root, some, 0x0f);
    assert_status(&world.root, SUCCESS);
    receives(&world.root, n, NOW);
    assert_status(&world.root, EAGAIN);
}

static void waiters_are_woken_in_order(void **state)
{
    struct actor low = person("low", ACTIVE, 5), high = person("high", ACTIVE, 50);
    cap_t n = notification("n");

    (void)state;
    receives(&low, n);
    receives(&high, n);
    notifies(&world.root, n, 1);
    assert_awake(&high);
    assert_int_equal(bits(&high), 1);
    assert_state(&low, THREAD_WAITS_NOTIFY);
    notifies(&world.root, n, 2);
    assert_int_equal(bits(&low), 2);
}

static void notify_never_blocks(void **state)
{
    cap_t n = notification("n");
    const struct context *c = &world.root.thread->context;

    (void)state;
    enters(&world.root, OP_NOTIFY, n, (struct request){.words = WORDS(3, 4, 5), .token = 9});
    assert_status(&world.root, SUCCESS);
    assert_true(c->tag == 0 && c->token == 0 && c->notified == 0 && c->words[1] == 0);
}

static void death_wakes_waiters(void **state)
{
    struct actor eve = person("eve", ACTIVE, 20);
    cap_t n = notification("n");

    (void)state;
    receives(&eve, n);
    deletes(n);
    assert_awake(&eve);
    assert_status(&eve, EPIPE);
    receives(&eve, n);
    assert_status(&eve, ESTALE);
}

struct driver {
    struct actor actor;
    cap_t ep, n;
};

static struct driver driver(void)
{
    struct driver d = {person("driver", ACTIVE, 20), endpoint("ep"), notification("n")};

    must_ask(d.actor.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(d.n));
    return d;
}

static void bound_bits_wake_a_receive(void **state)
{
    struct driver d = driver();

    (void)state;
    receives(&d.actor, d.ep);
    notifies(&world.root, d.n, 6);
    assert_awake(&d.actor);
    assert_int_equal(d.actor.thread->context.tag, TAG_MYELIN | TAG_ORIGIN_NOTIFICATION);
    assert_int_equal(bits(&d.actor), 6);
    assert_int_equal(badge(&d.actor), 0);
    notifies(&world.root, d.n, 1);
    receives(&d.actor, d.ep);
    assert_int_equal(bits(&d.actor), 1);
}

static void both_come_together(void **state)
{
    struct driver d = driver();

    (void)state;
    notifies(&world.root, d.n, 6);
    runs(&world.root);
    sends(&world.root, d.ep, .words = WORDS(1));
    assert_state(&world.root, THREAD_WAITS_SEND);
    receives(&d.actor, d.ep);
    assert_int_equal(word(&d.actor, 0), 1);
    assert_int_equal(bits(&d.actor), 6);
    assert_int_equal(d.actor.thread->context.tag & TAG_ORIGIN_MASK, 0);
    receives(&d.actor, d.ep, NOW);
    assert_status(&d.actor, EAGAIN);
}

static void bound_bits_wait_for_their_thread(void **state)
{
    struct driver d = driver();
    struct actor other = person("other", ACTIVE, 20);
    cap_t second = notification("second");

    (void)state;
    receives(&other, d.n);
    assert_failure(&other, EBUSY, ARGUMENT_HANDLE, 0, 0);
    refuses(&world.root, other.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(d.n), EBUSY,
            ARGUMENT_CAP(0));
    receives(&other, second);
    refuses(&world.root, d.actor.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(second), EBUSY,
            ARGUMENT_CAP(0));
    receives(&d.actor, d.n);
    notifies(&world.root, d.n, 2);
    assert_int_equal(bits(&d.actor), 2);
    must_ask(d.actor.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, NO_CAPS);
    receives(&d.actor, d.ep);
    notifies(&world.root, d.n, 2);
    assert_state(&d.actor, THREAD_WAITS_RECEIVE);
    must_ask(d.actor.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(d.n));
    assert_awake(&d.actor); /* the bits were there already */
    assert_int_equal(bits(&d.actor), 2);
}

static void bound_notification_dies(void **state)
{
    struct driver d = driver();

    (void)state;
    receives(&d.actor, d.ep);
    deletes(d.n);
    assert_null(d.actor.thread->bound);
    assert_state(&d.actor, THREAD_WAITS_RECEIVE);
    sends(&world.root, d.ep);
    assert_awake(&d.actor);
}

static void dead_threads_are_unbound(void **state)
{
    struct driver d = driver();
    struct actor other = person("other", ACTIVE, 20);

    (void)state;
    receives(&d.actor, d.ep);
    deletes(d.actor.cap);
    notifies(&world.root, d.n, 4);
    must_ask(other.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(d.n));
    receives(&other, d.ep);
    assert_int_equal(bits(&other), 4);
}

static void binding_needs_recv(void **state)
{
    struct driver d = driver();
    cap_t other = notification("other");

    (void)state;
    refuses(&world.root, d.actor.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS,
            CAPS(derived(other, CAP_RIGHTS_SEND)), EPERM, ARGUMENT_CAP(0));
    refuses(&world.root, d.actor.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(d.ep), EINVAL,
            ARGUMENT_CAP(0));
    assert_int_equal(d.actor.thread->bound == object_of(d.n), true);
}

static void timers_set_bits(void **state)
{
    cap_t n = notification("n");

    (void)state;
    must_ask(n, NOTIFICATION_LABEL_SET_TIMER, WORDS(host.now + 5 * MS, 0x10), NO_CAPS);
    time_passes(5 * MS - 1);
    receives(&world.root, n, NOW);
    assert_status(&world.root, EAGAIN);
    time_passes(1);
    receives(&world.root, n, NOW);
    assert_int_equal(bits(&world.root), 0x10);
    time_passes(100 * MS);
    receives(&world.root, n, NOW);
    assert_status(&world.root, EAGAIN);
}

static void timers_can_be_changed(void **state)
{
    cap_t n = notification("n");

    (void)state;
    must_ask(n, NOTIFICATION_LABEL_SET_TIMER, WORDS(host.now + 5 * MS, 1), NO_CAPS);
    must_ask(n, NOTIFICATION_LABEL_SET_TIMER, WORDS(host.now + 9 * MS, 2), NO_CAPS);
    time_passes(6 * MS);
    receives(&world.root, n, NOW);
    assert_status(&world.root, EAGAIN);
    time_passes(4 * MS);
    receives(&world.root, n, NOW);
    assert_int_equal(bits(&world.root), 2);
    must_ask(n, NOTIFICATION_LABEL_SET_TIMER, WORDS(host.now + MS, 1), NO_CAPS);
    must_ask(n, NOTIFICATION_LABEL_SET_TIMER, WORDS(0, 0), NO_CAPS);
    time_passes(2 * MS);
    receives(&world.root, n, NOW);
    assert_status(&world.root, EAGAIN);
    must_ask(n, NOTIFICATION_LABEL_SET_TIMER, WORDS(1, 4), NO_CAPS); /* long ago: at once */
    time_passes(0);
    receives(&world.root, n, NOW);
    assert_int_equal(bits(&world.root), 4);
}

static void timers_are_refused(void **state)
{
    cap_t n = notification("n");

    (void)state;
    refuses(&world.root, derived(n, CAP_RIGHTS_SEND), NOTIFICATION_LABEL_SET_TIMER, WORDS(1, 1),
            NO_CAPS, EPERM, ARGUMENT_HANDLE);
    refuses(&world.root, n, NOTIFICATION_LABEL_SET_TIMER, WORDS(1, 0), NO_CAPS, EINVAL,
            ARGUMENT_WORD(1));
    refuses(&world.root, n, LABEL(9, 7), NO_WORDS, NO_CAPS, ENOSYS, ARGUMENT_TAG);
}

static void dead_timers_say_nothing(void **state)
{
    cap_t n = notification("n");

    (void)state;
    must_ask(n, NOTIFICATION_LABEL_SET_TIMER, WORDS(host.now + 5 * MS, 1), NO_CAPS);
    deletes(n);
    assert_int_equal(cpu_self()->timeouts.count, 0);
    time_passes(10 * MS);
}

static void many_timers_come_in_time(void **state)
{
    cap_t n[50];

    (void)state;
    for (unsigned i = 0; i < 50; i++) {
        n[i] = notification("n");
        must_ask(n[i], NOTIFICATION_LABEL_SET_TIMER, WORDS(host.now + MS + i % 7, 1), NO_CAPS);
    }
    time_passes(2 * MS);
    for (unsigned i = 0; i < 50; i++) {
        receives(&world.root, n[i], NOW);
        assert_int_equal(bits(&world.root), 1);
    }
}

static void one_of_several_waiters_is_not_bound(void **state)
{
    static const unsigned priorities[] = {20, 10, 30};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct actor one = person("one", ACTIVE, 20);
        struct actor other = person("other", ACTIVE, priorities[i]);
        cap_t n = notification("n");

        receives(&one, n);
        receives(&other, n);
        refuses(&world.root, one.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(n), EBUSY,
                ARGUMENT_CAP(0));
        cancels(&other);
        must_ask(one.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(n));
        notifies(&world.root, n, 4);
        assert_int_equal(bits(&one), 4);
    }
}

int run_notification_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("NOTIFY-1: bits OR together, and a receive takes them all", bits_or_together),
        TEST("NOTIFY-2: a badge is the set of bits that its capability may set", badge_is_a_mask),
        TEST("NOTIFY-3: the most urgent waiter gets the bits", waiters_are_woken_in_order),
        TEST("NOTIFY-4: notify returns at once with cleared registers", notify_never_blocks),
        TEST("NOTIFY-5: when a notification dies its waiters get EPIPE", death_wakes_waiters),
        TEST("NOTIFY-6: bits of a bound notification end a receive on an endpoint",
             bound_bits_wake_a_receive),
        TEST("NOTIFY-7: a receive that finds bits and a message returns both", both_come_together),
        TEST("NOTIFY-8: a bound notification is its thread's alone (EBUSY)",
             bound_bits_wait_for_their_thread),
        TEST("NOTIFY-9: when a bound notification dies, its thread waits on for messages",
             bound_notification_dies),
        TEST("NOTIFY-10: binding needs Recv on a notification", binding_needs_recv),
        TEST("NOTIFY-11: a timer sets its bits at its time, once", timers_set_bits),
        TEST("NOTIFY-12: a timer can be set anew, disarmed, and set to the past",
             timers_can_be_changed),
        TEST("NOTIFY-13: a timer needs Recv and bits", timers_are_refused),
        TEST("NOTIFY-14: the timer of a dead notification is gone", dead_timers_say_nothing),
        TEST("NOTIFY-15: more timers than one interrupt handles all come in time",
             many_timers_come_in_time),
        TEST("NOTIFY-16: when a thread dies its notification is free for another",
             dead_threads_are_unbound),
        TEST("NOTIFY-20: a notification at which others wait is bound to none of them (EBUSY)",
             one_of_several_waiters_is_not_bound),
    };

    return cmocka_run_group_tests_name("notification", tests, NULL, NULL);
}
