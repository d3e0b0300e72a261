/*
 * granter.h - a process that grants memory to a suite, and does what it is told (granter.c of the
 * folder above).
 */
#pragma once

#include <myelin/ipc.h>

#include "peers.h"

/* The granter, what it granted, and its call that waits for the next order: word 0 is the sum of
   its bytes, word 1 its byte 5, word 2 the sum of what it has borrowed. */
extern struct granter {
    cap_t process, front, grant;
    struct message call;
} granter;

error_t granter_start(void);
/* Orders, with a copy of a capability or CAP_NULL, and waits until it is done. */
error_t granter_order(enum granter_order what, cap_t cap);
/* Ends it. */
void granter_stop(void);

/* Grants memory of this process without touching it first. */
error_t granter_grant_untouched(void *base, size_t length, uint32_t rights, cap_t *grant);
