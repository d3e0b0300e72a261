/*
 * arena.h - memory that is given out piece by piece and freed all at once.
 *
 * Everything that the compiler knows of its input lives in one arena until the program ends.
 */
#pragma once

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *blocks;
};

/* Zeroed memory, aligned for any type. Never NULL: a machine without memory ends the program. */
void *arena_take(struct arena *arena, size_t size);
/* A copy of text[0..length), NUL-terminated. */
char *arena_text(struct arena *arena, const char *text, size_t length);
/* What printf would write. */
__attribute__((format(printf, 2, 3))) char *arena_format(struct arena *arena, const char *format,
                                                         ...);
void arena_free(struct arena *arena);
