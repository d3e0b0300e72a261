/* granter.c - a process that grants memory to a suite, and does what it is told. */
#include "granter.h"

#include <myelin/idl/vspace.h>

#include "systest.h"

struct granter granter;

static error_t next_call(void)
{
    error_t error;

    granter.call.accept = 1;
    error = message_receive(granter.front, &granter.call);
    if (!error && granter.call.cap_count)
        granter.grant = granter.call.caps[0].cap;
    return error;
}

error_t granter_start(void)
{
    char *arguments[] = {"/bin/granter", NULL};
    error_t error = process_prepare(arguments[0], arguments, NULL, &granter.process);

    granter.front = make_call_only();
    if (!error)
        error = process_give(granter.process, "front", granter.front,
                             CAP_DERIVE | CAP_RIGHTS_CALL | CAP_RIGHTS_GRANT);
    if (!error)
        error = process_start(granter.process);
    return error ? error : next_call();
}

error_t granter_order(enum granter_order what, cap_t cap)
{
    error_t error;

    message_begin(&granter.call, SUCCESS);
    message_put(&granter.call, what);
    if (cap)
        message_put_cap(&granter.call, cap, CAP_COPY);
    error = message_reply(&granter.call);
    return error ? error : next_call();
}

void granter_stop(void)
{
    process_release(granter.process);
}

error_t granter_grant_untouched(void *base, size_t length, uint32_t rights, cap_t *grant)
{
    return vspace_grant(startup_cap("vspace"), (uint64_t)base, length, rights, grant);
}
