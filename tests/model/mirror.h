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
/* False: what was the same before is only run again. */
extern bool comparing;

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
/* It has made way, or its wait was taken back. */
bool must_repeat(int thread);
/* `stepped`: the trap flag is set, and the fault is that of a single step. */
void act_fault(const struct fault_words *words, bool stepped);
void act_interrupt(unsigned line);
/* The running thread writes to its memory, if it is there. */
void act_write(uint64_t address, uint8_t what);
void act_time(uint64_t ns);
/* The running thread changes some of its vector registers. */
void act_vector(unsigned at, uint8_t what);

/* A time that the kernel has picked begins its period, also where it then finds nobody to run. */
void begin_periods(int chosen);
/* Has the kernel made way in the thread's system call, which the thread will make again? */
struct thread;
bool kernel_is_back(const struct thread *thread);
/* One entry into the kernel, with an interrupt at every n-th preemption point; 0: at none. */
void kernel_goes_on(unsigned every);

/* ---- middle.c ---- */

void middles_begin(void);
uint32_t middles_compared(void);
/* From now on the model's steps are compared with where the kernel makes way. */
void middle_begins(struct thread *thread, unsigned every);
void middle_ends(void);
/* What lies in that slot of root's space is revoked on both sides, step by step. As at boot, the
   n-th capability is in the n-th slot. */
struct slot;
void middle_of_revoke(struct slot *slot);

/* ---- choose.c: from a few bytes to something that somebody does ---- */

#define STEP_BYTES 16

struct step {
    uint8_t byte[STEP_BYTES];
};

void take_step(const struct step *step);
extern uint64_t first_slot;
#define MEMORY_BEGINS 0x20000000ull /* of what threads copy from and to */

/* ---- outcomes.c ---- */

void outcomes_begin(void);
void outcomes_program_begins(void);
/* The running thread makes a system call with these registers. */
void outcome_asked(const struct registers *now);
/* Who has been told how it ended is counted. */
void outcomes_look(void);
/* A line `outcome OPERATION METHOD ERROR COUNT` for each that there was. */
void outcomes_print(void);
/* Something has ended in a way that this function has not told yet: the number of that ending. */
bool outcomes_find_new(int *ending);
uint32_t outcome_count(int ending);
void outcome_name(int ending, char *name, size_t size);

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
/* Leaves out what it stays good without. */
void program_cut(struct program *program, bool (*is_good)(const struct program *));
/* Makes one that still fails as short as it gets, and says it in words. */
void program_shrink(struct program *program);
void program_random(struct program *program, uint64_t seed, unsigned steps);

/* ---- keep.c ---- */

/* The program, which was run, is written there for each new ending that it came to. */
bool keep_new(const struct program *program, const char *folder);
