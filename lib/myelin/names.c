/*
 * names.c - what tools and the root task say to `names`: who is there, who may do what.
 */
#include <myelin/idl/names_types.h>
#include <myelin/service.h>

#include "internal.h"

error_t service_list(unsigned index, char *name, unsigned *kind)
{
    cap_t names = startup_cap("names");
    struct message message;
    error_t error;

    if (!names)
        return library_error(ENOENT);
    REQUEST(&message, NAMES_LABEL_LIST, index);
    error = message_invoke(names, &message);
    if (error)
        return error;
    message_get_name(&message, 0, name);
    *kind = (unsigned)message.words[2];
    return SUCCESS;
}

error_t service_allow(cap_t names, uint64_t client, const char *name, unsigned permission)
{
    struct message message;

    REQUEST(&message, NAMES_LABEL_ALLOW, client);
    message_put_name(&message, name);
    message_put(&message, permission);
    return message_invoke(names, &message);
}
