/*
 * idl_failing.c - the program around a generated server that always fails, for tests of clients.
 */
#include <stdio.h>

#include <myelin/endpoint.h>
#include <myelin/idl.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/service.h>

#define ERROR_NUMBERS 4096

static error_t error_of_name(const char *name)
{
    for (error_t error = 1; error < ERROR_NUMBERS; error++)
        if (strcmp(error_name(error), name) == 0)
            return error;
    return SUCCESS;
}

int idl_fail_always(const struct idl_interface *interface, error_t *failure, int argc, char **argv)
{
    const char *name = argc > 2 ? argv[2] : interface->name;
    error_t error = SUCCESS;
    cap_t endpoint;

    if (argc > 1)
        *failure = error_of_name(argv[1]);
    if (argc < 2 || argc > 3 || !*failure) {
        fprintf(stderr, "usage: %s ERROR [NAME]   (ERROR: ENOENT, EIO, ...)\n", argv[0]);
        return 2;
    }
    error = endpoint_create(interface->name, UNTYPED_ENDPOINT_CALL_ONLY, &endpoint);
    if (!error)
        error = service_publish(name, endpoint);
    if (!error)
        error = idl_serve(interface, endpoint);
    fprintf(stderr, "%s: %s\n", argv[0], error_sentence(error));
    return 1;
}
