/*
 * file.c - the bytes of a file, in blocks that exist only where something was written.
 */
#include <string.h>

#include "tree.h"

static size_t smaller(uint64_t a, uint64_t b)
{
    return (size_t)(a < b ? a : b);
}

/* Bytes from `offset` to the end of its block. */
static uint64_t rest_of_block(uint64_t offset)
{
    return BLOCK_BYTES - offset % BLOCK_BYTES;
}

/* The block of that byte, or NULL: zeros. */
static uint8_t *block_at(const struct contents *file, uint64_t offset)
{
    uint64_t index = offset / BLOCK_BYTES;

    return index < file->capacity ? file->blocks[index] : NULL;
}

error_t file_read_to(const struct node *node, uint64_t offset, size_t length, file_taker *take,
                     void *context, size_t *done)
{
    static const uint8_t zeros[BLOCK_BYTES];
    const struct contents *file = &node->file;
    error_t error = SUCCESS;
    size_t at = 0;

    if (node->kind != NODE_KIND_FILE)
        return EISDIR;
    *done = offset < file->size ? smaller(length, file->size - offset) : 0;
    while (at < *done && !error) {
        size_t part = smaller(*done - at, rest_of_block(offset + at));
        const uint8_t *block = block_at(file, offset + at);

        error = take(context, at, (block ? block : zeros) + (offset + at) % BLOCK_BYTES, part);
        at += part;
    }
    return error;
}

static error_t take_to_memory(void *buffer, uint64_t at, const void *bytes, size_t length)
{
    memcpy((uint8_t *)buffer + at, bytes, length);
    return SUCCESS;
}

error_t file_read_at(const struct node *node, uint64_t offset, void *buffer, size_t length,
                     size_t *done)
{
    return file_read_to(node, offset, length, take_to_memory, buffer, done);
}

/* Makes the table of blocks reach as far as `count` blocks. */
static error_t reserve_table(struct tree *tree, struct contents *file, uint64_t count)
{
    uint64_t capacity = file->capacity ? file->capacity : 1;
    uint8_t **blocks;

    if (count <= file->capacity)
        return SUCCESS;
    while (capacity < count)
        capacity *= 2;
    blocks = tree_grow(tree, file->blocks, file->capacity, capacity, sizeof(uint8_t *));
    if (!blocks)
        return ENOSPC;
    file->blocks = blocks;
    file->capacity = (uint32_t)capacity;
    return SUCCESS;
}

/* Makes the blocks from `offset` on exist. Those of a failure stay: they read as the zeros that
   were there, and go with the file. */
static error_t reserve_blocks(struct tree *tree, struct contents *file, uint64_t offset,
                              uint64_t length)
{
    uint64_t end = (offset + length - 1) / BLOCK_BYTES + 1;
    error_t error = reserve_table(tree, file, end);

    for (uint64_t i = offset / BLOCK_BYTES; !error && i < end; i++) {
        if (!file->blocks[i])
            file->blocks[i] = tree_allocate(tree, BLOCK_BYTES);
        if (!file->blocks[i])
            error = ENOSPC;
    }
    return error;
}

/* Fills the blocks, which are all there. */
static error_t fill_blocks(struct contents *file, uint64_t offset, size_t length, file_giver *give,
                           void *context)
{
    error_t error = SUCCESS;
    size_t at = 0;

    while (at < length && !error) {
        size_t part = smaller(length - at, rest_of_block(offset + at));

        error = give(context, at, block_at(file, offset + at) + (offset + at) % BLOCK_BYTES, part);
        at += part;
    }
    return error;
}

static error_t give_zeros(void *context, uint64_t at, void *bytes, size_t length)
{
    (void)context;
    (void)at;
    memset(bytes, 0, length);
    return SUCCESS;
}

/* Of a write up to `end` that failed midway: what lies behind the file's end is zeros again. */
static void clear_behind(struct contents *file, uint64_t offset, uint64_t end)
{
    if (offset < file->size)
        offset = file->size;
    if (offset < end)
        fill_blocks(file, offset, end - offset, give_zeros, NULL);
}

error_t file_write_from(struct tree *tree, struct node *node, uint64_t offset, size_t length,
                        file_giver *give, void *context)
{
    struct contents *file = &node->file;
    error_t error;

    if (node->kind != NODE_KIND_FILE)
        return EISDIR;
    if (length == 0)
        return SUCCESS;
    if (offset > FILE_BYTES_MAX || length > FILE_BYTES_MAX - offset)
        return EFBIG;
    error = reserve_blocks(tree, file, offset, length);
    if (error)
        return error;
    error = fill_blocks(file, offset, length, give, context);
    if (error) {
        clear_behind(file, offset, offset + length);
        return error;
    }

    if (offset + length > file->size)
        file->size = offset + length;
    node->changed = tree->now;
    return SUCCESS;
}

static error_t give_from_memory(void *buffer, uint64_t at, void *bytes, size_t length)
{
    memcpy(bytes, (const uint8_t *)buffer + at, length);
    return SUCCESS;
}

error_t file_write_at(struct tree *tree, struct node *node, uint64_t offset, const void *bytes,
                      size_t length)
{
    return file_write_from(tree, node, offset, length, give_from_memory, (void *)bytes);
}

/* Frees the blocks from `first` on. */
static void free_blocks(struct tree *tree, struct contents *file, uint64_t first)
{
    for (uint64_t i = first; i < file->capacity; i++) {
        tree_release(tree, file->blocks[i], BLOCK_BYTES);
        file->blocks[i] = NULL;
    }
    if (first > 0)
        return;
    tree_release(tree, file->blocks, file->capacity * sizeof(uint8_t *));
    file->blocks = NULL;
    file->capacity = 0;
}

error_t file_set_size(struct tree *tree, struct node *node, uint64_t size)
{
    struct contents *file = &node->file;

    if (node->kind != NODE_KIND_FILE)
        return EISDIR;
    if (size > FILE_BYTES_MAX)
        return EFBIG;
    if (size < file->size) {
        uint8_t *last = block_at(file, size);

        if (size % BLOCK_BYTES && last)
            memset(last + size % BLOCK_BYTES, 0, rest_of_block(size));
        free_blocks(tree, file, (size + BLOCK_BYTES - 1) / BLOCK_BYTES);
    }
    file->size = size;
    node->changed = tree->now;
    return SUCCESS;
}

void file_release(struct tree *tree, struct node *file)
{
    free_blocks(tree, &file->file, 0);
}
