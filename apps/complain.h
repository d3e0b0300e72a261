/*
 * complain.h - how the small programs say that something went wrong.
 */
#pragma once

#include <errno.h>
#include <stdio.h>

#include <myelin/ipc.h>

/* "cat: /nope: there is nothing of that name or number". Returns 1, a program's exit status. */
static inline int complain(const char *program, const char *thing, int error)
{
    fflush(stdout);
    fprintf(stderr, "%s: %s: %s\n", program, thing, error_sentence(error));
    return 1;
}

/* "usage: cp FROM TO". Returns 2, the exit status of a program that was called wrongly. */
static inline int usage(const char *text)
{
    fprintf(stderr, "usage: %s\n", text);
    return 2;
}
