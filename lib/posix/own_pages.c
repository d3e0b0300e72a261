/*
 * own_pages.c - memory for programs that no process server stands behind: the root task and the
 * process server itself.
 *
 * Pages lie at fixed places, one after the other. A page is made of "memory" and mapped when it
 * is first wanted, and then stays mapped: one that is given back is only marked free, and zeroed
 * when it is given out again. So these two programs keep what they needed most at any time.
 */
#include <string.h>

#include <myelin/cap.h>
#include <myelin/frame.h>
#include <myelin/vspace.h>

#include "posix.h"

#define PAGE        4096ull
#define PAGES_MAX   2048 /* 8 MiB */
#define CHUNK_PAGES 64   /* that one bit set of the page states holds */

static uint64_t base; /* address of the first page; 0: not reserved yet */
static uint64_t made[PAGES_MAX / CHUNK_PAGES];
static uint64_t used[PAGES_MAX / CHUNK_PAGES];

static bool bit(const uint64_t *set, uint64_t page)
{
    return set[page / CHUNK_PAGES] >> page % CHUNK_PAGES & 1;
}

static void bit_set(uint64_t *set, uint64_t page, bool value)
{
    uint64_t mask = 1ull << page % CHUNK_PAGES;

    set[page / CHUNK_PAGES] =
        value ? set[page / CHUNK_PAGES] | mask : set[page / CHUNK_PAGES] & ~mask;
}

/* The first of `count` free pages in a row, or PAGES_MAX. */
static uint64_t free_run(uint64_t count)
{
    uint64_t run = 0;

    for (uint64_t page = 0; page < PAGES_MAX; page++) {
        run = bit(used, page) ? 0 : run + 1;
        if (run == count)
            return page + 1 - count;
    }
    return PAGES_MAX;
}

/* The page is there, and zero. Its Frame is never given back, so nobody keeps the handle. */
static error_t make_page(uint64_t page)
{
    uint64_t address = base + page * PAGE;
    cap_t frame;
    error_t error;

    if (bit(made, page)) {
        memset((void *)address, 0, PAGE);
        return SUCCESS;
    }
    error = frame_allocate(PAGE, &frame);
    if (error)
        return error;
    error = frame_attach_at(frame, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE, address);
    if (error)
        cap_delete(frame);
    else
        bit_set(made, page, true);
    return error;
}

error_t posix_own_pages_map(uint64_t *address, uint64_t length)
{
    uint64_t count = length / PAGE;
    uint64_t first = free_run(count);
    error_t error = base ? SUCCESS : vspace_reserve(PAGES_MAX * PAGE, PAGE, &base);

    if (!error && first == PAGES_MAX)
        error = ENOMEM;
    for (uint64_t i = 0; i < count && !error; i++)
        error = make_page(first + i);
    if (error)
        return error;

    for (uint64_t i = 0; i < count; i++)
        bit_set(used, first + i, true);
    *address = base + first * PAGE;
    return SUCCESS;
}

error_t posix_own_pages_unmap(uint64_t address, uint64_t length)
{
    uint64_t first = (address - base) / PAGE;
    uint64_t count = length / PAGE;

    if (!base || address < base || first >= PAGES_MAX || count > PAGES_MAX - first)
        return EINVAL;
    for (uint64_t i = 0; i < count; i++)
        bit_set(used, first + i, false);
    return SUCCESS;
}
