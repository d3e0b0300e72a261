/*
 * peers.h - what suites and the programs that they start agree on beside their interfaces: relay.c,
 * ring-peer.c, granter.c.
 */
#pragma once

#include <stddef.h>

#define RELAY_BYTES        (128u << 10) /* that a relay takes at most */
#define RING_PEER_CAPACITY 4            /* of the ring that ring-peer.c joins */

/* What is at this place of memory that was granted or filled. */
#define CROWD          10000 /* threads of crowd.c */
#define CROWD_PRIORITY 20    /* its own */
#define CROWD_MEMORY   (64ull << 20)

static inline unsigned char relay_byte(size_t i)
{
    return (unsigned char)(i * 7 + (i >> 8) + 1);
}
