/*
 * ring.h - a ring of entries in shared memory, from one producer to one consumer. While both are
 * busy nobody makes a system call; who has nothing to do sleeps on the other's notification.
 *
 * The memory is zeroed at first, and mapped writable by both: Frames, or a granted range. With its
 * owner it goes: a Frame leaves a hole, and who touches it faults; a granted range that was mapped
 * (grant_map) becomes zeros, which is EPIPE here. Each side makes a notification, its bell, rings
 * it to wake the other (with Send), and gives the other Recv on it; so the death of either wakes
 * the one who sleeps (EPIPE).
 *
 * Nothing that the other side writes is trusted. Its index is read once and checked; what cannot be
 * is EPROTO, from then on for ever. Entries are copied out before anybody looks at them. So the
 * worst that it can do is to send nonsense, or nothing. Idea: virtio and io_uring, without the
 * descriptors.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <myelin/abi.h>
#include <myelin/errors.h>

enum ring_side { RING_PRODUCER, RING_CONSUMER };

/* What both see; the entries follow. Each line has one writer, but for the flags of who sleeps,
   which their readers clear. */
struct ring_shared {
    struct {
        _Alignas(64) uint64_t count; /* entries that this side has put, or taken, ever */
    } index[2];
    struct {
        _Alignas(64) uint32_t asleep;
    } flag[2];
};

/* One side of a ring; nobody else's to touch. */
struct ring {
    struct ring_shared *shared;
    unsigned char *entries;
    size_t capacity;    /* in entries */
    size_t entry_bytes; /* of each */
    enum ring_side side;
    bool broken;    /* the other has written nonsense */
    uint64_t own;   /* this side's index; the shared copy is never read back */
    uint64_t other; /* the other's, as last seen */
    size_t place;   /* own % capacity */
    cap_t bell;     /* own: rung to wake the other */
    cap_t other_bell;
};

/* Bytes of memory that such a ring takes. */
static inline size_t ring_bytes(size_t capacity, size_t entry_bytes)
{
    return sizeof(struct ring_shared) + capacity * entry_bytes;
}

/* One side of a new ring in `bytes` of zeroed memory. EINVAL: no entries, or the memory is too
   small or not aligned to 64. The bells are set by ring_set_bells, before anything that could wait.
 */
error_t ring_open(struct ring *ring, enum ring_side side, void *memory, size_t bytes,
                  size_t capacity, size_t entry_bytes);
void ring_set_bells(struct ring *ring, cap_t bell, cap_t other_bell);

/*
 * Puts `count` entries, as many as there is room for, and publishes them at once: *done of them.
 * EAGAIN: there is no room. ring_try_get takes up to `count`; EAGAIN: there are none. EPROTO: the
 * other side has written nonsense; EPIPE: it has ended.
 */
error_t ring_try_put(struct ring *ring, const void *entries, size_t count, size_t *done);
error_t ring_try_get(struct ring *ring, void *entries, size_t count, size_t *done);

/* Puts all `count` entries, waiting for room as often as need be. */
error_t ring_put(struct ring *ring, const void *entries, size_t count);
/* Takes up to `count` entries, waiting until there is at least one. What was put before the
   producer ended is still taken; then EPIPE. */
error_t ring_get(struct ring *ring, void *entries, size_t count, size_t *done);
/* The same, but no longer than until `deadline` (absolute, ns): ETIMEDOUT. *done entries were put.
 */
error_t ring_put_until(struct ring *ring, const void *entries, size_t count, uint64_t deadline,
                       size_t *done);
error_t ring_get_until(struct ring *ring, void *entries, size_t count, uint64_t deadline,
                       size_t *done);

/* ---- the steps of which the above are made; none makes a system call (ring.c) ---- */

error_t ring_copy_in(struct ring *ring, const void *entries, size_t count, size_t *done);
error_t ring_copy_out(struct ring *ring, void *entries, size_t count, size_t *done);
/* Does the other sleep? Then it must be woken now: it is asked but once. */
bool ring_must_wake(struct ring *ring);
/* Tells the other that this side goes to sleep. False: there is something to do after all. */
bool ring_fall_asleep(struct ring *ring);
void ring_wake_up(struct ring *ring);
