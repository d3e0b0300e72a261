/* arch_copy.h - host: how the kernel copies, and how much between two looks for an interrupt. */
#pragma once

#include <stdint.h>
#include <string.h>

/* So little that a test of a few pages is preempted at each. */
#define ARCH_COPY_BYTES 4096ull

/* They do not overlap, or are the same. */
static inline void arch_copy(char *to, const char *from, uint64_t bytes)
{
    if (to != from)
        memcpy(to, from, bytes);
}
