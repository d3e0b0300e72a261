/*
 * untyped.h - memory that nothing is made of yet.
 */
#pragma once

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/objects.h>

/* Makes an object of `type` (enum object_type). `size`: log2 of the bytes of an Untyped or
   Frame, log2 of a CSpace's slots, an Endpoint's kind, else 0. `name` may be NULL. *object is
   the owner capability. ENOMEM: the Untyped is used up. */
error_t untyped_retype(cap_t untyped, unsigned type, uint64_t size, const char *name,
                       cap_t *object);
/* A Frame of 2^size_bits bytes at byte `offset` of device memory. */
error_t untyped_device_frame(cap_t untyped, uint64_t offset, unsigned size_bits, const char *name,
                             cap_t *frame);
error_t untyped_inspect(cap_t untyped, struct untyped_info *info);

/* What the library takes its own memory from (frame_allocate, endpoint_create, ...) instead of
   the startup capability "memory": for the root task, to which the kernel gives none by name. */
void untyped_set_memory(cap_t untyped);
