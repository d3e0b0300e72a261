/*
 * connect.c - how a service answers who connects: it serves connection.idl beside its own
 * interface.
 *
 * Apart from service.c, so that a program may also serve that interface in a way of its own.
 */
#include <myelin/endpoint.h>
#include <myelin/idl/connection_server.h>
#include <myelin/service.h>

#include "internal.h"

error_t connection_handle_connect(struct idl_request *request, cap_t *session)
{
    const struct library_connecting *connecting = library_state()->connecting;

    (void)request;
    return endpoint_mint(connecting->endpoint, connecting->badge, session);
}

void service_answer_connect(cap_t endpoint, uint64_t badge, struct message *message)
{
    const struct library_connecting connecting = {endpoint, badge};

    library_state()->connecting = &connecting;
    connection_dispatch(message);
    library_state()->connecting = NULL;
}
