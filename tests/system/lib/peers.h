/*
 * peers.h - what suites and the programs that they start agree on: relay.c, ring-peer.c.
 */
#pragma once

#include <myelin/abi.h>

#define RELAY_FILL      LABEL(0x1fe, 1) /* lease 0, for writing: filled with relay_byte */
#define RELAY_SUM       LABEL(0x1fe, 2) /* lease 0, for reading. out: the sum of its bytes */
#define RELAY_BYTES_MAX (128u << 10)

#define RING_PEER_CAPACITY 4 /* of the ring that ring-peer.c joins */

static inline unsigned char relay_byte(size_t i)
{
    return (unsigned char)(i * 7 + (i >> 8) + 1);
}
