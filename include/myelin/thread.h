/*
 * thread.h - threads.
 *
 * The kernel's methods are the functions of <myelin/idl/thread.h>, on a Thread capability; what
 * right each needs says thread.idl:
 *   thread_configure(thread, cspace, vspace, frame, utcb)   binds spaces and the UTCB, whose page
 *                                     `frame` is mapped at `utcb` in `vspace`; only while inactive
 *   thread_start, _suspend, _resume, _cancel (thread)       cancel: its blocked operation, or its
 *                                     next, answers ECANCELED
 *   thread_read_registers(thread, &registers), thread_write_registers(thread, &registers),
 *   thread_read_vector(thread, offset, length, bytes, size, &length),
 *   thread_write_vector(thread, offset, bytes, length)      not while it runs or waits (EBUSY);
 *                                     vector: part of the XSAVE image, in multiples of 8 bytes, at
 *                                     most THREAD_VECTOR_CHUNK
 *   thread_set_handler(thread, endpoint)   gets its faults as calls; CAP_NULL: nobody
 *   thread_set_foreign(thread, entry)      where its unknown system calls go on; 0: to its handler
 *   thread_set_tls(thread, base)           the FS base of the calling thread
 *   thread_bind_notification(thread, notification)   whose bits its receives return, too; CAP_NULL:
 *                                     none. The thread itself rather calls ipc_wait_any, which
 *                                     binds, and knows what it has bound
 *   thread_bind_endpoint(thread, endpoint), thread_unbind_endpoint(thread, endpoint)
 *                                     from then on only this thread receives from it
 *   thread_follow(thread, index, endpoint, &info, endpoint_name, thread_name)   whom a call on
 *                                     the endpoint would wait for, link by link, until ENOENT
 *   thread_set_donation(thread, run_out, least_us)   what it, as a server, wants of its callers'
 *                                     time (docs/ipc.md, "Whose time")
 *   thread_watch(thread, notification)     told when the thread ends or stops
 *
 * Below are what makes these handier, and a comfortable way to have a second thread in one's own
 * process.
 */
#pragma once

#include <stddef.h>

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/idl/thread.h>

struct thread_info {
    uint32_t state;        /* enum thread_state */
    uint32_t stop_reason;  /* enum thread_stop_reason */
    uint32_t passive;      /* 1: it has no time of its own but a reserve */
    uint32_t priority;     /* of the time it runs on */
    uint64_t exit_code;    /* THREAD_EXITED; stopped by a fault: the address */
    uint64_t consumed;     /* ns, by the time it runs on */
    uint64_t own_consumed; /* ns, by its own SchedContext or reserve */
    uint64_t ip;           /* instruction pointer */
    char name[OBJECT_NAME_BYTES + 1];
    char waits_for[OBJECT_NAME_BYTES + 1];
    char runs_on[OBJECT_NAME_BYTES + 1]; /* the home of the time it runs on */
};

error_t thread_create(cap_t untyped, const char *name, cap_t *thread);
/* Ends the calling thread, not its process. */
__attribute__((noreturn)) void thread_exit_self(int code);
/* All that thread_inspect tells (right: Read). */
error_t thread_get_info(cap_t thread, struct thread_info *info);

/* The whole chain of the calling thread in words, as after EDEADLK: "a waits at x for b, b is
   served by a". It is cut to `size` bytes, the final NUL included. */
error_t thread_describe_wait(cap_t endpoint, char *text, size_t size);

/* The calling thread's own capability. */
cap_t thread_self(void);

/* ---- a second thread in one's own process ---- */

/* What thread_spawn made; thread_join takes it apart again. */
struct spawned_thread {
    cap_t thread;    /* Thread, all rights */
    cap_t exited;    /* notification: its bit 1 is set when the thread has ended */
    cap_t memory;    /* the Untyped that everything of the thread is made of */
    uint64_t region; /* its stack and UTCB */
};

/*
 * Starts run(argument) on a thread of its own, with a stack of 64 KiB between unmapped pages.
 * It runs on `time`, a SchedContext that stays the caller's, in `role` SCHEDCONTEXT_OWN or
 * SCHEDCONTEXT_RESERVE (then it is passive). It ends when `run` returns or by thread_exit_self.
 * Takes 128 KiB of "memory", which the next thread_spawn uses again after thread_join.
 *
 * It shares the C library's state (errno, too) with its maker: of the two only one at a time may
 * be in the C library. libmyelin is free of that.
 */
error_t thread_spawn(const char *name, void (*run)(void *), void *argument, cap_t time,
                     unsigned role, struct spawned_thread *spawned);
/* Waits until it has ended, or was stopped by a fault, and frees all it had. */
error_t thread_join(struct spawned_thread *spawned);
/* Frees all it had at once, wherever it is: ends it if it runs. */
error_t thread_discard(struct spawned_thread *spawned);
