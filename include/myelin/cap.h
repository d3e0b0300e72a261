/*
 * cap.h - capabilities of the process's own space: derive, delete, revoke, look at; and CSpaces.
 *
 * The cap_ functions act on the caller's own space, by the startup capability "cspace". None of
 * them waits for anybody. A capability that a function gives out belongs to the caller, who
 * deletes it.
 *
 * A CSpace's own methods are the functions of <myelin/idl/cspace.h>. For other spaces than one's
 * own these are of use:
 *   cspace_insert(cspace, cap, how, &handle)   puts `cap` into the space (right: Write); `how` is
 *                                              CAP_COPY, CAP_MOVE, or CAP_DERIVE | rights; the
 *                                              handle is the one that it has there
 *   cspace_statistics(cspace, &slots, &used)   how many slots it has, and how many are used
 *   cspace_compare(cspace_self(), cap, other, &same, &badge)   whether both name the same object
 *   cspace_grow(cspace, untyped)               doubles the slots; `untyped` is used up
 */
#pragma once

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/idl/cspace.h>
#include <myelin/objects.h>

/* What a slot holds. */
struct cap_info {
    cap_t cap;       /* its handle, in the space that was asked */
    uint32_t type;   /* enum object_type */
    uint32_t rights; /* CAP_RIGHTS_... */
    uint64_t badge;
    char name[OBJECT_NAME_BYTES + 1];
    uint64_t size;  /* bytes of a Frame or Untyped; else the range, as the kernel packs it */
    uint32_t owner; /* 1: the object dies with this capability */
};

/* A capability to the same object with `rights` of those that `cap` has. */
error_t cap_derive(cap_t cap, uint32_t rights, cap_t *derived);
/* The same for a part: bytes of a Frame, lines of an Irq, ports of an IoPort. */
error_t cap_derive_range(cap_t cap, uint32_t rights, uint64_t offset, uint64_t length,
                         cap_t *derived);
/* Frees the slot; the object dies if it is the owner capability, and a Reply drops its call. */
error_t cap_delete(cap_t cap);
/* Deletes everything derived, minted or copied from `cap`, wherever it is. `cap` stays. */
error_t cap_revoke(cap_t cap);
/* Turns the reply token of this thread's current call into a Reply capability, to be answered
   later, once, also by another thread (message_reply, with it in message->reply). The token is
   void then. A Reply that answers ESTALE has lost its caller: delete it. */
error_t cap_reply_save(cap_t token, cap_t *reply);
/* The first used slot at or after `index` (0 at first, then the handle's index + 1). ENOENT past
   the last. CAP_NULL: the process's own space. */
error_t cap_inspect(cap_t cspace, uint64_t index, struct cap_info *info);

/* The process's own space: the startup capability "cspace". */
cap_t cspace_self(void);
/* A new space of 2^slots_log2 slots (6..24) from `untyped`. */
error_t cspace_create(cap_t untyped, unsigned slots_log2, const char *name, cap_t *cspace);

/* A file descriptor for one mmap() of the Frame `cap`: mmap(NULL, size, PROT_READ, MAP_SHARED,
   cap_fd(cap), 0). The mmap uses it up; munmap unmaps the Frame and leaves the capability.
   -1: 16 are waiting for their mmap already. In libposix. */
int cap_fd(cap_t cap);
