/*
 * test_turns.c - the paths in registers where it is not simple who runs next: active servers that
 * wait in a queue, budgets that end in between, a timer that has to be set, times that run others.
 */

#include "sources.h"
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>

int run_turns_tests(void);

#define PRIORITY 60 /* above root's, so that whoever should run does */

static struct words numbered(unsigned count, uint64_t first)
{
    struct words words = {.count = count};

    for (unsigned i = 0; i < count; i++)
        words.word[i] = first + i;
    return words;
}

static void configures(const struct actor *actor, unsigned priority, uint64_t budget,
                       uint64_t period)
{
    must_ask(actor->time, SCHEDCONTEXT_LABEL_CONFIGURE, WORDS(priority, budget, period),
             CAPS(world.cpu));
}

static void assert_runs(const struct actor *actor, const struct actor *on)
{
    assert_ptr_equal(running(), actor->thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(on));
}

/* ---- calls of an active server that is more urgent ---- */

struct shop {
    struct actor server, client;
    cap_t ep;
};

/* The server receives from two endpoints, and so waits in a queue; or from one. */
static struct shop shop_of(bool two)
{
    struct shop s = {.ep = call_only("first")};

    s.server = person("server", ACTIVE, PRIORITY + 1);
    s.client = person("client", ACTIVE, PRIORITY);
    binds(&s.server, s.ep);
    if (two)
        binds(&s.server, call_only("second"));
    receives(&s.server, s.ep, .accept = 1);
    for (unsigned i = 0; i < 2; i++) { /* the timer has been set then */
        calls(&s.client, s.ep);
        replies_and_receives(&s.server, s.ep, .token = token(&s.server), .accept = 1);
    }
    knows_its_space(&s.client);
    return s;
}

static void answers(struct shop *s, struct words words)
{
    replies_and_receives(&s->server, s->ep, .token = token(&s->server), .words = words,
                         .accept = 1);
}

static void queued_server_takes_over(void **state)
{
    static const unsigned counts[] = {0, 1, 7, 8, 127};
    struct shop s = shop_of(true);
    uint64_t client = consumed(&s.client), server = consumed(&s.server);

    (void)state;
    for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        host.now += 7;
        calls(&s.client, s.ep, .label = 5, .words = numbered(counts[i], 100));
        assert_runs(&s.server, &s.server);
        assert_int_equal(label(&s.server), 5);
        for (unsigned n = 0; n < counts[i]; n++)
            assert_int_equal(word(&s.server, n), 100 + n);
        host.now += 100;
        answers(&s, numbered(counts[i], 200));
        assert_runs(&s.client, &s.client);
        for (unsigned n = 0; n < counts[i]; n++)
            assert_int_equal(word(&s.client, n), 200 + n);
        assert_ptr_equal(thread_first(&((struct endpoint *)object_of(s.ep))->receivers),
                         s.server.thread);
    }
    assert_general(0);
    schedule_charge(cpu_self(), host.now);
    assert_int_equal(consumed(&s.client), client + 35);
    assert_int_equal(consumed(&s.server), server + 500);
}

/* A call that says that it takes capabilities is none of the ordinary ones. */
static void resting_server_is_found(void **state)
{
    struct shop s = shop_of(false);

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        calls(&s.client, s.ep, .accept = 1, .words = WORDS(4));
        assert_runs(&s.server, &s.server);
        assert_int_equal(word(&s.server, 0), 4);
        answers(&s, WORDS(5));
        assert_runs(&s.client, &s.client);
        assert_int_equal(word(&s.client, 0), 5);
    }
    assert_general(0);
}

/* The budget is used up, and the timer has not interrupted yet. */
static void callers_budget_ends_with_the_call(void **state)
{
    static const unsigned counts[] = {0, 8};

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct shop s = shop_of(i & 1);
        uint64_t before;

        configures(&s.client, PRIORITY, 1 * MS, 50 * MS);
        runs(&s.client);
        before = consumed(&s.client);
        host.now += 2 * MS;
        calls(&s.client, s.ep, .words = numbered(counts[i / 2], 100));
        assert_runs(&s.server, &s.server);
        assert_int_equal(word(&s.server, 0), counts[i / 2] ? 100 : 0);
        assert_true(schedcontext_of(&s.client)->refill.active);
        assert_int_equal(consumed(&s.client), before + 2 * MS);
        answers(&s, NO_WORDS);
        assert_ptr_not_equal(running(), s.client.thread);
        time_passes(60 * MS);
        assert_status(&s.client, SUCCESS);
        assert_int_equal(consumed(&s.client), before + 3 * MS);
        revokes(world.memory);
    }
}

/* Its own ends sooner than what the timer is set to. */
static void servers_budget_needs_the_timer(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct shop s = shop_of(i & 1);

        configures(&s.server, PRIORITY + 1, 1 * MS, 50 * MS);
        runs(&s.client);
        calls(&s.client, s.ep, .words = numbered(i & 2 ? 8 : 1, 100));
        assert_runs(&s.server, &s.server);
        assert_int_equal(word(&s.server, 0), 100);
        assert_true(host.timer <= host.now + 1 * MS);
        time_passes(2 * MS);
        assert_true(schedcontext_of(&s.server)->refill.active);
        assert_runs(&s.server, &s.client); /* its caller's time helps */
        answers(&s, NO_WORDS);
        assert_status(&s.client, SUCCESS);
        calls(&s.client, s.ep); /* its own is used up, and cannot take over */
        assert_runs(&s.server, &s.client);
        revokes(world.memory);
    }
}

/* ---- notify, waits for bits, yields ---- */

struct pair {
    struct actor a, b, high;
    cap_t bell;
};

static struct pair pair(void)
{
    struct pair p = {.bell = notification("bell")};

    p.high = person("high", ACTIVE, PRIORITY + 1);
    receives(&p.high, p.bell);
    p.a = person("a", ACTIVE, PRIORITY);
    p.b = person("b", ACTIVE, PRIORITY);
    knows_its_space(&p.a);
    knows_its_space(&p.b);
    runs(&p.a);
    host.general_entries = 0;
    return p;
}

static void notifier_is_used_up(void **state)
{
    struct pair p = pair();

    (void)state;
    configures(&p.a, PRIORITY, 1 * MS, 50 * MS);
    runs(&p.a);
    host.general_entries = 0;
    host.now += 2 * MS;
    notifies(&p.a, p.bell, 6);
    assert_general(0);
    assert_runs(&p.high, &p.high);
    assert_int_equal(bits(&p.high), 6);
    assert_true(schedcontext_of(&p.a)->refill.active);
    assert_status(&p.a, SUCCESS);
}

/* Who notifies runs on the time of whom it serves. */
static void servant_notifies(void **state)
{
    struct pair p = pair();
    struct actor server = person("server", PASSIVE, PRIORITY);
    cap_t ep = call_only("ep");

    (void)state;
    binds(&server, ep);
    receives(&server, ep);
    runs(&p.a);
    calls(&p.a, ep);
    calls(&server, CAP_NULL);
    assert_runs(&server, &p.a);
    notifies(&server, p.bell, 6);
    assert_runs(&p.high, &p.high);
    assert_int_equal(bits(&p.high), 6);
    receives(&p.high, p.bell);
    assert_runs(&server, &p.a);
    assert_status(&server, SUCCESS);
    calls(&server, p.a.time, .label = SCHEDCONTEXT_LABEL_YIELD);
    assert_runs(&p.b, &p.b);
}

static void woken_needs_the_timer(void **state)
{
    struct pair p = pair();

    (void)state;
    configures(&p.high, PRIORITY + 1, 1 * MS, 50 * MS);
    runs(&p.a);
    notifies(&p.a, p.bell, 6);
    assert_runs(&p.high, &p.high);
    assert_int_equal(bits(&p.high), 6);
    assert_true(host.timer <= host.now + 1 * MS);
    time_passes(2 * MS);
    assert_runs(&p.a, &p.a);
}

static void next_needs_the_timer(void **state)
{
    struct pair p = pair();
    cap_t there = notification("there");

    (void)state;
    for (unsigned yields = 0; yields < 2; yields++) {
        configures(&p.a, PRIORITY, 50 * MS, 50 * MS);
        configures(&p.b, PRIORITY, 1 * MS, 50 * MS);
        runs(&p.a);
        if (yields)
            calls(&p.a, p.a.time, .label = SCHEDCONTEXT_LABEL_YIELD);
        else
            receives(&p.a, there);
        assert_runs(&p.b, &p.b);
        assert_true(host.timer <= host.now + 1 * MS);
        notifies(&world.root, there, 1);
        time_passes(60 * MS);
    }
}

/* Its equal's time runs somebody else; and its own is used up. */
static void yields_that_are_not_simple(void **state)
{
    struct pair p = pair();
    struct actor server = person("server", PASSIVE, PRIORITY);
    cap_t ep = call_only("ep");

    (void)state;
    binds(&server, ep);
    receives(&server, ep);
    runs(&p.b);
    calls(&p.b, ep);
    assert_runs(&server, &p.b);
    runs(&p.a);
    calls(&p.a, p.a.time, .label = SCHEDCONTEXT_LABEL_YIELD);
    assert_runs(&server, &p.b);
    replies_and_receives(&server, ep, .token = token(&server));
    configures(&p.a, PRIORITY, 1 * MS, 50 * MS);
    runs(&p.a);
    host.now += 2 * MS;
    calls(&p.a, p.a.time, .label = SCHEDCONTEXT_LABEL_YIELD);
    assert_runs(&p.b, &p.b);
    assert_true(schedcontext_of(&p.a)->refill.active);
    calls(&p.b, derived(p.bell, CAP_RIGHTS_SEND), .label = SCHEDCONTEXT_LABEL_YIELD);
    assert_status(&p.b, ENOSYS);
}

static void waits_without_the_right(void **state)
{
    struct pair p = pair();

    (void)state;
    receives(&p.a, derived(notification("there"), CAP_RIGHTS_SEND));
    assert_failure(&p.a, EPERM, ARGUMENT_HANDLE, CAP_RIGHTS_RECV, CAP_RIGHTS_SEND);
}

/* Its caller's time ends where it waits; so its own rests no longer outside of all queues. */
static void callers_time_waits_where_it_listens(void **state)
{
    struct shop s = shop_of(false);
    cap_t bell = notification("bell"), held;

    (void)state;
    runs(&s.client);
    calls(&s.client, s.ep);
    held = token(&s.server);
    assert_runs(&s.server, &s.server);
    receives(&s.server, bell);
    assert_state(&s.server, THREAD_WAITS_NOTIFY);
    assert_null(notification_listener((struct notification *)object_of(bell)));
    runs(&world.root);
    notifies(&world.root, bell, 2);
    assert_runs(&s.server, &s.server);
    assert_int_equal(bits(&s.server), 2);
    replies(&s.server, .token = held, .words = WORDS(9));
    receives(&s.server, s.ep);
    assert_runs(&s.client, &s.client);
    assert_int_equal(word(&s.client, 0), 9);
}

/* The one that listens there is bound to it, and other things can end its wait then. */
static void listener_is_bound(void **state)
{
    struct pair p = pair();

    (void)state;
    must_ask(p.high.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(p.bell));
    assert_state(&p.high, THREAD_WAITS_NOTIFY);
    assert_null(notification_listener((struct notification *)object_of(p.bell)));
    runs(&p.a);
    notifies(&p.a, p.bell, 3);
    assert_runs(&p.high, &p.high);
    assert_int_equal(bits(&p.high), 3);
}

int run_turns_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("TURN-1: a more urgent server of several endpoints takes over and makes way in "
             "registers",
             queued_server_takes_over),
        TEST("TURN-2: a call that takes capabilities finds such a server where it rests",
             resting_server_is_found),
        TEST("TURN-3: a caller whose budget ends with the call is served, and waits for his period",
             callers_budget_ends_with_the_call),
        TEST("TURN-4: a server whose budget ends before the timer comes has it set",
             servers_budget_needs_the_timer),
        TEST("TURN-5: a notify that ends a budget wakes all the same", notifier_is_used_up),
        TEST("TURN-6: a server on its caller's time wakes and yields like others",
             servant_notifies),
        TEST("TURN-7: the timer is set for who is woken", woken_needs_the_timer),
        TEST("TURN-8: the timer is set for who comes next", next_needs_the_timer),
        TEST("TURN-9: a yield is right, too, where the equal's time runs a server, or the own is "
             "used up",
             yields_that_are_not_simple),
        TEST("TURN-10: a wait for bits without the right is refused", waits_without_the_right),
        TEST("TURN-11: who waits for bits while it serves has its caller's time wait there, too",
             callers_time_waits_where_it_listens),
        TEST("TURN-12: a notification can be bound to the thread that listens there",
             listener_is_bound),
    };

    return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
