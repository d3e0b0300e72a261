/* registers.h - what the tests of threads and of their registers share. */
#pragma once

#include <myelin/idl/thread_types.h>

#include "world.h"

#define REGISTER_WORDS (sizeof(struct thread_registers) / sizeof(uint64_t))

static inline struct words all_registers(uint64_t ip, uint64_t flags, uint64_t fs)
{
    struct words words = {.count = REGISTER_WORDS};

    for (unsigned i = 0; i < REGISTER_WORDS; i++)
        words.word[i] = 0x1000 + i;
    words.word[0] = ip;
    words.word[2] = flags;
    words.word[18] = fs;
    return words;
}
