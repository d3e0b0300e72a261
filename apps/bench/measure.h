/*
 * measure.h - counting instructions, and telling them.
 *
 * The emulator counts time in instructions (`make bench`). What is measured runs on a thread of
 * its own that never touches a vector register, so that it pays for none.
 */
#pragma once

#include <stdint.h>

#include <myelin/errors.h>

#include "rounds.h"

#define BENCH_ROUNDS 1000 /* in one sample */
#define BENCH_RUNS   11   /* samples of each measurement */

/* Instructions of so many rounds; 0: a status was not as expected. It uses no C library. */
typedef uint64_t timing(const void *form);

/* A loop of known length must take as long as it is: 1 and a complaint if not. */
int bench_calibrate(void);
/* BENCH_ROUNDS rounds of such a loop (struct rounds), without what an empty one takes; */
uint64_t bench_time_loop(const void *form, void (*run)(struct rounds *));
/* of the ordinary one. */
uint64_t bench_time_rounds(const void *form);
/* Since `start`, without an empty loop of BENCH_ROUNDS. */
uint64_t bench_ticks_since(uint64_t start);

/* Takes the samples and tells the median as one round's of so many, also in *result unless NULL.
   1 and a complaint if one fails or they differ too much. */
int bench_measure(const char *name, timing *time, const void *form, uint64_t rounds,
                  uint64_t *result);
/* The same of the ordinary loop. */
int bench_measure_rounds(const char *name, const struct rounds *form);
/* The same of samples that were taken elsewhere. */
int bench_tell(const char *name, uint64_t *samples, uint64_t rounds);

/* So many calls of so many words one by one, all that the server gets and answers checked; 1 and a
   complaint. (calls.c) */
int bench_check_calls(const char *name, cap_t server, unsigned words);

/* The loops of some figures, for who measures them elsewhere, too. The forms: struct rounds, but
   struct pingpong, and none for mint, which is BENCH_MINTS rounds. */
timing bench_time_deadline;
timing bench_time_notify;
timing bench_time_pingpong;
timing bench_time_mint;
#define BENCH_MINTS 100
/* Before the first mint. */
error_t bench_prepare_mint(void);

/* A complaint; 1. */
int bench_fail(const char *name, const char *why);
int bench_fail_error(const char *name, error_t error);
