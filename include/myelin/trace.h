/*
 * trace.h - the kernel's log.
 */
#pragma once

#include <stddef.h>

#include <myelin/abi.h>
#include <myelin/errors.h>

/* Appends `length` bytes, of any number, by the Trace capability `trace`. */
error_t trace_log(cap_t trace, const void *bytes, size_t length);
