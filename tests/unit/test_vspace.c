/* test_vspace.c - address spaces and Frames: what is mapped where, with which rights. */

#include <myelin/idl/cspace_types.h>
#include <myelin/idl/frame_types.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/idl/vspace_types.h>
#include <string.h>

#include "world.h"

int run_vspace_tests(void);

#define RW      (CAP_RIGHTS_READ | CAP_RIGHTS_WRITE)
#define RX      (CAP_RIGHTS_READ | CAP_RIGHTS_EXECUTE)
#define ADDRESS 0x40000000ull

static cap_t page(void)
{
    return make(OBJECT_FRAME, PAGE_SIZE_BITS, "");
}

static cap_t new_space(unsigned pool_pages)
{
    cap_t space = make(OBJECT_VSPACE, 0, "space");

    for (unsigned i = 0; i < pool_pages; i++)
        must_ask(space, VSPACE_LABEL_GIVE, NO_WORDS, CAPS(make(OBJECT_UNTYPED, 12, "")));
    return space;
}

static void maps(cap_t space, cap_t frame, uint64_t address, uint64_t rights)
{
    must_ask(space, VSPACE_LABEL_MAP, WORDS(address, rights), CAPS(frame));
}

static void map_is_refused(cap_t space, cap_t frame, uint64_t address, uint64_t rights,
                           error_t error, uint64_t argument)
{
    refuses(&world.root, space, VSPACE_LABEL_MAP, WORDS(address, rights), CAPS(frame), error,
            argument);
}

static void entries_say_what_is_allowed(void **state)
{
    static const struct {
        unsigned rights;
        uint64_t set, clear;
    } kinds[] = {
        {CAP_RIGHTS_READ, PTE_PRESENT | PTE_USER | PTE_NO_EXECUTE, PTE_WRITE | PTE_CACHE_DISABLE},
        {RW, PTE_PRESENT | PTE_USER | PTE_WRITE | PTE_NO_EXECUTE, 0},
        {RX, PTE_PRESENT | PTE_USER, PTE_WRITE | PTE_NO_EXECUTE},
    };
    cap_t space = new_space(4);

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        cap_t frame = page();
        uint64_t entry;

        maps(space, frame, ADDRESS + i * PAGE_BYTES, kinds[i].rights);
        entry = user_entry(object_of(space), ADDRESS + i * PAGE_BYTES);
        assert_int_equal(entry & kinds[i].set, kinds[i].set);
        assert_int_equal(entry & kinds[i].clear, 0);
        assert_true(pte_address(entry) == slot_of(frame)->object);
    }
}

#define TENANTS 20

/* So many threads have their UTCBs in one Frame; unmapping stops one of them a step. */
static void unmap_stops_in_steps(void **state)
{
    cap_t frame = make(OBJECT_FRAME, LARGE_PAGE_SIZE_BITS, ""), threads[TENANTS];

    (void)state;
    maps(world.vspace, frame, ADDRESS, RW);
    for (unsigned i = 0; i < TENANTS; i++) {
        threads[i] = make(OBJECT_THREAD, 0, "tenant");
        must_ask(threads[i], THREAD_LABEL_CONFIGURE, WORDS(ADDRESS + i * UTCB_SIZE),
                 CAPS(world.root.cspace, world.vspace, frame));
    }
    host.pending = true;
    must_ask(world.vspace, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(frame));
    assert_int_equal(world.restarts, TENANTS);
    assert_int_equal(user_entry(object_of(world.vspace), ADDRESS), 0);
    for (unsigned i = 0; i < TENANTS; i++)
        assert_null(((struct thread *)object_of(threads[i]))->utcb);
}

static void unmap_takes_it_away(void **state)
{
    cap_t space = new_space(4), frame = page();

    (void)state;
    maps(space, frame, ADDRESS, RW);
    must_ask(space, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(frame));
    assert_int_equal(user_entry(object_of(space), ADDRESS), 0);
    assert_ptr_equal(host.invalidated.vspace, object_of(space));
    assert_int_equal(host.invalidated.address, ADDRESS);
    assert_int_equal(host.invalidated.bytes, PAGE_BYTES);
    refuses(&world.root, space, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(frame), ENOENT, ARGUMENT_CAP(0));
    maps(space, frame, ADDRESS, RX);
    deletes(frame);
    assert_int_equal(user_entry(object_of(space), ADDRESS), 0);
}

static void one_mapping_per_capability(void **state)
{
    cap_t space = new_space(4), frame = page(), second = derived(frame, CAP_RIGHTS_READ);

    (void)state;
    maps(space, frame, ADDRESS, RW);
    map_is_refused(space, frame, ADDRESS + PAGE_BYTES, RW, EBUSY, ARGUMENT_CAP(0));
    maps(space, second, ADDRESS + PAGE_BYTES, RW);
    assert_false(pte_writable(user_entry(object_of(space), ADDRESS + PAGE_BYTES)));
    map_is_refused(world.vspace, second, ADDRESS, RW, EBUSY, ARGUMENT_CAP(0));
    must_ask(space, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(frame));
    assert_true(pte_present(user_entry(object_of(space), ADDRESS + PAGE_BYTES)));
}

static void revoked_frames_are_unmapped(void **state)
{
    cap_t space = new_space(4), frame = page(), lent = derived(frame, CAP_RIGHTS_READ);

    (void)state;
    maps(space, frame, ADDRESS, RW);
    maps(space, lent, ADDRESS + PAGE_BYTES, CAP_RIGHTS_READ);
    revokes(frame);
    assert_true(pte_present(user_entry(object_of(space), ADDRESS)));
    assert_false(pte_present(user_entry(object_of(space), ADDRESS + PAGE_BYTES)));
}

static void bad_addresses_are_refused(void **state)
{
    static const uint64_t addresses[] = {
        0,
        1,
        ADDRESS + 0x800,
        USER_ADDRESS_END,
        USER_ADDRESS_END + PAGE_BYTES,
        0x800000000000,
        0xffff800000000000,
        UINT64_MAX - PAGE_BYTES + 1,
    };
    cap_t space = new_space(8), frame = page(), large = make(OBJECT_FRAME, 21, "");

    (void)state;
    for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        map_is_refused(space, frame, addresses[i], RW, EINVAL, ARGUMENT_WORD(0));
        map_is_refused(space, large, addresses[i], RW, EINVAL, ARGUMENT_WORD(0));
    }
    map_is_refused(space, large, USER_ADDRESS_END + PAGE_BYTES - LARGE_PAGE_BYTES, RW, EINVAL,
                   ARGUMENT_WORD(0));
    map_is_refused(space, large, ADDRESS + PAGE_BYTES, RW, EINVAL, ARGUMENT_WORD(0));
    maps(space, frame, USER_ADDRESS_END - PAGE_BYTES, RW);
}

static void rights_are_checked(void **state)
{
    cap_t space = new_space(4), frame = page();
    cap_t opaque = derived(frame, CAP_RIGHTS_WRITE), plain = derived(frame, CAP_RIGHTS_READ);

    (void)state;
    map_is_refused(space, frame, ADDRESS, RW | CAP_RIGHTS_EXECUTE, EINVAL, ARGUMENT_WORD(1));
    map_is_refused(space, frame, ADDRESS, CAP_RIGHTS_WRITE, EPERM, ARGUMENT_CAP(0));
    map_is_refused(space, frame, ADDRESS, 0, EPERM, ARGUMENT_CAP(0));
    map_is_refused(space, opaque, ADDRESS, RW, EPERM, ARGUMENT_CAP(0));
    map_is_refused(derived(space, CAP_RIGHTS_READ), frame, ADDRESS, RW, EPERM, ARGUMENT_HANDLE);
    map_is_refused(space, space, ADDRESS, RW, EINVAL, ARGUMENT_CAP(0));
    maps(space, plain, ADDRESS, RX);
    must_ask(plain, FRAME_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    assert_int_equal(word(&world.root, 1), ADDRESS);
    assert_int_equal(word(&world.root, 2), CAP_RIGHTS_READ);
}

static void protect_changes_rights(void **state)
{
    cap_t space = new_space(4), frame = page(), plain = derived(frame, CAP_RIGHTS_READ);

    (void)state;
    maps(space, frame, ADDRESS, CAP_RIGHTS_READ);
    must_ask(space, VSPACE_LABEL_PROTECT, WORDS(RW), CAPS(frame));
    assert_true(pte_writable(user_entry(object_of(space), ADDRESS)));
    must_ask(space, VSPACE_LABEL_PROTECT, WORDS(RX), CAPS(frame));
    assert_false(pte_writable(user_entry(object_of(space), ADDRESS)));
    assert_int_equal(user_entry(object_of(space), ADDRESS) & PTE_NO_EXECUTE, 0);
    assert_int_equal(host.invalidated.address, ADDRESS);
    refuses(&world.root, space, VSPACE_LABEL_PROTECT, WORDS(RW | CAP_RIGHTS_EXECUTE), CAPS(frame),
            EINVAL, ARGUMENT_WORD(0));
    refuses(&world.root, space, VSPACE_LABEL_PROTECT, WORDS(RW), CAPS(plain), ENOENT,
            ARGUMENT_CAP(0));
    maps(space, plain, ADDRESS + PAGE_BYTES, CAP_RIGHTS_READ);
    must_ask(space, VSPACE_LABEL_PROTECT, WORDS(RW), CAPS(plain));
    assert_false(pte_writable(user_entry(object_of(space), ADDRESS + PAGE_BYTES)));
}

static void utcb_stays_writable(void **state)
{
    struct actor eve = person("eve", ACTIVE, 10);

    (void)state;
    for (unsigned copies = 0; copies < 2; copies++) {
        refuses(&world.root, world.vspace, VSPACE_LABEL_PROTECT, WORDS(CAP_RIGHTS_READ),
                CAPS(eve.frame), EBUSY, ARGUMENT_CAP(0));
        derived(eve.frame, CAP_RIGHTS_READ);
    }
    must_ask(world.vspace, VSPACE_LABEL_PROTECT, WORDS(RW), CAPS(eve.frame));
}

static void pool_is_used_up(void **state)
{
    cap_t space = new_space(0), frame = page();

    (void)state;
    for (unsigned pages = 0; pages < 3; pages++) {
        map_is_refused(space, frame, ADDRESS, RW, ENOMEM, ARGUMENT_HANDLE);
        must_ask(space, VSPACE_LABEL_GIVE, NO_WORDS, CAPS(make(OBJECT_UNTYPED, 12, "")));
    }
    maps(space, frame, ADDRESS, RW);
    must_ask(space, VSPACE_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    assert_int_equal(word(&world.root, 0), 0);
    assert_int_equal(word(&world.root, 1), 3);
    assert_int_equal(word(&world.root, 2), 1);
    map_is_refused(space, page(), ADDRESS << 9, RW, ENOMEM, ARGUMENT_HANDLE);
    maps(space, page(), ADDRESS + PAGE_BYTES, RW);
}

static void gifts_are_checked(void **state)
{
    cap_t space = new_space(0), busy = make(OBJECT_UNTYPED, 13, "");

    (void)state;
    make_from(busy, OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN, "");
    refuses(&world.root, space, VSPACE_LABEL_GIVE, NO_WORDS, CAPS(busy), EBUSY, ARGUMENT_CAP(0));
    refuses(&world.root, space, VSPACE_LABEL_GIVE, NO_WORDS, CAPS(world.device), EINVAL,
            ARGUMENT_CAP(0));
    refuses(&world.root, space, VSPACE_LABEL_GIVE, NO_WORDS, CAPS(world.huge), ERANGE,
            ARGUMENT_CAP(0));
    refuses(&world.root, space, VSPACE_LABEL_GIVE, NO_WORDS, CAPS(page()), EINVAL, ARGUMENT_CAP(0));
    refuses(&world.root, derived(space, CAP_RIGHTS_WRITE), VSPACE_LABEL_GIVE, NO_WORDS, CAPS(busy),
            EPERM, ARGUMENT_HANDLE);
    for (unsigned i = 0; i < VSPACE_GIFTS; i++)
        must_ask(space, VSPACE_LABEL_GIVE, NO_WORDS, CAPS(make(OBJECT_UNTYPED, 12, "")));
    refuses(&world.root, space, VSPACE_LABEL_GIVE, NO_WORDS, CAPS(make(OBJECT_UNTYPED, 12, "")),
            ENOSPC, ARGUMENT_HANDLE);
    refuses(&world.root, space, LABEL(3, 9), NO_WORDS, NO_CAPS, ENOSYS, ARGUMENT_TAG);
}

/* What a user wrote into memory before he gave it must not be page tables. */
static void gifts_are_clean(void **state)
{
    (void)state;
    for (unsigned size_bits = 14; size_bits <= 17; size_bits++) {
        cap_t space = new_space(0), memory = make(OBJECT_UNTYPED, size_bits, "");
        uint64_t pages = (1ull << size_bits) / PAGE_BYTES;

        for (uint64_t i = 0; i < pages; i++) {
            cap_t frame = make_from(memory, OBJECT_FRAME, 12, "");

            memset(arch_memory(slot_of(frame)->object), 0xff, PAGE_BYTES);
        }
        revokes(memory);
        must_ask(space, VSPACE_LABEL_GIVE, NO_WORDS, CAPS(memory));
        maps(space, page(), ADDRESS, RW);
        for (uint64_t at = PAGE_BYTES; at < 512 * PAGE_BYTES; at += PAGE_BYTES)
            assert_int_equal(user_entry(object_of(space), ADDRESS + at), 0);
        assert_int_equal(user_entry(object_of(space), 0x200000000000), 0);
    }
}

static void gifts_are_zeroed_in_steps(void **state)
{
    cap_t space = new_space(0), memory = make(OBJECT_UNTYPED, 21, "");

    (void)state;
    host.pending = true;
    must_ask(space, VSPACE_LABEL_GIVE, NO_WORDS, CAPS(memory));
    assert_true(world.restarts >= 16);
    maps(space, page(), ADDRESS, RW);
}

static void revoked_gift_takes_the_space(void **state)
{
    cap_t space = new_space(0), outer = make(OBJECT_UNTYPED, 16, ""), frame = page();

    (void)state;
    must_ask(space, VSPACE_LABEL_GIVE, NO_WORDS, CAPS(make_from(outer, OBJECT_UNTYPED, 14, "")));
    maps(space, frame, ADDRESS, RW);
    revokes(outer);
    assert_true(is_gone(&world.root, space));
    must_ask(frame, FRAME_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    assert_int_equal(word(&world.root, 1), 0);
}

static void something_is_there(void **state)
{
    cap_t space = new_space(8), large = make(OBJECT_FRAME, 21, "");

    (void)state;
    maps(space, page(), ADDRESS, RW);
    map_is_refused(space, page(), ADDRESS, RW, EEXIST, ARGUMENT_WORD(0));
    map_is_refused(space, large, ADDRESS, RW, EEXIST, ARGUMENT_WORD(0));
    maps(space, large, ADDRESS + LARGE_PAGE_BYTES, RW);
    map_is_refused(space, page(), ADDRESS + LARGE_PAGE_BYTES + PAGE_BYTES, RW, EEXIST,
                   ARGUMENT_WORD(0));
}

/* What is unmapped leaves an empty table; a large page takes its place, and the table is used
   again: the pool of 4 pages was used up by three tables and one more. */
static void large_page_takes_place_of_table(void **state)
{
    cap_t space = new_space(4), large = make(OBJECT_FRAME, 21, ""), small = page();
    cap_t kept = page(), other = page();

    (void)state;
    maps(space, small, ADDRESS + PAGE_BYTES, RW);
    maps(space, kept, ADDRESS + 2 * LARGE_PAGE_BYTES, RW);
    map_is_refused(space, large, ADDRESS, RW, EEXIST, ARGUMENT_WORD(0));
    must_ask(space, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(small));
    maps(space, large, ADDRESS, RW);
    must_ask(space, VSPACE_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    assert_int_equal(word(&world.root, 0), 1); /* free again */
    assert_int_equal(word(&world.root, 1), 3);
    map_is_refused(space, other, ADDRESS + PAGE_BYTES, RW, EEXIST, ARGUMENT_WORD(0));
    maps(space, other, ADDRESS + 3 * LARGE_PAGE_BYTES, RW);
    must_ask(space, VSPACE_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    assert_int_equal(word(&world.root, 0), 0);
    assert_int_equal(word(&world.root, 1), 4);
    assert_int_equal(user_entry(object_of(space), ADDRESS + 3 * LARGE_PAGE_BYTES + PAGE_BYTES), 0);
    map_is_refused(space, small, ADDRESS + 4 * LARGE_PAGE_BYTES, RW, ENOMEM, ARGUMENT_HANDLE);
    must_ask(space, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(large));
    map_is_refused(space, small, ADDRESS, RW, ENOMEM, ARGUMENT_HANDLE);
}

static void large_frames(void **state)
{
    cap_t space = new_space(8), large = make(OBJECT_FRAME, 21, "");
    uint64_t entry;

    (void)state;
    maps(space, large, ADDRESS, RW);
    entry = user_entry(object_of(space), ADDRESS + 0x12345);
    assert_true(entry & PTE_LARGE);
    assert_true(pte_address(entry) == slot_of(large)->object);
    must_ask(space, VSPACE_LABEL_PROTECT, WORDS(CAP_RIGHTS_READ), CAPS(large));
    entry = user_entry(object_of(space), ADDRESS + 0x12345);
    assert_true((entry & PTE_LARGE) && !pte_writable(entry));
    assert_true(pte_address(entry) == slot_of(large)->object);
    assert_int_equal(host.invalidated.bytes, LARGE_PAGE_BYTES);
    must_ask(space, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(large));
    assert_int_equal(user_entry(object_of(space), ADDRESS), 0);
}

static void parts_of_a_frame(void **state)
{
    cap_t space = new_space(8), large = make(OBJECT_FRAME, 21, ""), part;

    (void)state;
    must_ask(world.root.self, CSPACE_LABEL_DERIVE,
             WORDS(CAP_RIGHTS_READ, 5 * PAGE_BYTES, PAGE_BYTES), CAPS(large));
    part = got(&world.root, 0);
    maps(space, large, ADDRESS, RW);
    maps(space, part, 2 * ADDRESS, RW);
    assert_ptr_equal(user_memory(object_of(space), 2 * ADDRESS),
                     user_memory(object_of(space), ADDRESS + 5 * PAGE_BYTES));
    assert_false(pte_writable(user_entry(object_of(space), 2 * ADDRESS)));
}

static void device_pages_are_not_cached(void **state)
{
    cap_t space = new_space(8), frame;

    (void)state;
    must_ask(world.device, UNTYPED_LABEL_RETYPE, NEW(OBJECT_FRAME, 12), NO_CAPS);
    frame = got(&world.root, 0);
    maps(space, frame, ADDRESS, RW);
    assert_true(user_entry(object_of(space), ADDRESS) & PTE_CACHE_DISABLE);
    must_ask(space, VSPACE_LABEL_PROTECT, WORDS(CAP_RIGHTS_READ), CAPS(frame));
    assert_true(user_entry(object_of(space), ADDRESS) & PTE_CACHE_DISABLE);
}

/* The next space with the same id must not be mistaken for the dead one. */
static void stale_mappings_do_no_harm(void **state)
{
    cap_t first = new_space(4), second, old = page(), new = page();
    uint32_t id = ((struct vspace *)object_of(first))->id;

    (void)state;
    maps(first, old, ADDRESS, RW);
    deletes(first);
    must_ask(old, FRAME_LABEL_INSPECT, NO_WORDS, NO_CAPS);
    assert_int_equal(word(&world.root, 1), 0);
    second = new_space(4);
    assert_int_equal(((struct vspace *)object_of(second))->id, id);
    maps(second, new, ADDRESS, RW);
    deletes(old);
    assert_true(pte_present(user_entry(object_of(second), ADDRESS)));
    refuses(&world.root, second, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(page()), ENOENT,
            ARGUMENT_CAP(0));
    deletes(new);
    assert_false(pte_present(user_entry(object_of(second), ADDRESS)));
}

static uint32_t id_of(cap_t space)
{
    return ((struct vspace *)object_of(space))->id;
}

/* As many as memory could hold, of which id 0 is nobody's and another root's. */
static void ids_run_out(void **state)
{
    const unsigned all = WORLD_MEMORY_END / (1u << VSPACE_SIZE_BITS) - 2;
    unsigned made = 0;

    (void)state;
    world.unchecked = true;
    while (made <= all &&
           !asks(&world.root, world.huge, UNTYPED_LABEL_RETYPE, NEW(OBJECT_VSPACE, 0), NO_CAPS))
        made++;
    assert_int_equal(made, all);
    assert_failure(&world.root, ENOMEM, ARGUMENT_WORD(0), 0, 0);
    revokes(world.huge);
    world.unchecked = false;
}

static void last_serial_retires(void **state)
{
    cap_t first = new_space(0), last;
    uint32_t id = id_of(first);

    (void)state;
    ((struct vspace *)object_of(first))->serial = 0xfffffe;
    deletes(first);
    last = new_space(0);
    assert_int_equal(id_of(last), id);
    assert_int_equal(((struct vspace *)object_of(last))->serial, 0xffffff);
    deletes(last);
    assert_int_not_equal(id_of(new_space(0)), id);
}

static void physical_addresses_need_dma(void **state)
{
    cap_t frame = page(), plain = derived(frame, RW);

    (void)state;
    must_ask(frame, FRAME_LABEL_PHYSICAL, NO_WORDS, NO_CAPS);
    assert_true(word(&world.root, 0) == slot_of(frame)->object);
    assert_int_equal(word(&world.root, 1), PAGE_BYTES);
    refuses(&world.root, plain, FRAME_LABEL_PHYSICAL, NO_WORDS, NO_CAPS, EPERM, ARGUMENT_HANDLE);
    refuses(&world.root, frame, LABEL(4, 9), NO_WORDS, NO_CAPS, ENOSYS, ARGUMENT_TAG);
}

static void spaces_have_their_own_word(void **state)
{
    cap_t a = new_space(0), b = new_space(0);
    const struct vspace *one = object_of(a), *other = object_of(b);

    (void)state;
    assert_true(one->word != other->word);
    assert_true((one->word & PTE_ADDRESS) == arch_physical(one->top));
    assert_int_equal(one->word & 0xfff, one->id);
    assert_true(one->word >> 63);
}

/* The next space gets the number of the one before; what was mapped there is not mapped here. */
static void mappings_end_with_their_space(void **state)
{
    cap_t space = new_space(4), frame = page(), thread = make(OBJECT_THREAD, 0, "t"), next;
    uint64_t id = ((struct vspace *)object_of(space))->id;

    (void)state;
    maps(space, frame, ADDRESS, RW);
    deletes(space);
    next = new_space(4);
    assert_int_equal(((struct vspace *)object_of(next))->id, id);
    refuses(&world.root, thread, THREAD_LABEL_CONFIGURE, WORDS(ADDRESS),
            CAPS(world.root.cspace, next, frame), EINVAL, ARGUMENT_WORD(0));
    maps(next, frame, ADDRESS, RW);
    must_ask(thread, THREAD_LABEL_CONFIGURE, WORDS(ADDRESS), CAPS(world.root.cspace, next, frame));
}

int run_vspace_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("VSPACE-1: a page-table entry allows what the mapping's rights say",
             entries_say_what_is_allowed),
        TEST("VSPACE-2: unmapping and deleting take the mapping away and tell the TLB",
             unmap_takes_it_away),
        TEST("VSPACE-22: unmapping a Frame of many UTCBs makes way for interrupts",
             unmap_stops_in_steps),
        TEST("VSPACE-3: a capability maps once; another for the same Frame maps again",
             one_mapping_per_capability),
        TEST("VSPACE-4: revoking derived Frames unmaps them", revoked_frames_are_unmapped),
        TEST("VSPACE-5: null, odd addresses, the last page and the upper half are refused",
             bad_addresses_are_refused),
        TEST("VSPACE-6: rights shrink to the capability's; write with execute is refused",
             rights_are_checked),
        TEST("VSPACE-7: PROTECT changes rights within those of the capability",
             protect_changes_rights),
        TEST("VSPACE-8: a UTCB's page stays writable", utcb_stays_writable),
        TEST("VSPACE-9: an empty pool is ENOMEM until memory is given", pool_is_used_up),
        TEST("VSPACE-10: what is given must be unused plain memory", gifts_are_checked),
        TEST("VSPACE-11: memory that is given becomes empty tables, whatever was in it",
             gifts_are_clean),
        TEST("VSPACE-12: zeroing what is given is preemptible", gifts_are_zeroed_in_steps),
        TEST("VSPACE-13: revoking what was given takes the space and its mappings",
             revoked_gift_takes_the_space),
        TEST("VSPACE-14: where something is mapped it is EEXIST, large or small",
             something_is_there),
        TEST("VSPACE-15: pages of 2 MiB are mapped, protected and unmapped whole", large_frames),
        TEST("VSPACE-16: a part of a large Frame can be mapped with less rights", parts_of_a_frame),
        TEST("VSPACE-17: device memory is not cached", device_pages_are_not_cached),
        TEST("VSPACE-18: a mapping in a dead space says nothing about the next of that id",
             stale_mappings_do_no_harm),
        TEST("VSPACE-24: when each id is some space's the next one is ENOMEM", ids_run_out),
        TEST("VSPACE-23: an id whose serials are used up is no space's any more",
             last_serial_retires),
        TEST("VSPACE-19: a physical address is told with Dma only", physical_addresses_need_dma),
        TEST("VSPACE-20: the word that makes a space current is its table's and its own",
             spaces_have_their_own_word),
        TEST("VSPACE-21: a large page takes the place of an emptied table, which is used again",
             large_page_takes_place_of_table),
        TEST(
            "VSPACE-25: what was mapped in a space that has ended is not mapped in the next of its "
            "number",
            mappings_end_with_their_space),
    };

    return cmocka_run_group_tests_name("vspace", tests, NULL, NULL);
}
