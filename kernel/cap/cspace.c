/* cspace.c - capability spaces: one flat table each, found by index, checked by handle. */

#include <arch.h>
#include <cap/cap.h>
#include <task/task.h>

#define NO_FREE_SLOT CAP_TOKEN_INDEX

/*
 * Which CSpace has which window. There are as many windows as CSpaces could ever fit into the
 * machine's memory (arch_window_count), so nobody can use them up. Guarded by the kernel lock
 * when there are more CPUs.
 */
#define WINDOWS_MAX 32768
static struct cspace *window_owner[WINDOWS_MAX];
static uint16_t window_free[WINDOWS_MAX];
static unsigned window_free_count;

void cspace_init_windows(void)
{
    window_free_count = 0;
    for (unsigned i = arch_window_count(); i > 0; i--)
        window_free[window_free_count++] = (uint16_t)(i - 1);
}

static uint64_t table_bytes(unsigned slots_bits)
{
    return sizeof(struct slot) << slots_bits;
}

/* The header's page, then two page tables for the window; then the slots. From 2 MiB of them on
   they take the upper half of the memory, so that they can be mapped in large pages. */
#define SLOTS_OFFSET (3 * PAGE_BYTES)

unsigned cspace_size_bits(unsigned slots_bits)
{
    uint64_t bytes = SLOTS_OFFSET + table_bytes(slots_bits);
    unsigned bits = PAGE_SIZE_BITS;

    while (1ull << bits < bytes)
        bits++;
    return bits;
}

static uint64_t slots_offset(unsigned slots_bits)
{
    uint64_t bytes = table_bytes(slots_bits);

    return bytes < WINDOW_TABLE_REACH ? SLOTS_OFFSET : bytes;
}

/* The last index of the largest table is the reply tokens': it is never handed out. */
static uint64_t slots_usable(const struct cspace *space)
{
    return space->mask + (space->slots_bits < CSPACE_BITS_MAX);
}

error_t cspace_create(void *memory, unsigned slots_bits, struct failure *failure)
{
    struct cspace *space = memory;
    char *tables = (char *)memory + PAGE_BYTES;
    char *slots = (char *)memory + slots_offset(slots_bits);

    _Static_assert(sizeof(struct cspace) <= PAGE_BYTES, "the header is one page");
    if (!window_free_count)
        return fail(failure, ENOMEM, ARGUMENT_WORD(0), 0, 0);
    space->window = window_free[--window_free_count];
    window_owner[space->window] = space;
    space->table = arch_window_open(space->window, tables);
    arch_window_map(space->window, 0, arch_physical(slots), table_bytes(slots_bits),
                    tables + PAGE_BYTES);
    space->slots_bits = slots_bits;
    space->mask = (1ull << slots_bits) - 1;
    space->free_first = NO_FREE_SLOT;
    return SUCCESS;
}

/* Why that handle names nothing: it did once (ESTALE), or it never did (EBADF). */
static error_t not_there(const struct cspace *space, cap_t handle, uint64_t argument,
                         struct failure *failure)
{
    uint64_t index = handle & CAP_INDEX_MASK;

    if (index <= space->mask && slot_had(&space->table[index], handle))
        return fail(failure, ESTALE, argument, space->table[index].handle, handle);
    return fail(failure, EBADF, argument, 0, handle);
}

struct slot *cspace_lookup(struct cspace *space, cap_t handle, unsigned type, unsigned rights,
                           uint64_t argument, struct failure *failure)
{
    struct slot *slot = &space->table[handle & space->mask];

    if (slot->handle != handle || !slot_used(slot)) {
        not_there(space, handle, argument, failure);
        return NULL;
    }
    if (type != OBJECT_NONE && slot->type != type) {
        fail(failure, EBADF, argument, type, slot->type);
        return NULL;
    }
    if ((slot->rights & rights) != rights) {
        fail(failure, EPERM, argument, rights, slot->rights);
        return NULL;
    }
    return slot;
}

bool cspace_has_free(const struct cspace *space, unsigned count)
{
    uint64_t index = space->free_first;

    while (count && index != NO_FREE_SLOT) {
        index = space->table[index].data;
        count--;
    }
    return count <= slots_usable(space) - space->fresh;
}

/* Slots that were never used are in no list: it would take long to write. */
static struct slot *take_fresh(struct cspace *space)
{
    uint64_t index = space->fresh++;
    struct slot *slot = &space->table[index];

    slot->handle = GENERATION_FIRST | index;
    return slot;
}

static struct slot *take_freed(struct cspace *space)
{
    struct slot *slot = &space->table[space->free_first];

    space->free_first = slot->data;
    return slot;
}

struct slot *cspace_take(struct cspace *space)
{
    struct slot *slot = space->free_first == NO_FREE_SLOT ? take_fresh(space) : take_freed(space);

    space->used++;
    return slot;
}

struct cspace *slot_space(const struct slot *slot)
{
    return window_owner[arch_window_of(slot)];
}

void cspace_release(struct cspace *space, struct slot *slot)
{
    cap_t handle = slot->handle;

    _Static_assert(HOME_TABLE == 0 && OBJECT_NONE == 0, "no kind at all: free, in a table");
    slot->kind = 0;
    slot->first_child = NULL;
    space->used--;
    if (handle >> CAP_INDEX_BITS == CAP_GENERATION_LAST) {
        /* Used up: a further generation would repeat old handles, so the slot is retired. All
           handles that it had are stale. */
        slot->handle = UINT64_MAX;
        return;
    }
    slot->handle = handle + GENERATION_FIRST;
    slot->data = space->free_first;
    space->free_first = handle & CAP_INDEX_MASK;
}

void slot_release(struct slot *slot)
{
    if (slot->home == HOME_TABLE)
        cspace_release(slot_space(slot), slot);
    else
        *slot = (struct slot){.home = slot->home};
}

error_t cspace_grow(struct cspace *space, struct slot *untyped, struct failure *failure)
{
    uint64_t need = table_bytes(space->slots_bits);
    uint64_t memory;

    if (space->slots_bits == CSPACE_BITS_MAX)
        return fail(failure, ENOSPC, ARGUMENT_HANDLE, 1ull << CSPACE_BITS_MAX, 0);
    if (1ull << untyped->size_bits != need || untyped->device)
        return fail(failure, EINVAL, ARGUMENT_CAP(0), need, 1ull << untyped->size_bits);
    if (slot_has_children(untyped))
        return fail(failure, EBUSY, ARGUMENT_CAP(0), 0, 0);
    if (untyped_refresh(untyped) || !untyped_zero(untyped, 0, need))
        return RESTART;

    /* Commit. */
    memory = untyped->object;
    space->gift[space->gifts].home = HOME_CSPACE_MEMORY;
    cap_move(&space->gift[space->gifts++], untyped);
    arch_window_map(space->window, need, memory, need, NULL);
    space->slots_bits++;
    space->mask = (1ull << space->slots_bits) - 1;
    return SUCCESS;
}

bool cspace_empty_step(struct cspace *space)
{
    return cap_empty_step(space->table, space->fresh, &space->reap_index);
}

void cspace_destroy(struct cspace *space)
{
    for (unsigned i = 0; i < space->gifts; i++)
        cap_drop(&space->gift[i]);
    arch_window_close(space->window);
    window_owner[space->window] = NULL;
    window_free[window_free_count++] = (uint16_t)space->window;
}
