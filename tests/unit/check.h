/*
 * check.h - what the files share that look whether a world is whole (check.c, check_slot.c).
 */
#pragma once

#include "world.h"

/* Links between slots: the last child's next, and the first one's prev, is the parent, marked. */
#define IS_PARENT(link) ((link) & 1)
#define LINK_SLOT(link) ((struct slot *)((link) & ~1ull))

/* Ends the test, and says of which object what does not hold. */
_Noreturn void world_broken(const struct object *object, const char *sentence,
                            const char *condition);

#define must(condition, object, sentence) \
    ((condition) ? (void)0 : world_broken(object, sentence, #condition))

/* A capability in `space` (or in a channel) is well placed in the tree of derivations, and has no
   more authority than its parent. */
void check_slot(const struct slot *slot, const struct object *space);
