/*
 * test_peer.c - a server goes while it is blocked itself, in each way in which a thread can be: who
 * it serves and who waits for it get EPIPE, and whom it waited for is told, or goes on.
 */

#include "world.h"
#include <myelin/idl/thread_types.h>
#include <myelin/idl/waitset_types.h>

int run_peer_tests(void);

/* The server holds the token of `served`; `queued` waits at its endpoint. */
static struct actor server, served, queued;
static cap_t ep;

static void begin(void)
{
    ep = endpoint("service");
    server = person("server", ACTIVE, 20);
    served = person("served", ACTIVE, 30);
    queued = person("queued", ACTIVE, 31);
    binds(&server, ep);
    receives(&server, ep);
    calls(&served, ep);
    calls(&queued, ep);
    assert_state(&served, THREAD_WAITS_REPLY);
    assert_state(&queued, THREAD_WAITS_CALL);
}

/* Its Thread is deleted: nobody waits for it any more, and who comes later need not. */
static void assert_all_learn_it(unsigned state)
{
    assert_state(&server, state);
    deletes(server.cap);
    assert_failure(&served, EPIPE, ARGUMENT_PARTNER, 0, 0);
    assert_failure(&queued, EPIPE, ARGUMENT_HANDLE, 0, 0);
    assert_awake(&served);
    assert_awake(&queued);
    calls(&served, ep);
    assert_failure(&served, EPIPE, ARGUMENT_HANDLE, 0, 0);
}

static void while_running(void **state)
{
    (void)state;
    begin();
    assert_all_learn_it(THREAD_RUNNING);
}

static void while_sending(void **state)
{
    cap_t elsewhere = endpoint("elsewhere");

    (void)state;
    begin();
    sends(&server, elsewhere);
    assert_all_learn_it(THREAD_WAITS_SEND);
    receives(&world.root, elsewhere, NOW);
    assert_status(&world.root, EAGAIN); /* what it would have sent is gone with it */
}

static void while_calling(void **state)
{
    cap_t elsewhere = endpoint("elsewhere");

    (void)state;
    begin();
    calls(&server, elsewhere);
    assert_all_learn_it(THREAD_WAITS_CALL);
    receives(&world.root, elsewhere, NOW);
    assert_status(&world.root, EAGAIN);
}

static void while_served(void **state)
{
    cap_t elsewhere = endpoint("elsewhere");
    struct actor other = person("other", ACTIVE, 32);

    (void)state;
    begin();
    receives(&other, elsewhere);
    calls(&server, elsewhere);
    assert_all_learn_it(THREAD_WAITS_REPLY);
    replies(&other, .token = token(&other));
    assert_failure(&other, ESTALE, ARGUMENT_TOKEN, other.thread->token, EPIPE);
}

static void while_waiting_for_bits(void **state)
{
    cap_t n = notification("n");

    (void)state;
    begin();
    receives(&server, n);
    assert_all_learn_it(THREAD_WAITS_NOTIFY);
    notifies(&world.root, n, 1);
    receives(&world.root, n);
    assert_int_equal(bits(&world.root), 1); /* they were not given to the dead */
}

static void while_receiving_from_a_channel(void **state)
{
    cap_t channel = make(OBJECT_CHANNEL, CHANNEL_SIZE(1, 7, 0), "c");

    (void)state;
    begin();
    receives(&server, channel);
    assert_all_learn_it(THREAD_WAITS_RECEIVE);
    sends(&world.root, channel, .words = WORDS(7));
    receives(&world.root, channel);
    assert_int_equal(word(&world.root, 0), 7);
}

static void while_waiting_for_room(void **state)
{
    cap_t channel = make(OBJECT_CHANNEL, CHANNEL_SIZE(1, 7, 0), "c");

    (void)state;
    begin();
    sends(&world.root, channel, .words = WORDS(1));
    sends(&server, channel, .words = WORDS(2));
    assert_all_learn_it(THREAD_WAITS_SEND);
    receives(&world.root, channel);
    assert_int_equal(word(&world.root, 0), 1);
    receives(&world.root, channel, NOW);
    assert_status(&world.root, EAGAIN);
}

/* With a receive its token is dropped: the one that was served has learnt it before. */
static void while_receiving(void **state)
{
    struct actor third = person("third", ACTIVE, 29);

    (void)state;
    begin();
    receives(&server, ep);
    assert_failure(&served, EPIPE, ARGUMENT_PARTNER, 0, 0);
    assert_state(&queued, THREAD_WAITS_REPLY);
    calls(&third, ep);
    deletes(server.cap);
    assert_failure(&queued, EPIPE, ARGUMENT_PARTNER, 0, 0);
    assert_failure(&third, EPIPE, ARGUMENT_HANDLE, 0, 0);
}

static void while_waiting_at_a_set(void **state)
{
    cap_t set = make(OBJECT_WAITSET, 1, "set"), in_set = call_only("in set");
    struct actor third = person("third", ACTIVE, 29);

    (void)state;
    begin();
    must_ask(set, WAITSET_LABEL_ADD, WORDS(5), CAPS(in_set));
    receives(&server, set);
    assert_failure(&served, EPIPE, ARGUMENT_PARTNER, 0, 0);
    assert_state(&server, THREAD_WAITS_RECEIVE);
    deletes(server.cap);
    assert_failure(&queued, EPIPE, ARGUMENT_HANDLE, 0, 0);
    calls(&third, in_set);
    assert_failure(&third, EPIPE, ARGUMENT_HANDLE, 0, 0);
}

static void while_its_fault_is_handled(void **state)
{
    struct actor handler = person("handler", ACTIVE, 32);
    cap_t faults = call_only("faults");

    (void)state;
    begin();
    must_ask(server.cap, THREAD_LABEL_SET_HANDLER, NO_WORDS, CAPS(faults));
    receives(&handler, faults);
    page_faults(&server, 0x1234);
    assert_all_learn_it(THREAD_WAITS_REPLY);
    replies(&handler, .token = token(&handler));
    assert_failure(&handler, ESTALE, ARGUMENT_TOKEN, handler.thread->token, EPIPE);
}

static void while_its_fault_waits(void **state)
{
    cap_t faults = call_only("faults");

    (void)state;
    begin();
    must_ask(server.cap, THREAD_LABEL_SET_HANDLER, NO_WORDS, CAPS(faults));
    page_faults(&server, 0x1234);
    assert_all_learn_it(THREAD_WAITS_CALL);
}

static void while_suspended(void **state)
{
    (void)state;
    begin();
    suspends(&server);
    assert_state(&served, THREAD_WAITS_REPLY);
    assert_all_learn_it(THREAD_RUNNING);
}

/* What stops answers nobody: the one that was served learns it then, the others when it dies. */
static void while_stopped(void **state)
{
    (void)state;
    begin();
    page_faults(&server, 0x1234);
    assert_state(&server, THREAD_STOPPED);
    assert_failure(&served, EPIPE, ARGUMENT_PARTNER, 0, 0);
    assert_state(&queued, THREAD_WAITS_CALL);
    deletes(server.cap);
    assert_failure(&queued, EPIPE, ARGUMENT_HANDLE, 0, 0);
}

/* ---- the endpoint, in each state of who waits there ---- */

static void endpoint_dies(void **state)
{
    struct actor sender = person("sender", ACTIVE, 33), receiver = person("receiver", ACTIVE, 34);
    cap_t other = endpoint("other");

    (void)state;
    begin();
    sends(&sender, ep);
    receives(&receiver, other);
    deletes(ep);
    deletes(other);
    assert_failure(&queued, EPIPE, ARGUMENT_HANDLE, 0, 0);
    assert_failure(&sender, EPIPE, ARGUMENT_HANDLE, 0, 0);
    assert_failure(&receiver, EPIPE, ARGUMENT_HANDLE, 0, 0);
    assert_state(&served, THREAD_WAITS_REPLY);
    replies(&server, .token = token(&server));
    assert_status(&server, SUCCESS);
    assert_awake(&served);
}

int run_peer_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST("PEER-1: a server dies while it runs: who is served and who waits get EPIPE",
             while_running),
        TEST("PEER-2: likewise while it waits to send, and its message is gone", while_sending),
        TEST("PEER-3: while it waits to call", while_calling),
        TEST("PEER-4: while it waits for another's answer, who learns it", while_served),
        TEST("PEER-5: while it waits for bits, which are not lost", while_waiting_for_bits),
        TEST("PEER-6: while it waits for a channel's message, which is not lost",
             while_receiving_from_a_channel),
        TEST("PEER-7: while it waits for room in a channel", while_waiting_for_room),
        TEST("PEER-8: while it receives again", while_receiving),
        TEST("PEER-9: while it waits at a WaitSet", while_waiting_at_a_set),
        TEST("PEER-10: while its fault is being handled, and the handler learns it",
             while_its_fault_is_handled),
        TEST("PEER-11: while its fault waits for the handler", while_its_fault_waits),
        TEST("PEER-12: while it is suspended", while_suspended),
        TEST("PEER-13: when it stops, who is served gets EPIPE; when it dies, who waits",
             while_stopped),
        TEST("PEER-14: an endpoint dies: who sends, calls or receives there gets EPIPE, who is "
             "served is answered",
             endpoint_dies),
    };

    return cmocka_run_group_tests_name("peer", tests, NULL, NULL);
}
