/*
 * vspace.c - address spaces, and the window of addresses that the library gives out.
 */
#include <myelin/untyped.h>
#include <myelin/vspace.h>

#include "internal.h"

#define RANGES_MAX 256

/* The ranges in use, in no order; size 0: a free entry. */
static struct {
    uint64_t address;
    uint64_t size;
} ranges[RANGES_MAX];

cap_t vspace_self(void)
{
    static cap_t vspace;

    if (!vspace)
        vspace = startup_cap("vspace");
    return vspace;
}

error_t vspace_create(cap_t untyped, const char *name, cap_t *vspace)
{
    return untyped_retype(untyped, OBJECT_VSPACE, 0, name, 0, vspace);
}

/* The end of a range that overlaps the `size` bytes at `address`, or 0. */
static uint64_t overlap_end(uint64_t address, uint64_t size)
{
    for (unsigned i = 0; i < RANGES_MAX; i++) {
        if (ranges[i].size && address < ranges[i].address + ranges[i].size &&
            ranges[i].address < address + size)
            return ranges[i].address + ranges[i].size;
    }
    return 0;
}

/* The lowest aligned address with `size` free bytes, or 0. */
static uint64_t first_fit(uint64_t size, uint64_t alignment)
{
    uint64_t address = VSPACE_WINDOW_BASE;
    uint64_t end;

    while (size <= VSPACE_WINDOW_END - address) {
        end = overlap_end(address, size);
        if (!end)
            return address;
        address = (end + alignment - 1) & ~(alignment - 1);
    }
    return 0;
}

error_t vspace_reserve(size_t size, size_t alignment, uint64_t *address)
{
    uint64_t page = 1ull << PAGE_SIZE_BITS;
    unsigned i = 0;

    if (!size || size > VSPACE_WINDOW_END - VSPACE_WINDOW_BASE || alignment & (alignment - 1))
        return library_error(EINVAL);
    size = (size + page - 1) & ~(page - 1);
    while (i < RANGES_MAX && ranges[i].size)
        i++;
    *address = first_fit(size, alignment < page ? page : alignment);
    if (i == RANGES_MAX || !*address)
        return library_error(ENOMEM);

    ranges[i].address = *address;
    ranges[i].size = size;
    return SUCCESS;
}

void vspace_unreserve(uint64_t address)
{
    for (unsigned i = 0; i < RANGES_MAX; i++) {
        if (ranges[i].size && ranges[i].address == address)
            ranges[i].size = 0;
    }
}
