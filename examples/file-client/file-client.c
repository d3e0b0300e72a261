/*
 * file-client.c - shows the file protocol: what open() and read() of a C library do underneath,
 * one message for each.
 *
 * An open file is a capability; reading and writing are calls on it. The functions are made of
 * idl/interfaces/fs.idl.
 */
#include <fcntl.h>
#include <string.h>

#include <myelin/idl/fs.h>
#include <myelin/service.h>

#include "../example.h"

#define TEXT_BYTES 256

static const char directory[] = "/file-client", path[] = "/file-client/note";
static const char text[] = "Everything is a message to a capability.\n";

static cap_t open_file(cap_t session, const char *name, unsigned flags)
{
    enum fs_kind kind;
    uint64_t size;
    cap_t file;

    must("open", fs_open(session, flags, 0644, name, &file, &kind, &size));
    printf("opened %s: %s of %llu bytes\n", name, kind == FS_DIRECTORY ? "a directory" : "a file",
           (unsigned long long)size);
    return file;
}

static void close_file(cap_t file)
{
    must("close", fs_close(file));
    must("delete", cap_delete(file));
}

static void write_file(cap_t file)
{
    uint64_t length, size;

    must("write", fs_write(file, 0, text, strlen(text), &length, &size));
    printf("wrote %llu bytes, the file has %llu\n", (unsigned long long)length,
           (unsigned long long)size);
}

static void read_file(cap_t file)
{
    char bytes[TEXT_BYTES];
    size_t length;

    must("read", fs_read(file, 0, sizeof(bytes), bytes, sizeof(bytes), &length));
    printf("read: %.*s", (int)length, bytes);
}

static void stat_file(cap_t file)
{
    struct fs_status status;

    must("stat", fs_stat(file, &status));
    printf("stat: %llu bytes, mode %03llo\n", (unsigned long long)status.size,
           (unsigned long long)status.mode & 0777);
}

/* Entries are asked for one by one, until there is none of that number. */
static void list(cap_t file)
{
    char name[FS_NAME_MAX + 1];
    uint64_t inode, kind;
    error_t error;

    for (uint64_t index = 0;; index++) {
        error = fs_readdir(file, index, &inode, &kind, name);
        if (error == ENOENT)
            return;
        must("readdir", error);
        printf("entry: %s\n", name);
    }
}

int main(void)
{
    cap_t session, file;

    must("connecting", service_connect("ramfs", &session));
    must("mkdir", fs_mkdir(session, 0755, directory));
    file = open_file(session, path, O_RDWR | O_CREAT);
    write_file(file);
    read_file(file);
    stat_file(file);
    close_file(file);
    file = open_file(session, directory, O_RDONLY);
    list(file);
    close_file(file);
    must("unlink", fs_unlink(session, 0, path));
    must("unlink", fs_unlink(session, FS_UNLINK_DIRECTORY, directory));
    puts("removed both");
    return 0;
}
