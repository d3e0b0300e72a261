/*
 * breaker.c - asks the checked kernel to break its own state, so that a test sees it told, or to
 * look at it at each entry: breaker each|count|rights|time|queue
 * (kernel/arch/x86_64/checked/doors.c). Any other kernel takes it for a system call that there is
 * not.
 */
#include <string.h>

#include <myelin/syscall.h>

#define FIRST 0x6b630000

int main(int argc, char **argv)
{
    static const char *const what[] = {"each", "count", "rights", "time", "queue"};
    struct ipc_registers r = {0};

    for (unsigned i = 0; argc == 2 && i < sizeof(what) / sizeof(what[0]); i++)
        if (!strcmp(argv[1], what[i]))
            r.tag = FIRST + i;
    if (!r.tag)
        return 2;
    ipc_enter(&r);
    return 0;
}
