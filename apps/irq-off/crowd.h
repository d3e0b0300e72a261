/*
 * crowd.h - what the operations are done to: memory, objects, and a crowd of small threads.
 *
 * Everything is made of one Untyped, the arena. crowd_dismiss deletes it all, whoever waits where.
 */
#pragma once

#include <myelin/abi.h>
#include <myelin/errors.h>

#define MANY           1000 /* threads, capabilities, waiters */
#define CROWD_PRIORITY 30   /* above the thread that measures: who starts runs until he waits */
#define LOWER_PRIORITY 10
#define LARGE_BYTES    (1ull << LARGE_PAGE_SIZE_BITS)

/* The rest of the program's memory becomes the arena. */
error_t crowd_begin(cap_t memory);
/* Deletes all that was made of it. */
error_t crowd_dismiss(void);

/* A new object of the arena; CAP_NULL: it failed, which crowd_failed tells from then on. */
cap_t make(unsigned type, uint64_t size);
/* So many endpoints, or notifications; one block. */
cap_t make_endpoint(void);
cap_t make_notification(void);
/* Maps a new large Frame at the n-th place for those; its address. */
void *map_large(unsigned place, cap_t *frame);
/* Notes the first error of several steps; crowd_error returns it, and forgets it. */
void expect(error_t error);
error_t crowd_error(void);

/* A thread of the crowd does this; it uses no C library, and is stopped when it returns. */
typedef void role(uint64_t number);

/* Makes that many threads, not started. Their UTCBs lie in one large Frame, their stacks in
   another. `handlers`: each one's fault handler, or NULL. */
void crowd_make(unsigned count, role *role, unsigned priority, const cap_t *handlers);
void crowd_start(unsigned count);
cap_t crowd_thread(unsigned number);
cap_t crowd_utcb_frame(void);
/* Waits so long; those of lower priority run meanwhile. */
void sleep_for(uint64_t ns);

/* One system call without payload; its status. */
error_t plain(enum operation operation, cap_t handle, uint64_t deadline);
