/*
 * kitchen.h - what the handlers of kitchen.c noted for the tests.
 */
#pragma once

#include "kernel.h"

#define KITCHEN_SHOUT_MOST 600

extern uint64_t noted_hint;
extern char noted_shout[KITCHEN_SHOUT_MOST + 1];
extern uint64_t noted_cap_how[2]; /* type and rights of capabilities b and c of `caps` */
