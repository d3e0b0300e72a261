/*
 * program.h - for those who start programs: what an ELF file wants mapped, and the stack that
 * a program starts on. Pure functions, no system calls; nothing is allocated.
 */
#pragma once

#include <stddef.h>

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/startup.h>

#define PROGRAM_SEGMENTS_MAX  16
#define PROGRAM_ADDRESS_FIRST 0x10000ull /* below it nothing is mapped, so null pointers fault */
#define PROGRAM_HEAD_BYTES    4096       /* the ELF header and all program headers lie in these */

/* A part of the file to be mapped. No two share a page; none is both writable and executable. */
struct program_segment {
    uint64_t address; /* of its first byte; file_offset is the same modulo the page size */
    uint64_t memory_bytes;
    uint64_t file_offset;
    uint64_t file_bytes; /* at most memory_bytes; the rest is zero */
    uint32_t rights;     /* CAP_RIGHTS_READ, _WRITE, _EXECUTE */
};

struct program_image {
    uint64_t entry;
    uint64_t headers; /* address of the program headers in the program's memory (AT_PHDR) */
    uint32_t header_count;
    uint32_t segment_count;
    struct program_segment segments[PROGRAM_SEGMENTS_MAX];
};

/*
 * Checks a static ELF64 program for x86-64 with care, and says what to map. `head` is the
 * beginning of the file: its first PROGRAM_HEAD_BYTES, or all if it is shorter. ENOEXEC: *why
 * is a sentence.
 */
error_t program_read(const void *head, uint64_t file_bytes, struct program_image *image,
                     const char **why);

/* What the initial stack holds. Strings lie one behind the other, each with its NUL. */
struct program_start {
    const struct program_image *image;
    const char *arguments;
    size_t argument_bytes;
    const char *environment;
    size_t environment_bytes;
    const struct startup_cap *caps;
    unsigned cap_count;
    uint8_t random[16]; /* AT_RANDOM */
};

/*
 * Writes the initial stack (argc, argv, environment, auxiliary vector, strings, struct startup)
 * into the last bytes of buffer[0..size), whole pages; its end will be at address `top`,
 * page-aligned. What lies below the stack pointer's page stays as it was.
 * Returns the stack pointer, a multiple of 16; 0: it does not fit.
 */
uint64_t program_stack(void *buffer, size_t size, uint64_t top, const struct program_start *start);
