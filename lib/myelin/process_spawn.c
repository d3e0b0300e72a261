/*
 * process_spawn.c - from a path to a running process, and waiting for its end.
 */
#include <string.h>

#include <myelin/file.h>
#include <myelin/idl/fs_types.h>
#include <myelin/notification.h>
#include <myelin/process.h>

#include "internal.h"

#define LOAD_PART 16384 /* bytes of a file at a time; they lie on the stack */

/* The last part of a path, cut to what an object's name holds. */
static void name_of_path(const char *path, char *name)
{
    const char *slash = strrchr(path, '/');
    const char *last = slash ? slash + 1 : path;
    size_t length = strlen(last);

    if (length > OBJECT_NAME_BYTES)
        length = OBJECT_NAME_BYTES;
    memset(name, 0, OBJECT_NAME_BYTES + 1);
    memcpy(name, last, length);
}

static error_t load_file(cap_t process, cap_t file)
{
    char bytes[LOAD_PART];
    uint64_t offset = 0;
    size_t length;
    error_t error;

    do {
        error = file_read(file, offset, bytes, sizeof(bytes), &length);
        if (!error)
            error = process_load(process, offset, bytes, length);
        offset += length;
    } while (!error && length == sizeof(bytes));
    return error;
}

static error_t load_path(cap_t process, const char *path)
{
    struct file_status status;
    cap_t session;
    cap_t file;
    error_t error = file_session(&session);

    if (!error)
        error = file_open(session, path, 0, 0, &file, &status);
    if (error) {
        file_session_failed(error);
        return error;
    }
    error = status.kind == FS_FILE ? load_file(process, file) : library_error(EISDIR);
    file_close(file);
    return error;
}

static error_t pass_strings(cap_t process, enum process_argument_kind kind, char *const strings[])
{
    error_t error = SUCCESS;

    for (unsigned i = 0; strings && strings[i] && !error; i++)
        error = process_argument(process, kind, strings[i]);
    return error;
}

/* Gives up on a process that cannot be started, and says why. */
static error_t give_up(cap_t process, error_t error)
{
    struct ipc_error_detail detail = library_state()->detail;

    process_release(process);
    library_state()->detail = detail;
    return error;
}

error_t process_prepare(const char *path, char *const argv[], char *const environment[],
                        cap_t *process)
{
    char name[OBJECT_NAME_BYTES + 1];
    error_t error;

    name_of_path(path, name);
    error = process_create(name, process);
    if (error)
        return error;
    error = load_path(*process, path);
    if (!error)
        error = pass_strings(*process, PROCESS_ARGUMENT_ARGV, argv);
    if (!error)
        error = pass_strings(*process, PROCESS_ARGUMENT_ENVIRONMENT, environment);
    return error ? give_up(*process, error) : SUCCESS;
}

/* What a program started by another finds by default, as far as its maker has it. */
static error_t give_usual(cap_t process)
{
    static const char *const usual[] = {"names", "console"};
    error_t error = SUCCESS;
    cap_t cap;

    for (unsigned i = 0; i < sizeof(usual) / sizeof(usual[0]) && !error; i++) {
        cap = startup_cap(usual[i]);
        if (cap)
            error = process_give(process, usual[i], cap, CAP_COPY);
    }
    return error;
}

error_t process_spawn(const char *path, char *const argv[], char *const environment[],
                      cap_t *process)
{
    error_t error = process_prepare(path, argv, environment, process);

    if (error)
        return error;
    error = give_usual(*process);
    if (!error)
        error = process_start(*process);
    return error ? give_up(*process, error) : SUCCESS;
}

/* Bits left from an earlier wait only make this look once more. */
error_t process_wait(cap_t process, struct process_status *status)
{
    static cap_t ended;
    uint64_t bits;
    error_t error = ended ? SUCCESS : notification_create("process ended", &ended);

    if (!error)
        error = process_watch(process, ended);
    while (!error) {
        error = process_status(process, status);
        if (error || status->ended)
            break;
        error = ipc_wait_notification(ended, &bits);
    }
    return error;
}
