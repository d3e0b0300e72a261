/*
 * lender.c - gives away its "process" and its "spawn" to whoever receives from "to", and waits
 * for its end.
 */
#include <myelin/ipc.h>
#include <myelin/notification.h>
#include <myelin/startup.h>

int main(void)
{
    cap_t never;
    uint64_t bits;
    error_t error = ipc_transfer_cap(startup_cap("to"), startup_cap("process"));

    if (!error)
        error = ipc_transfer_cap(startup_cap("to"), startup_cap("spawn"));
    if (!error)
        error = notification_create("never", &never);
    return error ? error : ipc_wait_notification(never, &bits);
}
