/*
 * source.h - a file that is read, places in it, and complaints about them.
 */
#pragma once

#include <stdbool.h>

#include "arena.h"

struct source {
    const char *path; /* as it was given: complaints begin with it */
    const char *text; /* NUL-terminated */
    unsigned complaints;
};

struct place {
    struct source *source;
    unsigned line, column; /* from 1 */
};

/* Reads the whole file; false, with a message, if that cannot be done. */
bool source_read(struct source *source, struct arena *arena, const char *path);
/* Writes `file:line:column: ...` to stderr and counts it. */
__attribute__((format(printf, 2, 3))) void complain(struct place place, const char *format, ...);
/* As complain, and ends the program: after it nothing that follows could be understood. */
__attribute__((noreturn, format(printf, 2, 3))) void complain_and_stop(struct place place,
                                                                       const char *format, ...);

/* ---- did you mean ...? ---- */

/* Collects candidates; the nearest one that is near enough is suggested. */
struct suggestion {
    const char *word;
    const char *best;
    unsigned distance;
};

void suggestion_try(struct suggestion *suggestion, const char *candidate);
/* "; did you mean 'x'?" or "". */
const char *suggestion_text(struct arena *arena, const struct suggestion *suggestion);
