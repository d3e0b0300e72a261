/*
 * clock.c - the monotonic clock, from the processor's counter and two words of the UTCB.
 */
#include <myelin/clock.h>
#include <myelin/notification.h>

#include "internal.h"

#define TIMER_BIT 1

uint64_t clock_now(void)
{
    const struct utcb *utcb = utcb_self();
    uint64_t ticks = __builtin_ia32_rdtsc() - utcb->clock_base;

    return (uint64_t)((unsigned __int128)ticks * utcb->clock_multiplier >> 32);
}

/* A bit left from an earlier, interrupted sleep only makes this wait once more. */
error_t clock_sleep_until(uint64_t time)
{
    struct library_state *state = library_state();
    uint64_t bits;
    error_t error = state->timer ? SUCCESS : notification_create("sleep", &state->timer);

    while (!error && clock_now() < time) {
        error = notification_set_timer(state->timer, time, TIMER_BIT);
        if (!error)
            error = ipc_wait_notification(state->timer, &bits);
    }
    return error;
}
