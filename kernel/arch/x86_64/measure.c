/*
 * measure.c - how long interrupts are kept waiting: the longest stretch from an entry into the
 * kernel, or a question whether an interrupt waits, to the next such question, or the end.
 *
 * While nobody measures, an entry pays nothing for it (`doors` in doors.c), a question two
 * instructions. Entries that the fast path answers are not looked at: it has no loop but that over
 * a message's words.
 */

#include "x86.h"

/* What entry.S and the fast path execute, at most, before and behind what is measured here. */
#define OUTSIDE_TICKS 150

bool measure_on;

/* Per CPU. */
static struct {
    uint64_t since, longest;
} stretch;

void measure_begin(void)
{
    stretch.since = read_tsc();
}

void measure_point(void)
{
    uint64_t now = read_tsc();

    if (now - stretch.since > stretch.longest)
        stretch.longest = now - stretch.since;
    stretch.since = now;
}

uint64_t measure_switch(bool on)
{
    uint64_t longest = stretch.longest;

    stretch.longest = 0;
    stretch.since = read_tsc();
    measure_on = on;
    return longest ? longest + OUTSIDE_TICKS : 0;
}
