/*
 * path.c - the working directory, and paths made absolute and plain.
 */
#include <fcntl.h>
#include <string.h>

#include <myelin/file.h>
#include <myelin/idl/fs_types.h>

#include "posix.h"

static char working_directory[PATH_BYTES] = "/";

void posix_path_begin(char *const *environment)
{
    char absolute[PATH_BYTES];

    for (; *environment; environment++) {
        if (!strncmp(*environment, "PWD=/", 5) && !posix_path_resolve(*environment + 4, absolute))
            memcpy(working_directory, absolute, PATH_BYTES);
    }
}

/* Drops the last part of a path: "/a/b" becomes "/a", "/a" and "" become "". */
static size_t drop_part(const char *path, size_t length)
{
    while (length && path[length - 1] != '/')
        length--;
    return length ? length - 1 : 0;
}

/* How many characters of `path` come before the next '/' or the end. */
static size_t part_length(const char *path)
{
    size_t length = 0;

    while (path[length] && path[length] != '/')
        length++;
    return length;
}

/* Appends the parts of `path` one by one to the plain path absolute[length]; the new length. */
static long append_parts(char *absolute, size_t length, const char *path)
{
    size_t part;

    for (; *path; path += part) {
        while (*path == '/')
            path++;
        part = part_length(path);
        if (!part || (part == 1 && path[0] == '.'))
            continue;
        if (part == 2 && path[0] == '.' && path[1] == '.') {
            length = drop_part(absolute, length);
            continue;
        }
        if (part + 1 >= PATH_BYTES - length)
            return -ENAMETOOLONG;
        absolute[length++] = '/';
        memcpy(absolute + length, path, part);
        length += part;
    }
    return (long)length;
}

long posix_path_resolve(const char *path, char *absolute)
{
    long length = 0;

    if (!path)
        return -EFAULT;
    if (!*path)
        return -ENOENT;
    if (*path != '/')
        length = append_parts(absolute, 0, working_directory);
    length = append_parts(absolute, (size_t)length, path);
    if (length < 0)
        return length;
    if (!length)
        absolute[length++] = '/';
    absolute[length] = '\0';
    return 0;
}

long posix_path_resolve_at(int directory, const char *path, char *absolute)
{
    if (path && *path && *path != '/' && directory != AT_FDCWD)
        return -ENOTSUP;
    return posix_path_resolve(path, absolute);
}

long posix_path_session(int directory, const char *path, char *absolute, cap_t *session)
{
    long result = posix_path_resolve_at(directory, path, absolute);

    return result ? result : posix_path_result(file_session(session));
}

long posix_path_result(error_t error)
{
    file_session_failed(error);
    return -error;
}

long linux_getcwd(const uint64_t *arguments)
{
    size_t size = strlen(working_directory) + 1;

    if (arguments[1] < size)
        return -ERANGE;
    memcpy((char *)arguments[0], working_directory, size);
    return (long)size;
}

long linux_chdir(const uint64_t *arguments)
{
    char absolute[PATH_BYTES];
    struct file_status status;
    cap_t session;
    long result = posix_path_session(AT_FDCWD, (const char *)arguments[0], absolute, &session);

    if (!result)
        result = posix_path_result(file_stat_path(session, absolute, &status));
    if (result)
        return result;
    if (status.kind != FS_DIRECTORY)
        return -ENOTDIR;
    memcpy(working_directory, absolute, PATH_BYTES);
    return 0;
}
