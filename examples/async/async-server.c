/*
 * async-server.c - takes jobs without making their sender wait, and notifies when each is done.
 */
#include <stdbool.h>

#include <myelin/cap.h>
#include <myelin/idl/sum_server.h>
#include <myelin/startup.h>

static struct {
    bool done;
    uint64_t result;
} jobs[SUM_JOBS];

/* The client does not wait: it has gone on since its message was in the channel. */
error_t sum_handle_submit(struct idl_request *request, uint64_t job, uint64_t number, cap_t done)
{
    (void)request;
    if (job < SUM_JOBS) {
        for (uint64_t i = 1; i <= number; i++)
            jobs[job].result += i;
        jobs[job].done = true;
    }
    ipc_notify(done, 0); /* all the bits that this capability may set */
    cap_delete(done);
    return SUCCESS;
}

error_t sum_handle_result(struct idl_request *request, uint64_t job, uint64_t *total)
{
    if (job >= SUM_JOBS)
        return idl_deny(request, ERANGE, ARGUMENT_WORD(0));
    if (!jobs[job].done)
        return EAGAIN;
    *total = jobs[job].result;
    return SUCCESS;
}

int main(void)
{
    sum_serve(startup_cap("requests"));
    return 1;
}
