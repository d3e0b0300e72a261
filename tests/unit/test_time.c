/* test_time.c - SchedContexts: budgets, periods, priorities, the timer, and what is refused. */

#include "world.h"
#include <myelin/idl/cpu_types.h>
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/notification_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>

int run_time_tests(void);

/* Root waits, so that the others have the CPU to themselves. */
static cap_t root_sleeps(uint64_t ns)
{
    cap_t bell = notification("bell");

    must_ask(bell, NOTIFICATION_LABEL_SET_TIMER, WORDS(host.now + ns, 1), NO_CAPS);
    receives(&world.root, bell);
    return bell;
}

static void budgets_share_the_cpu(void **state)
{
    struct actor a = spinner("a", 10, 30 * MS, 100 * MS), b = spinner("b", 10, 10 * MS, 100 * MS);
    uint64_t used_a, used_b;

    (void)state;
    root_sleeps(1000 * MS);
    time_passes(1000 * MS);
    assert_awake(&world.root);
    used_a = consumed(&a);
    used_b = consumed(&b);
    assert_in_range(used_a, 300 * MS - 1000, 300 * MS + 1000);
    assert_in_range(used_b, 100 * MS - 1000, 100 * MS + 1000);
}

static void used_up_time_waits(void **state)
{
    struct actor a = spinner("a", 40, 5 * MS, 20 * MS);

    (void)state;
    assert_ptr_equal(running(), a.thread);
    assert_int_equal(host.timer, host.now + 5 * MS);
    time_passes(5 * MS);
    assert_ptr_equal(running(), world.root.thread);
    time_passes(15 * MS - 1);
    assert_ptr_equal(running(), world.root.thread);
    time_passes(1);
    assert_ptr_equal(running(), a.thread);
}

/* Unbound when it has just been used up, before the timer's interrupt. */
static void bound_again_it_waits(void **state)
{
    struct actor a = spinner("a", 40, 5 * MS, 20 * MS);

    (void)state;
    assert_ptr_equal(running(), a.thread);
    host.now += 5 * MS;
    must_ask(a.time, SCHEDCONTEXT_LABEL_UNBIND, NO_WORDS, NO_CAPS);
    must_ask(a.time, SCHEDCONTEXT_LABEL_BIND, WORDS(SCHEDCONTEXT_OWN), CAPS(a.cap));
    assert_ptr_equal(running(), world.root.thread);
    time_passes(15 * MS - 1);
    assert_ptr_equal(running(), world.root.thread);
    time_passes(1);
    assert_ptr_equal(running(), a.thread);
}

static void whole_budgets_take_turns(void **state)
{
    struct actor a = spinner("a", 40, 2 * MS, 2 * MS), b = spinner("b", 40, 2 * MS, 2 * MS);

    (void)state;
    for (unsigned turn = 0; turn < 5; turn++) {
        assert_ptr_equal(running(), turn % 2 ? b.thread : a.thread);
        time_passes(2 * MS);
    }
}

static void more_urgent_comes_first(void **state)
{
    struct actor low = person("low", ACTIVE, 40), high = person("high", ACTIVE, 50);
    cap_t n = notification("n");

    (void)state;
    receives(&high, n);
    assert_ptr_equal(running(), low.thread);
    notifies(&low, n, 1);
    assert_ptr_equal(running(), high.thread);
    receives(&high, n);
    assert_ptr_equal(running(), low.thread);
    receives(&world.root, n, NOW);
}

/* A preempted thread goes on before its equals. */
static void preempted_keeps_its_place(void **state)
{
    struct actor a = person("a", ACTIVE, 40), b = person("b", ACTIVE, 40);
    struct actor high = person("high", ACTIVE, 50);
    cap_t n = notification("n");

    (void)state;
    receives(&high, n);
    assert_ptr_equal(running(), a.thread);
    notifies(&a, n, 1);
    receives(&high, n);
    assert_ptr_equal(running(), a.thread);
    assert_true(could_run(&b));
}

static void equals_do_not_preempt(void **state)
{
    struct actor a = person("a", ACTIVE, 40), b = person("b", ACTIVE, 40);
    cap_t n = notification("n"), ep = endpoint("ep");

    (void)state;
    receives(&b, n);
    notifies(&a, n, 1);
    assert_ptr_equal(running(), a.thread);
    receives(&b, ep);
    runs(&a);
    sends(&a, ep);
    assert_ptr_equal(running(), a.thread);
    receives(&b, ep);
    runs(&a);
    calls(&a, ep);
    assert_ptr_equal(running(), b.thread);
}

static void yield_goes_behind_equals(void **state)
{
    struct actor a = person("a", ACTIVE, 40), b = person("b", ACTIVE, 40);

    (void)state;
    assert_ptr_equal(running(), a.thread);
    assert_int_equal(asks(&a, a.time, SCHEDCONTEXT_LABEL_YIELD, NO_WORDS, NO_CAPS), SUCCESS);
    assert_ptr_equal(running(), b.thread);
    assert_int_equal(asks(&b, b.time, SCHEDCONTEXT_LABEL_YIELD, NO_WORDS, NO_CAPS), SUCCESS);
    assert_ptr_equal(running(), a.thread);
    refuses(&a, derived(a.time, CAP_RIGHTS_READ), SCHEDCONTEXT_LABEL_YIELD, NO_WORDS, NO_CAPS,
            EPERM, ARGUMENT_HANDLE);
}

/* Only a deadline that is earlier than all that the timer is set for writes it. */
static void later_deadlines_set_no_timer(void **state)
{
    struct actor a = person("a", ACTIVE, 10), b = person("b", ACTIVE, 10);
    struct actor c = person("c", ACTIVE, 10);
    cap_t ep = endpoint("ep");
    uint64_t writes;

    (void)state;
    receives(&a, ep, .flags = TAG_DEADLINE, .deadline = host.now + 2 * MS);
    assert_int_equal(host.timer, host.now + 2 * MS);
    writes = host.timer_writes;
    receives(&b, ep, .flags = TAG_DEADLINE, .deadline = host.now + 3 * MS);
    assert_int_equal(host.timer_writes, writes);
    cancels(&a); /* it may come too early, but is not written */
    assert_int_equal(host.timer_writes, writes);
    receives(&c, ep, .flags = TAG_DEADLINE, .deadline = host.now + MS);
    assert_int_equal(host.timer_writes, writes + 1);
    assert_int_equal(host.timer, host.now + MS);
}

static void idle_sets_no_timer(void **state)
{
    struct actor a = spinner("a", 10, 5 * MS, 5 * MS);
    cap_t n = notification("n");
    uint64_t writes, interrupts_before;

    (void)state;
    receives(&a, n);
    receives(&world.root, n);
    assert_null(running());
    assert_true(host.timer == UINT64_MAX);
    writes = host.timer_writes;
    interrupts_before = cpu_self()->timer_interrupts;
    time_passes(10000 * MS);
    assert_int_equal(host.timer_writes, writes);
    assert_int_equal(cpu_self()->timer_interrupts, interrupts_before);
    notification_signal(object_of(n), 1); /* a device's interrupt, say */
    schedule(cpu_self());
    assert_ptr_equal(running(), world.root.thread);
    must_ask(world.cpu, CPU_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    assert_int_equal(word(&world.root, 2), 10000 * MS);
}

static void measuring_is_switched(void **state)
{
    (void)state;
    must_ask(world.cpu, CPU_LABEL_MEASURE, WORDS(1), NO_CAPS);
    assert_int_equal(word(&world.root, 0), 0);
    assert_true(host.measuring);
    host.longest = 123;
    must_ask(world.cpu, CPU_LABEL_MEASURE, WORDS(0), NO_CAPS);
    assert_int_equal(word(&world.root, 0), 123);
    assert_false(host.measuring);
    refuses(&world.root, derived(world.cpu, CAP_RIGHTS_READ), CPU_LABEL_MEASURE, WORDS(1), NO_CAPS,
            EPERM, ARGUMENT_HANDLE);
    assert_false(host.measuring);
}

static void configure_is_checked(void **state)
{
    cap_t time = make(OBJECT_SCHEDCONTEXT, 0, "t"), cpu = world.cpu;
    const struct {
        uint64_t priority, budget, period;
        error_t error;
        uint64_t argument;
    } refused[] = {
        {64, MS, MS, ERANGE, ARGUMENT_WORD(0)},
        {UINT64_MAX, MS, MS, ERANGE, ARGUMENT_WORD(0)},
        {1, SCHEDCONTEXT_BUDGET_MIN - 1, MS, ERANGE, ARGUMENT_WORD(1)},
        {1, MS + 1, MS, ERANGE, ARGUMENT_WORD(1)},
        {1, 0, 0, ERANGE, ARGUMENT_WORD(1)},
        {1, MS, UINT64_MAX, ERANGE, ARGUMENT_WORD(2)},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        refuses(&world.root, time, SCHEDCONTEXT_LABEL_CONFIGURE,
                WORDS(refused[i].priority, refused[i].budget, refused[i].period), CAPS(cpu),
                refused[i].error, refused[i].argument);
    refuses(&world.root, time, SCHEDCONTEXT_LABEL_CONFIGURE, WORDS(1, MS, MS), NO_CAPS, EINVAL,
            ARGUMENT_CAP(0));
    refuses(&world.root, time, SCHEDCONTEXT_LABEL_CONFIGURE, WORDS(1, MS, MS),
            CAPS(derived(cpu, CAP_RIGHTS_READ)), EPERM, ARGUMENT_CAP(0));
    refuses(&world.root, time, LABEL(6, 9), NO_WORDS, NO_CAPS, ENOSYS, ARGUMENT_TAG);
    refuses(&world.root, cpu, LABEL(7, 9), NO_WORDS, NO_CAPS, ENOSYS, ARGUMENT_TAG);
}

static void bind_is_checked(void **state)
{
    cap_t bare = make(OBJECT_SCHEDCONTEXT, 0, "bare"), time = time_of(1, MS, MS);
    struct actor a = person("a", ACTIVE, 10), b = person("b", TIMELESS, 0);

    (void)state;
    refuses(&world.root, bare, SCHEDCONTEXT_LABEL_BIND, WORDS(0), CAPS(b.cap), EINVAL,
            ARGUMENT_HANDLE);
    refuses(&world.root, time, SCHEDCONTEXT_LABEL_BIND, WORDS(2), CAPS(b.cap), EINVAL,
            ARGUMENT_WORD(0));
    refuses(&world.root, time, SCHEDCONTEXT_LABEL_BIND, WORDS(0), NO_CAPS, EINVAL, ARGUMENT_CAP(0));
    refuses(&world.root, time, SCHEDCONTEXT_LABEL_BIND, WORDS(0), CAPS(a.cap), EBUSY,
            ARGUMENT_CAP(0));
    refuses(&world.root, time, SCHEDCONTEXT_LABEL_BIND, WORDS(1), CAPS(a.cap), EBUSY,
            ARGUMENT_CAP(0));
    refuses(&world.root, time, SCHEDCONTEXT_LABEL_UNBIND, NO_WORDS, NO_CAPS, EINVAL,
            ARGUMENT_HANDLE);
    must_ask(time, SCHEDCONTEXT_LABEL_BIND, WORDS(0), CAPS(b.cap));
    refuses(&world.root, time, SCHEDCONTEXT_LABEL_BIND, WORDS(0), CAPS(b.cap), EBUSY,
            ARGUMENT_HANDLE);
}

static void lost_time_stops_running(void **state)
{
    struct actor a = person("a", ACTIVE, 40), b = person("b", ACTIVE, 40);
    cap_t less;

    (void)state;
    must_ask(a.time, SCHEDCONTEXT_LABEL_UNBIND, NO_WORDS, NO_CAPS);
    assert_state(&a, THREAD_RUNNING);
    assert_false(could_run(&a));
    must_ask(a.time, SCHEDCONTEXT_LABEL_BIND, WORDS(SCHEDCONTEXT_OWN), CAPS(a.cap));
    assert_true(could_run(&a));
    deletes(b.time);
    assert_false(could_run(&b));
    must_ask(world.root.self, CSPACE_LABEL_DERIVE, WORDS(CAP_RIGHTS_ALL, 60, 500), CAPS(world.cpu));
    less = got(&world.root, 0);
    must_ask(a.time, SCHEDCONTEXT_LABEL_CONFIGURE, WORDS(40, MS, 2 * MS), CAPS(less));
    assert_true(could_run(&a));
    deletes(derived(world.cpu, CAP_RIGHTS_ALL));
    revokes(less); /* the authority for a's time */
    assert_false(could_run(&a));
    refuses(&world.root, a.time, SCHEDCONTEXT_LABEL_BIND, WORDS(0), CAPS(a.cap), EINVAL,
            ARGUMENT_HANDLE);
}

int run_time_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("TIME-1: budgets of 30 and 10 of 100 ms share the CPU 3:1", budgets_share_the_cpu),
        TEST("TIME-2: a budget that is used up waits for its next period", used_up_time_waits),
        TEST("TIME-14: one that is unbound used up waits for its period where it is bound again",
             bound_again_it_waits),
        TEST("TIME-3: equals with their whole period as budget take turns",
             whole_budgets_take_turns),
        TEST("TIME-4: the most urgent that can run runs", more_urgent_comes_first),
        TEST("TIME-5: who is preempted goes on before its equals", preempted_keeps_its_place),
        TEST("TIME-6: notify and send do not switch to an equal; call does", equals_do_not_preempt),
        TEST("TIME-7: YIELD goes behind the equals", yield_goes_behind_equals),
        TEST("TIME-8: an idle CPU sets no timer and takes no interrupt", idle_sets_no_timer),
        TEST("TIME-13: how long interrupts wait is measured where Manage asks for it",
             measuring_is_switched),
        TEST("TIME-9: CONFIGURE refuses what has no meaning or no authority", configure_is_checked),
        TEST("TIME-10: BIND joins one configured time and one thread without any", bind_is_checked),
        TEST("TIME-11: without its time, or its authority for it, a thread does not run",
             lost_time_stops_running),
        TEST("TIME-12: only a deadline that becomes the earliest writes the timer",
             later_deadlines_set_no_timer),
    };

    return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
