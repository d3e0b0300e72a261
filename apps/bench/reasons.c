/*
 * reasons.c - which way the calls of ordinary programs go: how many take the fast path, and why the
 * others do not. Each program is run by a shell of its own, whose start and end count, too.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <myelin/cpu.h>
#include <myelin/idl/cpu.h>
#include <myelin/process.h>
#include <myelin/startup.h>

#include "bench.h"
#include "measure.h"

#define FILE_BYTES    (1u << 20)
#define LINE_BYTES    64
#define PATH          "/bench-reasons"
#define PERCENT_LEAST 90

extern char **environ;

static const char *const way_names[CPU_WAYS] = {
    [CPU_CALL_FAST] = "fast",
    [CPU_CALL_HANDLE] = "slow: the space is not known to the thread yet",
    [CPU_CALL_FORM] = "slow: a deadline of for ever",
    [CPU_CALL_ACTIVE] = "slow: the server has time of its own",
    [CPU_CALL_SET] = "slow: a WaitSet or a Channel",
    [CPU_CALL_BUSY] = "slow: the server does not wait",
    [CPU_CALL_WAITS] = "slow: the server waits for more than the next call",
    [CPU_CALL_ASKS] = "apart: asks for a capability",
    [CPU_CALL_CARRIES] = "apart: a capability, a lease, or a deadline",
    [CPU_CALL_WITHIN] = "apart: within one address space",
    [CPU_CALL_OBJECT] = "apart: to kernel objects",
    [CPU_ANSWER_FAST] = "answers: fast",
    [CPU_ANSWER_CALLER] = "answers: slow: to a call that was slow",
    [CPU_ANSWER_RECEIVE] = "answers: slow: not where it may receive at once",
    [CPU_ANSWER_APART] = "answers: slow: apart from the next receive",
    [CPU_ANSWER_CARRIES] = "answers: apart: a capability",
};

static const char *const miss_names[CPU_MISSES] = {
    [CPU_MISS_HANDLE] = "the handle is not known",
    [CPU_MISS_OBJECT] = "a kernel object",
    [CPU_MISS_RECEIVER] = "nobody waits to whom it may go at once",
    [CPU_MISS_CALLER] = "the caller may not be answered at once",
    [CPU_MISS_TOKEN] = "another token",
    [CPU_MISS_RECEIVE] = "not where it may receive at once",
    [CPU_MISS_NOTIFY] = "several have to know of the notification",
    [CPU_MISS_WAIT] = "others wait for the same bits, or no time of its own",
    [CPU_MISS_YIELD] = "nobody as urgent to yield to",
    [CPU_MISS_CHANNEL] = "others have to know of what a channel holds",
};

static error_t run_in_shell(const char *text)
{
    char *arguments[] = {"sh", "-c", (char *)text, NULL};
    struct process_status status;
    cap_t process;
    error_t error = process_spawn("/bin/sh", arguments, environ, &process);

    if (error)
        return error;
    error = process_wait(process, &status);
    process_release(process);
    return !error && status.exit_code ? ECANCELED : error;
}

/* Prints all, and returns how many percent of the calls were fast. */
static unsigned tell(const char *name, const struct cpu_ways *ways)
{
    uint64_t fast = ways->count[CPU_CALL_FAST], all = 0;

    for (unsigned way = CPU_CALL_FAST; way <= CPU_CALL_WAITS; way++)
        all += ways->count[way];
    for (unsigned way = 0; way < CPU_WAYS; way++)
        if (ways->count[way])
            printf("reasons %s: %llu %s\n", name, (unsigned long long)ways->count[way],
                   way_names[way]);
    printf("reasons %s: %llu of %llu calls are fast: %llu %%\n", name, (unsigned long long)fast,
           (unsigned long long)all, (unsigned long long)(all ? fast * 100 / all : 0));
    return all ? (unsigned)(fast * 100 / all) : 0;
}

static int count(const char *name, const char *text)
{
    cap_t cpu = startup_cap("cpu");
    struct cpu_ways ways;
    error_t error = cpu_count(cpu, true, &ways), stopped;

    if (error)
        return bench_fail_error(name, error);
    error = run_in_shell(text);
    stopped = cpu_count(cpu, false, &ways);
    fputs("\n", stdout);
    if (error || stopped)
        return bench_fail_error(name, error ? error : stopped);
    return tell(name, &ways) >= PERCENT_LEAST ? 0 : bench_fail(name, "too few calls are fast");
}

/* So many bytes of text, in lines. */
static int make_file(void)
{
    FILE *file = fopen(PATH, "w");

    if (!file)
        return bench_fail_error("reasons", (error_t)errno);
    for (unsigned line = 0; line < FILE_BYTES / LINE_BYTES; line++)
        fprintf(file, "%0*u\n", LINE_BYTES - 1, line);
    return fclose(file) ? bench_fail_error("reasons", (error_t)errno) : 0;
}

/* Since the machine was started. */
static int tell_misses(void)
{
    struct cpu_misses misses;
    error_t error = cpu_misses(startup_cap("cpu"), &misses);

    for (unsigned miss = 0; miss < CPU_MISSES && !error; miss++)
        printf("reasons since the start: %llu left the fast path: %s\n",
               (unsigned long long)misses.count[miss], miss_names[miss]);
    return bench_fail_error("reasons", error);
}

int bench_reasons(void)
{
    int status = make_file();

    if (status)
        return status;
    status = count("cat_1m", "cat " PATH);
    status |= count("ls_l_bin", "ls -l /bin");
    status |= count("process_start_exit", "true");
    remove(PATH);
    return tell_misses() || status;
}
