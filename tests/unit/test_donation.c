/* test_donation.c - what a server wants of the time that its callers give it. */

#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>

#include "world.h"

int run_donation_tests(void);

/* A passive server that waits for calls, and wants so much of their time. */
static struct actor choosy(cap_t ep, enum thread_run_out run_out, uint64_t least_us)
{
    struct actor server = person("server", PASSIVE, 35);

    must_ask(server.cap, THREAD_LABEL_SET_DONATION, WORDS(run_out, least_us), NO_CAPS);
    binds(&server, ep);
    receives(&server, ep);
    return server;
}

static void poor_callers_are_refused(void **state)
{
    struct actor client = spinner("client", 40, 2 * MS, 20 * MS);
    cap_t ep = call_only("ep");
    struct actor server = choosy(ep, THREAD_RUN_OUT_GOES_ON, 1000);

    (void)state;
    runs(&client);
    time_passes(MS);
    calls(&client, ep); /* 1000 us are left, which will do */
    assert_state(&client, THREAD_WAITS_REPLY);
    replies_and_receives(&server, ep, .token = token(&server));
    runs(&client);
    time_passes(1);
    calls(&client, ep);
    assert_failure(&client, ETIME, ARGUMENT_PARTNER, MS, MS - 1);
    assert_state(&server, THREAD_WAITS_RECEIVE);
    time_passes(MS); /* used up */
    time_passes(18 * MS);
    calls(&client, ep);
    assert_state(&client, THREAD_WAITS_REPLY);
}

static void refused_waiters_go_back(void **state)
{
    struct actor client = person("client", ACTIVE, 20), rich = person("rich", ACTIVE, 25);
    struct actor poor = spinner("poor", 45, MS, 100 * MS);
    cap_t ep = call_only("ep");
    struct actor server = choosy(ep, THREAD_RUN_OUT_GOES_ON, 500);

    (void)state;
    calls(&client, ep);
    calls(&poor, ep); /* helps, until it can no more */
    calls(&rich, ep);
    time_passes(MS);
    runs(&server);
    replies_and_receives(&server, ep, .token = token(&server));
    assert_state(&poor, THREAD_RUNNING);
    assert_status(&poor, ETIME);
    assert_state(&rich, THREAD_WAITS_REPLY);
    time_passes(99 * MS);
    assert_awake(&poor);
}

/* The whole of a CPU never runs out; nor do faults need time. */
static void some_are_never_refused(void **state)
{
    struct actor whole = person("whole", ACTIVE, 40), faulty;
    cap_t ep = call_only("ep");
    struct actor server = choosy(ep, THREAD_RUN_OUT_ENDS_CALL, 2000);

    (void)state;
    runs(&whole);
    time_passes(9 * MS);
    calls(&whole, ep);
    assert_state(&whole, THREAD_WAITS_REPLY);
    replies_and_receives(&server, ep, .token = token(&server));
    faulty = spinner("faulty", 41, MS, 100 * MS);
    must_ask(faulty.cap, THREAD_LABEL_SET_HANDLER, NO_WORDS, CAPS(ep));
    page_faults(&faulty, 0x1000);
    assert_state(&faulty, THREAD_WAITS_REPLY);
    time_passes(2 * MS); /* the fault's time runs out, and it still waits */
    assert_state(&faulty, THREAD_WAITS_REPLY);
}

static void calls_end_with_their_time(void **state)
{
    struct actor client = spinner("client", 40, 2 * MS, 20 * MS);
    cap_t ep = call_only("ep");
    struct actor server = choosy(ep, THREAD_RUN_OUT_ENDS_CALL, 0);
    uint64_t open;

    (void)state;
    calls(&client, ep);
    open = token(&server);
    time_passes(2 * MS);
    assert_state(&client, THREAD_RUNNING); /* when it has time again */
    assert_failure(&client, ETIMEDOUT, ARGUMENT_PARTNER, 0, 0);
    assert_ptr_equal(running(), server.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&server));
    replies(&server, .token = open);
    assert_failure(&server, ESTALE, ARGUMENT_TOKEN, open, ETIMEDOUT);
    receives(&server, ep);
    time_passes(18 * MS);
    assert_ptr_equal(running(), client.thread);
}

/* Each server of a chain has its own say. */
static void chains_end_where_servers_say(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 4; way++) {
        struct actor client = spinner("client", 40, 2 * MS, 100 * MS);
        cap_t first = call_only("first"), second = call_only("second");
        struct actor middle = choosy(first, way & 1, 0), end = choosy(second, way >> 1, 0);

        calls(&client, first);
        calls(&middle, second);
        time_passes(2 * MS);
        assert_state(&client, way & 1 ? THREAD_RUNNING : THREAD_WAITS_REPLY);
        if (way & 1)
            assert_status(&client, ETIMEDOUT);
        assert_state(&middle, way & 2 ? THREAD_RUNNING : THREAD_WAITS_REPLY);
        if (way & 2)
            assert_status(&middle, ETIMEDOUT);
        assert_true(could_run(&end)); /* on a reserve, its own or the middle's */
        deletes(client.cap);
        deletes(middle.cap);
        deletes(end.cap);
    }
}

/* Who helps and runs out stops helping; the call that is served stands. */
static void helpers_end_nothing(void **state)
{
    struct actor client = person("client", ACTIVE, 20), poor = spinner("poor", 45, MS, 100 * MS);
    cap_t ep = call_only("ep");
    struct actor server = choosy(ep, THREAD_RUN_OUT_ENDS_CALL, 0);

    (void)state;
    calls(&client, ep);
    calls(&poor, ep);
    time_passes(MS);
    assert_state(&client, THREAD_WAITS_REPLY);
    assert_state(&poor, THREAD_WAITS_CALL);
    replies_and_receives(&server, ep, .token = token(&server));
    assert_status(&poor, ETIME); /* it brings nothing at all */
}

/* Who waits to be received may lose his time, and have a new period. */
static void waiters_time_is_looked_at_when_received(void **state)
{
    struct actor rich = spinner("rich", 40, 2 * MS, 20 * MS);
    struct actor bare = spinner("bare", 40, 2 * MS, 20 * MS);
    struct actor first = person("first", ACTIVE, 41);
    cap_t ep = call_only("ep");
    struct actor server = choosy(ep, THREAD_RUN_OUT_GOES_ON, 1000);

    (void)state;
    calls(&first, ep);
    runs(&rich);
    time_passes(MS + MS / 2); /* too little is left */
    calls(&rich, ep);
    calls(&bare, ep);
    assert_state(&rich, THREAD_WAITS_CALL);
    assert_state(&bare, THREAD_WAITS_CALL);
    deletes(bare.time);
    suspends(&server); /* so nobody uses what is left of it */
    time_passes(schedcontext_of(&rich)->period_end - host.now);
    resumes(&server);
    replies_and_receives(&server, ep, .token = token(&server));
    assert_state(&rich,
                 THREAD_WAITS_REPLY); /* its period is just over: it will have all of its budget */
    replies_and_receives(&server, ep, .token = token(&server));
    assert_failure(&bare, ETIME, ARGUMENT_PARTNER, MS, 0);
}

static void donation_is_checked(void **state)
{
    struct actor server = person("server", PASSIVE, 35);

    (void)state;
    refuses(&world.root, server.cap, THREAD_LABEL_SET_DONATION, WORDS(2, 0), NO_CAPS, EINVAL,
            ARGUMENT_WORD(0));
    refuses(&world.root, server.cap, THREAD_LABEL_SET_DONATION, WORDS(0, 1ull << 32), NO_CAPS,
            ERANGE, ARGUMENT_WORD(1));
    refuses(&world.root, derived(server.cap, CAP_RIGHTS_READ), THREAD_LABEL_SET_DONATION,
            WORDS(0, 0), NO_CAPS, EPERM, ARGUMENT_HANDLE);
    must_ask(server.cap, THREAD_LABEL_SET_DONATION, WORDS(0, UINT32_MAX), NO_CAPS);
}

int run_donation_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(
            "DONATION-1: who has less time left than the server wants is refused: ETIME, with both",
            poor_callers_are_refused),
        TEST("DONATION-2: also who waited until it had too little; the next one is taken",
             refused_waiters_go_back),
        TEST("DONATION-3: who has all of a CPU, and a fault, is never refused nor ended",
             some_are_never_refused),
        TEST("DONATION-4: where the server wants it a call ends with its time: ETIMEDOUT",
             calls_end_with_their_time),
        TEST("DONATION-5: in a chain each server has its own say", chains_end_where_servers_say),
        TEST("DONATION-6: the time of a helper that runs out ends no call", helpers_end_nothing),
        TEST("DONATION-8: of who waited what he has when he is received counts",
             waiters_time_is_looked_at_when_received),
        TEST("DONATION-7: what is no policy, or too long, is refused", donation_is_checked),
    };

    return cmocka_run_group_tests_name("donation", tests, NULL, NULL);
}
