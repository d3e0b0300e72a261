/* queue.c - queues by priority; see queue.h for the shape. */

#include <queue.h>

static void leader_unlink(struct queue_node *leader)
{
    if (leader->more_urgent)
        leader->more_urgent->less_urgent = leader->less_urgent;
    else
        leader->queue->first = leader->less_urgent;
    if (leader->less_urgent)
        leader->less_urgent->more_urgent = leader->more_urgent;
}

void queue_insert(struct queue *queue, struct queue_node *node, unsigned priority, bool front)
{
    kernel_assert(!queue_holds(node));
    queue_put(queue, node, priority, front);
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
