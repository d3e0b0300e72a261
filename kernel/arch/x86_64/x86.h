/*
 * x86.h - what the files of this folder share: instructions, registers, places.
 */
#pragma once

#include <arch.h>
#include <arch_fast.h>
#include <boot.h>

#define KERNEL_BASE    0xffffffff80000000ull
#define DIRECT_MAP     0xffff800000000000ull /* all physical memory */
#define WINDOWS_BASE   0xffffc00000000000ull /* CSpace windows */
#define DEVICES_BASE   0xffffff0000000000ull /* the interrupt controllers' registers */
#define LAPIC_ADDRESS  (DEVICES_BASE)
#define IOAPIC_ADDRESS (DEVICES_BASE + PAGE_BYTES)

#define VECTOR_IRQ      0x20 /* line 0; the timer comes behind the lines, so one IRR word tells all */
#define VECTOR_TIMER    (VECTOR_IRQ + IRQ_LINES)
#define VECTOR_SPURIOUS 0xff

#define TRAP_DEBUG          1
#define TRAP_NMI            2
#define TRAP_NO_VECTOR_UNIT 7
#define TRAP_DOUBLE_FAULT   8
#define TRAP_MACHINE_CHECK  18

#define MSR_EFER         0xc0000080u
#define MSR_STAR         0xc0000081u
#define MSR_LSTAR        0xc0000082u
#define MSR_SFMASK       0xc0000084u
#define MSR_TSC_DEADLINE 0x6e0u

static inline uint64_t read_msr(uint32_t msr)
{
    uint32_t low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

static inline void write_msr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr" ::"c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

static inline uint64_t read_tsc(void)
{
    uint64_t low, high; /* it clears their upper halves */

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return high << 32 | low;
}

static inline void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

static inline uint8_t in8(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

struct cpuid {
    uint32_t a, b, c, d;
};

static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid r;

    __asm__ volatile("cpuid"
                     : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d)
                     : "a"(leaf), "c"(subleaf));
    return r;
}

static inline uint64_t read_cr0(void)
{
    uint64_t value;

    __asm__ volatile("movq %%cr0, %0" : "=r"(value));
    return value;
}

static inline void write_cr0(uint64_t value)
{
    __asm__ volatile("movq %0, %%cr0" ::"r"(value) : "memory");
}

static inline uint64_t read_cr4(void)
{
    uint64_t value;

    __asm__ volatile("movq %%cr4, %0" : "=r"(value));
    return value;
}

static inline void write_cr4(uint64_t value)
{
    __asm__ volatile("movq %0, %%cr4" ::"r"(value) : "memory");
}

static inline void write_cr3(uint64_t value)
{
    __asm__ volatile("movq %0, %%cr3" ::"r"(value) : "memory");
}

static inline uint64_t read_cr2(void)
{
    uint64_t value;

    __asm__ volatile("movq %%cr2, %0" : "=r"(value));
    return value;
}

/* entry.S's own per-CPU words */
extern char trap_stubs[], syscall_entry[], syscall_entry_watched[], kernel_stack_top[];
_Noreturn void idle_sleep(void);
_Noreturn void enter_user(struct thread *thread);
/* arch.c: the first thread begins */
_Noreturn void boot_leave(void);
/* arch.c: an entry that has come to the kernel; who goes on. */
struct thread *serve_system_call(void);
struct thread *serve_trap(uint64_t vector, uint64_t error);
struct thread *serve_interrupt(uint64_t vector);
/* The same of a page fault, the short way: it does not come back. */
FAST_DOOR void serve_page_fault(uint64_t error);
/* The thread to go on with; with nobody to run, the CPU sleeps and does not come back. */
struct thread *leave_with(struct thread *thread);
/* doors.c: the C functions by which the kernel is entered */
struct doors {
    struct thread *(*system_call)(void);
    struct thread *(*trap)(uint64_t vector, uint64_t error);
    struct thread *(*from_idle)(uint64_t vector);
    __attribute__((preserve_none)) void (*object)(FAST_PARAMETERS);
    struct thread *(*scheduled)(void);
    __attribute__((preserve_none)) void (*page_fault)(uint64_t error);
    __attribute__((preserve_none)) void (*lease)(FAST_PARAMETERS);
    __attribute__((preserve_none)) void (*buffer)(FAST_PARAMETERS);
};
extern struct doors doors;
/* measure.c */
extern bool measure_on;
void measure_begin(void);
void measure_point(void);
uint64_t measure_switch(bool on);

/* panic.c: a trap in user mode that nothing can go on after */
_Noreturn void panic_user_trap(uint64_t vector, uint64_t error, const struct context *context);
/* paging.c */
void paging_init(uint64_t memory_end);
void space_use_kernel(void);
/* descriptors.c */
void descriptors_init(void);
/* clock.c, apic.c */
void clock_init(void);
void apic_init(void);
void apic_timer_start(uint32_t count);
uint32_t apic_timer_count(void);
void apic_end_of_interrupt(void);
/* vector.c */
void vector_init(void);
void vector_fault(struct thread *thread);
/* This processor may leak what is kept lazily in vector registers. */
extern bool vector_leaky;
/* The owner's state into its Thread: the registers are clean, and nobody's. */
void vector_clean(void);
/* At each entry, where that must be. */
static inline void vector_put_away(void)
{
    if (vector_leaky)
        vector_clean();
}
