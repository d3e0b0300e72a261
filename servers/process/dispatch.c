/*
 * dispatch.c - the loop: which interface a message is of, its badge says.
 *
 * A handler asks process_of_badge for its process, which is there: that is seen to here.
 */
#include <myelin/idl/fault_server.h>
#include <myelin/idl/process_server.h>
#include <myelin/idl/processes_server.h>
#include <myelin/idl/self_server.h>
#include <myelin/ipc.h>

#include "process.h"

#define CAPS_MOST 1 /* that come with a request of any of the interfaces */

static bool is_of(const struct message *message, uint32_t interface)
{
    return label_interface(message->label) == interface;
}

/* A process uses the service by the capability to itself, too. */
static const struct idl_interface *interface_of(const struct message *message)
{
    switch (badge_kind(message->badge)) {
    case BADGE_OWNER:
        return &process_interface;
    case BADGE_SELF:
        return is_of(message, PROCESSES_INTERFACE) ? &processes_interface : &self_interface;
    default:
        return &processes_interface;
    }
}

/* Whether the capability that was used still means something. */
static bool is_alive(const struct message *message)
{
    const struct process *process = process_of_badge(message->badge);
    bool must_run = badge_kind(message->badge) == BADGE_SELF;

    return process && (!must_run || process->state == PROCESS_RUNS);
}

static void serve_call(struct message *message)
{
    if (is_alive(message))
        idl_dispatch(interface_of(message), message);
    else
        idl_reject(message, ESTALE, 0);
}

/* A fault comes by a process's capability to itself: no other may be a handler. Of a process that
   has ended nobody waits. */
static void serve_fault(struct message *message)
{
    if (is_alive(message) && badge_kind(message->badge) == BADGE_SELF)
        fault_dispatch(message);
    else
        message->reply = CAP_NULL;
}

int serve(void)
{
    static struct message message;

    for (;;) {
        message.accept = CAPS_MOST;
        if (message_reply_receive(server.service, &message))
            return 1;
        if (message.origin == ORIGIN_FAULT)
            serve_fault(&message);
        else
            serve_call(&message);
    }
}
