/*
 * process.c - what it takes to start a program and to learn its end, as the shell does it.
 *
 * The program is one that does nothing, /bin/true. All is counted: the file is read, the image
 * lent to the process server, the process built, its pages brought in, the C library begun and
 * ended, the process taken apart.
 */
#include <stdio.h>

#include <myelin/process.h>

#include "bench.h"
#include "measure.h"

#define ROUNDS 8

static error_t run_true(void)
{
    char *arguments[] = {"true", NULL};
    struct process_status status;
    cap_t process;
    error_t error = process_spawn("/bin/true", arguments, NULL, &process);

    if (error)
        return error;
    error = process_wait(process, &status);
    if (!error && (status.exit_code || status.fault))
        error = ECANCELED;
    process_release(process);
    return error;
}

static error_t time_starts(uint64_t *ticks)
{
    uint64_t start = counter_now();
    error_t error = SUCCESS;

    for (int round = 0; round < ROUNDS && !error; round++)
        error = run_true();
    *ticks = counter_now() - start;
    return error;
}

int bench_process(void)
{
    uint64_t samples[BENCH_RUNS], warm;
    error_t error = time_starts(&warm);

    for (int run = 0; run < BENCH_RUNS && !error; run++)
        error = time_starts(&samples[run]);
    if (!error)
        return bench_tell("process_start_exit", samples, ROUNDS);
    fprintf(stderr, "bench: process_start_exit: %s\n", error_sentence(error));
    return 1;
}
