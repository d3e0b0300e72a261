/*
 * test_shell.c - the shell's language, its line editor, and what it says of faults (apps/sh).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <myelin/idl/fault_types.h>
#include <myelin/idl/process_types.h>

#include "apps/sh/command.h"
#include "apps/sh/fault.h"
#include "apps/sh/line.h"

int run_shell_tests(void);

/* ---- the language ---- */

static struct command command;

/* The words of the next command, joined by '|'. */
static const char *take(const char **text, int status)
{
    static char joined[COMMAND_BYTES];

    assert_null(command_take(&command, text, status));
    joined[0] = '\0';
    for (int i = 0; i < command.word_count; i++) {
        strcat(joined, i > 0 ? "|" : "");
        strcat(joined, command.words[i]);
    }
    assert_null(command.words[command.word_count]);
    return joined;
}

static const char *take_one(const char *text)
{
    return take(&text, 42);
}

static void words_and_quotes(void **state)
{
    (void)state;
    assert_string_equal(take_one("  ls -l\t/ "), "ls|-l|/");
    assert_string_equal(take_one("echo 'a b' \"c d\" e\\ f"), "echo|a b|c d|e f");
    assert_string_equal(take_one("echo \"a'b\"'c\"d'e"), "echo|a'bc\"de");
    assert_string_equal(take_one("echo '' x"), "echo||x");
    assert_string_equal(take_one("echo \"\\\" \\\\ \\n\""), "echo|\" \\ \\n");
    assert_string_equal(take_one("echo a#b # c"), "echo|a#b");
    assert_string_equal(take_one("# nothing"), "");
}

static void last_status(void **state)
{
    (void)state;
    assert_string_equal(take_one("echo $? x$?y \"$?\" '$?' $x $"), "echo|42|x42y|42|$?|$x|$");
}

static void commands_are_joined(void **state)
{
    const char *text = "a;b&&c & d\ne";

    (void)state;
    assert_string_equal(take(&text, 0), "a");
    assert_int_equal(command.join, JOIN_ALWAYS);
    assert_string_equal(take(&text, 0), "b");
    assert_int_equal(command.join, JOIN_IF);
    assert_string_equal(take(&text, 0), "c");
    assert_int_equal(command.join, JOIN_BACKGROUND);
    assert_string_equal(take(&text, 0), "d");
    assert_int_equal(command.join, JOIN_ALWAYS);
    assert_string_equal(take(&text, 0), "e");
    assert_int_equal(command.join, JOIN_END);
}

static void mistakes_are_told(void **state)
{
    static const char *const mistakes[] = {
        "echo 'a", "echo \"a", "echo \\", ";", "a;;b",   "&& a",
        "a &&",    "a && # b", "a | b",   "&", "a > /b", "a && ; b",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++)
        assert_non_null(command_check(&command, mistakes[i]));
    assert_null(command_check(&command, "a; b && c & # d"));
    assert_null(command_check(&command, ""));
}

static void long_commands_are_refused(void **state)
{
    static char text[2 * COMMAND_BYTES];

    (void)state;
    memset(text, 'a', COMMAND_BYTES - 1);
    assert_null(command_check(&command, text));
    text[COMMAND_BYTES - 1] = 'a';
    assert_string_equal(command_check(&command, text), "the command is too long");
    for (int i = 0; i <= COMMAND_WORDS_MAX; i++)
        memcpy(text + 2 * i, "a ", 3);
    assert_string_equal(command_check(&command, text), "the command has too many words");
}

/* ---- the line editor ---- */

static struct line line;

static enum line_event type(const char *keys)
{
    enum line_event event = LINE_EDITING;

    for (; *keys; keys++) {
        event = line_type(&line, *keys);
        line.output_length = 0;
    }
    return event;
}

/* The line that these keys and Enter make. */
static const char *typed(const char *keys)
{
    line_begin(&line, "> ");
    type(keys);
    assert_int_equal(type("\r"), LINE_ENTERED);
    return line.text;
}

static void keys_edit(void **state)
{
    (void)state;
    assert_string_equal(typed("helo\x1b[Dl"), "hello");
    assert_string_equal(typed("ello\001h\005!"), "hello!");
    assert_string_equal(typed("abc\x1b[H\x1b[3~\x1b[FX"), "bcX");
    assert_string_equal(typed("abc\x1bOH\x1b[4~d\x1b[1~_"), "_abcd");
    assert_string_equal(typed("one two \027three"), "one three");
    assert_string_equal(typed("abc\025x"), "x");
    assert_string_equal(typed("abcd\002\002\013"), "ab");
    assert_string_equal(typed("ab\177\177\177c\bd"), "d");
    assert_string_equal(typed("ab\x1b[A\x1b[1;5C\x1b[24~\x1b[1234567890~c"), "abc");
}

static void characters_are_whole(void **state)
{
    (void)state;
    assert_string_equal(typed("h\xc3\xa9\177i"), "hi");
    assert_string_equal(typed("\xc3\xa9\x1b[Dx"), "x\xc3\xa9");
}

static void lines_end(void **state)
{
    (void)state;
    line_begin(&line, "> ");
    assert_int_equal(type("\004"), LINE_END);
    line_begin(&line, "> ");
    assert_int_equal(type("ab\003"), LINE_CANCELLED);
    assert_string_equal(typed("ab\001\004"), "b");
    line_begin(&line, "> ");
    assert_int_equal(type("a\r"), LINE_ENTERED);
    line_begin(&line, "> ");
    assert_int_equal(type("\n"), LINE_EDITING);
    assert_int_equal(type("\n"), LINE_ENTERED);
}

static void long_lines_stay_in_the_row(void **state)
{
    (void)state;
    line_begin(&line, "> ");
    for (int i = 0; i < LINE_BYTES + 10; i++) {
        line.output_length = 0;
        line_type(&line, (char)('a' + i % 26));
        assert_true(line.output_length < 2 * LINE_COLUMNS);
    }
    assert_int_equal(type("\001\x1b[C\r"), LINE_ENTERED);
    assert_int_equal(strlen(line.text), LINE_BYTES);
}

static void typing_at_the_end_only_echoes(void **state)
{
    (void)state;
    line_begin(&line, "> ");
    assert_memory_equal(line.output, "> ", 2);
    line.output_length = 0;
    line_type(&line, 'a');
    assert_int_equal(line.output_length, 1);
    line.output_length = 0;
    line_type(&line, '\177');
    assert_memory_equal(line.output, "\b \b", 3);
}

/* ---- faults ---- */

static const char *text_of(struct process_status status)
{
    static char text[FAULT_TEXT_BYTES];

    fault_text(&status, text);
    return text;
}

static void faults_have_reasons(void **state)
{
    struct process_status page = {.fault = FAULT_LABEL_PAGE, .detail = 2, .ip = 0x201234};

    (void)state;
    assert_string_equal(text_of(page),
                        "write to 0x0 at ip 0x201234: no page there: a null pointer");
    page.address = page.sp = 0x3ffaf000;
    page.address -= 8;
    assert_non_null(strstr(text_of(page), "the stack overflowed"));
    page.reason = PROCESS_FAULT_FORBIDDEN;
    assert_non_null(strstr(text_of(page), "the page may only be read"));
    page.detail = 4;
    assert_non_null(strstr(text_of(page), "jump to 0x3ffaeff8"));
    page.address = 0xffffffff80000000;
    assert_non_null(strstr(text_of(page), "that memory is not the program's"));
    assert_string_equal(
        text_of((struct process_status){.fault = FAULT_LABEL_EXCEPTION, .ip = 0x10, .trap = 0}),
        "at ip 0x10: division by zero, or its result is too large");
}

#define TEST(sentence, function) {sentence, function, NULL, NULL, NULL}

int run_shell_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("SH-U1: words are cut at blanks, and quotes hold them together", words_and_quotes),
        TEST("SH-U2: $? is the last status, outside of single quotes", last_status),
        TEST("SH-U3: ; && & and new lines join commands", commands_are_joined),
        TEST("SH-U4: a text with a mistake is refused as a whole", mistakes_are_told),
        TEST("SH-U5: a command with too many bytes or words is refused", long_commands_are_refused),
        TEST("SH-U6: arrows, Home, End, Delete and Ctrl keys edit the line", keys_edit),
        TEST("SH-U7: a character of several bytes is moved over and deleted whole",
             characters_are_whole),
        TEST("SH-U8: Enter, Ctrl-C and Ctrl-D end a line", lines_end),
        TEST("SH-U9: a line longer than the row scrolls, and ends at its limit",
             long_lines_stay_in_the_row),
        TEST("SH-U10: typing at the end of a line sends just what is new",
             typing_at_the_end_only_echoes),
        TEST("SH-U11: a fault is told with its address and the reason", faults_have_reasons),
    };

    return cmocka_run_group_tests_name("shell", tests, NULL, NULL);
}
