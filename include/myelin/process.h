/*
 * process.h - start programs, wait for them, look at them.
 *
 * A process capability (from process_create) is the maker's; whoever holds it can wait for the
 * process and kill it. process_release gives back all that a process had. The service is the
 * startup capability "spawn", or else the own "process".
 */
#pragma once

#include <stddef.h>

#include <myelin/abi.h>
#include <myelin/cap.h>
#include <myelin/errors.h>
#include <myelin/idl/process_types.h>

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
/* Writes `length` bytes, of any number, at `offset` of the ELF image. */
error_t process_load(cap_t process, uint64_t offset, const void *bytes, size_t length);
/* Appends a string to argv or the environment (PROCESS_ARGUMENT_...). E2BIG. */
error_t process_argument(cap_t process, unsigned kind, const char *string);
/* The child finds `cap` under `name` at its start. `how`: CAP_COPY, CAP_MOVE or CAP_DERIVE with
   the rights to keep. */
error_t process_give(cap_t process, const char *name, cap_t cap, uint64_t how);
/* How it shall run; zeroed: active, on the maker's default time. `cpu` (which the child gets, too)
   allows any other time; CAP_NULL: none. */
error_t process_configure(cap_t process, const struct process_settings *settings, cap_t cpu);
/* ENOEXEC and others say why not; the process is still to be released. `pid` may be NULL. */
error_t process_start(cap_t process, uint64_t *pid);
/* Sets the badge bits of `notification` (right: Send) when the process ends. */
error_t process_watch(cap_t process, cap_t notification);
error_t process_status(cap_t process, struct process_status *status);
error_t process_kill(cap_t process);
/* Forgets the process, killing it if it runs, and deletes the capability. */
error_t process_release(cap_t process);
/* Its first Thread (right: Read). */
error_t process_thread(cap_t process, cap_t *thread);

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

/* New zeroed memory; `protection` of 1 read, 2 write, 4 execute. *address: where it shall lie, a
   multiple of 4096, or 0: anywhere; then where it does. `length` is rounded up to pages. */
error_t process_map(uint64_t *address, uint64_t length, unsigned protection);
error_t process_unmap(uint64_t address, uint64_t length);
error_t process_protect(uint64_t address, uint64_t length, unsigned protection);
/* Ends the process; code 0..255. Returns only if there is none. */
error_t process_exit(int code);

/* ---- tools ---- */

/* The process with the lowest pid at or after `pid`. ENOENT past the last. */
error_t process_list(uint64_t pid, struct process_info *info);
/* EACCES without PROCESS_BADGE_ADMIN. */
error_t process_kill_pid(uint64_t pid);
/* As cap_inspect, in the space of process `pid`. */
error_t process_capability(uint64_t pid, uint64_t index, struct cap_info *info);
error_t process_memory(struct process_memory *memory);
