/* measure.c - takes samples of a loop on a thread of its own, and tells their median. */
#include <stdio.h>
#include <stdlib.h>

#include <myelin/ipc.h>
#include <myelin/schedcontext.h>
#include <myelin/startup.h>
#include <myelin/thread.h>

#include "bench.h"
#include "measure.h"

#define CALIBRATION_ROUNDS 100000
#define CALIBRATION_SLACK  100 /* instructions: reading the counter, setting up the loop */
#define SPREAD_PERCENT     3

static uint64_t loop_overhead; /* instructions of BENCH_ROUNDS rounds of an empty loop */

int bench_fail(const char *name, const char *why)
{
    fprintf(stderr, "bench: %s: %s\n", name, why);
    return 1;
}

int bench_fail_error(const char *name, error_t error)
{
    return error ? bench_fail(name, error_sentence(error)) : 0;
}

static uint64_t time_empty(uint64_t rounds)
{
    uint64_t start = counter_now();

    rounds_run_empty(rounds);
    return counter_now() - start;
}

static uint64_t least_empty(uint64_t rounds)
{
    uint64_t least = time_empty(rounds);

    for (int run = 1; run < BENCH_RUNS; run++) {
        uint64_t ticks = time_empty(rounds);

        if (ticks < least)
            least = ticks;
    }
    return least;
}

/* A loop of 2 instructions a round must take 2 ticks a round. */
int bench_calibrate(void)
{
    uint64_t wanted = 2 * CALIBRATION_ROUNDS;
    uint64_t ticks = least_empty(CALIBRATION_ROUNDS);

    if (ticks < wanted || ticks > wanted + CALIBRATION_SLACK) {
        fprintf(stderr,
                "bench: calibration: a loop of %llu instructions took %llu ticks: this machine's "
                "counter does not count instructions (use make bench)\n",
                (unsigned long long)wanted, (unsigned long long)ticks);
        return 1;
    }
    loop_overhead = least_empty(BENCH_ROUNDS);
    return 0;
}

uint64_t bench_ticks_since(uint64_t start)
{
    return counter_now() - start - loop_overhead;
}

uint64_t bench_time_loop(const void *form, void (*run)(struct rounds *))
{
    struct rounds rounds = *(const struct rounds *)form;
    uint64_t start, ticks;

    rounds.count = BENCH_ROUNDS;
    start = counter_now();
    run(&rounds);
    ticks = bench_ticks_since(start);
    return rounds.count ? 0 : ticks;
}

uint64_t bench_time_rounds(const void *form)
{
    return bench_time_loop(form, rounds_run);
}

/* ---- the thread that measures ---- */

struct job {
    const char *name; /* first: bench/trace.py looks for it */
    timing *time;
    const void *form;
    uint64_t samples[BENCH_RUNS];
};

static void take_samples(void *argument)
{
    struct job *job = argument;

    job->time(job->form); /* touches every page and cache once */
    for (int run = 0; run < BENCH_RUNS; run++)
        job->samples[run] = job->time(job->form);
}

/* Its time: as this program's own. It is made once, and free again when the thread has ended. */
static error_t measuring_time(cap_t *time)
{
    static cap_t made;
    error_t error = SUCCESS;

    if (!made)
        error = bench_make_time(0, &made);
    *time = made;
    return error;
}

static error_t take_apart(struct job *job)
{
    struct spawned_thread thread;
    cap_t time;
    error_t error = measuring_time(&time);

    if (!error)
        error = thread_spawn("measure", take_samples, job, time, SCHEDCONTEXT_OWN, &thread);
    return error ? error : thread_join(&thread);
}

/* ---- telling ---- */

static int compare(const void *first, const void *second)
{
    uint64_t a = *(const uint64_t *)first, b = *(const uint64_t *)second;

    return (a > b) - (a < b);
}

static int tell_round(const char *name, uint64_t *samples, uint64_t rounds, uint64_t *result)
{
    uint64_t median;

    qsort(samples, BENCH_RUNS, sizeof(samples[0]), compare);
    median = samples[BENCH_RUNS / 2];
    if ((samples[BENCH_RUNS - 1] - samples[0]) * 100 > median * SPREAD_PERCENT)
        return bench_fail(name, "the runs differ too much");
    *result = (median + rounds / 2) / rounds;
    printf("bench %s %llu instructions\n", name, (unsigned long long)*result);
    return 0;
}

int bench_tell(const char *name, uint64_t *samples, uint64_t rounds)
{
    uint64_t result;

    return tell_round(name, samples, rounds, &result);
}

int bench_measure(const char *name, timing *time, const void *form, uint64_t rounds,
                  uint64_t *result)
{
    struct job job = {.name = name, .time = time, .form = form};
    error_t error = take_apart(&job);
    uint64_t unused;

    if (error)
        return bench_fail_error(name, error);
    for (int run = 0; run < BENCH_RUNS; run++)
        if (!job.samples[run])
            return bench_fail(name, "the kernel answered with another status than expected");
    return tell_round(name, job.samples, rounds, result ? result : &unused);
}

int bench_measure_rounds(const char *name, const struct rounds *form)
{
    return bench_measure(name, bench_time_rounds, form, BENCH_ROUNDS, NULL);
}
