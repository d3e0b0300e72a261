/*
 * random.h - what the files of test_random.c share.
 */
#pragma once

#include <stdlib.h>

#include "world.h"

#define PEOPLE 7

static inline unsigned any(unsigned count)
{
    return (unsigned)rand() % count;
}

static inline bool one_in(unsigned n)
{
    return any(n) == 0;
}

/* ---- buffers (random_buffer.c); `i` is whose, `thread` his ---- */

void makes_buffers(void);
/* Part of one half of his: what he sends from, or receives into. */
void chooses_buffer(unsigned i, const struct thread *thread, bool send);
/* Somebody's page goes, or comes back. */
void moves_a_page(void);
/* What he got is one other's letter all over, if he can still see it. */
void check_buffer(unsigned i, const struct thread *thread);
