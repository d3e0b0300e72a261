/* test_wakepath.c - bits that wake, waits for bits and yields that leave no trace of the slow way.
 */

#include "world.h"
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/waitset_types.h>

int run_wakepath_tests(void);

/* Two that are as urgent, and one that is more so, all above root; and a notification. */
struct pair {
    struct actor a, b, high;
    cap_t bell;
};

static struct pair pair(void)
{
    struct pair p = {.bell = notification("bell")};

    p.high = person("high", ACTIVE, 50);
    receives(&p.high, p.bell);
    p.a = person("a", ACTIVE, 40);
    p.b = person("b", ACTIVE, 40);
    knows_its_space(&p.a);
    knows_its_space(&p.b);
    runs(&p.a);
    host.general_entries = 0;
    return p;
}

static const struct notification *bell_of(const struct pair *p)
{
    return object_of(p->bell);
}

static void assert_listens(const struct pair *p, const struct actor *actor)
{
    assert_ptr_equal(notification_listener(bell_of(p)), actor->thread);
}

static void more_urgent_runs_at_once(void **state)
{
    struct pair p = pair();

    (void)state;
    assert_listens(&p, &p.high);
    for (uint64_t round = 1; round < 4; round++) {
        notifies(&p.a, p.bell, round);
        assert_ptr_equal(running(), p.high.thread);
        assert_ptr_equal(cpu_self()->time, schedcontext_of(&p.high));
        assert_int_equal(bits(&p.high), round);
        assert_int_equal(p.high.thread->context.tag, TAG_BITS);
        assert_status(&p.a, SUCCESS);
        receives(&p.high, p.bell);
        assert_listens(&p, &p.high);
        assert_ptr_equal(running(), p.a.thread); /* preempted, it goes on before its equal */
    }
    assert_general(0);
}

static void no_more_urgent_waits_for_its_turn(void **state)
{
    struct pair p = pair();
    cap_t there = notification("there");

    (void)state;
    receives(&p.b, there);
    runs(&p.a);
    for (uint64_t round = 1; round < 4; round++) {
        notifies(&p.a, there, round);
        assert_ptr_equal(running(), p.a.thread);
        assert_int_equal(bits(&p.b), round);
        receives(&p.a, there);
        assert_ptr_equal(running(), p.b.thread);
        notifies(&p.b, there, 8);
        receives(&p.b, there);
        assert_ptr_equal(running(), p.a.thread);
        assert_int_equal(bits(&p.a), 8);
    }
    assert_general(0);
}

/* What comes by the general way, a deadline given. */
static struct context general(struct pair *p, uint64_t sent)
{
    receives(&p->high, p->bell, .flags = TAG_DEADLINE, .deadline = DEADLINE_FOREVER);
    runs(&p->a);
    notifies(&p->a, p->bell, sent);
    return p->high.thread->context;
}

static void same_as_general(void **state)
{
    struct pair p = pair();
    struct context slow, fast;

    (void)state;
    notifies(&p.a, p.bell, 5);
    slow = general(&p, 5);
    receives(&p.high, p.bell);
    memset(p.high.thread->context.words, 0x5a, sizeof(slow.words)); /* whatever was there */
    notifies(&p.a, p.bell, 5);
    fast = p.high.thread->context;
    assert_memory_equal(slow.words, fast.words, sizeof(slow.words));
    assert_int_equal(slow.tag, fast.tag);
    assert_int_equal(slow.notified, fast.notified);
    assert_int_equal(slow.handle | slow.token | slow.status, 0);
    assert_int_equal(fast.handle | fast.token | fast.status, 0);
}

static void masked_bits_wake_nobody(void **state)
{
    struct pair p = pair();
    cap_t some = minted(p.bell, 6, CAP_RIGHTS_SEND);

    (void)state;
    runs(&p.a);
    notifies(&p.a, some, 8);
    assert_status(&p.a, SUCCESS);
    assert_listens(&p, &p.high);
    notifies(&p.a, some, 0);
    assert_int_equal(bits(&p.high), 6);
    receives(&p.high, p.bell);
    notifies(&p.a, some, 12);
    assert_int_equal(bits(&p.high), 4);
}

static void what_is_there_is_taken(void **state)
{
    struct pair p = pair();
    cap_t there = notification("there");

    (void)state;
    notifies(&p.a, there, 3);
    notifies(&p.a, there, 4);
    receives(&p.a, there);
    assert_general(0);
    assert_ptr_equal(running(), p.a.thread);
    assert_int_equal(bits(&p.a), 7);
    receives(&p.a, there, NOW);
    assert_status(&p.a, EAGAIN);
}

static void equals_yield_in_turn(void **state)
{
    struct pair p = pair();
    uint64_t misses = fast_misses[FAST_MISS_YIELD];

    (void)state;
    for (unsigned round = 0; round < 4; round++) {
        calls(round % 2 ? &p.b : &p.a, p.a.time, .label = SCHEDCONTEXT_LABEL_YIELD);
        assert_ptr_equal(running(), round % 2 ? p.a.thread : p.b.thread);
        assert_status(&p.a, SUCCESS);
    }
    assert_general(0);
    suspends(&p.b);
    runs(&p.a);
    calls(&p.a, p.a.time, .label = SCHEDCONTEXT_LABEL_YIELD);
    assert_ptr_equal(running(), p.a.thread);
    assert_int_equal(fast_misses[FAST_MISS_YIELD], misses + 1);
    calls(&p.a, derived(p.a.time, CAP_RIGHTS_MANAGE), .label = SCHEDCONTEXT_LABEL_YIELD);
    assert_status(&p.a, EPERM);
}

/* Three, so that each comes behind two. */
static void three_yield_in_turn(void **state)
{
    struct pair p = pair();
    struct actor c = person("c", ACTIVE, 40), *all[] = {&p.a, &p.b, &c};

    (void)state;
    calls(&c, CAP_NULL);
    runs(&p.a);
    for (unsigned round = 0; round < 9; round++) {
        struct actor *self = NULL;
        const struct thread *before = running();

        for (unsigned i = 0; i < 3; i++)
            if (all[i]->thread == before)
                self = all[i];
        assert_non_null(self);
        calls(self, p.a.time, .label = SCHEDCONTEXT_LABEL_YIELD);
        assert_ptr_not_equal(running(), before);
        if (round > 1)
            assert_true(could_run(&p.a) && could_run(&p.b) && could_run(&c));
    }
}

/* Every nanosecond is charged to the time that ran. */
static void charged_exactly(void **state)
{
    struct pair p = pair();
    uint64_t a = consumed(&p.a), high = consumed(&p.high);

    (void)state;
    for (unsigned round = 0; round < 3; round++) {
        host.now += 300;
        notifies(&p.a, p.bell, 1);
        host.now += 20;
        receives(&p.high, p.bell);
    }
    host.now += 1;
    assert_int_equal(consumed(&p.a), a + 901);
    assert_int_equal(consumed(&p.high), high + 60);
}

/* One that waits with nothing left is woken, but has to wait for its next period. */
static void used_up_budgets_wait(void **state)
{
    struct actor poor = spinner("poor", 45, MS, 10 * MS);
    struct pair p = pair();
    cap_t there = notification("there");

    (void)state;
    runs(&poor);
    receives(&poor, there, NOW);
    host.now += MS; /* the timer comes a little late */
    receives(&poor, there);
    assert_null(notification_listener(object_of(there)));
    runs(&p.a);
    notifies(&p.a, there, 1);
    assert_int_equal(bits(&poor), 1);
    assert_ptr_equal(running(), p.a.thread);
    time_passes(9 * MS);
    assert_ptr_equal(running(), poor.thread);
}

/* A wait that bits would have found at once ends like any other. */
static void every_end_of_the_wait(void **state)
{
    struct pair p = pair();

    (void)state;
    cancels(&p.high);
    assert_status(&p.high, ECANCELED);
    receives(&p.high, p.bell);
    suspends(&p.high);
    notifies(&p.a, p.bell, 2);
    resumes(&p.high);
    again(&p.high);
    assert_int_equal(bits(&p.high), 2);
    receives(&p.high, p.bell);
    must_ask(p.high.time, SCHEDCONTEXT_LABEL_UNBIND, NO_WORDS, NO_CAPS);
    notifies(&p.a, p.bell, 4);
    assert_int_equal(bits(&p.high), 4);
    assert_false(could_run(&p.high));
    must_ask(p.high.time, SCHEDCONTEXT_LABEL_BIND, WORDS(SCHEDCONTEXT_OWN), CAPS(p.high.cap));
    receives(&p.high, p.bell);
    deletes(p.bell);
    assert_failure(&p.high, EPIPE, ARGUMENT_HANDLE, 0, 0);
}

static void configured_while_it_waits(void **state)
{
    struct pair p = pair();

    (void)state;
    must_ask(p.high.time, SCHEDCONTEXT_LABEL_CONFIGURE, WORDS(20, MS, 10 * MS), CAPS(world.cpu));
    runs(&p.a);
    notifies(&p.a, p.bell, 1);
    assert_int_equal(bits(&p.high), 1);
    assert_ptr_equal(running(), p.a.thread);
    assert_true(could_run(&p.high));
}

/* Where others have to know, too, it is looked at closely. */
static void others_listen_too(void **state)
{
    struct pair p = pair();

    (void)state;
    receives(&p.b, p.bell);
    assert_null(notification_listener(bell_of(&p)));
    notifies(&p.a, p.bell, 1);
    assert_int_equal(bits(&p.high), 1);
    assert_state(&p.b, THREAD_WAITS_NOTIFY);
    receives(&p.high, p.bell);
    refuses(&world.root, p.b.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(p.bell), EBUSY,
            ARGUMENT_CAP(0));
    cancels(&p.b);
    refuses(&world.root, p.b.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(p.bell), EBUSY,
            ARGUMENT_CAP(0));
    must_ask(p.high.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(p.bell));
    runs(&p.a);
    notifies(&p.a, p.bell, 2);
    assert_int_equal(bits(&p.high), 2);
}

static void sets_count_bits_from_then_on(void **state)
{
    struct pair p = pair();
    cap_t set = make(OBJECT_WAITSET, 2, "set"), there = notification("there");

    (void)state;
    refuses(&world.root, set, WAITSET_LABEL_ADD, WORDS(1), CAPS(p.bell), EBUSY, ARGUMENT_CAP(0));
    notifies(&p.a, there, 1);
    must_ask(set, WAITSET_LABEL_ADD, WORDS(1), CAPS(there));
    assert_true(((struct notification *)object_of(there))->source.urgency < 40);
    runs(&p.a);
    notifies(&p.a, there, 1);
    assert_int_equal(((struct notification *)object_of(there))->source.urgency, 40);
}

/* Bits of an interrupt find it as well. */
static void passive_waiters_are_looked_at(void **state)
{
    struct pair p = pair();
    struct actor server = person("server", PASSIVE, 45);
    cap_t there = notification("there");

    (void)state;
    receives(&server, there);
    assert_null(notification_listener(object_of(there)));
    runs(&p.a);
    notifies(&p.a, there, 1);
    assert_int_equal(bits(&server), 1);
    assert_ptr_equal(running(), server.thread); /* on its reserve */
}

int run_wakepath_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("WAKE-1: bits wake a more urgent thread, and it waits again, on the fast path",
             more_urgent_runs_at_once),
        TEST("WAKE-2: one that is not more urgent runs in its turn, when the other waits",
             no_more_urgent_waits_for_its_turn),
        TEST("WAKE-3: the fast wake leaves the same registers as the general one", same_as_general),
        TEST("WAKE-4: bits that the badge does not allow wake nobody", masked_bits_wake_nobody),
        TEST("WAKE-5: bits that are there already are taken at once", what_is_there_is_taken),
        TEST("WAKE-6: two equals yield in turn on the fast path; alone one yields to nobody",
             equals_yield_in_turn),
        TEST("WAKE-7: of three equals none is left out", three_yield_in_turn),
        TEST("WAKE-8: each nanosecond is charged to the time that ran", charged_exactly),
        TEST("WAKE-9: who waits with his budget used up is woken, but waits for his period",
             used_up_budgets_wait),
        TEST("WAKE-10: cancel, suspension, a lost time and death end such a wait",
             every_end_of_the_wait),
        TEST("WAKE-11: a time that is configured meanwhile counts as it is then",
             configured_while_it_waits),
        TEST("WAKE-12: where several wait, or it is bound, all goes as before", others_listen_too),
        TEST("WAKE-13: in a set, bits that were there count as brought by who added it",
             sets_count_bits_from_then_on),
        TEST("WAKE-14: a passive waiter wakes on its reserve", passive_waiters_are_looked_at),
    };

    return cmocka_run_group_tests_name("wakepath", tests, NULL, NULL);
}
