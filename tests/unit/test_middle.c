/*
 * test_middle.c - A calls B, B calls C, and something goes wrong in the middle: each home has its
 * time back, each caller gets its error, and C learns it when it answers.
 */

#include "world.h"
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>

int run_middle_tests(void);

/* A is active, B and C are passive. C serves B's call, which it makes while it serves A's. */
static struct actor a, b, c;
static cap_t to_b, to_c;

static void begin(uint64_t deadline_of_a, uint64_t deadline_of_b)
{
    to_b = call_only("b");
    to_c = call_only("c");
    a = person("a", ACTIVE, 40);
    b = person("b", PASSIVE, 35);
    c = person("c", PASSIVE, 34);
    receives(&b, to_b);
    receives(&c, to_c);
    calls(&a, to_b, .flags = TAG_DEADLINE, .deadline = deadline_of_a);
    calls(&b, to_c, .flags = TAG_DEADLINE, .deadline = deadline_of_b);
    assert_ptr_equal(running(), c.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&a));
}

static void begin_without_deadlines(void)
{
    begin(DEADLINE_FOREVER, DEADLINE_FOREVER);
}

/* It could run at once, on that one's time and on no other's. */
static void assert_runs_on(struct actor *actor, const struct actor *home)
{
    assert_true(could_run(actor));
    runs(actor);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(home));
}

/* Its answer reaches nobody, for that reason. */
static void assert_too_late(struct actor *server, error_t reason)
{
    uint64_t last = server->thread->token;

    replies(server, .token = last);
    assert_failure(server, ESTALE, ARGUMENT_TOKEN, last, (uint64_t)reason);
}

static void middle_dies(void **state)
{
    (void)state;
    begin_without_deadlines();
    deletes(b.cap);
    assert_failure(&a, EPIPE, ARGUMENT_PARTNER, 0, 0);
    assert_runs_on(&a, &a);
    receives(&a, notification("n"));
    assert_runs_on(&c, &c);
    assert_too_late(&c, EPIPE);
}

static void middle_is_cancelled(void **state)
{
    (void)state;
    begin_without_deadlines();
    cancels(&b);
    assert_failure(&b, ECANCELED, ARGUMENT_PARTNER, 0, 0);
    assert_state(&a, THREAD_WAITS_REPLY);
    assert_runs_on(&b, &a);
    receives(&b, notification("n"));
    assert_runs_on(&c, &c);
    assert_too_late(&c, ECANCELED);
}

static void middle_is_too_late(void **state)
{
    (void)state;
    begin(DEADLINE_FOREVER, host.now + MS);
    time_passes(MS);
    assert_failure(&b, ETIMEDOUT, ARGUMENT_DEADLINE, 0, 0);
    assert_state(&a, THREAD_WAITS_REPLY);
    assert_runs_on(&b, &a);
    receives(&b, notification("n"));
    assert_runs_on(&c, &c);
    assert_too_late(&c, ETIMEDOUT);
}

/* The first caller's wait ends: what is behind it goes on without its time, and is answered. */
static void assert_rest_goes_on(error_t reason)
{
    assert_runs_on(&a, &a);
    receives(&a, notification("n"));
    assert_runs_on(&c, &b); /* B's reserve comes down its call */
    replies(&c, .token = token(&c));
    assert_awake(&b);
    assert_runs_on(&b, &b);
    assert_too_late(&b, reason);
}

static void first_is_cancelled(void **state)
{
    (void)state;
    begin_without_deadlines();
    cancels(&a);
    assert_failure(&a, ECANCELED, ARGUMENT_PARTNER, 0, 0);
    assert_rest_goes_on(ECANCELED);
}

static void first_is_too_late(void **state)
{
    (void)state;
    begin(host.now + MS, DEADLINE_FOREVER);
    time_passes(MS);
    assert_failure(&a, ETIMEDOUT, ARGUMENT_DEADLINE, 0, 0);
    assert_rest_goes_on(ETIMEDOUT);
}

/* A has none any more, and the others go on with what they have. */
static void time_is_taken_away(void **state)
{
    (void)state;
    begin_without_deadlines();
    must_ask(a.time, SCHEDCONTEXT_LABEL_UNBIND, NO_WORDS, NO_CAPS);
    assert_runs_on(&c, &b);
    replies(&c, .token = token(&c));
    assert_runs_on(&b, &b);
    replies(&b, .token = b.thread->token);
    assert_status(&b, SUCCESS);
    assert_state(&a, THREAD_RUNNING); /* answered, but with no time to run on */
    assert_false(could_run(&a));
}

static void last_drops_its_call(void **state)
{
    (void)state;
    begin_without_deadlines();
    receives(&c, to_c);
    assert_failure(&b, EPIPE, ARGUMENT_PARTNER, 0, 0);
    assert_runs_on(&b, &a);
    receives(&b, to_b);
    assert_failure(&a, EPIPE, ARGUMENT_PARTNER, 0, 0);
    assert_runs_on(&a, &a);
}

static void last_dies(void **state)
{
    (void)state;
    begin_without_deadlines();
    deletes(c.cap);
    assert_failure(&b, EPIPE, ARGUMENT_PARTNER, 0, 0);
    assert_runs_on(&b, &a);
    replies(&b, .token = b.thread->token);
    assert_status(&b, SUCCESS);
    assert_runs_on(&a, &a);
}

/* B has saved A's call, and the Reply is deleted while C serves B. */
static void middle_reply_is_deleted(void **state)
{
    cap_t reply;

    (void)state;
    begin_without_deadlines();
    replies(&c, .token = token(&c));
    receives(&c, to_c);
    assert_int_equal(asks(&b, b.self, CSPACE_LABEL_REPLY_SAVE, WORDS(b.thread->token), NO_CAPS),
                     SUCCESS);
    reply = got(&b, 0);
    calls(&b, to_c);
    assert_ptr_equal(running(), c.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&a));
    deletes(reply);
    assert_failure(&a, EPIPE, ARGUMENT_PARTNER, 0, 0);
    assert_runs_on(&a, &a);
    receives(&a, notification("n"));
    assert_runs_on(&c, &b);
}

int run_middle_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST("MIDDLE-1: B dies: A has EPIPE and its time, C its reserve", middle_dies),
        TEST("MIDDLE-2: B's call is cancelled: it goes on, on A's time", middle_is_cancelled),
        TEST("MIDDLE-3: the deadline of B's call passes: likewise", middle_is_too_late),
        TEST("MIDDLE-4: A's call is cancelled: B and C go on with what is B's", first_is_cancelled),
        TEST("MIDDLE-5: the deadline of A's call passes: B learns it when it answers",
             first_is_too_late),
        TEST("MIDDLE-6: A's time is taken away: the call goes on, and is answered",
             time_is_taken_away),
        TEST("MIDDLE-7: C drops B's call, and B A's: each has EPIPE, and A its time",
             last_drops_its_call),
        TEST("MIDDLE-8: C dies: B has EPIPE, and goes on on A's time", last_dies),
        TEST("MIDDLE-9: the Reply to A is deleted while B waits for C: A has EPIPE and its time",
             middle_reply_is_deleted),
    };

    return cmocka_run_group_tests_name("middle", tests, NULL, NULL);
}
