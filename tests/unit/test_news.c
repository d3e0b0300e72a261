/* test_news.c - chains of any length: what is done along them comes in steps, and how far they go.
 */

#include "world.h"
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/idl/vspace_types.h>

int run_news_tests(void);

#define MANY     1000
#define UTCBS_AT (1ull << 36)

/* Threads that share one large page for their UTCBs; all is root's. */
static struct {
    cap_t utcbs;
    unsigned count;
} crowd;

static void crowd_begins(void)
{
    crowd.utcbs = make_from(world.huge, OBJECT_FRAME, LARGE_PAGE_SIZE_BITS, "utcbs");
    crowd.count = 0;
    must_ask(world.vspace, VSPACE_LABEL_MAP, WORDS(UTCBS_AT, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE),
             CAPS(crowd.utcbs));
    world.unchecked = true; /* many, each step checks all */
}

static struct actor member(const char *name, enum schedcontext_role role, unsigned priority)
{
    struct actor actor = {.cspace = world.root.cspace, .self = world.root.self};

    actor.cap = make_from(world.huge, OBJECT_THREAD, 0, name);
    actor.time = make_from(world.huge, OBJECT_SCHEDCONTEXT, 0, name);
    actor.thread = object_of(actor.cap);
    must_ask(actor.cap, THREAD_LABEL_CONFIGURE, WORDS(UTCBS_AT + crowd.count * UTCB_SIZE),
             CAPS(world.root.cspace, world.vspace, crowd.utcbs));
    crowd.count++;
    actor.thread->context.ip = WORLD_IP;
    must_ask(actor.time, SCHEDCONTEXT_LABEL_CONFIGURE, WORDS(priority, 10 * MS, 10 * MS),
             CAPS(world.cpu));
    must_ask(actor.time, SCHEDCONTEXT_LABEL_BIND, WORDS(role), CAPS(actor.cap));
    must_ask(actor.cap, THREAD_LABEL_START, NO_WORDS, NO_CAPS);
    return actor;
}

/* A client, and servers each of which calls the next. */
struct line {
    struct actor client, server[MANY];
    cap_t ep[MANY];
    uint64_t token[MANY];
    unsigned length;
};

static struct line line;

static void line_up(unsigned length)
{
    crowd_begins();
    line.length = length;
    for (unsigned i = 0; i < length; i++) {
        line.server[i] = member("server", SCHEDCONTEXT_RESERVE, 10);
        line.ep[i] = make_from(world.huge, OBJECT_ENDPOINT, UNTYPED_ENDPOINT_CALL_ONLY, "ep");
        receives(&line.server[i], line.ep[i]);
    }
    line.client = member("client", SCHEDCONTEXT_OWN, 40);
    calls(&line.client, line.ep[0]);
    for (unsigned i = 0; i < length; i++) {
        line.token[i] = token(&line.server[i]);
        if (i + 1 < length)
            calls(&line.server[i], line.ep[i + 1]);
    }
}

/* From the last one back each answers, and finds time to do so. */
static void line_answers(void)
{
    for (unsigned i = line.length; i-- > 0;) {
        runs(&line.server[i]);
        replies_and_receives(&line.server[i], line.ep[i], .token = line.token[i]);
        assert_state(&line.server[i], THREAD_WAITS_RECEIVE);
    }
    assert_awake(&line.client);
    assert_status(&line.client, SUCCESS);
}

static void as_far_as_time_goes(void **state)
{
    (void)state;
    for (unsigned length = CHAIN_LINKS_MAX - 1; length <= CHAIN_LINKS_MAX + 1; length++) {
        bool far = length > CHAIN_LINKS_MAX;
        const struct actor *last = &line.server[length - 1];

        line_up(length);
        assert_ptr_equal(running(), last->thread);
        notifies(&line.server[length - 1], CAP_NULL, 1); /* on the slow way: now it counts */
        world_check();
        runs(&line.server[length - 1]);
        assert_ptr_equal(cpu_self()->time, schedcontext_of(far ? last : &line.client));
        assert_ptr_equal(chain_time(last->thread), cpu_self()->time);
        line_answers();
        world_end(state);
        world_begin(state);
    }
}

/* Each server lets calls end; the client has little time. */
static void ends_are_told_as_far(void **state)
{
    (void)state;
    line_up(CHAIN_LINKS_MAX);
    for (unsigned i = 0; i < line.length; i++)
        must_ask(line.server[i].cap, THREAD_LABEL_SET_DONATION, WORDS(THREAD_RUN_OUT_ENDS_CALL, 0),
                 NO_CAPS);
    must_ask(line.client.time, SCHEDCONTEXT_LABEL_CONFIGURE, WORDS(40, MS, 100 * MS),
             CAPS(world.cpu));
    time_passes(2 * MS);
    for (unsigned i = 0; i + 1 < line.length; i++)
        assert_status(&line.server[i], ETIMEDOUT);
}

static void a_thousand_calls(void **state)
{
    (void)state;
    line_up(MANY);
    time_passes(10 * MS); /* the client's budget is used up, and is renewed at once */
    line_answers();
    assert_ptr_equal(running(), line.client.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&line.client));
}

/* How many choices of the kernel were put off since then, by the interrupt that always waits. */
static uint64_t choices_since(uint64_t before)
{
    return world.choices - before;
}

static void cuts_are_told_in_steps(void **state)
{
    cap_t n = notification("n");
    uint64_t before;

    (void)state;
    line_up(MANY);
    receives(&line.server[MANY - 1], n); /* all is blocked */
    host.pending = true;
    before = world.choices;
    cancels(&line.client);
    assert_in_range(choices_since(before), CHAIN_LINKS_MAX, CHAIN_LINKS_MAX + 3);
    host.pending = false;
    assert_awake(&line.client);
    assert_status(&line.client, ECANCELED);
    notifies(&world.root, n, 1);
    assert_awake(&line.server[MANY - 1]);
}

/* Each of those servers wants a call to end with its caller's time. */
static void used_up_time_is_told_in_steps(void **state)
{
    uint64_t before;

    (void)state;
    line_up(100);
    for (unsigned i = 0; i < 100; i++)
        must_ask(line.server[i].cap, THREAD_LABEL_SET_DONATION, WORDS(THREAD_RUN_OUT_ENDS_CALL, 0),
                 NO_CAPS);
    must_ask(line.client.time, SCHEDCONTEXT_LABEL_CONFIGURE, WORDS(40, MS, 100 * MS),
             CAPS(world.cpu));
    host.pending = true;
    before = world.choices;
    time_passes(MS);
    assert_in_range(choices_since(before), 100, 300);
    host.pending = false;
    for (unsigned i = 0; i < 99; i++) {
        assert_awake(&line.server[i]);
        assert_failure(&line.server[i], ETIMEDOUT, ARGUMENT_PARTNER, 0, 0);
    }
    assert_failure(&line.client, ETIMEDOUT, ARGUMENT_PARTNER, 0, 0);
}

/* A thousand times whose chains all end at one blocked server are looked at one by one. */
static void unusable_times_are_passed_in_steps(void **state)
{
    static struct actor client[MANY];
    struct actor server;
    cap_t ep = call_only("ep"), n = notification("n");
    uint64_t before;

    (void)state;
    crowd_begins();
    server = member("server", SCHEDCONTEXT_RESERVE, 10);
    binds(&server, ep);
    receives(&server, n);
    for (unsigned i = 0; i < MANY; i++) {
        client[i] = member("client", SCHEDCONTEXT_OWN, 40);
        calls(&client[i], ep);
    }
    notifies(&world.root, n, 1);
    assert_ptr_equal(running(), server.thread);
    host.pending = true;
    before = world.choices;
    receives(&server, n);
    assert_in_range(choices_since(before), MANY - 2, MANY + 2);
    host.pending = false;
    assert_ptr_equal(running(), world.root.thread);
    notifies(&world.root, n, 1);
    assert_ptr_equal(running(), server.thread);
}

#define HANDLERS 100

/* Each handles the fault of the one before, and faults itself; the last one handles it. */
static void handlers_end_in_steps(void **state)
{
    static struct actor handler[HANDLERS];
    uint64_t before;
    cap_t ep;

    (void)state;
    crowd_begins();
    handler[0] = member("handler", SCHEDCONTEXT_OWN, 40);
    for (unsigned i = 1; i < HANDLERS; i++) {
        ep = call_only("faults");
        handler[i] = member("handler", SCHEDCONTEXT_RESERVE, 10);
        receives(&handler[i], ep);
        must_ask(handler[i - 1].cap, THREAD_LABEL_SET_HANDLER, NO_WORDS, CAPS(ep));
    }
    for (unsigned i = 0; i + 1 < HANDLERS; i++)
        page_faults(&handler[i], 0x1000);
    world.unchecked = false;
    host.pending = true;
    before = world.choices;
    deletes(handler[HANDLERS - 1].cap);
    assert_in_range(choices_since(before), HANDLERS - 2, 2 * HANDLERS);
    host.pending = false;
    for (unsigned i = 0; i + 1 < HANDLERS; i++) {
        assert_state(&handler[i], THREAD_STOPPED);
        assert_int_equal(handler[i].thread->stop_reason, THREAD_STOP_HANDLER_GONE);
    }
}

/* All of a chain goes in one system call, with what its threads have not learnt yet. */
static void the_dead_learn_nothing(void **state)
{
    cap_t n = notification("n");

    (void)state;
    line_up(100);
    receives(&line.server[99], n);
    revokes(world.huge);
    world.unchecked = false;
    world_check();
    assert_null(cpu_self()->news_first);
}

static void deadlines_pass_one_by_one(void **state)
{
    static struct actor sleeper[100];
    cap_t n = notification("n");

    (void)state;
    crowd_begins();
    for (unsigned i = 0; i < 100; i++) {
        sleeper[i] = member("sleeper", SCHEDCONTEXT_OWN, 40);
        receives(&sleeper[i], n, .flags = TAG_DEADLINE, .deadline = host.now + MS);
    }
    host.pending = true;
    cpu_self()->timer_interrupts = 0;
    time_passes(MS);
    host.pending = false;
    assert_int_equal(cpu_self()->timer_interrupts, 100);
    for (unsigned i = 0; i < 100; i++) {
        assert_awake(&sleeper[i]);
        assert_status(&sleeper[i], ETIMEDOUT);
    }
}

int run_news_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("NEWS-1: a time serves 128 links of calls; who is farther away runs on its reserve",
             as_far_as_time_goes),
        TEST("NEWS-2: a thousand calls one inside the other are answered one by one",
             a_thousand_calls),
        TEST("NEWS-9: where servers let calls end all 128 of a chain end with its time",
             ends_are_told_as_far),
        TEST("NEWS-3: a chain that is cut learns it thread by thread, an interrupt between each",
             cuts_are_told_in_steps),
        TEST("NEWS-4: so do calls that end with their caller's time",
             used_up_time_is_told_in_steps),
        TEST("NEWS-5: a thousand times that run nobody are put aside one by one",
             unusable_times_are_passed_in_steps),
        TEST("NEWS-6: threads that handle each other's faults stop one after the other",
             handlers_end_in_steps),
        TEST("NEWS-7: a chain that is revoked as a whole leaves nobody who has still to learn it",
             the_dead_learn_nothing),
        TEST("NEWS-8: of many deadlines that have passed at once as many are handled as no other "
             "interrupt waits for",
             deadlines_pass_one_by_one),
    };

    return cmocka_run_group_tests_name("news", tests, NULL, NULL);
}
