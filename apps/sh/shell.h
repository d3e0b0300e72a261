/*
 * shell.h - what the shell's files share.
 */
#pragma once

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/idl/process_types.h>
#include <myelin/process.h>

#include "command.h"

/* Exit statuses of what could not run, as every Unix shell has them. */
#define STATUS_USAGE       2
#define STATUS_NOT_RUN     126
#define STATUS_NOT_FOUND   127
#define STATUS_SIGNAL      128 /* + 9 killed, + 11 faulted */
#define STATUS_INTERRUPTED 130

/* Bits of shell->events. */
#define EVENT_ENDED       1u
#define EVENT_INTERRUPTED 2u

#define JOBS_MAX 16

/* A program that runs in the background. */
struct job {
    cap_t process; /* CAP_NULL: this entry is free */
    char name[OBJECT_NAME_BYTES + 1];
};

struct shell {
    cap_t console;
    cap_t power;        /* CAP_NULL: not connected */
    cap_t events;       /* the one notification that the shell waits on while a program runs */
    cap_t ended;        /* sets EVENT_ENDED in it: for the process server */
    cap_t interrupted;  /* sets EVENT_INTERRUPTED in it: for the console */
    unsigned plain;     /* CONSOLE_PLAIN, if the console shall leave new lines alone */
    int is_boot_shell;  /* root started it: when it ends, the machine ends */
    int status;         /* of the last command: `$?` */
    int leaving;        /* `exit` was given */
    int is_interrupted; /* Ctrl-C ended a program: the rest of the line is not run */
    struct job jobs[JOBS_MAX];
    struct command command;
};

/* Runs a whole text; shell->status is then that of its last command. (execute.c) */
void shell_execute(struct shell *shell, const char *text);

/* Runs a program and waits for it; its status. (program.c) */
int program_run(struct shell *shell, char **words);
/* Starts a program; `ended` (may be CAP_NULL) is notified of its end, and the caller releases
 *process. Returns 0, or after a complaint the status that says why not. */
int program_start(char **words, cap_t ended, cap_t *process);
/* The status of a program that has ended; says so if it was killed or faulted. */
int program_outcome(const char *name, const struct process_status *status);

/* Starts a program in the background; 0, or the status that says why not. (jobs.c) */
int job_start(struct shell *shell, char **words);
/* Releases the programs in the background that have ended, and tells of those that fell. */
void jobs_reap(struct shell *shell);

/* Runs a built-in command. 0: there is none of that name. (builtins.c) */
int builtin_run(struct shell *shell, int count, char **words, int *status);

/* "kill: 99: there is no such process". Returns 1. (execute.c) */
int shell_complain(const char *who, const char *thing, error_t error);

/* Built-in commands: they get the words and give the status. */
int builtin_ps(struct shell *shell, int count, char **words);
int builtin_kill(struct shell *shell, int count, char **words);
int builtin_caps(struct shell *shell, int count, char **words);
int builtin_free(struct shell *shell, int count, char **words);

/* The process that a word means, by number or name; says what is wrong. 0: none. (processes.c) */
uint64_t process_of_word(const char *who, const char *word);

/* Connects to the power service, if that has not been done. The boot shell does it at once, so
   that it can end the machine with `names` dead, too. (power.c) */
error_t power_connect(struct shell *shell);
enum power_way { POWER_WAY_OFF, POWER_WAY_REBOOT };

/* Ends the machine, with shell->status for the host. Returns 1, and a complaint of `who`, only if
   that failed. (power.c) */
int power_end(struct shell *shell, const char *who, enum power_way way);
