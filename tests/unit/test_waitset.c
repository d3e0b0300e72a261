/* test_waitset.c - WaitSets: one receive from many sources. */

#include "sources.h"
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/untyped_types.h>

int run_waitset_tests(void);

/* ---- receive ---- */

static void what_is_there_is_taken(void **state)
{
    struct server s = server_of(ACTIVE, 20);
    struct actor client = person("client", ACTIVE, 5);

    (void)state;
    notifies(&world.root, s.n, 6);
    receives(&s.actor, s.set);
    assert_int_equal(key(&s.actor), KEY_N);
    assert_int_equal(bits(&s.actor), 6);
    assert_int_equal(s.actor.thread->context.tag, TAG_MYELIN | TAG_ORIGIN_NOTIFICATION);
    puts_in(s.c, 7);
    receives(&s.actor, s.set);
    assert_int_equal(key(&s.actor), KEY_C);
    assert_int_equal(word(&s.actor, 0), 7);
    assert_int_equal(bits(&s.actor), 0);
    calls(&client, s.ep, .words = WORDS(8));
    receives(&s.actor, s.set);
    assert_true(key(&s.actor) == KEY_EP);
    assert_int_equal(word(&s.actor, 0), 8);
    replies_and_receives(&s.actor, s.set, .token = token(&s.actor), .words = WORDS(9));
    assert_int_equal(word(&client, 0), 9);
    assert_state(&s.actor, THREAD_WAITS_RECEIVE);
    assert_ptr_equal(s.actor.thread->waitset, object_of(s.set));
}

static void who_comes_meets_the_thread(void **state)
{
    struct server s = server_of(ACTIVE, 20);
    struct actor client = person("client", ACTIVE, 30);

    (void)state;
    receives(&s.actor, s.set);
    calls(&client, s.ep, .words = WORDS(8));
    assert_true(key(&s.actor) == KEY_EP);
    assert_int_equal(word(&s.actor, 0), 8);
    runs(&s.actor);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&client));
    replies_and_receives(&s.actor, s.set, .token = token(&s.actor));
    assert_awake(&client);
    puts_in(s.c, 1);
    assert_int_equal(key(&s.actor), KEY_C);
    assert_int_equal(word(&s.actor, 0), 1);
    receives(&s.actor, s.set);
    notifies(&world.root, s.n, 5);
    assert_int_equal(key(&s.actor), KEY_N);
    assert_int_equal(bits(&s.actor), 5);
    receives(&s.actor, s.set, NOW);
    assert_failure(&s.actor, EAGAIN, ARGUMENT_HANDLE, 0, 0);
}

static void a_passive_server(void **state)
{
    struct server s = server_of(PASSIVE, 20);
    struct actor client = person("client", ACTIVE, 30);

    (void)state;
    receives(&s.actor, s.set);
    uint64_t before = consumed(&s.actor);

    for (unsigned i = 0; i < 3; i++) {
        calls(&client, s.ep, .words = WORDS(i));
        runs(&s.actor);
        assert_ptr_equal(cpu_self()->time, schedcontext_of(&client));
        replies_and_receives(&s.actor, s.set, .token = token(&s.actor), .words = WORDS(i));
        assert_int_equal(word(&client, 0), i);
    }
    assert_int_equal(consumed(&s.actor), before);
}

static void open_endpoints_are_for_active_threads(void **state)
{
    struct server s = server_of(PASSIVE, 20);
    struct actor other = person("other", ACTIVE, 20);
    cap_t open = endpoint("open"), set = waitset(1);

    (void)state;
    receives(&s.actor, s.set);
    refuses(&world.root, s.set, WAITSET_LABEL_ADD, WORDS(9), CAPS(open), EINVAL, ARGUMENT_CAP(0));
    adds(set, 9, open);
    cancels(&s.actor);
    receives(&s.actor, set);
    assert_failure(&s.actor, EINVAL, ARGUMENT_HANDLE, UNTYPED_ENDPOINT_CALL_ONLY,
                   UNTYPED_ENDPOINT_OPEN);
    removes(set, open);
    receives(&s.actor, set, NOW);
    assert_status(&s.actor, EAGAIN);
    set = waitset(1);
    adds(set, 9, open);
    sends(&other, open, .words = WORDS(4));
    receives(&world.root, set);
    assert_int_equal(word(&world.root, 0), 4);
    assert_int_equal(key(&world.root), 9);
}

static void by_urgency(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    struct actor low = person("low", ACTIVE, 5), high = person("high", ACTIVE, 30);
    struct actor mid = person("mid", ACTIVE, 20);
    cap_t second = call_only("second"), third = call_only("third");

    (void)state;
    adds(s.set, 22, second);
    adds(s.set, 33, third);
    calls(&low, s.ep);
    calls(&high, second);
    calls(&mid, third);
    receives(&s.actor, s.set);
    assert_int_equal(key(&s.actor), 22);
    replies_and_receives(&s.actor, s.set, .token = token(&s.actor));
    assert_int_equal(key(&s.actor), 33);
    calls(&high, s.ep); /* now this one is as urgent as its most urgent caller */
    replies_and_receives(&s.actor, s.set, .token = token(&s.actor));
    assert_true(key(&s.actor) == KEY_EP);
    assert_int_equal(s.actor.thread->caller == high.thread, true);
    replies_and_receives(&s.actor, s.set, .token = token(&s.actor));
    assert_int_equal(s.actor.thread->caller == low.thread, true);
}

static void equals_take_turns(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    struct actor people[6];
    cap_t other = call_only("other");

    (void)state;
    adds(s.set, 22, other);
    for (unsigned i = 0; i < 6; i++) {
        people[i] = person("client", ACTIVE, 10);
        calls(&people[i], i < 4 ? s.ep : other);
    }
    for (unsigned i = 0; i < 4; i++) {
        receives(&s.actor, s.set, .flags = TAG_WANT_REPLY);
        assert_int_equal(key(&s.actor) == 22, i & 1);
    }
}

static void own_bits_come_too(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    cap_t own = notification("own");

    (void)state;
    must_ask(s.actor.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(own));
    receives(&s.actor, s.set);
    notifies(&world.root, own, 1);
    assert_awake(&s.actor);
    assert_int_equal(bits(&s.actor), 1);
    assert_int_equal(key(&s.actor), 0);
    puts_in(s.c, 7);
    notifies(&world.root, own, 2);
    receives(&s.actor, s.set);
    assert_int_equal(key(&s.actor), KEY_C);
    assert_int_equal(bits(&s.actor), 2);
    notifies(&world.root, s.n, 8);
    notifies(&world.root, own, 4);
    receives(&s.actor, s.set);
    assert_int_equal(key(&s.actor), 0);
    assert_int_equal(bits(&s.actor), 4);
    receives(&s.actor, s.set);
    assert_int_equal(key(&s.actor), KEY_N);
    assert_int_equal(bits(&s.actor), 8);
}

/* Its key there is forgotten with the set. */
static void own_bits_once_in_a_set(void **state)
{
    struct server s = server_of(ACTIVE, 40);

    (void)state;
    removes(s.set, s.n);
    must_ask(s.actor.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(s.n));
    receives(&s.actor, s.set);
    notifies(&world.root, s.n, 1);
    assert_awake(&s.actor);
    assert_int_equal(key(&s.actor), 0);
}

/* The server waits elsewhere behind somebody, when a more urgent caller's endpoint is added. */
static void who_is_added_raises(void **state)
{
    struct server s = server_of(ACTIVE, 10);
    struct actor before = person("before", ACTIVE, 20), urgent = person("urgent", ACTIVE, 30);
    cap_t ep = call_only("late"), elsewhere = endpoint("elsewhere");

    (void)state;
    receives(&s.actor, s.set, NOW);
    sends(&before, elsewhere);
    sends(&s.actor, elsewhere);
    calls(&urgent, ep);
    adds(s.set, 9, ep);
    receives(&world.root, elsewhere);
    assert_awake(&s.actor);
    assert_state(&before, THREAD_WAITS_SEND);
}

/* What brings nothing makes nothing more urgent. */
static void no_bits_are_not_urgent(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    struct actor low = person("low", ACTIVE, 5), high = person("high", ACTIVE, 30);
    cap_t without = minted(s.n, 1, CAP_RIGHTS_SEND);

    (void)state;
    runs(&low);
    notifies(&low, gives(&low, s.n, CAP_RIGHTS_SEND), 1);
    runs(&high);
    notifies(&high, gives(&high, without, CAP_RIGHTS_SEND), 2);
    assert_int_equal(((struct notification *)object_of(s.n))->source.urgency, 5);
}

/* A receive that is closed to another passes them by, but runs on their time. */
static void who_is_passed_by_helps(void **state)
{
    struct server s = server_of(ACTIVE, 10);
    struct actor early = person("early", ACTIVE, 30);

    (void)state;
    calls(&early, s.ep);
    receives(&s.actor, s.set, .flags = TAG_CLOSED);
    assert_state(&s.actor, THREAD_WAITS_RECEIVE);
    cancels(&s.actor);
    runs(&s.actor);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&early));
}

/* Bits come along with a message also where a closed receive had passed that by. */
static void bits_with_what_was_passed(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    struct actor client = person("client", ACTIVE, 30);
    cap_t own = notification("own");

    (void)state;
    must_ask(s.actor.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(own));
    calls(&client, s.ep, .words = WORDS(8));
    receives(&s.actor, s.set, .flags = TAG_CLOSED | TAG_DEADLINE, .deadline = DEADLINE_NOW);
    assert_status(&s.actor, EAGAIN);
    notifies(&world.root, own, 2);
    receives(&s.actor, s.set);
    assert_true(key(&s.actor) == KEY_EP);
    assert_int_equal(word(&s.actor, 0), 8);
    assert_int_equal(bits(&s.actor), 2);
}

/* The very first receive is closed to key 0 and badge 0, passes a caller by, and comes again. */
static void who_comes_behind_who_was_passed(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    struct actor other = person("other", ACTIVE, 30), wanted = person("wanted", ACTIVE, 30);
    cap_t ep = call_only("key 0");

    (void)state;
    adds(s.set, 0, ep);
    calls(&other, minted(ep, 5, CAP_RIGHTS_ALL));
    receives(&s.actor, s.set, .flags = TAG_CLOSED | TAG_DEADLINE, .deadline = DEADLINE_NOW);
    assert_status(&s.actor, EAGAIN);
    calls(&wanted, ep, .words = WORDS(8));
    receives(&s.actor, s.set, .flags = TAG_CLOSED | TAG_DEADLINE, .deadline = DEADLINE_NOW);
    assert_status(&s.actor, SUCCESS);
    assert_int_equal(word(&s.actor, 0), 8);
}

static void a_deadline_passes(void **state)
{
    struct server s = server_of(ACTIVE, 40);

    (void)state;
    receives(&s.actor, s.set, .flags = TAG_DEADLINE, .deadline = host.now + MS);
    time_passes(2 * MS);
    assert_failure(&s.actor, ETIMEDOUT, ARGUMENT_DEADLINE, 0, 0);
    puts_in(s.c, 1);
    receives(&s.actor, s.set);
    assert_int_equal(word(&s.actor, 0), 1);
}

static void the_wrong_ones_are_given_back(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    struct actor eve = person("eve", ACTIVE, 30), bob = person("bob", ACTIVE, 20);

    (void)state;
    calls(&eve, s.ep, .caps = CAPS(s.n));
    calls(&bob, s.ep, .words = WORDS(5));
    receives(&s.actor, s.set); /* it takes no capabilities */
    assert_status(&eve, ENOSPC);
    assert_int_equal(word(&s.actor, 0), 5);
    replies(&s.actor, .token = token(&s.actor));
    calls(&eve, s.ep, .caps = CAPS(s.n));
    receives(&s.actor, s.set, NOW);
    assert_status(&s.actor, EAGAIN);
    assert_status(&eve, ENOSPC);
}

static void a_message_that_cannot_be_taken(void **state)
{
    struct server s = server_of(ACTIVE, 40);

    (void)state;
    sends(&world.root, s.c, .words = WORDS(6), .caps = CAPS(s.n));
    receives(&s.actor, s.set);
    assert_failure(&s.actor, ENOSPC, ARGUMENT_HANDLE, 1, 0);
    assert_int_equal(key(&s.actor), KEY_C);
    receives(&s.actor, s.set, .accept = 1);
    assert_int_equal(word(&s.actor, 0), 6);
    receives(&s.actor, s.set);
    sends(&world.root, s.c, .words = WORDS(7), .caps = CAPS(s.n)); /* while it waits */
    assert_failure(&s.actor, ENOSPC, ARGUMENT_HANDLE, 1, 0);
    assert_int_equal(key(&s.actor), KEY_C);
    receives(&s.actor, s.set, .accept = 1);
    assert_int_equal(word(&s.actor, 0), 7);
}

/* ---- many ---- */

#define MANY 10000

static void ten_thousand(void **state)
{
    struct actor server = person("server", ACTIVE, 20);
    cap_t set = waitset(MANY), first = CAP_NULL, last = CAP_NULL, middle = CAP_NULL;
    cap_t memory = make_from(world.huge, OBJECT_UNTYPED, 24, "");
    cap_t space = make_from(world.huge, OBJECT_CSPACE, 14, "space"); /* its slots are root's not */

    (void)state;
    world.unchecked = true;
    for (unsigned i = 0; i < MANY; i++) {
        cap_t n = make_from(memory, OBJECT_NOTIFICATION, 0, "n");

        adds(set, i + 1, n);
        if (i == 0)
            first = n;
        else if (i == MANY / 2)
            middle = n;
        else if (i == MANY - 1)
            last = n;
        else /* its owner moves away */
            must_ask(space, CSPACE_LABEL_INSERT, NO_WORDS, CAP_HOW(n, CAP_MOVE));
    }
    receives(&server, set);
    notifies(&world.root, middle, 1);
    assert_int_equal(key(&server), MANY / 2 + 1);
    notifies(&world.root, last, 1);
    notifies(&world.root, first, 1);
    receives(&server, set);
    assert_int_equal(key(&server), MANY);
    receives(&server, set);
    assert_int_equal(key(&server), 1);
    receives(&server, set, NOW);
    assert_status(&server, EAGAIN);
    host.pending_every = 1;
    deletes(set);
    assert_in_range(world.restarts, MANY, 2 * MANY);
    host.pending_every = 0;
}

/* The most urgent sends more than is taken; at the same endpoint waits the least urgent. */
static void refused_leave_it_to_the_most_urgent(void **state)
{
    (void)state;
    for (unsigned preempted = 0; preempted < 2; preempted++) {
        struct server s = server_of(ACTIVE, 10);
        struct actor most = person("most", ACTIVE, 60), middle = person("middle", ACTIVE, 50),
                     least = person("least", ACTIVE, 40);

        calls(&most, s.ep, .caps = CAPS(s.n));
        calls(&least, s.ep);
        notifies(&middle, s.n, 1);
        host.pending = preempted;
        receives(&s.actor, s.set);
        host.pending = false;
        assert_status(&most, ENOSPC);
        assert_int_equal(key(&s.actor), KEY_N);
        assert_state(&least, THREAD_WAITS_CALL);
        suspends(&most);
        suspends(&middle);
    }
}

/* Who had waited at two sources before the set had a thread: the first source leaves, or its waiter
   does. */
static void the_next_source_helps_at_once(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 2; way++) {
        struct server s = server_of(PASSIVE, 5);
        struct actor client = person("client", ACTIVE, 50), first = person("first", ACTIVE, 40),
                     second = person("second", ACTIVE, 35);
        cap_t other = call_only("other");

        adds(s.set, KEY_N + 1, other);
        calls(&client, s.ep);
        calls(&first, s.ep);
        calls(&second, other);
        receives(&s.actor, s.set);
        suspends(&client);
        assert_ptr_equal(cpu_self()->time, schedcontext_of(&first));
        if (way == 0)
            removes(s.set, s.ep);
        else
            deletes(first.cap);
        assert_ptr_equal(cpu_self()->time, schedcontext_of(&second));
        assert_ptr_equal(running(), s.actor.thread);
        deletes(second.cap);
        deletes(s.actor.cap);
    }
}

static void help_comes_from_the_set(void **state)
{
    struct server s = server_of(PASSIVE, 45);
    struct actor client = person("client", ACTIVE, 20), helper = person("helper", ACTIVE, 40);

    (void)state;
    receives(&s.actor, s.set);
    calls(&client, s.ep);
    calls(&helper, s.ep);
    suspends(&client);
    runs(&s.actor);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&helper));
}

static void all_sets_of_a_dead_thread(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    struct actor client = person("client", ACTIVE, 20), other = person("other", ACTIVE, 20);
    cap_t set = waitset(1), ep = call_only("second");

    (void)state;
    adds(set, KEY_EP, ep);
    receives(&s.actor, s.set, NOW);
    receives(&s.actor, set, NOW);
    calls(&client, s.ep);
    calls(&other, ep);
    deletes(s.actor.cap);
    assert_status(&client, EPIPE);
    assert_status(&other, EPIPE);
}

int run_waitset_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("WAITSET-1: a receive takes what is there, and says the key", what_is_there_is_taken),
        TEST("WAITSET-2: who comes while the thread waits meets it at once",
             who_comes_meets_the_thread),
        TEST("WAITSET-3: a passive server runs on its callers' time", a_passive_server),
        TEST("WAITSET-4: a passive thread receives from no set with an open endpoint",
             open_endpoints_are_for_active_threads),
        TEST("WAITSET-5: sources come by their most urgent waiter", by_urgency),
        TEST("WAITSET-6: equals take turns", equals_take_turns),
        TEST("WAITSET-7: bits of the thread's own notification come along, with key 0 if alone",
             own_bits_come_too),
        TEST("WAITSET-30: the key of a notification that has left a set is not told any more",
             own_bits_once_in_a_set),
        TEST("WAITSET-38: a notify of no bits makes those that are there no more urgent",
             no_bits_are_not_urgent),
        TEST("WAITSET-31: who waits at what is added makes the set's thread more urgent",
             who_is_added_raises),
        TEST("WAITSET-32: who is passed by by a closed receive runs the thread all the same",
             who_is_passed_by_helps),
        TEST("WAITSET-33: bits come along with a message that was passed by",
             bits_with_what_was_passed),
        TEST("WAITSET-34: who comes behind one that was passed by is found by the next receive",
             who_comes_behind_who_was_passed),
        TEST("WAITSET-8: a receive ends at its deadline", a_deadline_passes),
        TEST("WAITSET-9: a message that cannot be delivered is its sender's error, the next comes",
             the_wrong_ones_are_given_back),
        TEST("WAITSET-10: a channel's message that cannot be taken stays; the key says where",
             a_message_that_cannot_be_taken),
        TEST("WAITSET-29: ten thousand sources: each is found at once, and deletion is preemptible",
             ten_thousand),
        TEST("WAITSET-45: when the first source or its waiter leaves, who had waited at the next "
             "since before the set had a thread helps at once",
             the_next_source_helps_at_once),
        TEST("WAITSET-50: who waits in a server's WaitSet helps it, so its reserve rests",
             help_comes_from_the_set),
        TEST(
            "WAITSET-49: when the thread of several sets dies, who waits at any of them gets EPIPE",
            all_sets_of_a_dead_thread),
        TEST("WAITSET-44: when the most urgent could not be taken from, the source that is now the "
             "most urgent comes next",
             refused_leave_it_to_the_most_urgent),
    };

    return cmocka_run_group_tests_name("waitset", tests, NULL, NULL);
}
