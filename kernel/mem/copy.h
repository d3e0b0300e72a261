/*
 * copy.h - a copy (copy.c) for who has so little to copy that it is done in place.
 */
#pragma once

#include <arch_copy.h>
#include <mem/mem.h>

/* Is some of the memory both? (Or it lies side by side: that one does not matter.) */
IN_PLACE bool copy_overlaps(uintptr_t from, uintptr_t to, uint64_t bytes)
{
    return to - from + bytes < 2 * bytes;
}

/* Is no look for an interrupt due between its first byte and its last? */
IN_PLACE bool copy_is_one_piece(uint64_t address, uint64_t length)
{
    return ((address + length - 1) ^ address) < ARCH_COPY_BYTES;
}

/* Does that run have them all? */
IN_PLACE bool copy_fits(const struct run *run, uint64_t address, uint64_t length)
{
    return run_has(run, address) && length <= run->end - address;
}

/* The whole copy, where that is one piece of what both spaces have seen last. False: nothing is
   done. */
IN_PLACE bool copy_at_once(const struct copy *copy)
{
    const struct run *from = copy->from->last[false], *to = copy->to->last[true];
    uintptr_t from_memory, to_memory;

    if (!copy_is_one_piece(copy->from_address, copy->length) ||
        !copy_is_one_piece(copy->to_address, copy->length))
        return false;
    if (!copy_fits(from, copy->from_address, copy->length) ||
        !copy_fits(to, copy->to_address, copy->length))
        return false;
    from_memory = from->memory + copy->from_address;
    to_memory = to->memory + copy->to_address;
    if (copy_overlaps(from_memory, to_memory, copy->length))
        return false;
    arch_copy((char *)to_memory, (const char *)from_memory, copy->length);
    return true;
}
