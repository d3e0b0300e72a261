/*
 * tree.h - the files and directories of ramfs. No system calls but malloc's.
 *
 * A node has one name in one directory (there are no links), so the nodes form a tree. What is
 * unlinked is gone at once: its number is given out again with another generation, by which
 * node_find tells who still means the old one. Every function checks all, then changes; one
 * that returns an error has changed nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <myelin/errors.h>

#define NAME_BYTES_MAX      255
#define PATH_BYTES_MAX      1000
#define BLOCK_BYTES         4096
#define FILE_BYTES_MAX      (256ull << 20)
#define NODES_MAX           (1u << 24)
#define GENERATION_LAST     UINT32_MAX
#define NODE_MODE_MASK      07777
#define NODE_KIND_FILE      1 /* as FS_FILE, FS_DIRECTORY */
#define NODE_KIND_DIRECTORY 2

struct node;

/* What a directory holds. An empty place stays where it was until a new entry takes it, so the
   index of an entry never changes while it lives. */
struct directory {
    struct node **entries;
    uint32_t length;   /* places in use, from the first to the last entry */
    uint32_t capacity; /* places allocated */
    uint32_t count;    /* entries */
    uint32_t subdirectories;
};

/* What a file holds. A block that is NULL, or behind the table, is all zeros; bytes behind
   `size` are zero. */
struct contents {
    uint8_t **blocks;
    uint32_t capacity; /* places in `blocks` */
    uint64_t size;     /* bytes */
};

struct node {
    uint32_t number;     /* 1.. */
    uint32_t generation; /* of the number */
    uint32_t kind;
    uint32_t mode;
    uint64_t changed;    /* tree->now when it last changed */
    struct node *parent; /* the root's is the root itself */
    char *name;          /* ends with a NUL */
    uint32_t name_length;
    uint32_t name_hash;
    union {
        struct directory directory;
        struct contents file;
    };
};

struct node_place {
    struct node *node; /* NULL: free */
    uint32_t generation;
    uint32_t next_free; /* number, 0: none */
};

struct tree {
    struct node *root;
    uint64_t now;   /* ns; set by who calls */
    uint64_t limit; /* bytes that all of it may take */
    uint64_t used;
    struct node_place *places; /* by number */
    uint32_t place_count;
    uint32_t first_free;
};

/* An absolute path: not NUL-terminated, checked by every function that takes one. */
struct path {
    const char *bytes;
    size_t length;
};

/* Where a path leads: its last component, in a directory that exists. Of "/" it is empty. */
struct place {
    struct node *directory;
    const char *name;
    size_t length;
    bool slash; /* a slash follows: it must be a directory */
};

/* ---- tree.c: operations by path. ENOENT, ENOTDIR, ENAMETOOLONG, EINVAL (not absolute, or with
   a NUL byte) of the path; ENOSPC when the limit or the memory is reached ---- */

/* Makes the empty tree. ENOSPC. */
error_t tree_create(struct tree *tree, uint64_t limit);
error_t tree_find(struct tree *tree, struct path path, struct node **node);
/*
 * Finds or makes what `flags` (O_... of fcntl.h) say, but leaves O_TRUNC to be done; *created
 * tells whether it was made. EEXIST, EISDIR (a directory for writing), EINVAL (no such access
 * mode; O_TRUNC without writing; O_CREAT with O_DIRECTORY).
 */
error_t tree_open(struct tree *tree, struct path path, unsigned flags, unsigned mode,
                  struct node **node, bool *created);
error_t tree_mkdir(struct tree *tree, struct path path, unsigned mode);
/* Removes a file (EISDIR of a directory), or with `directory` an empty directory (ENOTDIR,
   ENOTEMPTY). EINVAL: the root, or a path that ends in . or .. */
error_t tree_unlink(struct tree *tree, struct path path, bool directory);
/* Moves, over a file or an empty directory of the same kind too. EINVAL: into itself. */
error_t tree_rename(struct tree *tree, struct path from, struct path to);
/* Removes a file that nobody has been told of yet. */
void tree_forget(struct tree *tree, struct node *node);

/* ---- path.c ---- */

error_t path_locate(struct tree *tree, struct path path, struct place *place);
/* The node at a place; ENOENT, ENOTDIR (a file, and a slash follows). */
error_t place_resolve(struct tree *tree, const struct place *place, struct node **node);
/* Whether the last component is a name: not empty, not . or .. */
bool place_is_name(const struct place *place);

/* ---- node.c ---- */

/* The node of that number and generation. ESTALE: it is gone. */
error_t node_find(const struct tree *tree, uint32_t number, uint32_t generation,
                  struct node **node);
/* Makes a node with that name, not yet in a directory. ENOSPC. */
error_t node_create(struct tree *tree, uint32_t kind, unsigned mode, const char *name,
                    size_t length, struct node **node);
/* Frees a node that is in no directory, with all it holds. */
void node_destroy(struct tree *tree, struct node *node);
/* Names: files 1, directories 2 and one for each subdirectory. */
uint64_t node_links(const struct node *node);
/* Bytes of a file, entries of a directory. */
uint64_t node_size(const struct node *node);
uint32_t name_hash(const char *name, size_t length);

/* ---- directory.c ---- */

struct node *directory_lookup(const struct node *directory, const char *name, size_t length);
/* Makes sure that directory_attach will find room. ENOSPC. */
error_t directory_reserve(struct tree *tree, struct node *directory);
/* Puts a node into a directory with room; cannot fail. */
void directory_attach(struct tree *tree, struct node *directory, struct node *node);
/* Takes a node out of its directory. */
void directory_detach(struct tree *tree, struct node *node);
/* The entry at `index`; *node is NULL where one was removed. ENOENT past the last, ENOTDIR. */
error_t directory_entry(const struct node *directory, uint64_t index, struct node **node);
void directory_release(struct tree *tree, struct node *directory);

/* ---- file.c: EISDIR of a directory ---- */

/* Moves bytes of a file: takes `length` bytes `at` bytes into what is read, or gives those of what
   is written. All of them, or an error, which ends the reading or writing. */
typedef error_t file_taker(void *context, uint64_t at, const void *bytes, size_t length);
typedef error_t file_giver(void *context, uint64_t at, void *bytes, size_t length);

/* Reads up to `length` bytes; *done is less at the end of the file. */
error_t file_read_to(const struct node *node, uint64_t offset, size_t length, file_taker *take,
                     void *context, size_t *done);
/* Writes all. EFBIG, ENOSPC. After an error of the giver's the size is what it was. */
error_t file_write_from(struct tree *tree, struct node *node, uint64_t offset, size_t length,
                        file_giver *give, void *context);
/* The same to and from memory. */
error_t file_read_at(const struct node *node, uint64_t offset, void *buffer, size_t length,
                     size_t *done);
error_t file_write_at(struct tree *tree, struct node *node, uint64_t offset, const void *bytes,
                      size_t length);
/* Cuts, or lengthens with zeros that take no memory. EFBIG. */
error_t file_set_size(struct tree *tree, struct node *node, uint64_t size);
void file_release(struct tree *tree, struct node *file);

/* ---- memory.c: malloc, with the tree's limit ---- */

/* Zeroed memory, or NULL. */
void *tree_allocate(struct tree *tree, size_t bytes);
void tree_release(struct tree *tree, void *memory, size_t bytes);
/* Grows an array of `count` elements of `size` bytes to `wanted`, the new ones zeroed; NULL: no
   memory, and the old one stands. */
void *tree_grow(struct tree *tree, void *array, size_t count, size_t wanted, size_t size);
