/* fuzz_fs.c - ramfs under the fuzzer, with its own handlers and a tree of a few hundred KiB. */
#include <fuzz.h>

#include <stdlib.h>

#include <myelin/clock.h>

#include "servers/ramfs/request.h"

#define LIMIT    (512u << 10)
#define ENDPOINT 1

struct tree tree;
cap_t files_endpoint = ENDPOINT;

uint64_t clock_now(void)
{
    static uint64_t now;

    return ++now;
}

void fuzz_begin(void)
{
    tree = (struct tree){0};
    fuzz_expect(tree_create(&tree, LIMIT) == SUCCESS);
}

static void empty(struct node *directory)
{
    struct node *node;

    for (uint64_t i = directory->directory.length; i-- > 0;) {
        if (directory_entry(directory, i, &node) || !node)
            continue;
        if (node->kind == NODE_KIND_DIRECTORY)
            empty(node);
        tree_forget(&tree, node);
    }
}

/* Emptied, the tree has taken nothing but its tables: every node was reached from the root. */
void fuzz_end(void)
{
    empty(tree.root);
    node_destroy(&tree, tree.root);
    fuzz_expect(tree.used == tree.place_count * sizeof(struct node_place));
    free(tree.places);
}

void fuzz_serve(struct message *message)
{
    fs_dispatch(files_endpoint, message);
}
