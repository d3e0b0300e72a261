/* test_source_time.c - times whose home is a Notification or Channel. */

#include "sources.h"
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>

int run_source_time_tests(void);

#define IN_QUEUE(cap) sends(&world.root, cap, .words = WORDS(7), NOW)

/* A time for the receivers from that source; root is less urgent than its priority, 40. */
static cap_t gives_time(cap_t source, uint64_t budget, uint64_t period)
{
    cap_t time = time_of(40, budget, period);

    must_ask(time, SCHEDCONTEXT_LABEL_BIND_SOURCE, NO_WORDS, CAPS(source));
    return time;
}

static bool runs_on(const struct actor *actor, cap_t time)
{
    return running() == actor->thread && cpu_self()->time == object_of(time);
}

/* It waits there, and runs on that time when bits come. */
static void takes_bits(struct actor *actor, cap_t n, cap_t time)
{
    receives(actor, n);
    notifies(&world.root, n, 1);
    assert_true(runs_on(actor, time));
}

static uint64_t consumed_of(cap_t time)
{
    must_ask(time, SCHEDCONTEXT_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    return word(&world.root, 3);
}

static void bits_bring_time(void **state)
{
    struct actor server = person("server", PASSIVE, 35);
    cap_t n = notification("n"), time = gives_time(n, MS, MS);

    (void)state;
    receives(&server, n);
    for (unsigned i = 1; i <= 3; i++) {
        uint64_t reserve = consumed(&server);

        notifies(&world.root, n, 1);
        assert_int_equal(bits(&server), 1);
        assert_true(runs_on(&server, time));
        time_passes(MS / 4);
        receives(&server, n);
        assert_int_equal(consumed_of(time), i * MS / 4);
        assert_int_equal(consumed(&server), reserve);
    }
    notifies(&world.root, n, 2); /* also where they wait already */
    suspends(&server);
    resumes(&server);
    assert_true(runs_on(&server, time));
}

static void waiting_bits_bring_time(void **state)
{
    struct actor server = person("server", PASSIVE, 35);
    cap_t n = notification("n"), time = gives_time(n, MS, MS);

    (void)state;
    notifies(&world.root, n, 1);
    receives(&server, n);
    assert_int_equal(bits(&server), 1);
    assert_true(runs_on(&server, time));
    receives(&server, n, NOW); /* from here on it has none of it */
    assert_status(&server, EAGAIN);
    assert_awake(&server);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&server));
}

static void messages_bring_time(void **state)
{
    struct actor server = person("server", PASSIVE, 35);
    cap_t c = make(OBJECT_CHANNEL, CHANNEL_SIZE(4, 7, 0), "c"), ep = call_only("ep");
    cap_t time = gives_time(c, MS, MS);

    (void)state;
    receives(&server, c);
    IN_QUEUE(c);
    assert_true(runs_on(&server, time));
    receives(&server, c);
    cancels(&server);
    must_ask(c, CHANNEL_LABEL_ATTACH, NO_WORDS, CAPS(ep));
    runs(&server);
    receives(&server, ep); /* the channel's messages come there */
    IN_QUEUE(ep);
    assert_true(runs_on(&server, time));
    receives(&server, ep);
    assert_state(&server, THREAD_WAITS_RECEIVE);
    assert_ptr_equal(running(), world.root.thread);
}

/* Several lie there: each receive takes the next, and the time is the receiver's all the while. */
static void messages_keep_time(void **state)
{
    struct actor server = person("server", PASSIVE, 35);
    cap_t c = make(OBJECT_CHANNEL, CHANNEL_SIZE(4, 7, 0), "c"), time = gives_time(c, MS, MS);

    (void)state;
    for (unsigned i = 0; i < 3; i++)
        IN_QUEUE(c);
    for (unsigned i = 0; i < 3; i++) {
        receives(&server, c);
        assert_int_equal(word(&server, 0), 7);
        assert_true(runs_on(&server, time));
    }
}

/* A time that was a reserve is one no longer: it runs whoever its source says. */
static void a_reserve_becomes_a_sources(void **state)
{
    struct actor first = person("first", PASSIVE, 50), server = person("server", PASSIVE, 35);
    cap_t n = notification("n"), time = first.time;

    (void)state;
    must_ask(time, SCHEDCONTEXT_LABEL_UNBIND, NO_WORDS, NO_CAPS);
    must_ask(time, SCHEDCONTEXT_LABEL_BIND_SOURCE, NO_WORDS, CAPS(n));
    takes_bits(&server, n, time);
}

static void a_set_brings_time(void **state)
{
    struct server s = server_of(PASSIVE, 35);
    cap_t time = gives_time(s.n, MS, MS), other = gives_time(s.c, MS, MS);

    (void)state;
    receives(&s.actor, s.set);
    notifies(&world.root, s.n, 1);
    assert_int_equal(key(&s.actor), KEY_N);
    assert_true(runs_on(&s.actor, time));
    receives(&s.actor, s.set);
    IN_QUEUE(s.c);
    assert_int_equal(key(&s.actor), KEY_C);
    assert_true(runs_on(&s.actor, other));
}

/* A call and bits: the most urgent of both. */
static void both_bring_time(void **state)
{
    struct actor server = person("server", PASSIVE, 35), client = person("client", ACTIVE, 36);
    struct actor urgent;
    cap_t n = notification("n"), ep = call_only("ep"), time = gives_time(n, MS, MS);

    (void)state;
    must_ask(server.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(n));
    calls(&client, ep);
    notifies(&world.root, n, 1);
    receives(&server, ep);
    assert_int_equal(bits(&server), 1);
    assert_ptr_equal(server.thread->caller, client.thread);
    assert_true(runs_on(&server, time));
    replies_and_receives(&server, ep, .token = token(&server));
    notifies(&world.root, n, 2);
    urgent = person("urgent", ACTIVE, 50);
    calls(&urgent, ep);
    receives(&server, ep);
    assert_int_equal(bits(&server), 0);
    assert_true(runs_on(&server, urgent.time));
    replies_and_receives(&server, ep, .token = token(&server));
    assert_state(&server, THREAD_WAITS_RECEIVE);
}

static void used_up_time_leaves_the_reserve(void **state)
{
    struct actor server = person("server", PASSIVE, 35);
    cap_t n = notification("n"), time = gives_time(n, MS, 10 * MS);

    (void)state;
    takes_bits(&server, n, time);
    time_passes(MS);
    assert_true(runs_on(&server, server.time));
    assert_ptr_equal(chain_time(server.thread), object_of(server.time)); /* what callees ask for */
    time_passes(9 * MS);
    assert_true(runs_on(&server, time));
}

static void it_goes_down_the_chain(void **state)
{
    struct actor server = person("server", PASSIVE, 35), other = person("other", PASSIVE, 35);
    cap_t n = notification("n"), ep = call_only("ep"), time = gives_time(n, MS, MS);

    (void)state;
    receives(&other, ep);
    receives(&server, n);
    notifies(&world.root, n, 1);
    calls(&server, ep);
    assert_true(runs_on(&other, time));
    replies_and_receives(&other, ep, .token = token(&other));
    assert_true(runs_on(&server, time));
}

/* Whatever ends, the server goes on with its reserve, or the time is free. */
static void each_may_end(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 6; way++) {
        struct actor server = person("server", PASSIVE, 35);
        cap_t n = notification("n"), time = gives_time(n, MS, MS);

        receives(&server, n);
        notifies(&world.root, n, 1);
        if (way == 0)
            deletes(n);
        if (way == 1)
            deletes(time);
        if (way == 2)
            must_ask(time, SCHEDCONTEXT_LABEL_UNBIND, NO_WORDS, NO_CAPS);
        if (way == 3)
            deletes(server.cap);
        if (way == 4)
            suspends(&server);
        if (way == 5)
            calls(&server, server.cap, .label = THREAD_LABEL_EXIT, .words = WORDS(0));
        if (way < 3)
            assert_true(runs_on(&server, server.time));
        else
            assert_ptr_equal(running(), world.root.thread);
        if (way == 4)
            resumes(&server);
        if (way == 4)
            assert_true(runs_on(&server, time));
        revokes(world.memory);
    }
}

static void who_took_last_has_it(void **state)
{
    struct actor first = person("first", PASSIVE, 35), second = person("second", PASSIVE, 36);
    struct actor active = person("active", ACTIVE, 38);
    cap_t n = notification("n"), time = gives_time(n, MS, MS);

    (void)state;
    takes_bits(&first, n, time);
    receives(&second, n);
    notifies(&first, n, 2);
    assert_true(runs_on(&second, time));
    assert_true(could_run(&first)); /* on its reserve */
    receives(&second, n);
    receives(&first, n);
    receives(&active, n);
    cancels(&first);
    cancels(&second);
    notifies(&world.root, n, 4); /* who is active runs on his own */
    assert_int_equal(bits(&active), 4);
    assert_true(runs_on(&active, active.time));
    assert_null(((struct schedcontext *)object_of(time))->home);
}

static void binding_is_checked(void **state)
{
    struct actor eve = person("eve", TIMELESS, 0);
    cap_t n = notification("n"), ep = call_only("ep"), time = time_of(40, MS, MS);
    cap_t raw = make(OBJECT_SCHEDCONTEXT, 0, "raw"), bound = gives_time(n, MS, MS);

    (void)state;
    refuses(&world.root, raw, SCHEDCONTEXT_LABEL_BIND_SOURCE, NO_WORDS, CAPS(notification("x")),
            EINVAL, ARGUMENT_HANDLE);
    refuses(&world.root, time, SCHEDCONTEXT_LABEL_BIND_SOURCE, NO_WORDS, CAPS(ep), EINVAL,
            ARGUMENT_CAP(0));
    refuses(&world.root, time, SCHEDCONTEXT_LABEL_BIND_SOURCE, NO_WORDS, CAPS(n), EBUSY,
            ARGUMENT_CAP(0));
    refuses(&world.root, bound, SCHEDCONTEXT_LABEL_BIND_SOURCE, NO_WORDS, CAPS(notification("x")),
            EBUSY, ARGUMENT_HANDLE);
    refuses(&world.root, bound, SCHEDCONTEXT_LABEL_BIND, WORDS(SCHEDCONTEXT_OWN), CAPS(eve.cap),
            EBUSY, ARGUMENT_HANDLE);
    must_ask(bound, SCHEDCONTEXT_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    assert_int_equal(word(&world.root, 4), 'n'); /* its home's name */
    must_ask(bound, SCHEDCONTEXT_LABEL_UNBIND, NO_WORDS, NO_CAPS);
    must_ask(time, SCHEDCONTEXT_LABEL_BIND_SOURCE, NO_WORDS, CAPS(n));
}

/* Bits that come again, and waiting ones, before it has given the time back. */
static void taken_again_it_stays(void **state)
{
    struct actor server = person("server", PASSIVE, 35);
    cap_t n = notification("n"), time = gives_time(n, MS, MS);

    (void)state;
    notifies(&world.root, n, 1);
    receives(&server, n);
    for (unsigned i = 0; i < 3; i++) {
        notifies(&server, n, 2);
        receives(&server, n);
        assert_int_equal(bits(&server), 2);
        assert_true(runs_on(&server, time));
        assert_ptr_equal(server.thread->lent, object_of(time));
        assert_null(server.thread->lent->next);
    }
}

/* A message of a channel, and bits with it: each of the two may go before the other. */
static void two_are_lent_at_once(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 2; way++) {
        struct actor server = person("server", PASSIVE, 35);
        cap_t n = notification("n"), c = make(OBJECT_CHANNEL, CHANNEL_SIZE(4, 7, 0), "c");
        cap_t of_bits = gives_time(n, MS, MS), of_channel = gives_time(c, MS, MS);

        must_ask(server.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(n));
        notifies(&world.root, n, 1);
        IN_QUEUE(c);
        receives(&server, c);
        assert_int_equal(bits(&server), 1);
        assert_non_null(server.thread->lent->next);
        must_ask(way ? of_bits : of_channel, SCHEDCONTEXT_LABEL_UNBIND, NO_WORDS, NO_CAPS);
        assert_ptr_equal(server.thread->lent, object_of(way ? of_channel : of_bits));
        assert_null(server.thread->lent->next);
        deletes(server.cap);
        revokes(world.memory);
    }
}

/* Given back used up, it is used up for whoever receives next, until its period ends. */
static void used_up_for_the_next(void **state)
{
    struct actor one = person("one", PASSIVE, 35), two = person("two", PASSIVE, 35);
    cap_t n = notification("n"), time = gives_time(n, MS, 20 * MS);

    (void)state;
    takes_bits(&one, n, time);
    time_passes(2 * MS);
    runs(&one);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&one));
    receives(&one, notification("other"));
    receives(&two, n);
    notifies(&world.root, n, 1);
    assert_int_equal(bits(&two), 1);
    runs(&two);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&two));
    assert_int_equal(consumed_of(time), MS);
    time_passes(20 * MS);
    assert_in_range(consumed_of(time), MS + 1, 2 * MS);
}

static void cancelled_it_still_has_it(void **state)
{
    struct actor server = person("server", PASSIVE, 50);
    cap_t n = notification("n"), time = gives_time(n, MS, MS);

    (void)state;
    takes_bits(&server, n, time);
    cancels(&server);
    suspends(&server);
    resumes(&server);
    assert_true(runs_on(&server, time));
}

/* Time of its own comes to who has a source's: that goes back with the next receive all the same.
 */
static void own_time_comes_later(void **state)
{
    struct actor server = person("server", PASSIVE, 35);
    cap_t n = notification("n"), other = notification("other"), time = gives_time(n, MS, MS);

    (void)state;
    takes_bits(&server, n, time);
    must_ask(server.time, SCHEDCONTEXT_LABEL_UNBIND, NO_WORDS, NO_CAPS);
    must_ask(server.time, SCHEDCONTEXT_LABEL_CONFIGURE, WORDS(50, MS, MS), CAPS(world.cpu));
    must_ask(server.time, SCHEDCONTEXT_LABEL_BIND, WORDS(SCHEDCONTEXT_OWN), CAPS(server.cap));
    runs(&server);
    assert_true(runs_on(&server, server.time));
    receives(&server, other);
    assert_null(server.thread->lent);
    assert_null(schedcontext_of(&server)->next);
    notifies(&world.root, other, 4);
    assert_true(runs_on(&server, server.time));
    assert_int_equal(bits(&server), 4);
}

int run_source_time_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("SOURCETIME-1: a passive thread that bits wake runs on their notification's time",
             bits_bring_time),
        TEST("SOURCETIME-2: also one that takes waiting bits; until its next receive, even a vain "
             "one",
             waiting_bits_bring_time),
        TEST("SOURCETIME-3: a channel's messages bring the channel's, also through an endpoint",
             messages_bring_time),
        TEST("SOURCETIME-14: it stays with who receives the next message there",
             messages_keep_time),
        TEST("SOURCETIME-13: a time that was a thread's reserve can be a notification's",
             a_reserve_becomes_a_sources),
        TEST("SOURCETIME-4: from a WaitSet comes the time of the source", a_set_brings_time),
        TEST("SOURCETIME-5: a call and bits bring both, and the most urgent runs the server",
             both_bring_time),
        TEST("SOURCETIME-6: when it is used up the reserve takes over till it is whole",
             used_up_time_leaves_the_reserve),
        TEST("SOURCETIME-7: it runs whom the receiver calls", it_goes_down_the_chain),
        TEST("SOURCETIME-8: source, time or receiver end: the others go on without", each_may_end),
        TEST("SOURCETIME-9: who took last has it, and an active thread never",
             who_took_last_has_it),
        TEST("SOURCETIME-10: one configured time and one notification or channel without any",
             binding_is_checked),
        TEST("SOURCETIME-11: who takes from there again keeps it, once", taken_again_it_stays),
        TEST("SOURCETIME-12: a message and bits bring two times, and each may end first",
             two_are_lent_at_once),
        TEST("SOURCETIME-15: one that was used up is so for whoever receives next",
             used_up_for_the_next),
        TEST("SOURCETIME-17: who is cancelled while he runs on a source's time still has it",
             cancelled_it_still_has_it),
        TEST("SOURCETIME-16: who is given time of his own has a source's until he receives again",
             own_time_comes_later),
    };

    return cmocka_run_group_tests_name("source_time", tests, NULL, NULL);
}
