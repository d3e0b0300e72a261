/*
 * arch.h - all that the portable kernel asks of an architecture.
 *
 * arch/x86_64 implements it on the machine, arch/host in a test process. arch_types.h, from
 * the architecture's own folder, gives struct context and the page-table entries.
 */
#pragma once

#include <arch_types.h>
#include <myelin/idl/thread_types.h>

struct vspace;
struct thread;

#define CPU_MAX 1

/* ---- time ---- */

/* Monotonic nanoseconds since boot. */
uint64_t arch_now(void);
/* Asks for one timer interrupt at that time (UINT64_MAX: none). */
void arch_timer_set(uint64_t when);
/* What utcb->clock_base and clock_multiplier should say. */
void arch_clock_parameters(uint64_t *base, uint64_t *multiplier);

/* ---- memory ---- */

/* The kernel's view of physical memory, and back. */
void *arch_memory(uint64_t physical);
uint64_t arch_physical(const void *address);
/* Fills a new top-level table with the kernel's half. */
void arch_space_init(uint64_t *top_table);
/* The word that makes `vspace` current (context.cr3). */
uint64_t arch_space_word(uint64_t top_table_physical, unsigned space_id);
/* Forgets translations of [address, address + bytes) in that space on those CPUs (a bit mask). */
void arch_tlb_invalidate(struct vspace *vspace, uint64_t address, uint64_t bytes,
                         uint64_t cpu_mask);

/*
 * Windows: one range of kernel addresses per CSpace, WINDOW_BYTES long, so that its table can
 * grow without moving. `table` is a zeroed page for page tables: one for the window itself
 * (arch_window_open), and one for the first 2 MiB, unless these are mapped at once: from there on,
 * and then, pages are large, `offset` and `physical` multiples of 2 MiB.
 */
#define WINDOW_BYTES       (1ull << 30)
#define WINDOW_TABLE_REACH (1ull << 21)
unsigned arch_window_count(void);
void *arch_window_open(unsigned window, void *table);
void arch_window_map(unsigned window, uint64_t offset, uint64_t physical, uint64_t bytes,
                     void *table);
void arch_window_close(unsigned window);
/* The window that an address lies in. */
unsigned arch_window_of(const void *address);

/* ---- interrupts ---- */

/* Is an interrupt waiting that a long operation should make way for? */
bool arch_preemption_pending(void);
/* Measures from now on, or no longer, how long interrupts are kept waiting. Returns the longest
   that was measured since the last such call, in ticks of the clock's counter. */
uint64_t arch_measure(bool on);
/* From now on, or no longer, every system call is counted first (count_system_call). */
void arch_count(bool on);
#define IRQ_LINES 24
void arch_irq_mask(unsigned line);
void arch_irq_unmask(unsigned line);

/* ---- ports ---- */

uint32_t arch_port_in(uint16_t port, unsigned width);
void arch_port_out(uint16_t port, unsigned width, uint32_t value);

/* ---- threads ---- */

/* A clean context: user mode, interrupts on, everything else 0. */
void arch_context_init(struct context *context);
/* Copies registers in and out (struct thread_registers of thread.idl); write cleans what would
   harm and refuses non-canonical addresses with EINVAL. */
struct thread_registers;
void arch_registers_read(const struct context *context, struct thread_registers *registers);
/* The same of one that a trap has just interrupted. */
void arch_registers_trapped(const struct context *restrict context,
                            struct thread_registers *restrict registers);
error_t arch_registers_write(struct context *context, const struct thread_registers *registers);

/* Vector and FPU state: the image lies in the Thread's own memory. */
#define VECTOR_IMAGE_BYTES 2752
uint64_t arch_vector_size(void);
void arch_vector_init(void *image);
void arch_vector_sync(struct thread *thread);    /* live registers, if any, into the image */
void arch_vector_release(struct thread *thread); /* forget that its state is live */
bool arch_vector_check(const void *image);       /* could the processor load it without a fault? */

/* One byte to the debug port. */
void arch_log_byte(char byte);
