/*
 * remap.c - shows page remapping: a page of 4 KiB goes from this address space to another in one
 * message, without a copy. When the receiver has it, it is gone here.
 */
#include <string.h>

#include <myelin/endpoint.h>
#include <myelin/frame.h>
#include <myelin/idl/remap.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/vspace.h>

#include "../example.h"

int main(void)
{
    struct frame_info info;
    cap_t endpoint, taker, frame;
    void *page;

    must("an endpoint", endpoint_create("remap", UNTYPED_ENDPOINT_CALL_ONLY, &endpoint));
    taker = start_partner("/bin/remap-taker", "remap", endpoint, SERVER_RIGHTS);
    must("a frame", frame_allocate(REMAP_PAGE_BYTES, &frame));
    must("mapping", frame_attach(frame, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE, &page));
    strcpy(page, "written by the giver");

    must("giving the page", remap_take(endpoint, frame));
    vspace_unreserve((uint64_t)page); /* unmapped it is already */
    printf("here the page is gone: %s\n", error_name(frame_inspect(frame, &info)));

    must("asking for it back", remap_give_back(endpoint, &frame));
    must("mapping", frame_attach(frame, CAP_RIGHTS_READ, &page));
    printf("it is back, with: %s\n", (const char *)page);
    process_release(taker);
    return 0;
}
