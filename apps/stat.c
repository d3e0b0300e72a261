/*
 * stat.c - what the file server says of a file: kind, size, mode, inode, links, last change.
 */
#include <sys/stat.h>

#include "complain.h"

static int describe(const char *path)
{
    struct stat status;

    if (stat(path, &status) < 0)
        return complain("stat", path, errno);
    printf("%s: %s, %lld bytes, mode %04o, inode %llu, %llu links, changed %lld.%09ld s\n", path,
           S_ISDIR(status.st_mode) ? "directory" : "file", (long long)status.st_size,
           (unsigned)(status.st_mode & 07777), (unsigned long long)status.st_ino,
           (unsigned long long)status.st_nlink, (long long)status.st_mtim.tv_sec,
           (long)status.st_mtim.tv_nsec);
    return 0;
}

int main(int argc, char **argv)
{
    int status = 0;

    if (argc < 2)
        return usage("stat PATH...");
    for (int i = 1; i < argc; i++)
        status |= describe(argv[i]);
    return status;
}
