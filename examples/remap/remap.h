/*
 * remap.h - the requests of this example's server, which takes a page and gives it back.
 */
#pragma once

#include <myelin/abi.h>

/* TAKE in: cap 0, a Frame, moved. GIVE_BACK out: cap 0, the same Frame, moved. */
#define REMAP_TAKE      LABEL(0x1008, 1)
#define REMAP_GIVE_BACK LABEL(0x1008, 2)

#define REMAP_PAGE 4096
