/*
 * program.c - runs a program as a process of its own, and waits for it or for Ctrl-C.
 *
 * The shell waits on one notification with two bits: the process server sets the one when the
 * program has ended, the console the other when somebody typed Ctrl-C.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <myelin/idl/console.h>
#include <myelin/idl/process_types.h>
#include <myelin/ipc.h>
#include <myelin/process.h>
#include <myelin/startup.h>

#include "fault.h"
#include "shell.h"

extern char **environ;

/* What the shell has and each program gets too, if the shell has it. */
static const char *const passed_on[] = {"names", "console", "cpu"};

/* The file that a command's first word means. 0: the path is too long. */
static int find(const char *word, char *path)
{
    char here[PATH_MAX] = "/";
    int length;

    if (word[0] == '/')
        length = snprintf(path, PATH_MAX, "%s", word);
    else if (!strchr(word, '/'))
        length = snprintf(path, PATH_MAX, "/bin/%s", word);
    else
        length = snprintf(path, PATH_MAX, "%s/%s", getcwd(here, sizeof(here)) ? here : "", word);
    return length < PATH_MAX;
}

static int not_run(const char *word, error_t error)
{
    if (error == ENOENT && !strchr(word, '/')) {
        fprintf(stderr, "%s: there is no program of that name in /bin\n", word);
        return STATUS_NOT_FOUND;
    }
    shell_complain(word, "cannot be run", error);
    return error == ENOENT || error == ENOTDIR ? STATUS_NOT_FOUND : STATUS_NOT_RUN;
}

static error_t give_all(cap_t process)
{
    error_t error = SUCCESS;

    for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]) && !error; i++) {
        cap_t cap = startup_cap(passed_on[i]);

        if (cap != CAP_NULL)
            error = process_give(process, passed_on[i], cap, CAP_COPY);
    }
    return error;
}

static error_t start(cap_t process, cap_t ended)
{
    error_t error = give_all(process);

    if (!error && ended != CAP_NULL)
        error = process_watch(process, ended);
    return error ? error : process_start(process);
}

int program_start(char **words, cap_t ended, cap_t *process)
{
    char path[PATH_MAX];
    error_t error;

    if (!find(words[0], path))
        return not_run(words[0], ENAMETOOLONG);
    fflush(stdout);
    error = process_prepare(path, words, environ, process);
    if (error)
        return not_run(words[0], error);
    error = start(*process, ended);
    if (!error)
        return 0;
    process_release(*process);
    return not_run(words[0], error);
}

/* Waits until it has ended; Ctrl-C kills it. A bit may be left of a program before it, so it is
   asked how it is. */
static error_t wait_for(struct shell *shell, cap_t process, struct process_status *status)
{
    uint64_t bits;
    error_t error;

    do {
        error = ipc_wait_notification(shell->events, &bits);
        if (!error && bits & EVENT_INTERRUPTED) {
            shell->is_interrupted = 1;
            process_kill(process);
        }
        if (!error)
            error = process_status(process, status);
    } while (!error && !status->ended);
    return error;
}

int program_outcome(const char *name, const struct process_status *status)
{
    char text[FAULT_TEXT_BYTES];

    if (status->fault) {
        fault_text(status, text);
        fprintf(stderr, "%s: fault: %s (killed)\n", name, text);
    } else if (status->exit_code == STATUS_SIGNAL + 9) {
        fprintf(stderr, "%s: killed\n", name);
    }
    return (int)status->exit_code;
}

static int wait_and_tell(struct shell *shell, const char *name, cap_t process)
{
    struct process_status status;
    error_t error = wait_for(shell, process, &status);

    if (error)
        return shell_complain(name, "cannot be waited for", error);
    return shell->is_interrupted ? STATUS_INTERRUPTED : program_outcome(name, &status);
}

int program_run(struct shell *shell, char **words)
{
    cap_t process;
    int status;

    console_interrupt(shell->console, shell->interrupted);
    status = program_start(words, shell->ended, &process);
    if (status)
        return status;
    status = wait_and_tell(shell, words[0], process);
    process_release(process);
    return status;
}
