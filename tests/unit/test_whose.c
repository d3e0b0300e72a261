/*
 * test_whose.c - the table "Whose time" of docs/ipc.md, row by row: where the time of a thread is
 * in each state, and on whose time it runs.
 */

#include "world.h"
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>

int run_whose_tests(void);

/* That time runs that thread now, by the kernel's decision. */
#define assert_pair(home, thread_of)                               \
    do {                                                           \
        assert_ptr_equal(cpu_self()->time, schedcontext_of(home)); \
        assert_ptr_equal(running(), (thread_of)->thread);          \
    } while (0)

/* Whatever waits: the CPU has nothing to do for anybody but root. */
static void assert_rests(const struct actor *home)
{
    struct schedcontext *time = schedcontext_of(home);
    uint64_t before = schedcontext_consumed(time);

    runs(&world.root);
    time_passes(5 * MS);
    assert_int_equal(schedcontext_consumed(time), before);
    assert_ptr_not_equal(cpu_self()->time, time);
}

static void inactive(void **state)
{
    struct actor t = person("t", TIMELESS, 0);

    (void)state;
    t.time = time_of(60, MS, MS);
    must_ask(t.time, SCHEDCONTEXT_LABEL_BIND, WORDS(SCHEDCONTEXT_OWN), CAPS(t.cap));
    assert_rests(&t);
    must_ask(t.cap, THREAD_LABEL_START, NO_WORDS, NO_CAPS);
    assert_pair(&t, &t);
}

/* An active server with its caller's token: both times run it, the more urgent one first. */
static void token_open(void **state)
{
    struct actor server = person("server", ACTIVE, 60), caller = person("caller", ACTIVE, 61);
    cap_t ep = call_only("ep");

    (void)state;
    receives(&server, ep);
    calls(&caller, ep);
    assert_pair(&caller, &server);
    suspends(&caller);
    assert_pair(&server, &server);
    resumes(&caller);
    assert_pair(&caller, &server);
    replies(&server, .token = token(&server));
    assert_pair(&caller, &caller);
}

static void saved_and_received_again(void **state)
{
    struct actor server = person("server", ACTIVE, 60), caller = person("caller", ACTIVE, 61);
    cap_t ep = call_only("ep");

    (void)state;
    receives(&server, ep);
    calls(&caller, ep);
    asks(&server, server.self, CSPACE_LABEL_REPLY_SAVE, WORDS(token(&server)), NO_CAPS);
    assert_pair(&caller, &server); /* still */
    receives(&server, ep, NOW);
    assert_pair(&server, &server);
    assert_rests(&caller);
}

static void queued(void **state)
{
    struct actor server = person("server", PASSIVE, 59), caller = person("caller", ACTIVE, 60);
    struct actor unbound = person("unbound", ACTIVE, 63), bound;
    cap_t ep = call_only("ep"), pool = call_only("pool");

    (void)state;
    binds(&server, ep);
    receives(&server, ep);
    calls(&caller, ep);
    calls(&unbound, pool);
    assert_pair(&caller, &server);
    bound = person("bound", ACTIVE, 62);
    calls(&bound, ep);
    assert_pair(&bound, &server); /* it helps */
    cancels(&bound);
    assert_pair(&bound, &bound);
    suspends(&bound);
    suspends(&caller);
    assert_pair(&server, &server); /* the one that waits where nobody is bound helps nobody */
    assert_rests(&unbound);
}

/* A server that waits for bits: the time of the caller whose token it holds rests with its own. */
static void waits_for_bits(void **state)
{
    struct actor server = person("server", PASSIVE, 59), caller = person("caller", ACTIVE, 60);
    cap_t ep = call_only("ep"), n = notification("n");

    (void)state;
    receives(&server, ep);
    calls(&caller, ep);
    receives(&server, n);
    assert_rests(&caller);
    assert_rests(&server);
    notifies(&world.root, n, 1);
    assert_pair(&caller, &server);
    replies_and_receives(&server, ep, .token = server.thread->token);
    assert_pair(&caller, &caller);
}

static void faulted(void **state)
{
    struct actor pager = person("pager", PASSIVE, 58), t = person("t", ACTIVE, 60);
    cap_t faults = call_only("faults");

    (void)state;
    receives(&pager, faults);
    must_ask(t.cap, THREAD_LABEL_SET_HANDLER, NO_WORDS, CAPS(faults));
    page_faults(&t, 0x1234);
    assert_pair(&t, &pager);
    replies_and_receives(&pager, faults, .token = token(&pager));
    assert_pair(&t, &t);
}

/* A calls B, B calls C, and B is suspended: its call stands, and A's time runs C all the same. */
static void suspended_while_served(void **state)
{
    struct actor a = person("a", ACTIVE, 60), b = person("b", PASSIVE, 59);
    struct actor c = person("c", PASSIVE, 58);
    cap_t to_b = call_only("b"), to_c = call_only("c");

    (void)state;
    receives(&b, to_b);
    receives(&c, to_c);
    calls(&a, to_b);
    calls(&b, to_c);
    suspends(&b);
    assert_pair(&a, &c);
    replies_and_receives(&c, to_c, .token = token(&c), .words = WORDS(7));
    assert_rests(&a); /* B has its answer, and does not run */
    resumes(&b);
    assert_pair(&a, &b);
    assert_int_equal(word(&b, 0), 7);
}

static void suspended_while_running(void **state)
{
    struct actor server = person("server", PASSIVE, 59), caller = person("caller", ACTIVE, 60);
    cap_t ep = call_only("ep");

    (void)state;
    receives(&server, ep);
    calls(&caller, ep);
    suspends(&server);
    assert_rests(&caller);
    assert_rests(&server);
    assert_state(&caller, THREAD_WAITS_REPLY);
    resumes(&server);
    assert_pair(&caller, &server);
}

static void used_up(void **state)
{
    struct actor server = spinner("server", 61, MS, 100 * MS),
                 caller = person("caller", ACTIVE, 60);
    struct actor whole = spinner("whole", 62, MS, MS);
    cap_t ep = call_only("ep");

    (void)state;
    suspends(&whole);
    receives(&server, ep);
    calls(&caller, ep);
    assert_pair(&server, &server); /* its own time is the more urgent one */
    time_passes(MS);
    assert_pair(&caller, &server); /* used up: what else reaches it */
    time_passes(5 * MS);
    assert_pair(&caller, &server);
    resumes(&whole);
    assert_pair(&whole, &whole);
    time_passes(3 * MS);
    assert_pair(&whole, &whole); /* budget = period: it is never without */
}

int run_whose_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST("WHOSE-1: the time of a thread that has not started rests", inactive),
        TEST("WHOSE-2: an active server runs on its own time and its caller's, the most urgent "
             "first",
             token_open),
        TEST("WHOSE-3: when it has saved the Reply and received again the caller's time rests",
             saved_and_received_again),
        TEST("WHOSE-4: who queues where a thread is bound runs it, where none is his time rests",
             queued),
        TEST("WHOSE-5: while a server waits for bits its caller's time rests, too", waits_for_bits),
        TEST("WHOSE-6: the time of a thread that has faulted runs its handler", faulted),
        TEST("WHOSE-7: who is suspended while its call is served lets its caller's time go on",
             suspended_while_served),
        TEST("WHOSE-8: who is suspended while it runs keeps what reaches it from running",
             suspended_while_running),
        TEST("WHOSE-9: a server whose budget is used up runs on what else reaches it", used_up),
    };

    return cmocka_run_group_tests_name("whose", tests, NULL, NULL);
}
