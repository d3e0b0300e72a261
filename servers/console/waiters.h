/*
 * waiters.h - clients that wait for room or for input, in order, by their saved Replies.
 *
 * No system calls: who takes a waiter out answers its Reply, or deletes it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <myelin/abi.h>
#include <myelin/idl/console_types.h>

#include "terminal.h"

#define WAITERS_MAX 32

struct writer {
    cap_t reply;
    size_t length; /* of `bytes`, which are to be taken next */
    uint8_t bytes[CONSOLE_BYTES_MOST];
    uint64_t taken;
    uint64_t total; /* what `length` does not cover is lent; 0: waits until all before has left the
                       device */
};

struct reader {
    cap_t reply;
    size_t most;
};

_Static_assert(CONSOLE_BYTES_MOST <= TERMINAL_WRITE_MAX, "a write fits into an empty output");

struct writers {
    unsigned first, count;
    struct writer queue[WAITERS_MAX];
};

struct readers {
    unsigned first, count;
    struct reader queue[WAITERS_MAX];
};

/* The one that came first, or NULL. */
struct writer *writers_first(struct writers *writers);
struct reader *readers_first(struct readers *readers);
/* A place at the end, for the caller to fill; NULL: WAITERS_MAX wait. */
struct writer *writers_add(struct writers *writers);
struct reader *readers_add(struct readers *readers);
/* Forgets the first. */
void writers_drop(struct writers *writers);
void readers_drop(struct readers *readers);
