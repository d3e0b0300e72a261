/*
 * memorygrant.h - memory that is lent for longer than one call: a capability for a range of one's
 * addresses, through which its holder copies, or which it maps.
 *
 * A grant is for addresses, not for pages: it reaches what lies there when it is used. It may be
 * copied to others, in messages, and made smaller (cap_derive, and cap_derive_range, which takes
 * bytes). All of it ends with the process that made it, or by grant_end. Idea: MINIX's safecopies.
 */
#pragma once

#include <stddef.h>

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/objects.h>

struct grant_info {
    uint64_t length; /* bytes */
    uint32_t rights; /* CAP_RIGHTS_READ, CAP_RIGHTS_WRITE: what its holder may do */
    uint64_t space;  /* the same for all grants of one address space */
};

/* Grants `length` bytes, at least 1, of this process's memory. Its pages are touched first, so that
   a holder finds them there. */
error_t grant_create(void *base, size_t length, uint32_t rights, cap_t *grant);
/* Touches the pages of a range that was granted, of which a holder was told EFAULT. */
void grant_touch(void *base, size_t length, uint32_t rights);
/* Ends the grant: whoever has a copy of it has nothing any more (ESTALE), and what was mapped of it
   is taken away. ENOENT: it is another process's. */
error_t grant_end(cap_t grant);

/* ---- for its holder ---- */

/* Copies out of, or into, the range. ERANGE: beyond its end. EPERM: not granted for that. EFAULT: a
   page of the granter's is not there; ipc_error_detail()->found bytes were copied. ESTALE: it has
   ended. Neither waits for the granter. */
error_t grant_read(cap_t grant, uint64_t offset, void *buffer, size_t length);
error_t grant_write(cap_t grant, uint64_t offset, const void *buffer, size_t length);
error_t grant_inspect(cap_t grant, struct grant_info *info);
/* Maps a grant of whole pages; *address is where, until process_unmap. The pages are the granter's
   own, as he has them, until he ends the grant, unmaps or protects a part of that memory, or dies:
   then, and where he has none to give, they are zeros of this process's own, so nobody faults for
   what another did. EINVAL: no whole pages. EPERM: not granted for that; a mapping can always be
   read. ENOENT: it is not of a process, or there is no memory server. EFAULT: it is not all memory
   that the granter himself was given by the server, and may use so. */
error_t grant_map(cap_t grant, uint32_t rights, void **address);
