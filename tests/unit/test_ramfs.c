/*
 * test_ramfs.c - the tree of ramfs (servers/ramfs).
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ramfs.h"
#include "servers/ramfs/request.h"
#include "user.h"

int run_ramfs_tests(void);

struct tree tree;
cap_t files_endpoint = USER_ENDPOINT;

/* ---- helpers ---- */

static struct path path_of(const char *text)
{
    return (struct path){text, strlen(text)};
}

static void empty_directory(struct node *directory)
{
    struct node *node;

    for (uint64_t i = directory->directory.length; i-- > 0;) {
        if (directory_entry(directory, i, &node) || !node)
            continue;
        if (node->kind == NODE_KIND_DIRECTORY)
            empty_directory(node);
        tree_forget(&tree, node);
    }
}

int ramfs_make(void **state)
{
    (void)state;
    user_begin();
    return tree_create(&tree, RAMFS_LIMIT);
}

/* Whatever a test leaves: emptied, the tree has taken nothing but its tables. */
int ramfs_unmake(void **state)
{
    uint64_t places = tree.place_count * sizeof(struct node_place);

    (void)state;
    empty_directory(tree.root);
    node_destroy(&tree, tree.root);
    assert_int_equal(tree.used, places);
    free(tree.places);
    return 0;
}

static struct node *make_file(const char *path)
{
    struct node *node = NULL;
    bool created;

    assert_int_equal(tree_open(&tree, path_of(path), O_CREAT | O_RDWR, 0644, &node, &created),
                     SUCCESS);
    return node;
}

static error_t open_node(const char *path, unsigned flags)
{
    struct node *node;
    bool created;

    return tree_open(&tree, path_of(path), flags, 0644, &node, &created);
}

static error_t make_directory(const char *path)
{
    return tree_mkdir(&tree, path_of(path), 0755);
}

static error_t find(const char *path)
{
    struct node *node;

    return tree_find(&tree, path_of(path), &node);
}

static error_t rename_node(const char *from, const char *to)
{
    return tree_rename(&tree, path_of(from), path_of(to));
}

static error_t unlink_node(const char *path, bool directory)
{
    return tree_unlink(&tree, path_of(path), directory);
}

/* ---- paths ---- */

static void paths_lead(void **state)
{
    struct node *node;

    (void)state;
    make_directory("/a");
    make_directory("/a/b");
    make_file("/a/b/f");
    assert_int_equal(find("/"), SUCCESS);
    assert_int_equal(find("//a///b//"), SUCCESS);
    assert_int_equal(find("/a/./b/../b/f"), SUCCESS);
    assert_int_equal(tree_find(&tree, path_of("/../.."), &node), SUCCESS);
    assert_ptr_equal(node, tree.root);
    assert_int_equal(tree_find(&tree, path_of("/a/b/.."), &node), SUCCESS);
    assert_string_equal(node->name, "a");
}

static void bad_paths_are_told(void **state)
{
    char name[NAME_BYTES_MAX + 3];
    char long_path[PATH_BYTES_MAX + 2];

    (void)state;
    make_file("/f");
    memset(name, 'n', sizeof(name));
    memset(long_path, '/', sizeof(long_path));
    name[0] = '/';
    name[NAME_BYTES_MAX + 2] = 0;
    assert_int_equal(find(""), ENOENT);
    assert_int_equal(find("f"), EINVAL);
    assert_int_equal(tree_mkdir(&tree, (struct path){"/a\0b", 4}, 0), EINVAL);
    assert_int_equal(find("/f/"), ENOTDIR);
    assert_int_equal(find("/f/x"), ENOTDIR);
    assert_int_equal(find("/x/f"), ENOENT);
    assert_int_equal(make_directory(name), ENAMETOOLONG);
    name[NAME_BYTES_MAX + 1] = 0;
    assert_int_equal(make_directory(name), SUCCESS);
    assert_int_equal(tree_mkdir(&tree, (struct path){long_path, sizeof(long_path) - 1}, 0),
                     ENAMETOOLONG);
}

static void open_flags_hold(void **state)
{
    (void)state;
    make_directory("/d");
    assert_int_equal(open_node("/f", O_RDONLY), ENOENT);
    assert_int_equal(open_node("/f", O_WRONLY | O_CREAT), SUCCESS);
    assert_int_equal(open_node("/f", O_WRONLY | O_CREAT), SUCCESS);
    assert_int_equal(open_node("/f", O_WRONLY | O_CREAT | O_EXCL), EEXIST);
    assert_int_equal(open_node("/f", O_RDONLY | O_DIRECTORY), ENOTDIR);
    assert_int_equal(open_node("/f", O_RDONLY | O_TRUNC), EINVAL);
    assert_int_equal(open_node("/f", O_ACCMODE), EINVAL);
    assert_int_equal(open_node("/d", O_RDONLY | O_DIRECTORY), SUCCESS);
    assert_int_equal(open_node("/d", O_RDWR), EISDIR);
    assert_int_equal(open_node("/d", O_RDONLY | O_CREAT), EISDIR);
    assert_int_equal(open_node("/new/", O_RDWR | O_CREAT), EISDIR);
    assert_int_equal(open_node("/no/such", O_RDWR | O_CREAT), ENOENT);
    assert_int_equal(find("/no"), ENOENT);
}

/* ---- directories ---- */

static void directories_are_removed_empty(void **state)
{
    (void)state;
    make_directory("/d");
    make_file("/d/f");
    assert_int_equal(make_directory("/d"), EEXIST);
    assert_int_equal(make_directory("/"), EEXIST);
    assert_int_equal(unlink_node("/d", true), ENOTEMPTY);
    assert_int_equal(unlink_node("/d", false), EISDIR);
    assert_int_equal(unlink_node("/d/f", true), ENOTDIR);
    assert_int_equal(unlink_node("/d/.", true), EINVAL);
    assert_int_equal(unlink_node("/", true), EINVAL);
    assert_int_equal(unlink_node("/d/f", false), SUCCESS);
    assert_int_equal(unlink_node("/d", true), SUCCESS);
    assert_int_equal(find("/d"), ENOENT);
}

static void links_are_counted(void **state)
{
    (void)state;
    make_directory("/d");
    make_directory("/d/e");
    make_file("/d/f");
    assert_int_equal(node_links(tree.root), 3);
    assert_int_equal(node_links(directory_lookup(tree.root, "d", 1)), 3);
    assert_int_equal(node_size(directory_lookup(tree.root, "d", 1)), 2);
    rename_node("/d/e", "/e");
    assert_int_equal(node_links(tree.root), 4);
    assert_int_equal(node_links(directory_lookup(tree.root, "d", 1)), 2);
}

/* Reading and unlinking in turn meets every entry. */
static void reading_survives_unlinking(void **state)
{
    char path[] = "/f00";
    struct node *node;
    uint64_t index = 0;
    int seen = 0;

    (void)state;
    for (int i = 0; i < 50; i++) {
        path[2] = (char)('0' + i / 10);
        path[3] = (char)('0' + i % 10);
        make_file(path);
    }
    while (directory_entry(tree.root, index++, &node) == SUCCESS) {
        if (!node)
            continue;
        seen++;
        tree_forget(&tree, node);
    }
    assert_int_equal(seen, 50);
    assert_int_equal(tree.root->directory.count, 0);
}

static void rename_replaces(void **state)
{
    struct node *a;

    (void)state;
    a = make_file("/a");
    make_file("/b");
    make_directory("/d");
    make_directory("/e");
    make_file("/e/f");
    assert_int_equal(rename_node("/a", "/a"), SUCCESS);
    assert_int_equal(rename_node("/a", "/b"), SUCCESS);
    assert_int_equal(find("/a"), ENOENT);
    assert_ptr_equal(directory_lookup(tree.root, "b", 1), a);
    assert_int_equal(rename_node("/b", "/d"), EISDIR);
    assert_int_equal(rename_node("/d", "/b"), ENOTDIR);
    assert_int_equal(rename_node("/d", "/e"), ENOTEMPTY);
    assert_int_equal(rename_node("/b", "/c/"), ENOTDIR);
    assert_int_equal(rename_node("/e", "/d/"), SUCCESS);
    assert_int_equal(find("/d/f"), SUCCESS);
    assert_int_equal(rename_node("/x", "/y"), ENOENT);
}

static void rename_makes_no_circle(void **state)
{
    (void)state;
    make_directory("/d");
    make_directory("/d/e");
    assert_int_equal(rename_node("/d", "/d/e/f"), EINVAL);
    assert_int_equal(rename_node("/d", "/d/x"), EINVAL);
    assert_int_equal(rename_node("/d/e", "/d"), ENOTEMPTY);
    assert_int_equal(rename_node("/d/..", "/x"), EINVAL);
    assert_int_equal(rename_node("/d/e", "/"), EINVAL);
    assert_int_equal(rename_node("/d/e", "/e"), SUCCESS);
    assert_int_equal(find("/e"), SUCCESS);
}

/* ---- bytes ---- */

static void bytes_come_back(void **state)
{
    static uint8_t out[3 * BLOCK_BYTES], in[3 * BLOCK_BYTES];
    struct node *file;
    size_t done;

    (void)state;
    file = make_file("/f");
    for (size_t i = 0; i < sizeof(out); i++)
        out[i] = (uint8_t)(i * 7 + i / 251);
    for (size_t at = 0; at < sizeof(out); at += 1008) {
        size_t part = sizeof(out) - at < 1008 ? sizeof(out) - at : 1008;

        assert_int_equal(file_write_at(&tree, file, at, out + at, part), SUCCESS);
    }
    assert_int_equal(file_read_at(file, 0, in, sizeof(in), &done), SUCCESS);
    assert_int_equal(done, sizeof(out));
    assert_memory_equal(in, out, sizeof(out));
    assert_int_equal(file_read_at(file, sizeof(out) - 5, in, 100, &done), SUCCESS);
    assert_int_equal(done, 5);
    assert_int_equal(file_read_at(file, UINT64_MAX, in, 100, &done), SUCCESS);
    assert_int_equal(done, 0);
}

static void holes_are_zeros_and_take_nothing(void **state)
{
    uint8_t bytes[16];
    struct node *file;
    uint64_t before;
    size_t done;

    (void)state;
    file = make_file("/f");
    before = tree.used;
    assert_int_equal(file_set_size(&tree, file, FILE_BYTES_MAX), SUCCESS);
    assert_int_equal(tree.used, before);
    assert_int_equal(file_write_at(&tree, file, 10 * BLOCK_BYTES, "x", 1), SUCCESS);
    assert_true(tree.used - before < 2 * BLOCK_BYTES);
    assert_int_equal(file_read_at(file, 10 * BLOCK_BYTES - 4, bytes, 8, &done), SUCCESS);
    assert_memory_equal(bytes, "\0\0\0\0x\0\0\0", 8);
    assert_int_equal(file_read_at(file, FILE_BYTES_MAX - 4, bytes, 8, &done), SUCCESS);
    assert_int_equal(done, 4);
}

static void cut_bytes_are_gone(void **state)
{
    uint8_t bytes[8];
    struct node *file;
    size_t done;

    (void)state;
    file = make_file("/f");
    file_write_at(&tree, file, 0, "abcdefgh", 8);
    assert_int_equal(file_set_size(&tree, file, 3), SUCCESS);
    assert_int_equal(file_set_size(&tree, file, 8), SUCCESS);
    file_read_at(file, 0, bytes, 8, &done);
    assert_memory_equal(bytes, "abc\0\0\0\0\0", 8);
    assert_int_equal(file_set_size(&tree, file, 0), SUCCESS);
    assert_int_equal(file->file.capacity, 0);
    assert_int_equal(file_set_size(&tree, tree.root, 0), EISDIR);
}

static void limits_are_told(void **state)
{
    static uint8_t bytes[BLOCK_BYTES];
    struct node *file;
    error_t error = SUCCESS;
    uint64_t offset = 0, size;

    (void)state;
    file = make_file("/f");
    assert_int_equal(file_write_at(&tree, file, FILE_BYTES_MAX, "x", 1), EFBIG);
    assert_int_equal(file_write_at(&tree, file, UINT64_MAX - 1, "xy", 2), EFBIG);
    assert_int_equal(file_set_size(&tree, file, FILE_BYTES_MAX + 1), EFBIG);
    for (; !error; offset += sizeof(bytes))
        error = file_write_at(&tree, file, offset, bytes, sizeof(bytes));
    assert_int_equal(error, ENOSPC);
    size = file->file.size;
    assert_int_equal(size, offset - sizeof(bytes));
    assert_true(tree.used <= RAMFS_LIMIT);
    assert_int_equal(file_write_at(&tree, file, 0, bytes, 100), SUCCESS);
    assert_int_equal(unlink_node("/f", false), SUCCESS);
    assert_int_equal(open_node("/g", O_CREAT | O_RDWR), SUCCESS);
}

static void numbers_are_told_apart(void **state)
{
    struct node *node, *found;
    uint32_t number, generation;

    (void)state;
    node = make_file("/f");
    number = node->number;
    generation = node->generation;
    assert_int_equal(node_find(&tree, number, generation, &found), SUCCESS);
    unlink_node("/f", false);
    assert_int_equal(node_find(&tree, number, generation, &found), ESTALE);
    node = make_file("/g");
    assert_int_equal(node->number, number);
    assert_int_equal(node_find(&tree, number, generation, &found), ESTALE);
    assert_int_equal(node_find(&tree, tree.place_count + 5, 0, &found), ESTALE);
}

static void used_up_number_is_retired(void **state)
{
    struct node *node;
    uint32_t number;

    (void)state;
    node = make_file("/f");
    number = node->number;
    node->generation = tree.places[number].generation = GENERATION_LAST;
    unlink_node("/f", false);
    node = make_file("/g");
    assert_int_not_equal(node->number, number);
}

#define TEST(sentence, function) {sentence, function, ramfs_make, ramfs_unmake, NULL}

int run_ramfs_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST("RAMFS-1: a path with slashes, . and .. leads where it should", paths_lead),
        TEST("RAMFS-2: a bad path is told by its own error", bad_paths_are_told),
        TEST("RAMFS-3: open honours its flags and makes nothing when it fails", open_flags_hold),
        TEST("RAMFS-4: only an empty directory can be removed, and not by . or as /",
             directories_are_removed_empty),
        TEST("RAMFS-5: a directory counts its links and entries", links_are_counted),
        TEST("RAMFS-6: reading a directory while unlinking meets every entry",
             reading_survives_unlinking),
        TEST("RAMFS-7: rename replaces a file or an empty directory of the same kind",
             rename_replaces),
        TEST("RAMFS-8: rename never puts a directory into itself", rename_makes_no_circle),
        TEST("RAMFS-9: what was written comes back, over block borders too", bytes_come_back),
        TEST("RAMFS-10: holes read as zeros and take no memory", holes_are_zeros_and_take_nothing),
        TEST("RAMFS-11: what was cut off does not come back", cut_bytes_are_gone),
        TEST("RAMFS-12: too large is EFBIG, too much is ENOSPC, and unlink gives it back",
             limits_are_told),
        TEST("RAMFS-13: a file with an unlinked one's number is told apart from it",
             numbers_are_told_apart),
        TEST("RAMFS-14: a number whose generations are used up is not given out again",
             used_up_number_is_retired),
    };

    return cmocka_run_group_tests_name("ramfs", tests, NULL, NULL);
}
