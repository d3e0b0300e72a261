/*
 * lend.c - granted memory that is mapped into another process: its pages are those of the granter,
 * as Frames derived from his, one by one as they are touched.
 *
 * The mapping is a region of the borrower's that names the granter and an address of his. It ends
 * as a whole when the granter unmaps, protects or takes back any part of it, or ends; then, and
 * wherever the granter has no page to give, there are zeroed pages of the borrower's own. So nobody
 * faults because of what another did.
 */
#include <myelin/cap.h>
#include <myelin/idl/memorygrant.h>
#include <myelin/idl/self_server.h>
#include <myelin/idl/vspace.h>

#include "process.h"

/* The running process whose VSpace says that of itself, or NULL. */
static struct process *process_of_space(uint64_t space)
{
    for (unsigned n = 0; n < PROCESSES_MAX; n++) {
        struct process *process = process_at(n);

        if (process->state == PROCESS_RUNS && process->space == space)
            return process;
    }
    return NULL;
}

/* Is all of [start, end) the granter's own memory, that he may use so himself? */
static bool is_his(const struct process *granter, uint64_t start, uint64_t end, uint32_t rights)
{
    while (start < end) {
        const struct region *region = region_find(&granter->regions, start);

        if (!region || region->lender || (rights & ~region->rights))
            return false;
        start = region->end;
    }
    return true;
}

/* What of the granter's the grant stands for: region->start is an address of his as yet. */
static error_t find_range(cap_t grant, struct region *region)
{
    struct memorygrant_info info;
    error_t error = memorygrant_inspect(grant, &info);
    const struct process *granter = error ? NULL : process_of_space(info.space);
    uint64_t base;

    if (error)
        return error;
    if (!granter || vspace_locate(granter->vspace, grant, &base))
        return ENOENT;
    if (base % PAGE_BYTES || info.length % PAGE_BYTES)
        return EINVAL;
    if (region->rights & ~info.rights)
        return EPERM;
    if (!is_his(granter, base, base + info.length, region->rights))
        return EFAULT;
    region->start = base;
    region->end = base + info.length;
    region->lender = granter->pid;
    region->most = (uint32_t)info.rights;
    return SUCCESS;
}

error_t lend_region(struct process *process, cap_t grant, uint64_t address, uint32_t rights,
                    uint64_t *mapped)
{
    struct region region = {.rights = rights};
    error_t error = find_range(grant, &region);
    uint64_t base = region.start;

    if (!error)
        error = choose_range(process, address, region.end - base, &region);
    region.lender_offset = base - region.start;
    if (!error)
        error = region_add(&process->regions, &region);
    *mapped = region.start;
    return error;
}

/* The granter's page at `address`, made present; NULL: he has none to give. */
static const struct page *his_page(struct process *granter, uint64_t address, uint32_t rights)
{
    const struct region *region = region_find(&granter->regions, address);
    const struct page *page = mapped_page(granter, address);

    if (!region || region->lender || (rights & ~region->rights))
        return NULL;
    if (page || page_in(granter, region, address))
        return page;
    return mapped_page(granter, address);
}

error_t lend_page(const struct region *region, uint64_t address, struct page **page)
{
    struct process *granter = process_of_pid(region->lender);
    const struct page *his =
        granter ? his_page(granter, address + region->lender_offset, region->rights) : NULL;

    return his ? share_page(region, his, page) : ENOENT;
}

static bool is_borrowed(const struct region *region, const struct process *granter, uint64_t start,
                        uint64_t end)
{
    uint64_t base = region->start + region->lender_offset;

    return region->lender == granter->pid && base < end &&
           base + (region->end - region->start) > start;
}

void lend_end(const struct process *granter, uint64_t start, uint64_t end)
{
    for (unsigned n = 0; n < PROCESSES_MAX; n++) {
        struct process *borrower = process_at(n);

        for (struct region *region = borrower->regions.first; region; region = region->next) {
            if (!is_borrowed(region, granter, start, end))
                continue;
            unmap_pages(borrower, region->start, region->end);
            region->lender = 0;
        }
    }
}

void lend_forget(struct process *process)
{
    lend_end(process, 0, UINT64_MAX);
    for (struct region *region = process->regions.first; region; region = region->next) {
        if (region->lender)
            unmap_pages(process, region->start, region->end);
    }
}
