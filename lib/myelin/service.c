/*
 * service.c - publishing a service, and finding one.
 */
#include <myelin/idl/connection.h>
#include <myelin/idl/names.h>
#include <myelin/service.h>

#include "internal.h"

#define CLIENT_RIGHTS (CAP_RIGHTS_SEND | CAP_RIGHTS_CALL | CAP_RIGHTS_GRANT)

error_t service_publish(const char *name, cap_t cap)
{
    cap_t names = startup_cap("names");

    return names ? names_publish(names, name, cap, CAP_DERIVE | CLIENT_RIGHTS)
                 : library_error(ENOENT);
}

static error_t lookup(const char *name, enum names_kind kind, cap_t *found)
{
    cap_t names = startup_cap("names");

    return names ? names_lookup(names, name, kind, found) : library_error(ENOENT);
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
    cap_t connection;
    error_t error = service_lookup(name, &connection);

    if (error)
        return error;
    error = connection_connect(connection, session);
    cap_delete(connection);
    return error;
}
