/*
 * ioport.h - I/O ports. Ports are absolute; width is 1, 2 or 4 bytes.
 */
#pragma once

#include <myelin/abi.h>
#include <myelin/errors.h>

error_t ioport_in(cap_t ports, unsigned port, unsigned width, uint32_t *value);
error_t ioport_out(cap_t ports, unsigned port, unsigned width, uint32_t value);
