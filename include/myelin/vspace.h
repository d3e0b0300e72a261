/*
 * vspace.h - address spaces.
 *
 * Frames are mapped by the functions of frame.h. Of <myelin/idl/vspace.h>:
 *   vspace_give(vspace, untyped)     the pages of `untyped` become page tables; it is used up
 *                                    until the VSpace dies
 *   vspace_inspect(vspace, &info)
 */
#pragma once

#include <stddef.h>

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/idl/vspace.h>

/* The addresses that this library picks for frame_attach, thread_spawn and mmap of Frames lie
   here; a memory server places nothing of its own between them. */
#define VSPACE_WINDOW_BASE 0x200000000000ull
#define VSPACE_WINDOW_END  0x300000000000ull

/* The process's own: the startup capability "vspace". */
cap_t vspace_self(void);
error_t vspace_create(cap_t untyped, const char *name, cap_t *vspace);

/* Addresses of the window: a free range of whole pages, aligned to `alignment` (a power of two),
   and its return. Nothing is mapped. ENOMEM: 256 ranges are in use. */
error_t vspace_reserve(size_t size, size_t alignment, uint64_t *address);
void vspace_unreserve(uint64_t address);
