/*
 * file.c - what it takes to read a file of 1 MiB: in one request, in 256, and for comparison what
 * it takes to copy so much in a loop of 8 bytes a turn.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <myelin/file.h>
#include <myelin/ipc.h>

#include "bench.h"
#include "measure.h"

#define FILE_BYTES (1u << 20)
#define PART_BYTES 4096
#define PATH       "/bench-1m"

static unsigned char written[FILE_BYTES], came[FILE_BYTES];

static int fail(const char *name, error_t error)
{
    fprintf(stderr, "bench: %s: %s\n", name, error_sentence(error));
    return 1;
}

static error_t make_file(cap_t session, cap_t *file)
{
    size_t done;
    error_t error = file_open(session, PATH, O_RDWR | O_CREAT | O_TRUNC, 0600, file, NULL);

    for (size_t i = 0; i < FILE_BYTES; i++)
        written[i] = (unsigned char)(i * 7 + i / 251);
    return error ? error : file_write(*file, 0, written, FILE_BYTES, &done, NULL);
}

/* Reads the whole file in parts of that size; EIO: not all of it came. */
static error_t read_parts(cap_t file, size_t part)
{
    error_t error = SUCCESS;
    size_t done;

    for (size_t at = 0; at < FILE_BYTES && !error; at += part) {
        error = file_read(file, at, came + at, part, &done);
        if (!error && done != part)
            error = EIO;
    }
    return error;
}

static int bench_read(const char *name, cap_t file, size_t part)
{
    uint64_t samples[BENCH_RUNS], start;
    error_t error = read_parts(file, part); /* touches every page once */

    for (int run = 0; run < BENCH_RUNS && !error; run++) {
        start = counter_now();
        error = read_parts(file, part);
        samples[run] = counter_now() - start;
    }
    if (!error && memcmp(came, written, FILE_BYTES) != 0)
        error = EIO;
    memset(came, 0, FILE_BYTES);
    return error ? fail(name, error) : bench_tell(name, samples, 1);
}

/* 8 bytes a turn: load, store, count, branch. */
static void copy_bare(void)
{
    long at = -(long)(FILE_BYTES / 8);

    __asm__ volatile("1:\n\t"
                     "movq (%[from],%[at],8), %%rax\n\t"
                     "movq %%rax, (%[to],%[at],8)\n\t"
                     "incq %[at]\n\t"
                     "jnz 1b"
                     : [at] "+r"(at)
                     : [from] "r"(written + FILE_BYTES), [to] "r"(came + FILE_BYTES)
                     : "rax", "memory", "cc");
}

static int bench_copy(void)
{
    uint64_t samples[BENCH_RUNS], start;

    copy_bare();
    for (int run = 0; run < BENCH_RUNS; run++) {
        start = counter_now();
        copy_bare();
        samples[run] = counter_now() - start;
    }
    return bench_tell("file_read_1m_bare_copy", samples, 1);
}

int bench_file(void)
{
    cap_t session, file;
    error_t error = file_session(&session);
    int status;

    if (!error)
        error = make_file(session, &file);
    if (error)
        return fail("file_read_1m", error);
    status = bench_copy() || bench_read("file_read_1m_batched", file, FILE_BYTES) ||
             bench_read("file_read_1m_4k", file, PART_BYTES);
    file_unlink(session, PATH, 0);
    return status;
}
