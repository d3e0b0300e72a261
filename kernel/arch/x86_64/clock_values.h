/*
 * clock_values.h - the numbers that the clock and the timer are given. Host tests check them: no
 * emulator here has a TSC deadline.
 */
#pragma once

#include <stdint.h>

/* a * b >> 32, without losing the upper bits. */
static inline uint64_t scale(uint64_t a, uint64_t b)
{
    return (uint64_t)((unsigned __int128)a * b >> 32);
}

/* (value << 32) / divisor, or UINT64_MAX where that does not fit. */
static inline uint64_t divide_scaled(uint64_t value, uint64_t divisor)
{
    uint64_t high = value >> 32, low = value << 32;

    if (high >= divisor)
        return UINT64_MAX;
    __asm__("divq %2" : "+a"(low), "+d"(high) : "r"(divisor) : "cc");
    return low;
}

/* What to multiply ticks with (and shift right by 32) to get ns. */
static inline uint64_t clock_multiplier(uint64_t ticks, uint64_t ns)
{
    return divide_scaled(ns, ticks);
}

/* The counter value at which the clock shows `when_ns` or a little more. */
static inline uint64_t tsc_deadline_value(uint64_t when_ns, uint64_t base, uint64_t multiplier)
{
    uint64_t ticks = divide_scaled(when_ns, multiplier);

    return ticks >= UINT64_MAX - base ? UINT64_MAX : base + ticks + 1;
}
