/*
 * untyped.h - memory that nothing is made of yet, by the functions of <myelin/idl/untyped.h>:
 *
 *   untyped_retype(untyped, type, size, name, offset, &object)
 *       Makes an object of `type` (enum object_type). `size`: log2 of the bytes of an Untyped or
 *       Frame, log2 of a CSpace's slots, an Endpoint's kind, else 0. `name` may be NULL. `offset`:
 *       where a Frame begins in device memory, else 0. What comes is the owner capability. ENOMEM:
 *       the Untyped is used up.
 *   untyped_inspect(untyped, &info)
 */
#pragma once

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/idl/untyped.h>
#include <myelin/objects.h>

/* What the library takes its own memory from (frame_allocate, endpoint_create, ...) instead of
   the startup capability "memory": for the root task, to which the kernel gives none by name. */
void untyped_set_memory(cap_t untyped);
