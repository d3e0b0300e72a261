/* test_transfer.c - capabilities in messages: all or nothing, in both directions. */

#include "world.h"
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/thread_types.h>

int run_transfer_tests(void);

/* A client and a server in spaces of their own, and an endpoint between them. */
struct sides {
    struct actor client, server;
    cap_t ep, to, at; /* root's, the client's, the server's */
    cap_t thing;      /* the client's: an endpoint with all rights */
};

static struct sides sides(unsigned client_rights)
{
    struct sides s = {.ep = call_only("service")};

    s.client = stranger("client", ACTIVE, 20);
    s.server = stranger("server", ACTIVE, 20);
    s.to = gives(&s.client, s.ep, client_rights);
    s.at = gives(&s.server, s.ep, CAP_RIGHTS_ALL);
    s.thing = gives(&s.client, endpoint("thing"), CAP_RIGHTS_ALL);
    return s;
}

static uint64_t slots_used(const struct actor *actor)
{
    return thread_cspace(actor->thread)->used;
}

/* Fills the actor's space but for `left` slots. */
static void fill_space(struct actor *actor, unsigned left)
{
    while (slots_used(actor) < 64 - left)
        gives(actor, world.vspace, 0);
}

static void copies_derives_moves(void **state)
{
    struct sides s = sides(CAP_RIGHTS_ALL);
    cap_t moved = gives(&s.client, notification("bits"), CAP_RIGHTS_ALL);
    struct caps caps = {MESSAGE_CAPS_MAX,
                        {{s.thing, CAP_COPY},
                         {s.thing, CAP_DERIVE | CAP_RIGHTS_CALL},
                         {moved, CAP_MOVE},
                         {s.thing, CAP_COPY}}};

    (void)state;
    receives(&s.server, s.at, .accept = MESSAGE_CAPS_MAX);
    calls(&s.client, s.to, .caps = caps);
    assert_int_equal(tag_caps(s.server.thread->context.tag), MESSAGE_CAPS_MAX);
    assert_int_equal(slot_in(&s.server, got(&s.server, 0))->rights, CAP_RIGHTS_ALL);
    assert_int_equal(slot_in(&s.server, got(&s.server, 1))->rights, CAP_RIGHTS_CALL);
    assert_int_equal(slot_in(&s.server, got(&s.server, 2))->type, OBJECT_NOTIFICATION);
    assert_int_equal(s.server.thread->utcb->caps[1].how,
                     (uint64_t)OBJECT_ENDPOINT << 32 | CAP_RIGHTS_CALL);
    assert_true(is_gone(&s.client, moved));
}

static void copies_are_children(void **state)
{
    struct sides s = sides(CAP_RIGHTS_ALL);
    cap_t copy;

    (void)state;
    receives(&s.server, s.at, .accept = 1);
    calls(&s.client, s.to, .caps = CAPS(s.thing));
    copy = got(&s.server, 0);
    replies(&s.server, .token = token(&s.server));
    assert_int_equal(asks(&s.client, s.client.self, CSPACE_LABEL_REVOKE, NO_WORDS, CAPS(s.thing)),
                     SUCCESS);
    assert_true(is_gone(&s.server, copy));
}

static void grant_is_needed(void **state)
{
    struct sides s = sides(CAP_RIGHTS_CALL);
    cap_t hers;

    (void)state;
    calls(&s.client, s.to, .caps = CAPS(s.thing));
    assert_failure(&s.client, EPERM, ARGUMENT_HANDLE, CAP_RIGHTS_GRANT, 0);
    receives(&s.server, s.at, .accept = 1);
    calls(&s.client, s.to, .caps = CAPS(s.thing));
    assert_status(&s.client, EPERM);
    assert_state(&s.server, THREAD_WAITS_RECEIVE);
    calls(&s.client, s.to, .accept = 4);
    hers = gives(&s.server, s.ep, CAP_RIGHTS_ALL);
    replies(&s.server, .token = token(&s.server), .caps = CAPS(hers));
    assert_failure(&s.server, EPERM, ARGUMENT_TOKEN, CAP_RIGHTS_GRANT, 0);
    assert_state(&s.client, THREAD_WAITS_REPLY);
}

static void receiver_says_how_many(void **state)
{
    struct sides s = sides(CAP_RIGHTS_ALL);
    struct caps two = {2, {{s.thing, CAP_COPY}, {s.thing, CAP_COPY}}};
    uint64_t used = slots_used(&s.server);

    (void)state;
    receives(&s.server, s.at, .accept = 1);
    calls(&s.client, s.to, .caps = two);
    assert_failure(&s.client, ENOSPC, ARGUMENT_PARTNER, 2, 1);
    assert_state(&s.server, THREAD_WAITS_RECEIVE);
    assert_int_equal(slots_used(&s.server), used);
}

static void more_than_all_is_all(void **state)
{
    struct sides s = sides(CAP_RIGHTS_ALL);
    struct caps four = {
        4, {{s.thing, CAP_COPY}, {s.thing, CAP_COPY}, {s.thing, CAP_COPY}, {s.thing, CAP_COPY}}};
    unsigned used = slots_used(&s.server);

    (void)state;
    for (unsigned accept = 4; accept <= 7; accept++) {
        receives(&s.server, s.at, .accept = accept);
        calls(&s.client, s.to, .caps = four);
        assert_int_equal(slots_used(&s.server), used += 4);
        replies(&s.server, .token = token(&s.server));
    }
}

static void receiver_needs_slots(void **state)
{
    struct sides s = sides(CAP_RIGHTS_ALL);
    cap_t moved = gives(&s.client, s.ep, CAP_RIGHTS_ALL);
    struct caps two = {2, {{s.thing, CAP_COPY}, {moved, CAP_MOVE}}};

    (void)state;
    fill_space(&s.server, 1);
    receives(&s.server, s.at, .accept = 4);
    calls(&s.client, s.to, .caps = two);
    assert_failure(&s.client, ENOSPC, ARGUMENT_PARTNER, 2, 0);
    assert_false(is_gone(&s.client, moved));
    assert_int_equal(slots_used(&s.server), 63);
}

static void queued_sender_learns(void **state)
{
    struct sides s = sides(CAP_RIGHTS_ALL);
    struct actor bob = person("bob", ACTIVE, 10);

    (void)state;
    calls(&s.client, s.to, .caps = CAPS(s.thing));
    calls(&bob, s.ep, .words = WORDS(5));
    receives(&s.server, s.at, .accept = 0);
    assert_awake(&s.client);
    assert_failure(&s.client, ENOSPC, ARGUMENT_PARTNER, 1, 0);
    assert_int_equal(word(&s.server, 0), 5);
}

/* A caller in the server's own space moves what it receives by, and puts another endpoint there. */
static void moved_while_receiving(void **state)
{
    cap_t ep = call_only("service"), at = derived(ep, CAP_RIGHTS_ALL);
    struct actor server = person("server", PASSIVE, 20), client = person("client", ACTIVE, 10);
    struct caps caps = {2, {{at, CAP_MOVE}, {endpoint("other"), CAP_COPY}}};
    cap_t there;

    (void)state;
    calls(&client, ep, .caps = caps);
    receives(&server, at, .accept = 2);
    there = got(&server, 1);
    assert_int_equal(there & CAP_INDEX_MASK, at & CAP_INDEX_MASK);
    replies_and_receives(&server, at, .token = token(&server));
    assert_awake(&client);
    assert_failure(&server, ESTALE, ARGUMENT_HANDLE, there, at);
}

static void bad_items_are_refused(void **state)
{
    struct sides s = sides(CAP_RIGHTS_ALL);
    cap_t stale = gives(&s.client, s.ep, CAP_RIGHTS_ALL), untyped;
    struct {
        struct caps caps;
        error_t error;
        uint64_t argument;
    } items[] = {
        {{2, {{s.thing, CAP_COPY}, {stale, CAP_COPY}}}, ESTALE, ARGUMENT_CAP(1)},
        {{2, {{s.thing, CAP_MOVE}, {s.thing, CAP_MOVE}}}, EINVAL, ARGUMENT_CAP(1)},
        {{2, {{s.thing, CAP_MOVE}, {s.thing, CAP_COPY}}}, EINVAL, ARGUMENT_CAP(1)},
        {{1, {{CAP_NULL, CAP_COPY}}}, EBADF, ARGUMENT_CAP(0)},
        {{1, {{s.thing, (uint64_t)3 << 32}}}, EINVAL, ARGUMENT_CAP(0)},
        {{1, {{s.thing, UINT64_MAX}}}, EINVAL, ARGUMENT_CAP(0)},
        {{1, {{CAP_NULL, CAP_COPY}}}, EINVAL, ARGUMENT_CAP(0)}, /* an Untyped, copied */
    };
    uint64_t used;

    (void)state;
    assert_int_equal(asks(&s.client, s.client.self, CSPACE_LABEL_DELETE, NO_WORDS, CAPS(stale)),
                     SUCCESS);
    must_ask(s.client.cspace, CSPACE_LABEL_INSERT, NO_WORDS,
             CAP_HOW(make(OBJECT_UNTYPED, 12, ""), CAP_MOVE));
    untyped = word(&world.root, 0);
    items[6].caps.item[0].cap = untyped;
    used = slots_used(&s.client);
    for (unsigned waiting = 0; waiting < 2; waiting++) {
        for (unsigned i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
            calls(&s.client, s.to, .caps = items[i].caps);
            assert_status(&s.client, items[i].error);
            assert_int_equal(word(&s.client, 0), items[i].argument);
            assert_int_equal(slots_used(&s.client), used);
        }
        if (!waiting)
            receives(&s.server, s.at, .accept = 4);
    }
}

static void descriptors_are_read_once(void **state)
{
    struct sides s = sides(CAP_RIGHTS_ALL);

    (void)state;
    calls(&s.client, s.to, .caps = CAP_HOW(s.thing, CAP_DERIVE | CAP_RIGHTS_CALL));
    s.client.thread->utcb->caps[0].how = CAP_MOVE;
    s.client.thread->utcb->caps[0].cap = s.client.self;
    receives(&s.server, s.at, .accept = 1);
    assert_int_equal(slot_in(&s.server, got(&s.server, 0))->rights, CAP_RIGHTS_CALL);
    assert_false(is_gone(&s.client, s.thing));
    assert_false(is_gone(&s.client, s.client.self));
}

static void answers_carry_capabilities(void **state)
{
    struct sides s = sides(CAP_RIGHTS_ALL);
    cap_t gift = gives(&s.server, endpoint("gift"), CAP_RIGHTS_CALL);

    (void)state;
    receives(&s.server, s.at);
    calls(&s.client, s.to, .accept = 1);
    replies(&s.server, .token = token(&s.server), .caps = CAP_HOW(gift, CAP_MOVE));
    assert_awake(&s.client);
    assert_int_equal(slot_in(&s.client, got(&s.client, 0))->rights, CAP_RIGHTS_CALL);
    assert_true(is_gone(&s.server, gift));
}

static void failed_answer_leaves_the_token(void **state)
{
    struct sides s = sides(CAP_RIGHTS_ALL);
    cap_t gift = gives(&s.server, endpoint("gift"), CAP_RIGHTS_CALL);
    uint64_t open;

    (void)state;
    receives(&s.server, s.at);
    calls(&s.client, s.to, .accept = 0);
    open = token(&s.server);
    replies_and_receives(&s.server, s.at, .token = open, .caps = CAPS(gift));
    assert_failure(&s.server, ENOSPC, ARGUMENT_PARTNER, 1, 0);
    assert_state(&s.server, THREAD_RUNNING);
    replies(&s.server, .token = open, .caps = CAPS(CAP_NULL));
    assert_status(&s.server, EBADF);
    assert_state(&s.client, THREAD_WAITS_REPLY);
    replies(&s.server, .token = open, .words = WORDS(4));
    assert_status(&s.server, SUCCESS);
    assert_int_equal(word(&s.client, 0), 4);
}

static void utcb_frames_stay(void **state)
{
    struct sides s = sides(CAP_RIGHTS_ALL);
    cap_t frame;

    (void)state;
    must_ask(s.client.cspace, CSPACE_LABEL_INSERT, NO_WORDS,
             CAP_HOW(make(OBJECT_FRAME, 12, ""), CAP_MOVE));
    frame = word(&world.root, 0);
    assert_int_equal(asks(&world.root, s.client.cspace, CSPACE_LABEL_INSERT, NO_WORDS,
                          CAP_HOW(s.server.frame, CAP_MOVE)),
                     EBUSY);
    receives(&s.server, s.at, .accept = 1);
    calls(&s.client, s.to, .caps = CAP_HOW(frame, CAP_MOVE));
    assert_status(&s.server, SUCCESS);
    refuses(&world.root, world.root.self, CSPACE_LABEL_INSERT, NO_WORDS,
            CAP_HOW(s.client.frame, CAP_MOVE), EBUSY, ARGUMENT_CAP(0));
}

static void moved_frames_are_unmapped(void **state)
{
    struct sides s = sides(CAP_RIGHTS_ALL);
    const struct vspace *vspace = object_of(world.vspace);
    uint64_t address;
    cap_t frame = mapped_frame(&address);

    (void)state;
    assert_true(pte_present(user_entry(vspace, address)));
    must_ask(s.client.cspace, CSPACE_LABEL_INSERT, NO_WORDS, CAP_HOW(frame, CAP_COPY));
    assert_true(pte_present(user_entry(vspace, address)));
    must_ask(s.client.cspace, CSPACE_LABEL_INSERT, NO_WORDS, CAP_HOW(frame, CAP_MOVE));
    assert_false(pte_present(user_entry(vspace, address)));
}

/* In one space slots are freed and taken in the same message. */
static void moves_within_one_space(void **state)
{
    struct actor client = person("client", ACTIVE, 20), server = person("server", ACTIVE, 20);
    cap_t ep = endpoint("ep"), a = endpoint("a"), b = notification("b");
    struct caps caps = {3, {{a, CAP_MOVE}, {b, CAP_MOVE}, {ep, CAP_COPY}}};

    (void)state;
    receives(&server, ep, .accept = 3);
    calls(&client, ep, .caps = caps);
    assert_int_equal(slot_of(got(&server, 0))->type, OBJECT_ENDPOINT);
    assert_int_equal(slot_of(got(&server, 1))->type, OBJECT_NOTIFICATION);
    assert_true(is_gone(&server, a));
    assert_true(is_gone(&server, b));
}

int run_transfer_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("GRANT-1: a message carries capabilities copied, derived and moved",
             copies_derives_moves),
        TEST("GRANT-2: what was copied in a message is revoked with its source",
             copies_are_children),
        TEST("GRANT-3: without Grant neither a call nor its answer carries capabilities",
             grant_is_needed),
        TEST("GRANT-4: more capabilities than the receiver takes are ENOSPC, and none goes over",
             receiver_says_how_many),
        TEST("GRANT-14: who takes five, six or seven takes all four", more_than_all_is_all),
        TEST("GRANT-15: what a server receives by is stale once it has moved, whatever lies there",
             moved_while_receiving),
        TEST("GRANT-5: more than it has slots for, likewise", receiver_needs_slots),
        TEST("GRANT-6: a sender that waits learns of it too, and the receiver takes the next",
             queued_sender_learns),
        TEST("GRANT-7: one bad capability stops the message: stale, moved twice, not to be copied",
             bad_items_are_refused),
        TEST("GRANT-8: the descriptors are read once, when the sender calls",
             descriptors_are_read_once),
        TEST("GRANT-9: an answer carries capabilities", answers_carry_capabilities),
        TEST("GRANT-10: an answer that fails leaves the token open, and nothing is received",
             failed_answer_leaves_the_token),
        TEST("GRANT-11: a Frame that holds a UTCB is not moved", utcb_frames_stay),
        TEST("GRANT-12: a Frame that is moved is unmapped, one that is copied is not",
             moved_frames_are_unmapped),
        TEST("GRANT-13: capabilities can be moved within one space", moves_within_one_space),
    };

    return cmocka_run_group_tests_name("transfer", tests, NULL, NULL);
}
