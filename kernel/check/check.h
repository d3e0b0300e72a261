/*
 * check.h - what must hold between the objects of the kernel whenever it has been left. No part of
 * the kernel that ships: the host's tests link it, and the checked kernel does
 * (build/kernel-checked.bin).
 */
#pragma once

#include <ipc/ipc.h>
#include <task/task.h>

/* Looks at everything that is found through the capabilities, from that space on: every link,
   queue, capability and time must be what it stands for, and who runs must be who should. False:
   there are more objects than it has room for, and it has not looked. */
bool check_state(struct cspace *root);

/* Whoever links the check gives it: ends all, and says of which object what does not hold. */
_Noreturn void check_broken(const struct object *object, const char *sentence,
                            const char *condition);

#define must(condition, object, sentence) \
    ((condition) ? (void)0 : check_broken(object, sentence, #condition))

/* ---- all objects of one kind, each once (check.c) ---- */

#define CHECK_OBJECTS_MAX 2048

struct found {
    unsigned count;
    void *object[CHECK_OBJECTS_MAX];
};

extern struct found check_spaces, check_threads, check_times, check_sources, check_sets,
    check_vspaces;

bool check_found(const void *object);

/* ---- the checks of each, when all have been found ---- */

/* Links between slots: the last child's next, and the first one's prev, is the parent, marked. */
#define IS_PARENT(link) ((link) & 1)
#define LINK_SLOT(link) ((struct slot *)((link) & ~1ull))

/* A capability in `space` (or in a channel) is well placed in the tree of derivations, and has no
   more authority than its parent. */
void check_slot(const struct slot *slot, const struct object *space);
void check_thread(const struct thread *thread);
void check_source(const struct source *source);
void check_set(const struct waitset *set);
void check_vspace(const struct vspace *vspace);
void check_time(struct schedcontext *time);
/* What the kernel decided last. */
void check_decision(void);
/* Somebody's time brings this thread, which could run, further; or will, when it is refilled. */
void check_reached(const struct thread *thread);

bool check_in_queue(const struct queue *queue, const struct queue_node *node);
