/*
 * node.c - nodes by their number: making them, finding them, letting them go.
 */
#include <string.h>

#include "tree.h"

#define PLACES_FIRST 64

uint32_t name_hash(const char *name, size_t length)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)name[i]) * 16777619u;
    return hash;
}

error_t node_find(const struct tree *tree, uint32_t number, uint32_t generation, struct node **node)
{
    if (number >= tree->place_count || !tree->places[number].node ||
        tree->places[number].generation != generation)
        return ESTALE;
    *node = tree->places[number].node;
    return SUCCESS;
}

/* Doubles the table. Number 0 is never given out. */
static error_t grow_places(struct tree *tree)
{
    uint32_t old = tree->place_count;
    uint32_t count = old ? old * 2 : PLACES_FIRST;
    struct node_place *places;

    if (count > NODES_MAX)
        return ENOSPC;
    places = tree_grow(tree, tree->places, old, count, sizeof(*places));
    if (!places)
        return ENOSPC;
    tree->places = places;
    tree->place_count = count;
    for (uint32_t number = count - 1; number >= old && number > 0; number--) {
        places[number].next_free = tree->first_free;
        tree->first_free = number;
    }
    return SUCCESS;
}

static void take_number(struct tree *tree, struct node *node)
{
    struct node_place *place = &tree->places[tree->first_free];

    node->number = tree->first_free;
    node->generation = place->generation;
    tree->first_free = place->next_free;
    place->node = node;
}

/* A number whose generations are used up is never given out again. */
static void free_number(struct tree *tree, const struct node *node)
{
    struct node_place *place = &tree->places[node->number];

    place->node = NULL;
    if (place->generation == GENERATION_LAST)
        return;
    place->generation++;
    place->next_free = tree->first_free;
    tree->first_free = node->number;
}

error_t node_create(struct tree *tree, uint32_t kind, unsigned mode, const char *name,
                    size_t length, struct node **node)
{
    struct node *made;

    if (!tree->first_free && grow_places(tree))
        return ENOSPC;
    made = tree_allocate(tree, sizeof(*made));
    if (!made)
        return ENOSPC;
    made->name = tree_allocate(tree, length + 1);
    if (!made->name) {
        tree_release(tree, made, sizeof(*made));
        return ENOSPC;
    }
    memcpy(made->name, name, length);
    made->name_length = (uint32_t)length;
    made->name_hash = name_hash(name, length);
    made->kind = kind;
    made->mode = mode & NODE_MODE_MASK;
    made->changed = tree->now;
    take_number(tree, made);
    *node = made;
    return SUCCESS;
}

void node_destroy(struct tree *tree, struct node *node)
{
    if (node->kind == NODE_KIND_DIRECTORY)
        directory_release(tree, node);
    else
        file_release(tree, node);
    free_number(tree, node);
    tree_release(tree, node->name, node->name_length + 1);
    tree_release(tree, node, sizeof(*node));
}

uint64_t node_links(const struct node *node)
{
    return node->kind == NODE_KIND_DIRECTORY ? 2 + node->directory.subdirectories : 1;
}

uint64_t node_size(const struct node *node)
{
    return node->kind == NODE_KIND_DIRECTORY ? node->directory.count : node->file.size;
}
