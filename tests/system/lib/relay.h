/*
 * relay.h - what systest-lend asks of relay.c.
 */
#pragma once

#include <myelin/abi.h>

#define RELAY_FILL      LABEL(0x1fe, 1) /* lease 0, for writing: filled with relay_byte */
#define RELAY_SUM       LABEL(0x1fe, 2) /* lease 0, for reading. out: the sum of its bytes */
#define RELAY_BYTES_MAX (128u << 10)

static inline unsigned char relay_byte(size_t i)
{
    return (unsigned char)(i * 7 + (i >> 8) + 1);
}
