/*
 * memory.c - physical memory as a memfd: mapped once as a whole for the kernel (arch_memory), and
 * piece by piece into the windows of CSpaces. What no one mapped there faults.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host.h"

#define GARBAGE 0xa5

static int memory_file = -1;
static char *memory;
static char *windows;
static char garbage[1 << 18];

/* Address space only: nobody may touch it before it is mapped. */
static char *reserve(uint64_t bytes)
{
    char *at = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (at == MAP_FAILED)
        panic("no address space for %lu bytes", bytes);
    return at;
}

static void place(char *at, uint64_t physical, uint64_t bytes)
{
    if (mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_NORESERVE, memory_file,
             (off_t)physical) == MAP_FAILED)
        panic("cannot map %lu bytes of %lx", bytes, physical);
}

static void unplace(char *at, uint64_t bytes)
{
    if (mmap(at, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1,
             0) == MAP_FAILED)
        panic("cannot unmap %lu bytes", bytes);
}

/* Memory lies between reserved addresses, so a stray pointer near it faults. */
static void build(void)
{
    memory_file = memfd_create("memory", 0);
    if (memory_file < 0 || ftruncate(memory_file, (off_t)HOST_MEMORY_BYTES))
        panic("no memory for the simulated machine");
    memory = reserve(HOST_MEMORY_BYTES + 2 * WINDOW_BYTES) + WINDOW_BYTES;
    place(memory, 0, HOST_MEMORY_BYTES);
    windows = reserve(HOST_WINDOWS * WINDOW_BYTES);
    memset(garbage, GARBAGE, sizeof(garbage));
}

static void clear_from(uint64_t base)
{
    if (fallocate(memory_file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)base,
                  (off_t)(HOST_MEMORY_BYTES - base)))
        panic("cannot clear memory");
}

/* Through the file: a process that was forked for one test touches but few of these pages. */
static void litter(uint64_t bytes)
{
    for (uint64_t done = 0, n; done < bytes; done += n) {
        n = bytes - done < sizeof(garbage) ? bytes - done : sizeof(garbage);
        if (pwrite(memory_file, garbage, n, (off_t)done) != (ssize_t)n)
            panic("cannot write to memory");
    }
}

/* What is dirty keeps its pages: to take them anew would be half the time of all tests. */
void host_reset(uint64_t dirty_bytes)
{
    if (!memory)
        build();
    litter(dirty_bytes);
    clear_from(dirty_bytes);
    unplace(windows, HOST_WINDOWS * WINDOW_BYTES);
    host = (struct host){.now = 1000000, .timer = UINT64_MAX, .pcid = true};
}

void *arch_memory(uint64_t physical)
{
    kernel_assert(physical < HOST_MEMORY_BYTES);
    return memory + physical;
}

uint64_t arch_physical(const void *address)
{
    kernel_assert((const char *)address >= memory &&
                  (const char *)address < memory + HOST_MEMORY_BYTES);
    return (uint64_t)((const char *)address - memory);
}

unsigned arch_window_count(void)
{
    return HOST_WINDOWS;
}

char *host_window(unsigned window)
{
    kernel_assert(window < HOST_WINDOWS);
    return windows + window * WINDOW_BYTES;
}

/* A real machine would use the page for a table: it must be there, and zero. */
static void use_table(uint64_t *table)
{
    kernel_assert(table && !table[0] && !table[PAGE_TABLE_ENTRIES - 1]);
    table[0] = table[PAGE_TABLE_ENTRIES - 1] = 1;
}

void *arch_window_open(unsigned window, void *table)
{
    use_table(table);
    return host_window(window);
}

static void note_placed(unsigned window, uint64_t offset, uint64_t physical, uint64_t bytes)
{
    struct host_placement *piece = host.placed[window];
    unsigned i = 0;

    while (piece[i].pages)
        kernel_assert(++i < HOST_PLACEMENTS);
    piece[i] =
        (struct host_placement){(uint32_t)(offset / PAGE_BYTES), (uint32_t)(physical / PAGE_BYTES),
                                (uint32_t)(bytes / PAGE_BYTES)};
}

void arch_window_map(unsigned window, uint64_t offset, uint64_t physical, uint64_t bytes,
                     void *table)
{
    if (bytes >= WINDOW_TABLE_REACH)
        kernel_assert(offset % WINDOW_TABLE_REACH == 0 && physical % WINDOW_TABLE_REACH == 0);
    else if (!offset)
        use_table(table);
    note_placed(window, offset, physical, bytes);
    place(host_window(window) + offset, physical, bytes);
}

/* Piece by piece: to unmap all of the window would take far longer. */
static void unplace_window(unsigned window, const struct host_placement *piece)
{
    for (unsigned i = 0; i < HOST_PLACEMENTS && piece[i].pages; i++)
        unplace(host_window(window) + piece[i].at * PAGE_BYTES, piece[i].pages * PAGE_BYTES);
}

void arch_window_close(unsigned window)
{
    unplace_window(window, host.placed[window]);
    memset(host.placed[window], 0, sizeof(host.placed[window]));
}

void host_place_again(const struct host *now)
{
    for (unsigned window = 0; window < HOST_WINDOWS; window++) {
        const struct host_placement *piece = host.placed[window];

        if (!memcmp(piece, now->placed[window], sizeof(host.placed[window])))
            continue;
        unplace_window(window, now->placed[window]);
        for (unsigned i = 0; i < HOST_PLACEMENTS && piece[i].pages; i++)
            place(host_window(window) + piece[i].at * PAGE_BYTES, piece[i].physical * PAGE_BYTES,
                  piece[i].pages * PAGE_BYTES);
    }
}

unsigned arch_window_of(const void *address)
{
    kernel_assert((const char *)address >= windows &&
                  (const char *)address < windows + HOST_WINDOWS * WINDOW_BYTES);
    return (unsigned)((uint64_t)((const char *)address - windows) / WINDOW_BYTES);
}
