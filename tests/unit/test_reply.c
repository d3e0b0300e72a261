/* test_reply.c - one call, one answer: tokens, Replies, and what becomes of dropped ones. */

#include "world.h"
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/thread_types.h>

int run_reply_tests(void);

struct service {
    struct actor client, server;
    cap_t ep;
};

static struct service service(void)
{
    struct service s = {.ep = call_only("service")};

    s.client = person("client", ACTIVE, 20);
    s.server = person("server", ACTIVE, 20);
    return s;
}

/* The server has taken the client's call; its token. */
static uint64_t called(struct service *s)
{
    receives(&s->server, s->ep);
    calls(&s->client, s->ep, .accept = 1);
    return token(&s->server);
}

static cap_t saved(struct service *s, uint64_t open)
{
    assert_int_equal(
        asks(&s->server, s->server.self, CSPACE_LABEL_REPLY_SAVE, WORDS(open), NO_CAPS), SUCCESS);
    return got(&s->server, 0);
}

static void assert_void(struct actor *server, uint64_t open, error_t why)
{
    replies(server, .token = open);
    assert_status(server, ESTALE);
    assert_int_equal(word(server, 0), ARGUMENT_TOKEN);
    assert_int_equal(word(server, 2), why);
}

static void token_is_good_once(void **state)
{
    struct service s = service();
    uint64_t first = called(&s), second;

    (void)state;
    assert_int_equal(first & CAP_INDEX_MASK, CAP_TOKEN_INDEX);
    replies(&s.server, .token = first);
    assert_void(&s.server, first, SUCCESS);
    second = called(&s);
    assert_int_not_equal(second, first);
    assert_void(&s.server, first, SUCCESS);
    assert_state(&s.client, THREAD_WAITS_REPLY);
    replies(&s.server, .token = second);
    assert_awake(&s.client);
}

static void token_is_the_threads_own(void **state)
{
    struct service s = service();
    uint64_t open = called(&s);
    struct actor other = person("other", ACTIVE, 20);

    (void)state;
    replies(&other, .token = open);
    assert_status(&other, ESTALE);
    assert_state(&s.client, THREAD_WAITS_REPLY);
    replies(&other, .token = CAP_TOKEN_INDEX);
    assert_status(&other, ESTALE);
}

static void token_is_no_handle(void **state)
{
    struct service s = service();
    uint64_t open = called(&s);

    (void)state;
    sends(&s.server, open);
    assert_status(&s.server, EBADF);
    receives(&s.server, open, NOW);
    assert_status(&s.server, EBADF);
    refuses(&s.server, s.server.self, CSPACE_LABEL_DERIVE, WORDS(CAP_RIGHTS_ALL, 0, 0), CAPS(open),
            EBADF, ARGUMENT_CAP(0));
    replies(&s.server, .token = s.ep);
    assert_status(&s.server, EBADF);
    replies(&s.server, .token = open);
    assert_status(&s.client, SUCCESS);
}

static void void_tokens_say_why(void **state)
{
    struct service s = service();
    uint64_t open = called(&s);

    (void)state;
    cancels(&s.client);
    assert_status(&s.client, ECANCELED);
    assert_void(&s.server, open, ECANCELED);
    open = called(&s);
    deletes(s.client.cap);
    assert_void(&s.server, open, EPIPE);
}

static void receive_drops_the_token(void **state)
{
    struct service s = service();
    uint64_t open = called(&s);

    (void)state;
    receives(&s.server, s.ep, NOW);
    assert_status(&s.server, EAGAIN);
    assert_awake(&s.client);
    assert_failure(&s.client, EPIPE, ARGUMENT_PARTNER, 0, 0);
    assert_void(&s.server, open, EPIPE);
}

static void other_waits_leave_the_token(void **state)
{
    struct service s = service(), inner = service();
    cap_t n = notification("n");
    uint64_t open = called(&s);

    (void)state;
    notifies(&world.root, n, 1);
    receives(&s.server, n);
    assert_int_equal(bits(&s.server), 1);
    receives(&inner.server, inner.ep);
    calls(&s.server, inner.ep);
    assert_state(&s.client, THREAD_WAITS_REPLY);
    replies(&inner.server, .token = token(&inner.server));
    replies(&s.server, .token = open, .words = WORDS(3));
    assert_int_equal(word(&s.client, 0), 3);
}

static void nested_calls_get_no_bits(void **state)
{
    struct service s = service();
    struct actor driver = person("driver", ACTIVE, 20);
    cap_t n = notification("n"), own = call_only("own");

    (void)state;
    must_ask(driver.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(n));
    receives(&s.server, s.ep);
    calls(&driver, s.ep);
    notifies(&world.root, n, 8);
    replies(&s.server, .token = token(&s.server));
    assert_status(&driver, SUCCESS);
    assert_int_equal(bits(&driver), 0);
    receives(&driver, own);
    assert_int_equal(bits(&driver), 8);
}

static void saved_replies_answer_later(void **state)
{
    struct service a = service(), b = {person("b", ACTIVE, 20), a.server, a.ep};
    cap_t first = saved(&a, called(&a)), second = saved(&b, called(&b));

    (void)state;
    replies(&a.server, .token = second, .words = WORDS(2));
    assert_int_equal(word(&b.client, 0), 2);
    assert_state(&a.client, THREAD_WAITS_REPLY);
    replies(&a.server, .token = first, .words = WORDS(1));
    assert_int_equal(word(&a.client, 0), 1);
    assert_true(is_gone(&a.server, first));
    assert_true(is_gone(&a.server, second));
}

static void saving_voids_the_token(void **state)
{
    struct service s = service();
    uint64_t open = called(&s);

    (void)state;
    saved(&s, open);
    assert_void(&s.server, open, SUCCESS);
    refuses(&s.server, s.server.self, CSPACE_LABEL_REPLY_SAVE, WORDS(open), NO_CAPS, ESTALE,
            ARGUMENT_WORD(0));
    refuses(&s.server, s.server.self, CSPACE_LABEL_REPLY_SAVE, WORDS(s.ep), NO_CAPS, EBADF,
            ARGUMENT_WORD(0));
    assert_state(&s.client, THREAD_WAITS_REPLY);
}

static void replies_move_but_are_not_copied(void **state)
{
    struct service s = service();
    struct actor eve = stranger("eve", ACTIVE, 20);
    cap_t reply = saved(&s, called(&s)), hers;

    (void)state;
    refuses(&world.root, eve.cspace, CSPACE_LABEL_INSERT, NO_WORDS, CAPS(reply), EINVAL,
            ARGUMENT_CAP(0));
    refuses(&world.root, world.root.self, CSPACE_LABEL_DERIVE, WORDS(CAP_RIGHTS_ALL, 0, 0),
            CAPS(reply), EINVAL, ARGUMENT_CAP(0));
    must_ask(eve.cspace, CSPACE_LABEL_INSERT, NO_WORDS, CAP_HOW(reply, CAP_MOVE));
    hers = word(&world.root, 0);
    deletes(s.server.cap);
    assert_state(&s.client, THREAD_WAITS_REPLY);
    replies(&eve, .token = hers, .words = WORDS(6));
    assert_status(&eve, SUCCESS);
    assert_awake(&s.client);
    assert_int_equal(word(&s.client, 0), 6);
    assert_true(is_gone(&eve, hers));
}

static void replies_travel_in_messages(void **state)
{
    struct service s = service(), w = service();
    cap_t reply = saved(&s, called(&s)), moved;
    uint64_t open;

    (void)state;
    receives(&w.server, w.ep, .accept = 1);
    calls(&s.server, w.ep, .caps = CAP_HOW(reply, CAP_MOVE));
    moved = got(&w.server, 0);
    open = token(&w.server);
    replies(&w.server, .token = moved, .words = WORDS(8));
    assert_int_equal(word(&s.client, 0), 8);
    assert_state(&s.server, THREAD_WAITS_REPLY);
    assert_true(is_gone(&w.server, moved));
    replies(&w.server, .token = open);
    assert_awake(&s.server);
}

static void reply_is_not_moved_in_its_own_answer(void **state)
{
    struct service s = service();
    cap_t reply = saved(&s, called(&s));

    (void)state;
    replies(&s.server, .token = reply, .caps = CAP_HOW(reply, CAP_MOVE));
    assert_status(&s.server, EINVAL);
    assert_state(&s.client, THREAD_WAITS_REPLY);
    replies(&s.server, .token = reply);
    assert_awake(&s.client);
}

static void deleted_reply_drops_the_call(void **state)
{
    struct service s = service();
    struct actor eve = stranger("eve", ACTIVE, 20);
    cap_t reply = saved(&s, called(&s));

    (void)state;
    deletes(reply);
    assert_awake(&s.client);
    assert_failure(&s.client, EPIPE, ARGUMENT_PARTNER, 0, 0);
    reply = saved(&s, called(&s));
    must_ask(eve.cspace, CSPACE_LABEL_INSERT, NO_WORDS, CAP_HOW(reply, CAP_MOVE));
    deletes(eve.cspace); /* with all that is in it */
    assert_status(&s.client, EPIPE);
}

static void void_replies_say_why(void **state)
{
    struct service s = service();
    cap_t reply = saved(&s, called(&s));

    (void)state;
    cancels(&s.client);
    assert_void(&s.server, reply, ECANCELED);
    must_ask(world.root.self, CSPACE_LABEL_INSERT, NO_WORDS, CAP_HOW(reply, CAP_MOVE));
    reply = word(&world.root, 0); /* elsewhere it says the same */
    assert_void(&s.server, reply, ECANCELED);
    deletes(reply);
    assert_status(&s.client, ECANCELED);
    reply = saved(&s, called(&s));
    deletes(s.client.cap);
    assert_void(&s.server, reply, EPIPE);
}

static void wanted_replies_come_at_once(void **state)
{
    struct service s = service();
    cap_t reply;

    (void)state;
    receives(&s.server, s.ep, .flags = TAG_WANT_REPLY);
    calls(&s.client, s.ep);
    reply = token(&s.server);
    assert_int_equal(slot_of(reply)->type, OBJECT_REPLY);
    receives(&s.server, s.ep, NOW);
    assert_state(&s.client, THREAD_WAITS_REPLY);
    replies_and_receives(&s.server, s.ep, .token = reply, .words = WORDS(5));
    assert_int_equal(word(&s.client, 0), 5);
}

static void wanted_reply_needs_a_slot(void **state)
{
    struct service s = service();
    struct actor eve = stranger("eve", ACTIVE, 20);
    cap_t at = gives(&eve, s.ep, CAP_RIGHTS_ALL), last = CAP_NULL;

    (void)state;
    while (thread_cspace(eve.thread)->used < 64)
        last = gives(&eve, s.ep, 0);
    receives(&eve, at, .flags = TAG_WANT_REPLY);
    calls(&s.client, s.ep);
    assert_failure(&s.client, ENOSPC, ARGUMENT_PARTNER, 1, 0);
    assert_state(&eve, THREAD_WAITS_RECEIVE);
    cancels(&eve);
    assert_int_equal(asks(&eve, eve.self, CSPACE_LABEL_DELETE, NO_WORDS, CAPS(last)), SUCCESS);
    receives(&eve, at, .flags = TAG_WANT_REPLY);
    calls(&s.client, s.ep);
    assert_state(&s.client, THREAD_WAITS_REPLY);
}

static void many_calls_are_open(void **state)
{
    struct actor server = person("server", ACTIVE, 20), clients[10];
    cap_t ep = call_only("ep"), reply[10];

    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        clients[i] = person("client", ACTIVE, 20);
        calls(&clients[i], ep);
        receives(&server, ep, .flags = TAG_WANT_REPLY);
        reply[i] = token(&server);
    }
    for (unsigned i = 10; i-- > 0;) {
        replies(&server, .token = reply[i], .words = WORDS(i));
        assert_awake(&clients[i]);
        assert_int_equal(word(&clients[i], 0), i);
    }
}

static void failed_receive_half_is_told(void **state)
{
    struct service s = service();
    uint64_t open = called(&s);

    (void)state;
    replies_and_receives(&s.server, CAP_NULL, .token = open);
    assert_awake(&s.client);
    assert_failure(&s.server, EBADF, ARGUMENT_HANDLE, 0, 0);
    assert_void(&s.server, open, SUCCESS);
}

static void stopped_server_drops_calls(void **state)
{
    struct service s = service();
    uint64_t open = called(&s);

    (void)state;
    page_faults(&s.server, 0);
    assert_state(&s.server, THREAD_STOPPED);
    assert_awake(&s.client);
    assert_status(&s.client, EPIPE);
    resumes(&s.server);
    assert_void(&s.server, open, EPIPE);
}

int run_reply_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("REPLY-1: a token answers one call, once", token_is_good_once),
        TEST("REPLY-2: a token is good only in the thread that received the call",
             token_is_the_threads_own),
        TEST("REPLY-3: a token is never mistaken for a handle, nor a handle for one",
             token_is_no_handle),
        TEST("REPLY-4: a void token says why: cancelled, or the caller died", void_tokens_say_why),
        TEST("REPLY-5: a receive that can take a call drops an open token: EPIPE",
             receive_drops_the_token),
        TEST("REPLY-6: waiting for a notification, and nested calls, leave the token",
             other_waits_leave_the_token),
        TEST("REPLY-7: notification bits do not come with the answer to a nested call",
             nested_calls_get_no_bits),
        TEST("REPLY-8: saved Replies answer in any order", saved_replies_answer_later),
        TEST("REPLY-9: saving a token voids it", saving_voids_the_token),
        TEST("REPLY-10: a Reply can be moved to another process, but not copied",
             replies_move_but_are_not_copied),
        TEST("REPLY-11: a Reply can be handed on in a message", replies_travel_in_messages),
        TEST("REPLY-12: a Reply cannot be moved in the answer that it carries",
             reply_is_not_moved_in_its_own_answer),
        TEST("REPLY-13: deleting a Reply, or the space it is in, drops the call: EPIPE",
             deleted_reply_drops_the_call),
        TEST("REPLY-14: a void Reply says why and stays until it is deleted", void_replies_say_why),
        TEST("REPLY-15: a receive may ask for a Reply at once", wanted_replies_come_at_once),
        TEST("REPLY-16: without a slot for it the caller gets ENOSPC", wanted_reply_needs_a_slot),
        TEST("REPLY-17: one thread holds any number of open calls", many_calls_are_open),
        TEST("REPLY-18: when only the receive of a reply_recv fails, the answer has gone",
             failed_receive_half_is_told),
        TEST("REPLY-19: a server that stops drops its call: EPIPE", stopped_server_drops_calls),
    };

    return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
