/*
 * clock.c - the time-stamp counter as the clock, and one-shot timer interrupts. Both are measured
 * once against the old timer chip (PIT), whose frequency is known.
 */

#include "clock_values.h"
#include "x86.h"

#define PIT_HZ          1193182ull
#define PIT_COUNT       11932 /* about 10 ms */
#define NS_PER_SECOND   1000000000ull
#define TIMER_COUNT_MAX 0xffffffffull

static struct {
    uint64_t base;             /* the counter at time 0 */
    uint64_t multiplier;       /* ns per tick, times 2^32 */
    uint64_t timer_multiplier; /* timer counts per ns, times 2^32 */
    bool tsc_deadline;
} clock;

uint64_t arch_now(void)
{
    return scale(read_tsc() - clock.base, clock.multiplier);
}

void arch_clock_parameters(uint64_t *base, uint64_t *multiplier)
{
    *base = clock.base;
    *multiplier = clock.multiplier;
}

/* Runs the PIT's channel 2 once and measures both counters meanwhile. */
static void measure(uint64_t *tsc_ticks, uint64_t *timer_ticks)
{
    uint64_t start;

    out8(0x61, (in8(0x61) & ~2u) | 1); /* gate on, speaker off */
    out8(0x43, 0xb0);                  /* channel 2, one shot */
    out8(0x42, PIT_COUNT & 0xff);
    out8(0x42, PIT_COUNT >> 8);
    apic_timer_start(TIMER_COUNT_MAX);
    start = read_tsc();
    while (!(in8(0x61) & 0x20))
        continue;
    *tsc_ticks = read_tsc() - start;
    *timer_ticks = TIMER_COUNT_MAX - apic_timer_count();
    apic_timer_start(0);
}

void clock_init(void)
{
    uint64_t ns = PIT_COUNT * NS_PER_SECOND / PIT_HZ, tsc_ticks, timer_ticks;

    measure(&tsc_ticks, &timer_ticks);
    clock.multiplier = clock_multiplier(tsc_ticks, ns);
    clock.timer_multiplier = clock_multiplier(ns, timer_ticks);
    clock.tsc_deadline = cpuid(1, 0).c & 1u << 24;
    clock.base = read_tsc();
    log_print("clock: %lu kHz%s\n", tsc_ticks * 1000000 / ns,
              clock.tsc_deadline ? ", TSC deadline" : "");
}

static void start_counter(uint64_t when)
{
    uint64_t now = arch_now();
    uint64_t count = when > now ? scale(when - now, clock.timer_multiplier) + 1 : 1;

    if (when > now && when - now > (TIMER_COUNT_MAX << 32) / clock.timer_multiplier)
        count = TIMER_COUNT_MAX; /* it comes early, and is set again */
    apic_timer_start((uint32_t)count);
}

void arch_timer_set(uint64_t when)
{
    if (clock.tsc_deadline)
        write_msr(MSR_TSC_DEADLINE,
                  when == UINT64_MAX ? 0 : tsc_deadline_value(when, clock.base, clock.multiplier));
    else if (when == UINT64_MAX)
        apic_timer_start(0);
    else
        start_counter(when);
}
