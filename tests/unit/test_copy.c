/* test_copy.c - the kernel's own copies between spaces, whatever lies where: what they copy, how
   far they came where something is missing, and where they look for an interrupt. */

#include <mem/copy.h>
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/vspace_types.h>
#include <string.h>

#include "random.h"

int run_copy_tests(void);

#define RW      (CAP_RIGHTS_READ | CAP_RIGHTS_WRITE)
#define ADDRESS 0x40000000ull
#define PAGES   6  /* of a space */
#define PARTS   10 /* of one large Frame, that are mapped */

/* A space; each of its pages is some part of that Frame. */
struct area {
    cap_t space, page[PAGES];
    struct vspace *vspace;
    unsigned part[PAGES];
    unsigned rights[PAGES]; /* 0: it is not mapped */
};

static void map(struct area *area, unsigned i, unsigned rights)
{
    must_ask(area->space, VSPACE_LABEL_MAP, WORDS(ADDRESS + i * PAGE_BYTES, rights),
             CAPS(area->page[i]));
    area->rights[i] = rights;
}

static struct area area_of(cap_t large, const unsigned *parts)
{
    struct area area = {.space = make(OBJECT_VSPACE, 0, "space")};

    area.vspace = object_of(area.space);
    for (unsigned i = 0; i < 4; i++)
        must_ask(area.space, VSPACE_LABEL_GIVE, NO_WORDS, CAPS(make(OBJECT_UNTYPED, 12, "")));
    for (unsigned i = 0; i < PAGES; i++) {
        area.part[i] = parts[i];
        must_ask(world.root.self, CSPACE_LABEL_DERIVE,
                 WORDS(CAP_RIGHTS_ALL, parts[i] * PAGE_BYTES, PAGE_BYTES), CAPS(large));
        area.page[i] = got(&world.root, 0);
        map(&area, i, RW);
    }
    return area;
}

/* Often one behind the other, in memory too; some are there twice. */
static struct area any_area(cap_t large)
{
    unsigned parts[PAGES], at = any(PARTS);

    for (unsigned i = 0; i < PAGES; i++) {
        at = one_in(3) ? any(PARTS) : (at + 1) % PARTS;
        parts[i] = at;
    }
    return area_of(large, parts);
}

/* A page goes, comes back, or gets other rights. */
static void change(struct area *area)
{
    static const unsigned rights[] = {0, CAP_RIGHTS_READ, RW, RW, RW};
    unsigned i = any(PAGES), next = rights[any(5)];

    if (area->rights[i])
        must_ask(area->space, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(area->page[i]));
    area->rights[i] = 0;
    if (!next)
        return;
    map(area, i, RW);
    must_ask(area->space, VSPACE_LABEL_PROTECT, WORDS(next), CAPS(area->page[i]));
    area->rights[i] = next;
}

static char *memory_of(cap_t large)
{
    return arch_memory(slot_of(large)->object);
}

/* What one byte after the other would do. */
static enum copy_end copy_slowly(char *memory, const struct area *from, const struct area *to,
                                 struct copy *copy)
{
    for (; copy->length; copy->from_address++, copy->to_address++, copy->length--) {
        uint64_t f = copy->from_address - ADDRESS, t = copy->to_address - ADDRESS;
        unsigned here = (unsigned)(f / PAGE_BYTES), there = (unsigned)(t / PAGE_BYTES);

        if (!(from->rights[here] & CAP_RIGHTS_READ))
            return COPY_FROM_MISSING;
        if (!(to->rights[there] & CAP_RIGHTS_WRITE))
            return COPY_TO_MISSING;
        memory[to->part[there] * PAGE_BYTES + t % PAGE_BYTES] =
            memory[from->part[here] * PAGE_BYTES + f % PAGE_BYTES];
    }
    return COPY_DONE;
}

static uint64_t left_in_page(uint64_t address)
{
    return PAGE_BYTES - address % PAGE_BYTES;
}

/* Preempted as often as may be: something is copied each time, but nothing beyond a border. */
static enum copy_end copy_on(struct copy *copy)
{
    for (;;) {
        struct copy before = *copy;
        enum copy_end end = copy_between(copy);
        uint64_t done = before.length - copy->length;

        assert_int_equal(copy->from_address - before.from_address, done);
        assert_int_equal(copy->to_address - before.to_address, done);
        if (host.pending_every == 1) {
            assert_true(done <= left_in_page(before.from_address));
            assert_true(done <= left_in_page(before.to_address));
        }
        if (end != COPY_PREEMPTED)
            return end;
        assert_true(done > 0 && copy->length > 0);
    }
}

static struct copy any_copy(const struct area *from, const struct area *to)
{
    const unsigned all = PAGES * (unsigned)PAGE_BYTES;
    unsigned f = any(all), t = any(all), most;

    if (one_in(4)) /* with borders that meet */
        t = t - t % PAGE_BYTES + f % PAGE_BYTES;
    most = all - (f > t ? f : t);
    return (struct copy){from->vspace, to->vspace, ADDRESS + f, ADDRESS + t, any(most + 1)};
}

static void one_copy(cap_t large, const struct area *from, const struct area *to)
{
    static char expected[PARTS * PAGE_BYTES];
    struct copy copy = any_copy(from, to), slow = copy;
    char *memory = memory_of(large);
    enum copy_end end;

    for (unsigned i = 0; i < sizeof(expected); i += 8)
        memcpy(memory + i, &(uint64_t){(uint64_t)rand() * 0x9e3779b97f4a7c15}, 8);
    memcpy(expected, memory, sizeof(expected));
    host.pending_every = any(4);
    end = copy_on(&copy);
    host.pending_every = 0;
    assert_int_equal(end, copy_slowly(expected, from, to, &slow));
    assert_int_equal(copy.length, slow.length);
    assert_memory_equal(memory, expected, sizeof(expected));
    world_check();
}

static void as_if_byte_by_byte(void **state)
{
    cap_t large = make(OBJECT_FRAME, LARGE_PAGE_SIZE_BITS, "");

    (void)state;
    srand(27);
    for (unsigned round = 0; round < 6; round++) {
        struct area from = any_area(large), to = any_area(large);

        for (unsigned i = 0; i < 60; i++) {
            if (one_in(3))
                one_copy(large, &to, &from);
            else
                one_copy(large, &from, &to);
            if (one_in(4))
                change(one_in(2) ? &from : &to);
        }
    }
}

static const unsigned scattered[PAGES] = {0, 2, 4, 6, 8, 1},
                      side_by_side[PAGES] = {0, 1, 2, 3, 4, 5}, others[PAGES] = {1, 3, 5, 7, 9, 0};

/* How often it looks, and how much is copied until an interrupt waits at the look of that number.
 */
static unsigned looks(struct copy copy)
{
    host.questions = 0;
    assert_int_equal(copy_between(&copy), COPY_DONE);
    return host.questions;
}

static uint64_t copied_until_look(struct copy copy, unsigned number)
{
    uint64_t length = copy.length;

    run_forget(copy.from);
    run_forget(copy.to);
    host.questions = 0;
    host.pending_every = number;
    assert_int_equal(copy_between(&copy), COPY_PREEMPTED);
    host.pending_every = 0;
    assert_int_equal(host.questions, number);
    return length - copy.length;
}

/* At each border, and before a page that was not seen before is searched for on either side; not
   where the next one is known, and neither before anything was copied nor when all is. */
static void looks_before_it_searches(void **state)
{
    cap_t large = make(OBJECT_FRAME, LARGE_PAGE_SIZE_BITS, "");
    struct area from = area_of(large, scattered), to = area_of(large, others);
    struct copy copy = {from.vspace, to.vspace, ADDRESS, ADDRESS, 2 * PAGE_BYTES};

    (void)state;
    assert_int_equal(looks(copy), 3);
    for (unsigned number = 1; number <= 3; number++)
        assert_int_equal(copied_until_look(copy, number), PAGE_BYTES);
    run_forget(from.vspace);
    run_forget(to.vspace);
    looks(copy);
    looks(copy); /* what follows the second page is known now, too */
    assert_int_equal(looks(copy), 1);
    copy.from_address += 100; /* the borders of one side, and of the other; and one page more */
    assert_int_equal(looks(copy), 3 + 1);
    assert_int_equal(looks(copy), 3);
}

/* With memory that is both as if byte by byte: it may be a byte at a time, so at each is a look. */
static void looks_where_memory_is_both(void **state)
{
    cap_t large = make(OBJECT_FRAME, LARGE_PAGE_SIZE_BITS, "");
    struct area from = area_of(large, side_by_side), to = area_of(large, side_by_side);
    struct copy copy = {from.vspace, to.vspace, ADDRESS, ADDRESS + 1, 100};

    (void)state;
    assert_int_equal(looks(copy), 99);
    copy.to_address += 9;
    assert_int_equal(looks(copy), 9);
    copy.to_address = ADDRESS + 2 * PAGE_BYTES; /* a border is a border, however far away that is */
    copy.length = 3 * PAGE_BYTES;
    looks(copy); /* all pages have been seen */
    assert_int_equal(looks(copy), 2);
    copy.to_address = copy.from_address;
    looks(copy);
    assert_int_equal(looks(copy), 2);
}

static void nothing_to_copy(void **state)
{
    cap_t large = make(OBJECT_FRAME, LARGE_PAGE_SIZE_BITS, "");
    struct area area = area_of(large, side_by_side);
    struct copy copy = {area.vspace, area.vspace, ADDRESS + PAGES * PAGE_BYTES, 0, 0};

    (void)state;
    assert_int_equal(looks(copy), 0); /* nor does it matter that nothing is there */
}

int run_copy_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("COPY-1: whatever lies where, is missing or interrupts, bytes come as if one by one",
             as_if_byte_by_byte),
        TEST("COPY-2: an interrupt is looked for at each border and before each search, not else",
             looks_before_it_searches),
        TEST("COPY-3: where memory is both sides' it is looked for at each piece, however short",
             looks_where_memory_is_both),
        TEST("COPY-4: where nothing is to be copied nothing is looked up", nothing_to_copy),
    };

    return cmocka_run_group_tests_name("copy", tests, NULL, NULL);
}
