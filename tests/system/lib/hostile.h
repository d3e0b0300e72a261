/*
 * hostile.h - what hostile programs and their neighbours agree on, and what the hostile ones share:
 * numbers by seed, small threads, and the look for what is not theirs.
 */
#pragma once

#include <stdbool.h>

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/syscall.h>

/* The upper half of all that a neighbour has in its memory and registers. */
#define CANARY 0x5eedca9aull

/* How such a program ends. */
enum hostile_end {
    HOSTILE_GOOD,
    HOSTILE_USAGE = 2,
    HOSTILE_SEES_CANARY,  /* a hostile program was shown a neighbour's word */
    HOSTILE_LOST_CANARY,  /* a neighbour's own words have changed */
    HOSTILE_STARVED,      /* a neighbour had less of the processor than is its share */
    HOSTILE_WRONG_ANSWER, /* a neighbour was told something else than is right */
};

/* The same seed, the same numbers. */
void hostile_seed(uint64_t seed);
uint64_t draw(void);
bool chance(unsigned percent);

/* Ends the program if a neighbour's word is in one of these. */
void look_at(const void *memory, uint64_t bytes);
/* Enters the kernel and looks at what it answers, in the vector registers, too; the status. */
error_t enter_and_look(struct ipc_registers *r);
/* A system call without payload, and whether it may wait. */
error_t plain_call(enum operation operation, cap_t handle, uint64_t deadline);

/* ---- what an attack is made of: goes with attack_end ---- */

void attack_begin(void);
void attack_end(void);
cap_t attack_memory(void);
/* CAP_NULL: it failed. */
cap_t attack_make(unsigned type, uint64_t size);
/* A new page, mapped at an address of this program's own; NULL: it failed. */
void *attack_page(cap_t *frame);

/* ---- small threads, with 2 KiB of stack; they use no C library and stop when they return ---- */

#define ATTACK_THREADS_MAX 1000

struct attack_time {
    unsigned priority;
    uint64_t budget, period; /* ns */
};

/* Makes and starts that many; `handlers`: each one's fault handler, or NULL. Ends the program
   (HOSTILE_USAGE) if that fails: it would attack nothing. */
void attack_threads(unsigned count, void (*role)(uint64_t number), struct attack_time time,
                    const cap_t *handlers);
cap_t attack_thread(unsigned number);
struct utcb *attack_utcb(unsigned number);
