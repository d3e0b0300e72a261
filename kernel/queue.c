/* queue.c - queues by priority; see queue.h for the shape. */

#include <queue.h>

/* Links `leader` in between its neighbours among the leaders. */
static void leader_link(struct queue *queue, struct queue_node *leader,
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

static void leader_unlink(struct queue_node *leader)
{
    if (leader->more_urgent)
        leader->more_urgent->less_urgent = leader->less_urgent;
    else
        leader->queue->first = leader->less_urgent;
    if (leader->less_urgent)
        leader->less_urgent->more_urgent = leader->more_urgent;
}

/* Joins two rings: the whole of `ring` comes directly before `leader`, that is, last. */
static void ring_append(struct queue_node *leader, struct queue_node *ring)
{
    struct queue_node *tail = leader->prev, *ring_tail = ring->prev;

    tail->next = ring;
    ring->prev = tail;
    ring_tail->next = leader;
    leader->prev = ring_tail;
}

/* Puts the ring led by `ring` into the queue, with or before its equals. */
static void ring_insert(struct queue *queue, struct queue_node *ring, bool front)
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

void queue_insert(struct queue *queue, struct queue_node *node, unsigned priority, bool front)
{
    kernel_assert(!queue_holds(node));
    node->priority = (uint8_t)priority;
    node->next = node->prev = node;
    ring_insert(queue, node, front);
}

void queue_remove(struct queue_node *node)
{
    kernel_assert(queue_holds(node));
    if (node->leader) {
        if (node->next == node)
            leader_unlink(node);
        else
            leader_link(node->queue, node->next, node->more_urgent, node->less_urgent);
    }
    node->prev->next = node->next;
    node->next->prev = node->prev;
    node->next = node->prev = NULL;
    node->leader = false;
}

struct queue_node *queue_behind(const struct queue_node *node)
{
    return node->next->leader ? node->next->less_urgent : node->next;
}

static void merge(struct queue *to, struct queue *from, bool front)
{
    struct queue_node *ring = from->first;

    from->first = NULL;
    while (ring) {
        struct queue_node *less_urgent = ring->less_urgent;

        ring_insert(to, ring, front);
        ring = less_urgent;
    }
}

void queue_merge(struct queue *to, struct queue *from)
{
    merge(to, from, false);
}

void queue_merge_front(struct queue *to, struct queue *from)
{
    merge(to, from, true);
}
