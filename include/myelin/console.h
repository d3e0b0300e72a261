/*
 * console.h - writing to the person's terminal. What else it does: <myelin/idl/console.h>.
 */
#pragma once

#include <stddef.h>

#include <myelin/abi.h>
#include <myelin/errors.h>

/* Writes all `length` bytes, of any number; waits for room. *done (may be NULL) tells how far it
   came. */
error_t console_write_all(cap_t console, const void *bytes, size_t length, size_t *done);
