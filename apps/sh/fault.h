/*
 * fault.h - says in words why a program could not go on.
 */
#pragma once

#include <myelin/idl/process_types.h>
#include <myelin/process.h>

#define FAULT_TEXT_BYTES 160

/* "write to 0x0 at ip 0x201234: no page there (a null pointer)" into text[FAULT_TEXT_BYTES].
   `status` is that of a process that faulted. */
void fault_text(const struct process_status *status, char *text);
