/*
 * vspace.c - address spaces: page tables from the pool that the user gave, and the methods.
 *
 * A table page, once used, stays with its space until the space dies. An empty one of the lowest
 * level is given up for a large page, and used again for another table.
 */

#include <mem/mem.h>
#include <myelin/idl/vspace_kernel.h>
#include <task/task.h>

#define PCID_MAX      4095
#define GIFT_BITS_MAX 31

/*
 * All spaces by id. There are as many places as spaces fit into the machine's memory. A Frame's
 * slot names its space by id and serial, so it need not be found when the space dies. Guarded
 * by the kernel lock when there are more CPUs.
 */
struct vspace_entry {
    struct vspace *vspace;
    uint32_t serial;
    uint32_t next_free;
};
static struct vspace_entry *entries;
static uint32_t entry_count, entry_free;
#define NO_ENTRY    UINT32_MAX
#define SERIALS     (1u << 24) /* as many as a Frame's slot can tell apart (frame.c) */
#define ENTRIES_MAX (1u << 20) /* likewise, of ids */

static uint64_t count_for(uint64_t memory_bytes)
{
    uint64_t count = memory_bytes >> VSPACE_SIZE_BITS;

    return count < ENTRIES_MAX ? count : ENTRIES_MAX;
}

uint64_t vspaces_list_bytes(uint64_t memory_bytes)
{
    return count_for(memory_bytes) * sizeof(struct vspace_entry);
}

void vspaces_init(uint64_t memory_bytes, void *(*allocate)(uint64_t bytes))
{
    entry_count = (uint32_t)count_for(memory_bytes);
    entries = allocate(vspaces_list_bytes(memory_bytes));
    entry_free = NO_ENTRY;
    for (uint32_t i = entry_count; i > 1; i--) { /* id 0 is nobody's */
        entries[i - 1] = (struct vspace_entry){.serial = 1, .next_free = entry_free};
        entry_free = i - 1;
    }
}

static void begin_runs(struct vspace *vspace)
{
    for (unsigned write = 0; write < 2; write++) {
        vspace->last[write] = vspace->seen[write];
        vspace->last[write]->next = vspace->last[write];
    }
}

error_t vspace_create(void *memory, struct failure *failure)
{
    struct vspace *vspace = memory;
    uint32_t id = entry_free;

    _Static_assert(sizeof(struct vspace) <= PAGE_BYTES, "the structure is one page");
    if (id == NO_ENTRY)
        return fail(failure, ENOMEM, ARGUMENT_WORD(0), 0, 0);
    entry_free = entries[id].next_free;
    entries[id].vspace = vspace;
    vspace->id = id;
    vspace->serial = entries[id].serial;
    vspace->name = frame_space_name(id, vspace->serial);
    vspace->top = (uint64_t *)((char *)memory + PAGE_BYTES);
    vspace->word = arch_space_word(arch_physical(vspace->top), id <= PCID_MAX ? id : 0);
    arch_space_init(vspace->top);
    begin_runs(vspace);
    return SUCCESS;
}

void vspace_destroy(struct vspace *vspace)
{
    struct vspace_entry *entry = &entries[vspace->id];

    arch_tlb_invalidate(vspace, 0, USER_ADDRESS_END, 1);
    entry->vspace = NULL;
    entry->serial = vspace->serial + 1;
    if (entry->serial < SERIALS) { /* a used-up serial retires the place */
        entry->next_free = entry_free;
        entry_free = vspace->id;
    }
    for (unsigned i = 0; i < vspace->gifts; i++)
        cap_drop(&vspace->gift[i]);
}

struct vspace *vspace_find(uint32_t id, uint32_t serial)
{
    struct vspace *vspace = id < entry_count ? entries[id].vspace : NULL;

    return vspace && vspace->serial == serial ? vspace : NULL;
}

uint64_t vspace_identity(const struct vspace *vspace)
{
    return vspace->id | (uint64_t)vspace->serial << 32;
}

void vspace_add_pool(struct vspace *vspace, uint64_t physical, uint64_t bytes)
{
    vspace->pool_next = physical;
    vspace->pool_end = physical + bytes;
}

/* A table that was given up, empty again, or 0. */
static uint64_t take_spare(struct vspace *vspace)
{
    uint64_t page = vspace->spare;
    uint64_t *table = page ? arch_memory(page) : NULL;

    if (!page)
        return 0;
    vspace->spare = table[0];
    table[0] = 0;
    vspace->spares--;
    vspace->tables++;
    return page;
}

/* A zeroed page for a table, or 0. */
static uint64_t take_table(struct vspace *vspace)
{
    uint64_t page = take_spare(vspace);

    if (page)
        return page;
    if (vspace->pool_next == vspace->pool_end && vspace->gifts_open < vspace->gifts) {
        const struct slot *gift = &vspace->gift[vspace->gifts_open++];

        vspace_add_pool(vspace, gift->object, 1ull << gift->size_bits);
    }
    if (vspace->pool_next == vspace->pool_end)
        return 0;
    page = vspace->pool_next;
    vspace->pool_next += PAGE_BYTES;
    vspace->tables++;
    return page;
}

/* vspace->near for that address. */
static uint64_t near_of(uint64_t address)
{
    return (address >> LARGE_PAGE_SIZE_BITS) + 1;
}

static __attribute__((noinline)) uint64_t *walk_to_entry(struct vspace *vspace, uint64_t address,
                                                         unsigned level, bool make, error_t *error)
{
    uint64_t *table = vspace->top;

    for (unsigned at = PAGE_TABLE_LEVELS - 1; at > level; at--) {
        uint64_t *entry = &table[pte_index(address, at)];

        if (!pte_present(*entry)) {
            uint64_t page = make ? take_table(vspace) : 0;

            if (!page) {
                *error = ENOMEM;
                return NULL;
            }
            *entry = pte_table(page);
        } else if (pte_is_leaf(*entry, at)) {
            *error = EEXIST;
            return NULL;
        }
        table = arch_memory(pte_address(*entry));
    }
    if (!level) {
        vspace->near = near_of(address);
        vspace->near_table = table;
    }
    return &table[pte_index(address, level)];
}

/* The entry for the small page at that address, where its table was the last that was used. */
static uint64_t *near_entry(const struct vspace *vspace, uint64_t address)
{
    return vspace->near == near_of(address) ? &vspace->near_table[pte_index(address, 0)] : NULL;
}

/* The entry for `address` at `level`; missing tables are made only with `make`. NULL: there is
   none (no memory, a larger page in the way, or nothing there). */
static uint64_t *find_entry(struct vspace *vspace, uint64_t address, unsigned level, bool make,
                            error_t *error)
{
    uint64_t *entry = level ? NULL : near_entry(vspace, address);

    *error = SUCCESS;
    return entry ? entry : walk_to_entry(vspace, address, level, make, error);
}

static bool table_is_empty(const uint64_t *table)
{
    for (unsigned i = 0; i < PAGE_TABLE_ENTRIES; i++)
        if (table[i])
            return false;
    return true;
}

/* A table of the lowest level in which nothing is mapped any more makes way for a large page. */
static bool give_up_table(struct vspace *vspace, uint64_t *entry, uint64_t address)
{
    uint64_t page = pte_address(*entry);
    uint64_t *table = arch_memory(page);

    if (!table_is_empty(table))
        return false;
    *entry = 0;
    vspace->near = 0;
    arch_tlb_invalidate(vspace, address, PAGE_BYTES, 1); /* what the processor knows of tables */
    table[0] = vspace->spare;
    vspace->spare = page;
    vspace->spares++;
    vspace->tables--;
    return true;
}

/* The entry for a page that is to be mapped there, free; or NULL, with the reason. */
static __attribute__((noinline)) uint64_t *free_entry(struct vspace *vspace, uint64_t address,
                                                      unsigned level, error_t *error)
{
    uint64_t *entry = find_entry(vspace, address, level, true, error);

    if (!entry || !pte_present(*entry))
        return entry;
    if (level && !pte_is_leaf(*entry, level) && give_up_table(vspace, entry, address))
        return entry;
    *error = EEXIST;
    return NULL;
}

static inline error_t map_page(struct vspace *vspace, uint64_t address, uint64_t physical,
                               unsigned level, unsigned rights, bool device)
{
    uint64_t *entry = level ? NULL : near_entry(vspace, address);
    error_t error;

    if (!entry || pte_present(*entry)) {
        entry = free_entry(vspace, address, level, &error);
        if (!entry)
            return error;
    }
    *entry = pte_leaf(physical, level, rights, device);
    vspace->pages++;
    return SUCCESS;
}

error_t vspace_map(struct vspace *vspace, uint64_t address, uint64_t physical, unsigned level,
                   unsigned rights, bool device)
{
    return map_page(vspace, address, physical, level, rights, device);
}

static uint64_t level_bytes(unsigned level)
{
    return PAGE_BYTES << (PTE_INDEX_BITS * level);
}

/* In its three callers it is in place: a Frame that is mapped for a while is unmapped often. */
__attribute__((always_inline)) void vspace_unmap(struct vspace *vspace, uint64_t address,
                                                 unsigned level)
{
    error_t error;
    uint64_t *entry = find_entry(vspace, address, level, false, &error);

    if (!entry || !pte_present(*entry))
        return;
    *entry = 0;
    vspace->pages--;
    run_forget(vspace);
    arch_tlb_invalidate(vspace, address, level_bytes(level), 1);
}

void vspace_protect(struct vspace *vspace, uint64_t address, unsigned level, unsigned rights,
                    bool device)
{
    error_t error;
    uint64_t *entry = find_entry(vspace, address, level, false, &error);

    if (!entry || !pte_present(*entry))
        return;
    *entry = pte_leaf(pte_address(*entry), level, rights, device);
    run_forget(vspace);
    arch_tlb_invalidate(vspace, address, level_bytes(level), 1);
}

/* ---- methods ---- */

error_t vspace_handle_give(struct invocation *invocation, struct slot *memory)
{
    struct vspace *vspace = slot_object(invocation->target);
    uint64_t bytes = 1ull << memory->size_bits;

    if (memory->device)
        return invocation_fail(invocation, EINVAL, ARGUMENT_CAP(0), 0, 1);
    if (slot_has_children(memory))
        return invocation_fail(invocation, EBUSY, ARGUMENT_CAP(0), 0, 1);
    if (memory->size_bits > GIFT_BITS_MAX)
        return invocation_fail(invocation, ERANGE, ARGUMENT_CAP(0), 1ull << GIFT_BITS_MAX, bytes);
    if (vspace->gifts == VSPACE_GIFTS)
        return invocation_fail(invocation, ENOSPC, ARGUMENT_HANDLE, VSPACE_GIFTS, vspace->gifts);
    if (untyped_refresh(memory) || !untyped_zero(memory, 0, bytes))
        return RESTART;

    /* Commit. */
    vspace->gift[vspace->gifts].home = HOME_VSPACE_POOL;
    cap_move(&vspace->gift[vspace->gifts++], memory);
    return SUCCESS;
}

/* Rights that a mapping can have: readable at least, never writable and executable at once. */
static error_t check_rights(struct invocation *invocation, const struct slot *frame,
                            uint64_t argument, uint64_t wanted, unsigned *rights)
{
    *rights = (unsigned)wanted & frame->rights &
              (CAP_RIGHTS_READ | CAP_RIGHTS_WRITE | CAP_RIGHTS_EXECUTE);
    if (!(*rights & CAP_RIGHTS_READ))
        return invocation_fail(invocation, EPERM, ARGUMENT_CAP(0), CAP_RIGHTS_READ, frame->rights);
    if ((wanted & CAP_RIGHTS_WRITE) && (wanted & CAP_RIGHTS_EXECUTE))
        return invocation_fail(invocation, EINVAL, argument, CAP_RIGHTS_WRITE, wanted);
    return SUCCESS;
}

static unsigned frame_level(const struct slot *frame)
{
    return frame->size_bits == LARGE_PAGE_SIZE_BITS;
}

error_t vspace_handle_map(struct invocation *invocation, uint64_t address, uint64_t rights,
                          struct slot *frame)
{
    struct vspace *vspace = slot_object(invocation->target);
    uint64_t size = 1ull << frame->size_bits;
    unsigned kept;
    error_t error = check_rights(invocation, frame, ARGUMENT_WORD(1), rights, &kept);

    if (error)
        return error;
    if (!address || address % size || address > USER_ADDRESS_END - size)
        return invocation_fail(invocation, EINVAL, ARGUMENT_WORD(0), USER_ADDRESS_END, address);
    if (frame_is_mapped(frame))
        return invocation_fail(invocation, EBUSY, ARGUMENT_CAP(0), 0, 0);
    error = map_page(vspace, address, frame->object, frame_level(frame), kept, frame->device);
    if (error)
        return invocation_fail(invocation, error,
                               error == ENOMEM ? ARGUMENT_HANDLE : ARGUMENT_WORD(0), 0, address);

    /* Commit. */
    frame_set_mapping(frame, vspace, address, kept);
    return SETTLED;
}

static error_t check_mapped(struct invocation *invocation, const struct slot *frame)
{
    const struct vspace *vspace = slot_object(invocation->target);

    if (!frame_mapped_at(frame, vspace))
        return invocation_fail(invocation, ENOENT, ARGUMENT_CAP(0), vspace->id, 0);
    return SUCCESS;
}

/* Threads whose UTCB lies in the Frame stop first. */
static error_t unmap_in_steps(struct slot *frame)
{
    while (!frame_release_step(frame))
        if (arch_preemption_pending())
            return RESTART;
    return SUCCESS;
}

error_t vspace_handle_unmap(struct invocation *invocation, struct slot *frame)
{
    struct vspace *vspace = slot_object(invocation->target);

    if (check_mapped(invocation, frame))
        return invocation->failure.error;
    if (frame_holds_utcb(frame))
        return unmap_in_steps(frame);

    /* Commit. */
    vspace_unmap(vspace, frame_mapped_at(frame, vspace), frame_level(frame));
    frame_forget_mapping(frame);
    return SETTLED;
}

error_t vspace_handle_protect(struct invocation *invocation, uint64_t rights, struct slot *frame)
{
    struct vspace *vspace = slot_object(invocation->target);
    unsigned kept;
    error_t error = check_mapped(invocation, frame);

    if (!error)
        error = check_rights(invocation, frame, ARGUMENT_WORD(0), rights, &kept);
    if (error)
        return error;
    if (!(kept & CAP_RIGHTS_WRITE) && frame_holds_utcb(frame))
        return invocation_fail(invocation, EBUSY, ARGUMENT_CAP(0), CAP_RIGHTS_WRITE, kept);

    /* Commit. */
    frame->map_rights = (uint8_t)kept;
    vspace_protect(vspace, frame_mapped_at(frame, vspace), frame_level(frame), kept, frame->device);
    return SUCCESS;
}

error_t vspace_handle_inspect(struct invocation *invocation, struct vspace_info *info)
{
    const struct vspace *vspace = slot_object(invocation->target);
    uint64_t free = vspace->pool_end - vspace->pool_next;

    for (uint32_t i = vspace->gifts_open; i < vspace->gifts; i++)
        free += 1ull << vspace->gift[i].size_bits;
    *info = (struct vspace_info){
        .tables_free = free / PAGE_BYTES + vspace->spares,
        .tables_used = vspace->tables,
        .pages_mapped = vspace->pages,
        .space = vspace_identity(vspace),
    };
    return SUCCESS;
}
