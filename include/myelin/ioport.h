/*
 * ioport.h - I/O ports, by the functions of <myelin/idl/ioport.h>:
 *
 *   ioport_in(ports, port, width, &value)    reads (right: Read)
 *   ioport_out(ports, port, width, value)    writes (right: Write)
 *   ioport_out_bytes(ports, port, count, bytes)   1 to 16 bytes to one port, in turn (Write)
 *
 * Ports are absolute; width is 1, 2 or 4 bytes. ERANGE: the port lies outside of the range.
 */
#pragma once

#include <myelin/idl/ioport.h>
