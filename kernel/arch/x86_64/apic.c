/* apic.c - the interrupt controllers: one local to the CPU, one for the devices' lines. */

#include "x86.h"

#define LAPIC_END_OF_INTERRUPT 0x0b0
#define LAPIC_SPURIOUS         0x0f0
#define LAPIC_REQUESTED        0x210 /* vectors 0x20 to 0x3f */
#define LAPIC_TIMER            0x320
#define LAPIC_TIMER_INITIAL    0x380
#define LAPIC_TIMER_CURRENT    0x390
#define LAPIC_TIMER_DIVIDE     0x3e0
#define LAPIC_ENABLE           0x100
#define LAPIC_DIVIDE_BY_16     0x3
#define LAPIC_TIMER_DEADLINE   (2u << 17)

#define IOAPIC_SELECT            0x00
#define IOAPIC_DATA              0x10
#define IOAPIC_REDIRECTION(line) (0x10 + 2 * (line))
#define IOAPIC_MASKED            (1u << 16)

static volatile uint32_t *lapic(unsigned offset)
{
    return (volatile uint32_t *)(LAPIC_ADDRESS + offset); /* NOLINT */
}

static volatile uint32_t *ioapic(unsigned offset)
{
    return (volatile uint32_t *)(IOAPIC_ADDRESS + offset); /* NOLINT */
}

static void ioapic_write(unsigned index, uint32_t value)
{
    *ioapic(IOAPIC_SELECT) = index;
    *ioapic(IOAPIC_DATA) = value;
}

void arch_irq_mask(unsigned line)
{
    ioapic_write(IOAPIC_REDIRECTION(line), (VECTOR_IRQ + line) | IOAPIC_MASKED);
}

void arch_irq_unmask(unsigned line)
{
    ioapic_write(IOAPIC_REDIRECTION(line), VECTOR_IRQ + line);
}

bool arch_preemption_pending(void)
{
    if (measure_on)
        measure_point();
    return *lapic(LAPIC_REQUESTED) != 0;
}

void apic_end_of_interrupt(void)
{
    *lapic(LAPIC_END_OF_INTERRUPT) = 0;
}

void apic_timer_start(uint32_t count)
{
    *lapic(LAPIC_TIMER_INITIAL) = count;
}

uint32_t apic_timer_count(void)
{
    return *lapic(LAPIC_TIMER_CURRENT);
}

/* The two old controllers are told to be silent for good. */
static void silence_pic(void)
{
    static const struct {
        uint16_t port;
        uint8_t value;
    } steps[] = {{0x20, 0x11}, {0xa0, 0x11}, {0x21, 0xf0}, {0xa1, 0xf8}, {0x21, 4},
                 {0xa1, 2},    {0x21, 1},    {0xa1, 1},    {0x21, 0xff}, {0xa1, 0xff}};

    for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        out8(steps[i].port, steps[i].value);
}

void apic_init(void)
{
    bool deadline = cpuid(1, 0).c & 1u << 24;

    silence_pic();
    *lapic(LAPIC_SPURIOUS) = LAPIC_ENABLE | VECTOR_SPURIOUS;
    *lapic(LAPIC_TIMER_DIVIDE) = LAPIC_DIVIDE_BY_16;
    *lapic(LAPIC_TIMER) = VECTOR_TIMER | (deadline ? LAPIC_TIMER_DEADLINE : 0);
    for (unsigned line = 0; line < IRQ_LINES; line++) {
        arch_irq_mask(line);
        ioapic_write(IOAPIC_REDIRECTION(line) + 1, 0); /* to CPU 0 */
    }
}
