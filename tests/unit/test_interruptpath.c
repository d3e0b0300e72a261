/* test_interruptpath.c - interrupts whose thread takes the CPU over at once, and those that come to
   the same by the general way. */

#include "world.h"
#include <myelin/idl/irq_types.h>
#include <myelin/idl/irqcontrol_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>

int run_interruptpath_tests(void);

#define LINE 4
#define BIT  0x20ull
#define RAN  7000 /* ns */

/* Two that are as urgent, above root, and the driver, who waits for the line's interrupts. */
struct scene {
    struct actor a, b, driver;
    cap_t irq, bell;
};

static struct scene scene_of(unsigned priority)
{
    struct scene s = {.bell = notification("irq")};

    must_ask(world.irqcontrol, IRQCONTROL_LABEL_ISSUE, WORDS(LINE, 1), NO_CAPS);
    s.irq = got(&world.root, 0);
    must_ask(s.irq, IRQ_LABEL_BIND, WORDS(0), CAPS(minted(s.bell, BIT, CAP_RIGHTS_ALL)));
    s.driver = person("driver", ACTIVE, priority);
    receives(&s.driver, s.bell);
    s.a = person("a", ACTIVE, 40);
    s.b = person("b", ACTIVE, 40);
    runs(&s.a);
    return s;
}

static void assert_told(const struct scene *s)
{
    assert_awake(&s->driver);
    assert_int_equal(bits(&s->driver), BIT);
    assert_int_equal(s->driver.thread->context.tag, TAG_BITS);
    assert_false(host.unmasked & 1u << LINE);
}

static void the_driver_runs_at_once(void **state)
{
    struct scene s = scene_of(50);
    struct schedcontext *time = schedcontext_of(&s.a), *drivers = schedcontext_of(&s.driver);

    (void)state;
    for (unsigned round = 0; round < 3; round++) {
        uint64_t before, drivers_before = schedcontext_consumed(drivers);

        assert_ptr_equal(running(), s.a.thread);
        schedule_charge(cpu_self(), host.now);
        before = schedcontext_consumed(time);
        host.now += RAN;
        interrupts(LINE);
        assert_ptr_equal(running(), s.driver.thread);
        assert_ptr_equal(cpu_self()->time, drivers);
        assert_told(&s);
        assert_int_equal(schedcontext_consumed(time) - before, RAN);
        host.now += 2 * RAN;
        calls(&s.driver, s.irq, .label = IRQ_LABEL_ACKNOWLEDGE, .words = WORDS(0));
        assert_true(host.unmasked & 1u << LINE);
        receives(&s.driver, s.bell);
        assert_int_equal(schedcontext_consumed(drivers) - drivers_before, 2 * RAN);
        assert_int_equal(schedcontext_consumed(time) - before,
                         RAN); /* who was interrupted comes before his equal */
    }
}

/* As urgent, or less, it waits for its turn. */
static void the_driver_waits_for_its_turn(void **state)
{
    (void)state;
    for (unsigned priority = 39; priority <= 40; priority++) {
        struct scene s = scene_of(priority);

        interrupts(LINE);
        assert_ptr_equal(running(), s.a.thread);
        assert_told(&s);
        must_ask(s.irq, IRQ_LABEL_BIND, WORDS(0), NO_CAPS);
        deletes(s.irq);
    }
}

/* Nobody runs; whose time is used up just then; who runs on another's time; others wait, too. */
static void otherwise_it_comes_to_the_same(void **state)
{
    struct scene s = scene_of(50);
    struct actor server = person("server", PASSIVE, 40), second = person("second", ACTIVE, 30);
    cap_t ep = call_only("ep");

    (void)state;
    receives(&server, ep);
    calls(&s.a, ep);
    assert_ptr_equal(running(), server.thread);
    interrupts(LINE);
    assert_ptr_equal(running(), s.driver.thread);
    assert_told(&s);
    receives(&s.driver, s.bell);
    assert_ptr_equal(running(), server.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&s.a));
    replies_and_receives(&server, ep, .token = token(&server));

    runs(&s.a);
    host.now += schedcontext_of(&s.a)->remaining; /* the timer has not come yet */
    interrupts(LINE);
    assert_ptr_equal(running(), s.driver.thread);
    assert_told(&s);
    receives(&s.driver, s.bell);
    assert_ptr_equal(running(), s.b.thread); /* it is his turn now */

    receives(&second, s.bell);
    interrupts(LINE);
    assert_told(&s);
    assert_state(&second, THREAD_WAITS_NOTIFY);
}

/* Its budget ends before the timer comes; and who is interrupted runs on another's time. */
static void others_have_the_timer_set(void **state)
{
    struct scene s = scene_of(50);
    struct actor server = person("server", PASSIVE, 40);
    cap_t ep = call_only("ep");

    (void)state;
    must_ask(s.driver.time, SCHEDCONTEXT_LABEL_CONFIGURE, WORDS(50, MS, 50 * MS), CAPS(world.cpu));
    notifies(&world.root, s.bell, 1);
    receives(&s.driver, s.bell); /* anew: what was configured has ended its rest */
    runs(&s.a);
    time_passes(2 * MS); /* now the timer is set for its budget alone */
    interrupts(LINE);
    assert_told(&s);
    assert_ptr_equal(running(), s.driver.thread);
    assert_true(host.timer <= host.now + MS);
    time_passes(2 * MS);
    assert_ptr_equal(running(), s.a.thread);
    time_passes(46 * MS + MS / 2); /* it has a new period, and some of it left */
    runs(&s.driver);
    receives(&s.driver, s.bell);
    must_ask(s.irq, IRQ_LABEL_ACKNOWLEDGE, WORDS(0), NO_CAPS);
    binds(&server, ep);
    receives(&server, ep);
    runs(&s.a);
    calls(&s.a, ep);
    assert_ptr_equal(running(), server.thread);
    interrupts(LINE);
    assert_told(&s);
    assert_ptr_equal(running(), s.driver.thread);
}

int run_interruptpath_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("INTPATH-1: who waits for an interrupt and is more urgent runs at once, and both "
             "times are "
             "charged to the nanosecond",
             the_driver_runs_at_once),
        TEST("INTPATH-2: who waits for an interrupt and is not more urgent has the bits, and waits "
             "for "
             "his turn",
             the_driver_waits_for_its_turn),
        TEST("INTPATH-3: an interrupt of a server, of who has used up his time, or for several "
             "comes to "
             "the same",
             otherwise_it_comes_to_the_same),
        TEST("INTPATH-4: the timer is set for who an interrupt wakes, and a server makes way as "
             "well",
             others_have_the_timer_set),
    };

    return cmocka_run_group_tests_name("interruptpath", tests, NULL, NULL);
}
