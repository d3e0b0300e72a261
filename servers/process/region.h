/*
 * region.h - what a process's addresses are for. Pure bookkeeping, no system calls.
 *
 * A region is a range of whole pages with one set of rights; its content is zero, or a part of
 * the program's image. Regions of a process never overlap and are kept in order.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <myelin/abi.h>
#include <myelin/errors.h>

#define REGIONS_MAX         4096 /* of all processes */
#define REGIONS_PER_PROCESS 512

struct region {
    uint64_t start, end; /* addresses, multiples of the page size */
    uint32_t rights;     /* CAP_RIGHTS_READ, _WRITE, _EXECUTE; 0: reserved, every access faults */
    bool zero_tail;      /* behind file_end it must read as zero */
    uint64_t file_start; /* addresses [file_start, file_end) come from the image, the byte at */
    uint64_t file_end;   /* address a from offset a - file_start + file_offset */
    uint64_t file_offset;
    uint64_t lender;        /* pid of the process whose pages they are (lend.c); 0: its own */
    uint64_t lender_offset; /* address a is a + lender_offset there */
    uint32_t most;          /* with a lender: rights that protect may give */
    struct region *next;
};

struct regions {
    struct region *first;
    unsigned count;
};

/* The region that holds the address, or NULL. */
struct region *region_find(const struct regions *regions, uint64_t address);
/* Adds a copy of *region. EEXIST: something is there. ENOMEM: too many. */
error_t region_add(struct regions *regions, const struct region *region);
/* A free range of `bytes` (a multiple of the page size) in [from, to); 0: none. */
uint64_t region_place(const struct regions *regions, uint64_t from, uint64_t to, uint64_t bytes);
/* Nothing is in [start, end) afterwards. ENOMEM: a region must be cut in two, and there are too
   many already. */
error_t region_remove(struct regions *regions, uint64_t start, uint64_t end);
/* Changes the rights in [start, end). ENOENT: not all of it is in regions. ENOMEM as above. */
error_t region_protect(struct regions *regions, uint64_t start, uint64_t end, uint32_t rights);
/* May they be given in [start, end)? Not where memory was granted for less. */
bool region_may_have(const struct regions *regions, uint64_t start, uint64_t end, uint32_t rights);
void region_forget_all(struct regions *regions);
