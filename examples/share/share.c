/*
 * share.c - shows memory shared by a capability: the server writes a page, the client may only
 * read it, because the Frame capability it was given has no more rights.
 *
 * share-reader at last tries to write, and is stopped; this program sees the fault.
 */
#include <myelin/endpoint.h>
#include <myelin/frame.h>
#include <myelin/idl/fault_types.h>
#include <myelin/idl/process_types.h>
#include <myelin/idl/share_types.h>
#include <myelin/idl/untyped_types.h>

#include "../example.h"

#define PAGE 4096

struct share {
    cap_t frame;     /* with all rights: ours */
    cap_t read_only; /* what a client gets a copy of */
    volatile int *value;
};

static void make_page(struct share *share)
{
    void *page;

    must("a frame", frame_allocate(PAGE, &share->frame));
    must("mapping", frame_attach(share->frame, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE, &page));
    must("deriving", cap_derive(share->frame, CAP_RIGHTS_READ, &share->read_only));
    share->value = page;
    *share->value = 42;
}

/* Answers one request; 0 after the last one that the reader will make. */
static int serve(struct share *share, cap_t endpoint)
{
    struct share_request request;
    struct share_response response = {.error = SUCCESS, .size = PAGE};
    cap_t reply;

    must("receiving", ipc_receive(endpoint, &request, sizeof(request), &reply, NULL));
    if (request.label == SHARE_LABEL_GET) {
        ipc_reply_with_cap(reply, &response, sizeof(response), share->read_only);
        return 1;
    }
    *share->value += 1;
    ipc_reply(reply, &response.error, sizeof(response.error));
    return 0;
}

int main(void)
{
    struct share share;
    struct process_status status;
    cap_t endpoint, reader;

    make_page(&share);
    must("an endpoint", endpoint_create("share", UNTYPED_ENDPOINT_CALL_ONLY, &endpoint));
    reader = start_partner("/bin/share-reader", "share", endpoint, CLIENT_RIGHTS);
    while (serve(&share, endpoint))
        ;
    must("waiting", process_wait(reader, &status));
    printf("the reader %s; the value is still %d\n",
           status.fault == FAULT_LABEL_PAGE ? "was stopped by a page fault" : "was not stopped",
           *share.value);
    process_release(reader);
    return status.fault == FAULT_LABEL_PAGE ? 0 : 1;
}
