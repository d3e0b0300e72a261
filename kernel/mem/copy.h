/*
 * copy.h - a copy (copy.c) for who has so little to copy that it is done in place.
 */
#pragma once

#include <arch_copy.h>
#include <mem/mem.h>

/* Is some of the memory both? (Or it lies side by side: that one does not matter.) */
IN_PLACE bool copy_overlaps(const char *from, const char *to, uint64_t bytes)
{
    return (uintptr_t)to - (uintptr_t)from + bytes < 2 * bytes;
}

/* Is no look for an interrupt due between its first byte and its last? */
IN_PLACE bool copy_is_one_piece(uint64_t address, uint64_t length)
{
    return ((address + length - 1) ^ address) < ARCH_COPY_BYTES;
}

/* The whole copy, where that is one piece of what both spaces have seen last. False: nothing is
   done. */
IN_PLACE bool copy_at_once(const struct copy *copy)
{
    const struct run *from = copy->from->seen[false], *to = copy->to->seen[true];
    uint64_t from_offset = copy->from_address - from->address;
    uint64_t to_offset = copy->to_address - to->address, length = copy->length;

    if (!copy_is_one_piece(copy->from_address, length) ||
        !copy_is_one_piece(copy->to_address, length))
        return false;
    if (length > from->bytes || from_offset > from->bytes - length)
        return false;
    if (length > to->bytes || to_offset > to->bytes - length)
        return false;
    if (copy_overlaps(from->memory + from_offset, to->memory + to_offset, length))
        return false;
    arch_copy(to->memory + to_offset, from->memory + from_offset, length);
    return true;
}
