/*
 * open_file.c - requests on an open file. Which file, and for reading or writing, says the badge.
 */
#include <string.h>

#include <myelin/idl/fs_types.h>

#include "request.h"

void answer_status(struct message *message, const struct node *node)
{
    message_put(message, node->kind);
    message_put(message, node_size(node));
    message_put(message, node->number);
    message_put(message, node_links(node));
    message_put(message, node->mode);
    message_put(message, node->changed);
}

static unsigned access_of(const struct message *message)
{
    return (unsigned)(message->badge >> BADGE_ACCESS_SHIFT) & 7;
}

/* Reads straight into the answer: its words from 1 on. */
static void handle_read(struct message *message, struct node *node)
{
    uint64_t offset = message->words[0];
    uint64_t length = message->words[1];
    size_t done = 0;
    error_t error = access_of(message) & ACCESS_READ ? SUCCESS : EBADF;

    if (length > FS_READ_MAX)
        length = FS_READ_MAX;
    if (!error)
        error = file_read_at(node, offset, &message->words[1], length, &done);
    message_begin(message, (uint32_t)error);
    if (error)
        return;
    message->words[0] = done;
    memset((char *)&message->words[1] + done, 0, -done % sizeof(word_t));
    message->word_count = 1 + (uint32_t)((done + sizeof(word_t) - 1) / sizeof(word_t));
}

static error_t write_file(const struct message *message, struct node *node)
{
    uint64_t length = message->words[1];
    uint64_t offset = message->words[0];
    const void *bytes = length <= FS_WRITE_MAX ? message_get_bytes(message, 2, length) : NULL;

    if (!bytes)
        return EMSGSIZE;
    if (!(access_of(message) & ACCESS_WRITE))
        return EBADF;
    if (offset == FS_APPEND || access_of(message) & ACCESS_APPEND)
        offset = node_size(node);
    return file_write_at(&tree, node, offset, bytes, length);
}

static void handle_write(struct message *message, struct node *node)
{
    uint64_t length = message->words[1];
    error_t error = write_file(message, node);

    message_begin(message, (uint32_t)error);
    if (error)
        return;
    message_put(message, length);
    message_put(message, node_size(node));
}

static void handle_stat(struct message *message, struct node *node)
{
    message_begin(message, SUCCESS);
    answer_status(message, node);
}

static void handle_truncate(struct message *message, struct node *node)
{
    error_t error = access_of(message) & ACCESS_WRITE ? SUCCESS : EBADF;

    if (!error)
        error = file_set_size(&tree, node, message->words[0]);
    message_begin(message, (uint32_t)error);
}

static void handle_readdir(struct message *message, struct node *node)
{
    struct node *entry;
    error_t error = directory_entry(node, message->words[0], &entry);

    message_begin(message, (uint32_t)error);
    if (error)
        return;
    message_put(message, entry ? entry->number : 0);
    message_put(message, entry ? entry->kind : 0);
    message_put(message, entry ? entry->name_length : 0);
    if (entry)
        message_put_bytes(message, entry->name, entry->name_length);
}

/* There is nothing to forget: the file's state is in its badge. */
static void handle_close(struct message *message, struct node *node)
{
    (void)node;
    message_begin(message, SUCCESS);
}

/* A request: how many words it has before its bytes. */
struct method {
    uint32_t label;
    uint32_t words;
    void (*handle)(struct message *message, struct node *node);
};

static const struct method methods[] = {
    {FS_LABEL_READ, 2, handle_read},         {FS_LABEL_WRITE, 2, handle_write},
    {FS_LABEL_STAT, 0, handle_stat},         {FS_LABEL_READDIR, 1, handle_readdir},
    {FS_LABEL_TRUNCATE, 1, handle_truncate}, {FS_LABEL_CLOSE, 0, handle_close},
};

static const struct method *find_method(uint32_t label)
{
    for (unsigned i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (methods[i].label == label)
            return &methods[i];
    return NULL;
}

void file_request(struct message *message)
{
    const struct method *method = find_method(message->label);
    uint32_t number = (uint32_t)(message->badge >> BADGE_NUMBER_SHIFT) & BADGE_NUMBER_MASK;
    struct node *node;

    if (!method)
        return message_begin(message, ENOSYS);
    if (message->word_count < method->words)
        return message_begin(message, EMSGSIZE);
    if (node_find(&tree, number, (uint32_t)message->badge, &node))
        return message_begin(message, ESTALE);
    method->handle(message, node);
}
