/*
 * test_region.c - what a process's addresses are for (servers/process/region.c), and the stack that
 * it starts on (lib/myelin/program_stack.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <myelin/objects.h>
#include <myelin/program.h>

#include "servers/process/region.h"

int run_region_tests(void);

#define PAGE   4096ull
#define BASE   0x10000ull
#define PAGES  64u
#define NONE   UINT32_MAX /* no region there */
#define READ   CAP_RIGHTS_READ
#define WRITE  (CAP_RIGHTS_READ | CAP_RIGHTS_WRITE)
#define ROUNDS 20000

static struct regions regions;

static uint64_t at(unsigned page)
{
    return BASE + page * PAGE;
}

static error_t add(unsigned first, unsigned end, uint32_t rights)
{
    const struct region region = {.start = at(first), .end = at(end), .rights = rights};

    return region_add(&regions, &region);
}

static uint32_t rights_at(unsigned page)
{
    const struct region *region = region_find(&regions, at(page));

    return region ? region->rights : NONE;
}

static int empty(void **state)
{
    (void)state;
    region_forget_all(&regions);
    return 0;
}

static void alike_are_joined(void **state)
{
    (void)state;
    assert_int_equal(add(0, 1, READ), SUCCESS);
    assert_int_equal(add(2, 3, READ), SUCCESS);
    assert_int_equal(add(1, 2, READ), SUCCESS);
    assert_int_equal(regions.count, 1);
    assert_int_equal(add(3, 4, WRITE), SUCCESS);
    assert_int_equal(regions.count, 2);
    assert_int_equal(region_protect(&regions, at(3), at(4), READ), SUCCESS);
    assert_int_equal(regions.count, 1);
}

static void nothing_is_added_twice(void **state)
{
    (void)state;
    assert_int_equal(add(2, 4, READ), SUCCESS);
    assert_int_equal(add(1, 3, READ), EEXIST);
    assert_int_equal(add(3, 5, READ), EEXIST);
    assert_int_equal(add(0, 8, READ), EEXIST);
    assert_int_equal(add(1, 2, READ), SUCCESS);
    assert_int_equal(add(4, 5, READ), SUCCESS);
}

static void hole_must_fit(void **state)
{
    (void)state;
    assert_int_equal(add(2, 4, READ), SUCCESS);
    assert_int_equal(region_place(&regions, at(0), at(8), 2 * PAGE), at(0));
    assert_int_equal(region_place(&regions, at(0), at(8), 3 * PAGE), at(4));
    assert_int_equal(region_place(&regions, at(0), at(8), 4 * PAGE), at(4));
    assert_int_equal(region_place(&regions, at(0), at(8), 5 * PAGE), 0);
    assert_int_equal(region_place(&regions, at(3), at(8), PAGE), at(4));
}

static void image_part_survives_a_cut(void **state)
{
    const struct region text = {.start = at(0),
                                .end = at(4),
                                .rights = READ,
                                .file_start = at(0),
                                .file_end = at(3) + 10,
                                .file_offset = 77};
    const struct region *high;

    (void)state;
    assert_int_equal(region_add(&regions, &text), SUCCESS);
    assert_int_equal(region_remove(&regions, at(1), at(2)), SUCCESS);
    high = region_find(&regions, at(2));
    assert_int_equal(high->start, at(2));
    assert_int_equal(high->file_start, at(0));
    assert_int_equal(high->file_end, at(3) + 10);
    assert_int_equal(high->file_offset, 77);
    assert_null(region_find(&regions, at(1)));
}

static void protect_needs_all(void **state)
{
    (void)state;
    assert_int_equal(add(0, 2, READ), SUCCESS);
    assert_int_equal(add(3, 5, READ), SUCCESS);
    assert_int_equal(region_protect(&regions, at(1), at(4), WRITE), ENOENT);
    assert_int_equal(rights_at(1), READ);
    assert_int_equal(rights_at(4), READ);
}

static void count_is_limited(void **state)
{
    const unsigned far = 2 * REGIONS_PER_PROCESS + 8;

    (void)state;
    assert_int_equal(add(0, 5, READ), SUCCESS);
    for (unsigned i = 3; i < REGIONS_PER_PROCESS; i++)
        assert_int_equal(add(2 * i, 2 * i + 1, READ), SUCCESS);
    assert_int_equal(regions.count, REGIONS_PER_PROCESS - 2);
    assert_int_equal(region_remove(&regions, at(1), at(2)), SUCCESS); /* one becomes two */
    assert_int_equal(region_remove(&regions, at(3), at(4)), ENOMEM); /* it takes two for a moment */
    assert_int_equal(rights_at(3), READ);
    assert_int_equal(add(far, far + 2, READ), SUCCESS);
    assert_int_equal(regions.count, REGIONS_PER_PROCESS);
    assert_int_equal(add(far + 4, far + 5, READ), ENOMEM);
    assert_int_equal(region_remove(&regions, at(far), at(far + 1)), ENOMEM);
    assert_int_equal(region_remove(&regions, at(0), at(1)), SUCCESS);
    assert_int_equal(region_remove(&regions, at(far), at(far + 1)), SUCCESS);
    assert_int_equal(rights_at(far + 1), READ);
}

/* ---- against a model: the rights of each page ---- */

static uint32_t model[PAGES];

static unsigned random_below(unsigned limit)
{
    static uint64_t state = 88172645463325252ull;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state % limit);
}

static bool model_has(unsigned first, unsigned end, bool any)
{
    for (unsigned page = first; page < end; page++)
        if ((model[page] != NONE) == any)
            return any;
    return !any;
}

static void model_set(unsigned first, unsigned end, uint32_t rights)
{
    for (unsigned page = first; page < end; page++)
        model[page] = rights;
}

static void compare(void)
{
    unsigned count = 0;
    uint64_t last = 0;

    for (const struct region *region = regions.first; region; region = region->next) {
        assert_true(region->start >= last && region->start < region->end);
        last = region->end;
        count++;
    }
    assert_int_equal(count, regions.count);
    for (unsigned page = 0; page < PAGES; page++)
        assert_int_equal(rights_at(page), model[page]);
}

static void one_step(void)
{
    unsigned first = random_below(PAGES), end = first + 1 + random_below(PAGES - first);
    uint32_t rights = random_below(2) ? READ : WRITE;

    switch (random_below(3)) {
    case 0:
        assert_int_equal(add(first, end, rights), model_has(first, end, true) ? EEXIST : SUCCESS);
        if (!model_has(first, end, true))
            model_set(first, end, rights);
        break;
    case 1:
        assert_int_equal(region_remove(&regions, at(first), at(end)), SUCCESS);
        model_set(first, end, NONE);
        break;
    default:
        assert_int_equal(region_protect(&regions, at(first), at(end), rights),
                         model_has(first, end, false) ? SUCCESS : ENOENT);
        if (model_has(first, end, false))
            model_set(first, end, rights);
    }
}

static void pages_are_as_in_the_model(void **state)
{
    (void)state;
    model_set(0, PAGES, NONE);
    for (unsigned round = 0; round < ROUNDS; round++) {
        one_step();
        compare();
    }
}

/* ---- the first stack ---- */

static void stack_below_is_untouched(void **state)
{
    static unsigned char buffer[4 * PAGE];
    const struct program_image image = {.entry = 1};
    const struct program_start start = {
        .image = &image, .arguments = "x", .argument_bytes = 2, .environment = ""};
    uint64_t top = 0x100000, stack_pointer;

    (void)state;
    memset(buffer, 0xaa, sizeof(buffer));
    stack_pointer = program_stack(buffer, sizeof(buffer), top, &start);
    assert_int_equal(stack_pointer % 16, 0);
    assert_in_range(stack_pointer, top - PAGE, top - 1);
    for (size_t i = 0; i < sizeof(buffer) - PAGE; i++)
        assert_int_equal(buffer[i], 0xaa);
    for (size_t i = sizeof(buffer) - PAGE; i < sizeof(buffer) - (top - stack_pointer); i++)
        assert_int_equal(buffer[i], 0);
}

int run_region_tests(void)
{
    const struct CMUnitTest tests[] = {
        {"REGION-1: neighbours that are alike are one region", alike_are_joined, empty, NULL, NULL},
        {"REGION-2: nothing is added where something is", nothing_is_added_twice, empty, NULL,
         NULL},
        {"REGION-3: a place is found in the first hole that is large enough", hole_must_fit, empty,
         NULL, NULL},
        {"REGION-4: what is cut out of an image leaves both ends as they were",
         image_part_survives_a_cut, empty, NULL, NULL},
        {"REGION-5: rights are changed where all is mapped, or nowhere", protect_needs_all, empty,
         NULL, NULL},
        {"REGION-6: a process has 512 regions at most, also by a cut", count_is_limited, empty,
         NULL, NULL},
        {"REGION-7: after any 20,000 steps each page is as a simple model says",
         pages_are_as_in_the_model, empty, NULL, NULL},
        {"REGION-8: the first stack is written in whole pages, and none below is touched",
         stack_below_is_untouched, empty, NULL, NULL},
    };

    return cmocka_run_group_tests_name("region", tests, NULL, NULL);
}
