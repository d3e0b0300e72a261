/*
 * pairs.c - which documented errors a test has asked for and got: a line `pair LABEL ERROR` before
 * the test's own, once for each. tests/idl/pairs.sh looks for those that no test provokes.
 */
#include <stdio.h>

#include "systest.h"

#define PAIRS_MAX 512

static struct {
    uint32_t label;
    error_t error;
} pairs[PAIRS_MAX];
static unsigned count, told;

void pairs_note(const struct ipc_error_detail *detail)
{
    if (!detail->label || count == PAIRS_MAX)
        return;
    for (unsigned i = 0; i < count; i++)
        if (pairs[i].label == detail->label && pairs[i].error == detail->error)
            return;
    pairs[count].label = detail->label;
    pairs[count++].error = detail->error;
}

void pairs_tell(systest_say *say)
{
    char line[32];

    for (; told < count; told++) {
        snprintf(line, sizeof(line), "pair 0x%x %d\n", pairs[told].label, pairs[told].error);
        say(line);
    }
}
