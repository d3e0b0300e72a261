/*
 * notification.c - making notifications, and capabilities to them.
 */
#include <myelin/endpoint.h>
#include <myelin/notification.h>

#include "internal.h"

error_t notification_create(const char *name, cap_t *notification)
{
    return library_retype(OBJECT_NOTIFICATION, 0, name, notification);
}

/* The kernel mints notifications and endpoints by the same method. */
error_t notification_mint(cap_t notification, uint64_t bits, cap_t *minted)
{
    return endpoint_mint_rights(notification, bits, CAP_RIGHTS_SEND, minted);
}
