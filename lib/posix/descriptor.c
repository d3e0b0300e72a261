/*
 * descriptor.c - file descriptors, and the open files that they name.
 */
#include <fcntl.h>

#include <myelin/file.h>
#include <myelin/startup.h>

#include "posix.h"

static struct open_file open_files[DESCRIPTORS_MAX];
static struct open_file *descriptors[DESCRIPTORS_MAX];

void posix_descriptors_begin(void)
{
    struct open_file *standard = &open_files[0];
    cap_t console = startup_cap("console");
    cap_t trace = startup_cap("trace");

    *standard = (struct open_file){
        .kind = console ? OPEN_CONSOLE
                : trace ? OPEN_LOG
                        : OPEN_NOTHING,
        .references = 3,
        .flags = O_RDWR,
        .cap = console ? console : trace,
    };
    for (int i = 0; i < 3; i++)
        descriptors[i] = standard;
}

void posix_descriptors_end(void)
{
    for (uint64_t i = 0; i < DESCRIPTORS_MAX; i++)
        linux_close(&i);
}

struct open_file *posix_descriptor_get(int descriptor)
{
    if (descriptor < 0 || descriptor >= DESCRIPTORS_MAX)
        return NULL;
    return descriptors[descriptor];
}

/* The lowest free descriptor from `from` on, or -EMFILE. */
static int lowest_free(int from)
{
    for (int i = from; i < DESCRIPTORS_MAX; i++) {
        if (!descriptors[i])
            return i;
    }
    return -EMFILE;
}

/* There are as many open files as descriptors: if one of these is free, one of those is. */
static struct open_file *free_open_file(void)
{
    struct open_file *file = open_files;

    while (file->references)
        file++;
    return file;
}

long posix_descriptor_open(enum open_kind kind, cap_t cap, int flags)
{
    int descriptor = lowest_free(0);

    if (descriptor < 0)
        return descriptor;
    descriptors[descriptor] = free_open_file();
    *descriptors[descriptor] =
        (struct open_file){.kind = kind, .references = 1, .flags = flags, .cap = cap};
    return descriptor;
}

long linux_close(const uint64_t *arguments)
{
    struct open_file *file = posix_descriptor_get((int)arguments[0]);

    if (!file)
        return -EBADF;
    descriptors[arguments[0]] = NULL;
    if (--file->references || (file->kind != OPEN_FILE && file->kind != OPEN_DIRECTORY))
        return 0;
    return posix_path_result(file_close(file->cap));
}

/* `descriptor`, which is free, becomes another name of `file`. */
static long name_also(struct open_file *file, int descriptor)
{
    if (descriptor < 0)
        return descriptor;
    descriptors[descriptor] = file;
    file->references++;
    return descriptor;
}

long linux_dup(const uint64_t *arguments)
{
    struct open_file *file = posix_descriptor_get((int)arguments[0]);

    return file ? name_also(file, lowest_free(0)) : -EBADF;
}

long linux_dup2(const uint64_t *arguments)
{
    struct open_file *file = posix_descriptor_get((int)arguments[0]);

    if (!file || arguments[1] >= DESCRIPTORS_MAX)
        return -EBADF;
    if (file == descriptors[arguments[1]])
        return (long)arguments[1];
    linux_close(&arguments[1]);
    return name_also(file, (int)arguments[1]);
}

long linux_dup3(const uint64_t *arguments)
{
    return arguments[0] == arguments[1] ? -EINVAL : linux_dup2(arguments);
}

/* No program runs another in its own place, so there is nothing to close on exec. */
long linux_fcntl(const uint64_t *arguments)
{
    struct open_file *file = posix_descriptor_get((int)arguments[0]);

    if (!file)
        return -EBADF;
    switch (arguments[1]) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        return arguments[2] < DESCRIPTORS_MAX ? name_also(file, lowest_free((int)arguments[2]))
                                              : -EINVAL;
    case F_GETFD:
    case F_SETFD:
        return 0;
    case F_GETFL:
        return file->flags;
    case F_SETFL:
        file->flags = (file->flags & ~O_APPEND) | ((int)arguments[2] & O_APPEND);
        return 0;
    default:
        return -EINVAL;
    }
}
