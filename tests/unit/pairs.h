/* pairs.h - which errors tests have provoked, by method: for tests/idl/pairs.sh. */
#pragma once

#include <myelin/errors.h>
#include <myelin/objects.h>

#define LABEL_IS_OBJECTS(label) ((label) < (uint32_t)OBJECT_TYPES << 16)

/* A kernel object or a server has answered a method's request with an error about that argument:
   a line `pair LABEL ERROR ARGUMENT` before that of the test, once for each. */
void pairs_note(uint32_t label, error_t error, uint64_t argument);
