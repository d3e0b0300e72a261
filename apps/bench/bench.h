/*
 * bench.h - what the two sides of the measurements agree on.
 *
 * One program plays three parts: started from the shell it measures; it starts itself with
 * --server, --waiter, --adder and --generated to have partners in address spaces of their own.
 */
#pragma once

#include <stdbool.h>

#include <myelin/abi.h>
#include <myelin/syscall.h>

#define BENCH_BADGE 0x5eedull

#define BENCH_WAKE 1ull         /* the bit that the waiter counts and waits again for */
#define BENCH_STOP (1ull << 63) /* with others: the waiter shall report them */

/* What the child finds at its start. */
#define BENCH_ENDPOINT     "endpoint"
#define BENCH_NOTIFICATION "notification"

/* Word `index` of the checked message number `round`: each different from its neighbours. Word 0
   is the round itself, so that the receiver knows it. */
static inline word_t bench_pattern(uint64_t round, unsigned index)
{
    return index == 0 ? round : (round + 1) * 0x9e3779b97f4a7c15 + index * 0xff51afd7ed558ccd;
}

/* Word `index` of a message: the first seven are in registers, the rest in the UTCB. */
static inline word_t *bench_word(word_t *registers, unsigned index)
{
    return index < MESSAGE_REGISTER_WORDS ? &registers[index] : &utcb_self()->words[index];
}

#define BENCH_RUNS 11 /* each measurement is taken so often */

/* Prints the median of BENCH_RUNS samples, each of so many rounds; 1 and a complaint if they differ
   too much. (main.c) */
int bench_tell(const char *name, uint64_t *samples, uint64_t rounds);
/* Messages through shared memory. (ring.c) */
int bench_ring(void);
/* Reading a file of 1 MiB. (file.c) */
int bench_file(void);
/* Starting programs. (process.c) */
int bench_process(void);

/* The partners' parts; they return only if something fails. (partner.c) */
int bench_server(void);
int bench_waiter(void);

/* ---- idl_overhead_rt_3w: generated stub and dispatcher (overhead.c) against bare loops ---- */

/* The bare server: it adds, too. (partner.c) */
int bench_adder(void);
/* The server's part: a generated loop. */
int bench_generated_server(void);
/* Calls it that often through the generated stub; false: a call failed. */
bool bench_generated_rounds(cap_t server, uint64_t count);
/* The same with the sum checked, of other numbers each time. */
bool bench_generated_is_right(cap_t server, uint64_t count);
