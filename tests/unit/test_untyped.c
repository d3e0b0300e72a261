/* test_untyped.c - Untyped memory and retype: every object, every size, every error. */

#include <myelin/idl/cspace_types.h>
#include <myelin/idl/untyped_types.h>
#include <string.h>

#include "world.h"

int run_untyped_tests(void);

static bool is_filled(const void *memory, int byte, uint64_t bytes)
{
    const unsigned char *at = memory;

    for (uint64_t i = 0; i < bytes; i++)
        if (at[i] != byte)
            return false;
    return true;
}

static uint64_t physical_of(cap_t cap)
{
    const struct slot *slot = slot_of(cap);

    if (slot->type == OBJECT_UNTYPED || slot->type == OBJECT_FRAME)
        return slot->object;
    return arch_physical(slot_object(slot));
}

static uint64_t bytes_used(cap_t untyped)
{
    must_ask(untyped, UNTYPED_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    return word(&world.root, 1);
}

static void objects_are_aligned(void **state)
{
    static const struct {
        unsigned type;
        uint64_t size;
        unsigned size_bits;
    } kinds[] = {
        {OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN, 8},
        {OBJECT_FRAME, 12, 12},
        {OBJECT_NOTIFICATION, 0, 8},
        {OBJECT_UNTYPED, 16, 16},
        {OBJECT_SCHEDCONTEXT, 0, 9},
        {OBJECT_THREAD, 0, 12},
        {OBJECT_VSPACE, 0, 13},
        {OBJECT_CSPACE, 6, 14},
        {OBJECT_FRAME, 21, 21},
        {OBJECT_ENDPOINT, UNTYPED_ENDPOINT_CALL_ONLY, 8},
    };
    uint64_t end = 0;

    (void)state;
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        cap_t cap = make(kinds[i].type, kinds[i].size, "object");
        uint64_t base = physical_of(cap);

        assert_int_equal(slot_of(cap)->type, kinds[i].type);
        assert_int_equal(slot_of(cap)->owner, 1);
        assert_int_equal(base % (1ull << kinds[i].size_bits), 0);
        assert_true(base >= end);
        end = base + (1ull << kinds[i].size_bits);
        assert_int_equal(bytes_used(world.memory), end - slot_of(world.memory)->object);
    }
}

static void sizes_are_checked(void **state)
{
    static const struct {
        uint64_t type, size;
        error_t error;
        uint64_t argument;
    } refused[] = {
        {OBJECT_UNTYPED, 11, EINVAL, ARGUMENT_WORD(1)},
        {OBJECT_UNTYPED, 23, ERANGE, ARGUMENT_WORD(1)},
        {OBJECT_UNTYPED, 48, EINVAL, ARGUMENT_WORD(1)},
        {OBJECT_FRAME, 13, EINVAL, ARGUMENT_WORD(1)},
        {OBJECT_FRAME, 30, EINVAL, ARGUMENT_WORD(1)},
        {OBJECT_CSPACE, 5, EINVAL, ARGUMENT_WORD(1)},
        {OBJECT_CSPACE, 25, EINVAL, ARGUMENT_WORD(1)},
        {OBJECT_CSPACE, UINT64_MAX, EINVAL, ARGUMENT_WORD(1)},
        {OBJECT_ENDPOINT, 2, EINVAL, ARGUMENT_WORD(1)},
        {OBJECT_NOTIFICATION, 1, EINVAL, ARGUMENT_WORD(1)},
        {OBJECT_THREAD, 1, EINVAL, ARGUMENT_WORD(1)},
        {OBJECT_VSPACE, 1, EINVAL, ARGUMENT_WORD(1)},
        {OBJECT_SCHEDCONTEXT, 1, EINVAL, ARGUMENT_WORD(1)},
        {OBJECT_NONE, 0, EINVAL, ARGUMENT_WORD(0)},
        {OBJECT_CPU, 0, EINVAL, ARGUMENT_WORD(0)},
        {OBJECT_REPLY, 0, EINVAL, ARGUMENT_WORD(0)},
        {OBJECT_TYPES, 0, EINVAL, ARGUMENT_WORD(0)},
        {UINT64_MAX, 12, EINVAL, ARGUMENT_WORD(0)},
        {OBJECT_CHANNEL, 0, ERANGE, ARGUMENT_WORD(1)},
        {OBJECT_WAITSET, 0, EINVAL, ARGUMENT_WORD(1)},
        {OBJECT_MEMORYGRANT, 0, ENOTSUP, ARGUMENT_WORD(0)},
        {OBJECT_IOSPACE, 0, ENOTSUP, ARGUMENT_WORD(0)},
        {OBJECT_CSPACE, 24, ENOMEM, ARGUMENT_HANDLE},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        refuses(&world.root, world.memory, UNTYPED_LABEL_RETYPE,
                NEW(refused[i].type, refused[i].size), NO_CAPS, refused[i].error,
                refused[i].argument);
    assert_int_equal(bytes_used(world.memory), 0);
}

static void memory_ends(void **state)
{
    cap_t small = make(OBJECT_UNTYPED, 13, "");

    (void)state;
    make_from(small, OBJECT_FRAME, 12, "");
    make_from(small, OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN, "");
    refuses(&world.root, small, UNTYPED_LABEL_RETYPE, NEW(OBJECT_FRAME, 12), NO_CAPS, ENOMEM,
            ARGUMENT_HANDLE);
    assert_int_equal(word(&world.root, 1), PAGE_BYTES);
    assert_int_equal(word(&world.root, 2), PAGE_BYTES - 256);
    refuses(&world.root, small, UNTYPED_LABEL_RETYPE, NEW(OBJECT_UNTYPED, 12), NO_CAPS, ENOMEM,
            ARGUMENT_HANDLE);
}

static void memory_starts_afresh(void **state)
{
    cap_t small = make(OBJECT_UNTYPED, 13, ""), first, second;

    (void)state;
    first = make_from(small, OBJECT_FRAME, 12, "");
    second = make_from(small, OBJECT_FRAME, 12, "");
    deletes(second);
    refuses(&world.root, small, UNTYPED_LABEL_RETYPE, NEW(OBJECT_FRAME, 12), NO_CAPS, ENOMEM,
            ARGUMENT_HANDLE);
    deletes(first);
    assert_int_equal(bytes_used(small), 0);
    make_from(small, OBJECT_FRAME, 12, "");
    make_from(small, OBJECT_FRAME, 12, "");
}

static void memory_is_zero(void **state)
{
    cap_t small = make(OBJECT_UNTYPED, 22, ""), frame;

    (void)state;
    for (unsigned round = 0; round < 3; round++) {
        frame = make_from(small, OBJECT_FRAME, round == 1 ? 12 : 21, "");
        assert_true(
            is_filled(arch_memory(physical_of(frame)), 0, 1ull << slot_of(frame)->size_bits));
        memset(arch_memory(physical_of(frame)), 0x5a, 1ull << slot_of(frame)->size_bits);
        deletes(frame);
    }
}

static void zeroing_is_preemptible(void **state)
{
    cap_t frame;

    (void)state;
    host.pending = true;
    frame = make(OBJECT_FRAME, 21, "");
    host.pending = false;
    assert_true(world.restarts >= 16);
    assert_true(is_filled(arch_memory(physical_of(frame)), 0, LARGE_PAGE_BYTES));
}

/* While a large piece is being zeroed, somebody else takes a small one and dirties it. */
static cap_t intruder_memory, intruder_frame;

static void intrude(void)
{
    if (world.restarts != 3)
        return;
    world.meanwhile = NULL;
    host.pending = false;
    intruder_frame = make_from(intruder_memory, OBJECT_FRAME, 12, "");
    memset(arch_memory(physical_of(intruder_frame)), 0x5a, PAGE_BYTES);
}

static void intruded_zeroing_is_whole(void **state)
{
    struct actor eve = person("eve", ACTIVE, 32);

    (void)state;
    intruder_memory = make_from(world.huge, OBJECT_UNTYPED, 24, "");
    memset(arch_memory(physical_of(intruder_memory)), 0xa5, 1ull << 24);
    make_from(intruder_memory, OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN, "");
    host.pending = true;
    world.meanwhile = intrude;
    assert_int_equal(
        asks(&eve, intruder_memory, UNTYPED_LABEL_RETYPE, NEW(OBJECT_FRAME, 21), NO_CAPS), SUCCESS);
    host.pending = false;
    assert_true(is_filled(arch_memory(physical_of(got(&eve, 0))), 0, LARGE_PAGE_BYTES));
    assert_true(is_filled(arch_memory(physical_of(intruder_frame)), 0x5a, PAGE_BYTES));
}

static void pieces_of_untyped_are_not_zeroed(void **state)
{
    cap_t piece;

    (void)state;
    host.pending = true;
    piece = make(OBJECT_UNTYPED, 22, "");
    assert_int_equal(world.restarts, 0);
    assert_true(is_filled(arch_memory(physical_of(piece)), 0xa5, 1ull << 22));
}

static void device_gives_frames_only(void **state)
{
    cap_t frame, again;

    (void)state;
    must_ask(world.device, UNTYPED_LABEL_RETYPE, WORDS(OBJECT_FRAME, 12, 0, 0, 0x3000), NO_CAPS);
    frame = got(&world.root, 0);
    assert_int_equal(physical_of(frame), WORLD_DEVICE + 0x3000);
    assert_int_equal(slot_of(frame)->device, 1);
    must_ask(world.device, UNTYPED_LABEL_RETYPE, WORDS(OBJECT_FRAME, 12, 0, 0, 0x3000), NO_CAPS);
    again = got(&world.root, 0);
    assert_int_equal(physical_of(again), physical_of(frame));
    refuses(&world.root, world.device, UNTYPED_LABEL_RETYPE, NEW(OBJECT_ENDPOINT, 0), NO_CAPS,
            EINVAL, ARGUMENT_WORD(0));
    refuses(&world.root, world.device, UNTYPED_LABEL_RETYPE, NEW(OBJECT_UNTYPED, 12), NO_CAPS,
            EINVAL, ARGUMENT_WORD(0));
    refuses(&world.root, world.device, UNTYPED_LABEL_RETYPE,
            WORDS(OBJECT_FRAME, 12, 0, 0, WORLD_DEVICE_BYTES), NO_CAPS, ERANGE, ARGUMENT_WORD(4));
    refuses(&world.root, world.device, UNTYPED_LABEL_RETYPE, WORDS(OBJECT_FRAME, 12, 0, 0, 0x800),
            NO_CAPS, ERANGE, ARGUMENT_WORD(4));
    refuses(&world.root, world.device, UNTYPED_LABEL_RETYPE, WORDS(OBJECT_FRAME, 21, 0, 0, 0),
            NO_CAPS, ERANGE, ARGUMENT_WORD(4));
}

static void device_is_never_touched(void **state)
{
    (void)state;
    memset(arch_memory(WORLD_DEVICE), 0x77, WORLD_DEVICE_BYTES);
    for (uint64_t at = 0; at < WORLD_DEVICE_BYTES; at += PAGE_BYTES)
        must_ask(world.device, UNTYPED_LABEL_RETYPE, WORDS(OBJECT_FRAME, 12, 0, 0, at), NO_CAPS);
    revokes(world.device);
    assert_true(is_filled(arch_memory(WORLD_DEVICE), 0x77, WORLD_DEVICE_BYTES));
}

static void retype_needs_manage(void **state)
{
    struct actor eve = stranger("eve", ACTIVE, 10);
    cap_t memory = make(OBJECT_UNTYPED, 16, ""), hers;

    (void)state;
    must_ask(eve.cspace, CSPACE_LABEL_INSERT, NO_WORDS, CAP_HOW(memory, CAP_MOVE));
    hers = word(&world.root, 0);
    slot_in(&eve, hers)->rights = CAP_RIGHTS_READ;
    refuses(&eve, hers, UNTYPED_LABEL_RETYPE, NEW(OBJECT_FRAME, 12), NO_CAPS, EPERM,
            ARGUMENT_HANDLE);
    refuses(&eve, hers, LABEL(1, 9), NO_WORDS, NO_CAPS, ENOSYS, ARGUMENT_TAG);
}

static void destroyed_untyped_takes_all(void **state)
{
    cap_t outer = make(OBJECT_UNTYPED, 20, ""), inner = make_from(outer, OBJECT_UNTYPED, 16, "");
    cap_t ep = make_from(inner, OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN, "ep");
    cap_t copy = derived(ep, CAP_RIGHTS_ALL), frame = make_from(inner, OBJECT_FRAME, 12, "");

    (void)state;
    deletes(outer);
    assert_true(is_gone(&world.root, outer));
    assert_true(is_gone(&world.root, inner));
    assert_true(is_gone(&world.root, ep));
    assert_true(is_gone(&world.root, copy));
    assert_true(is_gone(&world.root, frame));
}

static void inspect_tells(void **state)
{
    cap_t small = make(OBJECT_UNTYPED, 13, "");

    (void)state;
    must_ask(small, UNTYPED_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    assert_int_equal(word(&world.root, 0), 1 << 13);
    assert_int_equal(word(&world.root, 1), 0);
    assert_int_equal(word(&world.root, 2), 0);
    assert_int_equal(word(&world.root, 3), 0);
    make_from(small, OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN, "");
    must_ask(small, UNTYPED_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    assert_int_equal(word(&world.root, 1), 256);
    assert_int_equal(word(&world.root, 2), 1);
    must_ask(world.device, UNTYPED_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    assert_int_equal(word(&world.root, 3), 1);
}

static void boot_gives_all_of_it(void **state)
{
    const struct slot *whole = slot_of(world.huge);

    (void)state;
    assert_int_equal(whole->data, 0);
    assert_int_equal(slot_of(make_from(world.huge, OBJECT_UNTYPED, 21, ""))->object, whole->object);
}

int run_untyped_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("UNTYPED-1: every kind of object lies aligned to its size, one behind the other",
             objects_are_aligned),
        TEST("UNTYPED-2: a wrong type or size is refused and takes no memory", sizes_are_checked),
        TEST("UNTYPED-3: memory that does not suffice is ENOMEM, naming what is needed and left",
             memory_ends),
        TEST("UNTYPED-4: memory starts afresh when nothing made of it is left",
             memory_starts_afresh),
        TEST("UNTYPED-5: a frame is zero, whatever its memory held before", memory_is_zero),
        TEST("UNTYPED-6: zeroing is preempted at every point and complete at the end",
             zeroing_is_preemptible),
        TEST("UNTYPED-7: what is made meanwhile is neither zeroed nor handed out twice",
             intruded_zeroing_is_whole),
        TEST("UNTYPED-8: a piece of Untyped costs no zeroing", pieces_of_untyped_are_not_zeroed),
        TEST("UNTYPED-9: device memory gives frames at their addresses, and nothing else",
             device_gives_frames_only),
        TEST("UNTYPED-10: device memory is never read or written", device_is_never_touched),
        TEST("UNTYPED-11: RETYPE needs Manage, and an unknown method is ENOSYS",
             retype_needs_manage),
        TEST("UNTYPED-12: an Untyped that is deleted takes all that was made of it",
             destroyed_untyped_takes_all),
        TEST("UNTYPED-13: INSPECT tells size, use, children and whether it is a device",
             inspect_tells),
        TEST("UNTYPED-25: nothing of an Untyped that boot gives is used", boot_gives_all_of_it),
    };

    return cmocka_run_group_tests_name("untyped", tests, NULL, NULL);
}
