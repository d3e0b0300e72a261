/*
 * channel.c - making channels, and capabilities to them.
 */
#include <myelin/channel.h>
#include <myelin/endpoint.h>

#include "internal.h"

error_t channel_create(const char *name, unsigned capacity, unsigned words, unsigned caps,
                       cap_t *channel)
{
    if (words > 0xff || caps > 0xff)
        return library_error(ERANGE); /* it would not fit into its place in the size */
    return library_retype(OBJECT_CHANNEL, CHANNEL_SIZE(capacity, words, caps), name, channel);
}

error_t channel_mint(cap_t channel, uint64_t badge, cap_t *minted)
{
    return endpoint_mint_rights(channel, badge, CAP_RIGHTS_SEND | CAP_RIGHTS_GRANT, minted);
}

error_t channel_mint_post_cap(cap_t endpoint, uint64_t badge, cap_t *minted)
{
    return endpoint_mint_rights(endpoint, badge,
                                CAP_RIGHTS_CALL | CAP_RIGHTS_POST | CAP_RIGHTS_GRANT, minted);
}
