/*
 * path.c - from a path to a place in the tree.
 */
#include <string.h>

#include "tree.h"

static error_t check_path(struct path path)
{
    if (path.length == 0)
        return ENOENT;
    if (path.length > PATH_BYTES_MAX)
        return ENAMETOOLONG;
    if (path.bytes[0] != '/' || memchr(path.bytes, 0, path.length))
        return EINVAL;
    return SUCCESS;
}

/* Cuts slashes off the front; true if there were any. */
static bool skip_slashes(struct path *path)
{
    size_t before = path->length;

    while (path->length && path->bytes[0] == '/') {
        path->bytes++;
        path->length--;
    }
    return path->length < before;
}

/* Cuts the next component off the front, into *place, with the slashes behind it. */
static error_t next_component(struct path *path, struct place *place)
{
    const char *slash = memchr(path->bytes, '/', path->length);

    place->name = path->bytes;
    place->length = slash ? (size_t)(slash - path->bytes) : path->length;
    path->bytes += place->length;
    path->length -= place->length;
    place->slash = skip_slashes(path);
    return place->length > NAME_BYTES_MAX ? ENAMETOOLONG : SUCCESS;
}

static bool is_dots(const struct place *place, size_t count)
{
    return place->length == count && memcmp(place->name, "..", count) == 0;
}

bool place_is_name(const struct place *place)
{
    return place->length && !is_dots(place, 1) && !is_dots(place, 2);
}

static struct node *step(const struct tree *tree, const struct place *place)
{
    if (place->length == 0)
        return tree->root;
    if (is_dots(place, 1))
        return place->directory;
    if (is_dots(place, 2))
        return place->directory->parent;
    return directory_lookup(place->directory, place->name, place->length);
}

error_t place_resolve(struct tree *tree, const struct place *place, struct node **node)
{
    struct node *found = step(tree, place);

    if (!found)
        return ENOENT;
    if (place->slash && found->kind != NODE_KIND_DIRECTORY)
        return ENOTDIR;
    *node = found;
    return SUCCESS;
}

error_t path_locate(struct tree *tree, struct path path, struct place *place)
{
    error_t error = check_path(path);

    *place = (struct place){.directory = tree->root, .slash = true};
    if (error)
        return error;
    skip_slashes(&path);
    if (path.length == 0)
        return SUCCESS;
    error = next_component(&path, place);
    while (!error && path.length) {
        error = place_resolve(tree, place, &place->directory);
        if (!error)
            error = next_component(&path, place);
    }
    return error;
}
