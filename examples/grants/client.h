/*
 * client.h - what A does in all three cases: starts B, grants it memory, calls, ends the grant.
 */
#pragma once

#include <myelin/endpoint.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/memorygrant.h>

#include "../example.h"
#include "grants.h"

/* Calls B with a grant of those bytes that has just these rights; its result. */
static inline word_t grants_ask(uint32_t label, void *base, size_t length, uint32_t rights)
{
    struct message message;
    cap_t endpoint, server, grant;

    must("an endpoint", endpoint_create("grants", UNTYPED_ENDPOINT_CALL_ONLY, &endpoint));
    server = start_partner("/bin/grants-server", "grants", endpoint, SERVER_RIGHTS);
    must("a grant", grant_create(base, length, rights, &grant));
    message_begin(&message, label);
    message_put_cap(&message, grant, CAP_COPY);
    must("calling", message_invoke(endpoint, &message));
    must("ending the grant", grant_end(grant));
    process_release(server);
    return message.words[0];
}
