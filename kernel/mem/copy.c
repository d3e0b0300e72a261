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

/* Of memory that is both, no more at once than lies between where they begin: so it is as if bytes
   were copied one by one. */
static __attribute__((cold)) uint64_t apart(uintptr_t from, uintptr_t to, uint64_t bytes)
{
    uint64_t distance = from < to ? to - from : from - to;

    return distance ? least(bytes, distance) : bytes;
}

/* A side of the copy: where its beginning would lie if all lay as this does, and how far it does.
 */
struct side {
    uintptr_t memory;
    uint64_t end; /* counted, as all here, from the beginning of the copy */
};

/* The next border between two looks for an interrupt, of either side; or the copy's end. */
static inline uint64_t next_border(const struct copy *copy, uint64_t done)
{
    uint64_t from = ~(copy->from_address + done) & (ARCH_COPY_BYTES - 1);
    uint64_t to = ~(copy->to_address + done) & (ARCH_COPY_BYTES - 1);

    return least(copy->length, done + least(from, to) + 1);
}

/* Where a side goes on: in that run, or, where none was seen, in one that is searched for. */
static inline enum copy_end reach(const struct copy *copy, bool write, uint64_t done,
                                  struct run *run, struct side *side)
{
    uint64_t begin = write ? copy->to_address : copy->from_address;

    if (!run)
        run = run_search(write ? copy->to : copy->from, begin + done, write, copy->length - done);
    if (!run)
        return write ? COPY_TO_MISSING : COPY_FROM_MISSING;
    *side = (struct side){run->memory + begin, run->end - begin};
    return COPY_DONE;
}

/* The same, behind a run. Before one is searched for an interrupt is looked for. */
static inline enum copy_end reach_next(const struct copy *copy, bool write, uint64_t done,
                                       struct side *side)
{
    uint64_t address = (write ? copy->to_address : copy->from_address) + done;
    struct run *run = run_next(write ? copy->to : copy->from, address, write);

    if (!run && arch_preemption_pending())
        return COPY_PREEMPTED;
    return reach(copy, write, done, run, side);
}

/* To that end, over which both sides lie side by side. False: all is done, or an interrupt waits.
 */
static inline bool copy_run(const struct copy *copy, uintptr_t from, uintptr_t to, uint64_t end,
                            uint64_t *done, uint64_t *border)
{
    for (;;) {
        uint64_t next = least(*border, end);

        arch_copy((char *)(to + *done), (const char *)(from + *done), next - *done);
        *done = next;
        if (next < *border)
            return true;
        if (next == copy->length || arch_preemption_pending())
            return false;
        *border = next_border(copy, next);
        if (next == end)
            return true;
    }
}

static inline enum copy_end copy_on(const struct copy *copy, struct side from, struct side to,
                                    uint64_t *done)
{
    uint64_t border = next_border(copy, 0), end;
    enum copy_end stop = COPY_DONE;

    while (!stop) {
        end = least(from.end, to.end);
        if (copy_overlaps(from.memory + *done, to.memory + *done, end - *done)) {
            end = *done + apart(from.memory + *done, to.memory + *done, end - *done);
            border = least(border, end); /* it may be a byte at a time */
        }
        if (!copy_run(copy, from.memory, to.memory, end, done, &border))
            return *done == copy->length ? COPY_DONE : COPY_PREEMPTED;
        if (*done == from.end)
            stop = reach_next(copy, false, *done, &from);
        if (!stop && *done == to.end)
            stop = reach_next(copy, true, *done, &to);
    }
    return stop;
}

enum copy_end copy_between(struct copy *copy)
{
    struct side from, to;
    uint64_t done = 0;
    enum copy_end end;

    if (!copy->length)
        return COPY_DONE;
    end = reach(copy, false, 0, run_seen(copy->from, copy->from_address, false), &from);
    if (!end)
        end = reach(copy, true, 0, run_seen(copy->to, copy->to_address, true), &to);
    if (!end)
        end = copy_on(copy, from, to, &done);
    copy->from_address += done;
    copy->to_address += done;
    copy->length -= done;
    return end;
}
