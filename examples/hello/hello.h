/*
 * hello.h - what the hello server understands. Both sides include it.
 */
#pragma once

/* GREET in: the bytes of a name. out: length, the bytes of a greeting. Interfaces from 0x400 on
   are free for programs of one's own. */
#define HELLO_GREET      LABEL(0x1000, 1)
#define HELLO_NAME_BYTES 64
