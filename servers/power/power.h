/* power.h - the capabilities and ports by which the machine is switched off. */
#pragma once

#include <myelin/abi.h>

#define POWER_KEYBOARD_PORT 0x64 /* as the reset port: the keyboard controller resets */

struct power {
    cap_t pm, debug_port, reset;
    unsigned pm_port, reset_port;
};

extern struct power power;
