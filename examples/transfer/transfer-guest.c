/*
 * transfer-guest.c - waits for a capability, uses it, and finds it revoked.
 */
#include <stdio.h>

#include <myelin/idl/note_types.h>
#include <myelin/idl/transfer_server.h>
#include <myelin/ipc.h>
#include <myelin/startup.h>

static cap_t friend = CAP_NULL;

/* Somebody transfers a capability. */
error_t transfer_handle_give(struct idl_request *request, cap_t given, uint64_t given_how)
{
    (void)request, (void)given_how;
    friend = given;
    return SUCCESS;
}

static error_t wait_for_friend(cap_t inbox)
{
    static struct message message = {.accept = 1};
    error_t error = message_receive(inbox, &message);

    if (!error)
        transfer_dispatch(&message);
    return friend == CAP_NULL ? EINVAL : error;
}

int main(void)
{
    cap_t inbox = startup_cap("inbox");
    struct note_message note = {.label = NOTE_LABEL_WRITE, .number = 2026};
    cap_t reply;

    if (wait_for_friend(inbox) != SUCCESS)
        return 1;
    if (ipc_send(friend, &note, sizeof(note)) != SUCCESS)
        return 1;
    if (ipc_receive(inbox, &note, sizeof(note), &reply, NULL) != SUCCESS)
        return 1;
    printf("a second note: %s\n", error_sentence(ipc_send(friend, &note, sizeof(note))));
    return 0;
}
