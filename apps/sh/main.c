/*
 * main.c - the shell: reads lines at a terminal, or runs the text behind -c.
 *
 * The shell that root starts is the boot shell: when it ends, by Ctrl-D, `exit` or the end of
 * its -c text, it switches the machine off with its status. docs/shell.md is for its users.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <myelin/console.h>
#include <myelin/idl/console.h>
#include <myelin/notification.h>
#include <myelin/startup.h>

#include "line.h"
#include "shell.h"

/* Every program that a shell starts has it in its environment; what root starts does not. */
#define LEVEL_VARIABLE "SHLVL"

static error_t make_events(struct shell *shell)
{
    error_t error = notification_create("sh-events", &shell->events);

    if (!error)
        error = notification_mint(shell->events, EVENT_ENDED, &shell->ended);
    if (!error)
        error = notification_mint(shell->events, EVENT_INTERRUPTED, &shell->interrupted);
    return error;
}

static error_t set_mode(struct shell *shell, unsigned mode)
{
    uint32_t before;

    return console_mode(shell->console, mode | shell->plain, &before);
}

/* Learns whether the console is plain, and leaves it cooked. */
static error_t begin_console(struct shell *shell, int has_text)
{
    uint32_t before;
    error_t error = console_mode(shell->console, CONSOLE_COOKED, &before);

    if (error)
        return error;
    shell->plain = shell->is_boot_shell && has_text ? CONSOLE_PLAIN : before & CONSOLE_PLAIN;
    return set_mode(shell, CONSOLE_COOKED);
}

static error_t begin(struct shell *shell, int has_text)
{
    error_t error;

    shell->console = startup_cap("console");
    shell->is_boot_shell = getenv(LEVEL_VARIABLE) == NULL;
    setenv(LEVEL_VARIABLE, "1", 1);
    if (shell->is_boot_shell)
        power_connect(shell); /* if that fails, power_end tries again and complains */
    error = make_events(shell);
    return error ? error : begin_console(shell, has_text);
}

static error_t show_output(struct shell *shell, struct line *line)
{
    size_t length = line->output_length;

    line->output_length = 0;
    return length ? console_write_all(shell->console, line->output, length, NULL) : SUCCESS;
}

/* One byte as typed, and no more: what follows the line is for the program that it starts. An
   error, or the end of the input, is LINE_END. */
static int next_byte(struct shell *shell, char *byte)
{
    size_t length;
    error_t error;

    do
        error = console_read(shell->console, 1, byte, 1, &length);
    while (error == EINTR);
    return !error && length;
}

static enum line_event read_line(struct shell *shell, struct line *line)
{
    enum line_event event;
    char prompt[LINE_PROMPT_BYTES];
    char byte;

    if (shell->status)
        snprintf(prompt, sizeof(prompt), "myelin [%d]> ", shell->status);
    else
        snprintf(prompt, sizeof(prompt), "myelin> ");
    line_begin(line, prompt);
    do {
        if (show_output(shell, line) || !next_byte(shell, &byte))
            return LINE_END;
        event = line_type(line, byte);
    } while (event == LINE_EDITING);
    show_output(shell, line);
    return event;
}

/* The line has been read. What was typed behind it is for what it runs, a Ctrl-C as well; one that
   came before is over. */
static void leave_editing(struct shell *shell)
{
    uint64_t stale;

    ipc_poll_notification(shell->events, &stale);
    console_interrupt(shell->console, shell->interrupted);
    set_mode(shell, CONSOLE_COOKED);
}

static void interact(struct shell *shell)
{
    static struct line line;
    enum line_event event;

    do {
        jobs_reap(shell);
        set_mode(shell, CONSOLE_RAW);
        event = read_line(shell, &line);
        leave_editing(shell);
        if (event == LINE_ENTERED)
            shell_execute(shell, line.text);
        else if (event == LINE_CANCELLED)
            shell->status = STATUS_INTERRUPTED;
    } while (event != LINE_END && !shell->leaving);
}

/* The end of the boot shell is the machine's; of any other, its own. */
static int end(struct shell *shell)
{
    fflush(stdout);
    if (shell->is_boot_shell)
        return power_end(shell, "sh", POWER_WAY_OFF);
    return shell->status;
}

int main(int argc, char **argv)
{
    static struct shell shell;
    int has_text = argc == 3 && strcmp(argv[1], "-c") == 0;
    error_t error;

    if (argc > 1 && !has_text) {
        fputs("usage: sh [-c COMMANDS]\n", stderr);
        return STATUS_USAGE;
    }
    error = begin(&shell, has_text);
    if (error)
        return shell_complain("sh", "console", error);
    if (has_text)
        shell_execute(&shell, argv[2]);
    else
        interact(&shell);
    return end(&shell);
}
