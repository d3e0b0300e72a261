/*
 * power.h - switch the machine off, by a session of the power service.
 */
#pragma once

#include <myelin/abi.h>
#include <myelin/errors.h>

/* Returns only if it failed. `status` is what the host's emulator exits with. */
error_t power_off(cap_t power, int status);
error_t power_reboot(cap_t power);
