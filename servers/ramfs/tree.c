/*
 * tree.c - what can be done with the tree, by path.
 */
#include "tree.h"

#include <fcntl.h>
#include <string.h>

error_t tree_create(struct tree *tree, uint64_t limit)
{
    error_t error;

    *tree = (struct tree){.limit = limit};
    error = node_create(tree, NODE_KIND_DIRECTORY, 0755, "", 0, &tree->root);
    if (!error)
        tree->root->parent = tree->root;
    return error;
}

error_t tree_find(struct tree *tree, struct path path, struct node **node)
{
    struct place place;
    error_t error = path_locate(tree, path, &place);

    return error ? error : place_resolve(tree, &place, node);
}

/* Makes a node at a place where there is none. */
static error_t make(struct tree *tree, const struct place *place, uint32_t kind, unsigned mode,
                    struct node **node)
{
    error_t error = directory_reserve(tree, place->directory);

    if (!error)
        error = node_create(tree, kind, mode, place->name, place->length, node);
    if (!error)
        directory_attach(tree, place->directory, *node);
    return error;
}

static bool writes(unsigned flags)
{
    return (flags & O_ACCMODE) != O_RDONLY;
}

static error_t check_flags(unsigned flags)
{
    if ((flags & O_ACCMODE) == O_ACCMODE)
        return EINVAL;
    if (flags & O_TRUNC && !writes(flags))
        return EINVAL;
    return flags & O_CREAT && flags & O_DIRECTORY ? EINVAL : SUCCESS;
}

/* Whether what is there may be opened like that. */
static error_t check_existing(const struct node *node, unsigned flags)
{
    if (flags & O_CREAT && flags & O_EXCL)
        return EEXIST;
    if (node->kind == NODE_KIND_DIRECTORY)
        return flags & O_CREAT || writes(flags) ? EISDIR : SUCCESS;
    return flags & O_DIRECTORY ? ENOTDIR : SUCCESS;
}

error_t tree_open(struct tree *tree, struct path path, unsigned flags, unsigned mode,
                  struct node **node, bool *created)
{
    struct place place;
    error_t error = check_flags(flags);

    *created = false;
    if (!error)
        error = path_locate(tree, path, &place);
    if (error)
        return error;
    error = place_resolve(tree, &place, node);
    if (!error)
        return check_existing(*node, flags);
    if (error != ENOENT || !(flags & O_CREAT))
        return error;
    if (place.slash)
        return EISDIR;
    error = make(tree, &place, NODE_KIND_FILE, mode, node);
    *created = !error;
    return error;
}

error_t tree_mkdir(struct tree *tree, struct path path, unsigned mode)
{
    struct place place;
    struct node *node;
    error_t error = path_locate(tree, path, &place);

    if (error)
        return error;
    if (!place_is_name(&place) || directory_lookup(place.directory, place.name, place.length))
        return EEXIST;
    return make(tree, &place, NODE_KIND_DIRECTORY, mode, &node);
}

static void remove_node(struct tree *tree, struct node *node)
{
    directory_detach(tree, node);
    node_destroy(tree, node);
}

void tree_forget(struct tree *tree, struct node *node)
{
    remove_node(tree, node);
}

/* Finds what a path names by a name of its own: not the root, not by . or .. */
static error_t find_named(struct tree *tree, struct path path, struct node **node)
{
    struct place place;
    error_t error = path_locate(tree, path, &place);

    if (error)
        return error;
    return place_is_name(&place) ? place_resolve(tree, &place, node) : EINVAL;
}

error_t tree_unlink(struct tree *tree, struct path path, bool directory)
{
    struct node *node;
    error_t error = find_named(tree, path, &node);

    if (error)
        return error;
    if (directory && node->kind != NODE_KIND_DIRECTORY)
        return ENOTDIR;
    if (!directory && node->kind == NODE_KIND_DIRECTORY)
        return EISDIR;
    if (directory && node->directory.count)
        return ENOTEMPTY;
    remove_node(tree, node);
    return SUCCESS;
}

static bool is_inside(const struct node *node, const struct node *ancestor)
{
    while (node != ancestor && node->parent != node)
        node = node->parent;
    return node == ancestor;
}

/* Whether `node` may take the place of `target`. */
static error_t check_replace(const struct node *node, const struct node *target)
{
    if (node->kind == NODE_KIND_DIRECTORY && target->kind != NODE_KIND_DIRECTORY)
        return ENOTDIR;
    if (node->kind != NODE_KIND_DIRECTORY && target->kind == NODE_KIND_DIRECTORY)
        return EISDIR;
    if (target->kind == NODE_KIND_DIRECTORY && target->directory.count)
        return ENOTEMPTY;
    return SUCCESS;
}

/* Whether `node` may go to that place; *target is what it replaces, or NULL. */
static error_t check_rename(const struct node *node, const struct place *place,
                            struct node **target)
{
    if (!place_is_name(place) || is_inside(place->directory, node))
        return EINVAL;
    if (place->slash && node->kind != NODE_KIND_DIRECTORY)
        return ENOTDIR;
    *target = directory_lookup(place->directory, place->name, place->length);
    if (*target && *target != node)
        return check_replace(node, *target);
    return SUCCESS;
}

static void give_name(struct tree *tree, struct node *node, char *name, size_t length)
{
    tree_release(tree, node->name, node->name_length + 1);
    node->name = name;
    node->name_length = (uint32_t)length;
    node->name_hash = name_hash(name, length);
}

/* Takes the node to a place that check_rename found good. */
static error_t move(struct tree *tree, struct node *node, const struct place *place,
                    struct node *target)
{
    char *name;
    error_t error = directory_reserve(tree, place->directory);

    if (error)
        return error;
    name = tree_allocate(tree, place->length + 1);
    if (!name)
        return ENOSPC;
    memcpy(name, place->name, place->length);

    if (target)
        remove_node(tree, target);
    directory_detach(tree, node);
    give_name(tree, node, name, place->length);
    directory_attach(tree, place->directory, node);
    return SUCCESS;
}

error_t tree_rename(struct tree *tree, struct path from, struct path to)
{
    struct node *node, *target;
    struct place place;
    error_t error = find_named(tree, from, &node);

    if (!error)
        error = path_locate(tree, to, &place);
    if (!error)
        error = check_rename(node, &place, &target);
    if (error || target == node)
        return error;
    return move(tree, node, &place, target);
}
