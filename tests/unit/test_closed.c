/* test_closed.c - receives from one badge only, and the circles that they can be a link of. */

#include <myelin/idl/channel_types.h>
#include <string.h>

#include "world.h"

int run_closed_tests(void);

/* A server with an endpoint of its own, and ways to it with badge 1, 2 and 3. */
struct shop {
    struct actor server;
    cap_t ep, to[4];
};

static struct shop shop(void)
{
    struct shop s = {.ep = endpoint("shop"), .server = person("server", ACTIVE, 20)};

    binds(&s.server, s.ep);
    for (unsigned i = 1; i < 4; i++)
        s.to[i] = minted(s.ep, i, CAP_RIGHTS_ALL);
    return s;
}

static void receives_from(struct actor *actor, cap_t ep, uint64_t from, cap_t expected)
{
    actor->thread->utcb->closed_badge = from;
    actor->thread->utcb->closed_endpoint = expected;
    receives(actor, ep, .flags = TAG_CLOSED);
}

static void polls_from(struct actor *actor, cap_t ep, uint64_t from)
{
    actor->thread->utcb->closed_badge = from;
    actor->thread->utcb->closed_endpoint = CAP_NULL;
    receives(actor, ep, .flags = TAG_CLOSED | TAG_DEADLINE, .deadline = DEADLINE_NOW);
}

static void takes_from_one_badge(void **state)
{
    struct shop s = shop();
    struct actor one = person("one", ACTIVE, 20), two = person("two", ACTIVE, 20);

    (void)state;
    receives_from(&s.server, s.ep, 2, CAP_NULL);
    assert_state(&s.server, THREAD_WAITS_RECEIVE);
    sends(&one, s.to[1], .words = WORDS(1));
    assert_state(&one, THREAD_WAITS_SEND);
    assert_state(&s.server, THREAD_WAITS_RECEIVE);
    sends(&two, s.to[2], .words = WORDS(2));
    assert_awake(&s.server);
    assert_int_equal(badge(&s.server), 2);
    assert_int_equal(word(&s.server, 0), 2);
    receives(&s.server, s.ep);
    assert_int_equal(badge(&s.server), 1);
    assert_awake(&one);
}

static void takes_from_a_waiting_one(void **state)
{
    struct shop s = shop();
    struct actor one = person("one", ACTIVE, 40), two = person("two", ACTIVE, 20);

    (void)state;
    calls(&one, s.to[1]);
    calls(&two, s.to[2]);
    receives_from(&s.server, s.ep, 2, CAP_NULL);
    assert_int_equal(badge(&s.server), 2);
    replies_and_receives(&s.server, s.ep, .token = token(&s.server));
    assert_int_equal(badge(&s.server), 1);
    replies(&s.server, .token = token(&s.server));
    assert_awake(&one);
    assert_awake(&two);
}

/* Those passed by keep their places: before equals that came later, behind the more urgent. */
static void passing_keeps_the_order(void **state)
{
    static const unsigned priorities[] = {20, 20, 30, 20, 30};
    static const uint64_t order[] = {2, 4, 0, 1, 3};
    struct actor senders[5];
    struct shop s = shop();

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        senders[i] = person("sender", ACTIVE, priorities[i]);
        sends(&senders[i], s.to[1 + i % 2], .words = WORDS(i));
        if (i % 2)
            polls_from(&s.server, s.ep, 3);
        assert_state(&senders[i], THREAD_WAITS_SEND);
    }
    for (unsigned i = 0; i < 5; i++) {
        receives(&s.server, s.ep);
        assert_int_equal(word(&s.server, 0), order[i]);
    }
}

/* How many waiters a closed receive that found nobody looked at: it is preempted at each. */
static unsigned looked_at(struct shop *s, uint64_t from)
{
    host.pending = true;
    polls_from(&s->server, s->ep, from);
    host.pending = false;
    assert_status(&s->server, EAGAIN);
    return world.restarts;
}

#define MANY 20

static void each_waiter_is_passed_once(void **state)
{
    struct actor senders[MANY], late = person("late", ACTIVE, 20);
    struct shop s = shop();

    (void)state;
    for (unsigned i = 0; i < MANY; i++) {
        senders[i] = person("sender", ACTIVE, i);
        sends(&senders[i], s.to[1]);
    }
    assert_int_equal(looked_at(&s, 2), MANY);
    assert_int_equal(looked_at(&s, 2), 0);
    sends(&late, s.to[1]);
    assert_int_equal(looked_at(&s, 2), 1);
    assert_int_equal(looked_at(&s, 3), MANY + 1); /* another badge: they are looked at again */
    assert_int_equal(looked_at(&s, 3), 0);
    receives_from(&s.server, s.ep, 1, CAP_NULL);
    assert_awake(&late); /* the most urgent */
}

static void closed_needs_a_bound_endpoint(void **state)
{
    struct actor server = person("server", ACTIVE, 20), other = person("other", ACTIVE, 20);
    cap_t ep = endpoint("ep"), n = notification("n");

    (void)state;
    receives_from(&server, ep, 1, CAP_NULL);
    assert_failure(&server, EINVAL, ARGUMENT_TAG, 0, TAG_CLOSED);
    receives_from(&server, n, 1, CAP_NULL);
    assert_failure(&server, EINVAL, ARGUMENT_TAG, 0, TAG_CLOSED);
    sends(&server, ep, .flags = TAG_CLOSED);
    assert_failure(&server, EINVAL, ARGUMENT_TAG, 0, TAG_CLOSED);
    calls(&server, ep, .flags = TAG_CLOSED);
    assert_failure(&server, EINVAL, ARGUMENT_TAG, 0, TAG_CLOSED);
    notifies(&server, n, 1);
    binds(&server, ep);
    receives_from(&other, ep, 1, CAP_NULL);
    assert_failure(&other, EBUSY, ARGUMENT_HANDLE, 0, 0);
    receives_from(&server, ep, 1, n);
    assert_status(&server, EBADF);
    assert_int_equal(word(&server, 0), ARGUMENT_EXPECTED);
    receives_from(&server, ep, 1, CAP_NULL);
    refuses(&world.root, server.cap, THREAD_LABEL_UNBIND_ENDPOINT, NO_WORDS, CAPS(ep), EBUSY,
            ARGUMENT_HANDLE);
    cancels(&server);
    must_ask(server.cap, THREAD_LABEL_UNBIND_ENDPOINT, NO_WORDS, CAPS(ep));
}

static void bits_end_a_closed_receive(void **state)
{
    struct shop s = shop();
    cap_t n = notification("n"), partner = endpoint("partner");

    (void)state;
    must_ask(s.server.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(n));
    receives_from(&s.server, s.ep, 1, partner);
    notifies(&world.root, n, 5);
    assert_awake(&s.server);
    assert_int_equal(bits(&s.server), 5);
    assert_null(s.server.thread->expected);
}

/* Every end of a wait, with waiters on both sides of the closed receive. */
static void closed_waits_end_as_others_do(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 5; way++) {
        struct shop s = shop();
        struct actor passed = person("passed", ACTIVE, 20), later = person("later", ACTIVE, 20);

        calls(&passed, s.to[1]);
        receives_from(&s.server, s.ep, 2, CAP_NULL);
        calls(&later, s.to[1]);
        if (way == 0)
            cancels(&s.server);
        if (way == 1)
            deletes(s.ep);
        if (way == 2)
            deletes(s.server.cap);
        if (way == 3) {
            suspends(&s.server);
            resumes(&s.server);
            again(&s.server);
            assert_state(&s.server, THREAD_WAITS_RECEIVE);
            cancels(&passed);
            cancels(&later);
        }
        if (way == 4) {
            cancels(&s.server);
            calls(&s.server, s.server.cap, .label = THREAD_LABEL_EXIT, .words = WORDS(0));
        }
        if (way == 0)
            assert_status(&s.server, ECANCELED);
        if (way == 1)
            assert_status(&s.server, EPIPE);
        if (way == 1 || way == 2 || way == 4) {
            assert_status(&passed, EPIPE);
            assert_status(&later, EPIPE);
        }
        deletes(passed.cap);
        deletes(later.cap);
        if (way != 2)
            deletes(s.server.cap);
    }
}

/* One that was passed by helps, and is moved up, like any other. */
static void the_passed_help(void **state)
{
    struct shop s = shop();
    struct actor middle = person("middle", PASSIVE, 5), urgent = person("urgent", ACTIVE, 50);
    struct actor other = person("other", ACTIVE, 25), client = person("client", ACTIVE, 10);
    cap_t to_middle = call_only("middle");

    (void)state;
    binds(&middle, to_middle);
    receives(&middle, to_middle);
    calls(&client, to_middle);
    calls(&middle, s.to[1]);
    calls(&other, s.to[3]);
    polls_from(&s.server, s.ep, 2);
    calls(&urgent, to_middle); /* queues at middle, which waits at the shop */
    assert_ptr_equal(running(), s.server.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&urgent));
    receives(&s.server, s.ep);
    assert_int_equal(badge(&s.server), 1);
}

/* ---- circles ---- */

static void closed_receives_are_links(void **state)
{
    struct actor a = person("a", ACTIVE, 20), b = person("b", ACTIVE, 20);
    cap_t to_a = endpoint("to-a"), to_b = endpoint("to-b"), wrong;

    (void)state;
    binds(&a, to_a);
    binds(&b, to_b);
    wrong = minted(to_a, 9, CAP_RIGHTS_ALL);
    receives_from(&a, to_a, 0, to_b); /* a waits for b, at badge 0 */
    calls(&b, wrong);
    assert_failure(&b, EDEADLK, ARGUMENT_HANDLE, CHAIN_HELP_MAX, 0);
    calls(&b, to_a); /* that very message: no circle */
    assert_state(&b, THREAD_WAITS_REPLY);
    replies(&a, .token = token(&a));
    receives_from(&a, to_a, 0, to_b);
    receives_from(&b, to_b, 0, to_a); /* each expects the other */
    assert_failure(&b, EDEADLK, ARGUMENT_EXPECTED, CHAIN_HELP_MAX, 0);
    cancels(&a);
    receives_from(&a, to_a, 0, to_a); /* itself */
    assert_failure(&a, EDEADLK, ARGUMENT_EXPECTED, CHAIN_HELP_MAX, 0);
}

static void waiting_senders_match_first(void **state)
{
    struct actor a = person("a", ACTIVE, 20), b = person("b", ACTIVE, 20);
    cap_t to_a = endpoint("to-a"), to_b = endpoint("to-b"), other;

    (void)state;
    binds(&a, to_a);
    binds(&b, to_b);
    other = minted(to_a, 9, CAP_RIGHTS_ALL);
    calls(&b, other);
    receives_from(&a, to_a, 0, to_b); /* b waits for a already, but with another badge */
    assert_failure(&a, EDEADLK, ARGUMENT_EXPECTED, CHAIN_HELP_MAX, 0);
    receives_from(&a, to_a, 9, to_b);
    assert_status(&a, SUCCESS);
    assert_int_equal(badge(&a), 9);
}

static void bindings_see_who_expects(void **state)
{
    struct actor a = person("a", ACTIVE, 20), b = person("b", ACTIVE, 20);
    cap_t to_a = endpoint("to-a"), to_b = endpoint("to-b"), wrong;

    (void)state;
    binds(&a, to_a);
    wrong = minted(to_a, 9, CAP_RIGHTS_ALL);
    receives_from(&a, to_a, 0, to_b); /* nobody is bound there yet */
    calls(&b, wrong);
    assert_state(&b, THREAD_WAITS_CALL);
    refuses(&world.root, b.cap, THREAD_LABEL_BIND_ENDPOINT, NO_WORDS, CAPS(to_b), EDEADLK,
            ARGUMENT_CAP(0));
}

/* 32 threads, each expecting the next; one more is too long. */
static void long_chains_are_refused(void **state)
{
    struct actor chain[CHAIN_HELP_MAX + 1];
    cap_t to[CHAIN_HELP_MAX + 1], other;

    (void)state;
    world.unchecked = true; /* many, each step checks all */
    for (unsigned i = 0; i <= CHAIN_HELP_MAX; i++) {
        chain[i] = person("link", ACTIVE, 20);
        to[i] = endpoint("to");
        binds(&chain[i], to[i]);
    }
    receives(&chain[0], to[0]);
    for (unsigned i = 1; i < CHAIN_HELP_MAX; i++) {
        receives_from(&chain[i], to[i], 0, to[i - 1]);
        assert_state(&chain[i], THREAD_WAITS_RECEIVE);
    }
    receives_from(&chain[CHAIN_HELP_MAX], to[CHAIN_HELP_MAX], 0, to[CHAIN_HELP_MAX - 1]);
    assert_state(&chain[CHAIN_HELP_MAX], THREAD_WAITS_RECEIVE);
    other = minted(to[CHAIN_HELP_MAX], 9, CAP_RIGHTS_ALL);
    calls(&world.root, other);
    assert_failure(&world.root, ELOOP, ARGUMENT_HANDLE, CHAIN_HELP_MAX, 0);
    world.unchecked = false;
}

/* ---- a circle by names ---- */

static void assert_link(struct actor *actor, cap_t ep, uint64_t index, enum thread_link link,
                        bool circle, const char *endpoint_name, const char *thread_name)
{
    struct words names = {4, {0}};

    assert_int_equal(asks(&world.root, actor->cap, THREAD_LABEL_FOLLOW, WORDS(index), CAPS(ep)),
                     SUCCESS);
    strncpy((char *)&names.word[0], endpoint_name, OBJECT_NAME_BYTES);
    strncpy((char *)&names.word[2], thread_name, OBJECT_NAME_BYTES);
    assert_int_equal(word(&world.root, 0), link | (uint64_t)circle << 8);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(word(&world.root, 1 + i), names.word[i]);
}

/* a serves b, which waits for c, which expects d, which receives; or, then, calls a. */
static void chains_are_told_by_name(void **state)
{
    struct actor a = person("a", ACTIVE, 20), b = person("b", ACTIVE, 20);
    struct actor c = person("c", ACTIVE, 20), d = person("d", ACTIVE, 20);
    cap_t to_a = endpoint("to-a"), to_b = endpoint("to-b"), to_c = endpoint("to-c");
    cap_t to_d = endpoint("to-d"), wrong = minted(to_c, 9, CAP_RIGHTS_ALL), pool = endpoint("pool");

    (void)state;
    binds(&b, to_b);
    binds(&c, to_c);
    binds(&d, to_d);
    receives_from(&c, to_c, 0, to_d);
    calls(&b, wrong);
    assert_link(&a, to_b, 0, THREAD_LINK_QUEUED, false, "to-b", "b");
    assert_link(&a, to_b, 1, THREAD_LINK_QUEUED, false, "to-c", "c");
    assert_link(&a, to_b, 2, THREAD_LINK_EXPECTED, false, "to-d", "d");
    refuses(&world.root, a.cap, THREAD_LABEL_FOLLOW, WORDS(3), CAPS(to_b), ENOENT,
            ARGUMENT_WORD(0));
    /* For c that is a circle already: what c itself waits for is no link of it. */
    assert_link(&c, to_b, 1, THREAD_LINK_QUEUED, true, "to-c", "c");
    refuses(&world.root, c.cap, THREAD_LABEL_FOLLOW, WORDS(2), CAPS(to_b), ENOENT,
            ARGUMENT_WORD(0));
    calls(&d, to_a);
    receives(&a, to_a);
    assert_link(&a, to_b, 3, THREAD_LINK_SERVED, true, "", "a");
    refuses(&world.root, a.cap, THREAD_LABEL_FOLLOW, WORDS(4), CAPS(to_b), ENOENT,
            ARGUMENT_WORD(0));
    calls(&a, to_b);
    assert_failure(&a, EDEADLK, ARGUMENT_HANDLE, CHAIN_HELP_MAX, 0);
    refuses(&world.root, a.cap, THREAD_LABEL_FOLLOW, WORDS(0), CAPS(pool), ENOENT,
            ARGUMENT_WORD(0));
}

/* b waits for room in a channel that c takes from. */
static void who_waits_for_room_is_queued(void **state)
{
    struct actor a = person("a", ACTIVE, 20), b = person("b", ACTIVE, 20);
    struct actor c = person("c", ACTIVE, 20);
    cap_t to_b = endpoint("to-b"), to_c = call_only("to-c");
    cap_t channel = make(OBJECT_CHANNEL, CHANNEL_SIZE(1, 7, 0), "channel");

    (void)state;
    must_ask(channel, CHANNEL_LABEL_ATTACH, NO_WORDS, CAPS(to_c));
    binds(&b, to_b);
    binds(&c, to_c);
    sends(&world.root, to_c);
    sends(&b, to_c);
    assert_state(&b, THREAD_WAITS_SEND);
    assert_link(&a, to_b, 1, THREAD_LINK_QUEUED, false, "to-c", "c");
}

static void follow_is_refused(void **state)
{
    struct actor a = person("a", ACTIVE, 20);
    cap_t ep = endpoint("ep"), n = notification("n");

    (void)state;
    refuses(&world.root, derived(a.cap, CAP_RIGHTS_USE), THREAD_LABEL_FOLLOW, WORDS(0), CAPS(ep),
            EPERM, ARGUMENT_HANDLE);
    refuses(&world.root, a.cap, THREAD_LABEL_FOLLOW, WORDS(0), CAPS(n), EINVAL, ARGUMENT_CAP(0));
    refuses(&world.root, a.cap, THREAD_LABEL_FOLLOW, WORDS(0), NO_CAPS, EINVAL, ARGUMENT_CAP(0));
    refuses(&world.root, a.cap, THREAD_LABEL_FOLLOW, WORDS(UINT64_MAX), CAPS(ep), ENOENT,
            ARGUMENT_WORD(0));
}

/* Whoever expects one who will not come is told, also who comes later. */
static void expectations_die(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 3; way++) {
        struct actor b = person("b", ACTIVE, 20), waiters[3];
        cap_t to_b = endpoint("to-b"), to[3];

        binds(&b, to_b);
        for (unsigned i = 0; i < 3; i++) {
            waiters[i] = person("waiter", ACTIVE, 20);
            to[i] = endpoint("to");
            binds(&waiters[i], to[i]);
            if (i < 2)
                receives_from(&waiters[i], to[i], 0, to_b);
        }
        if (way == 0)
            deletes(b.cap);
        if (way == 1)
            calls(&b, b.cap, .label = THREAD_LABEL_EXIT, .words = WORDS(0));
        if (way == 2)
            deletes(to_b);
        for (unsigned i = 0; i < 2; i++) {
            assert_awake(&waiters[i]);
            assert_failure(&waiters[i], EPIPE, ARGUMENT_EXPECTED, 0, 0);
        }
        if (way < 2) {
            receives_from(&waiters[2], to[2], 0, to_b);
            assert_failure(&waiters[2], EPIPE, ARGUMENT_EXPECTED, 0, 0);
        }
        for (unsigned i = 0; i < 3; i++)
            deletes(waiters[i].cap);
        if (way)
            deletes(b.cap);
    }
}

int run_closed_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("CLOSED-1: a closed receive takes from its badge only, others wait on",
             takes_from_one_badge),
        TEST("CLOSED-2: also where that sender waits already, behind more urgent ones",
             takes_from_a_waiting_one),
        TEST("CLOSED-3: those passed by keep their places in the queue", passing_keeps_the_order),
        TEST("CLOSED-4: a waiter is passed once for a badge, one a step",
             each_waiter_is_passed_once),
        TEST("CLOSED-5: it needs an endpoint bound to the receiver, which stays bound meanwhile",
             closed_needs_a_bound_endpoint),
        TEST("CLOSED-6: bits of the bound notification end it", bits_end_a_closed_receive),
        TEST("CLOSED-7: cancel, death and suspension end it, and the waiters of both queues",
             closed_waits_end_as_others_do),
        TEST("CLOSED-8: one that was passed by helps, and is moved up", the_passed_help),
        TEST("CLOSED-9: a closed receive that expects somebody is a link: the circle is EDEADLK",
             closed_receives_are_links),
        TEST("CLOSED-10: the message that it waits for is no circle, also when it was there before",
             waiting_senders_match_first),
        TEST("CLOSED-11: binding an endpoint that is expected may not close a circle either",
             bindings_see_who_expects),
        TEST("CLOSED-12: 32 links wait, a longer chain is ELOOP", long_chains_are_refused),
        TEST("CLOSED-13: when the expected endpoint or its thread dies, who expects it gets EPIPE",
             expectations_die),
        TEST("CLOSED-14: the chain that a call would wait for is told link by link, with names",
             chains_are_told_by_name),
        TEST("CLOSED-16: who waits for room is told as one in a queue",
             who_waits_for_room_is_queued),
        TEST("CLOSED-15: to follow it needs Read and an endpoint", follow_is_refused),
    };

    return cmocka_run_group_tests_name("closed", tests, NULL, NULL);
}
