/*
 * main.c - programs by seed, or from files; one that fails is made short and said in words.
 *
 * usage: build/model-tests                            as a suite of scripts/test
 *        build/model-tests -f                         ended by the first that fails, left long
 *        build/model-tests SEED [COUNT [STEPS]]       so many programs, from that seed on
 *        build/model-tests FILE...                    the programs in these files
 *        build/model-tests -k FOLDER SEED COUNT       keeps the programs from that seed on that
 * come to what those of the suite do not -v before these: what is done is said; -o: in the end, how
 * often what ended how
 */

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mirror.h"

#define SEEDS 100
#define STEPS 120

static struct program program;
static bool hasty; /* it is enough to know that one fails */

static bool run_one(const char *what)
{
    if (program_run(&program))
        return true;
    printf("%s fails%s\n", what, hasty ? "" : "; made short:");
    if (!hasty)
        program_shrink(&program);
    return false;
}

static bool run_file(const char *path)
{
    FILE *file = fopen(path, "rb");

    if (!file) {
        printf("cannot open %s\n", path);
        return false;
    }
    program.count = (unsigned)fread(program.step, STEP_BYTES, STEPS_MAX, file);
    fclose(file);
    return run_one(path);
}

static bool run_seeds(unsigned long first, unsigned long count, unsigned long steps)
{
    char what[64];

    for (unsigned long seed = first; seed < first + count; seed++) {
        program_random(&program, seed, (unsigned)(steps < STEPS_MAX ? steps : STEPS_MAX));
        snprintf(what, sizeof(what), "seed %lu, %lu steps", seed, steps);
        if (!run_one(what))
            return false;
    }
    printf("%lu programs of %lu steps, from seed %lu on\n", count, steps, first);
    return true;
}

/* What the suite's seeds reach is not kept. */
static bool run_keeping(const char *folder, unsigned long first, unsigned long count)
{
    bool good = true;
    int ending;

    comparing = false;
    for (unsigned long seed = 1; seed <= SEEDS; seed++) {
        program_random(&program, seed, STEPS);
        program_do(&program);
    }
    while (outcomes_find_new(&ending))
        continue;
    for (unsigned long seed = first; seed < first + count && good; seed++) {
        program_random(&program, seed, STEPS);
        program_do(&program);
        good = keep_new(&program, folder);
    }
    return good;
}

static unsigned long number(int argc, char **argv, int n, unsigned long usual)
{
    return n < argc ? strtoul(argv[n], NULL, 10) : usual;
}

static void report(int id, const char *sentence, bool good)
{
    printf("%s MODEL-%d %s%s\n", good ? "ok" : "not ok", id, sentence, good ? "" : ": see above");
}

static bool run_corpus(void)
{
    glob_t files;
    bool good = glob("tests/model/corpus/*", 0, NULL, &files) == 0;

    for (size_t i = 0; good && i < files.gl_pathc; i++)
        good = run_file(files.gl_pathv[i]);
    globfree(&files);
    return good;
}

static int run_suite(void)
{
    bool seeds = run_seeds(1, SEEDS, STEPS), corpus = (seeds || !hasty) && run_corpus();

    report(1, "whatever is asked of it, the kernel does what the model does", seeds);
    report(2, "so it does in the programs that are kept", corpus);
    printf("%u times the middle of an operation was compared\n", middles_compared());
    report(3, "so it does in the middle of a revoke or a deletion", middles_compared() > 100);
    outcomes_print();
    puts("done 3");
    return !(seeds && corpus);
}

static bool run_chosen(int argc, char **argv)
{
    bool good = true;

    if (argc == 1 || !argv[1][strspn(argv[1], "0123456789")])
        return run_seeds(number(argc, argv, 1, 1), number(argc, argv, 2, SEEDS),
                         number(argc, argv, 3, STEPS));
    for (int i = 1; i < argc; i++)
        good = run_file(argv[i]) && good;
    return good;
}

int main(int argc, char **argv)
{
    bool counting = false, good;

    outcomes_begin();
    middles_begin();
    hasty = argc == 2 && !strcmp(argv[1], "-f");
    if (argc == 1 || hasty)
        return run_suite();
    if (argc == 5 && !strcmp(argv[1], "-k"))
        return !run_keeping(argv[2], number(argc, argv, 3, 1), number(argc, argv, 4, SEEDS));
    for (; argc > 1 && argv[1][0] == '-'; argc--, argv++) {
        saying = saying || !strcmp(argv[1], "-v");
        counting = counting || !strcmp(argv[1], "-o");
    }
    good = run_chosen(argc, argv);
    if (counting)
        outcomes_print();
    return !good;
}
