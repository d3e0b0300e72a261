/*
 * terminal.c - the line discipline: echo, editing, the control keys.
 */
#include "terminal.h"
#include <myelin/idl/console_types.h>

#define CONTROL(letter) ((letter) - '@')
#define BELL            '\a'
#define DELETE          0x7f

static bool is_raw(const struct terminal *terminal)
{
    return terminal->mode & CONSOLE_RAW;
}

/* ---- output ---- */

static bool needs_return(const struct terminal *terminal, uint8_t byte)
{
    return byte == '\n' && !(terminal->mode & CONSOLE_PLAIN);
}

static void put(struct terminal *terminal, uint8_t byte)
{
    if (needs_return(terminal, byte))
        ring_put(&terminal->output, '\r');
    ring_put(&terminal->output, byte);
}

bool terminal_write(struct terminal *terminal, const uint8_t *bytes, size_t length)
{
    size_t cells = length;

    for (size_t i = 0; i < length; i++)
        cells += needs_return(terminal, bytes[i]);
    if (cells + TERMINAL_ECHO_CELLS > ring_room(&terminal->output))
        return false;
    for (size_t i = 0; i < length; i++)
        put(terminal, bytes[i]);
    return true;
}

/* Echo that finds no room is lost; the key itself is not. */
static void echo(struct terminal *terminal, uint8_t byte)
{
    if (ring_room(&terminal->output) >= 2)
        put(terminal, byte);
}

static void echo_text(struct terminal *terminal, const char *text)
{
    while (*text)
        echo(terminal, (uint8_t)*text++);
}

static bool is_control(uint8_t byte)
{
    return byte < ' ' || byte == DELETE;
}

/* A control character shows as ^ and a letter. */
static void echo_typed(struct terminal *terminal, uint8_t byte)
{
    if (is_control(byte)) {
        echo(terminal, '^');
        byte ^= 0x40;
    }
    echo(terminal, byte);
}

/* ---- the line being typed ---- */

/* The second and later bytes of a UTF-8 character. */
static bool is_continuation(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

static void erase_character(struct terminal *terminal)
{
    uint8_t byte;

    if (terminal->line_length == 0)
        return;
    do
        byte = terminal->line[--terminal->line_length];
    while (is_continuation(byte) && terminal->line_length);
    echo_text(terminal, is_control(byte) ? "\b \b\b \b" : "\b \b");
}

static bool ends_in_space(const struct terminal *terminal)
{
    return terminal->line_length && terminal->line[terminal->line_length - 1] == ' ';
}

static void erase_word(struct terminal *terminal)
{
    while (ends_in_space(terminal))
        erase_character(terminal);
    while (terminal->line_length && !ends_in_space(terminal))
        erase_character(terminal);
}

static void erase_line(struct terminal *terminal)
{
    while (terminal->line_length)
        erase_character(terminal);
}

/* The line becomes input. */
static void finish_line(struct terminal *terminal)
{
    for (unsigned i = 0; i < terminal->line_length; i++)
        ring_put(&terminal->input, terminal->line[i]);
    terminal->line_length = 0;
}

static void append(struct terminal *terminal, uint8_t byte)
{
    if (terminal->line_length == TERMINAL_LINE_BYTES)
        return echo(terminal, BELL);
    terminal->line[terminal->line_length++] = byte;
    echo_typed(terminal, byte);
}

static void newline(struct terminal *terminal)
{
    finish_line(terminal);
    ring_put(&terminal->input, '\n');
    echo(terminal, '\n');
}

/* Ctrl-D: what is there goes in without a newline; behind nothing it is the end. */
static void end_of_input(struct terminal *terminal)
{
    finish_line(terminal);
    ring_put(&terminal->input, TERMINAL_END_MARK);
}

static enum typed interrupt(struct terminal *terminal)
{
    terminal->line_length = 0;
    ring_drop(&terminal->input, terminal->input.count);
    echo_text(terminal, "^C\n");
    return TYPED_INTERRUPT;
}

static void type_cooked(struct terminal *terminal, uint8_t byte)
{
    switch (byte) {
    case '\r':
    case '\n':
        return newline(terminal);
    case CONTROL('D'):
        return end_of_input(terminal);
    case CONTROL('H'):
    case DELETE:
        return erase_character(terminal);
    case CONTROL('U'):
        return erase_line(terminal);
    case CONTROL('W'):
        return erase_word(terminal);
    default:
        return append(terminal, byte);
    }
}

bool terminal_can_type(const struct terminal *terminal)
{
    return ring_room(&terminal->input) >= terminal->line_length + 2;
}

enum typed terminal_type(struct terminal *terminal, uint8_t byte)
{
    if (is_raw(terminal)) {
        ring_put(&terminal->input, TERMINAL_RAW | byte);
        return TYPED_KEPT;
    }
    if (byte == CONTROL('C'))
        return interrupt(terminal);
    type_cooked(terminal, byte);
    return TYPED_KEPT;
}

/* How many cells at the end of the input were typed in raw mode. */
static size_t count_raw(const struct ring *input)
{
    size_t count = 0;

    while (count < input->count && ring_peek(input, input->count - 1 - count) & TERMINAL_RAW)
        count++;
    return count;
}

/* None of them becomes more than one cell, so there is room: they go in behind where they stood. */
static enum typed type_again(struct terminal *terminal)
{
    struct ring *input = &terminal->input;
    size_t count = count_raw(input), first = input->first + input->count - count;
    enum typed typed = TYPED_KEPT;

    input->count -= (unsigned)count;
    for (size_t i = 0; i < count; i++) {
        uint8_t byte = (uint8_t)input->cells[(first + i) % RING_CELLS];

        if (terminal_type(terminal, byte) == TYPED_INTERRUPT)
            typed = TYPED_INTERRUPT;
    }
    return typed;
}

enum typed terminal_set_mode(struct terminal *terminal, unsigned mode, unsigned *before)
{
    *before = terminal->mode;
    terminal->mode = mode;
    if (!is_raw(terminal))
        return type_again(terminal);
    finish_line(terminal);
    return TYPED_KEPT;
}

/* ---- reading ---- */

bool terminal_readable(const struct terminal *terminal)
{
    return terminal->input.count > 0;
}

/* In raw mode an end mark is the Ctrl-D that was typed. */
static bool is_end(const struct terminal *terminal, size_t index)
{
    return !is_raw(terminal) && index < terminal->input.count &&
           ring_peek(&terminal->input, index) == TERMINAL_END_MARK;
}

static uint8_t byte_at(const struct terminal *terminal, size_t index)
{
    uint16_t cell = ring_peek(&terminal->input, index);

    return cell == TERMINAL_END_MARK ? CONTROL('D') : (uint8_t)cell;
}

size_t terminal_look(const struct terminal *terminal, uint8_t *buffer, size_t most, size_t *cells)
{
    bool line_done = false;
    size_t length = 0;

    if (most > terminal->input.count)
        most = terminal->input.count;
    while (length < most && !line_done && !is_end(terminal, length)) {
        buffer[length] = byte_at(terminal, length);
        line_done = buffer[length++] == '\n' && !is_raw(terminal);
    }
    *cells = length + (!line_done && is_end(terminal, length));
    return length;
}
