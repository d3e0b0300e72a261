/* pages.c - addresses for what the tests map. */
#include "pages.h"

#include <elf.h>
#include <sys/auxv.h>

#include "systest.h"

#define SMALL_BASE  0x310000000000ull /* outside of what process and library use */
#define SMALL_BYTES (32ull << 20)
#define LARGE_BASE  (SMALL_BASE + SMALL_BYTES) /* the same directory: 1 GiB */
#define TABLES_BITS 17                         /* 32 pages, of which 2 + 16 are needed */

static uint64_t small_next, large_next;

void pages_reset(void)
{
    small_next = SMALL_BASE + PAGE;
    large_next = LARGE_BASE;
}

void *pages_take(uint64_t size)
{
    uint64_t *next = size == PAGE ? &small_next : &large_next;
    uint64_t address = *next;

    *next += size;
    return (void *)address;
}

error_t pages_begin(cap_t memory)
{
    cap_t tables, frame;
    error_t error = untyped_retype(memory, OBJECT_UNTYPED, TABLES_BITS, "tables", 0, &tables);

    if (!error)
        error = vspace_give(vspace_self(), tables);
    if (!error)
        error = untyped_retype(memory, OBJECT_FRAME, PAGE_SIZE_BITS, "tables", 0, &frame);
    for (uint64_t at = SMALL_BASE; at < SMALL_BASE + SMALL_BYTES && !error; at += LARGE_PAGE) {
        error = frame_map(CAP_NULL, frame, at, CAP_RIGHTS_READ);
        if (!error)
            error = frame_unmap(CAP_NULL, frame);
    }
    pages_reset();
    return error;
}

void pages_touch_program(void)
{
    const Elf64_Phdr *header = (const Elf64_Phdr *)getauxval(AT_PHDR);

    for (unsigned i = 0; i < getauxval(AT_PHNUM); i++) {
        uint64_t end = header[i].p_vaddr + header[i].p_memsz;

        if (header[i].p_type != PT_LOAD)
            continue;
        for (uint64_t at = header[i].p_vaddr & ~(PAGE - 1); at < end; at += PAGE)
            (void)*(const volatile char *)at;
    }
}
