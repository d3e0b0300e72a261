/*
 * copy.c - bytes from one address space to another, by the kernel's own walk of both page tables
 * (run.c). What lies side by side in memory is copied as one, with a look for an interrupt at each
 * border of ARCH_COPY_BYTES on either side.
 */

#include <mem/copy.h>

static inline uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* To the next border between two looks for an interrupt. */
static inline uint64_t left_in_piece(uint64_t address)
{
    return ARCH_COPY_BYTES - (address & (ARCH_COPY_BYTES - 1));
}

/* Of memory that is both, no more at once than lies between where they begin: so it is as if bytes
   were copied one by one. */
static __attribute__((cold)) uint64_t apart(const char *from, const char *to, uint64_t bytes)
{
    uint64_t distance = (uintptr_t)(from < to ? to : from) - (uintptr_t)(from < to ? from : to);

    return distance ? least(bytes, distance) : bytes;
}

/* So many bytes of it, which lie side by side here and there. True: it goes on, no interrupt
   waits. */
static inline bool copy_run(struct copy *copy, const char *from, char *to, uint64_t bytes)
{
    uint64_t from_address = copy->from_address, to_address = copy->to_address, done = 0;

    do {
        uint64_t piece = least(bytes - done, least(left_in_piece(from_address + done),
                                                   left_in_piece(to_address + done)));

        arch_copy(to + done, from + done, piece);
        done += piece;
    } while (done < bytes && !arch_preemption_pending());
    copy->from_address += done;
    copy->to_address += done;
    copy->length -= done;
    return done == bytes && !(copy->length && arch_preemption_pending());
}

enum copy_end copy_between(struct copy *copy)
{
    while (copy->length) {
        uint64_t here = copy->length, there = here, bytes;
        const char *from = run_find(copy->from, copy->from_address, false, &here);
        char *to = from ? run_find(copy->to, copy->to_address, true, &there) : NULL;

        if (!to)
            return from ? COPY_TO_MISSING : COPY_FROM_MISSING;
        bytes = least(here, there);
        if (copy_overlaps(from, to, bytes))
            bytes = apart(from, to, bytes);
        if (!copy_run(copy, from, to, bytes))
            return COPY_PREEMPTED;
    }
    return COPY_DONE;
}
