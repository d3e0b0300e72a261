/*
 * waitset.h - WaitSets: waiting for any of many endpoints, channels and notifications.
 *
 * message_receive on a WaitSet takes from whichever source has something; message->key says which
 * it was. Sources are added and removed by the generated waitset_add and waitset_remove.
 */
#pragma once

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/idl/waitset.h>

/* A new WaitSet from the startup Untyped "memory", for up to `sources` of them (1 to
   WAITSET_SOURCES_MAX). */
error_t waitset_create(const char *name, unsigned sources, cap_t *waitset);
