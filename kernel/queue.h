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

/* ---- in place: the fast path calls nobody (ipc/wakepath.c) ---- */

/* Links `leader` in between its neighbours among the leaders. */
IN_PLACE void leader_link(struct queue *queue, struct queue_node *leader,
                          struct queue_node *more_urgent, struct queue_node *less_urgent)
{
    leader->leader = true;
    leader->queue = queue;
    leader->more_urgent = more_urgent;
    leader->less_urgent = less_urgent;
    if (more_urgent)
        more_urgent->less_urgent = leader;
    else
        queue->first = leader;
    if (less_urgent)
        less_urgent->more_urgent = leader;
}

/* Joins two rings: the whole of `ring` comes directly before `leader`, that is, last. */
IN_PLACE void ring_append(struct queue_node *leader, struct queue_node *ring)
{
    struct queue_node *tail = leader->prev, *ring_tail = ring->prev;

    tail->next = ring;
    ring->prev = tail;
    ring_tail->next = leader;
    leader->prev = ring_tail;
}

/* Puts the ring led by `ring` into the queue, with or before its equals. */
IN_PLACE void ring_insert(struct queue *queue, struct queue_node *ring, bool front)
{
    struct queue_node *more_urgent = NULL, *at = queue->first;

    while (at && at->priority > ring->priority) {
        more_urgent = at;
        at = at->less_urgent;
    }
    if (!at || at->priority < ring->priority) {
        leader_link(queue, ring, more_urgent, at);
        return;
    }
    ring_append(at, ring);
    if (front) {
        leader_link(queue, ring, at->more_urgent, at->less_urgent);
        at->leader = false;
    } else {
        ring->leader = false;
    }
}

/* As queue_insert. */
IN_PLACE void queue_put(struct queue *queue, struct queue_node *node, unsigned priority, bool front)
{
    node->priority = (uint8_t)priority;
    node->next = node->prev = node;
    ring_insert(queue, node, front);
}

/* Takes the first node out of a queue that has one. */
IN_PLACE void queue_take_first(struct queue *queue)
{
    struct queue_node *node = queue->first, *next = node->next;

    queue->first = node->less_urgent;
    if (next != node) {
        next->prev = node->prev;
        node->prev->next = next;
        leader_link(queue, next, NULL, node->less_urgent);
    } else if (node->less_urgent) {
        node->less_urgent->more_urgent = NULL;
    }
    node->next = NULL;
}

/* The first node goes behind its equals. */
IN_PLACE void queue_rotate_first(struct queue *queue)
{
    struct queue_node *first = queue->first;

    first->leader = false;
    leader_link(queue, first->next, NULL, first->less_urgent);
}

/* ---- queue.c ---- */

/* Inserts behind (or, with `front`, before) its equals. */
void queue_insert(struct queue *queue, struct queue_node *node, unsigned priority, bool front);
/* The one that comes after this; NULL: it is the last. */
struct queue_node *queue_behind(const struct queue_node *node);
/* Takes the node out of whatever queue holds it. */
void queue_remove(struct queue_node *node);
/* Likewise, if one does. */
static inline void queue_leave(struct queue_node *node)
{
    if (queue_holds(node))
        queue_remove(node);
}
/* Moves everything in `from` behind its equals in `to`. */
void queue_merge(struct queue *to, struct queue *from);
/* Likewise, before its equals. */
void queue_merge_front(struct queue *to, struct queue *from);
