/* test_terminal.c - the console's terminal alone: what is typed ahead while a program reads raw. */

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <myelin/idl/console_types.h>

#include "servers/console/terminal.h"

int run_terminal_tests(void);

static struct terminal terminal;
static unsigned before;

static int make_terminal(void **state)
{
    (void)state;
    memset(&terminal, 0, sizeof(terminal));
    return 0;
}

static void type(const char *keys)
{
    while (*keys)
        assert_int_equal(terminal_type(&terminal, (uint8_t)*keys++), TYPED_KEPT);
}

/* The next read gets that, or the end. */
static void reads(size_t most, const char *text)
{
    uint8_t bytes[RING_CELLS];
    size_t cells;

    assert_true(terminal_readable(&terminal));
    assert_int_equal(terminal_look(&terminal, bytes, most, &cells), strlen(text));
    assert_memory_equal(bytes, text, strlen(text));
    ring_drop(&terminal.input, cells);
}

/* What has been put out since the last time. */
static void shows(const char *text)
{
    assert_int_equal(terminal.output.count, strlen(text));
    for (size_t i = 0; text[i]; i++)
        assert_int_equal((char)ring_peek(&terminal.output, i), text[i]);
    ring_drop(&terminal.output, terminal.output.count);
}

static void raw_input_is_typed_again(void **state)
{
    (void)state;
    terminal_set_mode(&terminal, CONSOLE_RAW, &before);
    type("ls\rabx\177c\r\004");
    reads(3, "ls\r");
    shows("");
    assert_int_equal(terminal_set_mode(&terminal, CONSOLE_COOKED, &before), TYPED_KEPT);
    assert_int_equal(before, CONSOLE_RAW);
    shows("abx\b \bc\r\n");
    reads(100, "abc\n");
    reads(100, "");
    assert_false(terminal_readable(&terminal));
}

/* The half line of a program that reads lines is input for the one that reads raw, and no more
   typed again when lines are read once more. */
static void lines_stay_lines(void **state)
{
    (void)state;
    type("one\rha\004lf");
    terminal_set_mode(&terminal, CONSOLE_RAW, &before);
    type("\177\r");
    shows("one\r\nhalf");
    terminal_set_mode(&terminal, CONSOLE_COOKED, &before);
    shows("\r\n");
    reads(100, "one\n");
    reads(100, "ha");
    reads(100, "lf\n");
    assert_false(terminal_readable(&terminal));
}

static void an_interrupt_is_typed_again(void **state)
{
    (void)state;
    type("before\r");
    terminal_set_mode(&terminal, CONSOLE_RAW, &before);
    type("junk\003go\r");
    assert_int_equal(terminal_set_mode(&terminal, CONSOLE_COOKED, &before), TYPED_INTERRUPT);
    reads(100, "go\n");
    assert_false(terminal_readable(&terminal));
}

/* As much as there is room for, of the keys that need most: each a cell of its own. */
static void a_full_input_is_typed_again(void **state)
{
    unsigned count = 0;

    (void)state;
    type("line\r");
    terminal_set_mode(&terminal, CONSOLE_RAW, &before);
    for (; terminal_can_type(&terminal); count++)
        type(count % 2 ? "\004" : "\r");
    assert_int_equal(count, RING_CELLS - 1 - strlen("line\r"));
    terminal_set_mode(&terminal, CONSOLE_COOKED, &before);
    assert_false(terminal_can_type(&terminal));
    reads(100, "line\n");
    for (unsigned i = 0; i < count; i++)
        reads(100, i % 2 ? "" : "\n");
    assert_false(terminal_readable(&terminal));
}

#define TEST(sentence, function) {sentence, function, make_terminal, NULL, NULL}

int run_terminal_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("TERMINAL-1: what is typed ahead in raw mode is typed again when lines are read",
             raw_input_is_typed_again),
        TEST("TERMINAL-2: what was a line already stays one through raw mode", lines_stay_lines),
        TEST("TERMINAL-3: a Ctrl-C among it interrupts, and drops what is before it",
             an_interrupt_is_typed_again),
        TEST("TERMINAL-4: a full input is typed again without loss", a_full_input_is_typed_again),
    };

    return cmocka_run_group_tests_name("terminal", tests, NULL, NULL);
}
