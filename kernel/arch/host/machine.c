/*
 * machine.c - the rest of the simulated machine: time, interrupts, ports, address spaces, vector
 * registers, the debug port. It records what the kernel asks for and answers what tests set.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <task/task.h>

#include "host.h"

#define CONTROL_WORD_AT   0
#define MXCSR_AT          24
#define XSAVE_HEADER_AT   512
#define XSAVE_HEADER_ENDS 576
#define COMPONENTS        3ull /* x87 and SSE */

struct host host;

uint64_t arch_now(void)
{
    return host.now;
}

void arch_timer_set(uint64_t when)
{
    host.timer = when;
    host.timer_writes++;
}

void arch_clock_parameters(uint64_t *base, uint64_t *multiplier)
{
    *base = HOST_CLOCK_BASE;
    *multiplier = HOST_CLOCK_PER_TICK;
}

/* The kernel's half is not simulated: all of the table is the user's. */
void arch_space_init(uint64_t *top_table)
{
    for (unsigned i = 0; i < PAGE_TABLE_ENTRIES; i++)
        kernel_assert(!top_table[i]);
}

uint64_t arch_space_word(uint64_t top_table_physical, unsigned space_id)
{
    return cr3_value(top_table_physical ? top_table_physical : HOST_KERNEL_SPACE, space_id,
                     host.pcid);
}

void arch_tlb_invalidate(struct vspace *vspace, uint64_t address, uint64_t bytes, uint64_t cpu_mask)
{
    host.invalidated.vspace = vspace;
    host.invalidated.address = address;
    host.invalidated.bytes = bytes;
    host.invalidated.cpus = cpu_mask;
    host.invalidations++;
}

bool arch_preemption_pending(void)
{
    host.questions++;
    return host.pending || (host.pending_every && host.questions % host.pending_every == 0);
}

void arch_irq_mask(unsigned line)
{
    kernel_assert(line < IRQ_LINES);
    host.unmasked &= ~(1u << line);
}

void arch_irq_unmask(unsigned line)
{
    kernel_assert(line < IRQ_LINES);
    host.unmasked |= 1u << line;
}

uint32_t arch_port_in(uint16_t port, unsigned width)
{
    host.port.port = port;
    host.port.width = width;
    host.port_reads++;
    return host.port.value;
}

void arch_port_out(uint16_t port, unsigned width, uint32_t value)
{
    host.port.port = port;
    host.port.width = width;
    host.port.value = value;
    host.port_writes++;
}

uint64_t arch_vector_size(void)
{
    return HOST_VECTOR_BYTES;
}

void arch_vector_init(void *image)
{
    uint16_t control = 0x37f;
    uint32_t mxcsr = 0x1f80;

    memcpy((char *)image + CONTROL_WORD_AT, &control, sizeof(control));
    memcpy((char *)image + MXCSR_AT, &mxcsr, sizeof(mxcsr));
}

void arch_vector_sync(struct thread *thread)
{
    if (cpu_self()->vector_owner == thread)
        memcpy(thread->vector, host.vector_registers, HOST_VECTOR_BYTES);
}

void arch_vector_release(struct thread *thread)
{
    if (cpu_self()->vector_owner == thread)
        cpu_self()->vector_owner = NULL;
}

bool arch_vector_check(const void *image)
{
    const uint8_t *bytes = image;
    uint64_t components;
    uint32_t mxcsr;

    memcpy(&mxcsr, bytes + MXCSR_AT, sizeof(mxcsr));
    memcpy(&components, bytes + XSAVE_HEADER_AT, sizeof(components));
    if ((mxcsr & ~HOST_MXCSR_MASK) || (components & ~COMPONENTS))
        return false;
    for (unsigned i = XSAVE_HEADER_AT + sizeof(components); i < XSAVE_HEADER_ENDS; i++)
        if (bytes[i])
            return false;
    return true;
}

void arch_log_byte(char byte)
{
    if (host.log_length < sizeof(host.log))
        host.log[host.log_length++] = byte;
}

/* cmocka turns the abort into a failure of the test that runs. */
_Noreturn void panic(const char *format, ...)
{
    va_list arguments;

    fputs("panic: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}
