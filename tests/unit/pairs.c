/*
 * pairs.c - which documented errors of kernel objects a test has provoked: a line
 * `pair LABEL ERROR` before the test's own, once for each. tests/idl/pairs.sh looks for those that
 * no test provokes.
 */
#include <stdio.h>

#include "world.h"

#define PAIRS_MAX     1024
#define OBJECT_LABELS ((uint32_t)OBJECT_TYPES << 16)

void pairs_note(uint64_t request, error_t error)
{
    static struct {
        uint32_t label;
        error_t error;
    } pairs[PAIRS_MAX];
    static unsigned count;
    uint32_t label = tag_label(request);

    if (tag_operation(request) != OP_CALL || label >= OBJECT_LABELS || count == PAIRS_MAX)
        return;
    for (unsigned i = 0; i < count; i++)
        if (pairs[i].label == label && pairs[i].error == error)
            return;
    pairs[count].label = label;
    pairs[count++].error = error;
    printf("pair 0x%x %d\n", label, error);
}
