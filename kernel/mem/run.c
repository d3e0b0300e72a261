/*
 * run.c - pages of a space that lie side by side in memory: found in its page tables, and copied as
 * one.
 *
 * What was found is kept, for reading and for writing, and grows as a copy goes on behind it. It
 * says what the tables say: new pages do not change it, and a page that goes or becomes another has
 * it forgotten. So it is never looked whether it still holds.
 */

#include <mem/mem.h>

#define LINE_ENTRIES 8 /* of a page table, in one line of the cache */
#define SEARCH_PAGES                                                           \
    (1 + 4 * LINE_ENTRIES) /* at once: then some is copied, and interrupts are \
                              looked for */

/* The entry for the 2 MiB around the address: of a large page, or of a table of small ones; 0:
   there is none. */
static uint64_t large_entry(const struct vspace *vspace, uint64_t address)
{
    const uint64_t *table = vspace->top;
    uint64_t entry;

    for (unsigned level = PAGE_TABLE_LEVELS - 1;; level--) {
        entry = table[pte_index(address, level)];
        if (!pte_present(entry))
            return 0;
        if (level == 1)
            return entry;
        table = arch_memory(pte_address(entry));
    }
}

/* Do the pages of so many entries lie side by side, the first at `expected`? */
static bool line_continues(const uint64_t *entry, uint64_t expected)
{
    uint64_t differs = 0;

    for (unsigned i = 0; i < LINE_ENTRIES; i++)
        differs |= entry[i] ^ (expected + i * PAGE_BYTES);
    return !pte_run(differs);
}

/* How many pages from that entry on lie side by side, of `most`. */
static uint64_t pages_in_run(const uint64_t *entry, uint64_t most)
{
    uint64_t first = pte_run(*entry), pages = 1;

    while (most - pages >= LINE_ENTRIES &&
           line_continues(entry + pages, first + pages * PAGE_BYTES))
        pages += LINE_ENTRIES;
    while (pages < most && pte_run(entry[pages]) == first + pages * PAGE_BYTES)
        pages++;
    return pages;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static struct run run_at(uint64_t address, uint64_t bytes, uint64_t entry)
{
    return (struct run){.address = address,
                        .end = address + bytes,
                        .memory = (uintptr_t)arch_memory(pte_address(entry)) - address};
}

/* From that page on, whose entry it is, as many as are wanted and there is a table for. */
static struct run run_of_pages(const uint64_t *entry, uint64_t page, uint64_t wanted)
{
    uint64_t most = least(least(wanted, SEARCH_PAGES), PAGE_TABLE_ENTRIES - pte_index(page, 0));

    return run_at(page, pages_in_run(entry, most) * PAGE_BYTES, *entry);
}

/* What begins at, or around, the address. */
static bool search(const struct vspace *vspace, uint64_t address, uint64_t length, bool write,
                   struct run *run)
{
    uint64_t large = large_entry(vspace, address), page = address & -PAGE_BYTES;
    const uint64_t *entry;

    if (!large || (pte_is_leaf(large, 1) && !pte_allows(large, write)))
        return false;
    if (pte_is_leaf(large, 1)) {
        *run = run_at(address & -LARGE_PAGE_BYTES, LARGE_PAGE_BYTES, large);
        return true;
    }
    entry = (const uint64_t *)arch_memory(pte_address(large)) + pte_index(address, 0);
    if (!pte_allows(*entry, write))
        return false;
    *run = run_of_pages(entry, page, (address - page + length + PAGE_BYTES - 1) / PAGE_BYTES);
    return true;
}

/* Does it lie behind what has been seen, in the space and in memory? */
static bool continues(const struct run *seen, const struct run *run)
{
    return seen->end && run->address == seen->end && run->memory == seen->memory;
}

/* One of those that were seen; or NULL. */
static struct run *recall(struct vspace *vspace, uint64_t address, bool write)
{
    struct run *seen = vspace->seen[write];

    for (unsigned i = 0; i < RUNS_SEEN; i++)
        if (run_has(&seen[i], address))
            return &seen[i];
    return NULL;
}

/* It comes in the place of what was noted first, but not of the last one that was used. */
static struct run *note(struct vspace *vspace, const struct run *run, bool write)
{
    struct run *seen = vspace->seen[write], *place = &seen[vspace->noted[write]++ % RUNS_SEEN];

    if (place == vspace->last[write])
        place = &seen[vspace->noted[write]++ % RUNS_SEEN];
    vspace->any_seen = true;
    *place = *run;
    place->next = place;
    return place;
}

struct run *run_search(struct vspace *vspace, uint64_t address, bool write, uint64_t wanted)
{
    struct run *last = vspace->last[write], *found = recall(vspace, address, write), run;

    if (!found) {
        if (!search(vspace, address, wanted, write, &run))
            return NULL;
        if (continues(last, &run)) {
            last->end = run.end;
            return last;
        }
        found = note(vspace, &run, write);
    }
    last->next = vspace->last[write] = found;
    return found;
}

APART void run_forget_all(struct vspace *vspace)
{
    vspace->any_seen = false;
    for (unsigned i = 0; i < RUNS_SEEN; i++)
        vspace->seen[false][i].end = vspace->seen[true][i].end = 0;
}
