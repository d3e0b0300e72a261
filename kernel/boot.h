/*
 * boot.h - from the architecture's start-up code to the first user thread.
 */
#pragma once

#include <kernel.h>

#define BOOT_RANGES_MAX 16

struct boot_range {
    uint64_t base, end; /* physical */
    bool device;
};

/* What the loader left in memory. */
struct boot_handover {
    uint64_t archive, archive_bytes; /* the boot archive, physical */
    const char *command_line;
    uint64_t memory_bytes;
    unsigned range_count;
    struct boot_range ranges[BOOT_RANGES_MAX]; /* what becomes Untyped; [0] is allocated from */
};

/* Zeroed whole pages from ranges[0], for ever. */
void *boot_allocate(uint64_t bytes);
void boot_allocate_from(struct boot_range *range);
/* Makes the root task from the archive and everything else into its Untypeds; then it can run. */
void boot_root(struct boot_handover *handover);
/* The file's bytes in the archive (cpio newc), or NULL. */
const void *archive_find(const void *archive, uint64_t bytes, const char *name, uint64_t *length);
