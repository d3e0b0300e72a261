/*
 * transfer.c - shows a right that travels: whoever is given a capability may use it from then on,
 * and it works no more when it is revoked.
 *
 * This program can reach transfer-guest, but the guest cannot reach this program, until it is
 * sent a capability to do so.
 */
#include <myelin/endpoint.h>
#include <myelin/idl/note_types.h>
#include <myelin/idl/process_types.h>
#include <myelin/idl/untyped_types.h>

#include "../example.h"

#define GUEST_BADGE 7

static void print_note(cap_t own)
{
    struct note_message note;
    uint64_t badge;
    cap_t reply;

    must("receiving", ipc_receive(own, &note, sizeof(note), &reply, &badge));
    printf("a note from the holder of badge %llu: %llu\n", (unsigned long long)badge,
           (unsigned long long)note.number);
}

int main(void)
{
    struct note_message go_on = {.label = NOTE_LABEL_GO_ON};
    struct process_status status;
    cap_t own, to_guest, send_cap, guest;

    must("an endpoint", endpoint_create("notes", UNTYPED_ENDPOINT_OPEN, &own));
    must("an endpoint", endpoint_create("guest", UNTYPED_ENDPOINT_OPEN, &to_guest));
    guest = start_partner("/bin/transfer-guest", "inbox", to_guest, SERVER_RIGHTS);
    must("minting", endpoint_mint_send_cap(own, GUEST_BADGE, &send_cap));
    must("sending", ipc_transfer_cap(to_guest, send_cap));
    print_note(own);
    must("revoking", cap_revoke(send_cap));
    must("sending", ipc_send(to_guest, &go_on, sizeof(go_on)));
    must("waiting", process_wait(guest, &status));
    process_release(guest);
    return (int)status.exit_code;
}
