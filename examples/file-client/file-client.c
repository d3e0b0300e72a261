/*
 * file-client.c - shows the file protocol by hand: what open() and read() of a C library do
 * underneath, one message for each.
 *
 * An open file is a capability; READ and WRITE are calls on it. The layouts are those of
 * idl/interfaces/fs.idl, and each request is a C struct whose first word is the label.
 */
#include <fcntl.h>
#include <string.h>

#include <myelin/idl/fs_types.h>
#include <myelin/service.h>

#include "../example.h"

#define PATH_BYTES 64
#define TEXT_BYTES 256
#define NAME_BYTES 256

static const char directory[] = "/file-client", path[] = "/file-client/note";
static const char text[] = "Everything is a message to a capability.\n";

struct open_request {
    word_t label, flags, mode, path_length;
    char path[PATH_BYTES];
};

struct open_response {
    word_t error, kind, size;
};

struct mkdir_request {
    word_t label, mode, path_length;
    char path[PATH_BYTES];
};

struct unlink_request {
    word_t label, flags, path_length;
    char path[PATH_BYTES];
};

struct read_request {
    word_t label, offset, length;
};

struct read_response {
    word_t error, length;
    char bytes[TEXT_BYTES];
};

struct write_request {
    word_t label, offset, length;
    char bytes[TEXT_BYTES];
};

struct write_response {
    word_t error, length, size;
};

struct stat_response {
    word_t error, kind, size, inode, links, mode, changed;
};

struct readdir_request {
    word_t label, index;
};

struct readdir_response {
    word_t error, inode, kind, name_length;
    char name[NAME_BYTES];
};

/* A call whose answer is not looked at, but for its error. */
static void call(const char *what, cap_t cap, const void *request, size_t size)
{
    word_t answer[16];

    must(what, ipc_call(cap, request, size, answer, sizeof(answer)));
    must(what, (error_t)answer[0]);
}

static cap_t open_file(cap_t session, const char *name, word_t flags)
{
    struct open_request request = {
        .label = FS_LABEL_OPEN, .flags = flags, .mode = 0644, .path_length = strlen(name)};
    struct open_response response;
    cap_t file;

    strcpy(request.path, name);
    must("open", ipc_call_receive_cap(session, &request, sizeof(request), &response,
                                      sizeof(response), &file));
    must("open", (error_t)response.error);
    printf("opened %s: %s of %llu bytes\n", name,
           response.kind == FS_DIRECTORY ? "a directory" : "a file",
           (unsigned long long)response.size);
    return file;
}

static void close_file(cap_t file)
{
    word_t request = FS_LABEL_CLOSE;

    call("close", file, &request, sizeof(request));
    must("delete", cap_delete(file));
}

static void make_directory(cap_t session)
{
    struct mkdir_request request = {
        .label = FS_LABEL_MKDIR, .mode = 0755, .path_length = strlen(directory)};

    strcpy(request.path, directory);
    call("mkdir", session, &request, sizeof(request));
}

static void write_file(cap_t file)
{
    struct write_request request = {.label = FS_LABEL_WRITE, .offset = 0, .length = strlen(text)};
    struct write_response response;

    strcpy(request.bytes, text);
    must("write", ipc_call(file, &request, sizeof(request), &response, sizeof(response)));
    must("write", (error_t)response.error);
    printf("wrote %llu bytes, the file has %llu\n", (unsigned long long)response.length,
           (unsigned long long)response.size);
}

static void read_file(cap_t file)
{
    struct read_request request = {.label = FS_LABEL_READ, .offset = 0, .length = TEXT_BYTES};
    struct read_response response;

    must("read", ipc_call(file, &request, sizeof(request), &response, sizeof(response)));
    must("read", (error_t)response.error);
    printf("read: %.*s", (int)response.length, response.bytes);
}

static void stat_file(cap_t file)
{
    word_t request = FS_LABEL_STAT;
    struct stat_response response;

    must("stat", ipc_call(file, &request, sizeof(request), &response, sizeof(response)));
    must("stat", (error_t)response.error);
    printf("stat: %llu bytes, mode %03llo\n", (unsigned long long)response.size,
           (unsigned long long)response.mode & 0777);
}

/* Entries are asked for one by one, until there is none of that number. */
static void list(cap_t file)
{
    struct readdir_request request = {.label = FS_LABEL_READDIR, .index = 0};
    struct readdir_response response;

    for (;; request.index++) {
        must("readdir", ipc_call(file, &request, sizeof(request), &response, sizeof(response)));
        if (response.error == ENOENT)
            return;
        must("readdir", (error_t)response.error);
        printf("entry: %.*s\n", (int)response.name_length, response.name);
    }
}

static void unlink_path(cap_t session, const char *name, word_t flags)
{
    struct unlink_request request = {
        .label = FS_LABEL_UNLINK, .flags = flags, .path_length = strlen(name)};

    strcpy(request.path, name);
    call("unlink", session, &request, sizeof(request));
}

int main(void)
{
    cap_t session, file;

    must("connecting", service_connect("ramfs", &session));
    make_directory(session);
    file = open_file(session, path, O_RDWR | O_CREAT);
    write_file(file);
    read_file(file);
    stat_file(file);
    close_file(file);
    file = open_file(session, directory, O_RDONLY);
    list(file);
    close_file(file);
    unlink_path(session, path, 0);
    unlink_path(session, directory, FS_UNLINK_DIRECTORY);
    puts("removed both");
    return 0;
}
