/*
 * remap-taker.c - takes the page that remap.c gives away, maps it, writes into it, and gives it
 * back.
 */
#include <stdio.h>
#include <string.h>

#include <myelin/frame.h>
#include <myelin/idl/remap_server.h>
#include <myelin/startup.h>
#include <myelin/vspace.h>

static cap_t frame = CAP_NULL;
static char *address;

error_t remap_handle_take(struct idl_request *request, cap_t page)
{
    error_t error;

    if (frame != CAP_NULL)
        return idl_deny(request, EBUSY, ARGUMENT_CAP(0));
    error = frame_attach(page, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE, (void **)&address);
    if (error)
        return error;
    frame = page;
    printf("the taker finds: %s\n", address);
    fflush(stdout);
    strcpy(address, "an answer from the taker");
    return SUCCESS;
}

/* The answer is given here, and not by the loop, to see that the page has gone. */
error_t remap_handle_give_back(struct idl_request *request, cap_t *page)
{
    error_t error;

    (void)page;
    if (frame == CAP_NULL)
        return ENOENT;
    error = remap_answer_give_back(request->reply, frame); /* which unmaps it here */
    if (error)
        return error;
    vspace_unreserve((uint64_t)address);
    frame = CAP_NULL;
    return IDL_LATER;
}

int main(void)
{
    remap_serve(startup_cap("remap"));
    return 1;
}
