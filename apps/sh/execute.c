/*
 * execute.c - runs a text: command after command, as `;`, `&&` and `&` say.
 */
#include <stdio.h>

#include <myelin/ipc.h>

#include "shell.h"

int shell_complain(const char *who, const char *thing, error_t error)
{
    fflush(stdout);
    fprintf(stderr, "%s: %s: %s\n", who, thing, error_sentence(error));
    return 1;
}

static int run(struct shell *shell)
{
    struct command *command = &shell->command;
    int status;

    jobs_reap(shell);
    if (command->join == JOIN_BACKGROUND)
        status = job_start(shell, command->words);
    else if (!builtin_run(shell, command->word_count, command->words, &status))
        status = program_run(shell, command->words);
    fflush(stdout);
    return status;
}

void shell_execute(struct shell *shell, const char *text)
{
    const char *error = command_check(&shell->command, text);
    int wanted = 1;

    if (error) {
        fprintf(stderr, "sh: %s\n", error);
        shell->status = STATUS_USAGE;
        return;
    }
    shell->is_interrupted = 0;
    do {
        command_take(&shell->command, &text, shell->status);
        if (wanted && shell->command.word_count > 0)
            shell->status = run(shell);
        wanted = shell->command.join != JOIN_IF || (wanted && shell->status == 0);
    } while (shell->command.join != JOIN_END && !shell->leaving && !shell->is_interrupted);
}
