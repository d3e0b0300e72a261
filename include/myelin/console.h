/*
 * console.h - the person's terminal, by a console capability.
 */
#pragma once

#include <stddef.h>

#include <myelin/abi.h>
#include <myelin/errors.h>

/* Writes all `length` bytes; waits for room. *done (may be NULL) tells how far it came. */
error_t console_write(cap_t console, const void *bytes, size_t length, size_t *done);
/* Waits for a line (cooked) or bytes (raw): at most `most`, at most 1000. *length 0 is the end. */
error_t console_read(cap_t console, void *buffer, size_t most, size_t *length);
/* CONSOLE_COOKED or CONSOLE_RAW, with CONSOLE_PLAIN; *before (may be NULL): the mode before. */
error_t console_mode(cap_t console, unsigned mode, unsigned *before);
/* Who hears of Ctrl-C: a notification (right: Send), or CAP_NULL. */
error_t console_interrupt(cap_t console, cap_t notification);
