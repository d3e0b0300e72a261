/*
 * channel.h - channels: bounded queues of messages, and endpoints that have one.
 *
 * Messages go in by message_send, or by ipc_send_async, which does not wait, and come out by
 * message_receive. The methods (attach, notify_filled, notify_room, discard, statistics) are
 * the generated ones.
 */
#pragma once

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/idl/channel.h>

/* A new channel from the startup Untyped "memory", for `capacity` messages (1 to
   CHANNEL_CAPACITY_MAX) of up to `words` words (7 to 128) and `caps` capabilities (0 to 4). ERANGE:
   a number is beyond its limit. *channel has all rights and owns it. */
error_t channel_create(const char *name, unsigned capacity, unsigned words, unsigned caps,
                       cap_t *channel);
/* A capability for a client: Send and Grant, and the badge, not 0, that its messages will bear. */
error_t channel_mint(cap_t channel, uint64_t badge, cap_t *minted);
/* Of a call-only endpoint with a channel: Call, Post and Grant. So one capability serves ipc_call
   and ipc_send_async. */
error_t channel_mint_post_cap(cap_t endpoint, uint64_t badge, cap_t *minted);
