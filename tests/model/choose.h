/* choose.h - what choose.c and words.c share: which byte of a step is about what. */
#pragma once

#include "mirror.h"
#include "recipes.h"

enum {
    THE_KIND,
    THE_RECIPE,
    THE_TARGET,
    THE_WORDS,                           /* five */
    THE_CAPS = THE_WORDS + RECIPE_WORDS, /* three */
    THE_HOW = THE_CAPS + RECIPE_CAPS,
    THE_TAG,
    THE_SPOIL,
    THE_SPOILT,
    THE_PREEMPTION
};

/* ---- choose.c ---- */

/* A capability of that type in the space, or another, or none. */
uint64_t choose_handle(int space, int type, uint8_t byte);

/* ---- words.c ---- */

extern const uint64_t extremes[16];
uint64_t choose_address(uint8_t byte);
/* In the few pages that there are from the beginning, and what comes after them. */
uint64_t choose_memory(uint8_t byte);
uint64_t choose_part(uint8_t byte);
/* Mostly the one that it was given last. */
uint64_t choose_token(uint8_t byte);
void put_words(struct deed *deed, const struct recipe *recipe, const struct step *step);
