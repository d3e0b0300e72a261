/*
 * pairs.c - which documented errors a test has asked for and got: a line `pair LABEL ERROR
 * ARGUMENT` before the test's own, once for each. tests/idl/pairs.sh looks for those that no test
 * provokes.
 */
#include <stdio.h>

#include "systest.h"

#define PAIRS_MAX 512

static struct {
    uint32_t label;
    error_t error;
    uint64_t argument;
} pairs[PAIRS_MAX];
static unsigned count, told;

void pairs_note(const struct ipc_error_detail *detail)
{
    bool is_objects = detail->label < (uint32_t)OBJECT_TYPES << 16;

    /* What the kernel says of a call to a server is no answer of the server's. */
    if (!detail->label || is_objects == detail->answered || count == PAIRS_MAX)
        return;
    for (unsigned i = 0; i < count; i++)
        if (pairs[i].label == detail->label && pairs[i].error == detail->error &&
            pairs[i].argument == detail->argument)
            return;
    pairs[count].label = detail->label;
    pairs[count].argument = detail->argument;
    pairs[count++].error = detail->error;
}

void pairs_tell(systest_say *say)
{
    char line[64];

    for (; told < count; told++) {
        snprintf(line, sizeof(line), "pair 0x%x %d 0x%llx\n", pairs[told].label, pairs[told].error,
                 (unsigned long long)pairs[told].argument);
        say(line);
    }
}
