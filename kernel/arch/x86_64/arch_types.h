/*
 * arch_types.h - x86-64: a thread's saved registers and the format of page-table entries.
 *
 * Also used by arch/host, so that host tests run the same register and page-table code.
 */
#pragma once

#include <kernel.h>

/*
 * The registers of a thread that is not running, by their role in docs/abi.md. entry.S knows
 * the offsets (the assertions in arch.c hold them together). The first line is all that the fast
 * path saves and loads.
 */
struct context {
    uint64_t ip;
    uint64_t sp;
    uint64_t rbp;
    uint64_t tag; /* rax */
    uint64_t fs_base;
    uint64_t gs_base;
    uint64_t cr3;        /* of the thread's VSpace, ready to load */
    uint64_t vector_off; /* VECTOR_OFF: a use of vector registers traps; 0: they are its own */

    uint64_t words[MESSAGE_REGISTER_WORDS]; /* rdx r8 r9 r12 r13 r14 r15 */
    uint64_t handle;                        /* rdi: handle, badge */
    uint64_t token;                         /* rsi */
    uint64_t status;                        /* r10: deadline, status */
    uint64_t notified;                      /* rbx */
    uint64_t rcx;                           /* only of use after an interrupt or fault */
    uint64_t r11;                           /* likewise */
    uint64_t flags;                         /* likewise; a system call's are FLAGS_USER */
    uint64_t full;     /* 0: leave by sysretq, 1: by iretq, rcx, r11 and flags count, or: */
    uint64_t stepping; /* its trap flag is set: it is single-stepped, also over system calls */
};

#define CONTEXT_CLEAR 2 /* by sysretq; of the message tag and bits count, the rest is 0 */

#define VECTOR_OFF 8 /* CR0.TS */
#define FLAG_TRAP  0x100
#define FLAGS_USER 0x202 /* interrupts on, and the bit that always is */

#define SYSCALL_INSTRUCTION_BYTES 2
#define TRAP_PAGE_FAULT           14 /* as fault messages have it */

/* Must its system calls look at more than the message? */
static inline bool context_is_stepped(const struct context *context)
{
    return context->stepping;
}

/* A foreign system call goes on at `entry`, which also is in rcx; the rest stays as it was. */
static inline void context_foreign(struct context *context, uint64_t entry)
{
    context->ip = entry;
    context->rcx = entry;
}

/* Page-table entries: four levels of 512, level 0 the leaves of 4 KiB, level 1 those of 2 MiB. */
#define PAGE_TABLE_LEVELS  4
#define PAGE_TABLE_ENTRIES 512
#define PTE_INDEX_BITS     9

#define PTE_PRESENT       (1ull << 0)
#define PTE_WRITE         (1ull << 1)
#define PTE_USER          (1ull << 2)
#define PTE_CACHE_DISABLE (1ull << 4)
#define PTE_LARGE         (1ull << 7)
#define PTE_NO_EXECUTE    (1ull << 63)
#define PTE_ADDRESS       0x000ffffffffff000ull

/* Which entry of a table of that level is for the address. */
static inline unsigned pte_index(uint64_t address, unsigned level)
{
    return address >> (PAGE_SIZE_BITS + PTE_INDEX_BITS * level) & (PAGE_TABLE_ENTRIES - 1);
}

static inline bool pte_present(uint64_t pte)
{
    return pte & PTE_PRESENT;
}

static inline bool pte_is_leaf(uint64_t pte, unsigned level)
{
    return level == 0 || (pte & PTE_LARGE);
}

static inline uint64_t pte_address(uint64_t pte)
{
    return pte & PTE_ADDRESS;
}

static inline uint64_t pte_table(uint64_t physical)
{
    return physical | PTE_PRESENT | PTE_WRITE | PTE_USER;
}

static inline uint64_t pte_leaf(uint64_t physical, unsigned level, unsigned rights, bool device)
{
    static const uint64_t of_rights[] = {
        PTE_NO_EXECUTE,
        PTE_NO_EXECUTE,
        PTE_NO_EXECUTE | PTE_WRITE,
        PTE_NO_EXECUTE | PTE_WRITE,
        0,
        0,
        PTE_WRITE,
        PTE_WRITE,
    };
    uint64_t pte = physical | PTE_PRESENT | PTE_USER | of_rights[rights & 7];

    _Static_assert(CAP_RIGHTS_READ == 1 && CAP_RIGHTS_WRITE == 2 && CAP_RIGHTS_EXECUTE == 4, "");
    if (__builtin_expect(level || device, false))
        pte |= (level ? PTE_LARGE : 0) | (device ? PTE_CACHE_DISABLE : 0);
    return pte;
}

static inline bool pte_writable(uint64_t pte)
{
    return pte & PTE_WRITE;
}

/* May the kernel read the page, or write it, for the program? Not if it is a device's. */
static inline bool pte_allows(uint64_t pte, bool write)
{
    uint64_t wanted = PTE_PRESENT | (write ? PTE_WRITE : 0);

    return (pte & (wanted | PTE_CACHE_DISABLE)) == wanted;
}

/* What of an entry tells whether the next page may be copied with it as one. */
static inline uint64_t pte_run(uint64_t pte)
{
    return pte & (PTE_ADDRESS | PTE_PRESENT | PTE_WRITE | PTE_CACHE_DISABLE);
}

/* The value of CR3 for a page table: with PCIDs the id in the low bits, bit 63 = keep the TLB. */
static inline uint64_t cr3_value(uint64_t table, unsigned pcid, bool pcid_enabled)
{
    return pcid_enabled && pcid ? table | pcid | 1ull << 63 : table;
}
