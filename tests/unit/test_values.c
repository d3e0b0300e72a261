/* test_values.c - numbers for hardware that no emulator here has: PCIDs, the TSC deadline. */

#include <kernel/arch/x86_64/clock_values.h>

#include "world.h"

int run_values_tests(void);

#define TABLE    0x123456000ull
#define NO_FLUSH (1ull << 63)

static void cr3_has_the_pcid(void **state)
{
    (void)state;
    assert_true(cr3_value(TABLE, 5, true) == (TABLE | 5 | NO_FLUSH));
    assert_true(cr3_value(TABLE, 4095, true) == (TABLE | 4095 | NO_FLUSH));
    assert_true(cr3_value(TABLE, 0, true) == TABLE); /* without one of its own: flushed */
    assert_true(cr3_value(TABLE, 5, false) == TABLE);
}

static void multiplier_turns_ticks_into_ns(void **state)
{
    static const uint64_t khz[] = {1000, 32768, 1000000, 2400000, 5000000};

    (void)state;
    for (unsigned i = 0; i < sizeof(khz) / sizeof(khz[0]); i++) {
        uint64_t multiplier = clock_multiplier(khz[i] * 10, 10000000), ns;

        ns = scale(khz[i] * 1000 * 3600, multiplier); /* an hour of ticks */
        assert_in_range(ns, 3600000000000ull - 3600, 3600000000000ull);
    }
    assert_true(clock_multiplier(1, UINT64_MAX) == UINT64_MAX);
}

static void deadline_is_never_early(void **state)
{
    static const uint64_t whens[] = {0, 1, 999, 123456789, 3600000000000ull, 1ull << 60};
    static const uint64_t khz[] = {1000, 999999, 2400000, 5000000};

    (void)state;
    for (unsigned k = 0; k < sizeof(khz) / sizeof(khz[0]); k++) {
        uint64_t multiplier = clock_multiplier(khz[k] * 10, 10000000);

        for (unsigned i = 0; i < sizeof(whens) / sizeof(whens[0]); i++) {
            uint64_t ticks = tsc_deadline_value(whens[i], 777, multiplier) - 777;

            assert_true(scale(ticks, multiplier) >= whens[i]);
            assert_true(ticks < 2 || scale(ticks - 2, multiplier) <= whens[i]);
        }
    }
}

static void far_deadlines_do_not_wrap(void **state)
{
    (void)state;
    assert_true(tsc_deadline_value(UINT64_MAX, 0, 1) == UINT64_MAX);
    assert_true(tsc_deadline_value(UINT64_MAX, 0, 1ull << 31) == UINT64_MAX);
    assert_true(tsc_deadline_value(UINT64_MAX - 1, UINT64_MAX / 2, 1ull << 32) == UINT64_MAX);
}

static void only_whole_entries_are_made(void **state)
{
    (void)state;
    assert_true(pte_leaf(TABLE, 0, CAP_RIGHTS_READ, false) ==
                (TABLE | PTE_PRESENT | PTE_USER | PTE_NO_EXECUTE));
    assert_true(pte_leaf(0x200000, 1, CAP_RIGHTS_READ | CAP_RIGHTS_EXECUTE, false) ==
                (0x200000 | PTE_PRESENT | PTE_USER | PTE_LARGE));
    assert_true(pte_table(TABLE) == (TABLE | PTE_PRESENT | PTE_USER | PTE_WRITE));
    assert_true(pte_address(pte_leaf(TABLE, 0, CAP_RIGHTS_READ, true)) == TABLE);
    assert_false(pte_is_leaf(pte_table(TABLE), 1));
    assert_true(pte_is_leaf(pte_leaf(0x200000, 1, 0, false), 1));
}

#define VALUE_TEST(sentence, function) {sentence, function, NULL, NULL, NULL}

int run_values_tests(void)
{
    static const struct CMUnitTest tests[] = {
        VALUE_TEST("VALUE-1: CR3 has the PCID and keeps its translations", cr3_has_the_pcid),
        VALUE_TEST("VALUE-2: the clock's multiplier turns ticks into ns within 4 us an hour",
                   multiplier_turns_ticks_into_ns),
        VALUE_TEST("VALUE-3: a TSC deadline is never early, and late by two ticks at most",
                   deadline_is_never_early),
        VALUE_TEST("VALUE-4: a deadline too far to be told is the farthest",
                   far_deadlines_do_not_wrap),
        VALUE_TEST("VALUE-5: a page-table entry is what the manual says",
                   only_whole_entries_are_made),
    };

    return cmocka_run_group_tests_name("values", tests, NULL, NULL);
}
