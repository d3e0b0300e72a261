/*
 * copy.c - bytes from one address space to another, page by page, by the kernel's own walk of
 * both page tables. Each page is looked up afresh: nothing is remembered over a preemption.
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

enum copy_end copy_between(struct copy *copy)
{
    while (copy->length) {
        uint64_t bytes = least(
            copy->length, least(left_in_page(copy->from_address), left_in_page(copy->to_address)));
        const void *from = vspace_memory(copy->from, copy->from_address, CAP_RIGHTS_READ);
        void *to = vspace_memory(copy->to, copy->to_address, CAP_RIGHTS_WRITE);

        if (!from)
            return COPY_FROM_MISSING;
        if (!to)
            return COPY_TO_MISSING;
        memcpy(to, from, bytes);
        copy->from_address += bytes;
        copy->to_address += bytes;
        copy->length -= bytes;
        if (copy->length && arch_preemption_pending())
            return COPY_PREEMPTED;
    }
    return COPY_DONE;
}
