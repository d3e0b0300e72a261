/*
 * memory.c - malloc with a limit: ramfs must run out before its memory does.
 */
#include <stdlib.h>
#include <string.h>

#include "tree.h"

void *tree_allocate(struct tree *tree, size_t bytes)
{
    void *memory;

    if (bytes > tree->limit - tree->used)
        return NULL;
    memory = calloc(1, bytes);
    if (memory)
        tree->used += bytes;
    return memory;
}

void tree_release(struct tree *tree, void *memory, size_t bytes)
{
    if (!memory)
        return;
    free(memory);
    tree->used -= bytes;
}

void *tree_grow(struct tree *tree, void *array, size_t count, size_t wanted, size_t size)
{
    size_t more = (wanted - count) * size;
    char *grown;

    if (more > tree->limit - tree->used)
        return NULL;
    grown = realloc(array, wanted * size);
    if (!grown)
        return NULL;
    memset(grown + count * size, 0, more);
    tree->used += more;
    return grown;
}
