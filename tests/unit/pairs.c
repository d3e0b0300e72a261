/* pairs.c - which errors tests have provoked. */
#include "pairs.h"

#include <stdbool.h>
#include <stdio.h>

#define PAIRS_MAX 4096

struct pair {
    uint32_t label;
    error_t error;
    uint64_t argument;
};

static struct {
    struct pair pairs[PAIRS_MAX];
    unsigned count;
} noted;

static bool is_noted(const struct pair *pair)
{
    for (unsigned i = 0; i < noted.count; i++)
        if (noted.pairs[i].label == pair->label && noted.pairs[i].error == pair->error &&
            noted.pairs[i].argument == pair->argument)
            return true;
    return false;
}

void pairs_note(uint32_t label, error_t error, uint64_t argument)
{
    struct pair pair = {label, error, argument};

    if (!error || noted.count == PAIRS_MAX || is_noted(&pair))
        return;
    noted.pairs[noted.count++] = pair;
    printf("pair 0x%x %d 0x%llx\n", label, error, (unsigned long long)argument);
}
