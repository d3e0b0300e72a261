/*
 * root.h - the root task: what its files share.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <myelin/abi.h>
#include <myelin/boot.h>
#include <myelin/errors.h>
#include <myelin/idl/processes_types.h>

#include "manifest.h"

/* Whom a message to root's endpoint is about: its badge. */
#define BADGE_FAULT_OF_PROCESS 1

/* The badge of root's own capability to `process`: pid 1, who may do everything. */
#define BADGE_ROOT_AT_PROCESS (1 | PROCESSES_BADGE_ADMIN)

/* What a server may do with an endpoint that root made for it: receive, and mint for clients. */
#define SERVICE_RIGHTS (CAP_RIGHTS_RECV | CAP_RIGHTS_CALL | CAP_RIGHTS_GRANT)

/* A started program, and its bit in the notification that tells of its end. */
struct started {
    const struct manifest_program *program;
    cap_t process;
    uint64_t pid;
};

struct root {
    const struct boot_info *boot;
    struct manifest manifest;
    cap_t endpoint;         /* root's own: faults of `process` come here */
    cap_t notification;     /* bound to root's thread: ends of programs */
    cap_t process_endpoint; /* owner */
    cap_t names_endpoint;   /* owner */
    unsigned started_count;
    struct started started[MANIFEST_PROGRAMS_MAX];
};

extern struct root root;

/* ---- archive.c: the boot archive ---- */

struct archive_entry {
    char name[256]; /* without a leading slash */
    const void *bytes;
    uint64_t size;
    unsigned mode; /* as stat has it */
};

/*
 * The entry at *offset of a cpio archive (newc); *offset moves on to the next. 0 at first.
 * ENOENT: past the last. EINVAL: it is no archive, or broken.
 */
error_t archive_next(const void *archive, uint64_t size, uint64_t *offset,
                     struct archive_entry *entry);
/* The file of that path in the boot archive. ENOENT. */
error_t archive_find(const char *path, struct archive_entry *entry);
/* Copies the boot archive into the file service of that session. */
error_t archive_copy(cap_t session);

/* ---- memory.c: what the kernel handed over ---- */

/* What root keeps: two pieces of 4 MiB. */
struct own_memory {
    cap_t objects; /* all that root makes, and the process server */
    cap_t slots;   /* the capability space of the process server */
};

/* Divides the Untypeds: a little is root's own, the rest are pools. */
error_t memory_divide(const struct boot_info *boot, struct own_memory *own);
/* Pool n, or CAP_NULL past the last. */
cap_t memory_pool(unsigned n);

/* ---- loader.c: starts `process` without `process` ---- */

error_t loader_start(const struct manifest_program *program, const struct own_memory *own);

/* ---- launch.c: starts a program by `process` ---- */

error_t launch(const struct manifest_program *program);

/* ---- services.c: names, and sessions of services ---- */

/* Tells names what the program may do. */
error_t services_allow(const struct manifest_program *program);
/* The badge by which names knows the program. */
uint64_t services_badge(const struct manifest_program *program);
/* Waits until all is published that the program is to publish. ETIMEDOUT. */
error_t services_wait(const struct manifest_program *program);
