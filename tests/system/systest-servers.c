/* systest-servers.c - names, the file server and time: who is charged, who waits for whom. */
#include <fcntl.h>
#include <myelin/clock.h>
#include <myelin/file.h>
#include <myelin/idl/fs.h>
#include <myelin/idl/names_types.h>
#include <myelin/idl/processes_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/service.h>

#include "lib/systest.h"

#define CALLS       1000
#define MILLISECOND 1000000ull

/* Methods of fs, by number. */
#define METHOD_READ_LENT  12
#define METHOD_WRITE_LENT 13

static struct worker worker;
static struct message message;

static bool find_process(const char *name, struct process_info *info)
{
    for (uint64_t pid = 0; process_list(pid, info) == SUCCESS; pid = info->pid + 1)
        if (strcmp(info->name, name) == 0)
            return true;
    return false;
}

/* ---- passive servers ---- */

/* What the server's own time was charged, and the test's. */
struct charged {
    uint64_t server, caller;
};

static struct charged charged(const char *name)
{
    struct schedcontext_info time = {0};
    struct process_info info = {0};

    find_process(name, &info);
    schedcontext_get_info(startup_cap("time"), &time);
    return (struct charged){info.consumed, time.consumed};
}

/* 1,000 calls, each of which must answer so: on whose time? */
static bool is_paid_by_callers(const char *name, error_t (*call)(void))
{
    struct charged before, after;
    uint64_t start, elapsed;

    call(); /* connects */
    before = charged(name);
    start = clock_now();
    for (unsigned i = 0; i < CALLS; i++)
        if (call())
            return false;
    elapsed = clock_now() - start;
    after = charged(name);
    return after.server == before.server && after.caller - before.caller >= elapsed / 2;
}

static error_t call_names(void)
{
    cap_t connect;
    error_t error = service_lookup("console", &connect);

    return error ? error : cap_delete(connect);
}

static error_t call_process(void)
{
    struct processes_memory memory;

    return process_memory(&memory);
}

static error_t call_ramfs(void)
{
    struct file_status status;
    cap_t session;
    error_t error = file_session(&session);

    return error ? error : file_stat_path(session, "/etc/motd", &status);
}

TEST(PASSIVE_NAMES, "1,000 calls to names: its reserve is charged nothing, the caller everything")
{
    CHECK(is_paid_by_callers("names", call_names));
}

TEST(PASSIVE_PROCESS,
     "1,000 calls to process: its reserve is charged nothing, the caller everything")
{
    CHECK(is_paid_by_callers("process", call_process));
}

TEST(PASSIVE_RAMFS, "1,000 calls to ramfs: its reserve is charged nothing, the caller everything")
{
    CHECK(is_paid_by_callers("ramfs", call_ramfs));
}

TEST(PASSIVE_SHOWN, "the servers are passive: names, process, ramfs and console")
{
    struct process_info info;

    CHECK(find_process("names", &info) && info.passive);
    CHECK(find_process("process", &info) && info.passive);
    CHECK(find_process("ramfs", &info) && info.passive);
    CHECK(find_process("console", &info) && info.passive);
}

/* ---- names ---- */

TEST(NAMES_LABEL_PUBLISH, "what is published can be looked up, and called")
{
    cap_t endpoint = make_endpoint(), connect;
    struct cap_info info;

    CHECK_GOOD(service_publish("test-one", endpoint));
    CHECK_GOOD(service_lookup("test-one", &connect));
    CHECK(find_cap(connect, &info));
    CHECK(info.rights & CAP_RIGHTS_CALL);
    CHECK_IS(info.rights & CAP_RIGHTS_RECV, 0);
}

TEST(NAMES_TWICE, "a name whose service lives cannot be published again: EEXIST")
{
    CHECK_GOOD(service_publish("test-two", make_endpoint()));
    CHECK_ERROR(service_publish("test-two", make_endpoint()), EEXIST);
}

TEST(NAMES_DEAD, "a service that is dead is not found: ENOENT; its name is free again")
{
    cap_t endpoint = make_endpoint(), connect;

    CHECK_GOOD(service_publish("test-three", endpoint));
    CHECK_GOOD(cap_delete(endpoint));
    CHECK_ERROR(service_lookup("test-three", &connect), ENOENT);
    CHECK_GOOD(service_publish("test-three", make_endpoint()));
}

TEST(NAMES_NOBODY, "a name that nobody published is ENOENT")
{
    cap_t connect;

    CHECK_ERROR(service_lookup("nobody", &connect), ENOENT);
    CHECK_ERROR(service_connect("nobody", &connect), ENOENT);
}

TEST(NAMES_KIND, "a Notification is found as such, and not as an endpoint")
{
    cap_t notification = make_notification(), found;
    uint64_t bits;

    CHECK_GOOD(service_publish("test-bell", notification));
    CHECK_ERROR(service_lookup("test-bell", &found), ENOENT);
    CHECK_GOOD(service_lookup_notification("test-bell", &found));
    CHECK_GOOD(ipc_notify(found, 4));
    CHECK_GOOD(ipc_poll_notification(notification, &bits));
    CHECK_IS(bits, 4);
}

TEST(NAMES_TYPE, "what is neither Endpoint nor Notification cannot be published: EINVAL")
{
    CHECK_ERROR(service_publish("test-frame", make_frame()), EINVAL);
}

TEST(NAMES_EMPTY, "a service needs a name: EINVAL")
{
    CHECK_ERROR(service_publish("", make_endpoint()), EINVAL);
}

TEST(NAMES_LABEL_ALLOW, "only root says who may do what: EACCES")
{
    CHECK_ERROR(service_allow(startup_cap("names"), 1, "ramfs", NAMES_MAY_CALL), EACCES);
}

TEST(NAMES_METHOD, "names does not know other labels: ENOSYS, and short requests: EMSGSIZE")
{
    CHECK_ERROR(invoke(startup_cap("names"), FS_LABEL_OPEN, 0, CAP_NULL), ENOSYS);
    message_begin(&message, NAMES_LABEL_LOOKUP);
    CHECK_ERROR(message_invoke(startup_cap("names"), &message), EMSGSIZE);
}

TEST(NAMES_LABEL_LIST, "LIST tells the services by name; past the last is ENOENT")
{
    char name[OBJECT_NAME_BYTES + 1];
    bool found = false;
    unsigned kind, index;

    for (index = 0; service_list(index, name, &kind) == SUCCESS; index++)
        found = found || strcmp(name, "ramfs") == 0;
    CHECK(found);
    CHECK_ERROR(service_list(index, name, &kind), ENOENT);
    CHECK_ERROR(service_list(100000, name, &kind), ENOENT);
}

/* ---- a service that never answers ---- */

static volatile error_t connected;

static void connect_to_silent(void *unused)
{
    cap_t session;

    (void)unused;
    connected = service_connect("silent", &session);
}

static error_t start_silent(cap_t *process)
{
    char *argv[] = {"/bin/silent", "silent", NULL};
    cap_t connect;
    error_t error = process_spawn("/bin/silent", argv, NULL, process);

    for (unsigned tries = 0; !error && tries < 100; tries++) {
        error = service_lookup("silent", &connect);
        if (!error)
            return SUCCESS;
        error = error == ENOENT ? SUCCESS : error;
        sleep_for(10 * MILLISECOND);
    }
    return error ? error : ENOENT;
}

TEST(SILENT, "a service that never answers delays its own clients only")
{
    cap_t process, session;
    uint64_t start;

    CHECK_GOOD(start_silent(&process));
    CHECK_GOOD(worker_run(&worker, connect_to_silent, NULL));
    sleep_for(20 * MILLISECOND);
    CHECK_IS(worker_state(&worker), THREAD_WAITS_REPLY);
    start = clock_now();
    CHECK_GOOD(service_connect("ramfs", &session));
    CHECK_GOOD(call_ramfs());
    CHECK_GOOD(call_process());
    CHECK(clock_now() - start < 1000 * MILLISECOND);
    CHECK_IS(worker_state(&worker), THREAD_WAITS_REPLY);
    CHECK_GOOD(process_release(process));
}

TEST(SILENT_KILLED, "when it is killed its clients get EPIPE at once")
{
    cap_t process;

    CHECK_GOOD(start_silent(&process));
    connected = SUCCESS;
    CHECK_GOOD(worker_run(&worker, connect_to_silent, NULL));
    sleep_for(20 * MILLISECOND);
    CHECK_IS(worker_state(&worker), THREAD_WAITS_REPLY);
    CHECK_GOOD(process_release(process));
    CHECK_GOOD(worker_wait(&worker));
    CHECK_IS(connected, EPIPE);
}

/* ---- the file protocol ---- */

static cap_t session(void)
{
    cap_t found;

    return file_session(&found) ? CAP_NULL : found;
}

static error_t make_file(const char *path, cap_t *file)
{
    return file_open(session(), path, O_RDWR | O_CREAT | O_TRUNC, 0644, file, NULL);
}

TEST(FILE_BYTES, "what is written is read back, also across blocks and messages")
{
    static char out[10000], in[10000];
    size_t done;
    cap_t file;

    for (unsigned i = 0; i < sizeof(out); i++)
        out[i] = (char)(i * 13);
    CHECK_GOOD(make_file("/test-bytes", &file));
    CHECK_GOOD(file_write(file, 100, out, sizeof(out), &done, NULL));
    CHECK_IS(done, sizeof(out));
    CHECK_GOOD(file_read(file, 100, in, sizeof(in), &done));
    CHECK_IS(done, sizeof(in));
    CHECK(memcmp(in, out, sizeof(in)) == 0);
    CHECK_GOOD(file_close(file));
    CHECK_GOOD(file_unlink(session(), "/test-bytes", 0));
}

/* How often the file server was asked to read into a lent buffer, or to write from one. */
static uint64_t lent_requests(unsigned method)
{
    uint64_t calls = 0, failures;
    uint32_t number, failure;
    error_t error = fs_counters(session(), method - 1, 0, &number, &calls, &failure, &failures);

    return error || number != method ? 0 : calls;
}

TEST(FILE_LENT, "a megabyte is written and read in one request each, into pages never touched")
{
    static char out[1 << 20], in[(1 << 20) + 1];
    uint64_t written = lent_requests(METHOD_WRITE_LENT), read = lent_requests(METHOD_READ_LENT);
    size_t done;
    cap_t file;

    for (unsigned i = 0; i < sizeof(out); i++)
        out[i] = (char)(i * 13 + i / 4096);
    CHECK_GOOD(make_file("/test-lent", &file));
    CHECK_GOOD(file_write(file, 3, out, sizeof(out), &done, NULL));
    CHECK_IS(done, sizeof(out));
    CHECK_GOOD(file_read(file, 3, in + 1, sizeof(out), &done));
    CHECK_IS(done, sizeof(out));
    CHECK(memcmp(in + 1, out, sizeof(out)) == 0);
    CHECK_IS(lent_requests(METHOD_WRITE_LENT) - written, 1);
    CHECK_IS(lent_requests(METHOD_READ_LENT) - read, 1);
    CHECK_GOOD(file_unlink(session(), "/test-lent", 0));
}

TEST(FILE_INLINE,
     "what fits a message goes in it: 1,016 bytes to read, 1,008 to write, one more not")
{
    static char bytes[FS_READ_MAX + 1];
    uint64_t written = lent_requests(METHOD_WRITE_LENT), read = lent_requests(METHOD_READ_LENT);
    size_t done;
    cap_t file;

    CHECK_GOOD(make_file("/test-inline", &file));
    CHECK_GOOD(file_write(file, 0, bytes, FS_WRITE_MAX, &done, NULL));
    CHECK_IS(lent_requests(METHOD_WRITE_LENT) - written, 0);
    CHECK_GOOD(file_write(file, 0, bytes, FS_WRITE_MAX + 1, &done, NULL));
    CHECK_IS(lent_requests(METHOD_WRITE_LENT) - written, 1);
    CHECK_GOOD(file_read(file, 0, bytes, FS_READ_MAX, &done));
    CHECK_IS(lent_requests(METHOD_READ_LENT) - read, 0);
    CHECK_GOOD(file_read(file, 0, bytes, FS_READ_MAX + 1, &done));
    CHECK_IS(lent_requests(METHOD_READ_LENT) - read, 1);
    CHECK_GOOD(file_unlink(session(), "/test-inline", 0));
}

TEST(FILE_HANDLE, "a session has no methods of an open file, nor the reverse: EBADF")
{
    struct file_status status;
    cap_t file;

    CHECK_GOOD(make_file("/test-handle", &file));
    CHECK_ERROR(file_stat(session(), &status), EBADF);
    CHECK_ERROR(file_stat_path(file, "/test-handle", &status), EBADF);
    CHECK_GOOD(file_unlink(session(), "/test-handle", 0));
}

TEST(FILE_HOLE, "what was never written reads as zeros, past the end nothing is read")
{
    char in[16] = {1};
    size_t done;
    cap_t file;

    CHECK_GOOD(make_file("/test-hole", &file));
    CHECK_GOOD(file_write(file, 5000, "x", 1, &done, NULL));
    CHECK_GOOD(file_read(file, 0, in, sizeof(in), &done));
    CHECK_IS(done, sizeof(in));
    CHECK_IS(in[0], 0);
    CHECK_GOOD(file_read(file, 5001, in, sizeof(in), &done));
    CHECK_IS(done, 0);
    CHECK_GOOD(file_unlink(session(), "/test-hole", 0));
}

TEST(FILE_RIGHTS, "a file opened to be read cannot be written or cut: EBADF; nor the reverse")
{
    char in[4];
    size_t done;
    cap_t file, reader, writer;

    CHECK_GOOD(make_file("/test-rights", &file));
    CHECK_GOOD(file_open(session(), "/test-rights", O_RDONLY, 0, &reader, NULL));
    CHECK_GOOD(file_open(session(), "/test-rights", O_WRONLY, 0, &writer, NULL));
    CHECK_ERROR(file_write(reader, 0, "x", 1, &done, NULL), EBADF);
    CHECK_ERROR(file_truncate(reader, 0), EBADF);
    CHECK_ERROR(file_read(writer, 0, in, sizeof(in), &done), EBADF);
    CHECK_GOOD(file_unlink(session(), "/test-rights", 0));
}

TEST(FILE_NOT_THERE, "a path that leads nowhere is ENOENT, through a file ENOTDIR")
{
    struct file_status status;
    cap_t file;

    CHECK_ERROR(file_open(session(), "/nowhere", O_RDONLY, 0, &file, NULL), ENOENT);
    CHECK_ERROR(file_stat_path(session(), "/nowhere/deeper", &status), ENOENT);
    CHECK_ERROR(file_stat_path(session(), "/etc/motd/deeper", &status), ENOTDIR);
}

TEST(FILE_DIRECTORY, "directories: made once, not opened to be written, removed when empty")
{
    cap_t file;

    CHECK_GOOD(file_mkdir(session(), "/test-folder", 0755));
    CHECK_ERROR(file_mkdir(session(), "/test-folder", 0755), EEXIST);
    CHECK_ERROR(file_open(session(), "/test-folder", O_RDWR, 0, &file, NULL), EISDIR);
    CHECK_GOOD(make_file("/test-folder/inside", &file));
    CHECK_ERROR(file_unlink(session(), "/test-folder", FS_UNLINK_DIRECTORY), ENOTEMPTY);
    CHECK_ERROR(file_unlink(session(), "/test-folder", 0), EISDIR);
    CHECK_ERROR(file_unlink(session(), "/test-folder/inside", FS_UNLINK_DIRECTORY), ENOTDIR);
    CHECK_GOOD(file_unlink(session(), "/test-folder/inside", 0));
    CHECK_GOOD(file_unlink(session(), "/test-folder", FS_UNLINK_DIRECTORY));
}

TEST(FILE_RENAME, "a renamed file has its content under the new name only")
{
    struct file_status status;
    size_t done;
    cap_t file;

    CHECK_GOOD(make_file("/test-old", &file));
    CHECK_GOOD(file_write(file, 0, "abc", 3, &done, NULL));
    CHECK_GOOD(file_rename(session(), "/test-old", "/test-new"));
    CHECK_ERROR(file_stat_path(session(), "/test-old", &status), ENOENT);
    CHECK_GOOD(file_stat_path(session(), "/test-new", &status));
    CHECK_IS(status.size, 3);
    CHECK_GOOD(file_unlink(session(), "/test-new", 0));
    CHECK_ERROR(file_rename(session(), "/test-new", "/test-old"), ENOENT);
}

TEST(FILE_UNLINKED, "an open file that was removed is gone for its holders: ESTALE")
{
    struct file_status status;
    cap_t file;

    CHECK_GOOD(make_file("/test-gone", &file));
    CHECK_GOOD(file_unlink(session(), "/test-gone", 0));
    CHECK_ERROR(file_stat(file, &status), ESTALE);
}

TEST(FILE_METHOD, "a session and a file do not know other labels: ENOSYS")
{
    cap_t file;

    CHECK_GOOD(make_file("/test-method", &file));
    CHECK_ERROR(invoke(file, PROCESSES_LABEL_LIST, 0, CAP_NULL), ENOSYS);
    CHECK_ERROR(invoke(session(), PROCESSES_LABEL_LIST, 0, CAP_NULL), ENOSYS);
    CHECK_GOOD(file_unlink(session(), "/test-method", 0));
}

TEST(FILE_SHORT, "a request that is too short, or claims more bytes than it has, is EMSGSIZE")
{
    message_begin(&message, FS_LABEL_OPEN);
    CHECK_ERROR(message_invoke(session(), &message), EMSGSIZE);
    message_begin(&message, FS_LABEL_STAT_PATH);
    message_put(&message, 100);
    CHECK_ERROR(message_invoke(session(), &message), EMSGSIZE);
}

TEST(FILE_LARGE, "a file does not grow beyond bounds: EFBIG")
{
    size_t done;
    cap_t file;

    CHECK_GOOD(make_file("/test-large", &file));
    CHECK_ERROR(file_write(file, 1ull << 60, "x", 1, &done, NULL), EFBIG);
    CHECK_ERROR(file_truncate(file, UINT64_MAX), EFBIG);
    CHECK_GOOD(file_unlink(session(), "/test-large", 0));
}

SUITE
