/* test_pairs.c - documented errors of kernel objects that no other test asks for: see
   tests/idl/pairs.sh. */

#include <myelin/idl/cspace_types.h>
#include <myelin/idl/irq_types.h>
#include <myelin/idl/irqcontrol_types.h>
#include <myelin/idl/reply_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/vspace_types.h>
#include <myelin/idl/waitset_types.h>

#include "world.h"

int run_pairs_tests(void);

static void lease_has_its_errors_either_way(void **state)
{
    struct actor client = person("client", ACTIVE, 20), server = person("server", ACTIVE, 20);
    cap_t ep = call_only("service");
    uint64_t lent, own, open;

    (void)state;
    mapped_frame(&lent);
    mapped_frame(&own);
    receives(&server, ep);
    runs(&client);
    client.thread->utcb->leases[0] = (struct lease_item){lent, 100, CAP_RIGHTS_WRITE, 0};
    calls(&client, ep, .flags = 1ull << TAG_LEASES_SHIFT);
    open = token(&server);
    refuses(&server, open, REPLY_LABEL_LEASE_READ, WORDS(0, 0, 1, own), NO_CAPS, EPERM,
            ARGUMENT_WORD(0));
    refuses(&server, open, REPLY_LABEL_LEASE_WRITE, WORDS(1, 0, 1, own), NO_CAPS, ENOENT,
            ARGUMENT_WORD(0));
    assert_int_equal(asks(&server, open, REPLY_LABEL_LEASE_WRITE, WORDS(0, 0, 101, own), NO_CAPS),
                     ERANGE);
    replies(&server, .token = open);
    assert_int_equal(asks(&server, open, REPLY_LABEL_LEASE_WRITE, WORDS(0, 0, 1, own), NO_CAPS),
                     ESTALE);
}

static void vector_is_of_a_stopped_thread(void **state)
{
    struct actor eve = person("eve", ACTIVE, 10);

    (void)state;
    refuses(&world.root, eve.cap, THREAD_LABEL_READ_VECTOR, WORDS(0, 8), NO_CAPS, EBUSY,
            ARGUMENT_HANDLE);
    refuses(&world.root, eve.cap, THREAD_LABEL_WRITE_VECTOR, WORDS(24, 8, 0), NO_CAPS, EBUSY,
            ARGUMENT_HANDLE);
    must_ask(eve.cap, THREAD_LABEL_SUSPEND, NO_WORDS, NO_CAPS);
    refuses(&world.root, eve.cap, THREAD_LABEL_READ_VECTOR, WORDS(HOST_VECTOR_BYTES + 8, 8),
            NO_CAPS, ERANGE, ARGUMENT_WORD(0));
}

static void protecting_leaves_a_right(void **state)
{
    uint64_t address;
    cap_t frame = mapped_frame(&address);

    (void)state;
    refuses(&world.root, world.vspace, VSPACE_LABEL_PROTECT, WORDS(0), CAPS(frame), EPERM,
            ARGUMENT_CAP(0));
}

static void acknowledged_line_is_of_the_range(void **state)
{
    (void)state;
    must_ask(world.irqcontrol, IRQCONTROL_LABEL_ISSUE, WORDS(9, 2), NO_CAPS);
    refuses(&world.root, got(&world.root, 0), IRQ_LABEL_ACKNOWLEDGE, WORDS(2), NO_CAPS, ERANGE,
            ARGUMENT_WORD(0));
}

/* Fills a space with copies of a capability; the last of them. */
static cap_t filled_with(struct actor *actor, cap_t cap)
{
    const struct cspace *space = thread_cspace(actor->thread);
    cap_t last = CAP_NULL;

    while (space->used < 64)
        last = gives(actor, cap, CAP_RIGHTS_ALL);
    return last;
}

static void full_space_takes_nothing_new(void **state)
{
    struct actor eve = stranger("eve", ACTIVE, 10), client = person("client", ACTIVE, 10);
    cap_t ep = call_only("service"), hers = gives(&eve, ep, CAP_RIGHTS_ALL), last;
    cap_t control = gives(&eve, world.irqcontrol, CAP_RIGHTS_ALL);

    (void)state;
    receives(&eve, hers);
    calls(&client, ep);
    last = filled_with(&eve, ep);
    assert_int_equal(asks(&eve, eve.self, CSPACE_LABEL_MINT, WORDS(5, CAP_RIGHTS_ALL), CAPS(last)),
                     ENOSPC);
    assert_int_equal(asks(&eve, eve.self, CSPACE_LABEL_REPLY_SAVE, WORDS(token(&eve)), NO_CAPS),
                     ENOSPC);
    assert_int_equal(asks(&eve, control, IRQCONTROL_LABEL_ISSUE, WORDS(12, 1), NO_CAPS), ENOSPC);
}

/* ---- cancelled midway ---- */

static struct actor revoker;

static void cancel_midway(void)
{
    world.meanwhile = NULL;
    host.pending = false;
    cancels(&revoker);
}

static void cancelled_revoke_stops(void **state)
{
    static const uint32_t methods[] = {CSPACE_LABEL_REVOKE, CSPACE_LABEL_DELETE};

    (void)state;
    revoker = person("revoker", ACTIVE, 32);
    for (unsigned i = 0; i < 2; i++) {
        cap_t ep = endpoint("ep");

        for (unsigned copies = 0; copies < 10; copies++)
            derived(ep, CAP_RIGHTS_ALL);
        host.pending = true;
        world.meanwhile = cancel_midway;
        calls(&revoker, revoker.self, .label = methods[i], .caps = CAPS(ep));
        assert_failure(&revoker, ECANCELED, ARGUMENT_PARTNER, 0, 0);
        assert_true(slot_has_children(slot_of(ep)));
        calls(&revoker, revoker.self, .label = methods[i], .caps = CAPS(ep));
        assert_status(&revoker, SUCCESS);
    }
}

static void token_is_none(void **state)
{
    cap_t ep = endpoint("ep");

    (void)state;
    refuses(&world.root, world.root.self, CSPACE_LABEL_REPLY_SAVE, WORDS(ep), NO_CAPS, EBADF,
            ARGUMENT_WORD(0));
}

/* As large as a space can be takes a gigabyte: it is only said to be so. */
static void largest_space_does_not_grow(void **state)
{
    struct actor eve = stranger("eve", ACTIVE, 10);
    cap_t memory = make(OBJECT_UNTYPED, 12, "");
    struct cspace *space = thread_cspace(eve.thread);
    unsigned bits = space->slots_bits;

    (void)state;
    world.unchecked = true;
    space->slots_bits = CSPACE_BITS_MAX;
    refuses(&world.root, eve.cspace, CSPACE_LABEL_GROW, NO_WORDS, CAPS(memory), ENOSPC,
            ARGUMENT_HANDLE);
    space->slots_bits = bits;
    world.unchecked = false;
}

/* 33 threads, each expecting the next, and a caller that would come to wait for the first; where
   nobody waits there is nothing against it. */
static void long_chains_are_not_bound(void **state)
{
    struct actor chain[CHAIN_HELP_MAX + 1], *first = &chain[CHAIN_HELP_MAX];
    struct actor caller = person("caller", ACTIVE, 20);
    cap_t to[CHAIN_HELP_MAX + 1], awaited = call_only("awaited");
    cap_t set = make(OBJECT_WAITSET, 1, "set");

    (void)state;
    world.unchecked = true; /* many, each step checks all */
    for (unsigned i = 0; i <= CHAIN_HELP_MAX; i++) {
        chain[i] = person("link", ACTIVE, 20);
        to[i] = endpoint("to");
        binds(&chain[i], to[i]);
    }
    receives(first, set, NOW);
    assert_status(first, EAGAIN);
    receives(&chain[0], to[0]);
    for (unsigned i = 1; i <= CHAIN_HELP_MAX; i++) {
        chain[i].thread->utcb->closed_badge = 0;
        chain[i].thread->utcb->closed_endpoint = to[i - 1];
        receives(&chain[i], to[i], .flags = TAG_CLOSED);
        assert_state(&chain[i], THREAD_WAITS_RECEIVE);
    }
    must_ask(first->cap, THREAD_LABEL_BIND_ENDPOINT, NO_WORDS, CAPS(call_only("idle")));
    calls(&caller, awaited);
    refuses(&world.root, first->cap, THREAD_LABEL_BIND_ENDPOINT, NO_WORDS, CAPS(awaited), ELOOP,
            ARGUMENT_CAP(0));
    refuses(&world.root, set, WAITSET_LABEL_ADD, WORDS(1), CAPS(awaited), ELOOP, ARGUMENT_CAP(0));
    must_ask(chain[CHAIN_HELP_MAX - 1].cap, THREAD_LABEL_BIND_ENDPOINT, NO_WORDS, CAPS(awaited));
}

int run_pairs_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST("PAIRS-1: a lease's limits are told for reading and for writing",
             lease_has_its_errors_either_way),
        TEST("PAIRS-2: the vector registers of a thread that runs are EBUSY, no such part ERANGE",
             vector_is_of_a_stopped_thread),
        TEST("PAIRS-3: protecting so that no right is left is EPERM", protecting_leaves_a_right),
        TEST("PAIRS-4: to acknowledge a line behind the range is ERANGE",
             acknowledged_line_is_of_the_range),
        TEST("PAIRS-5: mint, reply_save and issue answer ENOSPC in a full space",
             full_space_takes_nothing_new),
        TEST("PAIRS-6: a revoke or delete whose caller is cancelled is ECANCELED, and goes on anew",
             cancelled_revoke_stops),
        TEST("PAIRS-7: to save what is no token is EBADF", token_is_none),
        TEST("PAIRS-8: a space of the largest size does not grow: ENOSPC",
             largest_space_does_not_grow),
        TEST("PAIRS-9: binding is ELOOP where more than 32 threads would wait one for the other",
             long_chains_are_not_bound),
    };

    return cmocka_run_group_tests_name("pairs", tests, NULL, NULL);
}
