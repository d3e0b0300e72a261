/*
 * string.h - the three string functions that the kernel has (ports.c); bytes, no overlap.
 *
 * The compiler is told that they are what it thinks they are, which a freestanding one does not
 * take for granted: then a few words are copied or cleared where they lie, by no call.
 */
#pragma once

#include <stddef.h>

void *memcpy(void *to, const void *from, size_t bytes);
void *memset(void *to, int byte, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);

#define memcpy(to, from, bytes) __builtin_memcpy(to, from, bytes)
#define memset(to, byte, bytes) __builtin_memset(to, byte, bytes)
#define memcmp(a, b, bytes)     __builtin_memcmp(a, b, bytes)
