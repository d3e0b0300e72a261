/*
 * mirror.h - the kernel and the model side by side: one program is run by both, and after each step
 * all that can be observed is compared.
 */
#pragma once

#include "model.h"

/* The model begins with what boot made (import.c). */
void import_boot(void);
/* Everything is the same on both sides, or the run fails (compare.c). */
void compare_all(void);

/* A difference: the run ends here. The sentence says what, the numbers what the kernel and the
   model say. */
_Noreturn void differ(const char *what, const char *name, uint64_t kernel, uint64_t model);

/* ---- run.c ---- */

/* What a thread does: a system call, with what it puts into its registers and UTCB before. */
struct deed {
    struct registers now;
    struct cap_item caps[MESSAGE_CAPS_MAX];
    uint64_t words[MESSAGE_WORDS_MAX]; /* 7 and on */
    struct lease_item leases[MESSAGE_LEASES_MAX];
    uint64_t closed_badge, closed_endpoint, closed_key;
    uint64_t buffer_base, buffer_length;
    uint8_t preemption; /* and how it is preempted */
};

/* The running thread does it, on both sides. */
void act(const struct deed *deed);
/* The system call that it has to make again; false: none. */
bool act_again(uint8_t preemption);
void act_fault(const struct fault_words *words);
void act_interrupt(unsigned line);
/* The running thread writes to its memory, if it is there. */
void act_write(uint64_t address, uint8_t what);
void act_time(uint64_t ns);

/* ---- choose.c: from a few bytes to something that somebody does ---- */

#define STEP_BYTES 16

struct step {
    uint8_t byte[STEP_BYTES];
};

void take_step(const struct step *step);
extern uint64_t first_slot;
#define MEMORY_BEGINS 0x20000000ull /* of what threads copy from and to */

/* ---- setup.c ---- */

/* Makes what programs need to begin with: a few threads and spaces, and what they talk through. */
void prologue(void);
/* All memory is revoked, on both sides. */
void epilogue(void);

/* ---- say.c: in words ---- */

extern bool saying; /* what is done is said */
void say_deed(const struct deed *deed);
void say_event(const char *what, uint64_t number);
void say_again(void);
/* Who runs now, and what it finds. */
void say_outcome(void);
const char *method_name(uint32_t label);

/* ---- program.c ---- */

#define STEPS_MAX 400

struct program {
    unsigned count;
    struct step step[STEPS_MAX];
};

/* Both sides run it; a difference aborts. */
void program_do(const struct program *program);
/* The same in a process of its own. False: the kernel and the model differ. */
bool program_run(const struct program *program);
/* Makes one that still fails as short as it gets, and says it in words. */
void program_shrink(struct program *program);
void program_random(struct program *program, uint64_t seed, unsigned steps);
