/*
 * remap-taker.c - takes the page that remap.c gives away, maps it, writes into it, and gives it
 * back.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <myelin/frame.h>
#include <myelin/ipc.h>
#include <myelin/startup.h>
#include <myelin/vspace.h>

#include "remap.h"

static cap_t frame;
static char *page;

static error_t take(cap_t given)
{
    error_t error = frame_attach(given, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE, (void **)&page);

    if (error)
        return error;
    frame = given;
    printf("the taker finds: %s\n", page);
    fflush(stdout);
    strcpy(page, "an answer from the taker");
    return SUCCESS;
}

int main(void)
{
    static struct message message = {.accept = 1};

    while (message_reply_receive(startup_cap("remap"), &message) == SUCCESS) {
        bool give = message.label == REMAP_GIVE_BACK && frame;
        error_t error = give ? SUCCESS : EINVAL;

        if (message.label == REMAP_TAKE && message.cap_count == 1)
            error = take(message.caps[0].cap);
        message_begin(&message, (uint32_t)error);
        message.accept = 1;
        if (give) {
            message_put_cap(&message, frame, CAP_MOVE); /* which unmaps it here */
            vspace_unreserve((uint64_t)page);
            frame = CAP_NULL;
        }
    }
    return 1;
}
