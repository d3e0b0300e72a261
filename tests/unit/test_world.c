/* test_world.c - how the world begins: what boot_root hands to the root task. */

#include <string.h>

#include <boot.h>
#include <myelin/boot.h>

#include "world.h"

int run_world_tests(void);

static void root_runs(void **state)
{
    (void)state;
    assert_ptr_equal(running(), world.root.thread);
    assert_int_equal(world.root.thread->context.ip, WORLD_IP);
    assert_string_equal(world.root.thread->object.name, "root");
    assert_int_equal(cpu_self()->time->priority, 32);
    assert_int_equal(host.timer, host.now + cpu_self()->time->budget);
}

static void root_is_mapped(void **state)
{
    const struct vspace *vspace = object_of(world.vspace);
    uint64_t code = user_entry(vspace, WORLD_IP), stack;

    (void)state;
    stack = user_entry(vspace, world.root.thread->context.sp);
    assert_memory_equal(user_memory(vspace, 0x200000), "\177ELF", 4);
    assert_true(pte_present(code) && !pte_writable(code) && !(code & PTE_NO_EXECUTE));
    assert_true(pte_present(stack) && pte_writable(stack) && (stack & PTE_NO_EXECUTE));
}

static void archive_is_searched(void **state)
{
    static const char archive[] = "070701"
                                  "00000000000000000000000000000000000000000000000000000003"
                                  "000000000000000000000000000000000000000200000000"
                                  "a\0xyz\0\0\0";
    uint64_t length;

    (void)state;
    assert_memory_equal(archive_find(archive, sizeof(archive) - 1, "a", &length), "xyz", 3);
    assert_int_equal(length, 3);
    assert_null(archive_find(archive, sizeof(archive) - 1, "b", &length));
    assert_null(archive_find(archive, 112, "a", &length));
    assert_null(archive_find(archive, 20, "a", &length));
}

static void actors_live(void **state)
{
    struct actor bob = person("bob", ACTIVE, 10), eve = stranger("eve", PASSIVE, 40);

    (void)state;
    assert_ptr_equal(running(), eve.thread);
    runs(&bob);
    assert_ptr_equal(running(), bob.thread);
    assert_int_equal(thread_cspace(eve.thread)->mask, 63);
    assert_ptr_equal(thread_cspace(bob.thread), thread_cspace(world.root.thread));
}

int run_world_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("BOOT-1: root runs first, on time of its own", root_runs),
        TEST("BOOT-2: root's program is mapped with the rights of its segments", root_is_mapped),
        TEST("BOOT-3: the archive is searched, and a damaged one has no files",
             archive_is_searched),
        TEST("BOOT-4: threads in root's space and in their own run on their time", actors_live),
    };

    return cmocka_run_group_tests_name("boot", tests, NULL, NULL);
}
