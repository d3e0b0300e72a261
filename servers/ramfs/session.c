/*
 * session.c - requests by path.
 */
#include <fcntl.h>
#include <string.h>

#include <myelin/clock.h>
#include <myelin/endpoint.h>

#include "request.h"

static struct path path_of(const char *text)
{
    return (struct path){text, strlen(text)};
}

/* Every request here begins with it. */
static error_t begin(const struct idl_request *request)
{
    tree.now = clock_now();
    return request->badge & BADGE_FILE ? EBADF : SUCCESS;
}

static unsigned access_of(unsigned flags)
{
    static const uint8_t access[] = {ACCESS_READ, ACCESS_WRITE, ACCESS_READ | ACCESS_WRITE, 0};

    return access[flags & O_ACCMODE] | (flags & O_APPEND ? ACCESS_APPEND : 0);
}

static uint64_t badge_of(const struct node *node, unsigned access)
{
    return BADGE_FILE | (uint64_t)access << BADGE_ACCESS_SHIFT |
           (uint64_t)node->number << BADGE_NUMBER_SHIFT | node->generation;
}

/* Finds or makes the file and its capability, and only then cuts it. */
static error_t open_file(const char *path, unsigned flags, unsigned mode, struct node **node,
                         cap_t *file)
{
    bool created;
    error_t error = tree_open(&tree, path_of(path), flags, mode, node, &created);

    if (error)
        return error;
    error = endpoint_mint(files_endpoint, badge_of(*node, access_of(flags)), file);
    if (error && created)
        tree_forget(&tree, *node);
    if (!error && flags & O_TRUNC)
        file_set_size(&tree, *node, 0);
    return error;
}

error_t fs_handle_open(struct idl_request *request, uint64_t flags, uint64_t mode, const char *path,
                       cap_t *file, enum fs_kind *kind, uint64_t *size)
{
    struct node *node;
    error_t error = begin(request);

    if (!error)
        error = open_file(path, (unsigned)flags, (unsigned)mode, &node, file);
    if (error)
        return error;
    *kind = node->kind;
    *size = node_size(node);
    return SUCCESS;
}

void status_fill(struct fs_status *status, const struct node *node)
{
    *status = (struct fs_status){
        .kind = node->kind,
        .size = node_size(node),
        .inode = node->number,
        .links = node_links(node),
        .mode = node->mode,
        .changed = node->changed,
    };
}

error_t fs_handle_stat_path(struct idl_request *request, const char *path, struct fs_status *status)
{
    struct node *node;
    error_t error = begin(request);

    if (!error)
        error = tree_find(&tree, path_of(path), &node);
    if (!error)
        status_fill(status, node);
    return error;
}

error_t fs_handle_mkdir(struct idl_request *request, uint64_t mode, const char *path)
{
    error_t error = begin(request);

    return error ? error : tree_mkdir(&tree, path_of(path), (unsigned)mode);
}

error_t fs_handle_unlink(struct idl_request *request, uint32_t flags, const char *path)
{
    error_t error = begin(request);

    return error ? error : tree_unlink(&tree, path_of(path), flags & FS_UNLINK_DIRECTORY);
}

error_t fs_handle_rename(struct idl_request *request, const char *from, const struct idl_lease *to)
{
    char target[PATH_BYTES_MAX];
    error_t error = begin(request);

    if (!error)
        error = idl_lease_read(to, 0, target, to->length);
    return error ? error : tree_rename(&tree, path_of(from), (struct path){target, to->length});
}
