/*
 * startup.h - what a program finds when it starts: a list of named capabilities.
 *
 * The auxiliary vector's AT_MYELIN entry points to struct startup. Always there: "cspace"
 * (Use, Read, Manage: it can be enlarged), "vspace" (Write, Read, Manage: likewise; Grant: of
 * its own memory), "thread" (itself: Use, Read, Manage), "memory" (an Untyped for objects),
 * "process" (its own process; also the handler of its threads' faults), "spawn" (the process
 * service), "time" (its SchedContext: Use, Read). As its maker gave them: "names", "console",
 * "cpu", devices.
 */
#pragma once

#include <myelin/abi.h>

#define AT_MYELIN 0x4d79

struct startup_cap {
    char name[OBJECT_NAME_BYTES]; /* NUL-padded */
    cap_t cap;
};

struct startup {
    uint64_t count;
    struct startup_cap caps[];
};

/* The capability of that name, or CAP_NULL. */
cap_t startup_cap(const char *name);
/* Tells the library where the list is. Called once, by a program's first code (lib/posix). */
void startup_set(const struct startup *list);
