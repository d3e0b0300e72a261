/*
 * endpoint.h - endpoints: where servers receive and clients call.
 */
#pragma once

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/objects.h>

/* A new endpoint from the startup Untyped "memory"; `kind` is UNTYPED_ENDPOINT_OPEN or
   UNTYPED_ENDPOINT_CALL_ONLY. *endpoint has all rights and owns it. */
error_t endpoint_create(const char *name, unsigned kind, cap_t *endpoint);

/* A capability for a client: Call and Grant, and the badge, not 0, that its messages will bear. */
error_t endpoint_mint(cap_t endpoint, uint64_t badge, cap_t *minted);
/* The same with Send and Grant instead, on an open endpoint. */
error_t endpoint_mint_send_cap(cap_t endpoint, uint64_t badge, cap_t *minted);
/* The same with just `rights`. */
error_t endpoint_mint_rights(cap_t endpoint, uint64_t badge, uint32_t rights, cap_t *minted);
