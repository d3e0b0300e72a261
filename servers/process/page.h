/*
 * page.h - pages: records of the Frames that a process has, and files held in pages.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/idl.h>

#include "memory.h"

#define PAGE_BYTES 4096ull

/* A page of memory. It is in exactly one list: mapped, spare, or of a store. */
struct page {
    uint64_t address; /* where it is mapped; in a store: its offset */
    cap_t frame;
    struct page *next;
    bool shared; /* mapped: `frame` is derived from a page of the image */
    bool viewed; /* of a store: mapped in this server */
};

/* Bytes in pages, addressed from 0 on; pages never written are holes of zeros. */
struct store {
    struct page *first; /* newest first */
    uint64_t size;
};

static inline uint64_t page_round_up(uint64_t bytes)
{
    return (bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
}

/* A record without a Frame; NULL: there is no memory for more. */
struct page *page_record_take(void);
void page_record_give(struct page *page);
/* Gives back the records of a whole list; the Frames die with the memory that they are of. */
void page_list_forget(struct page **list);
/* Capability slots that pages and their records take. */
uint64_t page_slots(void);
/* A record with a new, zeroed Frame. ENOMEM. */
error_t page_make(struct holding *holding, struct page **made);

/* Maps a page of a process into this server, one at a time, to write it; NULL if that fails. */
void *window_open(cap_t frame);
void window_close(cap_t frame);

/* Writes bytes at an offset, making pages as needed. ENOMEM. */
error_t store_write(struct store *store, struct holding *holding, uint64_t offset,
                    const void *bytes, size_t length);
/* The same with what a caller lends, in one copy. ENOMEM; EFAULT: a page of his is gone, and what
   comes before it is written. */
error_t store_load(struct store *store, struct holding *holding, uint64_t offset,
                   const struct idl_lease *lease);
/* ENOMEM. `bytes` may lie in the window. */
error_t store_read(const struct store *store, uint64_t offset, void *bytes, size_t length);
/* The page that holds the byte at `offset`, or NULL. */
struct page *store_page(const struct store *store, uint64_t offset);
