/* test_waitset_closed.c - receives from a WaitSet that are closed to a key and a badge. */

#include "sources.h"
#include <myelin/idl/thread_types.h>

int run_waitset_closed_tests(void);

static void closed_to_a_caller(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    struct actor eve = person("eve", ACTIVE, 30), bob = person("bob", ACTIVE, 20);
    cap_t to_eve = minted(s.ep, 1, CAP_RIGHTS_CALL), to_bob = minted(s.ep, 2, CAP_RIGHTS_CALL);

    (void)state;
    notifies(&world.root, s.n, 1);
    puts_in(s.c, 5);
    calls(&eve, to_eve);
    closes_to(&s, KEY_EP, 2);
    receives(&s.actor, s.set, .flags = TAG_CLOSED);
    assert_state(&s.actor, THREAD_WAITS_RECEIVE); /* all that is there is not for it */
    puts_in(s.c, 6);
    notifies(&world.root, s.n, 2);
    assert_state(&s.actor, THREAD_WAITS_RECEIVE);
    calls(&bob, to_bob, .words = WORDS(9));
    assert_int_equal(word(&s.actor, 0), 9);
    assert_int_equal(badge(&s.actor), 2);
    assert_true(key(&s.actor) == KEY_EP);
    replies(&s.actor, .token = token(&s.actor));
    for (unsigned i = 0; i < 4; i++) { /* the others are all there */
        receives(&s.actor, s.set, NOW);
        assert_status(&s.actor, SUCCESS);
    }
    receives(&s.actor, s.set, NOW);
    assert_status(&s.actor, EAGAIN);
}

static void closed_to_who_is_there(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    struct actor eve = person("eve", ACTIVE, 30), bob = person("bob", ACTIVE, 20);
    cap_t to_eve = minted(s.ep, 1, CAP_RIGHTS_CALL), to_bob = minted(s.ep, 2, CAP_RIGHTS_CALL);

    (void)state;
    notifies(&world.root, s.n, 1);
    calls(&eve, to_eve);
    closes_to(&s, KEY_EP, 2);
    receives(&s.actor, s.set, .flags = TAG_CLOSED | TAG_DEADLINE, .deadline = DEADLINE_NOW);
    assert_status(&s.actor, EAGAIN);
    calls(&bob, to_bob, .words = WORDS(9)); /* its endpoint had been passed by */
    host.pending_every = 1;
    receives(&s.actor, s.set, .flags = TAG_CLOSED);
    host.pending_every = 0;
    assert_int_equal(word(&s.actor, 0), 9);
    closes_to(&s, KEY_EP, 1);
    receives(&s.actor, s.set, .flags = TAG_CLOSED);
    assert_int_equal(badge(&s.actor), 1);
}

static void closed_to_a_channel(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    cap_t one = minted(s.c, 1, CAP_RIGHTS_SEND), two = minted(s.c, 2, CAP_RIGHTS_SEND);

    (void)state;
    closes_to(&s, KEY_C, 2);
    receives(&s.actor, s.set, .flags = TAG_CLOSED);
    puts_in(one, 5);
    puts_in(two, 6); /* not the oldest: first in, first out */
    assert_state(&s.actor, THREAD_WAITS_RECEIVE);
    cancels(&s.actor);
    receives(&s.actor, s.set);
    assert_int_equal(word(&s.actor, 0), 5);
    receives(&s.actor, s.set, .flags = TAG_CLOSED);
    assert_int_equal(word(&s.actor, 0), 6);
    receives(&s.actor, s.set, .flags = TAG_CLOSED);
    puts_in(two, 7);
    assert_int_equal(word(&s.actor, 0), 7);
    closes_to(&s, KEY_N, 0);
    receives(&s.actor, s.set, .flags = TAG_CLOSED);
    puts_in(two, 8);
    notifies(&world.root, s.n, 3);
    assert_int_equal(bits(&s.actor), 3);
    receives(&s.actor, s.c, .flags = TAG_CLOSED);
    assert_failure(&s.actor, EINVAL, ARGUMENT_TAG, 0, TAG_CLOSED);
}

/* What lies before its message is discarded, by whoever may; two channels, the second full. */
static void closed_to_what_becomes_the_oldest(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    cap_t one = minted(s.c, 1, CAP_RIGHTS_SEND), two = minted(s.c, 2, CAP_RIGHTS_SEND);

    (void)state;
    closes_to(&s, KEY_C, 2);
    receives(&s.actor, s.set, .flags = TAG_CLOSED);
    puts_in(one, 5);
    puts_in(one, 6);
    puts_in(two, 7);
    must_ask(s.c, CHANNEL_LABEL_DISCARD, NO_WORDS, NO_CAPS);
    assert_state(&s.actor, THREAD_WAITS_RECEIVE);
    must_ask(s.c, CHANNEL_LABEL_DISCARD, NO_WORDS, NO_CAPS);
    assert_awake(&s.actor);
    assert_int_equal(word(&s.actor, 0), 7);
    assert_int_equal(key(&s.actor), KEY_C);
    refuses(&world.root, s.c, CHANNEL_LABEL_DISCARD, NO_WORDS, NO_CAPS, EAGAIN, ARGUMENT_HANDLE);
}

/* What lies in the ring from before is no message. */
static void closed_to_what_was_there(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    cap_t narrow = make(OBJECT_CHANNEL, CHANNEL_SIZE(2, 7, 0), "narrow");
    cap_t one = minted(narrow, 1, CAP_RIGHTS_SEND), two = minted(narrow, 2, CAP_RIGHTS_SEND);

    (void)state;
    adds(s.set, 9, narrow);
    puts_in(two, 5);
    receives(&s.actor, s.set);
    puts_in(one, 6);
    closes_to(&s, 9, 2);
    receives(&s.actor, s.set, .flags = TAG_CLOSED);
    must_ask(narrow, CHANNEL_LABEL_DISCARD, NO_WORDS, NO_CAPS);
    assert_state(&s.actor, THREAD_WAITS_RECEIVE);
}

static void closed_to_who_is_let_in(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    struct actor bob = person("bob", ACTIVE, 20);
    cap_t narrow = make(OBJECT_CHANNEL, CHANNEL_SIZE(1, 7, 0), "narrow");
    cap_t one = minted(narrow, 1, CAP_RIGHTS_SEND), two = minted(narrow, 2, CAP_RIGHTS_SEND);

    (void)state;
    adds(s.set, 9, narrow);
    puts_in(one, 5);
    sends(&bob, two, .words = WORDS(7));
    closes_to(&s, 9, 2);
    receives(&s.actor, s.set, .flags = TAG_CLOSED);
    assert_state(&s.actor, THREAD_WAITS_RECEIVE);
    must_ask(narrow, CHANNEL_LABEL_DISCARD, NO_WORDS, NO_CAPS);
    assert_status(&bob, SUCCESS);
    assert_int_equal(word(&s.actor, 0), 7);
    assert_int_equal(key(&s.actor), 9);
}

static void closed_to_what_it_cannot_take(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    cap_t one = minted(s.c, 1, CAP_RIGHTS_SEND);
    cap_t two = minted(s.c, 2, CAP_RIGHTS_SEND | CAP_RIGHTS_GRANT);

    (void)state;
    puts_in(one, 5);
    sends(&world.root, two, .words = WORDS(7), .caps = CAPS(s.n));
    closes_to(&s, KEY_C, 2);
    receives(&s.actor, s.set, .flags = TAG_CLOSED);
    must_ask(s.c, CHANNEL_LABEL_DISCARD, NO_WORDS, NO_CAPS);
    assert_failure(&s.actor, ENOSPC, ARGUMENT_HANDLE, 1, 0);
    assert_int_equal(key(&s.actor), KEY_C);
    receives(&s.actor, s.set, .flags = TAG_CLOSED, .accept = 1);
    assert_int_equal(word(&s.actor, 0), 7);
}

/* Who expects a message of the thread that a set belongs to. */
static void expecting_its_thread(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    struct actor eve = person("eve", ACTIVE, 30);
    cap_t eves = endpoint("eve's");

    (void)state;
    binds(&eve, eves);
    receives(&s.actor, s.set, NOW);
    eve.thread->utcb->closed_badge = 5;
    eve.thread->utcb->closed_endpoint = s.ep;
    receives(&eve, eves, .flags = TAG_CLOSED);
    calls(&s.actor, eves); /* of another badge: each would wait for the other */
    assert_status(&s.actor, EDEADLK);
    deletes(s.actor.cap);
    assert_failure(&eve, EPIPE, ARGUMENT_EXPECTED, 0, 0);
}

/* At each of its quiet sources. */
static void all_who_expect_its_thread(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    struct actor eve[3];

    (void)state;
    receives(&s.actor, s.set, NOW);
    for (unsigned i = 0; i < 3; i++) {
        cap_t eves = endpoint("eve's"), ep = call_only("ep");

        adds(s.set, KEY_N + 1 + i, ep);
        eve[i] = person("eve", ACTIVE, 30);
        binds(&eve[i], eves);
        eve[i].thread->utcb->closed_badge = 5;
        eve[i].thread->utcb->closed_endpoint = ep;
        receives(&eve[i], eves, .flags = TAG_CLOSED);
        assert_state(&eve[i], THREAD_WAITS_RECEIVE);
    }
    deletes(s.actor.cap);
    for (unsigned i = 0; i < 3; i++)
        assert_failure(&eve[i], EPIPE, ARGUMENT_EXPECTED, 0, 0);
}

/* What it passed by stays there, and more may come, until another receives from the set. */
static void passed_sources_outlive_the_receiver(void **state)
{
    struct server s = server_of(PASSIVE, 20);
    struct actor next = person("next", PASSIVE, 20);

    (void)state;
    notifies(&world.root, s.n, 1);
    closes_to(&s, KEY_EP, 7);
    receives(&s.actor, s.set, .flags = TAG_CLOSED);
    assert_state(&s.actor, THREAD_WAITS_RECEIVE);
    deletes(s.actor.cap);
    notifies(&world.root, s.n, 2);
    receives(&next, s.set);
    assert_int_equal(key(&next), KEY_N);
    assert_int_equal(bits(&next), 3);
}

/* Of two sets that were looked through as often; the second has lost its thread. */
static void passed_by_in_another_set(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    struct actor dead = person("dead", ACTIVE, 30), heir = person("heir", ACTIVE, 30),
                 client = person("client", ACTIVE, 20);
    cap_t set = waitset(1);
    const struct waitset *one = object_of(s.set), *other = object_of(set);

    (void)state;
    receives(&dead, set, NOW);
    deletes(dead.cap);
    calls(&client, s.ep);
    for (uint64_t wanted = 100; one->scan < other->scan; wanted++) {
        closes_to(&s, wanted, 0);
        receives(&s.actor, s.set, .flags = TAG_CLOSED | TAG_DEADLINE, .deadline = DEADLINE_NOW);
        assert_status(&s.actor, EAGAIN);
    }
    assert_int_equal(one->scan, other->scan);
    removes(s.set, s.ep);
    adds(set, KEY_EP, s.ep);
    receives(&heir, set, NOW);
    assert_status(&heir, SUCCESS);
    assert_true(key(&heir) == KEY_EP);
}

/* Two had waited before the set had a thread: the one at a source that it does not take from, the
   other with a badge that it does not. */
static void passed_by_badge_they_help(void **state)
{
    struct server s = server_of(PASSIVE, 5);
    struct actor first = person("first", ACTIVE, 40), second = person("second", ACTIVE, 35),
                 third = person("third", ACTIVE, 30);
    cap_t other = call_only("other");

    (void)state;
    adds(s.set, KEY_N + 1, other);
    calls(&first, other);
    calls(&second, s.ep);
    closes_to(&s, KEY_EP, 7);
    receives(&s.actor, s.set, .flags = TAG_CLOSED);
    assert_state(&s.actor, THREAD_WAITS_RECEIVE);
    deletes(first.cap);
    calls(&third, minted(s.ep, 7, CAP_RIGHTS_CALL));
    assert_ptr_equal(running(), s.actor.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&second));
}

int run_waitset_closed_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("WAITSET-25: a receive closed to key and badge takes who comes with it, and nothing "
             "else",
             closed_to_a_caller),
        TEST("WAITSET-26: and finds him among those who wait, preemptibly, also after passing by",
             closed_to_who_is_there),
        TEST("WAITSET-27: closed to a channel it takes the oldest message or waits; bits have no "
             "badge",
             closed_to_a_channel),
        TEST("WAITSET-35: it is given what a discard makes the oldest",
             closed_to_what_becomes_the_oldest),
        TEST("WAITSET-40: but nothing where a discard leaves none", closed_to_what_was_there),
        TEST("WAITSET-36: and what a discard let in, of one that waited for room",
             closed_to_who_is_let_in),
        TEST("WAITSET-37: or told that it cannot take that message, which stays",
             closed_to_what_it_cannot_take),
        TEST("WAITSET-28: who expects the set's thread is told of circles and of its death",
             expecting_its_thread),
        TEST("WAITSET-47: when the thread dies all learn it who expect its messages, at any source",
             all_who_expect_its_thread),
        TEST("WAITSET-48: whoever waited before the set had a thread, and whom a closed receive "
             "has passed by, helps when no other source comes before his",
             passed_by_badge_they_help),
        TEST("WAITSET-46: what another set's receive has passed by is there for the set that it "
             "comes into",
             passed_by_in_another_set),
        TEST("WAITSET-43: what a closed receive passed by is there for the next, also when its "
             "thread ends",
             passed_sources_outlive_the_receiver),
    };

    return cmocka_run_group_tests_name("waitset_closed", tests, NULL, NULL);
}
