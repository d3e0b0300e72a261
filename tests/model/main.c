/*
 * main.c - programs by seed, or from files; one that fails is made short and said in words.
 *
 * usage: build/model-tests                            as a suite of scripts/test
 *        build/model-tests SEED [COUNT [STEPS]]       so many programs, from that seed on
 *        build/model-tests FILE...                    the programs in these files
 *        -v before these: what is done is said
 */

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mirror.h"

#define SEEDS 60
#define STEPS 120

static struct program program;

static bool run_one(const char *what)
{
    if (program_run(&program))
        return true;
    printf("%s fails; made short:\n", what);
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
    bool seeds = run_seeds(1, SEEDS, STEPS), corpus = run_corpus();

    report(1, "whatever is asked of it, the kernel does what the model does", seeds);
    report(2, "so it does in the programs that are kept", corpus);
    puts("done 2");
    return !(seeds && corpus);
}

int main(int argc, char **argv)
{
    bool good = true;

    if (argc == 1)
        return run_suite();

    if (argc > 1 && !strcmp(argv[1], "-v")) {
        saying = true;
        argc--;
        argv++;
    }
    if (argc == 1 || !argv[1][strspn(argv[1], "0123456789")])
        return !run_seeds(number(argc, argv, 1, 1), number(argc, argv, 2, SEEDS),
                          number(argc, argv, 3, STEPS));
    for (int i = 1; i < argc; i++)
        good = run_file(argv[i]) && good;
    return !good;
}
