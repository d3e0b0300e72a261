/*
 * notification.c - making notifications, and their timer.
 */
#include <myelin/endpoint.h>
#include <myelin/idl/notification_types.h>
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

error_t notification_set_timer(cap_t notification, uint64_t time, uint64_t bits)
{
    struct message message;

    REQUEST(&message, NOTIFICATION_LABEL_SET_TIMER, time, bits);
    return message_invoke(notification, &message);
}
