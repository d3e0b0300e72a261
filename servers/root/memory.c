/*
 * memory.c - divides the memory that the kernel handed over: a little for root, the rest for
 * `process`, who is the memory server of all others.
 */
#include <myelin/objects.h>
#include <myelin/untyped.h>

#include "root.h"

#define PIECE_BITS 22
#define POOL_BITS  18 /* smaller ones are of no use to `process` */
#define POOLS_MAX  (BOOT_UNTYPED_MAX + 32)

static cap_t pools[POOLS_MAX];
static unsigned pool_count;

cap_t memory_pool(unsigned n)
{
    return n < pool_count ? pools[n] : CAP_NULL;
}

static bool is_memory(const struct boot_untyped *untyped, unsigned least_bits)
{
    return !untyped->device && untyped->size_bits >= least_bits;
}

/* The smallest Untyped that is large enough for root, or NULL. */
static const struct boot_untyped *choose(const struct boot_info *boot)
{
    const struct boot_untyped *best = NULL;

    for (uint64_t i = 0; i < boot->untyped_count; i++) {
        const struct boot_untyped *untyped = &boot->untyped[i];

        if (is_memory(untyped, PIECE_BITS + 1) && (!best || untyped->size_bits < best->size_bits))
            best = untyped;
    }
    return best;
}

/*
 * Cuts two pieces of PIECE_BITS off, the rest becoming pools: a half, a quarter, and so on. The
 * two do not share one piece because the capability space, a power of two itself, would waste
 * most of it.
 */
static error_t cut(const struct boot_untyped *untyped, struct own_memory *own)
{
    error_t error = SUCCESS;

    for (unsigned bits = untyped->size_bits - 1; bits > PIECE_BITS && !error; bits--)
        error = untyped_retype(untyped->cap, OBJECT_UNTYPED, bits, "pool", 0, &pools[pool_count++]);
    if (!error)
        error = untyped_retype(untyped->cap, OBJECT_UNTYPED, PIECE_BITS, "root", 0, &own->objects);
    return error ? error
                 : untyped_retype(untyped->cap, OBJECT_UNTYPED, PIECE_BITS, "root", 0, &own->slots);
}

error_t memory_divide(const struct boot_info *boot, struct own_memory *own)
{
    const struct boot_untyped *chosen = choose(boot);

    if (!chosen)
        return ENOMEM;
    for (uint64_t i = 0; i < boot->untyped_count; i++) {
        if (is_memory(&boot->untyped[i], POOL_BITS) && &boot->untyped[i] != chosen)
            pools[pool_count++] = boot->untyped[i].cap;
    }
    return cut(chosen, own);
}
