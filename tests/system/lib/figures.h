/*
 * figures.h - what is in use in all, to see that nothing is left behind.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <myelin/process.h>

struct figures {
    struct processes_memory memory;
    uint64_t own_slots;
    uint64_t caps; /* that all processes hold, but the process server, which has all pages */
};

struct figures figures_take(void);
/* Is all as it was? */
bool figures_are(const struct figures *before);
