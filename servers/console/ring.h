/*
 * ring.h - a ring of cells: bytes, and marks that are no bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_CELLS 8192 /* a power of two */

struct ring {
    unsigned first; /* counts on and on; the cell is first % RING_CELLS */
    unsigned count;
    uint16_t cells[RING_CELLS];
};

static inline size_t ring_room(const struct ring *ring)
{
    return RING_CELLS - ring->count;
}

/* Appends a cell; there must be room. */
static inline void ring_put(struct ring *ring, uint16_t cell)
{
    ring->cells[(ring->first + ring->count++) % RING_CELLS] = cell;
}

/* The cell `index` from the front; index < count. */
static inline uint16_t ring_peek(const struct ring *ring, size_t index)
{
    return ring->cells[(ring->first + index) % RING_CELLS];
}

/* Takes `count` cells off the front. */
static inline void ring_drop(struct ring *ring, size_t count)
{
    ring->first += (unsigned)count;
    ring->count -= (unsigned)count;
}
