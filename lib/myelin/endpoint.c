/*
 * endpoint.c - making endpoints, and capabilities to them.
 */
#include <myelin/cap.h>
#include <myelin/endpoint.h>

#include "internal.h"

error_t endpoint_create(const char *name, unsigned kind, cap_t *endpoint)
{
    return library_retype(OBJECT_ENDPOINT, kind, name, endpoint);
}

error_t endpoint_mint_rights(cap_t endpoint, uint64_t badge, uint32_t rights, cap_t *minted)
{
    return cspace_mint(cspace_self(), badge, rights, endpoint, minted);
}

error_t endpoint_mint(cap_t endpoint, uint64_t badge, cap_t *minted)
{
    return endpoint_mint_rights(endpoint, badge, CAP_RIGHTS_CALL | CAP_RIGHTS_GRANT, minted);
}

error_t endpoint_mint_send_cap(cap_t endpoint, uint64_t badge, cap_t *minted)
{
    return endpoint_mint_rights(endpoint, badge, CAP_RIGHTS_SEND | CAP_RIGHTS_GRANT, minted);
}
