/*
 * membrane-client.c - maps a frame, shares it with another program, protects and unmaps it.
 */
#include "membrane.h"

static void share(cap_t frame)
{
    struct process_status status;
    cap_t reader;

    fflush(stdout);
    reader = start_inside("/bin/membrane-reader", startup_cap("membrane"), frame);
    must("waiting", process_wait(reader, &status));
    process_release(reader);
}

static void use(cap_t space, cap_t frame)
{
    volatile int *value = map(space, frame, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE);
    struct frame_info info;

    *value = 42;
    printf("  the client maps the frame and writes %d\n", *value);
    share(frame);
    must("protecting", frame_protect(space, frame, CAP_RIGHTS_READ));
    must("inspecting", frame_inspect(frame, &info));
    printf("  the client may now only %s, and reads %d\n",
           info.rights == CAP_RIGHTS_READ ? "read" : "do something else", *value);
    must("unmapping", frame_unmap(space, frame));
    printf("  unmapped once it is gone; a second time is %s\n",
           error_name(frame_unmap(space, frame)));
}

int main(void)
{
    cap_t frame;

    must("a frame", frame_allocate(PAGE, &frame));
    use(inside(vspace_self()), inside(frame));
    return 0;
}
