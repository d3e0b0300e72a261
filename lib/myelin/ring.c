/*
 * ring.c - the part of the ring that makes no system call: indices and entries in shared memory.
 *
 * Indices count all entries ever, so a full ring and an empty one differ, and 2^64 entries is
 * never. Whoever publishes writes its index and then looks whether the other sleeps; whoever goes
 * to sleep says so and then looks at the other's index. Both in this order for everybody
 * (sequentially consistent), so one of them sees the other.
 */
#include <myelin/ring.h>
#include <string.h>

error_t ring_open(struct ring *ring, enum ring_side side, void *memory, size_t bytes,
                  size_t capacity, size_t entry_bytes)
{
    if (!capacity || !entry_bytes || (uintptr_t)memory % 64 || bytes < sizeof(struct ring_shared))
        return EINVAL;
    if ((bytes - sizeof(struct ring_shared)) / entry_bytes < capacity)
        return EINVAL;
    *ring = (struct ring){
        .shared = memory,
        .entries = (unsigned char *)memory + sizeof(struct ring_shared),
        .capacity = capacity,
        .entry_bytes = entry_bytes,
        .side = side,
    };
    return SUCCESS;
}

void ring_set_bells(struct ring *ring, cap_t bell, cap_t other_bell)
{
    ring->bell = bell;
    ring->other_bell = other_bell;
}

static enum ring_side other_side(const struct ring *ring)
{
    return ring->side == RING_PRODUCER ? RING_CONSUMER : RING_PRODUCER;
}

/* Entries that can be put, or taken, by what was last seen of the other's index. */
static uint64_t possible(const struct ring *ring)
{
    if (ring->side == RING_PRODUCER)
        return ring->capacity - (ring->own - ring->other);
    return ring->other - ring->own;
}

/* Looks at the other's index, once. It only goes forward, and not beyond what there is to take or
   room for. */
static error_t look(struct ring *ring)
{
    uint64_t seen = __atomic_load_n(&ring->shared->index[other_side(ring)].count, __ATOMIC_SEQ_CST);
    uint64_t most = ring->own - ring->other;

    if (ring->side == RING_CONSUMER)
        most += ring->capacity;
    if (ring->broken || seen - ring->other > most) {
        ring->broken = true;
        return EPROTO;
    }
    ring->other = seen;
    return SUCCESS;
}

/* How many of `count` entries can go now; looks at the shared index only if that must be. */
static error_t room_for(struct ring *ring, size_t count, size_t *done)
{
    error_t error = possible(ring) < count || ring->broken ? look(ring) : SUCCESS;
    uint64_t most = possible(ring);

    *done = 0;
    if (error)
        return error;
    *done = count < most ? count : (size_t)most;
    return *done || !count ? SUCCESS : EAGAIN;
}

/* Entries that lie one behind the other: from here up to the end, if `count` reach so far. */
static size_t until_end(const struct ring *ring, size_t count)
{
    size_t left = ring->capacity - ring->place;

    return count < left ? count : left;
}

static void publish(struct ring *ring, size_t count)
{
    ring->place += count;
    if (ring->place >= ring->capacity)
        ring->place -= ring->capacity;
    ring->own += count;
    __atomic_store_n(&ring->shared->index[ring->side].count, ring->own, __ATOMIC_SEQ_CST);
}

error_t ring_copy_in(struct ring *ring, const void *entries, size_t count, size_t *done)
{
    error_t error = room_for(ring, count, done);
    size_t first = until_end(ring, *done), size = ring->entry_bytes;

    if (error)
        return error;
    memcpy(ring->entries + ring->place * size, entries, first * size);
    if (first < *done) /* the others lie at the start */
        memcpy(ring->entries, (const unsigned char *)entries + first * size,
               (*done - first) * size);
    publish(ring, *done);
    return SUCCESS;
}

error_t ring_copy_out(struct ring *ring, void *entries, size_t count, size_t *done)
{
    error_t error = room_for(ring, count, done);
    size_t first = until_end(ring, *done), size = ring->entry_bytes;

    if (error)
        return error;
    memcpy(entries, ring->entries + ring->place * size, first * size);
    if (first < *done)
        memcpy((unsigned char *)entries + first * size, ring->entries, (*done - first) * size);
    publish(ring, *done);
    return SUCCESS;
}

bool ring_must_wake(struct ring *ring)
{
    uint32_t *asleep = &ring->shared->flag[other_side(ring)].asleep;

    return __atomic_load_n(asleep, __ATOMIC_SEQ_CST) &&
           __atomic_exchange_n(asleep, 0, __ATOMIC_SEQ_CST);
}

bool ring_fall_asleep(struct ring *ring)
{
    __atomic_store_n(&ring->shared->flag[ring->side].asleep, 1, __ATOMIC_SEQ_CST);
    if (look(ring) == SUCCESS && possible(ring) == 0)
        return true;
    ring_wake_up(ring);
    return false;
}

void ring_wake_up(struct ring *ring)
{
    __atomic_store_n(&ring->shared->flag[ring->side].asleep, 0, __ATOMIC_RELAXED);
}
