/* test_activepath.c - servers with time of their own that is more urgent than their callers'. */

#include "sources.h"
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>

int run_activepath_tests(void);

#define PRIORITY 60 /* above root's, so that whoever should run does */

struct shop {
    struct actor server, client;
    cap_t ep;
};

static bool rests(const struct actor *actor)
{
    const struct schedcontext *own = schedcontext_of(actor);

    return thread_rests(actor->thread) && !queue_holds(&own->node) && cpu_self()->time != own;
}

static void answers(struct shop *s, struct words words)
{
    replies_and_receives(&s->server, s->ep, .token = token(&s->server), .words = words);
}

/* It waits where calls find it, and its timer has been set. */
static struct shop shop_of(unsigned priority)
{
    struct shop s = {.ep = call_only("ep")};

    s.server = person("server", ACTIVE, priority);
    s.client = person("client", ACTIVE, PRIORITY);
    binds(&s.server, s.ep);
    receives(&s.server, s.ep);
    for (unsigned i = 0; i < 2; i++) {
        calls(&s.client, s.ep);
        answers(&s, NO_WORDS);
    }
    knows_its_space(&s.client);
    return s;
}

static void assert_serves(const struct shop *s)
{
    assert_ptr_equal(running(), s->server.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&s->server));
    assert_state(&s->client, THREAD_WAITS_REPLY);
}

static void assert_answered(const struct shop *s)
{
    assert_ptr_equal(running(), s->client.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&s->client));
    assert_status(&s->client, SUCCESS);
    assert_true(rests(&s->server));
}

static void round_trip(struct shop *s, unsigned words)
{
    calls(&s->client, s->ep, .label = 7, .words = numbered(words, 100));
    assert_serves(s);
    assert_int_equal(label(&s->server), 7);
    for (unsigned i = 0; i < words; i++)
        assert_int_equal(word(&s->server, i), 100 + i);
    answers(s, numbered(words, 200));
    assert_answered(s);
    for (unsigned i = 0; i < words; i++)
        assert_int_equal(word(&s->client, i), 200 + i);
    assert_int_equal(badge(&s->client) | token(&s->client), 0);
}

static void both_ways_are_fast(void **state)
{
    static const unsigned counts[] = {0, 1, 7, 8, 127, 128};
    struct shop s = shop_of(PRIORITY + 1);
    uint64_t before[FAST_MISSES];

    (void)state;
    memcpy(before, fast_misses, sizeof(before));
    for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        round_trip(&s, counts[i]);
    assert_general(0);
    assert_memory_equal(before, fast_misses, sizeof(before));
}

static void each_pays_for_itself(void **state)
{
    struct shop s = shop_of(PRIORITY + 1);
    uint64_t client = consumed(&s.client), server = consumed(&s.server);

    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        host.now += 7;
        calls(&s.client, s.ep);
        host.now += 100;
        answers(&s, NO_WORDS);
    }
    assert_general(0);
    schedule_charge(cpu_self(), host.now);
    assert_int_equal(consumed(&s.client), client + 70);
    assert_int_equal(consumed(&s.server), server + 1000);
}

/* An equal of the caller's that has become ready meanwhile comes after him. */
static void callers_stay_before_their_equals(void **state)
{
    struct shop s = shop_of(PRIORITY + 2);
    struct actor equal = person("equal", ACTIVE, PRIORITY);
    cap_t bell = notification("bell"), last;

    (void)state;
    receives(&equal, bell);
    runs(&s.client);
    calls(&s.client, s.ep);
    last = token(&s.server);
    notifies(&s.server, bell, 1);
    assert_ptr_equal(running(), s.server.thread);
    replies_and_receives(&s.server, s.ep, .token = last);
    assert_answered(&s);
    receives(&s.client, bell); /* it waits: now it is the other's turn */
    assert_ptr_equal(running(), equal.thread);
}

/* It waits in the queue, where everything else finds it, and its time with it. */
static void what_ends_its_rest(void **state)
{
    struct shop s = shop_of(PRIORITY + 1);
    cap_t bell = notification("bell");

    (void)state;
    suspends(&s.server);
    resumes(&s.server);
    again(&s.server);
    round_trip(&s, 1);
    cancels(&s.server);
    assert_status(&s.server, ECANCELED);
    receives(&s.server, s.ep);
    round_trip(&s, 1);
    must_ask(s.server.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(bell));
    notifies(&world.root, bell, 5);
    assert_int_equal(bits(&s.server), 5);
    receives(&s.server, s.ep);
    round_trip(&s, 1);
    must_ask(s.server.cap, THREAD_LABEL_UNBIND_ENDPOINT, NO_WORDS, CAPS(s.ep));
    assert_false(rests(&s.server));
    binds(&s.server, s.ep);
    deletes(s.ep);
    assert_status(&s.server, EPIPE);
}

static void time_that_changes(void **state)
{
    struct shop s = shop_of(PRIORITY + 1);

    (void)state;
    must_ask(s.server.time, SCHEDCONTEXT_LABEL_CONFIGURE, WORDS(PRIORITY, 10 * MS, 10 * MS),
             CAPS(world.cpu));
    calls(&s.client, s.ep);
    assert_ptr_equal(running(), s.server.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&s.client)); /* no longer more urgent */
    answers(&s, NO_WORDS);
    assert_status(&s.client, SUCCESS);
    must_ask(s.server.time, SCHEDCONTEXT_LABEL_UNBIND, NO_WORDS, NO_CAPS);
    calls(&s.client, s.ep); /* and now passive, without a reserve */
    assert_ptr_equal(running(), s.server.thread);
    answers(&s, NO_WORDS);
    assert_status(&s.client, SUCCESS);
}

/* A caller that is suspended while it is served gets its answer, and does not run. */
static void suspended_callers(void **state)
{
    struct shop s = shop_of(PRIORITY + 1);

    (void)state;
    calls(&s.client, s.ep);
    suspends(&s.client);
    answers(&s, WORDS(9));
    assert_ptr_not_equal(running(), s.client.thread);
    resumes(&s.client);
    assert_awake(&s.client);
    assert_int_equal(word(&s.client, 0), 9);
    round_trip(&s, 1);
}

/* Who is served by one calls another one. */
static void one_calls_another(void **state)
{
    struct shop s = shop_of(PRIORITY + 1);
    struct shop t = {.ep = call_only("more"), .server = person("more", ACTIVE, PRIORITY + 2)};
    cap_t first;

    (void)state;
    binds(&t.server, t.ep);
    receives(&t.server, t.ep);
    for (unsigned i = 0; i < 3; i++) {
        calls(&s.client, s.ep);
        first = token(&s.server);
        calls(&s.server, t.ep);
        assert_ptr_equal(cpu_self()->time, schedcontext_of(&t.server));
        if (i == 2)
            suspends(&s.client);
        answers(&t, NO_WORDS);
        assert_ptr_equal(running(), s.server.thread);
        assert_ptr_equal(cpu_self()->time, schedcontext_of(&s.server));
        replies_and_receives(&s.server, s.ep, .token = first);
        assert_int_equal(running() == s.client.thread, i < 2);
    }
    resumes(&s.client);
    assert_status(&s.client, SUCCESS);
}

/* The caller is a passive server, on its own caller's time. */
static void called_by_the_passive(void **state)
{
    struct shop s = shop_of(PRIORITY + 1);
    struct actor middle = person("middle", PASSIVE, PRIORITY);
    cap_t ep = call_only("middle"), first;

    (void)state;
    binds(&middle, ep);
    receives(&middle, ep);
    for (unsigned i = 0; i < 3; i++) {
        calls(&s.client, ep);
        first = token(&middle);
        calls(&middle, s.ep);
        assert_ptr_equal(cpu_self()->time, schedcontext_of(&s.server));
        answers(&s, NO_WORDS);
        assert_ptr_equal(running(), middle.thread);
        assert_ptr_equal(cpu_self()->time, schedcontext_of(&s.client));
        replies_and_receives(&middle, ep, .token = first);
        assert_ptr_equal(running(), s.client.thread);
    }
}

/* Budgets that end are the scheduler's affair, on both sides. */
static void budgets_end(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct shop s = shop_of(PRIORITY + 1);

        must_ask((i ? s.server : s.client).time, SCHEDCONTEXT_LABEL_CONFIGURE,
                 WORDS(PRIORITY + i, 1 * MS, 50 * MS), CAPS(world.cpu));
        runs(&s.client);
        calls(&s.client, s.ep);
        assert_ptr_equal(running(), s.server.thread);
        time_passes(3 * MS);
        runs(&s.server);
        answers(&s, NO_WORDS);
        assert_state(&s.client, THREAD_RUNNING);
        assert_status(&s.client, SUCCESS);
        time_passes(60 * MS);
        suspends(&s.client);
    }
}

/* Calls of another form find it, too. */
static void other_calls(void **state)
{
    struct shop s = shop_of(PRIORITY + 1);
    cap_t a = notification("a");

    (void)state;
    calls(&s.client, s.ep, .flags = TAG_DEADLINE, .deadline = host.now + 100 * MS);
    assert_serves(&s);
    answers(&s, NO_WORDS);
    assert_status(&s.client, SUCCESS);
    calls(&s.client, s.ep, .caps = CAPS(a));
    assert_failure(&s.client, ENOSPC, ARGUMENT_PARTNER, 1, 0);
    assert_true(rests(&s.server));
    calls(&s.client, s.ep);
    replies_and_receives(&s.server, s.ep, .token = token(&s.server), .accept = 1);
    calls(&s.client, s.ep, .caps = CAPS(a));
    assert_ptr_equal(object_of(got(&s.server, 0)), object_of(a));
    answers(&s, NO_WORDS);
    round_trip(&s, 1);
}

static void equals_do_not_take_over(void **state)
{
    struct shop s = shop_of(PRIORITY);

    (void)state;
    calls(&s.client, s.ep, .words = WORDS(4));
    assert_ptr_equal(running(), s.server.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&s.client));
    answers(&s, NO_WORDS);
    assert_awake(&s.client);
}

/* It rests since somebody less urgent has called. */
static void nor_does_who_rests(void **state)
{
    struct shop s = shop_of(PRIORITY + 1);
    struct actor equal = person("equal", ACTIVE, PRIORITY + 1);

    (void)state;
    assert_true(rests(&s.server));
    knows_its_space(&equal);
    runs(&equal);
    host.now += MS; /* the timer is set for a budget of which less is left */
    calls(&equal, s.ep);
    assert_ptr_equal(running(), s.server.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&equal));
}

/* What came meanwhile goes first, and the caller's time has its turn. */
static void more_urgent_goes_first(void **state)
{
    struct shop s = shop_of(PRIORITY + 2);
    struct actor other = person("other", ACTIVE, PRIORITY + 1);
    cap_t bell = notification("bell"), last;

    (void)state;
    receives(&other, bell);
    runs(&s.client);
    calls(&s.client, s.ep);
    last = token(&s.server);
    notifies(&s.server, bell, 1);
    replies_and_receives(&s.server, s.ep, .token = last);
    assert_ptr_equal(running(), other.thread);
    receives(&other, bell);
    assert_ptr_equal(running(), s.client.thread);
    assert_status(&s.client, SUCCESS);
}

static void used_up_while_serving(void **state)
{
    struct shop s = shop_of(PRIORITY + 1);

    (void)state;
    calls(&s.client, s.ep);
    time_passes(200 * MS);
    assert_awake(&s.server);
    answers(&s, NO_WORDS);
    assert_awake(&s.client);
    assert_status(&s.client, SUCCESS);
}

/* It waits where it says, not where it waited before. */
static void it_waits_elsewhere(void **state)
{
    struct shop s = shop_of(PRIORITY + 1);
    cap_t n = notification("n");

    (void)state;
    calls(&s.client, s.ep);
    replies_and_receives(&s.server, n, .token = token(&s.server));
    assert_ptr_equal(running(), s.client.thread);
    assert_status(&s.client, SUCCESS);
    notifies(&s.client, n, 4);
    assert_ptr_equal(running(), s.server.thread);
    assert_int_equal(bits(&s.server), 4);
}

/* Some of its budget was used up in a period that is over. */
static void its_period_begins(void **state)
{
    struct shop s = shop_of(PRIORITY + 1);

    (void)state;
    must_ask(s.server.time, SCHEDCONTEXT_LABEL_CONFIGURE, WORDS(PRIORITY + 1, 20 * MS, 40 * MS),
             CAPS(world.cpu));
    calls(&s.client, s.ep);
    host.now += MS;
    answers(&s, NO_WORDS);
    assert_int_equal(schedcontext_of(&s.server)->remaining, 19 * MS);
    time_passes(50 * MS);
    runs(&s.client);
    host.general_entries = 0;
    calls(&s.client, s.ep);
    assert_general(0);
    assert_serves(&s);
    assert_int_equal(schedcontext_of(&s.server)->remaining, 20 * MS);
}

/* It took from a queue, and so never waited before its fast answer; then another comes to wait at
   the same endpoint, which is nobody's. */
static void urgent_in_a_pool(void **state)
{
    struct shop s = {.ep = endpoint("pool")};
    struct actor other = person("other", ACTIVE, PRIORITY + 1);

    (void)state;
    s.server = person("server", ACTIVE, PRIORITY + 2);
    s.client = person("client", ACTIVE, PRIORITY);
    receives(&other, notification("bell"), .flags = TAG_DEADLINE, .deadline = host.now + MS);
    calls(&s.client, s.ep);
    receives(&s.server, s.ep);
    host.general_entries = 0;
    answers(&s, NO_WORDS);
    assert_int_equal(host.general_entries, 0);
    time_passes(MS);
    receives(&other, s.ep);
    sends(&s.client, s.ep, .words = WORDS(5));
    assert_state(&other, THREAD_WAITS_RECEIVE);
    assert_awake(&s.server);
    assert_int_equal(word(&s.server, 0), 5);
}

int run_activepath_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("ACTIVE-1: a more urgent server is called and answers in registers, 0 to 128 words",
             both_ways_are_fast),
        TEST("BROAD-17: a server whose own time is not more urgent serves on its caller's",
             equals_do_not_take_over),
        TEST("ACTIVE-13: also one that rests where calls find it", nor_does_who_rests),
        TEST("BROAD-18: whom such a server has woken goes before its caller, if more urgent",
             more_urgent_goes_first),
        TEST("BROAD-19: time passes while such a server serves, and its caller is answered",
             used_up_while_serving),
        TEST("ACTIVE-2: its time and its caller's are charged to the nanosecond",
             each_pays_for_itself),
        TEST("ACTIVE-3: its caller goes on before his equals that became ready meanwhile",
             callers_stay_before_their_equals),
        TEST("ACTIVE-4: whatever ends its wait finds it, and then it waits so again",
             what_ends_its_rest),
        TEST("ACTIVE-5: it can lose its urgency, and its time, while it waits", time_that_changes),
        TEST("ACTIVE-6: a caller that is suspended while it is served does not run with the answer",
             suspended_callers),
        TEST("ACTIVE-7: such a server calls a more urgent one, and answers when that has",
             one_calls_another),
        TEST("ACTIVE-8: a passive server on its caller's time calls such a server",
             called_by_the_passive),
        TEST("ACTIVE-9: a budget may end while such a server serves, its caller's or its own",
             budgets_end),
        TEST("ACTIVE-11: it may answer and wait elsewhere", it_waits_elsewhere),
        TEST("ACTIVE-12: its budget is whole where a period has begun since it served",
             its_period_begins),
        TEST("ACTIVE-14: in a pool it is as urgent as its time, also if it waits since a fast "
             "answer",
             urgent_in_a_pool),
        TEST("ACTIVE-10: calls with a deadline or capabilities find it where it waits",
             other_calls),
    };

    return cmocka_run_group_tests_name("activepath", tests, NULL, NULL);
}
