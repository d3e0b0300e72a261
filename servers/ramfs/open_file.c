/*
 * open_file.c - requests on an open file. Which file, and for reading or writing, says the badge.
 */
#include <string.h>

#include <myelin/clock.h>

#include "request.h"

static unsigned access_of(const struct idl_request *request)
{
    return (unsigned)(request->badge >> BADGE_ACCESS_SHIFT) & 7;
}

/* The file, which must have been opened for that; 0: for anything. Every request here begins with
   it. */
static error_t begin(const struct idl_request *request, unsigned access, struct node **node)
{
    uint32_t number = (uint32_t)(request->badge >> BADGE_NUMBER_SHIFT) & BADGE_NUMBER_MASK;
    error_t error = SUCCESS;

    tree.now = clock_now();
    if (!(request->badge & BADGE_FILE))
        return EBADF;
    error = node_find(&tree, number, (uint32_t)request->badge, node);
    if (!error && (access_of(request) & access) != access)
        error = EBADF;
    return error;
}

/* ---- reading ---- */

error_t fs_handle_read(struct idl_request *request, uint64_t offset, uint64_t length, void *data,
                       size_t *data_length)
{
    struct node *node;
    error_t error = begin(request, ACCESS_READ, &node);

    if (length > FS_READ_MAX)
        length = FS_READ_MAX;
    return error ? error : file_read_at(node, offset, data, length, data_length);
}

static error_t take_to_lease(void *lease, uint64_t at, const void *bytes, size_t length)
{
    return idl_lease_write(lease, at, bytes, length);
}

error_t fs_handle_read_lent(struct idl_request *request, uint64_t offset,
                            const struct idl_lease *buffer, uint64_t *length)
{
    struct node *node;
    error_t error = begin(request, ACCESS_READ, &node);

    return error
               ? error
               : file_read_to(node, offset, buffer->length, take_to_lease, (void *)buffer, length);
}

/* ---- writing ---- */

/* Where a write goes that shall go to `offset`. */
static uint64_t place_of(const struct idl_request *request, const struct node *node,
                         uint64_t offset)
{
    bool appends = offset == FS_APPEND || access_of(request) & ACCESS_APPEND;

    return appends ? node_size(node) : offset;
}

error_t fs_handle_write(struct idl_request *request, uint64_t offset, const void *data,
                        size_t data_length, uint64_t *length, uint64_t *size)
{
    struct node *node;
    error_t error = begin(request, ACCESS_WRITE, &node);

    if (!error)
        error = file_write_at(&tree, node, place_of(request, node, offset), data, data_length);
    if (error)
        return error;
    *length = data_length;
    *size = node_size(node);
    return SUCCESS;
}

static error_t give_from_lease(void *lease, uint64_t at, void *bytes, size_t length)
{
    return idl_lease_read(lease, at, bytes, length);
}

error_t fs_handle_write_lent(struct idl_request *request, uint64_t offset,
                             const struct idl_lease *data, uint64_t *length, uint64_t *size)
{
    struct node *node;
    error_t error = begin(request, ACCESS_WRITE, &node);

    if (!error)
        error = file_write_from(&tree, node, place_of(request, node, offset), data->length,
                                give_from_lease, (void *)data);
    if (error)
        return error;
    *length = data->length;
    *size = node_size(node);
    return SUCCESS;
}

error_t fs_handle_truncate(struct idl_request *request, uint64_t size)
{
    struct node *node;
    error_t error = begin(request, ACCESS_WRITE, &node);

    return error ? error : file_set_size(&tree, node, size);
}

/* ---- the rest ---- */

error_t fs_handle_stat(struct idl_request *request, struct fs_status *status)
{
    struct node *node;
    error_t error = begin(request, 0, &node);

    if (!error)
        status_fill(status, node);
    return error;
}

error_t fs_handle_readdir(struct idl_request *request, uint64_t index, uint64_t *inode,
                          uint64_t *kind, char title[FS_NAME_MAX + 1])
{
    struct node *directory, *entry;
    error_t error = begin(request, 0, &directory);

    if (!error)
        error = directory_entry(directory, index, &entry);
    if (error || !entry)
        return error;
    *inode = entry->number;
    *kind = entry->kind;
    strcpy(title, entry->name);
    return SUCCESS;
}

/* There is nothing to forget: the file's state is in its badge. */
error_t fs_handle_close(struct idl_request *request)
{
    struct node *node;

    return begin(request, 0, &node);
}
