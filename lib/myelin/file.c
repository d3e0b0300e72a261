/*
 * file.c - files and paths: what programs know of the file protocol (idl/interfaces/fs.idl).
 */
#include <string.h>

#include <myelin/file.h>
#include <myelin/idl/fs.h>
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

/* ---- on a session ---- */

/* A path that no message holds has an error of its own. */
static bool path_fits(const char *path)
{
    return strnlen(path, FS_PATH_MAX + 1) <= FS_PATH_MAX;
}

error_t file_open(cap_t session, const char *path, unsigned flags, unsigned mode, cap_t *file,
                  struct file_status *status)
{
    enum fs_kind kind;
    uint64_t size;
    error_t error;

    if (!path_fits(path))
        return library_error(ENAMETOOLONG);
    error = fs_open(session, flags, mode, path, file, &kind, &size);
    if (!error && status)
        *status = (struct file_status){.kind = kind, .size = size};
    return error;
}

static void status_read(const struct fs_status *from, struct file_status *status)
{
    *status = (struct file_status){
        .kind = (uint32_t)from->kind,
        .mode = (uint32_t)from->mode,
        .size = from->size,
        .inode = from->inode,
        .links = from->links,
        .changed = from->changed,
    };
}

error_t file_stat_path(cap_t session, const char *path, struct file_status *status)
{
    struct fs_status answer;
    error_t error;

    if (!path_fits(path))
        return library_error(ENAMETOOLONG);
    error = fs_stat_path(session, path, &answer);
    if (!error)
        status_read(&answer, status);
    return error;
}

error_t file_mkdir(cap_t session, const char *path, unsigned mode)
{
    return path_fits(path) ? fs_mkdir(session, mode, path) : library_error(ENAMETOOLONG);
}

error_t file_unlink(cap_t session, const char *path, unsigned flags)
{
    return path_fits(path) ? fs_unlink(session, flags, path) : library_error(ENAMETOOLONG);
}

error_t file_rename(cap_t session, const char *from, const char *to)
{
    if (!path_fits(from) || !path_fits(to))
        return library_error(ENAMETOOLONG);
    return fs_rename(session, from, to, strlen(to));
}

/* ---- on a file ---- */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* One request: what fits the message comes in it, more goes straight to where it belongs. */
static error_t read_part(cap_t file, uint64_t offset, void *buffer, size_t most, size_t *length)
{
    uint64_t done;
    error_t error;

    if (most <= FS_READ_MAX)
        return fs_read(file, offset, most, buffer, most, length);
    error = fs_read_lent(file, offset, buffer, most, &done);
    if (error)
        return error;
    *length = done;
    return done > most ? library_error(EIO) : SUCCESS;
}

error_t file_read(cap_t file, uint64_t offset, void *buffer, size_t length, size_t *done)
{
    size_t most = 0;
    size_t part = 0;
    error_t error;

    *done = 0;
    while (*done < length && part == most) { /* a short one ends at the file's end */
        most = smaller(length - *done, FS_LENT_MAX);
        error = read_part(file, offset + *done, (char *)buffer + *done, most, &part);
        if (error)
            return error;
        *done += part;
    }
    return SUCCESS;
}

/* One request, as above. */
static error_t write_part(cap_t file, uint64_t offset, const void *buffer, size_t *length,
                          uint64_t *size)
{
    uint64_t done;
    error_t error = *length <= FS_WRITE_MAX
                        ? fs_write(file, offset, buffer, *length, &done, size)
                        : fs_write_lent(file, offset, buffer, *length, &done, size);

    if (error)
        return error;
    if (!done || done > *length)
        return library_error(EIO);
    *length = done;
    return SUCCESS;
}

error_t file_write(cap_t file, uint64_t offset, const void *buffer, size_t length, size_t *done,
                   uint64_t *size)
{
    error_t error = SUCCESS;
    uint64_t after = 0;
    size_t part;

    *done = 0;
    while (*done < length && !error) {
        part = smaller(length - *done, FS_LENT_MAX);
        error = write_part(file, offset == FS_APPEND ? FS_APPEND : offset + *done,
                           (const char *)buffer + *done, &part, &after);
        *done += error ? 0 : part;
    }
    if (size)
        *size = after;
    return error;
}

error_t file_stat(cap_t file, struct file_status *status)
{
    struct fs_status answer;
    error_t error = fs_stat(file, &answer);

    if (!error)
        status_read(&answer, status);
    return error;
}

error_t file_readdir(cap_t file, uint64_t index, struct file_entry *entry)
{
    uint64_t kind;
    error_t error = fs_readdir(file, index, &entry->inode, &kind, entry->name);

    if (!error)
        entry->kind = (uint32_t)kind;
    return error;
}

error_t file_truncate(cap_t file, uint64_t size)
{
    return fs_truncate(file, size);
}

error_t file_close(cap_t file)
{
    error_t error = fs_close(file);

    cap_delete(file);
    return error;
}
