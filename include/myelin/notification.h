/*
 * notification.h - notifications: one word of bits that are set and waited for.
 *
 * Setting, waiting and polling are ipc_notify, ipc_wait_notification and ipc_poll_notification
 * of ipc.h. Of <myelin/idl/notification.h>:
 *   notification_set_timer(notification, time, bits)   sets `bits` at `time` (ns, absolute, as
 *                                                      clock_now); 0 disarms. One timer each.
 */
#pragma once

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/idl/notification.h>

/* A new notification from the startup Untyped "memory". */
error_t notification_create(const char *name, cap_t *notification);
/* A capability (right: Send) that can set just `bits`. */
error_t notification_mint(cap_t notification, uint64_t bits, cap_t *minted);
