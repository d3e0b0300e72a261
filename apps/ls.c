/*
 * ls.c - lists directories and files, a line each; -l: with mode and size; -a: also names that
 * begin with a dot.
 */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "complain.h"

static int long_form;
static int all_names;

/* "drwxr-xr-x" into text[11]. */
static void mode_text(mode_t mode, char *text)
{
    strcpy(text, S_ISDIR(mode) ? "drwxrwxrwx" : "-rwxrwxrwx");
    for (int bit = 0; bit < 9; bit++)
        if (!(mode >> bit & 1))
            text[9 - bit] = '-';
}

static void print_entry(const char *name, const struct stat *status)
{
    char mode[11];

    if (long_form) {
        mode_text(status->st_mode, mode);
        printf("%s %8lld ", mode, (long long)status->st_size);
    }
    puts(name);
}

static int list_entry(const char *directory, const char *name)
{
    char path[PATH_MAX];
    struct stat status = {0};

    if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
        return complain("ls", name, ENAMETOOLONG);
    if (long_form && stat(path, &status) < 0)
        return complain("ls", path, errno);
    print_entry(name, &status);
    return 0;
}

static int is_wanted(const struct dirent *entry)
{
    return all_names || entry->d_name[0] != '.';
}

static int list_directory(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_wanted, alphasort);
    int status = 0;

    if (count < 0)
        return complain("ls", path, errno);
    for (int i = 0; i < count; i++) {
        status |= list_entry(path, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return status;
}

static int list(const char *path, int with_title)
{
    struct stat status;

    if (stat(path, &status) < 0)
        return complain("ls", path, errno);
    if (!S_ISDIR(status.st_mode)) {
        print_entry(path, &status);
        return 0;
    }
    if (with_title)
        printf("%s:\n", path);
    return list_directory(path);
}

int main(int argc, char **argv)
{
    int option, status = 0;

    while ((option = getopt(argc, argv, "la")) != -1) {
        if (option == '?')
            return usage("ls [-l] [-a] [PATH...]");
        long_form |= option == 'l';
        all_names |= option == 'a';
    }
    if (optind == argc)
        return list(".", 0);
    for (int i = optind; i < argc; i++)
        status |= list(argv[i], argc - optind > 1);
    return status;
}
