/*
 * endpoint.c - making endpoints, and capabilities to them.
 */
#include <myelin/endpoint.h>
#include <myelin/idl/cspace_types.h>

#include "internal.h"

error_t endpoint_create(const char *name, unsigned kind, cap_t *endpoint)
{
    return library_retype(OBJECT_ENDPOINT, kind, name, endpoint);
}

error_t endpoint_mint_rights(cap_t endpoint, uint64_t badge, uint32_t rights, cap_t *minted)
{
    struct message message;

    REQUEST(&message, CSPACE_LABEL_MINT, badge, rights);
    library_argument(&message, endpoint);
    return library_call_for_cap(library_cspace(), &message, minted);
}

error_t endpoint_mint(cap_t endpoint, uint64_t badge, cap_t *minted)
{
    return endpoint_mint_rights(endpoint, badge, CAP_RIGHTS_CALL | CAP_RIGHTS_GRANT, minted);
}

error_t endpoint_mint_send_cap(cap_t endpoint, uint64_t badge, cap_t *minted)
{
    return endpoint_mint_rights(endpoint, badge, CAP_RIGHTS_SEND | CAP_RIGHTS_GRANT, minted);
}
