/*
 * test_fs.c - the file protocol, message by message: ramfs behind its generated dispatcher.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "ramfs.h"
#include "servers/ramfs/request.h"
#include "user.h"

int run_fs_tests(void);

#define SESSION 1
#define BLOCK   ((size_t)BLOCK_BYTES)

static struct message message; /* the request, then the answer */

/* ---- requests ---- */

static int ask(uint64_t badge)
{
    message.badge = badge;
    fs_dispatch(files_endpoint, &message);
    return user_outcome(&message);
}

static void put_text(const char *text)
{
    user_put_bytes(&message, text, strlen(text));
}

static int open_as(uint64_t badge, const char *path, unsigned flags)
{
    user_request(&message, FS_LABEL_OPEN);
    message_put(&message, flags);
    message_put(&message, 0644);
    put_text(path);
    return ask(badge);
}

static int open_path(const char *path, unsigned flags)
{
    return open_as(SESSION, path, flags);
}

/* Opens it for reading and writing; the badge of the capability. */
static uint64_t opened(const char *path)
{
    assert_int_equal(open_path(path, O_RDWR | O_CREAT), SUCCESS);
    return user.minted_badge;
}

static int write_text(uint64_t badge, uint64_t offset, const char *text)
{
    user_request(&message, FS_LABEL_WRITE);
    message_put(&message, offset);
    put_text(text);
    return ask(badge);
}

/* A request of so many words. */
static int ask_words(uint64_t badge, uint32_t label, unsigned count, uint64_t word0, uint64_t word1)
{
    user_request(&message, label);
    if (count > 0)
        message_put(&message, word0);
    if (count > 1)
        message_put(&message, word1);
    return ask(badge);
}

static int read_at(uint64_t badge, uint64_t offset, uint64_t length)
{
    return ask_words(badge, FS_LABEL_READ, 2, offset, length);
}

static int read_lent(uint64_t badge, uint64_t offset, size_t length)
{
    user_request(&message, FS_LABEL_READ_LENT);
    message_put(&message, offset);
    user_put_lease(&message, length, CAP_RIGHTS_WRITE);
    return ask(badge);
}

static int write_lent(uint64_t badge, uint64_t offset, size_t length)
{
    user_request(&message, FS_LABEL_WRITE_LENT);
    message_put(&message, offset);
    user_put_lease(&message, length, CAP_RIGHTS_READ);
    return ask(badge);
}

static int size_of(uint64_t badge)
{
    assert_int_equal(ask_words(badge, FS_LABEL_STAT, 0, 0, 0), SUCCESS);
    return (int)message.words[1];
}

static int stat_path(uint64_t badge, const char *path)
{
    user_request(&message, FS_LABEL_STAT_PATH);
    put_text(path);
    return ask(badge);
}

static int make_directory(uint64_t badge, const char *path)
{
    user_request(&message, FS_LABEL_MKDIR);
    message_put(&message, 0755);
    put_text(path);
    return ask(badge);
}

static int unlink_path(uint64_t badge, const char *path, uint64_t flags)
{
    user_request(&message, FS_LABEL_UNLINK);
    message_put(&message, flags);
    put_text(path);
    return ask(badge);
}

static int rename_path(uint64_t badge, const char *from, const char *to)
{
    user_request(&message, FS_LABEL_RENAME);
    put_text(from);
    memcpy(user.lent, to, strlen(to));
    user_put_lease(&message, strlen(to), CAP_RIGHTS_READ);
    return ask(badge);
}

/* "/nnn...": a component that is too long. */
static const char *long_path(void)
{
    static char path[NAME_BYTES_MAX + 3];

    memset(path, 'n', sizeof(path) - 1);
    path[0] = '/';
    return path;
}

/* Leaves no room for anything more. */
static void fill_up(void)
{
    tree.limit = tree.used;
}

/* ---- open files ---- */

static void open_file_reads_and_writes(void **state)
{
    uint64_t file;

    (void)state;
    file = opened("/f");
    assert_int_equal(message.words[0], FS_FILE);
    assert_int_equal(message.cap_count, 1);
    assert_int_equal(message.caps[0].how, CAP_MOVE);
    assert_int_equal(write_text(file, 0, "hello"), SUCCESS);
    assert_int_equal(message.words[0], 5);
    assert_int_equal(write_text(file, FS_APPEND, ", you"), SUCCESS);
    assert_int_equal(message.words[1], 10);
    assert_int_equal(read_at(file, 2, 5000), SUCCESS);
    assert_int_equal(message.words[0], 8);
    assert_int_equal(message.word_count, 2);
    assert_memory_equal(&message.words[1], "llo, you", 8);
    assert_int_equal(read_at(file, 2, 3), SUCCESS);
    assert_memory_equal(&message.words[1], "llo\0\0\0\0\0", 8);
    assert_int_equal(read_at(file, 10, 3), SUCCESS);
    assert_int_equal(message.word_count, 1);
    assert_int_equal(open_path("/f", O_WRONLY | O_TRUNC), SUCCESS);
    assert_int_equal(size_of(user.minted_badge), 0);
}

static void access_is_in_the_badge(void **state)
{
    uint64_t reader, writer, appender;

    (void)state;
    opened("/f");
    open_path("/f", O_RDONLY);
    reader = user.minted_badge;
    open_path("/f", O_WRONLY);
    writer = user.minted_badge;
    open_path("/f", O_WRONLY | O_APPEND);
    appender = user.minted_badge;
    assert_int_equal(write_text(reader, 0, "x"), EBADF);
    assert_int_equal(write_lent(reader, 0, 10), EBADF);
    assert_int_equal(ask_words(reader, FS_LABEL_TRUNCATE, 1, 0, 0), EBADF);
    assert_int_equal(read_at(writer, 0, 1), EBADF);
    assert_int_equal(read_lent(writer, 0, 10), EBADF);
    assert_int_equal(write_text(appender, 0, "ab"), SUCCESS);
    assert_int_equal(write_lent(appender, 0, 2), SUCCESS);
    assert_int_equal(message.words[1], 4);
}

static void handles_are_told_apart(void **state)
{
    uint64_t file;

    (void)state;
    file = opened("/f");
    assert_int_equal(open_as(file, "/f", O_RDONLY), EBADF);
    assert_int_equal(stat_path(file, "/f"), EBADF);
    assert_int_equal(make_directory(file, "/d"), EBADF);
    assert_int_equal(unlink_path(file, "/f", 0), EBADF);
    assert_int_equal(rename_path(file, "/f", "/g"), EBADF);
    assert_int_equal(read_at(SESSION, 0, 1), EBADF);
    assert_int_equal(read_lent(SESSION, 0, 1), EBADF);
    assert_int_equal(write_text(SESSION, 0, "x"), EBADF);
    assert_int_equal(write_lent(SESSION, 0, 1), EBADF);
    assert_int_equal(ask_words(SESSION, FS_LABEL_TRUNCATE, 1, 0, 0), EBADF);
    assert_int_equal(ask_words(SESSION, FS_LABEL_STAT, 0, 0, 0), EBADF);
    assert_int_equal(ask_words(SESSION, FS_LABEL_READDIR, 1, 0, 0), EBADF);
    assert_int_equal(ask_words(SESSION, FS_LABEL_CLOSE, 0, 0, 0), EBADF);
}

static void unlinked_file_is_stale(void **state)
{
    uint64_t file;

    (void)state;
    file = opened("/f");
    assert_int_equal(ask_words(file, FS_LABEL_CLOSE, 0, 0, 0), SUCCESS);
    assert_int_equal(unlink_path(SESSION, "/f", 0), SUCCESS);
    opened("/g"); /* with the same number */
    assert_int_equal(read_at(file, 0, 1), ESTALE);
    assert_int_equal(read_lent(file, 0, 1), ESTALE);
    assert_int_equal(write_text(file, 0, "x"), ESTALE);
    assert_int_equal(write_lent(file, 0, 1), ESTALE);
    assert_int_equal(ask_words(file, FS_LABEL_TRUNCATE, 1, 0, 0), ESTALE);
    assert_int_equal(ask_words(file, FS_LABEL_STAT, 0, 0, 0), ESTALE);
    assert_int_equal(ask_words(file, FS_LABEL_READDIR, 1, 0, 0), ESTALE);
    assert_int_equal(ask_words(file, FS_LABEL_CLOSE, 0, 0, 0), ESTALE);
}

static void limits_of_a_file_are_told(void **state)
{
    uint64_t file;

    (void)state;
    file = opened("/f");
    assert_int_equal(write_text(file, FILE_BYTES_MAX, "x"), EFBIG);
    assert_int_equal(write_lent(file, FILE_BYTES_MAX - 1, 2), EFBIG);
    assert_int_equal(ask_words(file, FS_LABEL_TRUNCATE, 1, FILE_BYTES_MAX + 1, 0), EFBIG);
    fill_up();
    assert_int_equal(write_text(file, 0, "x"), ENOSPC);
    assert_int_equal(write_lent(file, 0, 100), ENOSPC);
    assert_int_equal(size_of(file), 0);
}

static void readdir_tells_names(void **state)
{
    uint64_t directory, file;

    (void)state;
    file = opened("/one");
    make_directory(SESSION, "/two");
    open_path("/", O_RDONLY | O_DIRECTORY);
    directory = user.minted_badge;
    assert_int_equal(ask_words(directory, FS_LABEL_READDIR, 1, 0, 0), SUCCESS);
    assert_int_equal(message.words[1], FS_FILE);
    assert_int_equal(message.words[2], 3);
    assert_memory_equal(&message.words[3], "one", 3);
    assert_int_equal(ask_words(file, FS_LABEL_READDIR, 1, 0, 0), ENOTDIR);
    unlink_path(SESSION, "/one", 0);
    assert_int_equal(ask_words(directory, FS_LABEL_READDIR, 1, 0, 0), SUCCESS);
    assert_int_equal(message.words[0], 0);
    assert_int_equal(ask_words(directory, FS_LABEL_READDIR, 1, 1, 0), SUCCESS);
    assert_int_equal(message.words[1], FS_DIRECTORY);
    assert_int_equal(ask_words(directory, FS_LABEL_READDIR, 1, 2, 0), ENOENT);
    assert_int_equal(read_at(directory, 0, 1), EISDIR);
    assert_int_equal(read_lent(directory, 0, 1), EISDIR);
}

/* ---- lent buffers ---- */

static void lent_bytes_come_back(void **state)
{
    static char before[sizeof(user.lent)];
    uint64_t file;

    (void)state;
    file = opened("/f");
    for (size_t i = 0; i < sizeof(before); i++)
        before[i] = user.lent[i] = (char)(i * 7 + i / 251);
    assert_int_equal(write_lent(file, 100, sizeof(before)), SUCCESS);
    assert_int_equal(message.words[0], sizeof(before));
    assert_int_equal(message.words[1], 100 + sizeof(before));
    memset(user.lent, 1, sizeof(user.lent));
    assert_int_equal(read_lent(file, 100, sizeof(before)), SUCCESS);
    assert_int_equal(message.words[0], sizeof(before));
    assert_memory_equal(user.lent, before, sizeof(before));
    assert_int_equal(read_lent(file, sizeof(before), sizeof(before)), SUCCESS);
    assert_int_equal(message.words[0], 100);
    assert_int_equal(read_lent(file, 0, 100), SUCCESS);
    assert_int_equal(user.lent[0] | user.lent[99], 0);
    assert_int_equal(read_lent(file, 0, 0), SUCCESS);
    assert_int_equal(write_lent(file, 0, 0), SUCCESS);
    assert_int_equal(message.words[1], 100 + sizeof(before));
}

/* The bytes behind the file's end stay zeros, or they would show when it grows. */
static void missing_pages_change_no_size(void **state)
{
    uint64_t file;

    (void)state;
    file = opened("/f");
    write_text(file, 0, "abc");
    memset(user.lent, 'x', sizeof(user.lent));
    user.lent_missing = 2 * BLOCK;
    assert_int_equal(write_lent(file, 2, 3 * BLOCK), EFAULT);
    assert_int_equal(size_of(file), 3);
    user.lent_missing = 0;
    assert_int_equal(ask_words(file, FS_LABEL_TRUNCATE, 1, 3 * BLOCK, 0), SUCCESS);
    assert_int_equal(read_lent(file, 3, 3 * BLOCK - 3), SUCCESS);
    for (size_t i = 0; i < 3 * BLOCK - 3; i++)
        assert_int_equal(user.lent[i], 0);
    user.lent_missing = BLOCK;
    assert_int_equal(read_lent(file, 0, BLOCK + 1), EFAULT);
    assert_int_equal(read_lent(file, 0, BLOCK), SUCCESS);
}

static void lease_must_fit_the_method(void **state)
{
    uint64_t file;

    (void)state;
    file = opened("/f");
    assert_int_equal(ask_words(file, FS_LABEL_READ_LENT, 1, 0, 0), EMSGSIZE);
    user_request(&message, FS_LABEL_READ_LENT);
    message_put(&message, 0);
    user_put_lease(&message, 10, CAP_RIGHTS_READ);
    assert_int_equal(ask(file), EPERM);
    user_request(&message, FS_LABEL_WRITE_LENT);
    message_put(&message, 0);
    user_put_lease(&message, FS_LENT_MAX + 1, CAP_RIGHTS_READ);
    assert_int_equal(ask(file), EMSGSIZE);
}

/* ---- paths ---- */

static void open_is_refused(void **state)
{
    (void)state;
    opened("/f");
    make_directory(SESSION, "/d");
    assert_int_equal(open_path("/no", O_RDONLY), ENOENT);
    assert_int_equal(open_path("/f", O_RDWR | O_CREAT | O_EXCL), EEXIST);
    assert_int_equal(open_path("/f/x", O_RDONLY), ENOTDIR);
    assert_int_equal(open_path("/d", O_RDWR), EISDIR);
    assert_int_equal(open_path("f", O_RDONLY), EINVAL);
    assert_int_equal(open_path("/f", O_RDONLY | O_TRUNC), EINVAL);
    assert_int_equal(open_path(long_path(), O_RDONLY), ENAMETOOLONG);
    fill_up();
    assert_int_equal(open_path("/g", O_RDWR | O_CREAT), ENOSPC);
    assert_int_equal(user.held, 0);
}

static void failed_open_changes_nothing(void **state)
{
    (void)state;
    write_text(opened("/g"), 0, "abc");
    user.no_slots = true;
    assert_int_equal(open_path("/f", O_RDWR | O_CREAT), ENOSPC);
    assert_int_equal(message.cap_count, 0);
    assert_int_equal(stat_path(SESSION, "/f"), ENOENT);
    assert_int_equal(open_path("/g", O_RDWR | O_TRUNC), ENOSPC);
    assert_int_equal(stat_path(SESSION, "/g"), SUCCESS);
    assert_int_equal(message.words[1], 3);
}

static void stat_by_path_is_refused(void **state)
{
    (void)state;
    opened("/f");
    assert_int_equal(stat_path(SESSION, "/f"), SUCCESS);
    assert_int_equal(message.words[4], 0644);
    assert_int_equal(stat_path(SESSION, "/no"), ENOENT);
    assert_int_equal(stat_path(SESSION, "/f/"), ENOTDIR);
    assert_int_equal(stat_path(SESSION, "f"), EINVAL);
    assert_int_equal(stat_path(SESSION, long_path()), ENAMETOOLONG);
}

static void mkdir_is_refused(void **state)
{
    (void)state;
    opened("/f");
    assert_int_equal(make_directory(SESSION, "/d"), SUCCESS);
    assert_int_equal(make_directory(SESSION, "/d"), EEXIST);
    assert_int_equal(make_directory(SESSION, "/no/d"), ENOENT);
    assert_int_equal(make_directory(SESSION, "/f/d"), ENOTDIR);
    assert_int_equal(make_directory(SESSION, "d"), EINVAL);
    assert_int_equal(make_directory(SESSION, long_path()), ENAMETOOLONG);
    fill_up();
    assert_int_equal(make_directory(SESSION, "/e"), ENOSPC);
}

static void unlink_is_refused(void **state)
{
    (void)state;
    opened("/f");
    make_directory(SESSION, "/d");
    opened("/d/f");
    assert_int_equal(unlink_path(SESSION, "/no", 0), ENOENT);
    assert_int_equal(unlink_path(SESSION, "/f", FS_UNLINK_DIRECTORY), ENOTDIR);
    assert_int_equal(unlink_path(SESSION, "/d", 0), EISDIR);
    assert_int_equal(unlink_path(SESSION, "/d", FS_UNLINK_DIRECTORY), ENOTEMPTY);
    assert_int_equal(unlink_path(SESSION, "/d/.", FS_UNLINK_DIRECTORY), EINVAL);
    assert_int_equal(unlink_path(SESSION, "/f", 2), EINVAL); /* no such flag */
    assert_int_equal(unlink_path(SESSION, long_path(), 0), ENAMETOOLONG);
}

static void rename_is_refused(void **state)
{
    (void)state;
    opened("/f");
    make_directory(SESSION, "/d");
    opened("/d/f");
    make_directory(SESSION, "/e");
    assert_int_equal(rename_path(SESSION, "/no", "/x"), ENOENT);
    assert_int_equal(rename_path(SESSION, "/e", "/f"), ENOTDIR);
    assert_int_equal(rename_path(SESSION, "/f", "/e"), EISDIR);
    assert_int_equal(rename_path(SESSION, "/e", "/d"), ENOTEMPTY);
    assert_int_equal(rename_path(SESSION, "/d", "/d/x"), EINVAL);
    assert_int_equal(rename_path(SESSION, "/f", "x"), EINVAL);
    assert_int_equal(rename_path(SESSION, "/f", long_path()), ENAMETOOLONG);
    user.lent_missing = 1;
    assert_int_equal(rename_path(SESSION, "/f", "/x"), EFAULT);
    user.lent_missing = 0;
    fill_up();
    assert_int_equal(rename_path(SESSION, "/f", "/a-longer-name"), ENOSPC);
    assert_int_equal(stat_path(SESSION, "/f"), SUCCESS);
}

/* Two of the longest paths. */
static void longest_paths_are_renamed(void **state)
{
    char from[PATH_BYTES_MAX + 1], to[PATH_BYTES_MAX + 1];

    (void)state;
    memset(from, '/', PATH_BYTES_MAX);
    memset(to, '/', PATH_BYTES_MAX);
    from[PATH_BYTES_MAX] = to[PATH_BYTES_MAX] = '\0';
    from[PATH_BYTES_MAX - 1] = 'f';
    to[PATH_BYTES_MAX - 1] = 't';
    opened("/f");
    assert_int_equal(rename_path(SESSION, from, to), SUCCESS);
    assert_int_equal(stat_path(SESSION, "/t"), SUCCESS);
    assert_int_equal(stat_path(SESSION, "/f"), ENOENT);
}

static void malformed_requests_are_refused(void **state)
{
    (void)state;
    assert_int_equal(ask_words(SESSION, FS_LABEL_OPEN, 1, 0, 0), EMSGSIZE);
    assert_int_equal(ask_words(SESSION, FS_LABEL_STAT_PATH, 1, 999, 0), EMSGSIZE);
    assert_int_equal(ask_words(SESSION, FS_LABEL_STAT_PATH, 1, UINT64_MAX, 0), EMSGSIZE);
    assert_int_equal(ask_words(opened("/f"), FS_LABEL_WRITE, 2, 0, 4096), EMSGSIZE);
    assert_int_equal(ask_words(opened("/f"), FS_LABEL_READ, 0, 0, 0), EMSGSIZE);
    assert_int_equal(ask_words(SESSION, FS_INTERFACE << 16 | 99, 0, 0, 0), ENOSYS);
    user_request(&message, FS_LABEL_OPEN);
    message_put(&message, O_RDWR | O_CREAT);
    message_put(&message, 0644);
    put_text("/g");
    message.sender_accept = 0; /* no room for the capability */
    assert_int_equal(ask(SESSION), ENOSPC);
    assert_int_equal(stat_path(SESSION, "/g"), ENOENT);
}

#define TEST(sentence, function) {sentence, function, ramfs_make, ramfs_unmake, NULL}

int run_fs_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST("FS-1: an open file reads, writes, appends and is cut", open_file_reads_and_writes),
        TEST("FS-2: the access mode of an open file is honoured", access_is_in_the_badge),
        TEST("FS-3: a session has no methods of an open file, nor the reverse: EBADF",
             handles_are_told_apart),
        TEST("FS-4: a file that was unlinked is ESTALE for who has it open",
             unlinked_file_is_stale),
        TEST("FS-5: too large is EFBIG, too much is ENOSPC", limits_of_a_file_are_told),
        TEST("FS-6: readdir tells names and kinds, and where one was removed", readdir_tells_names),
        TEST("FS-7: what was written from a lent buffer is read into one", lent_bytes_come_back),
        TEST("FS-8: a lent page that is missing is EFAULT, and the file's size is what it was",
             missing_pages_change_no_size),
        TEST("FS-9: a buffer must be lent for what the method does, and not be too long",
             lease_must_fit_the_method),
        TEST("FS-10: an open that is refused says why", open_is_refused),
        TEST("FS-11: an open without a slot for its capability makes and cuts nothing",
             failed_open_changes_nothing),
        TEST("FS-12: a stat by path that is refused says why", stat_by_path_is_refused),
        TEST("FS-13: a mkdir that is refused says why", mkdir_is_refused),
        TEST("FS-14: an unlink that is refused says why", unlink_is_refused),
        TEST("FS-15: a rename that is refused says why, and changes nothing", rename_is_refused),
        TEST("FS-16: a rename takes two paths of the greatest length", longest_paths_are_renamed),
        TEST("FS-17: the file system refuses a malformed request", malformed_requests_are_refused),
    };

    return cmocka_run_group_tests_name("fs", tests, NULL, NULL);
}
