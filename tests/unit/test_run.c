/* test_run.c - pages that lie side by side in memory are copied as one, and what is remembered of
   them is what the page tables say (tests/unit/check.c looks at that, too, after each entry). */

#include <myelin/idl/cspace_types.h>
#include <myelin/idl/vspace_types.h>

#include "world.h"

int run_run_tests(void);

#define RW      (CAP_RIGHTS_READ | CAP_RIGHTS_WRITE)
#define ADDRESS 0x40000000ull
#define SEARCH  33 /* pages that are looked at together */
#define PAGES   (2 * SEARCH + 4)

/* A space with so many pages side by side, each a part of one large Frame. */
struct sheet {
    cap_t space, large;
    struct vspace *vspace;
    cap_t page[PAGES];
};

static void map_part(struct sheet *sheet, uint64_t part, uint64_t address)
{
    must_ask(world.root.self, CSPACE_LABEL_DERIVE,
             WORDS(CAP_RIGHTS_ALL, part * PAGE_BYTES, PAGE_BYTES), CAPS(sheet->large));
    sheet->page[part] = got(&world.root, 0);
    must_ask(sheet->space, VSPACE_LABEL_MAP, WORDS(address, RW), CAPS(sheet->page[part]));
}

static struct sheet sheet_at(uint64_t address, unsigned pages)
{
    struct sheet sheet = {.space = make(OBJECT_VSPACE, 0, "space"),
                          .large = make(OBJECT_FRAME, LARGE_PAGE_SIZE_BITS, "")};

    for (unsigned i = 0; i < 8; i++)
        must_ask(sheet.space, VSPACE_LABEL_GIVE, NO_WORDS, CAPS(make(OBJECT_UNTYPED, 12, "")));
    for (uint64_t i = 0; i < pages; i++)
        map_part(&sheet, i, address + i * PAGE_BYTES);
    sheet.vspace = object_of(sheet.space);
    return sheet;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* How many bytes from there on are copied as one; 0: there is nothing. */
static uint64_t found(const struct sheet *sheet, uint64_t address, uint64_t wanted, bool write)
{
    const struct run *run = run_seen(sheet->vspace, address, write);

    if (!run)
        run = run_search(sheet->vspace, address, write, wanted);
    if (run) {
        assert_true(run_has(run, address));
        assert_ptr_equal(run, sheet->vspace->last[write]);
        assert_int_equal(run->memory + address, user_memory(sheet->vspace, address));
    }
    world_check();
    return run ? least(run->end - address, wanted) : 0;
}

static uint64_t found_anew(const struct sheet *sheet, uint64_t address, uint64_t wanted)
{
    run_forget(sheet->vspace);
    return found(sheet, address, wanted, true);
}

static void as_many_as_are_wanted(void **state)
{
    struct sheet sheet = sheet_at(ADDRESS, PAGES);

    (void)state;
    for (uint64_t pages = 1; pages <= SEARCH; pages++)
        assert_int_equal(found_anew(&sheet, ADDRESS, pages * PAGE_BYTES), pages * PAGE_BYTES);
    assert_int_equal(found_anew(&sheet, ADDRESS, (SEARCH + 1) * PAGE_BYTES), SEARCH * PAGE_BYTES);
    assert_int_equal(found_anew(&sheet, ADDRESS + 100, 2 * PAGE_BYTES), 2 * PAGE_BYTES);
    assert_int_equal(found_anew(&sheet, ADDRESS + 5000, 1), 1);
}

/* What lies behind is added, search by search. */
static void run_grows(void **state)
{
    struct sheet sheet = sheet_at(ADDRESS, PAGES);
    uint64_t all = PAGES * PAGE_BYTES, at = ADDRESS;

    (void)state;
    while (at < ADDRESS + all)
        at += found(&sheet, at, ADDRESS + all - at, false);
    assert_int_equal(found(&sheet, ADDRESS, all, false), all);
    assert_int_equal(found(&sheet, ADDRESS + all - 1, 1, false), 1);
    assert_int_equal(found(&sheet, ADDRESS + all, 1, false), 0);
}

/* From its far end on, inside of what is looked at together, too. */
static void run_ends_where_a_page_is_not_alike(void **state)
{
    static const uint64_t places[] = {PAGES - 1, 34, 33, 32, 9, 8, 7, 1};
    struct sheet sheet = sheet_at(ADDRESS, PAGES);

    (void)state;
    for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        uint64_t at = places[i], most = at < SEARCH ? at : SEARCH, page = ADDRESS + at * PAGE_BYTES;

        must_ask(sheet.space, VSPACE_LABEL_PROTECT, WORDS(CAP_RIGHTS_READ), CAPS(sheet.page[at]));
        assert_int_equal(found_anew(&sheet, ADDRESS, PAGES * PAGE_BYTES), most * PAGE_BYTES);
        assert_int_equal(found(&sheet, page, 1, true), 0);
        must_ask(sheet.space, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(sheet.page[at]));
        assert_int_equal(found_anew(&sheet, ADDRESS, PAGES * PAGE_BYTES), most * PAGE_BYTES);
        must_ask(sheet.space, VSPACE_LABEL_MAP, WORDS(page, RW),
                 CAPS(make(OBJECT_FRAME, PAGE_SIZE_BITS, "")));
        assert_int_equal(found_anew(&sheet, ADDRESS, PAGES * PAGE_BYTES), most * PAGE_BYTES);
        assert_int_equal(found(&sheet, page, 1, true), 1);
    }
}

/* Over the border between two tables; a large page is one by itself. */
static void run_grows_over_tables(void **state)
{
    uint64_t border = ADDRESS + LARGE_PAGE_BYTES, at = border - 2 * PAGE_BYTES;
    struct sheet sheet = sheet_at(at, 4);

    (void)state;
    assert_int_equal(found(&sheet, at, 4 * PAGE_BYTES, true), 2 * PAGE_BYTES);
    assert_int_equal(found(&sheet, border, 2 * PAGE_BYTES, true), 2 * PAGE_BYTES);
    assert_int_equal(found(&sheet, at, 4 * PAGE_BYTES, true), 4 * PAGE_BYTES);
    must_ask(sheet.space, VSPACE_LABEL_MAP, WORDS(border + LARGE_PAGE_BYTES, RW),
             CAPS(make(OBJECT_FRAME, LARGE_PAGE_SIZE_BITS, "")));
    assert_int_equal(found(&sheet, border + LARGE_PAGE_BYTES + 7, LARGE_PAGE_BYTES, true),
                     LARGE_PAGE_BYTES - 7);
    assert_int_equal(found(&sheet, border + 3 * LARGE_PAGE_BYTES, 1, true), 0);
}

/* Whatever has been remembered, a page that goes or may no longer be written to is not found. */
static void changes_are_seen(void **state)
{
    struct sheet sheet = sheet_at(ADDRESS, 3);
    uint64_t last = ADDRESS + 2 * PAGE_BYTES;

    (void)state;
    for (unsigned write = 0; write < 2; write++)
        assert_int_equal(found(&sheet, ADDRESS, 3 * PAGE_BYTES, write), 3 * PAGE_BYTES);
    must_ask(sheet.space, VSPACE_LABEL_PROTECT, WORDS(CAP_RIGHTS_READ), CAPS(sheet.page[2]));
    assert_int_equal(found(&sheet, last, 1, true), 0);
    assert_int_equal(found(&sheet, last, 1, false), 1);
    must_ask(sheet.space, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(sheet.page[2]));
    assert_int_equal(found(&sheet, last, 1, false), 0);
    assert_int_equal(found(&sheet, ADDRESS, 3 * PAGE_BYTES, true), 2 * PAGE_BYTES);
    must_ask(world.root.self, CSPACE_LABEL_REVOKE, NO_WORDS, CAPS(sheet.large));
    assert_int_equal(found(&sheet, ADDRESS, 1, false), 0);
    assert_int_equal(found(&sheet, ADDRESS, 1, true), 0);
}

#define PLACES (RUNS_SEEN + 2)

/* Every other page is there: all are seen in turn, twice, and then those that can be remembered in
   another order. */
static void see_all(const struct sheet *sheet)
{
    for (unsigned i = 0; i < 2 * PLACES; i++)
        assert_int_equal(found(sheet, ADDRESS + i % PLACES * 2 * PAGE_BYTES, 2 * PAGE_BYTES, true),
                         PAGE_BYTES);
    for (unsigned i = 2; i < PLACES; i++)
        assert_int_equal(found(sheet, ADDRESS + 2 * i * PAGE_BYTES + 5, 1, true), 1);
}

static void all_that_was_seen_is_forgotten(void **state)
{
    struct sheet sheet = sheet_at(ADDRESS, 2 * PLACES);

    (void)state;
    for (unsigned i = 0; i < PLACES; i++)
        must_ask(sheet.space, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(sheet.page[2 * i + 1]));
    for (unsigned gone = 0; gone < PLACES; gone++) {
        uint64_t page = ADDRESS + 2 * gone * PAGE_BYTES;

        see_all(&sheet);
        must_ask(sheet.space, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(sheet.page[2 * gone]));
        for (unsigned i = 0; i < PLACES; i++)
            assert_int_equal(found(&sheet, ADDRESS + 2 * i * PAGE_BYTES, 1, true), i != gone);
        must_ask(sheet.space, VSPACE_LABEL_MAP, WORDS(page, RW), CAPS(sheet.page[2 * gone]));
    }
}

static uint64_t place(unsigned i)
{
    return ADDRESS + 2 * i * PAGE_BYTES;
}

/* Of a space in which every other page is there: is that one found without a search? */
static bool is_remembered(const struct sheet *sheet, unsigned i)
{
    uint32_t before = sheet->vspace->noted[true];

    assert_int_equal(found(sheet, place(i), 1, true), 1);
    return sheet->vspace->noted[true] == before;
}

static struct sheet apart_from_each_other(void)
{
    struct sheet sheet = sheet_at(ADDRESS, 2 * PLACES);

    for (unsigned i = 0; i < PLACES; i++)
        must_ask(sheet.space, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(sheet.page[2 * i + 1]));
    return sheet;
}

/* Those of a use: of the other none was seen. */
static void next_is_known(void **state)
{
    struct sheet sheet = apart_from_each_other();
    struct vspace *vspace = sheet.vspace;

    (void)state;
    for (unsigned i = 0; i < 7; i++) /* 0, 1, 2, 0, ... */
        assert_int_equal(found(&sheet, place(i % 3), 1, true), 1);
    for (unsigned i = 1; i < 7; i++) { /* the last one was 0 */
        const struct run *next;

        assert_null(run_next(vspace, place((i + 1) % 3), true)); /* not the one after it */
        assert_null(run_next(vspace, place(i % 3) + PAGE_BYTES, true));
        next = run_next(vspace, place(i % 3), true);
        assert_non_null(next);
        assert_ptr_equal(vspace->last[true], next);
        assert_int_equal(next->memory + place(i % 3), user_memory(vspace, place(i % 3)));
        assert_ptr_equal(run_seen(vspace, place(i % 3), true), next);
        assert_null(run_next(vspace, place(i % 3), false));
    }
    assert_int_equal(found(&sheet, place(2), 1, true), 1); /* 2 came after 0 now */
    assert_int_equal(found(&sheet, place(0), 1, true), 1);
    assert_non_null(run_next(vspace, place(2), true));
    must_ask(sheet.space, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(sheet.page[0]));
    assert_null(run_seen(vspace, place(0), true));
    assert_null(run_seen(vspace, place(2), true));
}

/* Behind one that grows still comes what came. */
static void next_is_known_of_a_grown_one(void **state)
{
    struct sheet sheet = apart_from_each_other();

    (void)state;
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(found(&sheet, place(i % 2), 1, true), 1);
    must_ask(sheet.space, VSPACE_LABEL_MAP, WORDS(place(1) + PAGE_BYTES, RW), CAPS(sheet.page[3]));
    assert_int_equal(found(&sheet, place(1) + PAGE_BYTES, 1, true), 1);
    assert_int_equal(found(&sheet, place(1), 2 * PAGE_BYTES, true), 2 * PAGE_BYTES);
    assert_non_null(run_next(sheet.vspace, place(0), true));
}

/* What was noted first makes room; the one that was used last never does. */
static void remembers_so_many(void **state)
{
    struct sheet sheet = apart_from_each_other();

    (void)state;
    for (unsigned i = 0; i < PLACES; i++)
        assert_false(is_remembered(&sheet, i));
    for (unsigned i = 2; i < PLACES; i++)
        assert_true(is_remembered(&sheet, i));
    assert_false(is_remembered(&sheet, 1));
    run_forget(sheet.vspace);
    assert_false(is_remembered(&sheet, 0));
    for (unsigned i = 0; i < 4 * PLACES; i++) {
        assert_false(is_remembered(&sheet, 1 + i % (PLACES - 1)));
        assert_true(is_remembered(&sheet, 0));
    }
}

int run_run_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("RUN-1: pages that lie side by side are one, as many as are asked for, 33 at once",
             as_many_as_are_wanted),
        TEST("RUN-2: what lies behind is added to what was seen before", run_grows),
        TEST("RUN-3: it ends at a page that is missing, lies elsewhere or has other rights",
             run_ends_where_a_page_is_not_alike),
        TEST("RUN-4: it goes on in the next table; a large page is one by itself",
             run_grows_over_tables),
        TEST("RUN-5: a page that is unmapped, protected or revoked is not found any more",
             changes_are_seen),
        TEST("RUN-6: nor is one of several that were seen in turn, whichever it is",
             all_that_was_seen_is_forgotten),
        TEST("RUN-7: which one was used after another is known, until either is forgotten",
             next_is_known),
        TEST("RUN-8: also where the other has grown", next_is_known_of_a_grown_one),
        TEST("RUN-9: so many are remembered as there are places, among them the last one used",
             remembers_so_many),
    };

    return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
