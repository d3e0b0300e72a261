/*
 * test_names.c - what names remembers (servers/names).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <myelin/idl/names_server.h>

#include "servers/names/table.h"
#include "user.h"

int run_names_tests(void);

#define SHELL 7
#define OTHER 8

struct names_table names_table;

static struct message message;

static int empty_table(void **state)
{
    (void)state;
    memset(&names_table, 0, sizeof(names_table));
    user_begin();
    return 0;
}

static error_t add(const char *name, unsigned kind, cap_t cap)
{
    struct service service = {.kind = kind, .cap = cap, .rights = CAP_RIGHTS_ALL};

    strcpy(service.name, name);
    return names_add(&names_table, &service);
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
    assert_int_equal(names_find(&names_table, "clock", NAMES_ENDPOINT)->cap, 1);
    assert_int_equal(names_find(&names_table, "clock", NAMES_NOTIFICATION)->cap, 2);
    assert_null(names_find(&names_table, "cloc", NAMES_ENDPOINT));
}

static void removed_service_is_gone(void **state)
{
    (void)state;
    add("a", NAMES_ENDPOINT, 1);
    add("b", NAMES_ENDPOINT, 2);
    add("c", NAMES_ENDPOINT, 3);
    names_remove(&names_table, names_find(&names_table, "b", NAMES_ENDPOINT));
    assert_null(names_find(&names_table, "b", NAMES_ENDPOINT));
    assert_int_equal(names_table.service_count, 2);
    assert_string_equal(names_table.services[1].name, "c");
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
        assert_int_equal(names_allow(&names_table, i, "s", NAMES_MAY_CALL), SUCCESS);
    assert_int_equal(names_allow(&names_table, 9999, "s", NAMES_MAY_CALL), ENOSPC);
    assert_int_equal(names_allow(&names_table, 3, "s", NAMES_MAY_SEND), SUCCESS);
}

static void permission_is_the_clients_own(void **state)
{
    (void)state;
    names_allow(&names_table, SHELL, "ramfs", NAMES_MAY_CALL);
    assert_int_equal(names_may(&names_table, SHELL, "ramfs"), NAMES_MAY_CALL);
    assert_int_equal(names_may(&names_table, OTHER, "ramfs"), 0);
    assert_int_equal(names_may(&names_table, SHELL, "power"), 0);
    assert_int_equal(names_may(&names_table, NAMES_ROOT, "power"), NAMES_PERMISSIONS);
    names_allow(&names_table, SHELL, "ramfs", NAMES_MAY_SEND);
    assert_int_equal(names_may(&names_table, SHELL, "ramfs"), NAMES_MAY_CALL | NAMES_MAY_SEND);
    names_allow(&names_table, SHELL, "ramfs", 0);
    assert_int_equal(names_may(&names_table, SHELL, "ramfs"), 0);
}

static void any_name_spares_reserved_ones(void **state)
{
    (void)state;
    names_allow(&names_table, SHELL, NAMES_ANY, NAMES_MAY_PUBLISH | NAMES_MAY_CALL);
    names_allow(&names_table, OTHER, "ramfs", NAMES_MAY_PUBLISH);
    assert_int_equal(names_may(&names_table, SHELL, "mine"), NAMES_MAY_PUBLISH | NAMES_MAY_CALL);
    assert_int_equal(names_may(&names_table, SHELL, "ramfs"), NAMES_MAY_CALL);
    assert_int_equal(names_may(&names_table, OTHER, "ramfs"), NAMES_MAY_PUBLISH);
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

/* ---- requests ---- */

static int ask(uint64_t client)
{
    message.badge = client;
    names_dispatch(&message);
    return user_outcome(&message);
}

/* The server comes by a capability of its own, which it holds only if it published it. */
static int publish_cap(uint64_t client, const char *name, cap_t cap, uint32_t type)
{
    user_request(&message, NAMES_LABEL_PUBLISH);
    message_put_name(&message, name);
    user_put_cap(&message, cap, type, CAP_RIGHTS_SEND | CAP_RIGHTS_CALL | CAP_RIGHTS_GRANT);
    return ask(client);
}

static int publish(const char *name, cap_t cap)
{
    return publish_cap(NAMES_ROOT, name, cap, OBJECT_ENDPOINT);
}

static int look_up(uint64_t client, const char *name, uint64_t kind)
{
    user_request(&message, NAMES_LABEL_LOOKUP);
    message_put_name(&message, name);
    message_put(&message, kind);
    return ask(client);
}

static int list(uint64_t index)
{
    user_request(&message, NAMES_LABEL_LIST);
    message_put(&message, index);
    return ask(OTHER);
}

static int allow(uint64_t asker, uint64_t client, const char *name, uint64_t permission)
{
    user_request(&message, NAMES_LABEL_ALLOW);
    message_put(&message, client);
    message_put_name(&message, name);
    message_put(&message, permission);
    return ask(asker);
}

/* The latest refusal was about that argument. */
static void assert_about(uint64_t argument)
{
    assert_int_equal(message.word_count, 1);
    assert_int_equal(message.words[0], argument);
}

static void published_capability_is_kept(void **state)
{
    (void)state;
    assert_int_equal(publish("clock", 10), SUCCESS);
    assert_int_equal(publish_cap(NAMES_ROOT, "clock", 11, OBJECT_NOTIFICATION), SUCCESS);
    assert_int_equal(user.held, 2);
    assert_int_equal(look_up(NAMES_ROOT, "clock", NAMES_ENDPOINT), SUCCESS);
    assert_int_equal(message.caps[0].cap, 10);
    assert_int_equal(message.caps[0].how,
                     CAP_DERIVE | CAP_RIGHTS_SEND | CAP_RIGHTS_CALL | CAP_RIGHTS_GRANT);
    assert_int_equal(look_up(NAMES_ROOT, "clock", NAMES_NOTIFICATION), SUCCESS);
    assert_int_equal(message.caps[0].cap, 11);
    assert_int_equal(message.caps[0].how, CAP_DERIVE | CAP_RIGHTS_SEND);
}

static void refused_capability_is_deleted(void **state)
{
    (void)state;
    assert_int_equal(publish("clock", 10), SUCCESS);
    assert_int_equal(publish("clock", 11), EEXIST);
    assert_about(1);
    assert_int_equal(publish("two words", 12), EINVAL);
    assert_about(1);
    assert_int_equal(publish_cap(SHELL, "mine", 13, OBJECT_ENDPOINT), EACCES);
    assert_about(1);
    assert_int_equal(publish_cap(NAMES_ROOT, "frame", 14, OBJECT_FRAME), EINVAL);
    assert_about(0x100);
    assert_int_equal(user.held, 1);
    assert_true(user_holds(10));
}

static void dead_service_gives_way(void **state)
{
    (void)state;
    assert_int_equal(publish("clock", 10), SUCCESS);
    assert_int_equal(publish("date", 11), SUCCESS);
    user.dead = 10;
    assert_int_equal(look_up(NAMES_ROOT, "clock", NAMES_ENDPOINT), ENOENT);
    assert_about(1);
    assert_false(user_holds(10));
    user.dead = 11;
    assert_int_equal(publish("date", 12), SUCCESS);
    assert_int_equal(names_table.service_count, 1);
    assert_int_equal(user.held, 1);
}

static void full_table_is_told(void **state)
{
    char name[] = "s-00";

    (void)state;
    for (int i = 0; i < NAMES_SERVICES_MAX; i++) {
        name[2] = (char)('0' + i / 10);
        name[3] = (char)('0' + i % 10);
        assert_int_equal(publish(name, 100 + (cap_t)i), SUCCESS);
    }
    assert_int_equal(publish("one-more", 99), ENOSPC);
    assert_int_equal(user.held, NAMES_SERVICES_MAX);
    user.dead = 120;
    assert_int_equal(publish("one-more", 99), SUCCESS); /* in the place of the dead one */
    assert_int_equal(user.held, NAMES_SERVICES_MAX);
}

static void look_up_is_refused(void **state)
{
    (void)state;
    add("bell", NAMES_NOTIFICATION, 10);
    user_hold(10);
    names_table.services[0].rights = CAP_RIGHTS_GRANT; /* and without Send */
    assert_int_equal(look_up(SHELL, "bell", NAMES_NOTIFICATION), EACCES);
    assert_about(1);
    allow(NAMES_ROOT, SHELL, "bell", NAMES_MAY_NOTIFY);
    assert_int_equal(look_up(SHELL, "bell", NAMES_NOTIFICATION), EPERM);
    assert_about(1);
    assert_int_equal(look_up(SHELL, "bell", NAMES_ENDPOINT), EACCES);
    allow(NAMES_ROOT, SHELL, "bell", NAMES_MAY_CALL);
    assert_int_equal(look_up(SHELL, "bell", NAMES_ENDPOINT), ENOENT);
    assert_int_equal(look_up(SHELL, "", NAMES_ENDPOINT), EINVAL);
    assert_int_equal(look_up(SHELL, "bell", 2), EINVAL);
    assert_about(3);
    user_request(&message, NAMES_LABEL_LOOKUP);
    message_put_name(&message, "bell");
    message_put(&message, NAMES_NOTIFICATION);
    message.sender_accept = 0;
    assert_int_equal(ask(NAMES_ROOT), ENOSPC);
}

static void list_skips_the_dead(void **state)
{
    (void)state;
    publish("clock", 10);
    publish("date", 11);
    user.dead = 10;
    assert_int_equal(list(0), SUCCESS);
    assert_memory_equal(&message.words[0], "date\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    assert_int_equal(message.words[2], NAMES_ENDPOINT);
    assert_int_equal(list(1), ENOENT);
    assert_int_equal(list(UINT64_MAX), ENOENT);
    assert_int_equal(user.held, 1);
}

static void only_root_allows(void **state)
{
    (void)state;
    assert_int_equal(allow(SHELL, SHELL, "ramfs", NAMES_MAY_CALL), EACCES);
    assert_about(0);
    assert_int_equal(allow(NAMES_ROOT, SHELL, "two words", NAMES_MAY_CALL), EINVAL);
    assert_about(2);
    assert_int_equal(allow(NAMES_ROOT, SHELL, "ramfs", 16), EINVAL);
    assert_about(4);
    assert_int_equal(allow(NAMES_ROOT, SHELL, "ramfs", NAMES_MAY_CALL), SUCCESS);
    assert_int_equal(names_may(&names_table, SHELL, "ramfs"), NAMES_MAY_CALL);
    for (uint64_t i = 1; i < NAMES_PERMISSIONS_MAX; i++)
        assert_int_equal(allow(NAMES_ROOT, 100 + i, "ramfs", NAMES_MAY_CALL), SUCCESS);
    assert_int_equal(allow(NAMES_ROOT, OTHER, "ramfs", NAMES_MAY_CALL), ENOSPC);
}

static void malformed_requests_are_refused(void **state)
{
    (void)state;
    user_request(&message, NAMES_LABEL_PUBLISH);
    message_put_name(&message, "clock"); /* and no capability */
    assert_int_equal(ask(NAMES_ROOT), EMSGSIZE);
    user_request(&message, NAMES_LABEL_LOOKUP);
    assert_int_equal(ask(NAMES_ROOT), EMSGSIZE);
    user_request(&message, NAMES_LABEL_LIST);
    message_put(&message, 0);
    user_put_cap(&message, 10, OBJECT_ENDPOINT, CAP_RIGHTS_ALL);
    assert_int_equal(ask(NAMES_ROOT), EMSGSIZE);
    user_request(&message, NAMES_INTERFACE << 16 | 99);
    assert_int_equal(ask(NAMES_ROOT), ENOSYS);
    assert_int_equal(user.held, 0);
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
        TEST("NAMES-8: a capability that was published is kept, and found by look-ups",
             published_capability_is_kept),
        TEST("NAMES-9: one whose publishing is refused is deleted, once, and the refusal names why",
             refused_capability_is_deleted),
        TEST("NAMES-10: a service that is found dead is forgotten", dead_service_gives_way),
        TEST("NAMES-11: a full table refuses, unless a service in it is dead", full_table_is_told),
        TEST("NAMES-12: a look-up says what it lacks: permission, right, service, name or room",
             look_up_is_refused),
        TEST("NAMES-13: a list leaves out the dead and ends with ENOENT", list_skips_the_dead),
        TEST("NAMES-14: only root says who may do what, within the limits", only_root_allows),
        TEST("NAMES-15: a malformed request is refused, and what came with it deleted",
             malformed_requests_are_refused),
    };

    return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
