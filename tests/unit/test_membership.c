/* test_membership.c - who is in a WaitSet and whose it is; how each may end; who helps whom. */

#include "sources.h"
#include <myelin/idl/thread_types.h>
#include <myelin/idl/untyped_types.h>

int run_membership_tests(void);

/* ---- membership ---- */

static void a_source_is_in_one_place(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    struct actor eve = person("eve", ACTIVE, 20);
    cap_t bound = call_only("bound"), awaited = notification("awaited");
    cap_t attached = make(OBJECT_CHANNEL, CHANNEL_SIZE(1, 7, 0), "attached");

    (void)state;
    refuses(&world.root, waitset(1), WAITSET_LABEL_ADD, WORDS(1), CAPS(s.ep), EBUSY,
            ARGUMENT_CAP(0));
    refuses(&world.root, s.set, WAITSET_LABEL_ADD, WORDS(1), CAPS(s.ep), EBUSY, ARGUMENT_CAP(0));
    binds(&eve, bound);
    refuses(&world.root, s.set, WAITSET_LABEL_ADD, WORDS(1), CAPS(bound), EBUSY, ARGUMENT_CAP(0));
    receives(&eve, awaited);
    refuses(&world.root, s.set, WAITSET_LABEL_ADD, WORDS(1), CAPS(awaited), EBUSY, ARGUMENT_CAP(0));
    must_ask(attached, CHANNEL_LABEL_ATTACH, NO_WORDS, CAPS(bound));
    refuses(&world.root, s.set, WAITSET_LABEL_ADD, WORDS(1), CAPS(attached), EBUSY,
            ARGUMENT_CAP(0));
    cancels(&eve);
    refuses(&world.root, eve.cap, THREAD_LABEL_BIND_ENDPOINT, NO_WORDS, CAPS(s.ep), EBUSY,
            ARGUMENT_CAP(0));
    refuses(&world.root, eve.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(s.n), EBUSY,
            ARGUMENT_CAP(0));
    refuses(&world.root, s.c, CHANNEL_LABEL_ATTACH, NO_WORDS, CAPS(call_only("x")), EBUSY,
            ARGUMENT_HANDLE);
    for (unsigned i = 0; i < 3; i++) {
        cap_t sources[] = {s.ep, s.c, s.n};

        receives(&eve, sources[i]);
        assert_failure(&eve, EBUSY, ARGUMENT_HANDLE, 0, 0);
    }
}

static void a_set_has_one_thread(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    struct actor eve = person("eve", ACTIVE, 20);

    (void)state;
    receives(&s.actor, s.set);
    receives(&eve, s.set);
    assert_failure(&eve, EBUSY, ARGUMENT_HANDLE, 0, 0);
    must_ask(s.set, WAITSET_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    assert_int_equal(word(&world.root, 0), 8);
    assert_int_equal(word(&world.root, 1), 3);
    assert_memory_equal(&world.root.thread->context.words[2], "server", 7);
}

static void it_holds_as_many_as_it_was_made_for(void **state)
{
    cap_t set = waitset(2), n = notification("n"), third = notification("third");

    (void)state;
    adds(set, 1, n);
    adds(set, 2, notification("second"));
    refuses(&world.root, set, WAITSET_LABEL_ADD, WORDS(3), CAPS(third), ENOSPC, ARGUMENT_HANDLE);
    removes(set, n);
    adds(set, 3, third);
    refuses(&world.root, set, WAITSET_LABEL_REMOVE, NO_WORDS, CAPS(n), ENOENT, ARGUMENT_CAP(0));
    refuses(&world.root, set, WAITSET_LABEL_REMOVE, NO_WORDS, CAPS(set), EINVAL, ARGUMENT_CAP(0));
    refuses(&world.root, set, WAITSET_LABEL_ADD, WORDS(3), CAPS(set), EINVAL, ARGUMENT_CAP(0));
    refuses(&world.root, set, WAITSET_LABEL_ADD, WORDS(3), CAPS(derived(n, CAP_RIGHTS_SEND)), EPERM,
            ARGUMENT_CAP(0));
    refuses(&world.root, derived(set, CAP_RIGHTS_RECV), WAITSET_LABEL_ADD, WORDS(3), CAPS(n), EPERM,
            ARGUMENT_HANDLE);
    receives(&world.root, derived(set, CAP_RIGHTS_MANAGE));
    assert_status(&world.root, EPERM);
}

static void sizes(void **state)
{
    static const struct {
        uint64_t size;
        error_t error;
    } sizes[] = {{0, EINVAL},
                 {1, SUCCESS},
                 {WAITSET_SOURCES_MAX, SUCCESS},
                 {WAITSET_SOURCES_MAX + 1, EINVAL}};

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        calls(&world.root, world.memory, .label = UNTYPED_LABEL_RETYPE,
              .words = WORDS(OBJECT_WAITSET, sizes[i].size, 0, 0, 0), .accept = 1);
        assert_status(&world.root, sizes[i].error);
    }
}

static void removed_sources_stand_alone(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    struct actor client = person("client", ACTIVE, 20), other = person("other", ACTIVE, 20);

    (void)state;
    calls(&client, s.ep, .words = WORDS(3));
    removes(s.set, s.ep);
    removes(s.set, s.c);
    removes(s.set, s.n);
    receives(&s.actor, s.set, NOW);
    assert_status(&s.actor, EAGAIN);
    receives(&other, s.ep);
    assert_int_equal(word(&other, 0), 3);
    binds(&other, s.ep);
    notifies(&world.root, s.n, 1);
    receives(&other, s.n);
    assert_int_equal(bits(&other), 1);
}

static void revoking_the_capability_removes(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    cap_t n = notification("n"), to_add = derived(n, CAP_RIGHTS_ALL);

    (void)state;
    adds(s.set, 9, to_add);
    notifies(&world.root, n, 1);
    revokes(n); /* and with it all that was made of it */
    receives(&s.actor, s.set, NOW);
    assert_status(&s.actor, EAGAIN);
    receives(&world.root, n);
    assert_int_equal(bits(&world.root), 1);
}

static void added_with_something_in_it(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    struct actor client = person("client", ACTIVE, 20);
    cap_t ep = call_only("ep"), n = notification("n");

    (void)state;
    receives(&s.actor, s.set);
    calls(&client, ep, .words = WORDS(4));
    adds(s.set, 44, ep);
    again(&s.actor); /* the kernel had it receive anew */
    assert_int_equal(key(&s.actor), 44);
    assert_int_equal(word(&s.actor, 0), 4);
    notifies(&world.root, n, 2);
    adds(s.set, 55, n);
    replies_and_receives(&s.actor, s.set, .token = token(&s.actor));
    assert_int_equal(key(&s.actor), 55);
}

/* ---- the end ---- */

static void sources_die(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    struct actor client = person("client", ACTIVE, 20);

    (void)state;
    calls(&client, s.ep);
    deletes(s.ep);
    assert_status(&client, EPIPE);
    puts_in(s.c, 1);
    deletes(s.c);
    notifies(&world.root, s.n, 1);
    deletes(s.n);
    receives(&s.actor, s.set, NOW);
    assert_status(&s.actor, EAGAIN);
    must_ask(s.set, WAITSET_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    assert_int_equal(word(&world.root, 1), 0);
}

static void the_set_dies(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    struct actor client = person("client", ACTIVE, 20), other = person("other", ACTIVE, 20);

    (void)state;
    receives(&s.actor, s.set);
    deletes(s.set);
    assert_failure(&s.actor, EPIPE, ARGUMENT_HANDLE, 0, 0);
    calls(&client, s.ep, .words = WORDS(2));
    receives(&other, s.ep);
    assert_int_equal(word(&other, 0), 2);
}

static void the_set_dies_with_helpers(void **state)
{
    struct server s = server_of(PASSIVE, 10);
    struct actor first = person("first", ACTIVE, 20), second = person("second", ACTIVE, 30);

    (void)state;
    receives(&s.actor, s.set);
    calls(&first, s.ep);
    calls(&second, s.ep); /* helps */
    runs(&s.actor);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&second));
    deletes(s.set);
    assert_state(&second, THREAD_WAITS_CALL);
    runs(&s.actor);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&first));
    replies(&s.actor, .token = token(&s.actor));
    assert_awake(&first);
}

static void the_thread_dies(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    struct actor client = person("client", ACTIVE, 20), heir = person("heir", ACTIVE, 20);
    struct actor sender = person("sender", ACTIVE, 20);

    (void)state;
    receives(&s.actor, s.set, NOW);
    calls(&client, s.ep);
    for (unsigned i = 0; i < 4; i++)
        puts_in(s.c, i);
    sends(&sender, s.c, .words = WORDS(4));
    notifies(&world.root, s.n, 2);
    deletes(s.actor.cap);
    assert_failure(&client, EPIPE, ARGUMENT_HANDLE, 0, 0);
    assert_failure(&sender, EPIPE, ARGUMENT_HANDLE, 0, 0);
    calls(&client, s.ep);
    assert_status(&client, EPIPE);
    sends(&sender, s.c);
    assert_status(&sender, EPIPE);
    for (unsigned i = 0; i < 4; i++) { /* nothing was lost */
        receives(&heir, s.set);
        assert_int_equal(word(&heir, 0), i);
        if (i == 0)
            receives(&heir, s.set); /* the bits have their turn */
    }
    receives(&heir, s.set);
    calls(&client, s.ep, .words = WORDS(8));
    assert_int_equal(word(&heir, 0), 8);
}

/* A closed receive had put their source aside, and it still is where the thread dies. */
static void those_passed_by_learn_it(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    struct actor eve = person("eve", ACTIVE, 30), sender = person("sender", ACTIVE, 20);
    cap_t to_eve = minted(s.ep, 1, CAP_RIGHTS_CALL);

    (void)state;
    for (unsigned i = 0; i < 4; i++)
        puts_in(s.c, i);
    sends(&sender, s.c);
    calls(&eve, to_eve);
    closes_to(&s, KEY_EP, 2);
    receives(&s.actor, s.set, .flags = TAG_CLOSED);
    assert_state(&s.actor, THREAD_WAITS_RECEIVE);
    deletes(s.actor.cap);
    assert_failure(&eve, EPIPE, ARGUMENT_HANDLE, 0, 0);
    assert_failure(&sender, EPIPE, ARGUMENT_HANDLE, 0, 0);
}

static void the_thread_exits(void **state)
{
    struct server s = server_of(ACTIVE, 40);
    struct actor client = person("client", ACTIVE, 20);

    (void)state;
    receives(&s.actor, s.set, NOW);
    calls(&client, s.ep);
    calls(&s.actor, s.actor.cap, .label = THREAD_LABEL_EXIT, .words = WORDS(0));
    assert_state(&s.actor, THREAD_EXITED);
    assert_status(&client, EPIPE);
    assert_null(s.actor.thread->bound_sets);
}

/* ---- helping, circles ---- */

static void waiters_help(void **state)
{
    struct server s = server_of(ACTIVE, 5);
    struct actor low = person("low", ACTIVE, 3), high = person("high", ACTIVE, 50);
    struct actor poster = person("poster", ACTIVE, 40);

    (void)state;
    receives(&s.actor, s.set);
    calls(&low, s.ep);
    calls(&high, s.ep);
    assert_state(&high, THREAD_WAITS_CALL);
    runs(&s.actor);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&high));
    cancels(&high);
    for (unsigned i = 0; i < 4; i++)
        puts_in(s.c, i);
    sends(&poster, s.c); /* who waits for room helps, too */
    assert_ptr_equal(chain_end(poster.thread), s.actor.thread);
}

static void circles_are_found(void **state)
{
    struct server s = server_of(ACTIVE, 20);
    struct actor other = person("other", ACTIVE, 20);
    cap_t ep = endpoint("other's"), late = call_only("late");

    (void)state;
    receives(&s.actor, s.set, NOW);
    binds(&other, ep);
    calls(&s.actor, ep);
    assert_state(&s.actor, THREAD_WAITS_CALL);
    calls(&other, s.ep);
    assert_failure(&other, EDEADLK, ARGUMENT_HANDLE, CHAIN_HELP_MAX, 0);
    for (unsigned i = 0; i < 4; i++)
        puts_in(s.c, i);
    sends(&other, s.c);
    assert_failure(&other, EDEADLK, ARGUMENT_HANDLE, CHAIN_HELP_MAX, 0);
    calls(&other, late);
    refuses(&world.root, s.set, WAITSET_LABEL_ADD, WORDS(1), CAPS(late), EDEADLK, ARGUMENT_CAP(0));
}

int run_membership_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("WAITSET-11: a source is in one set, or bound, or waited at (EBUSY)",
             a_source_is_in_one_place),
        TEST("WAITSET-12: a set belongs to the first thread that receives", a_set_has_one_thread),
        TEST("WAITSET-13: N sources fit; each method checks its arguments and rights",
             it_holds_as_many_as_it_was_made_for),
        TEST("WAITSET-14: how many sources a set may be made for", sizes),
        TEST("WAITSET-15: a source that is removed stands alone again",
             removed_sources_stand_alone),
        TEST("WAITSET-16: revoking the capability that was added removes its source",
             revoking_the_capability_removes),
        TEST("WAITSET-17: a source that has something when it is added is received at once",
             added_with_something_in_it),
        TEST("WAITSET-18: sources that die leave their set", sources_die),
        TEST("WAITSET-19: when a set dies its thread gets EPIPE and its sources are free",
             the_set_dies),
        TEST("WAITSET-20: when a set dies its waiters help no more, and get their time back",
             the_set_dies_with_helpers),
        TEST("WAITSET-21: when the thread dies all who wait get EPIPE; the next thread finds the "
             "rest",
             the_thread_dies),
        TEST("WAITSET-39: also those that a closed receive has passed by",
             those_passed_by_learn_it),
        TEST("WAITSET-22: likewise when it exits", the_thread_exits),
        TEST("WAITSET-23: who waits at a source, to call or for room, helps the set's thread",
             waiters_help),
        TEST("WAITSET-24: circles through a set are refused, at a wait and at ADD",
             circles_are_found),
    };

    return cmocka_run_group_tests_name("membership", tests, NULL, NULL);
}
