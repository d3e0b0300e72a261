/*
 * main.c - the name server: publish a service under a name, look one up.
 *
 * It never calls a service, so no service can delay it. Nobody connects: who holds a capability to
 * names has the badge that root gave it.
 */
#include <myelin/idl/names_server.h>
#include <myelin/startup.h>
#include <myelin/thread.h>

#include "table.h"

struct names_table names_table;

int main(void)
{
    cap_t endpoint = startup_cap("service");
    error_t error;

    if (!endpoint)
        return ENOENT;
    error = thread_bind_endpoint(thread_self(), endpoint);
    return error ? error : names_serve(endpoint);
}
