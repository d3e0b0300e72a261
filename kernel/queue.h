/*
 * queue.h - a queue by priority, first come first served among equals.
 *
 * Nodes of one priority form a ring; the first of each ring, its leader, is linked to the
 * leaders of the next more and next less urgent ring. So taking the first and removing any
 * node are O(1), inserting and merging whole queues O(number of priorities), never of nodes,
 * and a queue is one pointer.
 */
#pragma once

#include <kernel.h>

struct queue_node {
    struct queue_node *next, *prev;               /* the ring; NULL when in no queue */
    struct queue_node *more_urgent, *less_urgent; /* leaders only */
    struct queue *queue;                          /* leaders only */
    uint8_t priority;
    bool leader;
};

struct queue {
    struct queue_node *first; /* leader of the most urgent ring */
};

static inline bool queue_empty(const struct queue *queue)
{
    return queue->first == NULL;
}

static inline bool queue_holds(const struct queue_node *node)
{
    return node->next != NULL;
}

/* Inserts behind (or, with `front`, before) its equals. */
void queue_insert(struct queue *queue, struct queue_node *node, unsigned priority, bool front);
/* The one that comes after this; NULL: it is the last. */
struct queue_node *queue_behind(const struct queue_node *node);
/* Takes the node out of whatever queue holds it. */
void queue_remove(struct queue_node *node);
/* Moves everything in `from` behind its equals in `to`. */
void queue_merge(struct queue *to, struct queue *from);
/* Likewise, before its equals. */
void queue_merge_front(struct queue *to, struct queue *from);
