/*
 * thread.h - threads.
 *
 * The first part is the kernel's methods one by one, on a Thread capability; rights are those
 * of thread.idl. The second is a comfortable way to have a second thread in one's own process.
 */
#pragma once

#include <stddef.h>

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/idl/thread_types.h>

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

/* One link of a chain of threads that wait one for the other. */
struct thread_awaited {
    uint32_t link;                        /* enum thread_link */
    uint32_t circle;                      /* 1: it is the thread that the chain began with */
    char endpoint[OBJECT_NAME_BYTES + 1]; /* where it is awaited; "": it serves the call */
    char name[OBJECT_NAME_BYTES + 1];     /* of the thread that is awaited */
};

error_t thread_create(cap_t untyped, const char *name, cap_t *thread);
/* Binds spaces and the UTCB: `frame` is mapped at utcb's page in `vspace`. Only while inactive. */
error_t thread_configure(cap_t thread, cap_t cspace, cap_t vspace, cap_t frame, uint64_t utcb);
error_t thread_start(cap_t thread);
error_t thread_suspend(cap_t thread);
error_t thread_resume(cap_t thread);
/* Its blocked operation, or its next one, answers ECANCELED. */
error_t thread_cancel(cap_t thread);
/* Ends the calling thread, not its process. */
__attribute__((noreturn)) void thread_exit(int code);

/* Not while it runs or waits (EBUSY). */
error_t thread_read_registers(cap_t thread, struct thread_registers *registers);
error_t thread_write_registers(cap_t thread, const struct thread_registers *registers);
/* `length` bytes of the XSAVE image from `offset` on: multiples of 8, some hundred at a time. */
error_t thread_read_vector(cap_t thread, size_t offset, void *bytes, size_t length);
error_t thread_write_vector(cap_t thread, size_t offset, const void *bytes, size_t length);

/* `endpoint` (right: Call) gets the thread's faults as calls; CAP_NULL: nobody. */
error_t thread_set_handler(cap_t thread, cap_t endpoint);
/* Where unknown system calls of the thread bounce to; 0: to its handler. */
error_t thread_set_foreign(cap_t thread, uint64_t entry);
/* The FS base of the calling thread, whose capability this is. */
error_t thread_set_tls(cap_t thread, uint64_t base);
/* The notification (right: Recv) whose bits the thread's receives return too. CAP_NULL: none. */
error_t thread_bind_notification(cap_t thread, cap_t notification);
/* From now on only this thread receives from the endpoint. */
error_t thread_bind_endpoint(cap_t thread, cap_t endpoint);
error_t thread_unbind_endpoint(cap_t thread, cap_t endpoint);
/* Sets the badge bits of `notification` (right: Send) when the thread ends or stops. */
error_t thread_watch(cap_t thread, cap_t notification);
error_t thread_inspect(cap_t thread, struct thread_info *info);

/* Whom a call of `thread` (right: Read) on `endpoint` would wait for, directly (index 0) or through
   others (1 and so on). ENOENT: the chain is not so long. */
error_t thread_follow(cap_t thread, cap_t endpoint, uint64_t index, struct thread_awaited *awaited);
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
 * SCHEDCONTEXT_RESERVE (then it is passive). It ends when `run` returns or by thread_exit. Takes
 * 128 KiB of "memory", which the next thread_spawn uses again after thread_join.
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
