/* test_endpoint.c - rendezvous: who meets whom, in which order, and what ends a wait. */

#include <myelin/idl/thread_types.h>
#include <myelin/idl/untyped_types.h>
#include <string.h>

#include "world.h"

int run_endpoint_tests(void);

#define SECOND (1000 * MS)

/* A client, a server and an endpoint between them. */
struct pair {
    struct actor client, server;
    cap_t ep; /* root's, and the server's */
    cap_t to; /* the client's, badged */
};

static struct pair pair(uint64_t kind)
{
    struct pair p = {.ep = make(OBJECT_ENDPOINT, kind, "service")};

    p.server = person("server", ACTIVE, 20);
    p.client = stranger("client", ACTIVE, 20);
    p.to = gives(&p.client, minted(p.ep, 0xbad9e, CAP_RIGHTS_ALL), CAP_RIGHTS_ALL);
    return p;
}

/* 128 words, each telling its place. */
static struct words many_words(uint64_t first)
{
    struct words words = {.count = MESSAGE_WORDS_MAX};

    for (unsigned i = 0; i < MESSAGE_WORDS_MAX; i++)
        words.word[i] = first + i;
    return words;
}

static void assert_words(const struct actor *actor, uint64_t first)
{
    assert_int_equal(tag_words(actor->thread->context.tag), MESSAGE_WORDS_MAX);
    for (unsigned i = 0; i < MESSAGE_WORDS_MAX; i++)
        assert_int_equal(word(actor, i), first + i);
}

static void assert_message(const struct actor *actor, enum operation operation)
{
    assert_status(actor, SUCCESS);
    assert_awake(actor);
    assert_int_equal(label(actor), 0xfeed);
    assert_int_equal(badge(actor), 0xbad9e);
    assert_int_equal(tag_operation(actor->thread->context.tag), operation);
    assert_int_equal(bits(actor), 0);
    assert_words(actor, 1000);
}

static void send_meets_receive(void **state)
{
    struct pair p = pair(UNTYPED_ENDPOINT_OPEN);

    (void)state;
    receives(&p.server, p.ep);
    assert_state(&p.server, THREAD_WAITS_RECEIVE);
    sends(&p.client, p.to, .label = 0xfeed, .words = many_words(1000));
    assert_message(&p.server, OP_SEND);
    assert_int_equal(token(&p.server), 0);
    sends(&p.client, p.to, .label = 0xfeed, .words = many_words(1000));
    assert_state(&p.client, THREAD_WAITS_SEND);
    receives(&p.server, p.ep);
    assert_message(&p.server, OP_SEND);
    assert_awake(&p.client);
    assert_status(&p.client, SUCCESS);
}

static void call_meets_receive(void **state)
{
    struct pair p = pair(UNTYPED_ENDPOINT_CALL_ONLY);

    (void)state;
    for (unsigned round = 0; round < 2; round++) {
        if (round == 0)
            receives(&p.server, p.ep);
        calls(&p.client, p.to, .label = 0xfeed, .words = many_words(1000));
        if (round == 1)
            receives(&p.server, p.ep);
        assert_state(&p.client, THREAD_WAITS_REPLY);
        assert_message(&p.server, OP_CALL);
        replies(&p.server, .token = token(&p.server), .label = 5, .words = many_words(2000));
        assert_status(&p.server, SUCCESS);
        assert_awake(&p.client);
        assert_status(&p.client, SUCCESS);
        assert_int_equal(label(&p.client), 5);
        assert_int_equal(badge(&p.client), 0);
        assert_int_equal(token(&p.client), 0);
        assert_words(&p.client, 2000);
    }
}

static void server_loop(void **state)
{
    struct pair p = pair(UNTYPED_ENDPOINT_CALL_ONLY);
    struct actor other = person("other", ACTIVE, 20);

    (void)state;
    receives(&p.server, p.ep);
    calls(&p.client, p.to, .words = WORDS(1));
    calls(&other, p.ep, .words = WORDS(2));
    assert_state(&other, THREAD_WAITS_CALL);
    replies_and_receives(&p.server, p.ep, .token = token(&p.server), .words = WORDS(11));
    assert_awake(&p.client);
    assert_int_equal(word(&p.client, 0), 11);
    assert_int_equal(word(&p.server, 0), 2);
    replies_and_receives(&p.server, p.ep, .token = token(&p.server), .words = WORDS(12));
    assert_int_equal(word(&other, 0), 12);
    assert_state(&p.server, THREAD_WAITS_RECEIVE);
}

static void only_counted_words_travel(void **state)
{
    struct pair p = pair(UNTYPED_ENDPOINT_OPEN);

    (void)state;
    p.server.thread->utcb->words[9] = 0x5a5a;
    receives(&p.server, p.ep);
    sends(&p.client, p.to, .words = WORDS(0, 1, 2, 3, 4, 5, 6, 7, 8));
    assert_int_equal(word(&p.server, 6), 6);
    assert_int_equal(word(&p.server, 8), 8);
    assert_int_equal(word(&p.server, 9), 0x5a5a);
}

/* Senders wait with these priorities; they are received in that order. */
static void senders_queue_by_priority(void **state)
{
    static const unsigned priorities[] = {5, 40, 5, 63, 40, 0};
    static const unsigned order[] = {3, 1, 4, 0, 2, 5};
    struct actor senders[6], server = person("server", ACTIVE, 20);
    cap_t ep = endpoint("ep");

    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        senders[i] = person("sender", ACTIVE, priorities[i]);
        if (i % 2)
            sends(&senders[i], ep, .words = WORDS(i));
        else
            calls(&senders[i], ep, .words = WORDS(i));
    }
    for (unsigned i = 0; i < 6; i++) {
        receives(&server, ep);
        assert_int_equal(word(&server, 0), order[i]);
        if (token(&server))
            replies(&server, .token = token(&server));
    }
}

static void receivers_queue_by_priority(void **state)
{
    static const unsigned priorities[] = {5, 40, 40, 63};
    static const unsigned order[] = {3, 1, 2, 0};
    struct actor pool[4];
    cap_t ep = endpoint("ep");

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        pool[i] = person("pool", ACTIVE, priorities[i]);
        receives(&pool[i], ep);
    }
    for (unsigned i = 0; i < 4; i++) {
        sends(&world.root, ep, .words = WORDS(i + 1));
        assert_awake(&pool[order[i]]);
        assert_int_equal(word(&pool[order[i]], 0), i + 1);
    }
}

static void now_does_not_wait(void **state)
{
    struct pair p = pair(UNTYPED_ENDPOINT_OPEN);

    (void)state;
    sends(&p.client, p.to, NOW);
    assert_failure(&p.client, EAGAIN, ARGUMENT_HANDLE, 0, 0);
    calls(&p.client, p.to, NOW);
    assert_status(&p.client, EAGAIN);
    receives(&p.server, p.ep, NOW);
    assert_status(&p.server, EAGAIN);
    receives(&p.server, p.ep);
    sends(&p.client, p.to, NOW, .words = WORDS(1));
    assert_status(&p.client, SUCCESS);
    receives(&p.server, p.ep);
    calls(&p.client, p.to, NOW);
    assert_state(&p.client, THREAD_WAITS_REPLY); /* it bounds the rendezvous only */
    replies(&p.server, .token = token(&p.server));
    assert_awake(&p.client);
}

static void waits_end_at_their_deadline(void **state)
{
    struct pair p = pair(UNTYPED_ENDPOINT_OPEN);
    uint64_t when = host.now + SECOND;

    (void)state;
    sends(&p.client, p.to, .flags = TAG_DEADLINE, .deadline = when);
    assert_state(&p.client, THREAD_WAITS_SEND);
    time_passes(SECOND - 1);
    assert_state(&p.client, THREAD_WAITS_SEND);
    time_passes(1);
    assert_awake(&p.client);
    assert_status(&p.client, ETIMEDOUT);
    receives(&p.server, p.ep, NOW);
    assert_status(&p.server, EAGAIN); /* it was not delivered */
    receives(&p.server, p.ep, .flags = TAG_DEADLINE, .deadline = host.now + SECOND);
    time_passes(SECOND);
    assert_status(&p.server, ETIMEDOUT);
    calls(&p.client, p.to, .flags = TAG_DEADLINE, .deadline = host.now + SECOND);
    receives(&p.server, p.ep);
    time_passes(SECOND);
    assert_status(&p.client, ETIMEDOUT);
    replies(&p.server, .token = token(&p.server));
    assert_status(&p.server, ESTALE);
    assert_int_equal(word(&p.server, 2), ETIMEDOUT);
}

static void kept_deadlines_are_forgotten(void **state)
{
    struct pair p = pair(UNTYPED_ENDPOINT_OPEN);

    (void)state;
    receives(&p.server, p.ep, .flags = TAG_DEADLINE, .deadline = host.now + SECOND);
    sends(&p.client, p.to, .words = WORDS(1));
    receives(&p.server, p.ep);
    time_passes(2 * SECOND);
    assert_state(&p.server, THREAD_WAITS_RECEIVE);
    sends(&p.client, p.to);
    sends(&p.client, p.to, .flags = TAG_DEADLINE, .deadline = host.now + SECOND);
    deletes(p.ep);
    time_passes(2 * SECOND);
    assert_status(&p.client, EPIPE);
}

static void bad_tags_are_refused(void **state)
{
    static const struct {
        uint64_t flags;
        error_t error;
    } tags[] = {
        {TAG_ORIGIN_CHANNEL, EINVAL},
        {TAG_ORIGIN_NOTIFICATION, EINVAL},
        {TAG_ORIGIN_FAULT, EINVAL},
        {129, EMSGSIZE},
        {255, EMSGSIZE},
        {5u << TAG_CAPS_SHIFT, EINVAL},
        {7u << TAG_CAPS_SHIFT, EINVAL},
        {5u << TAG_LEASES_SHIFT, EINVAL},
    };
    struct pair p = pair(UNTYPED_ENDPOINT_OPEN);

    (void)state;
    for (unsigned i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
        for (enum operation op = OP_SEND; op <= OP_NOTIFY; op++) {
            enters(&p.client, op, p.to, (struct request){.flags = tags[i].flags});
            assert_status(&p.client, tags[i].error);
            assert_int_equal(word(&p.client, 0), ARGUMENT_TAG);
        }
    enters(&p.client, 0, p.to, (struct request){0});
    assert_failure(&p.client, ENOSYS, ARGUMENT_TAG, OP_NOTIFY, 0);
    enters(&p.client, 127, p.to, (struct request){0});
    assert_failure(&p.client, ENOSYS, ARGUMENT_TAG, OP_NOTIFY, 127);
}

static void endpoint_death_wakes_all(void **state)
{
    struct actor people[3], server = person("server", ACTIVE, 20);
    cap_t ep = endpoint("ep"), other = endpoint("other");

    (void)state;
    for (unsigned i = 0; i < 3; i++)
        people[i] = person("waiter", ACTIVE, 10 + i);
    sends(&people[0], ep);
    calls(&people[1], ep);
    calls(&people[2], ep);
    receives(&server, other);
    deletes(ep);
    deletes(other);
    for (unsigned i = 0; i < 3; i++) {
        assert_awake(&people[i]);
        assert_status(&people[i], EPIPE);
        sends(&people[i], ep);
        assert_status(&people[i], ESTALE);
    }
    assert_status(&server, EPIPE);
}

static void server_death_wakes_all(void **state)
{
    struct pair p = pair(UNTYPED_ENDPOINT_CALL_ONLY);
    struct actor waiting = person("waiting", ACTIVE, 20);

    (void)state;
    binds(&p.server, p.ep);
    receives(&p.server, p.ep);
    calls(&p.client, p.to);
    calls(&waiting, p.ep);
    assert_state(&waiting, THREAD_WAITS_CALL);
    deletes(p.server.cap);
    assert_awake(&p.client);
    assert_failure(&p.client, EPIPE, ARGUMENT_PARTNER, 0, 0);
    assert_awake(&waiting);
    assert_status(&waiting, EPIPE);
    calls(&waiting, p.ep);
    assert_status(&waiting, EPIPE);
    p.server = person("server2", ACTIVE, 20);
    binds(&p.server, p.ep);
    calls(&waiting, p.ep);
    assert_state(&waiting, THREAD_WAITS_CALL);
}

static void server_exit_wakes_all(void **state)
{
    struct pair p = pair(UNTYPED_ENDPOINT_CALL_ONLY);
    struct actor waiting = person("waiting", ACTIVE, 20);

    (void)state;
    binds(&p.server, p.ep);
    receives(&p.server, p.ep);
    calls(&p.client, p.to);
    calls(&waiting, p.ep);
    calls(&p.server, p.server.cap, .label = THREAD_LABEL_EXIT, .words = WORDS(3));
    assert_state(&p.server, THREAD_EXITED);
    assert_status(&p.client, EPIPE);
    assert_status(&waiting, EPIPE);
    calls(&waiting, p.ep);
    assert_status(&waiting, EPIPE);
}

static void only_the_bound_thread_receives(void **state)
{
    struct pair p = pair(UNTYPED_ENDPOINT_OPEN);
    struct actor other = person("other", ACTIVE, 20);

    (void)state;
    receives(&other, p.ep);
    refuses(&world.root, p.server.cap, THREAD_LABEL_BIND_ENDPOINT, NO_WORDS, CAPS(p.ep), EBUSY,
            ARGUMENT_CAP(0));
    sends(&p.client, p.to);
    binds(&p.server, p.ep);
    binds(&p.server, p.ep);
    receives(&other, p.ep);
    assert_failure(&other, EBUSY, ARGUMENT_HANDLE, 0, 0);
    refuses(&world.root, other.cap, THREAD_LABEL_BIND_ENDPOINT, NO_WORDS, CAPS(p.ep), EBUSY,
            ARGUMENT_CAP(0));
    refuses(&world.root, other.cap, THREAD_LABEL_UNBIND_ENDPOINT, NO_WORDS, CAPS(p.ep), EBUSY,
            ARGUMENT_CAP(0));
    must_ask(p.server.cap, THREAD_LABEL_UNBIND_ENDPOINT, NO_WORDS, CAPS(p.ep));
    receives(&other, p.ep);
    assert_state(&other, THREAD_WAITS_RECEIVE);
}

/* Each of `count` actors has an endpoint bound; each calls the next one's. The last call would
   close the circle. */
static void circle_of(unsigned count)
{
    struct actor people[3];
    cap_t eps[3];

    for (unsigned i = 0; i < count; i++) {
        people[i] = person("in-circle", ACTIVE, 20);
        eps[i] = call_only("ep");
        binds(&people[i], eps[i]);
    }
    for (unsigned i = 0; i + 1 < count; i++)
        calls(&people[i], eps[i + 1]);
    calls(&people[count - 1], eps[0]);
    assert_failure(&people[count - 1], EDEADLK, ARGUMENT_HANDLE, CHAIN_HELP_MAX, 0);
    assert_awake(&people[count - 1]);
}

static void circles_are_refused(void **state)
{
    struct pair p = pair(UNTYPED_ENDPOINT_CALL_ONLY);
    cap_t back = call_only("back");

    (void)state;
    for (unsigned count = 1; count <= 3; count++)
        circle_of(count);
    binds(&p.server, p.ep); /* also while the first call is being served */
    binds(&p.client, back);
    receives(&p.server, p.ep);
    calls(&p.client, p.to);
    calls(&p.server, back);
    assert_status(&p.server, EDEADLK);
    replies(&p.server, .token = token(&p.server));
}

static void long_chains_are_refused(void **state)
{
    struct actor people[CHAIN_HELP_MAX + 2];
    cap_t eps[CHAIN_HELP_MAX + 2];

    (void)state;
    world.unchecked = true;
    for (unsigned i = 0; i < CHAIN_HELP_MAX + 2; i++) {
        people[i] = person("link", ACTIVE, 20);
        eps[i] = call_only("ep");
        binds(&people[i], eps[i]);
        if (i)
            calls(&people[i], eps[i - 1]);
        if (i && i <= CHAIN_HELP_MAX)
            assert_state(&people[i], THREAD_WAITS_CALL);
    }
    assert_awake(&people[CHAIN_HELP_MAX + 1]);
    assert_status(&people[CHAIN_HELP_MAX + 1], ELOOP);
    world_check();
    deletes(eps[0]);
    assert_status(&people[1], EPIPE);
    world.unchecked = false;
}

static void passive_needs_call_only(void **state)
{
    struct actor server = person("server", PASSIVE, 20);
    cap_t open = endpoint("open"), closed = call_only("closed");

    (void)state;
    receives(&server, open);
    assert_failure(&server, EINVAL, ARGUMENT_HANDLE, UNTYPED_ENDPOINT_CALL_ONLY,
                   UNTYPED_ENDPOINT_OPEN);
    assert_awake(&server);
    receives(&server, closed);
    assert_state(&server, THREAD_WAITS_RECEIVE);
}

static void registers_are_cleared(void **state)
{
    struct pair p = pair(UNTYPED_ENDPOINT_OPEN);
    const struct context *c = &p.client.thread->context;

    (void)state;
    receives(&p.server, p.ep);
    sends(&p.client, p.to, .words = many_words(1), .token = 77);
    assert_true(c->tag == 0 && c->handle == 0 && c->token == 0 && c->status == 0);
    assert_int_equal(bits(&p.client), 0);
    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        assert_int_equal(c->words[i], 0);
    sends(&p.client, CAP_NULL, .words = many_words(1), .token = 77, .label = 3);
    assert_status(&p.client, EBADF);
    assert_true(c->tag == 0 && c->handle == 0 && c->token == 0 && c->notified == 0);
    for (unsigned i = 3; i < MESSAGE_REGISTER_WORDS; i++)
        assert_int_equal(c->words[i], 0);
    receives(&p.client, p.to, NOW, .words = many_words(1), .token = 77);
    assert_status(&p.client, EAGAIN);
    assert_true(c->tag == 0 && c->handle == 0 && c->token == 0 && c->notified == 0);
    c = &p.server.thread->context;
    assert_true(c->token == 0 && c->notified == 0 && c->status == 0);
}

/* The wait of one who gave a bad UTCB word in the meantime is not affected. */
static void blocked_words_are_read_at_rendezvous(void **state)
{
    struct pair p = pair(UNTYPED_ENDPOINT_OPEN);

    (void)state;
    sends(&p.client, p.to, .words = many_words(1000));
    p.client.thread->utcb->words[100] = 42;
    receives(&p.server, p.ep);
    assert_int_equal(word(&p.server, 100), 42);
    assert_int_equal(word(&p.server, 6), 1006);
}

static void given_back_messages_go_on(void **state)
{
    struct actor eve = stranger("eve", ACTIVE, 30), bob = person("bob", ACTIVE, 20);
    struct actor server = person("server", ACTIVE, 20);
    cap_t ep = endpoint("ep"), gift = endpoint("gift");
    cap_t to = gives(&eve, ep, CAP_RIGHTS_ALL);

    (void)state;
    sends(&eve, to, .caps = CAPS(gives(&eve, gift, CAP_RIGHTS_ALL)));
    sends(&bob, ep, .words = WORDS(9));
    deletes(gift); /* what eve wants to send is gone */
    receives(&server, ep, .accept = 4);
    assert_status(&eve, ESTALE);
    assert_int_equal(word(&eve, 0), ARGUMENT_CAP(0));
    assert_int_equal(word(&server, 0), 9);
    assert_int_equal(tag_caps(server.thread->context.tag), 0);
}

/* While the waiters of a thread that exits are told one by one, another calls. */
static struct pair leaving;
static struct actor late;

static void call_midway(void)
{
    world.meanwhile = NULL;
    host.pending = false;
    calls(&late, leaving.ep);
    assert_failure(&late, EPIPE, ARGUMENT_HANDLE, 0, 0);
}

static void nobody_waits_for_who_leaves(void **state)
{
    struct actor clients[4];

    (void)state;
    leaving = pair(UNTYPED_ENDPOINT_CALL_ONLY);
    binds(&leaving.server, leaving.ep);
    late = person("late", ACTIVE, 30);
    for (unsigned i = 0; i < 4; i++) {
        clients[i] = person("client", ACTIVE, 20);
        calls(&clients[i], leaving.ep);
    }
    host.pending = true;
    world.meanwhile = call_midway;
    calls(&leaving.server, leaving.server.cap, .label = THREAD_LABEL_EXIT, .words = WORDS(0));
    assert_null(world.meanwhile);
    assert_state(&leaving.server, THREAD_EXITED);
    for (unsigned i = 0; i < 4; i++)
        assert_failure(&clients[i], EPIPE, ARGUMENT_HANDLE, 0, 0);
}

int run_endpoint_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("IPC-1: a send meets a receive, whoever comes first: 128 words, label, badge",
             send_meets_receive),
        TEST("IPC-2: a call meets a receive, whoever comes first, and gets its answer",
             call_meets_receive),
        TEST("IPC-3: reply_recv answers and takes the next request", server_loop),
        TEST("IPC-4: seven words always travel, the others as many as are counted",
             only_counted_words_travel),
        TEST("IPC-5: senders are received by priority, first come first served among equals",
             senders_queue_by_priority),
        TEST("IPC-6: receivers of a pool are served by priority, then in order",
             receivers_queue_by_priority),
        TEST("IPC-7: with a deadline of now nobody waits: EAGAIN", now_does_not_wait),
        TEST("IPC-8: a wait ends at its deadline: ETIMEDOUT, nothing delivered, the reply void",
             waits_end_at_their_deadline),
        TEST("IPC-9: the deadline of a wait that ended says nothing to the next",
             kept_deadlines_are_forgotten),
        TEST("IPC-10: a tag that means nothing is refused in every operation",
             bad_tags_are_refused),
        TEST("IPC-11: when an endpoint dies all who wait at it get EPIPE",
             endpoint_death_wakes_all),
        TEST("IPC-12: when the bound server dies, those served, waiting and to come get EPIPE",
             server_death_wakes_all),
        TEST("IPC-13: when the bound server exits, likewise", server_exit_wakes_all),
        TEST("IPC-14: only the bound thread receives; others get EBUSY",
             only_the_bound_thread_receives),
        TEST("IPC-15: a call that would close a circle of 1, 2 or 3 is EDEADLK",
             circles_are_refused),
        TEST("IPC-16: a chain of 32 waits, a longer one is ELOOP", long_chains_are_refused),
        TEST("IPC-17: a passive thread receives from call-only endpoints only",
             passive_needs_call_only),
        TEST("IPC-18: every register that is not message, badge, token or status is cleared",
             registers_are_cleared),
        TEST("IPC-19: words beyond the registers are read at the rendezvous",
             blocked_words_are_read_at_rendezvous),
        TEST("IPC-20: a message that cannot be delivered goes back, and the next one is taken",
             given_back_messages_go_on),
        TEST("IPC-21: while those who wait for a thread that exits are told, nobody else comes",
             nobody_waits_for_who_leaves),
    };

    return cmocka_run_group_tests_name("endpoint", tests, NULL, NULL);
}
