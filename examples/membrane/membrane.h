/*
 * membrane.h - what the programs inside the membrane share. Only how they come by their
 * capabilities knows of it; what they do with them does not.
 */
#pragma once

#include <myelin/frame.h>
#include <myelin/idl/membrane.h>
#include <myelin/untyped.h>
#include <myelin/vspace.h>

#include "../example.h"

#define PAGE 4096

/* The object, or if this program was started inside a membrane what stands in for it. */
static inline cap_t inside(cap_t object)
{
    cap_t membrane = startup_cap("membrane"), stand_in;

    if (!membrane)
        return object;
    must("entering", membrane_enter(membrane, object, &stand_in));
    return stand_in;
}

/* Starts a program on the same side of the membrane; it finds `frame` under that name. */
static inline cap_t start_inside(const char *path, cap_t membrane, cap_t frame)
{
    char *arguments[] = {(char *)path, NULL};
    cap_t process;

    must(path, process_prepare(path, arguments, NULL, &process));
    must(path, process_give(process, "console", startup_cap("console"), CAP_COPY));
    must(path, process_give(process, "names", startup_cap("names"), CAP_COPY));
    if (membrane)
        must(path, process_give(process, "membrane", membrane, CAP_COPY));
    if (frame)
        must(path, process_give(process, "frame", frame, CAP_COPY));
    must(path, process_start(process));
    return process;
}

/* Maps the frame anywhere in the space, supplying page tables if they lack. */
static inline volatile int *map(cap_t space, cap_t frame, uint32_t rights)
{
    uint64_t address;
    cap_t tables;
    error_t error;

    must("an address", vspace_reserve(PAGE, PAGE, &address));
    error = frame_map(space, frame, address, rights);
    if (error == ENOMEM) {
        must("tables",
             untyped_retype(startup_cap("memory"), OBJECT_UNTYPED, 14, "tables", 0, &tables));
        must("giving tables", vspace_give(space, tables));
        error = frame_map(space, frame, address, rights);
    }
    must("mapping", error);
    return (volatile int *)address; /* NOLINT(performance-no-int-to-ptr) */
}
