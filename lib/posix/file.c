/*
 * file.c - calls that take a path: open, stat, make, remove, rename.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <myelin/file.h>
#include <myelin/idl/fs_types.h>

#include "posix.h"

#define OPEN_FLAGS      (O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_APPEND | O_DIRECTORY)
#define NANOSECONDS     1000000000ull
#define BLOCK_BYTES     512 /* the unit of st_blocks */
#define CONSOLE_MODE_IS (S_IFCHR | 0620)

/* What is open becomes a descriptor, unless its kind and the flags do not fit. */
static long open_checked(cap_t file, const struct file_status *status, int flags)
{
    bool directory = status->kind == FS_DIRECTORY;
    long result = 0;

    if (directory && (flags & O_ACCMODE) != O_RDONLY)
        result = -EISDIR;
    else if (!directory && flags & O_DIRECTORY)
        result = -ENOTDIR;
    else
        result =
            posix_descriptor_open(directory ? OPEN_DIRECTORY : OPEN_FILE, file, flags & OPEN_FLAGS);
    if (result < 0)
        file_close(file);
    return result;
}

static long open_path(int directory, const char *path, int flags, unsigned mode)
{
    char absolute[PATH_BYTES];
    struct file_status status;
    cap_t session;
    cap_t file;
    long result = posix_path_session(directory, path, absolute, &session);

    if (!result)
        result = posix_path_result(
            file_open(session, absolute, (unsigned)flags & OPEN_FLAGS, mode, &file, &status));
    return result ? result : open_checked(file, &status, flags);
}

long linux_open(const uint64_t *arguments)
{
    return open_path(AT_FDCWD, (const char *)arguments[0], (int)arguments[1],
                     (unsigned)arguments[2]);
}

long linux_openat(const uint64_t *arguments)
{
    return open_path((int)arguments[0], (const char *)arguments[1], (int)arguments[2],
                     (unsigned)arguments[3]);
}

long linux_creat(const uint64_t *arguments)
{
    return open_path(AT_FDCWD, (const char *)arguments[0], O_CREAT | O_WRONLY | O_TRUNC,
                     (unsigned)arguments[1]);
}

long linux_truncate(const uint64_t *arguments)
{
    char absolute[PATH_BYTES];
    cap_t session;
    cap_t file;
    long result = posix_path_session(AT_FDCWD, (const char *)arguments[0], absolute, &session);

    if (!result)
        result = posix_path_result(file_open(session, absolute, O_WRONLY, 0, &file, NULL));
    if (result)
        return result;
    result = posix_path_result(file_truncate(file, arguments[1]));
    file_close(file);
    return result;
}

/* On x86-64 the kernel's layout of struct stat and the C library's are one. */
static void stat_fill(struct stat *stat, const struct file_status *status)
{
    memset(stat, 0, sizeof(*stat));
    stat->st_dev = 1;
    stat->st_ino = status->inode;
    stat->st_nlink = status->links;
    stat->st_mode = (status->kind == FS_DIRECTORY ? S_IFDIR : S_IFREG) | (status->mode & 07777);
    stat->st_size = (off_t)status->size;
    stat->st_blksize = 4096;
    stat->st_blocks = (blkcnt_t)((status->size + BLOCK_BYTES - 1) / BLOCK_BYTES);
    stat->st_mtim.tv_sec = (time_t)(status->changed / NANOSECONDS);
    stat->st_mtim.tv_nsec = (long)(status->changed % NANOSECONDS);
    stat->st_atim = stat->st_ctim = stat->st_mtim;
}

static long stat_path(int directory, const char *path, struct file_status *status)
{
    char absolute[PATH_BYTES];
    cap_t session;
    long result = posix_path_session(directory, path, absolute, &session);

    return result ? result : posix_path_result(file_stat_path(session, absolute, status));
}

static long stat_at(int directory, const char *path, struct stat *stat)
{
    struct file_status status;
    long result = stat_path(directory, path, &status);

    if (!result)
        stat_fill(stat, &status);
    return result;
}

long linux_stat(const uint64_t *arguments)
{
    return stat_at(AT_FDCWD, (const char *)arguments[0], (struct stat *)arguments[1]);
}

long linux_fstat(const uint64_t *arguments)
{
    struct open_file *file = posix_descriptor_get((int)arguments[0]);
    struct stat *stat = (struct stat *)arguments[1];
    struct file_status status;
    long result;

    if (!file)
        return -EBADF;
    if (file->kind != OPEN_FILE && file->kind != OPEN_DIRECTORY) {
        memset(stat, 0, sizeof(*stat));
        stat->st_mode = CONSOLE_MODE_IS;
        stat->st_nlink = 1;
        return 0;
    }
    result = posix_path_result(file_stat(file->cap, &status));
    if (!result)
        stat_fill(stat, &status);
    return result;
}

long linux_newfstatat(const uint64_t *arguments)
{
    const char *path = (const char *)arguments[1];

    if (arguments[3] & AT_EMPTY_PATH && path && !*path)
        return linux_fstat((const uint64_t[]){arguments[0], arguments[2]});
    return stat_at((int)arguments[0], path, (struct stat *)arguments[2]);
}

/* There are no users: a file may be executed if its mode says so for anybody. */
static long access_at(int directory, const char *path, int mode)
{
    struct file_status status;
    long result = stat_path(directory, path, &status);

    if (!result && mode & X_OK && status.kind == FS_FILE && !(status.mode & 0111))
        return -EACCES;
    return result;
}

long linux_access(const uint64_t *arguments)
{
    return access_at(AT_FDCWD, (const char *)arguments[0], (int)arguments[1]);
}

long linux_faccessat(const uint64_t *arguments)
{
    return access_at((int)arguments[0], (const char *)arguments[1], (int)arguments[2]);
}

static long mkdir_at(int directory, const char *path, unsigned mode)
{
    char absolute[PATH_BYTES];
    cap_t session;
    long result = posix_path_session(directory, path, absolute, &session);

    return result ? result : posix_path_result(file_mkdir(session, absolute, mode));
}

long linux_mkdir(const uint64_t *arguments)
{
    return mkdir_at(AT_FDCWD, (const char *)arguments[0], (unsigned)arguments[1]);
}

long linux_mkdirat(const uint64_t *arguments)
{
    return mkdir_at((int)arguments[0], (const char *)arguments[1], (unsigned)arguments[2]);
}

static long unlink_at(int directory, const char *path, unsigned flags)
{
    char absolute[PATH_BYTES];
    cap_t session;
    long result = posix_path_session(directory, path, absolute, &session);

    return result ? result : posix_path_result(file_unlink(session, absolute, flags));
}

long linux_unlink(const uint64_t *arguments)
{
    return unlink_at(AT_FDCWD, (const char *)arguments[0], 0);
}

long linux_rmdir(const uint64_t *arguments)
{
    return unlink_at(AT_FDCWD, (const char *)arguments[0], FS_UNLINK_DIRECTORY);
}

long linux_unlinkat(const uint64_t *arguments)
{
    return unlink_at((int)arguments[0], (const char *)arguments[1],
                     arguments[2] & AT_REMOVEDIR ? FS_UNLINK_DIRECTORY : 0);
}

static long rename_at(int from_directory, const char *from, int to_directory, const char *to)
{
    char from_absolute[PATH_BYTES];
    char to_absolute[PATH_BYTES];
    cap_t session;
    long result = posix_path_resolve_at(from_directory, from, from_absolute);

    if (!result)
        result = posix_path_session(to_directory, to, to_absolute, &session);
    return result ? result : posix_path_result(file_rename(session, from_absolute, to_absolute));
}

long linux_rename(const uint64_t *arguments)
{
    return rename_at(AT_FDCWD, (const char *)arguments[0], AT_FDCWD, (const char *)arguments[1]);
}

long linux_renameat(const uint64_t *arguments)
{
    return rename_at((int)arguments[0], (const char *)arguments[1], (int)arguments[2],
                     (const char *)arguments[3]);
}

long linux_renameat2(const uint64_t *arguments)
{
    return arguments[4] ? -EINVAL : linux_renameat(arguments);
}
