/* test_broadpath.c - calls and answers on the broad path, servers on a WaitSet, and what is left to
   the general way. */

#include "sources.h"
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/untyped_types.h>

int run_broadpath_tests(void);

#define PRIORITY 60 /* above root's, so that whoever should run does */
#define BADGE    0xbad9eull

/* A server that takes from several sources, and who calls it. */
struct place {
    struct server s; /* its `set` is 0 where it is bound to two endpoints instead */
    cap_t from, badged, second;
    struct actor client;
};

static struct place place_of(struct server server, cap_t from, cap_t second)
{
    struct place p = {.s = server, .from = from, .second = second};

    p.badged = minted(p.s.ep, BADGE, CAP_RIGHTS_ALL);
    p.client = person("client", ACTIVE, PRIORITY);
    receives(&p.s.actor, from, .accept = 2);
    knows_its_space(&p.client);
    return p;
}

static struct place two_endpoints(void)
{
    struct server server = {.actor = person("server", PASSIVE, PRIORITY), .ep = call_only("first")};
    cap_t second = call_only("second");

    binds(&server.actor, server.ep);
    binds(&server.actor, second);
    return place_of(server, server.ep, second);
}

static struct place on_a_set(void)
{
    struct server server = server_of(PASSIVE, PRIORITY);
    cap_t second = call_only("second");

    adds(server.set, 9, second);
    return place_of(server, server.set, second);
}

static void assert_numbered(const struct actor *actor, unsigned count, uint64_t first)
{
    assert_int_equal(tag_words(actor->thread->context.tag), count);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(word(actor, i), first + i);
}

static void answers(struct place *p, struct words words)
{
    replies_and_receives(&p->s.actor, p->from, .token = token(&p->s.actor), .words = words,
                         .accept = 2);
}

static void round_trip(struct place *p, unsigned words)
{
    calls(&p->client, p->badged, .label = 77, .words = numbered(words, 1000));
    assert_ptr_equal(running(), p->s.actor.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&p->client));
    assert_int_equal(p->s.actor.thread->context.tag, TAG(OP_CALL, 77, words));
    assert_int_equal(badge(&p->s.actor), BADGE);
    assert_numbered(&p->s.actor, words, 1000);
    answers(p, numbered(words, 2000));
    assert_ptr_equal(running(), p->client.thread);
    assert_status(&p->client, SUCCESS);
    assert_int_equal(badge(&p->client) | token(&p->client), 0);
    assert_numbered(&p->client, words, 2000);
}

static void several_endpoints(void **state)
{
    static const unsigned counts[] = {0, 1, 7, 8, 127};
    struct place p = two_endpoints();

    (void)state;
    round_trip(&p, 3); /* its reserve is parked there until somebody's time has come by */
    host.general_entries = 0;
    for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        round_trip(&p, counts[i]);
    assert_general(0);
    round_trip(&p, 128); /* so many are looked at closely */
    assert_general(2);
}

/* Who waits at one of them is not passed over by a call to the other. */
static void others_wait_on(void **state)
{
    struct place p = two_endpoints();
    struct actor other = person("other", ACTIVE, PRIORITY);

    (void)state;
    round_trip(&p, 1);
    calls(&p.client, p.badged);
    calls(&other, p.badged, .words = WORDS(5));
    assert_state(&other, THREAD_WAITS_CALL);
    answers(&p, NO_WORDS);
    assert_state(&other, THREAD_WAITS_REPLY);
    assert_int_equal(word(&p.s.actor, 0), 5);
    answers(&p, NO_WORDS);
    assert_awake(&other);
    round_trip(&p, 1);
}

static void suspended_in_its_queue(void **state)
{
    struct place p = two_endpoints();

    (void)state;
    round_trip(&p, 1);
    round_trip(&p, 1);
    suspends(&p.s.actor);
    resumes(&p.s.actor);
    again(&p.s.actor);
    assert_state(&p.s.actor, THREAD_WAITS_RECEIVE);
    round_trip(&p, 1);
}

/* ---- a WaitSet ---- */

static void many_sources(void **state)
{
    struct place p = on_a_set();

    (void)state;
    for (unsigned words = 0; words <= 8; words++) {
        round_trip(&p, words);
        assert_true(key(&p.s.actor) == KEY_EP);
    }
    calls(&p.client, p.second, .words = WORDS(4));
    assert_int_equal(key(&p.s.actor), 9);
    assert_int_equal(badge(&p.s.actor), 0);
    assert_int_equal(word(&p.s.actor, 0), 4);
    answers(&p, NO_WORDS);
    assert_general(0);
    assert_non_null(((struct waitset *)object_of(p.s.set))->fast_receiver);
}

static void bits_in_the_set_are_found(void **state)
{
    struct place p = on_a_set();

    (void)state;
    calls(&p.client, p.badged);
    notifies(&world.root, p.s.n, 6);
    answers(&p, NO_WORDS);
    assert_awake(&p.client);
    assert_int_equal(key(&p.s.actor), KEY_N);
    assert_int_equal(bits(&p.s.actor), 6);
    receives(&p.s.actor, p.from);
    notifies(&world.root, p.s.n, 1); /* it waits */
    assert_int_equal(key(&p.s.actor), KEY_N);
    assert_int_equal(bits(&p.s.actor), 1);
}

static void own_bits_are_of_no_source(void **state)
{
    struct place p = on_a_set();
    cap_t n = notification("n");

    (void)state;
    must_ask(p.s.actor.cap, THREAD_LABEL_BIND_NOTIFICATION, NO_WORDS, CAPS(n));
    round_trip(&p, 1);
    round_trip(&p, 1);
    assert_int_equal(key(&p.s.actor), KEY_EP);
    notifies(&world.root, n, 6); /* it waits where calls find it at once */
    assert_awake(&p.s.actor);
    assert_int_equal(bits(&p.s.actor), 6);
    assert_int_equal(key(&p.s.actor), 0);
}

static void callers_of_the_set_queue(void **state)
{
    struct place p = on_a_set();
    struct actor other = person("other", ACTIVE, PRIORITY);

    (void)state;
    knows_its_space(&other);
    calls(&p.client, p.badged);
    calls(&other, p.second, .words = WORDS(5));
    assert_state(&other, THREAD_WAITS_CALL);
    answers(&p, NO_WORDS);
    assert_state(&other, THREAD_WAITS_REPLY);
    assert_int_equal(key(&p.s.actor), 9);
    answers(&p, NO_WORDS);
    assert_awake(&other);
    round_trip(&p, 1);
}

static void messages_of_the_set_are_found(void **state)
{
    struct place p = on_a_set();

    (void)state;
    puts_in(p.s.c, 3); /* it waits */
    assert_int_equal(key(&p.s.actor), KEY_C);
    assert_int_equal(word(&p.s.actor, 0), 3);
    receives(&p.s.actor, p.from);
    calls(&p.client, p.badged);
    puts_in(p.s.c, 4);
    answers(&p, NO_WORDS);
    assert_int_equal(key(&p.s.actor), KEY_C);
    assert_int_equal(word(&p.s.actor, 0), 4);
}

static void sets_end(void **state)
{
    struct place p = on_a_set();

    (void)state;
    round_trip(&p, 1);
    deletes(p.s.set);
    assert_status(&p.s.actor, EPIPE);
}

static void set_handles_end(void **state)
{
    struct place p = on_a_set();

    (void)state;
    p.from = derived(p.s.set, CAP_RIGHTS_RECV);
    calls(&p.client, p.badged);
    answers(&p, NO_WORDS);
    round_trip(&p, 1);
    calls(&p.client, p.badged);
    deletes(p.from);
    answers(&p, NO_WORDS);
    assert_awake(&p.client);
    assert_status(&p.s.actor, ESTALE);
}

static void waiting_sets_are_left(void **state)
{
    struct place p = on_a_set();

    (void)state;
    round_trip(&p, 1);
    suspends(&p.s.actor);
    assert_null(((struct waitset *)object_of(p.s.set))->fast_receiver);
    resumes(&p.s.actor);
    again(&p.s.actor);
    round_trip(&p, 1);
    removes(p.s.set, p.s.ep);
    calls(&p.client, p.badged, NOW);
    assert_status(&p.client, EAGAIN);
}

/* ---- capabilities ---- */

static void caps_go_along(void **state)
{
    struct place p = on_a_set();
    cap_t a = notification("a"), b = call_only("b");

    (void)state;
    calls(&p.client, p.badged, .words = numbered(8, 10), .caps = CAPS(a, b));
    assert_general(0);
    assert_numbered(&p.s.actor, 8, 10);
    assert_int_equal(tag_caps(p.s.actor.thread->context.tag), 2);
    assert_ptr_equal(object_of(got(&p.s.actor, 0)), object_of(a));
    assert_ptr_equal(object_of(got(&p.s.actor, 1)), object_of(b));
    assert_int_equal(p.s.actor.thread->utcb->caps[1].how >> 32, OBJECT_ENDPOINT);
}

static void caps_that_may_not_go(void **state)
{
    struct place p = on_a_set();
    cap_t a = notification("a"), no_grant = derived(p.badged, CAP_RIGHTS_CALL);

    (void)state;
    calls(&p.client, p.badged);
    replies_and_receives(&p.s.actor, p.from, .token = token(&p.s.actor));
    calls(&p.client, p.badged, .caps = CAPS(a));
    assert_failure(&p.client, ENOSPC, ARGUMENT_PARTNER, 1, 0);
    calls(&p.client, p.badged);
    answers(&p, NO_WORDS);
    calls(&p.client, no_grant, .caps = CAPS(a));
    assert_failure(&p.client, EPERM, ARGUMENT_HANDLE, CAP_RIGHTS_GRANT, 0);
    calls(&p.client, p.badged, .caps = CAPS(GENERATION_FIRST * 77 | 60));
    assert_int_equal(word(&p.client, 0), ARGUMENT_CAP(0));
    calls(&p.client, p.badged, .caps = CAPS(a));
    assert_int_equal(tag_caps(p.s.actor.thread->context.tag), 1);
}

static void a_cap_sends_itself(void **state)
{
    struct place p = on_a_set();

    (void)state;
    calls(&p.client, p.badged, .caps = CAP_HOW(p.badged, CAP_MOVE));
    assert_int_equal(badge(&p.s.actor), BADGE);
    assert_int_equal(slot_of(got(&p.s.actor, 0))->data, BADGE);
    assert_true(is_gone(&p.client, p.badged));
}

/* Each as its descriptor says. */
static void caps_go_in_all_ways(void **state)
{
    struct place p = on_a_set();
    cap_t a = notification("a"), b = call_only("b"), c = notification("c");
    struct caps three = {3, {{a, CAP_COPY}, {b, CAP_DERIVE | CAP_RIGHTS_CALL}, {c, CAP_MOVE}}};

    (void)state;
    calls(&p.client, p.badged);
    replies_and_receives(&p.s.actor, p.from, .token = token(&p.s.actor), .accept = 3);
    host.general_entries = 0;
    calls(&p.client, p.badged, .caps = three);
    assert_general(0);
    assert_int_equal(tag_caps(p.s.actor.thread->context.tag), 3);
    assert_int_equal(slot_of(got(&p.s.actor, 0))->rights, slot_of(a)->rights);
    assert_int_equal(slot_of(got(&p.s.actor, 1))->rights, CAP_RIGHTS_CALL);
    assert_int_equal(slot_of(got(&p.s.actor, 2))->type, OBJECT_NOTIFICATION);
    assert_true(is_gone(&p.client, c));
    assert_false(is_gone(&p.client, a));
}

static void refuses_caps(struct place *p, struct caps caps, error_t error, unsigned n)
{
    calls(&p->client, p->badged, .caps = caps);
    assert_general(1);
    assert_status(&p->client, error);
    assert_int_equal(word(&p->client, 0), ARGUMENT_CAP(n));
}

/* Nothing has gone where one of them may not. */
static void caps_that_fit_nowhere(void **state)
{
    struct place p = on_a_set();
    cap_t a = notification("a"), free = notification("free");

    (void)state;
    calls(&p.client, p.badged);
    replies_and_receives(&p.s.actor, p.from, .token = token(&p.s.actor), .accept = 3);
    host.general_entries = 0;
    refuses_caps(&p, (struct caps){2, {{a, CAP_MOVE}, {a, CAP_COPY}}}, EINVAL, 1);
    refuses_caps(&p, (struct caps){3, {{free, CAP_COPY}, {a, CAP_MOVE}, {a, CAP_COPY}}}, EINVAL, 2);
    refuses_caps(&p, (struct caps){2, {{a, CAP_MOVE}, {a, 3ull << 32}}}, EINVAL, 1);
    refuses_caps(&p, (struct caps){2, {{a, CAP_MOVE}, {world.memory, CAP_COPY}}}, EINVAL, 1);
    refuses_caps(&p, (struct caps){2, {{a, CAP_MOVE}, {p.client.frame, CAP_MOVE}}}, EBUSY, 1);
    deletes(free);
    refuses_caps(&p, (struct caps){2, {{a, CAP_MOVE}, {free + GENERATION_FIRST, CAP_COPY}}}, EBADF,
                 1);
    assert_false(is_gone(&p.client, a));
    assert_state(&p.s.actor, THREAD_WAITS_RECEIVE);
}

static void answers_bring_caps(void **state)
{
    struct place p = two_endpoints();
    cap_t a = notification("a");

    (void)state;
    round_trip(&p, 1);
    calls(&p.client, p.badged, .accept = 1);
    replies_and_receives(&p.s.actor, p.from, .token = token(&p.s.actor), .caps = CAPS(a));
    assert_status(&p.client, SUCCESS);
    assert_int_equal(tag_caps(p.client.thread->context.tag), 1);
    assert_ptr_equal(object_of(got(&p.client, 0)), object_of(a));
}

/* ---- closed receives ---- */

static struct place closed_place(void)
{
    struct place p = two_endpoints();

    round_trip(&p, 1);
    calls(&p.client, p.badged);
    p.s.actor.thread->utcb->closed_badge = BADGE;
    return p;
}

/* The server answers, and receives from the client alone. */
static void closes(struct place *p, cap_t expected)
{
    p->s.actor.thread->utcb->closed_endpoint = expected;
    replies_and_receives(&p->s.actor, p->from, .token = token(&p->s.actor), .flags = TAG_CLOSED);
}

static void asserts_served_on_own_time(const struct place *p)
{
    assert_ptr_equal(running(), p->s.actor.thread);
    assert_int_equal(badge(&p->s.actor), BADGE);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&p->client));
}

/* Others wait at the endpoint, with and without time. */
static void closed_receives_are_found(void **state)
{
    struct place p = closed_place();
    struct actor early = person("early", ACTIVE, PRIORITY + 1),
                 less = person("less", ACTIVE, PRIORITY - 1);

    (void)state;
    calls(&early, p.s.ep, .words = WORDS(5)); /* and helps the server on */
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&early));
    closes(&p, CAP_NULL);
    assert_awake(&p.client);
    must_ask(early.time, SCHEDCONTEXT_LABEL_UNBIND, NO_WORDS, NO_CAPS);
    calls(&less, p.second, .words = WORDS(6));
    knows_its_space(&p.client);
    calls(&p.client, p.badged, .words = numbered(8, 30));
    assert_general(0);
    asserts_served_on_own_time(&p);
    assert_numbered(&p.s.actor, 8, 30);
    answers(&p, NO_WORDS);
    assert_int_equal(badge(&p.s.actor), 0);
    assert_int_equal(word(&p.s.actor, 0), 5);
}

/* Whose time is more urgent runs the server of the less urgent client. */
static void the_urgent_help_a_closed_receive(void **state)
{
    struct place p = closed_place();
    struct actor urgent = person("urgent", ACTIVE, PRIORITY + 1);

    (void)state;
    closes(&p, CAP_NULL);
    calls(&urgent, p.s.ep);
    knows_its_space(&p.client);
    calls(&p.client, p.badged);
    assert_general(1);
    assert_ptr_equal(running(), p.s.actor.thread);
    assert_int_equal(badge(&p.s.actor), BADGE);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&urgent));
}

/* Whose time is less urgent than the server's own rests with it until the server is called. */
static void the_less_urgent_help_on(void **state)
{
    struct server server = {.actor = person("server", ACTIVE, PRIORITY + 2),
                            .ep = call_only("first")};
    struct actor less = person("less", ACTIVE, PRIORITY - 1);
    struct place p;

    (void)state;
    binds(&server.actor, server.ep);
    p = place_of(server, server.ep, call_only("second"));
    calls(&p.client, p.badged);
    p.s.actor.thread->utcb->closed_badge = BADGE;
    closes(&p, CAP_NULL);
    calls(&less, p.s.ep);
    assert_ptr_equal(schedcontext_of(&less)->node.queue, &p.s.actor.thread->parked);
    calls(&p.client, p.badged);
    assert_ptr_equal(running(), p.s.actor.thread);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&p.s.actor));
    assert_ptr_equal(schedcontext_of(&less)->node.queue, &cpu_self()->ready);
}

/* Who expected the bound thread of an endpoint no longer does when the message has come. */
static void what_was_expected_has_come(void **state)
{
    struct place p = closed_place();
    cap_t clients = call_only("clients");

    (void)state;
    binds(&p.client, clients);
    closes(&p, clients);
    assert_ptr_equal(p.s.actor.thread->expected, object_of(clients));
    calls(&p.client, p.badged);
    assert_general(1); /* the answer before */
    asserts_served_on_own_time(&p);
    assert_null(p.s.actor.thread->expected);
    deletes(clients);
    assert_awake(&p.s.actor);
    answers(&p, NO_WORDS);
    assert_status(&p.client, SUCCESS);
}

/* ---- what is left to the general way ---- */

static void other_receivers_are_looked_at(void **state)
{
    struct place p = two_endpoints();

    (void)state;
    round_trip(&p, 1);
    calls(&p.client, p.badged);
    replies_and_receives(&p.s.actor, p.from, .token = token(&p.s.actor), .flags = TAG_WANT_REPLY);
    calls(&p.client, p.badged);
    assert_int_equal(slot_of(token(&p.s.actor))->type, OBJECT_REPLY);
    answers(&p, NO_WORDS);
    assert_status(&p.client, SUCCESS);
    must_ask(p.s.actor.cap, THREAD_LABEL_SET_DONATION, WORDS(0, 1000000000), NO_CAPS);
    calls(&p.client, p.badged);
    assert_status(&p.client, ETIME);
}

/* It received on the fast path from the one, and waits at the other. */
static void waits_elsewhere(void **state)
{
    struct server server = {.actor = person("server", PASSIVE, PRIORITY), .ep = call_only("first")};
    struct place p;

    (void)state;
    binds(&server.actor, server.ep);
    p = place_of(server, server.ep, call_only("second"));
    calls(&p.client, p.badged);
    p.from = p.second;
    answers(&p, NO_WORDS);
    assert_state(&p.s.actor, THREAD_WAITS_RECEIVE);
    calls(&p.client, p.second, .flags = TAG_DEADLINE, .deadline = host.now + MS);
    assert_ptr_equal(running(), p.s.actor.thread);
    answers(&p, NO_WORDS);
    assert_status(&p.client, SUCCESS);
}

/* Its own caller's time still comes down to who serves it. */
static void suspended_callers_are_answered(void **state)
{
    struct place p = two_endpoints();
    struct actor middle = person("middle", PASSIVE, PRIORITY);
    cap_t door = call_only("door");

    (void)state;
    receives(&middle, door);
    calls(&p.client, door);
    calls(&middle, p.badged);
    suspends(&middle);
    assert_ptr_equal(cpu_self()->time, schedcontext_of(&p.client));
    answers(&p, WORDS(7));
    assert_ptr_not_equal(running(), middle.thread);
    assert_state(&p.s.actor, THREAD_WAITS_RECEIVE);
    resumes(&middle);
    assert_ptr_equal(running(), middle.thread);
    assert_int_equal(word(&middle, 0), 7);
}

int run_broadpath_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("BROAD-1: a server of several endpoints is called and answers in registers, 0 to 128 "
             "words",
             several_endpoints),
        TEST("BROAD-2: who queues meanwhile at such a server is served in its turn",
             others_wait_on),
        TEST("BROAD-3: such a server can be suspended while it waits", suspended_in_its_queue),
        TEST("BROAD-4: a server on a WaitSet is called through any source at once", many_sources),
        TEST("BROAD-5: bits in its set are found, whether it serves or waits",
             bits_in_the_set_are_found),
        TEST("BROAD-40: bits of its own end its wait at the set, and come from no source of it",
             own_bits_are_of_no_source),
        TEST("BROAD-6: callers of its set queue while it serves", callers_of_the_set_queue),
        TEST("BROAD-7: messages in its set's channel are found", messages_of_the_set_are_found),
        TEST("BROAD-8: its set's end is told to the server", sets_end),
        TEST("BROAD-9: its set's handle is refused at once when it is deleted", set_handles_end),
        TEST("BROAD-10: a server that waits at a set can be suspended, a source taken out",
             waiting_sets_are_left),
        TEST("BROAD-11: capabilities go along with a call in registers", caps_go_along),
        TEST("BROAD-12: capabilities that may not go are refused as ever", caps_that_may_not_go),
        TEST("BROAD-13: a capability can be moved with the call through itself",
             a_cap_sends_itself),
        TEST("BROAD-24: three capabilities go along, copied, derived and moved",
             caps_go_in_all_ways),
        TEST("BROAD-25: a capability that may not go keeps the others back, too",
             caps_that_fit_nowhere),
        TEST("BROAD-14: the answer to such a call can bring capabilities", answers_bring_caps),
        TEST("BROAD-20: a closed receive is found by its badge's call at once, whoever else waits",
             closed_receives_are_found),
        TEST("BROAD-21: a more urgent one who waits there runs the server of a less urgent caller",
             the_urgent_help_a_closed_receive),
        TEST("BROAD-27: a less urgent one who waits there is ready to help as soon as an active "
             "server is called",
             the_less_urgent_help_on),
        TEST("BROAD-22: what a closed receive expected is over when the call has come",
             what_was_expected_has_come),
        TEST("BROAD-23: a server that received at one endpoint and waits at another is found there",
             waits_elsewhere),
        TEST("BROAD-26: a caller that was suspended goes on with its answer when it is resumed",
             suspended_callers_are_answered),
        TEST("BROAD-15: a receiver that asks for more than a call gets it",
             other_receivers_are_looked_at),
    };

    return cmocka_run_group_tests_name("broadpath", tests, NULL, NULL);
}
