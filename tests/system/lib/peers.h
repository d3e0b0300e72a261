/*
 * peers.h - what suites and the programs that they start agree on: relay.c, ring-peer.c,
 * granter.c.
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

/* What granter.c is told by the answers to its calls. */
enum granter_order {
    GRANTER_EXIT,
    GRANTER_LOOK,   /* call again, with the grant */
    GRANTER_CLEAR,  /* its memory to zeros */
    GRANTER_UNMAP,  /* its memory, but for the first page */
    GRANTER_END,    /* its grant; from then on it sends none */
    GRANTER_BORROW, /* map the grant that comes with the order */
    GRANTER_MARK,   /* write 'b' into each page of what was mapped so */
};

#define GRANTER_BYTES (64u << 10)
