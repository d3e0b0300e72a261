/*
 * timeout.c - a heap of timeouts, linked, so that it needs no memory of its own.
 *
 * The heap is a complete binary tree: the binary digits of a position, read after the leading
 * one, are the way to it from the root (0 left, 1 right). So finding the last position, and
 * with it setting and cancelling, takes O(log n) steps, always.
 */

#include <task/task.h>

static struct timeout_heap *heap_self(void)
{
    return &cpu_self()->timeouts;
}

/* The link that holds position n (from 1), whether or not somebody is there; *parent is whose. */
static struct timeout **heap_link(struct timeout_heap *heap, uint64_t n, struct timeout **parent)
{
    struct timeout **link = &heap->root;

    *parent = NULL;
    for (int bit = 62 - __builtin_clzll(n); bit >= 0; bit--) {
        *parent = *link;
        link = n >> bit & 1 ? &(*link)->right : &(*link)->left;
    }
    return link;
}

/* Whatever pointed to `old` now points to `new`, which takes over its place and children. */
static void heap_replace(struct timeout_heap *heap, struct timeout *old, struct timeout *new)
{
    new->parent = old->parent;
    new->left = old->left;
    new->right = old->right;
    if (!new->parent)
        heap->root = new;
    else if (new->parent->left == old)
        new->parent->left = new;
    else
        new->parent->right = new;
    if (new->left)
        new->left->parent = new;
    if (new->right)
        new->right->parent = new;
}

/* Exchanges a node with its parent. */
static void heap_swap_up(struct timeout_heap *heap, struct timeout *child)
{
    struct timeout *parent = child->parent;
    struct timeout *left = child->left, *right = child->right;
    bool was_left = parent->left == child;
    struct timeout *sibling = was_left ? parent->right : parent->left;

    child->parent = parent->parent;
    if (!child->parent)
        heap->root = child;
    else if (child->parent->left == parent)
        child->parent->left = child;
    else
        child->parent->right = child;
    child->left = was_left ? parent : sibling;
    child->right = was_left ? sibling : parent;
    if (sibling)
        sibling->parent = child;
    parent->parent = child;
    parent->left = left;
    parent->right = right;
    if (left)
        left->parent = parent;
    if (right)
        right->parent = parent;
}

static void heap_rise(struct timeout_heap *heap, struct timeout *node)
{
    while (node->parent && node->when < node->parent->when)
        heap_swap_up(heap, node);
}

static void heap_sink(struct timeout_heap *heap, struct timeout *node)
{
    for (;;) {
        struct timeout *least = node->left;

        if (!least) /* a complete tree: then there is no right one either */
            return;
        if (node->right && node->right->when < least->when)
            least = node->right;
        if (node->when <= least->when)
            return;
        heap_swap_up(heap, least);
    }
}

void timeout_cancel(struct timeout *timeout)
{
    struct timeout_heap *heap = heap_self();
    struct timeout *parent, *last, **link;

    if (!timeout->active)
        return;
    timeout->active = false;
    link = heap_link(heap, heap->count--, &parent);
    last = *link;
    *link = NULL;
    if (last == timeout)
        return;
    heap_replace(heap, timeout, last);
    heap_rise(heap, last);
    heap_sink(heap, last);
}

void timeout_set(struct timeout *timeout, uint64_t when, void (*expire)(struct timeout *))
{
    struct timeout_heap *heap = heap_self();
    struct timeout *parent, **link;

    timeout_cancel(timeout);
    link = heap_link(heap, ++heap->count, &parent);
    *timeout = (struct timeout){.parent = parent, .when = when, .expire = expire, .active = true};
    *link = timeout;
    heap_rise(heap, timeout);
}

uint64_t timeout_next(void)
{
    struct timeout *first = heap_self()->root;

    return first ? first->when : UINT64_MAX;
}

bool timeout_expire_one(uint64_t now)
{
    struct timeout *first = heap_self()->root;

    if (!first || first->when > now)
        return false;
    timeout_cancel(first);
    first->expire(first);
    return true;
}
