/* arch_copy.h - x86-64: how the kernel copies, and how much between two looks for an interrupt. */
#pragma once

#include <stdint.h>

/* 8 bytes a step: with what leads up to it less than 5,000 of them. */
#define ARCH_COPY_BYTES 32768ull

/* They do not overlap, or are the same. */
static inline __attribute__((always_inline)) void arch_copy(char *to, const char *from,
                                                            uint64_t bytes)
{
    uint64_t words = bytes / 8, rest = bytes % 8;

    __asm__ volatile("rep movsq\n\t"
                     "movq %3, %%rcx\n\t"
                     "rep movsb"
                     : "+D"(to), "+S"(from), "+c"(words)
                     : "r"(rest)
                     : "memory");
}
