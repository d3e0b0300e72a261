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

/* From that page on, whose entry it is, as many as are wanted and there is a table for. */
static struct run run_of_pages(const uint64_t *entry, uint64_t page, uint64_t wanted)
{
    uint64_t most = least(least(wanted, SEARCH_PAGES), PAGE_TABLE_ENTRIES - pte_index(page, 0));

    return (struct run){page, pages_in_run(entry, most) * PAGE_BYTES,
                        arch_memory(pte_address(*entry))};
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
        *run = (struct run){address & -LARGE_PAGE_BYTES, LARGE_PAGE_BYTES,
                            arch_memory(pte_address(large))};
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
    return seen->bytes && run->address == seen->address + seen->bytes &&
           run->memory == seen->memory + seen->bytes;
}

/* One seen before with that address comes first; false: there is none. */
static bool recall(struct vspace *vspace, uint64_t address, bool write)
{
    struct run *seen = vspace->seen[write];

    for (unsigned i = 1; i <= vspace->seen_before[write]; i++)
        if (address - seen[i].address < seen[i].bytes) {
            struct run found = seen[i];

            seen[i] = seen[0];
            seen[0] = found;
            return true;
        }
    return false;
}

/* It comes first; of too many the last one goes. */
static void note(struct vspace *vspace, struct run run, bool write)
{
    struct run *seen = vspace->seen[write];

    if (vspace->seen_before[write] < RUNS_SEEN - 1)
        vspace->seen_before[write]++;
    for (unsigned i = vspace->seen_before[write]; i > 0; i--)
        seen[i] = seen[i - 1];
    seen[0] = run;
}

char *run_search(struct vspace *vspace, uint64_t address, bool write, uint64_t *bytes)
{
    struct run *last = vspace->seen[write], run;

    if (!recall(vspace, address, write)) {
        if (!search(vspace, address, *bytes, write, &run))
            return NULL;
        if (continues(last, &run))
            last->bytes += run.bytes;
        else
            note(vspace, run, write);
    }
    return run_seen(vspace, address, write, bytes);
}
