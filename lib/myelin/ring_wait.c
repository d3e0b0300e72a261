/*
 * ring_wait.c - the part of the ring that makes system calls: waking the other, and sleeping.
 */
#include <myelin/ring.h>

#include "internal.h"

/* The other's bell is gone: so is the other. */
static error_t gone(error_t error)
{
    return error == ESTALE ? EPIPE : error;
}

/* It has ended, perhaps, and the memory was its own: then that is what is wrong. */
static error_t why_broken(const struct ring *ring)
{
    struct message message = {0};
    error_t error = gone(message_poll(ring->other_bell, &message));

    return library_error(error == EPIPE ? EPIPE : EPROTO);
}

/* After an attempt to put or take: who waits for it is woken. */
static error_t attempted(struct ring *ring, error_t error)
{
    if (error == EPROTO)
        return why_broken(ring);
    if (error)
        return library_error(error);
    return ring_must_wake(ring) ? ipc_notify(ring->bell, 0) : SUCCESS;
}

error_t ring_try_put(struct ring *ring, const void *entries, size_t count, size_t *done)
{
    return attempted(ring, ring_copy_in(ring, entries, count, done));
}

error_t ring_try_get(struct ring *ring, void *entries, size_t count, size_t *done)
{
    return attempted(ring, ring_copy_out(ring, entries, count, done));
}

/* Waits until the other rings, or there is something to do. When it has ended the memory may be
   gone, so nothing more is written there. */
static error_t wait_for_other(struct ring *ring, uint64_t deadline)
{
    struct message message = {0};
    error_t error;

    if (!ring_fall_asleep(ring))
        return SUCCESS;
    error = gone(message_receive_until(ring->other_bell, &message, deadline));
    if (error != EPIPE)
        ring_wake_up(ring);
    return error;
}

error_t ring_put_until(struct ring *ring, const void *entries, size_t count, uint64_t deadline,
                       size_t *done)
{
    error_t error = SUCCESS;

    *done = 0;
    while (*done < count && !error) {
        size_t part;

        error = ring_try_put(ring, (const char *)entries + *done * ring->entry_bytes, count - *done,
                             &part);
        *done += part;
        if (error == EAGAIN)
            error = wait_for_other(ring, deadline);
    }
    return error;
}

error_t ring_get_until(struct ring *ring, void *entries, size_t count, uint64_t deadline,
                       size_t *done)
{
    for (;;) {
        error_t error = ring_try_get(ring, entries, count, done);

        if (error == EAGAIN)
            error = wait_for_other(ring, deadline);
        if (error || *done)
            return error;
    }
}

error_t ring_put(struct ring *ring, const void *entries, size_t count)
{
    size_t done;

    return ring_put_until(ring, entries, count, DEADLINE_FOREVER, &done);
}

error_t ring_get(struct ring *ring, void *entries, size_t count, size_t *done)
{
    return ring_get_until(ring, entries, count, DEADLINE_FOREVER, done);
}
