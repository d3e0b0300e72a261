/*
 * pages.h - addresses for what the tests map, with page tables that are there already: a table
 * that a test gave from its own memory would take the whole space with it when that is revoked.
 */
#pragma once

#include <myelin/abi.h>
#include <myelin/errors.h>

/* Makes the page tables, from `memory`. Once, before the first test. */
error_t pages_begin(cap_t memory);
/* All addresses are free again. */
void pages_reset(void);
/* `size` bytes, 4 KiB or 2 MiB, aligned to it, that nothing is mapped at. */
void *pages_take(uint64_t size);
/* Reads each page of the program once, so that none of them is missing later: a thread whose
   faults are watched must not fault for that. */
void pages_touch_program(void);
