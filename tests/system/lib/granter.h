/*
 * granter.h - a process that grants memory to a suite, and does what it is asked (granter.c of the
 * folder above; granter.idl).
 */
#pragma once

#include <myelin/idl/granter.h>
#include <myelin/ipc.h>

#include "peers.h"

/* The granter, where it is asked, what it granted, and what it saw last. */
extern struct granter {
    cap_t process, front, grant;
    uint64_t sum, byte_5, borrowed;
} granter;

/* Starts it, and has a first look. */
error_t granter_start(void);
/* Has it look at its memory, and at what it has borrowed. */
error_t granter_sees(void);
/* Ends it. */
void granter_stop(void);

/* Grants memory of this process without touching it first. */
error_t granter_grant_untouched(void *base, size_t length, uint32_t rights, cap_t *grant);
