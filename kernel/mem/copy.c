/*
 * copy.c - bytes from one address space to another, page by page, by the kernel's own walk of
 * both page tables. Nothing is remembered over a preemption, but from page to page which table
 * the last one was in.
 */

#include <mem/mem.h>

static uint64_t left_in_page(uint64_t address)
{
    return PAGE_BYTES - (address & (PAGE_BYTES - 1));
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Of memory that is both, no more at once than lies between where they begin: so it is as if bytes
   were copied one by one. */
static uint64_t apart(const void *from, const void *to, uint64_t bytes)
{
    uint64_t distance = (uintptr_t)(from < to ? to : from) - (uintptr_t)(from < to ? from : to);

    return distance ? least(bytes, distance) : bytes;
}

enum copy_end copy_between(struct copy *copy)
{
    struct vspace_view from_view = {copy->from, VIEW_NOWHERE, 0};
    struct vspace_view to_view = {copy->to, VIEW_NOWHERE, 0};

    while (copy->length) {
        uint64_t bytes = least(
            copy->length, least(left_in_page(copy->from_address), left_in_page(copy->to_address)));
        const void *from = vspace_view_memory(&from_view, copy->from_address, CAP_RIGHTS_READ);
        void *to = vspace_view_memory(&to_view, copy->to_address, CAP_RIGHTS_WRITE);

        if (!from)
            return COPY_FROM_MISSING;
        if (!to)
            return COPY_TO_MISSING;
        bytes = apart(from, to, bytes);
        memcpy(to, from, bytes);
        copy->from_address += bytes;
        copy->to_address += bytes;
        copy->length -= bytes;
        if (copy->length && arch_preemption_pending())
            return COPY_PREEMPTED;
    }
    return COPY_DONE;
}
