/*
 * rm.c - removes files and empty directories; -r: directories with all that is in them.
 */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "complain.h"

static int remove_tree(const char *path);

static int is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int remove_entry(const char *directory, const char *name)
{
    char path[PATH_MAX];

    if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
        return complain("rm", name, ENAMETOOLONG);
    return remove_tree(path);
}

static int remove_entries(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, NULL);
    int status = 0;

    if (count < 0)
        return complain("rm", path, errno);
    for (int i = 0; i < count; i++) {
        if (!is_dots(entries[i]->d_name))
            status |= remove_entry(path, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return status;
}

static int remove_one(const char *path, const struct stat *what)
{
    int result = S_ISDIR(what->st_mode) ? rmdir(path) : unlink(path);

    return result < 0 ? complain("rm", path, errno) : 0;
}

static int remove_tree(const char *path)
{
    struct stat what;
    int status = 0;

    if (lstat(path, &what) < 0)
        return complain("rm", path, errno);
    if (S_ISDIR(what.st_mode))
        status = remove_entries(path);
    return status ? status : remove_one(path, &what);
}

static int remove_path(const char *path)
{
    struct stat what;

    if (lstat(path, &what) < 0)
        return complain("rm", path, errno);
    return remove_one(path, &what);
}

int main(int argc, char **argv)
{
    int recursive = argc > 1 && strcmp(argv[1], "-r") == 0;
    int status = 0;

    if (argc < 2 + recursive)
        return usage("rm [-r] PATH...");
    for (int i = 1 + recursive; i < argc; i++)
        status |= recursive ? remove_tree(argv[i]) : remove_path(argv[i]);
    return status;
}
