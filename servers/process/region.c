/*
 * region.c - ordered lists of regions, and the pool that they come from.
 */
#include "region.h"

#include <stddef.h>

static struct region records[REGIONS_MAX];
static struct region *unused_first;
static unsigned touched; /* records from here on were never used */

static struct region *record_take(void)
{
    struct region *region = unused_first;

    if (region)
        unused_first = region->next;
    else if (touched < REGIONS_MAX)
        region = &records[touched++];
    return region;
}

static void record_give(struct region *region)
{
    region->next = unused_first;
    unused_first = region;
}

/* Whether `count` more records can be had, for this process and in all. */
static bool room_for(const struct regions *regions, unsigned count)
{
    unsigned free = REGIONS_MAX - touched;

    for (struct region *region = unused_first; region && free < count; region = region->next)
        free++;
    return free >= count && regions->count + count <= REGIONS_PER_PROCESS;
}

struct region *region_find(const struct regions *regions, uint64_t address)
{
    struct region *region = regions->first;

    while (region && region->end <= address)
        region = region->next;
    return region && region->start <= address ? region : NULL;
}

static bool is_plain(const struct region *region)
{
    return region->file_start == region->file_end && !region->zero_tail && !region->lender;
}

static bool can_join(const struct region *low, const struct region *high)
{
    return low->end == high->start && low->rights == high->rights && is_plain(low) &&
           is_plain(high);
}

/* Joins the region with the one behind it, if they are alike. */
static void join_next(struct regions *regions, struct region *region)
{
    struct region *next = region ? region->next : NULL;

    if (!next || !can_join(region, next))
        return;
    region->end = next->end;
    region->next = next->next;
    regions->count--;
    record_give(next);
}

error_t region_add(struct regions *regions, const struct region *region)
{
    struct region **link = &regions->first;
    struct region *before = NULL, *record;

    while (*link && (*link)->end <= region->start) {
        before = *link;
        link = &(*link)->next;
    }
    if (*link && (*link)->start < region->end)
        return EEXIST;
    if (!room_for(regions, 1))
        return ENOMEM;

    record = record_take();
    *record = *region;
    record->next = *link;
    *link = record;
    regions->count++;
    join_next(regions, record);
    join_next(regions, before);
    return SUCCESS;
}

uint64_t region_place(const struct regions *regions, uint64_t from, uint64_t to, uint64_t bytes)
{
    for (struct region *region = regions->first; region; region = region->next) {
        if (region->end <= from)
            continue;
        if (region->start >= from && region->start - from >= bytes)
            break;
        from = region->end;
    }
    return from < to && to - from >= bytes ? from : 0;
}

static bool lies_inside(const struct regions *regions, uint64_t address)
{
    const struct region *region = region_find(regions, address);

    return region && region->start != address;
}

/* How many records it takes to have no region reach over `start` or `end`. */
static unsigned cuts_needed(const struct regions *regions, uint64_t start, uint64_t end)
{
    return (unsigned)lies_inside(regions, start) + (unsigned)lies_inside(regions, end);
}

/* Cuts the region that has the address inside, if any, in two. There must be room for one. */
static void cut_at(struct regions *regions, uint64_t address)
{
    struct region *low = region_find(regions, address);
    struct region *high;

    if (!lies_inside(regions, address))
        return;
    high = record_take();
    *high = *low;
    high->start = address;
    low->end = address;
    low->next = high;
    regions->count++;
}

error_t region_remove(struct regions *regions, uint64_t start, uint64_t end)
{
    struct region **link = &regions->first;

    if (!room_for(regions, cuts_needed(regions, start, end)))
        return ENOMEM;

    cut_at(regions, start);
    cut_at(regions, end);
    while (*link && (*link)->start < end) {
        struct region *region = *link;

        if (region->start < start) {
            link = &region->next;
            continue;
        }
        *link = region->next;
        regions->count--;
        record_give(region);
    }
    return SUCCESS;
}

static bool covered(const struct regions *regions, uint64_t start, uint64_t end)
{
    while (start < end) {
        const struct region *region = region_find(regions, start);

        if (!region)
            return false;
        start = region->end;
    }
    return true;
}

error_t region_protect(struct regions *regions, uint64_t start, uint64_t end, uint32_t rights)
{
    struct region *before = NULL;

    if (!covered(regions, start, end))
        return ENOENT;
    if (!room_for(regions, cuts_needed(regions, start, end)))
        return ENOMEM;

    cut_at(regions, start);
    cut_at(regions, end);
    for (struct region *region = regions->first; region && region->start <= end;) {
        if (region->start >= start && region->end <= end)
            region->rights = rights;
        if (before && can_join(before, region)) {
            join_next(regions, before);
            region = before->next;
        } else {
            before = region;
            region = region->next;
        }
    }
    return SUCCESS;
}

bool region_may_have(const struct regions *regions, uint64_t start, uint64_t end, uint32_t rights)
{
    for (const struct region *region = regions->first; region; region = region->next) {
        if (region->start < end && region->end > start && region->lender &&
            (rights & ~region->most))
            return false;
    }
    return true;
}

void region_forget_all(struct regions *regions)
{
    while (regions->first) {
        struct region *region = regions->first;

        regions->first = region->next;
        record_give(region);
    }
    regions->count = 0;
}
