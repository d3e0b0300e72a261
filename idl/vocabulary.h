/*
 * vocabulary.h - the words that the language knows beforehand: object types, rights, integers.
 */
#pragma once

#include <stdint.h>

#include "source.h"

struct vocable {
    const char *word;
    uint32_t number;
    const char *c_name;
};

/* Types of kernel objects; "Any" is number 0. Ends with a NULL word. */
extern const struct vocable object_types[];
/* Rights: number is the bit. */
extern const struct vocable rights[];
/* Integer types: number is the size in bytes, | VOCABLE_SIGNED. */
extern const struct vocable integers[];
#define VOCABLE_SIGNED 0x100

/* NULL if the list does not have the word. */
const struct vocable *vocable_find(const struct vocable *list, const char *word);
void vocable_suggest(const struct vocable *list, struct suggestion *suggestion);
/* "Read, Write" of a set of rights. */
const char *rights_text(struct arena *arena, uint32_t set);
/* "CAP_RIGHTS_READ | CAP_RIGHTS_WRITE"; "0" if there is none. */
const char *rights_c_text(struct arena *arena, uint32_t set);
/* "Endpoint or Notification" of a set of types. */
const char *types_text(struct arena *arena, uint32_t set);
/* A word that C has for itself, so that nothing can be called so. */
bool is_c_word(const char *word);
/* A word that the generated functions have for themselves, so that no parameter can be called so.
 */
bool is_local_word(const char *word);
