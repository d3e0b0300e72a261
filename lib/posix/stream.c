/*
 * stream.c - calls that take a descriptor: reading, writing, seeking.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <myelin/console.h>
#include <myelin/file.h>
#include <myelin/idl/console.h>
#include <myelin/idl/fs_types.h>
#include <myelin/trace.h>

#include "posix.h"

/* What was moved counts; an error only if that was nothing. */
static long moved(error_t error, size_t done)
{
    long result = posix_path_result(error);

    return done ? (long)done : result;
}

static long read_file(struct open_file *file, void *buffer, size_t length, uint64_t *offset)
{
    size_t done;
    error_t error;

    if ((file->flags & O_ACCMODE) == O_WRONLY)
        return -EBADF;
    error = file_read(file->cap, *offset, buffer, length, &done);
    *offset += done;
    return moved(error, done);
}

long posix_stream_read(struct open_file *file, void *buffer, size_t length, uint64_t *offset)
{
    size_t done = 0;
    error_t error;

    if (!length)
        return 0;
    switch (file->kind) {
    case OPEN_CONSOLE:
        error = console_read(file->cap, length, buffer, length, &done);
        return moved(error, error ? 0 : done);
    case OPEN_FILE:
        return read_file(file, buffer, length, offset);
    case OPEN_DIRECTORY:
        return -EISDIR;
    default:
        return 0;
    }
}

static long write_file(struct open_file *file, const void *buffer, size_t length, uint64_t *offset)
{
    bool append = file->flags & O_APPEND;
    uint64_t size;
    size_t done;
    error_t error;

    if ((file->flags & O_ACCMODE) == O_RDONLY)
        return -EBADF;
    error = file_write(file->cap, append ? FS_APPEND : *offset, buffer, length, &done, &size);
    if (done)
        *offset = append ? size : *offset + done;
    return moved(error, done);
}

long posix_stream_write(struct open_file *file, const void *buffer, size_t length, uint64_t *offset)
{
    size_t done = 0;
    error_t error;

    if (!length)
        return 0;
    switch (file->kind) {
    case OPEN_CONSOLE:
        return moved(console_write_all(file->cap, buffer, length, &done), done);
    case OPEN_LOG:
        error = trace_write(file->cap, buffer, length);
        return moved(error, error ? 0 : length);
    case OPEN_FILE:
        return write_file(file, buffer, length, offset);
    case OPEN_DIRECTORY:
        return -EBADF;
    default:
        return -EIO;
    }
}

long linux_read(const uint64_t *arguments)
{
    struct open_file *file = posix_descriptor_get((int)arguments[0]);

    return file ? posix_stream_read(file, (void *)arguments[1], arguments[2], &file->offset)
                : -EBADF;
}

long linux_write(const uint64_t *arguments)
{
    struct open_file *file = posix_descriptor_get((int)arguments[0]);

    return file ? posix_stream_write(file, (void *)arguments[1], arguments[2], &file->offset)
                : -EBADF;
}

long linux_pread64(const uint64_t *arguments)
{
    struct open_file *file = posix_descriptor_get((int)arguments[0]);
    uint64_t offset = arguments[3];

    return file ? posix_stream_read(file, (void *)arguments[1], arguments[2], &offset) : -EBADF;
}

long linux_pwrite64(const uint64_t *arguments)
{
    struct open_file *file = posix_descriptor_get((int)arguments[0]);
    uint64_t offset = arguments[3];

    return file ? posix_stream_write(file, (void *)arguments[1], arguments[2], &offset) : -EBADF;
}

typedef long transfer(const uint64_t *arguments);

/* Piece by piece, until one is short or fails. */
static long transfer_pieces(const uint64_t *arguments, transfer *piece)
{
    const struct iovec *pieces = (const struct iovec *)arguments[1];
    long total = 0;
    long result;

    for (uint64_t i = 0; i < arguments[2]; i++) {
        if (!pieces[i].iov_len)
            continue;
        result = piece(
            (const uint64_t[]){arguments[0], (uint64_t)pieces[i].iov_base, pieces[i].iov_len});
        if (result < 0)
            return total ? total : result;
        total += result;
        if ((uint64_t)result < pieces[i].iov_len)
            break;
    }
    return total;
}

long linux_readv(const uint64_t *arguments)
{
    return transfer_pieces(arguments, linux_read);
}

long linux_writev(const uint64_t *arguments)
{
    return transfer_pieces(arguments, linux_write);
}

/* Where an offset from the end of the file counts from. */
static long end_of(const struct open_file *file, uint64_t *end)
{
    struct file_status status;
    long result = posix_path_result(file_stat(file->cap, &status));

    *end = result ? 0 : status.size;
    return result;
}

long linux_lseek(const uint64_t *arguments)
{
    struct open_file *file = posix_descriptor_get((int)arguments[0]);
    uint64_t base = 0;
    long result = 0;

    if (!file)
        return -EBADF;
    if (file->kind != OPEN_FILE && file->kind != OPEN_DIRECTORY)
        return -ESPIPE;
    if (arguments[2] == SEEK_CUR)
        base = file->offset;
    else if (arguments[2] == SEEK_END)
        result = end_of(file, &base);
    else if (arguments[2] != SEEK_SET)
        return -EINVAL;
    if (result)
        return result;
    if ((int64_t)(base + arguments[1]) < 0)
        return -EINVAL;
    file->offset = base + arguments[1];
    return (long)file->offset;
}

long linux_ioctl(const uint64_t *arguments)
{
    struct open_file *file = posix_descriptor_get((int)arguments[0]);

    return file ? posix_console_control(file, (unsigned)arguments[1], (void *)arguments[2])
                : -EBADF;
}

long linux_ftruncate(const uint64_t *arguments)
{
    struct open_file *file = posix_descriptor_get((int)arguments[0]);

    if (!file)
        return -EBADF;
    if (file->kind != OPEN_FILE || (file->flags & O_ACCMODE) == O_RDONLY)
        return -EINVAL;
    return posix_path_result(file_truncate(file->cap, arguments[1]));
}

/* The file server holds what was written as soon as it has answered. */
long linux_fsync(const uint64_t *arguments)
{
    return posix_descriptor_get((int)arguments[0]) ? 0 : -EBADF;
}

/* One directory entry into the `room` bytes at `place`: its size, or 0 if it does not fit. */
static size_t put_entry(char *place, size_t room, const struct file_entry *entry, uint64_t next)
{
    size_t name_size = strlen(entry->name) + 1;
    size_t size = (offsetof(struct dirent, d_name) + name_size + 7) & ~7ull;
    struct dirent *out = (struct dirent *)place;

    if (size > room)
        return 0;
    out->d_ino = entry->inode;
    out->d_off = (off_t)next;
    out->d_reclen = (unsigned short)size;
    out->d_type = entry->kind == FS_DIRECTORY ? DT_DIR : DT_REG;
    memcpy(out->d_name, entry->name, name_size);
    return size;
}

long linux_getdents64(const uint64_t *arguments)
{
    struct open_file *file = posix_descriptor_get((int)arguments[0]);
    char *place = (char *)arguments[1];
    struct file_entry entry;
    size_t used = 0;
    size_t size;
    error_t error;

    if (!file)
        return -EBADF;
    if (file->kind != OPEN_DIRECTORY)
        return -ENOTDIR;
    for (;;) {
        error = file_readdir(file->cap, file->offset, &entry);
        if (error)
            break;
        if (!entry.inode) { /* removed since */
            file->offset++;
            continue;
        }
        size = put_entry(place + used, arguments[2] - used, &entry, file->offset + 1);
        if (!size)
            return used ? (long)used : -EINVAL;
        used += size;
        file->offset++;
    }
    return used || error == ENOENT ? (long)used : posix_path_result(error);
}
