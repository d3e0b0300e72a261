/* fuzz_names.c - names under the fuzzer, with its own handlers. */
#include <fuzz.h>

#include <myelin/idl/names_server.h>

#include "servers/names/table.h"

struct names_table names_table;

void fuzz_begin(void)
{
    memset(&names_table, 0, sizeof(names_table));
}

void fuzz_end(void)
{
    for (unsigned i = 0; i < names_table.service_count; i++)
        fuzz_expect(fuzz_holds(names_table.services[i].cap));
}

void fuzz_serve(struct message *message)
{
    names_dispatch(message);
}
