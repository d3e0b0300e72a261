/*
 * memory.c - divides the memory that the kernel handed over: a little for root, the rest for
 * `process`, who is the memory server of all others.
 */
#include <myelin/objects.h>
#include <myelin/untyped.h>

#include "root.h"

#define OWN_BITS  23 /* 8 MiB: the process server, and root's few objects */
#define POOL_BITS 18 /* smaller ones are of no use to `process` */
#define POOLS_MAX (BOOT_UNTYPED_MAX + 32)

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

        if (is_memory(untyped, OWN_BITS) && (!best || untyped->size_bits < best->size_bits))
            best = untyped;
    }
    return best;
}

/* Cuts a piece of OWN_BITS off, the rest becoming pools: a half, a quarter, and so on. */
static error_t cut(const struct boot_untyped *untyped, cap_t *own)
{
    error_t error = SUCCESS;

    *own = untyped->cap;
    if (untyped->size_bits == OWN_BITS)
        return SUCCESS;
    for (unsigned bits = untyped->size_bits - 1; bits >= OWN_BITS && !error; bits--)
        error = untyped_retype(untyped->cap, OBJECT_UNTYPED, bits, "pool", &pools[pool_count++]);
    return error ? error : untyped_retype(untyped->cap, OBJECT_UNTYPED, OWN_BITS, "root", own);
}

error_t memory_divide(const struct boot_info *boot, cap_t *own)
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
