/*
 * frame.h - page frames: allocate, map, share.
 *
 * A Frame capability holds at most one mapping; deleting or moving it unmaps. To map memory
 * twice, or elsewhere with less rights, derive a second capability (cap_derive).
 *
 * Of <myelin/idl/frame.h>: frame_inspect(frame, &info); frame_physical(frame, &address, &size),
 * where it lies in the machine's memory (right: Dma).
 */
#pragma once

#include <stddef.h>

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/idl/frame.h>
#include <myelin/objects.h>

/* A zeroed frame of 4096 bytes or 2 MiB from the startup Untyped "memory". EINVAL: another size. */
error_t frame_allocate(size_t size, cap_t *frame);
/* Maps at `address`, a multiple of the frame's size. `vspace` CAP_NULL: the process's own.
   ENOMEM: it lacks page tables (vspace_give). */
error_t frame_map(cap_t vspace, cap_t frame, uint64_t address, uint32_t rights);
/* ENOENT: it is not mapped there. */
error_t frame_unmap(cap_t vspace, cap_t frame);
/* Changes the rights of the mapping, within the capability's. */
error_t frame_protect(cap_t vspace, cap_t frame, uint32_t rights);

/* Maps into the process's own space at an address that the library picks, supplying page tables
   from "memory" if need be; frame_detach unmaps it and frees the address. */
error_t frame_attach(cap_t frame, uint32_t rights, void **address);
error_t frame_detach(cap_t frame);
/* The same at an address that the caller has (vspace_reserve). */
error_t frame_attach_at(cap_t frame, uint32_t rights, uint64_t address);
