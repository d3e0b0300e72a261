/*
 * client.h - what A does in all three cases: starts B, grants it memory, calls, ends the grant.
 */
#pragma once

#include <myelin/endpoint.h>
#include <myelin/idl/grants.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/memorygrant.h>

#include "../example.h"

/* B, its endpoint, and a grant of memory for it. */
struct granting {
    cap_t server, endpoint, grant;
};

/* Starts B, and makes a grant of those bytes that has just these rights. */
static inline struct granting grants_begin(void *base, size_t length, uint32_t rights)
{
    struct granting granting;

    must("an endpoint", endpoint_create("grants", UNTYPED_ENDPOINT_CALL_ONLY, &granting.endpoint));
    granting.server =
        start_partner("/bin/grants-server", "grants", granting.endpoint, SERVER_RIGHTS);
    must("a grant", grant_create(base, length, rights, &granting.grant));
    return granting;
}

static inline void grants_finish(const struct granting *granting)
{
    must("ending the grant", grant_end(granting->grant));
    process_release(granting->server);
}
