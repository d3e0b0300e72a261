/* program.c - running programs, and making one that fails shorter. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit/world.h"
#include "mirror.h"

#define SECONDS_MAX 20 /* one program takes a few hundredths */

_Noreturn void differ(const char *what, const char *name, uint64_t kernel, uint64_t model_says)
{
    printf("DIFFERENCE: %s (%.16s): the kernel has 0x%lx, the model 0x%lx\n", what, name, kernel,
           model_says);
    fflush(stdout);
    abort();
}

void program_do(const struct program *program)
{
    void *unused = NULL;
    bool said = saying;

    setenv("CMOCKA_TEST_ABORT", "1", 1); /* a broken invariant (check.c) ends the run, too */
    world_begin(&unused);
    import_boot();
    compare_all();
    saying = false;
    outcomes_program_begins();
    prologue();
    outcomes_program_begins();
    saying = said;
    for (unsigned i = 0; i < program->count && !model.full; i++)
        take_step(&program->step[i]);
    epilogue();
}

/* In a process of its own, so that nothing is left of a run that failed. */
bool program_run(const struct program *program)
{
    pid_t child;
    int status = 0;

    fflush(stdout);
    child = fork();
    if (child < 0)
        abort();
    if (child == 0) {
        alarm(SECONDS_MAX);
        if (!saying && (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr)))
            _exit(2);
        program_do(program);
        fflush(stdout);
        _exit(0);
    }
    return waitpid(child, &status, 0) == child && status == 0;
}

/* ---- shorter ---- */

static void cut(struct program *program, unsigned at, unsigned count)
{
    memmove(&program->step[at], &program->step[at + count],
            (program->count - at - count) * sizeof(program->step[0]));
    program->count -= count;
}

void program_cut(struct program *program, bool (*is_good)(const struct program *))
{
    static struct program shorter;

    for (unsigned size = program->count / 2; size > 0; size /= 2)
        for (unsigned at = 0; at + size <= program->count;) {
            shorter = *program;
            cut(&shorter, at, size);
            if (is_good(&shorter))
                *program = shorter;
            else
                at += size;
        }
}

static void clear_bytes(struct program *program, bool (*is_good)(const struct program *))
{
    for (unsigned i = 0; i < program->count; i++)
        for (unsigned n = 1; n < STEP_BYTES; n++) {
            uint8_t was = program->step[i].byte[n];

            program->step[i].byte[n] = 0;
            if (was && !is_good(program))
                program->step[i].byte[n] = was;
        }
}

static bool fails(const struct program *program)
{
    return !program_run(program);
}

void program_shrink(struct program *program)
{
    bool was = saying;

    saying = false;
    program_cut(program, fails);
    clear_bytes(program, fails);
    program_cut(program, fails);
    saying = true;
    program_run(program);
    saying = was;
}

/* ---- at random ---- */

/* xorshift64*: the same numbers everywhere. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dull;
}

void program_random(struct program *program, uint64_t seed, unsigned steps)
{
    uint64_t state = seed * 0x9e3779b97f4a7c15ull + 1;

    program->count = steps;
    for (unsigned i = 0; i < steps; i++)
        for (unsigned n = 0; n < STEP_BYTES; n++)
            program->step[i].byte[n] = (uint8_t)(next_random(&state) >> 32);
}
