/*
 * test_names.c - what names remembers (servers/names/table.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <myelin/idl/names_types.h>

#include "servers/names/table.h"

int run_names_tests(void);

#define SHELL 7
#define OTHER 8

static struct names_table table;

static int empty_table(void **state)
{
    (void)state;
    memset(&table, 0, sizeof(table));
    return 0;
}

static error_t add(const char *name, unsigned kind, cap_t cap)
{
    struct service service = {.kind = kind, .cap = cap, .rights = CAP_RIGHTS_ALL};

    strcpy(service.name, name);
    return names_add(&table, &service);
}

static void name_is_checked(void **state)
{
    (void)state;
    assert_int_equal(names_check("console"), SUCCESS);
    assert_int_equal(names_check("sixteen-bytes-16"), SUCCESS);
    assert_int_equal(names_check(""), EINVAL);
    assert_int_equal(names_check("two words"), EINVAL);
    assert_int_equal(names_check("bell\a"), EINVAL);
}

static void service_is_found(void **state)
{
    (void)state;
    assert_int_equal(add("clock", NAMES_ENDPOINT, 1), SUCCESS);
    assert_int_equal(add("clock", NAMES_NOTIFICATION, 2), SUCCESS);
    assert_int_equal(add("clock", NAMES_ENDPOINT, 3), EEXIST);
    assert_int_equal(names_find(&table, "clock", NAMES_ENDPOINT)->cap, 1);
    assert_int_equal(names_find(&table, "clock", NAMES_NOTIFICATION)->cap, 2);
    assert_null(names_find(&table, "cloc", NAMES_ENDPOINT));
}

static void removed_service_is_gone(void **state)
{
    (void)state;
    add("a", NAMES_ENDPOINT, 1);
    add("b", NAMES_ENDPOINT, 2);
    add("c", NAMES_ENDPOINT, 3);
    names_remove(&table, names_find(&table, "b", NAMES_ENDPOINT));
    assert_null(names_find(&table, "b", NAMES_ENDPOINT));
    assert_int_equal(table.service_count, 2);
    assert_string_equal(table.services[1].name, "c");
    assert_int_equal(add("b", NAMES_ENDPOINT, 4), SUCCESS);
}

static void table_is_bounded(void **state)
{
    char name[] = "s-00";

    (void)state;
    for (int i = 0; i < NAMES_SERVICES_MAX; i++) {
        name[2] = (char)('0' + i / 10);
        name[3] = (char)('0' + i % 10);
        assert_int_equal(add(name, NAMES_ENDPOINT, 1), SUCCESS);
    }
    assert_int_equal(add("one-more", NAMES_ENDPOINT, 1), ENOSPC);
    for (uint64_t i = 0; i < NAMES_PERMISSIONS_MAX; i++)
        assert_int_equal(names_allow(&table, i, "s", NAMES_MAY_CALL), SUCCESS);
    assert_int_equal(names_allow(&table, 9999, "s", NAMES_MAY_CALL), ENOSPC);
    assert_int_equal(names_allow(&table, 3, "s", NAMES_MAY_SEND), SUCCESS);
}

static void permission_is_the_clients_own(void **state)
{
    (void)state;
    names_allow(&table, SHELL, "ramfs", NAMES_MAY_CALL);
    assert_int_equal(names_may(&table, SHELL, "ramfs"), NAMES_MAY_CALL);
    assert_int_equal(names_may(&table, OTHER, "ramfs"), 0);
    assert_int_equal(names_may(&table, SHELL, "power"), 0);
    assert_int_equal(names_may(&table, NAMES_ROOT, "power"), NAMES_PERMISSIONS);
    names_allow(&table, SHELL, "ramfs", NAMES_MAY_SEND);
    assert_int_equal(names_may(&table, SHELL, "ramfs"), NAMES_MAY_CALL | NAMES_MAY_SEND);
    names_allow(&table, SHELL, "ramfs", 0);
    assert_int_equal(names_may(&table, SHELL, "ramfs"), 0);
}

static void any_name_spares_reserved_ones(void **state)
{
    (void)state;
    names_allow(&table, SHELL, NAMES_ANY, NAMES_MAY_PUBLISH | NAMES_MAY_CALL);
    names_allow(&table, OTHER, "ramfs", NAMES_MAY_PUBLISH);
    assert_int_equal(names_may(&table, SHELL, "mine"), NAMES_MAY_PUBLISH | NAMES_MAY_CALL);
    assert_int_equal(names_may(&table, SHELL, "ramfs"), NAMES_MAY_CALL);
    assert_int_equal(names_may(&table, OTHER, "ramfs"), NAMES_MAY_PUBLISH);
}

static void rights_are_those_allowed(void **state)
{
    const uint32_t all = CAP_RIGHTS_ALL;
    const uint32_t call = CAP_RIGHTS_CALL | CAP_RIGHTS_GRANT;
    const uint32_t send = CAP_RIGHTS_SEND | CAP_RIGHTS_GRANT;

    (void)state;
    assert_int_equal(names_rights(NAMES_ENDPOINT, all, NAMES_MAY_CALL), call);
    assert_int_equal(names_rights(NAMES_ENDPOINT, all, NAMES_MAY_SEND), send);
    assert_int_equal(names_rights(NAMES_ENDPOINT, all, NAMES_MAY_NOTIFY), 0);
    assert_int_equal(names_rights(NAMES_ENDPOINT, call, NAMES_MAY_SEND), 0);
    assert_int_equal(names_rights(NAMES_NOTIFICATION, all, NAMES_MAY_NOTIFY), CAP_RIGHTS_SEND);
    assert_int_equal(names_rights(NAMES_NOTIFICATION, all, NAMES_MAY_CALL), 0);
}

#define TEST(sentence, function) {sentence, function, empty_table, NULL, NULL}

int run_names_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST("NAMES-1: a name has 1 to 16 printable bytes", name_is_checked),
        TEST("NAMES-2: a service is found by its name and kind", service_is_found),
        TEST("NAMES-3: a service that was removed leaves its name free", removed_service_is_gone),
        TEST("NAMES-4: the table is bounded and says ENOSPC", table_is_bounded),
        TEST("NAMES-5: a permission is one client's for one name", permission_is_the_clients_own),
        TEST("NAMES-6: who may publish any name cannot take one that is another's",
             any_name_spares_reserved_ones),
        TEST("NAMES-7: a look-up gives just the rights that are allowed", rights_are_those_allowed),
    };

    return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
