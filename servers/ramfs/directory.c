/*
 * directory.c - the entries of a directory.
 */
#include <string.h>

#include "tree.h"

#define ENTRIES_FIRST 8

static bool is_named(const struct node *node, const char *name, size_t length, uint32_t hash)
{
    return node && node->name_hash == hash && node->name_length == length &&
           memcmp(node->name, name, length) == 0;
}

struct node *directory_lookup(const struct node *directory, const char *name, size_t length)
{
    const struct directory *d = &directory->directory;
    uint32_t hash = name_hash(name, length);

    for (uint32_t i = 0; i < d->length; i++)
        if (is_named(d->entries[i], name, length, hash))
            return d->entries[i];
    return NULL;
}

error_t directory_reserve(struct tree *tree, struct node *directory)
{
    struct directory *d = &directory->directory;
    uint32_t capacity = d->capacity ? d->capacity * 2 : ENTRIES_FIRST;
    struct node **entries;

    if (d->count < d->capacity)
        return SUCCESS;
    entries = tree_grow(tree, d->entries, d->capacity, capacity, sizeof(struct node *));
    if (!entries)
        return ENOSPC;
    d->entries = entries;
    d->capacity = capacity;
    return SUCCESS;
}

/* The first empty place; there is one. */
static uint32_t free_place(const struct directory *d)
{
    uint32_t i = d->count == d->length ? d->length : 0;

    while (i < d->length && d->entries[i])
        i++;
    return i;
}

void directory_attach(struct tree *tree, struct node *directory, struct node *node)
{
    struct directory *d = &directory->directory;
    uint32_t place = free_place(d);

    d->entries[place] = node;
    if (place == d->length)
        d->length++;
    d->count++;
    d->subdirectories += node->kind == NODE_KIND_DIRECTORY;
    node->parent = directory;
    directory->changed = tree->now;
}

void directory_detach(struct tree *tree, struct node *node)
{
    struct directory *d = &node->parent->directory;
    uint32_t place = 0;

    while (d->entries[place] != node)
        place++;
    d->entries[place] = NULL;
    while (d->length && !d->entries[d->length - 1])
        d->length--;
    d->count--;
    d->subdirectories -= node->kind == NODE_KIND_DIRECTORY;
    node->parent->changed = tree->now;
    node->parent = NULL;
}

error_t directory_entry(const struct node *directory, uint64_t index, struct node **node)
{
    if (directory->kind != NODE_KIND_DIRECTORY)
        return ENOTDIR;
    if (index >= directory->directory.length)
        return ENOENT;
    *node = directory->directory.entries[index];
    return SUCCESS;
}

void directory_release(struct tree *tree, struct node *directory)
{
    struct directory *d = &directory->directory;

    tree_release(tree, d->entries, d->capacity * sizeof(struct node *));
}
