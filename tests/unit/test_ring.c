/* test_ring.c - the ring in shared memory, with peers that keep to it and peers that do not. */

#include <myelin/ring.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

int run_ring_tests(void);

#define TEST(sentence, function) {sentence, function, NULL, NULL, NULL}

#define CAPACITY 8
#define ENTRY    24 /* bytes: so that an entry is no whole line */

/* Both sides of one ring; the memory ends where the ring does, so ASan sees what goes beyond. */
struct both {
    void *memory;
    struct ring producer, consumer;
};

static struct both both(size_t capacity)
{
    struct both b;
    size_t bytes = ring_bytes(capacity, ENTRY);

    assert_int_equal(posix_memalign(&b.memory, 64, bytes), 0);
    memset(b.memory, 0, bytes);
    assert_int_equal(ring_open(&b.producer, RING_PRODUCER, b.memory, bytes, capacity, ENTRY), 0);
    assert_int_equal(ring_open(&b.consumer, RING_CONSUMER, b.memory, bytes, capacity, ENTRY), 0);
    return b;
}

struct entry {
    uint64_t number, twice, thrice;
};

_Static_assert(sizeof(struct entry) == ENTRY, "");

static error_t put(struct both *b, uint64_t first, size_t count, size_t *done)
{
    struct entry entries[4 * CAPACITY];

    for (size_t i = 0; i < count; i++)
        entries[i] = (struct entry){first + i, 2 * (first + i), 3 * (first + i)};
    return ring_copy_in(&b->producer, entries, count, done);
}

/* Takes up to `count` and sees that they are `first` and those that follow. */
static size_t take(struct both *b, uint64_t first, size_t count)
{
    struct entry entries[4 * CAPACITY];
    size_t done;

    ring_copy_out(&b->consumer, entries, count, &done);
    for (size_t i = 0; i < done; i++) {
        assert_int_equal(entries[i].number, first + i);
        assert_int_equal(entries[i].thrice, 3 * (first + i));
    }
    return done;
}

static void entries_come_in_order(void **state)
{
    struct both b = both(CAPACITY);
    uint64_t in = 0, out = 0;
    size_t done;

    (void)state;
    for (unsigned round = 0; round < 200; round++) { /* every place, every size, round and round */
        put(&b, in, round % (CAPACITY + 3), &done);
        in += done;
        out += take(&b, out, (round * 5) % (CAPACITY + 2));
    }
    out += take(&b, out, CAPACITY);
    assert_int_equal(in, out);
    assert_true(in > 300);
    free(b.memory);
}

static void capacity_is_exact(void **state)
{
    struct both b = both(CAPACITY);
    size_t done;

    (void)state;
    assert_int_equal(put(&b, 0, CAPACITY - 1, &done), SUCCESS);
    assert_int_equal(done, CAPACITY - 1);
    assert_int_equal(put(&b, CAPACITY - 1, 2, &done), SUCCESS); /* of two there is room for one */
    assert_int_equal(done, 1);
    assert_int_equal(put(&b, CAPACITY, 1, &done), EAGAIN);
    assert_int_equal(done, 0);
    assert_int_equal(put(&b, CAPACITY, 0, &done), SUCCESS);
    assert_int_equal(take(&b, 0, CAPACITY + 1), CAPACITY);
    assert_int_equal(ring_copy_out(&b.consumer, &done, 1, &done), EAGAIN);
    free(b.memory);
}

static void one_entry_is_a_ring(void **state)
{
    struct both b = both(1);
    size_t done;

    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(put(&b, i, 2, &done), SUCCESS);
        assert_int_equal(done, 1);
        assert_int_equal(put(&b, i, 1, &done), EAGAIN);
        assert_int_equal(take(&b, i, 2), 1);
    }
    free(b.memory);
}

static void bad_memory_is_refused(void **state)
{
    _Alignas(64) unsigned char memory[512] = {0};
    size_t exact = ring_bytes(CAPACITY, 16);
    struct ring ring;

    (void)state;
    assert_true(exact <= sizeof(memory) - 64);
    assert_int_equal(ring_open(&ring, RING_PRODUCER, memory, exact, CAPACITY, 16), SUCCESS);
    assert_int_equal(ring_open(&ring, RING_PRODUCER, memory, exact + 1, CAPACITY, 16), SUCCESS);
    assert_int_equal(ring_open(&ring, RING_PRODUCER, memory, exact - 1, CAPACITY, 16), EINVAL);
    assert_int_equal(ring_open(&ring, RING_PRODUCER, memory + 8, exact, CAPACITY, 16), EINVAL);
    assert_int_equal(ring_open(&ring, RING_PRODUCER, memory, exact, 0, 16), EINVAL);
    assert_int_equal(ring_open(&ring, RING_PRODUCER, memory, exact, CAPACITY, 0), EINVAL);
    assert_int_equal(ring_open(&ring, RING_PRODUCER, memory, 0, 1, 1), EINVAL);
    assert_int_equal(ring_open(&ring, RING_PRODUCER, memory, exact, SIZE_MAX, 16), EINVAL);
    assert_int_equal(ring_open(&ring, RING_PRODUCER, memory, exact, 1, SIZE_MAX), EINVAL);
}

static void sleeper_is_woken_once(void **state)
{
    struct both b = both(CAPACITY);
    size_t done;

    (void)state;
    assert_false(ring_must_wake(&b.producer));
    assert_true(ring_fall_asleep(&b.consumer));
    put(&b, 0, 1, &done);
    assert_true(ring_must_wake(&b.producer));
    assert_false(ring_must_wake(&b.producer));   /* one system call for a sleep, not for an entry */
    assert_false(ring_fall_asleep(&b.consumer)); /* something has come meanwhile */
    assert_false(ring_must_wake(&b.producer));
    take(&b, 0, 1);
    put(&b, 1, CAPACITY, &done);
    assert_true(ring_fall_asleep(&b.producer));
    take(&b, 1, 1);
    assert_true(ring_must_wake(&b.consumer));
    ring_wake_up(&b.producer);
    free(b.memory);
}

/* Whatever the consumer claims to have taken, only what was put can be gone. */
static void producer_does_not_believe(void **state)
{
    const uint64_t claims[] = {5, 1ull << 63, UINT64_MAX, CAPACITY + 4, 4 + 1};

    (void)state;
    for (unsigned i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        struct both b = both(CAPACITY);
        size_t done;

        put(&b, 0, 4, &done);
        b.producer.shared->index[RING_CONSUMER].count = claims[i];
        assert_int_equal(put(&b, 4, CAPACITY, &done), EPROTO);
        assert_int_equal(done, 0);
        b.producer.shared->index[RING_CONSUMER].count = 4; /* too late */
        assert_int_equal(put(&b, 4, 1, &done), EPROTO);
        assert_false(ring_fall_asleep(&b.producer));
        free(b.memory);
    }
}

/* Nor can more have been put than there is room for. */
static void consumer_does_not_believe(void **state)
{
    const uint64_t claims[] = {CAPACITY + 1, 1ull << 63, UINT64_MAX, UINT64_MAX / ENTRY};

    (void)state;
    for (unsigned i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        struct both b = both(CAPACITY);
        struct entry entries[CAPACITY + 1];
        size_t done;

        b.consumer.shared->index[RING_PRODUCER].count = claims[i];
        assert_int_equal(ring_copy_out(&b.consumer, entries, CAPACITY + 1, &done), EPROTO);
        assert_int_equal(done, 0);
        assert_int_equal(ring_copy_out(&b.consumer, entries, 1, &done), EPROTO);
        free(b.memory);
    }
}

/* An index that goes back would give what was taken before once more. */
static void index_does_not_go_back(void **state)
{
    struct both b = both(CAPACITY);
    struct entry entry;
    size_t done;

    (void)state;
    put(&b, 0, 5, &done);
    assert_int_equal(take(&b, 0, 5), 5);
    b.consumer.shared->index[RING_PRODUCER].count = 4;
    assert_int_equal(ring_copy_out(&b.consumer, &entry, 1, &done), EPROTO);
    free(b.memory);
}

/* A peer that scribbles over all that is shared, between any two steps. */
static void scribbling_harms_nobody(void **state)
{
    unsigned seed = 1;

    (void)state;
    for (unsigned i = 0; i < 2000; i++) {
        struct both b = both(1 + i % CAPACITY);
        struct entry entries[2 * CAPACITY] = {0};
        size_t done;

        for (unsigned step = 0; step < 8; step++) {
            b.producer.shared->index[rand_r(&seed) % 2].count =
                (uint64_t)rand_r(&seed) % (3 * CAPACITY) - (unsigned)rand_r(&seed) % 3;
            b.producer.shared->flag[rand_r(&seed) % 2].asleep = (unsigned)rand_r(&seed);
            ring_copy_in(&b.producer, entries, (unsigned)rand_r(&seed) % (2 * CAPACITY), &done);
            assert_true(done <= b.producer.capacity);
            ring_copy_out(&b.consumer, entries, (unsigned)rand_r(&seed) % (2 * CAPACITY), &done);
            assert_true(done <= b.consumer.capacity);
            ring_must_wake(&b.producer);
            ring_fall_asleep(&b.consumer);
        }
        free(b.memory);
    }
}

int run_ring_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("RING-1: what is put is taken, in order, in pieces of any size",
             entries_come_in_order),
        TEST("RING-2: a ring of N holds N-1 and N entries, and not N+1", capacity_is_exact),
        TEST("RING-3: a ring of one entry works, too", one_entry_is_a_ring),
        TEST("RING-4: memory that is too small or not aligned, and rings of nothing, are refused",
             bad_memory_is_refused),
        TEST("RING-5: who sleeps is woken once; nobody falls asleep over what has come",
             sleeper_is_woken_once),
        TEST("RING-6: a producer does not believe that more was taken than it has put: EPROTO",
             producer_does_not_believe),
        TEST("RING-7: a consumer does not believe that more was put than there is room for: EPROTO",
             consumer_does_not_believe),
        TEST("RING-8: an index that goes back is EPROTO", index_does_not_go_back),
        TEST("RING-9: a peer that scribbles over all that is shared makes nobody leave the ring",
             scribbling_harms_nobody),
    };

    return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
