/*
 * session.c - requests by path.
 */
#include <fcntl.h>

#include <myelin/endpoint.h>
#include <myelin/idl/fs_types.h>

#include "request.h"

/* The path of `length` bytes in the words from `index` on. EMSGSIZE: it is not all there. */
static error_t get_path(const struct message *message, unsigned index, uint64_t length,
                        struct path *path)
{
    if (length > PATH_BYTES_MAX)
        return ENAMETOOLONG;
    path->bytes = message_get_bytes(message, index, length);
    path->length = length;
    return path->bytes ? SUCCESS : EMSGSIZE;
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
static error_t open_file(const struct message *message, struct node **node, cap_t *file)
{
    unsigned flags = (unsigned)message->words[0];
    struct path path;
    bool created;
    error_t error = get_path(message, 3, message->words[2], &path);

    if (!error && message->sender_accept < 1)
        error = ENOSPC;
    if (!error)
        error = tree_open(&tree, path, flags, (unsigned)message->words[1], node, &created);
    if (error)
        return error;
    error = endpoint_mint(files_endpoint, badge_of(*node, access_of(flags)), file);
    if (error && created)
        tree_forget(&tree, *node);
    if (!error && flags & O_TRUNC)
        file_set_size(&tree, *node, 0);
    return error;
}

static void handle_open(struct message *message)
{
    struct node *node;
    cap_t file;
    error_t error = open_file(message, &node, &file);

    message_begin(message, (uint32_t)error);
    if (error)
        return;
    message_put(message, node->kind);
    message_put(message, node_size(node));
    message_put_cap(message, file, CAP_MOVE);
}

static void handle_stat_path(struct message *message)
{
    struct node *node;
    struct path path;
    error_t error = get_path(message, 1, message->words[0], &path);

    if (!error)
        error = tree_find(&tree, path, &node);
    message_begin(message, (uint32_t)error);
    if (!error)
        answer_status(message, node);
}

static void handle_mkdir(struct message *message)
{
    struct path path;
    error_t error = get_path(message, 2, message->words[1], &path);

    if (!error)
        error = tree_mkdir(&tree, path, (unsigned)message->words[0]);
    message_begin(message, (uint32_t)error);
}

static void handle_unlink(struct message *message)
{
    uint64_t flags = message->words[0];
    struct path path;
    error_t error = get_path(message, 2, message->words[1], &path);

    if (!error && flags & ~(uint64_t)FS_UNLINK_DIRECTORY)
        error = EINVAL;
    if (!error)
        error = tree_unlink(&tree, path, flags & FS_UNLINK_DIRECTORY);
    message_begin(message, (uint32_t)error);
}

static void handle_rename(struct message *message)
{
    uint64_t from_length = message->words[0];
    uint64_t to_length = message->words[1];
    struct path from, to;
    error_t error = SUCCESS;

    if (from_length > PATH_BYTES_MAX || to_length > PATH_BYTES_MAX)
        error = ENAMETOOLONG;
    if (!error)
        error = get_path(message, 2, from_length, &from);
    if (!error && !message_get_bytes(message, 2, from_length + to_length))
        error = EMSGSIZE;
    if (!error) {
        to = (struct path){from.bytes + from_length, to_length};
        error = tree_rename(&tree, from, to);
    }
    message_begin(message, (uint32_t)error);
}

/* A request: how many words it has before its path. */
struct method {
    uint32_t label;
    uint32_t words;
    void (*handle)(struct message *message);
};

static const struct method methods[] = {
    {FS_LABEL_OPEN, 3, handle_open},     {FS_LABEL_STAT_PATH, 1, handle_stat_path},
    {FS_LABEL_MKDIR, 2, handle_mkdir},   {FS_LABEL_UNLINK, 2, handle_unlink},
    {FS_LABEL_RENAME, 2, handle_rename},
};

void session_request(struct message *message)
{
    for (unsigned i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (methods[i].label != message->label)
            continue;
        if (message->word_count < methods[i].words)
            return message_begin(message, EMSGSIZE);
        return methods[i].handle(message);
    }
    message_begin(message, ENOSYS);
}
