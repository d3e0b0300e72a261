/*
 * main.c - the file server that holds its files in memory.
 *
 * ramfs [MEBIBYTES]: how much memory its files may take in all.
 */
#include <stdlib.h>

#include <myelin/clock.h>
#include <myelin/endpoint.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/service.h>
#include <myelin/thread.h>

#include "request.h"

#define MEBIBYTES_DEFAULT 32
#define MEBIBYTES_MAX     4096

struct tree tree;
cap_t files_endpoint;

static error_t publish(void)
{
    error_t error = endpoint_create("ramfs", UNTYPED_ENDPOINT_CALL_ONLY, &files_endpoint);

    if (!error)
        error = thread_bind_endpoint(thread_self(), files_endpoint);
    return error ? error : service_publish("ramfs", files_endpoint);
}

int main(int argc, char **argv)
{
    unsigned long mebibytes = argc > 1 ? strtoul(argv[1], NULL, 0) : MEBIBYTES_DEFAULT;
    error_t error;

    if (mebibytes == 0 || mebibytes > MEBIBYTES_MAX)
        return EINVAL;
    tree.now = clock_now();
    error = tree_create(&tree, (uint64_t)mebibytes << 20);
    if (!error)
        error = publish();
    return error ? error : fs_serve(files_endpoint);
}
