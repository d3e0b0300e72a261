/*
 * names.c - what tools and the root task say to `names`: who is there, who may do what.
 */
#include <myelin/idl/names.h>
#include <myelin/service.h>

#include "internal.h"

error_t service_list(unsigned index, char *name, unsigned *kind)
{
    cap_t names = startup_cap("names");
    enum names_kind found;
    error_t error = names ? names_list(names, index, name, &found) : library_error(ENOENT);

    if (!error)
        *kind = found;
    return error;
}

error_t service_allow(cap_t names, uint64_t client, const char *name, unsigned permission)
{
    return names_allow(names, client, name, permission);
}
