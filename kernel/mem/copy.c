/*
 * copy.c - bytes from one address space to another, by the kernel's own walk of both page tables.
 * What lies side by side in memory is copied as one, with a look for an interrupt at each border of
 * ARCH_COPY_BYTES on either side. What the walks found holds while none waits; nothing is
 * remembered over a preemption.
 */

#include <arch_copy.h>
#include <mem/mem.h>

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Of memory that is both, no more at once than lies between where they begin: so it is as if bytes
   were copied one by one. */
static uint64_t apart(const char *from, const char *to, uint64_t bytes)
{
    uint64_t distance = (uintptr_t)(from < to ? to : from) - (uintptr_t)(from < to ? from : to);

    return distance ? least(bytes, distance) : bytes;
}

/* To the next border between two looks for an interrupt. */
static uint64_t left_in_piece(uint64_t address)
{
    return ARCH_COPY_BYTES - (address & (ARCH_COPY_BYTES - 1));
}

static void run_advance(struct run *run, uint64_t bytes)
{
    run->memory += bytes;
    run->bytes -= bytes;
}

enum copy_end copy_between(struct copy *copy)
{
    struct run from = {0}, to = {0};

    while (copy->length) {
        uint64_t bytes = least(copy->length, least(left_in_piece(copy->from_address),
                                                   left_in_piece(copy->to_address)));

        if (!from.bytes && !vspace_run(copy->from, copy->from_address, copy->length, false, &from))
            return COPY_FROM_MISSING;
        if (!to.bytes && !vspace_run(copy->to, copy->to_address, copy->length, true, &to))
            return COPY_TO_MISSING;
        bytes = apart(from.memory, to.memory, least(bytes, least(from.bytes, to.bytes)));
        memcpy(to.memory, from.memory, bytes);
        run_advance(&from, bytes);
        run_advance(&to, bytes);
        copy->from_address += bytes;
        copy->to_address += bytes;
        copy->length -= bytes;
        if (copy->length && arch_preemption_pending())
            return COPY_PREEMPTED;
    }
    return COPY_DONE;
}
