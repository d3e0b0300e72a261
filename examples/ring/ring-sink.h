/*
 * ring-sink.h - how the two sides of this example's ring find together.
 */
#pragma once

#include <stdint.h>

#include <myelin/abi.h>

/* JOIN in: cap 0, the consumer's bell (Recv). out: cap 0, the Frame of the ring; cap 1, the
   producer's bell (Recv). DONE in: how many entries came, their sum. */
#define RING_JOIN LABEL(0x1006, 1)
#define RING_DONE LABEL(0x1006, 2)

#define RING_FRAME_BYTES 4096
#define RING_CAPACITY    64
#define RING_ENTRIES     1000

/* A sample of a measurement: as many bytes as a message has in registers. */
struct sample {
    uint64_t number;
    uint64_t values[6];
};
