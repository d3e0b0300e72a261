/*
 * grants.h - the requests of this example's server B: what goes with them, or comes back, is more
 * than the 56 bytes that a message has in registers, so the client A grants it memory.
 */
#pragma once

#include <myelin/abi.h>

/* COUNT in: cap 0, a MemoryGrant (Read) of a text. out: how many words it has. */
#define GRANTS_COUNT LABEL(0x1007, 1)
/* FETCH in: cap 0, a MemoryGrant (Write). out: how many bytes of a poem were written there. */
#define GRANTS_FETCH LABEL(0x1007, 2)
/* SHOUT in: cap 0, a MemoryGrant (Read and Write) of a text, which B makes upper case. */
#define GRANTS_SHOUT LABEL(0x1007, 3)

#define GRANTS_TEXT_MAX 1024
