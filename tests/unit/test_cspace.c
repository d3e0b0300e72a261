/* test_cspace.c - capability spaces: handles, slots, growth, and the methods of a CSpace. */

#include <myelin/idl/cspace_types.h>
#include <myelin/idl/irqcontrol_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/idl/vspace_types.h>
#include <string.h>

#include "world.h"

int run_cspace_tests(void);

#define SMALL 64ull /* slots of a stranger's space */

static struct cspace *space_of(const struct actor *actor)
{
    return thread_cspace(actor->thread);
}

static void forged_handles_are_nothing(void **state)
{
    cap_t ep = endpoint("ep");
    const uint64_t forged[] = {
        CAP_NULL,
        ep + (1ull << CAP_INDEX_BITS),         /* a generation to come */
        ep & CAP_INDEX_MASK,                   /* no generation */
        ep + 1,                                /* a free slot */
        ep | 1ull << 20,                       /* an index past the table's end */
        CAP_GENERATION_LAST << CAP_INDEX_BITS, /* the last generation */
        UINT64_MAX ^ 1,
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
        sends(&world.root, forged[i]);
        assert_failure(&world.root, EBADF, ARGUMENT_HANDLE, 0, forged[i]);
        receives(&world.root, forged[i], NOW);
        assert_status(&world.root, EBADF);
        notifies(&world.root, forged[i], 0);
        assert_status(&world.root, EBADF);
        refuses(&world.root, world.root.self, CSPACE_LABEL_DELETE, NO_WORDS, CAPS(forged[i]), EBADF,
                ARGUMENT_CAP(0));
    }
}

static void stale_handles_are_told(void **state)
{
    cap_t ep = endpoint("ep"), other;

    (void)state;
    deletes(ep);
    sends(&world.root, ep);
    assert_failure(&world.root, ESTALE, ARGUMENT_HANDLE, ep + (1ull << CAP_INDEX_BITS), ep);
    other = endpoint("other");
    assert_int_equal(other, ep + (1ull << CAP_INDEX_BITS));
    sends(&world.root, ep);
    assert_status(&world.root, ESTALE);
}

static void wrong_types_are_told(void **state)
{
    cap_t ep = endpoint("ep"), bits_cap = notification("bits");

    (void)state;
    notifies(&world.root, ep, 1);
    assert_failure(&world.root, EBADF, ARGUMENT_HANDLE, OBJECT_NOTIFICATION, OBJECT_ENDPOINT);
    sends(&world.root, bits_cap);
    assert_failure(&world.root, EBADF, ARGUMENT_HANDLE, OBJECT_ENDPOINT, OBJECT_NOTIFICATION);
    receives(&world.root, world.vspace, NOW);
    assert_failure(&world.root, EBADF, ARGUMENT_HANDLE, OBJECT_ENDPOINT, OBJECT_VSPACE);
    replies(&world.root, .token = ep);
    assert_failure(&world.root, EBADF, ARGUMENT_TOKEN, OBJECT_REPLY, OBJECT_ENDPOINT);
}

static void missing_rights_are_told(void **state)
{
    cap_t ep = endpoint("ep"), bits_cap = notification("bits");
    cap_t call_cap = derived(ep, CAP_RIGHTS_CALL), send_cap = derived(ep, CAP_RIGHTS_SEND);
    cap_t mute = derived(bits_cap, CAP_RIGHTS_RECV);

    (void)state;
    sends(&world.root, call_cap);
    assert_failure(&world.root, EPERM, ARGUMENT_HANDLE, CAP_RIGHTS_SEND, CAP_RIGHTS_CALL);
    calls(&world.root, send_cap);
    assert_failure(&world.root, EPERM, ARGUMENT_HANDLE, CAP_RIGHTS_CALL, CAP_RIGHTS_SEND);
    receives(&world.root, send_cap, NOW);
    assert_failure(&world.root, EPERM, ARGUMENT_HANDLE, CAP_RIGHTS_RECV, CAP_RIGHTS_SEND);
    notifies(&world.root, mute, 1);
    assert_failure(&world.root, EPERM, ARGUMENT_HANDLE, CAP_RIGHTS_SEND, CAP_RIGHTS_RECV);
}

static void last_generation_retires(void **state)
{
    struct actor eve = stranger("eve", ACTIVE, 10);
    cap_t ep = endpoint("ep"), hers = gives(&eve, ep, CAP_RIGHTS_ALL), last;
    uint64_t used = space_of(&eve)->used;

    (void)state;
    last = CAP_GENERATION_LAST << CAP_INDEX_BITS | (hers & CAP_INDEX_MASK);
    slot_in(&eve, hers)->handle = last;
    assert_int_equal(asks(&eve, eve.self, CSPACE_LABEL_DELETE, NO_WORDS, CAPS(last)), SUCCESS);
    for (unsigned i = 0; i < SMALL - used; i++)
        assert_int_not_equal(gives(&eve, ep, 0) & CAP_INDEX_MASK, hers & CAP_INDEX_MASK);
    refuses(&world.root, eve.cspace, CSPACE_LABEL_INSERT, NO_WORDS, CAPS(ep), ENOSPC,
            ARGUMENT_HANDLE);
    sends(&eve, last);
    assert_status(&eve, ESTALE);
}

static void full_space_is_told(void **state)
{
    struct actor eve = stranger("eve", ACTIVE, 10);
    cap_t ep = endpoint("ep"), last = CAP_NULL;

    (void)state;
    while (space_of(&eve)->used < SMALL)
        last = gives(&eve, ep, CAP_RIGHTS_ALL);
    refuses(&world.root, eve.cspace, CSPACE_LABEL_INSERT, NO_WORDS, CAPS(ep), ENOSPC,
            ARGUMENT_HANDLE);
    refuses(&eve, eve.self, CSPACE_LABEL_DERIVE, WORDS(CAP_RIGHTS_ALL, 0, 0), CAPS(last), ENOSPC,
            ARGUMENT_PARTNER);
    assert_int_equal(asks(&eve, eve.self, CSPACE_LABEL_DELETE, NO_WORDS, CAPS(last)), SUCCESS);
    last = gives(&eve, ep, CAP_RIGHTS_ALL);
    assert_int_equal(space_of(&eve)->used, SMALL);
    assert_false(is_gone(&eve, last));
}

static void answer_needs_acceptance(void **state)
{
    cap_t ep = endpoint("ep");

    (void)state;
    calls(&world.root, world.root.self, .label = CSPACE_LABEL_DERIVE,
          .words = WORDS(CAP_RIGHTS_ALL, 0, 0), .caps = CAPS(ep));
    assert_failure(&world.root, ENOSPC, ARGUMENT_TAG, 1, 0);
    calls(&world.root, world.memory, .label = UNTYPED_LABEL_RETYPE, .words = NEW(OBJECT_FRAME, 12));
    assert_failure(&world.root, ENOSPC, ARGUMENT_TAG, 1, 0);
}

static void growth_keeps_handles(void **state)
{
    struct actor eve = stranger("eve", ACTIVE, 10);
    cap_t ep = endpoint("ep"), first = gives(&eve, ep, CAP_RIGHTS_CALL), last = CAP_NULL;

    (void)state;
    for (unsigned bits_more = 0; bits_more < 3; bits_more++) {
        uint64_t slots = space_of(&eve)->mask + 1;

        must_ask(eve.cspace, CSPACE_LABEL_GROW, NO_WORDS,
                 CAPS(make(OBJECT_UNTYPED, 12 + bits_more, "")));
        assert_int_equal(space_of(&eve)->mask + 1, 2 * slots);
        while (space_of(&eve)->used < 2 * slots)
            last = gives(&eve, ep, CAP_RIGHTS_CALL);
        assert_false(is_gone(&eve, first));
        assert_int_equal(slot_in(&eve, first)->rights, CAP_RIGHTS_CALL);
        assert_int_equal(slot_in(&eve, last)->type, OBJECT_ENDPOINT);
        if (!bits_more) /* the checks read every slot in use */
            world.unchecked = true;
    }
    world.unchecked = false;
}

/* Beyond 2 MiB of slots they are mapped in large pages. */
static void growth_past_a_table(void **state)
{
    cap_t space = make_from(world.huge, OBJECT_CSPACE, 14, "big"), ep = endpoint("ep"), handle;
    struct cspace *big = object_of(space);

    (void)state;
    for (unsigned size_bits = 20; size_bits < 23; size_bits++)
        must_ask(space, CSPACE_LABEL_GROW, NO_WORDS,
                 CAPS(make_from(world.huge, OBJECT_UNTYPED, size_bits, "")));
    assert_int_equal(big->mask + 1, 1ull << 17);
    big->fresh = 1ull << 16; /* the lower ones are of no interest */
    must_ask(space, CSPACE_LABEL_INSERT, NO_WORDS, CAPS(ep));
    handle = word(&world.root, 0);
    assert_int_equal(big->table[handle & CAP_INDEX_MASK].type, OBJECT_ENDPOINT);
    big->used = 1;
}

/* Nothing is written to slots that nobody has used: so a large space takes no longer to make, to
   look through and to end than a small one. */
static void large_is_quick(void **state)
{
    cap_t space = make_from(world.huge, OBJECT_CSPACE, 20, "large");
    struct cspace *large = object_of(space);

    (void)state;
    assert_int_equal(large->mask + 1, 1ull << 20);
    assert_int_equal(large->table[0].handle, 0);
    assert_int_equal(large->table[large->mask].handle, 0);
    must_ask(space, CSPACE_LABEL_INSERT, NO_WORDS, CAPS(endpoint("ep")));
    assert_int_equal(word(&world.root, 0), 1ull << CAP_INDEX_BITS);
    host.questions = 0;
    refuses(&world.root, space, CSPACE_LABEL_INSPECT, WORDS(1), NO_CAPS, ENOENT, ARGUMENT_WORD(0));
    assert_int_equal(host.questions, 0);
    deletes(space);
    assert_in_range(host.questions, 1, 10);
}

static void growth_is_refused(void **state)
{
    struct actor eve = stranger("eve", ACTIVE, 10);
    struct cspace *space = object_of(eve.cspace);
    cap_t busy = make(OBJECT_UNTYPED, 12, "");

    (void)state;
    refuses(&world.root, eve.cspace, CSPACE_LABEL_GROW, NO_WORDS,
            CAPS(make(OBJECT_UNTYPED, 13, "")), EINVAL, ARGUMENT_CAP(0));
    refuses(&world.root, eve.cspace, CSPACE_LABEL_GROW, NO_WORDS, NO_CAPS, EINVAL, ARGUMENT_CAP(0));
    refuses(&world.root, eve.cspace, CSPACE_LABEL_GROW, NO_WORDS, CAPS(world.vspace), EINVAL,
            ARGUMENT_CAP(0));
    make_from(busy, OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN, "");
    refuses(&world.root, eve.cspace, CSPACE_LABEL_GROW, NO_WORDS, CAPS(busy), EBUSY,
            ARGUMENT_CAP(0));
    refuses(&world.root, derived(eve.cspace, CAP_RIGHTS_USE), CSPACE_LABEL_GROW, NO_WORDS,
            CAPS(busy), EPERM, ARGUMENT_HANDLE);
    space->slots_bits = CSPACE_BITS_MAX; /* as large as one can be: a gibibyte */
    refuses(&world.root, eve.cspace, CSPACE_LABEL_GROW, NO_WORDS, CAPS(busy), ENOSPC,
            ARGUMENT_HANDLE);
    space->slots_bits = CSPACE_BITS_MIN;
}

/* Memory that held something else before must not become slots as it is. */
static void growth_starts_clean(void **state)
{
    struct actor eve = stranger("eve", ACTIVE, 10);
    cap_t memory = make(OBJECT_UNTYPED, 12, "");
    cap_t frame = make_from(memory, OBJECT_FRAME, 12, "");

    (void)state;
    memset(arch_memory(slot_of(frame)->object), 0x5a, PAGE_BYTES);
    deletes(frame);
    must_ask(eve.cspace, CSPACE_LABEL_GROW, NO_WORDS, CAPS(memory));
    for (uint64_t i = SMALL; i < 2 * SMALL; i++) {
        assert_false(slot_used(&space_of(&eve)->table[i]));
        assert_int_equal(space_of(&eve)->table[i].handle, 0);
    }
}

static void gift_lasts_as_long(void **state)
{
    cap_t memory = make(OBJECT_UNTYPED, 14, ""), gift = make_from(memory, OBJECT_UNTYPED, 12, "");
    cap_t space = make(OBJECT_CSPACE, 6, "space");

    (void)state;
    must_ask(space, CSPACE_LABEL_GROW, NO_WORDS, CAPS(gift));
    assert_true(is_gone(&world.root, gift));
    must_ask(memory, UNTYPED_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    assert_int_equal(word(&world.root, 2), 1);
    deletes(space);
    must_ask(memory, UNTYPED_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    assert_int_equal(word(&world.root, 2), 0);
}

static void revoked_gift_takes_the_space(void **state)
{
    cap_t memory = make(OBJECT_UNTYPED, 14, ""), gift = make_from(memory, OBJECT_UNTYPED, 12, "");
    struct actor eve = stranger("eve", ACTIVE, 10);

    (void)state;
    must_ask(eve.cspace, CSPACE_LABEL_GROW, NO_WORDS, CAPS(gift));
    revokes(memory);
    assert_true(is_gone(&world.root, eve.cspace));
    assert_state(&eve, THREAD_STOPPED);
    assert_int_equal(eve.thread->stop_reason, THREAD_STOP_CSPACE_GONE);
}

static void windows_come_back(void **state)
{
    cap_t spaces[HOST_WINDOWS];
    unsigned made = 0;

    (void)state;
    for (unsigned round = 0; round < 2; round++) {
        while (
            !asks(&world.root, world.memory, UNTYPED_LABEL_RETYPE, NEW(OBJECT_CSPACE, 6), NO_CAPS))
            spaces[made++] = got(&world.root, 0);
        assert_int_equal(made, HOST_WINDOWS - 1);
        assert_failure(&world.root, ENOMEM, ARGUMENT_WORD(0), 0, 0);
        while (made)
            deletes(spaces[--made]);
        for (unsigned i = 1; i < HOST_WINDOWS; i++) /* and nothing is seen through them then */
            assert_int_equal(host.placed[i][0].pages, 0);
    }
}

static void rights_of_methods(void **state)
{
    static const struct {
        uint32_t label;
        unsigned right;
    } methods[] = {
        {CSPACE_LABEL_DERIVE, CAP_RIGHTS_USE},     {CSPACE_LABEL_MINT, CAP_RIGHTS_USE},
        {CSPACE_LABEL_DELETE, CAP_RIGHTS_USE},     {CSPACE_LABEL_REVOKE, CAP_RIGHTS_USE},
        {CSPACE_LABEL_REPLY_SAVE, CAP_RIGHTS_USE}, {CSPACE_LABEL_INSERT, CAP_RIGHTS_WRITE},
        {CSPACE_LABEL_INSPECT, CAP_RIGHTS_READ},   {CSPACE_LABEL_STATISTICS, CAP_RIGHTS_READ},
        {CSPACE_LABEL_GROW, CAP_RIGHTS_MANAGE},    {CSPACE_LABEL_COMPARE, CAP_RIGHTS_USE},
    };
    cap_t ep = endpoint("ep");

    (void)state;
    for (unsigned i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        cap_t lacking = derived(world.root.cspace, CAP_RIGHTS_ALL & ~methods[i].right);

        refuses(&world.root, lacking, methods[i].label, WORDS(1, 0, 0), CAPS(ep), EPERM,
                ARGUMENT_HANDLE);
        assert_int_equal(word(&world.root, 1), methods[i].right);
        deletes(lacking);
    }
    refuses(&world.root, world.root.self, LABEL(2, 99), NO_WORDS, NO_CAPS, ENOSYS, ARGUMENT_TAG);
}

static void capability_arguments_are_checked(void **state)
{
    const struct {
        uint32_t label;
        struct words words;
    } methods[] = {
        {CSPACE_LABEL_DERIVE, WORDS(1, 0, 0)}, {CSPACE_LABEL_MINT, WORDS(1, 1)},
        {CSPACE_LABEL_DELETE, NO_WORDS},       {CSPACE_LABEL_REVOKE, NO_WORDS},
        {CSPACE_LABEL_INSERT, NO_WORDS},
    };
    cap_t stale = endpoint("ep");

    (void)state;
    deletes(stale);
    for (unsigned i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        refuses(&world.root, world.root.self, methods[i].label, methods[i].words, NO_CAPS, EINVAL,
                ARGUMENT_CAP(0));
        refuses(&world.root, world.root.self, methods[i].label, methods[i].words, CAPS(stale),
                ESTALE, ARGUMENT_CAP(0));
    }
    refuses(&world.root, world.root.self, CSPACE_LABEL_INSERT, NO_WORDS,
            CAP_HOW(world.vspace, (uint64_t)3 << 32), EINVAL, ARGUMENT_CAP(0));
}

static bool is_same(cap_t one, cap_t other)
{
    must_ask(world.root.self, CSPACE_LABEL_COMPARE, NO_WORDS, CAPS(one, other));
    return word(&world.root, 0);
}

static void compare_tells_one_object_from_another(void **state)
{
    cap_t ep = endpoint("ep"), other = endpoint("ep"), badged = minted(ep, 77, CAP_RIGHTS_CALL);
    cap_t forged = minted(other, 77, CAP_RIGHTS_CALL);
    cap_t frame = make(OBJECT_FRAME, LARGE_PAGE_SIZE_BITS, "frame"), part;

    (void)state;
    assert_true(is_same(badged, ep));
    assert_int_equal(word(&world.root, 1), 77);
    assert_true(is_same(ep, badged));
    assert_int_equal(word(&world.root, 1), 0);
    assert_false(is_same(forged, ep));
    assert_int_equal(word(&world.root, 1), 77);
    assert_true(is_same(frame, derived(frame, CAP_RIGHTS_READ)));
    must_ask(world.root.self, CSPACE_LABEL_DERIVE, WORDS(CAP_RIGHTS_ALL, 0, PAGE_BYTES),
             CAPS(frame));
    part = got(&world.root, 0);
    assert_false(is_same(part, frame));
    assert_false(is_same(frame, ep));
    refuses(&world.root, world.root.self, CSPACE_LABEL_COMPARE, NO_WORDS, CAPS(ep), EINVAL,
            ARGUMENT_CAP(1));
}

static cap_t piece(cap_t cap, uint64_t offset, uint64_t length)
{
    must_ask(world.root.self, CSPACE_LABEL_DERIVE, WORDS(CAP_RIGHTS_ALL, offset, length),
             CAPS(cap));
    return got(&world.root, 0);
}

/* Each of them and a part of it that begins where it does, and is smaller. */
static void compare_tells_a_range_from_its_part(void **state)
{
    cap_t memory = make(OBJECT_UNTYPED, 16, ""), grant, lines;

    (void)state;
    assert_false(is_same(memory, make_from(memory, OBJECT_UNTYPED, 14, "")));
    assert_true(is_same(memory, memory));
    must_ask(world.vspace, VSPACE_LABEL_GRANT, WORDS(0x1000, 64, CAP_RIGHTS_READ), NO_CAPS);
    grant = got(&world.root, 0);
    assert_true(is_same(grant, derived(grant, CAP_RIGHTS_READ)));
    assert_false(is_same(grant, piece(grant, 0, 32)));
    assert_false(is_same(grant, piece(grant, 32, 32)));
    must_ask(world.irqcontrol, IRQCONTROL_LABEL_ISSUE, WORDS(3, 4), NO_CAPS);
    lines = got(&world.root, 0);
    assert_true(is_same(lines, derived(lines, CAP_RIGHTS_MANAGE)));
    assert_false(is_same(lines, piece(lines, 0, 2)));
    assert_true(is_same(world.ioport, derived(world.ioport, CAP_RIGHTS_READ)));
    assert_false(is_same(world.ioport, piece(world.ioport, 0, 8)));
}

/* A handle that the slot will have when it is used again names nothing yet. */
static void handles_of_the_future_are_refused(void **state)
{
    cap_t gone = derived(endpoint("ep"), CAP_RIGHTS_ALL), next = gone + (1ull << CAP_INDEX_BITS);

    (void)state;
    deletes(gone);
    knows_its_space(&world.root);
    refuses(&world.root, world.root.self, CSPACE_LABEL_COMPARE, NO_WORDS, CAPS(world.vspace, next),
            EBADF, ARGUMENT_CAP(1));
    refuses(&world.root, world.root.self, CSPACE_LABEL_COMPARE, NO_WORDS,
            CAPS(world.vspace, world.vspace, gone), ESTALE, ARGUMENT_CAP(2));
}

static void inspect_goes_through_all(void **state)
{
    struct actor eve = stranger("eve", ACTIVE, 10);
    cap_t ep = endpoint("sixteen-letters!"), badged = minted(ep, 77, CAP_RIGHTS_CALL);
    cap_t hers = gives(&eve, badged, CAP_RIGHTS_ALL);
    char name[OBJECT_NAME_BYTES];

    (void)state;
    must_ask(eve.cspace, CSPACE_LABEL_INSPECT, WORDS(0), NO_CAPS);
    assert_int_equal(word(&world.root, 0), eve.self);
    assert_int_equal(word(&world.root, 1) & 0xff, OBJECT_CSPACE);
    must_ask(eve.cspace, CSPACE_LABEL_INSPECT, WORDS((eve.self & CAP_INDEX_MASK) + 1), NO_CAPS);
    assert_int_equal(word(&world.root, 0), hers);
    assert_int_equal(word(&world.root, 1), OBJECT_ENDPOINT | (uint64_t)CAP_RIGHTS_CALL << 32);
    assert_int_equal(word(&world.root, 2), 77);
    memcpy(name, &world.root.thread->context.words[3], sizeof(name));
    assert_memory_equal(name, "sixteen-letters!", sizeof(name));
    assert_int_equal(word(&world.root, 6), 0);
    refuses(&world.root, eve.cspace, CSPACE_LABEL_INSPECT, WORDS((hers & CAP_INDEX_MASK) + 1),
            NO_CAPS, ENOENT, ARGUMENT_WORD(0));
    must_ask(eve.cspace, CSPACE_LABEL_STATISTICS, NO_WORDS, NO_CAPS);
    assert_int_equal(word(&world.root, 0), SMALL);
    assert_int_equal(word(&world.root, 1), 2);
}

static void inspect_is_preemptible(void **state)
{
    cap_t space = make(OBJECT_CSPACE, 10, "empty"), ep = endpoint("ep");

    (void)state;
    for (unsigned i = 0; i < 1024; i++) /* as INSERT does */
        cap_copy(cspace_take(object_of(space)), slot_of(ep), CAP_RIGHTS_ALL);
    deletes(ep);
    host.pending = true;
    refuses(&world.root, space, CSPACE_LABEL_INSPECT, WORDS(0), NO_CAPS, ENOENT, ARGUMENT_WORD(0));
    assert_true(world.restarts >= 3);
}

/* No operation needs two rights so far; the lookup knows what that means. */
static void all_rights_are_needed(void **state)
{
    cap_t ep = endpoint("ep"), one = minted(ep, 1, CAP_RIGHTS_CALL);
    struct failure failure;

    (void)state;
    assert_non_null(cspace_lookup(space_of(&world.root), ep, OBJECT_ENDPOINT,
                                  CAP_RIGHTS_CALL | CAP_RIGHTS_RECV, ARGUMENT_HANDLE, &failure));
    assert_null(cspace_lookup(space_of(&world.root), one, OBJECT_ENDPOINT,
                              CAP_RIGHTS_CALL | CAP_RIGHTS_RECV, ARGUMENT_HANDLE, &failure));
    assert_int_equal(failure.error, EPERM);
    assert_int_equal(failure.expected, CAP_RIGHTS_CALL | CAP_RIGHTS_RECV);
    assert_int_equal(failure.found, CAP_RIGHTS_CALL);
}

/* Its last index is the reply tokens'. */
static void the_last_slot_of_the_largest(void **state)
{
    struct cspace largest = {.mask = (1ull << CSPACE_BITS_MAX) - 1, .slots_bits = CSPACE_BITS_MAX};

    (void)state;
    largest.free_first = CAP_TOKEN_INDEX;
    largest.fresh = (uint32_t)largest.mask - 1;
    assert_true(cspace_has_one(&largest));
    largest.fresh++;
    assert_false(cspace_has_one(&largest));
}

int run_cspace_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("CSPACE-1: a forged handle names nothing (EBADF)", forged_handles_are_nothing),
        TEST("CSPACE-2: a stale handle is told (ESTALE), also when its slot is used again",
             stale_handles_are_told),
        TEST("CSPACE-3: a handle of another type is EBADF, naming both types",
             wrong_types_are_told),
        TEST("CSPACE-4: a missing right is EPERM, naming it and those that are there",
             missing_rights_are_told),
        TEST("CSPACE-5: a slot whose generations are used up is retired", last_generation_retires),
        TEST("CSPACE-6: a full space answers ENOSPC until a slot is freed", full_space_is_told),
        TEST("CSPACE-7: a method that answers with a capability needs TAG_ACCEPT",
             answer_needs_acceptance),
        TEST("CSPACE-8: growing a space keeps its handles and gives new slots",
             growth_keeps_handles),
        TEST("CSPACE-9: a space grows past what one page table maps", growth_past_a_table),
        TEST("CSPACE-20: making, searching and deleting a space takes as long as it has used slots",
             large_is_quick),
        TEST("CSPACE-10: growing takes exactly the memory that is needed, unused and with Manage",
             growth_is_refused),
        TEST("CSPACE-11: new slots are empty whatever their memory held before",
             growth_starts_clean),
        TEST("CSPACE-12: memory given to a space is its own until it dies", gift_lasts_as_long),
        TEST("CSPACE-13: revoking memory given to a space takes the space, and stops its threads",
             revoked_gift_takes_the_space),
        TEST("CSPACE-14: there are as many spaces as windows, and windows come back",
             windows_come_back),
        TEST("CSPACE-15: each method of a CSpace needs its right, and an unknown one is ENOSYS",
             rights_of_methods),
        TEST("CSPACE-16: a method's capability must be there", capability_arguments_are_checked),
        TEST("CSPACE-17: INSPECT tells every capability in turn, then ENOENT",
             inspect_goes_through_all),
        TEST("CSPACE-22: COMPARE tells a range from a part of it",
             compare_tells_a_range_from_its_part),
        TEST("CSPACE-23: a handle that a free slot will give next is refused",
             handles_of_the_future_are_refused),
        TEST("CSPACE-19: COMPARE tells one object from another, whatever badge or rights",
             compare_tells_one_object_from_another),
        TEST("CSPACE-24: the last slot of the largest space is never handed out",
             the_last_slot_of_the_largest),
        TEST("CSPACE-21: of two rights that are needed one is not enough", all_rights_are_needed),
        TEST("CSPACE-18: INSPECT of an emptied space is preemptible and ends",
             inspect_is_preemptible),
    };

    return cmocka_run_group_tests_name("cspace", tests, NULL, NULL);
}
