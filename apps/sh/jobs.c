/*
 * jobs.c - programs in the background, as `hello-server &` starts them.
 */
#include <myelin/idl/process_types.h>
#include <stdio.h>

#include "shell.h"

static struct job *free_entry(struct shell *shell)
{
    for (struct job *job = shell->jobs; job < shell->jobs + JOBS_MAX; job++)
        if (job->process == CAP_NULL)
            return job;
    return NULL;
}

int job_start(struct shell *shell, char **words)
{
    struct job *job = free_entry(shell);
    int status;

    if (!job) {
        fprintf(stderr, "sh: %s: %d programs run in the background already\n", words[0], JOBS_MAX);
        return STATUS_NOT_RUN;
    }
    status = program_start(words, CAP_NULL, &job->process);
    if (status)
        job->process = CAP_NULL;
    else
        snprintf(job->name, sizeof(job->name), "%s", words[0]);
    return status;
}

static void reap(struct job *job)
{
    struct process_status status;
    error_t error = process_status(job->process, &status);

    if (!error && !status.ended)
        return;
    if (error)
        shell_complain(job->name, "cannot be waited for", error);
    else
        program_outcome(job->name, &status);
    process_release(job->process);
    job->process = CAP_NULL;
}

void jobs_reap(struct shell *shell)
{
    for (struct job *job = shell->jobs; job < shell->jobs + JOBS_MAX; job++)
        if (job->process != CAP_NULL)
            reap(job);
}
