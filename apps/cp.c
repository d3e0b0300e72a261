/*
 * cp.c - copies a file to another name, or files into a directory.
 */
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "complain.h"

static char buffer[64 * 1024];

static int is_directory(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int is_same_file(const char *first, const char *second)
{
    struct stat a, b;

    return stat(first, &a) == 0 && stat(second, &b) == 0 && a.st_ino == b.st_ino;
}

static int write_all(int file, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(file, bytes, length);

        if (written < 0)
            return -1;
        bytes += written;
        length -= (size_t)written;
    }
    return 0;
}

static int copy_bytes(const char *from, int source, const char *to, int target)
{
    for (;;) {
        ssize_t length = read(source, buffer, sizeof(buffer));

        if (length < 0)
            return complain("cp", from, errno);
        if (length == 0)
            return 0;
        if (write_all(target, buffer, (size_t)length) < 0)
            return complain("cp", to, errno);
    }
}

static int copy_to(const char *from, int source, const char *to)
{
    int target, status;

    if (is_directory(from))
        return complain("cp", from, EISDIR);
    if (is_same_file(from, to))
        return complain("cp", to, EEXIST);
    target = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (target < 0)
        return complain("cp", to, errno);
    status = copy_bytes(from, source, to, target);
    if (close(target) < 0)
        return complain("cp", to, errno);
    return status;
}

static int copy_file(const char *from, const char *to)
{
    int source = open(from, O_RDONLY);
    int status;

    if (source < 0)
        return complain("cp", from, errno);
    status = copy_to(from, source, to);
    close(source);
    return status;
}

static int copy_into(const char *from, const char *directory)
{
    char name[PATH_MAX], path[PATH_MAX];

    if (strlen(from) >= sizeof(name))
        return complain("cp", from, ENAMETOOLONG);
    strcpy(name, from);
    if (snprintf(path, sizeof(path), "%s/%s", directory, basename(name)) >= (int)sizeof(path))
        return complain("cp", from, ENAMETOOLONG);
    return copy_file(from, path);
}

int main(int argc, char **argv)
{
    const char *to = argv[argc - 1];
    int status = 0;

    if (argc < 3)
        return usage("cp FROM TO, or cp FROM... DIRECTORY");
    if (argc == 3 && !is_directory(to))
        return copy_file(argv[1], to);
    if (!is_directory(to))
        return complain("cp", to, ENOTDIR);
    for (int i = 1; i < argc - 1; i++)
        status |= copy_into(argv[i], to);
    return status;
}
