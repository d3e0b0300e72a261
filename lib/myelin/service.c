/*
 * service.c - names, connections, and a server's loop.
 */
#include <myelin/endpoint.h>
#include <myelin/idl/connection_types.h>
#include <myelin/idl/names_types.h>
#include <myelin/service.h>

#include "internal.h"

#define CLIENT_RIGHTS (CAP_RIGHTS_SEND | CAP_RIGHTS_CALL | CAP_RIGHTS_GRANT)

error_t service_publish(const char *name, cap_t cap)
{
    cap_t names = startup_cap("names");
    struct message message;

    if (!names)
        return library_error(ENOENT);
    REQUEST(&message, NAMES_LABEL_PUBLISH);
    message_put_name(&message, name);
    message_put_cap(&message, cap, CAP_DERIVE | CLIENT_RIGHTS);
    return message_invoke(names, &message);
}

static error_t lookup(const char *name, unsigned kind, cap_t *found)
{
    cap_t names = startup_cap("names");
    struct message message;

    if (!names)
        return library_error(ENOENT);
    REQUEST(&message, NAMES_LABEL_LOOKUP);
    message_put_name(&message, name);
    message_put(&message, kind);
    return library_call_for_cap(names, &message, found);
}

error_t service_lookup(const char *name, cap_t *connect)
{
    return lookup(name, NAMES_ENDPOINT, connect);
}

error_t service_lookup_notification(const char *name, cap_t *notification)
{
    return lookup(name, NAMES_NOTIFICATION, notification);
}

error_t service_connect(const char *name, cap_t *session)
{
    struct message message;
    cap_t connect;
    error_t error = service_lookup(name, &connect);

    if (error)
        return error;
    REQUEST(&message, CONNECTION_LABEL_CONNECT);
    error = library_call_for_cap(connect, &message, session);
    cap_delete(connect);
    return error;
}

void service_answer_connect(cap_t endpoint, uint64_t badge, struct message *message)
{
    error_t error = message->sender_accept ? SUCCESS : ENOSPC;
    cap_t session;

    if (!error)
        error = endpoint_mint(endpoint, badge, &session);
    message_begin(message, (uint32_t)error);
    if (!error)
        message_put_cap(message, session, CAP_MOVE);
}

error_t service_run(cap_t endpoint, service_handler *handler)
{
    struct message message = {0};
    uint64_t badge = 0;
    error_t error;

    for (;;) {
        message.accept = 0;
        error = message_reply_receive(endpoint, &message);
        if (error)
            return error;
        if (message.origin == ORIGIN_CALL && message.label == CONNECTION_LABEL_CONNECT)
            service_answer_connect(endpoint, ++badge, &message);
        else
            handler(&message);
    }
}
