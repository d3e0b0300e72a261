/*
 * paging.c - the kernel's own page tables, made once at boot and the same in every space: its
 * image (text read-only, data no-execute), all physical memory, the CSpaces' windows, the
 * interrupt controllers.
 */

#include <mem/mem.h>
#include <task/task.h>

#include "x86.h"

#define PTE_GLOBAL        (1ull << 8)
#define KERNEL_HALF       256 /* top-level entries from here on are the kernel's */
#define WINDOWS_MAX       32768
#define WINDOW_COST       (16 * 1024) /* the least memory that a CSpace takes */
#define WINDOWS_PER_TABLE 512
#define LAPIC_PHYSICAL    0xfee00000ull
#define IOAPIC_PHYSICAL   0xfec00000ull

#define CR4_MCE      (1ull << 6)
#define CR4_PGE      (1ull << 7)
#define CR4_UMIP     (1ull << 11)
#define CR4_FSGSBASE (1ull << 16)
#define CR4_PCIDE    (1ull << 17)
#define CR4_SMEP     (1ull << 20)
#define CR4_SMAP     (1ull << 21)

extern char kernel_text_start[], kernel_text_end[], kernel_rodata_end[], kernel_end[];

static uint64_t *kernel_top;
static uint64_t *window_tables[WINDOWS_MAX / WINDOWS_PER_TABLE];
static unsigned windows;
static bool pcid_enabled;

void *arch_memory(uint64_t physical)
{
    return (void *)(DIRECT_MAP + physical); /* NOLINT(performance-no-int-to-ptr) */
}

uint64_t arch_physical(const void *address)
{
    return (uint64_t)address - DIRECT_MAP;
}

static uint64_t image_physical(const void *address)
{
    return (uint64_t)address - KERNEL_BASE;
}

static unsigned index_at(uint64_t address, unsigned level)
{
    return address >> (12 + 9 * level) & 511;
}

/* The entry for a kernel address; tables on the way are made. */
static uint64_t *kernel_entry(uint64_t address, unsigned level)
{
    uint64_t *table = kernel_top;

    for (unsigned at = 3; at > level; at--) {
        uint64_t *entry = &table[index_at(address, at)];

        if (!*entry)
            *entry = arch_physical(boot_allocate(PAGE_BYTES)) | PTE_PRESENT | PTE_WRITE;
        table = arch_memory(*entry & PTE_ADDRESS);
    }
    return &table[index_at(address, level)];
}

/* Rights of a page of physical memory where it is part of the kernel's image. */
static uint64_t image_rights(uint64_t physical, bool executable_alias)
{
    if (physical >= image_physical(kernel_text_start) && physical < image_physical(kernel_text_end))
        return executable_alias ? 0 : PTE_NO_EXECUTE;
    if (physical >= image_physical(kernel_text_end) && physical < image_physical(kernel_rodata_end))
        return PTE_NO_EXECUTE;
    return PTE_WRITE | PTE_NO_EXECUTE;
}

static void map_page(uint64_t address, uint64_t physical, uint64_t rights)
{
    *kernel_entry(address, 0) = physical | PTE_PRESENT | PTE_GLOBAL | rights;
}

static void map_image(void)
{
    for (uint64_t at = (uint64_t)kernel_text_start; at < (uint64_t)kernel_end; at += PAGE_BYTES)
        map_page(at, at - KERNEL_BASE, image_rights(at - KERNEL_BASE, true));
}

/* In pages of 2 MiB, but the image's: what is read-only there is read-only here too. */
static void map_memory(uint64_t end)
{
    uint64_t image_end = image_physical(kernel_end);

    for (uint64_t at = 0; at < end; at += LARGE_PAGE_BYTES) {
        if (at >= image_end) {
            *kernel_entry(DIRECT_MAP + at, 1) =
                at | PTE_PRESENT | PTE_WRITE | PTE_LARGE | PTE_GLOBAL | PTE_NO_EXECUTE;
            continue;
        }
        for (uint64_t page = at; page < at + LARGE_PAGE_BYTES; page += PAGE_BYTES)
            map_page(DIRECT_MAP + page, page, image_rights(page, false));
    }
}

static void map_windows(uint64_t memory_end)
{
    uint64_t fit = memory_end / WINDOW_COST;

    windows = fit < WINDOWS_MAX ? (unsigned)fit : WINDOWS_MAX;
    for (unsigned i = 0; i * WINDOWS_PER_TABLE < windows; i++) {
        uint64_t *top = &kernel_top[index_at(WINDOWS_BASE, 3) + i];

        window_tables[i] = boot_allocate(PAGE_BYTES);
        *top = arch_physical(window_tables[i]) | PTE_PRESENT | PTE_WRITE;
    }
}

static void set_features(void)
{
    struct cpuid features = cpuid(1, 0), extended = cpuid(7, 0);
    uint64_t cr4 = read_cr4() | CR4_PGE;

    if (!(extended.b & 1))
        panic("this processor has no FSGSBASE (try qemu -cpu max)");
    cr4 |= CR4_FSGSBASE;
    if (features.d & 1u << 7)
        cr4 |= CR4_MCE; /* without it a machine check resets the machine, and tells nothing */
    if (extended.b & 1u << 7)
        cr4 |= CR4_SMEP;
    if (extended.b & 1u << 20)
        cr4 |= CR4_SMAP;
    if (extended.c & 1u << 2)
        cr4 |= CR4_UMIP;
    pcid_enabled = features.c & 1u << 17;
    if (pcid_enabled)
        cr4 |= CR4_PCIDE;
    write_cr4(cr4);
}

void paging_init(uint64_t memory_end)
{
    kernel_top = boot_allocate(PAGE_BYTES);
    map_image();
    map_memory(memory_end);
    map_windows(memory_end);
    *kernel_entry(LAPIC_ADDRESS, 0) =
        LAPIC_PHYSICAL | PTE_PRESENT | PTE_WRITE | PTE_NO_EXECUTE | PTE_CACHE_DISABLE;
    *kernel_entry(IOAPIC_ADDRESS, 0) =
        IOAPIC_PHYSICAL | PTE_PRESENT | PTE_WRITE | PTE_NO_EXECUTE | PTE_CACHE_DISABLE;
    space_use_kernel();
    set_features();
}

void space_use_kernel(void)
{
    write_cr3(arch_physical(kernel_top));
}

void arch_space_init(uint64_t *top_table)
{
    memcpy(top_table + KERNEL_HALF, kernel_top + KERNEL_HALF, PAGE_BYTES / 2);
}

uint64_t arch_space_word(uint64_t top_table_physical, unsigned space_id)
{
    return cr3_value(top_table_physical ? top_table_physical : arch_physical(kernel_top), space_id,
                     pcid_enabled);
}

/* One CPU: only its own translations. With PCIDs another space's are dropped by loading it. */
void arch_tlb_invalidate(struct vspace *vspace, uint64_t address, uint64_t bytes, uint64_t cpu_mask)
{
    bool current = cpu_space == vspace->word;

    (void)cpu_mask;
    if (bytes > PAGE_TABLE_ENTRIES * PAGE_BYTES) { /* the whole space, which is about to die */
        write_cr3(vspace->word & ~(1ull << 63));
        space_use_kernel();
        cpu_space = 0;
    } else if (current) {
        for (uint64_t at = address; at < address + bytes; at += PAGE_BYTES)
            __asm__ volatile("invlpg (%0)" ::"r"(at) : "memory");
    } else if (pcid_enabled) {
        write_cr3(vspace->word & ~(1ull << 63));
        cpu_space = vspace->word;
    }
}

/* ---- windows ---- */

unsigned arch_window_count(void)
{
    return windows;
}

static uint64_t window_address(unsigned window)
{
    return WINDOWS_BASE + window * WINDOW_BYTES;
}

static uint64_t *window_directory(unsigned window)
{
    uint64_t entry = window_tables[window / WINDOWS_PER_TABLE][window % WINDOWS_PER_TABLE];

    return arch_memory(entry & PTE_ADDRESS);
}

void *arch_window_open(unsigned window, void *table)
{
    window_tables[window / WINDOWS_PER_TABLE][window % WINDOWS_PER_TABLE] =
        arch_physical(table) | PTE_PRESENT | PTE_WRITE;
    return (void *)window_address(window); /* NOLINT(performance-no-int-to-ptr) */
}

static void map_small(uint64_t *entry, uint64_t offset, uint64_t physical, uint64_t bytes,
                      const void *table)
{
    uint64_t *entries;

    if (!*entry)
        *entry = arch_physical(table) | PTE_PRESENT | PTE_WRITE;
    entries = arch_memory(*entry & PTE_ADDRESS);
    for (uint64_t at = 0; at < bytes; at += PAGE_BYTES)
        entries[index_at(offset + at, 0)] =
            (physical + at) | PTE_PRESENT | PTE_WRITE | PTE_NO_EXECUTE;
}

void arch_window_map(unsigned window, uint64_t offset, uint64_t physical, uint64_t bytes,
                     void *table)
{
    uint64_t *entries = window_directory(window) + offset / WINDOW_TABLE_REACH;

    if (bytes < WINDOW_TABLE_REACH)
        map_small(entries, offset, physical, bytes, table);
    else
        for (uint64_t at = 0; at < bytes; at += WINDOW_TABLE_REACH)
            *entries++ = (physical + at) | PTE_PRESENT | PTE_WRITE | PTE_LARGE | PTE_NO_EXECUTE;
}

/* The next CSpace in this window must not meet old translations. */
void arch_window_close(unsigned window)
{
    window_tables[window / WINDOWS_PER_TABLE][window % WINDOWS_PER_TABLE] = 0;
    write_cr4(read_cr4() & ~CR4_PGE);
    write_cr4(read_cr4() | CR4_PGE);
}

unsigned arch_window_of(const void *address)
{
    return (unsigned)(((uint64_t)address - WINDOWS_BASE) / WINDOW_BYTES);
}
