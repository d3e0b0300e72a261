/*
 * main.c - the process server: starts programs, serves their pages, ends them.
 *
 * It is passive: it works on its callers' time. And it calls the kernel alone, never another
 * server, so everybody can be paged from here without a circle.
 */
#include <string.h>
#include <sys/auxv.h>

#include <myelin/cap.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/ipc.h>
#include <myelin/log.h>
#include <myelin/startup.h>
#include <myelin/thread.h>
#include <myelin/untyped.h>

#include "process.h"

struct server server;

/* Root gives the memory of all processes as capabilities "pool", any number of them. */
static void add_pools(void)
{
    const struct startup *startup = (const struct startup *)getauxval(AT_MYELIN);

    for (uint64_t i = 0; startup && i < startup->count; i++) {
        struct untyped_info info;

        if (strncmp(startup->caps[i].name, "pool", OBJECT_NAME_BYTES) == 0 &&
            untyped_inspect(startup->caps[i].cap, &info) == SUCCESS)
            memory_add(startup->caps[i].cap, (unsigned)__builtin_ctzll(info.size));
    }
}

int main(void)
{
    server.service = startup_cap("service");
    server.cpu = startup_cap("cpu");
    add_pools();
    table_init();
    thread_bind_endpoint(startup_cap("thread"), server.service);
    log_line("process: %lu KiB for processes", memory_total() >> 10);
    return serve();
}
