/* granter.c - a process that grants memory to a suite, and does what it is asked. */
#include "granter.h"

#include <myelin/idl/vspace.h>

#include "systest.h"

struct granter granter;

error_t granter_sees(void)
{
    return granter_look(granter.front, &granter.sum, &granter.byte_5, &granter.borrowed);
}

error_t granter_start(void)
{
    char *arguments[] = {"/bin/granter", NULL};
    error_t error = process_prepare(arguments[0], arguments, NULL, &granter.process);

    granter.front = make_call_only();
    if (!error)
        error = process_give(granter.process, "front", granter.front,
                             CAP_DERIVE | CAP_RIGHTS_RECV | CAP_RIGHTS_GRANT);
    if (!error)
        error = process_start(granter.process);
    if (!error)
        error = granter_memory(granter.front, &granter.grant);
    return error ? error : granter_sees();
}

void granter_stop(void)
{
    process_release(granter.process);
}

error_t granter_grant_untouched(void *base, size_t length, uint32_t rights, cap_t *grant)
{
    return vspace_grant(startup_cap("vspace"), (uint64_t)base, length, rights, grant);
}
