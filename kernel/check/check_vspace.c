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

    for (uint64_t offset = 0; offset < run->bytes; offset += bytes) {
        uint64_t entry = entry_of(vspace, run->address + offset, &bytes);

        must(pte_allows(entry, write), &vspace->object, "a page that was seen is there");
        must(arch_memory(pte_address(entry)) == run->memory + offset, &vspace->object,
             "and lies behind the one before");
    }
}

void check_vspace(const struct vspace *vspace)
{
    for (unsigned write = 0; write < 2; write++)
        for (unsigned i = 0; i <= vspace->seen_before[write]; i++)
            check_run(vspace, &vspace->seen[write][i], write);
    must(vspace->seen_before[0] < RUNS_SEEN && vspace->seen_before[1] < RUNS_SEEN, &vspace->object,
         "it remembers no more than it has room for");
}
