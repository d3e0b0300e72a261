/* test_timeout.c - the heap of timeouts (kernel/task/timeout.c), against a plain search. */

#include <stdlib.h>
#include <string.h>

#include "world.h"

int run_timeout_tests(void);

#define TIMEOUTS 50

static struct timeout timeouts[TIMEOUTS];
static struct timeout *expired;

static int empty_heap(void **state)
{
    (void)state;
    memset(timeouts, 0, sizeof(timeouts));
    memset(cpus, 0, sizeof(cpus));
    srand(2);
    return 0;
}

static void note(struct timeout *timeout)
{
    expired = timeout;
}

static void earliest_is_known(void **state)
{
    (void)state;
    assert_true(timeout_next() == UINT64_MAX);
    timeout_set(&timeouts[0], 300, note);
    timeout_set(&timeouts[1], 100, note);
    timeout_set(&timeouts[2], 200, note);
    assert_int_equal(timeout_next(), 100);
    timeout_cancel(&timeouts[1]);
    assert_int_equal(timeout_next(), 200);
    timeout_cancel(&timeouts[1]);
    assert_int_equal(timeout_next(), 200);
}

static void only_due_ones_expire(void **state)
{
    (void)state;
    timeout_set(&timeouts[0], 300, note);
    timeout_set(&timeouts[1], 100, note);
    assert_false(timeout_expire_one(99));
    assert_true(timeout_expire_one(100));
    assert_ptr_equal(expired, &timeouts[1]);
    assert_false(timeouts[1].active);
    assert_false(timeout_expire_one(299));
    assert_int_equal(timeout_next(), 300);
}

static void set_again_moves(void **state)
{
    (void)state;
    timeout_set(&timeouts[0], 300, note);
    timeout_set(&timeouts[1], 200, note);
    timeout_set(&timeouts[0], 100, note);
    assert_int_equal(timeout_next(), 100);
    assert_int_equal(cpu_self()->timeouts.count, 2);
}

static uint64_t model_next(void)
{
    uint64_t next = UINT64_MAX;

    for (unsigned i = 0; i < TIMEOUTS; i++)
        if (timeouts[i].active && timeouts[i].when < next)
            next = timeouts[i].when;
    return next;
}

/* Nobody is due before his parent, and each knows the other. Counts them. */
static uint64_t check_heap(const struct timeout *at)
{
    if (!at)
        return 0;
    assert_true(at->active);
    assert_true(!at->left || (at->left->parent == at && at->left->when >= at->when));
    assert_true(!at->right || (at->right->parent == at && at->right->when >= at->when));
    assert_true(at->left || !at->right);
    return 1 + check_heap(at->left) + check_heap(at->right);
}

static void any_sequence_keeps_the_earliest(void **state)
{
    (void)state;
    for (unsigned step = 0; step < 20000; step++) {
        struct timeout *timeout = &timeouts[rand() % TIMEOUTS];
        uint64_t next = timeout_next();

        switch (rand() % 4) {
        case 0:
            timeout_cancel(timeout);
            break;
        case 1:
            expired = NULL;
            if (timeout_expire_one(next))
                assert_int_equal(expired->when, next);
            break;
        default:
            timeout_set(timeout, (uint64_t)rand() % 1000, note);
        }
        assert_true(timeout_next() == model_next());
        assert_int_equal(check_heap(cpu_self()->timeouts.root), cpu_self()->timeouts.count);
    }
}

#define MANY 5000

/* Links from the root down to the deepest one. */
static unsigned depth(const struct timeout *top)
{
    unsigned left, right;

    if (!top)
        return 0;
    left = depth(top->left);
    right = depth(top->right);
    return 1 + (left > right ? left : right);
}

/* Every step of an operation goes one link up or down. */
static void thousands_stay_shallow(void **state)
{
    static struct timeout many[MANY];

    (void)state;
    memset(many, 0, sizeof(many));
    for (unsigned i = 0; i < MANY; i++)
        timeout_set(&many[i], i * 7919 % MANY, note);
    assert_int_equal(depth(cpu_self()->timeouts.root), 13); /* 2^12 <= 5000 < 2^13 */
    for (unsigned i = 0; i < MANY; i += 2)
        timeout_cancel(&many[i]);
    assert_int_equal(depth(cpu_self()->timeouts.root), 12);
    for (unsigned i = 0; i < MANY / 2; i++) {
        assert_true(timeout_expire_one(MANY));
        assert_true(timeout_next() >= expired->when);
    }
    assert_true(timeout_next() == UINT64_MAX);
}

#define HEAP_TEST(sentence, function) {sentence, function, empty_heap, NULL, NULL}

int run_timeout_tests(void)
{
    static const struct CMUnitTest tests[] = {
        HEAP_TEST("TIMEOUT-1: the earliest timeout is known", earliest_is_known),
        HEAP_TEST("TIMEOUT-2: a timeout expires when it is due, once", only_due_ones_expire),
        HEAP_TEST("TIMEOUT-3: setting a timeout again moves it", set_again_moves),
        HEAP_TEST("TIMEOUT-4: any sequence of operations keeps the earliest first",
                  any_sequence_keeps_the_earliest),
        HEAP_TEST(
            "TIMEOUT-5: among thousands an operation takes as many steps as their number has bits",
            thousands_stay_shallow),
    };

    return cmocka_run_group_tests_name("timeout", tests, NULL, NULL);
}
