/*
 * internal.h - what the files of libmyelin share.
 */
#pragma once

#include <stdbool.h>

#include <myelin/cap.h>
#include <myelin/ipc.h>
#include <myelin/startup.h>

/* What a service is doing while it answers who connects. */
struct library_connecting {
    cap_t endpoint; /* the new capability's */
    uint64_t badge;
};

/* What the library keeps for each thread, in utcb->library. The kernel hands it out zeroed. */
struct library_state {
    struct ipc_error_detail detail;
    cap_t thread;             /* the thread's own capability; CAP_NULL: the first thread's */
    cap_t bound_notification; /* what ipc_wait_any bound */
    cap_t timer;              /* the notification that clock_sleep_until waits on */
    const struct library_connecting *connecting; /* NULL: it is not */
};

static inline struct library_state *library_state(void)
{
    return (struct library_state *)utcb_self()->library;
}

_Static_assert(sizeof(struct library_state) <= sizeof(((struct utcb *)0)->library),
               "it lies in the UTCB");

/* Notes an error that the library itself found, and returns it. */
static inline error_t library_error(error_t error)
{
    library_state()->detail = (struct ipc_error_detail){.error = error};
    return error;
}

/* The Untyped that the library makes its own objects of. */
cap_t library_memory(void);

/* Makes the pages of a buffer present, for reading or for writing, by changing nothing. */
void library_touch(const void *buffer, size_t length, uint32_t rights);

/* A new object from "memory". */
error_t library_retype(unsigned type, uint64_t size, const char *name, cap_t *object);

/* ---- message.c ---- */

/* What the kernel said (r->deadline), after a call of that label (0: no call), is kept, too. */
error_t library_status(const struct ipc_registers *r, uint32_t label);

/* ---- likewise, for the loops of generated servers, which have the registers themselves ---- */

/* Answers and receives as message_reply_receive does; what came is left in *r and the UTCB. */
error_t library_reply_receive(cap_t source, struct message *message, struct ipc_registers *r);
/* After a receive: *message is what came, or with an error nothing at all; returns `error`. */
error_t library_received(struct message *message, error_t error, const struct ipc_registers *r);
/* Of a reply_recv that failed, by the argument that the kernel named: the answer, not the receive.
   On the partner's side it is the answer only if that has no room for it. */
bool library_reply_half_failed(error_t error, uint64_t argument);
