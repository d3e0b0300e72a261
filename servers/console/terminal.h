/*
 * terminal.h - what a terminal does between the person and the programs. No system calls.
 *
 * Typed bytes go in and come out as lines (cooked) or as they are (raw); written bytes, and the
 * echo of typed ones, wait in `output` for the device.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ring.h"

#define TERMINAL_LINE_BYTES 1000
#define TERMINAL_END_MARK   0x100 /* in `input`: Ctrl-D was typed here */
#define TERMINAL_RAW        0x200 /* in `input`, with a byte: typed in raw mode */
/* Of the output this much is for echo alone, so that a program that floods it hides no key. */
#define TERMINAL_ECHO_CELLS 4096

struct terminal {
    unsigned mode; /* CONSOLE_RAW, CONSOLE_PLAIN */
    unsigned line_length;
    uint8_t line[TERMINAL_LINE_BYTES]; /* being typed */
    struct ring input;                 /* what a read may have */
    struct ring output;
};

enum typed {
    TYPED_KEPT,
    TYPED_INTERRUPT, /* Ctrl-C in cooked mode: all input so far is dropped */
};

/* Whether there is room for what the next typed byte may do. Where there is none, the byte stays
   in the device; once there is, it is sure to be kept. */
bool terminal_can_type(const struct terminal *terminal);
enum typed terminal_type(struct terminal *terminal, uint8_t byte);

/*
 * Switches the mode; *before is the one before. To raw: what stands in the line may then be read.
 * To cooked: what was typed ahead and not read is typed again, with echo and editing, for it was
 * meant for who reads next.
 */
enum typed terminal_set_mode(struct terminal *terminal, unsigned mode, unsigned *before);

/* Appends all bytes to the output, or nothing (false: too little room). At most
   TERMINAL_WRITE_MAX bytes, which always fit into an empty output. */
#define TERMINAL_WRITE_MAX ((RING_CELLS - TERMINAL_ECHO_CELLS) / 2)
bool terminal_write(struct terminal *terminal, const uint8_t *bytes, size_t length);

/* Whether a read can be answered now. */
bool terminal_readable(const struct terminal *terminal);
/* Copies what a read of `most` bytes gets, at most a line, and leaves it there: *cells is what to
   drop from the input once it was delivered. Returns the bytes, 0 at an end mark. */
size_t terminal_look(const struct terminal *terminal, uint8_t *buffer, size_t most, size_t *cells);
