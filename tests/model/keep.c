/*
 * keep.c - programs in which something ends as it has in none before are kept, each made short: the
 * corpus, which the suite runs beside programs of fixed seeds.
 */

#include <stdio.h>

#include "mirror.h"

static int ending; /* that a program is kept for */

static bool ends_so(const struct program *program)
{
    uint32_t before = outcome_count(ending);

    program_do(program);
    return outcome_count(ending) > before;
}

static bool write_program(const struct program *program, const char *folder)
{
    char path[512], name[64];
    FILE *file;

    outcome_name(ending, name, sizeof(name));
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "wb");
    if (!file) {
        printf("cannot write %s\n", path);
        return false;
    }
    fwrite(program->step, STEP_BYTES, program->count, file);
    printf("%s: %u steps\n", path, program->count);
    fflush(stdout);
    return fclose(file) == 0;
}

bool keep_new(const struct program *program, const char *folder)
{
    static struct program shorter;

    bool written = true;

    while (written && outcomes_find_new(&ending)) {
        shorter = *program;
        program_cut(&shorter, ends_so);
        written = write_program(&shorter, folder);
    }
    return written;
}
