/*
 * membrane-reader.c - maps the frame that it finds in its hands, and reads it.
 */
#include "membrane.h"

int main(void)
{
    cap_t space = inside(vspace_self()), frame = startup_cap("frame");
    volatile int *value = map(space, frame, CAP_RIGHTS_READ);

    printf("  the reader reads %d\n", *value);
    must("unmapping", frame_unmap(space, frame));
    return 0;
}
