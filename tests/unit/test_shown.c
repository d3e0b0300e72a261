/* test_shown.c - what INSPECT shows of threads and times, in whatever state they are. */

#include "sources.h"
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/vspace_types.h>

int run_shown_tests(void);

enum { STATE, CODE, TITLE, WAITS_FOR = 4, PRIORITY = 6, RUNS_ON, IP = 9, OWN_CONSUMED };

static uint64_t shown(const struct actor *actor, unsigned what)
{
    must_ask(actor->cap, THREAD_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    return word(&world.root, what);
}

static uint64_t name(const char *text)
{
    uint64_t word = 0;

    memcpy(&word, text, strlen(text));
    return word;
}

static void waits_are_named(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    struct actor reader = person("reader", ACTIVE, 40), client = person("client", ACTIVE, 39);
    cap_t c = make(OBJECT_CHANNEL, CHANNEL_SIZE(1, 7, 0), "alone");

    (void)state;
    receives(&s.actor, s.set);
    assert_int_equal(shown(&s.actor, WAITS_FOR), name("set"));
    receives(&reader, c);
    assert_int_equal(shown(&reader, WAITS_FOR), name("alone"));
    calls(&client, s.ep);
    assert_int_equal(shown(&client, WAITS_FOR), name("server"));
    must_ask(s.actor.cap, THREAD_LABEL_SUSPEND, NO_WORDS, NO_CAPS);
    assert_int_equal(shown(&client, WAITS_FOR), name("server"));
}

/* Whoever has saved the Reply: the thread that it will come from is not known. */
static void saved_calls_name_nobody(void **state)
{
    struct actor server = person("server", ACTIVE, 40), client = person("client", ACTIVE, 39);
    cap_t ep = call_only("ep");

    (void)state;
    receives(&server, ep);
    calls(&client, ep);
    assert_int_equal(
        asks(&server, world.root.cspace, CSPACE_LABEL_REPLY_SAVE, WORDS(token(&server)), NO_CAPS),
        SUCCESS);
    receives(&server, ep);
    assert_state(&client, THREAD_WAITS_REPLY);
    assert_int_equal(shown(&client, WAITS_FOR), 0);
}

static void timeless_threads_show_none(void **state)
{
    struct actor eve = person("eve", TIMELESS, 0), passive = person("passive", PASSIVE, 20);
    cap_t n = notification("n"), time = time_of(30, MS, MS);

    (void)state;
    assert_int_equal(shown(&eve, PRIORITY), 0);
    assert_int_equal(shown(&eve, RUNS_ON), 0);
    assert_int_equal(shown(&eve, OWN_CONSUMED), 0);
    must_ask(time, SCHEDCONTEXT_LABEL_BIND_SOURCE, NO_WORDS, CAPS(n));
    must_ask(time, SCHEDCONTEXT_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    assert_int_equal(word(&world.root, 4), name("n"));
    must_ask(time, SCHEDCONTEXT_LABEL_UNBIND, NO_WORDS, NO_CAPS);
    must_ask(time, SCHEDCONTEXT_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    assert_int_equal(word(&world.root, 4), 0);
    assert_int_equal(shown(&passive, PRIORITY) & 0xff, 20);
    assert_int_equal(shown(&passive, RUNS_ON), name("passive"));
}

/* A thread that was not started, and what it was made of: one after the other goes. */
static void start_needs_all_parts(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 3; way++) {
        struct actor eve = stranger("eve", TIMELESS, 0);
        cap_t vspace = make(OBJECT_VSPACE, 0, "v"), frame = make(OBJECT_FRAME, 12, "");

        must_ask(vspace, VSPACE_LABEL_GIVE, NO_WORDS, CAPS(make(OBJECT_UNTYPED, 15, "")));
        must_ask(vspace, VSPACE_LABEL_MAP, WORDS(0x400000, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE),
                 CAPS(frame));
        must_ask(eve.cap, THREAD_LABEL_CONFIGURE, WORDS(0x400000), CAPS(eve.cspace, vspace, frame));
        deletes(way == 0 ? eve.cspace : way == 1 ? vspace : frame);
        refuses(&world.root, eve.cap, THREAD_LABEL_START, NO_WORDS, NO_CAPS, EINVAL,
                ARGUMENT_HANDLE);
        assert_int_equal(word(&world.root, 1), OBJECT_VSPACE);
        assert_state(&eve, THREAD_INACTIVE);
        revokes(world.memory);
    }
}

static void time_is_counted_to_the_moment(void **state)
{
    uint64_t before = shown(&world.root, OWN_CONSUMED);

    (void)state;
    host.now += 1234;
    assert_int_equal(shown(&world.root, OWN_CONSUMED), before + 1234);
}

int run_shown_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("SHOWN-1: a thread that waits in a WaitSet, a Channel or for an answer names it",
             waits_are_named),
        TEST("SHOWN-2: whose call was saved waits for nobody by name", saved_calls_name_nobody),
        TEST("SHOWN-3: who has no time shows none, and a time without a home no name",
             timeless_threads_show_none),
        TEST("SHOWN-4: a thread whose space, addresses or UTCB have gone does not start",
             start_needs_all_parts),
        TEST("SHOWN-5: what a thread that runs has used is shown up to this moment",
             time_is_counted_to_the_moment),
    };

    return cmocka_run_group_tests_name("shown", tests, NULL, NULL);
}
