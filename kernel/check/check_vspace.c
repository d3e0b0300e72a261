/* check_vspace.c - what is remembered of a space's page tables is what they say. */

#include <check/check.h>

/* The entry that maps the address, and how many bytes of it; 0: there is none. */
static uint64_t entry_of(const struct vspace *vspace, uint64_t address, uint64_t *bytes)
{
    const uint64_t *table = vspace->top;

    for (unsigned level = PAGE_TABLE_LEVELS - 1;; level--) {
        uint64_t entry = table[pte_index(address, level)];

        *bytes = PAGE_BYTES << (PTE_INDEX_BITS * level);
        if (!pte_present(entry))
            return 0;
        if (level < 2 && pte_is_leaf(entry, level))
            return entry;
        table = arch_memory(pte_address(entry));
    }
}

static void check_run(const struct vspace *vspace, const struct run *run, bool write)
{
    uint64_t bytes;

    for (uint64_t address = run->address; address < run->end; address += bytes) {
        uint64_t entry = entry_of(vspace, address, &bytes);

        must(pte_allows(entry, write), &vspace->object, "a page that was seen is there");
        must((uintptr_t)arch_memory(pte_address(entry)) == run->memory + address, &vspace->object,
             "and lies behind the one before");
    }
}

static bool is_seen(const struct vspace *vspace, const struct run *run, bool write)
{
    for (unsigned i = 0; i < RUNS_SEEN; i++)
        if (run == &vspace->seen[write][i])
            return true;
    return false;
}

void check_vspace(const struct vspace *vspace)
{
    for (unsigned write = 0; write < 2; write++) {
        const struct run *seen = vspace->seen[write];

        must(is_seen(vspace, vspace->last[write], write) &&
                 is_seen(vspace, vspace->last[write]->next, write),
             &vspace->object, "the last of what was seen, and what came after it, are remembered");
        for (unsigned i = 0; i < RUNS_SEEN; i++) {
            check_run(vspace, &seen[i], write);
            must(!seen[i].end || (vspace->any_seen && is_seen(vspace, seen[i].next, write)),
                 &vspace->object, "and so is that there are others, and what came after each");
        }
    }
}
