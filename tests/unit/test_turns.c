/*
 * test_turns.c - the paths in registers where it is not simple who runs next: active servers that
 * wait in a queue, budgets that end in between, a timer that has to be set, times that run others.
 */

#include "sources.h"
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>

int run_turns_tests(void);

#define PRIORITY 60 /* above root's, so that whoever should run does */

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

/* A passive server that runs on that caller's time. */
static struct actor serving(struct actor *caller, cap_t ep)
{
    struct actor server = person("server", PASSIVE, PRIORITY);

    binds(&server, ep);
    receives(&server, ep);
    runs(caller);
    calls(caller, ep);
    assert_runs(&server, caller);
    return server;
}

/* Who notifies runs on the time of whom it serves. */
static void servant_notifies(void **state)
{
    struct pair p = pair();
    struct actor server = serving(&p.a, call_only("ep"));

    (void)state;
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
    notifies(&p.a, p.bell, 1);
    receives(&p.high, p.bell); /* anew: what was configured has ended its rest */
    runs(&p.a);
    time_passes(2 * MS); /* now the timer is set for its budget alone */
    host.general_entries = 0;
    notifies(&p.a, p.bell, 6);
    assert_general(0);
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
    cap_t ep = call_only("ep");
    struct actor server = serving(&p.b, ep);

    (void)state;
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

/* When the server has answered, the caller's time is not what comes next. */
static void others_come_after_the_answer(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct shop s = shop_of(true);
        struct actor other = person("other", PASSIVE, PRIORITY + 1);
        cap_t bell = notification("bell"), last;

        configures(&s.client, PRIORITY, 1 * MS, 50 * MS);
        receives(&other, bell);
        receives(&world.root, notification("never"), .flags = TAG_DEADLINE,
                 .deadline = host.now + 40 * MS); /* nobody else is there so long */
        runs(&s.client);
        host.now += i ? 0 : 2 * MS; /* more than it has */
        calls(&s.client, s.ep);
        assert_runs(&s.server, &s.server);
        last = token(&s.server);
        if (i)
            notifies(&s.server, bell, 1); /* and will run on its reserve */
        replies_and_receives(&s.server, s.ep, .token = last);
        if (i)
            assert_ptr_equal(running(), other.thread);
        else
            assert_null(running());
        time_passes(60 * MS);
        assert_status(&s.client, SUCCESS);
        revokes(world.memory);
    }
}

/* Somebody who waits for its other endpoint, more urgent, runs the server: it answers on his time.
 */
static void answered_on_a_helpers_time(void **state)
{
    struct actor server = person("server", PASSIVE, PRIORITY);
    struct actor client = person("client", ACTIVE, PRIORITY);
    struct actor helper = person("helper", ACTIVE, PRIORITY + 1);
    cap_t first = call_only("first"), second = call_only("second");

    (void)state;
    binds(&server, first);
    binds(&server, second);
    receives(&server, first);
    calls(&client, first);
    calls(&helper, second, .words = WORDS(8));
    assert_runs(&server, &helper);
    replies_and_receives(&server, first, .token = token(&server));
    assert_status(&client, SUCCESS);
    assert_state(&server, THREAD_WAITS_RECEIVE);
    calls(&client, first, .words = WORDS(9));
    assert_runs(&server, &helper);
    replies_and_receives(&server, second, .token = token(&server));
    assert_int_equal(word(&server, 0), 8);
}

/* Where a server with two endpoints goes on to wait there is a channel, or anybody may send; or it
   is to hear bits, too. */
static void where_it_waits_next_is_looked_at(void **state)
{
    struct actor server = person("server", PASSIVE, PRIORITY);
    struct actor client = person("client", ACTIVE, PRIORITY);
    cap_t first = call_only("first"), posts = call_only("posts"), open = endpoint("open");
    cap_t channel = make(OBJECT_CHANNEL, CHANNEL_SIZE(1, 7, 0), "c"), bell = notification("bell");
    cap_t last;

    (void)state;
    binds(&server, first);
    binds(&server, posts);
    binds(&server, open);
    must_ask(server.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(bell));
    must_ask(channel, CHANNEL_LABEL_ATTACH, NO_WORDS, CAPS(posts));
    receives(&server, first);
    calls(&client, first);
    replies_and_receives(&server, posts, .token = token(&server));
    puts_in(derived(posts, CAP_RIGHTS_ALL), 5);
    assert_int_equal(word(&server, 0), 5);
    receives(&server, first);
    calls(&client, first);
    last = token(&server);
    notifies(&world.root, bell, 2);
    replies_and_receives(&server, first, .token = last);
    assert_int_equal(bits(&server), 2);
    receives(&server, first);
    calls(&client, first);
    replies_and_receives(&server, open, .token = token(&server));
    assert_status(&server, EINVAL);
    assert_int_equal(word(&server, 0), ARGUMENT_HANDLE);
    assert_status(&client, SUCCESS);
}

/* Two sets are its own: what comes to either is found. */
static void server_of_two_sets(void **state)
{
    struct server s = server_of(PASSIVE, PRIORITY);
    struct actor client = person("client", ACTIVE, PRIORITY);
    cap_t other = waitset(2), ep = call_only("ep");

    (void)state;
    adds(other, 5, ep);
    receives(&s.actor, s.set, NOW);
    receives(&s.actor, other, NOW);
    for (unsigned i = 0; i < 4; i++) {
        receives(&s.actor, i & 1 ? other : s.set);
        calls(&client, i & 1 ? ep : s.ep, .words = WORDS(i));
        assert_int_equal(key(&s.actor), i & 1 ? 5 : KEY_EP);
        assert_int_equal(word(&s.actor, 0), i);
        replies(&s.actor, .token = token(&s.actor));
    }
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
        TEST("TURN-13: who comes after an answer is right where it is not the caller",
             others_come_after_the_answer),
        TEST("TURN-14: a server that runs on a helper's time answers its caller, and goes on so",
             answered_on_a_helpers_time),
        TEST(
            "TURN-15: where a server waits after its answer a channel, bits and mistakes are found",
            where_it_waits_next_is_looked_at),
        TEST("TURN-16: a server of two WaitSets is found at the one where it waits",
             server_of_two_sets),
    };

    return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
