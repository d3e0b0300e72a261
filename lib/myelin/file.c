/*
 * file.c - the file protocol, message by message.
 */
#include <string.h>

#include <myelin/file.h>
#include <myelin/idl/fs_types.h>
#include <myelin/service.h>

#include "internal.h"

static cap_t own_session;

error_t file_session(cap_t *session)
{
    error_t error = own_session ? SUCCESS : service_connect("ramfs", &own_session);

    *session = own_session;
    /* ENOENT, here of the service, would read as if the path named nothing. */
    return error == ENOENT ? library_error(EPIPE) : error;
}

void file_session_failed(error_t error)
{
    if (!own_session || (error != ESTALE && error != EPIPE))
        return;
    cap_delete(own_session);
    own_session = CAP_NULL;
}

/* Appends a path's length and the path. */
static void put_path(struct message *message, const char *path)
{
    size_t length = strlen(path);

    message_put(message, length);
    message_put_bytes(message, path, length);
}

/* Sends a request with a path; one that does not fit has a name of its own. */
static error_t invoke_path(cap_t session, struct message *message)
{
    if (message->word_count > MESSAGE_WORDS_MAX)
        return library_error(ENAMETOOLONG);
    return message_invoke(session, message);
}

error_t file_open(cap_t session, const char *path, unsigned flags, unsigned mode, cap_t *file,
                  struct file_status *status)
{
    struct message message;
    error_t error;

    REQUEST(&message, FS_LABEL_OPEN, flags, mode);
    put_path(&message, path);
    message.accept = 1;
    error = invoke_path(session, &message);
    if (error)
        return error;
    if (message.cap_count != 1)
        return library_error(EBADF);
    *file = message.caps[0].cap;
    if (status)
        *status =
            (struct file_status){.kind = (uint32_t)message.words[0], .size = message.words[1]};
    return SUCCESS;
}

static void status_read(const struct message *message, struct file_status *status)
{
    status->kind = (uint32_t)message->words[0];
    status->size = message->words[1];
    status->inode = message->words[2];
    status->links = message->words[3];
    status->mode = (uint32_t)message->words[4];
    status->changed = message->words[5];
}

error_t file_stat_path(cap_t session, const char *path, struct file_status *status)
{
    struct message message;
    error_t error;

    REQUEST(&message, FS_LABEL_STAT_PATH);
    put_path(&message, path);
    error = invoke_path(session, &message);
    if (!error)
        status_read(&message, status);
    return error;
}

error_t file_mkdir(cap_t session, const char *path, unsigned mode)
{
    struct message message;

    REQUEST(&message, FS_LABEL_MKDIR, mode);
    put_path(&message, path);
    return invoke_path(session, &message);
}

error_t file_unlink(cap_t session, const char *path, unsigned flags)
{
    struct message message;

    REQUEST(&message, FS_LABEL_UNLINK, flags);
    put_path(&message, path);
    return invoke_path(session, &message);
}

error_t file_rename(cap_t session, const char *from, const char *to)
{
    size_t from_length = strlen(from);
    size_t to_length = strlen(to);
    size_t length = from_length + to_length;
    char both[(MESSAGE_WORDS_MAX - 2) * sizeof(word_t)];
    struct message message;

    if (length > sizeof(both))
        return library_error(ENAMETOOLONG);
    memcpy(both, from, from_length);
    memcpy(both + from_length, to, to_length);
    REQUEST(&message, FS_LABEL_RENAME, from_length, to_length);
    message_put_bytes(&message, both, length);
    return message_invoke(session, &message);
}

/* One message's worth of reading. */
static error_t read_part(cap_t file, uint64_t offset, void *buffer, size_t most, size_t *length)
{
    struct message message;
    error_t error;

    REQUEST(&message, FS_LABEL_READ, offset, most);
    error = message_invoke(file, &message);
    return error ? error : library_copy_bytes(&message, buffer, most, length);
}

error_t file_read(cap_t file, uint64_t offset, void *buffer, size_t length, size_t *done)
{
    error_t error = SUCCESS;
    size_t most;
    size_t part = 0;

    *done = 0;
    while (*done < length) {
        most = length - *done < FS_READ_MAX ? length - *done : FS_READ_MAX;
        error = read_part(file, offset + *done, (char *)buffer + *done, most, &part);
        if (error || !part)
            break;
        *done += part;
    }
    return error;
}

/* One message's worth of writing. */
static error_t write_part(cap_t file, uint64_t offset, const void *buffer, size_t *length,
                          uint64_t *size)
{
    struct message message;
    error_t error;

    REQUEST(&message, FS_LABEL_WRITE, offset, *length);
    message_put_bytes(&message, buffer, *length);
    error = message_invoke(file, &message);
    if (error)
        return error;
    if (!message.words[0] || message.words[0] > *length)
        return library_error(EIO);
    *length = message.words[0];
    *size = message.words[1];
    return SUCCESS;
}

error_t file_write(cap_t file, uint64_t offset, const void *buffer, size_t length, size_t *done,
                   uint64_t *size)
{
    error_t error = SUCCESS;
    uint64_t place = offset;
    uint64_t after = 0;
    size_t part;

    *done = 0;
    while (*done < length && !error) {
        part = length - *done < FS_WRITE_MAX ? length - *done : FS_WRITE_MAX;
        error = write_part(file, place, (const char *)buffer + *done, &part, &after);
        if (error)
            break;
        *done += part;
        place = offset == FS_APPEND ? FS_APPEND : offset + *done;
    }
    if (size)
        *size = after;
    return error;
}

error_t file_stat(cap_t file, struct file_status *status)
{
    struct message message;
    error_t error;

    REQUEST(&message, FS_LABEL_STAT);
    error = message_invoke(file, &message);
    if (!error)
        status_read(&message, status);
    return error;
}

error_t file_readdir(cap_t file, uint64_t index, struct file_entry *entry)
{
    struct message message;
    const void *name;
    error_t error;

    REQUEST(&message, FS_LABEL_READDIR, index);
    error = message_invoke(file, &message);
    if (error)
        return error;
    name = message_get_bytes(&message, 3, message.words[2]);
    if (!name || message.words[2] > FILE_NAME_BYTES)
        return library_error(ENAMETOOLONG);
    entry->inode = message.words[0];
    entry->kind = (uint32_t)message.words[1];
    memcpy(entry->name, name, message.words[2]);
    entry->name[message.words[2]] = '\0';
    return SUCCESS;
}

error_t file_truncate(cap_t file, uint64_t size)
{
    struct message message;

    REQUEST(&message, FS_LABEL_TRUNCATE, size);
    return message_invoke(file, &message);
}

error_t file_close(cap_t file)
{
    struct message message;
    error_t error;

    REQUEST(&message, FS_LABEL_CLOSE);
    error = message_invoke(file, &message);
    cap_delete(file);
    return error;
}
