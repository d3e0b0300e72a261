/* test_memorygrant.c - a range of an address space as a capability, for copying through. */

#include <myelin/idl/cspace_types.h>
#include <myelin/idl/memorygrant_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/vspace_types.h>
#include <string.h>

#include "world.h"

int run_memorygrant_tests(void);

#define BYTES   (2 * PAGE_BYTES)
#define MISSING 0x500000000ull
#define ODD     123
#define BOTH    (CAP_RIGHTS_READ | CAP_RIGHTS_WRITE)

/* Two pages of the granter's (root's), one behind the other, and two of the holder's. */
struct granting {
    struct actor holder;
    uint64_t lent, own;
    cap_t grant; /* root's */
    cap_t held;  /* the holder's copy */
    cap_t last_page;
};

static char *bytes_at(uint64_t address)
{
    return user_memory(object_of(world.vspace), address);
}

static cap_t granted(uint64_t base, uint64_t length, uint64_t rights)
{
    must_ask(world.vspace, VSPACE_LABEL_GRANT, WORDS(base, length, rights), NO_CAPS);
    return got(&world.root, 0);
}

static struct granting granting(uint64_t offset, uint64_t length, uint64_t rights)
{
    struct granting g = {.holder = stranger("holder", ACTIVE, 20)};
    uint64_t second;

    mapped_frame(&g.lent);
    g.last_page = mapped_frame(&second);
    mapped_frame(&g.own);
    mapped_frame(&second);
    g.grant = granted(g.lent + offset, length, rights);
    g.held = gives(&g.holder, g.grant, CAP_RIGHTS_ALL);
    return g;
}

static error_t copies(struct granting *g, cap_t grant, uint32_t method, uint64_t offset,
                      uint64_t length)
{
    return asks(&g->holder, grant, method, WORDS(offset, length, g->own), NO_CAPS);
}

static void range_is_copied_both_ways(void **state)
{
    struct granting g = granting(ODD, BYTES - ODD, BOTH);

    (void)state;
    memset(bytes_at(g.lent), 'a', PAGE_BYTES);
    memset(bytes_at(g.lent + PAGE_BYTES), 'b', PAGE_BYTES);
    assert_int_equal(copies(&g, g.held, MEMORYGRANT_LABEL_READ, 0, PAGE_BYTES), SUCCESS);
    assert_int_equal(word(&g.holder, 0), PAGE_BYTES);
    assert_int_equal(bytes_at(g.own)[PAGE_BYTES - ODD - 1], 'a');
    assert_int_equal(bytes_at(g.own)[PAGE_BYTES - ODD], 'b');
    memcpy(bytes_at(g.own), "written", 7);
    assert_int_equal(copies(&g, g.held, MEMORYGRANT_LABEL_WRITE, 1, 7), SUCCESS);
    assert_memory_equal(bytes_at(g.lent + ODD), "awrittena", 9);
}

static void copying_is_preemptible(void **state)
{
    struct granting g = granting(0, BYTES, BOTH);

    (void)state;
    memset(bytes_at(g.lent), 'a', PAGE_BYTES);
    memset(bytes_at(g.lent + PAGE_BYTES), 'b', PAGE_BYTES);
    host.pending = true;
    assert_int_equal(copies(&g, g.held, MEMORYGRANT_LABEL_READ, ODD, BYTES - ODD), SUCCESS);
    assert_true(world.restarts >= 2);
    assert_int_equal(word(&g.holder, 0), BYTES - ODD);
    assert_int_equal(bytes_at(g.own + PAGE_BYTES)[PAGE_BYTES - ODD - 1], 'b');
}

static cap_t dying;

static void grant_is_revoked(void)
{
    cap_t grant = dying;

    dying = CAP_NULL;
    if (grant)
        revokes(grant);
}

static void revoked_in_the_middle_of_a_copy(void **state)
{
    struct granting g = granting(0, BYTES, BOTH);

    (void)state;
    dying = g.grant;
    host.pending = true;
    world.meanwhile = grant_is_revoked;
    assert_int_equal(copies(&g, g.held, MEMORYGRANT_LABEL_READ, 0, BYTES), ESTALE);
    assert_int_equal(dying, CAP_NULL);
    assert_true(is_gone(&g.holder, g.held));
}

static void bounds_are_kept(void **state)
{
    struct granting g = granting(10, 100, BOTH);

    (void)state;
    assert_int_equal(copies(&g, g.held, MEMORYGRANT_LABEL_READ, 0, 99), SUCCESS);
    assert_int_equal(copies(&g, g.held, MEMORYGRANT_LABEL_READ, 0, 100), SUCCESS);
    assert_int_equal(copies(&g, g.held, MEMORYGRANT_LABEL_READ, 100, 0), SUCCESS);
    assert_int_equal(copies(&g, g.held, MEMORYGRANT_LABEL_READ, 0, 101), ERANGE);
    assert_int_equal(word(&g.holder, 0), ARGUMENT_WORD(0));
    assert_int_equal(copies(&g, g.held, MEMORYGRANT_LABEL_WRITE, 101, 0), ERANGE);
    assert_int_equal(copies(&g, g.held, MEMORYGRANT_LABEL_READ, UINT64_MAX, 2), ERANGE);
    assert_int_equal(copies(&g, g.held, MEMORYGRANT_LABEL_READ, 1, UINT64_MAX), ERANGE);
    refuses(&g.holder, g.held, MEMORYGRANT_LABEL_READ, WORDS(0, 1, USER_ADDRESS_END), NO_CAPS,
            EFAULT, ARGUMENT_WORD(2));
    refuses(&g.holder, g.held, LABEL(13, 9), NO_WORDS, NO_CAPS, ENOSYS, ARGUMENT_TAG);
}

static void directions_are_kept(void **state)
{
    struct granting g = granting(0, 100, BOTH);
    cap_t read = gives(&g.holder, g.grant, CAP_RIGHTS_READ);
    cap_t write = gives(&g.holder, g.grant, CAP_RIGHTS_WRITE);

    (void)state;
    assert_int_equal(copies(&g, read, MEMORYGRANT_LABEL_READ, 0, 8), SUCCESS);
    assert_int_equal(copies(&g, read, MEMORYGRANT_LABEL_WRITE, 0, 8), EPERM);
    assert_int_equal(copies(&g, write, MEMORYGRANT_LABEL_WRITE, 0, 8), SUCCESS);
    assert_int_equal(copies(&g, write, MEMORYGRANT_LABEL_READ, 0, 8), EPERM);
}

static void only_own_memory_is_granted(void **state)
{
    const uint64_t end = USER_ADDRESS_END;
    const struct {
        uint64_t base, length, rights;
        error_t error;
        uint64_t argument;
    } refused[] = {
        {PAGE_BYTES, 0, BOTH, EINVAL, ARGUMENT_WORD(1)},
        {PAGE_BYTES, 1, 0, EINVAL, ARGUMENT_WORD(2)},
        {PAGE_BYTES, 1, BOTH | CAP_RIGHTS_EXECUTE, EINVAL, ARGUMENT_WORD(2)},
        {PAGE_BYTES, 1, 1ull << 32 | BOTH, EINVAL, ARGUMENT_WORD(2)},
        {end, 1, BOTH, ERANGE, ARGUMENT_WORD(0)},
        {0, end + 1, BOTH, ERANGE, ARGUMENT_WORD(0)},
        {UINT64_MAX, 2, BOTH, ERANGE, ARGUMENT_WORD(0)},
        {1, UINT64_MAX, BOTH, ERANGE, ARGUMENT_WORD(0)},
    };
    cap_t weak = derived(world.vspace, CAP_RIGHTS_ALL & ~CAP_RIGHTS_GRANT);

    (void)state;
    for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        refuses(&world.root, world.vspace, VSPACE_LABEL_GRANT,
                WORDS(refused[i].base, refused[i].length, refused[i].rights), NO_CAPS,
                refused[i].error, refused[i].argument);
    granted(end - 1, 1, BOTH);
    granted(0, end, BOTH);
    refuses(&world.root, weak, VSPACE_LABEL_GRANT, WORDS(0, 1, BOTH), NO_CAPS, EPERM,
            ARGUMENT_HANDLE);
}

/* The range is packed into what the slot has left: all its bits come back. */
static void any_range_fits_the_slot(void **state)
{
    const uint64_t ranges[][2] = {{0, 1},
                                  {0, USER_ADDRESS_END},
                                  {USER_ADDRESS_END - 1, 1},
                                  {0x123456789abc, 0x2cba98765432},
                                  {0xffff, 0x10000},
                                  {1, 0xffffffffffff >> 1}};

    (void)state;
    for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        struct slot slot = {0};

        memorygrant_set_range(&slot, ranges[i][0], ranges[i][1]);
        assert_int_equal(memorygrant_base(&slot), ranges[i][0]);
        assert_int_equal(memorygrant_length(&slot), ranges[i][1]);
    }
}

static void parts_are_derived(void **state)
{
    struct granting g = granting(0, BYTES, BOTH);
    cap_t part;

    (void)state;
    memcpy(bytes_at(g.lent + 100), "abcdefgh", 8);
    assert_int_equal(asks(&g.holder, g.holder.self, CSPACE_LABEL_DERIVE,
                          WORDS(CAP_RIGHTS_READ, 100, 8), CAPS(g.held)),
                     SUCCESS);
    part = got(&g.holder, 0);
    assert_int_equal(copies(&g, part, MEMORYGRANT_LABEL_READ, 2, 6), SUCCESS);
    assert_memory_equal(bytes_at(g.own), "cdefgh", 6);
    assert_int_equal(copies(&g, part, MEMORYGRANT_LABEL_READ, 2, 7), ERANGE);
    assert_int_equal(copies(&g, part, MEMORYGRANT_LABEL_WRITE, 0, 1), EPERM);
    assert_int_equal(
        asks(&g.holder, g.holder.self, CSPACE_LABEL_DERIVE, WORDS(BOTH, 1, 8), CAPS(part)), ERANGE);
    assert_int_equal(
        asks(&g.holder, g.holder.self, CSPACE_LABEL_DERIVE, WORDS(BOTH, UINT64_MAX, 2), CAPS(part)),
        ERANGE);
    assert_int_equal(
        asks(&g.holder, g.holder.self, CSPACE_LABEL_DERIVE, WORDS(BOTH, 7, 1), CAPS(part)),
        SUCCESS);
    part = got(&g.holder, 0);
    assert_int_equal(asks(&g.holder, part, MEMORYGRANT_LABEL_INSPECT, NO_WORDS, NO_CAPS), SUCCESS);
    assert_int_equal(word(&g.holder, 0), 1);
    assert_int_equal(word(&g.holder, 1), CAP_RIGHTS_READ);
    revokes(g.grant);
    assert_true(is_gone(&g.holder, part));
}

static void granters_missing_page_is_told(void **state)
{
    struct granting g = granting(0, BYTES, BOTH);

    (void)state;
    must_ask(world.vspace, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(g.last_page));
    assert_int_equal(copies(&g, g.held, MEMORYGRANT_LABEL_READ, 1, BYTES - 1), EFAULT);
    assert_int_equal(word(&g.holder, 0), ARGUMENT_PARTNER);
    assert_int_equal(word(&g.holder, 2), PAGE_BYTES - 1);
}

static void read_only_page_is_not_written(void **state)
{
    struct granting g = granting(0, BYTES, BOTH);

    (void)state;
    must_ask(world.vspace, VSPACE_LABEL_PROTECT, WORDS(CAP_RIGHTS_READ), CAPS(g.last_page));
    assert_int_equal(copies(&g, g.held, MEMORYGRANT_LABEL_WRITE, PAGE_BYTES, 8), EFAULT);
    assert_int_equal(word(&g.holder, 0), ARGUMENT_PARTNER);
}

static void own_missing_page_is_a_fault(void **state)
{
    struct granting g = granting(0, BYTES, BOTH);
    struct actor pager = person("pager", ACTIVE, 20);
    cap_t faults = call_only("faults"), page = make(OBJECT_FRAME, PAGE_SIZE_BITS, "");

    (void)state;
    must_ask(g.holder.cap, THREAD_LABEL_SET_HANDLER, NO_WORDS, CAPS(faults));
    receives(&pager, faults);
    memset(bytes_at(g.lent), 'x', PAGE_BYTES);
    calls(&g.holder, g.held, .label = MEMORYGRANT_LABEL_READ, .words = WORDS(0, 16, MISSING));
    assert_state(&g.holder, THREAD_WAITS_REPLY);
    assert_int_equal(word(&pager, 0), MISSING);
    must_ask(world.vspace, VSPACE_LABEL_MAP, WORDS(MISSING, BOTH), CAPS(page));
    replies(&pager, .token = token(&pager));
    again(&g.holder);
    assert_status(&g.holder, SUCCESS);
    assert_memory_equal(bytes_at(MISSING), "xxxxxxxxxxxxxxxx", 16);
}

/* A granter with a space of its own, of which the holder has a grant; the space ends. */
static void grant_dies_with_the_granter(void **state)
{
    struct actor holder = stranger("holder", ACTIVE, 20);
    cap_t space = make(OBJECT_VSPACE, 0, "granter"), other = derived(space, CAP_RIGHTS_ALL);
    cap_t held, third;

    (void)state;
    must_ask(other, VSPACE_LABEL_GRANT, WORDS(PAGE_BYTES, 10, BOTH), NO_CAPS);
    held = gives(&holder, got(&world.root, 0), CAP_RIGHTS_ALL);
    deletes(other); /* a capability in between: its children stay */
    assert_false(is_gone(&holder, held));
    assert_int_equal(asks(&holder, held, MEMORYGRANT_LABEL_READ, WORDS(0, 1, PAGE_BYTES), NO_CAPS),
                     EFAULT);
    must_ask(space, VSPACE_LABEL_GRANT, WORDS(PAGE_BYTES, 10, BOTH), NO_CAPS);
    third = gives(&holder, got(&world.root, 0), CAP_RIGHTS_ALL);
    deletes(space);
    assert_true(is_gone(&holder, held));
    assert_true(is_gone(&holder, third));
}

static void server_finds_whose_it_is(void **state)
{
    cap_t space = make(OBJECT_VSPACE, 0, "other");
    cap_t grant = granted(0x12345, 10, BOTH), foreign;
    uint64_t identity;

    (void)state;
    must_ask(grant, MEMORYGRANT_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    assert_int_equal(word(&world.root, 0), 10);
    assert_int_equal(word(&world.root, 1), BOTH);
    identity = word(&world.root, 2);
    must_ask(world.vspace, VSPACE_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    assert_int_equal(word(&world.root, 3), identity);
    must_ask(world.vspace, VSPACE_LABEL_LOCATE, NO_WORDS, CAPS(grant));
    assert_int_equal(word(&world.root, 0), 0x12345);
    must_ask(space, VSPACE_LABEL_GRANT, WORDS(0, 1, BOTH), NO_CAPS);
    foreign = got(&world.root, 0);
    refuses(&world.root, world.vspace, VSPACE_LABEL_LOCATE, NO_WORDS, CAPS(foreign), ENOENT,
            ARGUMENT_CAP(0));
    refuses(&world.root, world.vspace, VSPACE_LABEL_LOCATE, NO_WORDS, CAPS(space), EINVAL,
            ARGUMENT_CAP(0));
}

/* Within one page, both ways, and from each byte onto the next: that fills. */
static void overlapping_ranges(void **state)
{
    static const int64_t distances[] = {1, 8, -1, -100};
    uint64_t length = PAGE_BYTES - 200;
    cap_t grant;
    uint64_t at;

    (void)state;
    mapped_frame(&at);
    grant = granted(at, PAGE_BYTES, BOTH);
    for (unsigned n = 0; n < 4; n++) {
        char expected[PAGE_BYTES], *page = bytes_at(at);

        for (uint64_t i = 0; i < PAGE_BYTES; i++)
            expected[i] = page[i] = (char)(i * 7 + i / 256);
        for (uint64_t i = 0; i < length; i++)
            expected[100 + distances[n] + (int64_t)i] = expected[100 + i];
        must_ask(grant, MEMORYGRANT_LABEL_READ,
                 WORDS(100, length, at + 100 + (uint64_t)distances[n]), NO_CAPS);
        assert_memory_equal(page, expected, PAGE_BYTES);
    }
}

int run_memorygrant_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("MGRANT-1: a granted range is copied from and to, over page borders",
             range_is_copied_both_ways),
        TEST("MGRANT-2: copying by a grant is preempted on its way and complete at the end",
             copying_is_preemptible),
        TEST("MGRANT-3: a grant that is revoked in the middle of a copy is ESTALE",
             revoked_in_the_middle_of_a_copy),
        TEST("MGRANT-4: nothing outside of the range is reached", bounds_are_kept),
        TEST("MGRANT-5: what is granted for one direction is not used in the other",
             directions_are_kept),
        TEST("MGRANT-6: a grant needs Grant, rights, bytes, and the user's addresses",
             only_own_memory_is_granted),
        TEST("MGRANT-7: any range fits into the slot", any_range_fits_the_slot),
        TEST("MGRANT-8: a part, with fewer rights, is derived, and goes with what it is of",
             parts_are_derived),
        TEST("MGRANT-9: a page that the granter lacks is EFAULT, with the bytes that were done",
             granters_missing_page_is_told),
        TEST("MGRANT-10: what the granter can only read is not written for him",
             read_only_page_is_not_written),
        TEST("MGRANT-11: a page that the holder lacks is its own page fault, and then it goes on",
             own_missing_page_is_a_fault),
        TEST("MGRANT-12: a grant outlives the capability that it was made with, but not the space",
             grant_dies_with_the_granter),
        TEST("MGRANT-13: a memory server learns whose it is and, with the space, where it lies",
             server_finds_whose_it_is),
        TEST("MGRANT-14: copied onto what it overlaps it is as if byte by byte",
             overlapping_ranges),
    };

    return cmocka_run_group_tests_name("memorygrant", tests, NULL, NULL);
}
