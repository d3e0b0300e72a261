/*
 * line.c - the line editor: what each key does to the text, and what to show for it.
 */
#include "line.h"

#include <stdio.h>
#include <string.h>

#define CONTROL(letter) ((letter) & 0x1f)
#define KEY_ESCAPE      0x1b
#define KEY_DELETE      0x7f

static int is_continuation(char byte)
{
    return (byte & 0xc0) == 0x80;
}

/* Columns that `length` bytes of text take: one for each character. */
static size_t columns(const char *text, size_t length)
{
    size_t count = 0;

    for (size_t i = 0; i < length; i++)
        count += !is_continuation(text[i]);
    return count;
}

static void show(struct line *line, const char *bytes, size_t length)
{
    if (length > sizeof(line->output) - line->output_length)
        return;
    memcpy(line->output + line->output_length, bytes, length);
    line->output_length += length;
}

static void show_text(struct line *line, const char *text)
{
    show(line, text, strlen(text));
}

static size_t previous(const struct line *line, size_t at)
{
    while (at > 0 && is_continuation(line->text[--at]))
        ;
    return at;
}

static size_t next(const struct line *line, size_t at)
{
    while (at < line->length && is_continuation(line->text[++at]))
        ;
    return at;
}

/* The columns that the text may use: the last one stays free, or the terminal would wrap. */
static size_t room(const struct line *line)
{
    return LINE_COLUMNS - 1 - columns(line->prompt, strlen(line->prompt));
}

/* Draws the row anew, with the part of the text around the cursor that fits. */
static void redraw(struct line *line)
{
    size_t start = 0, end, column;
    char move[16];

    while (columns(line->text + start, line->cursor - start) > room(line))
        start = next(line, start);
    end = line->length;
    while (columns(line->text + start, end - start) > room(line))
        end = previous(line, end);
    show_text(line, "\r");
    show_text(line, line->prompt);
    show(line, line->text + start, end - start);
    column = columns(line->prompt, strlen(line->prompt)) +
             columns(line->text + start, line->cursor - start);
    snprintf(move, sizeof(move), "\x1b[K\r\x1b[%zuC", column);
    show_text(line, move);
}

static int fits(const struct line *line)
{
    return columns(line->text, line->length) <= room(line);
}

static void move_to(struct line *line, size_t cursor)
{
    line->cursor = cursor;
    redraw(line);
}

/* Removes the bytes from `from` to `to`; the cursor ends there. */
static void cut(struct line *line, size_t from, size_t to)
{
    int last_character = to == line->length && line->cursor == to && from == previous(line, to);
    int simple = last_character && fits(line);

    if (from == to)
        return;
    memmove(line->text + from, line->text + to, line->length - to);
    line->length -= to - from;
    line->cursor = from;
    if (simple)
        show_text(line, "\b \b");
    else
        redraw(line);
}

/* The start of the word before the cursor, for Ctrl-W. */
static size_t word_start(const struct line *line)
{
    size_t at = line->cursor;

    while (at > 0 && line->text[at - 1] == ' ')
        at--;
    while (at > 0 && line->text[at - 1] != ' ')
        at--;
    return at;
}

static void insert(struct line *line, char byte)
{
    if (line->length == LINE_BYTES) {
        show_text(line, "\a");
        return;
    }
    memmove(line->text + line->cursor + 1, line->text + line->cursor, line->length - line->cursor);
    line->text[line->cursor++] = byte;
    line->length++;
    if (line->cursor == line->length && fits(line))
        show(line, &byte, 1);
    else
        redraw(line);
}

/* A whole escape sequence without its ESC: "[A", "OH", "[3~". Unknown ones do nothing. */
static void escape_key(struct line *line, const char *sequence)
{
    switch (sequence[1]) {
    case 'C':
        move_to(line, next(line, line->cursor));
        break;
    case 'D':
        move_to(line, previous(line, line->cursor));
        break;
    case 'H':
    case '1':
    case '7':
        move_to(line, 0);
        break;
    case 'F':
    case '4':
    case '8':
        move_to(line, line->length);
        break;
    case '3':
        cut(line, line->cursor, next(line, line->cursor));
        break;
    }
}

/* Collects an escape sequence byte by byte; it ends with a letter or a tilde. */
static void escape_byte(struct line *line, char byte)
{
    size_t at = line->escape_length - 1; /* the ESC counts, but is not kept */

    if (at == 0 && byte != '[' && byte != 'O') {
        line->escape_length = 0;
        return;
    }
    if (at < sizeof(line->escape))
        line->escape[at] = byte;
    line->escape_length++;
    if (at == 0 || byte < '@')
        return;
    line->escape_length = 0;
    if (at == 1 || (at == 2 && byte == '~'))
        escape_key(line, line->escape);
}

static enum line_event finish(struct line *line, enum line_event event, const char *echo)
{
    line->text[line->length] = '\0';
    show_text(line, echo);
    return event;
}

static void control_key(struct line *line, char byte)
{
    switch (byte) {
    case CONTROL('A'):
        move_to(line, 0);
        break;
    case CONTROL('B'):
        move_to(line, previous(line, line->cursor));
        break;
    case CONTROL('D'):
        cut(line, line->cursor, next(line, line->cursor));
        break;
    case CONTROL('E'):
        move_to(line, line->length);
        break;
    case CONTROL('F'):
        move_to(line, next(line, line->cursor));
        break;
    case CONTROL('H'):
    case KEY_DELETE:
        cut(line, previous(line, line->cursor), line->cursor);
        break;
    case CONTROL('K'):
        cut(line, line->cursor, line->length);
        break;
    case CONTROL('L'):
        show_text(line, "\x1b[H\x1b[2J");
        redraw(line);
        break;
    case CONTROL('U'):
        cut(line, 0, line->cursor);
        break;
    case CONTROL('W'):
        cut(line, word_start(line), line->cursor);
        break;
    case KEY_ESCAPE:
        line->escape_length = 1;
        break;
    }
}

void line_begin(struct line *line, const char *prompt)
{
    line->length = line->cursor = 0;
    line->escape_length = 0;
    line->output_length = 0;
    snprintf(line->prompt, sizeof(line->prompt), "%s", prompt);
    show_text(line, line->prompt);
}

enum line_event line_type(struct line *line, char byte)
{
    int after_return = line->after_return;

    line->after_return = byte == '\r';
    if (line->escape_length > 0)
        escape_byte(line, byte);
    else if (byte == '\n' && after_return)
        return LINE_EDITING;
    else if (byte == '\r' || byte == '\n')
        return finish(line, LINE_ENTERED, "\n");
    else if (byte == CONTROL('C'))
        return finish(line, LINE_CANCELLED, "^C\n");
    else if (byte == CONTROL('D') && line->length == 0)
        return finish(line, LINE_END, "\n");
    else if ((unsigned char)byte < ' ' || byte == KEY_DELETE)
        control_key(line, byte);
    else
        insert(line, byte);
    return LINE_EDITING;
}
