/*
 * process.h - start programs, wait for them, look at them.
 *
 * A process capability (from process_create) is the maker's; whoever holds it can wait for the
 * process and kill it. What can be asked of it is the interface `process`: process_load,
 * process_argument, process_give, process_configure, process_start, process_watch, process_status,
 * process_kill, process_thread. process_release gives back all that a process had.
 *
 * The service is the startup capability "spawn", or else the own "process".
 */
#pragma once

#include <stddef.h>

#include <myelin/abi.h>
#include <myelin/cap.h>
#include <myelin/errors.h>
#include <myelin/idl/process.h>
#include <myelin/idl/processes_types.h>

struct thread_info; /* thread.h */

struct process_info {
    uint64_t pid;
    uint64_t parent;
    uint32_t state;       /* enum thread_state, of its first thread */
    uint32_t stop_reason; /* enum thread_stop_reason */
    uint32_t passive;
    uint32_t priority;
    uint32_t frames;
    uint32_t pages;    /* of 4 KiB, that it holds */
    uint64_t consumed; /* ns, by its own time or reserve */
    uint64_t caps;     /* that it holds */
    char name[OBJECT_NAME_BYTES + 1];
    char thread[OBJECT_NAME_BYTES + 1];
    char waits_for[OBJECT_NAME_BYTES + 1];
    char runs_on[OBJECT_NAME_BYTES + 1]; /* the home of the time it runs on */
};

/* ---- one step at a time ---- */

error_t process_create(const char *name, cap_t *process);
/* Writes an ELF image of any length, in as many calls as it takes. */
error_t process_load_image(cap_t process, const void *bytes, size_t length);
/* Forgets the process, killing it if it runs, and deletes the capability. */
error_t process_release(cap_t process);

/* ---- at once ---- */

/* Makes a process of the ELF file at `path` (absolute). `argv` and `environment` end with NULL;
   `environment` may be NULL. Not started: process_give and process_start are left to do. */
error_t process_prepare(const char *path, char *const argv[], char *const environment[],
                        cap_t *process);
/* As process_prepare, gives it the caller's "names" and "console", and starts it. */
error_t process_spawn(const char *path, char *const argv[], char *const environment[],
                      cap_t *process);
/* Waits until it has ended. One thread at a time. */
error_t process_wait(cap_t process, struct process_status *status);

/* ---- on one's own process; ENOENT in a program that has none (the root task) ---- */

/* New zeroed memory; `protection` of SELF_READ, _WRITE, _EXECUTE (1, 2, 4). *address: where it
   shall lie, a multiple of 4096, or 0: anywhere; then where it does. `length` is rounded up to
   pages. */
error_t process_map(uint64_t *address, uint64_t length, unsigned protection);
error_t process_unmap(uint64_t address, uint64_t length);
error_t process_protect(uint64_t address, uint64_t length, unsigned protection);
/* Ends the process; code 0..255. Returns only if there is none. */
error_t process_exit(int code);
/* Its number, and that of the process that made it, or 0. */
error_t process_identity(uint64_t *pid, uint64_t *parent);

/* ---- tools ---- */

/* The process with the lowest pid at or after `pid`. ENOENT past the last. */
error_t process_list(uint64_t pid, struct process_info *info);
/* A further thread of process `pid`, as far as it shows them (thread_spawn does): the one at
 *place, 0 at first, or the next; *place is then where it is. ENOENT past the last. */
error_t process_list_thread(uint64_t pid, uint64_t *place, struct thread_info *info);
/* EACCES without PROCESSES_BADGE_ADMIN. */
error_t process_kill_pid(uint64_t pid);
/* As cap_inspect, in the space of process `pid`. */
error_t process_capability(uint64_t pid, uint64_t index, struct cap_info *info);
error_t process_memory(struct processes_memory *memory);
