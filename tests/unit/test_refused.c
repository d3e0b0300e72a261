/* test_refused.c - capabilities that the broad path does not take along, and why it goes on. */

#include "sources.h"
#include <myelin/idl/thread_types.h>

int run_refused_tests(void);

#define PRIORITY 60 /* above root's, so that whoever should run does */

/* A server on a WaitSet, with a space of its own, which takes three. */
struct place {
    struct actor server, client;
    cap_t set, ep, in_set, in_ep;
};

static struct place place(void)
{
    struct place p = {.set = waitset(4), .ep = call_only("ep")};

    adds(p.set, KEY_EP, p.ep);
    p.server = stranger("server", PASSIVE, PRIORITY);
    p.client = person("client", ACTIVE, PRIORITY);
    p.in_set = gives(&p.server, p.set, CAP_RIGHTS_RECV);
    p.in_ep = gives(&p.server, p.ep, CAP_RIGHTS_ALL);
    receives(&p.server, p.in_set, .accept = 3);
    knows_its_space(&p.client);
    return p;
}

/* The call is served, with so many. */
static void assert_came(struct place *p, unsigned caps)
{
    assert_ptr_equal(running(), p->server.thread);
    assert_int_equal(tag_caps(p->server.thread->context.tag), caps);
    replies_and_receives(&p->server, p->in_set, .token = token(&p->server), .accept = 3);
    assert_status(&p->client, SUCCESS);
}

static void each_has_to_be_there(void **state)
{
    struct place p = place();
    cap_t a = notification("a"), b = notification("b"), gone = notification("gone");
    const struct caps lists[] = {CAPS(gone), CAPS(gone, a), CAPS(a, gone), CAPS(a, b, gone)};
    static const unsigned which[] = {0, 0, 1, 2};

    (void)state;
    deletes(gone);
    for (unsigned i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        uint64_t used = ((struct cspace *)object_of(p.server.cspace))->used;

        calls(&p.client, p.ep, .caps = lists[i]);
        assert_status(&p.client, ESTALE);
        assert_int_equal(word(&p.client, 0), ARGUMENT_CAP(which[i]));
        assert_int_equal(((struct cspace *)object_of(p.server.cspace))->used, used);
        assert_state(&p.server, THREAD_WAITS_RECEIVE);
    }
}

static void one_may_go_twice(void **state)
{
    struct place p = place();
    cap_t a = notification("a");

    (void)state;
    calls(&p.client, p.ep, .caps = CAPS(a, a, a));
    assert_ptr_equal(slot_in(&p.server, got(&p.server, 0))->object ? object_of(a) : NULL,
                     slot_object(slot_in(&p.server, got(&p.server, 2))));
    assert_came(&p, 3);
    calls(&p.client, p.ep, .caps = (struct caps){2, {{a, CAP_MOVE}, {a, CAP_COPY}}});
    assert_status(&p.client, EINVAL);
    assert_false(is_gone(&p.client, a));
}

static void all_need_a_slot(void **state)
{
    struct place p = place();
    cap_t a = notification("a");
    struct cspace *space = object_of(p.server.cspace);

    (void)state;
    while (cspace_has_free(space, 3))
        gives(&p.server, a, CAP_RIGHTS_SEND);
    calls(&p.client, p.ep, .caps = CAPS(a, a, a));
    assert_failure(&p.client, ENOSPC, ARGUMENT_PARTNER, 3, 0);
    calls(&p.client, p.ep, .caps = CAPS(a, a));
    assert_came(&p, 2);
    calls(&p.client, p.ep, .caps = CAPS(a));
    assert_failure(&p.client, ENOSPC, ARGUMENT_PARTNER, 1, 0);
}

/* Where it waits has to be said by a capability with Recv. */
static void who_answers_needs_recv(void **state)
{
    struct actor server = person("server", PASSIVE, PRIORITY),
                 client = person("c", ACTIVE, PRIORITY);
    cap_t first = call_only("first"), second = call_only("second");

    (void)state;
    binds(&server, first);
    binds(&server, second);
    receives(&server, first);
    calls(&client, first);
    replies_and_receives(&server, derived(second, CAP_RIGHTS_CALL), .token = token(&server));
    assert_failure(&server, EPERM, ARGUMENT_HANDLE, CAP_RIGHTS_RECV, CAP_RIGHTS_CALL);
    assert_status(&client, SUCCESS);
}

/* A closed receive keeps its endpoint bound, not the others. */
static void others_are_unbound_while_it_waits_closed(void **state)
{
    struct actor server = person("server", PASSIVE, PRIORITY);
    cap_t first = call_only("first"), second = call_only("second");

    (void)state;
    binds(&server, first);
    binds(&server, second);
    server.thread->utcb->closed_badge = 3;
    server.thread->utcb->closed_endpoint = CAP_NULL;
    receives(&server, first, .flags = TAG_CLOSED);
    refuses(&world.root, server.cap, THREAD_LABEL_UNBIND_ENDPOINT, NO_WORDS, CAPS(first), EBUSY,
            ARGUMENT_HANDLE);
    must_ask(server.cap, THREAD_LABEL_UNBIND_ENDPOINT, NO_WORDS, CAPS(second));
    assert_state(&server, THREAD_WAITS_RECEIVE);
}

int run_refused_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("BROAD-32: whichever capability of a call is stale, none goes", each_has_to_be_there),
        TEST("BROAD-31: one capability can be copied twice, but not moved and copied",
             one_may_go_twice),
        TEST("BROAD-28: a call's capabilities go when there are slots for all of them",
             all_need_a_slot),
        TEST("BROAD-29: who answers and has no Recv where it would wait has answered, and is "
             "refused",
             who_answers_needs_recv),
        TEST("BROAD-30: an endpoint is unbound while its thread waits closed at another, only",
             others_are_unbound_while_it_waits_closed),
    };

    return cmocka_run_group_tests_name("refused", tests, NULL, NULL);
}
