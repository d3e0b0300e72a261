/*
 * threads.c - the threads that a process shows beside its first one. It makes them itself, so this
 * server knows only those that it is told of.
 */
#include <myelin/thread.h>

#include "process.h"

bool shown_thread_look(cap_t *thread, struct thread_info *info)
{
    if (!*thread)
        return false;
    if (thread_get_info(*thread, info) == SUCCESS && info->state != THREAD_EXITED)
        return true;
    drop_cap(thread);
    return false;
}

error_t shown_threads_add(struct process *process, cap_t thread)
{
    struct thread_info info;

    for (unsigned i = 0; i < THREADS_MAX; i++) {
        if (!shown_thread_look(&process->threads[i], &info)) {
            process->threads[i] = thread;
            return SUCCESS;
        }
    }
    return ENOSPC;
}

void shown_threads_drop(struct process *process)
{
    for (unsigned i = 0; i < THREADS_MAX; i++)
        drop_cap(&process->threads[i]);
}
