/*
 * memory.h - the memory of all processes: blocks of Untyped, and who holds which.
 *
 * A block is a power of two of bytes. Everything a process has, kernel objects and pages, is
 * made of blocks that it alone holds; so giving them back, whatever was made of them, is one
 * revoke for each. Free neighbours are joined at once: when all is given back, the figures are
 * what they were.
 */
#pragma once

#include <stdint.h>

#include <myelin/abi.h>
#include <myelin/errors.h>

#define BLOCK_BITS_MIN 18
#define BLOCK_BITS_MAX 40
#define BLOCKS_MAX     8192

/* The blocks that one process holds, newest first. Zeroed: none. */
struct holding {
    unsigned first; /* a block, 0: none */
    uint64_t bytes;
};

/* Adds an Untyped to the common memory. ENOSPC: too small, or too many. */
error_t memory_add(cap_t untyped, unsigned size_bits);
/* Bytes in all, and those that nobody holds. */
uint64_t memory_total(void);
uint64_t memory_free(void);
/* Capability slots that blocks take. */
uint64_t memory_slots(void);

/*
 * Makes an object (as untyped_retype) of the holder's memory, taking a further block if need
 * be. ENOMEM: there is no memory left, or the holder has half of all, or this server has no
 * capability slot left.
 */
error_t holding_retype(struct holding *holding, unsigned type, uint64_t size, const char *name,
                       cap_t *object);
/*
 * Sees to it that so many capability slots of this server are free, enlarging its space if need
 * be. The memory for that is never given back. ENOMEM.
 */
error_t slots_ensure(uint64_t free);
/* Ends all that was made of the holder's memory, wherever it is, and gives the memory back. */
void holding_release(struct holding *holding);
