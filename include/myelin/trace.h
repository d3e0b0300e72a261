/*
 * trace.h - the kernel's log.
 */
#pragma once

#include <stddef.h>

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/idl/trace.h>

/* Appends `length` bytes by the Trace capability `trace`, of any number: in one message of
   trace_log after the other, each of which holds TRACE_LOG_BYTES. */
error_t trace_write(cap_t trace, const void *bytes, size_t length);
