/*
 * line.h - editing one line of text at a terminal.
 *
 * Bytes typed go in, bytes to show come out; no system call is made here, so the host tests
 * drive it too. The terminal is taken to have LINE_COLUMNS columns; a longer line scrolls
 * sideways. Text is UTF-8: the cursor moves by characters.
 */
#pragma once

#include <stddef.h>

#define LINE_BYTES        1024
#define LINE_COLUMNS      80
#define LINE_PROMPT_BYTES 64
#define LINE_OUTPUT_BYTES 512 /* a whole row redrawn, every character of 4 bytes, and to spare */

enum line_event {
    LINE_EDITING,   /* go on */
    LINE_ENTERED,   /* Enter: line->text is the line, NUL-terminated */
    LINE_CANCELLED, /* Ctrl-C: the line is thrown away */
    LINE_END,       /* Ctrl-D on an empty line */
};

struct line {
    char text[LINE_BYTES + 1];
    size_t length; /* bytes */
    size_t cursor; /* bytes before the cursor */
    char prompt[LINE_PROMPT_BYTES];
    char escape[4]; /* an escape sequence that has begun: its bytes so far */
    size_t escape_length;
    int after_return; /* the last line ended with CR: a LF that follows belongs to it */
    char output[LINE_OUTPUT_BYTES];
    size_t output_length; /* bytes to show; the caller shows them and sets it to 0 */
};

/* Begins an empty line; the prompt (up to LINE_PROMPT_BYTES - 1 bytes) is put into the output. */
void line_begin(struct line *line, const char *prompt);

/* Takes one byte as typed. */
enum line_event line_type(struct line *line, char byte);
