/* test_revoke.c - revokes that wait, preempted, while others make capabilities, revoke and go. */

#include "world.h"
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/idl/vspace_types.h>

int run_revoke_tests(void);

#define DESCENDANTS 200

/* Somebody who revokes a capability with many descendants, and has been preempted. */
struct revoker {
    struct actor actor;
    cap_t revoked;
};

static struct revoker revoker(const char *name)
{
    struct revoker r = {.revoked = endpoint(name)};

    for (unsigned i = 0; i < DESCENDANTS; i++)
        derived(r.revoked, CAP_RIGHTS_ALL);
    r.actor = person(name, ACTIVE, 32);
    return r;
}

static void begins(struct revoker *r)
{
    runs(&r->actor);
    prepares(&r->actor, OP_CALL, world.root.self,
             &(struct request){.label = CSPACE_LABEL_REVOKE, .caps = CAPS(r->revoked)});
    host.pending = true;
    assert_false(enters_once(&r->actor));
    host.pending = false;
}

static unsigned descendants(const struct revoker *r)
{
    unsigned count = 0;

    for (const struct slot *child = slot_of(r->revoked)->first_child; child;
         child = child->next & 1 ? NULL : (const struct slot *)child->next) /* NOLINT */
        count++;
    return count;
}

/* Whichever of three ends first, the oldest that is left is helped. */
static void each_may_end_first(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 3; first++) {
        struct revoker r[3] = {revoker("one"), revoker("two"), revoker("three")};
        unsigned oldest = first == 0, last = first == 2 ? 1 : 2;

        for (unsigned i = 0; i < 3; i++)
            begins(&r[i]);
        assert_ptr_equal(revoke_oldest, r[0].actor.thread);
        suspends(&r[first].actor);
        assert_ptr_equal(revoke_oldest, r[oldest].actor.thread);
        again(&r[oldest].actor);
        assert_status(&r[oldest].actor, SUCCESS);
        assert_ptr_equal(revoke_oldest, r[last].actor.thread);
        again(&r[last].actor);
        assert_null(revoke_oldest);
        revokes(world.memory);
    }
}

/* Each way to make a capability, asked by root, or said by a message. */
static void by_derive(cap_t ep)
{
    derived(ep, CAP_RIGHTS_SEND);
}

static void by_mint(cap_t ep)
{
    minted(ep, 3, CAP_RIGHTS_SEND);
}

static void by_insert(cap_t ep)
{
    must_ask(world.root.self, CSPACE_LABEL_INSERT, NO_WORDS, CAPS(ep));
}

static void by_retype(cap_t ep)
{
    (void)ep;
    endpoint("made");
}

static void by_grant(cap_t ep)
{
    (void)ep;
    must_ask(world.vspace, VSPACE_LABEL_GRANT, WORDS(0x1000, 8, CAP_RIGHTS_READ), NO_CAPS);
}

static void by_send(cap_t ep)
{
    static struct actor taker;

    taker = person("taker", ACTIVE, 20);
    receives(&taker, ep, .accept = 1);
    runs(&world.root);
    sends(&world.root, ep, .caps = CAPS(ep));
    assert_status(&world.root, SUCCESS);
    assert_ptr_equal(object_of(got(&taker, 0)), object_of(ep));
}

static void by_answer(cap_t ep)
{
    struct actor server = person("server", ACTIVE, 20), client = person("client", ACTIVE, 20);

    receives(&server, ep);
    calls(&client, ep, .accept = 1);
    replies(&server, .token = token(&server), .caps = CAPS(ep));
    assert_status(&server, SUCCESS);
    assert_ptr_equal(object_of(got(&client, 0)), object_of(ep));
}

static void by_call(cap_t ep)
{
    struct actor server = person("server", PASSIVE, 60), client = person("client", ACTIVE, 60);
    cap_t calls_to = call_only("to");

    binds(&server, calls_to);
    receives(&server, calls_to, .accept = 1);
    knows_its_space(&client);
    calls(&client, calls_to, .caps = CAPS(ep));
    assert_ptr_equal(object_of(got(&server, 0)), object_of(ep));
}

static void whoever_makes_one_helps(void **state)
{
    static void (*const ways[])(cap_t) = {by_derive, by_mint, by_insert, by_retype,
                                          by_grant,  by_send, by_answer, by_call};

    (void)state;
    for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        struct revoker r = revoker("one");
        cap_t ep = endpoint("ep");
        unsigned before;

        begins(&r);
        before = descendants(&r);
        ways[i](ep);
        assert_in_range(descendants(&r), 0, before - 2);
        again(&r.actor);
        assert_status(&r.actor, SUCCESS);
        revokes(world.memory);
    }
}

/* Its last descendant is the first of the two that are removed. */
static void help_ends_with_the_last(void **state)
{
    struct revoker r = revoker("one");
    cap_t ep = endpoint("ep");

    (void)state;
    begins(&r);
    while (descendants(&r) > 1)
        deletes(slot_of(r.revoked)->first_child->handle);
    derived(ep, CAP_RIGHTS_SEND);
    assert_int_equal(descendants(&r), 0);
    derived(ep, CAP_RIGHTS_SEND);
    assert_null(revoke_oldest);
    again(&r.actor);
    assert_status(&r.actor, SUCCESS);
}

static void help_ends_where_it_was_deleted(void **state)
{
    struct revoker r = {.revoked = derived(endpoint("ep"), CAP_RIGHTS_ALL)};
    cap_t ep = endpoint("other");

    (void)state;
    for (unsigned i = 0; i < DESCENDANTS; i++)
        derived(r.revoked, CAP_RIGHTS_SEND);
    r.actor = person("revoker", ACTIVE, 32);
    begins(&r);
    deletes(r.revoked);
    derived(ep, CAP_RIGHTS_SEND);
    assert_null(revoke_oldest);
    again(&r.actor);
    assert_failure(&r.actor, ESTALE, ARGUMENT_CAP(0),
                   slot_of(world.root.self) ? word(&r.actor, 1) : 0, r.revoked);
    assert_int_equal(r.actor.thread->revoking, CAP_NULL);
}

/* A space that holds the thread that deletes it, preempted while it is emptied. */
static void who_empties_its_own_grave_is_gone(void **state)
{
    (void)state;
    for (unsigned pending = 0; pending < 2; pending++) {
        cap_t full = make(OBJECT_CSPACE, 6, "full");
        struct actor eve = person("eve", ACTIVE, 40);

        must_ask(full, CSPACE_LABEL_INSERT, NO_WORDS, CAP_HOW(endpoint("ep"), CAP_MOVE));
        must_ask(full, CSPACE_LABEL_INSERT, NO_WORDS, CAP_HOW(eve.cap, CAP_MOVE));
        host.pending = pending;
        calls(&eve, world.root.self, .label = CSPACE_LABEL_DELETE, .caps = CAPS(full));
        host.pending = false;
        assert_ptr_not_equal(running(), eve.thread);
        assert_true(is_gone(&world.root, full));
        endpoint("made"); /* whoever wants memory finishes what is left */
        revokes(world.memory);
    }
}

/* What is left in a space has to go with whatever is deleted next. */
static void plain_deletion_finishes_what_is_left(void **state)
{
    cap_t full = make(OBJECT_CSPACE, 6, "full"), ep = endpoint("ep");
    struct actor eve = person("eve", ACTIVE, 40);

    (void)state;
    for (unsigned i = 0; i < 30; i++)
        must_ask(full, CSPACE_LABEL_INSERT, NO_WORDS, CAPS(ep));
    runs(&eve);
    prepares(&eve, OP_CALL, world.root.self,
             &(struct request){.label = CSPACE_LABEL_DELETE, .caps = CAPS(full)});
    host.pending = true;
    assert_false(enters_once(&eve));
    host.pending = false;
    assert_true(slot_has_children(slot_of(ep)));
    assert_false(reaper_idle());
    deletes(derived(endpoint("other"), CAP_RIGHTS_SEND));
    assert_true(reaper_idle());
    assert_false(slot_has_children(slot_of(ep)));
    again(&eve);
    assert_status(&eve, SUCCESS);
}

int run_revoke_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("REVOKE-1: of several revokes each may end first, and the oldest that is left is "
             "helped",
             each_may_end_first),
        TEST("REVOKE-2: whoever makes a capability in whatever way removes two descendants first",
             whoever_makes_one_helps),
        TEST("REVOKE-3: a revoke is helped no longer when its last descendant has gone",
             help_ends_with_the_last),
        TEST("REVOKE-4: a revoke is helped no longer when its capability has gone",
             help_ends_where_it_was_deleted),
        TEST("REVOKE-5: who deletes a space that holds his own thread is gone, preempted or not",
             who_empties_its_own_grave_is_gone),
        TEST("REVOKE-6: what is left in a space goes with the next deletion",
             plain_deletion_finishes_what_is_left),
    };

    return cmocka_run_group_tests_name("revoke", tests, NULL, NULL);
}
