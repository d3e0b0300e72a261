/*
 * recipes.h - the methods of kernel objects, and what their words mean, so that programs mostly say
 * what makes sense (choose.c), and can be said in words (say.c).
 */
#pragma once

#include <stdint.h>

/* What a word is about. */
enum meaning {
    NOTHING,
    ANYTHING,
    RIGHTS,
    BADGE,
    KIND, /* type and size of an object, in two words */
    NAME, /* two words */
    ADDRESS,
    LENGTH, /* bytes */
    INDEX,
    LINE,
    COUNT,
    PORT,
    WIDTH,
    TOKEN,
    PRIORITY,
    BUDGET,
    PERIOD,
    ROLE,
    WHEN,
    USER_ADDRESS,
    MEMORY,   /* that is mapped, or nearly */
    PART,     /* of a few pages: bytes */
    OFFSET,   /* in a lease */
    FLAG,     /* yes or no */
    TEXT,     /* how many bytes of it follow */
    IMAGE,    /* a place in the image of vector registers */
    CHUNK,    /* of that: bytes */
    CONTENT,  /* how many bytes of that follow */
    LEAST,    /* budget that a caller must have left, us */
    NUMBER,   /* of a lease */
    LENDABLE, /* rights of a MemoryGrant */
    REGISTERS /* all of a thread */
};

#define RECIPE_WORDS 5
#define RECIPE_CAPS  3

struct recipe {
    const char *name;
    uint32_t label;
    int target; /* enum object_type */
    unsigned words;
    enum meaning word[RECIPE_WORDS];
    unsigned caps;
    int cap[RECIPE_CAPS]; /* types; OBJECT_NONE: any */
};

extern const struct recipe recipes[];
extern const unsigned recipe_count;
