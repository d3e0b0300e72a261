/*
 * diff.h - whether a new version of an interface goes on serving the clients of the old one.
 *
 * The rules are those of docs/idl.md.
 */
#pragma once

#include "tree.h"

/* Writes each difference to stdout, and a verdict; returns how many are incompatible. */
unsigned diff_interfaces(struct arena *arena, const struct interface *old,
                         const struct interface *new);
