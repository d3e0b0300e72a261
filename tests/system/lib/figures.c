/* figures.c - what is in use in all. */

#include "figures.h"

#include <string.h>

#include <myelin/cap.h>
#include <myelin/errors.h>

struct figures figures_take(void)
{
    struct figures figures = {0};
    struct process_info info;
    uint64_t slots;

    process_memory(&figures.memory);
    cspace_statistics(CAP_NULL, &slots, &figures.own_slots);
    for (uint64_t pid = 0; process_list(pid, &info) == SUCCESS; pid = info.pid + 1)
        if (strcmp(info.name, "process") != 0)
            figures.caps += info.caps;
    return figures;
}

bool figures_are(const struct figures *before)
{
    struct figures after = figures_take();

    return after.memory.free == before->memory.free && after.own_slots == before->own_slots &&
           after.memory.slots == before->memory.slots && after.caps == before->caps &&
           after.memory.processes == before->memory.processes;
}
