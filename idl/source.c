/* source.c - reading files, and saying what is wrong with them. */
#include "source.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUGGESTED_WORD_MAX 64

static char *read_all(struct arena *arena, FILE *file)
{
    long size;
    char *text;

    if (fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0 || fseek(file, 0, SEEK_SET))
        return NULL;
    text = arena_take(arena, (size_t)size + 1);
    return fread(text, 1, (size_t)size, file) == (size_t)size ? text : NULL;
}

bool source_read(struct source *source, struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");

    *source = (struct source){.path = path};
    if (file) {
        source->text = read_all(arena, file);
        fclose(file);
    }
    if (!source->text)
        fprintf(stderr, "myidl: %s: cannot be read: %s\n", path, strerror(errno));
    return source->text != NULL;
}

static void say(struct place place, const char *format, va_list arguments)
{
    place.source->complaints++;
    fprintf(stderr, "%s:%u:%u: ", place.source->path, place.line, place.column);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

void complain(struct place place, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(place, format, arguments);
    va_end(arguments);
}

void complain_and_stop(struct place place, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(place, format, arguments);
    va_end(arguments);
    exit(1);
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* How many letters must be changed, inserted or removed to make `to` of `from`. */
static unsigned distance_between(const char *from, const char *to)
{
    size_t from_length = strlen(from), to_length = strlen(to);
    unsigned row[SUGGESTED_WORD_MAX + 1];

    if (from_length > SUGGESTED_WORD_MAX || to_length > SUGGESTED_WORD_MAX)
        return SUGGESTED_WORD_MAX;
    for (unsigned j = 0; j <= to_length; j++)
        row[j] = j;
    for (unsigned i = 1; i <= from_length; i++) {
        unsigned diagonal = row[0];

        row[0] = i;
        for (unsigned j = 1; j <= to_length; j++) {
            unsigned changed = diagonal + (from[i - 1] != to[j - 1]);

            diagonal = row[j];
            row[j] = least(changed, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[to_length];
}

void suggestion_try(struct suggestion *suggestion, const char *candidate)
{
    unsigned distance = distance_between(suggestion->word, candidate);
    unsigned near_enough = 1 + (unsigned)strlen(suggestion->word) / 3;

    if (distance > near_enough || (suggestion->best && distance >= suggestion->distance))
        return;
    suggestion->best = candidate;
    suggestion->distance = distance;
}

const char *suggestion_text(struct arena *arena, const struct suggestion *suggestion)
{
    if (!suggestion->best)
        return "";
    return arena_format(arena, "; did you mean '%s'?", suggestion->best);
}
