/*
 * check.h - whether what was parsed means something: names, types, sizes, the message's limits.
 *
 * Complaints are counted in the source; without any the tree is complete and can be generated
 * from.
 */
#pragma once

#include <myelin/abi.h>

#include "tree.h"

#define METHOD_NUMBER_MAX 0xffef /* above are the methods that every server answers */

/* `errors` is the list of all errors. Imports are resolved already. */
void check_interface(struct arena *arena, struct interface *interface,
                     const struct error_entry *errors);
void check_errors(struct arena *arena, const struct error_entry *errors);

/* ---- check_types.c ---- */
void check_declarations(struct arena *arena, struct interface *interface);
/* Finds what the type's name means. */
void check_type(struct arena *arena, struct interface *interface, struct type *type);

/* ---- check_method.c ---- */
void check_method(struct arena *arena, struct interface *interface, struct method *method,
                  const struct error_entry *errors);
/* The error's number, from the list; complains if it is not there. */
void check_error_use(struct arena *arena, struct error_use *use, const struct error_entry *errors);

/* ---- layout.c: where each parameter lies ---- */
void layout_method(struct method *method);
/* Everything in registers: no capabilities, leases or UTCB words, in neither direction. */
bool method_is_short(const struct method *method);
bool parameter_is_variable(const struct parameter *parameter);
/* Words of a parameter or of a struct's field; of a variable one with its length, at most. */
unsigned type_words(const struct type *type);
