/*
 * transfer-guest.c - waits for a capability, uses it, and finds it revoked.
 */
#include <stdio.h>

#include <myelin/idl/note_types.h>
#include <myelin/idl/transfer_types.h>
#include <myelin/ipc.h>
#include <myelin/startup.h>

/* Waits for the capability that somebody transfers. */
static cap_t receive_cap(cap_t inbox)
{
    static struct message message;

    message.accept = 1;
    if (message_receive(inbox, &message) != SUCCESS || message.label != TRANSFER_LABEL_GIVE ||
        message.cap_count != 1)
        return CAP_NULL;
    return message.caps[0].cap;
}

int main(void)
{
    cap_t inbox = startup_cap("inbox");
    cap_t friend = receive_cap(inbox);
    struct note_message note = {.label = NOTE_LABEL_WRITE, .number = 2026};
    cap_t reply;

    if (ipc_send(friend, &note, sizeof(note)) != SUCCESS)
        return 1;
    if (ipc_receive(inbox, &note, sizeof(note), &reply, NULL) != SUCCESS)
        return 1;
    printf("a second note: %s\n", error_sentence(ipc_send(friend, &note, sizeof(note))));
    return 0;
}
