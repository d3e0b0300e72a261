/*
 * processes.c - ps and kill: what the process server tells of the processes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <myelin/idl/thread_types.h>
#include <myelin/process.h>
#include <myelin/thread.h>

#include "shell.h"

#define STATE_TEXT_BYTES 64
#define NS_PER_US        1000

/* What each state is in words; %s is what the thread waits for. */
static const char *const state_words[] = {
    [THREAD_INACTIVE] = "not started",
    [THREAD_RUNNING] = "running",
    [THREAD_WAITS_SEND] = "waiting to send to %s",
    [THREAD_WAITS_CALL] = "waiting for %s to take a call",
    [THREAD_WAITS_RECEIVE] = "waiting for a message on %s",
    [THREAD_WAITS_NOTIFY] = "waiting for notification %s",
    [THREAD_WAITS_REPLY] = "waiting for a reply from %s",
    [THREAD_SUSPENDED] = "suspended",
    [THREAD_STOPPED] = "stopped",
    [THREAD_EXITED] = "ended",
};

static const char *const stop_words[] = {
    [THREAD_STOP_NO_HANDLER] = "stopped by a fault that nobody handles",
    [THREAD_STOP_HANDLER_GONE] = "stopped: its fault handler is gone",
    [THREAD_STOP_UTCB_GONE] = "stopped: its UTCB is gone",
    [THREAD_STOP_VSPACE_GONE] = "stopped: its address space is gone",
    [THREAD_STOP_CSPACE_GONE] = "stopped: its capability space is gone",
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* What `ps` says of a thread. */
static void state_text(unsigned state, unsigned stop_reason, const char *waits_for, char *text)
{
    const char *form = state < COUNT(state_words) ? state_words[state] : NULL;
    const char *partner = waits_for[0] ? waits_for : "something without a name";
    const char *hole;

    if (state == THREAD_STOPPED && stop_reason < COUNT(stop_words) && stop_words[stop_reason])
        form = stop_words[stop_reason];
    if (!form)
        form = "in a state that this shell does not know";
    hole = strstr(form, "%s");
    if (hole)
        snprintf(text, STATE_TEXT_BYTES, "%.*s%s%s", (int)(hole - form), form, partner, hole + 2);
    else
        snprintf(text, STATE_TEXT_BYTES, "%s", form);
}

/* "sh", or "sh/second" for a thread that is not named as its process. */
static void full_name(const char *process, const char *thread, char *text, size_t size)
{
    if (thread[0] && strcmp(thread, process) != 0)
        snprintf(text, size, "%s/%s", process, thread);
    else
        snprintf(text, size, "%s", process);
}

static void print_process(const struct process_info *info)
{
    char name[2 * OBJECT_NAME_BYTES + 2];
    char state[STATE_TEXT_BYTES];

    full_name(info->name, info->thread, name, sizeof(name));
    state_text(info->state, info->stop_reason, info->waits_for, state);
    printf("%4llu %-16s %-40s %3u %-16s %9llu %6llu %4llu\n", (unsigned long long)info->pid, name,
           state, info->priority, info->runs_on[0] ? info->runs_on : "-",
           (unsigned long long)(info->consumed / NS_PER_US), (unsigned long long)info->pages * 4,
           (unsigned long long)info->caps);
}

/* Memory and capabilities are the process's, and stand in its first line. */
static void print_thread(const struct process_info *process, const struct thread_info *info)
{
    char name[2 * OBJECT_NAME_BYTES + 2];
    char state[STATE_TEXT_BYTES];

    full_name(process->name, info->name, name, sizeof(name));
    state_text(info->state, info->stop_reason, info->waits_for, state);
    printf("%4llu %-16s %-40s %3u %-16s %9llu %6s %4s\n", (unsigned long long)process->pid, name,
           state, info->priority, info->runs_on[0] ? info->runs_on : "-",
           (unsigned long long)(info->own_consumed / NS_PER_US), "-", "-");
}

static void print_threads(const struct process_info *process)
{
    struct thread_info info;

    for (uint64_t place = 0; process_list_thread(process->pid, &place, &info) == SUCCESS; place++)
        print_thread(process, &info);
}

int builtin_ps(struct shell *shell, int count, char **words)
{
    struct process_info info = {0};
    uint64_t pid = 0;
    error_t error;

    (void)shell, (void)count, (void)words;
    printf("%4s %-16s %-40s %3s %-16s %9s %6s %4s\n", "PID", "NAME", "STATE", "PRI", "TIME OF",
           "USED us", "KiB", "CAPS");
    while ((error = process_list(pid, &info)) == SUCCESS) {
        print_process(&info);
        print_threads(&info);
        pid = info.pid + 1;
    }
    return error == ENOENT ? 0 : shell_complain("ps", "processes", error);
}

static uint64_t process_of_number(const char *who, const char *word, uint64_t pid)
{
    struct process_info info;
    error_t error = process_list(pid, &info);

    if (!error && info.pid == pid)
        return pid;
    if (!error || error == ENOENT)
        fprintf(stderr, "%s: %s: there is no process of that number\n", who, word);
    else
        shell_complain(who, word, error);
    return 0;
}

static uint64_t process_of_name(const char *who, const char *word)
{
    struct process_info info;
    uint64_t found = 0;
    unsigned matches = 0;
    error_t error;

    for (uint64_t pid = 0; (error = process_list(pid, &info)) == SUCCESS; pid = info.pid + 1) {
        if (strcmp(info.name, word) == 0) {
            found = info.pid;
            matches++;
        }
    }
    if (error != ENOENT)
        shell_complain(who, word, error);
    else if (matches == 0)
        fprintf(stderr, "%s: %s: there is no process of that name\n", who, word);
    else if (matches > 1)
        fprintf(stderr, "%s: %s: %u processes have that name; say the number\n", who, word,
                matches);
    return error == ENOENT && matches == 1 ? found : 0;
}

uint64_t process_of_word(const char *who, const char *word)
{
    char *end;
    uint64_t number = strtoull(word, &end, 10);

    if (*word && !*end)
        return process_of_number(who, word, number);
    return process_of_name(who, word);
}

int builtin_kill(struct shell *shell, int count, char **words)
{
    uint64_t pid;
    error_t error;

    (void)shell;
    if (count != 2) {
        fputs("usage: kill PID|NAME\n", stderr);
        return STATUS_USAGE;
    }
    pid = process_of_word("kill", words[1]);
    if (!pid)
        return 1;
    error = process_kill_pid(pid);
    return error ? shell_complain("kill", words[1], error) : 0;
}
